"""Stores that older builds wrote (tests/golden) open with this one, whole; a newer one is refused
and left as it is."""
import json
import pathlib
import sys
import tarfile

import pytest

from server import Server, muzn

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))

import contents  # noqa: E402
from sdk import s3_client  # noqa: E402
from sigv4 import Keys  # noqa: E402

FORMATS = sorted(path.parent.name for path in GOLDEN.glob("*/manifest.json"))


def unpack(name, target):
    with tarfile.open(GOLDEN / name / "store.tar.xz") as packed:
        packed.extractall(target)
    target.chmod(0o700)
    return target


def manifest(name):
    """(keys, what observe() saw)"""
    kept = json.loads((GOLDEN / name / "manifest.json").read_text())
    return kept["keys"], kept["seen"]


@pytest.fixture(params=FORMATS)
def store(request, tmp_path):
    """(name, a copy to spoil)"""
    return request.param, unpack(request.param, tmp_path / "data")


def check(data):
    done = muzn("engine", "check", "--data", str(data), "--json", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def tree(data):
    return {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*")
            if path.is_file()}


def bytes_of(bucket):
    if bucket.get("versions"):
        return sum(one["Size"] for one in bucket["versions"]["versions"])
    return sum(one["size"] for one in bucket["objects"].values())


def test_there_is_a_golden_store():
    assert "1" in FORMATS


def test_an_old_store_holds_what_it_held(store):
    name, data = store
    keys, kept = manifest(name)
    report = check(data)
    buckets = kept["buckets"].values()
    assert report["objects"] == sum(len(bucket["objects"]) for bucket in buckets)
    assert report["bytes"] == sum(map(bytes_of, buckets))
    # What fill() replaced, deleted and left half done.
    assert report["garbage_rows"] >= 5
    with Server(data=data, keys=None) as server:
        assert contents.same(kept, contents.observe(server, keys)) == []
        server.stop()
        # The same after what a start and its sweep changed.
        assert check(data)["error_count"] == 0
        server.start()
        assert contents.same(kept, contents.observe(server, keys)) == []


def test_an_old_store_can_be_written(store):
    name, data = store
    _, kept = manifest(name)
    with Server(data=data, keys=None) as server:
        s3 = s3_client(server)
        for bucket in ("plain", "parts"):
            for key in kept["buckets"][bucket]["objects"]:
                s3.put_object(Bucket=bucket, Key=key, Body=b"new")
                assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"new"
                s3.delete_object(Bucket=bucket, Key=key)
        one = next(u for u in kept["buckets"]["parts"]["uploads"] if u["parts"])
        s3.complete_multipart_upload(
            Bucket="parts", Key=one["key"], UploadId=one["id"], MultipartUpload={"Parts": [
                {"PartNumber": p["PartNumber"], "ETag": p["ETag"]} for p in one["parts"][:2]]})
        assert s3.get_object(Bucket="parts", Key=one["key"])["Body"].read().startswith(
            b"large part line 0\n")
        server.stop()
        assert check(data)["error_count"] == 0


def test_its_log_goes_on(store, tmp_path):
    """Whoever kept a checkpoint of then finds its tree in the log of now; accounts' logs, too."""
    name, data = store
    kept = json.loads((GOLDEN / name / "manifest.json").read_text())
    with Server(data=data, keys=None) as server:
        log = f"{server.endpoint}/-/log"
        (tmp_path / "policy").write_text(contents.page(server, "policy"))
        policy = ["--policy", tmp_path / "policy", "--json"]
        earlier = []
        if "checkpoint" in kept:
            (tmp_path / "earlier").write_text(kept["checkpoint"])
            earlier = ["--earlier", tmp_path / "earlier"]
        done = muzn("audit", "verify", log, *policy, *earlier, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads(done.stdout)
        assert report["rules"]["entries"] == report["entries"]
        assert set(report["rules"]["declared"]) >= {"software", "exclusions", "witness_policy"}
        if "checkpoint" not in kept:
            return
        root = Keys(*kept["keys"]["acme"])
        account = next(one["account"]["id"] for one in kept["seen"]["accounts"]
                       if one["account"]["display_name"] == "acme")
        done = muzn("audit", "verify", f"{log}/private/{account}", "--within", log, *policy,
                    keys=root, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["vouched"] > 0
        # What a trail could not deliver then still waits.
        assert server.metrics()["muzn_trail_events_waiting"] > 0


@pytest.mark.parametrize("half", ["rows", "blobs"])
def test_a_newer_store_is_refused_and_left_as_it_is(store, half):
    _, data = store
    (data / half / "format").write_text(f"muzn {half} 99\nwith more to say\n")
    before = tree(data)
    for command in (("server", "--listen", "127.0.0.1:0", "--data", str(data)),
                    ("engine", "check", "--data", str(data)),
                    ("engine", "stat", "--data", str(data))):
        done = muzn(*command, check=False)
        assert done.returncode != 0, done.stdout
        said = done.stdout + done.stderr
        assert f"muzn {half} 99" in said and "format that this version does not know" in said
        assert tree(data) == before, command
