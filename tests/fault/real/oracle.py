"""Load on a real server, and the memory of what it acknowledged.

Every value that a client writes has a place in the history of its key. Of each key it is known
which writes were acknowledged, which were under way or answered by an error (their outcome is open)
and which were refused (they must not show). After any fault each key must be in a state that this
history allows; then the history is collapsed to what was found.

Positions (`now`) are any numbers that grow: time, or the length of a disk's write log, so that one
recorded run can be judged at every point of that log."""
import dataclasses
import hashlib
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "s3"))

from sigv4 import UNSIGNED  # noqa: E402
from wire import Incomplete  # noqa: E402

BUCKET = "oracle"
SIZES = [0, 1, 100, 5_000, 16_384, 16_385, 20_000, 65_536, 131_072, 300_000]
PART_BYTES_MIN = 5 << 20
NEVER = float("inf")  # the position of an acknowledgement that did not come
END = sys.float_info.max  # the position after everything that did


class Gone(Exception):
    """The connection ended or could not be made: the outcome of the request is open."""


class Violation(Exception):
    """The server broke a promise."""


@dataclasses.dataclass
class Attempt:
    """One write of a key. `digest` None: a delete."""
    key: str
    number: int
    digest: str | None
    start: float
    ack: float = NEVER


class History:
    """All writes of one key, oldest first."""

    def __init__(self, key):
        self.key = key
        self.lock = threading.Lock()
        self.attempts = [Attempt(key, 0, None, -1, -1)]
        self.count = 0

    def begin(self, digest, start, number=None):
        with self.lock:
            self.count = number or self.count + 1
            attempt = Attempt(self.key, self.count, digest, start)
            self.attempts.append(attempt)
            return attempt

    def refused(self, attempt):
        with self.lock:
            self.attempts.remove(attempt)

    def _base(self, at):
        return max((a for a in self.attempts if a.ack <= at), key=lambda a: a.number)

    def allowed(self, at):
        """Digests that the key may have when everything up to `at` has happened."""
        with self.lock:
            base = self._base(at)
            return {base.digest} | {a.digest for a in self.attempts
                                    if a.number > base.number and a.start <= at}

    def written(self):
        """Digests of all writes that are remembered."""
        with self.lock:
            return {a.digest for a in self.attempts}

    def settle(self, digest):
        with self.lock:
            self.count = max(a.number for a in self.attempts)
            number = max((a.number for a in self.attempts if a.digest == digest),
                         default=self.count)
            self.attempts = [Attempt(self.key, number, digest, -1, -1)]


class Client:
    """One kept connection that signs."""

    def __init__(self, wire, timeout=60):
        self.wire, self.timeout = wire, timeout
        self.connection = None

    def request(self, method, target, body=b"", headers=(), unsigned=False):
        """The answer, or Gone."""
        payload = UNSIGNED if unsigned else hashlib.sha256(body).hexdigest()
        if body or method in ("PUT", "POST"):
            headers = [("Content-Length", str(len(body))), *headers]
        head, _ = self.wire.head(method, target, headers, payload)
        try:
            if self.connection is None:
                self.connection = self.wire.connect(self.timeout)
            self.connection.send(head + body)
            answer = self.connection.answer(method)
        except (OSError, Incomplete) as error:
            self.close()
            raise Gone(f"{method} {target}: {error}") from error
        if answer.closes:
            self.close()
        return answer

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def digest_of(body):
    return hashlib.sha256(body).hexdigest()


def describe(body):
    """What a value says about itself."""
    return body[:120].split(b"\n")[0].decode(errors="replace") if body else "(nothing)"


class Model:
    """Histories of all keys, and what else was acknowledged."""

    def __init__(self):
        self.lock = threading.Lock()
        self.keys = {}
        self.buckets = {}  # name -> position of its acknowledgement
        self.parts = {}    # (key, upload id) -> {number: (etag, position)}

    def history(self, key):
        with self.lock:
            return self.keys.setdefault(key, History(key))

    def reopen_since(self, position):
        """Takes back the acknowledgements from a position on."""
        for history in self.keys.values():
            for attempt in history.attempts:
                if attempt.ack != NEVER and attempt.ack >= position:
                    attempt.ack = NEVER
        self.buckets = {name: ack for name, ack in self.buckets.items() if ack < position}
        for parts in self.parts.values():
            for number in [n for n, (_, ack) in parts.items() if ack >= position]:
                del parts[number]

    def verify(self, wire, at=END, settle=True, client=None):
        """Reads everything and compares. Returns how many objects were read. Raises Violation."""
        client = client or Client(wire)
        problems, found = [], {}
        for key, history in sorted(self.keys.items()):
            digest, tag, size, note = self._read(client, key)
            allowed = history.allowed(at)
            if digest not in allowed:
                problems.append(f"{key}: {note}; allowed: {self._explain(history, at)}")
            if digest is not None:
                found[key] = (tag, size)
            if settle:
                history.settle(digest)
        listed = list_all(client, BUCKET)
        if listed != found:
            wrong = {k for k in listed.keys() | found.keys() if listed.get(k) != found.get(k)}
            problems.append("the list disagrees with the objects: " + ", ".join(
                f"{k}: listed {listed.get(k)}, read {found.get(k)}" for k in sorted(wrong)))
        problems += self._verify_buckets(client, at) + self._verify_parts(client, at, settle)
        client.close()
        if problems:
            raise Violation("\n".join(problems))
        return len(self.keys)

    @staticmethod
    def _read(client, key):
        answer = must(client, "GET", f"/{BUCKET}/{key}", (200, 404))
        if answer.status == 404:
            return None, None, 0, "absent"
        digest = digest_of(answer.body)
        return (digest, answer.get("etag"), len(answer.body),
                f"{len(answer.body)} bytes {describe(answer.body)} {digest[:12]}")

    @staticmethod
    def _explain(history, at):
        return [f"#{a.number} {'absent' if a.digest is None else a.digest[:12]}"
                f" start {a.start} ack {a.ack}"
                for a in history.attempts if a.digest in history.allowed(at)]

    def _verify_buckets(self, client, at):
        have = {e.text for e in must(client, "GET", "/", (200,)).xml().iterfind(".//Bucket/Name")}
        return [f"bucket {name}: lost" for name, ack in self.buckets.items()
                if ack <= at and name not in have]

    def _verify_parts(self, client, at, settle):
        problems = []
        for (key, upload), parts in list(self.parts.items()):
            wanted = {number: tag for number, (tag, ack) in parts.items() if ack <= at}
            if not wanted:
                continue
            answer = must(client, "GET", f"/{BUCKET}/{key}?uploadId={upload}", (200, 404))
            have = {} if answer.status == 404 else {
                int(p.findtext("PartNumber")): p.findtext("ETag")
                for p in answer.xml().iterfind("Part")}
            problems += [f"part {number} of {key} {upload}: lost" for number, tag in wanted.items()
                         if have.get(number) != tag]
        if settle:
            self.parts.clear()
            abort_uploads(client)
        return problems


def must(client, method, target, statuses, body=b"", headers=(), seconds=20):
    """One of these answers, asked for again while the server says 503 or the connection ends."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = client.request(method, target, body, headers)
            if answer.status in statuses:
                return answer
            if answer.status != 503:
                raise Violation(f"{method} {target}: {answer}")
            last = str(answer)
        except Gone as error:
            last = str(error)
        if time.monotonic() > deadline:
            raise Violation(f"{method} {target}: {last}")
        time.sleep(0.1)


def list_all(client, bucket):
    """{key: (etag, size)}"""
    found, token = {}, ""
    while True:
        page = must(client, "GET", f"/{bucket}?list-type=2&max-keys=300{token}", (200,)).xml()
        for item in page.iterfind("Contents"):
            found[item.findtext("Key")] = (item.findtext("ETag"), int(item.findtext("Size")))
        if page.findtext("IsTruncated") != "true":
            return found
        from sigv4 import encode
        token = "&continuation-token=" + encode(page.findtext("NextContinuationToken"))


def abort_uploads(client):
    """So that long runs do not fill the disk with parts."""
    page = must(client, "GET", f"/{BUCKET}?uploads", (200,)).xml()
    for upload in page.iterfind("Upload"):
        target = f"/{BUCKET}/{upload.findtext('Key')}?uploadId={upload.findtext('UploadId')}"
        must(client, "DELETE", target, (204, 404))


def errors_inside(answer):
    """Keys of the errors in a 200: DeleteObjects has one for each key, CompleteMultipartUpload and
    CopyObject may fail as a whole after they said 200."""
    if b"<Error>" not in answer.body:
        return []
    root = answer.xml()
    if root.tag == "Error":
        return ["(all)"]
    keys = [error.findtext("Key") for error in root.iterfind("Error")]
    for error in root.iterfind("Error"):
        if error.findtext("Code") not in ("ServiceUnavailable", "InternalError",
                                          "InsufficientStorage"):
            raise Violation(f"an error inside: {answer}")
    return keys


class Load:
    """Threads of clients. With `persist` they go on after errors and broken connections, without
    it each ends at its first."""

    KINDS = {"put": 50, "delete": 12, "delete_many": 3, "copy": 5, "conditional": 10, "counter": 6,
             "multipart": 5, "part": 3, "bucket": 1, "read": 5}

    def __init__(self, server, model, seed, threads=4, keys=12, now=time.monotonic, persist=False,
                 sizes=None, kinds=None, pause=0.0, prefix=""):
        self.model, self.now, self.persist = model, now, persist
        self.sizes, self.kinds, self.pause = sizes or SIZES, kinds or self.KINDS, pause
        self.stopping = threading.Event()
        self.violations, self.statuses = [], {}
        self.acked = self.open = 0
        self.failed_at = NEVER       # first time that a client was told 503 ServiceUnavailable
        self.acked_after_failure = []  # what writes that began later were acknowledged
        self.lock = threading.Lock()
        self.workers = [Worker(self, server, seed, number, [f"{prefix}{number}/{i}" for i in range(keys)])
                        for number in range(threads)]

    def start(self):
        for worker in self.workers:
            worker.start()
        return self

    def stop(self):
        self.stopping.set()
        return self.join()

    def join(self):
        for worker in self.workers:
            worker.join(180)
            if worker.is_alive():
                raise Violation("a client got no answer for 180 s")
        if self.violations:
            raise Violation("\n".join(self.violations))
        return self

    def note(self, status, began, is_ack, what=""):
        with self.lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if is_ack:
                self.acked += 1
                if began > self.failed_at:
                    self.acked_after_failure.append(what)
            elif status == 503 and self.failed_at == NEVER:
                self.failed_at = time.monotonic()


class Worker(threading.Thread):
    """Writes keys of its own, and one counter that all share."""

    def __init__(self, load, server, seed, number, names):
        super().__init__(daemon=True)
        self.load, self.model, self.server = load, load.model, server
        self.random = random.Random(f"{seed}/{number}")
        self.names = names
        self.client = Client(server.wire())
        self.upload = None

    def run(self):
        kinds, weights = zip(*self.load.kinds.items())
        while not self.load.stopping.is_set():
            try:
                getattr(self, "do_" + self.random.choices(kinds, weights)[0])()
            except Gone:
                if not self.load.persist:
                    break
                self.client = Client(self.server.wire())
                self.load.stopping.wait(0.05)
            except Exception as error:  # shown by join()
                self.load.violations.append(f"{type(error).__name__}: {error}")
                break
            if self.load.pause:
                self.load.stopping.wait(self.load.pause)
        self.client.close()

    def body(self, key, size=None):
        size = self.random.choice(self.load.sizes) if size is None else size
        tag = f"{key} {self.random.getrandbits(64):016x} {size}\n".encode()
        return (tag + self.random.randbytes(max(0, size - len(tag))))[:size]

    def write(self, key, digest, method, target, body=b"", headers=(), good=(200,), refusals=(),
              number=None):
        """One write with its place in the history. Returns the answer."""
        history = self.model.history(key)
        attempt = history.begin(digest, self.load.now(), number)
        return self.conclude([(history, attempt)], method, target, body, headers, good, refusals)

    def conclude(self, attempts, method, target, body, headers, good, refusals=()):
        began = time.monotonic()
        # Removing what is not there changes nothing, so a failed store may say that it is done.
        idle = all(history.allowed(END) == {None} for history, _ in attempts)
        try:
            answer = self.client.request(method, target, body, headers,
                                         unsigned=self.random.random() < 0.5)
        except Gone:
            self.load.open += 1
            raise
        failed = errors_inside(answer) if answer.status in good else None
        is_ack = failed == [] or (failed is not None and len(failed) < len(attempts))
        at = self.load.now()
        idle = idle or all(history.allowed(END) == {None} for history, attempt in attempts
                           if failed is not None and attempt.key not in failed)
        self.load.note(503 if failed else answer.status, began, is_ack and not idle,
                       f"{method} {target} {len(body)}")
        for history, attempt in attempts:
            if failed is not None and (not failed or attempt.key not in failed) and is_ack:
                attempt.ack = at
            elif answer.status in refusals:
                history.refused(attempt)
        if not is_ack and answer.status not in refusals:
            self.load.open += 1
            if answer.status < 500 and answer.status != 408 and not failed:
                raise Violation(f"{method} {target}: {answer}")
            self.load.stopping.wait(0.01)
        return answer

    def do_put(self):
        key = self.random.choice(self.names)
        body = self.body(key)
        self.write(key, digest_of(body), "PUT", f"/{BUCKET}/{key}", body)

    def do_delete(self):
        key = self.random.choice(self.names)
        self.write(key, None, "DELETE", f"/{BUCKET}/{key}", good=(204,))

    def do_delete_many(self):
        keys = self.random.sample(self.names, 3)
        began = self.load.now()
        attempts = []
        for key in keys:
            history = self.model.history(key)
            attempts.append((history, history.begin(None, began)))
        xml = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys)
        body = f"<Delete>{xml}</Delete>".encode()
        headers = [("x-amz-checksum-sha256", _base64_sha256(body))]
        self.conclude(attempts, "POST", f"/{BUCKET}?delete", body, headers, (200,))

    def do_copy(self):
        source, target = self.random.sample(self.names, 2)
        allowed = self.model.history(source).allowed(END)
        digest = next(iter(allowed))
        if len(allowed) > 1 or digest is None:
            return
        self.write(target, digest, "PUT", f"/{BUCKET}/{target}",
                   headers=[("x-amz-copy-source", f"/{BUCKET}/{source}")])

    def do_conditional(self):
        """If-None-Match: * on a key whose state is known."""
        key = self.random.choice(self.names)
        allowed = self.model.history(key).allowed(END)
        if len(allowed) > 1:
            return
        absent = None in allowed
        body = self.body(key)
        answer = self.write(key, digest_of(body), "PUT", f"/{BUCKET}/{key}", body,
                            [("If-None-Match", "*")], refusals=(412,))
        if (answer.status == 412 and absent) or (answer.status == 200 and not absent):
            raise Violation(f"If-None-Match on {key}, absent {absent}: {answer}")

    def do_counter(self):
        """Compare and swap against the other clients: no acknowledged step may be lost."""
        key = "counter"
        answer = self.client.request("GET", f"/{BUCKET}/{key}")
        if answer.status == 404:
            number, condition = 1, ("If-None-Match", "*")
        elif answer.status == 200:
            if not answer.body:
                raise Violation(f"an empty counter: {answer}")
            number = int(answer.body.split()[0]) + 1
            condition = ("If-Match", answer.get("etag"))
        else:
            return
        body = f"{number} {self.name} {self.random.getrandbits(64):016x}".encode()
        self.write(key, digest_of(body), "PUT", f"/{BUCKET}/{key}", body, [condition],
                   refusals=(412, 409, 404), number=number)

    def do_multipart(self):
        key = self.random.choice(self.names)
        upload = self.begin_upload(key)
        if not upload:
            return
        sizes = [self.random.choice(self.load.sizes[3:] or self.load.sizes)]
        if self.random.random() < 0.1 and max(self.load.sizes) > 100_000:
            sizes.insert(0, PART_BYTES_MIN)
        pieces, tags = [self.body(key, size) for size in sizes], []
        for number, piece in enumerate(pieces, 1):
            tag = self.put_part(key, upload, number, piece)
            if not tag:
                return
            tags.append(tag)
        xml = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{t}</ETag></Part>"
                      for n, t in enumerate(tags, 1))
        self.write(key, digest_of(b"".join(pieces)), "POST", f"/{BUCKET}/{key}?uploadId={upload}",
                   f"<CompleteMultipartUpload>{xml}</CompleteMultipartUpload>".encode())

    def begin_upload(self, key):
        answer = self.client.request("POST", f"/{BUCKET}/{key}?uploads")
        self.load.note(answer.status, time.monotonic(), False)
        return answer.xml().findtext("UploadId") if answer.status == 200 else None

    def put_part(self, key, upload, number, body):
        began = time.monotonic()
        target = f"/{BUCKET}/{key}?partNumber={number}&uploadId={upload}"
        answer = self.client.request("PUT", target, body)
        self.load.note(answer.status, began, answer.status == 200, f"part {len(body)}")
        return answer.get("etag") if answer.status == 200 else None

    def do_part(self):
        """Parts of an upload that stays open: they too were acknowledged."""
        if self.upload is None or len(self.model.parts.get(self.upload, ())) > 3:
            key = f"open-{self.names[0]}"
            upload = self.begin_upload(key)
            if not upload:
                return
            self.upload = (key, upload)
        key, upload = self.upload
        parts = self.model.parts.setdefault(self.upload, {})
        number = len(parts) + 1
        if tag := self.put_part(key, upload, number, self.body(key)):
            parts[number] = (tag, self.load.now())

    def do_bucket(self):
        if len(self.model.buckets) > 60:
            return
        name = f"b-{self.random.getrandbits(60):015x}"
        began = time.monotonic()
        answer = self.client.request("PUT", f"/{name}")
        self.load.note(answer.status, began, answer.status == 200, f"PUT /{name}")
        if answer.status == 200:
            self.model.buckets[name] = self.load.now()

    def do_read(self):
        key = self.random.choice(self.names)
        allowed = self.model.history(key).allowed(END)
        answer = self.client.request("GET", f"/{BUCKET}/{key}")
        self.load.note(answer.status, time.monotonic(), False)
        if answer.status in (200, 404):
            digest = digest_of(answer.body) if answer.status == 200 else None
            if digest not in allowed:
                raise Violation(f"read {key}: {describe(answer.body)} is not what was written")
        elif answer.status < 500:
            raise Violation(f"read {key}: {answer}")


def _base64_sha256(body):
    import base64
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def make_bucket(server):
    must(Client(server.wire()), "PUT", f"/{BUCKET}", (200,))
