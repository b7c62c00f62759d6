"""aws-cli: version 1 from its pinned package, version 2 from Debian."""
import os
import sys

import pytest

import tree
from program import client

VERSIONS = {"1": os.path.join(sys.prefix, "bin", "aws"), "2": "/usr/bin/aws"}


@pytest.mark.parametrize("version", VERSIONS)
def test_round_trip(server, source, run, name, tmp_path, version):
    program = client(f"aws-cli {version}", VERSIONS[version])
    assert f"aws-cli/{version}." in run(program, "--version")

    def aws(*words):
        return run(program, "--endpoint-url", server.endpoint, *words)
    aws("s3", "mb", f"s3://{name}")
    aws("s3", "sync", "--only-show-errors", source.tree, f"s3://{name}/tree")
    assert aws("s3", "sync", source.tree, f"s3://{name}/tree") == ""  # nothing left to do
    aws("s3", "sync", "--only-show-errors", f"s3://{name}/tree", tmp_path / "back")
    tree.same(tmp_path / "back", source.digests)
    aws("s3", "cp", "--only-show-errors", source.large, f"s3://{name}/large")
    aws("s3", "cp", "--only-show-errors", f"s3://{name}/large", f"s3://{name}/copy")
    aws("s3", "cp", "--only-show-errors", f"s3://{name}/copy", tmp_path / "large")
    assert tree.digest(tmp_path / "large") == source.large_digest
    assert aws("s3", "ls", "--recursive", f"s3://{name}/tree/").count("\n") == tree.FILES
    aws("s3", "rb", "--force", f"s3://{name}")
