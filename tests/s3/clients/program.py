"""Where the clients under test are."""
import pathlib
import shutil

import pytest

SKIPPABLE = {line.strip() for line in
             pathlib.Path(__file__).with_name("skippable.txt").read_text().splitlines()
             if line.strip() and not line.startswith("#")}


def client(name, *candidates):
    """The program's path. A client that is not there fails its test unless skippable.txt allows."""
    for candidate in candidates or (name,):
        if found := shutil.which(candidate):
            return found
    if name in SKIPPABLE:
        pytest.skip(f"{name} is not installed (skippable.txt)")
    raise AssertionError(f"{name} is not installed; scripts/deps test installs it")
