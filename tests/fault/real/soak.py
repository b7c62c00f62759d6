#!/usr/bin/env python3
"""Mixed load for as long as it is asked for, with faults that take turns: a kill, a restart, a process
that is stopped for a while and goes on, a flood, clients that vanish in the middle of uploads and
downloads. After each everything that was acknowledged is there; outside of faults nothing fails; and
memory and descriptors do not grow from one quiet time to the next."""
import os
import random
import shutil
import signal
import socket
import tempfile
import time

import harness
from oracle import Client, Load, Model, Violation, make_bucket, must
from overload import MIB, bench, resident, until
from server import Server

QUIET_SECONDS = 2
WARM_ROUNDS = 5      # caches fill, tables of rows are made
GROWTH_MIB = 64      # of the median of the last rounds over that of the first ones
OPEN_FILES_MORE = 600  # RocksDB keeps up to 512 tables open


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def fault_kill(server, chance):
    time.sleep(chance.uniform(0.05, 1))
    server.kill()
    server.start()


def fault_restart(server, chance):
    time.sleep(chance.uniform(0.05, 1))
    server.stop()
    server.start()


def fault_pause(server, chance):
    server.signal(signal.SIGSTOP)
    time.sleep(chance.uniform(0.5, 3))
    server.signal(signal.SIGCONT)


def fault_flood(server, chance):
    process = bench(server, "mixed", "--size", "1KiB-1MiB", "--keys", 20, "--verify", "--bucket",
                    "flood", "--connections", chance.choice([50, 200]), "--seconds", 3)
    _, err = process.communicate(timeout=300)
    if process.returncode != 0:
        raise Violation(f"a flood: {err}")


def fault_vanish(server, chance):
    """Connections that end in the middle, some with a reset."""
    wire = server.wire()
    for number in range(20):
        with wire.connect() as connection:
            if chance.random() < 0.5:
                head, _ = wire.head("PUT", f"/beside/vanish-{number}",
                                    [("Content-Length", str(4 * MIB))], payload="UNSIGNED-PAYLOAD")
                connection.send(head + os.urandom(chance.randrange(1, 2 * MIB)))
            else:
                connection.send(wire.head("GET", "/beside/large")[0])
                connection.socket.recv(1000)
            if chance.random() < 0.5:
                linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


FAULTS = {name.removeprefix("fault_"): function for name, function in list(globals().items())
          if name.startswith("fault_")}


def quiet(server, model, seed):
    """A while without faults: nothing may fail. Then all is judged."""
    load = Load(server, model, seed, threads=3, pause=0.005).start()
    time.sleep(QUIET_SECONDS)
    load.stop()
    bad = {status: count for status, count in load.statuses.items() if status >= 500}
    if bad or load.open:
        raise Violation(f"without a fault: {bad}, {load.open} without an answer")
    model.verify(server.wire())
    until("requests or connections that do not end",
          lambda: server.metrics()["muzn_connections_open"] <= 2
          and server.metrics()["muzn_writes_in_flight"] == 0, 30)
    return load.acked


def one_round(server, model, chance, name, seed):
    load = Load(server, model, seed + "/fault", threads=4, persist=True, pause=0.002).start()
    try:
        FAULTS[name](server, chance)
        server.check()
    finally:
        load.stop()
    return load.acked + quiet(server, model, seed + "/quiet")


def median(values):
    return sorted(values)[len(values) // 2]


def judge_growth(memory, files):
    """Of rounds in processes that lived for a while; short runs have too few."""
    if len(memory) < 4 * WARM_ROUNDS:
        return 0
    first, last = memory[WARM_ROUNDS:2 * WARM_ROUNDS], memory[-WARM_ROUNDS:]
    growth = median(last) - median(first)
    if growth > GROWTH_MIB:
        raise Violation(f"memory grew by {growth:.0f} MiB: {[round(m) for m in memory]}")
    if max(files[-WARM_ROUNDS:]) > min(files) + OPEN_FILES_MORE:
        raise Violation(f"descriptors grew: {files}")
    return growth


def body(args):
    chance = random.Random(args.seed)
    directory = tempfile.mkdtemp(prefix="muzn-soak-", dir=args.directory)
    server = Server(data=directory + "/data", args=["--sweep-seconds", "2", "--garbage-seconds", "5",
                                                    "--scrub-days", "0"])
    model, rounds, failures, acked = Model(), harness.Rounds(args), 0, 0
    memory, files, seen = [], [], {}
    order = []
    try:
        server.start()
        make_bucket(server)
        client = Client(server.wire())
        must(client, "PUT", "/beside", (200,))
        must(client, "PUT", "/beside/large", (200,), os.urandom(8 * MIB))
        client.close()
        for number in rounds:
            if not order:
                order = chance.sample(list(FAULTS), len(FAULTS))
            name = order.pop()
            seen[name] = seen.get(name, 0) + 1
            try:
                acked += one_round(server, model, chance, name, f"{args.seed}/{number}")
                memory.append(resident(server) / MIB)
                files.append(descriptors(server))
            except (Violation, AssertionError) as problem:
                failures += 1
                print(f"{name}, round {number} of seed {args.seed}: {problem}", flush=True)
                break
        growth = 0 if failures else judge_growth(memory, files)
        if not failures:
            server.stop()
            server.cli("engine", "check", "--data", server.data)
    except Violation as problem:
        failures, growth = failures + 1, 0
        print(f"seed {args.seed}: {problem}", flush=True)
    finally:
        server.remove()
        shutil.rmtree(directory, ignore_errors=True)
    return rounds.done, failures, {
        "acknowledged": acked, "faults": seen, "growth_mib": round(growth),
        "highest_mib": round(max(memory, default=0))}


if __name__ == "__main__":
    harness.start("soak", harness.options(__doc__, seconds=20), body)
