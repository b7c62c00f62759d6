"""Bucket policies, through boto3 and raw: two accounts, a user and nobody."""
import datetime
import json
import uuid

import boto3
import botocore.config
import pytest

from sdk import code_of, s3_client
from server import Keys, Server
from sigv4 import encode
from test_acl import DENIED, anyone  # noqa: F401
from test_admin import unique
from wire import refused

MALFORMED = (400, "MalformedPolicy")
NO_POLICY = (404, "NoSuchBucketPolicy")


def statement(bucket, action, who="*", effect="Allow", keys="*", **condition):
    """On the bucket's objects, or with keys=None on the bucket itself."""
    resource = f"arn:aws:s3:::{bucket}" + (f"/{keys}" if keys is not None else "")
    out = {"Effect": effect, "Principal": who if who == "*" else {"AWS": who}, "Action": action,
           "Resource": resource}
    return {**out, "Condition": condition} if condition else out


def put(client, bucket, *statements):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


@pytest.fixture
def opened(s3, bucket):
    """A bucket whose policy may be public."""
    s3.delete_public_access_block(Bucket=bucket)
    return bucket


def body_of(client, bucket, key, **more):
    return client.get_object(Bucket=bucket, Key=key, **more)["Body"].read()


def test_a_policy_comes_back_as_it_was_put(s3, opened):
    assert code_of(s3.get_bucket_policy, Bucket=opened) == NO_POLICY
    s3.delete_bucket_policy(Bucket=opened)
    text = json.dumps({"Version": "2012-10-17", "Id": "grüße",
                       "Statement": statement(opened, "s3:GetObject")}, indent=3)
    done = s3.put_bucket_policy(Bucket=opened, Policy=text)
    assert done["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_policy(Bucket=opened)["Policy"] == text
    s3.delete_bucket_policy(Bucket=opened)
    assert code_of(s3.get_bucket_policy, Bucket=opened) == NO_POLICY


def test_each_caller_gets_what_is_its_own(s3, other_s3, other, anyone, people, bob_arn, opened):  # noqa: F811
    for key in ("open/k", "bob/k", "other/k", "closed/k"):
        s3.put_object(Bucket=opened, Key=key, Body=key.encode())
    put(s3, opened, statement(opened, "s3:GetObject", keys="open/*"),
        statement(opened, ["s3:GetObject", "s3:PutObject"], bob_arn, keys="${aws:username}/*"),
        statement(opened, "s3:Get*", other[0]["id"], keys="other/*"))
    readers = {"open/k": {anyone, other_s3, people["bob"], s3}, "bob/k": {people["bob"], s3},
               "other/k": {other_s3, s3}, "closed/k": {s3}}
    for key, allowed in readers.items():
        for client in (s3, other_s3, anyone, *people.values()):
            if client in allowed:
                assert body_of(client, opened, key) == key.encode()
            else:
                assert code_of(client.get_object, Bucket=opened, Key=key) == DENIED, key
    people["bob"].put_object(Bucket=opened, Key="bob/new", Body=b"n")
    assert body_of(s3, opened, "bob/new") == b"n"
    for client in (anyone, other_s3, people["bob"]):
        assert code_of(client.put_object, Bucket=opened, Key="open/x", Body=b"") == DENIED
        assert code_of(client.list_objects_v2, Bucket=opened) == DENIED
        assert code_of(client.get_bucket_policy, Bucket=opened) == DENIED


def test_deny_wins_for_the_owner_too_who_can_mend_it(s3, people, bob_arn, opened):
    s3.put_object(Bucket=opened, Key="k", Body=b"x")
    put(s3, opened, statement(opened, "s3:*"), statement(opened, "s3:*", effect="Deny"),
        statement(opened, "s3:*", bob_arn, keys=None), statement(opened, "s3:*", effect="Deny",
                                                                 keys=None))
    assert code_of(s3.get_object, Bucket=opened, Key="k") == DENIED
    assert code_of(s3.put_object, Bucket=opened, Key="n", Body=b"") == DENIED
    assert code_of(s3.list_objects_v2, Bucket=opened) == DENIED
    assert code_of(s3.delete_bucket, Bucket=opened) == DENIED
    assert code_of(people["bob"].delete_bucket_policy, Bucket=opened) == DENIED
    assert s3.get_bucket_policy(Bucket=opened)["Policy"]
    s3.delete_bucket_policy(Bucket=opened)
    assert body_of(s3, opened, "k") == b"x"


def test_only_the_owners_account_manages_the_policy(s3, other_s3, other, people, bob_arn, opened):
    put(s3, opened, statement(opened, "s3:*BucketPolicy*", [other[0]["id"], bob_arn], keys=None))
    assert code_of(other_s3.get_bucket_policy, Bucket=opened) == (405, "MethodNotAllowed")
    assert code_of(other_s3.delete_bucket_policy, Bucket=opened) == (405, "MethodNotAllowed")
    policy = people["bob"].get_bucket_policy(Bucket=opened)["Policy"]
    people["bob"].put_bucket_policy(Bucket=opened, Policy=policy)
    people["bob"].delete_bucket_policy(Bucket=opened)


def test_what_is_not_there_is_told_to_who_may_list(s3, anyone, opened):  # noqa: F811
    s3.put_object(Bucket=opened, Key="k", Body=b"x")
    put(s3, opened, statement(opened, "s3:GetObject*"))
    assert code_of(anyone.get_object, Bucket=opened, Key="none") == DENIED
    assert code_of(anyone.head_object, Bucket=opened, Key="none")[0] == 403
    assert code_of(anyone.get_object_tagging, Bucket=opened, Key="none") == DENIED
    assert body_of(anyone, opened, "k") == b"x"
    put(s3, opened, statement(opened, "s3:GetObject"),
        statement(opened, "s3:ListBucket", keys=None))
    assert code_of(anyone.get_object, Bucket=opened, Key="none") == (404, "NoSuchKey")
    assert code_of(anyone.head_object, Bucket=opened, Key="none")[0] == 404


def test_prefixes_of_a_listing(s3, anyone, opened):  # noqa: F811
    for key in ("a/1", "b/1"):
        s3.put_object(Bucket=opened, Key=key, Body=b"")
    put(s3, opened, statement(opened, "s3:ListBucket", keys=None, StringLike={"s3:prefix": "a/*"},
                              StringEqualsIfExists={"s3:delimiter": "/"},
                              NumericLessThanEqualsIfExists={"s3:max-keys": 10}))
    listed = anyone.list_objects_v2(Bucket=opened, Prefix="a/", MaxKeys=10, Delimiter="/")
    assert [o["Key"] for o in listed["Contents"]] == ["a/1"]
    for more in ({}, {"Prefix": "b/"}, {"Prefix": "a"}, {"Prefix": "a/", "MaxKeys": 11},
                 {"Prefix": "a/", "Delimiter": "1"}):
        assert code_of(anyone.list_objects_v2, Bucket=opened, **more) == DENIED


def test_tags_that_are_there_and_that_are_brought(s3, people, bob_arn, opened):
    bob = people["bob"]
    for value in ("yes", "no"):
        s3.put_object(Bucket=opened, Key=value, Body=b"x", Tagging=f"open={value}")
    put(s3, opened,
        statement(opened, "s3:GetObject", bob_arn,
                  StringEquals={"s3:ExistingObjectTag/open": "yes"}),
        statement(opened, ["s3:PutObject", "s3:PutObjectTagging"], bob_arn,
                  **{"StringEquals": {"s3:RequestObjectTag/team": "red"},
                     "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team", "more"]}}))
    assert body_of(bob, opened, "yes") == b"x"
    assert code_of(bob.get_object, Bucket=opened, Key="no") == DENIED
    assert code_of(bob.get_object, Bucket=opened, Key="none") == DENIED
    bob.put_object(Bucket=opened, Key="new", Body=b"", Tagging="team=red&more=1")
    for tags in ("team=blue", "more=1", "team=red&open=yes", ""):
        arguments = {"Tagging": tags} if tags else {}
        assert code_of(bob.put_object, Bucket=opened, Key="n2", Body=b"", **arguments) == DENIED
    # The same of a body, which is read before it is judged.
    tag_set = {"TagSet": [{"Key": "team", "Value": "red"}]}
    bob.put_object_tagging(Bucket=opened, Key="yes", Tagging=tag_set)
    assert s3.get_object_tagging(Bucket=opened, Key="yes")["TagSet"] == tag_set["TagSet"]
    tag_set["TagSet"][0]["Value"] = "blue"
    assert code_of(bob.put_object_tagging, Bucket=opened, Key="yes", Tagging=tag_set) == DENIED
    assert s3.get_object_tagging(Bucket=opened, Key="yes")["TagSet"][0]["Value"] == "red"


def claim_governance(params, **_):
    params["headers"]["x-amz-object-lock-mode"] = "GOVERNANCE"


def test_a_lock_that_a_body_asks_for(s3, people, bob_arn):
    """s3:object-lock-* of PutObjectRetention and PutObjectLegalHold is what their body says."""
    name = f"lock-{uuid.uuid4().hex[:16]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    bob, at = people["bob"], {"Bucket": name, "Key": "k"}
    s3.put_object(**at, Body=b"kept")
    put(s3, name,
        statement(name, "s3:PutObjectRetention", bob_arn,
                  StringEquals={"s3:object-lock-mode": "GOVERNANCE"},
                  NumericLessThanEquals={"s3:object-lock-remaining-retention-days": "10"},
                  DateLessThan={"s3:object-lock-retain-until-date": "2100-01-01T00:00:00Z"}),
        statement(name, "s3:PutObjectLegalHold", bob_arn,
                  StringEquals={"s3:object-lock-legal-hold": "ON"}))
    now = datetime.datetime.now(datetime.timezone.utc)

    def retain(mode, days):
        return {"Mode": mode, "RetainUntilDate": now + datetime.timedelta(days=days)}
    for mode, days in (("COMPLIANCE", 5), ("GOVERNANCE", 12)):
        assert code_of(bob.put_object_retention, **at, Retention=retain(mode, days)) == DENIED
    # A header that means nothing here does not pass for the body.
    bob.meta.events.register("before-call.s3.PutObjectRetention", claim_governance)
    assert code_of(bob.put_object_retention, **at, Retention=retain("COMPLIANCE", 5)) == DENIED
    bob.meta.events.unregister("before-call.s3.PutObjectRetention", claim_governance)
    bob.put_object_retention(**at, Retention=retain("GOVERNANCE", 5))
    assert s3.get_object_retention(**at)["Retention"]["Mode"] == "GOVERNANCE"
    assert code_of(bob.put_object_legal_hold, **at, LegalHold={"Status": "OFF"}) == DENIED
    bob.put_object_legal_hold(**at, LegalHold={"Status": "ON"})
    assert code_of(bob.put_object_legal_hold, **at, LegalHold={"Status": "OFF"}) == DENIED


def test_what_others_write_is_the_bucket_owners(s3, other, other_s3, opened):
    """With ACLs disabled; and nobody's own list is put in its place."""
    put(s3, opened, statement(opened, "s3:PutObject", other[0]["id"]))
    at = {"Bucket": opened, "Key": "k"}
    assert code_of(other_s3.put_object, **at, Body=b"x", ACL="private") == (
        400, "AccessControlListNotSupported")
    other_s3.put_object(**at, Body=b"x", ACL="bucket-owner-full-control")
    assert code_of(other_s3.get_object, **at) == DENIED
    assert body_of(s3, opened, "k") == b"x"


def test_tags_of_a_write_need_their_own_action(s3, people, bob_arn, opened):
    put(s3, opened, statement(opened, "s3:PutObject", bob_arn))
    bob = people["bob"]
    bob.put_object(Bucket=opened, Key="k", Body=b"")
    assert code_of(bob.put_object, Bucket=opened, Key="k", Body=b"", Tagging="a=b") == DENIED
    # If-Match tells what is there.
    assert code_of(bob.put_object, Bucket=opened, Key="k", Body=b"", IfMatch='"x"') == DENIED
    assert code_of(bob.put_object, Bucket=opened, Key="k", Body=b"",
                   IfNoneMatch="*") == (412, "PreconditionFailed")


def test_where_and_how_a_request_comes(s3, anyone, wire, opened):  # noqa: F811
    s3.put_object(Bucket=opened, Key="k", Body=b"x")
    target = f"/{opened}/k"

    def status(**condition):
        put(s3, opened, statement(opened, "s3:GetObject", **condition))
        headers = [("Referer", "https://example.org/page"), ("User-Agent", "tests/1")]
        return wire.anonymous("GET", target, headers=headers).status

    assert status(IpAddress={"aws:SourceIp": ["127.0.0.0/8", "::1/128"]}) == 200
    assert status(IpAddress={"aws:SourceIp": "203.0.113.0/24"}) == 403
    assert status(NotIpAddress={"aws:SourceIp": "203.0.113.0/24"}) == 200
    assert status(Bool={"aws:SecureTransport": "true"}) == 403
    assert status(Bool={"aws:SecureTransport": "false"}) == 200
    assert status(StringLike={"aws:Referer": "https://example.org/*"}) == 200
    assert status(StringLike={"aws:Referer": "https://example.com/*"}) == 403
    assert status(StringEquals={"aws:UserAgent": "tests/1"}) == 200
    assert status(DateGreaterThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"}) == 200
    assert status(DateLessThan={"aws:CurrentTime": "2020-01-01T00:00:00Z"}) == 403
    assert status(NumericGreaterThan={"aws:EpochTime": "1577836800"}) == 200
    assert status(StringEquals={"aws:PrincipalType": "Anonymous"}) == 200
    assert status(Null={"aws:PrincipalArn": "true", "s3:authType": "true"}) == 200
    assert status(StringEquals={"aws:SourceVpc": "vpc-1"}) == 403
    assert status(NumericEqualsIfExists={"s3:TlsVersion": "1.2"}) == 200


def test_how_a_request_is_signed(s3, wire, opened):
    s3.put_object(Bucket=opened, Key="k", Body=b"x")
    deny = {"effect": "Deny"}
    presigned = wire.signer().presign("GET", wire.host, f"/{opened}/k")
    for condition, header, query in [
            ({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}, 200, 403),
            ({"StringEquals": {"s3:authType": "REST-HEADER"}}, 403, 200),
            ({"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}}, 200, 403),
            ({"NumericGreaterThan": {"s3:signatureAge": "600000"}}, 200, 200),
            ({"NumericLessThan": {"s3:signatureAge": "600000"}}, 403, 403),
            ({"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, 200, 200)]:
        put(s3, opened, statement(opened, "s3:GetObject", **deny, **condition))
        assert wire.request("GET", f"/{opened}/k").status == header, condition
        assert wire.anonymous("GET", presigned).status == query, condition


def test_what_a_write_says_of_the_object(s3, people, bob_arn, opened):
    bob = people["bob"]
    put(s3, opened, statement(opened, "s3:PutObject", bob_arn,
                              StringEquals={"s3:x-amz-storage-class": "STANDARD"}),
        statement(opened, "s3:PutObject", effect="Deny",
                  Null={"s3:x-amz-website-redirect-location": "false"}))
    bob.put_object(Bucket=opened, Key="k", Body=b"", StorageClass="STANDARD")
    assert code_of(bob.put_object, Bucket=opened, Key="k", Body=b"") == DENIED
    assert code_of(s3.put_object, Bucket=opened, Key="k", Body=b"",
                   WebsiteRedirectLocation="/x") == DENIED
    # An upload in parts is one, too: judged when it begins, by what its parts then do not repeat.
    assert code_of(bob.create_multipart_upload, Bucket=opened, Key="m") == DENIED
    at = {"Bucket": opened, "Key": "m"}
    at["UploadId"] = bob.create_multipart_upload(**at, StorageClass="STANDARD")["UploadId"]
    tag = bob.upload_part(**at, PartNumber=1, Body=b"part")["ETag"]
    bob.complete_multipart_upload(**at, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    theirs = {"Bucket": opened, "Key": "t"}
    theirs["UploadId"] = s3.create_multipart_upload(**theirs)["UploadId"]
    assert code_of(bob.upload_part, **theirs, PartNumber=1, Body=b"part") == DENIED
    s3.upload_part(**theirs, PartNumber=1, Body=b"part")


def test_deleting_many_judges_each_key(s3, anyone, opened):  # noqa: F811
    for key in ("a/1", "a/2", "b/1"):
        s3.put_object(Bucket=opened, Key=key, Body=b"")
    put(s3, opened, statement(opened, "s3:DeleteObject", keys="a/*"),
        statement(opened, "s3:DeleteObject", effect="Deny", keys="a/2"))
    asked = {"Objects": [{"Key": k} for k in ("a/1", "a/2", "b/1")]}
    done = anyone.delete_objects(Bucket=opened, Delete=asked)
    assert [d["Key"] for d in done["Deleted"]] == ["a/1"]
    assert {e["Key"]: e["Code"] for e in done["Errors"]} == {"a/2": "AccessDenied",
                                                             "b/1": "AccessDenied"}
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=opened)["Contents"]] == ["a/2", "b/1"]


def test_an_etag_is_compared_for_who_may_read(s3, people, bob_arn, opened):
    tag = s3.put_object(Bucket=opened, Key="k", Body=b"x")["ETag"]
    put(s3, opened, statement(opened, "s3:DeleteObject", bob_arn))
    bob = people["bob"]
    assert code_of(bob.delete_object, Bucket=opened, Key="k", IfMatch='"other"') == DENIED
    done = bob.delete_objects(Bucket=opened, Delete={"Objects": [{"Key": "k", "ETag": "other"}]})
    assert [e["Code"] for e in done["Errors"]] == ["AccessDenied"]
    put(s3, opened, statement(opened, ["s3:DeleteObject", "s3:GetObject"], bob_arn))
    assert code_of(bob.delete_object, Bucket=opened, Key="k",
                   IfMatch='"other"') == (412, "PreconditionFailed")
    bob.delete_object(Bucket=opened, Key="k", IfMatch=tag)


def test_a_copy_is_judged_on_both_sides_GHSA_wfxj_ph3v_7mjf(s3, other_s3, opened):
    source = opened
    s3.put_object(Bucket=source, Key="open/k", Body=b"x")
    s3.put_object(Bucket=source, Key="closed/k", Body=b"x")
    s3.put_object(Bucket=source, Key="open/tagged", Body=b"x", Tagging="a=b")
    put(s3, source, statement(source, "s3:GetObject", keys="open/*"))
    target = unique("target")
    other_s3.create_bucket(Bucket=target)

    def copy(client, key, **more):
        return client.copy_object(Bucket=target, Key="copy", CopySource={"Bucket": source, "Key": key},
                                  **more)

    copy(other_s3, "open/k")
    assert body_of(other_s3, target, "copy") == b"x"
    assert code_of(copy, client=other_s3, key="closed/k") == DENIED
    assert code_of(copy, client=other_s3, key="open/none") == DENIED
    assert code_of(copy, client=s3, key="open/k") == DENIED  # it is not its bucket
    # A version that is named is another action; tags are copied by who may read them.
    versioned = {"Bucket": source, "Key": "open/k", "VersionId": "null"}
    assert code_of(other_s3.copy_object, Bucket=target, Key="v", CopySource=versioned) == DENIED
    assert code_of(copy, client=other_s3, key="open/tagged") == DENIED
    copy(other_s3, "open/tagged", TaggingDirective="REPLACE", Tagging="c=d")
    # The target's policy may ask where it comes from, however that is written.
    put(other_s3, target, statement(target, "s3:PutObject", effect="Deny",
                                    StringLike={"s3:x-amz-copy-source": f"{source}/open/*"}))
    for written in (f"{source}/open/k", f"/{source}/open/k", f"/{source}/%6fpen/k"):
        assert code_of(other_s3.copy_object, Bucket=target, Key="c", CopySource=written) == DENIED
        upload = other_s3.create_multipart_upload(Bucket=target, Key="c")["UploadId"]
        assert code_of(other_s3.upload_part_copy, Bucket=target, Key="c", UploadId=upload,
                       PartNumber=1, CopySource=written) == DENIED


def test_public_access_block(s3, other, other_s3, anyone, people, bob_arn, bucket):  # noqa: F811
    """A new bucket takes no public policy; one that has one can be closed without touching it."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    public = statement(bucket, "s3:GetObject")
    document = json.dumps({"Version": "2012-10-17", "Statement": [public]})
    assert code_of(s3.put_bucket_policy, Bucket=bucket, Policy=document) == DENIED
    # What is given to somebody is not public.
    put(s3, bucket, statement(bucket, "s3:GetObject", [other[0]["id"], bob_arn]))
    assert body_of(other_s3, bucket, "k") == b"x" and body_of(people["bob"], bucket, "k") == b"x"
    status = s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]
    assert status == {"IsPublic": False}
    flags = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False,
             "RestrictPublicBuckets": False}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=flags)
    put(s3, bucket, public, statement(bucket, "s3:GetObject", other[0]["id"]))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}
    assert body_of(anyone, bucket, "k") == b"x"
    flags["RestrictPublicBuckets"] = True
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=flags)
    assert code_of(anyone.get_object, Bucket=bucket, Key="k") == DENIED
    assert code_of(other_s3.get_object, Bucket=bucket, Key="k") == DENIED
    assert body_of(people["bob"], bucket, "k") == b"x" and body_of(s3, bucket, "k") == b"x"
    # A network of one's own, or a wide one.
    flags["BlockPublicPolicy"] = True
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=flags)
    put(s3, bucket, {**public, "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}})
    assert body_of(anyone, bucket, "k") == b"x"
    public["Condition"] = {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [public]})
    assert code_of(s3.put_bucket_policy, Bucket=bucket, Policy=document) == DENIED


def test_policy_status_of_a_public_list(s3):
    name = unique("listed")
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"] == {"IsPublic": False}
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_acl(Bucket=name, ACL="public-read")
    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"] == {"IsPublic": True}


def test_policies_that_mean_nothing_here(s3, server, other, opened):
    bucket = opened

    def refusal(**change):
        document = {"Version": "2012-10-17", "Statement": [{**statement(bucket, "s3:GetObject"),
                                                            **change}]}
        assert code_of(s3.put_bucket_policy, Bucket=bucket, Policy=json.dumps(document)) == MALFORMED

    refusal(Action="s3:Nope")
    refusal(Action="s3:Get*Nope")
    refusal(Action="ec2:RunInstances")
    refusal(Action="s3:CreateBucket*x")
    refusal(Resource="arn:aws:s3:::another/*")
    refusal(Resource=f"arn:aws:s3:::{bucket}-more/*")
    refusal(Action="s3:ListBucket")
    refusal(Action=["s3:GetObject", "s3:ListBucket"])
    refusal(Resource=f"arn:aws:s3:::{bucket}")
    refusal(Principal={"AWS": "999999999999"})
    refusal(Principal={"AWS": f"arn:aws:iam::{other[0]['id']}:user/nobody"})
    refusal(Principal={"AWS": f"arn:aws:iam::{other[0]['id']}:role/none"})
    refusal(Principal={"CanonicalUser": "0" * 64})
    refusal(Condition={"StringEquals": {"s3:NoSuchKey": "x"}})
    refusal(Condition={"StringEquals": {"aws:NoSuchKey": "x"}})
    assert code_of(s3.get_bucket_policy, Bucket=bucket) == NO_POLICY
    for good in ({"Resource": f"arn:aws:s3:::{bucket[:4]}*/*"}, {"Resource": "arn:aws:s3:::*/*"},
                 {"Resource": "*"}, {"Action": "*"}, {"Action": "S3:getOBJECT"},
                 {"Principal": {"CanonicalUser": other[0]["canonical_id"]}},
                 {"Principal": {"Service": "cloudfront.amazonaws.com"}},
                 {"Condition": {"StringEquals": {"AWS:sourcevpce": "vpce-1"}}}):
        put(s3, bucket, {**statement(bucket, "s3:GetObject"), **good})


def test_a_user_made_again_is_another(server, s3, opened):
    account = server.operator()
    name = "twice"

    def make():
        server.admin("user", "create", "--account", account, "--name", name)
        key = server.admin("key", "create", "--account", account, "--user", name)
        return key["access_key"], s3_client(server, Keys(key["access_key"], key["secret_key"]))

    key, first = make()
    s3.put_object(Bucket=opened, Key="k", Body=b"x")
    put(s3, opened, statement(opened, "s3:GetObject", f"arn:aws:iam::{account}:user/{name}"))
    assert body_of(first, opened, "k") == b"x"
    server.cli("admin", "key", "delete", key)
    server.cli("admin", "user", "delete", "--account", account, "--name", name)
    _, second = make()
    assert code_of(second.get_object, Bucket=opened, Key="k") == DENIED


def test_a_policy_survives_a_restart_and_goes_with_its_bucket():
    with Server() as server:
        client = s3_client(server)
        nobody = boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1",
                              config=botocore.config.Config(signature_version=botocore.UNSIGNED))
        client.create_bucket(Bucket="kept")
        client.delete_public_access_block(Bucket="kept")
        client.put_object(Bucket="kept", Key="k", Body=b"x")
        put(client, "kept", statement("kept", "s3:GetObject"))
        text = client.get_bucket_policy(Bucket="kept")["Policy"]
        server.kill()
        server.start()
        client = s3_client(server)
        nobody = boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1",
                              config=botocore.config.Config(signature_version=botocore.UNSIGNED))
        assert client.get_bucket_policy(Bucket="kept")["Policy"] == text
        assert body_of(nobody, "kept", "k") == b"x"
        client.delete_object(Bucket="kept", Key="k")
        client.delete_bucket(Bucket="kept")
        client.create_bucket(Bucket="kept")
        assert code_of(client.get_bucket_policy, Bucket="kept") == NO_POLICY
        block = client.get_public_access_block(Bucket="kept")["PublicAccessBlockConfiguration"]
        assert all(block.values())


def test_who_is_of_the_account_is_told_what_denied(server, s3, anyone, wire, opened):  # noqa: F811
    s3.put_object(Bucket=opened, Key="k", Body=b"x")
    put(s3, opened, {**statement(opened, "s3:GetObject", effect="Deny"), "Sid": "Closed"})
    answer = refused(wire.request("GET", f"/{opened}/k"), *DENIED)
    assert "explicit deny in a resource-based policy" in answer.findtext("Message")
    stranger = refused(wire.anonymous("GET", f"/{opened}/k"), *DENIED)
    assert stranger.findtext("Message") == "Access Denied"


def test_hoisted_headers_are_judged(s3, wire, opened):
    """What a presigner moved into the query is what the policy sees."""
    put(s3, opened, statement(opened, "s3:PutObject", effect="Deny",
                              StringEquals={"s3:x-amz-storage-class": "STANDARD_IA"}))
    for value, status in (("STANDARD", 200), ("STANDARD_IA", 403)):
        target = wire.signer().presign("PUT", wire.host,
                                       f"/{opened}/k?x-amz-storage-class={encode(value)}")
        assert wire.anonymous("PUT", target, b"x").status == status
