"""STS: credentials for a time. docs/sts.md."""
import datetime
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import boto3
import botocore.config
import pytest

from sdk import code_of
from server import Keys, clean_environment

SETTINGS = {"retries": {"total_max_attempts": 1}, "parameter_validation": False}


def client_of(server, service, keys=None, token=None, **config):
    keys = keys or server.keys
    return boto3.client(service, endpoint_url=server.endpoint, region_name="us-east-1",
                        aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
                        aws_session_token=token, verify=getattr(server, "certificate", None),
                        config=botocore.config.Config(**{**SETTINGS, **config}))


def client_with(server, service, credentials, **config):
    """Of what STS answered."""
    return client_of(server, service,
                     Keys(credentials["AccessKeyId"], credentials["SecretAccessKey"]),
                     credentials["SessionToken"], **config)


def s3_with(server, credentials, **config):
    return client_with(server, "s3", credentials, s3={"addressing_style": "path"}, **config)


def fresh(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


def trust(*principals, action=("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"), **more):
    return policy({"Effect": "Allow", "Principal": {"AWS": list(principals)},
                   "Action": list(action), **more})


class Person:
    """A user with a key."""

    def __init__(self, server, iam, name):
        self.name, self.iam = name, iam
        self.arn = iam.create_user(UserName=name)["User"]["Arn"]
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self.keys = Keys(key["AccessKeyId"], key["SecretAccessKey"])
        self.sts = client_of(server, "sts", self.keys)

    def may(self, *statements):
        self.iam.put_user_policy(UserName=self.name, PolicyName="p",
                                 PolicyDocument=policy(*statements))


@pytest.fixture(scope="module")
def iam(server):
    return client_of(server, "iam")


@pytest.fixture(scope="module")
def account(server):
    return server.operator()


@pytest.fixture(scope="module")
def root_arn(account):
    return f"arn:aws:iam::{account}:root"


@pytest.fixture
def person(server, iam):
    return Person(server, iam, fresh("u"))


@pytest.fixture
def make_role(iam):
    def make(document, *statements, seconds=3600, **more):
        name = fresh("role")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document,
                               MaxSessionDuration=seconds, **more)["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
        return role
    return make


def assume(sts, role, **more):
    return sts.assume_role(RoleArn=role["Arn"], RoleSessionName="tests", **more)


def record_with(server, **members):
    """The newest record that has these; it is written when the answer has left."""
    for _ in range(100):
        found = [line for line in server.records() if members.items() <= line.items()]
        if found:
            return found[-1]
        time.sleep(0.1)
    raise AssertionError(f"no record with {members}")


# --- who one is ---

def test_a_session_is_told_who_it_is(server, person, make_role, account):
    role = make_role(trust(person.arn), Path="/teams/")
    answer = assume(person.sts, role)
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": role["RoleId"] + ":tests",
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/tests"}
    assert "PackedPolicySize" not in answer
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA") and len(credentials["AccessKeyId"]) == 20
    left = credentials["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert 3500 < left.total_seconds() <= 3600
    who = client_with(server, "sts", credentials).get_caller_identity()
    assert who["Arn"] == answer["AssumedRoleUser"]["Arn"] and who["Account"] == account
    assert who["UserId"] == role["RoleId"] + ":tests"


def test_session_tokens_of_users_and_roots(server, person, account, root_arn):
    user = person.sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert client_with(server, "sts", user).get_caller_identity()["Arn"] == person.arn
    root = client_of(server, "sts").get_session_token()["Credentials"]
    assert client_with(server, "sts", root).get_caller_identity()["Arn"] == root_arn
    left = root["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert left.total_seconds() <= 3600
    again = client_with(server, "sts", user)
    assert code_of(again.get_session_token) == (403, "AccessDenied")
    assert code_of(person.sts.get_session_token, DurationSeconds=899) == (400, "ValidationError")
    assert code_of(person.sts.get_session_token, SerialNumber="mfa-0123456", TokenCode="123456") \
        == (403, "AccessDenied")


def test_access_keys_are_of_their_account(server, person, other):
    person.may(allow("sts:GetAccessKeyInfo"))
    info = person.sts.get_access_key_info(AccessKeyId=person.keys.access)
    assert info["Account"] == server.operator()
    for key in (other[1].access, "AKIAAAAAAAAAAAAAAAAA"):
        assert code_of(person.sts.get_access_key_info, AccessKeyId=key) == (400, "ValidationError")


# --- who may assume a role ---

def test_the_role_decides_and_then_the_account(person, make_role, root_arn):
    named = make_role(trust(person.arn))
    assert assume(person.sts, named)
    account_wide = make_role(trust(root_arn))
    assert code_of(assume, sts=person.sts, role=account_wide) == (403, "AccessDenied")
    person.may(allow("sts:AssumeRole"))
    assert assume(person.sts, account_wide)
    # The account's policies alone give no role that does not trust.
    stranger = make_role(trust(root_arn, action=["sts:TagSession"]))
    assert code_of(assume, sts=person.sts, role=stranger) == (403, "AccessDenied")
    gone = {"Arn": account_wide["Arn"] + "x"}
    assert code_of(assume, sts=person.sts, role=gone) == (403, "AccessDenied")
    person.may(allow("sts:AssumeRole"), deny("sts:AssumeRole", named["Arn"]))
    assert code_of(assume, sts=person.sts, role=named) == (403, "AccessDenied")


def test_root_assumes_no_role(server, make_role, root_arn):
    role = make_role(trust(root_arn))
    assert code_of(assume, sts=client_of(server, "sts"), role=role) == (403, "AccessDenied")


def test_another_account_needs_both_sides(server, other, make_role):
    account, keys = other
    friend = Person(server, client_of(server, "iam", keys), fresh("friend"))
    role = make_role(trust(f"arn:aws:iam::{account['id']}:root"))
    assert code_of(assume, sts=friend.sts, role=role) == (403, "AccessDenied")
    friend.may(allow("sts:AssumeRole", role["Arn"]))
    answer = assume(friend.sts, role)
    assert answer["AssumedRoleUser"]["Arn"].split(":")[4] == server.operator()
    named = make_role(trust(friend.arn))
    assert code_of(assume, sts=friend.sts, role=named) == (403, "AccessDenied")
    closed = make_role(trust(f"arn:aws:iam::{server.operator()}:root"))
    friend.may(allow("sts:AssumeRole"))
    assert code_of(assume, sts=friend.sts, role=closed) == (403, "AccessDenied")


def test_external_ids(person, make_role):
    role = make_role(trust(person.arn, Condition={"StringEquals": {"sts:ExternalId": "id-1"}}))
    assert code_of(assume, sts=person.sts, role=role) == (403, "AccessDenied")
    assert code_of(assume, sts=person.sts, role=role, ExternalId="id-2") == (403, "AccessDenied")
    assert assume(person.sts, role, ExternalId="id-1")


def test_tags_and_source_identities_need_rights(person, make_role):
    plain = make_role(trust(person.arn, action=["sts:AssumeRole"]))
    tags = [{"Key": "Project", "Value": "blue"}]
    assert assume(person.sts, plain)
    assert code_of(assume, sts=person.sts, role=plain, Tags=tags) == (403, "AccessDenied")
    assert code_of(assume, sts=person.sts, role=plain, SourceIdentity="alice") \
        == (403, "AccessDenied")
    full = make_role(trust(person.arn, Condition={
        "StringEquals": {"aws:RequestTag/Project": "blue", "sts:SourceIdentity": "alice"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Project"]}}))
    answer = assume(person.sts, full, Tags=tags, SourceIdentity="alice")
    assert answer["SourceIdentity"] == "alice" and 0 < answer["PackedPolicySize"] < 100
    more = tags + [{"Key": "Cost", "Value": "1"}]
    assert code_of(assume, sts=person.sts, role=full, Tags=more, SourceIdentity="alice") \
        == (403, "AccessDenied")


def test_chains_pass_on_what_they_must(server, person, make_role, root_arn):
    first = make_role(trust(person.arn), allow("sts:*"), seconds=7200)
    second = make_role(trust(root_arn), allow("s3:*"), seconds=7200)
    credentials = assume(person.sts, first, DurationSeconds=7200, SourceIdentity="alice",
                         Tags=[{"Key": "Project", "Value": "blue"}],
                         TransitiveTagKeys=["Project"])["Credentials"]
    chained = client_with(server, "sts", credentials)
    answer = assume(chained, second)
    assert answer["SourceIdentity"] == "alice"
    assert code_of(assume, sts=chained, role=second, SourceIdentity="bob") == (403, "AccessDenied")
    assert code_of(assume, sts=chained, role=second, Tags=[{"Key": "project", "Value": "red"}]) \
        == (400, "InvalidParameterValue")
    assert code_of(assume, sts=chained, role=second, DurationSeconds=7200) \
        == (400, "ValidationError")
    # Without the right to set what is passed on there is no chain.
    third = make_role(trust(root_arn, action=["sts:AssumeRole"]))
    assert code_of(assume, sts=chained, role=third) == (403, "AccessDenied")


@pytest.mark.parametrize("arguments", [
    {"DurationSeconds": 899}, {"DurationSeconds": 43201}, {"DurationSeconds": 3601},
    {"RoleSessionName": "a"}, {"RoleSessionName": "a b"}, {"RoleSessionName": "x" * 65},
    {"ExternalId": "x"}, {"SourceIdentity": "x"}, {"Policy": " " * 2049},
    {"TransitiveTagKeys": ["a"]}, {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/None"}]},
    {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}] * 11}])
def test_bad_arguments(person, make_role, arguments):
    role = make_role(trust(person.arn))
    asked = {"RoleArn": role["Arn"], "RoleSessionName": "tests", **arguments}
    assert code_of(person.sts.assume_role, **asked) == (400, "ValidationError")


def test_policies_that_are_none_or_too_large(person, make_role):
    role = make_role(trust(person.arn))
    for text in ("{", '{"Version":"2012-10-17"}', '{"Statement":[],"Statement":[]}'):
        assert code_of(assume, sts=person.sts, role=role, Policy=text) \
            == (400, "MalformedPolicyDocument")
    tags = [{"Key": f"{n:03}{'k' * 100}", "Value": "v" * 200} for n in range(20)]
    assert code_of(assume, sts=person.sts, role=role, Tags=tags) == (400, "PackedPolicyTooLarge")


# --- what a session may ---

def test_a_session_has_what_its_role_has(server, s3, bucket, person, make_role, root_arn):
    role = make_role(trust(person.arn), allow("s3:*Object", f"arn:aws:s3:::{bucket}/a/*"))
    session = s3_with(server, assume(person.sts, role)["Credentials"])
    session.put_object(Bucket=bucket, Key="a/b", Body=b"body")
    assert session.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"body"
    assert code_of(session.put_object, Bucket=bucket, Key="c", Body=b"") == (403, "AccessDenied")
    assert code_of(session.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")
    # What the role loses its sessions lose at once.
    role_iam = client_of(server, "iam")
    role_iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="p")
    assert code_of(session.get_object, Bucket=bucket, Key="a/b") == (403, "AccessDenied")


def test_session_policies_only_take_away(server, s3, bucket, person, make_role):
    role = make_role(trust(person.arn), allow("s3:*Object", f"arn:aws:s3:::{bucket}/*"))
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    less = s3_with(server, assume(person.sts, role, Policy=policy(allow("s3:GetObject")))
                   ["Credentials"])
    assert less.get_object(Bucket=bucket, Key="k")["Body"].read() == b"body"
    assert code_of(less.put_object, Bucket=bucket, Key="k", Body=b"") == (403, "AccessDenied")
    # More than the role has is not given.
    more = s3_with(server, assume(person.sts, role, Policy=policy(allow("*")))["Credentials"])
    assert code_of(more.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")
    read = [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]
    managed = s3_with(server, assume(person.sts, role, PolicyArns=read)["Credentials"])
    assert managed.get_object(Bucket=bucket, Key="k")
    assert code_of(managed.put_object, Bucket=bucket, Key="k", Body=b"") == (403, "AccessDenied")


def test_tags_of_a_session_are_conditions(server, s3, bucket, person, make_role):
    role = make_role(trust(person.arn), allow(
        "s3:GetObject", f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/Project}}/*"))
    for key in ("blue/k", "red/k"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    session = s3_with(server, assume(person.sts, role, Tags=[{"Key": "Project", "Value": "blue"}])
                      ["Credentials"])
    assert session.get_object(Bucket=bucket, Key="blue/k")
    assert code_of(session.get_object, Bucket=bucket, Key="red/k") == (403, "AccessDenied")


def test_objects_of_a_session_are_its_accounts(server, s3, bucket, person, make_role):
    role = make_role(trust(person.arn), allow("s3:*"))
    session = s3_with(server, assume(person.sts, role)["Credentials"])
    session.put_object(Bucket=bucket, Key="k", Body=b"")
    upload = session.create_multipart_upload(Bucket=bucket, Key="m")
    listed = session.list_multipart_uploads(Bucket=bucket)["Uploads"][0]
    assert listed["Initiator"]["DisplayName"] == f"{role['RoleName']}/tests"
    session.abort_multipart_upload(Bucket=bucket, Key="m", UploadId=upload["UploadId"])
    own, seen = (s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]["Owner"],
                 s3.list_buckets()["Owner"])
    assert own["ID"] == seen["ID"]


# --- how a token is shown ---

def get(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_presigned_urls_carry_the_token(server, s3, bucket, person, make_role):
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    role = make_role(trust(person.arn), allow("s3:*"))
    session = s3_with(server, assume(person.sts, role, Policy=policy(allow("s3:GetObject")))
                      ["Credentials"], signature_version="s3v4")
    url = session.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"})
    assert "X-Amz-Security-Token=" in url
    assert get(url) == (200, b"body")
    status, body = get(url.replace("X-Amz-Security-Token=A", "X-Amz-Security-Token=B"))
    assert status == 400 and b"InvalidToken" in body
    assert url.partition("Security-Token=")[2].split("&")[0] not in server.log()


def test_forms_carry_the_token(server, bucket, person, make_role):
    role = make_role(trust(person.arn), allow("s3:*"))
    session = s3_with(server, assume(person.sts, role)["Credentials"], signature_version="s3v4")
    form = session.generate_presigned_post(bucket, "posted")
    assert form["fields"]["x-amz-security-token"]

    def post(fields):
        parts = [("--B\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" % item)
                 for item in fields.items()]
        body = "".join(parts) + ("--B\r\nContent-Disposition: form-data; name=\"file\"; "
                                 "filename=\"f\"\r\n\r\nbody\r\n--B--\r\n")
        request = urllib.request.Request(form["url"], data=body.encode(), headers={
            "Content-Type": "multipart/form-data; boundary=B"})
        return get(request)

    assert post(form["fields"])[0] == 204
    assert session.get_object(Bucket=bucket, Key="posted")["Body"].read() == b"body"
    without = {k: v for k, v in form["fields"].items() if k != "x-amz-security-token"}
    assert post(without)[0] == 403


def test_wrong_tokens(server, person, make_role):
    role = make_role(trust(person.arn), allow("s3:*"))
    one, two = (assume(person.sts, role)["Credentials"] for _ in range(2))
    good = Keys(one["AccessKeyId"], one["SecretAccessKey"])
    token = one["SessionToken"]

    def code(keys, shown):
        return code_of(s3_with(server, {"AccessKeyId": keys.access, "SecretAccessKey": keys.secret,
                                        "SessionToken": shown}).list_buckets)

    assert code(good, None) == (403, "InvalidAccessKeyId")  # without it there is no such key
    assert code(good, two["SessionToken"]) == (400, "InvalidToken")
    assert code(good, token[:-2] + "AA") == (400, "InvalidToken")
    assert code(good, "nonsense") == (400, "InvalidToken")
    assert code(person.keys, token) == (400, "InvalidToken")
    wrong = Keys(good.access, good.secret[:-1] + "?")
    assert code(wrong, token) == (403, "SignatureDoesNotMatch")
    assert code_of(client_of(server, "sts", good, "nonsense").get_caller_identity) \
        == (403, "InvalidClientTokenId")


def test_sessions_end_with_who_they_came_from(server, iam, person, make_role):
    role = make_role(trust(person.arn))
    session = client_with(server, "sts", assume(person.sts, role)["Credentials"])
    assert session.get_caller_identity()
    iam.delete_role(RoleName=role["RoleName"])
    assert code_of(session.get_caller_identity) == (403, "InvalidClientTokenId")
    # A role that gets the name is another one.
    iam.create_role(RoleName=role["RoleName"], AssumeRolePolicyDocument=trust(person.arn))
    assert code_of(session.get_caller_identity) == (403, "InvalidClientTokenId")

    token = client_with(server, "sts", person.sts.get_session_token()["Credentials"])
    iam.update_user(UserName=person.name, NewUserName=person.name + "x")
    assert token.get_caller_identity()["Arn"].endswith(person.name + "x")
    iam.delete_access_key(UserName=person.name + "x", AccessKeyId=person.keys.access)
    iam.delete_user(UserName=person.name + "x")
    assert code_of(token.get_caller_identity) == (403, "InvalidClientTokenId")
    iam.create_user(UserName=person.name + "x")
    assert code_of(token.get_caller_identity) == (403, "InvalidClientTokenId")


def test_session_tokens_manage_no_identities(server, person):
    person.may(allow("*"))
    credentials = person.sts.get_session_token()["Credentials"]
    assert code_of(client_with(server, "iam", credentials).list_users) \
        == (403, "InvalidClientTokenId")
    assert s3_with(server, credentials).list_buckets()


def test_aws_cli_profiles_with_a_role(server, bucket, s3, person, make_role, tmp_path):
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    role = make_role(trust(person.arn), allow("s3:*"))
    config = tmp_path / "config"
    config.write_text(f"""[profile base]
region = us-east-1
[profile worker]
role_arn = {role['Arn']}
source_profile = base
role_session_name = tests
region = us-east-1
endpoint_url = {server.endpoint}
s3 =
  addressing_style = path
""")
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[base]\naws_access_key_id = {person.keys.access}\n"
                           f"aws_secret_access_key = {person.keys.secret}\n")
    aws = os.path.join(os.path.dirname(sys.executable), "aws")
    done = subprocess.run(
        [aws, "--profile", "worker", "s3", "cp", f"s3://{bucket}/k", "-"], capture_output=True,
        env=clean_environment(AWS_CONFIG_FILE=str(config), HOME=str(tmp_path),
                              AWS_SHARED_CREDENTIALS_FILE=str(credentials),
                              AWS_ENDPOINT_URL_STS=server.endpoint), timeout=120, check=False)
    assert done.stdout == b"body", done.stderr


def test_records_say_whose_session_it_was(server, bucket, person, make_role, account):
    role = make_role(trust(person.arn), allow("s3:*"))
    credentials = assume(person.sts, role, SourceIdentity="alice")["Credentials"]
    s3_with(server, credentials).get_bucket_versioning(Bucket=bucket)
    mine = record_with(server, access_key=credentials["AccessKeyId"])
    assert mine["principal_arn"] == f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/tests"
    assert credentials["SessionToken"] not in server.log()
