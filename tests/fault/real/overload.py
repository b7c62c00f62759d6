#!/usr/bin/env python3
"""More than a server can do: floods of requests beyond its bounds, and thousands of connections that
do nothing, send their heads byte by byte, or hardly read. Refusals are 503 SlowDown with Retry-After,
health and metrics answer throughout, memory stays bounded, other clients are served, descriptors
come back, and everything that was acknowledged is there."""
import json
import os
import pathlib
import random
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

import harness
from oracle import Client, Load, Model, Violation, make_bucket, must
from server import BINARY, Server, clean_environment

KIB, MIB = 1 << 10, 1 << 20
IDLE_KIB_EACH, IDLE_MIB, BUSY_MIB = 32, 64, 512
FULL = {"idle": 10_000, "slowloris": 5_000, "slow_readers": 2_000}
HEAD_TIMEOUT_MS = 4_000


def resident(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * KIB


def bench(server, *words):
    environment = clean_environment(MUZN_ENDPOINT=server.endpoint, HOME="/nonexistent",
                                    AWS_ACCESS_KEY_ID=server.keys.access,
                                    AWS_SECRET_ACCESS_KEY=server.keys.secret)
    return subprocess.Popen([str(BINARY), "bench", *map(str, words), "--json"], env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Watch(threading.Thread):
    """Asks for health and metrics all the time, and keeps the highest memory."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.over = server, threading.Event()
        self.answers, self.trouble, self.highest = 0, [], 0

    def run(self):
        while not self.over.wait(0.1):
            try:
                for page in ("health/live", "health/ready", "metrics"):
                    with urllib.request.urlopen(f"{self.server.endpoint}/-/{page}",
                                                timeout=60) as answer:
                        answer.read()
                self.answers += 1
                self.highest = max(self.highest, resident(self.server))
            except OSError as error:
                self.trouble.append(str(error))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        if self.trouble or not self.answers:
            raise Violation(f"health or metrics did not answer: {self.trouble[:3]}")


def refused_by(server):
    name = re.compile(r'muzn_requests_refused_total\{bound="(\w+)"\}')
    return {found[1]: int(value) for metric, value in server.metrics().items()
            if (found := name.fullmatch(metric))}


def flood(directory, chance, seconds, seed):
    """A server with small bounds, so that a small machine is past them, and clients that write what
    is remembered beside the flood."""
    server = Server(data=directory + "/flood", args=[
        "--in-flight-max", "24", "--writes-max", "6", "--upload-memory-mib", "4",
        "--large-bodies-max", "4"])
    model = Model()
    try:
        server.start()
        make_bucket(server)
        with Watch(server) as watch:
            load = Load(server, model, seed, threads=3, persist=True).start()
            floods = [bench(server, "put", "--size", "4KiB", "--connections", 60, "--bucket", "small",
                            "--seconds", seconds, "--expect"),
                      bench(server, "mixed", "--size", "4KiB,300KiB", "--keys", 20, "--verify",
                            "--bucket", "mixed", "--connections", 60, "--seconds", seconds,
                            "--rate", chance.choice([2000, 5000]))]
            reports = []
            for process in floods:
                out, err = process.communicate(timeout=seconds + 300)
                if process.returncode != 0:
                    raise Violation(f"bench: {err}")
                reports.append(json.loads(out))
            load.stop()
        errors = {(error["status"], error["code"]) for report in reports
                  for error in report["all"]["errors"]}
        if errors - {(503, "SlowDown"), (503, "")}:  # HEAD tells no code
            raise Violation(f"other errors than refusals: {errors}")
        refused = refused_by(server)
        if not sum(refused.values()):
            raise Violation("120 connections are no flood for 24 requests at a time")
        if watch.highest > BUSY_MIB * MIB:
            raise Violation(f"{watch.highest / MIB:.0f} MiB resident")
        records = server.log().count('"SlowDown"')
        if records > 110 * (seconds + 60):
            raise Violation(f"{records} records of refusals: a flood of its own")
        model.verify(server.wire())
        leftovers = {name: value for name, value in server.metrics().items()
                     if name in ("muzn_writes_in_flight", "muzn_upload_memory_bytes")}
        if any(leftovers.values()):
            raise Violation(f"bounds that leak: {leftovers}")
        server.stop()
        return {"refused": sum(refused.values()), "acknowledged": load.acked,
                "flood_mib": round(watch.highest / MIB)}
    finally:
        server.remove()


class Crowd:
    """Connections that are no good, driven by one thread."""

    def __init__(self, server):
        self.server, self.sockets, self.over = server, [], threading.Event()
        self.thread = None

    def connect(self, count, first, small_buffer=False):
        """`first`: what each sends at once."""
        made = []
        for _ in range(count):
            one = socket.socket()
            if small_buffer:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(60)
            one.connect(("127.0.0.1", self.server.port))
            if first:
                one.sendall(first())
            made.append(one)
        self.sockets += made
        return made

    def close(self):
        self.over.set()
        if self.thread:
            self.thread.join()
        for one in self.sockets:
            one.close()


def drip(crowd, slow_heads, slow_readers):
    """A byte a second of each head, a few bytes a second of each body."""
    def go():
        while not crowd.over.wait(1):
            for one in slow_heads:
                try:
                    one.send(b"x")
                except OSError:
                    pass  # cut, as it should be
            for one in slow_readers:
                try:
                    one.recv(512)
                except OSError:
                    pass
    crowd.thread = threading.Thread(target=go, daemon=True)
    crowd.thread.start()


def until(what, condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Violation(what)
        time.sleep(0.1)


def crowd(directory, scale, seconds):
    """Idle, slow in sending and slow in reading, all at once, beside one good client."""
    counts = {name: max(20, int(full * scale)) for name, full in FULL.items()}
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if sum(counts.values()) + 6_000 > hard:
        raise harness.Skip(f"{sum(counts.values())} connections need more than {hard} descriptors")
    server = Server(data=directory + "/crowd", args=["--head-timeout-ms", str(HEAD_TIMEOUT_MS)])
    try:
        server.start()
        make_bucket(server)
        client = Client(server.wire(), timeout=60)
        must(client, "PUT", "/oracle/large", (200,), os.urandom(8 * MIB))
        must(client, "PUT", "/oracle/good", (200,), b"good")
        with urllib.request.urlopen(f"{server.endpoint}/-/metrics", timeout=60) as page:
            page.read()
        before = resident(server)
        all_of_it = Crowd(server)
        ask = b"GET /-/health/live HTTP/1.1\r\nHost: x\r\n\r\n"
        idle = all_of_it.connect(counts["idle"], lambda: ask)
        for one in idle:
            if not one.recv(4096).startswith(b"HTTP/1.1 200"):
                raise Violation("a connection that became idle was not answered")
        each = (resident(server) - before) / len(idle)
        if len(idle) >= 200 and each > IDLE_KIB_EACH * KIB:
            raise Violation(f"{each / KIB:.1f} KiB for each idle connection")
        slow = all_of_it.connect(counts["slowloris"], lambda: b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        wire = server.wire()
        readers = all_of_it.connect(counts["slow_readers"],
                                    lambda: wire.head("GET", "/oracle/large")[0], True)
        drip(all_of_it, slow, readers)
        served, highest, end = 0, 0, time.monotonic() + seconds
        while time.monotonic() < end:
            body = os.urandom(20_000)
            if client.request("PUT", "/oracle/good", body).status != 200:
                raise Violation("a good client's write was not served")
            if client.request("GET", "/oracle/good").body != body:
                raise Violation("a good client's read was not served")
            served += 1
            highest = max(highest, resident(server))
        if highest > BUSY_MIB * MIB:
            raise Violation(f"{highest / MIB:.0f} MiB resident")
        wanted = len(idle) + len(readers) + 5
        until("slow heads were not cut", lambda: server.metrics()["muzn_connections_open"] <= wanted,
              HEAD_TIMEOUT_MS / 1000 + 60)
        all_of_it.close()
        until("connections did not come back", lambda: server.metrics()["muzn_connections_open"] <= 3,
              60)
        client.close()
        server.stop()
        return {**counts, "served": served, "idle_kib_each": round(each / KIB, 1),
                "crowd_mib": round(highest / MIB), "started_mib": round(before / MIB)}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        server.remove()


def body(args):
    chance, failures, figures, ran = random.Random(args.seed), 0, {}, []
    directory = tempfile.mkdtemp(prefix="muzn-overload-", dir=args.directory)
    rounds = harness.Rounds(args)
    for number in rounds:
        for name, case in (
                ("flood", lambda: flood(f"{directory}/{number}", chance, args.flood_seconds,
                                        f"{args.seed}/{number}")),
                ("crowd", lambda: crowd(f"{directory}/{number}", args.scale, args.flood_seconds))):
            try:
                figures |= case()
                ran.append(name)
            except harness.Skip as reason:
                print(f"SKIP overload/{name}: {reason}", flush=True)
            except (Violation, AssertionError) as problem:
                failures += 1
                print(f"{name}, round {number} of seed {args.seed}: {problem}", flush=True)
    shutil.rmtree(directory, ignore_errors=True)
    return len(ran), failures, figures | {"ran": sorted(set(ran))}


if __name__ == "__main__":
    PARSER = harness.options(__doc__, count=1)
    PARSER.add_argument("--scale", type=float, default=0.05,
                        help="1: 10,000 idle, 5,000 slow in sending, 2,000 slow in reading")
    PARSER.add_argument("--flood-seconds", type=float, default=4, help="of each case")
    harness.start("overload", PARSER, body)
