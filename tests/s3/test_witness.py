"""`muzn witness`: what c2sp.org/tlog-witness says of a witness, and of asking several."""
import pathlib
import random
import socket
import stat
import threading
import time

import pytest

from notes import WITNESS, Log, Signer, b64, cosignature_time, node, verify
from server import muzn
from witness import Witness, http
from wire import Connection

ORIGIN = "log.example/a"


@pytest.fixture(scope="module")
def story():
    return Log(ORIGIN)


@pytest.fixture(scope="module")
def other():
    """The same log's other story."""
    return Log(ORIGIN, fork=5)


@pytest.fixture
def witness(story):
    with Witness("witness.example/w", [story]) as running:
        yield running


def test_our_own_tools_know_the_vectors():
    """RFC 8032 7.1, test 2, and the cosignature of c2sp.org/tlog-cosignature."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
    assert verify(public, b"\x72", signature)
    assert not verify(public, b"\x73", signature)


def test_cosigns_what_grows(witness, story):
    size = 0
    for larger in (0, 1, 7, 8, 8, 255, 256, 257, 300):
        before = int(time.time())
        reply = witness.add(story.body(size, larger))
        assert reply.status == 200, reply.text
        cosigned = cosignature_time(witness.vkey, story.text(larger), reply.text)
        assert before - 60 <= cosigned <= time.time() + 1
        assert reply.text.count("\n") == 1
        view = witness.view(story)
        assert view.startswith(story.note(larger)) and view.endswith(reply.text)
        size = larger


def test_statuses(witness, story, other):
    def status(body):
        return witness.add(body).status

    note = story.note(7)
    assert witness.view(story) is None
    for bad in ("", "old 0", "old 0\n", "old 0\n\n", f"old 00\n\n{note}", f"old -1\n\n{note}",
                f"old 0\r\n\n{note}", f"old 0\nAAAA\n\n{note}", f"old 0\n\n{note}\n",
                f"old 0\n\n{note}".replace("\n", "\r\n"), f"old 9223372036854775808\n\n{note}",
                "old 0\n" + (b64(bytes(32)) + "\n") * 64 + f"\n{note}"):
        assert status(bad) == 400, bad
    assert witness.add(b"old 0\n\n\xff" + note.encode()).status == 400
    assert status("old 0\n\n" + "x" * 200_000) == 413
    # Unknown logs before signatures, signatures before sizes, sizes before proofs.
    assert status(Log("log.example/b").body(8, 7)) == 404
    thief = Log(ORIGIN, seed=b"another key")
    assert status(thief.body(0, 7)) == 403
    assert status(thief.body(8, 7)) == 403
    bad_line = story.signer.line("another text\n")
    assert status(story.body(0, 7, story.note(7, bad_line))) == 403
    assert status(story.body(8, 7)) == 400
    assert status(story.body(3, 7)) == 409
    rooted = f"{ORIGIN}\n0\n{b64(bytes(32))}\n"
    assert status(f"old 0\n\n{rooted}\n{story.signer.line(rooted)}") == 422
    assert status(f"old 0\n{b64(bytes(32))}\n\n{note}") == 422
    assert witness.view(story) is None

    unknown = thief.signer.line(story.text(7))
    assert status(story.body(0, 7, story.note(7, unknown))) == 200
    assert unknown not in witness.view(story)
    reply = witness.add(story.body(0, 9))
    assert (reply.status, reply.kind, reply.text) == (409, "text/x.tlog.size", "7\n")
    assert status(story.body(9, 9)) == 409
    assert status(story.body(8, 7)) == 400
    assert status(other.body(7, 7)) == 422
    assert status(other.body(7, 9)) == 422
    assert status(story.body(7, 9).replace("\n", "\n" + b64(bytes(32)) + "\n", 1)) == 422
    assert status(story.body(7, 9)) == 200
    assert witness.size(story) == 9
    deadline = time.monotonic() + 30
    while "a log showed what does not grow" not in witness.log():  # lines leave some time later
        assert time.monotonic() < deadline, witness.log()
        time.sleep(0.05)


def test_http(witness):
    assert http(witness.url + "/add-checkpoint").status == 405
    assert http(witness.url + "/", "POST", "x").status == 405
    assert http(witness.url + "/nothing").status == 404
    assert http(witness.url + "/../witness.key").status == 404
    assert http(witness.url + "/-/health/live").text == "live\n"
    assert http(witness.url + "/-/health/ready").text == "ready\n"
    port = int(witness.url.rpartition(":")[2])
    for bad in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"):
        with Connection(("127.0.0.1", port)) as connection:
            connection.socket.sendall(bad)
            assert connection.socket.recv(100).startswith(b"HTTP/1.1 400 ")


def test_extension_lines_are_cosigned(witness, story):
    text = story.text(7, "an extension\n")
    reply = witness.add(f"old 0\n\n{text}\n{story.signer.line(text)}")
    assert reply.status == 200
    assert cosignature_time(witness.vkey, text, reply.text)


def test_one_of_two_wins(witness, story, other):
    """Each would be right alone: two sizes of one story, and two stories."""
    size = 4
    assert witness.add(story.body(0, size)).status == 200
    for first, second in ((story.body(4, 20), story.body(4, 30)), (None, None)):
        if first is None:
            size = witness.size(story)
            first, second = story.body(size, 40), story.body(size, 50)
        replies = []
        start = threading.Barrier(8)

        def ask(body):
            start.wait()
            replies.append(witness.add(body))

        threads = [threading.Thread(target=ask, args=(body,)) for body in (first, second) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(r.status for r in replies) == [200] + [409] * 7
        told = {r.text for r in replies if r.status == 409}
        assert told == {f"{witness.size(story)}\n"}


def test_split_view(witness, story, other):
    assert witness.add(story.body(0, 3)).status == 200
    assert witness.add(other.body(3, 5)).status == 200  # both stories are the same so far
    assert witness.add(other.body(5, 10)).status == 200
    assert witness.add(story.body(10, 10)).status == 422
    assert witness.add(story.body(10, 20)).status == 422
    assert witness.add(story.body(5, 20)).status == 409
    assert witness.add(other.body(10, 20)).status == 200


def test_restart_keeps_view_and_key(story, other):
    with Witness("witness.example/w", [story]) as witness:
        vkey = witness.vkey
        reply = witness.add(story.body(0, 20))
        witness.stop()
        key = pathlib.Path(witness.data, "witness.key")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        witness.name = None
        witness.start()
        assert witness.vkey == vkey
        assert witness.view(story) == story.note(20) + reply.text
        assert witness.add(story.body(0, 7)).text == "20\n"
        assert witness.add(other.body(20, 30)).status == 422
        assert witness.add(story.body(20, 30)).status == 200
        assert muzn("witness", "key", "--data", witness.data).stdout == vkey + "\n"
        done = muzn("witness", "serve", "--data", witness.data, "--listen", "127.0.0.1:0",
                    check=False)
        assert done.returncode == 1 and "in use" in done.stderr


def test_kill_never_takes_a_cosignature_back(story, other):
    chance = random.Random(8)
    with Witness("witness.example/w", [story]) as witness:
        known = 0
        for _ in range(5):
            threading.Timer(chance.uniform(0.02, 0.3), witness.process.kill).start()
            try:
                while known < 299:
                    assert witness.add(story.body(known, known + 1)).status == 200
                    known += 1
            except OSError:
                pass
            witness.process.wait()
            witness.kill()
            witness.start()
            size = witness.size(story) or 0
            assert known <= size <= known + 1
            known = size
            if known > 5:
                assert witness.add(other.body(known, known)).status == 422
                assert witness.add(other.body(known - 1, known)).status == 409
        assert known > 5


def test_refuses_to_start(story, tmp_path):
    def start(*words, data=tmp_path / "w"):
        return muzn("witness", "serve", "--data", str(data), "--listen", "127.0.0.1:0", *words,
                    check=False)

    assert start().returncode == 2  # no name for a new key
    assert start("--name", "two words").returncode == 2
    assert start("--name", "w.example", "--log", "nonsense").returncode == 2
    assert start("--name", "w.example", "--listn", "x").returncode == 2
    vkey = muzn("witness", "key", "--data", str(tmp_path / "w"), "--name", "w.example").stdout.strip()
    assert start("--name", "v.example").returncode == 2  # another name needs another key
    assert start("--log", vkey).returncode == 2  # a witness is no log
    logs = ["--log", story.signer.vkey]
    assert start(*logs, *logs).returncode == 2
    key = tmp_path / "w" / "witness.key"
    key.write_text(key.read_text()[:-9] + "\n")
    done = start(*logs)
    assert done.returncode == 1 and "not a private key" in done.stderr


def test_damaged_memory_is_not_believed(story):
    with Witness("witness.example/w", [story]) as witness:
        witness.add(story.body(0, 20))
        witness.stop()
        view, = pathlib.Path(witness.data, "views").iterdir()
        view.write_text(view.read_text().replace("\n20\n", "\n19\n"))
        done = muzn("witness", "serve", "--data", witness.data, "--log", story.signer.vkey,
                    "--listen", "127.0.0.1:0", check=False)
        assert done.returncode == 1 and view.name in done.stderr


class Liar:
    """A witness of our own that answers what it is told to."""

    def __init__(self, answer):
        self.answer, self.requests = answer, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as lines:
                length = 0
                while (line := lines.readline().strip()) != b"":
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                body = lines.read(length).decode()
                self.requests += 1
                status, text = self.answer(body)
                data = text.encode()
                peer.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n\r\n".encode()
                             + data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


@pytest.fixture
def pair(story):
    with Witness("witness.example/1", [story]) as one, Witness("witness.example/2", [story]) as two:
        yield one, two


def submit(tmp_path, story, size, witnesses, *words):
    """`muzn witness submit` to three (vkey, url), two of which have to cosign."""
    directory = tmp_path / "log"
    story.save(directory, size)
    policy = tmp_path / "policy"
    policy.write_text(f"log {story.signer.vkey}\n" + "".join(
        f"witness w{i} {vkey} {url}\n" for i, (vkey, url) in enumerate(witnesses, 1)) +
        "group two 2 w1 w2 w3\nquorum two\n")
    return muzn("witness", "submit", "--policy", str(policy), "--log", str(directory), *words,
                check=False)


LYING = Signer("witness.example/3", WITNESS, b"three")


def test_submit(pair, story, tmp_path):
    one, two = pair
    with Witness("witness.example/3", [story]) as three:
        witnesses = [(w.vkey, w.url) for w in (one, two, three)]
        for size in (7, 256, 300):
            done = submit(tmp_path, story, size, witnesses)
            assert done.returncode == 0, done.stderr
            assert done.stdout.startswith(story.note(size))
            for vkey, _ in witnesses:
                assert cosignature_time(vkey, story.text(size), done.stdout[len(story.note(size)):])
        out = tmp_path / "cosigned"
        assert submit(tmp_path, story, 300, witnesses, "--out", str(out)).stdout == ""
        assert out.read_text().count("— witness.example/") == 3
        # An old copy of the log: the witnesses know better.
        (tmp_path / "log" / "checkpoint").write_text(story.note(20))
        done = submit(tmp_path, story, 20, witnesses)
        assert done.returncode == 1 and done.stderr.count("ahead: ") == 3, done.stderr
        assert done.stdout == ""
        # Another story: refused by all.
        done = submit(tmp_path, Log(ORIGIN, leaves=310, fork=5), 310, witnesses)
        assert done.returncode == 1 and done.stderr.count("refused: it answered 422") == 3


def test_submit_with_one_down(pair, story, tmp_path):
    one, two = pair
    witnesses = [(one.vkey, one.url), (two.vkey, two.url), (LYING.vkey, "http://127.0.0.1:1")]
    done = submit(tmp_path, story, 20, witnesses)
    assert done.returncode == 0 and "w3: unreachable: " in done.stderr
    two.stop()
    done = submit(tmp_path, story, 20, witnesses)
    assert done.returncode == 1 and done.stdout == ""
    assert "w1: cosigned" in done.stderr and "w2: unreachable" in done.stderr


@pytest.mark.parametrize("lie", ["bad cosignature", "wrong key", "stale time", "time to come",
                                 "a log's signature", "of another tree", "silence"])
def test_submit_with_one_lying(lie, pair, story, tmp_path):
    text, now = story.text(20), int(time.time())
    lines = {"bad cosignature": LYING.line(text, now)[:-6] + "AAA=\n",
             "wrong key": Signer("witness.example/3", WITNESS, b"four").line(text, now),
             "stale time": LYING.line(text, now - 3600),
             "time to come": LYING.line(text, now + 3600),
             "a log's signature": Signer("witness.example/3", seed=b"three").line(text),
             "of another tree": LYING.line(story.text(21), now),
             "silence": ""}
    one, two = pair
    with Liar(lambda body: (200, lines[lie])) as liar:
        done = submit(tmp_path, story, 20,
                      [(one.vkey, one.url), (two.vkey, two.url), (LYING.vkey, liar.url)])
        assert done.returncode == 0, done.stderr
        assert "w3: lied: " in done.stderr and "witness.example/3" not in done.stdout
        # The lie is the second of two: no quorum.
        done = submit(tmp_path, story, 20,
                      [(one.vkey, one.url), (two.vkey, "http://127.0.0.1:1"),
                       (LYING.vkey, liar.url)])
        assert done.returncode == 1 and done.stdout == ""


def test_submit_to_one_that_tells_sizes_without_end(pair, story, tmp_path):
    one, two = pair
    sizes = iter(range(1, 20))
    with Liar(lambda body: (409, f"{next(sizes)}\n")) as liar:
        done = submit(tmp_path, story, 20,
                      [(one.vkey, one.url), (two.vkey, two.url), (LYING.vkey, liar.url)])
        assert done.returncode == 0 and "w3: conflict: " in done.stderr
        assert liar.requests == 3


def test_tree_tools_agree_with_each_other(story):
    """The root of 300 leaves from the tiles that were saved."""
    tiles = dict(story.tiles(300))
    assert set(tiles) == {"tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"}
    left = tiles["tile/1/000.p/1"]
    rest = [tiles["tile/0/001.p/44"][i:i + 32] for i in range(0, 44 * 32, 32)]
    right = node(node_of(rest[:32]), node(node_of(rest[32:40]), node_of(rest[40:])))
    assert story.text(300).split("\n")[2] == b64(node(left, right))


def node_of(hashes):
    while len(hashes) > 1:
        hashes = [node(a, b) for a, b in zip(hashes[::2], hashes[1::2])]
    return hashes[0]
