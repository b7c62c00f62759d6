"""A part of the auth matrix, another one with each commit (MUZN_SEED, MUZN_SHARE say which and how
much); tests/fault/real/auth_matrix.py sends all of it."""
import os

import pytest

from auth_matrix import admin
from auth_matrix.credentials import CREDENTIALS, World
from auth_matrix.matrix import Matrix
from auth_matrix.operations import RECIPES, operations
from auth_matrix.place import Place
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


def test_the_admin_api():
    """The same at the other door, all of it."""
    with Server() as server:
        place, world, wire = Place(server, "door"), World.make(server), server.wire()

        def state():
            accounts = server.admin("account", "list")["accounts"]
            return accounts, [server.admin(part, "list", "--account", account["id"])
                              for account in accounts for part in ("user", "key")]

        before, failures, sent = state(), [], 0
        connection = wire.connect()
        for name, request in admin.cells(place, world, commit_seed()):
            connection.send(request.bytes())
            answer = connection.answer(request.method)
            sent += 1
            if answer.closes:
                connection.close()
                connection = wire.connect()
            door = request.path.startswith("/-/admin/")
            # Other answers come from behind the door; of a body, only that it is another.
            other_body = answer.status == 400 and b'"XAmzContentSHA256Mismatch"' in answer.body
            if answer.status not in ((403,) if door else (400, 403, 405)) and not other_body:
                failures.append(f"{name}: {answer}")
        connection.close()
        assert not failures, "\n".join([f"{len(failures)} of {sent}", *failures[:20]])
        assert state() == before
        for operation, request in admin.good(place, world):
            answer = wire.raw(request.bytes(), request.method)
            assert answer.status != 403 and answer.status < 500, f"{operation}: {answer}"
        server.check()
