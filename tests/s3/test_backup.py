"""`muzn engine backup`, `backups`, `restore` and the online check, against a server that goes on."""
import json
import os
import pathlib
import shutil
import threading
import time

import pytest

from sdk import s3_client
from server import Server, muzn

SMALL, LARGE = b"small", os.urandom(300_000)
NAME = "nightly"


def engine(server, *words, status=0, keys=None):
    done = server.cli("engine", *words, "--json", keys=keys, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def local(*words, status=0):
    done = muzn("engine", *words, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status < 2 else done.stderr


def rest(server, method, path, body=None, keys=None):
    """A call of the admin API: (status, answer)."""
    answer = server.wire(keys).request(method, f"/-/admin/v1/{path}",
                                       body=json.dumps(body).encode() if body else b"")
    return answer.status, json.loads(answer.body)


def all_objects(server):
    s3 = s3_client(server)
    found = {}
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for entry in page.get("Contents", ()):
                body = s3.get_object(Bucket=bucket["Name"], Key=entry["Key"])["Body"].read()
                found[bucket["Name"], entry["Key"]] = body
    return found


def blob_files(backup):
    return {path.name: path for path in pathlib.Path(backup, "blobs").rglob("*")
            if path.is_file() and path.name != "format"}


def flip(path, at):
    spoiled = bytearray(path.read_bytes())
    spoiled[at] ^= 1
    path.write_bytes(spoiled)


@pytest.fixture
def backups(tmp_path):
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups"


@pytest.fixture
def store(backups):
    with Server(args=["--backup-dir", str(backups), "--sweep-seconds", "1"]) as server:
        s3_client(server).create_bucket(Bucket="first")
        yield server


def put(server, key, body, bucket="first"):
    s3_client(server).put_object(Bucket=bucket, Key=key, Body=body)


def restored(backups, tmp_path, *words, status=0):
    data = tmp_path / f"back-{len(list(tmp_path.iterdir()))}"
    said = local("restore", "--from", str(backups / NAME), "--data", str(data), *words,
                 status=status)
    return data, said


def test_users_keys_and_objects_come_back(store, backups, tmp_path):
    account, tenant = store.new_account("tenant")
    tenant_s3 = s3_client(store, tenant)
    tenant_s3.create_bucket(Bucket="tenants")
    tenant_s3.put_object(Bucket="tenants", Key="k", Body=LARGE, Metadata={"a": "b"})
    policy = json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"AWS": store.operator()}, "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::tenants/k"}})
    tenant_s3.put_bucket_policy(Bucket="tenants", Policy=policy)
    put(store, "inline", SMALL)
    upload = tenant_s3.create_multipart_upload(Bucket="tenants", Key="parts")["UploadId"]
    part = tenant_s3.upload_part(Bucket="tenants", Key="parts", UploadId=upload, PartNumber=1,
                                 Body=LARGE)
    job = engine(store, "backup", "--to", NAME)
    record = job["result"]
    assert record["complete"] and record["errors"] == 0 and record["objects"] == 2
    assert record["blobs"] == record["copied_blobs"] == len(blob_files(backups / NAME)) == 2
    assert json.loads(local("backups", "--from", str(backups / NAME), "--json"))["backups"] == [record]
    report = json.loads(local("backups", "--from", str(backups / NAME), "--verify", "--json"))
    assert report["error_count"] == 0 and report["bytes_read"] == 2 * len(LARGE)
    put(store, "later", LARGE)

    data, said = restored(backups, tmp_path)
    assert "0 errors, 0 warnings" in said
    assert {path.stat().st_mode & 0o777 for path in data.glob("*.key")} == {0o600}
    with Server(data=data, keys=store.keys) as back:
        s3 = s3_client(back, tenant)
        got = s3.get_object(Bucket="tenants", Key="k")
        assert got["Body"].read() == LARGE and got["Metadata"] == {"a": "b"}
        s3.complete_multipart_upload(Bucket="tenants", Key="parts", UploadId=upload,
                                     MultipartUpload={"Parts": [{"PartNumber": 1,
                                                                 "ETag": part["ETag"]}]})
        assert s3.get_object(Bucket="tenants", Key="parts")["Body"].read() == LARGE
        assert s3.get_bucket_policy(Bucket="tenants")["Policy"] == policy
        operator = s3_client(back)
        assert operator.get_object(Bucket="tenants", Key="k")["Body"].read() == LARGE
        assert operator.get_object(Bucket="first", Key="inline")["Body"].read() == SMALL
        assert [e["Key"] for e in operator.list_objects_v2(Bucket="first")["Contents"]] == ["inline"]
        assert account["id"] in {a["id"] for a in back.admin("account", "list")["accounts"]}


def test_generated_root_keys_come_back(backups, tmp_path):
    with Server(keys=None, args=["--backup-dir", str(backups)]) as server:
        s3_client(server).create_bucket(Bucket="first")
        put(server, "k", SMALL)
        engine(server, "backup", "--to", NAME)
        keys = server.keys
    data, _ = restored(backups, tmp_path)
    with Server(data=data, keys=None) as back:
        assert back.keys == keys
        assert all_objects(back) == {("first", "k"): SMALL}


class Writers:
    """Objects that change all the time, each with every body it ever had."""

    def __init__(self, server, count):
        self.server, self.history, self.stopping = server, {}, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(count)]

    def run(self, number):
        s3, turn = s3_client(self.server), 0
        while not self.stopping.is_set():
            key = f"moving/{number}-{turn % 7}"
            seen = self.history.setdefault(key, [None])
            body = None if turn % 3 == 2 else f"{key} {turn} ".encode() * (10_000 if turn % 2 else 9)
            seen.append(body)  # before: it may be in the backup as soon as it was sent
            if body is None:
                s3.delete_object(Bucket="first", Key=key)
            else:
                s3.put_object(Bucket="first", Key=key, Body=body)
            turn += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def test_under_writes_and_deletes(store, backups, tmp_path):
    still = {f"still/{n}": os.urandom(200_000) + str(n).encode() for n in range(40)}
    doomed = {f"doomed/{n}": os.urandom(200_000) + str(n).encode() for n in range(40)}
    for key, body in (still | doomed).items():
        put(store, key, body)
    with Writers(store, 2) as writers:
        time.sleep(1)
        job = rest(store, "POST", "engine/jobs", {"kind": "backup", "to": NAME})[1]

        def delete():  # while their blobs are copied, with a sweeper that would not wait
            s3 = s3_client(store)
            for key in doomed:
                s3.delete_object(Bucket="first", Key=key)
        deleter = threading.Thread(target=delete)
        deleter.start()
        while (state := rest(store, "GET", f"engine/jobs/{job['id']}")[1])["state"] == "running":
            time.sleep(0.05)
        deleter.join()
        assert state["state"] == "done" and state["error_count"] == 0, state
        check = engine(store, "check")
        assert check["result"]["error_count"] == check["result"]["warning_count"] == 0, check
    assert not any(key.startswith("doomed/") for _, key in all_objects(store))

    data, said = restored(backups, tmp_path)
    assert "0 errors, 0 warnings" in said
    with Server(data=data, keys=store.keys) as back:
        found = {key: body for (_, key), body in all_objects(back).items()}
    for key, body in still.items():
        assert found.pop(key) == body
    for key, body in doomed.items():
        assert found.pop(key, body) == body
    for key in set(writers.history) | set(found):
        assert found.get(key) in writers.history[key], key


def test_a_second_one_copies_only_what_is_new(store, backups):
    for number in range(4):
        put(store, f"k{number}", os.urandom(100_000))
    assert engine(store, "backup", "--to", NAME)["result"]["copied_blobs"] == 4
    before = {name: path.stat().st_ino for name, path in blob_files(backups / NAME).items()}
    put(store, "new", os.urandom(100_000))
    job = engine(store, "backup", "--to", NAME)
    assert job["result"]["copied_blobs"] == 1 and job["result"]["blobs"] == 5
    assert job["progress"]["blobs_present"] == 4
    after = {name: path.stat().st_ino for name, path in blob_files(backups / NAME).items()}
    assert {name: after[name] for name in before} == before and len(after) == 5
    # Old ones go, and with them what only they named.
    s3_client(store).delete_object(Bucket="first", Key="k0")
    record = engine(store, "backup", "--to", NAME, "--keep", "1")["result"]
    listed = json.loads(local("backups", "--from", str(backups / NAME), "--json"))["backups"]
    assert [one["id"] for one in listed] == [record["id"]] == [3]
    assert len(blob_files(backups / NAME)) == 4
    assert not (backups / NAME / "keys" / "1" / "master.key").exists()
    local("backups", "--from", str(backups / NAME), "--verify")


def test_rot_is_told_and_the_rest_is_backed_up(store, backups, tmp_path):
    put(store, "good", LARGE)
    put(store, "bad", LARGE[::-1])
    bad = next(path for path in map(pathlib.Path, store.blob_files())
               if path.read_bytes().startswith(LARGE[::-1][:100]))
    flip(bad, 70_000)
    check = engine(store, "check", status=1)
    assert [error["key"] for error in check["errors"]] == ["bad"]
    assert engine(store, "check", "--no-bytes")["result"]["bytes_read"] == 0
    job = engine(store, "backup", "--to", NAME, status=1)
    assert [error["key"] for error in job["errors"]] == ["bad"]
    assert job["result"]["complete"] is False and job["result"]["lost_count"] == 1
    assert store.metrics()["muzn_backup_last_failed"] == 1
    assert bad.name not in blob_files(backups / NAME)
    # Not by itself, only when it is named.
    assert "no backup is complete" in restored(backups, tmp_path, status=2)[1]
    data, said = restored(backups, tmp_path, "--backup", "1", status=1)
    assert "first/bad: blob" in said
    with Server(data=data, keys=store.keys) as back:
        s3 = s3_client(back)
        assert s3.get_object(Bucket="first", Key="good")["Body"].read() == LARGE
    flip(bad, 70_000)
    assert engine(store, "backup", "--to", NAME)["result"]["complete"] is True
    metrics = store.metrics()
    assert metrics["muzn_backup_last_failed"] == 0
    assert abs(metrics["muzn_backup_last_success_seconds"] - time.time()) < 600


def damage_blob(backup):
    flip(next(iter(blob_files(backup).values())), 10)


def lose_blob(backup):
    next(iter(blob_files(backup).values())).unlink()


def damage_rows(backup):
    flip(max((backup / "rows").rglob("*.sst"), key=lambda path: path.stat().st_size), 40)


def lose_rows(backup):
    max((backup / "rows").rglob("*.sst"), key=lambda path: path.stat().st_size).unlink()


def damage_key(backup):
    flip(backup / "keys" / "1" / "master.key", 3)


def damage_record(backup):
    flip(backup / "snapshots" / "1.json", 40)


@pytest.mark.parametrize("damage", [damage_blob, lose_blob, damage_rows, lose_rows, damage_key,
                                    damage_record])
def test_a_damaged_backup_is_refused(kept_backup, tmp_path, damage):
    backup = tmp_path / NAME
    shutil.copytree(kept_backup, backup)
    local("backups", "--from", str(backup), "--verify")
    damage(backup)
    done = muzn("engine", "backups", "--from", str(backup), "--verify", check=False)
    assert done.returncode in (1, 2), done.stdout
    data = tmp_path / "data"
    said = local("restore", "--from", str(backup), "--data", str(data), status=2)
    assert "nothing that a server starts from" in said
    assert not (data / "rows" / "format").exists()
    if data.exists() and any(data.iterdir()):
        with pytest.raises(AssertionError, match="rows are gone"):
            Server(data=data).start()


@pytest.fixture(scope="module")
def kept_backup(tmp_path_factory):
    """An offline backup, which no test changes."""
    to = tmp_path_factory.mktemp("kept") / NAME
    with Server() as server:
        s3_client(server).create_bucket(Bucket="first")
        put(server, "k", LARGE)
        put(server, "inline", SMALL)
        said = muzn("engine", "backup", "--data", server.data, "--to", str(to), check=False)
        assert said.returncode == 2 and "in use" in said.stderr
        server.stop()
        report = json.loads(local("backup", "--data", server.data, "--to", str(to), "--json"))
        assert report["complete"] and report["objects"] == 2
        server.start()  # nothing in it has changed that a server minds
        assert all_objects(server) == {("first", "k"): LARGE, ("first", "inline"): SMALL}
    return to


def test_a_restore_only_fills_what_is_empty(kept_backup, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("x")
    said = local("restore", "--from", str(kept_backup), "--data", str(tmp_path / "full"), status=2)
    assert "not empty" in said
    assert "no backups" in local("restore", "--from", str(tmp_path / "full"), "--data",
                                 str(tmp_path / "new"), status=2)
    for which in ("2", "0", "x", "../1"):
        local("restore", "--from", str(kept_backup), "--backup", which, "--data",
              str(tmp_path / "new"), status=2)
    assert not (tmp_path / "new").exists()
    local("restore", "--from", str(kept_backup), "--data", str(tmp_path / "new"), "--no-check")
    assert json.loads(local("check", "--data", str(tmp_path / "new"), "--json"))["objects"] == 2


def test_one_directory_holds_one_stores_backups(store, backups, kept_backup):
    shutil.copytree(kept_backup, backups / NAME)
    job = engine(store, "backup", "--to", NAME, status=2)
    assert job["state"] == "failed" and "another store" in job["error"]
    (backups / "used").mkdir()
    (backups / "used" / "file").write_text("x")
    assert "not empty" in engine(store, "backup", "--to", "used", status=2)["error"]
    local("backups", "--from", str(backups / NAME), "--verify")


def test_who_may_and_where_to(store, server):
    _, tenant = store.new_account("tenant")
    for method, path, body in (("GET", "engine", None), ("GET", "engine/jobs", None),
                               ("POST", "engine/jobs", {"kind": "backup", "to": NAME}),
                               ("POST", "engine/jobs", {"kind": "check"})):
        status, answer = rest(store, method, path, body, keys=tenant)
        assert (status, answer["error"]["code"]) == (403, "AccessDenied")
    for name in ("", ".", "..", "../up", "a/b", "/tmp/x", ".hid", "a b", "x" * 64, "a\x00"):
        status, answer = rest(store, "POST", "engine/jobs", {"kind": "backup", "to": name})
        assert (status, answer["error"]["code"]) == (400, "InvalidRequest"), name
    status, answer = rest(server, "POST", "engine/jobs", {"kind": "backup", "to": NAME})
    assert status == 400 and "--backup-dir" in answer["error"]["message"]
    assert rest(store, "GET", "engine/jobs/none")[0] == 404
    store.stop()  # the log is whole
    assert '"operation":"StartEngineJob"' in store.log()


def test_the_desk_tells_how_the_engine_is(store):
    put(store, "k", LARGE)
    engine(store, "backup", "--to", NAME)
    stat = engine(store, "stat")
    assert [(v["number"], v["up"]) for v in stat["volumes"]] == [(0, True)]
    assert stat["scrub"]["enabled"] and stat["scrub"]["findings"] == []
    assert stat["state"] == "open" and stat["job"] is None and stat["backups"] is True
    assert stat["rows"]["commit_seconds"]["count"] > 0 and stat["rows"]["bytes"] > 0
    assert stat["rows"]["cache"]["capacity"] > 0 and stat["free_bytes"] > 0
    assert stat["last_backup"]["to"] == NAME and stat["last_backup"]["objects"] == 1
    metrics = store.metrics()
    assert metrics["muzn_engine_commit_seconds_count"] > 0
    assert metrics['muzn_engine_commit_seconds_bucket{le="+Inf"}'] == \
        metrics["muzn_engine_commit_seconds_count"]
    assert metrics["muzn_engine_job_running"] == 0
    assert "muzn_engine_cache_hits_total" in metrics
    jobs = engine(store, "jobs")["jobs"]
    assert [job["state"] for job in jobs] == ["done"]
    shown = store.cli("engine", "jobs", jobs[0]["id"]).stdout
    assert "complete" in shown and "done" in shown
    # It knows the last backup also after a restart.
    before = metrics["muzn_backup_last_success_seconds"]
    store.stop()
    store.start()
    assert store.metrics()["muzn_backup_last_success_seconds"] == before


def test_killed_in_the_middle(store, backups, tmp_path):
    for number in range(30):
        put(store, f"k{number}", os.urandom(400_000))
    engine(store, "backup", "--to", NAME)
    for number in range(60):
        put(store, f"n{number}", os.urandom(400_000))
    wanted = all_objects(store)
    _, answer = rest(store, "POST", "engine/jobs", {"kind": "backup", "to": NAME})
    for _ in range(1000):  # until some blobs are there
        if len(blob_files(backups / NAME)) > 35:
            break
        time.sleep(0.01)
    assert rest(store, "POST", "engine/jobs", {"kind": "check"})[0] == 409
    store.kill()
    assert 30 < len(blob_files(backups / NAME)) <= 91
    listed = json.loads(local("backups", "--from", str(backups / NAME), "--json"))["backups"]
    assert [one["id"] for one in listed] == [1], "the kill came too late" if answer else ""
    local("backups", "--from", str(backups / NAME), "--verify")
    store.start()
    record = engine(store, "backup", "--to", NAME)["result"]
    assert record["complete"] and record["objects"] == 90 and record["copied_blobs"] < 60
    for which in ("1", "newest"):
        local("backups", "--from", str(backups / NAME), "--verify", "--backup", which)
    data, _ = restored(backups, tmp_path)
    with Server(data=data, keys=store.keys) as back:
        assert all_objects(back) == wanted


def test_a_job_can_be_cancelled(store, backups):
    for number in range(60):
        put(store, f"k{number}", os.urandom(400_000))
    _, job = rest(store, "POST", "engine/jobs", {"kind": "backup", "to": NAME})
    assert rest(store, "POST", f"engine/jobs/{job['id']}/cancel")[0] == 200
    while (state := rest(store, "GET", f"engine/jobs/{job['id']}")[1])["state"] == "running":
        time.sleep(0.05)
    assert state["state"] == "cancelled", state
    assert not list((backups / NAME / "snapshots").glob("*.json"))
    assert engine(store, "backup", "--to", NAME)["result"]["objects"] == 60
    assert store.metrics()["muzn_backup_last_failed"] == 0
