#!/usr/bin/env python3
"""The ends of resources under a running server: disk space, inodes, file descriptors, memory, a
file system that turns read-only. Reads go on (or say that they can't), writes get an S3 error that
may be tried again, the process lives on where the kernel lets it, nothing acknowledged is lost, and
once there is room again writes go on without a restart where that is promised."""
import contextlib
import os
import pathlib
import random
import tempfile
import time

import disk
import harness
from oracle import (Client, Gone, Load, Model, Violation, digest_of, list_all, make_bucket,
                    must)
from server import Server

WAIT = 60
LIMITS = (503, 507)


@contextlib.contextmanager
def tmpfs(*options):
    harness.root_user()
    where = tempfile.mkdtemp(prefix="muzn-tmpfs-")
    done = harness.run(harness.tool("mount"), "-t", "tmpfs", "-o", ",".join(options), "tmpfs",
                       where, check=False)
    if done.returncode != 0:
        os.rmdir(where)
        raise harness.Skip(f"can't mount a tmpfs: {done.stderr.strip()}")
    try:
        yield where
    finally:
        disk.unmount(where)
        os.rmdir(where)


@contextlib.contextmanager
def loop_disk(kind, mib):
    """A file system over a sparse file in memory."""
    disk.probe_loop()
    where = tempfile.mkdtemp(prefix="muzn-loop-")
    folder = tempfile.mkdtemp(prefix="muzn-image-", dir=harness.memory_directory())
    image = f"{folder}/image"
    with open(image, "wb") as file:
        file.truncate(mib << 20)
    device = disk.attach(image)
    try:
        disk.make_file_system(kind, device)
        disk.mount(kind, device, where)
        yield where
    finally:
        disk.unmount(where)
        harness.run(harness.tool("losetup"), "-d", device)
        os.remove(image)
        os.rmdir(folder)
        os.rmdir(where)


@contextlib.contextmanager
def running(data, **options):
    server = Server(data=data, **options)
    try:
        server.start()
        make_bucket(server)
        yield server
    finally:
        server.remove()


def until(what, condition, seconds=WAIT):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Violation(f"waited {seconds} s: {what}")
        time.sleep(0.05)


def refusals(load):
    return sum(load.statuses.get(status, 0) for status in (*LIMITS, 500))


def goes_on(load, what):
    """Acknowledgements come again."""
    before = load.acked
    until(f"no write is acknowledged after {what}: {load.statuses}",
          lambda: load.acked > before + 20)


def fill(path, leave=0):
    """Takes the space for real, down to the last block."""
    with open(path, "ab", buffering=0) as file:
        for step in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while not leave or _free(path) > leave:
                    file.write(bytes(step))


def _free(path):
    info = os.statvfs(os.path.dirname(path))
    return info.f_bavail * info.f_bsize


def reads(server, model):
    """While clients write: what is read is whole and was written to that key."""
    client, good = Client(server.wire()), 0
    if not list_all(client, "oracle"):
        raise Violation("nothing is listed")
    for key, history in sorted(model.keys.items()):
        before = history.written()
        answer = must(client, "GET", f"/oracle/{key}", (200, 404))
        if answer.status == 200:
            good += 1
            if digest_of(answer.body) not in before | history.written():
                raise Violation(f"{key} is not what was written")
    client.close()
    if not good:
        raise Violation("nothing can be read")


def after_restart(server, model, gracefully):
    server.check()
    server.stop() if gracefully else server.kill()
    server.start()
    model.verify(server.wire())


def space(where, chance, seed):
    """Filled to the last block, more than once, by someone else while clients write."""
    model = Model()
    with running(where + "/data", args=["--sweep-seconds", "1"]) as server:
        load = Load(server, model, seed, threads=3, persist=True).start()
        goes_on(load, "the start")
        for _ in range(2):
            time.sleep(chance.uniform(0.1, 1))
            fill(where + "/filler")
            before = load.statuses.get(507, 0) + load.statuses.get(503, 0)
            until(f"a full disk refuses nothing: {load.statuses}",
                  lambda: load.statuses.get(507, 0) + load.statuses.get(503, 0) > before + 5)
            reads(server, model)
            os.remove(where + "/filler")
            if not failed(server):
                goes_on(load, "there was room again")
        load.stop()
        model.verify(server.wire(), settle=False)
        closed = failed(server)
        after_restart(server, model, chance.random() < 0.5)
        again = Load(server, model, seed + "b", threads=2, persist=True).start()
        goes_on(again, "a restart with room")
        again.stop()
        server.stop()
        return {"closed_by_it": int(closed)}


def failed(server):
    return server.metrics().get("muzn_engine_failed", 0) == 1


def case_tmpfs_full(chance, seed):
    with tmpfs("size=700m") as where:
        return space(where, chance, seed)


def case_ext4_full(chance, seed):
    with loop_disk("ext4", 900) as where:
        return space(where, chance, seed)


def case_xfs_full(chance, seed):
    with loop_disk("xfs", 900) as where:
        return space(where, chance, seed)


def case_inodes(chance, seed):
    """No inode left: blobs can't be made; bodies in rows go on as long as RocksDB makes no file."""
    model = Model()
    with tmpfs("size=900m", "nr_inodes=4000") as where, \
            running(where + "/data", args=["--sweep-seconds", "1"]) as server:
        load = Load(server, model, seed, threads=3, persist=True).start()
        goes_on(load, "the start")
        taken = pathlib.Path(where, "taken")
        taken.mkdir()
        with contextlib.suppress(OSError):
            for number in range(1_000_000):
                (taken / str(number)).touch()
        before = refusals(load)
        until(f"a disk without inodes refuses nothing: {load.statuses}",
              lambda: refusals(load) > before + 5)
        reads(server, model)
        for file in taken.iterdir():
            file.unlink()
        if not failed(server):
            goes_on(load, "there were inodes again")
        load.stop()
        closed = failed(server)
        after_restart(server, model, chance.random() < 0.5)
        server.stop()
        return {"closed_by_it": int(closed)}


def case_descriptors(chance, seed):
    """More connections than descriptors: some are served, the others wait or are closed; the engine
    has enough for its own files."""
    limit = chance.choice([700, 1024])
    model = Model()
    with tempfile.TemporaryDirectory(prefix="muzn-fd-") as where, \
            running(where + "/data", wrap=[harness.tool("prlimit"), f"--nofile={limit}:{limit}"],
                    args=["--sweep-seconds", "1"]) as server:
        load = Load(server, model, seed, threads=3, persist=True).start()
        goes_on(load, "the start")
        held, client = [], Client(server.wire(), timeout=5)
        client.request("GET", "/-/health/live")
        for _ in range(limit + 100):
            with contextlib.suppress(OSError):
                held.append(server.wire().connect(2))
        # Enough for RocksDB to begin a new log and tables while nothing is left.
        with contextlib.suppress(Gone):
            for number in range(700):
                client.request("PUT", f"/oracle/bulk-{number}", bytes(16_000))
        time.sleep(chance.uniform(0.2, 1))
        for connection in held:
            connection.close()
        goes_on(load, "there were descriptors again")
        load.stop()
        if failed(server):
            raise Violation("the engine closed for writes because clients held connections")
        client = Client(server.wire())
        for number in range(700):
            must(client, "DELETE", f"/oracle/bulk-{number}", (204,))
        after_restart(server, model, chance.random() < 0.5)
        server.stop()
        return {}


def _dies(server, seconds):
    deadline = time.monotonic() + seconds
    while server.alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not server.alive()


def case_address_space(chance, seed):
    """An allocation that fails may end the process, cleanly; nothing acknowledged is lost."""
    harness.tool("prlimit")
    model = Model()
    with tempfile.TemporaryDirectory(prefix="muzn-as-") as where, \
            running(where + "/data") as server:
        load = Load(server, model, seed, threads=3, persist=True).start()
        goes_on(load, "the start")
        status = pathlib.Path(f"/proc/{server.process.pid}/statm").read_text().split()
        limit = int(status[0]) * os.sysconf("SC_PAGE_SIZE") + chance.randrange(1, 1 << 20)
        harness.run("prlimit", f"--pid={server.process.pid}", f"--as={limit}")
        more = Load(server, Model(), seed + "m", threads=8, sizes=[2_000_000, 8_000_000],
                    kinds={"put": 1}, prefix="more-").start()
        died = _dies(server, 4)
        more.stopping.set()
        more.join()
        load.stopping.set()
        load.join()
        if died:
            server.process.stdout.close()
            server.process = None
        else:
            server.kill()
        server.start()
        client = Client(server.wire())
        for key in list_all(client, "oracle"):
            if key.startswith("more-"):
                must(client, "DELETE", f"/oracle/{key}", (204,))
        client.close()
        model.verify(server.wire())
        server.stop()
        return {"died": int(died)}


def case_memory_group(chance, seed):
    """The out-of-memory killer of a small control group, as in a container: one more kill -9."""
    group = memory_group()
    model = Model()
    try:
        with tempfile.TemporaryDirectory(prefix="muzn-oom-") as where, \
                running(where + "/data", wrap=["sh", "-c", f'echo $$ > {group}/cgroup.procs; '
                                               'exec "$0" "$@"']) as server:
            load = Load(server, model, seed, threads=3, persist=True).start()
            goes_on(load, "the start")
            limit = next(group / name for name in ("memory.limit_in_bytes", "memory.max")
                         if (group / name).exists())
            with contextlib.suppress(OSError):  # EBUSY: no page is left that could be given back
                for mib in range(64, 1, -2):
                    limit.write_text(str(mib << 20))
            died = _dies(server, chance.uniform(2, 4))
            load.stopping.set()
            load.join()
            with contextlib.suppress(OSError):
                limit.write_text(str(8 << 30))
            if server.alive():
                model.verify(server.wire(), settle=False)
                server.kill()
            else:
                server.process.stdout.close()
                server.process = None
            server.start()
            model.verify(server.wire())
            server.stop()
            return {"died": int(died)}
    finally:
        with contextlib.suppress(OSError):
            group.rmdir()


def memory_group():
    harness.root_user()
    name = f"muzn-{os.getpid()}"
    for top, probe in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                       ("/sys/fs/cgroup", "memory.max")):
        group = pathlib.Path(top, name)
        try:
            group.mkdir()
        except OSError:
            continue
        if (group / probe).exists():
            return group
        group.rmdir()
    raise harness.Skip("no memory control group")


def case_read_only(chance, seed):
    """The file system shuts down under the server, as it does by itself after an error.

    A sync that is under way in that moment may return 0 although its bytes never reached the disk
    (seen on Linux 6.18, ext4 and xfs, by strace). No program can tell, so what was acknowledged
    from the beginning of the shutdown on is judged open."""
    shut = harness.tool("xfs_io")
    kind, model = chance.choice(disk.KINDS), Model()
    with loop_disk(kind, 900) as where, running(where + "/data") as server:
        load = Load(server, model, seed, threads=3, persist=True).start()
        goes_on(load, "the start")
        began = time.monotonic()
        done = harness.run(shut, "-x", "-c", "shutdown", where, check=False)
        if done.returncode != 0:
            load.stop()
            raise harness.Skip(f"can't shut a file system down: {done.stderr.strip()[:100]}")
        until(f"a dead file system refuses nothing: {load.statuses}", lambda: refusals(load) > 5)
        load.stop()
        if load.acked_after_failure:
            raise Violation(f"acknowledged after the failure: {load.acked_after_failure[:9]}")
        server.check()
        if not failed(server):
            raise Violation("the failure does not show in the metrics")
        server.kill()
        device = harness.run("findmnt", "-n", "-o", "SOURCE", where).stdout.strip()
        disk.unmount(where)
        disk.mount(kind, device, where)
        model.reopen_since(began)
        server.start()
        model.verify(server.wire())
        server.stop()
    return {}


CASES = {name.removeprefix("case_"): function for name, function in list(globals().items())
         if name.startswith("case_")}


def body(args):
    chance = random.Random(args.seed)
    wanted = args.cases.split(",") if args.cases else list(CASES)
    failures, totals, skipped = 0, {}, []
    rounds = harness.Rounds(args)
    count = 0
    for number in rounds:
        for name in wanted:
            if name in skipped:
                continue
            try:
                began = time.monotonic()
                for key, value in CASES[name](chance, f"{args.seed}/{number}/{name}").items():
                    totals[f"{name}_{key}"] = totals.get(f"{name}_{key}", 0) + value
                count += 1
                if args.verbose:
                    print(f"  {name}: {time.monotonic() - began:.1f} s", flush=True)
            except harness.Skip as reason:
                print(f"SKIP resources/{name}: {reason}", flush=True)
                skipped.append(name)
            except (Violation, Gone, AssertionError) as problem:
                failures += 1
                print(f"{name}, round {number} of seed {args.seed}: {type(problem).__name__}: "
                      f"{problem}", flush=True)
    return count, failures, totals | {"ran": [name for name in wanted if name not in skipped]}


if __name__ == "__main__":
    PARSER = harness.options(__doc__, count=1)
    PARSER.add_argument("--cases", default="", help=", ".join(CASES))
    PARSER.add_argument("--verbose", action="store_true")
    harness.start("resources", PARSER, body)
