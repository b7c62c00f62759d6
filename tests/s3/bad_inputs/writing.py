"""Multipart uploads, XML bodies, checksums and copies."""
import base64
import concurrent.futures
import hashlib
import os
import uuid
import zlib

from bad_inputs.case import row
from sdk import s3_client
from server import Server
from wire import refused

MIB5 = 5 << 20


def empty_upload(case):
    return case.upload("k")[0]


def one_part(case):
    upload, tags = case.upload("k", [10])
    return upload, tags[0]


@row("MP001")
def complete_nothing(case):
    upload = empty_upload(case)
    for document in ("<CompleteMultipartUpload></CompleteMultipartUpload>",
                     "<CompleteMultipartUpload/>", ""):
        case.refused(case.complete("k", upload, document))


@row("MP003")
def complete_unknown_part(case):
    upload, tag = one_part(case)
    case.refused(case.complete("k", upload, case.complete_xml([(9999, tag)])))
    case.refused(case.complete("k", upload, case.complete_xml([(1, '"' + "0" * 32 + '"')])))


@row("MP005")
def complete_out_of_order(case):
    upload, tags = case.upload("k", [MIB5, 10])
    document = case.complete_xml([(2, tags[1]), (1, tags[0])])
    case.refused(case.complete("k", upload, document))


@row("MP007")
def part_too_small(case):
    upload, tags = case.upload("k", [MIB5 - 1, 10])
    case.refused(case.complete("k", upload, case.complete_xml(enumerate(tags, 1))))


@row("MP009")
def part_numbers_of_no_form(case):
    upload, tag = one_part(case)
    for number in ("4294967297", "1e1", " 1", "18446744073709551617", ""):
        case.refused(case.complete("k", upload, case.complete_xml([(number, tag)])))


@row("MP011")
def too_many_parts(case):
    upload, tag = one_part(case)
    document = case.complete_xml((n, tag) for n in range(1, 10002))
    case.refused(case.complete("k", upload, document))


@row("MP013")
def complete_twice_at_once(case):
    upload, tags = case.upload("k", [MIB5, 10])
    document = case.complete_xml(enumerate(tags, 1))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: case.complete("k", upload, document), range(2)))
    answers.append(case.complete("k", upload, document))  # and once more, later
    assert [a.status for a in answers] == [case.row.status] * 3, answers
    assert len({a.xml().findtext("ETag") for a in answers}) == 1
    case.uploads.clear()
    case.kept["k"] = b"\1" * MIB5 + b"\2" * 10


@row("MP015")
def part_number_out_of_range(case):
    upload = empty_upload(case)
    for number in ("0", "10001", "-1", "abc", "1.5", "4294967297"):
        query = f"partNumber={number}&uploadId={upload}"
        case.refused(case.wire.request("PUT", case.path("k", query), b"part"))


@row("MP017")
def upload_without_part_number(case):
    upload = empty_upload(case)
    case.refused(case.wire.request("PUT", case.path("k", f"uploadId={upload}"), b"part"))


@row("MP019")
def upload_of_another_place(case):
    upload = empty_upload(case)
    query = f"partNumber=1&uploadId={upload}"
    second = f"{case.bucket}-2"
    case.s3.create_bucket(Bucket=second)
    case.refused(case.wire.request("PUT", f"/{second}/k?{query}", b"part"))
    case.refused(case.wire.request("PUT", case.path("other-key", query), b"part"))
    foreign = f"{case.bucket}-3"
    assert case.other.request("PUT", f"/{foreign}").status == 200
    case.refused(case.other.request("PUT", f"/{foreign}/k?{query}", b"part"))
    case.refused(case.other.request("PUT", case.path("k", query), b"part"), 403, "AccessDenied")


@row("MP021")
def part_after_abort(case):
    upload, _ = case.upload("k", [MIB5])
    case.s3.abort_multipart_upload(Bucket=case.bucket, Key="k", UploadId=upload)
    case.uploads.clear()
    query = f"partNumber=2&uploadId={upload}"
    case.refused(case.wire.request("PUT", case.path("k", query), b"part"))
    case.refused(case.wire.request("GET", case.path("k", f"uploadId={upload}")))


@row("MP023")
def max_parts_negative(case):
    upload = empty_upload(case)
    case.refused(case.wire.request("GET", case.path("k", f"uploadId={upload}&max-parts=-1")))


@row("MP025")
def max_uploads_negative(case):
    case.refused(case.wire.request("GET", case.path(query="uploads&max-uploads=-1")))


@row("MP027")
def uploads_of_a_key(case):
    case.refused(case.wire.request("GET", case.path("k", "uploads")))


@row("MP029")
def copy_range_of_no_form(case):
    case.put("source", b"0123456789")
    upload = empty_upload(case)
    for value in ("0-2", "bytes=0", "bytes=hello-world", "bytes=0-bar", "bytes=0-2,3-5",
                  "bytes=-3", "bytes=3-"):
        headers = [("x-amz-copy-source", f"/{case.bucket}/source"),
                   ("x-amz-copy-source-range", value)]
        query = f"partNumber=1&uploadId={upload}"
        case.refused(case.wire.request("PUT", case.path("k", query), headers=headers))


@row("MP031")
def part_too_large(case):
    """Refused before the body is sent."""
    upload = empty_upload(case)
    target = case.path("k", f"partNumber=1&uploadId={upload}")
    headers = [("Content-Length", str((5 << 30) + 1)), ("Expect", "100-continue")]
    head, _ = case.wire.head("PUT", target, headers, "UNSIGNED-PAYLOAD")
    with case.wire.connect() as connection:
        connection.send(head)
        answer = connection.answer()
        assert answer.interim == []
        case.refused(answer)
        assert answer.closes and connection.at_end()


# --- XML ---

def md5_of(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def delete(case, body, headers=None):
    body = body if isinstance(body, bytes) else body.encode()
    headers = [("Content-MD5", md5_of(body))] if headers is None else headers
    return case.wire.request("POST", case.path(query="delete"), body, headers)


def objects(*keys):
    return "<Delete>" + "".join(f"<Object><Key>{k}</Key></Object>" for k in keys) + "</Delete>"


@row("XM002")
def external_entity(case):
    case.put("k")
    answer = delete(case, '<!DOCTYPE Delete [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                    + objects("&e;", "k"))
    case.refused(answer)
    assert b"root:" not in answer.body


@row("XM004")
def parameter_entity(case):
    case.put("k")
    case.refused(delete(case, '<!DOCTYPE Delete [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>'
                        + objects("k")))
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    case.refused(delete(case, f'<!DOCTYPE Delete [<!ENTITY l0 "ha">{laughs}]>' + objects("&l9;")))


@row("XM006")
def deep_nesting(case):
    case.put("k")
    deep = "<a>" * 100_000 + "</a>" * 100_000
    case.s3.delete_bucket_ownership_controls(Bucket=case.bucket)  # which turns ACLs on
    case.refused(case.wire.request("PUT", case.path(query="acl"), deep.encode()))
    case.refused(delete(case, f"<Delete>{deep}</Delete>"))
    upload = empty_upload(case)
    case.refused(case.complete("k", upload, f"<CompleteMultipartUpload>{deep}"
                                            "</CompleteMultipartUpload>"))


@row("XM008")
def too_many_keys(case):
    case.put("k0")
    case.refused(delete(case, objects(*(f"k{n}" for n in range(1001)))))


@row("XM010")
def delete_without_checksum(case):
    case.put("k")
    case.refused(delete(case, objects("k"), headers=[]))


@row("XM012")
def delete_with_climbing_key(case):
    case.put("k")
    answer = delete(case, objects("../x", "k", "missing"))
    assert answer.status == case.row.status
    root = answer.xml()
    named = [e.findtext("Key") for e in root.findall("Deleted") + root.findall("Error")]
    assert sorted(named) == ["../x", "k", "missing"]
    assert "k" in [e.findtext("Key") for e in root.findall("Deleted")]
    del case.kept["k"]


@row("XM032")
def encodings(case):
    """Parsed or refused, never a failure of the server."""
    case.put("k")
    text = objects("k")
    answer = delete(case, ('<?xml version="1.0" encoding="UTF-16"?>' + text).encode("utf-16"))
    case.refused(answer)
    for body in (b"\xef\xbb\xbf" + text.encode(), text.encode()):
        answer = delete(case, body)
        if answer.status == 200:
            case.kept.pop("k", None)
        else:
            case.refused(answer)
    for garbage in (b"", b"<", b"\0" * 100, b"<Delete>\xff\xfe</Delete>", b"[]", b"<Other/>"):
        assert delete(case, garbage).status == 400, garbage


@row("XM030")
def tags_of_no_form(case):
    for value in ("key%", "=", "a=1&a=2"):
        headers = [("x-amz-tagging", value)]
        case.refused(case.wire.request("PUT", case.path("k"), b"body", headers))


def tag_set(*keys):
    tags = "".join(f"<Tag><Key>{key}</Key><Value>v</Value></Tag>" for key in keys)
    return f"<Tagging><TagSet>{tags}</TagSet></Tagging>".encode()


def tagged(case, body):
    return case.wire.request("PUT", case.path("k", "tagging"), body,
                             [("Content-MD5", md5_of(body))])


@row("XM026", "XM028")
def tag_sets_past_the_rules(case):
    case.put("k")
    keys = [str(n) for n in range(11)] if case.row.id == "XM026" else ["a", "b", "a"]
    case.refused(tagged(case, tag_set(*keys)))
    assert case.s3.get_object_tagging(Bucket=case.bucket, Key="k")["TagSet"] == []


# --- checksums ---

def put_with(case, *headers):
    return case.wire.request("PUT", case.path("k"), b"body", headers)


@row("CK002")
def short_md5(case):
    case.refused(put_with(case, ("Content-MD5", "YWJyYWNhZGFicmE=")))


@row("CK004")
def md5_of_another(case):
    case.refused(put_with(case, ("Content-MD5", md5_of(b"other"))))


@row("CK006")
def crc_of_another(case):
    case.refused(put_with(case, ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")))


def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def sha1(body):
    return base64.b64encode(hashlib.sha1(body).digest()).decode()


@row("CK008")
def two_checksums(case):
    case.refused(put_with(case, ("x-amz-checksum-crc32", crc32(b"body")),
                          ("x-amz-checksum-sha1", sha1(b"body"))))


@row("CK010")
def named_another_algorithm(case):
    case.refused(put_with(case, ("x-amz-sdk-checksum-algorithm", "CRC32"),
                          ("x-amz-checksum-sha1", sha1(b"body"))))


@row("CK012")
def unknown_algorithm(case):
    headers = [("x-amz-checksum-algorithm", "FOO")]
    case.refused(case.wire.request("POST", case.path("k", "uploads"), headers=headers))


@row("CK014")
def part_of_another_algorithm(case):
    upload, _ = case.upload("k", ChecksumAlgorithm="CRC32")
    target = case.path("k", f"partNumber=1&uploadId={upload}")
    headers = [("x-amz-checksum-sha1", sha1(b"body"))]
    case.refused(case.wire.request("PUT", target, b"body", headers))


@row("CK016")
def complete_as_another_type(case):
    upload, tags = case.upload("k", [10], ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    document = case.complete_xml(enumerate(tags, 1))
    case.refused(case.complete("k", upload, document, [("x-amz-checksum-type", "COMPOSITE")]))


@row("CK018")
def unknown_attribute(case):
    case.put("k")
    headers = [("x-amz-object-attributes", "nope")]
    case.refused(case.wire.request("GET", case.path("k", "attributes"), headers=headers))


# --- copies ---

def copy_from(case, source, *headers):
    headers = [("x-amz-copy-source", source), *headers]
    return case.wire.request("PUT", case.path("copy"), headers=headers)


@row("CP002")
def source_bucket_of_no_form(case):
    for source in ("192.168.1.1/foo", "my-buc@k&()t/obj", "only-a-bucket", "", "/"):
        case.refused(copy_from(case, source))


@row("CP004")
def source_that_climbs(case):
    for key in ("../", "..", "foo/ba/../../../r/baz"):
        case.refused(copy_from(case, f"{case.bucket}/{key}"))


@row("CP006")
def copy_to_itself(case):
    case.put("copy")
    case.refused(copy_from(case, f"/{case.bucket}/copy"))


@row("CP008")
def source_missing(case):
    case.refused(copy_from(case, f"/{case.bucket}/missing"))
    case.refused(copy_from(case, f"/no-such-{uuid.uuid4().hex[:12]}/k"), 404, "NoSuchBucket")


@row("CP012")
def source_read_once(case):
    """An escaped question mark is part of the key, for every reader of the header."""
    victim = f"{case.bucket}-v"
    case.s3.create_bucket(Bucket=victim)
    case.s3.put_object(Bucket=victim, Key="x", Body=b"secret")
    case.refused(copy_from(case, f"/{case.bucket}/k%3FversionId=../../{victim}/x"))
    key = "k?versionId=v1"
    case.put(key)
    answer = copy_from(case, f"/{case.bucket}/k%3FversionId=v1")
    assert answer.status == 200, answer
    case.kept["copy"] = b"kept"


@row("CP014")
def corrupt_source(case):
    """On a server of its own: its blob is damaged on disk while it runs."""
    body = os.urandom(1 << 20)
    with Server() as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=body)
        file, = server.blob_files()
        with open(file, "r+b") as blob:
            at = blob.read().find(body[:4096]) + 700_000
            blob.seek(at)
            byte = blob.read(1)
            blob.seek(at)
            blob.write(bytes([byte[0] ^ 1]))
        headers = [("x-amz-copy-source", "/bucket/k")]
        refused(server.wire().request("PUT", "/bucket/copy", headers=headers), case.row.status,
                case.row.code)
        assert server.wire().request("GET", "/bucket/copy").status == 404
        assert server.metrics()["muzn_engine_corrupt_blocks_total"] >= 1


# --- what else is written ---

@row("EN010")
def redirect_of_no_form(case):
    case.refused(put_with(case, ("x-amz-website-redirect-location", "foo")))


@row("OL019")
def unknown_version(case):
    case.put("k")
    version = "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrH"
    answer = case.wire.request("GET", case.path("k", f"versionId={version}"))
    case.refused(answer)
