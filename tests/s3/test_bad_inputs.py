"""Every row of bad-inputs.tsv gets its answer. A row is a test case, named by its id."""
import pytest

import bad_inputs
from bad_inputs import access, auth, chunked, framing, limits, names, policies, reading, writing  # noqa: F401
from bad_inputs.deviations import DEVIATIONS
from bad_inputs.out_of_scope import OUT_OF_SCOPE

ROWS = {row.id: row for row in bad_inputs.rows()}


def test_each_row_is_checked_or_out_of_scope():
    checked, outside = set(bad_inputs.CHECKS), set(OUT_OF_SCOPE)
    assert checked | outside == set(ROWS), checked ^ outside ^ set(ROWS)
    assert not checked & outside
    assert set(DEVIATIONS) <= checked
    assert all(OUT_OF_SCOPE.values())


@pytest.mark.parametrize("name", [n for n in ROWS if n not in OUT_OF_SCOPE])
def test_row(name, server, wire, other, s3, bucket):
    account, keys = other
    case = bad_inputs.Case(ROWS[name], server, wire, wire.with_keys(keys), account, s3, bucket)
    bad_inputs.CHECKS[name](case)
    case.verify()
    server.check()
