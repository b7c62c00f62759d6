"""Bucket policies."""
import json

from bad_inputs.case import row


def document(case, effect="Allow", action="s3:GetObject", keys="*", **more):
    resource = f"arn:aws:s3:::{case.bucket}" + (f"/{keys}" if keys else "")
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Principal": "*", "Action": action, "Resource": resource, **more}]})


def opened(case, *arguments, **more):
    """A bucket with a policy that may be public."""
    case.s3.delete_public_access_block(Bucket=case.bucket)
    case.s3.put_bucket_policy(Bucket=case.bucket, Policy=document(case, *arguments, **more))


def put(case, text):
    return case.wire.request("PUT", case.path(query="policy"), text)


@row("PL001", "PL011")
def no_json(case):
    for text in (b"not json", b"", b"[]", b"\xff\xfe{}", b'{"Statement":' * 10_000,
                 b'{"Statement":' + b"[" * 10_000 + b"]" * 10_000 + b"}", b"[" * (1 << 20)):
        case.refused(put(case, text))


@row("PL003")
def no_statement(case):
    for text in (b'{"Version":"2012-10-17"}', b'{"Version":"2012-10-17","Statement":[]}',
                 b'{"Version":"2012-10-17","Statement":{}}', b'{"Statement":null}', b"{}"):
        case.refused(put(case, text))


@row("PL005")
def an_action_that_is_none(case):
    for action in ("s3:Nope", "s3:GetObject ", "s3:", "GetObject", "", [], ["s3:GetObject", "s3:X"]):
        case.refused(put(case, document(case, action=action)))


@row("PL007")
def an_action_on_what_has_none(case):
    case.refused(put(case, document(case, action="s3:ListBucket")))
    case.refused(put(case, document(case, action="s3:GetObject", keys="")))


@row("PL009")
def a_policy_too_large(case):
    long = json.loads(document(case, effect="Deny"))
    long["Id"] = "x" * (20 * 1024)
    case.refused(put(case, json.dumps(long)))


@row("PL013")
def a_key_that_is_not_there(case):
    case.put("k")
    opened(case, effect="Deny", Condition={"StringNotEquals": {"aws:Referer": "https://a.example"}})
    case.refused(case.get("k"))
    case.s3.delete_bucket_policy(Bucket=case.bucket)


@row("PL015")
def a_wildcard_over_buckets(case):
    case.put("k")
    theirs = case.bucket[:-1] + ("x" if case.bucket[-1] != "x" else "y")
    assert case.other.request("PUT", f"/{theirs}").status == 200
    assert case.other.request("DELETE", f"/{theirs}?publicAccessBlock").status == 204
    text = document(case).replace(case.bucket, case.bucket[:-1] + "*")
    assert case.other.request("PUT", f"/{theirs}?policy", text).status == 204
    case.refused(case.other.request("GET", case.path("k")))
    case.refused(case.wire.anonymous("GET", case.path("k")))


@row("PL019")
def public_where_that_is_blocked(case):
    case.refused(put(case, document(case)))


@row("PL025")
def versions_of_a_public_list(case):
    opened(case, action="s3:ListBucket", keys="")
    assert case.wire.anonymous("GET", case.path()).status == 200
    case.refused(case.wire.anonymous("GET", case.path(query="versions")))
    case.s3.put_public_access_block(Bucket=case.bucket, PublicAccessBlockConfiguration={
        "RestrictPublicBuckets": True})
    case.refused(case.wire.anonymous("GET", case.path(query="versions")))
    case.refused(case.wire.anonymous("GET", case.path()))


@row("AU051")
def an_address_that_is_claimed(case):
    case.put("k")
    opened(case, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "x-amz-source-ip"):
        value = "for=10.0.0.1" if name == "Forwarded" else "10.0.0.1"
        case.refused(case.wire.anonymous("GET", case.path("k"), headers=[(name, value)]))


@row("PS024")
def presigned_by_who_may_read(case):
    case.put("k", b"as it was")
    opened(case)
    signer = case.other.signer()
    assert case.wire.anonymous("GET", signer.presign("GET", case.wire.host, case.path("k"))).status == 200
    presigned = signer.presign("PUT", case.wire.host, case.path("k"))
    case.refused(case.wire.anonymous("PUT", presigned, b"changed"))


@row("CP010")
def a_version_by_who_may_read_the_current_one(case):
    case.put("k")
    opened(case)
    mine = f"{case.bucket}-copies"
    assert case.other.request("PUT", f"/{mine}").status == 200
    source = f"/{case.bucket}/k"
    assert case.other.request("PUT", f"/{mine}/k", headers=[("x-amz-copy-source", source)]).status == 200
    headers = [("x-amz-copy-source", f"{source}?versionId=null")]
    case.refused(case.other.request("PUT", f"/{mine}/v", headers=headers))


@row("PL017")
def a_key_that_climbs(case):
    case.put("private.txt")
    opened(case, keys="public/*")
    paths = [f"/{case.bucket}/{path}" for path in
             ("public/../private.txt", "public/%2e%2e/private.txt", "public/..%2fprivate.txt")]
    for path in paths:  # whoever may not list is not told that there is no such key
        case.refused(case.wire.anonymous("GET", path), 403, "AccessDenied")
    read, listed = (json.loads(document(case, keys="public/*")),
                    json.loads(document(case, action="s3:ListBucket", keys="")))
    read["Statement"] += listed["Statement"]
    case.s3.put_bucket_policy(Bucket=case.bucket, Policy=json.dumps(read))
    for path in paths:
        case.refused(case.wire.anonymous("GET", path))
