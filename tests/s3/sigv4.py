"""AWS Signature Version 4 for tests: headers, presigned URLs and signed chunks, written from AWS's
documentation and held equal to botocore's signer by test_wire.py. Unlike an SDK it lets a test get
any step wrong on purpose."""
import dataclasses
import datetime
import functools
import hashlib
import hmac
import urllib.parse

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
STREAMING_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
STREAMING_UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@dataclasses.dataclass(frozen=True)
class Keys:
    access: str
    secret: str
    token: str = ""


def encode(text, safe=""):
    """RFC 3986 as SigV4 wants it; bytes or text."""
    return urllib.parse.quote(text, safe=safe + "-_.~")


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


def canonical_path(path):
    """Once decoded, once encoded; an escaped slash stays escaped."""
    parts = path.split("/")
    return "/".join(encode(urllib.parse.unquote_to_bytes(p)) for p in parts) or "/"


def canonical_query(query):
    pairs = []
    for term in query.split("&"):
        if not term:
            continue
        name, _, value = term.partition("=")
        pairs.append((encode(urllib.parse.unquote_to_bytes(name)),
                      encode(urllib.parse.unquote_to_bytes(value))))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


@functools.lru_cache(maxsize=64)
def signing_key(secret, scope):
    key = b"AWS4" + secret.encode()
    for text in scope.split("/"):
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return key


@dataclasses.dataclass
class Signer:
    keys: Keys
    region: str = "us-east-1"
    service: str = "s3"
    now: datetime.datetime | None = None  # None: at each request
    stamp_override: str = ""              # any text as X-Amz-Date

    def stamp(self):
        return self.stamp_override or (self.now or utc_now()).strftime("%Y%m%dT%H%M%SZ")

    def scope(self, stamp):
        return f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"

    def mac(self, stamp, text):
        key = signing_key(self.keys.secret, self.scope(stamp))
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def signature(self, stamp, method, path, query, headers, payload):
        """`headers`: those that are signed, [(name, value)]."""
        merged = {}
        for name, value in headers:
            merged.setdefault(name.lower(), []).append(" ".join(value.split()))
        lines = "".join(f"{name}:{','.join(merged[name])}\n" for name in sorted(merged))
        canonical = "\n".join([method, canonical_path(path), canonical_query(query), lines,
                               ";".join(sorted(merged)), payload])
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        return self.mac(stamp, f"{ALGORITHM}\n{stamp}\n{self.scope(stamp)}\n{digest}")

    def authorization(self, stamp, signed, signature):
        names = ";".join(sorted({name.lower() for name in signed}))
        return (f"{ALGORITHM} Credential={self.keys.access}/{self.scope(stamp)},"
                f"SignedHeaders={names},Signature={signature}")

    def sign(self, method, target, headers, payload):
        """The headers with date, hash and Authorization added. Returns (headers, Chunks)."""
        path, _, query = target.partition("?")
        stamp = self.stamp()
        headers = [*headers, ("x-amz-date", stamp), ("x-amz-content-sha256", payload)]
        if self.keys.token:
            headers.append(("x-amz-security-token", self.keys.token))
        signature = self.signature(stamp, method, path, query, headers, payload)
        value = self.authorization(stamp, [name for name, _ in headers], signature)
        return [*headers, ("Authorization", value)], Chunks(self, stamp, signature)

    def presign(self, method, host, target, expires=3600, headers=(), payload=UNSIGNED,
                **override):
        """A target with the signature in its query. `override` replaces or (None) removes single
        parameters before signing, for example {"X-Amz-Algorithm": "AWS4-SHA256"}."""
        path, _, query = target.partition("?")
        stamp = self.stamp()
        signed = [("host", host), *headers]
        params = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.keys.access}/{self.scope(stamp)}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(expires),
            "X-Amz-SignedHeaders": ";".join(sorted(name.lower() for name, _ in signed)),
        }
        params.update(override)
        more = "&".join(f"{n}={encode(v)}" for n, v in params.items() if v is not None)
        query = f"{query}&{more}" if query else more
        signature = self.signature(stamp, method, path, query, signed, payload)
        return f"{path}?{query}&X-Amz-Signature={signature}"


@dataclasses.dataclass
class Chunks:
    """Signs the chunks of an aws-chunked body, each over the one before."""
    signer: Signer
    stamp: str
    previous: str  # the seed: the signature of the head

    def _next(self, kind, *digests):
        scope = self.signer.scope(self.stamp)
        text = "\n".join([f"{ALGORITHM}-{kind}", self.stamp, scope, self.previous, *digests])
        self.previous = self.signer.mac(self.stamp, text)
        return self.previous

    def chunk(self, data):
        signature = self._next("PAYLOAD", EMPTY_SHA256, hashlib.sha256(data).hexdigest())
        ending = b"\r\n" if data else b""  # the last one is followed by trailers or the end
        return f"{len(data):x};chunk-signature={signature}\r\n".encode() + data + ending

    def body(self, pieces):
        return b"".join(self.chunk(p) for p in [*pieces, b""]) + b"\r\n"

    def trailer(self, name, value):
        line = f"{name}:{value}\n"
        signature = self._next("TRAILER", hashlib.sha256(line.encode()).hexdigest())
        return (f"{name}:{value}\r\nx-amz-trailer-signature:{signature}\r\n\r\n").encode()

    def body_with_trailer(self, pieces, name, value):
        return b"".join(self.chunk(p) for p in [*pieces, b""]) + self.trailer(name, value)


def unsigned_chunks(pieces, trailers=()):
    """An aws-chunked body without chunk signatures: [(name, value)] follow it."""
    body = b"".join(f"{len(p):x}\r\n".encode() + p + b"\r\n" for p in pieces) + b"0\r\n"
    return body + "".join(f"{n}:{v}\r\n" for n, v in trailers).encode() + b"\r\n"
