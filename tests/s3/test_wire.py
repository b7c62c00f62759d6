"""The tests' own signer against botocore's, which the whole world uses."""
import datetime
import hashlib
import urllib.parse

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sigv4 import Keys, Signer, encode

KEYS = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
HOST = "127.0.0.1:9000"
TARGETS = ["/", "/bucket", "/bucket/a%20b%2Bc%C3%A9",
           "/bucket/?list-type=2&prefix=a%2Fb&delimiter=%2F",
           "/bucket/a//b/../c", "/bucket/key?uploads", "/bucket/key?b=2&a=1"]


def test_header_signatures_equal_botocores():
    for target in TARGETS:
        for body in (b"", b"hello"):
            request = AWSRequest("PUT", f"http://{HOST}{target}", data=body,
                                 headers={"x-amz-meta-name": "a  b", "Content-Type": "text/plain"})
            S3SigV4Auth(Credentials(KEYS.access, KEYS.secret), "s3", "us-east-1").add_auth(request)
            stamp = request.headers["X-Amz-Date"]
            now = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
            theirs = request.headers["Authorization"]
            headers = [("Host", HOST), ("x-amz-meta-name", "a  b"), ("Content-Type", "text/plain")]
            payload = request.headers.get("X-Amz-Content-SHA256", hashlib.sha256(body).hexdigest())
            ours, _ = Signer(KEYS, now=now).sign("PUT", target, headers, payload)
            assert dict(ours)["Authorization"].split(",") == [
                part.strip() for part in theirs.split(",")], target


def test_presigned_urls_equal_botocores():
    for target in TARGETS:
        request = AWSRequest("GET", f"http://{HOST}{target}")
        S3SigV4QueryAuth(Credentials(KEYS.access, KEYS.secret), "s3", "us-east-1",
                         expires=60).add_auth(request)
        theirs = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.url).query, True))
        now = datetime.datetime.strptime(theirs["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        ours = Signer(KEYS, now=now).presign("GET", HOST, target, 60)
        query = dict(urllib.parse.parse_qsl(ours.partition("?")[2], True))
        assert query["X-Amz-Signature"] == theirs["X-Amz-Signature"], target


def test_encode_is_rfc_3986():
    assert encode("a b+c/~é") == "a%20b%2Bc%2F~%C3%A9"
    assert encode("a/b", safe="/") == "a/b"
