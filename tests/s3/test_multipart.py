"""Multipart uploads: all seven calls."""
import hashlib
import os

from sdk import code_of

MIB5 = 5 << 20


def begin(s3, bucket, key="k", **more):
    return {"Bucket": bucket, "Key": key,
            "UploadId": s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]}


def send(s3, upload, number, body, **more):
    return {"PartNumber": number,
            "ETag": s3.upload_part(**upload, PartNumber=number, Body=body, **more)["ETag"]}


def complete(s3, upload, parts, **more):
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, **more)


def etag_of(*bodies):
    digest = hashlib.md5(b"".join(hashlib.md5(b).digest() for b in bodies)).hexdigest()
    return f'"{digest}-{len(bodies)}"'


def test_parts_in_any_order_make_one_object(s3, bucket):
    bodies = [os.urandom(MIB5), os.urandom(MIB5 + 1), os.urandom(3)]
    upload = begin(s3, bucket, ContentType="text/x-m", Metadata={"m": "1"})
    numbers = [7, 2, 10000]
    parts = [send(s3, upload, n, b) for n, b in zip(numbers, [bodies[1], bodies[0], bodies[2]])]
    assert code_of(s3.get_object, Bucket=bucket, Key="k") == (404, "NoSuchKey")
    done = complete(s3, upload, sorted(parts, key=lambda p: p["PartNumber"]))
    assert done["ETag"] == etag_of(*bodies) and done["Bucket"] == bucket and done["Key"] == "k"
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"".join(bodies)
    assert got["ContentType"] == "text/x-m" and got["Metadata"] == {"m": "1"}
    across = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={MIB5 - 10}-{MIB5 + 9}")
    assert across["Body"].read() == bodies[0][-10:] + bodies[1][:10]


def test_reads_by_part_number(s3, bucket):
    bodies = [os.urandom(MIB5), os.urandom(MIB5), b"tail"]
    upload = begin(s3, bucket)
    complete(s3, upload, [send(s3, upload, n, b) for n, b in enumerate(bodies, 1)])
    for number, body in enumerate(bodies, 1):
        got = s3.get_object(Bucket=bucket, Key="k", PartNumber=number)
        assert got["Body"].read() == body and got["PartsCount"] == 3
        head = s3.head_object(Bucket=bucket, Key="k", PartNumber=number)
        assert head["ContentLength"] == len(body) and head["PartsCount"] == 3


def test_a_part_sent_again_replaces(s3, bucket):
    upload = begin(s3, bucket)
    old = send(s3, upload, 1, b"old")
    new = send(s3, upload, 1, b"newer")
    assert code_of(complete, s3=s3, upload=upload, parts=[old]) == (400, "InvalidPart")
    complete(s3, upload, [new])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"newer"


def test_only_named_parts_count(s3, bucket):
    upload = begin(s3, bucket)
    parts = [send(s3, upload, n, bytes([n]) * MIB5) for n in (1, 2, 3)]
    complete(s3, upload, [parts[0], parts[2]])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"\1" * MIB5 + b"\3" * MIB5


def test_complete_is_idempotent(s3, bucket):
    upload = begin(s3, bucket)
    parts = [send(s3, upload, 1, b"one")]
    first = complete(s3, upload, parts)
    assert complete(s3, upload, parts)["ETag"] == first["ETag"]
    assert code_of(s3.upload_part, **upload, PartNumber=2, Body=b"x") == (404, "NoSuchUpload")
    assert code_of(s3.list_parts, **upload) == (404, "NoSuchUpload")


def test_abort(s3, bucket):
    upload = begin(s3, bucket)
    part = send(s3, upload, 1, b"x")
    s3.abort_multipart_upload(**upload)
    assert code_of(complete, s3=s3, upload=upload, parts=[part]) == (404, "NoSuchUpload")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert code_of(s3.abort_multipart_upload, **upload) == (404, "NoSuchUpload")


def test_list_parts_in_pages(s3, bucket):
    upload = begin(s3, bucket)
    sent = [send(s3, upload, n, b"p" * n) for n in (1, 5, 3, 9, 7)]
    found, marker = [], 0
    while True:
        page = s3.list_parts(**upload, MaxParts=2, PartNumberMarker=marker)
        found += page["Parts"]
        if not page["IsTruncated"]:
            break
        marker = page["NextPartNumberMarker"]
    assert [(p["PartNumber"], p["ETag"], p["Size"]) for p in found] == sorted(
        (p["PartNumber"], p["ETag"], p["PartNumber"]) for p in sent)
    assert page["Initiator"]["ID"] and page["Owner"]["ID"]


def test_list_uploads_in_pages(s3, bucket):
    keys = ["a/1", "a/2", "a/2", "b", "c/d/e"]
    ids = {(key, begin(s3, bucket, key)["UploadId"]) for key in keys}
    found, markers = set(), {}
    while True:
        page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=2, **markers)
        found |= {(u["Key"], u["UploadId"]) for u in page["Uploads"]}
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"],
                   "UploadIdMarker": page["NextUploadIdMarker"]}
    assert found == ids
    folded = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [p["Prefix"] for p in folded["CommonPrefixes"]] == ["a/", "c/"]
    assert [u["Key"] for u in folded["Uploads"]] == ["b"]
    assert len(s3.list_multipart_uploads(Bucket=bucket, Prefix="a/")["Uploads"]) == 3


def test_upload_part_copy(s3, bucket):
    body = os.urandom(MIB5 + 1000)
    s3.put_object(Bucket=bucket, Key="source", Body=body)
    source = {"Bucket": bucket, "Key": "source"}
    upload = begin(s3, bucket)
    whole = s3.upload_part_copy(**upload, PartNumber=1, CopySource=source)["CopyPartResult"]
    slice_ = s3.upload_part_copy(**upload, PartNumber=2, CopySource=source,
                                 CopySourceRange="bytes=100-299")["CopyPartResult"]
    beyond = code_of(s3.upload_part_copy, **upload, PartNumber=3, CopySource=source,
                     CopySourceRange=f"bytes=0-{len(body)}")
    assert beyond in ((400, "InvalidArgument"), (416, "InvalidRange"))
    complete(s3, upload, [{"PartNumber": 1, "ETag": whole["ETag"]},
                          {"PartNumber": 2, "ETag": slice_["ETag"]}])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body + body[100:300]


def test_conditional_complete(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"old")["ETag"]
    upload = begin(s3, bucket)
    parts = [send(s3, upload, 1, b"new")]
    assert code_of(complete, s3=s3, upload=upload, parts=parts,
                   IfNoneMatch="*") == (412, "PreconditionFailed")
    assert code_of(complete, s3=s3, upload=upload, parts=parts,
                   IfMatch='"other"') == (412, "PreconditionFailed")
    complete(s3, upload, parts, IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"new"


def test_open_uploads_do_not_hold_the_bucket_nor_show_in_it(s3, bucket):
    upload = begin(s3, bucket)
    send(s3, upload, 1, b"x" * 100_000)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_page_of_parts_and_the_highest_number(s3, bucket):
    """10,000 parts that complete would be 50 GB; the unit tests do that in memory."""
    upload = begin(s3, bucket)
    sent = [send(s3, upload, n, b"%d" % n) for n in range(8_999, 10_001)]
    page = s3.list_parts(**upload)
    assert len(page["Parts"]) == 1000 and page["IsTruncated"]
    rest = s3.list_parts(**upload, PartNumberMarker=page["NextPartNumberMarker"])
    assert [p["PartNumber"] for p in rest["Parts"]] == [9_999, 10_000]
    assert complete(s3, upload, sent[-1:])["ETag"] == etag_of(b"10000")
