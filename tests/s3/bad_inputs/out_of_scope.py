"""Rows about what Muzn does not cover yet. test_not_implemented.py shows that each such operation
answers NotImplemented; the row's check comes with the feature."""

STS = "session tokens and web identities come with STS"
POST_POLICY = "browser form uploads (PostObject) answer NotImplemented"
LOCK = "object lock and versioning answer NotImplemented"
LIFECYCLE = "lifecycle rules answer NotImplemented"
CORS = "CORS rules answer NotImplemented"
SSE = "server-side encryption answers NotImplemented"

OUT_OF_SCOPE = {
    "AU041": STS, "AU053": STS, "AU055": STS,
    "PL029": "there is no import of users and policies yet",
    "PL033": "there are no webhooks yet",
    "XM014": LOCK, "XM016": LIFECYCLE, "XM018": LIFECYCLE, "XM020": LIFECYCLE, "XM022": CORS,
    "XM024": CORS,
    "PO002": POST_POLICY, "PO004": POST_POLICY, "PO006": POST_POLICY, "PO008": POST_POLICY,
    "PO010": POST_POLICY, "PO012": POST_POLICY, "PO014": POST_POLICY, "PO016": POST_POLICY,
    "PO018": POST_POLICY, "PO020": POST_POLICY, "PO022": POST_POLICY, "PO024": POST_POLICY,
    "PO026": POST_POLICY, "PO028": POST_POLICY,
    "OL001": LOCK, "OL003": LOCK, "OL005": LOCK, "OL007": LOCK, "OL009": LOCK, "OL011": LOCK,
    "OL013": LOCK, "OL015": LOCK, "OL017": LOCK,
    "EN002": SSE, "EN004": SSE, "EN006": SSE, "EN008": SSE,
}
