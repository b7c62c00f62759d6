"""HTTP/1.1 over raw sockets, for tests that must see and send exact bytes."""
import dataclasses
import hashlib
import socket
import ssl
import xml.etree.ElementTree as ElementTree

from sigv4 import EMPTY_SHA256, Keys, Signer

TIMEOUT = 20  # seconds; no answer of a local server takes that long


class Incomplete(Exception):
    """The connection ended before the answer did; .received says what came."""

    def __init__(self, received):
        super().__init__(f"connection ended after {received[:200]!r}")
        self.received = received


@dataclasses.dataclass
class Answer:
    status: int
    headers: list  # [(name, value)]
    body: bytes
    interim: list = dataclasses.field(default_factory=list)  # statuses of 1xx before it

    def get(self, name, default=None):
        values = [v for n, v in self.headers if n.lower() == name.lower()]
        return values[0] if values else default

    @property
    def closes(self):
        return (self.get("connection") or "").lower() == "close"

    def xml(self):
        """The document, parsed strictly, without namespaces."""
        root = ElementTree.fromstring(self.body)
        for element in root.iter():
            element.tag = element.tag.partition("}")[2] or element.tag
        return root

    @property
    def code(self):
        root = self.xml()  # of the S3 Control API it is one deeper
        return root.findtext("Error/Code" if root.tag == "ErrorResponse" else "Code")

    def __str__(self):
        return f"{self.status} {self.headers} {self.body[:2000]!r}"


class Connection:
    def __init__(self, address, tls=None, timeout=TIMEOUT):
        self.socket = socket.create_connection(address, timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=address[0])
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends what the peer still takes: a server may answer and close before the end."""
        try:
            self.socket.sendall(data)
            return True
        except (ConnectionError, ssl.SSLError):
            return False

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except (ConnectionError, ssl.SSLError):
            data = b""
        self.buffer += data
        return bool(data)

    def _until(self, mark):
        while mark not in self.buffer:
            if not self._more():
                raise Incomplete(self.buffer)
        head, _, self.buffer = self.buffer.partition(mark)
        return head

    def _exactly(self, count):
        while len(self.buffer) < count:
            if not self._more():
                raise Incomplete(self.buffer)
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def _head(self):
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, *_ = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            assert colon and name and "\n" not in line and "\r" not in line, line
            headers.append((name, value.strip()))
        return int(status), headers

    def answer(self, method="GET"):
        """The next final answer, complete by its framing."""
        interim = []
        status, headers = self._head()
        while 100 <= status < 200:
            interim.append(status)
            status, headers = self._head()
        answer = Answer(status, headers, b"", interim)
        if method == "HEAD" or status in (204, 304):
            return answer
        if (answer.get("transfer-encoding") or "").lower() == "chunked":
            assert answer.get("content-length") is None, "both length headers in an answer"
            while size := int(self._until(b"\r\n"), 16):
                answer.body += self._exactly(size)
                assert self._exactly(2) == b"\r\n"
            assert self._until(b"\r\n") == b""
        else:
            length = answer.get("content-length")
            assert length is not None, f"an answer without framing: {headers}"
            answer.body = self._exactly(int(length))
        return answer

    def at_end(self):
        """True when the peer closes; bytes that still come are kept in .buffer."""
        try:
            while self._more():
                pass
            return True
        except TimeoutError:
            return False


class Wire:
    """One server and the keys that requests are signed with."""

    def __init__(self, host, port, keys: Keys, region="us-east-1", tls=None):
        self.address = (host, port)
        self.host = f"{host}:{port}"
        self.keys = keys
        self.region = region
        self.tls = tls

    def with_keys(self, keys):
        return type(self)(*self.address, keys, self.region, self.tls)

    def signer(self, **changes):
        return Signer(**{"keys": self.keys, "region": self.region, **changes})

    def connect(self, timeout=TIMEOUT):
        return Connection(self.address, self.tls, timeout)

    def head(self, method, target, headers=(), payload=EMPTY_SHA256, signer=None):
        """A signed request head as bytes, and the signer of chunks."""
        headers, chunks = (signer or self.signer()).sign(
            method, target, [("Host", self.host), *headers], payload)
        return self.plain_head(method, target, headers, host=False), chunks

    def plain_head(self, method, target, headers=(), host=True):
        lines = [f"{method} {target} HTTP/1.1"]
        if host:
            lines.append(f"Host: {self.host}")
        lines += [f"{name}: {value}" for name, value in headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def raw(self, data, method="GET"):
        """Sends bytes, returns the answer after checking that the connection is framed: it
        serves another request, or it ends."""
        with self.connect() as connection:
            connection.send(data)
            answer = connection.answer(method)
            self.settled(connection, answer)
            return answer

    def settled(self, connection, answer):
        if answer.closes:
            assert connection.at_end(), "said close, but did not"
            assert connection.buffer == b"", f"bytes after the answer: {connection.buffer[:80]!r}"
            return
        connection.send(b"GET /-/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        alive = connection.answer()
        assert alive.status == 200 and alive.body == b"live\n", f"the frame is lost: {alive}"

    def request(self, method, target, body=b"", headers=(), signer=None, payload=None):
        """One signed request over a connection of its own."""
        if isinstance(body, str):
            body = body.encode()
        payload = payload or hashlib.sha256(body).hexdigest()
        if body or method in ("PUT", "POST"):
            headers = [("Content-Length", str(len(body))), *headers]
        head, _ = self.head(method, target, headers, payload, signer)
        return self.raw(head + body, method)

    def anonymous(self, method, target, body=b"", headers=()):
        if body or method in ("PUT", "POST"):
            headers = [("Content-Length", str(len(body))), *headers]
        return self.raw(self.plain_head(method, target, headers) + body, method)


def refused(answer, status, code):
    """An S3 error document: right status and code, well-formed, with its request id."""
    assert answer.status == status, f"expected {status} {code}: {answer}"
    root = answer.xml()
    assert root.tag == "Error" and root.findtext("Code") == code, f"expected {code}: {answer}"
    assert root.findtext("Message"), answer
    assert root.findtext("RequestId"), answer
    assert root.findtext("RequestId") == answer.get("x-amz-request-id"), answer
    return root
