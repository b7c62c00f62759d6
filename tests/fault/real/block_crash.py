#!/usr/bin/env python3
"""Power losses, at the level of the block device. The server runs on a file system over a disk that
logs every write and flush (logdisk.c). Then disks are built as a power loss at a point of that log
could have left them: everything before the last flush, and of the writes after it none, all, some,
or torn ones (replay.c). On each the file system is mounted, the server started, and everything that
was acknowledged before that point of the log must be there."""
import concurrent.futures
import mmap
import os
import pathlib
import queue
import random
import shutil
import struct
import subprocess
import tempfile
import threading
import time

import disk
import harness
from oracle import Client, Gone, Load, Model, Violation, make_bucket, must
from server import Server

MODES = ["none", "none", "some", "some", "some", "torn", "torn", "prefix", "but-one", "one", "all"]
SIZE = disk.SIZE_MIB << 20
ROW_SIZES = [0, 100, 16_000, 16_384]
SIZES = [0, 1, 100, 5_000, 16_384, 16_385, 20_000, 65_536, 131_072, 300_000]


class Recording:
    """One run of the server, its log and its acknowledgements."""

    def __init__(self, kind, seed, args, folder):
        self.kind, self.model = kind, Model()
        self.log, self.count = f"{folder}/log", f"{folder}/count"
        pathlib.Path(self.count).write_bytes(bytes(8))
        with open(self.count, "r+b") as file:
            self.counter = mmap.mmap(file.fileno(), 8)
        environment = {"MALLOC_ARENA_MAX": "2"}
        if args.drop_fsync:
            environment |= {"LD_PRELOAD": str(harness.compile_c("nosync")),
                            "NOSYNC": args.drop_fsync, "NOSYNC_AFTER": "1"}
        self.acked = 0
        with disk.Disk(harness.compile_c("logdisk"), f"size={SIZE}", f"log={self.log}",
                       f"count={self.count}") as device:
            device.format(kind)
            device.mount()
            self.mounted = self.now()
            server = Server(data=device.where + "/data", args=["--sweep-seconds", "1"],
                            environment=environment)
            try:
                server.start()
                make_bucket(server)
                self.bucket_made = self.now()
                self._load(server, seed, args)
                server.kill()
            finally:
                server.remove()

    def _load(self, server, seed, args):
        """Three runs: ended by a kill, by a stop, and not at all. A start turns the log into
        tables, which is where a database drops what it had."""
        rows_only = random.Random(seed).random() < 0.5
        for ending in (server.kill, server.stop, None):
            load = Load(server, self.model, f"{seed}/{ending}", threads=args.threads, now=self.now,
                        sizes=ROW_SIZES if rows_only else SIZES).start()
            time.sleep(args.record / 3)
            load.stop()
            server.check()
            self.acked += load.acked
            self.end = self.now()
            if ending:
                ending()
                server.start()

    def now(self):
        return struct.unpack("<Q", self.counter[:8])[0]


class Replayer:
    """replay.c, with one state at a time."""

    def __init__(self, recording, folder):
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [harness.compile_c("replay", shared=False), recording.log, str(SIZE),
             f"{folder}/base"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        with self.lock:
            print(*words, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline().strip()
        if not answer or answer == "?":
            raise RuntimeError(f"replay: {words}")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def examine(recording, image, position, args):
    """Mounts the state, starts the server and judges."""
    where = tempfile.mkdtemp(prefix="muzn-state-")
    device = disk.attach(image)
    mounted = False
    server = Server(data=where + "/data")
    try:
        disk.mount(recording.kind, device, where)
        mounted = True
        try:
            server.start()
        except AssertionError as problem:
            raise Violation(f"the server does not start: {problem}") from problem
        if position < recording.bucket_made:
            make_bucket(server)
            return
        recording.model.verify(server.wire(), at=position, settle=False)
        client = Client(server.wire())  # and it goes on
        for key, body in (("after", b"x" * 100), ("after-large", os.urandom(100_000))):
            must(client, "PUT", f"/oracle/{key}", (200,), body)
            if must(client, "GET", f"/oracle/{key}", (200,)).body != body:
                raise Violation(f"{key} is not what was written")
        client.close()
        server.check()
    except (Gone, AssertionError) as problem:
        raise Violation(f"{type(problem).__name__}: {problem}") from problem
    finally:
        server.remove()
        if mounted:
            disk.unmount(where)
        harness.run(harness.tool("losetup"), "-d", device)
        os.rmdir(where)


def points(recording, replayer, chance, number):
    """Positions to crash at: anywhere, just behind flushes, and around the first start."""
    out = []
    for _ in range(number):
        low = recording.mounted if chance.random() < 0.08 else recording.bucket_made
        at = chance.randint(low, recording.end)
        if chance.random() < 0.3:
            at = int(replayer.ask("flush-after", at)) + chance.choice([-1, 0, 0, 1])
        out.append(min(max(at, low), recording.end))
    return sorted(out)


def campaign(kind, number, args, chance, folder, until):
    """One recording and its states. Returns (states, failures, acknowledged)."""
    seed = f"{args.seed}/{number}"
    recording = Recording(kind, seed, args, folder)
    replayer = Replayer(recording, folder)
    free = queue.Queue()
    for i in range(args.jobs):
        free.put(f"{folder}/state-{i}")
    failures, done = [], 0

    def one(task, image):
        position, mode, sector, state_seed = task
        try:
            examine(recording, image, position, args)
        except Violation as problem:
            failures.append(f"{kind}, recording {seed}, position {position} of {recording.end}, "
                            f"{mode}, sector {sector}, state {state_seed}: {problem}")
        except RuntimeError as problem:
            failures.append(f"{kind}, recording {seed}, position {position}, {mode}, sector "
                            f"{sector}: {problem}")
        finally:
            free.put(image)

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        running = []
        for position in points(recording, replayer, chance, args.states):
            if time.monotonic() > until or len(failures) > 5:
                break
            image = free.get()
            task = (position, chance.choice(MODES), chance.choice([512, 4096]),
                    chance.getrandbits(60))
            replayer.ask("crash", position, task[3], task[1], task[2], image)
            running.append(pool.submit(one, task, image))
            done += 1
    for future in running:
        future.result()
    replayer.close()
    return done, failures, recording.acked


def body(args):
    disk.probe()
    chance = random.Random(args.seed)
    harness.compile_c("replay", shared=False)
    began = time.monotonic()
    until = began + args.seconds
    kinds = args.file_systems.split(",")
    states = acked = number = 0
    failures = []
    while time.monotonic() < until and len(failures) <= 5:
        folder = tempfile.mkdtemp(prefix="muzn-block-",
                                  dir=args.directory or harness.memory_directory())
        try:
            done, failed, a = campaign(kinds[number % len(kinds)], number, args, chance, folder,
                                       until)
            for problem in failed:
                print(f"recording {number} of seed {args.seed}: {problem}", flush=True)
            states, acked, failures = states + done, acked + a, failures + failed
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        number += 1
        if args.count and states >= args.count:
            break
    return states, len(failures), {"recordings": number, "acknowledged": acked,
                                   "per_second": round(states / (time.monotonic() - began), 2)}


if __name__ == "__main__":
    PARSER = harness.options(__doc__, seconds=150)
    PARSER.add_argument("--file-systems", default="ext4,xfs")
    PARSER.add_argument("--record", type=float, default=5, help="seconds of load in a recording")
    PARSER.add_argument("--states", type=int, default=150, help="crash states of a recording")
    PARSER.add_argument("--threads", type=int, default=3)
    PARSER.add_argument("--jobs", type=int, default=2)
    PARSER.add_argument("--drop-fsync", default="", metavar="WHICH",
                        help="self-check: run the server without some of its syncs (see nosync.c); "
                             "this must end with failures")
    harness.start("block-crash", PARSER, body)
