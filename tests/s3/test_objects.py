"""Objects: put, get, head, delete, copy, attributes, conditions."""
import datetime
import hashlib
import os

import pytest

from sdk import code_of
from wire import refused

# Around what lies in a row, a page, a block of a blob, a piece that is hashed as one.
SIZES = [0, 1, 4095, 4096, 4097, 16384, 16385, 65535, 65536, 65537, (1 << 20) - 1, 1 << 20,
         (1 << 20) + 1, (5 << 20) + 3, 9_000_001]
KEYS = ["a", "a b", "a+b", "ü/ñ/日本語/🦊", "a//b", "/lead", "trail/", "x/../y", ".hidden", "%41",
        "a&b=c?d#e", "quote\"'<>", "back\\slash", "k\x01\x1f", "~-_.!*()", "k" * 1024]


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_back(s3, bucket, size):
    body = os.urandom(size)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == body and got["ContentLength"] == size
    assert got["ETag"] == put["ETag"]
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["ContentLength"] == size and head["LastModified"] == got["LastModified"]


def test_any_key_is_literal(s3, bucket):
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in KEYS:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode(), key
    found = s3.list_objects_v2(Bucket=bucket, EncodingType="url")["Contents"]
    assert len(found) == len(KEYS)


def test_the_last_put_wins(s3, bucket):
    for body in (b"first", os.urandom(200_000), b"", b"last"):
        s3.put_object(Bucket=bucket, Key="k", Body=body)
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def test_headers_and_metadata_return(s3, bucket):
    given = {"ContentType": "text/x-test", "CacheControl": "max-age=1", "ContentLanguage": "de",
             "ContentDisposition": "attachment; filename=x", "ContentEncoding": "gzip",
             "StorageClass": "STANDARD_IA",
             "Metadata": {"one": "1", "two-words": "with spaces, commas"}}
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **given)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert {name: head[name] for name in given} == given
    s3.put_object(Bucket=bucket, Key="p", Body=b"")
    plain = s3.head_object(Bucket=bucket, Key="p")
    assert plain["ContentType"] == "binary/octet-stream" and plain["Metadata"] == {}


def test_response_overrides(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="text/plain")
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="image/png",
                        ResponseCacheControl="no-cache", ResponseContentEncoding="br",
                        ResponseContentDisposition="inline", ResponseContentLanguage="fr",
                        ResponseExpires=datetime.datetime(2030, 1, 1))
    assert got["ContentType"] == "image/png" and got["ContentLanguage"] == "fr"
    assert got["CacheControl"] == "no-cache" and got["ContentDisposition"] == "inline"
    assert got["ContentEncoding"] == "br"


RANGES = [("bytes=0-0", slice(0, 1)), ("bytes=10-19", slice(10, 20)),
          ("bytes=990-", slice(990, None)), ("bytes=-1", slice(-1, None)),
          ("bytes=-99999999", slice(None)), ("bytes=0-99999999", slice(None))]


@pytest.mark.parametrize("size", [1000, 1_000_000])  # inline, and in blocks
def test_ranges(s3, bucket, size):
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    for value, part in RANGES:
        got = s3.get_object(Bucket=bucket, Key="k", Range=value)
        first, end, _ = part.indices(size)
        assert got["Body"].read() == body[part], value
        assert got["ContentRange"] == f"bytes {first}-{end - 1}/{size}"
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_range_across_blocks(s3, bucket):
    body = os.urandom(5_000_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    for first, last in ((0, 65535), (65530, 65540), (1_048_575, 1_048_576), (4_999_999, 4_999_999),
                        (123_456, 4_321_000)):
        got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")
        assert got["Body"].read() == body[first:last + 1]


def test_missing_keys(s3, bucket):
    assert code_of(s3.get_object, Bucket=bucket, Key="no") == (404, "NoSuchKey")
    assert code_of(s3.head_object, Bucket=bucket, Key="no") == (404, "404")
    assert code_of(s3.get_object, Bucket="no-such-bucket", Key="k") == (404, "NoSuchBucket")
    s3.delete_object(Bucket=bucket, Key="no")  # as AWS: it is gone, which is what was asked


def test_delete_many(s3, bucket):
    keys = [f"k{n}" for n in range(1000)]
    for key in keys[:50]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys]})
    assert sorted(d["Key"] for d in done["Deleted"]) == sorted(keys) and "Errors" not in done
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k1"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_conditions_on_reads(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    when = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    hour = datetime.timedelta(hours=1)
    target = {"Bucket": bucket, "Key": "k"}
    s3.get_object(**target, IfMatch=etag)
    s3.get_object(**target, IfMatch="*")
    s3.get_object(**target, IfNoneMatch='"other"')
    s3.get_object(**target, IfModifiedSince=when - hour)
    s3.get_object(**target, IfUnmodifiedSince=when)
    s3.get_object(**target, IfMatch=etag, IfUnmodifiedSince=when - hour)  # If-Match decides
    assert code_of(s3.get_object, **target, IfMatch='"other"') == (412, "PreconditionFailed")
    assert code_of(s3.get_object, **target, IfModifiedSince=when)[0] == 304
    assert code_of(s3.get_object, **target, IfNoneMatch=etag,
                   IfModifiedSince=when - hour)[0] == 304


def test_conditions_on_writes(s3, bucket):
    target = {"Bucket": bucket, "Key": "k"}
    assert code_of(s3.put_object, **target, Body=b"x", IfMatch='"e"') == (404, "NoSuchKey")
    etag = s3.put_object(**target, Body=b"one", IfNoneMatch="*")["ETag"]
    assert code_of(s3.put_object, **target, Body=b"x",
                   IfNoneMatch="*") == (412, "PreconditionFailed")
    s3.put_object(**target, Body=b"two", IfMatch=etag)
    assert code_of(s3.put_object, **target, Body=b"x",
                   IfMatch=etag) == (412, "PreconditionFailed")
    assert s3.get_object(**target)["Body"].read() == b"two"
    assert code_of(s3.delete_object, **target, IfMatch=etag) == (412, "PreconditionFailed")


def test_copy_keeps_or_replaces_metadata(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"body", ContentType="text/x-a",
                  Metadata={"from": "a"})
    source = {"Bucket": bucket, "Key": "a"}
    s3.copy_object(Bucket=bucket, Key="b", CopySource=source)
    head = s3.head_object(Bucket=bucket, Key="b")
    assert head["Metadata"] == {"from": "a"} and head["ContentType"] == "text/x-a"
    s3.copy_object(Bucket=bucket, Key="c", CopySource=source, MetadataDirective="REPLACE",
                   Metadata={"new": "1"}, ContentType="text/x-c")
    head = s3.head_object(Bucket=bucket, Key="c")
    assert head["Metadata"] == {"new": "1"} and head["ContentType"] == "text/x-c"
    s3.copy_object(Bucket=bucket, Key="a", CopySource=source, MetadataDirective="REPLACE",
                   Metadata={"self": "1"})
    got = s3.get_object(Bucket=bucket, Key="a")
    assert got["Metadata"] == {"self": "1"} and got["Body"].read() == b"body"


def test_copy_of_large_and_odd_keys(s3, bucket):
    body = os.urandom(3_000_000)
    for key in ("dir/ü +&?=%41 🦊", "plain"):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        result = s3.copy_object(Bucket=bucket, Key=f"copy of {key}",
                                CopySource={"Bucket": bucket, "Key": key})
        assert result["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
        got = s3.get_object(Bucket=bucket, Key=f"copy of {key}")
        assert got["Body"].read() == body


def test_copy_conditions(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["ETag"]
    copy = {"Bucket": bucket, "Key": "b", "CopySource": {"Bucket": bucket, "Key": "a"}}
    s3.copy_object(**copy, CopySourceIfMatch=etag)
    assert code_of(s3.copy_object, **copy,
                   CopySourceIfNoneMatch=etag) == (412, "PreconditionFailed")
    assert code_of(s3.copy_object, **copy, IfNoneMatch="*") == (412, "PreconditionFailed")


def test_attributes(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"12345", ChecksumAlgorithm="SHA256")
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    got = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=wanted)
    assert got["ETag"] == put["ETag"].strip('"') and got["ObjectSize"] == 5
    assert got["Checksum"]["ChecksumSHA256"] == put["ChecksumSHA256"]
    assert got["StorageClass"] == "STANDARD" and "ObjectParts" not in got
    only = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectSize"])
    assert "ETag" not in only and only["ObjectSize"] == 5


def test_null_versions(s3, bucket):
    """What a bucket without versioning shows, so that test suites can clean up."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    version, = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert version["VersionId"] == "null" and version["IsLatest"] and version["Key"] == "k"
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"x"
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)


def test_request_ids_differ(wire, bucket):
    ids = {wire.request("GET", f"/{bucket}/no").get("x-amz-request-id") for _ in range(20)}
    assert len(ids) == 20


def test_payload_hash_is_checked(wire, bucket):
    wrong = hashlib.sha256(b"other").hexdigest()
    answer = wire.request("PUT", f"/{bucket}/k", b"body", payload=wrong)
    refused(answer, 400, "XAmzContentSHA256Mismatch")
    assert wire.request("GET", f"/{bucket}/k").status == 404
