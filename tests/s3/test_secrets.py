"""Secrets, once they are out of the hand of whoever they were made for, are nowhere: in no line of the
log, in no error, in no figure, in no file of the store. And what is not told apart, for who may not
know. Advisories of others, as docs/security.md lists them."""
import pathlib
import re
import time

import pytest

from oidc import coded
from sdk import code_of
from server import Keys, Server
from sigv4 import UNSIGNED, encode
from test_sts import Person, assume, client_of, fresh, policy, s3_with, trust

FORM = [("Content-Type", "application/x-www-form-urlencoded")]


def wait_for(server, request_id):
    """Until the log has the record of this request."""
    deadline = time.monotonic() + 10
    while f'"{request_id}"' not in server.log():
        assert time.monotonic() < deadline, "the last request is not in the log"
        time.sleep(0.05)


class Canaries:
    """Secrets of every kind, and the answers that came when they were used wrongly."""

    def __init__(self, server):
        self.server, self.answers = server, []
        self.account, self.root = server.new_account("canaries")
        # Before the account makes a key of its own: then the operator imports none any more.
        self.imported = Keys("IMPORTEDCANARY", "an-imported-secret-of-the-canaries")
        server.admin("key", "create", "--account", self.account["id"], "--access-key",
                     self.imported.access, "--secret-key", self.imported.secret)
        iam = client_of(server, "iam", self.root)
        self.person = Person(server, iam, "ann")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(self.person.arn))["Role"]
        self.session = assume(self.person.sts, role)["Credentials"]
        made = server.admin("key", "create", "--account", self.account["id"], "--user", "ann",
                            keys=self.root)
        self.made = Keys(made["access_key"], made["secret_key"])
        self.web = ".".join([coded({"alg": "RS256"}), coded({"iss": "https://x", "sub": "canary"}),
                             coded(b"signed-by-the-canary")])
        self.of_session = Keys(self.session["AccessKeyId"], self.session["SecretAccessKey"],
                               self.session["SessionToken"])
        self.never_sent = []   # signatures that would have been right
        self.secrets = [server.keys.secret, self.root.secret, self.person.keys.secret,
                        self.made.secret, self.imported.secret, self.of_session.secret]

    def wires(self):
        return [self.server.wire(keys) for keys in (
            self.root, self.person.keys, self.made, self.imported, self.of_session)]

    def note(self, answer):
        self.answers.append(answer)
        return answer

    def use_wrongly(self):
        """A good request of one kind is sent as one of another, with its signature."""
        for wire in self.wires():
            for service, method, target, headers, body in (
                    ("s3", "GET", "/some-bucket/key", [], b""),
                    ("iam", "POST", "/", FORM, b"Action=ListUsers&Version=2010-05-08"),
                    ("sts", "POST", "/", FORM, b"Action=GetSessionToken&Version=2011-06-15"),
                    ("muzn", "POST", "/-/admin/v1/keys", [], b"{"),
                    ("cloudtrail", "POST", "/", [("X-Amz-Target", "com.amazonaws.cloudtrail.x."
                                                  "CloudTrail_20131101.ListTrails")], b"{}")):
                signer = wire.signer(service=service)
                self.note(wire.request(method, target, body, headers, signer))
                right = wire.head(method, target, headers, UNSIGNED, signer)[0]
                wrong = wire.head(method, target + "?x=1", headers, UNSIGNED, signer)[0]
                good, bad = (re.search(rb"Signature=([0-9a-f]{64})", head)[1]
                             for head in (right, wrong))
                self.never_sent.append(good.decode())
                self.note(wire.raw(right.replace(good, bad), method))
            signer = wire.signer()
            self.note(wire.raw(wire.plain_head("GET", signer.presign("GET", wire.host, "/b/k"))))
            self.note(wire.raw(wire.plain_head("DELETE", signer.presign("GET", wire.host, "/b/k")),
                               "DELETE"))
        token = encode(self.of_session.token)
        web = ("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=tests&RoleArn="
               f"{encode('arn:aws:iam::1:role/r')}&WebIdentityToken={encode(self.web)}")
        wire = self.server.wire()
        for target in (f"/?{web}", f"/?{web.replace('WebIdentityToken', 'webidentitytoken')}",
                       f"/?{web.replace('WebIdentityToken', '%57ebIdentityToken')}",
                       f"/?X-Amz-Security-Token={token}&Action=GetUser&Version=2010-05-08",
                       f"/b/k?x-amz-security-token={token}",
                       f"/-/admin/v1/whoami?X-Amz-Security-Token={token}"):
            self.note(wire.anonymous("GET", target))
        self.note(wire.anonymous("POST", "/", web.encode(), FORM))
        self.note(wire.anonymous("GET", "/", headers=[("x-amz-security-token", self.of_session.token)]))
        return self


@pytest.fixture(scope="module")
def canaries():
    with Server() as server:
        yield Canaries(server).use_wrongly()
        server.check()


def test_the_log_GHSA_r54g_49rx_98cr_GHSA_8cm2_h255_v749_CVE_2018_16889_CVE_2023_46742(canaries):
    """No secret, no token, no signature, by whatever way they came."""
    last = canaries.server.wire().anonymous("GET", "/")
    wait_for(canaries.server, last.get("x-amz-request-id"))
    text = canaries.server.log()
    for secret in [*canaries.secrets, canaries.of_session.token, canaries.web,
                   encode(canaries.of_session.token), canaries.web.rpartition(".")[2]]:
        assert secret not in text, secret
    assert not re.search(r"Signature[=:\"]+[0-9a-f]{64}", text)
    assert canaries.person.keys.access in text  # who it was is told


def test_errors_GHSA_333v_68xh_8mmq(canaries):
    """No secret, nor the signature that would have been right, for whoever sent a wrong one."""
    assert len(canaries.answers) > 50 and all(a.status >= 400 for a in canaries.answers[1::2][:1])
    made = {canaries.of_session.token}
    for answer in canaries.answers:
        if answer.status < 300:  # credentials that were asked for
            continue
        text = answer.body.decode("latin-1") + repr(answer.headers)
        for secret in [*canaries.secrets, *canaries.never_sent]:
            assert secret not in text, answer
        # The session's own token may be shown to whoever sent it, as part of what was signed.
        assert not made & set(text.split()) or "CanonicalRequest" in text, answer
    text = canaries.server.log()
    assert not [one for one in canaries.never_sent if one in text]


def test_files_of_the_store_are_sealed(canaries):
    """No secret lies in clear in what a disk, a backup or a thief has, nor in the figures."""
    secrets = [secret.encode() for secret in canaries.secrets]
    page = canaries.server.wire().anonymous("GET", "/-/metrics")
    assert not [secret for secret in secrets if secret in page.body]
    names = [path for path in pathlib.Path(canaries.server.data).rglob("*") if path.is_file()]
    assert names
    for path in names:
        data = path.read_bytes()
        assert not [secret for secret in secrets if secret in data], path


# --- what is not told apart ---

def told(answer):
    return answer.status, re.sub(rb"<RequestId>[^<]*|[\w-]*(nobody|somebody)[\w-]*", b"", answer.body)


def test_nobody_is_told_who_there_is_CVE_2026_33419(server, other, bucket):
    """A stranger, or a user without rights, is told the same of what is there and of what is not.
    As on AWS the keys themselves are told: InvalidClientTokenId, or SignatureDoesNotMatch; they are
    made of chance, and no user name leads to one."""
    iam = client_of(server, "iam")
    iam.create_user(UserName=(there := fresh("somebody")))
    role = iam.create_role(RoleName=there, AssumeRolePolicyDocument=trust(
        f"arn:aws:iam::{server.operator()}:user/{there}"))["Role"]
    arn = iam.create_policy(PolicyName=there, PolicyDocument=policy(
        {"Effect": "Allow", "Action": "*", "Resource": "*"}))["Policy"]["Arn"]
    key = iam.create_access_key(UserName=there)["AccessKey"]["AccessKeyId"]
    absent = fresh("nobody")
    clerk = Person(server, client_of(server, "iam"), fresh("clerk"))
    pairs = []
    for keys in (other[1], clerk.keys):
        wire = server.wire(keys)

        def ask(service, call, version, wire=wire):
            body = f"Action={call}&Version={version}"
            return wire.request("POST", "/", body, FORM, wire.signer(service=service))

        for call in ("GetUser&UserName={}", "DeleteUser&UserName={}", "GetRole&RoleName={}",
                     "ListAccessKeys&UserName={}", "ListGroupsForUser&UserName={}",
                     "PutUserPolicy&UserName={}&PolicyName=p&PolicyDocument={{}}"):
            pairs.append([ask("iam", call.format(name), "2010-05-08") for name in (there, absent)])
        for call in ("GetPolicy&PolicyArn={}", "DeletePolicy&PolicyArn={}"):
            pairs.append([ask("iam", call.format(encode(a)), "2010-05-08")
                          for a in (arn, arn.replace(there, absent))])
        pairs.append([ask("iam", f"DeleteAccessKey&UserName=x&AccessKeyId={k}", "2010-05-08")
                      for k in (key, "AKIANOBODY0000000000")])
        if keys is other[1]:  # who is of the account is told whose key it is that it may not ask of
            pairs.append([ask("iam", f"GetAccessKeyLastUsed&AccessKeyId={k}", "2010-05-08")
                          for k in (key, "AKIANOBODY0000000000")])
        for a in (role["Arn"], "arn:aws:iam::999999999999:role/x"):
            pairs.append([ask("sts", f"AssumeRole&RoleSessionName=tests&RoleArn={encode(one)}",
                              "2011-06-15") for one in (a, role["Arn"].replace(there, absent))])
        pairs.append([ask("sts", f"GetAccessKeyInfo&AccessKeyId={k}", "2011-06-15")
                      for k in (key, "AKIANOBODY0000000000")])
    wire = server.wire()
    token = ".".join([coded({"alg": "RS256"}), coded({"iss": "https://x"}), "AAAA"])
    pairs.append([wire.anonymous("POST", "/", (
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=tests"
        f"&WebIdentityToken={token}&RoleArn={encode(one)}").encode(), FORM)
        for one in (role["Arn"], role["Arn"].replace(there, absent))])
    for one, two in pairs:
        shown = [re.sub(rb"AKIA[A-Z0-9]{16}|\d{12}:role/\w*", b"", told(a)[1]) for a in (one, two)]
        assert one.status == two.status >= 400, f"{one} {two}"
        assert shown[0] == shown[1], f"{one} {two}"


def test_a_user_made_again_is_another_CVE_2024_43784(server):
    """Same name, same path, same policies: neither old keys nor old sessions are its own."""
    iam = client_of(server, "iam")
    account, name = server.operator(), fresh("again")
    server.admin("user", "create", "--account", account, "--name", name)
    first = Person.__new__(Person)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    first.keys = Keys(key["AccessKeyId"], key["SecretAccessKey"])
    by_admin = server.admin("key", "create", "--account", account, "--user", name)
    old = [first.keys, Keys(by_admin["access_key"], by_admin["secret_key"])]
    allow = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow)
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(
        f"arn:aws:iam::{account}:user/{name}"))["Role"]
    sts = client_of(server, "sts", first.keys)
    sessions = [sts.get_session_token()["Credentials"]]
    assert s3_with(server, sessions[0]).list_buckets()
    url = server.wire(first.keys).signer().presign("GET", server.wire().host, "/")
    assert server.wire().anonymous("GET", url).status == 200
    iam.delete_user_policy(UserName=name, PolicyName="p")
    for keys in old:
        iam.delete_access_key(UserName=name, AccessKeyId=keys.access)
    iam.delete_user(UserName=name)
    for again in range(2):
        for keys in old:
            assert code_of(client_of(server, "sts", keys).get_caller_identity) \
                == (403, "InvalidClientTokenId")
            assert server.wire(keys).request("GET", "/-/admin/v1/whoami").status == 403
        assert code_of(s3_with(server, sessions[0]).list_buckets)[0] == 403
        assert server.wire().anonymous("GET", url).status == 403
        if not again:
            iam.create_user(UserName=name)
            assert iam.list_access_keys(UserName=name)["AccessKeyMetadata"] == []
            assert iam.list_user_policies(UserName=name)["PolicyNames"] == []
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow)
    # And a role that trusted the one does not trust the other.
    new = iam.create_access_key(UserName=name)["AccessKey"]
    new = client_of(server, "sts", Keys(new["AccessKeyId"], new["SecretAccessKey"]))
    assert code_of(assume, sts=new, role=role) == (403, "AccessDenied")
