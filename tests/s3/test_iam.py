"""IAM's query API as boto3 and aws-cli use it: every call, its paging, its refusals."""
import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import pytest

from sdk import code_of, s3_client
from server import ROOT, Server, clean_environment
from sigv4 import Keys

AWS = ROOT / "build" / "venv" / "bin" / "aws"
READ_ALL = {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
FULL_S3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


def aws_client(service, server, keys=None):
    keys = keys or server.keys
    return boto3.client(service, endpoint_url=server.endpoint, region_name="us-east-1",
                        aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
                        config=botocore.config.Config(retries={"total_max_attempts": 1},
                                                      parameter_validation=False))


def trust(account):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}]})


@pytest.fixture(scope="module")
def served():
    with Server() as running:
        yield running


@pytest.fixture
def tenant(served, request):
    """A fresh account: (id, client of its root)."""
    name = f"t{abs(hash(request.node.name)) % 10**10}"
    account, keys = served.new_account(name)
    return account["id"], aws_client("iam", served, keys)


def make_user(served, iam, name, **more):
    """(client class of its keys)"""
    iam.create_user(UserName=name, **more)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


def all_pages(iam, operation, member, size=2, **arguments):
    pages = iam.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **arguments)
    return [one for page in pages for one in page[member]]


# --- users ---

def test_a_user_from_its_making_to_its_end(tenant):
    account, iam = tenant
    made = iam.create_user(UserName="ann", Path="/team/", Tags=[{"Key": "Team", "Value": "a b"}])
    user = made["User"]
    assert user["Arn"] == f"arn:aws:iam::{account}:user/team/ann"
    assert user["UserId"].startswith("AIDA")
    assert user["Tags"] == [{"Key": "Team", "Value": "a b"}]
    assert int(made["ResponseMetadata"]["HTTPHeaders"]["x-muzn-leaf"]) > 0
    assert iam.get_user(UserName="ANN")["User"] == user
    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/")
    assert code_of(iam.get_user, UserName="ann") == (404, "NoSuchEntity")
    assert iam.get_user(UserName="anna")["User"]["UserId"] == user["UserId"]
    iam.delete_user(UserName="anna")
    assert iam.list_users()["Users"] == []
    assert code_of(iam.delete_user, UserName="anna") == (404, "NoSuchEntity")


def test_names_and_paths_are_checked(tenant):
    _, iam = tenant
    iam.create_user(UserName="ann")
    for name in ("ann", "ANN"):
        assert code_of(iam.create_user, UserName=name) == (409, "EntityAlreadyExists")
    for name in ("a b", "a/b", "é", "x" * 65):
        assert code_of(iam.create_user, UserName=name) == (400, "ValidationError"), name
    for path in ("team", "/team", "team/", "/té/", "/" + "x" * 511 + "/"):
        assert code_of(iam.create_user, UserName="bob", Path=path) == (400, "ValidationError"), path


def test_listings_have_pages_and_prefixes(tenant):
    _, iam = tenant
    for number, name in enumerate(["d", "B", "a", "C", "e"]):
        iam.create_user(UserName=name, Path=f"/p{number % 2}/")
    for size in (1, 2, 5, 100):
        names = [u["UserName"] for u in all_pages(iam, "list_users", "Users", size)]
        assert names == ["a", "B", "C", "d", "e"], size
    some = all_pages(iam, "list_users", "Users", 1, PathPrefix="/p1")
    assert [u["UserName"] for u in some] == ["B", "C"]
    assert code_of(iam.list_users, Marker="%%") == (400, "ValidationError")


def test_the_caller_is_meant_where_no_user_is_named(served, tenant):
    account, iam = tenant
    assert iam.get_user()["User"]["Arn"] == f"arn:aws:iam::{account}:root"
    keys = make_user(served, iam, "ann")
    iam.put_user_policy(UserName="ann", PolicyName="self", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["iam:GetUser", "iam:*AccessKey*"],
             "Resource": f"arn:aws:iam::{account}:user/ann"}]}))
    own = aws_client("iam", served, keys)
    assert own.get_user()["User"]["UserName"] == "ann"
    assert len(own.list_access_keys()["AccessKeyMetadata"]) == 1
    iam.create_user(UserName="bob")
    status, code = code_of(own.get_user, UserName="bob")
    assert (status, code) == (403, "AccessDenied")


def test_users_have_no_rights_of_their_own(served, tenant):
    _, iam = tenant
    own = aws_client("iam", served, make_user(served, iam, "ann"))
    for call in (own.list_users, own.get_account_summary, own.list_policies, own.get_user):
        assert code_of(call) == (403, "AccessDenied"), call
    assert aws_client("sts", served, Keys(*_keys(own))).get_caller_identity()["Arn"].endswith("/ann")


def _keys(client):
    given = client._request_signer._credentials
    return given.access_key, given.secret_key


def test_accounts_do_not_see_each_other(served, tenant):
    _, iam = tenant
    _, keys = served.new_account(f"stranger{abs(hash(served.endpoint)) % 10**6}")
    stranger = aws_client("iam", served, keys)
    iam.create_user(UserName="ann")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(READ_ALL))["Policy"]["Arn"]
    assert stranger.list_users()["Users"] == []
    assert code_of(stranger.get_user, UserName="ann") == (404, "NoSuchEntity")
    assert code_of(stranger.delete_policy, PolicyArn=arn) == (404, "NoSuchEntity")
    assert code_of(stranger.get_policy, PolicyArn=arn) == (404, "NoSuchEntity")
    stranger.create_user(UserName="eve")
    assert code_of(stranger.attach_user_policy, UserName="eve", PolicyArn=arn) == (
        404, "NoSuchEntity")


# --- keys ---

def test_keys_of_a_user(served, tenant):
    _, iam = tenant
    iam.create_user(UserName="ann")
    first = iam.create_access_key(UserName="ann")["AccessKey"]
    second = iam.create_access_key(UserName="ann")["AccessKey"]
    assert code_of(iam.create_access_key, UserName="ann") == (409, "LimitExceeded")
    listed = all_pages(iam, "list_access_keys", "AccessKeyMetadata", 1, UserName="ann")
    assert {k["AccessKeyId"] for k in listed} == {first["AccessKeyId"], second["AccessKeyId"]}
    assert "SecretAccessKey" not in listed[0]
    sts = aws_client("sts", served, Keys(first["AccessKeyId"], first["SecretAccessKey"]))
    sts.get_caller_identity()
    iam.update_access_key(UserName="ann", AccessKeyId=first["AccessKeyId"], Status="Inactive")
    assert code_of(sts.get_caller_identity)[0] == 403
    used = iam.get_access_key_last_used(AccessKeyId=first["AccessKeyId"])
    assert used["UserName"] == "ann"
    assert code_of(iam.delete_user, UserName="ann") == (409, "DeleteConflict")
    # A key is found only under its user.
    iam.create_user(UserName="bob")
    assert code_of(iam.delete_access_key, UserName="bob", AccessKeyId=first["AccessKeyId"]) == (
        404, "NoSuchEntity")
    for key in (first, second):
        iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="ann")


# --- groups ---

def test_groups_and_who_is_in_them(tenant):
    account, iam = tenant
    group = iam.create_group(GroupName="devs", Path="/x/")["Group"]
    assert group["Arn"] == f"arn:aws:iam::{account}:group/x/devs"
    assert code_of(iam.create_group, GroupName="DEVS") == (409, "EntityAlreadyExists")
    for name in ("ann", "bob", "cat"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="devs", UserName=name)
        iam.add_user_to_group(GroupName="devs", UserName=name)
    names = [u["UserName"] for u in all_pages(iam, "get_group", "Users", GroupName="devs")]
    assert names == ["ann", "bob", "cat"]
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="ann")["Groups"]] == ["devs"]
    iam.update_group(GroupName="devs", NewGroupName="makers")
    assert iam.list_groups_for_user(UserName="ann")["Groups"][0]["GroupId"] == group["GroupId"]
    assert code_of(iam.delete_group, GroupName="makers") == (409, "DeleteConflict")
    assert code_of(iam.delete_user, UserName="ann") == (409, "DeleteConflict")
    for name in ("ann", "bob", "cat"):
        iam.remove_user_from_group(GroupName="makers", UserName=name)
    iam.delete_group(GroupName="makers")
    assert iam.list_groups()["Groups"] == []


# --- what users, groups and roles hold ---

@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_inline_and_attached_policies(tenant, kind):
    account, iam = tenant
    who = {f"{kind.capitalize()}Name": "x"}
    def call(pattern, **arguments):
        return getattr(iam, pattern.format(kind))(**who, **arguments)
    assert code_of(lambda: call("list_{}_policies")) == (404, "NoSuchEntity")
    extra = {"AssumeRolePolicyDocument": trust(account)} if kind == "role" else {}
    call("create_{}", **extra)
    for name in ("b", "a", "c"):
        call("put_{}_policy", PolicyName=name, PolicyDocument=json.dumps(READ_ALL))
    assert all_pages(iam, f"list_{kind}_policies", "PolicyNames", **who) == ["a", "b", "c"]
    got = call("get_{}_policy", PolicyName="b")
    assert got["PolicyDocument"] == READ_ALL
    assert code_of(lambda: call("get_{}_policy", PolicyName="z")) == (404, "NoSuchEntity")
    call("attach_{}_policy", PolicyArn=FULL_S3)
    call("attach_{}_policy", PolicyArn=FULL_S3)
    listed = call("list_attached_{}_policies")["AttachedPolicies"]
    assert listed == [{"PolicyName": "AmazonS3FullAccess", "PolicyArn": FULL_S3}]
    assert code_of(lambda: call("attach_{}_policy", PolicyArn=FULL_S3 + "Nope")) == (
        404, "NoSuchEntity")
    assert code_of(lambda: call("delete_{}")) == (409, "DeleteConflict")
    call("detach_{}_policy", PolicyArn=FULL_S3)
    assert code_of(lambda: call("detach_{}_policy", PolicyArn=FULL_S3)) == (404, "NoSuchEntity")
    for name in ("a", "b", "c"):
        call("delete_{}_policy", PolicyName=name)
    assert code_of(lambda: call("delete_{}_policy", PolicyName="a")) == (404, "NoSuchEntity")
    call("delete_{}")


@pytest.mark.parametrize("text", [
    "{", "[]", "{}", '"x"', '{"Version":"2012-10-17"}',
    '{"Version":"2010-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",'
    '"Principal":"*"}]}',
    '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*",'
    '"Resource":"*"}]}',
    '{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},'
    '{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}',
    "[" * 200 + "]" * 200,
])
def test_malformed_policies(served, text):
    iam = aws_client("iam", served)
    want = (400, "MalformedPolicyDocument")
    assert code_of(iam.create_policy, PolicyName="bad", PolicyDocument=text) == want
    name = f"u{abs(hash(text)) % 10**8}"
    iam.create_user(UserName=name)
    assert code_of(iam.put_user_policy, UserName=name, PolicyName="p",
                   PolicyDocument=text) == want
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == []
    iam.delete_user(UserName=name)


# --- managed policies ---

def test_a_policy_and_its_versions(tenant):
    account, iam = tenant
    made = iam.create_policy(PolicyName="reader", Path="/p/", Description="reads",
                             PolicyDocument=json.dumps(READ_ALL),
                             Tags=[{"Key": "k", "Value": "v"}])["Policy"]
    arn = made["Arn"]
    assert arn == f"arn:aws:iam::{account}:policy/p/reader"
    assert made["DefaultVersionId"] == "v1" and made["AttachmentCount"] == 0
    got = iam.get_policy(PolicyArn=arn)["Policy"]
    assert got["Description"] == "reads" and got["Tags"] == [{"Key": "k", "Value": "v"}]
    other = {**READ_ALL, "Id": "second"}
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(other))
    assert version["PolicyVersion"]["VersionId"] == "v2"
    assert not version["PolicyVersion"]["IsDefaultVersion"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"] == other
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert code_of(iam.delete_policy_version, PolicyArn=arn, VersionId="v2") == (
        409, "DeleteConflict")
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(READ_ALL))
    assert code_of(iam.create_policy_version, PolicyArn=arn,
                   PolicyDocument=json.dumps(READ_ALL)) == (409, "LimitExceeded")
    listed = all_pages(iam, "list_policy_versions", "Versions", PolicyArn=arn)
    assert [v["VersionId"] for v in listed] == ["v5", "v4", "v3", "v2", "v1"]
    assert code_of(iam.delete_policy, PolicyArn=arn) == (409, "DeleteConflict")
    for version_id in ("v1", "v3", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version_id)
    for version_id in ("v1", "v99"):
        assert code_of(iam.get_policy_version, PolicyArn=arn, VersionId=version_id) == (
            404, "NoSuchEntity")
    assert code_of(iam.get_policy_version, PolicyArn=arn, VersionId="2") == (400, "ValidationError")
    iam.delete_policy(PolicyArn=arn)
    assert code_of(iam.get_policy, PolicyArn=arn) == (404, "NoSuchEntity")


def test_who_has_a_policy_and_which_are_listed(tenant):
    account, iam = tenant
    arns = [iam.create_policy(PolicyName=f"p{i}", PolicyDocument=json.dumps(READ_ALL))
            ["Policy"]["Arn"] for i in range(3)]
    iam.create_user(UserName="ann", PermissionsBoundary=arns[1])
    iam.create_group(GroupName="devs")
    iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust(account))
    iam.attach_user_policy(UserName="ann", PolicyArn=arns[0])
    iam.attach_group_policy(GroupName="devs", PolicyArn=arns[0])
    iam.attach_role_policy(RoleName="role", PolicyArn=arns[0])
    has = iam.list_entities_for_policy(PolicyArn=arns[0])
    assert [len(has[f"Policy{kind}s"]) for kind in ("User", "Group", "Role")] == [1, 1, 1]
    assert has["PolicyUsers"][0]["UserName"] == "ann"
    bound = iam.list_entities_for_policy(PolicyArn=arns[1])
    assert bound["PolicyUsers"][0]["UserName"] == "ann" and not bound["PolicyRoles"]
    only = iam.list_entities_for_policy(PolicyArn=arns[0], EntityFilter="Role")
    assert len(only["PolicyRoles"]) == 1 and not only["PolicyUsers"]
    policy = iam.get_policy(PolicyArn=arns[0])["Policy"]
    assert policy["AttachmentCount"] == 3
    assert code_of(iam.delete_policy, PolicyArn=arns[0]) == (409, "DeleteConflict")
    assert code_of(iam.delete_policy, PolicyArn=arns[1]) == (409, "DeleteConflict")
    def names(**arguments):
        return {p["PolicyName"] for p in all_pages(iam, "list_policies", "Policies", **arguments)}
    assert names(Scope="Local") == {"p0", "p1", "p2"}
    assert names(Scope="Local", OnlyAttached=True) == {"p0", "p1"}
    assert names(Scope="Local", PolicyUsageFilter="PermissionsBoundary") == {"p1"}
    assert "AmazonS3FullAccess" in names(Scope="AWS")
    assert names(Scope="AWS") | {"p0", "p1", "p2"} == names()
    assert code_of(iam.delete_policy, PolicyArn=FULL_S3) == (403, "AccessDenied")
    aws = iam.get_policy(PolicyArn=FULL_S3)["Policy"]
    assert aws["DefaultVersionId"] == "v1"
    text = iam.get_policy_version(PolicyArn=FULL_S3, VersionId="v1")["PolicyVersion"]["Document"]
    assert text["Statement"]


# --- roles ---

def test_a_role(tenant):
    account, iam = tenant
    role = iam.create_role(RoleName="worker", Path="/r/", AssumeRolePolicyDocument=trust(account),
                           Description="works", MaxSessionDuration=7200,
                           Tags=[{"Key": "k", "Value": "v"}])["Role"]
    assert role["Arn"] == f"arn:aws:iam::{account}:role/r/worker"
    assert role["RoleId"].startswith("AROA")
    assert role["AssumeRolePolicyDocument"] == json.loads(trust(account))
    assert iam.get_role(RoleName="worker")["Role"] == role
    iam.update_role(RoleName="worker", MaxSessionDuration=3600)
    assert iam.get_role(RoleName="worker")["Role"]["Description"] == "works"
    iam.update_role_description(RoleName="worker", Description="rests")
    again = iam.get_role(RoleName="worker")["Role"]
    assert (again["Description"], again["MaxSessionDuration"]) == ("rests", 3600)
    for seconds in (43201, 1 << 40):
        assert code_of(iam.update_role, RoleName="worker", MaxSessionDuration=seconds) == (
            400, "ValidationError")
    other = json.loads(trust(account))
    other["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "x"}}
    iam.update_assume_role_policy(RoleName="worker", PolicyDocument=json.dumps(other))
    assert iam.get_role(RoleName="worker")["Role"]["AssumeRolePolicyDocument"] == other
    # A trust policy names who, and no resources.
    for text in (json.dumps(READ_ALL), "{}"):
        assert code_of(iam.update_assume_role_policy, RoleName="worker", PolicyDocument=text) == (
            400, "MalformedPolicyDocument")
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/r/")["Roles"]] == ["worker"]
    assert iam.list_instance_profiles_for_role(RoleName="worker")["InstanceProfiles"] == []
    iam.delete_role(RoleName="worker")
    assert code_of(iam.get_role, RoleName="worker") == (404, "NoSuchEntity")


def test_permission_boundaries(tenant):
    account, iam = tenant
    iam.create_user(UserName="ann", PermissionsBoundary=FULL_S3)
    bound = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": FULL_S3}
    assert iam.get_user(UserName="ann")["User"]["PermissionsBoundary"] == bound
    iam.delete_user_permissions_boundary(UserName="ann")
    assert "PermissionsBoundary" not in iam.get_user(UserName="ann")["User"]
    assert code_of(iam.delete_user_permissions_boundary, UserName="ann") == (404, "NoSuchEntity")
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=FULL_S3)
    assert code_of(iam.put_user_permissions_boundary, UserName="ann",
                   PermissionsBoundary=FULL_S3 + "Nope") == (404, "NoSuchEntity")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(account))
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=FULL_S3)
    assert iam.get_role(RoleName="r")["Role"]["PermissionsBoundary"] == bound
    iam.delete_role_permissions_boundary(RoleName="r")


# --- tags, providers, account ---

def test_tags(tenant):
    account, iam = tenant
    iam.create_user(UserName="x")
    iam.create_role(RoleName="x", AssumeRolePolicyDocument=trust(account))
    policy = iam.create_policy(PolicyName="x", PolicyDocument=json.dumps(READ_ALL))["Policy"]["Arn"]
    provider = iam.create_open_id_connect_provider(
        Url="https://id.example.com/realm", ClientIDList=["app"])["OpenIDConnectProviderArn"]
    for kind, who in (("user", {"UserName": "x"}), ("role", {"RoleName": "x"}),
                      ("policy", {"PolicyArn": policy}),
                      ("open_id_connect_provider", {"OpenIDConnectProviderArn": provider})):
        def call(pattern, **arguments):
            return getattr(iam, pattern.format(kind))(**who, **arguments)
        call("tag_{}", Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}])
        call("tag_{}", Tags=[{"Key": "b", "Value": "2"}])
        want = [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}]
        assert call("list_{}_tags")["Tags"] == want, kind
        first = call("list_{}_tags", MaxItems=1)
        assert first["IsTruncated"] and first["Tags"] == want[:1]
        assert call("list_{}_tags", Marker=first["Marker"])["Tags"] == want[1:]
        call("untag_{}", TagKeys=["b", "nope"])
        assert call("list_{}_tags")["Tags"] == want[:1]
    twice = [{"Key": "k", "Value": "1"}, {"Key": "K", "Value": "2"}]
    assert code_of(iam.tag_user, UserName="x", Tags=twice) == (400, "InvalidInput")
    many = [{"Key": f"k{i}", "Value": ""} for i in range(49)]
    iam.tag_user(UserName="x", Tags=many)
    assert code_of(iam.tag_user, UserName="x", Tags=[{"Key": "z", "Value": ""}]) == (
        409, "LimitExceeded")
    assert code_of(iam.tag_user, UserName="x", Tags=[{"Key": "a\n", "Value": ""}]) == (
        400, "ValidationError")


def test_identity_providers(tenant):
    account, iam = tenant
    made = iam.create_open_id_connect_provider(
        Url="https://id.example.com:8443/realm", ClientIDList=["app"], ThumbprintList=["a" * 40])
    arn = made["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{account}:oidc-provider/id.example.com:8443/realm"
    assert code_of(iam.create_open_id_connect_provider,
                   Url="https://id.example.com:8443/realm") == (409, "EntityAlreadyExists")
    for url in ("http://id.example.com", "https://", "https://id.example.com/?x", "https://a b/"):
        assert code_of(iam.create_open_id_connect_provider, Url=url) == (400, "ValidationError"), url
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="web")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="app")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn,
                                                   ThumbprintList=["b" * 40])
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["Url"] == "id.example.com:8443/realm"
    assert (got["ClientIDList"], got["ThumbprintList"]) == (["web"], ["b" * 40])
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert listed == [{"Arn": arn}]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert code_of(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn) == (
        404, "NoSuchEntity")


def test_the_account(served, tenant):
    _, iam = tenant
    assert iam.list_account_aliases()["AccountAliases"] == []
    alias = f"acme-{abs(hash(served.endpoint)) % 10**8}"
    iam.create_account_alias(AccountAlias=alias)
    assert iam.list_account_aliases()["AccountAliases"] == [alias]
    iam_operator = aws_client("iam", served)
    assert code_of(iam_operator.create_account_alias, AccountAlias=alias) == (
        409, "EntityAlreadyExists")
    for bad in ("Acme", "-acme", "a--b", "123456789012"):
        assert code_of(iam.create_account_alias, AccountAlias=bad) == (400, "ValidationError"), bad
    iam.create_user(UserName="ann")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["Users"], summary["Roles"]) == (1, 0)
    iam.delete_account_alias(AccountAlias=alias)
    assert code_of(iam.delete_account_alias, AccountAlias=alias) == (404, "NoSuchEntity")


def test_all_that_an_account_has(tenant):
    account, iam = tenant
    for name in ("u1", "u2"):
        iam.create_user(UserName=name)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u1")
    iam.put_group_policy(GroupName="g", PolicyName="in", PolicyDocument=json.dumps(READ_ALL))
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(account))
    iam.attach_role_policy(RoleName="r", PolicyArn=FULL_S3)
    iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(READ_ALL))
    whole = iam.get_account_authorization_details()
    assert [u["UserName"] for u in whole["UserDetailList"]] == ["u1", "u2"]
    assert whole["UserDetailList"][0]["GroupList"] == ["g"]
    assert whole["GroupDetailList"][0]["GroupPolicyList"] == [
        {"PolicyName": "in", "PolicyDocument": READ_ALL}]
    assert whole["RoleDetailList"][0]["AttachedManagedPolicies"][0]["PolicyArn"] == FULL_S3
    assert {p["PolicyName"] for p in whole["Policies"]} == {"p", "AmazonS3FullAccess"}
    counts = {}
    for page in iam.get_paginator("get_account_authorization_details").paginate(
            PaginationConfig={"PageSize": 1}):
        for member in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"):
            counts[member] = counts.get(member, 0) + len(page[member])
    assert counts == {"UserDetailList": 2, "GroupDetailList": 1, "RoleDetailList": 1, "Policies": 2}
    only = iam.get_account_authorization_details(Filter=["Role"])
    assert only["RoleDetailList"] and not only["UserDetailList"] and not only["Policies"]


# --- simulation, and who may give what ---

def decisions(answer):
    return [(r["EvalActionName"], r["EvalDecision"]) for r in answer["EvaluationResults"]]


def test_simulation_of_a_user(tenant):
    account, iam = tenant
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="devs")
    iam.add_user_to_group(GroupName="devs", UserName="ann")
    iam.put_group_policy(GroupName="devs", PolicyName="g", PolicyDocument=json.dumps(READ_ALL))
    iam.put_user_policy(UserName="ann", PolicyName="u", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*",
             "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/secret"}]}))
    ann = f"arn:aws:iam::{account}:user/ann"
    def simulate(actions, resource, **more):
        return iam.simulate_principal_policy(PolicySourceArn=ann, ActionNames=actions,
                                             ResourceArns=[resource], **more)
    got = simulate(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::b/k")
    assert decisions(got) == [("s3:GetObject", "allowed"), ("s3:PutObject", "implicitDeny"),
                              ("s3:DeleteObject", "implicitDeny")]
    by = got["EvaluationResults"][0]["MatchedStatements"]
    assert by[0]["SourcePolicyId"] == "group_devs_g" and by[0]["SourcePolicyType"] == "group"
    assert by[0]["StartPosition"]["Line"] == 1
    assert got["EvaluationResults"][1]["MissingContextValues"] == ["aws:SourceIp"]
    inside = [{"ContextKeyName": "aws:SourceIp", "ContextKeyType": "ip",
               "ContextKeyValues": ["10.1.1.1"]}]
    got = simulate(["s3:PutObject"], "arn:aws:s3:::b/k", ContextEntries=inside)
    assert decisions(got) == [("s3:PutObject", "allowed")]
    assert decisions(simulate(["s3:GetObject"], "arn:aws:s3:::b/secret")) == [
        ("s3:GetObject", "explicitDeny")]
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=FULL_S3)
    more = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]})
    got = simulate(["iam:CreateUser"], "*", PolicyInputList=[more])["EvaluationResults"][0]
    assert got["EvalDecision"] == "implicitDeny"
    assert got["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    for size in (1, 2):
        assert len(all_pages(iam, "simulate_principal_policy", "EvaluationResults", size,
                             PolicySourceArn=ann, ActionNames=["s3:A", "s3:B", "s3:C"])) == 3
    assert code_of(iam.simulate_principal_policy, PolicySourceArn=ann + "a",
                   ActionNames=["s3:A"]) == (404, "NoSuchEntity")


def test_simulation_of_texts(tenant):
    _, iam = tenant
    got = iam.simulate_custom_policy(PolicyInputList=[json.dumps(READ_ALL, indent=1)],
                                     ActionNames=["s3:GetObject"])
    assert decisions(got) == [("s3:GetObject", "allowed")]
    assert got["EvaluationResults"][0]["MatchedStatements"][0]["StartPosition"]["Line"] > 1
    assert code_of(iam.simulate_custom_policy, PolicyInputList=["{"],
                   ActionNames=["s3:GetObject"]) == (400, "InvalidInput")
    assert code_of(iam.simulate_custom_policy, PolicyInputList=[json.dumps(READ_ALL)],
                   ActionNames=["GetObject"]) == (400, "InvalidInput")


def grant(iam, user, *statements):
    iam.put_user_policy(UserName=user, PolicyName="granted", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}))


def test_a_right_to_give_rights_bound_to_a_boundary(served, tenant):
    account, iam = tenant
    boss = aws_client("iam", served, make_user(served, iam, "boss"))
    grant(iam, "boss", {"Action": ["iam:CreateUser", "iam:AttachUserPolicy"],
                        "Resource": f"arn:aws:iam::{account}:user/team/*",
                        "Condition": {"StringEquals": {"iam:PermissionsBoundary": FULL_S3}}})
    assert code_of(boss.create_user, UserName="free", Path="/team/") == (403, "AccessDenied")
    assert code_of(boss.create_user, UserName="out", PermissionsBoundary=FULL_S3) == (
        403, "AccessDenied")
    boss.create_user(UserName="bound", Path="/team/", PermissionsBoundary=FULL_S3)
    boss.attach_user_policy(UserName="bound", PolicyArn=FULL_S3)
    boss.attach_user_policy(UserName="BOUND", PolicyArn=FULL_S3)
    iam.create_user(UserName="free", Path="/team/")
    assert code_of(boss.attach_user_policy, UserName="free", PolicyArn=FULL_S3) == (
        403, "AccessDenied")


def test_which_policy_may_be_attached(served, tenant):
    _, iam = tenant
    boss = aws_client("iam", served, make_user(served, iam, "boss"))
    grant(iam, "boss", {"Action": "iam:AttachUserPolicy", "Resource": "*",
                        "Condition": {"ArnEquals": {"iam:PolicyARN": FULL_S3}}})
    iam.create_user(UserName="ann")
    boss.attach_user_policy(UserName="ann", PolicyArn=FULL_S3)
    assert code_of(boss.attach_user_policy, UserName="ann",
                   PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess") == (
        403, "AccessDenied")


def test_tags_of_requests_and_of_people(served, tenant):
    _, iam = tenant
    boss = aws_client("iam", served, make_user(served, iam, "boss"))
    grant(iam, "boss",
          {"Action": "iam:CreateUser", "Resource": "*",
           "Condition": {"StringEquals": {"aws:RequestTag/team": "red"},
                         "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}},
          {"Action": "iam:DeleteUser", "Resource": "*",
           "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}})
    red, blue = [{"Key": "team", "Value": "red"}], [{"Key": "team", "Value": "blue"}]
    boss.create_user(UserName="a", Tags=red)
    for tags in (blue, red + [{"Key": "more", "Value": ""}], []):
        assert code_of(boss.create_user, UserName="b", Tags=tags) == (403, "AccessDenied")
    iam.create_user(UserName="b", Tags=blue)
    assert code_of(boss.delete_user, UserName="b") == (403, "AccessDenied")
    boss.delete_user(UserName="a")


def test_both_names_of_a_rename_are_asked(served, tenant):
    account, iam = tenant
    boss = aws_client("iam", served, make_user(served, iam, "boss"))
    grant(iam, "boss", {"Action": "iam:UpdateUser",
                        "Resource": f"arn:aws:iam::{account}:user/team/*"})
    iam.create_user(UserName="ann", Path="/team/")
    assert code_of(boss.update_user, UserName="ann", NewPath="/admins/") == (403, "AccessDenied")
    boss.update_user(UserName="ann", NewUserName="anna")


def test_no_calls_with_credentials_of_get_session_token(served, tenant):
    _, iam = tenant
    sts = aws_client("sts", served, Keys(*_keys(iam)))
    given = sts.get_session_token()["Credentials"]
    short = boto3.client("iam", endpoint_url=served.endpoint, region_name="us-east-1",
                         aws_access_key_id=given["AccessKeyId"],
                         aws_secret_access_key=given["SecretAccessKey"],
                         aws_session_token=given["SessionToken"])
    assert code_of(short.create_user, UserName="x") == (403, "InvalidClientTokenId")


# --- the protocol ---

def raw(served, body, content_type="application/x-www-form-urlencoded", service="iam", keys=None):
    """(status, text) of a signed form."""
    keys = keys or served.keys
    request = botocore.awsrequest.AWSRequest("POST", served.endpoint + "/", data=body,
                                             headers={"Content-Type": content_type})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(keys.access, keys.secret), service,
                            "us-east-1").add_auth(request)
    prepared = request.prepare()
    sent = urllib.request.Request(prepared.url, data=body.encode(), headers=dict(prepared.headers))
    try:
        with urllib.request.urlopen(sent, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("body, status, code", [
    ("Action=NoSuchCall&Version=2010-05-08", 400, "InvalidAction"),
    ("Version=2010-05-08", 400, "InvalidAction"),
    ("", 400, "InvalidAction"),
    ("Action=GetUser&Version=2011-06-15", 400, "InvalidAction"),
    ("Action=GetUser&Action=ListUsers&Version=2010-05-08", 400, "MalformedQueryString"),
    ("Action=GetUser&Version=2010-05-08&UserName=%zz", 400, "MalformedQueryString"),
    ("Action=GetUser&Version=2010-05-08&UserName=%ff", 400, "MalformedQueryString"),
    ("Action=TagUser&Version=2010-05-08&UserName=x", 404, "NoSuchEntity"),
    ("Action=CreateUser&Version=2010-05-08", 400, "ValidationError"),
    ("Action=CreateUser&Version=2010-05-08&UserName=", 400, "ValidationError"),
    ("Action=CreateUser&Version=2010-05-08&UserName=q&Tags.member.2.Key=a", 400, "ValidationError"),
    ("Action=ListUsers&Version=2010-05-08&MaxItems=0", 400, "ValidationError"),
    ("Action=ListUsers&Version=2010-05-08&" + "&".join(f"p{i}=1" for i in range(1100)), 400,
     "MalformedQueryString"),
])
def test_bad_forms(served, body, status, code):
    got, text = raw(served, body)
    assert got == status and f"<Code>{code}</Code>" in text, text
    assert text.count("<RequestId>") == 1


def test_a_body_that_is_too_long(served):
    status, text = raw(served, "Action=GetUser&UserName=" + "a" * (1 << 20))
    assert status == 413 and "RequestEntityTooLarge" in text


def test_who_does_not_say_who_asks(served):
    request = urllib.request.Request(served.endpoint + "/", data=b"Action=ListUsers&Version=2010-05-08")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=20)
    assert caught.value.code == 403
    assert "<Code>MissingAuthenticationToken</Code>" in caught.value.read().decode()


def test_wrong_signatures(served):
    stranger = aws_client("iam", served, Keys("AKIANOBODY0000000000", "x" * 40))
    assert code_of(stranger.list_users) == (403, "InvalidClientTokenId")
    wrong = aws_client("iam", served, Keys(served.keys.access, "x" * 40))
    assert code_of(wrong.list_users) == (403, "SignatureDoesNotMatch")
    # Signed for another service.
    status, text = raw(served, "Action=ListUsers&Version=2010-05-08", service="s3")
    assert status in (400, 403) and "<Users>" not in text


def test_answers_are_as_aws_writes_them(served):
    status, text = raw(served, "Action=ListUsers&Version=2010-05-08&PathPrefix=%2Fnone%2F")
    assert status == 200
    assert '<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">' in text
    assert "<ListUsersResult><Users></Users><IsTruncated>false</IsTruncated></ListUsersResult>" in (
        text.replace("<Users/>", "<Users></Users>"))
    assert "<ResponseMetadata><RequestId>" in text


def test_a_get_with_its_call_in_the_url(served):
    query = urllib.parse.urlencode({"Action": "GetUser", "Version": "2010-05-08"})
    request = botocore.awsrequest.AWSRequest("GET", f"{served.endpoint}/?{query}")
    keys = botocore.credentials.Credentials(served.keys.access, served.keys.secret)
    botocore.auth.SigV4Auth(keys, "iam", "us-east-1").add_auth(request)
    sent = urllib.request.Request(request.url, headers=dict(request.prepare().headers))
    with urllib.request.urlopen(sent, timeout=20) as answer:
        assert b"<GetUserResult>" in answer.read()


def test_calls_are_counted(served):
    aws_client("iam", served).list_groups()
    assert any('operation="ListGroups"' in name for name in served.metrics())


def test_s3_is_still_there(served):
    assert s3_client(served).list_buckets()["Buckets"] == []


def test_aws_cli(served, tenant):
    _, iam = tenant
    access, secret = _keys(iam)

    def aws(*words):
        done = subprocess.run(
            [str(AWS), "--endpoint-url", served.endpoint, "--region", "us-east-1", "--output",
             "json", *words], capture_output=True, text=True, timeout=60, check=False,
            env=clean_environment(AWS_ACCESS_KEY_ID=access, AWS_SECRET_ACCESS_KEY=secret,
                                  HOME="/nonexistent"))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    aws("iam", "create-user", "--user-name", "ann", "--tags", "Key=team,Value=a")
    aws("iam", "put-user-policy", "--user-name", "ann", "--policy-name", "p",
        "--policy-document", json.dumps(READ_ALL))
    aws("iam", "attach-user-policy", "--user-name", "ann", "--policy-arn", FULL_S3)
    key = aws("iam", "create-access-key", "--user-name", "ann")["AccessKey"]
    assert aws("iam", "list-users")["Users"][0]["UserName"] == "ann"
    got = aws("iam", "get-user-policy", "--user-name", "ann", "--policy-name", "p")
    assert got["PolicyDocument"] == READ_ALL
    arn = aws("sts", "get-caller-identity")["Arn"]
    assert arn.endswith(":root")
    aws("iam", "delete-access-key", "--user-name", "ann", "--access-key-id", key["AccessKeyId"])
    aws("iam", "detach-user-policy", "--user-name", "ann", "--policy-arn", FULL_S3)
    aws("iam", "delete-user-policy", "--user-name", "ann", "--policy-name", "p")
    aws("iam", "delete-user", "--user-name", "ann")
