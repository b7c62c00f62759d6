"""PUTs beside what bounds them, in the same rounds."""
import json
import re
import shutil
import statistics
import subprocess

from machine import spread
from peers import Muzn, end, measure

HEADER = ["| journey | what bounds it | Muzn | Muzn / bound |", "|---|---|---|---|"]
LARGE = 64 << 20


def md5_rate():
    """MB/s of OpenSSL's MD5 on the server's processor."""
    out = subprocess.run(["taskset", "-c", "0", "openssl", "speed", "-evp", "md5", "-bytes",
                          str(1 << 20), "-seconds", "1"], check=True, capture_output=True, text=True)
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


def rows(home, args, wrap):
    """PUT of 64 MiB beside one core's MD5, and beside the disk."""
    home.mkdir()
    plan = [("PUT 64 MiB, 1 stream", 1, "one core's MD5", md5_rate),
            ("PUT 64 MiB, 16 streams", 16, "direct writes by fio", lambda: disk_rate(home))]
    muzn = Muzn(home / "muzn", 18082, wrap)
    try:
        muzn.request("PUT", "bench")
        targets = [muzn.target("PUT", f"put-{i}") for i in range(16)]
        for title, connections, name, limit in plan:
            if args.only not in title or (connections > 1 and not shutil.which("fio")):
                continue
            bounds, got = [], []
            for _ in range(args.rounds):
                bounds.append(limit())
                got.append(measure(muzn, "PUT", targets, LARGE, connections, args.seconds, home))
            yield (f"| {title} | {name}, {statistics.median(bounds):,.0f} MB/s "
                   f"| {statistics.median(g['mb'] for g in got):,.0f} MB/s, "
                   f"{statistics.median(g['us'] for g in got) / 64:,.0f} us a MiB "
                   f"| {spread([g['mb'] / b for g, b in zip(got, bounds)])} |")
    finally:
        end(muzn)
