"""Object Lock: retention, legal hold, default retention, and that nothing gets around them."""
import datetime
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from sdk import code_of, s3_client
from server import Server

LATER = datetime.datetime(2090, 1, 1, tzinfo=datetime.timezone.utc)
MUCH_LATER = datetime.datetime(2095, 1, 1, tzinfo=datetime.timezone.utc)
LOCKED = (403, "AccessDenied")


def lockable(s3):
    name = f"lock-{uuid.uuid4().hex[:16]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture
def vault(s3):
    return lockable(s3)


def retention(mode, until=LATER):
    return {"Mode": mode, "RetainUntilDate": until}


def rule(mode, **period):
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": mode, **period}}}


def in_a_moment(seconds=2):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)


def put(s3, bucket, key="k", **more):
    return {"Bucket": bucket, "Key": key,
            "VersionId": s3.put_object(Bucket=bucket, Key=key, Body=b"kept", **more)["VersionId"]}


def still_there(s3, at):
    assert s3.get_object(**at)["Body"].read() == b"kept"


def test_a_bucket_with_lock_has_versioning_for_good(s3, vault):
    assert s3.get_bucket_versioning(Bucket=vault)["Status"] == "Enabled"
    suspend = {"Status": "Suspended"}
    assert code_of(s3.put_bucket_versioning, Bucket=vault,
                   VersioningConfiguration=suspend) == (409, "InvalidBucketState")
    shown = s3.get_object_lock_configuration(Bucket=vault)["ObjectLockConfiguration"]
    assert shown == {"ObjectLockEnabled": "Enabled"}


def test_lock_on_a_bucket_that_is_there(s3, bucket):
    missing = (404, "ObjectLockConfigurationNotFoundError")
    assert code_of(s3.get_object_lock_configuration, Bucket=bucket) == missing
    put_rule = {"Bucket": bucket, "ObjectLockConfiguration": rule("GOVERNANCE", Days=1)}
    wrong_state = (409, "InvalidBucketState")
    assert code_of(s3.put_object_lock_configuration, **put_rule) == wrong_state
    s3.put_object(Bucket=bucket, Key="before", Body=b"kept")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(**put_rule)
    # What was there before has no lock, and can be given one.
    old = {"Bucket": bucket, "Key": "before", "VersionId": "null"}
    none = (404, "NoSuchObjectLockConfiguration")
    assert code_of(s3.get_object_retention, **old) == none
    s3.put_object_retention(**old, Retention=retention("COMPLIANCE"))
    s3.put_object(Bucket=bucket, Key="before", Body=b"newer")
    assert code_of(s3.delete_object, **old) == LOCKED
    still_there(s3, old)


def test_default_retention(s3, vault):
    s3.put_object_lock_configuration(Bucket=vault,
                                     ObjectLockConfiguration=rule("COMPLIANCE", Years=1))
    at = put(s3, vault)
    kept = s3.head_object(**at)
    year = kept["LastModified"] + datetime.timedelta(days=365)
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    assert abs(kept["ObjectLockRetainUntilDate"] - year) < datetime.timedelta(seconds=5)
    assert code_of(s3.delete_object, **at, BypassGovernanceRetention=True) == LOCKED
    # An own retention goes before the rule, a legal hold beside it.
    own = put(s3, vault, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=LATER)
    assert s3.get_object_retention(**own)["Retention"] == retention("GOVERNANCE")
    held = put(s3, vault, ObjectLockLegalHoldStatus="ON")
    assert s3.head_object(**held)["ObjectLockMode"] == "COMPLIANCE"
    # The rule is for new versions only.
    off = {"ObjectLockEnabled": "Enabled"}
    s3.put_object_lock_configuration(Bucket=vault, ObjectLockConfiguration=off)
    assert s3.get_object_lock_configuration(Bucket=vault)["ObjectLockConfiguration"] == off
    assert "ObjectLockMode" not in s3.head_object(**put(s3, vault))
    assert code_of(s3.delete_object, **at) == LOCKED


def test_a_copy_gets_the_rule_of_its_bucket(s3, vault):
    source = put(s3, vault, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=LATER)
    copied = s3.copy_object(Bucket=vault, Key="copy", CopySource=source)
    assert "ObjectLockMode" not in s3.head_object(Bucket=vault, Key="copy")
    s3.delete_object(Bucket=vault, Key="copy", VersionId=copied["VersionId"])
    s3.put_object_lock_configuration(Bucket=vault,
                                     ObjectLockConfiguration=rule("GOVERNANCE", Days=3))
    s3.copy_object(Bucket=vault, Key="copy", CopySource=source)
    assert s3.head_object(Bucket=vault, Key="copy")["ObjectLockMode"] == "GOVERNANCE"


def test_multipart(s3, vault):
    made = s3.create_multipart_upload(Bucket=vault, Key="m", ObjectLockMode="COMPLIANCE",
                                      ObjectLockRetainUntilDate=LATER,
                                      ObjectLockLegalHoldStatus="ON")
    at = {"Bucket": vault, "Key": "m", "UploadId": made["UploadId"]}
    etag = s3.upload_part(**at, PartNumber=1, Body=b"kept")["ETag"]
    done = s3.complete_multipart_upload(
        **at, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    version = {"Bucket": vault, "Key": "m", "VersionId": done["VersionId"]}
    shown = s3.head_object(**version)
    assert (shown["ObjectLockMode"], shown["ObjectLockRetainUntilDate"],
            shown["ObjectLockLegalHoldStatus"]) == ("COMPLIANCE", LATER, "ON")
    assert code_of(s3.delete_object, **version) == LOCKED


def test_compliance_is_never_less(s3, vault):
    at = put(s3, vault, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=LATER)
    for less in (retention("COMPLIANCE", in_a_moment(60)), retention("GOVERNANCE", MUCH_LATER), {}):
        for bypass in (False, True):
            assert code_of(s3.put_object_retention, **at, Retention=less,
                           BypassGovernanceRetention=bypass) == LOCKED
    s3.put_object_retention(**at, Retention=retention("COMPLIANCE"))
    s3.put_object_retention(**at, Retention=retention("COMPLIANCE", MUCH_LATER))
    for bypass in (False, True):
        assert code_of(s3.delete_object, **at, BypassGovernanceRetention=bypass) == LOCKED
    reply = s3.delete_objects(Bucket=vault, BypassGovernanceRetention=True,
                              Delete={"Objects": [{"Key": "k", "VersionId": at["VersionId"]}]})
    assert [error["Code"] for error in reply["Errors"]] == ["AccessDenied"]
    # A delete without a version only hides it, and a write only goes above it.
    s3.delete_object(Bucket=vault, Key="k")
    s3.put_object(Bucket=vault, Key="k", Body=b"newer")
    s3.copy_object(Bucket=vault, Key="k", CopySource={**at, "Key": "k"})
    still_there(s3, at)
    assert code_of(s3.delete_bucket, Bucket=vault) == (409, "BucketNotEmpty")
    assert s3.get_object_retention(**at)["Retention"] == retention("COMPLIANCE", MUCH_LATER)


def test_what_is_shown_can_be_put_back(s3, vault):
    s3.put_object_lock_configuration(Bucket=vault,
                                     ObjectLockConfiguration=rule("COMPLIANCE", Days=1))
    at = put(s3, vault)
    s3.put_object_retention(**at, Retention=s3.get_object_retention(**at)["Retention"])


def test_governance_is_passed_by_who_may_and_asks(s3, vault):
    at = put(s3, vault, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=LATER)
    assert code_of(s3.delete_object, **at) == LOCKED
    s3.put_object_retention(**at, Retention=retention("GOVERNANCE", MUCH_LATER))
    for other in (retention("GOVERNANCE"), retention("COMPLIANCE", MUCH_LATER), {}):
        assert code_of(s3.put_object_retention, **at, Retention=other) == LOCKED
    s3.put_object_retention(**at, Retention={}, BypassGovernanceRetention=True)
    assert code_of(s3.get_object_retention, **at) == (404, "NoSuchObjectLockConfiguration")
    s3.put_object_retention(**at, Retention=retention("GOVERNANCE"))
    s3.delete_object(**at, BypassGovernanceRetention=True)
    assert code_of(s3.head_object, **at)[0] == 404


def test_a_legal_hold_has_no_end(s3, vault):
    at = put(s3, vault)
    assert code_of(s3.get_object_legal_hold, **at) == (404, "NoSuchObjectLockConfiguration")
    s3.put_object_legal_hold(**at, LegalHold={"Status": "ON"})
    for bypass in (False, True):
        assert code_of(s3.delete_object, **at, BypassGovernanceRetention=bypass) == LOCKED
    s3.put_object_legal_hold(**at, LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(**at)["LegalHold"] == {"Status": "OFF"}
    s3.delete_object(**at)


def test_a_delete_marker_has_no_lock(s3, vault):
    put(s3, vault)
    s3.delete_object(Bucket=vault, Key="k")
    at = {"Bucket": vault, "Key": "k"}
    refused = (405, "MethodNotAllowed")
    assert code_of(s3.put_object_legal_hold, **at, LegalHold={"Status": "ON"}) == refused
    assert code_of(s3.put_object_retention, **at, Retention=retention("COMPLIANCE")) == refused


def test_retention_ends(s3, vault):
    at = put(s3, vault, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=in_a_moment())
    assert code_of(s3.delete_object, **at) == LOCKED
    until = time.monotonic() + 30
    while True:
        try:
            s3.delete_object(**at)
            break
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied" and time.monotonic() < until
        time.sleep(0.2)
    assert code_of(s3.head_object, **at)[0] == 404


def test_what_is_asked_wrongly(s3, vault, bucket):
    at = {"Bucket": vault, "Key": "k"}
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    put_lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": LATER}
    invalid = (400, "InvalidArgument")
    assert code_of(s3.put_object, **at, ObjectLockMode="GOVERNANCE") == invalid
    assert code_of(s3.put_object, **at, **{**put_lock, "ObjectLockMode": "x"}) == invalid
    assert code_of(s3.put_object, **at,
                   **{**put_lock, "ObjectLockRetainUntilDate": past}) == invalid
    assert code_of(s3.put_object, **at, ObjectLockLegalHoldStatus="x") == invalid
    put(s3, vault)
    assert code_of(s3.put_object_retention, **at,
                   Retention=retention("COMPLIANCE", past)) == invalid
    malformed = (400, "MalformedXML")
    assert code_of(s3.put_object_retention, **at, Retention=retention("x")) == malformed
    assert code_of(s3.put_object_legal_hold, **at, LegalHold={"Status": "x"}) == malformed
    # Without Object Lock nothing is taken and forgotten.
    at = {"Bucket": bucket, "Key": "k"}
    without = (400, "InvalidRequest")
    assert code_of(s3.put_object, **at, **put_lock) == without
    assert code_of(s3.create_multipart_upload, **at, ObjectLockLegalHoldStatus="ON") == without
    assert code_of(s3.head_object, **at)[0] == 404
    s3.put_object(**at, Body=b"")
    assert code_of(s3.put_object_retention, **at, Retention=retention("COMPLIANCE")) == without
    assert code_of(s3.get_object_retention, **at) == without
    assert code_of(s3.put_object_legal_hold, **at, LegalHold={"Status": "ON"}) == without
    assert code_of(s3.get_object_legal_hold, **at) == without


def test_who_may_only_write_may_not_lock(s3, other, other_s3):
    name = f"lock-{uuid.uuid4().hex[:16]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True,
                     ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_acl(Bucket=name, ACL="public-read-write")
    mine = {"Bucket": name, "Key": "theirs"}
    other_s3.put_object(**mine, Body=b"kept")
    denied = (403, "AccessDenied")
    for lock in ({"ObjectLockLegalHoldStatus": "ON"},
                 {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": LATER}):
        assert code_of(other_s3.put_object, **mine, **lock) == denied
        assert code_of(other_s3.create_multipart_upload, **mine, **lock) == denied
    assert code_of(other_s3.put_object_legal_hold, **mine, LegalHold={"Status": "ON"}) == denied
    # Governance is passed by who may, not by who says so.
    version = other_s3.put_object(**mine, Body=b"kept")["VersionId"]
    s3.put_object_retention(**mine, VersionId=version, Retention=retention("GOVERNANCE"))
    assert code_of(other_s3.delete_object, **mine, VersionId=version,
                   BypassGovernanceRetention=True) == denied
    with pytest.raises(ClientError):
        other_s3.get_object_retention(**mine)


def test_locks_outlive_a_restart():
    with Server() as server:
        s3 = s3_client(server)
        bucket = lockable(s3)
        at = put(s3, bucket, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=LATER)
        s3.put_object_lock_configuration(Bucket=bucket,
                                         ObjectLockConfiguration=rule("GOVERNANCE", Days=1))
        server.stop()
        server.start()
        s3 = s3_client(server)
        assert code_of(s3.delete_object, **at) == LOCKED
        assert s3.head_object(**put(s3, bucket, "new"))["ObjectLockMode"] == "GOVERNANCE"
