"""`muzn audit` on logs that lie in a directory and behind a web server."""
import functools
import http.server
import json
import os
import pathlib
import random
import shutil
import subprocess
import threading
import time

import pytest
from test_foreign import BUILD, WRITE, run

MUZN = pathlib.Path(os.environ.get("MUZN_BINARY", BUILD / "check" / "muzn"))
LEAVES = pathlib.Path(os.environ.get("MUZN_TLOG_LEAVES", BUILD / "check" / "tlog_leaves"))


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


@pytest.mark.skipif(not os.environ.get("MUZN_LONG"), reason="MUZN_LONG=1: some minutes")
def test_a_million_entries(tmp_path):
    """All of it, and changed bytes anywhere."""
    log = tmp_path / "log"
    run(WRITE, log, 1_000_000)
    key = (log / "vkey").read_text()
    done = audit("verify", log, "--key", key, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["entries"] == 1_000_000
    seed = random.SystemRandom().randrange(1 << 31)
    print(f"seed {seed}")
    chance = random.Random(seed)
    files = sorted(path for path in (log / "tile").rglob("*") if path.is_file())
    for path in chance.sample(files, 5):
        good = path.read_bytes()
        at = chance.randrange(len(good))
        path.write_bytes(good[:at] + bytes([good[at] ^ 1 << chance.randrange(8)]) + good[at + 1:])
        done = audit("verify", log, "--key", key)
        # Of entries the tile of their hashes is told.
        told = str(path.relative_to(log)).replace("entries", "0")
        assert done.returncode == 1 and f"FAULT  {told}: " in done.stdout, path
        path.write_bytes(good)
    assert audit("verify", log, "--key", key).returncode == 0


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
    ["verify", "DIR", "--key", "KEY", "--policy", "x"], ["verify", "DIR", "--policy", "/none"],
    ["verify", "DIR", "--key", "KEY", "--what"], ["verify", "DIR", "DIR", "--key", "KEY"],
    ["verify", "DIR", "--key", "KEY", "--max-age", "x"],
    ["verify", "DIR", "--key", "KEY", "--timeout", "0"],
    ["verify", "DIR", "--key", "KEY", "--out", "x"],
    ["show", "DIR", "--key", "KEY", "--account", "x"], ["show", "DIR", "--key", "KEY", "--since", "x"],
    ["open", "0", "DIR", "--key", "KEY", "--name", "actor"],
    ["check", "DIR", "--key", "KEY"], ["watch", "DIR", "--key", "KEY"],
    ["watch", "DIR", "--key", "KEY", "--state", "/tmp/x", "--match", "x"],
    ["watch", "DIR", "--key", "KEY", "--state", "/tmp/x", "--interval", "0"],
    ["watch", "DIR", "--key", "KEY", "--state", "/tmp/x", "argument"],
    ["prove", "x", "DIR", "--key", "KEY"], ["prove", "DIR", "--key", "KEY"]])
def test_wrong_usage(log, key, words):
    words = [{"DIR": log, "KEY": key}.get(word, word) for word in words]
    assert audit(*words).returncode == 2


@pytest.mark.parametrize("words", [
    ["verify", "/does/not/exist"], ["verify", "http://127.0.0.1:1/"], ["verify", "http://x:y/"],
    ["show", "/does/not/exist"], ["prove", "0", "http://127.0.0.1:1/"],
    ["check", "/does/not/exist", "/neither"]])
def test_what_cannot_be_read(key, words):
    assert audit(*words, "--key", key).returncode == 3


# What follows has leaves in it.

def leaves(directory, size, **more):
    run(LEAVES, directory, size, *(f"{name}={number}" for name, number in more.items()))
    return directory


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return leaves(tmp_path_factory.mktemp("house") / "log", 600)


def on(log, *words):
    return audit(*words, "--policy", log / "policy")


def said(log):
    """What each entry is, as the tool that wrote them knows."""
    out = json.loads((log / "leaves.json").read_text())
    for one in out:
        one["json"] = json.loads(one["leaf"])
    return out


def test_rules(house):
    done = on(house, "verify", house, "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0 and report["ok"], done.stdout
    assert report["rules"]["entries"] == 600 and report["rules"]["unknown"] == {}
    assert "600 entries judged, 0 of a newer version" in on(house, "verify", house).stdout


def test_a_whole_and_signed_log_that_breaks_the_rules(tmp_path):
    log = leaves(tmp_path / "log", 300, bad=200)
    done = on(log, "verify", log)
    assert done.returncode == 1 and "FAULT  entry 200: its sequence is" in done.stdout
    report = json.loads(on(log, "verify", log, "--json").stdout)
    assert not report["ok"] and report["faults"] == []
    assert report["rules"]["faults"]["first"][0]["entry"] == 200


def test_a_log_that_says_another_state_than_its_leaves_add_up_to(house, tmp_path):
    states = [n for n, one in enumerate(said(house)) if one["json"]["kind"] == "state"]
    assert len(states) > 5
    log = leaves(tmp_path / "log", 600, state=states[3])
    done = on(log, "verify", log)
    assert done.returncode == 1 and "1 faults" in done.stdout
    assert f"FAULT  entry {states[3]}: state: it says that the state's hash is 000" in done.stdout
    report = json.loads(on(log, "verify", log, "--json").stdout)
    assert not report["ok"] and report["rules"]["faults"]["count"] == 1


def test_what_is_newer_is_told(tmp_path):
    log = leaves(tmp_path / "log", 40, newer=30)
    done = on(log, "verify", log)
    assert done.returncode == 0 and "NEWER  entry 30: " in done.stdout
    assert on(log, "verify", log, "--strict").returncode == 1


def test_a_foreign_log_has_no_rules(log, key):
    done = audit("verify", log, "--key", key)
    assert done.returncode == 0 and "rules of leaves were not applied" in done.stdout
    done = audit("verify", log, "--key", key, "--rules")
    assert done.returncode == 1 and "entry 0: no leaf" in done.stdout


def test_age(tmp_path):
    log = leaves(tmp_path / "log", 3, cosigned=int(time.time()) - 100)
    assert on(log, "verify", log).returncode == 0
    done = on(log, "verify", log, "--max-age", 50)
    assert done.returncode == 1 and "too old" in done.stdout
    assert on(log, "show", log, "--max-age", 50).returncode == 1


def shown(log, *words):
    done = on(log, "show", log, "--json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_show(house):
    all_leaves = [one["json"] for one in said(house)]
    assert [one["leaf"] for one in shown(house)] == all_leaves
    wanted = [n for n, leaf in enumerate(all_leaves) if leaf["kind"] == "create_key"]
    assert [one["index"] for one in shown(house, "--act", "create_key")] == wanted != []
    wanted = [n for n, leaf in enumerate(all_leaves) if leaf["class"] == "data" and n >= 300]
    assert [one["index"] for one in shown(house, "--class", "data", "--from", 300)] == wanted
    handle = next(leaf["account"] for leaf in reversed(all_leaves) if leaf["account"])
    wanted = [n for n, leaf in enumerate(all_leaves) if handle in
              (leaf["account"], leaf["facts"].get("actor", {}).get("account"))]
    assert [one["index"] for one in shown(house, "--account", handle[:8])] == wanted
    assert shown(house, "--since", "2100-01-01") == []
    lines = on(house, "show", house, "--act", "genesis").stdout.splitlines()
    assert len(lines) == 1 and "began an installation in the region us-east-1" in lines[0]


def test_nothing_is_shown_that_is_not_proved(house, tmp_path):
    log = shutil.copytree(house, tmp_path / "log")
    bundle = next((log / "tile/entries").glob("002.p/*"))
    bundle.write_bytes(bundle.read_bytes().replace(b'"s3"', b'"s4"'))
    done = on(log, "show", log)
    assert done.returncode == 1 and done.stdout == "" and "not those of the" in done.stderr


def test_prove_and_check_offline(house, tmp_path):
    proof, leaf = tmp_path / "proof", tmp_path / "leaf"
    done = on(house, "prove", 300, house, "--out", proof, "--leaf", leaf)
    assert done.returncode == 0 and done.stdout == "", done.stderr
    assert leaf.read_text() == said(house)[300]["leaf"]
    done = on(house, "check", proof, leaf)
    assert done.returncode == 0 and done.stdout.startswith("proved: it is entry 300 of "), done.stderr
    leaf.write_bytes(leaf.read_bytes() + b"\n")
    assert on(house, "check", proof, leaf).returncode == 1
    proof.write_text(proof.read_text().replace("index 300", "index 301"))
    assert on(house, "check", proof, leaf).returncode == 1
    proof.write_text("no proof")
    assert on(house, "check", proof, leaf).returncode == 1


def test_open(house, tmp_path):
    entries = said(house)
    index = next(n for n, one in enumerate(entries) if "user_name" in one["hidden"])
    hidden = entries[index]["hidden"]["user_name"]
    words = ["open", index, house, "--name", "user_name", "--salt", hidden["salt"]]
    done = on(house, *words, "--value", hidden["value"])
    assert done.returncode == 0 and "\nyes: " in done.stdout, done.stderr
    done = on(house, *words, "--value", hidden["value"] + "x")
    assert done.returncode == 1 and "\nno: " in done.stdout
    (tmp_path / "value").write_text(hidden["value"])
    assert on(house, *words, "--value-file", tmp_path / "value").returncode == 0
    words[4] = "actor"
    assert on(house, *words, "--value", hidden["value"]).returncode == 1
    words[4] = "nothing"
    assert on(house, *words, "--value", hidden["value"]).returncode == 2
