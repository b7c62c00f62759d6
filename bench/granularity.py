"""What records in the public log cost: the same requests at an account whose granularity is off,
and at one of each other level, in turn."""
import json
import statistics
import subprocess

from machine import MUZN, spread
from peers import Muzn, end, measure

HEADER = ["| granularity | off | rate, level / off | work a CPU-second, level / off | bar |",
          "|---|---|---|---|---|"]
BARS = {"summary": 0.97, "full": 0.85}
SIZE, CONNECTIONS = 4 << 10, 64


def begin(home, port, wrap, level):
    server = Muzn(home / level, port, wrap)
    server.name = level

    def admin(*words):
        done = subprocess.run([str(MUZN), "admin", *words, "--json"], check=True,
                              env=server.environment, capture_output=True, text=True)
        return json.loads(done.stdout)

    account = next(a["id"] for a in admin("account", "list")["accounts"] if a["is_operator"])
    admin("granularity", "set", "--account", account, "--level", level)
    server.request("PUT", "bench")
    return server


def rows(home, args, wrap):
    home.mkdir()
    servers = [begin(home, 18090 + n, wrap, level) for n, level in enumerate(["off", *BARS])]
    try:
        for method in ("GET", "PUT"):
            for server in servers:
                server.put_file("get", SIZE)
            targets = {s.name: [s.target(method, "get" if method == "GET" else f"put-{i}")
                                for i in range(1 if method == "GET" else 256)] for s in servers}
            figures = {s.name: [] for s in servers}
            for _ in range(args.rounds):
                for server in servers:
                    figures[server.name].append(
                        measure(server, method, targets[server.name], SIZE, CONNECTIONS,
                                args.seconds, home))
            off = figures["off"]
            for level, bar in BARS.items():
                of = figures[level]
                yield (f"| {level}: {method} 4 KiB, {CONNECTIONS} conn. "
                       f"| {statistics.median(f['rate'] for f in off):,.0f} req/s, "
                       f"{statistics.median(f['us'] for f in off):.1f} us "
                       f"| {spread([a['rate'] / b['rate'] for a, b in zip(of, off)])} "
                       f"| {spread([b['us'] / a['us'] for a, b in zip(of, off)])} | {bar} |")
    finally:
        for server in servers:
            end(server)
