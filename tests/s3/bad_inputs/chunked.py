"""Bodies in aws-chunked form."""
import base64
import zlib

from bad_inputs.case import row
from sigv4 import STREAMING, STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER, unsigned_chunks

PIECES = [bytes([n]) * 65536 for n in range(1, 6)]
WHOLE = b"".join(PIECES)
CRC = "x-amz-checksum-crc32"


def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


def send(case, form, make_body, decoded=len(WHOLE), trailer=None, headers=()):
    """PUTs make_body(chunk signer); the length on the wire is always true."""
    target = case.path("k")
    headers = [("Content-Encoding", "aws-chunked"), *headers]
    if decoded is not None:
        headers.append(("x-amz-decoded-content-length", str(decoded)))
    if trailer:
        headers.append(("x-amz-trailer", trailer))
    probe = case.wire.head("PUT", target, headers, form)[1]
    length = ("Content-Length", str(len(make_body(probe))))
    signer = case.wire.signer()
    signed, chunks = signer.sign("PUT", target, [("Host", case.wire.host), length, *headers], form)
    body = make_body(chunks)
    head = case.wire.plain_head("PUT", target, signed, host=False)
    with case.wire.connect() as connection:
        connection.send(head + body)
        answer = connection.answer()
        case.wire.settled(connection, answer)
        return answer


def signed_body(chunks):
    return chunks.body(PIECES)


@row("CH001")
def delimiter(case):
    for mark in (b",chunk-signature=", b" chunk-signature=", b";chunk_signature=", b";"):
        case.refused(send(case, STREAMING, lambda c, mark=mark:
                          signed_body(c).replace(b";chunk-signature=", mark, 1)))


@row("CH003")
def third_chunk_flipped(case):
    def flipped(chunks):
        parts = [bytearray(chunks.chunk(p)) for p in [*PIECES, b""]]
        at = parts[2].index(b"=") + 5
        parts[2][at] = ord("0") if parts[2][at] != ord("0") else ord("1")
        return b"".join(parts) + b"\r\n"

    def changed(chunks):
        return signed_body(chunks).replace(b"\3" * 65536, b"\3" * 65535 + b"x")

    for body in (flipped, changed):
        case.refused(send(case, STREAMING, body))


@row("CH005")
def no_last_chunk(case):
    case.refused(send(case, STREAMING_TRAILER, lambda c: b"".join(c.chunk(p) for p in PIECES),
                      trailer=CRC))
    case.refused(send(case, STREAMING, lambda c: b"".join(c.chunk(p) for p in PIECES)))
    case.refused(send(case, STREAMING_UNSIGNED_TRAILER,
                      lambda _: unsigned_chunks(PIECES)[:-5]))


@row("CH007")
def short_chunk_within(case):
    pieces = [b"a" * 65536, b"b" * 8191, b"c" * 65536]
    case.refused(send(case, STREAMING, lambda c: c.body(pieces), sum(map(len, pieces))))


@row("CH009")
def endless_size_line(case):
    for line in (b"0" * (1 << 20), b"f" * (1 << 20), b"10;chunk-signature=" + b"a" * (1 << 20)):
        case.refused(send(case, STREAMING, lambda _, line=line: line))
        case.refused(send(case, STREAMING_UNSIGNED_TRAILER, lambda _, line=line: line))


@row("CH011")
def no_decoded_length(case):
    for decoded in (None, "many", "-1", ""):
        case.refused(send(case, STREAMING_UNSIGNED_TRAILER,
                          lambda _: unsigned_chunks(PIECES, [(CRC, crc32(WHOLE))]), decoded,
                          trailer=CRC))


def with_trailers(case, block, trailer=CRC):
    return send(case, STREAMING_UNSIGNED_TRAILER,
                lambda _: unsigned_chunks(PIECES)[:-2] + block + b"\r\n", trailer=trailer)


@row("CH013")
def trailer_of_no_form(case):
    for block in (b"x-amz-checksum-crc32\r\n", b":\r\n", b"=\r\n"):
        case.refused(with_trailers(case, block))
    case.refused(send(case, STREAMING_TRAILER, lambda c: b"".join(
        c.chunk(p) for p in [*PIECES, b""]) + b"x-amz-checksum-crc32\r\n\r\n", trailer=CRC))


@row("CH015")
def unknown_trailer(case):
    case.refused(with_trailers(case, b"x-amz-checksum-foo:AAAA\r\n", "x-amz-checksum-foo"))


@row("CH017")
def trailer_of_another_body(case):
    wrong = crc32(b"another")
    case.refused(with_trailers(case, f"{CRC}:{wrong}\r\n".encode()))
    case.refused(send(case, STREAMING_TRAILER,
                      lambda c: c.body_with_trailer(PIECES, CRC, wrong), trailer=CRC))


@row("CH019")
def trailer_that_smuggles(case):
    right = f"{CRC}:{crc32(WHOLE)}\r\n".encode()
    for line in (b"Content-Length:0\r\n", b"Host:other\r\n", b"Authorization:x\r\n"):
        case.refused(with_trailers(case, right + line))
        case.refused(with_trailers(case, line + right))


@row("CH021")
def junk_and_gone(case):
    """The peer may be gone before the answer, so only its code is asked, when one comes."""
    headers = [("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "1000"),
               ("Content-Length", "2000")]
    for form in (STREAMING, STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER):
        head, _ = case.wire.head("PUT", case.path("k"), headers, form)
        for junk in (b"", b"zz\r\n", b"\0" * 500, b"3e8;chunk-signature=" + b"0" * 64 + b"\r\nabc"):
            with case.wire.connect() as connection:
                connection.send(head + junk)
        full = head + b"zz;junk\r\n" + b"j" * 1991
        case.refused(case.wire.raw(full, "PUT"))
