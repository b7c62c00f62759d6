"""Sends the matrix, or a part of it that a seed chooses, and judges every answer. Nothing may be
accepted; what is refused changes nothing; and each request that is broken here is sent whole as
well, where it must not be refused for its signature."""
import dataclasses
import random
import re
import time
import zlib

from auth_matrix import post
from auth_matrix.case import (BAD_HEADER, BAD_QUERY, DENIED, NO_ARGUMENT, NO_REQUEST, OTHER_BYTES,
                              SKEWED, UNKNOWN_KEY, WRONG_SIGNATURE, Case)
from auth_matrix.credentials import CREDENTIALS, World
from auth_matrix.operations import operations, plain_request
from auth_matrix.place import Place
from auth_matrix.signing import (ABSENT, HASH, HEADER, HEADER_2, PAYLOADS, QUERY, QUERY_2)
from auth_matrix.tampers import TAMPERS

SIGNATURE = re.compile(r"(?:[Ss]ignature=|AWS [A-Z0-9]+:)([0-9a-f]{64}|[^ &\r\n]{28,})")
WORD = re.compile(r"[0-9A-Za-z+/%=]{28,}")
PAYLOADS_2 = (HASH, ABSENT)  # it says nothing of the body, and signs the header as any other
# Of the requests in which only the signature could be wrong.
NOT_TAKEN = {WRONG_SIGNATURE, DENIED, UNKNOWN_KEY, SKEWED, BAD_HEADER, BAD_QUERY, NO_REQUEST,
             NO_ARGUMENT, OTHER_BYTES}


def gentle(operation):
    """Reads before writes, and what takes away at the end."""
    return (operation.name.startswith("Delete"), operation.method not in ("GET", "HEAD"))


def brief(answer):
    return f"{answer.status} {answer.body[:600]!r}"


@dataclasses.dataclass
class Front:
    """One server and what is on it. `old`: it takes Signature Version 2."""
    server: object
    old: bool
    target: Place    # what broken requests act upon
    control: Place   # and good ones
    world: World
    connection: object = None
    last: str = ""   # the id of the last request

    @staticmethod
    def make(server, old):
        return Front(server, old, Place(server, "target"), Place(server, "control"),
                     World.make(server))


class Matrix:
    """`share`: of all cells, the part that is sent; the seed says which."""

    def __init__(self, new, old, seed, share=1.0):
        self.new, self.old = Front.make(new, False), Front.make(old, True)
        self.seed, self.share = str(seed), share
        self.sent = self.controls = 0
        self.signatures = set()
        self.failures = []
        self.seen = {}  # name of a tamper or of credentials: how often it was sent

    def run(self):
        for front in (self.new, self.old):
            front.connection = front.server.wire().connect()
            before = front.target.digest(front.connection)
            for operation in operations():
                self._break(front, operation)
                after = front.target.digest(front.connection)
                if after != before:
                    self.failures.append(f"{operation}: the store is another than before")
                before = after
            before = front.control.digest(front.connection)
            for operation in sorted(operations(), key=gentle):
                self._control(front, operation)
            if front.control.digest(front.connection) == before:
                self.failures.append("the good requests changed nothing: the digest is blind")
            front.connection.close()
            self._read_log(front)
        return self

    def _read_log(self, front):
        """Secrets are not in it, nor signatures, which are as good until they are old."""
        deadline = time.monotonic() + 10
        while (text := front.server.log()) and f'"{front.last}"' not in text:
            assert time.monotonic() < deadline, "the last request is not in the log"
            time.sleep(0.1)
        found = {word for word in WORD.findall(text) if word in self.signatures}
        found |= {secret for secret in front.world.secrets(front.server) if secret in text}
        if found:
            self.failures.append(f"{len(found)} secrets are in the log, such as {min(found)}")

    def _chosen(self, *words):
        name = "/".join((self.seed, *words))
        return zlib.crc32(name.encode()) % 100_000 < self.share * 100_000, random.Random(name)

    def _cases(self, front, operation, place):
        """Each with the words that name it."""
        plain = plain_request(operation, place)
        forms = ((HEADER_2, QUERY_2), PAYLOADS_2) if front.old else ((HEADER, QUERY), PAYLOADS)
        for form in forms[0]:
            for payload in forms[1]:
                yield form, payload, Case(operation, plain, form, payload, place, front.world,
                                          random.Random(self.seed))

    def _break(self, front, operation):
        for form, payload, case in self._cases(front, operation, front.target):
            refused = case.refused_payload()
            if refused:
                self._one(front, case, "as-it-is", lambda c: c.sign(), refused)
            for name, tamper in TAMPERS.items():
                if tamper.applies(case):
                    codes = tamper.expected_of(case) | refused
                    self._one(front, case, name, tamper.make, codes)
            if form not in (HEADER, HEADER_2):
                continue  # credentials that were never good have a form of their own
            for name, (codes, make, old) in CREDENTIALS.items():
                if old == front.old:
                    extra = self._by_payload(case, name, refused)
                    self._one(front, case, name, make, codes | extra)
        if operation.name == "PostObject":
            self._break_forms(front, operation)

    @staticmethod
    def _by_payload(case, name, refused):
        """What credentials of a good form may be answered for their payload alone."""
        of_query = Case(case.operation, case.plain, QUERY, case.payload, case.place, case.world,
                        case.rng).refused_payload()
        return (refused | of_query) if name not in ("nobody", "an-empty-header") else set()

    def _one(self, front, case, name, make, codes):
        words = (case.operation.name, case.form, case.payload, name)
        chosen, case.rng = self._chosen(*words)
        # A rare one could be in no part of a small share: each is sent once in any case.
        if not chosen and name in self.seen:
            return
        sent = make(case)
        if sent is not None:
            self.seen[name] = self.seen.get(name, 0) + 1
            self._judge(front, words, sent, codes)

    def _break_forms(self, front, operation):
        rng = random.Random(self.seed)
        for name, sent, codes in post.broken(front.target, front.world, rng, front.old):
            self._judge(front, (operation.name, "form", name), sent, codes)

    def _send(self, front, sent):
        """The answer; the connection stays as long as the server lets it."""
        data = sent.bytes()
        self.signatures.update(SIGNATURE.findall(data.decode("latin-1")))
        front.connection.send(data)
        answer = front.connection.answer(sent.method)
        front.last = answer.get("x-amz-request-id")
        for secret in front.world.secrets(front.server):
            if secret.encode() in answer.body:
                self.failures.append(f"an answer tells a secret: {answer}")
        if answer.closes:
            front.connection.close()
            front.connection = front.server.wire().connect()
        return answer

    def _judge(self, front, words, sent, codes):
        answer = self._send(front, sent)
        self.sent += 1
        if sent.method == "HEAD":
            good = answer.status in {status for status, _ in codes}
        else:
            good = answer.status >= 400 and (answer.status, answer.code) in codes
        if good and sent.method != "HEAD":
            good = answer.xml().findtext("RequestId") == answer.get("x-amz-request-id")
        if not good:
            self.failures.append(f"{' '.join(words)}: {brief(answer)}, not {sorted(codes)}")

    def _control(self, front, operation):
        """Whole, as it was before it was broken. The first of each operation must succeed."""
        first = True
        for form, payload, case in self._cases(front, operation, front.control):
            if case.refused_payload():
                continue
            words = ("control", operation.name, form, payload)
            # Bodies that are judged go in each form always: they have the most ways to be wrong.
            if not (first or case.plain.reads_body or self._chosen(*words)[0]):
                continue
            answer = self._send(front, case.sign())
            self.controls += 1
            if not self._taken(operation, case, answer, first):
                self.failures.append(f"{' '.join(words)}: {brief(answer)}")
            first = False
        if operation.name == "PostObject":
            answer = self._send(front, post.good(front.control, front.old))
            self.controls += 1
            if answer.status != 204:
                self.failures.append(f"control, a form: {brief(answer)}")

    @staticmethod
    def _taken(operation, case, answer, first):
        if operation.name == "PostObject":  # its credentials are its fields, nothing beside them
            return answer.status == 400 and answer.code == "InvalidRequest"
        if not case.is_covered:
            return answer.status == 400
        if not operation.built:
            return answer.status == 501
        if first:
            return answer.status < 300
        if operation.method == "HEAD" or answer.status < 300:
            return answer.status < 300
        return answer.status < 500 and (answer.status, answer.code) not in NOT_TAKEN

