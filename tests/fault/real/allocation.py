#!/usr/bin/env python3
"""One allocation of the running server fails, the Nth of a request or of a start, malloc or
operator new, whosever it is. The server may end, but only by its own abort, and never hangs;
nothing acknowledged is lost, and what was under way is there whole or not at all.

  --all    each N of each verb, and each 16th of the start, in place of N by chance"""
import base64
import hashlib
import json
import mmap
import os
import random
import resource
import shutil
import signal
import struct
import tempfile
import time

import harness
from oracle import Client, Gone, Violation, digest_of, must
from server import Server

BUCKET = "memory"
FIELDS = struct.Struct("=QQQ")  # of nomemory.c: seen, fail_at, failed
# An end that the server chose: abort() is what a failed operator new comes to.
ABORT = -signal.SIGABRT
REASONS = ("muzn: out of memory", "muzn: broken invariant")  # of a failed CHECK


class Control:
    """The file that nomemory.c maps."""

    def __init__(self, path):
        with open(path, "wb") as file:
            file.write(bytes(FIELDS.size))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), FIELDS.size)

    @property
    def seen(self):
        return FIELDS.unpack(self.memory)[0]

    @property
    def failed(self):
        return FIELDS.unpack(self.memory)[2]

    def arm(self, number):
        """The Nth from now on fails. 0: none."""
        at = self.seen + number if number else 0
        self.memory[8:16] = struct.pack("=Q", at)


def state_of(client, account):
    """All that can be seen: {"bucket NAME" | "object KEY" | "uploads" | "users" | "keys": text}.
    Uploads and keys are told apart by what they hold: their ids are not known to a client that got
    no answer."""
    out = {f"bucket {e.text}": "there"
           for e in must(client, "GET", "/", (200,)).xml().iterfind(".//Bucket/Name")}
    listed = {e.findtext("Key"): e.findtext("ETag") for e in must(
        client, "GET", f"/{BUCKET}?list-type=2", (200,)).xml().iterfind("Contents")}
    for key, tag in listed.items():
        path = f"/{BUCKET}/{key}"
        found = must(client, "GET", path, (200,))
        if found.get("etag") != tag:
            raise Violation(f"{key}: listed {tag}, read {found.get('etag')}")
        tags = must(client, "GET", path + "?tagging", (200,)).xml().findtext(".//Tag/Value")
        acl = b"AllUsers" in must(client, "GET", path + "?acl", (200,)).body
        out[f"object {key}"] = f"{digest_of(found.body)} {tag} {tags} {acl}"
    uploads = []
    for one in must(client, "GET", f"/{BUCKET}?uploads", (200,)).xml().iterfind("Upload"):
        target = f"/{BUCKET}/{one.findtext('Key')}?uploadId={one.findtext('UploadId')}"
        parts = [e.text for e in must(client, "GET", target, (200,)).xml().iterfind("Part/ETag")]
        uploads.append(f"{one.findtext('Key')} {parts}")
    out["uploads"] = "; ".join(sorted(uploads))
    path = f"/-/admin/v1/accounts/{account}/users"
    users = json.loads(must(client, "GET", path, (200,)).body)["users"]
    out["users"] = " ".join(sorted(user["name"] for user in users))
    keys = json.loads(must(client, "GET", f"/-/admin/v1/keys?account={account}", (200,)).body)
    out["keys"] = " ".join(sorted(f"{k['user']}:{k['status']}" for k in keys["keys"]))
    block = must(client, "GET", f"/{BUCKET}?publicAccessBlock", (200, 404))
    out["public access"] = str(block.body.count(b"true") if block.status == 200 else 0)
    return out


def etag(body):
    return f'"{hashlib.md5(body).hexdigest()}"'


class Verbs:
    """One method a verb: makes ready what it needs and returns the request and what it changes in
    the state, as {name: text, or None when gone}."""

    def __init__(self, client, chance, account):
        self.client, self.chance, self.account = client, chance, account

    def do(self, method, path, body=b"", headers=(), good=(200, 204)):
        return must(self.client, method, path, good, body, headers)

    def body(self, size):
        return self.chance.randbytes(size)

    def has(self, key, size):
        body = self.body(size)
        self.do("PUT", f"/{BUCKET}/{key}", body)
        return body

    @staticmethod
    def object(body, tag=None, tags=None, public=False):
        return f"{digest_of(body)} {tag or etag(body)} {tags} {public}"

    def put(self, key, size):
        body = self.body(size)
        return ("PUT", f"/{BUCKET}/{key}", body), {f"object {key}": self.object(body)}

    def put_inline(self):
        return self.put("inline", 900)

    def put_blob(self):
        return self.put("blob", 150_000)

    def put_over_a_blob(self):
        self.has("replaced", 70_000)
        return self.put("replaced", 90_000)

    def get_inline(self):
        self.has("inline", 900)
        return ("GET", f"/{BUCKET}/inline"), {}

    def get_blob(self):
        self.has("blob", 150_000)
        return ("GET", f"/{BUCKET}/blob"), {}

    def head(self):
        self.has("inline", 900)
        return ("HEAD", f"/{BUCKET}/inline"), {}

    def list(self):
        return ("GET", f"/{BUCKET}?list-type=2&delimiter=/"), {}

    def list_buckets(self):
        return ("GET", "/"), {}

    def delete_inline(self):
        self.has("going", 10)
        return ("DELETE", f"/{BUCKET}/going"), {"object going": None}

    def delete_blob(self):
        self.has("going", 50_000)
        return ("DELETE", f"/{BUCKET}/going"), {"object going": None}

    def delete_objects(self):
        self.has("going", 10)
        body = b"<Delete><Object><Key>going</Key></Object></Delete>"
        check = base64.b64encode(hashlib.sha256(body).digest()).decode()
        return (("POST", f"/{BUCKET}?delete", body, [("x-amz-checksum-sha256", check)]),
                {"object going": None})

    def copy(self):
        body = self.has("blob", 40_000)
        return (("PUT", f"/{BUCKET}/copied", b"", [("x-amz-copy-source", f"/{BUCKET}/blob")]),
                {"object copied": self.object(body)})

    def tag(self):
        body, word = self.has("tagged", 10), f"{self.chance.getrandbits(32):x}"
        xml = f"<Tagging><TagSet><Tag><Key>k</Key><Value>{word}</Value></Tag></TagSet></Tagging>"
        return (("PUT", f"/{BUCKET}/tagged?tagging", xml.encode()),
                {"object tagged": self.object(body, tags=word)})

    def acl(self):
        body = self.has("open", 10)
        return (("PUT", f"/{BUCKET}/open?acl", b"", [("x-amz-acl", "public-read")]),
                {"object open": self.object(body, public=True)})

    def create_bucket(self):
        self.do("DELETE", f"/{BUCKET}-other", good=(204, 404))
        return ("PUT", f"/{BUCKET}-other"), {f"bucket {BUCKET}-other": "there"}

    def delete_bucket(self):
        self.do("PUT", f"/{BUCKET}-other", good=(200, 409))
        return ("DELETE", f"/{BUCKET}-other"), {f"bucket {BUCKET}-other": None}

    def begin(self, *bodies):
        upload = self.do("POST", f"/{BUCKET}/parts?uploads").xml().findtext("UploadId")
        for number, body in enumerate(bodies, 1):
            self.do("PUT", f"/{BUCKET}/parts?partNumber={number}&uploadId={upload}", body)
        return upload

    def create_upload(self):
        return ("POST", f"/{BUCKET}/parts?uploads"), {"uploads": "parts []"}

    def put_part(self):
        upload, body = self.begin(), self.body(40_000)
        return (("PUT", f"/{BUCKET}/parts?partNumber=1&uploadId={upload}", body),
                {"uploads": f"parts {[etag(body)]}"})

    def complete(self):
        body = self.body(40_000)
        upload = self.begin(body)
        xml = (f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag(body)}</ETag>"
               "</Part></CompleteMultipartUpload>")
        tag = f'"{hashlib.md5(hashlib.md5(body).digest()).hexdigest()}-1"'
        return (("POST", f"/{BUCKET}/parts?uploadId={upload}", xml.encode()),
                {"object parts": self.object(body, tag), "uploads": ""})

    def abort(self):
        upload = self.begin(self.body(40_000))
        return ("DELETE", f"/{BUCKET}/parts?uploadId={upload}"), {"uploads": ""}

    def public_access_block(self):
        on = self.chance.choice(["IgnorePublicAcls", "BlockPublicPolicy"])
        self.do("DELETE", f"/{BUCKET}?publicAccessBlock")
        xml = (f"<PublicAccessBlockConfiguration><{on}>true</{on}>"
               "</PublicAccessBlockConfiguration>")
        return ("PUT", f"/{BUCKET}?publicAccessBlock", xml.encode()), {"public access": "1"}

    def create_user(self):
        body = json.dumps({"name": "new"}).encode()
        return (("POST", f"/-/admin/v1/accounts/{self.account}/users", body), {"users": "new old"})

    def create_key(self):
        body = json.dumps({"account": self.account, "user": "old"}).encode()
        return ("POST", "/-/admin/v1/keys", body), {"keys": ":active old:active"}

    def delete_key(self):
        body = json.dumps({"account": self.account, "user": "old"}).encode()
        made = json.loads(self.do("POST", "/-/admin/v1/keys", body, good=(200, 201)).body)
        return (("DELETE", f"/-/admin/v1/keys/{made['access_key']}"), {"keys": ":active"})

    def clean(self):
        """Back to what every verb may begin with."""
        for one in self.do("GET", f"/{BUCKET}?uploads").xml().iterfind("Upload"):
            self.do("DELETE", f"/{BUCKET}/{one.findtext('Key')}?uploadId="
                              f"{one.findtext('UploadId')}")
        path = f"/-/admin/v1/accounts/{self.account}/users"
        keys = json.loads(self.do("GET", f"/-/admin/v1/keys?account={self.account}").body)["keys"]
        for key in keys:
            if key["user"]:
                self.do("DELETE", f"/-/admin/v1/keys/{key['access_key']}")
        users = {user["name"] for user in json.loads(self.do("GET", path).body)["users"]}
        if "new" in users:
            self.do("DELETE", path + "/new")
        if "old" not in users:
            self.do("POST", path, b'{"name":"old"}', good=(200, 201))


NAMES = [name for name, what in vars(Verbs).items()
         if callable(what) and name not in ("__init__", "do", "body", "has", "put", "begin", "clean")
         and not isinstance(what, staticmethod)]


class Bench:
    """A server whose allocations can be made to fail, and what has been tried on it."""

    def __init__(self, directory, seed):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self.chance = random.Random(seed)
        self.control = Control(directory + "/control")
        # libstdc++ and libc again, so that theirs come before the server's own allocator.
        self.environment = {"LD_PRELOAD": f"{harness.compile_c('nomemory')} libstdc++.so.6 libc.so.6",
                            "NOMEMORY": directory + "/control"}
        self.server = Server(data=directory + "/data", environment=dict(self.environment))
        self.server.start()
        self.account = self.server.operator()
        self.server.admin("user", "create", "--account", self.account, "--name", "old")
        client = Client(self.server.wire())
        must(client, "PUT", f"/{BUCKET}", (200,), headers=[
            ("x-amz-object-ownership", "ObjectWriter")])
        must(client, "DELETE", f"/{BUCKET}?publicAccessBlock", (204,))
        client.close()
        self.limits = {}  # allocations of each verb
        self.died = self.refused = self.unharmed = 0

    def client(self):
        return Client(self.server.wire(), timeout=30)

    def restart(self):
        if self.server.process is not None and self.server.process.poll() is None:
            self.server.kill()
        elif self.server.process is not None:
            self.server.process.stdout.close()
        self.server.process = None
        self.server.start()

    def end(self, what):
        """The status of a server that is ending; None when it lives on."""
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            code = self.server.process.poll()
            if code is not None:
                said = self.server.log()[-300:]
                if code != ABORT or not any(word in said for word in REASONS):
                    raise Violation(f"{what}: it ended with {code}, and said: {said}")
                return code
            time.sleep(0.01)
        return None

    def verb(self, name, number):
        """Fails allocation `number` of the verb. Returns whether there was one."""
        what = f"allocation {number} of {name}"
        client = self.client()
        verbs = Verbs(client, self.chance, self.account)
        verbs.clean()
        request, changes = getattr(verbs, name)()
        before = state_of(client, self.account)
        after = {k: v for k, v in {**before, **changes}.items() if v is not None}
        began, failed = self.control.seen, self.control.failed
        self.control.arm(number)
        status = 0
        try:
            status = client.request(*request).status
        except Gone as gone:
            if "timed out" in str(gone):
                raise Violation(f"{what}: no answer in {client.timeout} s") from gone
        self.control.arm(0)
        hit = self.control.failed > failed
        self.limits[name] = max(self.limits.get(name, 0), self.control.seen - began)
        done = 200 <= status < 300
        # It may have answered first, and failed at what comes after.
        ended = self.end(what) if hit or status == 0 else self.server.process.poll()
        client.close()
        if ended is not None:
            self.died += 1
            self.restart()
        elif hit:
            self.refused += not done
            self.unharmed += done
        self.judge(what, [after] if done else [before, after])
        return hit

    def judge(self, what, allowed):
        client = self.client()
        now = state_of(client, self.account)
        if now not in allowed:
            raise Violation(f"{what}: " + "; nor ".join(
                f"not {name} = {a.get(name)!r}, but {now.get(name)!r}" for a in allowed
                for name in sorted(a.keys() | now.keys()) if a.get(name) != now.get(name)))
        # It is no ruin: the next write goes through, if need be after a restart.
        body = self.chance.randbytes(100)
        answer = client.request("PUT", f"/{BUCKET}/probe", body)
        if answer.status == 503:
            client.close()
            self.restart()
            client = self.client()
            answer = client.request("PUT", f"/{BUCKET}/probe", body)
        if answer.status != 200:
            raise Violation(f"{what}: then a put was answered {answer}")
        client.close()

    def start(self, number):
        """Fails allocation `number` of a start, after a kill. Returns whether there was one."""
        client = self.client()
        before = state_of(client, self.account)
        client.close()
        self.server.kill()
        self.server.environment["NOMEMORY_AT"] = str(number)
        what = f"allocation {number} of the start"
        try:
            self.server.start()
        except AssertionError as error:
            process = self.server.process
            if process.returncode not in (ABORT, 1):
                raise Violation(f"{what}: {process.returncode} {error}") from error
        del self.server.environment["NOMEMORY_AT"]
        hit = self.control.failed > 0
        self.limits["start"] = max(self.limits.get("start", 0), self.control.seen)
        self.died += hit
        self.restart()
        self.judge(what, [before])
        return hit


def by_chance(bench):
    """(verb, N) without an end. The first round of each verb counts its allocations."""
    names = [*NAMES, "start"]
    for name in bench.chance.sample(names, len(names)):
        yield name, 1 << 40
    while True:
        name = bench.chance.choice(names)
        yield name, bench.chance.randint(1, bench.limits[name])


def all_of(bench):
    for name in [*NAMES, "start"]:
        yield name, 1 << 40
        # A start makes tens of thousands, most of them alike.
        for number in range(1, bench.limits[name] + 1, 16 if name == "start" else 1):
            yield name, number


def body(args):
    directory = tempfile.mkdtemp(prefix="muzn-memory-", dir=args.directory)
    began, done, failures, hits = time.monotonic(), 0, 0, 0
    bench = Bench(directory, args.seed)
    try:
        for name, number in all_of(bench) if args.all else by_chance(bench):
            counted = len(bench.limits) == len(NAMES) + 1
            over = args.count and done >= args.count or (
                not args.count and time.monotonic() - began > args.seconds)
            if over and not args.all and counted:
                break
            try:
                hits += bench.start(number) if name == "start" else bench.verb(name, number)
            except (Violation, Gone, AssertionError) as problem:
                failures += 1
                print(f"{name} {number} of seed {args.seed}: {problem}", flush=True)
                if failures > 5:
                    break
                bench.server.environment.pop("NOMEMORY_AT", None)
                bench.restart()
            done += 1
    finally:
        bench.server.remove()
        shutil.rmtree(directory, ignore_errors=True)
    if not hits:
        raise RuntimeError("no allocation failed: the harness is blind")
    return done, failures, {"failed": hits, "ended": bench.died, "refused": bench.refused,
                            "unharmed": bench.unharmed, "allocations": bench.limits}


if __name__ == "__main__":
    PARSER = harness.options(__doc__, seconds=30)
    PARSER.add_argument("--all", action="store_true")
    harness.start("allocation", PARSER, body)
