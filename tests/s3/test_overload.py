"""What the server refuses when it has enough to do, and how. The bounds are made small and held by
uploads that do not end, so that nothing depends on how quick the machine is."""
import contextlib
import time

import pytest

from server import Server
from wire import refused

SMALL = b"x" * 1000


def let_in(server, head):
    """A connection whose request was let in: one before it may not have left yet, though its answer
    has come."""
    deadline = time.monotonic() + 10
    while True:
        connection = server.wire().connect()
        connection.send(head)
        answer = connection._until(b"\r\n\r\n")
        if answer.startswith(b"HTTP/1.1 100"):
            return connection
        connection.close()
        assert answer.startswith(b"HTTP/1.1 503") and time.monotonic() < deadline, answer
        time.sleep(0.05)


@contextlib.contextmanager
def unfinished(server, count, length, bucket="bbb"):
    """Uploads that the server has let in and that wait for their client."""
    connections = []
    try:
        for number in range(count):
            head, _ = server.wire().head("PUT", f"/{bucket}/slow-{number}",
                                         [("Content-Length", str(length)),
                                          ("Expect", "100-continue")], payload="UNSIGNED-PAYLOAD")
            connections.append(let_in(server, head))
        yield
    finally:
        for connection in connections:
            connection.close()


@pytest.fixture(scope="module")
def tight():
    with Server(args=["--in-flight-max", "2"]) as running:
        assert running.wire().request("PUT", "/bbb").status == 200
        yield running


def metric(server, bound):
    return server.metrics()[f'muzn_requests_refused_total{{bound="{bound}"}}']


def test_a_refusal_is_slow_down_and_says_when_to_come_back(tight):
    before = metric(tight, "requests")
    with unfinished(tight, 2, 100):
        answer = tight.wire().request("GET", "/bbb")
        refused(answer, 503, "SlowDown")
        assert answer.get("retry-after") == "1"
        # Before the signature is looked at: no key is needed to be told that it is too much.
        refused(tight.wire().anonymous("GET", "/bbb"), 503, "SlowDown")
        assert tight.wire().request("HEAD", "/bbb").status == 503
    assert metric(tight, "requests") == before + 3
    until(lambda: tight.wire().request("GET", "/bbb").status == 200)


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_health_metrics_and_admin_answer(tight):
    # The public log, which answers everybody, is load as any other.
    assert tight.wire().anonymous("GET", "/-/log/checkpoint").status == 200
    with unfinished(tight, 2, 100):
        assert tight.wire().anonymous("GET", "/-/log/checkpoint").status == 503
        assert tight.wire().anonymous("GET", "/-/health/live").status == 200
        assert tight.wire().anonymous("GET", "/-/health/ready").status == 200
        assert tight.wire().anonymous("GET", "/-/metrics").status == 200
        assert tight.admin("account", "list")["accounts"]


def test_the_connection_stays_where_its_frame_allows(tight):
    with unfinished(tight, 2, 100):
        # wire.request() asks for health on the same connection unless it was closed.
        answer = tight.wire().request("PUT", "/bbb/k", SMALL)
        refused(answer, 503, "SlowDown")
        assert not answer.closes
        answer = tight.wire().request("PUT", "/bbb/k", b"y" * 900_000)
        refused(answer, 503, "SlowDown")
        assert not answer.closes
        # A body that waits for 100 Continue is refused without it, and never sent.
        head, _ = tight.wire().head("PUT", "/bbb/k", [("Content-Length", str(10**9)),
                                                    ("Expect", "100-continue")],
                                    payload="UNSIGNED-PAYLOAD")
        answer = tight.wire().raw(head, "PUT")
        refused(answer, 503, "SlowDown")
        assert answer.interim == [] and answer.closes


def test_a_key_that_looks_like_our_pages_is_no_way_around():
    with Server(args=["--in-flight-max", "1", "--domain", "s3.test"]) as server:
        assert server.wire().request("PUT", "/bbb").status == 200
        with unfinished(server, 1, 100):
            head = b"GET /-/x HTTP/1.1\r\nHost: bbb.s3.test\r\n\r\n"
            refused(server.wire().raw(head), 503, "SlowDown")


def test_memory_for_uploads_has_a_bound_and_reads_go_on():
    with Server(args=["--upload-memory-mib", "1"]) as server:
        assert server.wire().request("PUT", "/bbb").status == 200
        with unfinished(server, 2, 10**9):
            refused(server.wire().request("PUT", "/bbb/k", b"z" * 600_000), 503, "SlowDown")
            assert server.wire().request("GET", "/bbb").status == 200
            assert server.wire().request("PUT", "/ccc").status == 200
            assert metric(server, "upload_memory") == 1
            assert server.metrics()["muzn_upload_memory_bytes"] == 1 << 20
        until(lambda: server.metrics()["muzn_upload_memory_bytes"] == 0)
        assert server.wire().request("PUT", "/bbb/k", b"z" * 600_000).status == 200


def test_large_bodies_take_turns_and_a_silent_one_gives_its_turn_away():
    with Server(args=["--large-bodies-max", "1", "--loops", "1"]) as server:
        assert server.wire().request("PUT", "/bbb").status == 200
        with unfinished(server, 3, 10**9):
            for number in range(3):
                body = bytes([number]) * 700_000
                assert server.wire().request("PUT", f"/bbb/{number}", body).status == 200
                assert server.wire().request("GET", f"/bbb/{number}").body == body


def test_refusals_are_recorded_but_are_no_flood_of_records():
    with Server(args=["--in-flight-max", "1"]) as server:
        assert server.wire().request("PUT", "/bbb").status == 200
        with unfinished(server, 1, 100):
            head = server.wire().plain_head("GET", "/bbb")
            with server.wire().connect() as connection:
                connection.send(head * 2000)
                for _ in range(2000):
                    assert connection.answer().status == 503
            assert metric(server, "requests") == 2000
        time.sleep(1.1)  # the event tells of a second that is over
        assert server.wire().anonymous("GET", "/-/health/live").status == 200
        server.stop()
        lines = server.records()
        records = [line for line in lines if line.get("error_code") == "SlowDown"]
        told = sum(int(line["count"]) for line in lines
                   if line.get("message") == "requests were refused without a record of their own")
        assert records[0]["decision"] == "error" and records[0]["status"] == 503
        assert records[0]["target"] == "/bbb" and records[0]["source_ip"] == "127.0.0.1"
        assert len(records) + told == 2000 and len(records) >= 100 and told > 0
