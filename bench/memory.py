"""Memory of a server: idle, with many idle connections, and busy. RSS, as the kernel counts it for
the process; what the kernel keeps for its sockets is not in it."""
import pathlib
import re
import select
import socket
import statistics
import time

from machine import resident_kib, spread
from peers import Muzn, end, measure

HEADER = ["| memory (RSS) | figure, MiB | bar | figure / bar | 3 s after the load, MiB |",
          "|---|---|---|---|---|"]
IDLE, BUSY, SMALL, LARGE = 10_000, 1_000, 4 << 10, 1 << 20
IDLE_BAR, EACH_BAR_KIB, BUSY_BAR = 64, 32, 512


def mib(kib):
    return kib / 1024


def forget_highest(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc_pid_clear_refs(5)


def highest_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))


def ask(connections, request, answer_bytes):
    """One request on each, all at once; waits until each is answered whole."""
    missing, poll = {}, select.epoll()
    for connection in connections:
        connection.sendall(request)
        missing[connection.fileno()] = connection, answer_bytes
        poll.register(connection.fileno(), select.EPOLLIN)
    while missing:
        for number, _ in poll.poll(60) or [(None, None)]:
            if number is None:
                raise SystemExit(f"{len(missing)} of {len(connections)} were not answered")
            connection, left = missing[number]
            data = connection.recv(1 << 16)
            if left == answer_bytes and not data.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"an idle connection was answered {data[:100]}")
            missing[number] = connection, left - len(data)
            if left <= len(data):
                poll.unregister(number)
                del missing[number]


def idle_connections(muzn):
    """KiB for each of the connections, each of which has made a GET, and MiB when they are gone."""
    muzn.put_file("get", SMALL)
    request = (f"GET {muzn.target('GET', 'get')} HTTP/1.1\r\n"
               f"Host: 127.0.0.1:{muzn.port}\r\n\r\n").encode()

    def connect():
        return socket.create_connection(("127.0.0.1", muzn.port))

    with connect() as first:
        first.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer or len(answer.split(b"\r\n\r\n", 1)[1]) < SMALL:
            answer += first.recv(1 << 16)
    before = resident_kib(muzn.process.pid)
    connections = []
    try:
        while len(connections) < IDLE:
            few = [connect() for _ in range(500)]
            connections += few
            ask(few, request, len(answer))
        time.sleep(1)
        each = (resident_kib(muzn.process.pid) - before) / IDLE
    finally:
        for connection in connections:
            connection.close()
    time.sleep(3)
    return each, mib(resident_kib(muzn.process.pid))


def busy(muzn, method, size, seconds, scratch):
    """MiB at the highest, MiB some seconds later, and how many were refused."""
    if method == "GET":
        muzn.put_file("get", size)
        targets = [muzn.target("GET", "get")]
    else:
        signer = muzn.signer()
        targets = [signer.presigned("PUT", f"/bench/put-{i}") for i in range(BUSY)]
    forget_highest(muzn.process.pid)
    got = measure(muzn, method, targets, size, BUSY, seconds, scratch, refusals=True)
    highest = mib(highest_kib(muzn.process.pid))
    time.sleep(3)
    return highest, mib(resident_kib(muzn.process.pid)), got["refused"]


def rows(home, args, wrap):
    """Each figure of a server of its own, as many as there are rounds."""
    home.mkdir()
    number = 0

    def each_round(figure):
        nonlocal number
        for _ in range(args.rounds):
            number += 1
            muzn = Muzn(home / str(number), 18082, wrap)
            try:
                muzn.request("PUT", "bench")
                yield figure(muzn)
            finally:
                end(muzn)

    idle = list(each_round(lambda muzn: mib(resident_kib(muzn.process.pid))))
    yield (f"| idle after start | {spread(idle)} | {IDLE_BAR} MiB "
           f"| {spread([i / IDLE_BAR for i in idle])} | |")
    each, after = zip(*each_round(idle_connections))
    yield (f"| {IDLE:,} idle connections, each after a GET 4 KiB "
           f"| {spread([mib(e * IDLE) for e in each])} more: {spread(each)} KiB each "
           f"| {EACH_BAR_KIB} KiB each | {spread([e / EACH_BAR_KIB for e in each])} "
           f"| {spread(after)} |")
    for title, method, size in (("GET 4 KiB", "GET", SMALL), ("PUT 1 MiB", "PUT", LARGE)):
        highest, after, refused = zip(*each_round(
            lambda muzn: busy(muzn, method, size, args.seconds, home)))
        told = f", {statistics.median(refused):,.0f} refused" if any(refused) else ""
        yield (f"| {BUSY:,} busy connections, {title}, at the highest | {spread(highest)}{told} "
               f"| {BUSY_BAR} MiB | {spread([h / BUSY_BAR for h in highest])} | {spread(after)} |")
