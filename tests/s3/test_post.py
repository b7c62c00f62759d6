"""Uploads by a browser's form (POST Object): policies, their conditions, and the form itself."""
import base64
import hashlib
import urllib.parse

import pytest

import form
from form import policy, send, signed
from sdk import s3_client
from test_acl import shared  # noqa: F401
from wire import refused


def good(bucket, *more):
    """A policy that allows the usual form."""
    return policy([{"bucket": bucket}, ["starts-with", "$key", "up/"], *more])


def read(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_boto3_makes_a_form(server, s3, wire, bucket):
    signer = s3_client(server, signature_version="s3v4")  # its default is still version 2
    made = signer.generate_presigned_post(
        bucket, "up/${filename}", {"acl": "private", "Content-Type": "text/plain"},
        [["starts-with", "$key", "up/"], {"acl": "private"}, ["eq", "$Content-Type", "text/plain"],
         ["content-length-range", 1, 10]])
    assert made["url"].endswith(bucket)
    answer = send(wire, bucket, list(made["fields"].items()), b"from a page", file_name="a b.txt")
    refused(answer, 400, "EntityTooLarge")
    answer = send(wire, bucket, list(made["fields"].items()), b"a page", file_name="a b.txt")
    assert answer.status == 204 and answer.body == b"", answer
    found = s3.get_object(Bucket=bucket, Key="up/a b.txt")
    assert found["Body"].read() == b"a page" and found["ContentType"] == "text/plain"
    assert answer.get("etag") == found["ETag"]
    assert answer.get("location") == f"http://{wire.host}/{bucket}/up/a%20b.txt"


def test_what_an_object_is_given(s3, wire, bucket):
    tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1 + 2</Value></Tag></TagSet></Tagging>"
    digest = base64.b64encode(hashlib.sha256(b"file").digest()).decode()
    given = [("key", "up/k"), ("x-amz-meta-note", "n\u00e9"), ("Cache-Control", "no-store"),
             ("tagging", tags), ("x-amz-storage-class", "STANDARD_IA")]
    fields = signed(wire, good(bucket, *[["starts-with", f"${n}", ""] for n, _ in given[1:]]),
                    [*given, ("x-amz-checksum-sha256", digest), ("x-ignore-me", "x")])
    assert send(wire, bucket, fields).status == 204
    head = s3.head_object(Bucket=bucket, Key="up/k", ChecksumMode="ENABLED")
    assert head["CacheControl"] == "no-store" and head["StorageClass"] == "STANDARD_IA"
    assert head["Metadata"]["note"].encode("latin-1").decode() == "n\u00e9"
    assert head["ChecksumSHA256"] == digest and head["ContentType"] == "binary/octet-stream"
    shown = s3.get_object_tagging(Bucket=bucket, Key="up/k")["TagSet"]
    assert shown == [{"Key": "a", "Value": "1 + 2"}]
    wrong = [(n, base64.b64encode(bytes(32)).decode() if n == "x-amz-checksum-sha256" else v)
             for n, v in fields]
    refused(send(wire, bucket, wrong), 400, "BadDigest")


def test_answers(s3, wire, bucket):
    def post(*more):
        conditions = [["starts-with", f"${name}", ""] for name, _ in more]
        return send(wire, bucket, signed(wire, good(bucket, *conditions), [("key", "up/k"), *more]))

    assert post().status == 204
    assert post(("success_action_status", "200")).status == 200
    assert post(("success_action_status", "404")).status == 204
    answer = post(("success_action_status", "201"))
    assert answer.status == 201 and answer.get("content-type") == "application/xml"
    root = answer.xml()
    assert root.tag == "PostResponse" and root.findtext("Bucket") == bucket
    assert root.findtext("Key") == "up/k" and root.findtext("ETag") == answer.get("etag")
    assert root.findtext("Location") == answer.get("location")
    answer = post(("success_action_redirect", "https://page.example.org/done?a=1"))
    url = urllib.parse.urlsplit(answer.get("location"))
    assert answer.status == 303 and url.netloc == "page.example.org"
    etag = s3.head_object(Bucket=bucket, Key="up/k")["ETag"]
    assert urllib.parse.parse_qs(url.query) == {"a": ["1"], "bucket": [bucket], "key": ["up/k"],
                                                "etag": [etag]}
    for bad in ("javascript:alert(1)", "https://a.example.org/\r\nX-Evil: 1", "/local"):
        answer = post(("success_action_redirect", bad))
        assert answer.status == 204 and answer.get("x-evil") is None


def test_sizes(s3, wire, bucket):
    fields = signed(wire, good(bucket, ["content-length-range", 3, 5]), [("key", "up/k")])
    for size in (3, 4, 5):
        assert send(wire, bucket, fields, b"x" * size).status == 204, size
    root = refused(send(wire, bucket, fields, b"xx"), 400, "EntityTooSmall")
    assert root.findtext("ProposedSize") == "2" and root.findtext("MinSizeAllowed") == "3"
    root = refused(send(wire, bucket, fields, b"xxxxxx"), 400, "EntityTooLarge")
    assert root.findtext("MaxSizeAllowed") == "5"
    assert read(s3, bucket, "up/k") == b"xxxxx", "what was refused replaced nothing"
    assert send(wire, bucket, signed(wire, good(bucket), [("key", "up/e")]), b"").status == 204
    assert read(s3, bucket, "up/e") == b""


def test_a_large_file_is_not_held(s3, wire, bucket):
    """Delimiters that are none, in every place of a piece."""
    mark = f"\r\n--{form.BOUNDARY[:-1]}".encode()
    text = (b"\r" * 4096 + mark + bytes(range(256)) * 7) * 2500
    assert send(wire, bucket, signed(wire, good(bucket), [("key", "up/k")]), text).status == 204
    assert read(s3, bucket, "up/k") == text


@pytest.mark.parametrize("conditions, fields", [
    ([["eq", "$x-amz-meta-a", "1"]], [("x-amz-meta-a", "2")]),
    ([["eq", "$x-amz-meta-a", "1"]], []),
    ([{"x-amz-meta-a": ""}], []),
    ([["starts-with", "$x-amz-meta-a", "b"]], [("x-amz-meta-a", "a")]),
    ([["starts-with", "$x-amz-meta-a", "b"]], []),
    ([["starts-with", "$Content-Type", "image/"]], [("Content-Type", "image/png,text/html")]),
    ([], [("x-amz-meta-a", "not named")]),
    ([], [("acl", "private")]),
    ([["starts-with", "$bucket", "other-"]], []),
], ids=str)
def test_conditions_that_fail(wire, bucket, conditions, fields):
    answer = send(wire, bucket, signed(wire, good(bucket, *conditions), [("key", "up/k"), *fields]))
    root = refused(answer, 403, "AccessDenied")
    assert root.findtext("Message").startswith("Invalid according to Policy: ")


def test_conditions_that_hold(wire, bucket):
    document = good(bucket, ["EQ", "$X-Amz-Meta-A", "1"], {"x-amz-meta-B": "\u00fc"},
                    ["starts-with", "$Content-Type", "image/"], ["starts-with", "$acl", ""])
    fields = [("KEY", "up/k"), ("x-amz-meta-a", "1"), ("X-Amz-Meta-b", "\u00fc"),
              ("content-type", "image/png, image/gif")]
    assert send(wire, bucket, signed(wire, document, fields)).status == 204


def test_the_key_must_be_the_policys(wire, bucket):
    refused(send(wire, bucket, signed(wire, good(bucket), [("key", "other")])), 403, "AccessDenied")
    refused(send(wire, bucket, signed(wire, good(bucket), [("key", "${filename}")]),
                 file_name="/tmp/up/x"), 403, "AccessDenied")
    climbing = signed(wire, good(bucket), [("key", "up/../../x")])
    refused(send(wire, bucket, climbing), 400, "InvalidURI")
    refused(send(wire, bucket, signed(wire, good(bucket), [("key", "up/" + "k" * 1024)])), 400,
            "KeyTooLongError")
    document = policy([{"bucket": bucket}, ["starts-with", "$key", ""]])
    refused(send(wire, bucket, signed(wire, document, [("key", "")])), 400,
            "UserKeyMustBeSpecified")
    refused(send(wire, bucket, signed(wire, document, [])), 400, "InvalidArgument")


def test_the_bucket_must_be_the_policys_CVE_2023_43040(s3, wire, bucket):
    other = f"{bucket}-2"
    s3.create_bucket(Bucket=other)
    fields = signed(wire, good(bucket), [("key", "up/k")])
    refused(send(wire, other, fields), 403, "AccessDenied")
    refused(send(wire, other, [*fields, ("bucket", bucket)]), 403, "AccessDenied")
    nowhere = policy([["starts-with", "$key", ""]])
    refused(send(wire, bucket, signed(wire, nowhere, [("key", "up/k")])), 403, "AccessDenied")


@pytest.mark.parametrize("document", [
    "no JSON", "[]", '{"conditions": []}', policy(None), policy([], expiration="2030-01-01"),
    policy([], expiration=None), policy([], EXPIRATION="2030-01-01T00:00:00Z", expiration=None),
    policy([{}]), policy([{"a": "b", "c": "d"}]), policy([{"acl": 1}]), policy(["eq"]),
    policy([["eq", "$acl"]]), policy([["eq", "acl", "x"]]), policy([["like", "$acl", "x"]]),
    policy([["content-length-range", 0]]), policy([["content-length-range", -1, 0]]),
    policy([["content-length-range", 2, 1]]), policy([["content-length-range", "a", 1]]),
], ids=str)
def test_documents_that_are_none(wire, bucket, document):
    refused(send(wire, bucket, signed(wire, document, [("key", "up/k")], add=False)), 400,
            "InvalidPolicyDocument")


def test_an_expired_policy(wire, bucket):
    document = policy([{"bucket": bucket}, {"key": "k"}], seconds=-1)
    root = refused(send(wire, bucket, signed(wire, document, [("key", "k")])), 403, "AccessDenied")
    assert "expired" in root.findtext("Message")


def test_a_policy_that_is_not_base64(wire, bucket):
    signer = wire.signer()
    fields = [(n, "%%%" if n == "policy" else v)
              for n, v in signed(wire, good(bucket), [("key", "up/k")])]
    mac = signer.mac(dict(fields)["x-amz-date"], "%%%")
    fields = [(n, mac if n == "x-amz-signature" else v) for n, v in fields]
    refused(send(wire, bucket, fields), 400, "InvalidPolicyDocument")


@pytest.mark.parametrize("name, value, status, code", [
    ("x-amz-signature", "0" * 64, 403, "SignatureDoesNotMatch"),
    ("x-amz-signature", "", 403, "SignatureDoesNotMatch"),
    ("policy", form.encoded(policy([])), 403, "SignatureDoesNotMatch"),
    ("x-amz-algorithm", "AWS4-HMAC-SHA1", 400, "InvalidArgument"),
    ("x-amz-credential", "nobody", 400, "InvalidArgument"),
    ("x-amz-credential", "NOBODY/20200101/us-east-1/s3/aws4_request", 400, "InvalidArgument"),
    ("x-amz-date", "yesterday", 400, "InvalidArgument"),
    ("x-amz-date", None, 400, "InvalidArgument"),
    ("x-amz-signature", None, 400, "InvalidArgument"),
    ("x-amz-credential", None, 400, "InvalidArgument"),
    ("policy", None, 400, "InvalidArgument"),
    ("key", None, 400, "InvalidArgument"),
])
def test_a_field_that_was_changed(wire, bucket, name, value, status, code):
    document = policy([{"bucket": bucket}, ["starts-with", "$key", ""]])
    fields = signed(wire, document, [("key", "up/k")])
    fields = [(n, value if n == name else v) for n, v in fields if n != name or value is not None]
    refused(send(wire, bucket, fields), status, code)


def test_keys_that_may_not(server, wire, bucket, other):
    stranger = wire.with_keys(other[1])
    refused(send(wire, bucket, signed(stranger, good(bucket), [("key", "up/k")])), 403,
            "AccessDenied")
    unknown = wire.with_keys(type(other[1])("AKIANOBODY0000000000", "x" * 40))
    refused(send(wire, bucket, signed(unknown, good(bucket), [("key", "up/k")])), 403,
            "InvalidAccessKeyId")
    token = [("key", "up/k"), ("x-amz-security-token", "t")]
    document = good(bucket, ["starts-with", "$x-amz-security-token", ""])
    refused(send(wire, bucket, signed(wire, document, token)), 400, "InvalidToken")


def test_no_other_credentials_beside_the_form(wire, bucket):
    text = form.body(signed(wire, good(bucket), [("key", "up/k")]))
    headers = [("Content-Type", f"multipart/form-data; boundary={form.BOUNDARY}")]
    refused(wire.request("POST", f"/{bucket}", text, headers), 400, "InvalidRequest")
    presigned = wire.signer().presign("POST", wire.host, f"/{bucket}")
    refused(wire.anonymous("POST", presigned, text, headers), 400, "InvalidRequest")
    wrong = wire.with_keys(type(wire.keys)(wire.keys.access, "x" * 40))
    refused(wrong.request("POST", f"/{bucket}", text, headers), 403, "SignatureDoesNotMatch")


def test_sigv2_is_off(wire, bucket):
    refused(send(wire, bucket, form.signed_v2(wire, good(bucket), [("key", "up/k")])), 400,
            "InvalidRequest")


def test_anonymous(s3, wire, bucket, shared):  # noqa: F811
    refused(send(wire, bucket, [("key", "k")]), 403, "AccessDenied")
    refused(send(wire, shared, [("key", "k")]), 403, "AccessDenied")
    s3.put_bucket_acl(Bucket=shared, ACL="public-read-write")
    answer = send(wire, shared, [("key", "k"), ("acl", "public-read"), ("x-amz-meta-a", "1")])
    assert answer.status == 204, answer
    assert wire.anonymous("GET", f"/{shared}/k").body == b"file"
    # A policy is somebody's word, and has to be signed.
    document = form.encoded(policy([]))
    refused(send(wire, shared, [("key", "k"), ("policy", document)]), 400, "InvalidArgument")


def test_forms_that_are_none(wire, bucket):
    fields = signed(wire, good(bucket), [("key", "up/k")])
    kind = ("Content-Type", f"multipart/form-data; boundary={form.BOUNDARY}")

    def raw(text, headers=(kind,)):
        return wire.anonymous("POST", f"/{bucket}", text, headers)

    refused(raw(form.body(fields), ()), 412, "PreconditionFailed")
    refused(raw(form.body(fields), [("Content-Type", "multipart/form-data")]), 400,
            "MalformedPOSTRequest")
    refused(raw(b""), 400, "MalformedPOSTRequest")
    refused(raw(b"x" + form.body(fields)), 400, "MalformedPOSTRequest")
    refused(raw(form.body(fields, end=False)), 400, "MalformedPOSTRequest")
    refused(raw(form.body(fields)[:-8]), 400, "MalformedPOSTRequest")
    refused(raw(form.body(fields, None)), 400, "IncorrectNumberOfFilesInPostRequest")
    refused(raw(form.body([*fields, ("key", "up/two")])), 400, "InvalidArgument")
    refused(raw(form.body([("x-ignore-a", "x" * 21000), *fields])), 400,
            "MaxPostPreDataLengthExceededError")
    head = b"--" + form.BOUNDARY.encode() + b"\r\nX: " + b"y" * 20000
    refused(raw(head), 400, "MalformedPOSTRequest")


def test_the_file_is_the_last_that_counts(s3, wire, bucket):
    fields = signed(wire, good(bucket), [("key", "up/k")])
    assert send(wire, bucket, fields, after=[("acl", "public-read"), ("file", "x")]).status == 204
    assert read(s3, bucket, "up/k") == b"file"
    # Without its signature it is nobody's form.
    refused(send(wire, bucket, [("key", "up/k")], after=fields[1:]), 403, "AccessDenied")


def test_values_that_no_header_could_have(wire, bucket):
    document = good(bucket, ["starts-with", "$x-amz-meta-a", ""])
    fields = signed(wire, document, [("key", "up/k"), ("x-amz-meta-a", "1\r\nX-Evil: 1")])
    refused(send(wire, bucket, fields), 400, "InvalidArgument")


def test_it_is_gone_when_the_client_goes(s3, wire, bucket):
    text = form.body(signed(wire, good(bucket), [("key", "up/gone")]), b"x" * 300_000)
    head = wire.plain_head("POST", f"/{bucket}", [
        ("Content-Type", f"multipart/form-data; boundary={form.BOUNDARY}"),
        ("Content-Length", str(len(text)))])
    with wire.connect() as connection:
        connection.send(head + text[:-20])
        connection.socket.shutdown(1)
        connection.at_end()
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_in_transfer_chunks(s3, wire, bucket):
    text = form.body(signed(wire, good(bucket), [("key", "up/k")]), b"chunked" * 1000)
    head = wire.plain_head("POST", f"/{bucket}", [
        ("Content-Type", f"multipart/form-data; boundary={form.BOUNDARY}"),
        ("Transfer-Encoding", "chunked")])
    pieces = [text[i:i + 97] for i in range(0, len(text), 97)]
    chunks = b"".join(f"{len(p):x}\r\n".encode() + p + b"\r\n" for p in pieces) + b"0\r\n\r\n"
    assert wire.raw(head + chunks, "POST").status == 204
    assert read(s3, bucket, "up/k") == b"chunked" * 1000


def test_the_record_tells_who_and_what(server, s3, wire, bucket):
    answer = send(wire, bucket, signed(wire, good(bucket), [("key", "up/audited")]))
    assert answer.status == 204
    record = server.record_of(answer.get("x-amz-request-id"))
    told = {name: record[name] for name in ("operation", "key", "access_key", "decision")}
    assert told == {"operation": "PostObject", "key": "up/audited",
                    "access_key": wire.keys.access, "decision": "allow"}
    assert dict(signed(wire, good(bucket), []))["x-amz-signature"] not in server.log()
