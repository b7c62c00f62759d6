"""Journeys of Muzn beside those of nginx, interleaved."""
import statistics

from machine import spread
from peers import Muzn, Nginx, certificate, end, measure, through_boto3

HEADER = ["| journey | nginx | Muzn | rate, Muzn / nginx | work a CPU-second, Muzn / nginx | p99 |",
          "|---|---|---|---|---|---|"]
ALONE_HEADER = ["| journey without a counterpart in nginx | figure |", "|---|---|"]
SIZES = {"4 KiB": 4 << 10, "1 MiB": 1 << 20, "64 MiB": 64 << 20}


def compare(servers, rows, rounds, seconds, scratch, tls=False):
    for title, method, size, connections, targets in rows:
        figures = {s.name: [] for s in servers}
        for _ in range(rounds):
            for server in servers:
                figures[server.name].append(measure(server, method, targets[server.name], size,
                                                    connections, seconds, scratch, tls))
        muzn, nginx = figures["muzn"], figures["nginx"]
        unit = "mb" if size >= 1 << 20 else "rate"

        def middle(of, key):
            return statistics.median(f[key] for f in of)

        label = "MB/s" if unit == "mb" else "req/s"
        yield (f"| {title} | {middle(nginx, unit):,.0f} {label}, {middle(nginx, 'us'):,.0f} us "
               f"| {middle(muzn, unit):,.0f} {label}, {middle(muzn, 'us'):,.0f} us "
               f"| {spread([m[unit] / n[unit] for m, n in zip(muzn, nginx)])} "
               f"| {spread([n['us'] / m['us'] if m['us'] else 0 for m, n in zip(muzn, nginx)])} "
               f"| {middle(nginx, 'p99'):.1f} / {middle(muzn, 'p99'):.1f} ms |")


def rows_of(servers, wants):
    """Title, method, size, connections and each server's targets of the rows to measure."""
    for title, size in SIZES.items():
        small = size < 1 << 20
        gets = (16, 64) if small else (1, 16) if size < 1 << 24 else (1,)
        puts = (16, 64) if small else (4,) if size < 1 << 24 else (1,)
        for method, connections in [("GET", c) for c in gets] + [("PUT", c) for c in puts]:
            row = f"{method} {title}, {connections} conn."
            if not wants("compared", row):
                continue
            if method == "GET":
                for server in servers:
                    server.put_file(f"get-{size}", size)
                targets = {s.name: [s.target("GET", f"get-{size}")] for s in servers}
            else:
                targets = {s.name: [s.target("PUT", f"put-{size}-{i}")
                                    for i in range(256 if small else 16)] for s in servers}
            yield row, method, size, connections, targets


def over_tls(home, args, wrap, nginx, pem):
    """GET of 1 MiB through TLS 1.3, by a Muzn that serves nothing else."""
    title, size = "GET 1 MiB TLS 1.3, 16 conn.", SIZES["1 MiB"]
    if not args.wants("compared", title):
        return
    muzn = Muzn(home / "tls", 18084, wrap)
    muzn.request("PUT", "bench")
    muzn.put_file("tls", size)
    nginx.put_file("tls", size)
    targets = {s.name: [s.target("GET", "tls")] for s in (nginx, muzn)}
    end(muzn)
    # What was signed for the host and port stays signed: TLS is not part of it.
    muzn = Muzn(home / "tls", 18084, wrap, "--tls-cert", str(pem[0]), "--tls-key", str(pem[1]))
    muzn.tls_port = muzn.port
    try:
        yield from compare([nginx, muzn], [(title, "GET", size, 16, targets)], args.rounds,
                           args.seconds, home, tls=True)
    finally:
        end(muzn)


def rows(home, args, wrap):
    """The rows with a counterpart in nginx."""
    home.mkdir()
    pem = certificate(home)
    servers = [Nginx(home / "nginx", 18080, 18083, pem), Muzn(home / "muzn", 18081, wrap)]
    try:
        servers[1].request("PUT", "bench")
        print(f"idle after start: {servers[1].idle_kib / 1024:.0f} MiB resident", flush=True)
        yield from compare(servers, rows_of(servers, args.wants), args.rounds, args.seconds, home)
        yield from over_tls(home, args, wrap, servers[0], pem)
    finally:
        for server in servers:
            end(server)


def alone(home, args, wrap):
    """Multipart and listing, through boto3: rows without a counterpart."""
    muzn = Muzn(home, 18082, wrap)
    try:
        return through_boto3(muzn, "journeys.py", args.seconds)
    finally:
        end(muzn)
