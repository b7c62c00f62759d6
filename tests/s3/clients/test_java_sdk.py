import tree
from program import java


def test_round_trip(server, source, run, name, tmp_path):
    said = run(*java("java-sdk", "RoundTrip"), server.endpoint, name, source.tree,
               tmp_path / "back", source.large, AWS_REGION="us-east-1")
    assert said == f"{tree.FILES} files\n"
    tree.same(tmp_path / "back", source.digests)
    assert tree.digest(tmp_path / "large") == source.large_digest
