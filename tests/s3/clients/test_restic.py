import os

import tree
from program import client


def test_round_trip(server, source, run, name, tmp_path):
    program = client("restic")
    root = source.tree.parent
    repository = f"s3:{server.endpoint}/{name}/backup"

    def restic(*words):
        return run(program, "--quiet", "--no-cache", "--repo", repository, *words,
                   RESTIC_PASSWORD="of the test")
    restic("init")
    restic("backup", root)
    restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "back")
    back = os.path.join(tmp_path / "back", str(root).lstrip("/"))
    tree.same(os.path.join(back, "tree"), source.digests)
    assert tree.digest(os.path.join(back, "large")) == source.large_digest
    restic("forget", "--prune", "--keep-last", "1")
