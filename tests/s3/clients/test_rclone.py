"""rclone with its provider Other and every default of it: the only quirk it needs is path style."""
import json

import pytest

import tree
from program import client

CONTROLS = [chr(code) for code in [*range(1, 32), 127]]
NO_RETRY = ["--retries", "1", "--low-level-retries", "1"]
# What no remote of rclone may have in a name; it does not even try them.
NEVER = ["'/'", "'\\x00'"]


@pytest.fixture
def rclone(server, run):
    program = client("rclone")

    def call(*words):
        return run(program, "--config", "/dev/null", "--transfers", "8", "--checkers", "8",
                   "--no-unicode-normalization",  # the tree has both forms of one name
                   "--s3-provider", "Other", "--s3-env-auth", "--s3-endpoint", server.endpoint,
                   *words)
    return call


def test_round_trip(rclone, source, name, tmp_path):
    rclone("mkdir", f":s3:{name}", *NO_RETRY)
    rclone("sync", source.tree, f":s3:{name}/tree", *NO_RETRY)
    rclone("check", "--download", source.tree, f":s3:{name}/tree", *NO_RETRY)
    rclone("sync", f":s3:{name}/tree", tmp_path / "back", *NO_RETRY)
    tree.same(tmp_path / "back", source.digests)
    rclone("copyto", source.large, f":s3:{name}/whole", *NO_RETRY)
    rclone("copyto", source.large, f":s3:{name}/large", "--s3-chunk-size", "8Mi",
           "--s3-upload-cutoff", "8Mi", *NO_RETRY)
    rclone("copyto", f":s3:{name}/large", f":s3:{name}/copy", *NO_RETRY)  # on the server
    rclone("copyto", f":s3:{name}/copy", tmp_path / "large", *NO_RETRY)
    assert tree.digest(tmp_path / "large") == source.large_digest
    rclone("purge", f":s3:{name}")


def test_control_characters(rclone, name, tmp_path):
    """XML 1.0 has none of them. rclone learns that from a listing that its parser refuses, and asks
    again for keys that are percent-encoded; without NO_RETRY its SDK tries ten times before."""
    odd = tmp_path / "odd"
    for number, control in enumerate(CONTROLS):
        folder = odd / f"folder%0{control}"
        folder.mkdir(parents=True, exist_ok=True)
        (odd / f"in{control}the middle").write_bytes(bytes([number]))
        (odd / f"last %01{control}").write_bytes(bytes([number]))
        (odd / f"{control}first").write_bytes(bytes([number]))
    (odd / "folder%0\x01" / "within").write_bytes(b"a folder")
    rclone("mkdir", f":s3:{name}")
    rclone("sync", odd, f":s3:{name}/odd", *NO_RETRY)
    rclone("check", "--download", odd, f":s3:{name}/odd", *NO_RETRY)
    rclone("sync", f":s3:{name}/odd", tmp_path / "back", *NO_RETRY)
    tree.same(tmp_path / "back", tree.scan(odd))


def test_info(rclone, name, tmp_path):
    """What rclone finds out about a remote: no character that it must encode."""
    rclone("mkdir", f":s3:{name}")
    said = rclone("test", "info", "--all", "--write-json", tmp_path / "found", f":s3:{name}/info",
                  *NO_RETRY)
    escaped = said.partition("stringNeedsEscaping = []rune{")[2].partition("}")[0]
    assert escaped.strip().split(", ") == NEVER
    found = json.loads((tmp_path / "found").read_text())
    for character, result in found["ControlCharacters"].items():
        assert not result["WriteError"] and not result["GetError"], (character, result)
        # Within rclone itself a control character has another name.
        seen = "renamed" if character in CONTROLS else "present"
        assert set(result["InList"].values()) == {seen}, (character, result)
    assert found["MaxFileLength"] == 1024 - len("info/")
    assert found["CanStream"] and found["CanWriteUnnormalized"] and found["CanReadUnnormalized"]
    assert not found["CanReadRenormalized"]


def test_made_files(rclone, name, tmp_path):
    """Its own random hierarchy, and its own readers of a remote."""
    made = tmp_path / "made"
    rclone("test", "makefiles", made, "--files", "300", "--files-per-directory", "10",
           "--max-file-size", "20Ki", "--seed", "1")
    rclone("sync", made, f":s3:{name}/made")  # makes the bucket
    rclone("check", "--download", made, f":s3:{name}/made")
    files = len(tree.scan(made))
    assert len(rclone("lsf", "--recursive", "--files-only", f":s3:{name}").splitlines()) == files
    assert rclone("test", "histogram", f":s3:{name}")
    rclone("test", "memory", f":s3:{name}")
    rclone("move", f":s3:{name}/made", f":s3:{name}/moved")  # by copies on the server
    rclone("sync", f":s3:{name}/moved", tmp_path / "back")
    tree.same(tmp_path / "back", tree.scan(made))
