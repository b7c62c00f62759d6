"""A part of the auth matrix, another one with each commit (MUZN_SEED, MUZN_SHARE say which and how
much); tests/fault/real/auth_matrix.py sends all of it."""
import os

import pytest

from auth_matrix.credentials import CREDENTIALS
from auth_matrix.matrix import Matrix
from auth_matrix.operations import RECIPES, operations
from auth_matrix.tampers import TAMPERS
from server import Server, commit_seed

SHARE = float(os.environ.get("MUZN_SHARE", "0.1"))


def test_every_operation_that_is_built_has_a_request():
    """An operation that gets a handler needs a line in auth_matrix/operations.py."""
    assert {o.name for o in operations() if o.built} == set(RECIPES)


@pytest.mark.timeout(900)
def test_nothing_is_accepted(capsys):
    with Server() as new, Server(args=["--sigv2", "true"]) as old:
        matrix = Matrix(new, old, commit_seed(), SHARE).run()
        new.check()
        old.check()
    with capsys.disabled():
        print(f"\nauth matrix: {matrix.sent} refused, {matrix.controls} taken, seed {matrix.seed}")
    assert not matrix.failures, "\n".join(
        [f"{len(matrix.failures)} with MUZN_SEED={matrix.seed}", *matrix.failures[:40]])
    assert set(matrix.seen) >= set(TAMPERS) | set(CREDENTIALS), "some were not sent at all"
