"""Tokens of identity providers."""
import time

from bad_inputs.case import row
from oidc import Provider, coded
from sdk import code_of
from server import Server
from sigv4 import encode
from test_sts import client_of, policy
from test_web_identity import trusting_role, unsigned

# An address inside: whoever takes such a token goes on to ask the provider for its keys, and fails.
HOST = "127.0.0.1:9"
TAKEN = (400, "IDPCommunicationError")


def assume(case, header, claims, signature="AAAA"):
    """(status, code) of AssumeRoleWithWebIdentity with such a token, of a provider that there is."""
    iam = client_of(case.server, "iam")
    known = [p["Arn"] for p in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    arn = f"arn:aws:iam::{case.server.operator()}:oidc-provider/{HOST}"
    if arn not in known:
        iam.create_open_id_connect_provider(Url=f"https://{HOST}", ClientIDList=["client"])
        iam.create_role(RoleName="web", AssumeRolePolicyDocument=policy(
            {"Effect": "Allow", "Principal": {"Federated": arn},
             "Action": "sts:AssumeRoleWithWebIdentity"}))
    role = iam.get_role(RoleName="web")["Role"]["Arn"]
    token = ".".join([coded(header), coded(claims), signature])
    body = ("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=tests"
            f"&RoleArn={encode(role)}&WebIdentityToken={token}").encode()
    answer = case.wire.anonymous("POST", "/", body, [
        ("Content-Type", "application/x-www-form-urlencoded")])
    return answer.status, answer.code


def good():
    """What is asked for the provider's keys: the header and the claims."""
    now = int(time.time())
    return ({"alg": "RS256", "kid": "k", "typ": "JWT"},
            {"iss": f"https://{HOST}", "sub": "alice", "aud": "client", "iat": now,
             "exp": now + 600})


@row("AU053")
def no_algorithm(case):
    header, claims = good()
    assert assume(case, header, claims) == TAKEN
    for name in ("none", "None", "NONE", "HS256", ""):
        for signature in ("", "AAAA"):
            got = assume(case, {**header, "alg": name}, claims, signature)
            assert got == (case.row.status, case.row.code), name


@row("AU055")
def no_end(case):
    """Of a provider that signs them all the same."""
    provider = Provider()
    try:
        with Server(args=["--oidc-ca", provider.ca, "--oidc-private", "true"]) as server:
            role, sts = trusting_role(server, provider), unsigned(server)
            asked = {"RoleArn": role["Arn"], "RoleSessionName": "tests"}
            assert sts.assume_role_with_web_identity(**asked, WebIdentityToken=provider.token())
            for end in ({}, {"exp": None}, {"exp": ""}, {"exp": "never"}, {"exp": 10**30}):
                claims = {k: v for k, v in provider.claims().items() if k != "exp"} | end
                got = code_of(sts.assume_role_with_web_identity, **asked,
                              WebIdentityToken=provider.key.token(claims))
                assert got == (case.row.status, case.row.code), end
    finally:
        provider.close()
