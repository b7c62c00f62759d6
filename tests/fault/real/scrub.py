#!/usr/bin/env python3
"""Rot under a server with load on it: blobs of objects that nobody touches are spoiled while others
are written, deleted and put together, and tables of rows while it is stopped. Each is found by the
pass after it, and named; nothing is told that was not planted; and the scrub keeps to its rate."""
import os
import pathlib
import random
import shutil
import tempfile
import time

import harness
from corruption import KINDS, damage
from oracle import Client, Load, Model, Violation, make_bucket, must
from server import Server

RATE_MIB = 64
FOOTER_BYTES = 53  # of a table
LOG_SECONDS = 5  # lines gather for a moment before they are written
PASS_SECONDS = 120  # for one pass over what is there, with much room


def options_of(mib_per_second):
    return ["--scrub-days", "0", "--scrub-mib-per-second", str(mib_per_second),
            "--sweep-seconds", "1"]


def put_still(server, chance):
    """Objects that the load does not touch: {file name of the blob: key}."""
    client, before, files = Client(server.wire()), set(server.blob_files()), {}
    for number in range(16):
        key = f"still/{number}"
        size = chance.choice([17_000, 65_536, 65_537, 200_000, 1_500_000])
        must(client, "PUT", f"/oracle/{key}", (200,), chance.randbytes(size))
        new = set(server.blob_files()) - before
        if len(new) != 1:
            raise Violation(f"{key}: {len(new)} blobs")
        before |= new
        files[new.pop()] = key
    client.close()
    return files


def findings(server):
    return [line for line in server.records() if line.get("message") == "scrub: damage found"]


def next_pass(server):
    """Waits for a pass that began after this call."""
    begun = server.metrics()["muzn_scrub_passes_total"]
    deadline = time.monotonic() + PASS_SECONDS
    while server.metrics()["muzn_scrub_passes_total"] < begun + 2:
        server.check()
        if time.monotonic() > deadline:
            raise Violation(f"no pass in {PASS_SECONDS} s")
        time.sleep(0.1)


def judge(server, planted, note):
    """Findings are what was planted, all of it and nothing else."""
    wanted = {("oracle", key) for key in planted}
    deadline = time.monotonic() + LOG_SECONDS
    while (told := {(line["bucket"], line["key"]) for line in findings(server)}) != wanted:
        if time.monotonic() < deadline:
            time.sleep(0.1)
            continue
        raise Violation(f"{note}: not found {wanted - told}, not planted {told - wanted}: "
                        f"{findings(server)[-3:]}")


def rot_of_blobs(server, chance):
    """Under load. Returns how many were spoiled."""
    files = put_still(server, chance)
    load = Load(server, Model(), chance.random(), threads=2, pause=0.02, persist=True).start()
    try:
        next_pass(server)
        judge(server, [], "before any damage")
        spoiled, planted, note = chance.sample(list(files), 3), [], ""
        sound = [name for name in files if name not in spoiled]  # a removed one lends no sector
        for path in spoiled:
            kind = chance.choice(KINDS)
            done = damage(path, kind, chance, chance.choice(sound))
            if done:
                planted.append(files[path])
                note += f"{files[path]} {done}; "
        next_pass(server)
        judge(server, planted, note)
        for line in findings(server):
            if files.get(str(blob_path(server, line["blob"]))) != line["key"]:
                raise Violation(f"{note}: another blob is named: {line}")
    finally:
        load.stop()
    return len(planted)


def blob_path(server, name):
    return pathlib.Path(server.data, "blobs", name[16:18], name[18:20], name)


def rot_of_tables(server, chance):
    """One byte of a table, while it is stopped. The start may refuse it."""
    server.stop()
    server.start()  # the log becomes a table
    server.stop()
    tables = [path for path in pathlib.Path(server.data, "rows", "db").glob("*.sst")]
    if not tables:
        return 0
    path = chance.choice(tables)
    at = chance.randrange(path.stat().st_size - FOOTER_BYTES)  # a footer has bytes that mean nothing
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    open(server.log_path, "w", encoding="utf-8").close()
    try:
        server.start()
    except AssertionError:
        return 1  # refused
    try:
        next_pass(server)
        deadline = time.monotonic() + LOG_SECONDS
        while not any(path.name in line["what"] for line in findings(server)):
            if time.monotonic() > deadline:
                raise Violation(f"{path.name}, a bit at {at}: not found: {findings(server)}")
            time.sleep(0.1)
    finally:
        server.kill()
    return 1


def keeps_to_its_rate(folder):
    """Bytes over time of a store that takes some seconds, loosely. The metrics are asked for seldom,
    since a request slows it down."""
    server = Server(data=f"{folder}/rate", args=["--scrub-mib-per-second", "0"])
    try:
        server.start()
        make_bucket(server)
        client = Client(server.wire())
        for number in range(24):
            must(client, "PUT", f"/oracle/{number}", (200,), os.urandom(1 << 20))
        client.close()
        server.stop()
        server.args = ["--scrub-days", "0", "--scrub-mib-per-second", "4"]
        server.start()
        began, first = time.monotonic(), server.metrics()["muzn_scrub_bytes_total"]
        time.sleep(4)
        read = server.metrics()["muzn_scrub_bytes_total"] - first
        rate = read / (time.monotonic() - began) / (1 << 20)
        server.stop()
        if not 0.2 <= rate <= 5:
            raise Violation(f"asked for 4 MiB/s, {rate:.2f} MiB/s were read")
        return rate
    finally:
        server.remove()


def one_round(folder, number, chance):
    server = Server(data=f"{folder}/{number}", args=options_of(RATE_MIB))
    try:
        server.start()
        make_bucket(server)
        found = rot_of_blobs(server, chance)
        return found + rot_of_tables(server, chance)
    finally:
        server.remove()


def body(args):
    chance = random.Random(args.seed)
    folder = tempfile.mkdtemp(prefix="muzn-scrub-", dir=args.directory)
    planted = failures = 0
    try:
        rate = keeps_to_its_rate(folder)
        for number in harness.Rounds(args):
            try:
                planted += one_round(folder, number, chance)
            except (Violation, AssertionError) as problem:
                failures += 1
                print(f"round {number} of seed {args.seed}: {problem}", flush=True)
                if failures > 5:
                    break
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return planted, failures, {"mib_per_second_of_4": round(rate, 2)}


if __name__ == "__main__":
    harness.start("scrub", harness.options(__doc__, seconds=30), body)
