"""Receipts of changes, whose records are durable with the changes: each is given, kept, and outlives
a crash."""
import json
import os
import signal
import threading

import pytest

from sdk import s3_client
from server import Server, muzn
from test_data_leaves import eventually
from test_log_bucket import key_of
from test_private_logs import Tenant, get

ARGS = ("--ledger-seconds", "1")


@pytest.fixture(scope="module")
def node():
    with Server(args=ARGS) as running:
        yield running


@pytest.fixture(scope="module")
def tenant(node):
    return Tenant(node, "receipts")


def receipt_of(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"]["x-muzn-receipt"]


def verify(node, tenant, receipt):
    done = muzn("receipt", "verify", receipt, "--key", key_of(node), "--url", node.endpoint,
                "--json", keys=tenant.keys, check=False)
    return done.returncode, json.loads(done.stdout)


def entries(node, tenant):
    """All lines of the account's log, as its owner reads them."""
    size = int(get(node, tenant.keys, tenant.handle + "/checkpoint").body.split(b"\n")[1])
    out = []
    while len(out) < size:
        width = min(256, size - len(out))
        part = "" if width == 256 else f".p/{width}"
        data = get(node, tenant.keys,
                   f"{tenant.handle}/tile/entries/{len(out) // 256:03d}{part}").body
        while data:
            length = int.from_bytes(data[:2], "big")
            out.append(json.loads(data[2:2 + length]))
            data = data[2 + length:]
    return out


def do_everything(tenant):
    """(operation, its answer, status, form of its receipt) of one request each."""
    client, bucket = tenant.client, tenant.bucket
    yield "PutObject", client.put_object(Bucket=bucket, Key="k", Body=b"x" * 10), 200, 2
    yield "CopyObject", client.copy_object(Bucket=bucket, Key="l",
                                           CopySource={"Bucket": bucket, "Key": "k"}), 200, 2
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    yield "PutObjectTagging", client.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags), 200, 2
    yield "DeleteObjectTagging", client.delete_object_tagging(Bucket=bucket, Key="k"), 204, 2
    yield "DeleteObject", client.delete_object(Bucket=bucket, Key="l"), 204, 2
    yield "DeleteObject", client.delete_object(Bucket=bucket, Key="never there"), 204, 2
    upload = client.create_multipart_upload(Bucket=bucket, Key="m")
    yield "CreateMultipartUpload", upload, 200, 2
    where = {"Bucket": bucket, "Key": "m", "UploadId": upload["UploadId"]}
    part = client.upload_part(PartNumber=1, Body=b"part", **where)
    yield "UploadPart", part, 200, 1
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    yield "CompleteMultipartUpload", client.complete_multipart_upload(MultipartUpload=parts,
                                                                      **where), 200, 2
    # It was done before: nothing changes, and it is recorded all the same.
    yield "CompleteMultipartUpload", client.complete_multipart_upload(MultipartUpload=parts,
                                                                      **where), 200, 1
    yield "DeleteObjects", client.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "k"}, {"Key": "m"}]}), 200, 1
    yield "PutBucketVersioning", client.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}), 200, 1
    yield "PutObject", client.put_object(Bucket=bucket, Key="v", Body=b"x"), 200, 2
    yield "DeleteObject", client.delete_object(Bucket=bucket, Key="v"), 204, 2


def test_each_change_has_one_and_it_is_kept(node, tenant):
    done = list(do_everything(tenant))
    for operation, answer, _, form in done:
        assert receipt_of(answer).startswith(f"v={form};"), operation
    refused = get(node, tenant.keys, "..")  # no change: none
    assert refused.get("x-muzn-receipt") is None
    last = receipt_of(done[-1][1])
    eventually(lambda: verify(node, tenant, last)[0], 0)
    log = entries(node, tenant)
    by_id = {}
    for entry in log:
        by_id.setdefault(entry["request_id"], []).append(entry)
    for operation, answer, status, form in done:
        code, told = verify(node, tenant, receipt_of(answer))
        assert code == 0 and told["outcome"]["kept"] is True, (operation, told)
        meta = answer["ResponseMetadata"]
        # Once, though the recorder hears of each request as well.
        entry, = by_id[meta["HTTPHeaders"]["x-amz-request-id"]]
        assert log[told["outcome"]["entry"]] == entry
        assert meta["HTTPStatusCode"] == status
        assert (entry["operation"], entry["status"], entry["error_code"]) == (operation, status, "")
        assert entry["decision"] == "allow" and entry["bucket"] == tenant.bucket
        if operation == "PutObject":
            assert entry["bytes_in"] > 0 and entry["version_id"] == answer.get("VersionId", "")


def test_form_and_refusals(node, tenant):
    """What was not done is recorded too, with the status that it had."""
    tenant.client.put_object(Bucket=tenant.bucket, Key="there", Body=b"x")
    answer = node.wire(tenant.keys).request("PUT", f"/{tenant.bucket}/there", body=b"y",
                                            headers=[("If-None-Match", "*")])
    assert answer.status == 412
    receipt = answer.get("x-muzn-receipt")
    assert receipt.startswith("v=1;")
    eventually(lambda: verify(node, tenant, receipt)[0], 0)
    entry = entries(node, tenant)[verify(node, tenant, receipt)[1]["entry"]]
    assert entry["status"] == 412 and entry["error_code"] == "PreconditionFailed"


def test_the_log_can_not_lie_about_it(node, tenant):
    """A receipt of another server, and one that was changed."""
    with Server(args=ARGS) as other:
        foreign = Tenant(other, "receipts")
        receipt = foreign.put("k")
        done = muzn("receipt", "verify", receipt, "--key", key_of(node), "--url", node.endpoint,
                    keys=tenant.keys, check=False)
        assert done.returncode == 1


def test_a_crash_keeps_what_was_promised():
    """Killed while clients write: each record whose answer arrived is in the log of the next life,
    though no move to the log had come."""
    with Server(args=ARGS) as server:
        tenant = Tenant(server, "crash")
        for life in range(3):
            receipts, stopped = [], threading.Event()

            def write(number, node=server, keep=receipts, stop=stopped):
                client = s3_client(node, tenant.keys)
                try:
                    for n in range(10_000):
                        key = f"{number}-{n}"
                        keep.append(receipt_of(client.put_object(Bucket="crash", Key=key, Body=b"x")))
                        if stop.is_set():
                            return
                except Exception:  # pylint: disable=broad-except
                    return  # the server is gone

            threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
            for thread in threads:
                thread.start()
            eventually(lambda keep=receipts: len(keep) > 40, True)
            server.signal(signal.SIGKILL)
            stopped.set()
            server.wait()
            for thread in threads:
                thread.join()
            checked = muzn("engine", "check", "--data", server.data, "--json", check=False)
            assert checked.returncode == 0, checked.stdout
            server.start()
            tenant.node = server
            tenant.client = s3_client(server, tenant.keys)
            tenant.put(f"after-{life}")
            eventually(lambda keep=receipts: verify(server, tenant, keep[-1])[0], 0)
            for receipt in receipts[-40:]:
                assert verify(server, tenant, receipt)[0] == 0, receipt


def test_a_clean_end_leaves_nothing():
    with Server(args=ARGS) as server:
        tenant = Tenant(server, "clean")
        receipts = [tenant.put(f"k{n}") for n in range(5)]
        server.stop()
        assert os.path.exists(server.data)
        server.start()
        for receipt in receipts:
            eventually(lambda r=receipt: verify(server, tenant, r)[0], 0)
        assert len(entries(server, tenant)) >= 6  # CreateBucket and five, and each once
        ids = [entry["request_id"] for entry in entries(server, tenant)]
        assert len(ids) == len(set(ids))
