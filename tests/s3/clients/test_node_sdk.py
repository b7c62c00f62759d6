import tree
from program import client
from server import ROOT


def test_round_trip(server, source, run, name, tmp_path):
    program = client("node")
    script = ROOT / "build" / "node" / "roundtrip.mjs"
    assert script.is_file(), "scripts/node-env was not run"
    said = run(program, script, server.endpoint, name, source.tree, tmp_path / "back",
               source.large)
    assert said == f"{tree.FILES} files\n"
    tree.same(tmp_path / "back", source.digests)
    assert tree.digest(tmp_path / "large") == source.large_digest
