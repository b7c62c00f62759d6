"""Requests, signed in every form that the server takes when they are right."""
import base64
import copy
import dataclasses
import hashlib
import zlib

import form
from sigv4 import (STREAMING, STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER, UNSIGNED, Chunks, Keys,
                   encode, unsigned_chunks)

# What x-amz-content-sha256 says. The last three are no payloads that could be.
HASH, WRONG, ABSENT, EMPTY, GARBAGE = "hash", "wrong-hash", "absent", "empty", "garbage"
PAYLOADS = (HASH, WRONG, UNSIGNED, STREAMING, STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER, ABSENT,
            EMPTY, GARBAGE)
CHUNKED = (STREAMING, STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER)
SIGNED_CHUNKS = (STREAMING, STREAMING_TRAILER)
TRAILERS = (STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER)
TRAILER = "x-amz-checksum-crc32"
HEADER, QUERY, HEADER_2, QUERY_2 = "header", "presigned", "header-v2", "presigned-v2"
# The parameters that Signature Version 2 signs, of AWS's "Signing and authenticating REST requests"
# and of those who carried it on (boto, Ceph).
SIGNED_BY_2 = frozenset((
    "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "encryption",
    "inventory", "lifecycle", "location", "logging", "metrics", "notification", "object-lock",
    "partNumber", "policy", "policyStatus", "publicAccessBlock", "replication", "requestPayment",
    "response-cache-control", "response-content-disposition", "response-content-encoding",
    "response-content-language", "response-content-type", "response-expires", "restore", "select",
    "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads", "versionId",
    "versioning", "versions", "website"))


@dataclasses.dataclass
class Sent:
    """A request as it goes over the wire."""
    method: str
    path: str
    terms: list
    headers: list
    body: bytes = b""
    pieces: list = dataclasses.field(default_factory=list)  # the coded body, taken apart

    def bytes(self):
        target = self.path + ("?" + "&".join(self.terms) if self.terms else "")
        lines = [f"{self.method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        body = b"".join(self.pieces) if self.pieces else self.body
        if body or self.method in ("PUT", "POST"):
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body

    def copy(self):
        return copy.deepcopy(self)

    def get(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def set(self, name, value):
        """Replaces a header's value, or (None) takes the header away."""
        found = [(n, value if n.lower() == name.lower() else v) for n, v in self.headers]
        self.headers = [(n, v) for n, v in found if v is not None]

    def term(self, name):
        """The index of a parameter of the query."""
        return next(i for i, term in enumerate(self.terms) if term.partition("=")[0] == name)


def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def payload_text(payload, body):
    """None: no such header."""
    if payload == HASH:
        return hashlib.sha256(body).hexdigest()
    if payload == WRONG:
        return hashlib.sha256(body + b"x").hexdigest()
    return {ABSENT: None, EMPTY: "", GARBAGE: "SIGNED-PAYLOAD"}.get(payload, payload)


def payload_headers(payload, body):
    """Headers that the payload's coding needs, to be signed."""
    if payload not in CHUNKED or not body:
        return []
    out = [("x-amz-decoded-content-length", str(len(body)))]
    return out + ([("x-amz-trailer", TRAILER)] if payload in TRAILERS else [])


def cut(body):
    return [body[:8192], body[8192:]] if len(body) > 8192 else [body]


def coded(payload, body, chunks):
    """The body's pieces on the wire: each chunk, the last one, then the trailer or the end."""
    if payload not in CHUNKED or not body:
        return []
    if payload == STREAMING_UNSIGNED_TRAILER:
        return [unsigned_chunks(cut(body), [(TRAILER, crc32(body))])]
    out = [chunks.chunk(piece) for piece in [*cut(body), b""]]
    return out + [chunks.trailer(TRAILER, crc32(body)) if payload == STREAMING_TRAILER else b"\r\n"]


def sign_header(plain, payload, signer, host, unlisted=()):
    """Signature Version 4 in a header. `unlisted`: headers left out of what is signed."""
    stamp = signer.stamp()
    headers = [("Host", host), *plain.headers, *payload_headers(payload, plain.body),
               ("x-amz-date", stamp)]
    text = payload_text(payload, plain.body)
    if text is not None:
        headers.append(("x-amz-content-sha256", text))
    if signer.keys.token:
        headers.append(("x-amz-security-token", signer.keys.token))
    signed = [(name, value) for name, value in headers if name.lower() not in unlisted]
    signature = signer.signature(stamp, plain.method, plain.path, "&".join(plain.terms), signed,
                                 text or "")
    value = signer.authorization(stamp, [name for name, _ in signed], signature)
    return Sent(plain.method, plain.path, list(plain.terms), [*headers, ("Authorization", value)],
                plain.body, pieces=coded(payload, plain.body, Chunks(signer, stamp, signature)))


def sign_query(plain, payload, signer, host, expires=600, **override):
    """Signature Version 4 in the query; the payload's form is a header, which the signature covers
    without naming it."""
    text = payload_text(payload, plain.body)
    more = [*plain.headers, *payload_headers(payload, plain.body)]
    if signer.keys.token:
        override["X-Amz-Security-Token"] = signer.keys.token
    stamp = signer.stamp()
    fixed = dataclasses.replace(signer, stamp_override=stamp)
    target = fixed.presign(plain.method, host, plain.target, expires, more,
                           UNSIGNED if text is None else text, **override)
    path, _, query = target.partition("?")
    chunks = Chunks(fixed, stamp, target.rpartition("=")[2])
    headers = [("Host", host), *more]
    if text is not None:
        headers.append(("x-amz-content-sha256", text))
    return Sent(plain.method, path, query.split("&"), headers, plain.body,
                pieces=coded(payload, plain.body, chunks))


def text_2(plain, headers, date):
    """What Signature Version 2 signs."""
    def one(name):
        return next((value for n, value in headers if n.lower() == name), "")

    amz = sorted((name.lower(), value) for name, value in headers
                 if name.lower().startswith("x-amz-"))
    terms = sorted(term for term in plain.terms if term.partition("=")[0] in SIGNED_BY_2)
    resource = plain.path + ("?" + "&".join(terms) if terms else "")
    return "\n".join([plain.method, one("content-md5"), one("content-type"), date,
                      *(f"{name}:{value}" for name, value in amz), resource])


def sign_header_2(plain, payload, keys: Keys, host, date=None):
    headers = [("Host", host), *plain.headers, ("Date", date or form.http_now())]
    text = payload_text(payload, plain.body)
    if text is not None:
        headers.append(("x-amz-content-sha256", text))
    value = form.authorization_v2(keys, text_2(plain, headers, headers[len(plain.headers) + 1][1]))
    return Sent(plain.method, plain.path, list(plain.terms), [*headers, ("Authorization", value)],
                plain.body)


def sign_query_2(plain, payload, keys: Keys, host, seconds=600):
    headers = [("Host", host), *plain.headers]
    text = payload_text(payload, plain.body)
    if text is not None:
        headers.append(("x-amz-content-sha256", text))
    expires = str(int(form.utc_now().timestamp()) + seconds)
    signature = form.authorization_v2(keys, text_2(plain, headers, expires)).rpartition(":")[2]
    terms = [*plain.terms, f"AWSAccessKeyId={keys.access}", f"Expires={expires}",
             f"Signature={encode(signature)}"]
    return Sent(plain.method, plain.path, terms, headers, plain.body)
