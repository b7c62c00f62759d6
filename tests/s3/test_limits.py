"""Limits of accounts, users and buckets: what may be stored, and how much a second."""
import json
import time
import uuid

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

from sdk import code_of, s3_client
from server import Server
from sigv4 import Keys

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
    assert shown["stored"] == {"bytes": 600, "objects": 1, "part_bytes": 0}
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


def test_parts_count_until_their_upload_ends(server, tenant):
    account, _, s3, bucket = tenant
    limit = ("--bucket", bucket, "--bytes", "16MiB")
    set_limits(server, account, *limit)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    ref = {"Bucket": bucket, "Key": "a", "UploadId": upload}

    def put(number, size):
        return s3.upload_part(**ref, PartNumber=number, Body=b"x" * size)["ETag"]
    tags = [put(1, 5 * MIB), put(2, 5 * MIB)]
    assert set_limits(server, account, *limit)["stored"] == {
        "bytes": 0, "objects": 0, "part_bytes": 10 * MIB}
    assert refusal(lambda: put(3, 7 * MIB))[1] == "QuotaExceeded"
    assert refusal(lambda: s3.put_object(Bucket=bucket, Key="b", Body=b"x" * (7 * MIB)))[
        1] == "QuotaExceeded"
    s3.put_object(Bucket=bucket, Key="b", Body=b"x" * (5 * MIB))
    assert refusal(lambda: s3.upload_part_copy(**ref, PartNumber=3, CopySource=f"{bucket}/b"))[
        1] == "QuotaExceeded"
    s3.delete_object(Bucket=bucket, Key="b")
    tags[1] = put(2, 6 * MIB)  # in the place of the other
    # What is there already may become an object, also where the limit was lowered meanwhile.
    set_limits(server, account, "--bucket", bucket, "--bytes", "1")
    s3.complete_multipart_upload(**ref, MultipartUpload={
        "Parts": [{"PartNumber": n + 1, "ETag": tag} for n, tag in enumerate(tags)]})
    assert set_limits(server, account, *limit)["stored"] == {
        "bytes": 11 * MIB, "objects": 1, "part_bytes": 0}
    # An upload that is aborted gives back what it took.
    ref["UploadId"] = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    put(1, 5 * MIB)
    assert refusal(lambda: s3.put_object(Bucket=bucket, Key="b", Body=b"x" * MIB))[
        1] == "QuotaExceeded"
    s3.abort_multipart_upload(**ref)
    s3.put_object(Bucket=bucket, Key="b", Body=b"x" * MIB)


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


def client_of(service, server, keys, attempts=1):
    config = botocore.config.Config(retries={"total_max_attempts": attempts, "mode": "standard"})
    return boto3.client(service, endpoint_url=server.endpoint, region_name="us-east-1",
                        aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
                        config=config)


# Of each service a call that everybody may, and the code of what comes too often.
CALLS = {"iam": ("list_users", "Throttling"), "sts": ("get_caller_identity", "Throttling"),
         "cloudtrail": ("describe_trails", "ThrottlingException")}


@pytest.mark.parametrize("service", CALLS)
def test_requests_a_second_of_other_services(server, tenant, service):
    account, keys, s3, bucket = tenant
    operation, code = CALLS[service]
    call = getattr(client_of(service, server, keys), operation)
    set_limits(server, account, "--requests", "3")
    assert refusal(lambda: [call() for _ in range(300)]) == (400, code, 1)
    # SDKs try again by themselves.
    patient = getattr(client_of(service, server, keys, attempts=20), operation)
    for _ in range(8):
        patient()
    # S3 takes of the same.
    assert refusal(lambda: [s3.list_objects_v2(Bucket=bucket) for _ in range(300)])[1] == "SlowDown"
    set_limits(server, account)
    for _ in range(30):
        call()


def admin_refusal(wire, path):
    """(status, code, Retry-After) of the first of many that is refused."""
    for _ in range(300):
        answer = wire.request("GET", "/-/admin/v1/" + path)
        if answer.status != 200:
            return (answer.status, json.loads(answer.body)["error"]["code"],
                    answer.get("retry-after"))
    return None


def test_requests_a_second_of_the_admin_api(server, tenant):
    account, keys, _, _ = tenant
    set_limits(server, account, "--requests", "3")
    wire = server.wire(keys)
    assert admin_refusal(wire, "whoami") == (503, "SlowDown", "1")
    set_limits(server, account)
    assert admin_refusal(wire, "whoami") is None


def test_the_operator_is_not_shut_out_by_its_own_limit(server):
    operator = server.operator()
    set_limits(server, operator, "--requests", "1")
    try:
        wire = server.wire()
        assert [wire.request("GET", "/-/admin/v1/whoami").status for _ in range(20)] == [200] * 20
    finally:
        set_limits(server, operator)


def test_strangers_take_nothing_of_a_rate(server, tenant):
    account, keys, s3, bucket = tenant
    set_limits(server, account, "--requests", "3", "--bytes-out", "1KB")
    wrong = Keys(keys.access, "x" * 40)
    sts, bad_s3 = client_of("sts", server, wrong), s3_client(server, wrong)
    nobody = server.wire()
    for _ in range(30):
        assert code_of(sts.get_caller_identity)[1] == "SignatureDoesNotMatch"
        assert code_of(bad_s3.list_objects_v2, Bucket=bucket)[1] == "SignatureDoesNotMatch"
        assert nobody.anonymous("GET", f"/{bucket}").status == 403
    assert client_of("sts", server, keys).get_caller_identity()["Account"] == account
    s3.head_bucket(Bucket=bucket)


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
