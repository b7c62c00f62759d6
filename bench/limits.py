"""PUTs beside what bounds them, in the same rounds."""
import hashlib
import json
import re
import shutil
import statistics
import subprocess

from machine import COMMIT_LOG, spread
from peers import Muzn, end, measure

HEADER = ["| journey | what bounds it | Muzn | Muzn / bound |", "|---|---|---|---|"]
LARGE, SMALL, WRITERS = 64 << 20, 4 << 10, 64


def digest_rate(name):
    """MB/s of a digest of OpenSSL on the server's processor."""
    out = subprocess.run(["taskset", "-c", "0", "openssl", "speed", "-evp", name, "-bytes",
                          str(1 << 20), "-seconds", "1"],
                         check=True, capture_output=True, text=True)
    return float(re.search(r"([0-9.]+)k\s*$", out.stdout.strip()).group(1)) / 1000


def disk_rate(home):
    """MB/s of direct writes of 1 MiB, eight at once."""
    out = subprocess.run(["fio", "--name=limit", f"--directory={home}", "--size=1g", "--bs=1M",
                          "--rw=write", "--direct=1", "--ioengine=io_uring", "--iodepth=8",
                          "--runtime=2", "--time_based", "--output-format=json"],
                         check=True, capture_output=True, text=True)
    for file in home.glob("limit.*"):
        file.unlink()
    return json.loads(out.stdout)["jobs"][0]["write"]["bw_bytes"] / 1e6


def log_rate(home, how):
    """Commits a second of bench/commit_log on the server's processor, and its us a commit."""
    out = subprocess.run(["taskset", "-c", "0", str(COMMIT_LOG), str(home / "log"), str(WRITERS),
                          "1", how], check=True, capture_output=True, text=True)
    result = json.loads(out.stdout)
    return result["commits"] / result["seconds"], result["us"]


def large(home, args, muzn, title, connections, targets, name, limit):
    """A row of 64 MiB. `limit` measures its bound: the figure, and more to say of it."""
    bounds, got = [], []
    for _ in range(args.rounds):
        bounds.append(limit())
        got.append(measure(muzn, "PUT", targets, LARGE, connections, args.seconds, home))
    more = statistics.median_low(bounds)[1]
    return (f"| {title} | {name}, {statistics.median(b[0] for b in bounds):,.0f} MB/s{more} "
            f"| {statistics.median(g['mb'] for g in got):,.0f} MB/s, "
            f"{statistics.median(g['us'] for g in got) / 64:,.0f} us a MiB "
            f"| {spread([g['mb'] / b[0] for g, b in zip(got, bounds)])} |")


def small(home, args, muzn, title):
    """The row of 4 KiB, beside the log of threads; the one of a loop is told."""
    targets = [muzn.target("PUT", f"small-{i}") for i in range(256)]
    threads, loops, got = [], [], []
    for _ in range(args.rounds):
        threads.append(log_rate(home, "threads"))
        loops.append(log_rate(home, "loop"))
        got.append(measure(muzn, "PUT", targets, SMALL, WRITERS, args.seconds, home))
    rate, us = (statistics.median(column) for column in zip(*threads))
    loop, loop_us = (statistics.median(column) for column in zip(*loops))
    return (f"| {title} | bare group-commit log of {WRITERS} threads, {rate:,.0f}/s, {us:.0f} us "
            f"(of one loop {loop:,.0f}/s, {loop_us:.0f} us) "
            f"| {statistics.median(g['rate'] for g in got):,.0f} req/s, "
            f"{statistics.median(g['us'] for g in got):,.0f} us "
            f"| {spread([g['rate'] / t[0] for g, t in zip(got, threads)])} |")


def both_digests():
    """MD5 and SHA-256 of the same bytes, one after the other."""
    md5, sha = digest_rate("md5"), digest_rate("sha256")
    return 1 / (1 / md5 + 1 / sha), f" (MD5 alone {md5:,.0f}, SHA-256 alone {sha:,.0f})"


def rows(home, args, wrap):
    """PUT of 4 KiB beside a bare log, and of 64 MiB beside one core's digests and the disk."""
    home.mkdir()
    muzn = Muzn(home / "muzn", 18082, wrap)
    try:
        muzn.request("PUT", "bench")
        title = f"PUT 4 KiB, {WRITERS} conn."
        if args.wants("limits", title):
            yield small(home, args, muzn, title)
        unsigned = [muzn.target("PUT", f"put-{i}") for i in range(16)]
        payload = hashlib.sha256(b"m" * LARGE).hexdigest()  # the body that bench/load sends
        signer = muzn.signer()
        signed = [signer.in_headers("PUT", f"/bench/put-{i}", payload) for i in range(16)]
        for title, connections, targets, name, limit in (
                ("PUT 64 MiB, 1 stream", 1, unsigned, "one core's MD5",
                 lambda: (digest_rate("md5"), "")),
                ("PUT 64 MiB, 1 stream, signed payload", 1, signed, "one core's MD5 and SHA-256",
                 both_digests),
                ("PUT 64 MiB, 16 streams", 16, unsigned, "direct writes by fio",
                 lambda: (disk_rate(home), ""))):
            if args.wants("limits", title) and (connections == 1 or shutil.which("fio")):
                yield large(home, args, muzn, title, connections, targets, name, limit)
    finally:
        end(muzn)
