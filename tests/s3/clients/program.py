"""Where the clients under test are, and what may be missing."""
import pathlib
import shutil

import pytest

from server import ROOT

MADE = ROOT / "build" / "clients"  # by scripts/client-env
SKIPPABLE = {tuple(line.split()[:2]) for line in
             pathlib.Path(__file__).with_name("skippable.txt").read_text().splitlines()
             if line.strip() and not line.startswith("#")}


def absent(name, facility, reason):
    """Ends the test of a client that this machine cannot run: skipped if skippable.txt allows it."""
    if (name, facility) in SKIPPABLE:
        pytest.skip(f"{name}: no {facility} (skippable.txt): {reason.strip()}")
    raise AssertionError(f"{name}: {reason}")


def client(name, *candidates):
    """The path of a program that a Debian package brings."""
    for candidate in candidates or (name,):
        if found := shutil.which(candidate):
            return found
    return absent(name, "package", f"{name} is not installed; scripts/deps test installs it")


def made(name):
    """The path of what scripts/client-env made: a program, or a folder with jars and classes."""
    missing = MADE / f"{name}.missing"
    if missing.is_file():
        absent(name, "registry", missing.read_text())
    assert (MADE / name).exists(), f"scripts/client-env {name} was not run"
    return MADE / name


def java(name, *arguments):
    """The command that runs a class of a client in Java."""
    home = made(name)
    return [client("java"), "-cp", f"{home / 'classes'}:{home / 'jars'}/*", *arguments]
