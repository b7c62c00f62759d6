"""All ten algorithms, by header and by trailer, stored, returned, and over multipart uploads."""
import base64
import hashlib
import os
import zlib

import pytest
from awscrt import checksums as crt

from sigv4 import (STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER, UNSIGNED, unsigned_chunks)
from sdk import code_of
from wire import refused

MIB5 = 5 << 20


def crc(function, width):
    return lambda data: function(data).to_bytes(width, "big")


def xxh(make):
    def digest(data):
        hasher = make()
        hasher.update(data)
        return hasher.finalize()
    return digest


DIGESTS = {
    "CRC32": crc(zlib.crc32, 4), "CRC32C": crc(crt.crc32c, 4), "CRC64NVME": crc(crt.crc64nvme, 8),
    "SHA1": lambda d: hashlib.sha1(d).digest(), "SHA256": lambda d: hashlib.sha256(d).digest(),
    "SHA512": lambda d: hashlib.sha512(d).digest(), "MD5": lambda d: hashlib.md5(d).digest(),
    "XXHASH64": xxh(crt.XXHash.new_xxhash64), "XXHASH3": xxh(crt.XXHash.new_xxhash3_64),
    "XXHASH128": xxh(crt.XXHash.new_xxhash3_128),
}
LINEAR = ["CRC32", "CRC32C", "CRC64NVME"]
BODIES = [b"", b"123456789", os.urandom(300_000)]


def text(algorithm, body):
    return base64.b64encode(DIGESTS[algorithm](body)).decode()


def header(algorithm):
    return f"x-amz-checksum-{algorithm.lower()}"


def shown(wire, path, algorithm):
    answer = wire.request("HEAD", path, headers=[("x-amz-checksum-mode", "ENABLED")])
    return answer.get(header(algorithm)), answer.get("x-amz-checksum-type")


@pytest.mark.parametrize("algorithm", DIGESTS)
def test_by_header(wire, bucket, algorithm):
    for body in BODIES:
        path, value = f"/{bucket}/k", text(algorithm, body)
        answer = wire.request("PUT", path, body, [(header(algorithm), value)])
        assert answer.status == 200 and answer.get(header(algorithm)) == value, answer
        assert shown(wire, path, algorithm) == (value, "FULL_OBJECT")
    hidden = wire.request("HEAD", path)
    assert hidden.get(header(algorithm)) is None
    wrong = text(algorithm, b"other")
    refused(wire.request("PUT", f"/{bucket}/no", b"x", [(header(algorithm), wrong)]),
            400, "BadDigest")
    assert wire.request("HEAD", f"/{bucket}/no").status == 404


def put_trailer(wire, path, pieces, algorithm, value, form):
    def make(chunks):
        if form == STREAMING_TRAILER:
            return chunks.body_with_trailer(pieces, header(algorithm), value)
        return unsigned_chunks(pieces, [(header(algorithm), value)])
    headers = [("x-amz-decoded-content-length", str(sum(map(len, pieces)))),
               ("x-amz-trailer", header(algorithm)), ("Content-Encoding", "aws-chunked"),
               ("x-amz-sdk-checksum-algorithm", algorithm)]
    length = len(make(wire.head("PUT", path, headers, form)[1]))
    head, chunks = wire.head("PUT", path, [("Content-Length", str(length)), *headers], form)
    return wire.raw(head + make(chunks), "PUT")


@pytest.mark.parametrize("form", [STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER])
@pytest.mark.parametrize("algorithm", DIGESTS)
def test_by_trailer(wire, bucket, algorithm, form):
    path = f"/{bucket}/k"
    pieces = [os.urandom(70_000), os.urandom(8192), b"end"]
    value = text(algorithm, b"".join(pieces))
    answer = put_trailer(wire, path, pieces, algorithm, value, form)
    assert answer.status == 200 and answer.get(header(algorithm)) == value, answer
    got = wire.request("GET", path, headers=[("x-amz-checksum-mode", "ENABLED")])
    assert got.body == b"".join(pieces) and got.get(header(algorithm)) == value
    assert got.get("content-encoding") is None  # aws-chunked is of the transfer only
    wrong = put_trailer(wire, f"/{bucket}/no", pieces, algorithm, text(algorithm, b"x"), form)
    refused(wrong, 400, "BadDigest")
    assert wire.request("HEAD", f"/{bucket}/no").status == 404


def test_sdk_defaults_send_and_check_a_checksum(s3, bucket):
    body = os.urandom(100_000)
    put = s3.put_object(Bucket=bucket, Key="k", Body=body)
    assert put["ChecksumCRC32"] == text("CRC32", body)
    got = s3.get_object(Bucket=bucket, Key="k")  # the SDK compares while it reads
    assert got["Body"].read() == body and got["ChecksumCRC32"] == text("CRC32", body)


def test_without_any_a_crc64nvme_is_kept(wire, bucket):
    body = os.urandom(50_000)
    wire.request("PUT", f"/{bucket}/k", body, payload=UNSIGNED)
    assert shown(wire, f"/{bucket}/k", "CRC64NVME") == (text("CRC64NVME", body), "FULL_OBJECT")


def multipart(s3, bucket, algorithm, kind, bodies):
    target = {"Bucket": bucket, "Key": "m"}
    upload = s3.create_multipart_upload(**target, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    assert upload["ChecksumAlgorithm"] == algorithm and upload["ChecksumType"] == kind
    target["UploadId"] = upload["UploadId"]
    parts = []
    for number, body in enumerate(bodies, 1):
        field = f"Checksum{algorithm}"
        sent = s3.upload_part(**target, PartNumber=number, Body=body,
                              **{field: text(algorithm, body)})
        assert sent[field] == text(algorithm, body)
        parts.append({"PartNumber": number, "ETag": sent["ETag"], field: sent[field]})
    return target, parts


@pytest.mark.parametrize("algorithm", [a for a in DIGESTS if a != "CRC64NVME"])
def test_composite(s3, bucket, algorithm):
    bodies = [os.urandom(MIB5), os.urandom(100)]
    target, parts = multipart(s3, bucket, algorithm, "COMPOSITE", bodies)
    listed = s3.list_parts(**target)["Parts"]
    assert [p[f"Checksum{algorithm}"] for p in listed] == [text(algorithm, b) for b in bodies]
    bare = [{k: p[k] for k in ("PartNumber", "ETag")} for p in parts]
    assert code_of(s3.complete_multipart_upload, **target,
                   MultipartUpload={"Parts": bare}) == (400, "InvalidRequest")
    done = s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
    expected = base64.b64encode(DIGESTS[algorithm](
        b"".join(DIGESTS[algorithm](b) for b in bodies))).decode() + "-2"
    assert done[f"Checksum{algorithm}"] == expected and done["ChecksumType"] == "COMPOSITE"
    head = s3.head_object(Bucket=bucket, Key="m", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == expected and head["ChecksumType"] == "COMPOSITE"
    attributes = s3.get_object_attributes(Bucket=bucket, Key="m",
                                          ObjectAttributes=["Checksum", "ObjectParts"])
    # The checksum is shown without the count of parts there.
    assert attributes["Checksum"][f"Checksum{algorithm}"].partition("-")[0] == expected[:-2]
    assert attributes["ObjectParts"]["TotalPartsCount"] == 2


@pytest.mark.parametrize("algorithm", LINEAR)
def test_full_object(s3, bucket, algorithm):
    bodies = [os.urandom(MIB5), os.urandom(MIB5 + 7), os.urandom(100)]
    target, parts = multipart(s3, bucket, algorithm, "FULL_OBJECT", bodies)
    expected = text(algorithm, b"".join(bodies))
    field = f"Checksum{algorithm}"
    assert code_of(s3.complete_multipart_upload, **target, MultipartUpload={"Parts": parts},
                   **{field: text(algorithm, b"x")}) == (400, "BadDigest")
    done = s3.complete_multipart_upload(**target, MultipartUpload={"Parts": parts},
                                        **{field: expected})
    assert done[field] == expected and done["ChecksumType"] == "FULL_OBJECT"
    got = s3.get_object(Bucket=bucket, Key="m", ChecksumMode="ENABLED")
    assert got[field] == expected and got["Body"].read() == b"".join(bodies)


@pytest.mark.parametrize("algorithm, kind", [("SHA256", "FULL_OBJECT"), ("XXHASH3", "FULL_OBJECT"),
                                             ("CRC64NVME", "COMPOSITE")])
def test_types_that_cannot_be(s3, bucket, algorithm, kind):
    assert code_of(s3.create_multipart_upload, Bucket=bucket, Key="m", ChecksumAlgorithm=algorithm,
                   ChecksumType=kind) == (400, "InvalidRequest")


@pytest.mark.parametrize("algorithm", ["CRC32C", "SHA256"])
def test_copy_keeps_or_changes_the_algorithm(s3, wire, bucket, algorithm):
    body = os.urandom(100_000)
    wire.request("PUT", f"/{bucket}/a", body, [(header(algorithm), text(algorithm, body))])
    source = {"Bucket": bucket, "Key": "a"}
    kept = s3.copy_object(Bucket=bucket, Key="b", CopySource=source)["CopyObjectResult"]
    assert kept[f"Checksum{algorithm}"] == text(algorithm, body)
    other = s3.copy_object(Bucket=bucket, Key="c", CopySource=source, ChecksumAlgorithm="SHA1")
    assert other["CopyObjectResult"]["ChecksumSHA1"] == text("SHA1", body)


def test_content_md5(wire, bucket):
    right = base64.b64encode(hashlib.md5(b"body").digest()).decode()
    assert wire.request("PUT", f"/{bucket}/k", b"body", [("Content-MD5", right)]).status == 200
    refused(wire.request("PUT", f"/{bucket}/n", b"bodx", [("Content-MD5", right)]), 400,
            "BadDigest")
    assert wire.request("GET", f"/{bucket}/n").status == 404
