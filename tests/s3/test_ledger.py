"""The public log of a node: what it says of acts, who may read it, and what is not obeyed without
it. That its format is the one of c2sp.org is tests/tlog's."""
import hashlib
import json
import pathlib
import shutil
import time
import types

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from server import BINARY, Server, muzn
from witness import Witness, http

TAKES_EFFECT = 30  # seconds; the node asks its witnesses each second


def page(server, path, method="GET"):
    return http(f"{server.endpoint}/-/log/{path}", method)


def vkey(server):
    policy = page(server, "policy").text
    return next(line.split()[1] for line in policy.splitlines() if line.startswith("log "))


def leaves(server):
    """All published leaves, by asking as an outsider does."""
    size = int(page(server, "checkpoint").text.split("\n")[1])
    out = []
    while len(out) < size:
        bundle, width = divmod(len(out), 256)[0], min(256, size - len(out))
        part = f".p/{width}" if width < 256 else ""
        data = http_bytes(f"{server.endpoint}/-/log/tile/entries/{bundle:03d}{part}")
        while data:
            length = int.from_bytes(data[:2], "big")
            out.append(json.loads(data[2:2 + length]))
            data = data[2 + length:]
    return out


def http_bytes(url):
    import urllib.request
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read()


def until_told(server, what):
    """Lines of the log gather for a moment before they leave."""
    deadline = time.monotonic() + 10
    while what not in server.log():
        assert time.monotonic() < deadline, f"never told: {what}"
        time.sleep(0.05)


def verified(server, tmp_path):
    """`muzn audit verify` by the policy that the node names: the report."""
    policy = pathlib.Path(tmp_path, "policy")
    policy.write_text(page(server, "policy").text)
    done = muzn("audit", "verify", server.endpoint + "/-/log/", "--policy", policy, "--json",
                check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def s3(server):
    return boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1",
                        aws_access_key_id=server.keys.access,
                        aws_secret_access_key=server.keys.secret,
                        config=Config(retries={"max_attempts": 0},
                                      s3={"addressing_style": "path"}))


@pytest.fixture(scope="module")
def node():
    with Server() as running:
        yield running


def test_the_first_leaves(node, tmp_path):
    first, second = leaves(node)[:2]
    assert (first["kind"], second["kind"]) == ("genesis", "create_key")
    assert first["account"] == second["account"] == first["hidden"]["account_id"]
    assert first["facts"]["region"] == "us-east-1"
    assert verified(node, tmp_path)["ok"]


def test_an_act_says_where_its_leaf_is(node, tmp_path):
    made = node.admin("account", "create", "--name", "Ministry", "--email", "it@ministry.example")
    told = node.admin("user", "create", "--account", made["id"], "--name", "zaynab")
    leaf = leaves(node)[told["leaf"]]
    assert leaf["kind"] == "create_user" and leaf["sequence"] == told["act"]
    assert leaf["facts"]["actor"]["user"] == "root"
    client = s3(node)
    client.create_bucket(Bucket="ledger-bucket")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
         "Resource": "arn:aws:s3:::ledger-bucket/*"}]})
    answer = client.put_bucket_policy(Bucket="ledger-bucket", Policy=policy)
    index = int(answer["ResponseMetadata"]["HTTPHeaders"]["x-muzn-leaf"])
    assert leaves(node)[index]["kind"] == "put_bucket_policy"
    assert verified(node, tmp_path)["ok"]
    # No name is public.
    everything = json.dumps(leaves(node))
    for name in ("Ministry", "ministry.example", "zaynab", "ledger-bucket", "GetObject",
                 made["id"], node.keys.access):
        assert name not in everything
    # What an answer says is in the record of its request, too.
    record = node.record_of(answer["ResponseMetadata"]["RequestId"])
    assert record["operation"] == "PutBucketPolicy"
    assert record["leaf"].split(" ")[1] == str(index)


def test_the_pages(node):
    checkpoint = page(node, "checkpoint")
    assert checkpoint.status == 200 and checkpoint.kind == "text/plain; charset=utf-8"
    size = int(checkpoint.text.split("\n")[1])
    assert page(node, f"tile/0/000.p/{size}", "HEAD").kind == "application/octet-stream"
    for path in ("", "tile", "tile/0/001", f"tile/0/000.p/{size + 1}", "tile/0/0", "tile/00/000",
                 "tile/0/000.p/0", "../health/live", "policy/", "checkpoint?x", "tile/entries/000"):
        if path != "checkpoint?x":
            assert page(node, path).status == 404, path
    for method in ("PUT", "POST", "DELETE"):
        assert page(node, "checkpoint", method).status == 405


def test_one_log_over_restarts(node, tmp_path):
    before, key = leaves(node), vkey(node)
    node.stop()
    node.start()
    assert leaves(node)[:len(before)] == before and vkey(node) == key
    node.kill()
    node.start()
    assert leaves(node)[:len(before)] == before
    told = node.admin("account", "create", "--name", "Later", "--email", "later@example.org")
    assert told["leaf"] > len(before) - 1
    assert verified(node, tmp_path)["ok"]


def test_a_name_is_for_good():
    server = Server(args=["--ledger-origin", "cloud.example.org/log"])
    with server:
        assert page(server, "checkpoint").text.startswith("cloud.example.org/log\n")
        server.stop()
        server.args = []
        server.start()
        assert page(server, "checkpoint").text.startswith("cloud.example.org/log\n")
        server.stop()
        server.args = ["--ledger-origin", "other.example.org/log"]
        with pytest.raises(AssertionError, match="the log is cloud.example.org.log, for good"):
            server.start()
        server.args = []
        server.start()


def test_a_restored_store_goes_on_under_another_name(tmp_path):
    with Server(args=["--ledger-origin", "cloud.example.org/log"]) as server:
        made = server.admin("account", "create", "--name", "Kept", "--email", "kept@example.org")
        server.stop()
        muzn("engine", "backup", "--data", server.data, "--to", tmp_path / "backup")
        server.start()
        server.admin("account", "create", "--name", "Lost", "--email", "lost@example.org")
        seen = page(server, "checkpoint").text
        muzn("engine", "restore", "--from", tmp_path / "backup", "--data", tmp_path / "restored")
        assert not (tmp_path / "restored" / "log.key").exists()
        with Server(data=tmp_path / "restored", keys=server.keys, args=server.args) as other:
            name = page(other, "checkpoint").text.split("\n")[0]
            assert name.startswith("cloud.example.org/log/") and vkey(other) != vkey(server)
            first = leaves(other)[0]
            old = page(other, "past/0/checkpoint").text.split("\n")
            assert (first["class"], first["kind"]) == ("log", "continues")
            assert first["facts"]["origin"] == old[0] == "cloud.example.org/log"
            # Whoever followed the old log sees how much of it was lost.
            assert first["facts"]["size"] < int(seen.split("\n")[1])
            told = other.admin("user", "create", "--account", made["id"], "--name", "new")
            assert leaves(other)[told["leaf"]]["kind"] == "create_user"
            assert verified(other, tmp_path)["ok"]
            policy = tmp_path / "past"
            policy.write_text(page(other, "past/0/policy").text)
            done = muzn("audit", "verify", other.endpoint + "/-/log/past/0/", "--policy", policy)
            assert "0 faults" in done.stdout
            assert page(other, "past/1/checkpoint").status == 404
            assert page(other, "past/x/checkpoint").status == 404
            # The same log after a restart.
            other.stop()
            other.start()
            assert page(other, "checkpoint").text.startswith(name + "\n")
            assert leaves(other)[0] == first
            other.stop()
            muzn("engine", "check", "--data", other.data)
            other.start()


def declared(server, what):
    """(entry, leaf) of each declaration of this, in order."""
    return [(index, leaf) for index, leaf in enumerate(leaves(server))
            if leaf["kind"] == "declare" and leaf["facts"]["what"] == what]


def sha256_of(data):
    return hashlib.sha256(data).hexdigest()


def test_a_node_declares_what_it_runs_by(tmp_path):
    with Server(args=[]) as server:
        everything = [leaf["facts"]["what"] for leaf in leaves(server) if leaf["kind"] == "declare"]
        assert sorted(everything) == ["exclusions", "software", "witness_policy"]
        (entry, software), = declared(server, "software")
        assert software["account"] == "" and software["facts"]["actor"] == {"account": "", "user": ""}
        assert software["facts"]["sha256"] == sha256_of(pathlib.Path(BINARY).read_bytes())
        says = software["facts"]["says"]
        assert muzn("version").stdout == f"muzn {says['version']} ({says['commit']})\n"
        for what, path in (("witness_policy", "policy"), ("exclusions", "exclusions")):
            (_, leaf), = declared(server, what)
            served = http_bytes(f"{server.endpoint}/-/log/{path}")
            assert leaf["facts"]["sha256"] == sha256_of(served)
        report = verified(server, tmp_path)
        assert report["rules"]["declared"]["software"]["entry"] == entry
        shown = muzn("audit", "show", server.endpoint + "/-/log/", "--key", vkey(server),
                     "--act", "declare").stdout
        assert shown.count("\n") == 3 and f"declared its software: commit '{says['commit']}'" in shown
        # Not again, as long as nothing differs.
        size = len([leaf for leaf in leaves(server) if leaf["class"] == "control"])
        server.stop()
        server.start()
        assert len([leaf for leaf in leaves(server) if leaf["class"] == "control"]) == size


class Witnessed:
    """A node whose acts need two of three witnesses."""

    def __init__(self, tmp_path):
        self.policy = pathlib.Path(tmp_path, "witnesses")
        self.server = Server(args=[])
        self.server.start()
        log = types.SimpleNamespace(signer=types.SimpleNamespace(vkey=vkey(self.server)))
        self.witnesses = [Witness(f"witness.example/{n}", [log]).start() for n in "abc"]
        self.write_policy()
        self.server.stop()
        self.server.args = ["--ledger-policy", str(self.policy)]

    def write_policy(self):
        lines = [f"witness {w.name[-1]} {w.vkey} {w.url}" for w in self.witnesses]
        self.policy.write_text("\n".join([*lines, "group two 2 a b c", "quorum two", ""]))

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None and self.server.process:
                self.server.stop()
        finally:
            self.server.remove()
            for witness in self.witnesses:
                if witness.process:
                    witness.kill()


def put_access_block(server, bucket):
    return s3(server).put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})


def test_no_quorum_no_act(tmp_path):
    with Witnessed(tmp_path) as world:
        server, witnesses = world.server, world.witnesses
        client = s3(server)
        client.create_bucket(Bucket="quorum-bucket")
        client.put_object(Bucket="quorum-bucket", Key="k", Body=b"data")
        put_access_block(server, "quorum-bucket")
        report = verified(server, tmp_path)
        assert report["ok"] and report["cosignatures"] >= 2
        spare = server.admin("key", "create", "--account", server.operator())

        witnesses[0].kill()
        put_access_block(server, "quorum-bucket")  # two are left
        witnesses[1].kill()
        before = leaves(server)
        with pytest.raises(ClientError) as refused:
            client.delete_public_access_block(Bucket="quorum-bucket")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        # Neither obeyed nor published; data goes on.
        assert client.get_public_access_block(Bucket="quorum-bucket")
        assert leaves(server) == before
        assert client.get_object(Bucket="quorum-bucket", Key="k")["Body"].read() == b"data"
        # But who is to lose a right loses it now.
        server.admin("key", "disable", spare["access_key"])
        with pytest.raises(AssertionError, match="InvalidAccessKeyId|AccessDenied"):
            server.admin("account", "list", keys=types.SimpleNamespace(
                access=spare["access_key"], secret=spare["secret_key"]))
        assert leaves(server) == before
        assert server.metrics()["muzn_acts_pending"] == 2

        # The same over a restart.
        server.kill()
        server.start()
        assert client_again(server).get_public_access_block(Bucket="quorum-bucket")
        assert server.metrics()["muzn_acts_pending"] == 2
        with pytest.raises(AssertionError, match="InvalidAccessKeyId|AccessDenied"):
            server.admin("account", "list", keys=types.SimpleNamespace(
                access=spare["access_key"], secret=spare["secret_key"]))

        # A witness that is back lets the acts take effect, without anybody asking again.
        witnesses[1].start()
        deadline = time.monotonic() + TAKES_EFFECT
        while server.metrics()["muzn_acts_pending"] and time.monotonic() < deadline:
            time.sleep(0.2)
        assert server.metrics()["muzn_acts_pending"] == 0
        with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
            client_again(server).get_public_access_block(Bucket="quorum-bucket")
        assert [leaf["kind"] for leaf in leaves(server)[len(before):]
                if leaf["class"] == "control"] == ["delete_public_access_block", "set_key_status"]
        assert verified(server, tmp_path)["ok"]


def test_a_policy_that_changes_is_declared(tmp_path):
    with Witnessed(tmp_path) as world:
        server, witnesses = world.server, world.witnesses
        report = verified(server, tmp_path)
        assert report["ok"] and not report["rules"]["warnings"]["count"]
        (_, before), (entry, now) = declared(server, "witness_policy")
        assert before["facts"]["says"]["quorum"] == "none"
        names = ", ".join(sorted(witness.name for witness in witnesses))
        assert now["facts"]["says"]["quorum"] == f"2 of ({names})"
        changes = [one for one in report["rules"]["declarations"]["first"] if one["entry"] == entry]
        assert f"quorum from 'none' to '2 of ({names})'" in changes[0]["what"]

        # Whoever was given another policy than the log declares is told.
        policy = tmp_path / "other"
        policy.write_text(f"log {vkey(server)}\nwitness a {witnesses[0].vkey}\n"
                          f"witness b {witnesses[1].vkey}\ngroup any 1 a b\nquorum any\n")
        command = ("audit", "verify", server.endpoint + "/-/log/", "--policy", policy)
        told = muzn(*command)
        assert "WARNING" in told.stdout and "asks for another quorum" in told.stdout
        assert muzn(*command, "--strict", check=False).returncode == 1

        # A node whose quorum can't be reached starts, and says so when it can.
        witnesses[0].kill()
        witnesses[1].kill()
        published = page(server, "checkpoint").text
        server.stop()
        world.policy.write_text(world.policy.read_text() + "# another text\n")
        server.start()
        assert server.metrics()["muzn_acts_pending"] == 1
        assert page(server, "checkpoint").text == published
        server.stop()
        server.start()
        assert server.metrics()["muzn_acts_pending"] == 1  # not twice
        witnesses[1].start()
        deadline = time.monotonic() + TAKES_EFFECT
        while server.metrics()["muzn_acts_pending"] and time.monotonic() < deadline:
            time.sleep(0.2)
        *_, (_, last) = declared(server, "witness_policy")
        assert last["facts"]["says"] == now["facts"]["says"]
        assert last["facts"]["sha256"] != now["facts"]["sha256"]
        assert verified(server, tmp_path)["ok"]


def client_again(server):
    return s3(server)


def test_an_older_copy_is_frozen(tmp_path):
    with Witnessed(tmp_path) as world:
        server = world.server
        client = s3(server)
        client.create_bucket(Bucket="copied-bucket")
        client.put_object(Bucket="copied-bucket", Key="k", Body=b"data")
        server.stop()
        shutil.copytree(server.data, tmp_path / "copy")
        server.start()
        put_access_block(server, "copied-bucket")
        seen = page(server, "checkpoint").text
        server.stop()

        copy = Server(data=tmp_path / "copy", args=server.args)
        with copy:
            deadline = time.monotonic() + TAKES_EFFECT
            while not copy.metrics()["muzn_ledger_frozen"] and time.monotonic() < deadline:
                time.sleep(0.2)
            assert copy.metrics()["muzn_ledger_frozen"] == 1
            with pytest.raises(ClientError) as refused:
                put_access_block(copy, "copied-bucket")
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert s3(copy).get_object(Bucket="copied-bucket", Key="k")["Body"].read() == b"data"
            # It signed nothing that the real one could be confused with.
            assert page(copy, "checkpoint").text.split("\n")[1] != seen.split("\n")[1]
            until_told(copy, "older copy")
        server.start()
        put_access_block(server, "copied-bucket")
