#!/usr/bin/env python3
"""kill -9 of the real server under load, at a random moment, again and again: everything that was
acknowledged is there afterwards, whole, and nothing deleted is back."""
import random
import shutil
import tempfile
import time

import harness
from oracle import Load, Model, Violation, make_bucket
from server import Server


def cycle(server, model, seed, chance, args):
    load = Load(server, model, seed, threads=args.threads).start()
    time.sleep(chance.uniform(0.005, 0.5))
    server.kill()
    load.join()
    began = time.monotonic()
    server.start()
    ready = time.monotonic() - began
    return load.acked, load.open, model.verify(server.wire()), ready


def body(args):
    chance = random.Random(args.seed)
    rounds = harness.Rounds(args)
    failures = acked = open_ = read = 0
    slowest = 0.0
    directory = tempfile.mkdtemp(prefix="muzn-kill9-", dir=args.directory)
    environment = {}
    if args.drop_fsync:
        environment = {"LD_PRELOAD": str(harness.compile_c("nosync")), "NOSYNC": args.drop_fsync}
    server = Server(data=directory + "/data", environment=environment)
    model = Model()
    try:
        server.start()
        make_bucket(server)
        for number in rounds:
            try:
                a, o, r, ready = cycle(server, model, f"{args.seed}/{number}", chance, args)
                acked, open_, read = acked + a, open_ + o, read + r
                slowest = max(slowest, ready)
            except Violation as problem:
                failures += 1
                print(f"cycle {number} of seed {args.seed}: {problem}", flush=True)
                if args.keep or failures > 5:
                    break
    finally:
        if args.keep and failures:
            print(f"data kept in {directory}, log in {server.log_path}")
            server.kill()
        else:
            server.remove()
            shutil.rmtree(directory, ignore_errors=True)
    seconds = rounds.seconds
    return rounds.done, failures, {
        "acknowledged": acked, "open": open_, "reads_checked": read,
        "slowest_restart_seconds": round(slowest, 2),
        "per_second": round(rounds.done / seconds, 2)}


if __name__ == "__main__":
    PARSER = harness.options(__doc__, seconds=60)
    PARSER.add_argument("--threads", type=int, default=4)
    PARSER.add_argument("--drop-fsync", default="", metavar="WHICH",
                        help="self-check: run the server without its syncs (see nosync.c). kill -9 "
                             "keeps the page cache, so this harness must NOT notice")
    harness.start("kill9", PARSER, body)
