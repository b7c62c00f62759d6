"""AssumeRoleWithWebIdentity with a real provider on https. docs/sts.md."""
import time

import boto3
import botocore
import botocore.config
import pytest

from oidc import Provider, coded
from sdk import code_of
from server import Server
from test_sts import allow, client_of, client_with, fresh, policy, record_with, s3_with


@pytest.fixture(scope="module")
def provider():
    out = Provider()
    yield out
    out.close()


@pytest.fixture(scope="module")
def node(provider):
    with Server(args=["--oidc-ca", provider.ca, "--oidc-private", "true"]) as running:
        yield running


@pytest.fixture(autouse=True)
def _node_survives(request):
    yield
    if "node" in request.fixturenames:
        request.getfixturevalue("node").check()


@pytest.fixture(scope="module")
def iam(node):
    return client_of(node, "iam")


@pytest.fixture(scope="module")
def provider_arn(iam, provider):
    return iam.create_open_id_connect_provider(
        Url=provider.issuer, ClientIDList=["client", "azp-client"],
        ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]


def unsigned(running):
    return boto3.client("sts", endpoint_url=running.endpoint, region_name="us-east-1",
                        config=botocore.config.Config(signature_version=botocore.UNSIGNED,
                                                      retries={"total_max_attempts": 1}))


@pytest.fixture(scope="module")
def sts(node):
    return unsigned(node)


def trusting_role(running, provider):
    """A role of a node that knows nothing else yet."""
    iam = client_of(running, "iam")
    arn = iam.create_open_id_connect_provider(
        Url=provider.issuer, ClientIDList=["client"],
        ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]
    return iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy(
        {"Effect": "Allow", "Principal": {"Federated": arn},
         "Action": "sts:AssumeRoleWithWebIdentity"}))["Role"]


@pytest.fixture
def make_role(iam, provider_arn):
    def make(*statements, conditions=None, action=None, principal=None):
        statement = {"Effect": "Allow", "Principal": {"Federated": principal or provider_arn},
                     "Action": action or ["sts:AssumeRoleWithWebIdentity", "sts:TagSession",
                                          "sts:SetSourceIdentity"]}
        if conditions:
            statement["Condition"] = conditions
        name = fresh("web")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(statement))["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
        return role
    return make


def assume(sts, role, token, **more):
    return sts.assume_role_with_web_identity(RoleArn=role["Arn"], RoleSessionName="web",
                                             WebIdentityToken=token, **more)


def test_a_token_is_enough(node, sts, provider, make_role):
    role = make_role(allow("s3:*"))
    answer = assume(sts, role, provider.token())
    assert answer["SubjectFromWebIdentityToken"] == "alice"
    assert answer["Audience"] == "client" and answer["Provider"] == provider.issuer
    who = client_with(node, "sts", answer["Credentials"]).get_caller_identity()
    assert who["Arn"].endswith(f":assumed-role/{role['RoleName']}/web")
    session = s3_with(node, answer["Credentials"])
    bucket = fresh("b")
    session.create_bucket(Bucket=bucket)
    session.put_object(Bucket=bucket, Key="k", Body=b"body")
    less = s3_with(node, assume(sts, role, provider.token(), Policy=policy(allow("s3:GetObject")))
                   ["Credentials"])
    assert less.get_object(Bucket=bucket, Key="k")["Body"].read() == b"body"
    assert code_of(less.delete_object, Bucket=bucket, Key="k") == (403, "AccessDenied")


def test_conditions_on_claims(sts, provider, make_role):
    role = make_role(conditions={"StringEquals": {f"{provider.url}:aud": "client",
                                                  f"{provider.url}:sub": "alice"}})
    assert assume(sts, role, provider.token())
    assert code_of(assume, sts=sts, role=role, token=provider.token(sub="bob")) \
        == (403, "AccessDenied")
    azp = make_role(conditions={"StringEquals": {f"{provider.url}:aud": "azp-client",
                                                 f"{provider.url}:oaud": "service"}})
    assert assume(sts, azp, provider.token(aud=["service"], azp="azp-client"))


def test_tags_and_source_identity_come_as_claims(node, sts, provider, make_role):
    bucket = fresh("b")
    client_of(node, "s3", s3={"addressing_style": "path"}).create_bucket(Bucket=bucket)
    own = f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/Team}}/*"
    claims = {"https://aws.amazon.com/tags": {"principal_tags": {"Team": ["blue"]},
                                              "transitive_tag_keys": ["Team"]},
              "https://aws.amazon.com/source_identity": "alice"}
    role = make_role(allow("s3:PutObject", own),
                     conditions={"StringEquals": {"aws:RequestTag/Team": "blue"}})
    answer = assume(sts, role, provider.token(**claims))
    assert answer["SourceIdentity"] == "alice" and answer["PackedPolicySize"] > 0
    session = s3_with(node, answer["Credentials"])
    session.put_object(Bucket=bucket, Key="blue/k", Body=b"")
    assert code_of(session.put_object, Bucket=bucket, Key="red/k", Body=b"") \
        == (403, "AccessDenied")
    assert code_of(assume, sts=sts, role=role, token=provider.token()) == (403, "AccessDenied")
    flat = {"https://aws.amazon.com/tags/principal_tags/Team": "blue"}
    assert assume(sts, role, provider.token(**flat))
    for bad in ({"Team": {}}, {"Team": ["a", "b"]}, ["Team"]):
        token = provider.token(**{"https://aws.amazon.com/tags": {"principal_tags": bad}})
        assert code_of(assume, sts=sts, role=role, token=token)[0] == 400
    strict = make_role(action="sts:AssumeRoleWithWebIdentity")
    assert code_of(assume, sts=sts, role=strict, token=provider.token(**flat)) \
        == (403, "AccessDenied")


def test_roles_that_do_not_trust(node, sts, iam, provider, make_role, other_provider):
    everyone = iam.create_role(RoleName=fresh("r"), AssumeRolePolicyDocument=policy(
        {"Effect": "Allow", "Principal": "*", "Action": "sts:*"}))["Role"]
    assert code_of(assume, sts=sts, role=everyone, token=provider.token()) == (403, "AccessDenied")
    wrong = make_role(principal=other_provider)
    assert code_of(assume, sts=sts, role=wrong, token=provider.token()) == (403, "AccessDenied")
    plain = make_role(action="sts:AssumeRole")
    assert code_of(assume, sts=sts, role=plain, token=provider.token()) == (403, "AccessDenied")
    gone = {"Arn": plain["Arn"] + "x"}
    assert code_of(assume, sts=sts, role=gone, token=provider.token()) == (403, "AccessDenied")
    # A provider is its account's: the role of another one knows it not.
    account, keys = node.new_account(fresh("tenant"))
    theirs = client_of(node, "iam", keys).create_role(
        RoleName="r", AssumeRolePolicyDocument=policy(
            {"Effect": "Allow", "Principal": {"AWS": account["id"]}, "Action": "sts:*"}))["Role"]
    assert code_of(assume, sts=sts, role=theirs, token=provider.token()) \
        == (400, "InvalidIdentityToken")


@pytest.fixture(scope="module")
def other_provider(iam):
    return iam.create_open_id_connect_provider(
        Url="https://idp.example/a", ClientIDList=["client"],
        ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]


def test_tokens_that_are_not_taken_CVE_2026_33322_CVE_2024_48916(sts, provider, make_role):
    role = make_role()
    now = int(time.time())
    header, payload, signature = provider.token().split(".")

    def code(token):
        return code_of(assume, sts=sts, role=role, token=token)

    invalid = (400, "InvalidIdentityToken")
    assert code(provider.token(aud="stranger")) == invalid
    assert code(provider.token(aud=["client", "stranger"])) == invalid
    assert code(provider.token(iss="https://idp.example")) == invalid
    assert code(provider.token(nbf=now + 600)) == invalid
    assert code(provider.token(exp=str(now + 600))) == invalid
    assert code(provider.token(exp=now - 61)) == (400, "ExpiredTokenException")
    assert assume(sts, role, provider.token(exp=now - 30))  # clocks differ
    assert code(f"{header}.{payload}.") == invalid
    assert code(f"{header}.{payload}.AAAA") == invalid
    assert code(f"{coded({'alg': 'none'})}.{payload}.") == invalid
    assert code(f"{coded({'alg': 'HS256', 'kid': 'first'})}.{payload}.{signature}") == invalid
    assert code("nonsense") == invalid
    evil = provider.new_key("evil")
    assert code(evil.token(provider.claims(), jwk=evil.jwk())) == invalid
    assert code(evil.token(provider.claims(), kid="first", jwk=evil.jwk())) == invalid


def test_unknown_keys_do_not_make_us_ask(sts, provider, make_role):
    """More often than once in a minute; that a new one is fetched then: oidc_keys_test.cc."""
    role = make_role()
    assert assume(sts, role, provider.token())
    second = provider.new_key("second")
    before = len(provider.asked)
    for _ in range(5):
        assert code_of(assume, sts=sts, role=role, token=second.token(provider.claims())) \
            == (400, "InvalidIdentityToken")
    assert len(provider.asked) - before <= 2


def test_providers_that_cannot_be_asked(provider):
    """With the system's roots alone the certificate is nobody's; and private places are not asked."""
    for args in (["--oidc-private", "true"], ["--oidc-ca", provider.ca]):
        with Server(args=args) as strict:
            role = trusting_role(strict, provider)
            before = len(provider.asked)
            assert code_of(assume, sts=unsigned(strict), role=role, token=provider.token()) \
                == (400, "IDPCommunicationError")
            assert len(provider.asked) == before


def test_redirects_are_not_followed(provider):
    with Server(args=["--oidc-ca", provider.ca, "--oidc-private", "true"]) as fresh_node:
        role = trusting_role(fresh_node, provider)
        provider.moves_to = f"{provider.issuer}/.well-known/openid-configuration"
        try:
            assert code_of(assume, sts=unsigned(fresh_node), role=role, token=provider.token()) \
                == (400, "IDPCommunicationError")
        finally:
            provider.moves_to = None


def test_tokens_are_not_logged(node, sts, provider, make_role):
    token = provider.token()
    assume(sts, make_role(), token)
    record_with(node, operation="AssumeRoleWithWebIdentity", principal_type="web_identity",
                decision="allow")
    assert token not in node.log()
