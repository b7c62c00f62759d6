"""Conditional writes and deletes: what each condition lets through, and that of many who ask for the
same thing at once one gets it."""
import concurrent.futures
import datetime

import pytest

from sdk import code_of

FAILED = (412, "PreconditionFailed")
MISSING = (404, "NoSuchKey")
SIZES = pytest.mark.parametrize("size", [10, 100_000], ids=["inline", "blob"])


def completed(s3, at, body, **conditions):
    """One part, completed: called like put_object."""
    upload = s3.create_multipart_upload(**at)["UploadId"]
    part = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=body)
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    return s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts},
                                        **conditions)


def put(s3, at, body, **conditions):
    return s3.put_object(**at, Body=body, **conditions)


def copied(s3, at, body, **conditions):
    source = {"Bucket": at["Bucket"], "Key": f"source of {len(body)}"}
    s3.put_object(**source, Body=body)
    reply = s3.copy_object(**at, CopySource=source, **conditions)
    return reply["CopyObjectResult"]


WRITES = pytest.mark.parametrize("write", [put, completed, copied], ids=lambda w: w.__name__)


@WRITES
def test_if_match_and_if_none_match(s3, bucket, write):
    at = {"Bucket": bucket, "Key": "k"}

    def refused(body=b"no", **conditions):
        return code_of(lambda **_: write(s3, at, body, **conditions))

    assert refused(IfMatch="*") == MISSING
    assert refused(IfMatch='"other"') == MISSING
    etag = write(s3, at, b"one", IfNoneMatch="*")["ETag"]
    assert refused(IfNoneMatch="*") == FAILED
    assert refused(IfNoneMatch=etag) == FAILED
    assert refused(IfMatch='"other"') == FAILED
    assert s3.get_object(**at)["Body"].read() == b"one"
    etag = write(s3, at, b"two", IfMatch=etag)["ETag"]
    etag = write(s3, at, b"three", IfMatch=etag.strip('"'))["ETag"]
    write(s3, at, b"four", IfNoneMatch='"other"')
    assert refused(IfMatch=etag) == FAILED
    write(s3, at, b"five", IfMatch="*")
    s3.delete_object(**at)
    assert refused(IfMatch="*") == MISSING
    write(s3, at, b"six", IfNoneMatch="*")


def test_deletes(s3, bucket):
    at = {"Bucket": bucket, "Key": "k"}
    etag = s3.put_object(**at, Body=b"12345")["ETag"]
    when = s3.head_object(**at)["LastModified"]
    second = datetime.timedelta(seconds=1)
    for wrong in ({"IfMatch": '"other"'}, {"IfMatchSize": 4}, {"IfMatchSize": 0},
                  {"IfMatchLastModifiedTime": when - second}, {"IfMatch": etag, "IfMatchSize": 6},
                  {"IfMatchSize": 5, "IfMatchLastModifiedTime": when + second}):
        assert code_of(s3.delete_object, **at, **wrong) == FAILED, wrong
    assert s3.head_object(**at)["ContentLength"] == 5
    s3.delete_object(**at, IfMatch=etag, IfMatchSize=5, IfMatchLastModifiedTime=when)
    assert code_of(s3.get_object, **at) == MISSING
    s3.delete_object(**at, IfMatch=etag)  # there is nothing left to lose
    s3.put_object(**at, Body=b"")
    s3.delete_object(**at, IfMatch="*")


@pytest.mark.parametrize("name, value", [("x-amz-if-match-size", "-1"),
                                         ("x-amz-if-match-size", "five"),
                                         ("x-amz-if-match-last-modified-time", "today")])
def test_conditions_that_are_none(wire, s3, bucket, name, value):
    """Not understood is not met: the object stays."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert wire.request("DELETE", f"/{bucket}/k", headers=[(name, value)]).status == 400
    s3.head_object(Bucket=bucket, Key="k")


def test_a_key_of_many(s3, bucket):
    keys = ["etag", "size", "time", "none", "bad-etag", "bad-size", "bad-time"]
    put_etags = {k: s3.put_object(Bucket=bucket, Key=k, Body=b"123")["ETag"] for k in keys
                 if k != "none"}
    when = s3.head_object(Bucket=bucket, Key="time")["LastModified"]
    hour = datetime.timedelta(hours=1)
    objects = [{"Key": "etag", "ETag": put_etags["etag"]}, {"Key": "size", "Size": 3},
               {"Key": "time", "LastModifiedTime": when}, {"Key": "none", "ETag": '"other"'},
               {"Key": "bad-etag", "ETag": '"other"'}, {"Key": "bad-size", "Size": 4},
               {"Key": "bad-time", "LastModifiedTime": when - hour}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert {d["Key"] for d in answer["Deleted"]} == {"etag", "size", "time", "none"}
    assert {(e["Key"], e["Code"]) for e in answer["Errors"]} == {
        (f"bad-{what}", "PreconditionFailed") for what in ("etag", "size", "time")}
    left = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert left == ["bad-etag", "bad-size", "bad-time"]


def together(count, call):
    """What `count` calls answer, all at once: "won", or status and code."""
    def one(number):
        try:
            call(number)
            return "won"
        except Exception as error:  # noqa: BLE001
            reply = error.response
            return reply["ResponseMetadata"]["HTTPStatusCode"], reply["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@SIZES
@WRITES
def test_one_of_many_makes_it(s3, bucket, write, size):
    """If-None-Match: * is a lock that exactly one takes."""
    for round_ in range(3):
        at = {"Bucket": bucket, "Key": f"lock {round_}"}
        bodies = [bytes([65 + n]) * size for n in range(12)]
        ends = together(12, lambda n, at=at, b=bodies: write(s3, at, b[n], IfNoneMatch="*"))
        assert ends.count("won") == 1, ends
        assert set(ends) <= {"won", FAILED, (409, "ConditionalRequestConflict")}, ends
        if write is not copied:  # whose source is the last that was put there
            assert s3.get_object(**at)["Body"].read() == bodies[ends.index("won")]


@SIZES
def test_a_counter_loses_nothing(s3, bucket, size):
    """Read, add one, write if it is still the same: each success counts, whoever else writes."""
    at = {"Bucket": bucket, "Key": "counter"}
    s3.put_object(**at, Body=b"0".rjust(size))

    def add(_):
        found = s3.get_object(**at)
        value = int(found["Body"].read())
        s3.put_object(**at, Body=str(value + 1).encode().rjust(size), IfMatch=found["ETag"])

    won = 0
    for _ in range(5):
        ends = together(8, add)
        assert set(ends) <= {"won", FAILED, (409, "ConditionalRequestConflict")}, ends
        assert "won" in ends
        won += ends.count("won")
    assert int(s3.get_object(**at)["Body"].read()) == won


def test_one_of_many_deletes_it(s3, bucket):
    """Deletes of the same version, each of which may win, and a write that wants it to be there."""
    for round_ in range(5):
        at = {"Bucket": bucket, "Key": f"k {round_}"}
        etag = s3.put_object(**at, Body=b"x")["ETag"]
        ends = together(8, lambda n, at=at, etag=etag:
                        s3.put_object(**at, Body=b"y", IfMatch=etag) if n == 0
                        else s3.delete_object(**at, IfMatch=etag))
        there = "Contents" in s3.list_objects_v2(Bucket=bucket, Prefix=at["Key"])
        assert there == (ends[0] == "won"), ends
        assert ends[0] in ("won", MISSING, FAILED, (409, "ConditionalRequestConflict"))
