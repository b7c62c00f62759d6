import os
import shutil
import subprocess
import sys
import types
import uuid

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import tree  # noqa: E402
from server import clean_environment  # noqa: E402

@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """The tree, its digests and the large file, made once."""
    root = tmp_path_factory.mktemp("source")
    made = tree.make(root / "tree")
    tree.make_large(root / "large")
    return types.SimpleNamespace(tree=root / "tree", large=root / "large", digests=made,
                                 large_digest=tree.digest(root / "large"))


@pytest.fixture
def run(server, tmp_path):
    """Runs a client with the server's keys in the usual variables and a home of its own."""
    home = tmp_path / "home"
    home.mkdir()

    def call(*command, timeout=280, **environment):
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=timeout,
            cwd=home, check=False,
            env=clean_environment(HOME=str(home), AWS_ACCESS_KEY_ID=server.keys.access,
                                  AWS_SECRET_ACCESS_KEY=server.keys.secret,
                                  AWS_DEFAULT_REGION="us-east-1", LC_ALL="C.UTF-8", **environment))
        assert done.returncode == 0, (f"{command[:4]}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
                                      f"\nserver: {server.log()[-2000:]}")
        return done.stdout
    return call


@pytest.fixture
def name():
    return f"client-{uuid.uuid4().hex[:12]}"


@pytest.fixture(autouse=True)
def _remove_what_was_fetched(tmp_path):
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)
