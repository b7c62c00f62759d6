"""A server with blobs on several disks: where objects land, and what one dead disk takes along."""
import json
import os
import pathlib
import time

import pytest

from sdk import code_of, s3_client
from server import Server, muzn

BODY = os.urandom(50_000)
KEYS = [f"object {number}" for number in range(40)]


def volume_of(path):
    """The number that the name of a blob's file begins with."""
    return int(path.name[:2], 16)


def blobs_in(directory):
    return [path for path in pathlib.Path(directory, "blobs").rglob("*")
            if path.is_file() and path.name != "format"]


@pytest.fixture
def disks(tmp_path):
    out = [tmp_path / "disk1", tmp_path / "disk2"]
    for disk in out:
        disk.mkdir()
    (out[0] / "lost+found").mkdir()
    return out


def flags(disks):
    return [word for disk in disks for word in ("--blob-dir", str(disk))]


@pytest.fixture
def filled(disks):
    """A server that stored KEYS over the main directory and two disks, and was stopped."""
    server = Server(args=[*flags(disks), "--sweep-seconds", "1"])
    try:
        server.start()
        s3 = s3_client(server)
        s3.create_bucket(Bucket="bucket")
        for key in KEYS:
            s3.put_object(Bucket="bucket", Key=key, Body=BODY)
        server.stop()
        yield server
    finally:
        server.remove()


def readable(s3, keys=KEYS):
    """Keys that answer with their bytes; all others must answer 503."""
    good = set()
    for key in keys:
        try:
            assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == BODY
            good.add(key)
        except s3.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503, error
            assert error.response["Error"]["Code"] == "ServiceUnavailable"
    return good


def by_volume(server, name):
    metrics = server.metrics()
    return [metrics[f'{name}{{volume="{number}"}}'] for number in range(3)]


def check(server, status):
    done = muzn("engine", "check", "--data", server.data, "--json", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_objects_land_on_every_disk_and_are_found_again(filled, disks):
    for number, directory in enumerate([filled.data, *disks]):
        files = blobs_in(directory)
        assert files and {volume_of(path) for path in files} == {number}
    assert sum(len(blobs_in(d)) for d in [filled.data, *disks]) == len(KEYS)
    filled.args = ["--blob-dir", str(disks[1])]  # the other is found where it was
    filled.start()
    assert readable(s3_client(filled)) == set(KEYS)
    assert by_volume(filled, "muzn_volume_up") == [1, 1, 1]
    assert by_volume(filled, "muzn_volume_writable") == [1, 1, 1]
    assert sum(by_volume(filled, "muzn_volume_read_bytes_total")) == len(KEYS) * len(BODY)
    assert filled.metrics()["muzn_engine_blob_read_bytes_total"] == len(KEYS) * len(BODY)
    assert all(free > 0 for free in by_volume(filled, "muzn_volume_free_bytes"))
    filled.stop()
    assert check(filled, 0)["blobs"] == len(KEYS)
    report = json.loads(muzn("engine", "stat", "--data", filled.data, "--json").stdout)
    assert [v["path"] for v in report["volumes"][1:]] == [str(disk) for disk in disks]
    assert sum(v["blobs"] for v in report["volumes"]) == len(KEYS)
    assert all(v["up"] and v["free_bytes"] > 0 for v in report["volumes"])
    assert str(disks[0]) in muzn("engine", "stat", "--data", filled.data).stdout


def test_the_configuration_names_them_in_every_form(disks, tmp_path):
    file = tmp_path / "muzn.toml"
    file.write_text(f'blob_dir = ["{disks[0]}", "{disks[1]}"]\n')
    with Server(args=["--config", str(file)]) as server:
        assert by_volume(server, "muzn_volume_up") == [1, 1, 1]
    for disk in disks:
        for left in ("volume", "blobs/format"):
            (disk / left).unlink()
        (disk / "blobs").rmdir()
    with Server(environment={"MUZN_BLOB_DIR": ",".join(map(str, disks))}) as server:
        assert by_volume(server, "muzn_volume_up") == [1, 1, 1]


@pytest.mark.parametrize("how", ["gone", "an empty mount point"])
def test_a_dead_disk_takes_its_own_objects_only(filled, disks, how):
    aside = disks[0].with_name("taken out")
    disks[0].rename(aside)
    if how != "gone":
        disks[0].mkdir()
    filled.start()
    s3 = s3_client(filled)
    assert by_volume(filled, "muzn_volume_up") == [1, 0, 1]
    assert by_volume(filled, "muzn_volume_writable") == [1, 0, 1]
    wire = filled.wire()
    assert wire.request("GET", "/-/health/ready").status == 200
    good = readable(s3)
    lost = sorted(set(KEYS) - good)
    assert len(lost) == len(blobs_in(aside)) > 0 and good
    assert len(s3.list_objects_v2(Bucket="bucket")["Contents"]) == len(KEYS)
    assert s3.head_object(Bucket="bucket", Key=lost[0])["ContentLength"] == len(BODY)
    assert code_of(s3.copy_object, Bucket="bucket", Key="copy", CopySource={
        "Bucket": "bucket", "Key": lost[0]}) == (503, "ServiceUnavailable")
    new = [f"new {number}" for number in range(20)]
    for key in new:
        s3.put_object(Bucket="bucket", Key=key, Body=BODY)
    assert readable(s3, new) == set(new)
    # Removed and replaced: what lay on the dead disk waits for it.
    s3.delete_object(Bucket="bucket", Key=lost[0])
    s3.put_object(Bucket="bucket", Key=lost[1], Body=BODY)
    assert code_of(s3.get_object, Bucket="bucket", Key=lost[0]) == (404, "NoSuchKey")
    assert readable(s3, [lost[1]]) == {lost[1]}
    filled.stop()
    assert "a volume is down" in filled.log()
    if how != "gone":
        assert list(disks[0].iterdir()) == [], "nothing may be made on a mount point"
    report = check(filled, 1)
    named = {error["key"] for error in report["errors"]}
    assert named == set(lost[2:]) | {""}
    assert f"{len(lost) - 2} blobs" in json.dumps(report["errors"])
    stat = json.loads(muzn("engine", "stat", "--data", filled.data, "--json").stdout)
    assert [v["up"] for v in stat["volumes"]] == [True, False, True]
    if how != "gone":
        disks[0].rmdir()
    aside.rename(disks[0])
    filled.start()
    assert readable(s3_client(filled), [*sorted(good), *lost[1:], *new]) == {*good, *lost[1:], *new}
    filled.stop()
    assert check(filled, 0)["error_count"] == 0


def test_what_was_pending_on_a_dead_disk_is_swept_when_it_is_back(filled, disks):
    """An upload that was never ended, whose parts lie on both: aborted while one disk is out."""
    filled.start()
    s3 = s3_client(filled)
    upload = {"Bucket": "bucket", "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    for number in range(1, 30):
        s3.upload_part(**upload, PartNumber=number, Body=BODY)
    filled.stop()
    aside = disks[0].with_name("taken out")
    disks[0].rename(aside)
    before = len(blobs_in(aside))
    filled.start()
    s3_client(filled).abort_multipart_upload(**upload)
    deadline = time.monotonic() + 30
    while "sweep failed" not in filled.log():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    filled.stop()
    assert len(blobs_in(aside)) == before
    aside.rename(disks[0])
    filled.start()
    while sum(len(blobs_in(d)) for d in [filled.data, *disks]) > len(KEYS):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert readable(s3_client(filled)) == set(KEYS)
    filled.stop()
    report = check(filled, 0)
    assert report["error_count"] == 0 and report["warning_count"] == 0


def test_swapped_disks_are_not_confused(filled, disks):
    aside = disks[0].with_name("aside")
    disks[0].rename(aside)
    disks[1].rename(disks[0])
    aside.rename(disks[1])
    assert check(filled, 0)["error_count"] == 0
    filled.start()
    assert readable(s3_client(filled)) == set(KEYS)
    assert by_volume(filled, "muzn_volume_up") == [1, 1, 1]
    filled.stop()
    # Another store's disk in the place of one of ours is not ours.
    other = Server(args=["--blob-dir", str(disks[0].with_name("foreign"))])
    disks[0].with_name("foreign").mkdir()
    other.start()
    other.stop()
    other.remove()
    disks[0].rename(disks[0].with_name("aside"))
    disks[0].with_name("foreign").rename(disks[0])
    filled.start()
    assert by_volume(filled, "muzn_volume_up").count(0) == 1
    assert 0 < len(readable(s3_client(filled))) < len(KEYS)


def refusal(server):
    with pytest.raises(AssertionError) as caught:
        server.start()
    server.process = None
    return str(caught.value)


def test_what_a_person_has_to_look_at_is_refused(filled, disks, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("somebody's")
    filled.args = [*flags(disks), "--blob-dir", str(tmp_path / "full")]
    assert "only an empty directory" in refusal(filled)
    filled.args = ["--blob-dir", str(tmp_path / "nothing")]
    assert "nothing" in refusal(filled) and not (tmp_path / "nothing").exists()
    other = Server(args=flags(disks))
    assert "volume of another store" in refusal(other)
    other.remove()
    registry = pathlib.Path(filled.data, "volumes")
    good = registry.read_bytes()
    registry.write_bytes(good.replace(b"member", b"mumber"))
    filled.args = flags(disks)
    assert "checksum" in refusal(filled)
    registry.write_bytes(good)
    filled.start()
    assert readable(s3_client(filled)) == set(KEYS)
    done = muzn("engine", "check", "--data", filled.data, check=False)
    assert done.returncode == 2


def test_a_killed_server_leaves_nothing_wrong_on_any_disk(filled, disks):
    """kill -9 with two disks: everything acknowledged is there, and check is content."""
    filled.start()
    s3 = s3_client(filled)
    more = [f"more {number}" for number in range(30)]
    for key in more:
        s3.put_object(Bucket="bucket", Key=key, Body=BODY)
    filled.kill()
    assert check(filled, 0)["error_count"] == 0
    filled.start()
    assert readable(s3_client(filled), KEYS + more) == set(KEYS + more)
