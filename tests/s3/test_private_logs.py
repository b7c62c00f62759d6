"""The logs of accounts: who may read them, and what they prove with the public log."""
import json
import urllib.error
import urllib.request

import pytest

from sdk import s3_client
from server import Server, muzn
from sigv4 import Keys
from test_data_leaves import eventually, fetch, handle_of, leaves

ARGS = ("--ledger-seconds", "1")


@pytest.fixture(scope="module")
def node():
    with Server(args=ARGS) as running:
        yield running


@pytest.fixture(scope="module")
def key(node):
    policy = fetch(node, "policy").decode()
    return next(line.split()[1] for line in policy.splitlines() if line.startswith("log "))


class Tenant:
    """An account of full granularity, with a bucket."""

    def __init__(self, node, name):
        self.node = node
        self.account, self.keys = node.new_account(name)
        self.handle = handle_of(node, self.account)
        node.admin("granularity", "set", "--account", self.account["id"], "--level", "full")
        self.client = s3_client(node, self.keys)
        self.bucket = name
        self.client.create_bucket(Bucket=name)

    def put(self, key):
        answer = self.client.put_object(Bucket=self.bucket, Key=key, Body=b"x" * 100)
        return answer["ResponseMetadata"]["HTTPHeaders"]["x-muzn-receipt"]

    def sizes(self):
        return [leaf["facts"]["size"] for leaf in leaves(self.node)
                if leaf["class"] == "log" and leaf["account"] == self.handle]

    def url(self, name=None):
        return f"{self.node.endpoint}/-/log/private/{name or self.handle}/"


@pytest.fixture(scope="module")
def tenant(node):
    return Tenant(node, "private")


def mirror(read, into):
    """Copies a log that `read` reads the files of; its size."""
    checkpoint = read("checkpoint")
    size = int(checkpoint.split(b"\n")[1])
    level, hashes = 0, size
    paths = ["policy"]
    while hashes:
        names = [f"{n:03d}" for n in range(hashes // 256)]
        if hashes % 256:
            names.append(f"{hashes // 256:03d}.p/{hashes % 256}")
        for kind in (level, "entries") if level == 0 else (level,):
            paths += [f"tile/{kind}/{name}" for name in names]
        level, hashes = level + 1, hashes // 256
    for path in paths:
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(read(path))
    (into / "checkpoint").write_bytes(checkpoint)
    return size


def get(node, keys, path, method="GET"):
    return node.wire(keys).request(method, "/-/log/private/" + path)


def test_who_may_read(node, tenant):
    tenant.put("k")
    eventually(lambda: bool(tenant.sizes()), True)
    stranger, strangers = node.new_account("stranger")
    node.admin("user", "create", "--account", tenant.account["id"], "--name", "u")
    made = node.admin("key", "create", "--account", tenant.account["id"], "--user", "u")
    user = Keys(made["access_key"], made["secret_key"])
    for name in (tenant.handle, tenant.account["id"]):
        for keys in (tenant.keys, node.keys):  # the account's root, and the operator's
            answer = get(node, keys, name + "/checkpoint")
            assert answer.status == 200, answer.body
            assert answer.body.startswith(fetch(node, "checkpoint").split(b"\n")[0] + b"/accounts/" +
                                          tenant.handle.encode())
            assert answer.get("cache-control") == "no-store"
        for keys in (strangers, user, Keys(tenant.keys.access, "wrong-secret-key-of-the-tests")):
            answer = get(node, keys, name + "/checkpoint")
            assert answer.status == 403
            # Who is of the account may know what it is called.
            assert keys is user or tenant.handle.encode() not in answer.body
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(tenant.url(name) + "checkpoint", timeout=20)
        assert refused.value.code == 403
    # Whether there is such an account, or such a log, is not told.
    told = {get(node, strangers, name + "/checkpoint").body
            for name in (tenant.account["id"], "000000000000", "0" * 64)}
    assert len(told) == 1
    assert get(node, node.keys, "000000000000/checkpoint").status == 404
    assert get(node, strangers, stranger["id"] + "/checkpoint").status == 404  # it has none
    for path in ("", "/", "//checkpoint", tenant.handle, tenant.handle + "/",
                 tenant.handle + "/../checkpoint", tenant.handle + "/tile/0/000/000"):
        assert get(node, tenant.keys, path).status in (403, 404), path
    assert get(node, tenant.keys, tenant.handle + "/checkpoint", "PUT").status == 405


def test_reads_are_recorded(node):
    """Who reads an account's log is in it: the operator, too."""
    tenant = Tenant(node, "watched")
    tenant.put("k")
    eventually(lambda: bool(tenant.sizes()), True)
    assert get(node, node.keys, tenant.handle + "/checkpoint").status == 200

    def readers():
        size = int(get(node, tenant.keys, tenant.handle + "/checkpoint").body.split(b"\n")[1])
        data = get(node, tenant.keys, f"{tenant.handle}/tile/entries/000.p/{size}").body
        found = set()
        while data:
            length = int.from_bytes(data[:2], "big")
            record = json.loads(data[2:2 + length])
            if record["operation"] == "PrivateLog":
                found.add(record["principal_type"])
            data = data[2 + length:]
        return found
    eventually(readers, {"operator", "root"})


def test_receipts_are_kept(node, tenant, key):
    receipt = tenant.put("promised")

    def verify(text, *words, keys=tenant.keys):
        return muzn("receipt", "verify", text, "--key", key, "--url", node.endpoint, "--json",
                    *words, keys=keys, check=False)
    eventually(lambda: verify(receipt).returncode, 0)
    done = json.loads(verify(receipt).stdout)
    assert done["ok"] and done["outcome"]["kept"] is True
    leaf = leaves(node)[done["outcome"]["public_entry"]]
    assert leaf["class"] == "log" and leaf["facts"]["size"] > done["outcome"]["entry"]
    # The operator's auditor may judge it as well; a stranger can't, and is not told that it is not.
    assert verify(receipt, keys=node.keys).returncode == 0
    _, strangers = node.new_account("curious")
    assert verify(receipt, keys=strangers).returncode == 2
    assert verify(receipt, keys=None).returncode == 2
    words = muzn("receipt", "verify", receipt, "--key", key, "--url", node.endpoint + "/",
                 keys=tenant.keys).stdout
    assert "kept: entry" in words


def test_a_receipt_that_is_not_due(key, node):
    """Until the public log says something, nothing is said about the promise."""
    with Server(args=("--ledger-seconds", "3600")) as slow:
        tenant = Tenant(slow, "slow")
        receipt = tenant.put("k")
        policy = fetch(slow, "policy").decode()
        own = next(line.split()[1] for line in policy.splitlines() if line.startswith("log "))
        done = muzn("receipt", "verify", receipt, "--key", own, "--url", slow.endpoint, "--json",
                    keys=tenant.keys, check=False)
        assert done.returncode == 2 and json.loads(done.stdout)["outcome"]["kept"] is None
        assert muzn("receipt", "verify", receipt, "--key", key, "--url", slow.endpoint,
                    keys=tenant.keys, check=False).returncode == 1  # another log's key


def test_verify_within_the_public_log(node, tenant, key, tmp_path):
    for n in range(30):
        tenant.put(f"k{n}")
    eventually(lambda: tenant.sizes()[-1] >= 30, True)

    where = [f"{node.endpoint}/-/log/"]

    def verify(what, keys=tenant.keys):
        done = muzn("audit", "verify", what, "--within", *where, "--key", key, "--json", keys=keys,
                    check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else {}
    status, report = verify(tenant.url())
    assert status == 0 and report["ok"], report
    assert 30 <= report["vouched"] <= report["entries"] and report["leaves"] >= 1
    assert report["origin"].endswith(tenant.handle)

    # Copies, the public one first: the account's log has all that it says.
    outer = tmp_path / "outer"
    mirror(lambda path: fetch(node, path), outer)
    copy = tmp_path / "copy"
    size = mirror(lambda path: get(node, tenant.keys, f"{tenant.handle}/{path}").body, copy)
    assert size < 256
    where = [str(outer)]
    assert verify(str(copy))[0] == 0
    entries = copy / f"tile/entries/000.p/{size}"
    good = entries.read_bytes()
    entries.write_bytes(good[:100] + bytes([good[100] ^ 1]) + good[101:])
    status, report = verify(str(copy))
    assert status == 1 and report["faults"]
    entries.write_bytes(good)
    # One that is older than what the public log says.
    where = [f"{node.endpoint}/-/log/"]
    tenant.put("newer")
    eventually(lambda: tenant.sizes()[-1] > size, True)
    assert "says that it had" in " ".join(verify(str(copy))[1]["faults"])
    # One of another installation, though whole.
    with Server(args=ARGS) as other:
        foreign = Tenant(other, "private")
        foreign.put("k")
        eventually(lambda: bool(foreign.sizes()), True)
        status, report = verify(foreign.url(), keys=foreign.keys)
        assert status == 1 and report["leaves"] == 0
    assert muzn("audit", "verify", tenant.url(), "--within", f"{node.endpoint}/-/log/", "--key",
                key, check=False).returncode == 2  # no credentials
