"""Presigned URLs: of boto3, of `muzn presign`, and in raw form."""
import datetime
import urllib.error
import urllib.request

import pytest

from sdk import s3_client
from sigv4 import utc_now
from wire import refused


def fetch(url, method="GET", body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, answer.read()


def test_boto3_urls(server, bucket):
    s3 = s3_client(server, signature_version="s3v4")  # its default is still version 2
    target = {"Bucket": bucket, "Key": "a b+c/\u00fc"}
    put = s3.generate_presigned_url("put_object", Params=target, ExpiresIn=60)
    assert fetch(put, "PUT", b"presigned")[0] == 200
    get = s3.generate_presigned_url("get_object", ExpiresIn=60, Params={
        **target, "ResponseContentType": "text/x-p"})
    with urllib.request.urlopen(get, timeout=20) as answer:
        assert answer.read() == b"presigned" and answer.headers["Content-Type"] == "text/x-p"
    listing = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": bucket})
    assert b"%2Bc/" in fetch(listing)[1]  # boto3 asks for keys in URL form
    gone = s3.generate_presigned_url("delete_object", Params=target)
    assert fetch(gone, "DELETE")[0] == 204
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(get)
    assert caught.value.code == 404


def test_muzn_presign(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="dir/a b", Body=b"from the command line")
    url = server.cli("presign", f"s3://{bucket}/dir/a b").stdout.strip()
    assert fetch(url) == (200, b"from the command line")
    put = server.cli("presign", f"s3://{bucket}/new", "--method", "PUT", "--expires", "60")
    assert fetch(put.stdout.strip(), "PUT", b"x")[0] == 200
    assert server.cli("presign", f"s3://{bucket}/k", "--expires", "604801",
                      check=False).returncode == 2


def test_expiry(wire, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    hour_ago = wire.signer(now=utc_now() - datetime.timedelta(hours=1))
    for expires, status in ((3500, 403), (3700, 200), (604800, 200), (604801, 400)):
        target = hour_ago.presign("GET", wire.host, f"/{bucket}/k", expires)
        assert wire.anonymous("GET", target).status == status, expires


def test_signed_headers_bind(wire, bucket):
    headers = [("content-type", "text/plain")]
    target = wire.signer().presign("PUT", wire.host, f"/{bucket}/k", headers=headers)
    assert wire.anonymous("PUT", target, b"x", headers).status == 200
    refused(wire.anonymous("PUT", target, b"x", [("content-type", "text/html")]), 403,
            "SignatureDoesNotMatch")
    refused(wire.anonymous("PUT", target, b"x"), 403, "SignatureDoesNotMatch")


def test_a_checksum_in_the_query_is_ignored(wire, s3, bucket):
    """As on AWS: the SDK for JavaScript signs the one of an empty body, having no other yet."""
    query = "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&x-id=PutObject"
    target = wire.signer().presign("PUT", wire.host, f"/{bucket}/k?{query}")
    assert wire.anonymous("PUT", target, b"body").status == 200
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"body"
    headers = [("x-amz-checksum-crc32", "AAAAAA==")]
    bound = wire.signer().presign("PUT", wire.host, f"/{bucket}/k", headers=headers)
    refused(wire.anonymous("PUT", bound, b"body", headers), 400, "BadDigest")


def test_two_mechanisms_at_once(wire, bucket):
    target = wire.signer().presign("GET", wire.host, f"/{bucket}")
    refused(wire.request("GET", target), 400, "InvalidArgument")


def test_a_mismatch_shows_what_was_computed(wire, bucket):
    target = wire.signer().presign("GET", wire.host, f"/{bucket}/k")
    root = refused(wire.anonymous("PUT", target, b"x"), 403, "SignatureDoesNotMatch")
    assert root.findtext("CanonicalRequest").startswith(f"PUT\n/{bucket}/k\nX-Amz-Algorithm=")
    assert root.findtext("StringToSign").startswith("AWS4-HMAC-SHA256\n")
    assert root.findtext("AWSAccessKeyId") == wire.keys.access
    shown = bytes.fromhex(root.findtext("StringToSignBytes")).decode()
    assert shown == root.findtext("StringToSign")
    assert wire.keys.secret not in str(root.itertext())
