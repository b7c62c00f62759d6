"""Cross-origin requests: the rules of a bucket, preflight requests, and what answers tell pages."""
import pytest

from sdk import code_of
from wire import refused

PAGE = "https://app.example.org"
RULES = {"CORSRules": [
    {"ID": "app", "AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example.org"],
     "AllowedHeaders": ["x-amz-*", "content-type"], "ExposeHeaders": ["ETag", "x-amz-meta-a"],
     "MaxAgeSeconds": 3000},
    {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}


@pytest.fixture
def open_bucket(s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=RULES)
    return bucket


def ask(wire, target, origin=PAGE, method="PUT", *headers):
    return wire.anonymous("OPTIONS", target, headers=[
        ("Origin", origin), ("Access-Control-Request-Method", method), *headers])


def test_the_configuration_comes_back(s3, bucket, other_s3):
    assert code_of(s3.get_bucket_cors, Bucket=bucket) == (404, "NoSuchCORSConfiguration")
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=RULES)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == RULES["CORSRules"]
    assert code_of(other_s3.get_bucket_cors, Bucket=bucket) == (403, "AccessDenied")
    assert code_of(other_s3.put_bucket_cors, Bucket=bucket,
                   CORSConfiguration=RULES) == (403, "AccessDenied")
    s3.delete_bucket_cors(Bucket=bucket)
    assert code_of(s3.get_bucket_cors, Bucket=bucket) == (404, "NoSuchCORSConfiguration")
    s3.delete_bucket_cors(Bucket=bucket)


@pytest.mark.parametrize("change", [
    {"AllowedMethods": ["PATCH"]}, {"AllowedOrigins": ["*.*"]}, {"AllowedHeaders": ["*a*"]},
    {"ExposeHeaders": ["*"]}, {"ID": "i" * 256}], ids=str)
def test_what_aws_would_refuse(s3, bucket, change):
    rules = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], **change}]}
    assert code_of(s3.put_bucket_cors, Bucket=bucket,
                   CORSConfiguration=rules) == (400, "InvalidRequest")


def test_too_many_and_too_large(s3, bucket):
    def many(count):
        return {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}] * count}

    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=many(100))
    assert code_of(s3.put_bucket_cors, Bucket=bucket,
                   CORSConfiguration=many(101)) == (400, "InvalidRequest")
    large = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["o" * 70000]}]}
    assert code_of(s3.put_bucket_cors, Bucket=bucket,
                   CORSConfiguration=large) == (400, "MaxMessageLengthExceeded")


@pytest.mark.parametrize("key", ["", "/a/key"])
def test_preflight(wire, open_bucket, key):
    target = f"/{open_bucket}{key}"
    answer = ask(wire, target, PAGE, "PUT",
                 ("Access-Control-Request-Headers", "Content-Type, x-amz-acl"))
    assert answer.status == 200 and answer.body == b""
    shown = {n.lower(): v for n, v in answer.headers if n.lower().startswith("access-control")}
    assert shown == {"access-control-allow-origin": PAGE,
                     "access-control-allow-methods": "GET, PUT",
                     "access-control-allow-headers": "content-type, x-amz-acl",
                     "access-control-expose-headers": "ETag, x-amz-meta-a",
                     "access-control-max-age": "3000",
                     "access-control-allow-credentials": "true"}
    assert "Origin" in answer.get("vary")


def test_preflight_of_a_presigned_address(s3, wire, open_bucket):
    """The signature is for the request that follows; nobody signs an OPTIONS."""
    url = s3.generate_presigned_url("put_object", {"Bucket": open_bucket, "Key": "k"})
    assert ask(wire, "/" + url.split("/", 3)[3]).status == 200


def test_preflight_that_is_refused(wire, open_bucket, s3, bucket):
    target = f"/{open_bucket}/k"
    for answer in (ask(wire, target, "https://example.com"), ask(wire, target, PAGE, "DELETE"),
                   ask(wire, target, PAGE, "PUT", ("Access-Control-Request-Headers", "x-other"))):
        root = refused(answer, 403, "AccessForbidden")
        assert root.findtext("Message").startswith("CORSResponse: This CORS request is not")
        assert answer.get("access-control-allow-origin") is None
    refused(wire.anonymous("OPTIONS", target), 400, "BadRequest")
    refused(wire.anonymous("OPTIONS", target, headers=[("Origin", PAGE)]), 400, "BadRequest")
    refused(ask(wire, target, PAGE, "PATCH"), 400, "BadRequest")
    s3.delete_bucket_cors(Bucket=bucket)
    for bare in (f"/{bucket}", f"/{bucket}/k", "/no-such-bucket-here", "/", "/..%2f/k"):
        answer = ask(wire, bare)
        assert answer.status in (400, 403), answer


def test_answers_to_a_page(s3, wire, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    target = f"/{open_bucket}/k"

    def get(origin, where=target):
        answer = wire.request("GET", where, headers=[("Origin", origin)] if origin else [])
        return answer.status, answer.get("access-control-allow-origin"), answer.get("vary")

    assert get(PAGE)[:2] == (200, PAGE)
    assert get("https://example.com")[:2] == (200, "*")
    assert get(None) == (200, None, None)
    assert get(PAGE, f"/{open_bucket}/none")[:2] == (404, PAGE)
    put = wire.request("PUT", target, b"y", [("Origin", "https://example.com")])
    assert put.status == 200 and put.get("access-control-allow-origin") is None
    assert "Origin" in put.get("vary"), "or a cache would give this answer to others"
    denied = wire.anonymous("GET", target, headers=[("Origin", PAGE)])
    refused(denied, 403, "AccessDenied")
    assert denied.get("access-control-allow-origin") == PAGE


def test_credentials_are_never_for_everybody(wire, open_bucket):
    anybody = wire.request("GET", f"/{open_bucket}", headers=[("Origin", "https://example.com")])
    assert anybody.get("access-control-allow-origin") == "*"
    assert anybody.get("access-control-allow-credentials") is None
    named = wire.request("GET", f"/{open_bucket}", headers=[("Origin", PAGE)])
    assert named.get("access-control-allow-credentials") == "true"


def test_an_origin_can_not_add_headers(wire, open_bucket):
    head = wire.plain_head("OPTIONS", f"/{open_bucket}", [
        ("Origin", "https://a.example.org\rX-Evil: 1"),
        ("Access-Control-Request-Method", "GET")])
    answer = wire.raw(head, "OPTIONS")
    assert answer.status == 400 and answer.get("x-evil") is None
