#!/usr/bin/env python3
"""The cheap form of fsync_disk.py: strace makes the Nth sync of the running server fail once, with
EIO. One failed sync is final: every later write is refused (later syncs would succeed, which is
what makes a retry so dangerous), reads go on, and after a restart everything acknowledged is
there."""
import random
import re
import signal
import subprocess
import time

import harness
from fsync_disk import SIZES, reads_go_on, shows_failure
from oracle import Gone, Load, Model, Violation, make_bucket
from server import Server


def probe():
    done = harness.run(harness.tool("strace"), "-f", "-e", "trace=fsync", "-e",
                       "inject=fsync:error=EIO", "-o", "/dev/null", "true", check=False)
    if done.returncode != 0:
        raise harness.Skip(f"strace can't trace here: {done.stderr.strip()[:200]}")


class Tracer:
    """strace on a running process, until detached."""

    def __init__(self, process, calls, action):
        names = ",".join(calls)
        self.strace = subprocess.Popen(
            [harness.tool("strace"), "-f", "-p", str(process.pid), "-e", f"trace={names}",
             "-e", f"inject={names}:{action}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.said = ""
        while "attached" not in self.said:
            line = self.strace.stderr.readline()
            if not line:
                raise harness.Skip(f"strace can't attach here: {self.said}")
            self.said += line

    def detach(self):
        """Returns the calls that were made to fail."""
        self.strace.send_signal(signal.SIGINT)
        try:
            self.said += self.strace.communicate(timeout=30)[1]
        except subprocess.TimeoutExpired:
            self.strace.kill()
            self.strace.communicate()
        return re.findall(r"(\w+)(?:\(| resumed)[^\n]*\(INJECTED\)", self.said)


def injection(chance, args, seed):
    server, model = Server(data=None), Model()
    server.start()
    try:
        make_bucket(server)
        load = Load(server, model, seed, threads=3, persist=True, sizes=SIZES).start()
        time.sleep(chance.uniform(0.1, 0.6))
        call = chance.choice(["fsync", "fdatasync"])
        tracer = Tracer(server.process, [call], f"error=EIO:when={chance.randrange(1, 40)}")
        begin = time.monotonic()
        while load.failed_at > begin + 1000 and time.monotonic() < begin + 120:
            time.sleep(0.02)
        time.sleep(0.4)
        failed = tracer.detach()
        load.stop()
        server.check()
        if not failed:
            raise Violation(f"no {call} in 120 s of load: {load.statuses}")
        if load.failed_at > begin + 1000:
            raise Violation(f"a failed {call} was not noticed: {load.statuses}")
        if load.acked_after_failure:
            raise Violation(f"{len(load.acked_after_failure)} writes were acknowledged after a "
                            f"failed {call}: {load.acked_after_failure[:5]} {load.statuses}")
        shows_failure(server)
        reads_go_on(server, model, "ext4", f"after a failed {call}")
        server.kill() if chance.random() < 0.5 else server.stop()
        server.start()
        model.verify(server.wire())
        server.stop()
        return load.acked
    except (Gone, AssertionError) as problem:
        raise Violation(f"{type(problem).__name__}: {problem}") from problem
    finally:
        server.remove()


def body(args):
    probe()
    chance = random.Random(args.seed)
    rounds = harness.Rounds(args)
    failures = acked = 0
    for number in rounds:
        try:
            acked += injection(chance, args, f"{args.seed}/{number}")
        except Violation as problem:
            failures += 1
            print(f"round {number} of seed {args.seed}: {problem}", flush=True)
            if failures > 5:
                break
    return rounds.done, failures, {"acknowledged": acked}


if __name__ == "__main__":
    harness.start("fsync-inject", harness.options(__doc__, seconds=20), body)
