"""Rows about what Muzn does not cover yet. test_not_implemented.py shows that each such operation
answers NotImplemented; the row's check comes with the feature."""

LIFECYCLE = "lifecycle rules answer NotImplemented"
SSE = "server-side encryption answers NotImplemented"

OUT_OF_SCOPE = {
    "AU041": "it takes a clock: tests/unit/gate/temporary_test.cc, TokensExpire",
    "PL029": "there is no import of users and policies yet",
    "PL033": "there are no webhooks yet",
    "XM016": LIFECYCLE, "XM018": LIFECYCLE, "XM020": LIFECYCLE,
    "OL013": "a lock is in the row of its version, under that row's checksums: where it can't be "
             "read, nor can the version, and a delete fails; tests/fault/real/corruption.py damages "
             "rows",
    "EN002": SSE, "EN004": SSE, "EN006": SSE, "EN008": SSE,
}
