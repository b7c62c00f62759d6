"""`muzn engine recover`: each class of file of a store is lost, and what comes back is what the report
says: with a backup and the logs everything, without them what the blobs say of themselves."""
import json
import os
import pathlib
import shutil
import time

import pytest

from sdk import s3_client
from server import Server, muzn

SMALL, LARGE = b"small", os.urandom(300_000)
PART = os.urandom(5 << 20)


def recover(data, *words, status=0):
    done = muzn("engine", "recover", "--data", str(data), *words, "--json", check=False,
                MUZN_ROOT_ACCESS_KEY="MUZNTESTROOT",
                MUZN_ROOT_SECRET_KEY="root-secret-of-the-tests")
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout) if status < 2 else done.stderr


def check(data, status=0):
    done = muzn("engine", "check", "--data", str(data), "--json", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def state(server, keys=None):
    """{(bucket, key): (body, content type, metadata, ETag)}"""
    s3, found = s3_client(server, keys), {}
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for entry in page.get("Contents", ()):
                got = s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])
                found[bucket["Name"], entry["Key"]] = (
                    got["Body"].read(), got["ContentType"], got["Metadata"], got["ETag"])
    return found


def fill(server, prefix):
    s3 = s3_client(server)
    s3.put_object(Bucket="first", Key=f"{prefix}/small", Body=SMALL)
    s3.put_object(Bucket="first", Key=f"{prefix}/large", Body=LARGE + prefix.encode(),
                  ContentType="text/x-test", Metadata={"name": prefix})
    upload = s3.create_multipart_upload(Bucket="first", Key=f"{prefix}/parts")["UploadId"]
    parts = [{"PartNumber": number,
              "ETag": s3.upload_part(Bucket="first", Key=f"{prefix}/parts", UploadId=upload,
                                     PartNumber=number, Body=body)["ETag"]}
             for number, body in ((1, PART), (2, LARGE))]
    s3.complete_multipart_upload(Bucket="first", Key=f"{prefix}/parts", UploadId=upload,
                                 MultipartUpload={"Parts": parts})


@pytest.fixture
def stopped(tmp_path):
    """A stopped store with a backup and things written, replaced and deleted behind it:
    (data, backup, state at the end)."""
    (tmp_path / "backups").mkdir()
    data = tmp_path / "data"
    with Server(data=data, args=["--backup-dir", str(tmp_path / "backups"),
                                 "--sweep-seconds", "3600"]) as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="first")
        fill(server, "before")
        for key in ("deleted", "replaced"):
            s3.put_object(Bucket="first", Key=key, Body=LARGE)
        server.cli("engine", "backup", "--to", "kept", "--json")
        fill(server, "behind")
        s3.put_object(Bucket="first", Key="replaced", Body=LARGE + b"again")
        s3.delete_object(Bucket="first", Key="deleted")
        server.new_account("behind")
        end = state(server)
    assert len(end) == 7
    yield data, tmp_path / "backups" / "kept", end


def damage(data, what):
    """Spoils one class of files so that the store does not open or not read."""
    database = data / "rows" / "db"
    if what == "rows":
        return shutil.rmtree(data / "rows")
    if what == "format":
        return (data / "rows" / "format").unlink()
    if what == "acked":
        return (data / "rows" / "acked").unlink()
    pattern = {"manifest": "MANIFEST-*", "current": "CURRENT", "tables": "*.sst", "logs": "*.log"}
    found = list(database.glob(pattern[what]))
    assert found
    for path in found:
        path.unlink()


def reopened(data):
    with Server(data=data) as server:
        return state(server), {a["display_name"] for a in server.admin("account", "list")["accounts"]}


@pytest.mark.parametrize("what", ["manifest", "current", "format", "tables"])
def test_with_a_backup_and_the_logs_nothing_is_lost(stopped, what):
    data, backup, end = stopped
    damage(data, what)
    report = recover(data, "--from", str(backup), "--apply")
    assert report["loss"] == "" and report["lost_changes"] == 0 and report["lost_blobs"] == 0
    assert report["records"] > 0 and report["adopted"] == {}
    assert pathlib.Path(report["damaged"]).is_dir()
    assert check(data)["error_count"] == 0
    objects, accounts = reopened(data)
    assert objects == end
    assert "behind" in accounts


def test_a_lost_master_key_refuses_the_start_and_comes_from_the_backup(stopped):
    data, backup, end = stopped
    (data / "master.key").unlink()
    with pytest.raises(AssertionError):
        Server(data=data).start()
    shutil.copy(next((backup / "keys").glob("*/master.key")), data / "master.key")
    assert reopened(data)[0] == end


def test_the_backup_of_another_store_is_refused(stopped, tmp_path):
    data, backup, end = stopped
    with Server(data=tmp_path / "other"):
        pass
    said = recover(tmp_path / "other", "--from", str(backup), "--although-open", "--apply", status=2)
    assert "another store" in said
    assert reopened(data)[0] == end


def test_a_refused_start_says_what_to_do(stopped):
    data, _, _ = stopped
    damage(data, "manifest")
    done = muzn("server", "--data", str(data), "--listen", "127.0.0.1:0", check=False)
    assert done.returncode == 1 and "muzn engine recover" in done.stderr


def test_a_lost_mark_is_said_and_costs_nothing_else(stopped):
    data, backup, end = stopped
    damage(data, "acked")
    report = recover(data, "--from", str(backup), "--apply", status=1)
    assert "not known" in report["loss"]
    assert reopened(data)[0] == end


def test_lost_logs_cost_small_objects_and_deletions_and_it_says_so(stopped):
    data, backup, end = stopped
    damage(data, "logs")
    shutil.rmtree(data / "rows" / "db" / "archive", ignore_errors=True)
    report = recover(data, "--from", str(backup), "--complete-uploads", "--apply", status=1)
    assert report["lost_changes"] > 0 and "deletions" in report["loss"]
    assert report["adopted"] == {"object": 2, "part": 2, "completed": 1}
    found, accounts = reopened(data)
    deleted = found.pop(("first", "deleted"))  # as the report says
    assert deleted[0] == LARGE
    assert found == {k: v for k, v in end.items() if k != ("first", "behind/small")}
    assert "behind" not in accounts
    assert check(data)["error_count"] == 0


def test_what_was_swept_comes_from_the_backup_or_is_said_to_be_lost(tmp_path):
    """The logs end in the middle: rows of then name blobs that were garbage later, and went."""
    (tmp_path / "backups").mkdir()
    data, backup = tmp_path / "data", tmp_path / "backups" / "kept"
    args = ["--backup-dir", str(tmp_path / "backups"), "--sweep-seconds", "1"]
    with Server(data=data, args=args) as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="first")
        for key in ("deleted", "replaced", "shrunk"):
            s3.put_object(Bucket="first", Key=key, Body=LARGE)
        server.cli("engine", "backup", "--to", "kept", "--json")
        s3.put_object(Bucket="first", Key="new", Body=LARGE)
    logs = set((data / "rows" / "db").rglob("*.log"))
    with Server(data=data, args=args) as server:
        s3 = s3_client(server)
        for key in ("deleted", "new"):
            s3.delete_object(Bucket="first", Key=key)
        s3.put_object(Bucket="first", Key="shrunk", Body=SMALL)
        s3.put_object(Bucket="first", Key="replaced", Body=LARGE + b"again")
        deadline = time.monotonic() + 60
        while len(server.blob_files()) > 1:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    with Server(data=data, args=args) as server:
        assert set(state(server)) == {("first", "replaced"), ("first", "shrunk")}
    assert check(data)["error_count"] == 0
    kept = {path.name for path in logs}
    for path in (data / "rows" / "db").rglob("*.log"):
        if path.name not in kept:
            path.unlink()
    damage(data, "manifest")
    report = recover(data, "--from", str(backup), "--apply", status=1)
    assert report["lost_changes"] > 0 and "deletions" in report["loss"]
    assert report["adopted"] == {"object": 1}  # what replaced "replaced"
    assert report["copied_blobs"] == 2 and report["lost_blobs"] == 1
    assert [error["key"] for error in report["errors"]] == ["new"]
    with Server(data=data) as again:
        s3 = s3_client(again)
        for key, body in (("deleted", LARGE), ("shrunk", LARGE), ("replaced", LARGE + b"again")):
            assert s3.get_object(Bucket="first", Key=key)["Body"].read() == body
    assert {error["key"] for error in check(data, status=1)["errors"]} == {"new"}


def test_all_rows_lost_without_a_backup(stopped):
    data, _, end = stopped
    damage(data, "rows")
    report = recover(data, "--without-backup", "--complete-uploads", "--apply", status=1)
    assert "no backup" in report["loss"] and report["adopted"]["object"] == 4
    assert report["adopted"]["completed"] == 2
    found, accounts = reopened(data)
    assert found.pop(("first", "deleted"))[0] == LARGE
    assert found == {k: v for k, v in end.items() if not k[1].endswith("/small")}
    assert len(accounts) == 1
    assert check(data)["error_count"] == 0


def test_lost_and_rotten_blobs_come_from_the_backup(stopped):
    data, backup, end = stopped
    kept = {p.name for p in (backup / "blobs").rglob("*") if len(p.name) == 32}
    by_size = sorted((p for p in (data / "blobs").rglob("*") if p.name in kept),
                     key=lambda path: path.stat().st_size)
    rotten = next(p for p in by_size if p.read_bytes().startswith(LARGE + b"before"))
    lost = by_size[-1]  # a part of before/parts
    lost.unlink()
    spoiled = bytearray(rotten.read_bytes())
    spoiled[100] ^= 1
    rotten.write_bytes(spoiled)
    assert check(data, status=1)["error_count"] == 2
    assert "open" in recover(data, "--from", str(backup), "--apply", status=2)
    report = recover(data, "--from", str(backup), "--although-open", "--apply")
    assert report["copied_blobs"] == 2 and report["lost_blobs"] == 0 and report["loss"] == ""
    assert reopened(data)[0] == end


def test_a_blob_that_no_backup_has_is_said_to_be_lost(stopped):
    data, backup, end = stopped
    kept = {p.name for p in (backup / "blobs").rglob("*") if len(p.name) == 32}
    files = [p for p in (data / "blobs").rglob("*") if len(p.name) == 32 and p.name not in kept]
    for path in files:
        path.unlink()
    report = recover(data, "--from", str(backup), "--although-open", "--apply", status=1)
    assert report["lost_blobs"] == 4 and len(report["errors"]) == 4
    assert {error["key"] for error in report["errors"]} == {"behind/large", "behind/parts",
                                                            "replaced"}


def test_without_apply_nothing_changes(stopped):
    data, backup, _ = stopped
    damage(data, "manifest")

    def files():
        return {p: p.read_bytes() for p in data.rglob("*")
                if p.is_file() and "rows.recovered-" not in str(p) and p.name != "LOCK"}

    before = files()
    report = recover(data, "--from", str(backup))
    assert "rows.recovered-" in report["made"] and report["damaged"] == ""
    assert files() == before


def test_wrong_uses_say_what_to_do(stopped, tmp_path):
    data, backup, _ = stopped
    assert "--without-backup" in recover(data, status=2)
    assert "--without-backup" in recover(data, "--from", str(backup), "--without-backup", status=2)
    assert recover(tmp_path / "absent", "--from", str(backup), status=2)
    assert recover(data, "--from", str(tmp_path), "--although-open", status=2)
    with Server(data=data):
        assert "another process" in recover(data, "--from", str(backup), status=2)


def test_a_rename_is_in_the_rows_and_not_in_the_blobs(tmp_path):
    """Written to one temporary name and renamed, again and again, also behind the backup."""
    (tmp_path / "backups").mkdir()
    data, backup = tmp_path / "data", tmp_path / "backups" / "kept"
    with Server(data=data, args=["--backup-dir", str(tmp_path / "backups"),
                                 "--sweep-seconds", "3600"]) as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="first")
        for name in ("one", "two", "three"):
            s3.put_object(Bucket="first", Key="temporary", Body=LARGE + name.encode())
            if name == "one":
                server.cli("engine", "backup", "--to", "kept", "--json")
            s3.rename_object(Bucket="first", Key=name, RenameSource="temporary")
        end = state(server)
    assert {key for _, key in end} == {"one", "two", "three"}
    without_logs = tmp_path / "without-logs"
    shutil.copytree(data, without_logs)

    damage(data, "manifest")
    report = recover(data, "--from", str(backup), "--apply")
    assert report["loss"] == "" and report["adopted"] == {}
    assert reopened(data)[0] == end
    assert check(data)["error_count"] == 0

    damage(without_logs, "logs")
    shutil.rmtree(without_logs / "rows" / "db" / "archive", ignore_errors=True)
    report = recover(without_logs, "--from", str(backup), "--apply", status=1)
    assert report["adopted"] == {"object": 1, "older": 1}  # "three" and "two"
    assert {key: got[0] for (_, key), got in reopened(without_logs)[0].items()} == {
        "temporary": LARGE + b"three"}
