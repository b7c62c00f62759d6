#!/usr/bin/env python3
"""botocore signs random requests; our verifier must prove each and refuse each mutant.

    sigv4_differential.py --binary build/.../unit_sigv4 [--count N] [--seed S] [--keep FILE]

A case is a line of words: `proved` or `refused`, the time of the request, then in hex the method,
the request-target and the names and values of its headers. The gtest `Differential.Botocore`
reads the file that MUZN_SIGV4_CASES names. Requests go to the wire as other clients would write
them too: lower-case escapes, needless escapes, '+' for a space, parameters in another order.
"""
import argparse
import os
import random
import string
import subprocess
import sys
import tempfile
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
REGION = "us-east-1"
UNRESERVED = string.ascii_letters + string.digits + "-._~"
WEIRD = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\x01\x1f\x7fäßé漢字🙂\u0301//..%2F%25"
METHODS = ["GET", "PUT", "HEAD", "DELETE", "POST"]
SUBRESOURCES = ["acl", "uploads", "tagging", "list-type", "prefix", "delimiter", "marker",
                "versionId", "partNumber", "uploadId", "x-id", "X-Foo", "response-expires", "é", ""]


def text(rng, alphabet, longest):
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(longest + 1)))


def some_text(rng, longest=24):
    return text(rng, rng.choice([UNRESERVED, UNRESERVED + WEIRD, WEIRD]), longest)


def some_path(rng):
    return "/" + quote(text(rng, UNRESERVED, 8) + "/" + some_text(rng, 40), safe="/~")


def some_query(rng, duplicates):
    pairs = []
    for _ in range(rng.choice([0, 0, 1, 2, 5])):
        name = rng.choice(SUBRESOURCES) or (some_text(rng, 8) + "n")
        pairs.append((quote(name, safe="-_.~"), quote(some_text(rng), safe="-_.~")))
        if duplicates and rng.random() < 0.2:
            pairs.append((pairs[-1][0], quote(some_text(rng), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in pairs)


def some_value(rng):
    words = [text(rng, string.ascii_letters + string.digits + "=,;:/\"'é", 6) for _ in range(4)]
    return rng.choice([" ", "  ", "   ", "\t "]).join(words).strip()


def some_headers(rng):
    headers = []
    for _ in range(rng.randrange(4)):
        name = rng.choice(["x-amz-meta-", "X-Amz-Meta-"]) + text(rng, string.ascii_letters, 6) + "k"
        headers.append((name, some_value(rng)))
        if rng.random() < 0.15:
            headers.append((name, some_value(rng)))
    if rng.random() < 0.3:
        headers.append(("Content-Type", "text/plain; charset=utf-8"))
    if rng.random() < 0.2:
        headers.append(("Range", "bytes=0-9"))
    return headers


def some_host(rng):
    return rng.choice(["localhost:9000", "127.0.0.1:8333", "bucket.s3.example", "s3.example:443",
                       "[::1]:9000"])


class Signed:
    def __init__(self, rng):
        self.method = rng.choice(METHODS)
        self.host = some_host(rng)
        presigned = rng.random() < 0.4
        query = some_query(rng, duplicates=not presigned)
        url = f"http://{self.host}{some_path(rng)}" + (f"?{query}" if query else "")
        token = text(rng, UNRESERVED + "/+=", 20) or None
        credentials = Credentials(ACCESS_KEY, SECRET_KEY, token if rng.random() < 0.2 else None)
        request = AWSRequest(method=self.method, url=url,
                             data=b"" if presigned else rng.randbytes(rng.randrange(20)))
        for name, value in some_headers(rng):
            request.headers.add_header(name, value)
        # botocore leaves the port out when it is the scheme's; its HTTP client then does the same.
        request.headers["Host"] = self.host
        if presigned:
            auth = S3SigV4QueryAuth(credentials, "s3", REGION, expires=rng.randrange(1, 604800))
        else:
            auth = S3SigV4Auth(credentials, "s3", REGION)
        auth.add_auth(request)
        self.presigned = presigned
        self.time = request.context["timestamp"]
        parts = urlsplit(request.url)
        self.path, self.query = parts.path, parts.query
        self.headers = list(request.headers.items())

    def line(self, verdict):
        target = self.path + (f"?{self.query}" if self.query else "")
        words = [self.method, target]
        for name, value in self.headers:
            words += [name, value]
        return " ".join([verdict, self.time] + [word.encode().hex() or "-" for word in words])


def respell(rng, escaped, plus_is_space):
    """The same bytes, escaped otherwise."""
    out, index = [], 0
    while index < len(escaped):
        piece = escaped[index:index + 3] if escaped[index] == "%" else escaped[index]
        index += len(piece)
        roll = rng.random()
        if len(piece) == 3 and roll < 0.3:
            piece = piece.lower()
        elif piece == "%20" and plus_is_space and roll < 0.7:
            piece = "+"
        elif piece in ("%2B", "%3D", "%40", "%3A") and not plus_is_space and roll < 0.7:
            piece = chr(int(piece[1:], 16))
        elif len(piece) == 1 and piece in UNRESERVED and roll < 0.1:
            piece = f"%{ord(piece):02x}"
        out.append(piece)
    return "".join(out)


def respelled(rng, case):
    case.path = "/" + respell(rng, case.path[1:], False)
    pairs = [pair.partition("=")[::2] for pair in case.query.split("&")] if case.query else []
    pairs = [f"{name}={respell(rng, value, True)}" for name, value in pairs]
    rng.shuffle(pairs)
    case.query = "&".join(pairs)
    # The order of headers of one name is signed; the order of names is not.
    order = {name.lower(): rng.random() for name, _ in case.headers}
    case.headers.sort(key=lambda header: order[header[0].lower()])


def other(rng, alphabet, char):
    return rng.choice([candidate for candidate in alphabet if candidate != char])


def change_one(rng, value, alphabet):
    """Changes one plain character; None when there is none outside escapes."""
    places = [i for i, char in enumerate(value)
              if char in alphabet and "%" not in value[max(0, i - 2):i]]
    if not places:
        return None
    place = rng.choice(places)
    return value[:place] + other(rng, alphabet, value[place]) + value[place + 1:]


def mutated(rng, case):
    """One change of what was signed. False when the case has no such thing to change."""
    kind = rng.choice(["method", "path", "query", "header", "signature", "drop", "add", "parameter"])
    alnum = string.ascii_lowercase + string.digits
    if kind == "method":
        case.method = other(rng, METHODS, case.method)
    elif kind == "path":
        changed = change_one(rng, case.path, alnum)
        case.path = changed or case.path + "x"
    elif kind == "query":
        pairs = case.query.split("&") if case.query else []
        plain = [i for i, pair in enumerate(pairs) if not pair.startswith("X-Amz-")]
        if not plain:
            return False
        del pairs[rng.choice(plain)]
        case.query = "&".join(pairs)
    elif kind == "parameter":
        case.query = "&".join(filter(None, [case.query, "response-content-type=text%2Fhtml"]))
    elif kind in ("header", "drop"):
        names = [i for i, (name, _) in enumerate(case.headers)
                 if name.lower().startswith("x-amz-meta-")]
        if not names:
            return False
        index = rng.choice(names)
        name, value = case.headers[index]
        if kind == "drop":
            del case.headers[index]
        else:
            case.headers[index] = (name, value + "x")
    elif kind == "signature":
        if case.presigned:
            start = case.query.index("X-Amz-Signature=") + len("X-Amz-Signature=")
            place = start + rng.randrange(64)
            char = other(rng, string.hexdigits.lower()[:16], case.query[place])
            case.query = case.query[:place] + char + case.query[place + 1:]
        else:
            for index, (name, value) in enumerate(case.headers):
                if name == "Authorization":
                    place = len(value) - 1 - rng.randrange(64)
                    char = other(rng, string.hexdigits.lower()[:16], value[place])
                    case.headers[index] = (name, value[:place] + char + value[place + 1:])
    else:
        case.headers.append(("x-amz-acl", "public-read"))
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", help="write the cases here, and leave them")
    options = parser.parse_args()
    print(f"sigv4 differential: seed {options.seed}")
    lines = []
    for index in range(options.count):
        rng = random.Random(f"{options.seed}/{index}")
        case = Signed(rng)
        lines.append(case.line("proved"))
        respelled(rng, case)
        lines.append(case.line("proved"))
        if mutated(rng, case):
            lines.append(case.line("refused"))
    with tempfile.NamedTemporaryFile("w", suffix=".cases") as scratch:
        path = options.keep or scratch.name
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        print(f"sigv4 differential: {len(lines)} cases")
        return subprocess.run([options.binary, "--gtest_filter=Differential.*", "--gtest_brief=1"],
                              env=dict(os.environ, MUZN_SIGV4_CASES=path), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
