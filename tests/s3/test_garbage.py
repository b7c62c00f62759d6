"""Replaced and deleted bytes leave the disk soon, but not under who reads them."""
import os
import time

from sdk import s3_client
from server import Server

BODY = os.urandom(300_000)


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_much_garbage_does_not_wait_for_a_pass():
    with Server(args=["--sweep-seconds", "3600", "--garbage-mib", "1"]) as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="bucket")
        for _ in range(30):
            s3.put_object(Bucket="bucket", Key="k", Body=BODY)
        # What came since the last pass is less than two MiB.
        wait_for(lambda: len(server.blob_files()) < 9)
        assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == BODY


def test_a_download_goes_on_when_its_object_is_replaced_or_deleted():
    large = os.urandom(48 << 20)  # more than the sockets take
    with Server(args=["--sweep-seconds", "1"]) as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="bucket")
        s3.create_bucket(Bucket="other")
        parts = {"Bucket": "other", "Key": "parts"}
        parts["UploadId"] = s3.create_multipart_upload(**parts)["UploadId"]
        tag = s3.upload_part(**parts, PartNumber=1, Body=large)["ETag"]
        s3.complete_multipart_upload(**parts, MultipartUpload={
            "Parts": [{"PartNumber": 1, "ETag": tag}]})
        s3.put_object(Bucket="bucket", Key="replaced", Body=large)
        s3.put_object(Bucket="bucket", Key="deleted", Body=BODY)
        downloads = [s3.get_object(Bucket="bucket", Key="replaced")["Body"],
                     s3.get_object(Bucket="other", Key="parts")["Body"]]
        begun = [body.read(1 << 20) for body in downloads]
        s3.put_object(Bucket="bucket", Key="replaced", Body=b"small")
        s3.delete_object(Bucket="other", Key="parts")
        s3.delete_bucket(Bucket="other")
        s3.delete_object(Bucket="bucket", Key="deleted")
        wait_for(lambda: len(server.blob_files()) == 2)  # what nobody reads is gone
        for begin, body in zip(begun, downloads):
            assert begin + body.read() == large
        wait_for(lambda: not server.blob_files())
        assert s3.get_object(Bucket="bucket", Key="replaced")["Body"].read() == b"small"
