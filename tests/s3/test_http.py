"""HTTP/1.1: keep-alive, pipelining, chunked bodies, Expect, HEAD, TLS, proxies, health pages."""
import ssl
import time
import urllib.request

import pytest

from bad_inputs.framing import certificate
from server import BINARY, Server
from sigv4 import UNSIGNED
from wire import refused


def test_keep_alive(wire, bucket):
    with wire.connect() as connection:
        for number in range(50):
            body = b"%d" % number
            head, _ = wire.head("PUT", f"/{bucket}/k{number}", [("Content-Length", str(len(body)))],
                                UNSIGNED)
            connection.send(head + body)
            assert connection.answer().status == 200
            connection.send(wire.head("GET", f"/{bucket}/k{number}")[0])
            assert connection.answer().body == body


def test_pipelining_answers_in_order(wire, bucket):
    requests, expected = b"", []
    for number in range(30):
        body = b"body %d" % number
        head, _ = wire.head("PUT", f"/{bucket}/k", [("Content-Length", str(len(body)))], UNSIGNED)
        requests += head + body + wire.head("GET", f"/{bucket}/k")[0]
        requests += wire.head("GET", f"/{bucket}/missing-{number}")[0]
        expected.append(body)
    with wire.connect() as connection:
        connection.send(requests)
        for body in expected:
            assert connection.answer().status == 200
            assert connection.answer().body == body
            refused(connection.answer(), 404, "NoSuchKey")


def test_byte_by_byte(wire, bucket):
    head, _ = wire.head("PUT", f"/{bucket}/k", [("Content-Length", "5")], UNSIGNED)
    with wire.connect() as connection:
        for byte in head + b"hello":
            connection.send(bytes([byte]))
        assert connection.answer().status == 200
    assert wire.request("GET", f"/{bucket}/k").body == b"hello"


def test_chunked_body(wire, bucket):
    """S3 wants to know the length before, but a plain chunked body of unknown length is HTTP."""
    head, _ = wire.head("PUT", f"/{bucket}/k", [("Transfer-Encoding", "chunked")], UNSIGNED)
    with wire.connect() as connection:
        connection.send(head + b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n")
        answer = connection.answer()
        wire.settled(connection, answer)
    assert answer.status in (200, 411), answer
    stored = wire.request("GET", f"/{bucket}/k")
    assert stored.body == b"hello world" if answer.status == 200 else stored.status == 404


def test_expect_continue(wire, bucket):
    headers = [("Content-Length", "5"), ("Expect", "100-continue")]
    head, _ = wire.head("PUT", f"/{bucket}/k", headers, UNSIGNED)
    with wire.connect() as connection:
        connection.send(head)
        connection.socket.settimeout(5)
        assert connection._head()[0] == 100  # before any byte of the body
        connection.send(b"hello")
        assert connection.answer().status == 200
    with wire.connect() as connection:  # a client that does not wait
        connection.send(wire.head("PUT", f"/{bucket}/k", headers, UNSIGNED)[0] + b"again")
        assert connection.answer().status == 200
    assert wire.request("GET", f"/{bucket}/k").body == b"again"


def test_expect_continue_with_an_empty_body(wire, bucket):
    """Told to continue all the same: botocore takes a final answer without a 100 before it for the
    form of all later answers on that connection, and then waits forever."""
    headers = [("Content-Length", "0"), ("Expect", "100-continue")]
    with wire.connect() as connection:
        for _ in range(3):
            connection.send(wire.head("PUT", f"/{bucket}/empty", headers, UNSIGNED)[0])
            answer = connection.answer()
            assert answer.status == 200 and answer.interim == [100]
        connection.send(wire.head("PUT", "/no-such-bucket-here/k", headers, UNSIGNED)[0])
        answer = connection.answer()
        refused(answer, 404, "NoSuchBucket")
        assert answer.interim == [100] or (answer.closes and connection.at_end())


def test_refused_before_the_body(wire, bucket):
    headers = [("Content-Length", "5000000"), ("Expect", "100-continue")]
    head, _ = wire.head("PUT", "/no-such-bucket-here/k", headers, UNSIGNED)
    with wire.connect() as connection:
        connection.send(head)
        answer = connection.answer()
        assert answer.interim == []
        refused(answer, 404, "NoSuchBucket")
        assert answer.closes and connection.at_end()


def test_head_has_no_body(wire, bucket):
    wire.request("PUT", f"/{bucket}/k", b"12345")
    with wire.connect() as connection:
        for path, status, length in ((f"/{bucket}/k", 200, "5"), (f"/{bucket}/no", 404, None),
                                     (f"/{bucket}/k", 200, "5")):
            connection.send(wire.head("HEAD", path)[0])
            answer = connection.answer("HEAD")
            assert answer.status == status
            assert length is None or answer.get("content-length") == length


def test_connection_close_and_http_1_0(wire):
    with wire.connect() as connection:
        connection.send(wire.head("GET", "/", [("Connection", "close")])[0])
        answer = connection.answer()
        assert answer.status == 200 and answer.closes and connection.at_end()
    with wire.connect() as connection:
        connection.send(b"GET /-/health/live HTTP/1.0\r\n\r\n")
        assert connection.at_end() and b" 200 " in connection.buffer


def test_leading_empty_line_and_absolute_form(wire):
    live = wire.plain_head("GET", "/-/health/live")
    assert wire.raw(b"\r\n" + live).body == b"live\n"
    absolute = wire.plain_head("GET", f"http://{wire.host}/-/health/live")
    assert wire.raw(absolute).body == b"live\n"


@pytest.mark.parametrize("lines, status", [
    ([f"X-{n}: 1" for n in range(2000)], 431), (["X-Long: " + "v" * 100_000], 431)])
def test_header_limits(wire, lines, status):
    lines = ["GET / HTTP/1.1", f"Host: {wire.host}", *lines, "", ""]
    data = "\r\n".join(lines).encode()
    refused(wire.raw(data), status, "RequestHeaderSectionTooLarge")


def test_unknown_method_and_version(wire, bucket):
    refused(wire.request("PATCH", f"/{bucket}/k"), 405, "MethodNotAllowed")
    for line in ("GET / HTTP/2.0", "GET / HTTP/11", "GET /", "GET  / HTTP/1.1", "G@T / HTTP/1.1"):
        with wire.connect() as connection:
            connection.send(f"{line}\r\nHost: {wire.host}\r\n\r\n".encode())
            answer = connection.answer()
            assert answer.status in (400, 501, 505) and answer.closes, f"{line}: {answer}"


def test_health_and_metrics(server, wire, bucket):
    wire.request("GET", f"/{bucket}/missing")
    page = wire.anonymous("GET", "/-/metrics")
    assert page.get("content-type").startswith("text/plain; version=0.0.4")
    assert wire.anonymous("GET", "/-/health/ready").body == b"ready\n"
    figures = server.metrics()
    missed = [v for n, v in figures.items() if 'operation="GetObject"' in n and 'status="404"' in n]
    assert missed and missed[0] >= 1
    assert any("_bucket{" in name and 'operation="PutObject"' in name for name in figures)
    assert figures["muzn_engine_failed"] == 0


def test_the_log_has_a_line_for_each_request(server, wire, bucket):
    answer = wire.request("GET", f"/{bucket}/missing-for-the-log")
    record = server.record_of(answer.get("x-amz-request-id"))
    assert record["error_code"] == "NoSuchKey" and record["operation"] == "GetObject"
    assert record["key"] == "missing-for-the-log" and record["access_key"] == server.keys.access
    assert server.keys.secret not in server.log()


def test_tls_and_certificate_reload():
    server = Server()
    cert, key = certificate(server.own)
    server.args = ["--tls-cert", cert, "--tls-key", key]
    with server:
        def peer():
            context = ssl.create_default_context(cafile=cert)
            with server.wire(tls=context).connect() as connection:
                return connection.socket.getpeercert(True), connection.socket.version()
        wire = server.wire(tls=ssl.create_default_context(cafile=cert))
        assert wire.request("PUT", "/bucket").status == 200
        assert wire.request("PUT", "/bucket/k", b"s" * 1_000_000).status == 200
        assert wire.request("GET", "/bucket/k").body == b"s" * 1_000_000
        first, version = peer()
        assert version in ("TLSv1.2", "TLSv1.3")
        with wire.connect() as old:
            certificate(server.own)  # a new one in the same files
            deadline = time.monotonic() + 20
            while True:
                try:
                    if peer()[0] != first:
                        break
                except ssl.SSLError:
                    pass  # still the old certificate, which the new file does not vouch for
                assert time.monotonic() < deadline, "the new certificate is not served"
                time.sleep(0.2)
            old.send(wire.plain_head("GET", "/-/health/live"))
            assert old.answer().status == 200  # connections of before go on


def test_client_address_is_believed_from_trusted_proxies_only():
    forwarded = [("X-Forwarded-For", "203.0.113.9")]
    for trusted, expected in (([], "127.0.0.1"), (["--trusted-proxy", "127.0.0.0/8"],
                                                  "203.0.113.9")):
        with Server(args=trusted) as server:
            answer = server.wire().request("GET", "/", headers=forwarded)
            assert answer.status == 200
            record = server.record_of(answer.get("x-amz-request-id"))
            assert record["source_ip"] == expected, record


def test_external_host_behind_a_rewriting_proxy():
    with Server(args=["--external-host", "s3.example.com"]) as server:
        wire = server.wire()
        signed, _ = wire.signer().sign("GET", "/", [("Host", "s3.example.com")],
                                       "UNSIGNED-PAYLOAD")
        assert wire.raw(wire.plain_head("GET", "/", signed[1:])).status == 200
        signed, _ = wire.signer().sign("GET", "/", [("Host", "other.example.com")],
                                       "UNSIGNED-PAYLOAD")
        refused(wire.raw(wire.plain_head("GET", "/", signed[1:])), 403, "SignatureDoesNotMatch")


def test_idle_connections_end():
    with Server(args=["--idle-timeout-ms", "500"]) as server:
        with server.wire().connect() as connection:
            connection.send(server.wire().plain_head("GET", "/-/health/live"))
            assert connection.answer().status == 200
            started = time.monotonic()
            assert connection.at_end() and time.monotonic() - started < 10


def test_idle_memory():
    """Under 64 MiB resident after the start (release; sanitizers need more)."""
    with Server() as server:
        with urllib.request.urlopen(f"{server.endpoint}/-/health/live", timeout=20):
            pass
        with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
            kib = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        sanitized = b"__asan_init" in BINARY.read_bytes()
        assert sanitized or kib < 64 << 10
