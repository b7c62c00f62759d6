"""MinIO's client."""
import json
import urllib.request

import pytest

import tree
from program import made

pytestmark = pytest.mark.long


@pytest.fixture
def mc(server, run, tmp_path):
    program = made("mc")

    def call(*words):
        return run(program, "--quiet", "--config-dir", tmp_path / "mc", *words)
    call("alias", "set", "muzn", server.endpoint, server.keys.access, server.keys.secret,
         "--api", "S3v4", "--path", "on")
    return call


def lines(said):
    return [json.loads(line) for line in said.splitlines()]


def test_round_trip(mc, source, name, tmp_path):
    bucket = f"muzn/{name}"
    mc("mb", bucket)
    mc("mirror", source.tree, f"{bucket}/tree")
    assert mc("diff", source.tree, f"{bucket}/tree") == ""
    assert len(lines(mc("ls", "--recursive", "--json", f"{bucket}/tree"))) == tree.FILES
    mc("mirror", f"{bucket}/tree", tmp_path / "back")
    tree.same(tmp_path / "back", source.digests)

    mc("cp", "--attr", "Cache-Control=max-age=90;colour=ä blue", "--tags", "kind=large&of=test",
       source.large, f"{bucket}/large")
    found, = lines(mc("stat", "--json", f"{bucket}/large"))
    assert found["size"] == tree.LARGE
    assert found["metadata"]["Cache-Control"] == "max-age=90"
    assert found["metadata"]["X-Amz-Meta-Colour"] == "ä blue"
    tags, = lines(mc("tag", "list", "--json", f"{bucket}/large"))
    assert tags["tagset"] == {"kind": "large", "of": "test"}
    mc("cp", f"{bucket}/large", f"{bucket}/copy")  # on the server
    mc("mv", f"{bucket}/copy", f"{bucket}/moved")
    mc("cp", f"{bucket}/moved", tmp_path / "large")
    assert tree.digest(tmp_path / "large") == source.large_digest
    url = lines(mc("share", "download", "--json", f"{bucket}/moved"))[0]["share"]
    with urllib.request.urlopen(url, timeout=60) as answer:
        assert answer.read() == source.large.read_bytes()
    found, = lines(mc("du", "--json", f"{bucket}/tree"))
    assert found["objects"] == tree.FILES
    mc("rm", "--recursive", "--force", f"{bucket}/tree")
    assert {e["key"] for e in lines(mc("ls", "--json", bucket))} == {"large", "moved"}
    mc("rb", "--force", bucket)
    assert name not in mc("ls", "muzn")


def test_versions_and_locks(mc, name, tmp_path):
    bucket = f"muzn/{name}"
    mc("mb", "--with-lock", bucket)
    file = tmp_path / "file"
    for text in ("older", "newer"):
        file.write_text(text)
        mc("cp", file, f"{bucket}/key")
    mc("rm", f"{bucket}/key")
    found = lines(mc("ls", "--versions", "--json", bucket))
    assert [v.get("isDeleteMarker", False) for v in found] == [True, False, False], found
    older = found[2]["versionId"]
    assert mc("cat", "--version-id", older, f"{bucket}/key") == "older"
    mc("undo", "--force", f"{bucket}/key")  # the delete marker
    assert mc("cat", f"{bucket}/key") == "newer"

    mc("legalhold", "set", "--version-id", older, f"{bucket}/key")
    held, = lines(mc("legalhold", "info", "--json", "--version-id", older, f"{bucket}/key"))
    assert held["legalhold"] == "ON"
    refused(mc, "rm", "--version-id", older, f"{bucket}/key")
    mc("legalhold", "clear", "--version-id", older, f"{bucket}/key")
    mc("retention", "set", "--version-id", older, "governance", "1d", f"{bucket}/key")
    kept, = lines(mc("retention", "info", "--json", "--version-id", older, f"{bucket}/key"))
    assert kept["mode"] == "GOVERNANCE"
    refused(mc, "rm", "--version-id", older, f"{bucket}/key")
    mc("retention", "set", "--default", "governance", "2d", bucket)
    kept, = lines(mc("retention", "info", "--default", "--json", bucket))
    assert (kept["mode"], kept["validity"]) == ("GOVERNANCE", "2DAYS")
    assert mc("cat", "--version-id", older, f"{bucket}/key") == "older"
    mc("rm", "--versions", "--recursive", "--force", "--bypass", bucket)
    mc("rb", bucket)


def refused(mc, *words):
    with pytest.raises(AssertionError, match="WORM|AccessDenied|Access Denied|locked|protected"):
        mc(*words)
