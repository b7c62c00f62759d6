"""Limits of accounts, users and buckets: what may be stored, and how much a second."""
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from sdk import code_of, s3_client
from server import Server

MIB = 1 << 20


def refusal(call):
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    return (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"],
            int(answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"]))


@pytest.fixture
def tenant(server):
    """(account id, keys of its root, a client that tries once, a bucket of its own)"""
    account, keys = server.new_account(f"limits-{uuid.uuid4().hex[:8]}")
    s3 = s3_client(server, keys)
    bucket = f"limits-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    return account["id"], keys, s3, bucket


def set_limits(server, account, *words):
    return server.admin("limits", "set", "--account", account, *words)


def test_bytes_of_a_bucket(server, tenant):
    account, _, s3, bucket = tenant
    s3.put_object(Bucket=bucket, Key="a", Body=b"x" * 600)
    shown = set_limits(server, account, "--bucket", bucket, "--bytes", "1000")
    assert shown["limits"]["bytes"] == 1000 and shown["limits"]["objects"] is None
    assert shown["stored"] == {"bytes": 600, "objects": 1}
    assert refusal(lambda: s3.put_object(Bucket=bucket, Key="b", Body=b"x" * 401)) == (
        403, "QuotaExceeded", 60)
    s3.put_object(Bucket=bucket, Key="b", Body=b"x" * 400)
    assert refusal(lambda: s3.copy_object(Bucket=bucket, Key="c",
                                          CopySource=f"{bucket}/a"))[1] == "QuotaExceeded"
    assert code_of(lambda: s3.head_object(Bucket=bucket, Key="c"))[0] == 404
    s3.delete_object(Bucket=bucket, Key="a")
    s3.put_object(Bucket=bucket, Key="c", Body=b"x" * 600)
    # Without limits it takes all again.
    assert set_limits(server, account, "--bucket", bucket)["limits"]["bytes"] is None
    s3.put_object(Bucket=bucket, Key="d", Body=b"x" * 5000)


def test_objects_of_a_bucket(server, tenant):
    account, _, s3, bucket = tenant
    set_limits(server, account, "--bucket", bucket, "--objects", "2")
    s3.put_object(Bucket=bucket, Key="a", Body=b"")
    s3.put_object(Bucket=bucket, Key="b", Body=b"")
    assert refusal(lambda: s3.put_object(Bucket=bucket, Key="c", Body=b""))[1] == "QuotaExceeded"
    assert refusal(lambda: s3.create_multipart_upload(Bucket=bucket, Key="c"))[1] == "QuotaExceeded"
    s3.get_object(Bucket=bucket, Key="a")


def test_an_upload_in_parts_is_judged_whole(server, tenant):
    account, _, s3, bucket = tenant
    set_limits(server, account, "--bucket", bucket, "--bytes", "8MiB")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    ref = {"Bucket": bucket, "Key": "a", "UploadId": upload}
    tags = [s3.upload_part(**ref, PartNumber=n, Body=b"x" * (5 * MIB))["ETag"] for n in (1, 2)]
    assert refusal(lambda: s3.upload_part(**ref, PartNumber=3, Body=b"x" * (9 * MIB)))[
        1] == "QuotaExceeded"

    def complete(count):
        return s3.complete_multipart_upload(**ref, MultipartUpload={
            "Parts": [{"PartNumber": n + 1, "ETag": tags[n]} for n in range(count)]})
    assert refusal(lambda: complete(2))[1] == "QuotaExceeded"
    complete(1)
    assert s3.head_object(Bucket=bucket, Key="a")["ContentLength"] == 5 * MIB


def test_an_account_counts_all_its_buckets(server, tenant):
    account, _, s3, bucket = tenant
    second = bucket + "-2"
    s3.create_bucket(Bucket=second)
    s3.put_object(Bucket=bucket, Key="a", Body=b"x" * 700)
    set_limits(server, account, "--bytes", "1KB", "--objects", "10")
    assert refusal(lambda: s3.put_object(Bucket=second, Key="b", Body=b"x" * 301))[
        1] == "QuotaExceeded"
    s3.put_object(Bucket=second, Key="b", Body=b"x" * 300)
    # What was written a moment ago counts at once.
    assert refusal(lambda: s3.put_object(Bucket=second, Key="c", Body=b"x"))[1] == "QuotaExceeded"
    s3.delete_object(Bucket=bucket, Key="a")
    deadline = time.monotonic() + 30
    while server.admin("limits", "get", "--account", account)["stored"]["bytes"] != 300:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    s3.put_object(Bucket=second, Key="c", Body=b"x" * 700)


def test_requests_a_second(server, tenant):
    account, keys, s3, bucket = tenant
    set_limits(server, account, "--requests", "5")
    refused = None
    for _ in range(200):  # far more than five a second
        try:
            s3.list_objects_v2(Bucket=bucket)
        except ClientError as error:
            refused = error.response
            break
    assert refused["Error"]["Code"] == "SlowDown"
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert int(refused["ResponseMetadata"]["HTTPHeaders"]["retry-after"]) == 1
    # A client that tries again, as SDKs do, gets through.
    patient = s3_client(server, keys, retries={"max_attempts": 10, "mode": "standard"})
    for _ in range(8):
        patient.list_objects_v2(Bucket=bucket)
    set_limits(server, account)
    for _ in range(50):
        s3.list_objects_v2(Bucket=bucket)


def test_bytes_a_second_of_a_bucket(server, tenant):
    account, _, s3, bucket = tenant
    set_limits(server, account, "--bucket", bucket, "--bytes-in", "10KB")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x" * 100_000)  # goes through, and is owed
    status, code, wait = refusal(lambda: [s3.put_object(Bucket=bucket, Key="b", Body=b"")
                                          for _ in range(100)])
    assert (status, code) == (503, "SlowDown") and 1 <= wait <= 9
    set_limits(server, account, "--bucket", bucket, "--bytes-out", "10KB")
    s3.get_object(Bucket=bucket, Key="a")["Body"].read()
    assert refusal(lambda: [s3.get_object(Bucket=bucket, Key="a")["Body"].read()
                            for _ in range(100)])[1] == "SlowDown"


def test_a_user_has_its_own(server, tenant):
    account, _, s3, bucket = tenant
    server.admin("user", "create", "--account", account, "--name", "bob")
    set_limits(server, account, "--user", "bob", "--requests", "7")
    shown = server.admin("limits", "get", "--account", account, "--user", "bob")
    assert shown["limits"]["requests_per_second"] == 7 and shown["stored"] is None
    for _ in range(30):  # of the root: not limited
        s3.list_objects_v2(Bucket=bucket)
    refused = server.cli("admin", "limits", "set", "--account", account, "--user", "bob",
                         "--bytes", "1", check=False)
    assert refused.returncode == 1 and "account" in refused.stderr
    server.admin("user", "delete", "--account", account, "--name", "bob")
    gone = server.cli("admin", "limits", "get", "--account", account, "--user", "bob", check=False)
    assert "NotFound" in gone.stderr


def test_who_may_set_them(server, tenant, other):
    account, keys, _, bucket = tenant
    own = server.cli("admin", "limits", "set", "--account", account, "--bytes", "1", keys=keys,
                     check=False)
    assert "AccessDenied" in own.stderr, "an account does not raise its own"
    server.admin("limits", "set", "--account", account, "--bucket", bucket, "--bytes", "7",
                 keys=keys)
    assert server.admin("limits", "get", "--account", account, "--bucket", bucket, keys=keys)[
        "limits"]["bytes"] == 7
    stranger = server.cli("admin", "limits", "get", "--account", account, keys=other[1],
                          check=False)
    assert "AccessDenied" in stranger.stderr


@pytest.mark.parametrize("words", [
    ("--requests", "0"), ("--bytes", "-1"), ("--bytes", "9007199254740992"), ("--bytes", "much"),
    ("--user", "bob", "--bucket", "some-bucket"), ("--bucket", "no-such-bucket"),
    ("--user", "nobody", "--requests", "1"),
])
def test_bad_limits(server, tenant, words):
    done = server.cli("admin", "limits", "set", "--account", tenant[0], *words, check=False)
    assert done.returncode in (1, 2) and done.stderr


def test_limits_outlive_a_restart():
    with Server() as server:
        restarted(server)


def restarted(server):
    account, keys = server.new_account("restart")
    s3 = s3_client(server, keys)
    s3.create_bucket(Bucket="kept-limits")
    set_limits(server, account["id"], "--bytes", "10")
    server.stop()
    server.start()
    s3 = s3_client(server, keys)
    assert refusal(lambda: s3.put_object(Bucket="kept-limits", Key="a", Body=b"x" * 11))[
        1] == "QuotaExceeded"
