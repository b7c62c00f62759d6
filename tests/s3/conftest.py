import os
import sys
import uuid

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from sdk import s3_client  # noqa: E402
from server import Keys, Server, clean_environment  # noqa: E402

for name in [n for n in os.environ if n.startswith("AWS_")]:
    del os.environ[name]
os.environ.update({k: v for k, v in clean_environment().items() if k.startswith("AWS_")})


@pytest.fixture(scope="session")
def server():
    with Server() as running:
        yield running
        running.records()  # whatever the tests sent, each line is JSON


@pytest.fixture(autouse=True)
def _server_survives(request):
    """After each test the shared server is alive and no sanitizer spoke."""
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").check()


@pytest.fixture(scope="session")
def other(server):
    """(account, keys) of a second tenant."""
    return server.new_account("other")


@pytest.fixture(scope="session")
def people(server, other):
    """Clients of users: of the first account, and of the second."""
    def client(account, name):
        server.admin("user", "create", "--account", account, "--name", name)
        key = server.admin("key", "create", "--account", account, "--user", name)
        return s3_client(server, Keys(key["access_key"], key["secret_key"]))
    return {"bob": client(server.operator(), "bob"), "mallory": client(other[0]["id"], "mallory")}


@pytest.fixture(scope="session")
def bob_arn(server, people):
    return f"arn:aws:iam::{server.operator()}:user/bob"


@pytest.fixture(scope="session")
def s3(server):
    return s3_client(server)


@pytest.fixture(scope="session")
def other_s3(server, other):
    return s3_client(server, other[1])


@pytest.fixture(scope="session")
def wire(server):
    return server.wire()


@pytest.fixture
def bucket(s3):
    """A fresh bucket. It is left behind: the server's directory goes away as a whole."""
    name = f"b-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    return name
