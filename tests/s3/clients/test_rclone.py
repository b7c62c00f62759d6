import tree
from program import client


def test_round_trip(server, source, run, name, tmp_path):
    program = client("rclone")

    def rclone(*words):
        return run(program, "--config", "/dev/null", "--transfers", "8", "--checkers", "8",
                   "--no-unicode-normalization",  # the tree has both forms of one name
                   "--retries", "1", "--low-level-retries", "1", "--s3-provider", "Other",
                   "--s3-env-auth", "--s3-endpoint", server.endpoint, "--s3-region", "us-east-1",
                   *words)
    rclone("mkdir", f":s3:{name}")
    rclone("sync", source.tree, f":s3:{name}/tree")
    rclone("check", "--download", source.tree, f":s3:{name}/tree")
    rclone("sync", f":s3:{name}/tree", tmp_path / "back")
    tree.same(tmp_path / "back", source.digests)
    rclone("copyto", source.large, f":s3:{name}/large", "--s3-chunk-size", "8Mi",
           "--s3-upload-cutoff", "8Mi")
    rclone("copyto", f":s3:{name}/large", f":s3:{name}/copy")  # on the server
    rclone("copyto", f":s3:{name}/copy", tmp_path / "large")
    assert tree.digest(tmp_path / "large") == source.large_digest
    rclone("purge", f":s3:{name}")
