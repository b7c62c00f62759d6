"""RenameObject, as boto3 sends it: bytes stay, the name changes, at once or not at all."""
import uuid

import pytest

from sdk import code_of
from test_acl import DENIED, anyone  # noqa: F401
from test_policy import body_of, opened, put, statement  # noqa: F401
from wire import refused

BODIES = {"empty": b"", "inline": b"small", "blob": b"x" * 300_000}


def rename(client, bucket, source, key, **more):
    """With a token of its own unless told."""
    more.setdefault("ClientToken", str(uuid.uuid4()))
    client.rename_object(Bucket=bucket, Key=key, RenameSource=source, **more)


def keys_of(client, bucket):
    return [o["Key"] for o in client.list_objects_v2(Bucket=bucket).get("Contents", [])]


@pytest.mark.parametrize("kind", BODIES)
def test_all_goes_along(s3, bucket, kind):
    s3.put_object(Bucket=bucket, Key="old", Body=BODIES[kind], ContentType="text/x", Tagging="a=b",
                  Metadata={"m": "1"})
    before = s3.head_object(Bucket=bucket, Key="old")
    rename(s3, bucket, "old", "dir/new name+ü")
    assert keys_of(s3, bucket) == ["dir/new name+ü"]
    after = s3.get_object(Bucket=bucket, Key="dir/new name+ü")
    assert after["Body"].read() == BODIES[kind]
    for name in ("ETag", "LastModified", "ContentType", "Metadata"):
        assert after[name] == before[name]
    assert s3.get_object_tagging(Bucket=bucket, Key="dir/new name+ü")["TagSet"] == [
        {"Key": "a", "Value": "b"}]
    assert code_of(s3.get_object, Bucket=bucket, Key="old") == (404, "NoSuchKey")


def test_multipart(s3, bucket):
    parts = [b"a" * (5 << 20), b"b"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="old")["UploadId"]
    done = [{"PartNumber": n, "ETag": s3.upload_part(
        Bucket=bucket, Key="old", UploadId=upload, PartNumber=n, Body=part)["ETag"]}
        for n, part in enumerate(parts, 1)]
    s3.complete_multipart_upload(Bucket=bucket, Key="old", UploadId=upload,
                                 MultipartUpload={"Parts": done})
    reader = s3.get_object(Bucket=bucket, Key="old")["Body"]
    rename(s3, bucket, "old", "new")
    assert body_of(s3, bucket, "new") == b"".join(parts)
    assert s3.get_object(Bucket=bucket, Key="new", PartNumber=2)["Body"].read() == b"b"
    s3.delete_object(Bucket=bucket, Key="new")
    assert reader.read() == b"".join(parts)


def test_it_replaces_or_not(s3, bucket):
    s3.put_object(Bucket=bucket, Key="old", Body=b"o")
    s3.put_object(Bucket=bucket, Key="new", Body=b"n" * 100_000)
    failed = (412, "PreconditionFailed")
    assert code_of(rename, client=s3, bucket=bucket, source="old", key="new",
                   DestinationIfNoneMatch="*") == failed
    etag = s3.head_object(Bucket=bucket, Key="new")["ETag"]
    assert code_of(rename, client=s3, bucket=bucket, source="old", key="new",
                   SourceIfMatch=etag) == failed
    assert body_of(s3, bucket, "old") == b"o"
    rename(s3, bucket, "old", "new", DestinationIfMatch=etag)
    assert body_of(s3, bucket, "new") == b"o"
    assert keys_of(s3, bucket) == ["new"]
    assert code_of(rename, client=s3, bucket=bucket, source="old", key="x") == (404, "NoSuchKey")


def test_the_same_request_is_done_once(s3, bucket):
    s3.put_object(Bucket=bucket, Key="old", Body=b"1")
    rename(s3, bucket, "old", "new", ClientToken="once")
    s3.put_object(Bucket=bucket, Key="old", Body=b"2")
    rename(s3, bucket, "old", "new", ClientToken="once")
    assert body_of(s3, bucket, "new") == b"1"
    assert code_of(rename, client=s3, bucket=bucket, source="old", key="other",
                   ClientToken="once") == (400, "IdempotencyParameterMismatch")
    rename(s3, bucket, "old", "other", ClientToken="twice")
    assert body_of(s3, bucket, "other") == b"2"


def test_history_stays_with_its_key(s3, bucket):
    s3.put_object(Bucket=bucket, Key="old", Body=b"1")
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        assert code_of(rename, client=s3, bucket=bucket, source="old",
                       key="new") == (409, "InvalidBucketState")
    assert keys_of(s3, bucket) == ["old"]


def test_what_can_not_be_renamed(s3, bucket):
    s3.put_object(Bucket=bucket, Key="old", Body=b"1")
    s3.put_object(Bucket=bucket, Key="dir/", Body=b"")
    for source, key in (("old", "old"), ("dir/", "new"), ("old", "new/")):
        assert code_of(rename, client=s3, bucket=bucket, source=source,
                       key=key) == (400, "InvalidRequest")


def test_without_a_source(wire, bucket):
    refused(wire.request("PUT", f"/{bucket}/new?renameObject"), 400, "InvalidArgument")


def test_it_needs_what_a_copy_and_a_delete_need(s3, people, bob_arn, opened):  # noqa: F811
    """And the rights to another bucket's objects don't matter: a source is a key of this one."""
    bob = people["bob"]
    needed = {"s3:GetObject": "old", "s3:DeleteObject": "old", "s3:PutObject": "new"}
    for missing in needed:
        s3.put_object(Bucket=opened, Key="old", Body=b"1")
        put(s3, opened, *(statement(opened, action, bob_arn, keys=key)
                          for action, key in needed.items() if action != missing))
        assert code_of(rename, client=bob, bucket=opened, source="old", key="new") == DENIED
        assert body_of(s3, opened, "old") == b"1"
    put(s3, opened, *(statement(opened, action, bob_arn, keys=key)
                      for action, key in needed.items()))
    rename(bob, opened, "old", "new")
    assert body_of(s3, opened, "new") == b"1"


def test_tags_of_the_source_may_deny(s3, people, bob_arn, opened):  # noqa: F811
    tags = {"s3:ExistingObjectTag/secret": "yes"}
    put(s3, opened, statement(opened, "s3:*Object", bob_arn),
        statement(opened, "s3:GetObject", bob_arn, effect="Deny", StringEquals=tags))
    s3.put_object(Bucket=opened, Key="old", Body=b"1", Tagging="secret=yes")
    assert code_of(rename, client=people["bob"], bucket=opened, source="old", key="new") == DENIED
    s3.put_object(Bucket=opened, Key="old", Body=b"1", Tagging="secret=no")
    rename(people["bob"], opened, "old", "new")


def test_who_may_not_read_learns_nothing_of_what_is_there(s3, people, bob_arn, opened):  # noqa: F811
    put(s3, opened, statement(opened, "s3:*Object", bob_arn, keys="old"),
        statement(opened, "s3:PutObject", bob_arn, keys="new"))
    s3.put_object(Bucket=opened, Key="old", Body=b"1")
    assert code_of(rename, client=people["bob"], bucket=opened, source="old", key="new",
                   DestinationIfMatch='"x"') == DENIED
    rename(people["bob"], opened, "old", "new", DestinationIfNoneMatch="*")
