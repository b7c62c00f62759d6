"""S3 by the policies of users, groups and roles: what is given, limited, denied, and told."""
import json

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

from sdk import code_of, s3_client
from server import Keys, Server

DENIED = (403, "AccessDenied")


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


def client(service, server, keys, token=None):
    return boto3.client(service, endpoint_url=server.endpoint, region_name="us-east-1",
                        aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
                        aws_session_token=token,
                        config=botocore.config.Config(retries={"total_max_attempts": 1},
                                                      s3={"addressing_style": "path"}))


class Tenant:
    """An account with a bucket, "k" and "team/k" in it, and a user bob."""

    def __init__(self, server, name):
        self.server = server
        account, self.root_keys = server.new_account(name)
        self.id = account["id"]
        self.canonical_id = account.get("canonical_id")
        self.root = s3_client(server, self.root_keys)
        self.iam = client("iam", server, self.root_keys)
        self.bucket = f"{name}-data"
        self.root.create_bucket(Bucket=self.bucket)
        for key in ("k", "team/k"):
            self.root.put_object(Bucket=self.bucket, Key=key, Body=b"x")
        self.bob_keys = self.make_user("bob")
        self.bob = s3_client(server, self.bob_keys)

    def make_user(self, name):
        self.iam.create_user(UserName=name)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Keys(key["AccessKeyId"], key["SecretAccessKey"])

    def give(self, *statements, name="p", user="bob"):
        self.iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=policy(*statements))

    def arn(self, key=None):
        return f"arn:aws:s3:::{self.bucket}" + (f"/{key}" if key else "")


@pytest.fixture(scope="module")
def served():
    with Server() as running:
        yield running


@pytest.fixture
def tenant(served, request):
    return Tenant(served, f"t{abs(hash(request.node.name)) % 10**10}")


def test_a_user_does_what_its_policies_say_and_no_more(tenant):
    bucket = tenant.bucket
    assert code_of(tenant.bob.get_object, Bucket=bucket, Key="k") == DENIED
    assert code_of(tenant.bob.list_buckets) == DENIED
    tenant.give(allow("s3:GetObject", tenant.arn("team/*")))
    assert tenant.bob.get_object(Bucket=bucket, Key="team/k")["Body"].read() == b"x"
    for call, more in [("get_object", {"Key": "k"}), ("put_object", {"Key": "team/n"}),
                       ("delete_object", {"Key": "team/k"}), ("list_objects_v2", {}),
                       ("get_bucket_policy", {}), ("delete_bucket", {})]:
        assert code_of(getattr(tenant.bob, call), Bucket=bucket, **more) == DENIED, call
    # What is not there is told to who may list.
    assert code_of(tenant.bob.get_object, Bucket=bucket, Key="team/none") == DENIED
    tenant.give(allow("s3:ListBucket", tenant.arn()), name="list")
    assert code_of(tenant.bob.get_object, Bucket=bucket, Key="team/none") == (404, "NoSuchKey")
    assert [o["Key"] for o in tenant.bob.list_objects_v2(Bucket=bucket)["Contents"]] == ["k", "team/k"]


def test_buckets_of_users_are_their_accounts(tenant):
    tenant.give(allow("s3:*"))
    mine = f"{tenant.bucket}-bobs"
    tenant.bob.create_bucket(Bucket=mine)
    tenant.bob.put_object(Bucket=mine, Key="a", Body=b"y")
    assert {b["Name"] for b in tenant.root.list_buckets()["Buckets"]} == {mine, tenant.bucket}
    assert {b["Name"] for b in tenant.bob.list_buckets()["Buckets"]} == {mine, tenant.bucket}
    assert tenant.root.get_object(Bucket=mine, Key="a")["Body"].read() == b"y"
    found = tenant.bob.delete_objects(Bucket=mine, Delete={"Objects": [{"Key": "a"}]})
    assert [d["Key"] for d in found["Deleted"]] == ["a"]
    tenant.bob.delete_bucket(Bucket=mine)


def test_delete_objects_is_judged_key_by_key(tenant):
    tenant.give(allow("s3:DeleteObject", tenant.arn("team/*")))
    done = tenant.bob.delete_objects(Bucket=tenant.bucket,
                                     Delete={"Objects": [{"Key": "k"}, {"Key": "team/k"}]})
    assert [d["Key"] for d in done["Deleted"]] == ["team/k"]
    assert [(e["Key"], e["Code"]) for e in done["Errors"]] == [("k", "AccessDenied")]


def test_a_copy_needs_both_ends(tenant):
    tenant.give(allow("s3:PutObject", tenant.arn("team/*")))
    copy = {"Bucket": tenant.bucket, "Key": "team/copy",
            "CopySource": {"Bucket": tenant.bucket, "Key": "k"}}
    assert code_of(tenant.bob.copy_object, **copy) == DENIED
    tenant.give(allow("s3:PutObject", tenant.arn("team/*")), allow("s3:GetObject", tenant.arn("k")))
    tenant.bob.copy_object(**copy)


def test_groups_boundaries_and_denials(tenant):
    iam, bucket = tenant.iam, tenant.bucket
    iam.create_group(GroupName="staff")
    iam.attach_group_policy(GroupName="staff", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    tenant.bob.put_object(Bucket=bucket, Key="n", Body=b"1")
    limit = iam.create_policy(PolicyName="limit",
                              PolicyDocument=policy(allow("s3:Get*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=limit)
    assert tenant.bob.get_object(Bucket=bucket, Key="n")["Body"].read() == b"1"
    assert code_of(tenant.bob.put_object, Bucket=bucket, Key="n") == DENIED
    # A bucket's policy that names the user gives it that past its boundary; a denial is heard.
    bob = f"arn:aws:iam::{tenant.id}:user/bob"
    named = {"Principal": {"AWS": bob}}
    tenant.root.put_bucket_policy(Bucket=bucket, Policy=policy(
        allow("s3:PutObject", tenant.arn("*"), **named)))
    tenant.bob.put_object(Bucket=bucket, Key="n", Body=b"2")
    tenant.root.put_bucket_policy(Bucket=bucket, Policy=policy(
        deny("s3:GetObject", tenant.arn("*"), **named)))
    assert code_of(tenant.bob.get_object, Bucket=bucket, Key="n") == DENIED
    iam.delete_user_permissions_boundary(UserName="bob")
    tenant.bob.put_object(Bucket=bucket, Key="n", Body=b"3")


def test_across_accounts_both_sides_have_to_agree(served, tenant):
    other = Tenant(served, f"{tenant.bucket[:-5]}o")
    key = {"Bucket": tenant.bucket, "Key": "k"}
    other.give(allow("s3:*"))
    assert code_of(other.bob.get_object, **key) == DENIED
    tenant.root.put_bucket_policy(Bucket=tenant.bucket, Policy=policy(
        allow("s3:GetObject", tenant.arn("*"),
              Principal={"AWS": f"arn:aws:iam::{other.id}:root"})))
    assert other.bob.get_object(**key)["Body"].read() == b"x"
    assert other.root.get_object(**key)["Body"].read() == b"x"
    assert code_of(other.bob.delete_object, **key) == DENIED
    other.give(allow("s3:PutObject"))
    assert code_of(other.bob.get_object, **key) == DENIED
    # The operator is a stranger like all others.
    assert code_of(s3_client(served).get_object, **key) == DENIED


def test_a_role_named_by_a_bucket_and_its_sessions(served, tenant):
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"AWS": f"arn:aws:iam::{tenant.id}:root"}}]}
    role = tenant.iam.create_role(RoleName="ops", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    tenant.give(allow("sts:AssumeRole", role["Arn"]))
    sts = client("sts", served, tenant.bob_keys)

    def session(name, **more):
        answer = sts.assume_role(RoleArn=role["Arn"], RoleSessionName=name, **more)
        keys = answer["Credentials"]
        return client("s3", served, Keys(keys["AccessKeyId"], keys["SecretAccessKey"]),
                      keys["SessionToken"]), answer["AssumedRoleUser"]["Arn"]

    key = {"Bucket": tenant.bucket, "Key": "k"}
    alice, arn = session("alice")
    limited, _ = session("alice", Policy=policy(allow("s3:List*")))
    assert code_of(alice.get_object, **key) == DENIED

    def put(principal):
        tenant.root.put_bucket_policy(Bucket=tenant.bucket, Policy=policy(
            allow("s3:GetObject", tenant.arn("*"), Principal={"AWS": principal})))

    put(role["Arn"])
    assert alice.get_object(**key)["Body"].read() == b"x"
    assert code_of(limited.get_object, **key) == DENIED
    put(arn)
    assert alice.get_object(**key)["Body"].read() == b"x"
    assert limited.get_object(**key)["Body"].read() == b"x"
    assert code_of(session("mallory")[0].get_object, **key) == DENIED


def test_conditions_of_who_asks_and_what_is_there(tenant):
    bucket = tenant.bucket
    tenant.root.put_object_tagging(Bucket=bucket, Key="k", Tagging={
        "TagSet": [{"Key": "team", "Value": "red"}]})
    tenant.iam.tag_user(UserName="bob", Tags=[{"Key": "team", "Value": "red"}])
    tenant.give(allow("s3:GetObject", Condition={
        "StringEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}"}}))
    assert tenant.bob.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert code_of(tenant.bob.get_object, Bucket=bucket, Key="team/k") == DENIED
    tenant.give(allow("s3:PutObject", tenant.arn("${aws:username}/*")))
    tenant.bob.put_object(Bucket=bucket, Key="bob/a", Body=b"1")
    assert code_of(tenant.bob.put_object, Bucket=bucket, Key="eve/a") == DENIED
    tenant.give(allow("s3:ListBucket", Condition={"StringEquals": {"s3:prefix": "team/"}}))
    tenant.bob.list_objects_v2(Bucket=bucket, Prefix="team/")
    assert code_of(tenant.bob.list_objects_v2, Bucket=bucket, Prefix="") == DENIED
    tenant.give(allow("s3:*", Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))
    assert code_of(tenant.bob.get_object, Bucket=bucket, Key="k") == DENIED


def test_who_is_of_the_account_is_told_why(tenant):
    def message():
        with pytest.raises(ClientError) as caught:
            tenant.bob.get_object(Bucket=tenant.bucket, Key="k")
        return caught.value.response["Error"]["Message"]

    begin = (f"User: arn:aws:iam::{tenant.id}:user/bob is not authorized to perform: s3:GetObject "
             f'on resource: "{tenant.arn("k")}" ')
    assert message() == begin + "because no identity-based policy allows the s3:GetObject action"
    tenant.give(allow("s3:*"), deny("s3:Get*"))
    assert message() == begin + "with an explicit deny in an identity-based policy"


def test_renamed_users_keep_what_they_had_and_namesakes_do_not_get_it(tenant):
    bob = f"arn:aws:iam::{tenant.id}:user/bob"
    key = {"Bucket": tenant.bucket, "Key": "k"}
    tenant.root.put_bucket_policy(Bucket=tenant.bucket, Policy=policy(
        allow("s3:GetObject", tenant.arn("*"), Principal={"AWS": bob})))
    assert tenant.bob.get_object(**key)["Body"].read() == b"x"
    tenant.iam.update_user(UserName="bob", NewUserName="robert")
    assert tenant.bob.get_object(**key)["Body"].read() == b"x"
    assert code_of(s3_client(tenant.server, tenant.make_user("bob")).get_object, **key) == DENIED
