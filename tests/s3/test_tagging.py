"""Tag sets of objects and of buckets."""
import base64
import concurrent.futures
import uuid
import zlib

import pytest

from sdk import code_of, s3_client
from server import Server
from wire import refused


def tags(**pairs):
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs.items()]}


def many(count):
    return tags(**{f"k{n:02}": str(n) for n in range(count)})


def shown(call, **target):
    return {tag["Key"]: tag["Value"] for tag in call(**target)["TagSet"]}


def test_of_an_object(s3, bucket):
    at = {"Bucket": bucket, "Key": "k"}
    assert code_of(s3.get_object_tagging, **at) == (404, "NoSuchKey")
    assert code_of(s3.put_object_tagging, **at, Tagging=many(1)) == (404, "NoSuchKey")
    s3.put_object(**at, Body=b"body", Tagging="foo=bar&bar")
    assert shown(s3.get_object_tagging, **at) == {"foo": "bar", "bar": ""}
    before = s3.head_object(**at)
    assert before["ResponseMetadata"]["HTTPHeaders"]["x-amz-tagging-count"] == "2"
    reply = s3.put_object_tagging(**at, Tagging=many(10))
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 200 and "VersionId" not in reply
    assert s3.get_object_tagging(**at)["TagSet"] == many(10)["TagSet"]
    after = s3.get_object(**at)
    assert after["TagCount"] == 10 and after["Body"].read() == b"body"
    assert (after["ETag"], after["LastModified"]) == (before["ETag"], before["LastModified"])
    s3.put_object_tagging(**at, Tagging=tags(), VersionId="null")
    assert shown(s3.get_object_tagging, **at) == {}
    s3.put_object_tagging(**at, Tagging=many(1))
    reply = s3.delete_object_tagging(**at)
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert shown(s3.get_object_tagging, **at) == {}
    other = {**at, "VersionId": "3sL4kqtJlcpXroDTDmJ3sL4kqtJlcpXr"}
    assert code_of(s3.get_object_tagging, **other) == (404, "NoSuchVersion")
    assert code_of(s3.put_object_tagging, **other, Tagging=many(1)) == (404, "NoSuchVersion")


def test_of_a_bucket(s3, bucket):
    assert code_of(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")
    s3.delete_bucket_tagging(Bucket=bucket)
    reply = s3.put_bucket_tagging(Bucket=bucket, Tagging=many(50))
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == many(50)["TagSet"]
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tags(b="", a="\u00e4"))
    assert shown(s3.get_bucket_tagging, Bucket=bucket) == {"a": "\u00e4", "b": ""}
    reply = s3.delete_bucket_tagging(Bucket=bucket)
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code_of(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")


def test_go_with_the_bucket(s3):
    name = f"t-{uuid.uuid4().hex[:16]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": tags(a="1")["TagSet"]})
    assert shown(s3.get_bucket_tagging, Bucket=name) == {"a": "1"}
    s3.delete_bucket(Bucket=name)  # tags do not keep it
    assert code_of(s3.get_bucket_tagging, Bucket=name) == (404, "NoSuchBucket")
    s3.create_bucket(Bucket=name)
    assert code_of(s3.get_bucket_tagging, Bucket=name) == (404, "NoSuchTagSet")


TOO_MUCH = [
    tags(**{"k" * 129: ""}), tags(k="v" * 257), tags(**{"aws:k": "v"}),
    tags(**{"AWS:k": "v"}), tags(k="a;b"), tags(**{"a#": "v"}),
    {"TagSet": tags(k="1")["TagSet"] + tags(k="2")["TagSet"]},
]


@pytest.mark.parametrize("number", range(len(TOO_MUCH)))
def test_no_valid_tags(s3, bucket, number):
    at = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**at, Tagging="kept=1")
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tags(kept="2"))
    bad = TOO_MUCH[number]
    assert code_of(s3.put_object_tagging, **at, Tagging=bad) == (400, "InvalidTag")
    assert code_of(s3.put_bucket_tagging, Bucket=bucket, Tagging=bad) == (400, "InvalidTag")
    assert shown(s3.get_object_tagging, **at) == {"kept": "1"}
    assert shown(s3.get_bucket_tagging, Bucket=bucket) == {"kept": "2"}


def test_too_many(s3, bucket):
    at = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**at)
    assert code_of(s3.put_object_tagging, **at, Tagging=many(11)) == (400, "InvalidTag")
    assert code_of(s3.put_bucket_tagging, Bucket=bucket, Tagging=many(51)) == (400, "InvalidTag")
    header = "&".join(f"k{n}=v" for n in range(11))
    assert code_of(s3.put_object, **at, Tagging=header) == (400, "InvalidTag")
    assert shown(s3.get_object_tagging, **at) == {}


DOCUMENTS = [b"", b"<", b"<x/>", b"<Tagging/>", b"<Tagging><TagSet/><TagSet/></Tagging>",
             b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
             b"<Tagging><TagSet><Tag><Value>a</Value></Tag></TagSet></Tagging>",
             b"<Tagging><TagSet><Tag><Key><b/></Key><Value>a</Value></Tag></TagSet></Tagging>"]


@pytest.mark.parametrize("key", ["", "/k"])
def test_other_documents(wire, s3, bucket, key):
    s3.put_object(Bucket=bucket, Key="k")
    for document in DOCUMENTS:
        answer = wire.request("PUT", f"/{bucket}{key}?tagging", document,
                              [("x-amz-checksum-crc32", crc32(document))])
        refused(answer, 400, "MalformedXML")
    answer = wire.request("PUT", f"/{bucket}{key}?tagging", b"<Tagging><TagSet/></Tagging>")
    refused(answer, 400, "InvalidRequest")  # no checksum


def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def test_uploads_and_copies_take_them_along(s3, bucket):
    at = {"Bucket": bucket, "Key": "k"}
    upload = s3.create_multipart_upload(**at, Tagging="Hello=World&foo=bar")["UploadId"]
    part = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"part")
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert shown(s3.get_object_tagging, **at) == {"Hello": "World", "foo": "bar"}
    for more, wanted in (({}, {"Hello": "World", "foo": "bar"}),
                         ({"TaggingDirective": "COPY", "Tagging": "x=y"},
                          {"Hello": "World", "foo": "bar"}),
                         ({"TaggingDirective": "REPLACE", "Tagging": "x=y"}, {"x": "y"}),
                         ({"TaggingDirective": "REPLACE"}, {})):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=at, **more)
        assert shown(s3.get_object_tagging, Bucket=bucket, Key="copy") == wanted, more
    # Other tags alone are no change that lets an object be copied to itself.
    assert code_of(s3.copy_object, **at, CopySource=at, TaggingDirective="REPLACE",
                   Tagging="x=y") == (400, "InvalidRequest")


def test_others_may_not(s3, other_s3, bucket):
    at = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**at, Tagging="a=1")
    denied = (403, "AccessDenied")
    assert code_of(other_s3.get_object_tagging, **at) == denied
    assert code_of(other_s3.put_object_tagging, **at, Tagging=many(1)) == denied
    assert code_of(other_s3.delete_object_tagging, **at) == denied
    assert code_of(other_s3.get_bucket_tagging, Bucket=bucket) == denied
    assert code_of(other_s3.put_bucket_tagging, Bucket=bucket, Tagging=many(1)) == denied
    assert code_of(other_s3.delete_bucket_tagging, Bucket=bucket) == denied
    assert shown(s3.get_object_tagging, **at) == {"a": "1"}


def test_writers_at_once_leave_one_whole_set(s3, bucket):
    at = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**at, Body=b"body")
    sets = [{f"k{n}": str(writer) for n in range(writer + 1)} for writer in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: s3.put_object_tagging(**at, Tagging=tags(**one)), sets * 4))
    assert shown(s3.get_object_tagging, **at) in sets
    assert s3.get_object(**at)["Body"].read() == b"body"


def test_survive_a_kill():
    with Server() as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"body", Tagging="a=1")
        s3.put_object_tagging(Bucket="bucket", Key="k", Tagging=tags(b="2"))
        s3.put_bucket_tagging(Bucket="bucket", Tagging=tags(c="3"))
        server.kill()
        server.start()
        s3 = s3_client(server)
        assert shown(s3.get_object_tagging, Bucket="bucket", Key="k") == {"b": "2"}
        assert shown(s3.get_bucket_tagging, Bucket="bucket") == {"c": "3"}
