"""HTTP framing: what smuggles requests elsewhere is refused here, and the connection closed."""
import concurrent.futures
import os
import ssl
import subprocess

from bad_inputs.case import row
from server import Server
from wire import Connection, Incomplete


def closed(case, data):
    """Refused with the row's answer, then closed: nothing after it may be read as a request."""
    with case.wire.connect() as connection:
        connection.send(data)
        answer = connection.answer()
        case.refused(answer)
        assert answer.closes, answer
        assert connection.at_end() and connection.buffer == b"", connection.buffer[:200]


def head(case, *lines, start=None, host=True):
    """An unsigned PUT with these header lines (bytes, exactly)."""
    start = start or f"PUT {case.path('k')} HTTP/1.1".encode()
    first = [start] + ([b"Host: " + case.wire.host.encode()] if host else [])
    return b"\r\n".join([*first, *lines]) + b"\r\n\r\n"


SMUGGLED = b"GET /-/health/live HTTP/1.1\r\nHost: x\r\n\r\n"


@row("HT002")
def two_lengths(case):
    closed(case, head(case, b"Content-Length: 4", b"Content-Length: 5") + b"body" + SMUGGLED)
    closed(case, head(case, b"Content-Length: 4, 5") + b"body" + SMUGGLED)
    closed(case, head(case, b"Content-Length: 4", b"Transfer-Encoding: chunked")
           + b"0\r\n\r\n" + SMUGGLED)


@row("HT004")
def negative_length(case):
    for text in (b"-1", b"+4", b"4 4", b"0x4", b"4a", b""):
        closed(case, head(case, b"Content-Length: " + text) + SMUGGLED)


@row("HT006")
def overflowing_length(case):
    for text in (b"99999999999999999999", b"18446744073709551616", b"9" * 100):
        closed(case, head(case, b"Content-Length: " + text) + b"body")


@row("HT008")
def no_length(case):
    """Signed, as the S3 layer answers here; the same request with a length passes."""
    target = case.path("k")
    data, _ = case.wire.head("PUT", target, payload="UNSIGNED-PAYLOAD")
    case.refused(case.wire.raw(data, "PUT"))


@row("HT010")
def chunked_not_last(case):
    for text in (b"chunked, identity", b"chunked, gzip", b"identity", b"chunked, chunked"):
        closed(case, head(case, b"Transfer-Encoding: " + text) + b"0\r\n\r\n" + SMUGGLED)


@row("HT012")
def chunked_in_disguise(case):
    for text in (b"\x0bchunked", b"\x0cchunked", b"\x00chunked", b"chunked\x0b", b'"chunked"',
                 b"xchunked"):
        closed(case, head(case, b"Transfer-Encoding:" + text) + b"0\r\n\r\n" + SMUGGLED)


@row("HT014")
def chunked_in_http_1_0(case):
    start = f"PUT {case.path('k')} HTTP/1.0".encode()
    closed(case, head(case, b"Transfer-Encoding: chunked", start=start) + b"0\r\n\r\n")


@row("HT016")
def chunk_sizes_of_no_form(case):
    target = case.path("k")
    for size in (b"0x5", b"+5", b"-5", b" 5", b"5 ", b"1_0", b"", b"5\x00", b"1" * 17):
        data, _ = case.wire.head("PUT", target, [("Transfer-Encoding", "chunked")],
                                 "UNSIGNED-PAYLOAD")
        closed(case, data + size + b"\r\nhello\r\n0\r\n\r\n" + SMUGGLED)
    for body in (b"5\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n"):
        data, _ = case.wire.head("PUT", target, [("Transfer-Encoding", "chunked")],
                                 "UNSIGNED-PAYLOAD")
        closed(case, data + body + SMUGGLED)


@row("HT018")
def bare_carriage_return(case):
    closed(case, head(case, b"X-A: a\rb", b"Content-Length: 0"))
    closed(case, head(case, b"X-A: a\r\n folded", b"Content-Length: 0"))
    closed(case, head(case, b"X-A: a\x00b", b"Content-Length: 0"))
    closed(case, head(case, b"X-A: a", b"Content-Length: 0").replace(b"\r\n", b"\n"))


@row("HT020")
def header_names_of_no_form(case):
    for line in (b"X-\xc3\xa9: 1", b"X A: 1", b": 1", b"X-A : 1", b"X-A", b" X-A: 1", b"X(A): 1"):
        closed(case, head(case, b"Content-Length: 0", line))


@row("HT022")
def absolute_target_of_another_host(case):
    start = f"GET http://other.example{case.path()} HTTP/1.1".encode()
    closed(case, head(case, start=start))
    closed(case, head(case, host=False))                          # no Host at all
    closed(case, head(case, b"Host: other.example"))              # two of them


@row("HT024")
def denied_before_the_body(case):
    headers = [("Content-Length", "1000000"), ("Expect", "100-continue")]
    with case.wire.connect() as connection:
        connection.send(case.wire.plain_head("PUT", case.path("k"), headers))
        answer = connection.answer()
        assert answer.interim == []
        case.refused(answer)
        assert answer.closes and connection.at_end()


@row("HT026")
def garbage(case):
    blocks = [os.urandom(65536) for _ in range(8)]
    answers = []

    def send(number):
        with Connection(case.wire.address) as connection:
            connection.send(blocks[number % len(blocks)])
            try:
                answers.append(connection.answer())
            except Incomplete:
                pass  # reset with bytes of ours unread

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        list(pool.map(send, range(10_000)))
    assert answers, "not one connection was answered"
    for answer in answers[:: max(1, len(answers) // 100)]:
        case.refused(answer)


@row("HT028")
def post_to_the_root(case):
    case.refused(case.wire.request("POST", "/"))


@row("HT030")
def copy_source_where_none_belongs(case):
    headers = [("x-amz-copy-source", "b/k")]
    case.refused(case.wire.request("GET", case.path(), headers=headers))


def certificate(directory):
    cert, key = f"{directory}/cert.pem", f"{directory}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


@row("HT032")
def old_tls(case):
    server = Server()
    cert, key = certificate(server.own)
    server.args = ["--tls-cert", cert, "--tls-key", key]
    with server:
        modern = ssl.create_default_context(cafile=cert)
        wire = server.wire(tls=modern)
        assert wire.request("GET", "/").status == 200
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        try:
            Connection(wire.address, old).close()
            raise AssertionError("TLS 1.1 was accepted")
        except (ssl.SSLError, ConnectionError):
            pass
        with Connection(wire.address) as plain:  # plain HTTP on the TLS port
            plain.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert plain.at_end() and not plain.buffer.startswith(b"HTTP/1.1 200")
        for junk in (b"\x16\x03\x01\xff\xff" + b"\0" * 200, os.urandom(4096), b""):
            with Connection(wire.address) as broken:
                broken.send(junk)
        assert wire.request("GET", "/").status == 200


# --- requests that are no form of S3's ---

@row("EN012")
def preflight_without_origin(case):
    case.refused(case.wire.anonymous("OPTIONS", case.path("k")))


@row("EN014")
def origin_not_reflected(case):
    case.put("k")
    answer = case.wire.request("GET", case.path("k"), headers=[("Origin", "http://evil.example")])
    assert answer.status == case.row.status
    assert answer.get("access-control-allow-origin") is None
    assert answer.get("access-control-allow-credentials") is None


@row("EN016")
def two_subresources(case):
    case.refused(case.wire.request("DELETE", case.path(query="policy&acl")))


# --- the admin API's door ---

ROUTES = [("GET", "accounts"), ("POST", "accounts"), ("GET", "accounts/{id}"),
          ("DELETE", "accounts/{id}"), ("GET", "accounts/{id}/users"),
          ("POST", "accounts/{id}/users"), ("DELETE", "accounts/{id}/users/u"), ("POST", "keys"),
          ("GET", "keys?account={id}"), ("POST", "keys/{key}/disable"),
          ("POST", "keys/{key}/enable"), ("DELETE", "keys/{key}")]


@row("PL027")
def admin_with_a_tenants_key(case):
    operator = case.server.operator()
    for method, route in ROUTES:
        path = "/-/admin/v1/" + route.format(id=operator, key=case.wire.keys.access)
        body = b"{}" if method == "POST" else b""
        for answer in (case.other.request(method, path, body),
                       case.wire.anonymous(method, path, body)):
            assert answer.status == case.row.status, f"{method} {path}: {answer}"
            assert b"AccessDenied" in answer.body, answer


@row("PL031")
def admin_by_a_crooked_path(case):
    """A path is never normalized: it is the admin API's as it stands, or it is not. The table's
    status is for the straight path; the crooked ones may be anything but an admin's answer."""
    for path in ("/-/admin/../admin/v1/accounts", "//-/admin/v1/accounts",
                 "/-%2Fadmin%2Fv1/accounts", "/%2D/admin/v1/accounts",
                 "/-/health/../admin/v1/accounts",
                 "/-/admin/v1/../v1/accounts", "/-/admin//v1/accounts", "/-/Admin/v1/accounts"):
        for answer in (case.wire.anonymous("GET", path), case.other.request("GET", path)):
            assert answer.status in (400, 403, 404), f"{path}: {answer}"
            assert b"canonical_id" not in answer.body
    straight = case.wire.anonymous("GET", "/-/admin/v1/accounts")
    assert straight.status == case.row.status and b"AccessDenied" in straight.body
