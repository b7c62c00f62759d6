"""The hash of the public state in the log of a node, against a fold that knows no more of Muzn than
docs/formats/state.md; and what an auditor says when it is another."""
import json
import pathlib
import time

import boto3
from botocore.config import Config

import public_state
from server import Server, muzn
from test_ledger import leaves, page, verified

BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True,
         "RestrictPublicBuckets": True}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})


def client(server, service):
    return boto3.client(service, endpoint_url=server.endpoint, region_name="us-east-1",
                        aws_access_key_id=server.keys.access,
                        aws_secret_access_key=server.keys.secret,
                        config=Config(retries={"max_attempts": 0},
                                      s3={"addressing_style": "path"}))


def state_leaf(server, acts):
    """The leaf that says the state after at least so many acts, once it is published."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        said = page(server, "state")
        if said.status == 200 and json.loads(said.text)["acts"] >= acts:
            return json.loads(said.text)
        time.sleep(0.1)
    raise AssertionError("the state is not said")


def acts_of_all_sorts(server):
    iam, s3 = client(server, "iam"), client(server, "s3")
    account = server.admin("account", "create", "--name", "Gone", "--email", "g@example.org")["id"]
    key = server.admin("key", "create", "--account", account)["access_key"]
    server.admin("key", "disable", key)
    server.admin("account", "delete", account)
    for name in ("kept", "gone"):
        iam.create_user(UserName=name)
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName=name)
    arn = iam.create_policy(PolicyName="mine", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)
    iam.create_role(RoleName="role", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    iam.attach_user_policy(UserName="kept", PolicyArn=arn)
    iam.attach_user_policy(UserName="kept",
                           PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam.detach_user_policy(UserName="kept", PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName="kept", PermissionsBoundary=arn)
    iam.put_group_policy(GroupName="kept", PolicyName="inline", PolicyDocument=POLICY)
    iam.tag_user(UserName="kept", Tags=[{"Key": "team", "Value": "red"}])
    iam.create_account_alias(AccountAlias="an-alias")
    iam.remove_user_from_group(GroupName="gone", UserName="gone")
    iam.delete_user(UserName="gone")
    iam.delete_group(GroupName="gone")
    iam.create_access_key(UserName="kept")
    iam.update_user(UserName="kept", NewUserName="renamed")
    for name in ("state-kept", "state-gone"):
        s3.create_bucket(Bucket=name)
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=BLOCK)
    s3.delete_bucket(Bucket="state-gone")


def test_an_outsider_gets_the_same(tmp_path):
    with Server() as server:
        assert page(server, "state").status == 404
        acts_of_all_sorts(server)
        server.stop()
        server.start()
        acts = sum(leaf["class"] == "control" for leaf in leaves(server))
        said = state_leaf(server, acts)
        entries = leaves(server)
        leaf = entries[said["index"]]
        assert (leaf["class"], leaf["kind"], leaf["account"]) == ("log", "state", "")
        assert leaf["facts"] == {name: said[name] for name in ("schema", "acts", "size", "hash")}
        state = public_state.State()
        for index, entry in enumerate(entries[:said["index"]]):
            state.take(index, entry)
        assert said == {"schema": "muzn.state/1", "index": said["index"], "acts": acts,
                        "size": state.size, "hash": state.hash()}
        assert len({entry["kind"] for entry in entries}) > 20
        assert verified(server, tmp_path)["ok"]
        policy = pathlib.Path(tmp_path, "policy")
        shown = muzn("audit", "show", server.endpoint + "/-/log/", "--policy", policy, "--act",
                     "state").stdout
        assert f"the public state after {acts} acts has the hash {said['hash']}" in shown
        assert server.metrics()["muzn_state_acts"] == acts
        # Nothing is new: nothing is said.
        server.stop()
        server.start()
        assert state_leaf(server, acts)["index"] == said["index"]
