"""The public log as objects: `aws s3 sync`, rclone and boto3 copy it, and the copy verifies."""
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.request

import boto3
import botocore
import pytest

from sdk import code_of, s3_client
from server import ROOT, Server, clean_environment, muzn
from test_data_leaves import fetch

BUCKET = "muzn-log"
GO_ENVIRONMENT = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                  "GOCACHE": os.environ.get("GOCACHE", str(ROOT / "build" / "go-cache"))}


@pytest.fixture(scope="module")
def node():
    """With more entries than a bundle has."""
    with Server(args=("--ledger-seconds", "1")) as running:
        account, _ = running.new_account("many")
        for n in range(270):
            level = "off" if n % 2 else "summary"
            put_level(running, account["id"], level)
        yield running


def put_level(node, account, level):
    answer = node.wire().request("PUT", f"/-/admin/v1/accounts/{account}/granularity",
                                 b'{"level":"%s"}' % level.encode(),
                                 [("Content-Type", "application/json")])
    assert answer.status == 200, answer


@pytest.fixture(scope="module")
def client(node):
    return s3_client(node)


def key_of(node):
    policy = fetch(node, "policy").decode()
    return next(line.split()[1] for line in policy.splitlines() if line.startswith("log "))


def run(*words, **environment):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=280, check=False, env=clean_environment(**environment))
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def keys_in_env(node):
    return {"AWS_ACCESS_KEY_ID": node.keys.access, "AWS_SECRET_ACCESS_KEY": node.keys.secret,
            "AWS_DEFAULT_REGION": "us-east-1"}


def verify(node, copy):
    done = muzn("audit", "verify", str(copy), "--key", key_of(node), check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_aws_sync(node, tmp_path):
    """Again and again, while the log grows; verified each time by us and by Go's x/mod."""
    copy = tmp_path / "copy"
    aws = [os.path.join(sys.prefix, "bin", "aws"), "--endpoint-url", node.endpoint, "s3", "sync",
           f"s3://{BUCKET}", copy]
    account, _ = node.new_account("grows")
    go = None
    if shutil.which("go") and pathlib.Path(GO_ENVIRONMENT["GOPATH"]).is_dir():
        go = tmp_path / "verify"
        run("go", "build", "-o", go, ROOT / "tests" / "tlog" / "verify.go", **GO_ENVIRONMENT,
            HOME=str(tmp_path))
    sizes = []
    for turn in range(3):
        run(*aws, *(["--no-sign-request"] if turn == 0 else []), **keys_in_env(node))
        verify(node, copy)
        sizes.append(int((copy / "checkpoint").read_text().split("\n")[1]))
        if go:
            (copy / "vkey").write_text(key_of(node))
            assert run(go, copy).startswith(f"{sizes[-1]} entries")
        for n in range(20):
            put_level(node, account["id"], "off" if n % 2 else "summary")
    assert sizes[0] > 256 and sizes == sorted(sizes)
    assert (copy / "exclusions").read_text() == fetch(node, "exclusions").decode()
    assert (copy / "policy").read_text() == fetch(node, "policy").decode()
    # One byte of the copy.
    bundle = copy / "tile/entries/000"
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    assert muzn("audit", "verify", str(copy), "--key", key_of(node), check=False).returncode == 1


@pytest.mark.skipif(not shutil.which("rclone"), reason="no rclone")
def test_rclone(node, tmp_path):
    words = ["rclone", "--config", "/dev/null", "--retries", "1", "--s3-provider", "Other",
             "--s3-env-auth", "--s3-endpoint", node.endpoint]
    run(*words, "sync", f":s3:{BUCKET}", tmp_path / "copy", **keys_in_env(node))
    verify(node, tmp_path / "copy")
    listed = run(*words, "lsf", f":s3:{BUCKET}/tile", **keys_in_env(node)).split()
    assert listed == ["0/", "1/", "entries/"]


def test_listing(client):
    """Every way to page shows the same, as large as it is."""
    whole = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        whole |= {item["Key"]: item["Size"] for item in page["Contents"]}
    assert list(whole) == sorted(whole)
    assert {"checkpoint", "policy", "exclusions", "exclusions.json", "tile/0/000",
            "tile/entries/000"} <= set(whole)
    for key, size in whole.items():
        assert len(client.get_object(Bucket=BUCKET, Key=key)["Body"].read()) == size, key
    for call in ("list_objects", "list_objects_v2"):
        seen, pages = set(), client.get_paginator(call).paginate(
            Bucket=BUCKET, PaginationConfig={"PageSize": 3})
        for page in pages:
            assert len(page["Contents"]) <= 3
            seen |= {item["Key"] for item in page["Contents"]}
        assert set(whole) <= seen
    folders, keys = set(), set()
    for page in client.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Delimiter="/", PaginationConfig={"PageSize": 1}):
        folders |= {one["Prefix"] for one in page.get("CommonPrefixes", [])}
        keys |= {item["Key"] for item in page.get("Contents", [])}
    assert folders == {"tile/"} and keys == {key for key in whole if "/" not in key}
    for prefix in ("tile/e", "tile/0/000", "policy", "none", "tile/9"):
        found = client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        assert {i["Key"] for i in found.get("Contents", [])} >= {
            key for key in whole if key.startswith(prefix)}
    after = client.list_objects_v2(Bucket=BUCKET, StartAfter="policy")["Contents"]
    assert after[0]["Key"] == "tile/0/000"
    assert client.list_objects_v2(Bucket=BUCKET, MaxKeys=0)["KeyCount"] == 0


def test_reading(node, client):
    assert client.head_bucket(Bucket=BUCKET)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert client.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None
    head = client.head_object(Bucket=BUCKET, Key="tile/0/000")
    assert head["ContentLength"] == 8192
    part = client.get_object(Bucket=BUCKET, Key="tile/0/000", Range="bytes=32-63",
                             IfMatch=head["ETag"])
    assert part["ContentRange"] == "bytes 32-63/8192"
    assert part["Body"].read() == fetch(node, "tile/0/000")[32:64]
    assert code_of(client.get_object, Bucket=BUCKET, Key="tile/0/000", Range="bytes=9000-")[0] == 416
    assert code_of(client.get_object, Bucket=BUCKET, Key="tile/0/000", IfMatch='"x"')[0] == 412
    assert code_of(client.get_object, Bucket=BUCKET, Key="tile/0/000",
                   IfNoneMatch=head["ETag"])[0] == 304
    for key in ("none", "tile/0/001", "tile/0/0", "tile/0/000.p/0", "past/0/checkpoint"):
        assert code_of(client.get_object, Bucket=BUCKET, Key=key)[0] == 404, key
    nobody = boto3.client("s3", endpoint_url=node.endpoint, region_name="us-east-1",
                          config=botocore.config.Config(signature_version=botocore.UNSIGNED))
    assert nobody.get_object(Bucket=BUCKET, Key="policy")["Body"].read() == fetch(node, "policy")
    with urllib.request.urlopen(f"{node.endpoint}/-/log/exclusions.json", timeout=20) as answer:
        assert b'"schema":"muzn.exclusions/1"' in answer.read()


def test_nobody_writes(client):
    """Not the operator either."""
    for call, arguments in (("put_object", {"Key": "checkpoint", "Body": b"x"}),
                            ("delete_object", {"Key": "checkpoint"}),
                            ("delete_bucket", {}), ("put_bucket_acl", {"ACL": "private"}),
                            ("put_bucket_policy", {"Policy": "{}"}),
                            ("create_multipart_upload", {"Key": "k"})):
        assert code_of(getattr(client, call), Bucket=BUCKET, **arguments) == (403, "AccessDenied")
    assert code_of(client.create_bucket, Bucket=BUCKET) == (409, "BucketAlreadyExists")
    assert BUCKET not in [one["Name"] for one in client.list_buckets()["Buckets"]]
    client.create_bucket(Bucket="muzn-log-of-mine")  # only the very name is taken
    client.create_bucket(Bucket="source")
    client.put_object(Bucket="source", Key="k", Body=b"x")
    assert code_of(client.copy_object, Bucket=BUCKET, Key="k", CopySource="source/k")[0] == 403
