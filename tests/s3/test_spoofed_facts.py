"""What a client says of itself is no fact: headers, parameters and members of a form that are called
as the facts of policies are. RustFS took them for those."""
import json

import pytest

from sdk import code_of
from server import Keys, Server
from test_sts import client_of, fresh
from test_user_policies import allow
from wire import refused

ADDRESS = "10.9.8.7"
FORWARDED = [
    ("X-Forwarded-For", ADDRESS), ("X-Forwarded-For", f"{ADDRESS}, 127.0.0.1"),
    ("X-Real-IP", ADDRESS),
    ("Forwarded", f"for={ADDRESS};proto=https"), ("X-Client-IP", ADDRESS), ("True-Client-IP", ADDRESS),
    ("CF-Connecting-IP", ADDRESS), ("X-Cluster-Client-IP", ADDRESS), ("X-Original-Forwarded-For", ADDRESS),
    ("X-Forwarded-Proto", "https"), ("X-Forwarded-Ssl", "on"), ("X-Forwarded-Scheme", "https"),
    ("Front-End-Https", "on"), ("Via", f"1.1 {ADDRESS}"), ("X-Forwarded-Host", ADDRESS)]
# A condition that does not hold, and what it asks for.
FACTS = [
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "SourceIp", ADDRESS),
    ({"Bool": {"aws:SecureTransport": "true"}}, "SecureTransport", "true"),
    ({"StringEquals": {"aws:username": "admin"}}, "username", "admin"),
    ({"StringEquals": {"aws:userid": "AIDAADMIN"}}, "userid", "AIDAADMIN"),
    ({"StringEquals": {"aws:PrincipalType": "Account"}}, "PrincipalType", "Account"),
    ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, "PrincipalAccount", "111122223333"),
    ({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:root"}}, "PrincipalArn",
     "arn:aws:iam::111122223333:root"),
    ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, "PrincipalTag/team", "red"),
    ({"StringEquals": {"aws:SourceIdentity": "alice"}}, "SourceIdentity", "alice"),
    ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "MultiFactorAuthPresent", "true"),
    ({"StringEquals": {"aws:ViaAWSService": "true"}}, "ViaAWSService", "true"),
    ({"StringEquals": {"aws:RequestedRegion": "eu-mars-1"}}, "RequestedRegion", "eu-mars-1"),
    ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "CurrentTime",
     "2019-01-01T00:00:00Z"),
    ({"NumericLessThan": {"aws:EpochTime": "1000"}}, "EpochTime", "1"),
    ({"StringEquals": {"aws:ResourceAccount": "111122223333"}}, "ResourceAccount", "111122223333"),
    ({"StringEquals": {"jwt:groups": "admins"}}, "groups", "admins"),
    ({"StringEquals": {"ldap:username": "admin"}}, "ldap:username", "admin")]
# The same of who asks as it is: without these the refusals would show nothing.
TRUE = [{"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {"Bool": {"aws:SecureTransport": "false"}},
        {"StringEquals": {"aws:PrincipalType": "User"}},
        {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
        {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}]


class Clerk:
    def __init__(self, server):
        self.server, self.name = server, fresh("clerk")
        self.iam = client_of(server, "iam")
        self.iam.create_user(UserName=self.name)
        key = self.iam.create_access_key(UserName=self.name)["AccessKey"]
        self.keys = Keys(key["AccessKeyId"], key["SecretAccessKey"])
        self.wire = server.wire(self.keys)

    def may_if(self, condition):
        self.iam.put_user_policy(UserName=self.name, PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [
                allow(["s3:ListAllMyBuckets", "iam:ListUsers", "cloudtrail:ListTrails"], "*",
                      Condition=condition)]}))

    def call(self, headers=(), more=""):
        """IAM's ListUsers."""
        return self.wire.request("POST", "/", "Action=ListUsers&Version=2010-05-08" + more, [
            ("Content-Type", "application/x-www-form-urlencoded"), *headers],
            self.wire.signer(service="iam"))


@pytest.fixture(scope="module")
def clerk(server):
    return Clerk(server)


@pytest.mark.parametrize("condition,name,value", [pytest.param(*row, id=row[1]) for row in FACTS])
def test_facts_are_the_servers_GHSA_6r96_hmgc_726c(clerk, condition, name, value):
    clerk.may_if(condition)
    plain = name.replace("/", "-").replace(":", "-")
    headers = [(prefix + plain, value)
               for prefix in ("", "aws-", "X-Amz-", "X-Amz-Meta-", "x-", "X-Muzn-")]
    for header in headers:
        refused(clerk.wire.request("GET", "/", headers=[header]), 403, "AccessDenied")
        assert clerk.call([header]).status == 403, header
    refused(clerk.wire.request("GET", "/", headers=[
        (n, v) for n, v in headers if not n.lower().startswith("x-amz-meta")]), 403, "AccessDenied")
    quoted = value.replace("/", "%2F").replace(":", "%3A")
    for key in (name, f"aws:{name}", f"aws%3A{name}", name.lower(), f"X-Amz-{plain}"):
        assert clerk.wire.request("GET", f"/?{key}={quoted}").status in (400, 403), key
        assert clerk.call(more=f"&{key.replace('/', '%2F')}={quoted}").status == 403, key
    simulated = (f"&ContextEntries.member.1.ContextKeyName=aws:{name}"
                 f"&ContextEntries.member.1.ContextKeyValues.member.1={quoted}"
                 "&ContextEntries.member.1.ContextKeyType=string")
    assert clerk.call(more=simulated).status == 403


@pytest.mark.parametrize("condition", TRUE, ids=lambda row: list(row)[0])
def test_facts_that_are_so(clerk, condition):
    clerk.may_if(condition)
    assert clerk.wire.request("GET", "/", headers=FORWARDED[:1]).status == 200
    assert clerk.call().status == 200


def test_proxies_that_nobody_trusts_CVE_2026_21862_GHSA_fc6g_2gcp_2qrq(clerk):
    for condition, _, _ in FACTS[:2]:
        clerk.may_if(condition)
        for header in FORWARDED:
            refused(clerk.wire.request("GET", "/", headers=[header]), 403, "AccessDenied")
            assert clerk.call([header]).status == 403, header
        refused(clerk.wire.request("GET", "/", headers=FORWARDED[2:]), 403, "AccessDenied")


def test_a_trusted_proxy_is_believed():
    """In what it says itself: its last word, not what it passes on. Or the refusals show nothing."""
    with Server(args=["--trusted-proxy", "127.0.0.0/8"]) as server:
        clerk = Clerk(server)
        clerk.may_if(FACTS[0][0])
        assert clerk.wire.request("GET", "/", headers=FORWARDED[:1]).status == 200
        assert clerk.call(FORWARDED[:1]).status == 200
        passed_on = [("X-Forwarded-For", f"{ADDRESS}, 203.0.113.9")]
        refused(clerk.wire.request("GET", "/", headers=passed_on), 403, "AccessDenied")
        assert code_of(client_of(server, "iam", clerk.keys).list_users) == (403, "AccessDenied")
