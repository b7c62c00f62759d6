"""Residency: a server at one site with a disk at another, and every way by which bytes can leave.
docs/residency.md has the table."""
import json
import os
import pathlib
import random
import re
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from sdk import s3_client
from server import ROOT, Server, commit_seed, muzn
from test_charters import Admin
from test_cloudtrail import trail_client
from test_bucket_logging import allow as allow_logs

HOME, ABROAD = "ps-1", "de-1"
LARGE = 60_000  # a blob; smaller bodies lie by the rows


def blobs_in(directory):
    return [path for path in pathlib.Path(directory, "blobs").rglob("*")
            if path.is_file() and path.name != "format"]


def marker():
    return uuid.uuid4().hex.encode() * 2


def body(mark):
    """Bytes that can be found again in files."""
    return mark + os.urandom(LARGE)


def holds(directory, mark):
    return any(mark in path.read_bytes() for path in blobs_in(directory))


@pytest.fixture(scope="module")
def sited(tmp_path_factory):
    """A server whose rows and first blobs are in PS, and one more disk in DE."""
    abroad = tmp_path_factory.mktemp("abroad")
    room = tmp_path_factory.mktemp("room")
    server = Server(args=["--site", HOME, "--blob-dir", str(abroad), "--blob-site",
                          f"{abroad}={ABROAD}", "--backup-dir", str(room), "--backup-site", ABROAD,
                          "--access-log-seconds", "1", "--trail-seconds", "1"])
    server.abroad = abroad
    try:
        server.start()
        admin = Admin(server)
        admin("PUT", f"sites/{HOME}", {"jurisdiction": "PS"})
        admin("PUT", f"sites/{ABROAD}", {"jurisdiction": "DE", "location": "Frankfurt"})
        yield server
        server.check()
    finally:
        server.remove()


class Tenant:
    def __init__(self, server):
        self.name = f"t{uuid.uuid4().hex[:12]}"
        account, self.keys = server.new_account(self.name)
        self.id = account["id"]
        self.s3 = s3_client(server, self.keys)
        self.admin = Admin(server, self.keys)

    def bucket(self, name, jurisdictions=None):
        name = f"{self.name}-{name}"
        self.s3.create_bucket(Bucket=name)
        if jurisdictions:
            self.set(jurisdictions, name)
        return name

    def set(self, jurisdictions, bucket=None, status=200):
        asked = {"jurisdictions": jurisdictions} | ({"bucket": bucket} if bucket else {})
        return self.admin("PUT", f"accounts/{self.id}/residency", asked, status)


@pytest.fixture
def tenant(sited):
    return Tenant(sited)


def refused(server, call, *words):
    """AccessDenied with the rule's name, for the client and in the log."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response
    assert error["Error"]["Code"] == "AccessDenied", error
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    for word in words:
        assert word in error["Error"]["Message"], error
    record = server.record_of(error["ResponseMetadata"]["RequestId"])
    assert record["error_code"] == "AccessDenied"
    assert words[0] in json.dumps(record), record


def test_bytes_lie_only_where_the_bucket_lets_them(sited, tenant):
    bound, free = tenant.bucket("bound", ["PS"]), tenant.bucket("free")
    marks = {bound: [marker() for _ in range(24)], free: [marker() for _ in range(24)]}
    for bucket, some in marks.items():
        for i, mark in enumerate(some):
            if i % 4:
                tenant.s3.put_object(Bucket=bucket, Key=f"k{i}", Body=body(mark))
                continue
            upload = tenant.s3.create_multipart_upload(Bucket=bucket, Key=f"k{i}")["UploadId"]
            where = {"Bucket": bucket, "Key": f"k{i}", "UploadId": upload}
            part = tenant.s3.upload_part(**where, PartNumber=1, Body=body(mark))
            tenant.s3.complete_multipart_upload(**where, MultipartUpload={
                "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    assert all(holds(sited.data, mark) and not holds(sited.abroad, mark) for mark in marks[bound])
    assert any(holds(sited.abroad, mark) for mark in marks[free])


def test_the_rows_are_somewhere_too(sited, tenant):
    bucket = tenant.bucket("b")
    for of in (None, bucket):
        answer = tenant.set(["DE"], of, 403)
        assert "site ps-1 is in PS" in answer["error"]["message"]
    assert tenant.set(["PS", "DE"])["jurisdictions"] == ["DE", "PS"]


def test_narrowing_waits_for_the_bytes(sited, tenant):
    bucket = tenant.bucket("b")
    tenant.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for of in (None, bucket):
        answer = tenant.set(["PS"], of, 409)
        assert f"the bucket {bucket} has 1 objects" in answer["error"]["message"]
    tenant.set(["PS", "DE"])
    tenant.s3.delete_object(Bucket=bucket, Key="k")
    tenant.set(["PS"], bucket)
    tenant.set(["PS", "DE"], bucket)  # wider: free
    tenant.set([], bucket)
    tenant.set([])


def test_copies(sited, tenant):
    bound, also, free = (tenant.bucket("bound", ["PS"]), tenant.bucket("also", ["PS"]),
                         tenant.bucket("free"))
    tenant.s3.put_object(Bucket=bound, Key="k", Body=body(marker()))
    source = {"Bucket": bound, "Key": "k"}
    tenant.s3.copy_object(Bucket=also, Key="k", CopySource=source)
    tenant.s3.copy_object(Bucket=bound, Key="k2", CopySource=source)
    rule = f"residency of bucket {bound} allows PS"
    refused(sited, lambda: tenant.s3.copy_object(Bucket=free, Key="k", CopySource=source), rule,
            f"bucket {free}", "(copy)")
    upload = tenant.s3.create_multipart_upload(Bucket=free, Key="m")["UploadId"]
    refused(sited, lambda: tenant.s3.upload_part_copy(
        Bucket=free, Key="m", UploadId=upload, PartNumber=1, CopySource=source), rule)
    # Inwards is no way out.
    tenant.s3.put_object(Bucket=free, Key="k", Body=body(marker()))
    tenant.s3.copy_object(Bucket=bound, Key="k3", CopySource={"Bucket": free, "Key": "k"})


def test_the_account_binds_its_new_buckets(sited, tenant):
    tenant.set(["PS"])
    bucket, mark = tenant.bucket("b"), marker()
    for i in range(8):
        tenant.s3.put_object(Bucket=bucket, Key=f"k{i}", Body=body(mark))
    assert holds(sited.data, mark) and not holds(sited.abroad, mark)
    other = Tenant(sited)
    target = other.bucket("t")
    other.s3.put_bucket_policy(Bucket=target, Policy=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": tenant.id}, "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{target}/*"}]}))
    refused(sited, lambda: tenant.s3.copy_object(
        Bucket=target, Key="k", CopySource={"Bucket": bucket, "Key": "k0"}),
        f"residency of account {tenant.id} allows PS", "no known jurisdiction")


def test_access_logs(sited, tenant):
    bound, free = tenant.bucket("bound", ["PS"]), tenant.bucket("free")
    allow_logs(tenant.s3, free)
    status = {"LoggingEnabled": {"TargetBucket": free, "TargetPrefix": "p/"}}
    refused(sited, lambda: tenant.s3.put_bucket_logging(Bucket=bound, BucketLoggingStatus=status),
            f"residency of bucket {bound} allows PS", "(access_log)")
    # Set before there was a rule: then the delivery asks.
    later = tenant.bucket("later")
    tenant.s3.put_bucket_logging(Bucket=later, BucketLoggingStatus=status)
    tenant.set(["PS"], later)
    tenant.s3.list_objects_v2(Bucket=later)
    told = [r for r in wait_for_records(sited, "an access log can't be delivered")
            if r.get("bucket") == later]
    assert f"residency of bucket {later} allows PS" in told[0]["error"]
    assert "Contents" not in tenant.s3.list_objects_v2(Bucket=free)


def wait_for_records(server, message):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := [r for r in server.records() if message in json.dumps(r)]:
            return found
        time.sleep(0.1)
    raise AssertionError(f"never said: {message}")


def test_trails(sited, tenant):
    free = tenant.bucket("free")
    tenant.set(["PS"])
    cloudtrail = trail_client(sited, tenant.keys)
    cloudtrail.create_trail(Name="own", S3BucketName=free)  # the account's rule binds it, too
    other = Tenant(sited)
    target = other.bucket("t")
    other.s3.put_bucket_policy(Bucket=target, Policy=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{target}/*"}]}))
    with pytest.raises(ClientError) as caught:
        cloudtrail.create_trail(Name="other", S3BucketName=target)
    message = caught.value.response["Error"]["Message"]
    assert f"residency of account {tenant.id} allows PS" in message and "(trail)" in message


def test_backups(sited, tenant):
    operator = Admin(sited)
    order = {"kind": "backup", "to": "night"}
    tenant.set(["PS"])
    answer = operator("POST", "engine/jobs", order, 403)
    assert "allows PS, and site de-1 is in DE (backup)" in answer["error"]["message"]
    told = wait_for_records(sited, "a backup was refused")
    assert "allows PS, and site de-1 is in DE (backup)" in told[0]["rule"]


def test_backups_of_a_stopped_store_ask_too(tmp_path):
    with Server(args=["--site", HOME]) as server:
        admin = Admin(server)
        admin("PUT", f"sites/{HOME}", {"jurisdiction": "PS"})
        admin("PUT", f"sites/{ABROAD}", {"jurisdiction": "DE"})
        tenant = Tenant(server)
        tenant.set(["PS"])
        server.stop()

        def backup(*words):
            return muzn("engine", "backup", "--data", server.data, "--to", str(tmp_path / "b"),
                        *words, check=False)
        for words, site in (((), "without a label"), (("--site", ABROAD), "site de-1 is in DE"),
                            (("--site", "moon"), "no known jurisdiction")):
            done = backup(*words)
            assert done.returncode == 2, done.stdout
            assert f"residency of account {tenant.id} allows PS" in done.stderr
            assert site in done.stderr
            assert not (tmp_path / "b").exists()
        assert backup("--site", HOME).returncode == 0


def test_labels_are_for_good(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    server = Server(args=["--site", HOME, "--blob-dir", str(disk), "--blob-site", f"{disk}=de-1"])
    try:
        server.start()
        server.stop()
        server.args = ["--blob-dir", str(disk)]  # labels need not be said again
        server.start()
        assert Admin(server)("GET", "sites")["volumes"] == [
            {"volume": 0, "site": HOME}, {"volume": 1, "site": "de-1"}]
        server.stop()
        for args, why in (
                (["--site", "de-1"], "is labelled as of site ps-1, and this start says de-1"),
                (["--blob-dir", str(disk), "--blob-site", f"{disk}=ps-1"],
                 "is labelled as of site de-1, and this start says ps-1"),
                (["--blob-site", f"{disk}=de-1"], "labels a directory that no blob_dir names"),
                (["--blob-dir", str(disk), "--blob-site", str(disk)], "blob_site is DIR=SITE"),
                (["--site", "No!"], "a site's id is 1 to 32 of a-z 0-9 -")):
            server.args = args
            with pytest.raises(AssertionError) as caught:
                server.start()
            assert why in str(caught.value)
    finally:
        server.remove()


def test_an_unlabelled_installation_takes_no_residency(tmp_path):
    with Server() as server:
        tenant = Tenant(server)
        answer = tenant.set(["PS"], None, 403)
        assert "a site without a label is in no known jurisdiction" in answer["error"]["message"]


def test_sites(sited, tenant):
    operator = Admin(sited)
    assert operator("PUT", f"sites/{HOME}", {"jurisdiction": "DE"}, 409)
    assert operator("DELETE", f"sites/{ABROAD}", None, 409)["error"]["code"] == "Conflict"
    tenant.admin("PUT", "sites/mine", {"jurisdiction": "PS"}, 403)
    listed = tenant.admin("GET", "sites")
    assert {(s["site"], s["jurisdiction"]) for s in listed["sites"]} >= {(HOME, "PS"),
                                                                         (ABROAD, "DE")}
    done = sited.cli("admin", "site", "add", "it-1", "--jurisdiction", "IT", check=False)
    assert done.returncode == 0, done.stderr
    done = sited.cli("admin", "site", "delete", "it-1", check=False)
    assert done.returncode == 0, done.stderr
    assert operator("PUT", "sites/it-1", {"jurisdiction": "IT"}, 409)
    done = sited.cli("admin", "residency", "set", "--account", tenant.id, "--jurisdictions",
                     "PS,DE", keys=tenant.keys, check=False)
    assert done.returncode == 0, done.stderr
    assert "residency of account" in sited.cli("admin", "residency", "show", "--account",
                                               tenant.id, keys=tenant.keys).stdout
    # The operator narrows it, and does not widen it.
    path = f"accounts/{tenant.id}/residency"
    operator("PUT", path, {"jurisdictions": ["PS"]})
    operator("PUT", path, {"jurisdictions": ["PS", "DE"]}, 403)
    operator("PUT", path, {"jurisdictions": []}, 403)


def test_nothing_that_anybody_does_moves_bound_bytes_abroad(sited):
    """Whatever is done by chance: the bytes of a bucket are where all its rules let them be."""
    chance = random.Random(f"{commit_seed()}-residency")
    tenants = [Tenant(sited) for _ in range(2)]
    tenants[0].set(["PS"])
    buckets = []
    for tenant in tenants:
        for number in range(3):
            rule = [["PS"], None, ["PS"] if tenant is tenants[0] else ["PS", "DE"]][number]
            buckets.append([tenant, tenant.bucket(f"r{number}", rule), rule])
    bound = {}  # by mark: is it only to be at home
    where = {}  # keys and marks by bucket
    at_home = {b: t is tenants[0] or rule == ["PS"] for t, b, rule in buckets}
    for step in range(150):
        tenant, bucket, _ = chance.choice(buckets)
        own = where.setdefault(bucket, {})
        key = f"k{chance.randrange(8)}"
        what = chance.randrange(4)
        if what < 2 or not own:
            mark = marker()
            tenant.s3.put_object(Bucket=bucket, Key=key, Body=body(mark))
            own[key] = mark
            bound[mark] = at_home[bucket]
        elif what == 2:
            source = chance.choice(sorted(own))
            to_tenant, target, _ = chance.choice(buckets)
            try:
                tenant.s3.copy_object(Bucket=target, Key=key,
                                      CopySource={"Bucket": bucket, "Key": source})
            except ClientError as error:
                assert error.response["Error"]["Code"] in ("AccessDenied", "InvalidRequest"), error
                continue
            assert to_tenant is tenant
            assert at_home[target] or not at_home[bucket], "bound bytes got into a free bucket"
            where.setdefault(target, {})[key] = own[source]
        else:
            gone = chance.choice(sorted(own))
            tenant.s3.delete_object(Bucket=bucket, Key=gone)
            own.pop(gone)
    abroad = b"".join(path.read_bytes() for path in blobs_in(sited.abroad))
    assert any(bound.values()) and not all(bound.values())
    assert [mark for mark, is_bound in bound.items() if is_bound and mark in abroad] == []
    assert [mark for mark, is_bound in bound.items() if not is_bound and mark in abroad] != []


def test_only_the_door_connects():
    """Whoever opens a connection is the door, which takes a permit, or a client of ours."""
    opens = re.compile(r"\bnet::(fetch|connect)\(|\b::connect\(")
    found = {str(path.relative_to(ROOT)) for path in pathlib.Path(ROOT, "src").rglob("*.cc")
             if path.parent.name != "net" and opens.search(path.read_text("utf-8"))}
    assert found == {"src/egress/door.cc", "src/cli/call.cc", "src/cli/audit_log.cc"} | {
        path for path in found if path.startswith("src/cli/bench")}
