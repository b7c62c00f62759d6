"""Every row of bad-inputs.tsv gets its answer. A row is a test case, named by its id and by how its
requests go over the wire: each on a connection that is kept, and each on one of the others, another
one with each commit (MUZN_SEED; MUZN_TRANSPORTS=all: on all of them)."""
import os
import re
import zlib

import pytest

import bad_inputs
from bad_inputs import (access, auth, chunked, forms, framing, limits, names, policies,  # noqa: F401
                        reading, settings, tokens, writing)
from bad_inputs.deviations import DEVIATIONS
from bad_inputs.out_of_scope import OUT_OF_SCOPE
from bad_inputs.transport import TRANSPORTS, SecureServer, over
from sdk import s3_client
from server import commit_seed

ROWS = {row.id: row for row in bad_inputs.rows()}
# Servers of their own, or connections that the row alone makes: they are on no transport.
ON_THEIR_OWN = {"AU055", "BN016", "HT026", "HT032", "SZ010", "SZ012", "SZ014", "CP014"}


# "class": of the same kind, and not what the row is about.
ADVISORY = re.compile(r"(?:CVE-\d{4}-\d+|GHSA(?:-\w{4}){3})\b(?! class)")


def named(name, transport):
    """A case whose name has the advisories of its row, as docs/security.md lists them."""
    advisories = [found.replace("-", "_") for found in ADVISORY.findall(ROWS[name].source)]
    return pytest.param(name, transport, id="-".join(["_".join([name, *advisories]), transport]))


def cells():
    """Of (row id, transport)."""
    others, seed = [name for name in TRANSPORTS if name != "keep-alive"], commit_seed()
    everything = os.environ.get("MUZN_TRANSPORTS") == "all"
    for name in ROWS:
        if name in OUT_OF_SCOPE:
            continue
        yield named(name, "keep-alive")
        chosen = others[zlib.crc32(f"{seed}/{name}".encode()) % len(others)]
        for other in others if name not in ON_THEIR_OWN else ():
            if everything or other == chosen:
                yield named(name, other)


@pytest.fixture(scope="module")
def secure():
    with SecureServer() as running:
        yield running, running.new_account("other")


@pytest.fixture
def place(request):
    """(server, account of a second tenant, its keys) of the row's transport."""
    if request.node.callspec.params["transport"] == "tls":
        running, (account, keys) = request.getfixturevalue("secure")
        return running, account, keys
    return request.getfixturevalue("server"), *request.getfixturevalue("other")


def test_each_row_is_checked_or_out_of_scope():
    checked, outside = set(bad_inputs.CHECKS), set(OUT_OF_SCOPE)
    assert checked | outside == set(ROWS), checked ^ outside ^ set(ROWS)
    assert not checked & outside
    assert set(DEVIATIONS) <= checked
    assert all(OUT_OF_SCOPE.values())


@pytest.mark.parametrize("name,transport", list(cells()))
def test_row(name, transport, place):
    server, account, keys = place
    wire, s3 = over(transport, server.wire()), s3_client(server)
    bucket = f"b-{name.lower()}-{transport}"
    s3.create_bucket(Bucket=bucket)
    case = bad_inputs.Case(ROWS[name], server, wire, wire.with_keys(keys), account, s3, bucket)
    bad_inputs.CHECKS[name](case)
    case.verify()
    server.check()
