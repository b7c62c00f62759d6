"""How a bad request goes over the wire. The answer is the same on each; and whoever sends a good
request before or behind it, on the same connection, gets that one's answer or no connection."""
import re
import ssl

from bad_inputs.framing import certificate
from server import Server
from wire import Wire

SIGNATURE = re.compile(rb"Signature=([0-9a-f]{64})")


class Recorded(Wire):
    """Remembers the signatures that were sent: none may be in the log."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.signatures = set()
        self.friend = self.signer()  # of good requests, whoever sends the bad one

    def with_keys(self, keys):
        out = super().with_keys(keys)
        out.friend, out.signatures = self.friend, self.signatures
        return out

    def raw(self, data, method="GET"):
        self.signatures |= set(SIGNATURE.findall(data))
        return super().raw(data, method)

    def good_request(self):
        return self.head("GET", "/", signer=self.friend)[0]

    def good(self, connection):
        """Its answer, the next on this connection."""
        answer = connection.answer()
        assert answer.status == 200 and b"<ListAllMyBucketsResult" in answer.body, \
            f"the frame is lost: {answer}"


class KeepAlive(Recorded):
    """A good request before it, and (Wire.settled) one behind it where the connection goes on."""

    def connect(self, timeout=20):
        connection = super().connect(timeout)
        connection.send(self.good_request())
        self.good(connection)
        return connection


class Close(Recorded):
    """With "Connection: close", which is kept whatever the answer."""

    def raw(self, data, method="GET"):
        closing = data.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
        answer = super().raw(closing, method)
        assert answer.closes or answer.status >= 500, answer
        return answer


class Pipelined(Recorded):
    """A good request in the same write, directly behind it."""

    def raw(self, data, method="GET"):
        self.signatures |= set(SIGNATURE.findall(data))
        with self.connect() as connection:
            connection.send(data + self.good_request())
            answer = connection.answer(method)
            if answer.closes:
                self.settled(connection, answer)
            else:
                self.good(connection)
            return answer


class Secure(KeepAlive):
    """Over TLS, on a SecureServer."""


class SecureServer(Server):
    def __init__(self, **named):
        super().__init__(**named)
        self.certificate, key = certificate(self.own)
        self.args += ["--tls-cert", self.certificate, "--tls-key", key]

    def wire(self, keys=None, tls=None):
        return super().wire(keys, tls or ssl.create_default_context(cafile=self.certificate))

    def cli(self, *words, **named):
        return super().cli(*words, AWS_CA_BUNDLE=self.certificate, **named)


TRANSPORTS = {"keep-alive": KeepAlive, "close": Close, "pipelined": Pipelined, "tls": Secure}


def over(transport, wire):
    """The same server and keys, by this transport."""
    return TRANSPORTS[transport](*wire.address, wire.keys, wire.region, wire.tls)
