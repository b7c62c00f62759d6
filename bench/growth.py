"""What a request costs as a bucket and as the number of connections grow."""
import signal
import statistics
import subprocess

from machine import FILL, spread
from peers import Muzn, Nginx, certificate, end, measure, settle

SMALL_KEYS, PREFIXES = 10_000, 100
BODIES = 1_000  # objects of 4 KiB among the keys
SIZE = 4 << 10
CONNECTIONS = (1, 16, 64, 256, 1_000, 4_000, 10_000)
MOST_HEADS = 100_000  # targets that are signed for one row
SERVED_BY = 64  # connections of the rows by keys, and what others are compared with
CONNECTIONS_HEADER = ["| GET 4 KiB over | Muzn | CPU a request, of that at 64 | the same of nginx "
                      "| work a CPU-second, Muzn / nginx | p99 |", "|---|---|---|---|---|---|"]


def keys_header(args):
    return [f"| 64 connections | {SMALL_KEYS:,} keys | {args.keys:,} keys | CPU a request, large / "
            "small | rate, large / small |", "|---|---|---|---|---|"]


def places(keys, count):
    """Keys of bench/fill, scattered evenly over the bucket."""
    each = keys // PREFIXES
    for index in range(count):
        place = index * keys // count
        yield f"p{place // each:06}/{place % each:08}"


def text(figures):
    return (f"{statistics.median(f['rate'] for f in figures):,.0f} req/s, "
            f"{statistics.median(f['us'] for f in figures):,.1f} us")


def ratios(key, of, to):
    return spread([a[key] / b[key] for a, b in zip(of, to)])


def filled(home, bucket, keys, port, wrap):
    """A server at rest with a bucket that bench/fill filled without one."""
    muzn = Muzn(home, port, wrap)
    muzn.request("PUT", bucket)
    end(muzn)
    subprocess.run([str(FILL), str(home), bucket, str(keys), str(PREFIXES)], check=True)
    muzn = Muzn(home, port, wrap)
    settle(muzn)
    return muzn


def in_turn(servers, method, targets, args, scratch):
    """Figures of each server. Who has no turn is stopped, so that what its engine does in the
    background takes nothing from the other, and is counted in its own turn. What the row before
    left to do is done first."""
    figures = {server: [] for server in servers}
    for server in servers:
        server.process.send_signal(signal.SIGCONT)
        settle(server)
        server.process.send_signal(signal.SIGSTOP)
    for number in range(args.rounds + 1):
        for server in servers:
            server.process.send_signal(signal.SIGCONT)
            got = measure(server, method, targets[server], SIZE, SERVED_BY, args.seconds, scratch)
            server.process.send_signal(signal.SIGSTOP)
            if number:  # the first round only warms up
                figures[server].append(got)
    return figures


def by_keys(home, args, wrap):
    """Requests to two servers, of a small and of a large bucket. Objects of 4 KiB replace some of
    the keys, which bench/fill made empty, before they are read."""
    home.mkdir()
    keys = {}  # of each server
    try:
        for name, count in (("small", SMALL_KEYS), ("large", args.keys)):
            keys[filled(home / name, "bench", count, 18082 + len(keys), wrap)] = count
        few = min(SMALL_KEYS, args.keys)
        for title, method, most in (
                (f"PUT 4 KiB, over {BODIES:,} keys", "PUT", BODIES),
                (f"GET 4 KiB, of these {BODIES:,}", "GET", BODIES),
                (f"HEAD, of {few:,} keys", "HEAD", few),
                (f"HEAD, of all keys, at most {MOST_HEADS:,}", "HEAD", MOST_HEADS)):
            targets = {}
            for server, count in keys.items():
                signer = server.signer()
                targets[server] = [signer.presigned(method, f"/bench/{key}")
                                   for key in places(count, min(count, most))]
            small, large = in_turn(keys, method, targets, args, home).values()
            yield (f"| {title} | {text(small)} | {text(large)} | {ratios('us', large, small)} "
                   f"| {ratios('rate', large, small)} |")
    finally:
        for server in keys:
            server.process.send_signal(signal.SIGCONT)
            end(server)


def by_connections(home, args, wrap):
    """One object, over ever more connections, in turn, and nginx's beside it."""
    home.mkdir()
    servers = [Nginx(home / "nginx", 18080, 18083, certificate(home)),
               Muzn(home / "muzn", 18082, wrap)]
    try:
        servers[1].request("PUT", "bench")
        targets = {}
        for server in servers:
            server.put_file("get", SIZE)
            targets[server] = [server.target("GET", "get")]
        figures = {server: {count: [] for count in CONNECTIONS} for server in servers}
        for _ in range(args.rounds):
            for count in CONNECTIONS:
                for server in servers:
                    figures[server][count].append(
                        measure(server, "GET", targets[server], SIZE, count, args.seconds, home,
                                refusals=True))
        nginx, muzn = figures.values()
        for count in CONNECTIONS:
            refused = statistics.median(got["refused"] for got in muzn[count])
            told = f", {refused:,.0f} refused" if refused else ""
            yield (f"| {count:,} conn. | {text(muzn[count])}{told} "
                   f"| {ratios('us', muzn[count], muzn[SERVED_BY])} "
                   f"| {ratios('us', nginx[count], nginx[SERVED_BY])} "
                   f"| {ratios('us', nginx[count], muzn[count])} "
                   f"| {statistics.median(got['p99'] for got in muzn[count]):,.1f} ms |")
    finally:
        for server in servers:
            end(server)
