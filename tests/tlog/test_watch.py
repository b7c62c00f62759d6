"""`muzn audit watch` on a log whose server is honest, forks, rolls back, lies, is slow, or is away."""
import contextlib
import http.server
import json
import pathlib
import shutil
import signal
import subprocess
import threading
import time

import pytest
from test_audit import MUZN, leaves, said
from test_foreign import WRITE, run

NOTE = """#!/bin/sh
# Writes down what it was told.
{ env | grep ^MUZN_ | sort | tr '\\n' ' '; cat; echo; } >> "$1"
"""


class LogServer(http.server.ThreadingHTTPServer):
    """Serves the directory `log`, as `mood` has it."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.log, self.mood = None, "honest"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/log"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.server.log / self.path.removeprefix("/log/")
        if self.server.mood == "away":
            return self.send_error(503)
        if self.server.mood == "slow":
            time.sleep(1.5)
        if not path.is_file():
            return self.send_error(404)
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.mood == "truncated" and "entries" in self.path:
            body = body[:len(body) // 2]
            self.close_connection = True
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Directories, made when they are asked for."""
    root = tmp_path_factory.mktemp("watched")

    def log(size, **more):
        directory = root / "-".join([str(size), *(f"{k}{v}" for k, v in more.items())])
        return directory if directory.exists() else leaves(directory, size, **more)
    return log


class Monitor:
    def __init__(self, directory, server, policy):
        self.directory, self.server, self.policy = directory, server, policy
        self.state, self.heard = directory / "state", directory / "heard"
        self.program = directory / "note"
        self.program.write_text(NOTE)
        self.program.chmod(0o755)

    def command(self, *words):
        split = words.index("--") if "--" in words else len(words)
        return [str(word) for word in (
            MUZN, "audit", "watch", self.server.url, "--policy", self.policy, "--state", self.state,
            "--run", self.program, "--timeout", 1, *words[:split], "--", self.heard)]

    def look(self, log=None, *words, mood="honest"):
        self.server.log, self.server.mood = log, mood
        return subprocess.run(self.command("--once", *words), capture_output=True, text=True,
                              timeout=60, check=False)

    def told(self):
        """What the program was told since the last time: (environment, input)."""
        text = self.heard.read_text() if self.heard.exists() else ""
        self.heard.unlink(missing_ok=True)
        out = []
        for line in text.splitlines():
            if not line:
                continue
            names, _, rest = line.partition("{")
            out.append((dict(part.split("=", 1) for part in names.split()), json.loads("{" + rest)))
        return out

    def evidence(self, kind):
        return [json.loads(path.read_text())
                for path in sorted(self.directory.glob(f"state.{kind}-*.json"))]


@pytest.fixture
def monitor(tmp_path, logs):
    with LogServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Monitor(tmp_path, server, logs(20) / "policy")
        server.shutdown()


def test_reads_what_is_new_once_and_tells_matches(monitor, logs):
    done = monitor.look(logs(20), "--match", "kind=create_user", "--match", "class=log")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "READ  20 entries, 20 of them new" in done.stdout

    def wanted(first, last):
        return [n for n, one in enumerate(said(logs(last))) if n >= first and
                (one["json"]["kind"] == "create_user" or one["json"]["class"] == "log")]

    told = monitor.told()
    assert [int(names["MUZN_LEAF_INDEX"]) for names, _ in told] == wanted(0, 20) != []
    names, leaf = told[0]
    assert leaf == said(logs(20))[int(names["MUZN_LEAF_INDEX"])]["json"]
    assert names["MUZN_EVENT"] == "match" and names["MUZN_LEAF_KIND"] == leaf["kind"]
    assert names["MUZN_LEAF_ACCOUNT"] == leaf["account"] and names["MUZN_LEAF_CLASS"] == leaf["class"]
    assert monitor.look(logs(20), "--match", "all").returncode == 0
    assert monitor.told() == [], "nothing is new"
    done = monitor.look(logs(600), "--match", "kind=create_user", "--match", "class=log")
    assert done.returncode == 0 and "600 entries, 580 of them new" in done.stdout
    assert [int(names["MUZN_LEAF_INDEX"]) for names, _ in monitor.told()] == wanted(20, 600)


def test_from_now(monitor, logs):
    assert monitor.look(logs(20), "--match", "all", "--from-now").returncode == 0
    assert monitor.told() == []
    assert monitor.look(logs(25), "--match", "all", "--from-now").returncode == 0
    assert len(monitor.told()) == 5


def test_fork(monitor, logs):
    assert monitor.look(logs(20)).returncode == 0
    for size in (20, 25):  # another tree of the same size; one that goes on from another tree
        done = monitor.look(logs(size, fork=10))
        assert done.returncode == 1 and "BREACH  fork: " in done.stdout
    (names, told), = monitor.told()  # once, while it lasts
    assert names["MUZN_EVENT"] == "breach" and names["MUZN_BREACH"] == "fork"
    evidence, = monitor.evidence("fork")
    assert evidence == told == json.loads(pathlib.Path(names["MUZN_EVIDENCE"]).read_text())
    assert evidence["kept"] == (logs(20) / "checkpoint").read_text()
    assert evidence["shown"] == (logs(20, fork=10) / "checkpoint").read_text()
    done = monitor.look(logs(25))
    assert done.returncode == 0 and "WELL  fork is over" in done.stdout
    assert monitor.look(logs(25, fork=10)).returncode == 1
    assert len(monitor.told()) == 1, "it is told again when it is there again"


def test_holds_the_log_to_what_it_showed_without_its_entries(monitor, logs):
    assert monitor.look(logs(20)).returncode == 0
    assert monitor.look(logs(25, fork=22), mood="truncated").returncode == 3
    assert monitor.look(logs(25)).returncode == 1
    assert monitor.evidence("fork")[0]["kept"] == (logs(25, fork=22) / "checkpoint").read_text()
    assert monitor.look(logs(25, fork=22)).returncode == 0


def test_rollback(monitor, logs):
    assert monitor.look(logs(25)).returncode == 0
    done = monitor.look(logs(20))
    assert done.returncode == 1 and "rollback: the log shows 20 entries, and had 25" in done.stdout
    assert monitor.evidence("rollback")[0]["shown"] == (logs(20) / "checkpoint").read_text()


def test_stale(monitor, logs):
    now = int(time.time())
    fresh, old = logs(20, cosigned=now), logs(20, cosigned=now - 1000)
    monitor.policy = fresh / "policy"
    assert monitor.look(fresh).returncode == 0
    done = monitor.look(old)
    assert done.returncode == 1 and "BREACH  stale: " in done.stdout
    assert monitor.look(old, "--max-age", 2000).returncode == 0
    done = monitor.look(logs(20))
    assert done.returncode == 1 and "unsigned: " in done.stdout, "without the quorum"


def test_leaves_that_break_the_rules(monitor, logs):
    assert monitor.look(logs(20)).returncode == 0
    done = monitor.look(logs(40, bad=30))
    assert done.returncode == 1 and "BREACH  leaf: entry 30: " in done.stdout
    evidence, = monitor.evidence("leaf")
    assert evidence["faults"][0]["entry"] == 30 and "its sequence" in evidence["faults"][0]["what"]
    assert [names["MUZN_BREACH"] for names, _ in monitor.told()] == ["leaf"]
    assert monitor.look(logs(40, bad=30)).returncode == 0, "it goes on behind them"
    done = monitor.look(logs(50, bad=30, newer=45))
    assert done.returncode == 0 and "NEWER  entry 45: " in done.stdout


def test_truncated_slow_and_away(monitor, logs):
    assert monitor.look(logs(20)).returncode == 0
    for mood in ("truncated", "slow", "away"):
        done = monitor.look(logs(25), "--unreachable", 4, mood=mood)
        assert done.returncode == 3 and "FAILED  " in done.stdout, (mood, done.stdout)
    assert monitor.told() == []
    assert monitor.look(logs(25), "--unreachable", 4, mood="away").returncode == 3
    assert [names["MUZN_BREACH"] for names, _ in monitor.told()] == ["unreachable"]
    assert json.loads(monitor.state.read_text())["read"] == 20
    done = monitor.look(logs(25))
    assert done.returncode == 0 and "5 of them new" in done.stdout
    assert "WELL  unreachable is over" in done.stdout


def test_entries_that_are_not_the_trees(monitor, logs, tmp_path):
    log = shutil.copytree(logs(600), tmp_path / "log")
    bundle = log / "tile/entries/001"
    bundle.write_bytes(bundle.read_bytes().replace(b'"s3"', b'"s4"', 1))
    assert monitor.look(logs(20)).returncode == 0
    done = monitor.look(log, "--match", "all")
    assert done.returncode == 1 and "BREACH  damaged: " in done.stdout
    assert "MATCH" not in done.stdout, "nothing is told that is not proved"
    assert monitor.look(logs(600)).returncode == 0


def test_a_program_that_fails_is_run_again(monitor, logs):
    good = monitor.program.read_text()
    monitor.program.write_text("#!/bin/sh\nexit 7\n")
    done = monitor.look(logs(20), "--match", "kind=genesis")
    assert done.returncode == 3 and "ended with status 7" in done.stdout
    monitor.program.unlink()
    assert monitor.look(logs(20), "--match", "kind=genesis").returncode == 3
    monitor.program.write_text(good)
    monitor.program.chmod(0o755)
    assert monitor.look(logs(20), "--match", "kind=genesis").returncode == 0
    assert len(monitor.told()) == 1
    assert monitor.look(logs(20), "--match", "kind=genesis").returncode == 0
    assert monitor.told() == []


def test_a_foreign_log(monitor, logs, tmp_path):
    run(WRITE, tmp_path / "foreign", 300)
    policy = tmp_path / "policy"
    policy.write_text(f"log {(tmp_path / 'foreign/vkey').read_text()}\nquorum none\n")
    monitor.policy = policy
    done = monitor.look(tmp_path / "foreign", "--match", "all")
    assert done.returncode == 0 and "rules of leaves are not applied" in done.stdout
    assert monitor.told() == []


def test_its_file(monitor, logs):
    monitor.state.write_text("{}")
    assert monitor.look(logs(20)).returncode == 3
    monitor.state.unlink()
    assert monitor.look(logs(20)).returncode == 0
    kept = json.loads(monitor.state.read_text())
    for name in kept:
        monitor.state.write_text(json.dumps({**kept, name: [True]}))
        assert monitor.look(logs(20)).returncode == 3, name


def test_goes_on_until_it_is_ended(monitor, logs):
    monitor.server.log = logs(20)
    process = subprocess.Popen(monitor.command("--interval", 1), stdout=subprocess.PIPE, text=True)
    try:
        assert "READ  20 entries" in process.stdout.readline()
        other = monitor.look(logs(20))
        assert other.returncode == 3, "one watch for a file"
        monitor.server.log = logs(25)
        assert "READ  25 entries, 5 of them new" in process.stdout.readline()
        monitor.server.log = logs(20)
        assert "BREACH  rollback" in process.stdout.readline()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert json.loads(monitor.state.read_text())["read"] == 25
