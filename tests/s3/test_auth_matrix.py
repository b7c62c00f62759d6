"""A part of the auth matrix, another one with each commit (MUZN_SEED, MUZN_SHARE say which and how
much); tests/fault/real/auth_matrix.py sends all of it."""
import os

import pytest

from auth_matrix import admin, query
from auth_matrix.credentials import CREDENTIALS, World
from auth_matrix.matrix import Matrix
from auth_matrix.operations import RECIPES, operations
from auth_matrix.place import Place
from auth_matrix.tampers import TAMPERS
from server import Server, commit_seed
from test_sts import client_of

SHARE = float(os.environ.get("MUZN_SHARE", "0.1"))


def test_every_operation_that_is_built_has_a_request():
    """An operation that gets a handler needs a line in auth_matrix/operations.py."""
    assert {o.name for o in operations() if o.built} == set(RECIPES)


@pytest.mark.timeout(900)
def test_nothing_is_accepted_CVE_2025_31489_CVE_2026_40344_CVE_2026_41145(capsys):
    with Server() as new, Server(args=["--sigv2", "true"]) as old:
        matrix = Matrix(new, old, commit_seed(), SHARE).run()
        new.check()
        old.check()
    with capsys.disabled():
        print(f"\nauth matrix: {matrix.sent} refused, {matrix.controls} taken, seed {matrix.seed}")
    assert not matrix.failures, "\n".join(
        [f"{len(matrix.failures)} with MUZN_SEED={matrix.seed}", *matrix.failures[:40]])
    assert set(matrix.seen) >= set(TAMPERS) | set(CREDENTIALS), "some were not sent at all"


def all_refused(wire, cells):
    """Sends (name, request, is_refused) of each over as few connections as it can; how many."""
    failures, sent, connection = [], 0, wire.connect()
    for name, request, is_refused in cells:
        connection.send(request.bytes())
        answer = connection.answer(request.method)
        sent += 1
        if answer.closes:
            connection.close()
            connection = wire.connect()
        if not is_refused(request, answer):
            failures.append(f"{name}: {answer}")
    connection.close()
    assert not failures, "\n".join([f"{len(failures)} of {sent}", *failures[:20]])
    return sent


def test_the_admin_api_CVE_2020_11012():
    """The same at the other door, all of it."""
    with Server() as server:
        place, world, wire = Place(server, "door"), World.make(server), server.wire()

        def state():
            accounts = server.admin("account", "list")["accounts"]
            return accounts, [server.admin(part, "list", "--account", account["id"])
                              for account in accounts for part in ("user", "key")]

        def is_refused(request, answer):
            door = request.path.startswith("/-/admin/")
            # Other answers come from behind the door; of a body, only that it is another.
            other_body = answer.status == 400 and b'"XAmzContentSHA256Mismatch"' in answer.body
            return answer.status in ((403,) if door else (400, 403, 405)) or other_body

        before = state()
        all_refused(wire, ((name, request, is_refused)
                           for name, request in admin.cells(place, world, commit_seed())))
        assert state() == before
        for operation, request in admin.good(place, world):
            answer = wire.raw(request.bytes(), request.method)
            assert answer.status != 403 and answer.status < 500, f"{operation}: {answer}"
        server.check()


def test_the_other_services_CVE_2025_27414():
    """The same at the doors of IAM, STS and CloudTrail: a further front has no lesser door."""
    with Server() as server:
        place, world, wire = Place(server, "door"), World.make(server), server.wire()
        iam, trails = (client_of(server, name) for name in ("iam", "cloudtrail"))
        of_operator = ("--account", server.operator())

        def state():
            details = iam.get_account_authorization_details()
            del details["ResponseMetadata"]
            return (details, iam.list_account_aliases()["AccountAliases"],
                    iam.list_open_id_connect_providers()["OpenIDConnectProviderList"],
                    server.admin("key", "list", *of_operator), trails.list_trails()["Trails"])

        iam.create_user(UserName="clerk")
        iam.create_group(GroupName="staff")
        before = state()
        sent = all_refused(wire, (
            (name, request, lambda _, answer, call=call: query.is_refusal(call, answer))
            for name, call, request in query.cells(place, world, commit_seed())))
        assert sent > 50 * len(query.calls())
        assert state() == before
        for call, request in query.good(place, world):
            answer = wire.raw(request.bytes(), request.method)
            behind = answer.status < 300 or query.code_of(answer) not in (
                query.REFUSALS[call.kind] - {"AccessDenied", "AccessDeniedException"})
            assert behind and answer.status < 500, f"{call}: {answer}"
        server.check()
