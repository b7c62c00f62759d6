"""`muzn engine check` and `stat`: a stopped server's directory, good and then damaged."""
import json
import os
import pathlib
import shutil

import pytest

from sdk import s3_client
from server import Server, muzn

INLINE, BLOB, PART = b"small", os.urandom(300_000), os.urandom(5 << 20)


def fill(server):
    s3 = s3_client(server)
    s3.create_bucket(Bucket="first")
    s3.create_bucket(Bucket="second")
    s3.put_object(Bucket="first", Key="inline", Body=INLINE)
    s3.put_object(Bucket="first", Key="dir/blob", Body=BLOB, ChecksumAlgorithm="SHA256")
    for bucket, key, complete in (("second", "multipart", True), ("second", "under way", False)):
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        parts = [{"PartNumber": number, "ETag": s3.upload_part(
            Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body)["ETag"]}
            for number, body in ((1, PART), (2, BLOB))]
        if complete:
            s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload,
                                         MultipartUpload={"Parts": parts})
    s3.put_object(Bucket="second", Key="replaced", Body=BLOB)
    s3.put_object(Bucket="second", Key="replaced", Body=INLINE)
    s3.put_object(Bucket="second", Key="deleted", Body=INLINE)
    s3.delete_object(Bucket="second", Key="deleted")


@pytest.fixture(scope="module")
def kept():
    """A data directory of a server that stopped; no test changes it."""
    with Server() as server:
        fill(server)
        server.stop()
        yield server.data


@pytest.fixture
def data(kept, tmp_path):
    shutil.copytree(kept, tmp_path / "data")
    return tmp_path / "data"


def check(data, *flags, status):
    done = muzn("engine", "check", "--data", str(data), "--json", *flags, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def blob_of(data, content):
    """The file that begins with these bytes, of those that are needed (not the replaced one)."""
    found = [path for path in pathlib.Path(data, "blobs").rglob("*")
             if path.is_file() and path.read_bytes().startswith(content[:1000])]
    assert found
    return found


def tree(data):
    return {str(path): path.read_bytes() for path in pathlib.Path(data).rglob("*")
            if path.is_file()}


def test_a_good_store_is_clean_and_stays_as_it_is(kept):
    before = tree(kept)
    report = check(kept, status=0)
    assert report["errors"] == [] and report["warnings"] == []
    assert (report["buckets"], report["objects"], report["versions"]) == (2, 4, 4)
    assert report["bytes"] == 2 * len(INLINE) + len(BLOB) + len(PART) + len(BLOB)
    assert report["bytes_read"] == report["live_blob_bytes"] == 3 * len(BLOB) + 2 * len(PART)
    assert report["blobs"] == 6 and report["live_blobs"] == 5 and report["garbage_rows"] == 1
    assert check(kept, "--no-bytes", status=0)["bytes_read"] == 0
    text = muzn("engine", "check", "--data", kept, "--progress").stdout
    assert "2 buckets, 4 objects" in text and "0 errors, 0 warnings" in text
    assert tree(kept) == before


def test_stat_tells_what_was_stored(kept):
    report = json.loads(muzn("engine", "stat", "--data", kept, "--json").stdout)
    by_name = {bucket["name"]: bucket for bucket in report["buckets"]}
    assert by_name["first"]["objects"] == 2
    assert by_name["first"]["bytes"] == len(INLINE) + len(BLOB)
    assert by_name["second"]["objects"] == 2 and by_name["second"]["uploads"] == 1
    assert by_name["second"]["bytes"] == len(INLINE) + len(PART) + len(BLOB)
    files = [path for path in pathlib.Path(kept, "blobs").rglob("*")
             if path.is_file() and path.name != "format"]
    assert report["blobs"] == len(files)
    assert report["blob_bytes"] == sum(path.stat().st_size for path in files)
    assert report["live_ratio"] == pytest.approx(report["live_blob_bytes"] / report["blob_bytes"])
    assert report["format"] == 1 and report["node_epoch"] == 1
    assert report["rows_bytes"] > 0 and report["free_bytes"] > 0 and report["error_count"] == 0
    text = muzn("engine", "stat", "--data", kept).stdout
    assert "first" in text and "live" in text


@pytest.mark.parametrize("at", [0, 70_000, 299_999, -1, -70])
def test_a_flipped_byte_is_found_and_named(data, at):
    for path in blob_of(data, BLOB):
        spoiled = bytearray(path.read_bytes())
        spoiled[at] ^= 1
        path.write_bytes(spoiled)
    report = check(data, status=1)
    named = {(error["bucket"], error["key"]) for error in report["errors"]}
    assert named == {("first", "dir/blob"), ("second", "multipart"), ("second", "under way")}
    assert report["error_count"] == 3 and report["objects"] == 4
    # Without reading, only damage of the footer shows.
    check(data, "--no-bytes", status=0 if at >= 0 else 1)


def test_a_lost_blob_is_found_and_named(data):
    for path in blob_of(data, PART):
        path.unlink()
    done = muzn("engine", "check", "--data", str(data), check=False)
    assert done.returncode == 1
    assert "ERROR    second/multipart: blob " in done.stdout and "is missing" in done.stdout
    assert "ERROR    second/under way: blob " in done.stdout
    assert "2 errors, 0 warnings" in done.stdout


def test_files_that_no_row_names_are_warnings(data):
    path = blob_of(data, PART)[0]
    name = path.name[:-1] + ("0" if path.name[-1] != "0" else "1")
    (path.parent / name).write_bytes(b"no footer")
    (data / "blobs" / "lost+found").mkdir()
    report = check(data, status=0)
    assert report["warning_count"] == 2
    assert name in json.dumps(report["warnings"]) and "lost+found" in json.dumps(report["warnings"])
    assert report["unreferenced_blobs"] == 1 and report["unreferenced_blob_bytes"] == 9


def test_rotten_rows_are_found_and_the_rest_is_judged(data):
    with Server(data=data) as server:
        s3 = s3_client(server)
        for number in range(100):
            s3.put_object(Bucket="first", Key=f"many/{number}", Body=os.urandom(3000))
        server.stop()
        server.start()  # writes its log into a table
        server.stop()
    table = max((data / "rows" / "db").glob("*.sst"), key=lambda path: path.stat().st_size)
    spoiled = bytearray(table.read_bytes())
    spoiled[len(spoiled) // 2] ^= 1
    table.write_bytes(spoiled)
    for path in blob_of(data, PART):
        path.unlink()
    report = check(data, status=1)
    said = json.dumps(report["errors"])
    assert "the tables of the rows" in said and "can't be read" in said
    assert ("second", "multipart") in {(e["bucket"], e["key"]) for e in report["errors"]}
    assert report["objects"] == 104


def test_what_can_not_be_opened(data, tmp_path):
    def refused(*words):
        done = muzn("engine", *words, check=False)
        assert done.returncode == 2, done
        return done.stderr
    for verb in ("check", "stat"):
        assert "no store" in refused(verb, "--data", str(tmp_path))
        assert refused(verb, "--data", str(tmp_path / "nothing"))
        assert "--data" in refused(verb)
        assert "--wrong" in refused(verb, "--data", str(data), "--wrong=1")
    refused()
    refused("repair", "--data", str(data))
    assert not (tmp_path / "LOCK").exists() and not (tmp_path / "nothing").exists()
    with Server(data=data) as server:
        assert "stop the server" in refused("check", "--data", server.data)
        assert "stop the server" in refused("stat", "--data", server.data)
    (data / "rows" / "acked").write_bytes(b"?" * 24)
    assert "mark" in refused("check", "--data", str(data))
    shutil.rmtree(data / "rows")
    assert "rows are gone" in refused("check", "--data", str(data))


def test_a_killed_server_leaves_nothing_wrong():
    with Server() as server:
        fill(server)
        server.kill()
        report = check(server.data, status=0)
        assert report["objects"] == 4 and report["error_count"] == 0
