"""Where a server connects to on somebody's word: an identity provider that a tenant names. Listeners
inside must see nobody, however their address is written, led to or passed on."""
import socket
import subprocess
import threading

import pytest

from oidc import Provider, coded
from sdk import code_of
from server import Server
from test_sts import client_of, policy
from test_web_identity import trusting_role, unsigned

NOBODYS = "192.52.193.1"  # public, and routed nowhere: RFC 7450
NOT_ASKED = {"IDPCommunicationError", "ValidationError", "InvalidIdentityToken",
             "EntityAlreadyExists",      # of another spelling, which was asked before
             "MalformedPolicyDocument"}  # no role can trust it


class Listener:
    """Counts who connects, on the loopback addresses of both families."""

    def __init__(self):
        self.seen = []
        self.sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = self.sockets[0].getsockname()[1]
        try:
            self.sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        except OSError:
            pass  # a machine without IPv6
        for one in self.sockets:
            threading.Thread(target=self._accept, args=(one,), daemon=True).start()

    def _accept(self, one):
        while True:
            try:
                connection, peer = one.accept()
            except OSError:
                return
            self.seen.append(peer)
            connection.close()

    def close(self):
        for one in self.sockets:
            one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def listener():
    out = Listener()
    yield out
    out.close()


def token_of(issuer):
    return ".".join([coded({"alg": "RS256", "kid": "k"}),
                     coded({"iss": issuer, "sub": "a", "aud": "client", "iat": 1, "exp": 4102444800}),
                     coded(b"signature")])


def ask(server, issuer, name):
    """The code of AssumeRoleWithWebIdentity with a token of such a provider."""
    iam = client_of(server, "iam")
    try:
        arn = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["client"])[
            "OpenIDConnectProviderArn"]
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(
            {"Effect": "Allow", "Principal": {"Federated": arn},
             "Action": "sts:AssumeRoleWithWebIdentity"}))["Role"]
    except iam.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return code_of(unsigned(server).assume_role_with_web_identity, RoleArn=role["Arn"],
                   RoleSessionName="tests", WebIdentityToken=token_of(issuer))[1]


INSIDE = ["127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.1", "127.0.1", "0x7f000001",
          "0x7f.1", "0177.0.0.1", "2130706433", "017700000001", "0.0.0.0", "0", "[::1]", "[::]",
          "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]", "169.254.169.254", "[fe80::1]",
          "idp.example@127.0.0.1", "127.0.0.1#.idp.example", "127.0.0.1%00.idp.example",
          "%31%32%37.0.0.1", "①②⑦.0.0.1", "127。0。0。1"]


def test_addresses_inside_CVE_2021_21287(listener):
    codes = []
    with Server() as server:
        for number, host in enumerate(INSIDE):
            for path in ("", "/realms/a"):
                issuer = f"https://{host}:{listener.port}{path}"
                code = ask(server, issuer, f"r{number}{len(path)}")
                assert code in NOT_ASKED, f"{issuer}: {code}"
                codes.append(code)
        assert not listener.seen
        assert len(codes) > 20 and codes.count("IDPCommunicationError") > 20, codes
    # And where the operator allows it, it is heard: the listener is not deaf.
    with Server(args=["--oidc-private", "true"]) as server:
        assert ask(server, f"https://127.0.0.1:{listener.port}", "r") == "IDPCommunicationError"
        assert listener.seen


def names_of_its_own(path):
    """A command in front of the server's, for which this file is /etc/hosts. None: not allowed."""
    command = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', path]
    done = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if done.returncode == 0 else None


def test_names_that_lead_inside_GHSA_m479_9x88_94w6_GHSA_frwq_mfqx_83p8(listener, tmp_path):
    """A name of somebody else's that points to us, at once or from one question to the next."""
    hosts, port = tmp_path / "hosts", listener.port
    lines = ["127.0.0.1 localhost inside.example", "::1 inside.example",
             f"{NOBODYS} both.example", "127.0.0.1 both.example", "169.254.169.254 metadata.example"]
    hosts.write_text("\n".join([*lines, f"{NOBODYS} rebound.example\n"]))
    wrap = names_of_its_own(str(hosts))
    if wrap is None:
        pytest.skip("this machine lets nobody have an /etc/hosts of its own")
    with Server(wrap=wrap) as server:
        for name in ("inside", "both", "metadata", "rebound"):
            issuer = f"https://{name}.example:{port}"
            assert ask(server, issuer, name) == "IDPCommunicationError", issuer
        hosts.write_text("\n".join([*lines, "127.0.0.1 rebound.example\n"]))
        again = f"https://rebound.example:{port}/again"
        assert ask(server, again, "again") == "IDPCommunicationError"
        assert not listener.seen
    with Server(wrap=wrap, args=["--oidc-private", "true"]) as server:
        assert ask(server, f"https://inside.example:{port}", "r") == "IDPCommunicationError"
        assert listener.seen


def test_a_provider_leads_nowhere_GHSA_q9q8_rf9r_fg9f_GHSA_j5c2_hhf7_6gf5(listener):
    """By a redirect, or by the address of its keys: not to plain http, nor where a redirect says."""
    provider = Provider()
    try:
        with Server(args=["--oidc-ca", provider.ca, "--oidc-private", "true"]) as server:
            role = trusting_role(server, provider)
            provider.moves_to = f"http://127.0.0.1:{listener.port}/"

            def code():
                return code_of(unsigned(server).assume_role_with_web_identity, RoleArn=role["Arn"],
                               RoleSessionName="tests", WebIdentityToken=provider.token())[1]

            assert code() == "IDPCommunicationError"
            assert provider.asked and not listener.seen
        for address in (f"http://127.0.0.1:{listener.port}/keys", f"//127.0.0.1:{listener.port}/keys",
                        f"file:///etc/passwd#{listener.port}"):
            provider.moves_to, provider.keys_at = None, address
            with Server(args=["--oidc-ca", provider.ca, "--oidc-private", "true"]) as server:
                role = trusting_role(server, provider)
                assert code() == "IDPCommunicationError"
        assert not listener.seen
    finally:
        provider.close()


def test_hosts_of_requests_GHSA_9pjf_w3c2_m32r(listener):
    """What a request says of hosts is no place to connect to, and in no answer a place to go to."""
    there = f"127.0.0.1:{listener.port}"
    with Server() as server:
        wire = server.wire()
        for target in ("/", "/-/health/live", "/-/admin/v1/whoami", f"http://{there}/", "/bucket/key",
                       "/?Action=GetCallerIdentity&Version=2011-06-15"):
            for method in ("GET", "POST", "HEAD"):
                head = wire.plain_head(method, target, [
                    ("Host", there), ("X-Forwarded-Host", there), ("X-Forwarded-Proto", "https"),
                    ("Forwarded", f"host={there};proto=https"), ("X-Original-URL", f"http://{there}/"),
                    ("Referer", f"http://{there}/"), ("Content-Length", "0")], host=False)
                answer = wire.raw(head, method)
                assert answer.status < 500, answer
                assert not answer.get("location"), answer
        assert not listener.seen
