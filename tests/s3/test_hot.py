"""Bytes kept in memory for readers who come again: right, whole and in ranges, over plain
connections and TLS, for readers who are slow or go away, and with rot on the disk behind them."""
import hashlib
import os
import socket
import ssl
import threading

import pytest

from server import Server
from test_http import certificate
from wire import Incomplete

BODY = os.urandom(3_000_001)
PARTS = [os.urandom(5 << 20), os.urandom(700_001)]


@pytest.fixture(scope="module", params=["plain", "tls"], name="hot")
def started(request):
    """A server and how to reach it."""
    server, tls = Server(args=["--hot-mib", "32"]), None
    if request.param == "tls":
        cert, key = certificate(server.own)
        server.args += ["--tls-cert", cert, "--tls-key", key]
        tls = ssl.create_default_context(cafile=cert)
    with server:
        wire = server.wire(tls=tls)
        assert wire.request("PUT", "/bucket").status == 200
        yield server, wire


def metric(wire, name):
    lines = wire.anonymous("GET", "/-/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(name + " "))


def put(wire, key, body=BODY):
    assert wire.request("PUT", f"/bucket/{key}", body).status == 200


def put_parts(wire, key):
    upload = wire.request("POST", f"/bucket/{key}?uploads").xml().findtext("UploadId")
    tags = [wire.request("PUT", f"/bucket/{key}?partNumber={number}&uploadId={upload}", part)
            .get("etag") for number, part in enumerate(PARTS, 1)]
    xml = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
                  for number, tag in enumerate(tags, 1))
    done = wire.request("POST", f"/bucket/{key}?uploadId={upload}",
                        f"<CompleteMultipartUpload>{xml}</CompleteMultipartUpload>".encode())
    assert done.status == 200


def warm(wire, key, body=BODY):
    for _ in range(2):
        assert wire.request("GET", f"/bucket/{key}").body == body


def flip(server, at):
    """A bit of the only blob that has a byte there."""
    path, = [path for path in server.blob_files() if os.path.getsize(path) > at]
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def test_the_third_reading_is_from_memory(hot):
    _, wire = hot
    put(wire, "third")
    warm(wire, "third")
    missed = metric(wire, "muzn_hot_missed_bytes_total")
    hits = metric(wire, "muzn_hot_hit_bytes_total")
    for _ in range(3):
        assert wire.request("GET", "/bucket/third").body == BODY
    assert metric(wire, "muzn_hot_missed_bytes_total") == missed
    assert metric(wire, "muzn_hot_hit_bytes_total") == hits + 3 * len(BODY)
    assert 0 < metric(wire, "muzn_hot_memory_bytes") <= 32 << 20
    head = wire.request("HEAD", "/bucket/third")
    assert head.get("content-length") == str(len(BODY)) and not head.body


@pytest.mark.parametrize("key", ["whole", "parts"])
def test_ranges_are_right(hot, key):
    _, wire = hot
    body = b"".join(PARTS) if key == "parts" else BODY
    if key == "parts":
        put_parts(wire, key)
    else:
        put(wire, key)
    ends = [0, 1, 65_535, 65_536, 262_143, 262_144, 1_048_576, len(PARTS[0]), len(body) - 1]
    for _ in range(3):
        for first in ends:
            for length in (1, 16_384, 300_000, len(body)):
                part = body[first:first + length]
                if not part:
                    continue
                answer = wire.request("GET", f"/bucket/{key}", headers=[
                    ("Range", f"bytes={first}-{first + len(part) - 1}")])
                assert answer.status == 206
                assert answer.body == part, (first, length)
    assert wire.request("GET", f"/bucket/{key}").body == body


def test_replaced_and_deleted_objects_are_not_served(hot):
    _, wire = hot
    put(wire, "again")
    warm(wire, "again")
    other = BODY[::-1]
    put(wire, "again", other)
    warm(wire, "again", other)
    assert wire.request("GET", "/bucket/again").body == other
    assert wire.request("DELETE", "/bucket/again").status == 204
    assert wire.request("GET", "/bucket/again").status == 404


def test_slow_readers_and_those_who_go_away(hot):
    """Sockets fill up in the middle of what they were lent; the memory is needed for others
    meanwhile."""
    _, wire = hot
    put(wire, "slow")
    warm(wire, "slow")
    slow = []
    for _ in range(8):
        connection = wire.connect()
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 10)
        connection.send(2 * wire.head("GET", "/bucket/slow")[0])
        slow.append(connection)
    for _ in range(10):
        with wire.connect() as gone:
            gone.send(wire.head("GET", "/bucket/slow")[0])
            assert gone.socket.recv(1000)
    emptied = metric(wire, "muzn_hot_emptied_total")
    for number in range(20):
        body = os.urandom(4 << 20)
        put(wire, f"churn-{number}", body)
        warm(wire, f"churn-{number}", body)
    assert metric(wire, "muzn_hot_emptied_total") > emptied
    for connection in slow:
        for _ in range(2):
            assert connection.answer().body == BODY
        connection.close()


def test_many_readers_at_once(hot):
    _, wire = hot
    bodies = {f"many-{number}": os.urandom(1_500_000 + number) for number in range(12)}
    for key, body in bodies.items():
        put(wire, key, body)
    digests = {key: hashlib.sha256(body).digest() for key, body in bodies.items()}
    wrong = []

    def read(seed):
        for step in range(40):
            key = f"many-{(seed * 7 + step * (seed + 1)) % 12}"
            if hashlib.sha256(wire.request("GET", f"/bucket/{key}").body).digest() != digests[key]:
                wrong.append(key)

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert not wrong


@pytest.mark.parametrize("scheme", ["plain", "tls"])
def test_rot_on_the_disk(scheme):
    """Hidden while the bytes are in memory, which are right; then the answer is cut short."""
    server, tls = Server(args=["--hot-mib", "32"]), None
    if scheme == "tls":
        cert, key = certificate(server.own)
        server.args += ["--tls-cert", cert, "--tls-key", key]
        tls = ssl.create_default_context(cafile=cert)
    with server:
        wire = server.wire(tls=tls)
        wire.request("PUT", "/bucket")
        put(wire, "rot")
        warm(wire, "rot")
        at = 1_500_000
        flip(server, at)
        assert wire.request("GET", "/bucket/rot").body == BODY
        server.stop()
        server.start()
        wire = server.wire(tls=tls)
        for _ in range(3):  # the second reading is the one that would be kept
            with pytest.raises(Incomplete) as cut:
                wire.request("GET", "/bucket/rot")
            got = cut.value.received
            assert BODY[:at].startswith(got) and len(got) >= 1 << 20
            with pytest.raises(Incomplete) as cut:
                wire.request("GET", "/bucket/rot", headers=[("Range", f"bytes={at}-{at}")])
            assert cut.value.received == b""
        assert wire.request("GET", "/bucket/rot", headers=[
            ("Range", "bytes=0-99")]).body == BODY[:100]


def test_nothing_is_kept_when_switched_off():
    with Server(args=["--hot-mib", "0"]) as server:
        wire = server.wire()
        wire.request("PUT", "/bucket")
        put(wire, "off")
        warm(wire, "off")
        assert wire.request("GET", "/bucket/off").body == BODY
        assert metric(wire, "muzn_hot_memory_bytes") == 0
        assert metric(wire, "muzn_hot_hits_total") == 0
