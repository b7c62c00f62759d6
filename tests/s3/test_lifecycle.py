"""Lifecycle rules: their document, what is told of them, and what they do in days of two seconds."""
import datetime
import time

import pytest

from sdk import code_of, s3_client
from server import Server
from test_bucket_logging import lines, pair
from test_private_logs import Tenant
from test_receipts import entries

DAY = 2
# A pass comes each second, and walks up to the present stay a day behind it.
WAIT_SECONDS = 30


@pytest.fixture(scope="module")
def quick():
    with Server(args=["--lifecycle-day-seconds", str(DAY), "--sweep-seconds", "1",
                      "--access-log-seconds", "1", "--ledger-seconds", "1"]) as running:
        yield running
        running.check()


@pytest.fixture(scope="module")
def quick_s3(quick):
    return s3_client(quick)


@pytest.fixture
def box(quick_s3, request):
    name = "l-" + request.node.name.replace("_", "-").lower()[:50].rstrip("-")
    quick_s3.create_bucket(Bucket=name)
    return name


def rule(name="r", enabled=True, **parts):
    out = {"ID": name, "Status": "Enabled" if enabled else "Disabled", **parts}
    if "Prefix" not in out:
        out.setdefault("Filter", {"Prefix": ""})
    return out


def put(s3, bucket, *rules, **more):
    return s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}, **more)


def keys(s3, bucket):
    return {o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}


def versions(s3, bucket):
    page = s3.list_object_versions(Bucket=bucket)
    return page.get("Versions", []), page.get("DeleteMarkers", [])


def until(says, what):
    deadline = time.monotonic() + WAIT_SECONDS
    while not says():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def versioned(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


# ---- the document ----

def test_document_comes_back(s3, bucket):
    assert code_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == (
        404, "NoSuchLifecycleConfiguration")
    rules = [
        rule("legacy", Prefix="old/", Expiration={"Days": 3}),
        rule("all", Filter={}, Expiration={"Date": datetime.datetime(
            2031, 1, 1, tzinfo=datetime.timezone.utc)}),
        rule("tag", False, Filter={"Tag": {"Key": "k", "Value": "v"}}, Expiration={"Days": 1}),
        rule("and", Filter={"And": {"Prefix": "a", "Tags": [{"Key": "k", "Value": "v"},
                                                            {"Key": "l", "Value": ""}],
                                    "ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 10}},
             NoncurrentVersionExpiration={"NoncurrentDays": 2, "NewerNoncurrentVersions": 3}),
        rule("markers", Expiration={"ExpiredObjectDeleteMarker": True},
             AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}),
    ]
    reply = put(s3, bucket, *rules)
    assert reply["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    shown = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert shown["Rules"] == rules
    put(s3, bucket, rule(Expiration={"Days": 1}),
        TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    shown = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert shown["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    assert shown["Rules"] == [rule(Expiration={"Days": 1})]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert code_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket)[0] == 404


def test_a_rule_without_id_gets_one(s3, bucket):
    two = [{"Status": "Enabled", "Filter": {"Prefix": p}, "Expiration": {"Days": 1}} for p in "ab"]
    put(s3, bucket, *two)
    shown = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert len({r["ID"] for r in shown}) == 2 and all(r["ID"] for r in shown)


@pytest.mark.parametrize("code, rules", [
    ("MalformedXML", [{**rule(Expiration={"Days": 1}), "Status": "enabled"}]),
    ("MalformedXML", [{"ID": "r", "Status": "Enabled", "Expiration": {"Days": 1}}]),
    ("MalformedXML", [{**rule(Prefix="a", Expiration={"Days": 1}), "Filter": {"Prefix": "a"}}]),
    ("MalformedXML", [rule(Expiration={"Days": 1, "ExpiredObjectDeleteMarker": True})]),
    ("MalformedXML", [rule(Expiration={})]),
    ("MalformedXML", [rule(Filter={"Prefix": "a", "Tag": {"Key": "k", "Value": "v"}},
                           Expiration={"Days": 1})]),
    ("MalformedXML", [rule(Filter={"And": {"Prefix": "a"}}, Expiration={"Days": 1})]),
    ("MalformedXML", [rule(NoncurrentVersionExpiration={"NewerNoncurrentVersions": 2})]),
    ("MalformedXML", [rule(Transitions=[{"Days": 1, "StorageClass": "NONE_SUCH"}])]),
    ("InvalidArgument", [rule(Expiration={"Days": 0})]),
    ("InvalidArgument", [rule(NoncurrentVersionExpiration={"NoncurrentDays": 0})]),
    ("InvalidArgument", [rule(NoncurrentVersionExpiration={"NoncurrentDays": 1,
                                                           "NewerNoncurrentVersions": 101})]),
    ("InvalidArgument", [rule(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 0})]),
    ("InvalidArgument", [rule(Expiration={"Date": datetime.datetime(2030, 1, 1, 1)})]),
    ("InvalidArgument", [rule("x" * 256, Expiration={"Days": 1})]),
    ("InvalidArgument", [rule(Expiration={"Days": 1}), rule(Expiration={"Days": 2})]),
    ("InvalidRequest", [rule()]),
    ("InvalidRequest", [rule(Filter={"Tag": {"Key": "k", "Value": "v"}},
                             Expiration={"ExpiredObjectDeleteMarker": True})]),
    ("InvalidRequest", [rule(Filter={"Tag": {"Key": "k", "Value": "v"}},
                             AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1})]),
    ("InvalidRequest", [rule(Filter={"And": {"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 5}},
                             Expiration={"Days": 1})]),
    ("InvalidStorageClass", [rule(Transitions=[{"Days": 1, "StorageClass": "GLACIER"}])]),
    ("InvalidStorageClass", [rule(NoncurrentVersionTransitions=[
        {"NoncurrentDays": 1, "StorageClass": "STANDARD_IA"}])]),
])
def test_refused(s3, bucket, code, rules):
    with pytest.raises(s3.exceptions.ClientError) as caught:
        put(s3, bucket, *rules)
    assert caught.value.response["Error"]["Code"] == code
    assert code_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket)[0] == 404


# ---- what rules do ----

def test_expires_what_matches(quick_s3, quick, box):
    s3 = quick_s3
    s3.put_object(Bucket=box, Key="go/plain", Body=b"x")
    s3.put_object(Bucket=box, Key="stay/plain", Body=b"x")
    s3.put_object(Bucket=box, Key="tagged/yes", Body=b"x", Tagging="end=1")
    s3.put_object(Bucket=box, Key="tagged/no", Body=b"x", Tagging="end=2")
    s3.put_object(Bucket=box, Key="size/small", Body=b"x" * 10)
    s3.put_object(Bucket=box, Key="size/large", Body=b"x" * 11)
    put(s3, box, rule("go", Filter={"Prefix": "go/"}, Expiration={"Days": 1}),
        rule("off", False, Filter={"Prefix": "stay/"}, Expiration={"Days": 1}),
        rule("tag", Filter={"Tag": {"Key": "end", "Value": "1"}}, Expiration={"Days": 1}),
        rule("size", Filter={"And": {"Prefix": "size/", "ObjectSizeGreaterThan": 10}},
             Expiration={"Days": 1}))
    left = {"stay/plain", "tagged/no", "size/small"}
    until(lambda: keys(s3, box) == left, "what is due goes")
    time.sleep(2 * DAY)
    assert keys(s3, box) == left
    told = [r for r in quick.records() if r.get("bucket") == box
            and r.get("operation") == "S3.EXPIRE.OBJECT"]
    assert {r["key"] for r in told} == {"go/plain", "tagged/yes", "size/large"}
    assert {r["principal"]["arn"] if isinstance(r.get("principal"), dict)
            else r.get("principal_arn") for r in told} == {"lifecycle"}


def test_the_access_log_tells_it(quick_s3):
    source, target = pair(quick_s3)
    quick_s3.put_object(Bucket=source, Key="k", Body=b"four")
    put(quick_s3, source, rule("r", Expiration={"Days": 1}))

    def told():
        return [line for line in lines(quick_s3, target) if line["operation"] == "S3.EXPIRE.OBJECT"]

    until(told, "a line of what went")
    line, = told()
    assert (line["bucket"], line["key"], line["size"]) == (source, "k", "4")
    assert line["requester"] == "AmazonS3"


def test_the_accounts_own_log_has_it(quick):
    tenant = Tenant(quick, "l-recorded")
    tenant.put("k")
    put(tenant.client, tenant.bucket, rule("r", Expiration={"Days": 1}))
    until(lambda: not keys(tenant.client, tenant.bucket), "what is due goes")

    def told():
        return [e for e in entries(quick, tenant) if e.get("operation") == "S3.EXPIRE.OBJECT"]

    until(told, "its record")
    entry, = told()
    assert entry["key"] == "k" and entry["bucket"] == tenant.bucket


def test_tags_that_change_later(quick_s3, box):
    s3 = quick_s3
    s3.put_object(Bucket=box, Key="k", Body=b"x")
    s3.put_object(Bucket=box, Key="witness", Body=b"x", Tagging="end=1")
    put(s3, box, rule(Filter={"Tag": {"Key": "end", "Value": "1"}}, Expiration={"Days": 1}))
    until(lambda: keys(s3, box) == {"k"}, "the walk is past both")
    s3.put_object_tagging(Bucket=box, Key="k",
                          Tagging={"TagSet": [{"Key": "end", "Value": "1"}]})
    until(lambda: not keys(s3, box), "a tag that came later is honoured")


def test_a_version_gets_a_marker_and_ends(quick_s3, box):
    s3 = quick_s3
    versioned(s3, box)
    for body in (b"1", b"2"):
        s3.put_object(Bucket=box, Key="k", Body=body)
    put(s3, box, rule("current", Expiration={"Days": 1}))
    until(lambda: not keys(s3, box), "a marker hides it")
    objects, markers = versions(s3, box)
    assert len(objects) == 2 and len(markers) == 1
    put(s3, box, rule("old", NoncurrentVersionExpiration={"NoncurrentDays": 1}),
        rule("marker", Expiration={"ExpiredObjectDeleteMarker": True}))
    until(lambda: versions(s3, box) == ([], []), "nothing is left")


def test_newer_noncurrent_versions_are_kept(quick_s3, box):
    s3 = quick_s3
    versioned(s3, box)
    put(s3, box, rule(NoncurrentVersionExpiration={"NoncurrentDays": 1,
                                                   "NewerNoncurrentVersions": 2}))
    ids = [s3.put_object(Bucket=box, Key="k", Body=b"x")["VersionId"] for _ in range(5)]
    until(lambda: len(versions(s3, box)[0]) == 3, "two noncurrent ones stay")
    time.sleep(2 * DAY)
    assert [v["VersionId"] for v in versions(s3, box)[0]] == ids[:1:-1]
    # One more pushes one out.
    ids.append(s3.put_object(Bucket=box, Key="k", Body=b"x")["VersionId"])
    until(lambda: [v["VersionId"] for v in versions(s3, box)[0]] == ids[:2:-1], "the next one goes")


def test_locked_versions_stay(quick_s3, request):
    s3 = quick_s3
    box = "l-locked"
    s3.create_bucket(Bucket=box, ObjectLockEnabledForBucket=True)
    held = s3.put_object(Bucket=box, Key="held", Body=b"x",
                         ObjectLockLegalHoldStatus="ON")["VersionId"]
    s3.put_object(Bucket=box, Key="free", Body=b"x")
    s3.put_object(Bucket=box, Key="held", Body=b"y")
    s3.put_object(Bucket=box, Key="free", Body=b"y")
    put(s3, box, rule(NoncurrentVersionExpiration={"NoncurrentDays": 1}))
    until(lambda: len(versions(s3, box)[0]) == 3, "the one that is free goes")
    time.sleep(2 * DAY)
    assert held in {v["VersionId"] for v in versions(s3, box)[0]}
    s3.put_object_legal_hold(Bucket=box, Key="held", VersionId=held, LegalHold={"Status": "OFF"})
    until(lambda: len(versions(s3, box)[0]) == 2, "then it is free, too")


def test_uploads_are_aborted(quick_s3, box):
    s3 = quick_s3
    for key in ("go/a", "stay/a"):
        upload = s3.create_multipart_upload(Bucket=box, Key=key)["UploadId"]
        s3.upload_part(Bucket=box, Key=key, UploadId=upload, PartNumber=1, Body=b"part")
    put(s3, box, rule(Filter={"Prefix": "go/"},
                      AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}))

    def open_keys():
        return {u["Key"] for u in s3.list_multipart_uploads(Bucket=box).get("Uploads", [])}
    until(lambda: open_keys() == {"stay/a"}, "it is aborted")


def test_dates(quick_s3, box):
    s3 = quick_s3
    s3.put_object(Bucket=box, Key="go/k", Body=b"x")
    s3.put_object(Bucket=box, Key="stay/k", Body=b"x")
    utc = datetime.timezone.utc
    put(s3, box, rule("go", Filter={"Prefix": "go/"},
                      Expiration={"Date": datetime.datetime(2020, 1, 1, tzinfo=utc)}),
        rule("stay", Filter={"Prefix": "stay/"},
             Expiration={"Date": datetime.datetime(2999, 1, 1, tzinfo=utc)}))
    until(lambda: keys(s3, box) == {"stay/k"}, "the date is past")
    s3.put_object(Bucket=box, Key="go/later", Body=b"x")
    until(lambda: keys(s3, box) == {"stay/k"}, "it holds for what comes later, too")


def test_after_a_kill_it_goes_on(tmp_path):
    server = Server(data=tmp_path / "data", args=["--lifecycle-day-seconds", str(DAY)])
    with server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="kill")
        put(s3, "kill", rule(Filter={"Prefix": "go/"}, Expiration={"Days": 1}))
        for n in range(200):
            s3.put_object(Bucket="kill", Key=f"go/{n:03}", Body=b"x")
            s3.put_object(Bucket="kill", Key=f"stay/{n:03}", Body=b"x")
        until(lambda: len(keys(s3, "kill")) < 400, "it has begun")
        server.kill()
        server.start()
        s3 = s3_client(server)
        stay = {f"stay/{n:03}" for n in range(200)}
        until(lambda: keys(s3, "kill") == stay, "the rest goes")
