#!/usr/bin/env python3
"""A node and three witnesses, two of whom it needs, each in a network of its own where the kernel
gives us some: one is cut off, two are, one lies, others submit at the same time, the node is an
older copy, the node is two. Each time: an act is obeyed only with the quorum, no two checkpoints of
one size have both a quorum and different roots, and what was cut off catches up."""
import contextlib
import http.server
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import types
import urllib.request

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "s3"))

from server import Server, muzn  # noqa: E402
from witness import Witness, http as ask  # noqa: E402

NAMES = ("a", "b", "c")
SOON = 40  # seconds; a node asks its witnesses each second, and waits for an answer for five


class Here:
    """No network of its own: what is cut off is halted."""

    prefix = []
    address = "127.0.0.1"

    def cut(self, witness):
        witness.process.send_signal(signal.SIGSTOP)

    def heal(self, witness):
        witness.process.send_signal(signal.SIGCONT)


class Network:
    def __init__(self, number):
        self.name = f"muzn-w{number}"
        self.link = f"muzn-w{number}"
        self.prefix = [harness.tool("ip"), "netns", "exec", self.name]
        self.address = f"10.213.{number}.2"
        ip = harness.tool("ip")
        harness.run(ip, "netns", "del", self.name, check=False)
        harness.run(ip, "netns", "add", self.name)
        harness.run(ip, "link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns",
                    self.name)
        harness.run(ip, "addr", "add", f"10.213.{number}.1/24", "dev", self.link)
        harness.run(ip, "link", "set", self.link, "up")
        for words in (("addr", "add", f"{self.address}/24", "dev", "eth0"),
                      ("link", "set", "eth0", "up"), ("link", "set", "lo", "up")):
            harness.run(ip, "-n", self.name, *words)

    def cut(self, _):
        harness.run(harness.tool("ip"), "link", "set", self.link, "down")

    def heal(self, _):
        harness.run(harness.tool("ip"), "link", "set", self.link, "up")

    def remove(self):
        harness.run(harness.tool("ip"), "netns", "del", self.name, check=False)


@contextlib.contextmanager
def networks():
    """Three, and whether they are real ones."""
    made = []
    try:
        harness.root_user()
        for number in (1, 2, 3):
            made.append(Network(number))
    except (harness.Skip, RuntimeError) as reason:
        print(f"    no networks of their own: {reason}")
    try:
        yield (made, True) if len(made) == 3 else ([Here(), Here(), Here()], False)
    finally:
        for network in made:
            network.remove()


class Liar(http.server.BaseHTTPRequestHandler):
    """Says 200 to everything, with a signature of nobody."""

    answer = "— witness.example/c " + "A" * 104 + "\n"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer.encode())

    def log_message(self, *_):
        pass


class World:
    def __init__(self, where, places, rng):
        self.where, self.places, self.rng = pathlib.Path(where), places, rng
        self.policy = self.where / "witnesses"
        self.seen = {}  # size -> root, of every checkpoint that had a quorum
        self.count = 0
        self.node = Server()
        self.node.start()
        key = next(line.split()[1] for line in self.page(self.node, "policy").splitlines()
                   if line.startswith("log "))
        log = types.SimpleNamespace(signer=types.SimpleNamespace(vkey=key))
        self.witnesses = []
        for name, place in zip(NAMES, places):
            self.witnesses.append(Witness(f"witness.example/{name}", [log], wrap=place.prefix,
                                          listen=f"{place.address}:0").start())
        self.write_policy()
        self.node.stop()
        self.node.args = ["--ledger-policy", str(self.policy)]
        self.node.start()

    def write_policy(self, **other):
        lines = [f"witness {n} {w.vkey} {other.get(n, w.url)}"
                 for n, w in zip(NAMES, self.witnesses)]
        self.policy.write_text("\n".join([*lines, "group two 2 a b c", "quorum two", ""]))

    @staticmethod
    def page(node, path):
        return ask(f"{node.endpoint}/-/log/{path}").text

    def size(self, node=None):
        return int(self.page(node or self.node, "checkpoint").split("\n")[1])

    def act(self, node=None):
        """Whether a new account is there when it is asked for."""
        self.count += 1
        node = node or self.node
        name = f"tenant{self.count}"
        done = node.cli("admin", "account", "create", "--name", name, "--email",
                        f"{name}@example.org", "--json", check=False)
        return done.returncode == 0 and self.has(name, node)

    def has(self, name, node=None):
        accounts = (node or self.node).admin("account", "list")["accounts"]
        return any(a["display_name"] == name for a in accounts)

    def judge(self, node=None):
        """What is published has a quorum, is whole, and contradicts nothing that had one before."""
        node = node or self.node
        policy = self.where / "policy"
        policy.write_text(self.page(node, "policy"))
        done = muzn("audit", "verify", node.endpoint + "/-/log/", "--policy", policy, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        self.note(self.page(node, "checkpoint"))

    def note(self, checkpoint):
        _, size, root, *_ = checkpoint.split("\n")
        assert self.seen.setdefault(int(size), root) == root, f"two roots of size {size}"

    def until(self, what):
        deadline = time.monotonic() + SOON
        while not what():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.2)

    def view(self, number):
        witness = self.witnesses[number]
        origin = self.page(self.node, "checkpoint").split("\n")[0]
        return witness.size(types.SimpleNamespace(origin=origin))

    def close(self):
        if self.node.process:
            self.node.stop()
        self.node.remove()
        for witness in self.witnesses:
            if witness.process:
                witness.process.send_signal(signal.SIGCONT)
                witness.stop()


def all_well(world):
    assert world.act()
    world.judge()


def one_is_cut_off(world):
    gone = world.rng.randrange(3)
    world.places[gone].cut(world.witnesses[gone])
    for _ in range(3):
        assert world.act()
    world.judge()
    world.places[gone].heal(world.witnesses[gone])
    # It is behind by more than one checkpoint, says so (409), and catches up.
    world.until(lambda: (world.act(), world.view(gone) == world.size())[1])
    world.judge()


def two_are_cut_off(world):
    left = world.rng.randrange(3)
    gone = [n for n in range(3) if n != left]
    for n in gone:
        world.places[n].cut(world.witnesses[n])
    before = world.size()
    assert not world.act()
    assert world.size() == before
    world.judge()
    waits = f"tenant{world.count}"
    assert not world.has(waits)
    world.places[gone[0]].heal(world.witnesses[gone[0]])
    world.until(lambda: world.has(waits))
    world.places[gone[1]].heal(world.witnesses[gone[1]])
    world.judge()


def one_lies(world):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar) as liar:
        threading.Thread(target=liar.serve_forever, daemon=True).start()
        world.write_policy(c=f"http://127.0.0.1:{liar.server_port}")
        world.node.stop()
        world.node.start()
        assert world.act()
        world.judge()
        # One that is honest and one that lies are no two.
        world.places[0].cut(world.witnesses[0])
        assert not world.act()
        waits = f"tenant{world.count}"
        world.judge()
        world.places[0].heal(world.witnesses[0])
        world.until(lambda: world.has(waits))
        liar.shutdown()
    world.write_policy()
    world.node.stop()
    world.node.start()


def others_submit(world):
    """Somebody who mirrors the log submits what he has, while the node does."""
    mirror = world.where / "mirror"
    shutil.rmtree(mirror, ignore_errors=True)
    stop = threading.Event()
    outcomes = []

    def submit():
        while not stop.is_set():
            shutil.rmtree(mirror, ignore_errors=True)
            copy_log(world.node, mirror)
            policy = mirror / "policy"
            done = muzn("witness", "submit", "--policy", policy, "--log", mirror, check=False)
            outcomes.append(done.returncode)

    thread = threading.Thread(target=submit)
    thread.start()
    try:
        for _ in range(8):
            world.until(world.act)
    finally:
        stop.set()
        thread.join()
    assert outcomes and set(outcomes) <= {0, 1}
    world.judge()


def copy_log(node, target):
    base = f"{node.endpoint}/-/log/"
    (target / "tile/entries").mkdir(parents=True)
    (target / "tile/0").mkdir()
    for name in ("checkpoint", "policy"):
        (target / name).write_text(ask(base + name).text)
    size = int((target / "checkpoint").read_text().split("\n")[1])
    assert size < 256
    for part in (f"tile/0/000.p/{size}",):
        path = target / part
        path.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(base + part, timeout=20) as answer:
            path.write_bytes(answer.read())


def an_older_copy(world):
    world.node.stop()
    old = world.where / "old"
    shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(world.node.data, old)
    world.node.start()
    assert world.act()
    world.judge()
    world.node.stop()
    copy = Server(data=old, keys=world.node.keys, args=world.node.args)
    with copy:
        world.until(lambda: copy.metrics()["muzn_ledger_frozen"] == 1)
        before = world.size(copy)
        assert not world.act(copy)
        assert world.size(copy) == before
        world.note(world.page(copy, "checkpoint"))
    world.node.start()
    assert world.act()
    world.judge()


def two_nodes(world):
    """A clone of the store runs beside it: one of them gets the witnesses, the other freezes."""
    world.node.stop()
    clone = world.where / "clone"
    shutil.rmtree(clone, ignore_errors=True)
    shutil.copytree(world.node.data, clone)
    world.node.start()
    other = Server(data=clone, keys=world.node.keys, args=world.node.args)
    other.start()
    try:
        nodes = [world.node, other]
        world.rng.shuffle(nodes)
        done = [False, False]
        threads = [threading.Thread(target=lambda n=n: done.__setitem__(n, world.act(nodes[n])))
                   for n in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for node in nodes:
            world.note(world.page(node, "checkpoint"))
        assert not all(done), "both told their story"
        world.until(lambda: any(n.metrics()["muzn_ledger_frozen"] for n in nodes))
        frozen = [bool(n.metrics()["muzn_ledger_frozen"]) for n in nodes]
        assert not all(frozen) or not any(done)
        keeps = nodes[frozen.index(False)] if not all(frozen) else None
    finally:
        other.check()
    if keeps is other:
        # The one that goes on is the one with the witnesses.
        world.node.stop()
        world.node, other = other, world.node
    if other.process:
        other.stop()
    world.until(world.act)
    world.judge()


STORIES = (all_well, one_is_cut_off, two_are_cut_off, one_lies, others_submit, an_older_copy,
           two_nodes)


def body(args):
    rng = random.Random(args.seed)
    count = 0
    with networks() as (places, are_real), tempfile.TemporaryDirectory() as where:
        world = World(where, places, rng)
        try:
            for _ in harness.Rounds(args):
                for story in STORIES:
                    began = time.monotonic()
                    story(world)
                    print(f"    {story.__name__}: {time.monotonic() - began:.1f} s", flush=True)
                    count += 1
        finally:
            world.close()
    return count, 0, {"ran": ["networks"] if are_real else [], "sizes": len(world.seen)}


if __name__ == "__main__":
    raise SystemExit(harness.main("witnesses", harness.options(__doc__, count=1), body))
