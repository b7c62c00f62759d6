#!/usr/bin/env python3
"""A disk whose writes fail for some seconds, at a random moment under load, and then work again
(nbdkit's error filter under ext4 and xfs). From the first refusal on no write may be acknowledged
until a restart, also not after the disk works again; reads go on; the failed volume shows in
/-/health/ready and in the metrics; after a restart everything acknowledged is there."""
import os
import pathlib
import random
import time

import disk
import harness
from oracle import Client, Gone, Load, Model, Violation, digest_of, make_bucket
from server import Server

SIZES = [0, 100, 5_000, 16_385, 65_536, 300_000]


def reads_go_on(server, model, kind, where):
    """A failed volume serves what it has, or says that it can't: never other bytes."""
    client, good = Client(server.wire()), 0
    for key, history in sorted(model.keys.items()):
        try:
            answer = client.request("GET", f"/oracle/{key}")
        except Gone:  # cut short of its length: the file system gave no bytes
            continue
        if answer.status == 200:
            good += 1
            if digest_of(answer.body) not in history.allowed(time.monotonic()):
                raise Violation(f"{where}: {key} is not what was written")
        elif answer.status not in (404, 500, 503):
            raise Violation(f"{where}: read {key}: {answer}")
    client.close()
    # xfs shuts down: whatever is not in the page cache can't be read.
    if not good and kind == "ext4":
        raise Violation(f"{where}: nothing can be read")
    return good


def shows_failure(server):
    client = Client(server.wire())
    ready = client.request("GET", "/-/health/ready").status
    client.close()
    failed = [v for k, v in server.metrics().items() if k.startswith("muzn_engine_failed")]
    if ready != 503 or not any(failed):
        raise Violation(f"the failure does not show: ready {ready}, muzn_engine_failed {failed}")


def outage(kind, chance, args, seed):
    """One disk, one failure. Returns (acknowledged, reads that went on)."""
    flag = pathlib.Path(f"/tmp/muzn-break-{os.getpid()}")
    flag.unlink(missing_ok=True)
    with disk.Disk("--filter=error", "memory", f"{disk.SIZE_MIB}M", f"error-file={flag}",
                   "error-pwrite=EIO", "error-pwrite-rate=100%") as device:
        device.format(kind)
        device.mount()
        server, model = Server(data=device.where + "/data"), Model()
        try:
            server.start()
            make_bucket(server)
            load = Load(server, model, seed, threads=3, persist=True, sizes=SIZES).start()
            time.sleep(chance.uniform(0.2, 2.5))
            flag.touch()
            broken = time.monotonic()
            while load.failed_at > broken + 1000 and time.monotonic() < broken + 60:
                time.sleep(0.05)
            if load.failed_at > broken + 1000:
                raise Violation("writes still did not fail 60 s after the disk did: "
                                f"{load.statuses}")
            time.sleep(chance.uniform(0, args.outage))
            shows_failure(server)
            good = reads_go_on(server, model, kind, "while the disk is broken")
            flag.unlink()
            time.sleep(chance.uniform(0.2, 1.0))  # mended: nothing may come back by itself
            load.stop()
            server.check()
            shows_failure(server)
            if load.acked_after_failure:
                raise Violation(f"{len(load.acked_after_failure)} writes were acknowledged after "
                                f"the failure: {load.acked_after_failure[:9]} {load.statuses}")
            server.kill() if chance.random() < 0.5 else server.stop()
            device.unmount()
            device.mount()  # the journal's recovery; page cache and lies are gone
            server.start()
            model.verify(server.wire())
            server.stop()
            return load.acked, good
        except (Gone, AssertionError) as problem:
            raise Violation(f"{type(problem).__name__}: {problem}") from problem
        finally:
            flag.unlink(missing_ok=True)
            server.remove()


def body(args):
    disk.probe()
    chance = random.Random(args.seed)
    failures = acked = good = 0
    rounds = harness.Rounds(args)
    kinds = args.file_systems.split(",")
    for number in rounds:
        kind = kinds[number % len(kinds)]
        try:
            a, g = outage(kind, chance, args, f"{args.seed}/{number}")
            acked, good = acked + a, good + g
        except Violation as problem:
            failures += 1
            print(f"{kind}, round {number} of seed {args.seed}: {problem}", flush=True)
            if failures > 5:
                break
    return rounds.done, failures, {"acknowledged": acked, "reads_while_broken": good}


if __name__ == "__main__":
    PARSER = harness.options(__doc__, count=2)
    PARSER.add_argument("--outage", type=float, default=3, help="longest outage, seconds")
    PARSER.add_argument("--file-systems", default="ext4,xfs")
    harness.start("fsync-disk", PARSER, body)
