"""What the public log says of what is done with data: summaries, gaps, granularity, and the list of
what it leaves out."""
import json
import pathlib
import time
import urllib.error
import urllib.request

import pytest

from sdk import code_of, s3_client
from server import ROOT, Server, muzn

EVENTUALLY = 30  # seconds; the server makes leaves each second here
ARGS = ("--ledger-seconds", "1")


def fetch(server, path):
    with urllib.request.urlopen(f"{server.endpoint}/-/log/{path}", timeout=20) as answer:
        return answer.read()


def leaves(server):
    """All published leaves, read as an outsider does."""
    size = int(fetch(server, "checkpoint").split(b"\n")[1])
    out = []
    while len(out) < size:
        width = min(256, size - len(out))
        part = "" if width == 256 else f".p/{width}"
        data = fetch(server, f"tile/entries/{len(out) // 256:03d}{part}")
        while data:
            length = int.from_bytes(data[:2], "big")
            out.append(json.loads(data[2:2 + length]))
            data = data[2 + length:]
    return out


def data_leaves(server, handle):
    """Those of class data of an account, each once."""
    found = {}
    for leaf in leaves(server):
        if leaf["class"] == "data" and leaf["account"] == handle:
            assert found.setdefault(leaf["sequence"], leaf) == leaf
    assert sorted(found) == list(range(len(found)))
    return [found[sequence] for sequence in sorted(found)]


def totals(batches):
    out = {"records": 0, "errors": 0, "bytes_in": 0, "bytes_out": 0, "principals": {}}
    for batch in batches:
        if batch["kind"] != "summary":
            continue
        facts = batch["facts"]
        assert facts["from_micros"] <= facts["to_micros"]
        assert facts["records"] == sum(s["requests"] for s in facts["services"].values())
        assert facts["records"] == sum(facts["principals"].values())
        out["records"] += facts["records"]
        for name in ("errors", "bytes_in", "bytes_out"):
            out[name] += sum(s[name] for s in facts["services"].values())
        for who, requests in facts["principals"].items():
            out["principals"][who] = out["principals"].get(who, 0) + requests
    return out


def eventually(look, wanted):
    deadline = time.monotonic() + EVENTUALLY
    while (seen := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert seen == wanted


def handle_of(server, account):
    """What the log calls an account: from the leaf of the act that made it."""
    created = [leaf for leaf in leaves(server) if leaf["kind"] == "create_account"]
    assert created and account["act"] in [leaf["sequence"] for leaf in created]
    return next(leaf["account"] for leaf in created if leaf["sequence"] == account["act"])


@pytest.fixture(scope="module")
def node():
    with Server(args=ARGS) as running:
        yield running


def tenant(node, name):
    account, keys = node.new_account(name)
    return account, handle_of(node, account), s3_client(node, keys)


def test_each_request_is_counted_once(node):
    _, handle, client = tenant(node, "counted")
    client.create_bucket(Bucket="counted")
    for n in range(20):
        client.put_object(Bucket="counted", Key=f"k{n}", Body=b"x" * 100)
    for n in range(10):
        client.get_object(Bucket="counted", Key=f"k{n}")["Body"].read()
    assert code_of(client.get_object, Bucket="counted", Key="none")[0] == 404
    wire = node.wire()
    assert wire.anonymous("GET", "/counted/k1").status == 403
    # 34 of its own, the stranger's included, whose account is not known: the bucket's owner's.
    eventually(lambda: totals(data_leaves(node, handle))["records"], 33)
    seen = totals(data_leaves(node, handle))
    assert seen["principals"] == {"root": 32, "anonymous": 1}
    assert seen["errors"] == 2
    assert seen["bytes_in"] >= 2000 and seen["bytes_out"] >= 1000
    assert [leaf["kind"] for leaf in data_leaves(node, handle)].count("gap") == 0


def test_granularity(node):
    account, handle, client = tenant(node, "grains")
    client.create_bucket(Bucket="loud")
    client.create_bucket(Bucket="quiet")
    at = ["--account", account["id"]]
    node.admin("granularity", "set", *at, "--bucket", "quiet", "--level", "off")
    for n in range(5):
        client.put_object(Bucket="quiet", Key=f"k{n}", Body=b"x")
        client.put_object(Bucket="loud", Key=f"k{n}", Body=b"x")
    eventually(lambda: totals(data_leaves(node, handle))["records"], 7)
    node.admin("granularity", "set", *at, "--level", "off")
    client.put_object(Bucket="loud", Key="k", Body=b"x")
    client.list_buckets()
    node.admin("granularity", "set", *at, "--level", "default")
    client.list_buckets()
    eventually(lambda: totals(data_leaves(node, handle))["records"], 8)
    # Each change is a leaf, which names no bucket.
    said = [leaf for leaf in leaves(node)
            if leaf["kind"] == "set_granularity" and leaf["account"] == handle]
    assert [leaf["facts"]["level"] for leaf in said] == ["off", "off", ""]
    assert "bucket" in said[0]["facts"] and "bucket" not in said[1]["facts"]
    assert "quiet" not in json.dumps(said)


def test_full_granularity_and_receipts(node):
    account, handle, client = tenant(node, "full")
    client.create_bucket(Bucket="kept")
    node.admin("granularity", "set", "--account", account["id"], "--bucket", "kept", "--level",
               "full")
    policy = fetch(node, "policy").decode()
    key = next(line.split()[1] for line in policy.splitlines() if line.startswith("log "))

    def receipt_of(answer):
        return answer["ResponseMetadata"]["HTTPHeaders"].get("x-muzn-receipt")

    def verify(receipt):
        return muzn("receipt", "verify", receipt, "--key", key, "--json", check=False)

    put = receipt_of(client.put_object(Bucket="kept", Key="k", Body=b"x" * 100))
    assert receipt_of(client.get_object(Bucket="kept", Key="k")) is None
    removed = receipt_of(client.delete_object(Bucket="kept", Key="k"))
    places = []
    for receipt in (put, removed):
        done = verify(receipt)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["ok"] and told["log"].endswith("/accounts/" + handle)
        assert told["entry"] is None  # the place in the log is not known yet
        places.append(told["leaf"])
    assert len(set(places)) == 2
    for bad in (put.replace("index=", "index=1"), put.replace("by=1", "by=2"),
                removed[:-6] + ("A" if removed[-6] != "A" else "B") + removed[-5:]):
        assert verify(bad).returncode == 1
    # Three entries, and a public leaf that binds them.
    def sizes():
        return [leaf["facts"]["size"] for leaf in leaves(node)
                if leaf["class"] == "log" and leaf["account"] == handle]
    eventually(lambda: sizes()[-1:], [3])
    eventually(lambda: totals(data_leaves(node, handle))["records"], 4)
    # What the bucket has not, others of the account don't get.
    client.create_bucket(Bucket="other-of-full")
    assert receipt_of(client.put_object(Bucket="other-of-full", Key="k", Body=b"x")) is None


def test_a_clean_end_and_a_crash():
    server = Server(args=ARGS)
    with server:
        account, keys = server.new_account("ends")
        handle = handle_of(server, account)
        client = s3_client(server, keys)
        client.create_bucket(Bucket="ends")
        client.put_object(Bucket="ends", Key="k", Body=b"x")
        server.stop()
        server.start()
        client = s3_client(server, keys)
        client.put_object(Bucket="ends", Key="k", Body=b"x")
        eventually(lambda: totals(data_leaves(server, handle))["records"], 3)
        assert "gap" not in [leaf["kind"] for leaf in leaves(server)]
        server.kill()
        server.start()
        eventually(lambda: [leaf["kind"] for leaf in data_leaves(server, "")][-1:], ["gap"])
        gap = data_leaves(server, "")[-1]
        assert gap["facts"]["reason"] == "crash"
        # Whatever was in memory: told, or its time is in a gap.
        assert totals(data_leaves(server, handle))["records"] == 3
        client = s3_client(server, keys)
        client.put_object(Bucket="ends", Key="k", Body=b"x")
        eventually(lambda: totals(data_leaves(server, handle))["records"], 4)


def test_nothing_of_our_own_is_counted(node):
    before = len(leaves(node))
    for _ in range(3):
        for path in ("/-/health/live", "/-/health/ready", "/-/metrics", "/-/log/checkpoint"):
            with urllib.request.urlopen(node.endpoint + path, timeout=20) as answer:
                answer.read()
    time.sleep(2.5)  # two intervals and more
    new = leaves(node)[before:]
    assert not [leaf for leaf in new if "server" in leaf["facts"].get("services", {})]


def test_the_list_of_what_is_left_out():
    printed = muzn("audit", "exclusions").stdout
    assert printed.startswith("| id |") and printed.count("\n") > 8
    page = pathlib.Path(ROOT, "docs", "exclusions.md").read_text(encoding="utf-8")
    assert printed in page
