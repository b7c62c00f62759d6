#!/usr/bin/env python3
"""One of two disks dies under load (nbdkit's error filter under ext4), and later works again. The
volume on it closes for writes, and stays closed when the disk is well again; writes go on meanwhile
to the other disk, and nothing that is read is wrong. The server also starts without the disk. After
a restart with it everything acknowledged is there: before, during and after."""
import os
import pathlib
import random
import time

import disk
import harness
from fsync_disk import SIZES, reads_go_on
from oracle import Client, Gone, Load, Model, Violation, make_bucket
from server import Server, muzn

BREAKS = {"writes": ["error-pwrite=EIO", "error-pwrite-rate=100%"],
          "all": ["error=EIO", "error-rate=100%"]}


def expect_volume(server, where, **wanted):
    """Figures of volume 1; the engine itself is well."""
    client = Client(server.wire())
    ready = client.request("GET", "/-/health/ready").status
    client.close()
    metrics = server.metrics()
    found = {name: metrics[f'muzn_volume_{name}{{volume="1"}}'] for name in wanted}
    if ready != 200 or metrics["muzn_engine_failed"] != 0 or found != wanted:
        raise Violation(f"{where}: ready {ready}, engine failed {metrics['muzn_engine_failed']}, "
                        f"volume 1 {found}, not {wanted}")


def writable(server):
    return server.metrics()['muzn_volume_writable{volume="1"}'] == 1


def expect_close(server, load, seconds=60):
    """The volume closes: some write meets the dead disk."""
    before, deadline = load.acked, time.monotonic() + seconds
    while writable(server):
        if time.monotonic() > deadline or load.violations:
            raise Violation(f"the volume did not close; {load.acked - before} writes meanwhile, "
                            f"{load.statuses} {load.violations}")
        time.sleep(0.02)


def writes_go_on(load, where, seconds=30):
    """The other disk takes acknowledged writes."""
    before, deadline = load.acked, time.monotonic() + seconds
    while load.acked < before + 30:
        if time.monotonic() > deadline:
            raise Violation(f"{where}: {load.acked - before} writes in {seconds} s: {load.statuses}")
        time.sleep(0.05)
    return load.acked - before


def start_without(server, device, model, seed):
    """A start while the disk is out: its mount point is empty. Returns acknowledged writes."""
    server.start()
    expect_volume(server, "without the disk", up=0, writable=0)
    load = Load(server, model, f"{seed}/without", threads=2, persist=True, sizes=SIZES).start()
    writes_go_on(load, "without the disk")
    load.stop()
    reads_go_on(server, model, "ext4", "without the disk")
    server.stop()
    if os.listdir(device.where):
        raise Violation(f"made on the empty mount point: {os.listdir(device.where)}")
    return load.acked


def outage(chance, args, seed):
    """One death. Returns (acknowledged, of these while the volume was closed)."""
    flag = pathlib.Path(f"/tmp/muzn-break-{os.getpid()}")
    flag.unlink(missing_ok=True)
    how = chance.choice(sorted(BREAKS))
    size = f"{disk.SIZE_MIB}M"  # alike, so that each gets half of the blobs
    with disk.Disk("memory", size) as main, \
            disk.Disk("--filter=error", "memory", size, f"error-file={flag}",
                      *BREAKS[how]) as device:
        for one in (main, device):
            one.format("ext4")
            one.mount()
        server = Server(data=main.where + "/data", args=["--blob-dir", device.where])
        model = Model()
        try:
            server.start()
            make_bucket(server)
            load = Load(server, model, seed, threads=3, persist=True, sizes=SIZES).start()
            time.sleep(chance.uniform(0.5, 2.5))
            expect_volume(server, "before", up=1, writable=1)
            flag.touch()
            expect_close(server, load)
            during = writes_go_on(load, "while the disk is dead")
            time.sleep(chance.uniform(0, args.outage))
            expect_volume(server, "while the disk is dead", up=1, writable=0)
            load.stop()  # else what is read may just have been replaced
            reads_go_on(server, model, "ext4", f"while {how} calls of the disk fail")
            flag.unlink()
            time.sleep(chance.uniform(0.2, 1.0))
            after = Load(server, model, f"{seed}/after", threads=3, persist=True, sizes=SIZES).start()
            during += writes_go_on(after, "after the disk was mended")
            expect_volume(server, "mended, without a restart", up=1, writable=0)
            after.stop()
            server.check()
            server.kill() if chance.random() < 0.5 else server.stop()
            device.unmount()
            acked = load.acked + after.acked
            if chance.random() < 0.5:
                acked += start_without(server, device, model, seed)
            device.mount()  # the journal's recovery; page cache and lies are gone
            checked = muzn("engine", "check", "--data", server.data, check=False)
            if checked.returncode != 0:
                raise Violation(f"engine check: {checked.stdout}{checked.stderr}")
            server.start()
            expect_volume(server, "restarted", up=1, writable=1)
            model.verify(server.wire())
            server.stop()
            return acked, during
        except (Gone, AssertionError) as problem:
            raise Violation(f"{how}: {type(problem).__name__}: {problem}") from problem
        finally:
            flag.unlink(missing_ok=True)
            server.remove()


def body(args):
    disk.probe()
    chance = random.Random(args.seed)
    failures = acked = during = 0
    rounds = harness.Rounds(args)
    for number in rounds:
        try:
            a, d = outage(chance, args, f"{args.seed}/{number}")
            acked, during = acked + a, during + d
        except Violation as problem:
            failures += 1
            print(f"round {number} of seed {args.seed}: {problem}", flush=True)
            if failures > 5:
                break
    return rounds.done, failures, {"acknowledged": acked, "while_dead": during}


if __name__ == "__main__":
    PARSER = harness.options(__doc__, count=2)
    PARSER.add_argument("--outage", type=float, default=3, help="longest outage, seconds")
    harness.start("disk-dies", PARSER, body)
