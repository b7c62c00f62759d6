#!/usr/bin/env python3
"""Rot under a real server: bits, sectors, tails and whole files of what it stores go bad, while it
runs (blobs) and while it is stopped (everything). Whatever it then says, it never serves a wrong
byte: each object reads as it was written, or not at all - an error before the first byte, or a
connection cut short of its length. A store may refuse to open when its rows are damaged. What was
not touched goes on."""
import os
import pathlib
import random
import shutil
import tempfile

import harness
from oracle import Client, Gone, Violation, digest_of, list_all, make_bucket, must
from server import Server

SECTOR = 512
KINDS = ("bit", "zero", "ones", "stale", "swap", "truncate", "remove", "extend")


def bodies(chance):
    """{key: body}: in rows, in blobs of one block, of many, and in parts."""
    out = {f"row-{i}": chance.randbytes(size) for i, size in enumerate([1, 100, 5000, 16_384] * 6)}
    out |= {f"blob-{i}": chance.randbytes(size)
            for i, size in enumerate([16_385, 65_536, 65_537, 200_000, 700_000] * 2)}
    return out


def put_all(server, wanted):
    client = Client(server.wire())
    for key, body in wanted.items():
        must(client, "PUT", f"/oracle/{key}", (200,), body)
    parts = [os.urandom(5 << 20), os.urandom(100_000)]
    root = must(client, "POST", "/oracle/multi?uploads", (200,)).xml()
    upload, tags = root.findtext("UploadId"), []
    for number, part in enumerate(parts, 1):
        tags.append(must(client, "PUT", f"/oracle/multi?partNumber={number}&uploadId={upload}",
                         (200,), part).get("etag"))
    xml = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{t}</ETag></Part>"
                  for n, t in enumerate(tags, 1))
    must(client, "POST", f"/oracle/multi?uploadId={upload}", (200,),
         f"<CompleteMultipartUpload>{xml}</CompleteMultipartUpload>".encode())
    wanted["multi"] = b"".join(parts)
    client.close()


def damage(path, kind, chance, other):
    """Returns what was done, or None when this kind leaves this file as it is."""
    data = pathlib.Path(path).read_bytes()
    if not data:
        return None
    if kind == "remove":
        os.remove(path)
        return "removed"
    if kind == "truncate":
        cut = chance.randrange(len(data))
        os.truncate(path, cut)
        return f"cut to {cut} of {len(data)}"
    if kind == "extend":
        with open(path, "ab") as file:
            file.write(chance.randbytes(chance.choice([1, 64, 512])))
        return "extended"
    at = chance.randrange((len(data) + SECTOR - 1) // SECTOR) * SECTOR
    sector = data[at:at + SECTOR]
    if kind == "bit":
        offset = chance.randrange(len(sector))
        bad = bytearray(sector)
        bad[offset] ^= 1 << chance.randrange(8)
    elif kind == "zero":
        bad = bytes(len(sector))
    elif kind == "ones":
        bad = b"\xff" * len(sector)
    elif kind == "stale":  # another sector of this file, as of a write that went elsewhere
        source = chance.randrange((len(data) + SECTOR - 1) // SECTOR) * SECTOR
        bad = data[source:source + SECTOR][:len(sector)]
    else:  # swap: the same place of another file
        bad = pathlib.Path(other).read_bytes()[at:at + SECTOR]
    if bytes(bad) == sector or not bad:
        return None
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(bad)
    return f"{kind} at {at} of {len(data)}"


def judge(server, wanted, note):
    """Reads everything, whole and in ranges. Returns how many objects are lost."""
    client, lost = Client(server.wire()), 0
    for key, body in wanted.items():
        for begin, end in ((0, len(body)), (len(body) // 2, len(body) // 2 + 1000)):
            end = min(end, len(body))
            headers = [] if end - begin == len(body) else [("Range", f"bytes={begin}-{end - 1}")]
            try:
                answer = client.request("GET", f"/oracle/{key}", headers=headers)
            except Gone:  # cut short
                lost += not headers
                continue
            if answer.status in (200, 206) and answer.body != body[begin:end]:
                raise Violation(f"{note}: {key} served with other bytes "
                                f"({digest_of(answer.body)[:12]}, {len(answer.body)} bytes)")
            if answer.status == 404:
                raise Violation(f"{note}: {key}: {answer}")
            if answer.status not in (200, 206, 500, 503):
                raise Violation(f"{note}: {key}: {answer}")
            lost += answer.status >= 500 and not headers
    client.close()
    return lost


def files_of(server, part):
    return sorted(str(p) for p in pathlib.Path(server.data, part).rglob("*")
                  if p.is_file() and p.name not in ("LOCK", "LOG", "LOG.old", "IDENTITY")
                  and not p.name.startswith("LOG.old"))


def rot_of_blobs(server, wanted, chance):
    """While it runs. One blob of many: at most one object is lost, and all others are whole."""
    files = server.blob_files()
    path, other = chance.choice(files), chance.choice(files)
    kind = chance.choice(KINDS)
    done = damage(path, kind, chance, other)
    if not done:
        return 0
    note = f"blob {os.path.basename(path)} {done}"
    lost = judge(server, wanted, note)
    server.check()
    if lost > 1:
        raise Violation(f"{note}: {lost} objects are lost")
    if lost == 0:
        raise Violation(f"{note}: not noticed")
    return 1


def rot_of_rows(server, wanted, chance):
    """While it is stopped. Rows may be lost by a refusal, never by silence."""
    files = [f for f in files_of(server, "rows") if os.path.getsize(f)]
    path, other = chance.choice(files), chance.choice(files)
    done = damage(path, chance.choice(KINDS), chance, other)
    if not done:
        return 0
    note = f"{os.path.relpath(path, server.data)} {done}"
    try:
        server.start()
    except AssertionError:  # refused to open, and said why
        text = server.log()
        if not text.strip() or "CHECK failed" in text or "terminate" in text:
            raise Violation(f"{note}: no clean refusal: {text[-500:]}") from None
        return 1
    try:
        judge(server, wanted, note)
        client = Client(server.wire())
        try:
            listed = list_all(client, "oracle")
        except Violation:
            listed = None  # refused: 500
        if listed is not None:
            missing = [k for k in wanted if k not in listed]
            if missing:
                raise Violation(f"{note}: the list is silently short of {missing[:5]}")
            wrong = [k for k, (_, size) in listed.items() if size != len(wanted.get(k, b""))]
            if wrong:
                raise Violation(f"{note}: the list tells other sizes of {wrong[:5]}")
        client.close()
        if not server.alive():
            raise Violation(f"{note}: died: {server.log()[-500:]}")
    finally:
        server.kill()
    return 1


class Store:
    """A store that is damaged again and again, always from the same sound copy."""

    def __init__(self, chance, folder):
        self.sound = f"{folder}/sound"
        # What is kept in memory would hide what happens to the disk.
        self.server = Server(data=f"{folder}/data", args=["--hot-mib", "0"])
        self.wanted = bodies(chance)
        self.server.start()
        make_bucket(self.server)
        put_all(self.server, self.wanted)
        for _ in range(2):  # a restart turns the log into tables; then a newer log is on top
            self.server.stop()
            self.server.start()
            fresh = {f"later-{_}": chance.randbytes(3000)}
            client = Client(self.server.wire())
            for key, body in fresh.items():
                must(client, "PUT", f"/oracle/{key}", (200,), body)
            client.close()
            self.wanted |= fresh
        self.server.stop()
        shutil.copytree(self.server.data, self.sound)

    def restore(self):
        shutil.rmtree(self.server.data, ignore_errors=True)
        shutil.copytree(self.sound, self.server.data)
        open(self.server.log_path, "w", encoding="utf-8").close()


def one_round(store, number, chance):
    if number % 2:
        return rot_of_rows(store.server, store.wanted, chance)
    store.server.start()
    try:
        return rot_of_blobs(store.server, store.wanted, chance)
    finally:
        store.server.kill()


def body(args):
    chance = random.Random(args.seed)
    folder = tempfile.mkdtemp(prefix="muzn-rot-", dir=args.directory)
    store, failures, damages = None, 0, 0
    try:
        store = Store(chance, folder)
        for number in harness.Rounds(args):
            store.restore()
            try:
                damages += one_round(store, number, chance)
            except (Violation, AssertionError) as problem:
                failures += 1
                print(f"round {number} of seed {args.seed}: {problem}", flush=True)
                if failures > args.failures_max:
                    break
    finally:
        if store:
            store.server.remove()
        shutil.rmtree(folder, ignore_errors=True)
    return damages, failures, {}


if __name__ == "__main__":
    PARSER = harness.options(__doc__, seconds=20)
    PARSER.add_argument("--failures-max", type=int, default=10)
    harness.start("corruption", PARSER, body)
