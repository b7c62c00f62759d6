import tree
from program import client


def test_round_trip(server, source, run, name, tmp_path):
    program = client("s3cmd")
    host = server.endpoint.partition("://")[2]

    def s3cmd(*words):
        return run(program, "--config", "/dev/null", "--access_key", server.keys.access,
                   "--secret_key", server.keys.secret, "--host", host, "--host-bucket", host,
                   "--no-ssl", "--no-progress", "--quiet", *words)
    s3cmd("mb", f"s3://{name}")
    s3cmd("sync", f"{source.tree}/", f"s3://{name}/tree/")
    (tmp_path / "back").mkdir()
    s3cmd("sync", f"s3://{name}/tree/", f"{tmp_path}/back/")
    tree.same(tmp_path / "back", source.digests)
    s3cmd("put", "--multipart-chunk-size-mb", "8", source.large, f"s3://{name}/large")
    s3cmd("cp", f"s3://{name}/large", f"s3://{name}/copy")
    s3cmd("get", f"s3://{name}/copy", tmp_path / "large")
    assert tree.digest(tmp_path / "large") == source.large_digest
    s3cmd("del", "--recursive", "--force", f"s3://{name}/")
    s3cmd("rb", f"s3://{name}")
