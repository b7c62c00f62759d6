"""Signature Version 2, which a server takes only when it is told to."""
import urllib.parse

import pytest

import form
from sdk import code_of, s3_client
from server import Server
from wire import refused


@pytest.fixture(scope="module")
def old():
    """A server that takes it."""
    with Server(args=["--sigv2", "true"]) as running:
        s3_client(running).create_bucket(Bucket="bucket")
        yield running
        running.check()


@pytest.fixture(scope="module")
def v2(old):
    return s3_client(old, signature_version="s3")


def target_of(url):
    return "/" + url.split("/", 3)[3]


def test_off_by_default(server, bucket):
    client = s3_client(server, signature_version="s3")
    assert code_of(client.list_buckets) == (400, "InvalidRequest")
    url = client.generate_presigned_url("list_objects", {"Bucket": bucket})
    refused(server.wire().anonymous("GET", target_of(url)), 400, "InvalidRequest")


def test_a_round_trip(v2):
    at = {"Bucket": "bucket", "Key": "a key/\u00fc+&=%20"}
    v2.put_object(**at, Body=b"body", Metadata={"b": "2", "a": "1"}, ContentType="text/plain",
                  Tagging="t=1")
    found = v2.get_object(**at, ResponseContentDisposition='attachment; filename="a b"')
    assert found["Body"].read() == b"body" and found["Metadata"] == {"a": "1", "b": "2"}
    assert found["ContentDisposition"] == 'attachment; filename="a b"'
    assert v2.get_object_tagging(**at)["TagSet"] == [{"Key": "t", "Value": "1"}]
    upload = v2.create_multipart_upload(Bucket="bucket", Key="m")["UploadId"]
    part = v2.upload_part(Bucket="bucket", Key="m", UploadId=upload, PartNumber=1, Body=b"p")
    v2.complete_multipart_upload(Bucket="bucket", Key="m", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert {o["Key"] for o in v2.list_objects_v2(Bucket="bucket")["Contents"]} >= {"m"}


def test_presigned(old, v2):
    wire = old.wire()
    v2.put_object(Bucket="bucket", Key="k", Body=b"body")
    url = target_of(v2.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"}))
    assert wire.anonymous("GET", url).body == b"body"
    refused(wire.anonymous("DELETE", url), 403, "SignatureDoesNotMatch")
    refused(wire.anonymous("GET", url + "&versionId=null"), 403, "SignatureDoesNotMatch")
    refused(wire.anonymous("GET", url + "&acl"), 403, "SignatureDoesNotMatch")
    past = target_of(v2.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"},
                                               ExpiresIn=-1))
    refused(wire.anonymous("GET", past), 403, "AccessDenied")
    later = urllib.parse.urlsplit(past)
    query = urllib.parse.parse_qs(later.query)
    forged = past.replace(f"Expires={query['Expires'][0]}",
                          f"Expires={int(query['Expires'][0]) + 1000}")
    refused(wire.anonymous("GET", forged), 403, "SignatureDoesNotMatch")


def test_what_it_does_not_sign_is_not_taken(old, v2):
    """A sub-resource, or a header moved into the query, could be added by whoever has the URL."""
    wire = old.wire()
    v2.put_object(Bucket="bucket", Key="k", Body=b"body")
    url = target_of(v2.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"}))
    refused(wire.anonymous("GET", url + "&attributes"), 400, "InvalidRequest")
    put = target_of(v2.generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "new"}))
    assert wire.anonymous("PUT", put + "&x-amz-meta-added=1", b"x").status == 200
    assert v2.head_object(Bucket="bucket", Key="new")["Metadata"] == {}
    refused(wire.anonymous("PUT", put, b"x", [("x-amz-meta-added", "1")]), 403,
            "SignatureDoesNotMatch")
    refused(wire.anonymous("PUT", put, b"x", [("Content-Type", "text/html")]), 403,
            "SignatureDoesNotMatch")


def test_headers_that_are_wrong(old):
    wire = old.wire()
    for value, status, code in (
            ("AWS key", 400, "InvalidArgument"), ("AWS :sig", 400, "InvalidArgument"),
            ("AWS nobody:sig", 403, "InvalidAccessKeyId"),
            (f"AWS {wire.keys.access}:sig", 403, "SignatureDoesNotMatch"),
            (f"AWS {wire.keys.access}:", 403, "SignatureDoesNotMatch")):
        headers = [("Authorization", value), ("Date", form.http_now())]
        refused(wire.anonymous("GET", "/bucket", headers=headers), status, code)
    for date, code in ((None, "AccessDenied"), ("yesterday", "AccessDenied"),
                       ("Tue, 07 Jul 1959 08:49:37 GMT", "AccessDenied"),
                       ("Sun, 06 Nov 1994 08:49:37 GMT", "RequestTimeTooSkewed")):
        headers = [("Authorization", f"AWS {wire.keys.access}:sig")]
        headers += [("Date", date)] if date else []
        refused(wire.anonymous("GET", "/bucket", headers=headers), 403, code)


def test_the_admin_api_does_not_take_it(old):
    wire = old.wire()
    headers = [("Authorization", f"AWS {wire.keys.access}:sig"), ("Date", form.http_now())]
    assert wire.anonymous("GET", "/-/admin/v1/accounts", headers=headers).status in (400, 401, 403)


def test_forms(old, v2):
    wire = old.wire()
    document = form.policy([{"bucket": "bucket"}, ["starts-with", "$key", "f"]])
    fields = form.signed_v2(wire, document, [("key", "form")])
    assert form.send(wire, "bucket", fields, b"by form").status == 204
    assert v2.get_object(Bucket="bucket", Key="form")["Body"].read() == b"by form"
    for name, value, status, code in (("signature", "c2ln", 403, "SignatureDoesNotMatch"),
                                      ("signature", None, 400, "InvalidArgument"),
                                      ("AWSAccessKeyId", "nobody", 403, "InvalidAccessKeyId"),
                                      ("AWSAccessKeyId", None, 400, "InvalidArgument"),
                                      ("policy", None, 400, "InvalidArgument")):
        changed = [(n, value if n == name else v) for n, v in fields
                   if n != name or value is not None]
        refused(form.send(wire, "bucket", changed), status, code)
    both = [*form.signed(wire, document, fields)]
    refused(form.send(wire, "bucket", both), 400, "InvalidArgument")


def test_virtual_hosts():
    """The bucket of the host is signed as if it were in the path, and only where it is the host's."""
    with Server(args=["--sigv2", "true", "--domain", "s3.example.org"]) as running:
        wire = running.wire()
        s3_client(running).create_bucket(Bucket="bucket")
        s3_client(running).put_object(Bucket="bucket", Key="bucket/k", Body=b"deep")
        s3_client(running).put_object(Bucket="bucket", Key="k", Body=b"flat")

        def get(host, path, signed):
            stamp = form.http_now()
            text = f"GET\n\n\n{stamp}\n{signed}"
            headers = [("Host", host), ("Date", stamp),
                       ("Authorization", form.authorization_v2(wire.keys, text))]
            return wire.raw(wire.plain_head("GET", path, headers, host=False))

        assert get("bucket.s3.example.org", "/k", "/bucket/k").body == b"flat"
        assert get("s3.example.org", "/bucket/k", "/bucket/k").body == b"flat"
        refused(get("bucket.s3.example.org", "/bucket/k", "/bucket/k"), 403,
                "SignatureDoesNotMatch")
        refused(get("bucket.s3.example.org", "/k", "/k"), 403, "SignatureDoesNotMatch")
