"""Sizes, times and what runs out."""
import os
import resource
import socket
import struct
import subprocess
import time

import pytest

from bad_inputs.case import row
from sdk import s3_client
from server import Server
from sigv4 import UNSIGNED
from wire import refused


@row("SZ002")
def too_much_metadata(case):
    for headers in ([("x-amz-meta-a", "v" * 2048)],
                    [("x-amz-meta-a", "v" * 1024), ("x-amz-meta-b", "v" * 1024)]):
        case.refused(case.wire.request("PUT", case.path("k"), b"body", headers))
    just = [("x-amz-meta-a", "v" * 2047)]
    assert case.wire.request("PUT", case.path("k"), b"body", just).status == 200
    case.kept["k"] = b"body"


@row("SZ004")
def endless_target(case):
    answer = case.wire.raw(case.wire.plain_head("GET", "/" + "a" * 65536))
    case.refused(answer)


@row("SZ006")
def thousand_parameters(case):
    query = "&".join(f"p{n}=1" for n in range(1000))
    answer = case.wire.request("GET", case.path(query=query))
    if answer.status != 200:  # allowed by the table
        case.refused(answer)


@row("SZ008")
def body_cut_short(case):
    """No answer and no object: the peer is gone."""
    for body in (b"", b"x" * 1000, b"x" * 500_000):
        head, _ = case.wire.head("PUT", case.path("k"), [("Content-Length", "1000000")], UNSIGNED)
        with case.wire.connect() as connection:
            connection.send(head + body)
            linger = struct.pack("ii", 1, 0)  # close() resets the connection
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    head, _ = case.wire.head("PUT", case.path("k"), [("Content-Length", "1000000")], UNSIGNED)
    with case.wire.connect() as connection:
        connection.send(head + b"x" * 1000)
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.at_end()
        assert b" 200 " not in connection.buffer[:20]


@row("SZ010")
def slow_heads(case):
    """A server of its own with a short limit; 5,000 clients that never finish, one that does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(5000, hard - 500)
    assert count >= 500, f"only {hard} open files are allowed"
    try:
        with Server(args=["--head-timeout-ms", "3000"]) as server:
            wire = server.wire()
            slow = [socket.create_connection(wire.address) for _ in range(count)]
            for connection in slow:
                connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
            assert wire.request("GET", "/").status == 200  # others are served meanwhile
            deadline = time.monotonic() + 30
            connection = wire.connect()
            connection.send(b"GET / HT")
            for _ in range(5):
                time.sleep(1)
                connection.send(b"T")  # a byte now and then does not prolong it
            answer = connection.answer()
            case.refused(answer, code="RequestTimeout")
            assert answer.closes and connection.at_end()
            for connection in slow:
                connection.settimeout(max(1, deadline - time.monotonic()))
                while connection.recv(65536):
                    pass
                connection.close()
            assert wire.request("GET", "/").status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def small_disk(server, megabytes):
    """A command that runs the server on a file system of that size."""
    mount = (f'mkdir -p "$0" && mount -t tmpfs -o size={megabytes}m tmpfs "$0" && exec "$@"')
    for isolate in (["unshare", "--user", "--map-root-user", "--mount"], ["unshare", "--mount"]):
        wrap = [*isolate, "sh", "-c", mount, server.data]
        if subprocess.run([*wrap, "true"], capture_output=True, check=False).returncode == 0:
            return wrap
    return None


@row("SZ012")
def disk_full(case):
    server = Server()
    server.wrap = small_disk(server, 448)  # 256 MiB of it stay free, so that deletes work
    if server.wrap is None:
        pytest.skip("no small file system: mounting one is not allowed here")
    with server:
        s3, wire = s3_client(server), server.wire()
        s3.create_bucket(Bucket="bucket")
        body = os.urandom(8 << 20)
        stored = 0
        for number in range(40):
            answer = wire.request("PUT", f"/bucket/k{number}", body, payload=UNSIGNED)
            if answer.status != 200:
                break
            stored += 1
        assert 2 < stored < 40
        assert answer.code in ("InsufficientStorage", "SlowDown", "ServiceUnavailable"), answer
        refused(answer, 507 if answer.code == case.row.code else 503, answer.code)
        assert wire.request("GET", f"/bucket/k{stored}").status == 404
        for number in range(stored):  # reads go on
            assert s3.get_object(Bucket="bucket", Key=f"k{number}")["Body"].read() == body
        again = wire.request("PUT", "/bucket/again", body, payload=UNSIGNED)
        assert again.status in (507, 503), again
        for number in range(3):
            s3.delete_object(Bucket="bucket", Key=f"k{number}")


@row("SZ014")
def too_many_at_once(case):
    with Server(args=["--in-flight-max", "1"]) as server:
        wire = server.wire()
        assert wire.request("PUT", "/bucket").status == 200
        headers = [("Content-Length", "10"), ("Expect", "100-continue")]
        head, _ = wire.head("PUT", "/bucket/k", headers, UNSIGNED)
        with wire.connect() as slow:
            slow.send(head)
            assert slow._head()[0] == 100  # it is being worked on
            answer = wire.request("GET", "/")
            case.refused(answer)
            assert int(answer.get("retry-after")) >= 1
            slow.send(b"0123456789")
            assert slow.answer().status == 200
        # Its place is free a moment after its client has the last byte.
        until = time.monotonic() + 10
        while (answer := wire.request("GET", "/bucket/k")).status == 503:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert answer.body == b"0123456789"
