"""aws-chunked bodies that are right (the wrong ones are in bad-inputs.tsv)."""
import os

import pytest

from sigv4 import STREAMING, STREAMING_UNSIGNED_TRAILER, unsigned_chunks
from wire import refused

PIECES = [[], [b"x"], [b"a" * 65536] * 3 + [b"end"], [b"b" * 8192] * 20, [b"c" * 3_000_000],
          [b"d" * 8192, b"e"]]


def send(wire, path, pieces, form=STREAMING, split=0, headers=()):
    """PUTs the pieces; `split`: how many bytes leave at a time."""
    size = str(sum(map(len, pieces)))
    headers = [("x-amz-decoded-content-length", size), ("Content-Encoding", "aws-chunked"),
               *headers]

    def make(chunks):
        return chunks.body(pieces) if form == STREAMING else unsigned_chunks(pieces)
    length = len(make(wire.head("PUT", path, headers, form)[1]))
    head, chunks = wire.head("PUT", path, [("Content-Length", str(length)), *headers], form)
    data = head + make(chunks)
    with wire.connect() as connection:
        for at in range(0, len(data), split or len(data)):
            connection.send(data[at:at + (split or len(data))])
        answer = connection.answer()
        wire.settled(connection, answer)
        return answer


@pytest.mark.parametrize("form", [STREAMING, STREAMING_UNSIGNED_TRAILER])
def test_bytes_come_back(wire, bucket, form):
    for pieces in PIECES:
        answer = send(wire, f"/{bucket}/k", pieces, form)
        assert answer.status == 200, answer
        assert wire.request("GET", f"/{bucket}/k").body == b"".join(pieces)


@pytest.mark.parametrize("split", [1, 7, 1000])
def test_any_packets(wire, bucket, split):
    pieces = [b"p" * 8192, b"q" * 300] if split < 1000 else [b"p" * 65536] * 8
    assert send(wire, f"/{bucket}/k", pieces, split=split).status == 200
    assert wire.request("GET", f"/{bucket}/k").body == b"".join(pieces)


def test_content_encoding_keeps_the_rest(wire, bucket):
    answer = send(wire, f"/{bucket}/k", [b"x"], headers=[("Content-Type", "text/x")])
    assert answer.status == 200
    head = wire.request("HEAD", f"/{bucket}/k")
    assert head.get("content-encoding") is None and head.get("content-type") == "text/x"


def test_without_content_length_by_transfer_chunks(wire, bucket):
    """aws-chunked within HTTP's own chunks, as SDKs do over HTTP/1.1 with streams."""
    body = os.urandom(200_000)
    inner = unsigned_chunks([body[:65536], body[65536:]])
    headers = [("Transfer-Encoding", "chunked"), ("Content-Encoding", "aws-chunked"),
               ("x-amz-decoded-content-length", str(len(body)))]
    head, _ = wire.head("PUT", f"/{bucket}/k", headers, STREAMING_UNSIGNED_TRAILER)
    outer = b"".join(b"%x\r\n" % len(inner[at:at + 50_000]) + inner[at:at + 50_000] + b"\r\n"
                     for at in range(0, len(inner), 50_000)) + b"0\r\n\r\n"
    assert wire.raw(head + outer, "PUT").status == 200
    assert wire.request("GET", f"/{bucket}/k").body == body


def test_decoded_length_must_be_true(wire, bucket):
    body = unsigned_chunks([b"x" * 100])
    for claimed in ("99", "101"):
        headers = [("Content-Length", str(len(body))), ("Content-Encoding", "aws-chunked"),
                   ("x-amz-decoded-content-length", claimed)]
        head, _ = wire.head("PUT", f"/{bucket}/k", headers, STREAMING_UNSIGNED_TRAILER)
        refused(wire.raw(head + body, "PUT"), 400, "IncompleteBody")
    assert wire.request("GET", f"/{bucket}/k").status == 404
