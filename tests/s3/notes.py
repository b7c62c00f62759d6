"""Transparency logs from the other side, in nothing but Python's library: Ed25519 (RFC 8032), trees
(RFC 6962), signed notes, checkpoints and cosignatures (c2sp.org). Slow, and written from the
specifications alone, so that our own code is not its own judge."""
import base64
import hashlib
import struct

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def _add(a, b):
    c, d = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    e, f = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    g, h, i, j = d - c, f - e, f + e, d + c
    return g * h % P, i * j % P, h * i % P, g * j % P


def _times(n, point):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = _add(out, point)
        point = _add(point, point)
        n >>= 1
    return out


def _x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or y >= P:
        return None
    return P - x if x & 1 != sign else x


_Y = 4 * pow(5, P - 2, P) % P
BASE = (_x_of(_Y, 0), _Y, 1, _x_of(_Y, 0) * _Y % P)


def _compress(point):
    z = pow(point[2], P - 2, P)
    x, y = point[0] * z % P, point[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _secret(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def _number(*pieces):
    return int.from_bytes(hashlib.sha512(b"".join(pieces)).digest(), "little") % L


def public_key(seed):
    return _compress(_times(_secret(seed)[0], BASE))


def sign(seed, message):
    scalar, prefix = _secret(seed)
    public = _compress(_times(scalar, BASE))
    r = _number(prefix, message)
    point = _compress(_times(r, BASE))
    s = (r + _number(point, public, message) * scalar) % L
    return point + s.to_bytes(32, "little")


def verify(public, message, signature):
    if len(signature) != 64:
        return False
    point, r = _decompress(public), _decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if point is None or r is None or s >= L:
        return False
    h = _number(signature[:32], public, message)
    left, right = _times(s, BASE), _add(r, _times(h, point))
    return ((left[0] * right[2] - right[0] * left[2]) % P == 0 and
            (left[1] * right[2] - right[1] * left[2]) % P == 0)


LOG, WITNESS = 1, 4  # types of signatures


def b64(data):
    return base64.b64encode(data).decode()


class Signer:
    """A named key of a log or of a witness."""

    def __init__(self, name, kind=LOG, seed=b"log"):
        self.name, self.kind = name, kind
        self.seed = hashlib.sha256(seed).digest()
        self.public = public_key(self.seed)
        self.id = key_id(name, kind, self.public)
        self.vkey = f"{name}+{self.id.hex()}+{b64(bytes([kind]) + self.public)}"

    def line(self, text, time=0):
        if self.kind == LOG:
            blob = sign(self.seed, text.encode())
        else:
            blob = struct.pack(">Q", time) + sign(self.seed, cosigned(text, time))
        return f"— {self.name} {b64(self.id + blob)}\n"


def key_id(name, kind, public):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def cosigned(text, time):
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosignature_time(vkey, text, lines):
    """The time of the good cosignature by `vkey` among signature lines; None without one."""
    name, hex_id, material = vkey.split("+", 2)
    public = base64.b64decode(material)[1:]
    for line in lines.splitlines():
        dash, signer, blob = line.split(" ")
        blob = base64.b64decode(blob)
        if dash == "—" and signer == name and blob[:4].hex() == hex_id:
            time = struct.unpack(">Q", blob[4:12])[0]
            if verify(public, cosigned(text, time), blob[12:]):
                return time
    return None


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(n):
    return 1 << (n - 1).bit_length() - 1


def root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def proof(m, leaves, whole=True):
    """PROOF(m, D[n]) of RFC 6962 2.1.2."""
    n = len(leaves)
    if m == n:
        return [] if whole else [root(leaves)]
    k = split(n)
    if m <= k:
        return proof(m, leaves[:k], whole) + [root(leaves[k:])]
    return proof(m - k, leaves[k:], False) + [root(leaves[:k])]


class Log:
    """A log that tells one story, or, from leaf `fork` on, another."""

    def __init__(self, origin, leaves=300, fork=None, story="other", seed=b"log"):
        self.signer = Signer(origin, LOG, seed)
        self.origin = origin
        fork = leaves if fork is None else fork
        self.leaves = [hashlib.sha256(b"\0" + (b"common" if i < fork else story.encode()) +
                                      str(i).encode()).digest() for i in range(leaves)]

    def text(self, size, extension=""):
        return f"{self.origin}\n{size}\n{b64(root(self.leaves[:size]))}\n{extension}"

    def note(self, size, *lines):
        text = self.text(size)
        return text + "\n" + (self.signer.line(text) + "".join(lines))

    def body(self, old, size, note=None):
        hashes = proof(old, self.leaves[:size]) if 0 < old <= size else []
        lines = "".join(b64(h) + "\n" for h in hashes)
        return f"old {old}\n{lines}\n{note or self.note(size)}"

    def tiles(self, size):
        """(path, bytes) of every tile of hashes."""
        hashes, level = self.leaves[:size], 0
        while hashes:
            for n in range(0, len(hashes), 256):
                tile = hashes[n:n + 256]
                index = f"{n // 256:03}"
                partial = "" if len(tile) == 256 else f".p/{len(tile)}"
                yield f"tile/{level}/{index}{partial}", b"".join(tile)
            hashes = [root(hashes[n:n + 256]) for n in range(0, len(hashes) - 255, 256)]
            level += 1

    def save(self, directory, size):
        for path, data in self.tiles(size):
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_bytes(data)
        (directory / "checkpoint").write_text(self.note(size))


def origin_hash(origin):
    return hashlib.sha256(origin.encode()).hexdigest()
