"""Block Public Access of an account: the S3 Control API, as boto3 and aws-cli send it."""
import socket
import uuid

import boto3
import botocore.config
import pytest

from sdk import code_of, s3_client
from server import Keys, Server
from test_acl import DENIED, anyone  # noqa: F401
from test_policy import body_of, put, statement
from wire import refused

PATH = "/v20180820/configuration/publicAccessBlock"
NONE = (404, "NoSuchPublicAccessBlockConfiguration")
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def block(*on):
    return {flag: flag in on for flag in FLAGS}


class Account:
    """One account's block by boto3's S3 Control client."""

    def __init__(self, server, account, keys):
        self.id, self.keys = account, keys
        self.client = boto3.client(
            "s3control", endpoint_url=server.endpoint, region_name="us-east-1",
            aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
            config=botocore.config.Config(retries={"total_max_attempts": 1}))

    def get(self):
        return self.client.get_public_access_block(
            AccountId=self.id)["PublicAccessBlockConfiguration"]

    def put(self, *on):
        self.client.put_public_access_block(AccountId=self.id,
                                            PublicAccessBlockConfiguration=block(*on))

    def delete(self):
        self.client.delete_public_access_block(AccountId=self.id)


@pytest.fixture(autouse=True)
def _names(monkeypatch):
    """The client puts the account in front of the host: a name that leads to the server."""
    real = socket.getaddrinfo

    def resolve(host, *rest, **more):
        return real("127.0.0.1" if host.endswith(".127.0.0.1") else host, *rest, **more)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def account(server):
    """A fresh account: its block concerns no other test."""
    made, keys = server.new_account(f"blocked-{uuid.uuid4().hex[:12]}")
    return Account(server, made["id"], keys)


@pytest.fixture
def theirs(server, account):
    return s3_client(server, account.keys)


@pytest.fixture
def opened(theirs, account):
    """A bucket of the account that blocks nothing itself."""
    name = f"blocked-{account.id}"
    theirs.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    theirs.delete_public_access_block(Bucket=name)
    return name


def test_it_comes_back_as_it_was_put(account):
    assert code_of(account.get) == NONE
    account.delete()
    account.put("BlockPublicAcls", "RestrictPublicBuckets")
    assert account.get() == block("BlockPublicAcls", "RestrictPublicBuckets")
    account.put()
    assert account.get() == block()
    account.delete()
    assert code_of(account.get) == NONE


def test_it_survives_a_restart():
    with Server() as server:
        Account(server, server.operator(), server.keys).put("IgnorePublicAcls")
        server.stop()
        server.start()
        account = Account(server, server.operator(), server.keys)
        assert account.get() == block("IgnorePublicAcls")


def test_it_is_not_the_buckets_own(account, theirs, opened):
    account.put(*FLAGS)
    assert code_of(theirs.get_public_access_block, Bucket=opened) == NONE
    theirs.put_public_access_block(Bucket=opened, PublicAccessBlockConfiguration=block())
    own = theirs.get_public_access_block(Bucket=opened)["PublicAccessBlockConfiguration"]
    assert own == block()


def test_public_policies_are_refused_and_restricted(account, theirs, opened, anyone):  # noqa: F811
    theirs.put_object(Bucket=opened, Key="k", Body=b"x")
    account.put("BlockPublicPolicy")
    public = statement(opened, "s3:GetObject")
    with pytest.raises(theirs.exceptions.ClientError) as caught:
        put(theirs, opened, public)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    account.delete()
    put(theirs, opened, public)
    assert body_of(anyone, opened, "k") == b"x"
    account.put("RestrictPublicBuckets")
    assert code_of(anyone.get_object, Bucket=opened, Key="k") == DENIED
    account.put()
    assert body_of(anyone, opened, "k") == b"x"


def test_public_lists_are_refused_and_ignored(account, theirs, opened, anyone):  # noqa: F811
    account.put("BlockPublicAcls")
    for call, more in ((theirs.put_object, {"Key": "n", "Body": b""}),
                       (theirs.put_bucket_acl, {})):
        assert code_of(call, Bucket=opened, ACL="public-read", **more) == DENIED
    with pytest.raises(theirs.exceptions.ClientError):
        theirs.create_bucket(Bucket=f"{opened}-2", ACL="public-read",
                             ObjectOwnership="ObjectWriter")
    account.delete()
    theirs.put_object(Bucket=opened, Key="k", Body=b"x", ACL="public-read")
    assert body_of(anyone, opened, "k") == b"x"
    account.put("IgnorePublicAcls")
    assert code_of(anyone.get_object, Bucket=opened, Key="k") == DENIED
    account.delete()
    assert body_of(anyone, opened, "k") == b"x"


def test_the_most_restrictive_holds(account, theirs, opened, anyone):  # noqa: F811
    theirs.put_object(Bucket=opened, Key="k", Body=b"x", ACL="public-read")
    account.put()
    theirs.put_public_access_block(Bucket=opened,
                                   PublicAccessBlockConfiguration=block("IgnorePublicAcls"))
    assert code_of(anyone.get_object, Bucket=opened, Key="k") == DENIED
    account.put("IgnorePublicAcls")
    theirs.put_public_access_block(Bucket=opened, PublicAccessBlockConfiguration=block())
    assert code_of(anyone.get_object, Bucket=opened, Key="k") == DENIED


def test_only_the_accounts_root_may(server, account, other):
    stranger = Account(server, account.id, other[1])
    operator = Account(server, account.id, server.keys)
    server.admin("user", "create", "--account", account.id, "--name", "eve")
    made = server.admin("key", "create", "--account", account.id, "--user", "eve")
    eve = Account(server, account.id, Keys(made["access_key"], made["secret_key"]))
    account.put("IgnorePublicAcls")
    for one in (stranger, operator, eve):
        assert code_of(one.get) == DENIED
        assert code_of(one.put) == DENIED
        assert code_of(one.delete) == DENIED
    assert account.get() == block("IgnorePublicAcls")


def control_refused(answer, status, code):
    assert answer.status == status, answer
    assert b"<ErrorResponse xmlns=" in answer.body
    assert f"<Error><Code>{code}</Code>".encode() in answer.body


def test_the_header_decides_and_must_be_signed(server, wire):
    """A bucket v20180820 has an object of that path; a URL of it can't be made to speak of the
    account by adding a header."""
    root = [("x-amz-account-id", server.operator())]
    wire.request("PUT", "/v20180820")
    assert wire.request("PUT", PATH, b"an object").status == 200
    assert wire.request("GET", PATH).body == b"an object"
    control_refused(wire.request("GET", PATH, headers=root), 404,
                    "NoSuchPublicAccessBlockConfiguration")
    control_refused(wire.anonymous("GET", PATH, headers=root), 403, "AccessDenied")
    control_refused(wire.request("GET", "/v20180820/jobs", headers=root), 501, "NotImplemented")
    control_refused(wire.request("GET", PATH, headers=[("x-amz-account-id", "1")]), 400,
                    "InvalidArgument")
    url = s3_client(server, signature_version="s3v4").generate_presigned_url(
        "delete_object", {"Bucket": "v20180820", "Key": PATH.removeprefix("/v20180820/")})
    target = url.removeprefix(server.endpoint)
    control_refused(wire.anonymous("DELETE", target, headers=root), 403, "AccessDenied")
    assert wire.request("GET", PATH).body == b"an object"
    assert wire.anonymous("DELETE", target).status == 204
    refused(wire.request("GET", PATH), 404, "NoSuchKey")


def test_malformed_documents(account, server, wire):
    root = [("x-amz-account-id", server.operator())]
    for document in (b"", b"<x/>", b"<PublicAccessBlockConfiguration><No>true</No>"
                                   b"</PublicAccessBlockConfiguration>"):
        control_refused(wire.request("PUT", PATH, document, root), 400, "MalformedXML")
