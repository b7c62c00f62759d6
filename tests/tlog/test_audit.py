"""`muzn audit` on logs that lie in a directory and behind a web server."""
import functools
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading

import pytest
from test_foreign import BUILD, WRITE, run

MUZN = pathlib.Path(os.environ.get("MUZN_BINARY", BUILD / "check" / "muzn"))


def audit(*words):
    return subprocess.run([str(word) for word in (MUZN, "audit", *words)], capture_output=True,
                          text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    directory = tmp_path_factory.mktemp("audit") / "log"
    run(WRITE, directory, 600)
    return directory


@pytest.fixture(scope="module")
def key(log):
    return (log / "vkey").read_text()


def test_whole_log(log, key):
    done = audit("verify", log, "--key", key, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["ok"] and report["entries"] == report["size"] == 600
    assert report["origin"] == "log.example/files"


def test_over_http(log, key):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(log))
    handler.log_message = lambda *_: None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = audit("verify", f"http://127.0.0.1:{server.server_port}", "--key", key)
        server.shutdown()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "600 entries" in done.stdout and "0 faults" in done.stdout


def test_faults(log, key, tmp_path):
    other = shutil.copytree(log, tmp_path / "log")
    tile = other / "tile/0/001"
    tile.write_bytes(tile.read_bytes()[:-1] + b"x")
    (other / "tile/1/000.p/2").unlink()
    done = audit("verify", other, "--key", key)
    assert done.returncode == 1
    assert "FAULT  tile/0/001: " in done.stdout and "FAULT  tile/1/000.p/2: " in done.stdout
    assert "2 faults" in done.stdout


def test_earlier_checkpoint(log, key, tmp_path):
    smaller = tmp_path / "smaller"
    run(WRITE, smaller, 257)
    done = audit("verify", log, "--key", key, "--earlier", smaller / "checkpoint")
    assert done.returncode == 0, done.stdout + done.stderr
    done = audit("verify", smaller, "--key", key, "--earlier", log / "checkpoint")
    assert done.returncode == 1 and "smaller than it was" in done.stdout


def test_prove(log, key):
    done = audit("prove", 0, log, "--key", key)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split("\n")
    wanted = json.loads((log / "proofs.json").read_text())[0]
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 0"] and wanted["index"] == 0
    assert lines[2:lines.index("")] == wanted["hashes"]
    assert done.stdout.endswith("\n\n" + (log / "checkpoint").read_text())
    assert audit("prove", 600, log, "--key", key).returncode == 2


def test_policy_file(log, key, tmp_path):
    policy = tmp_path / "policy"
    policy.write_text(f"log {key}\nquorum none\n")
    assert audit("verify", log, "--policy", policy).returncode == 0
    policy.write_text("quorum none\n")
    done = audit("verify", log, "--policy", policy)
    assert done.returncode == 1 and "not signed by a log" in done.stdout


@pytest.mark.parametrize("words", [
    [], ["verify"], ["verify", "DIR"], ["verify", "DIR", "--key", "no key"],
    ["verify", "/does/not/exist", "--key", "KEY"], ["verify", "DIR", "--key", "KEY", "--policy", "x"],
    ["verify", "http://127.0.0.1:1/", "--key", "KEY"], ["verify", "DIR", "--key", "KEY", "--what"],
    ["prove", "x", "DIR", "--key", "KEY"], ["prove", "DIR", "--key", "KEY"]])
def test_what_cannot_be_done(log, key, words):
    words = [{"DIR": log, "KEY": key}.get(word, word) for word in words]
    assert audit(*words).returncode == 2
