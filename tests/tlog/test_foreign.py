"""Logs that we wrote, verified by programs that we did not: Go's sumdb packages, npm's
@sigstore/verify, openssl. Each must accept the whole log, and notice every changed byte of what it
covers. MUZN_LONG=1 adds a log of a million entries."""
import base64
import os
import pathlib
import random
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build"
WRITE = pathlib.Path(os.environ.get("MUZN_TLOG_WRITE", BUILD / "check" / "tlog_write"))
GOPATH = "/usr/share/gocode"  # Debian's packages of Go sources
SMALL = [0, 1, 255, 256, 257]
LARGE = [65_535, 65_536, 70_000]
LONG = [1_000_000] if os.environ.get("MUZN_LONG") else []


def run(*command, **kwargs):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=280, check=False, **kwargs)
    assert done.returncode == 0, f"{command[:3]}: {done.stdout[-1000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def logs(tmp_path_factory):
    """Directories by size, made when they are asked for."""
    root = tmp_path_factory.mktemp("logs")

    def log(size):
        directory = root / str(size)
        if not directory.exists():
            run(WRITE, directory, size)
        return directory
    return log


@pytest.fixture(scope="session")
def verify(tmp_path_factory):
    directory = tmp_path_factory.mktemp("go")
    run("go", "build", "-o", directory / "verify", HERE / "verify.go",
        env={**os.environ, "GO111MODULE": "off", "GOPATH": GOPATH, "GOFLAGS": "",
             "GOCACHE": os.environ.get("GOCACHE", str(BUILD / "go-cache"))})
    return directory / "verify"


def test_golden_files(logs):
    """The example of c2sp.org/tlog-tiles: what a tree of 70,000 entries consists of."""
    directory = logs(70_000)
    names = {str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file()}
    wanted = {"checkpoint", "vkey", "proofs.json", "tile/0/273.p/112", "tile/entries/273.p/112",
              "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"}
    wanted |= {f"tile/{kind}/{n:03}" for kind in ("0", "entries") for n in range(273)}
    assert names == wanted
    assert (directory / "tile/1/000").stat().st_size == 8192
    assert (directory / "tile/1/001.p/17").stat().st_size == 17 * 32


@pytest.mark.parametrize("size", SMALL + LARGE + LONG)
def test_go(logs, verify, size):
    assert run(verify, logs(size)).startswith(f"{size} entries")


@pytest.mark.parametrize("size", SMALL)
def test_go_notices_every_changed_byte(logs, verify, size):
    said = run(verify, logs(size), "flip", 0, 0)
    assert int(said.split()[5]) > 0


@pytest.mark.parametrize("size", LARGE + LONG)
def test_go_notices_changes_of_large_logs(logs, verify, size):
    seed = random.SystemRandom().randrange(1 << 31)
    print(f"seed {seed}")
    assert run(verify, logs(size), "flip", 1000, seed).endswith("1000 changes noticed\n")


@pytest.mark.parametrize("size", [size for size in SMALL + LARGE + LONG if size > 0])
def test_sigstore(logs, size):
    said = run("node", HERE / "inclusion.mjs", BUILD / "node", logs(size))
    assert said.startswith("16 proofs")
    assert int(said.split()[2]) > 0


def openssl(checkpoint, vkey):
    return subprocess.run([HERE / "signature.sh", checkpoint, vkey], capture_output=True,
                          timeout=60, check=False).returncode == 0


@pytest.mark.parametrize("size", SMALL + LARGE + LONG)
def test_openssl(logs, size):
    assert openssl(logs(size) / "checkpoint", logs(size) / "vkey")


def meaning(note):
    """What openssl is given of a note: text and signature."""
    text, _, rest = note.partition(b"\n\n")
    words = rest.split(b" ")
    try:
        return text, base64.b64decode(words[2].strip(), validate=True)[4:]
    except (ValueError, IndexError):
        return text, None


def test_openssl_notices_every_changed_byte(logs, tmp_path):
    note = (logs(257) / "checkpoint").read_bytes()
    missed = []
    for at in range(len(note)):
        other = bytearray(note)
        other[at] ^= 1 << at % 8
        # It is given no name and no key id.
        if meaning(bytes(other)) == meaning(note):
            continue
        (tmp_path / "checkpoint").write_bytes(other)
        if openssl(tmp_path / "checkpoint", logs(257) / "vkey"):
            missed.append(at)
    assert missed == []
