"""Versions of objects: enabled, suspended, null versions, delete markers, reads and removals by id,
ListObjectVersions, copies and uploads, restarts and races."""
import base64
import concurrent.futures
import hashlib
import json
import re

import pytest
from botocore.exceptions import ClientError

from sdk import code_of, s3_client
from server import Server, muzn
from wire import refused

UNKNOWN = "3sL4kqtJlcpXroDTDmJ3sL4kqtJlcpXr"


def set_status(s3, bucket, status):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


@pytest.fixture
def versioned(s3, bucket):
    set_status(s3, bucket, "Enabled")
    return bucket


def put(s3, bucket, body, key="k"):
    return s3.put_object(Bucket=bucket, Key=key, Body=body).get("VersionId")


def body(s3, bucket, version=None, key="k"):
    named = {"VersionId": version} if version else {}
    return s3.get_object(Bucket=bucket, Key=key, **named)["Body"].read()


def entries(page):
    """(key, id, is a marker, is the latest) of a page, in the order of the document."""
    found = [(v["Key"], v["VersionId"], False, v["IsLatest"], v["LastModified"])
             for v in page.get("Versions", [])]
    found += [(m["Key"], m["VersionId"], True, m["IsLatest"], m["LastModified"])
              for m in page.get("DeleteMarkers", [])]
    return found


def chain(s3, bucket, key="k"):
    """Ids of a key from the newest: "!" is a marker, "*" the latest. By pages of one, so that
    versions and markers come in their order."""
    found, markers = [], {}
    while True:
        page = s3.list_object_versions(Bucket=bucket, Prefix=key, MaxKeys=1, **markers)
        found += [(k, i + ("!" if marker else "") + ("*" if latest else ""))
                  for k, i, marker, latest, _ in entries(page)]
        if not page["IsTruncated"]:
            return [i for k, i in found if k == key]
        markers = {"KeyMarker": page["NextKeyMarker"],
                   "VersionIdMarker": page["NextVersionIdMarker"]}


def headers_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    meta = caught.value.response["ResponseMetadata"]
    return meta["HTTPStatusCode"], meta["HTTPHeaders"]


# --- the configuration ---

def test_configuration(s3, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    for status in ("Suspended", "Enabled", "Enabled", "Suspended"):
        set_status(s3, bucket, status)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status
    both = {"Status": "Enabled", "MFADelete": "Disabled"}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=both)
    assert "MFADelete" not in s3.get_bucket_versioning(Bucket=bucket)
    assert code_of(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={
        **both, "MFADelete": "Enabled"}) == (501, "NotImplemented")
    assert code_of(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={}) == (
        400, "IllegalVersioningConfigurationException")
    for wrong in ("enabled", "Disabled", ""):
        assert code_of(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={
            "Status": wrong})[0] == 400
    assert code_of(s3.get_bucket_versioning, Bucket="no-such-bucket-at-all") == (
        404, "NoSuchBucket")


@pytest.mark.parametrize("document", [
    "<VersioningConfiguration>", "<Versioning><Status>Enabled</Status></Versioning>",
    "<VersioningConfiguration><Status>Enabled</Status><Status>Suspended</Status>"
    "</VersioningConfiguration>",
    "<VersioningConfiguration><Status>Enabled</Status><Other/></VersioningConfiguration>",
    "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Perhaps</MfaDelete>"
    "</VersioningConfiguration>"])
def test_documents_that_are_none(wire, s3, bucket, document):
    text = document.encode()
    md5 = base64.b64encode(hashlib.md5(text).digest()).decode()
    answer = wire.request("PUT", f"/{bucket}?versioning", text, [("Content-MD5", md5)])
    refused(answer, 400, "MalformedXML")
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_another_account_may_not(other_s3, versioned):
    assert code_of(other_s3.get_bucket_versioning, Bucket=versioned) == (403, "AccessDenied")
    assert code_of(other_s3.put_bucket_versioning, Bucket=versioned, VersioningConfiguration={
        "Status": "Suspended"}) == (403, "AccessDenied")


# --- writes, reads, removals ---

def test_each_write_is_kept(s3, bucket):
    assert put(s3, bucket, b"before") is None
    set_status(s3, bucket, "Enabled")
    first, second = put(s3, bucket, b"first"), put(s3, bucket, b"x" * 100_000)
    for version in (first, second):
        assert re.fullmatch(r"[A-Za-z0-9._]{32}", version)
    assert chain(s3, bucket) == [second + "*", first, "null"]
    assert body(s3, bucket) == b"x" * 100_000
    assert body(s3, bucket, first) == b"first"
    assert body(s3, bucket, "null") == b"before"
    assert s3.head_object(Bucket=bucket, Key="k")["VersionId"] == second
    assert s3.head_object(Bucket=bucket, Key="k", VersionId="null")["VersionId"] == "null"
    part = s3.get_object(Bucket=bucket, Key="k", VersionId=first, Range="bytes=1-2")
    assert (part["Body"].read(), part["VersionId"]) == (b"ir", first)
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", VersionId=first,
                                          ObjectAttributes=["ObjectSize"])
    assert (attributes["ObjectSize"], attributes["VersionId"]) == (5, first)
    assert [o["Size"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [100_000]


def test_ids_that_are_none(s3, versioned):
    put(s3, versioned, b"x")
    at = {"Bucket": versioned, "Key": "k"}
    for call in (s3.get_object, s3.get_object_tagging, s3.get_object_acl):
        assert code_of(call, **at, VersionId=UNKNOWN) == (404, "NoSuchVersion")
        assert code_of(call, **at, VersionId="null") == (404, "NoSuchVersion")
        assert code_of(call, **at, VersionId="x") == (400, "InvalidArgument")
    assert code_of(s3.head_object, **at, VersionId=UNKNOWN)[0] == 404
    assert code_of(s3.delete_object, **at, VersionId="../k") == (400, "InvalidArgument")
    assert code_of(s3.copy_object, **at, CopySource={**at, "VersionId": "x"}) == (
        400, "InvalidArgument")
    assert code_of(s3.copy_object, Bucket=versioned, Key="copy", CopySource={
        **at, "VersionId": UNKNOWN}) == (404, "NoSuchVersion")
    assert code_of(s3.list_object_versions, Bucket=versioned, KeyMarker="k",
                   VersionIdMarker="x") == (400, "InvalidArgument")
    reply = s3.delete_object(**at, VersionId=UNKNOWN)  # what is not there is removed
    assert reply["VersionId"] == UNKNOWN and "DeleteMarker" not in reply
    assert len(chain(s3, versioned)) == 1


def test_delete_markers(s3, versioned):
    version = put(s3, versioned, b"x")
    reply = s3.delete_object(Bucket=versioned, Key="k")
    marker = reply["VersionId"]
    assert reply["DeleteMarker"] and marker != version
    assert chain(s3, versioned) == [marker + "!*", version]
    at = {"Bucket": versioned, "Key": "k"}
    for call in (s3.get_object, s3.head_object):
        status, headers = headers_of(call, **at)
        assert status == 404 and headers["x-amz-delete-marker"] == "true"
        assert headers["x-amz-version-id"] == marker and "last-modified" not in headers
        status, headers = headers_of(call, **at, VersionId=marker)
        assert status == 405 and headers["x-amz-delete-marker"] == "true"
        assert headers["last-modified"] and headers["allow"] == "DELETE"
    assert code_of(s3.get_object, **at) == (404, "NoSuchKey")
    assert code_of(s3.get_object, **at, VersionId=marker) == (405, "MethodNotAllowed")
    assert code_of(s3.put_object_tagging, **at, Tagging={"TagSet": []}) == (
        405, "MethodNotAllowed")
    assert code_of(s3.get_object_acl, **at, VersionId=marker) == (405, "MethodNotAllowed")
    assert code_of(s3.copy_object, Bucket=versioned, Key="c", CopySource=at) == (
        404, "NoSuchKey")
    assert code_of(s3.copy_object, Bucket=versioned, Key="c", CopySource={
        **at, "VersionId": marker}) == (400, "InvalidRequest")
    assert "Contents" not in s3.list_objects_v2(Bucket=versioned)
    assert "Contents" not in s3.list_objects(Bucket=versioned)
    assert body(s3, versioned, version) == b"x"
    again = s3.delete_object(**at)["VersionId"]  # markers are versions: they pile up
    assert chain(s3, versioned) == [again + "!*", marker + "!", version]
    for named in (again, marker):
        reply = s3.delete_object(**at, VersionId=named)
        assert reply["DeleteMarker"] and reply["VersionId"] == named
    assert body(s3, versioned) == b"x"
    never = s3.delete_object(Bucket=versioned, Key="never")
    assert never["DeleteMarker"] and chain(s3, versioned, "never") == [never["VersionId"] + "!*"]


def test_removing_the_current_version_brings_back_the_one_before(s3, versioned):
    ids = [put(s3, versioned, str(n).encode()) for n in range(4)]
    s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[1])
    reply = s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[3])
    assert reply["VersionId"] == ids[3] and "DeleteMarker" not in reply
    assert chain(s3, versioned) == [ids[2] + "*", ids[0]]
    s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[2])
    assert body(s3, versioned) == b"0"
    s3.delete_object(Bucket=versioned, Key="k", VersionId=ids[0])
    assert code_of(s3.get_object, Bucket=versioned, Key="k") == (404, "NoSuchKey")
    assert chain(s3, versioned) == []


def test_suspended(s3, bucket):
    put(s3, bucket, b"null 1")
    set_status(s3, bucket, "Enabled")
    kept = put(s3, bucket, b"kept")
    set_status(s3, bucket, "Suspended")
    assert put(s3, bucket, b"null 2") is None
    assert s3.head_object(Bucket=bucket, Key="k")["VersionId"] == "null"
    assert put(s3, bucket, b"null 3") is None
    assert chain(s3, bucket) == ["null*", kept]
    assert body(s3, bucket, "null") == b"null 3"
    reply = s3.delete_object(Bucket=bucket, Key="k")
    assert reply["DeleteMarker"] and reply["VersionId"] == "null"
    assert chain(s3, bucket) == ["null!*", kept]
    assert code_of(s3.get_object, Bucket=bucket, Key="k", VersionId="null") == (
        405, "MethodNotAllowed")
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert body(s3, bucket) == b"kept"
    s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k",
                                                       "VersionId": kept})
    assert chain(s3, bucket) == ["null*", kept]
    set_status(s3, bucket, "Enabled")
    newest = put(s3, bucket, b"newest")
    assert chain(s3, bucket) == [newest + "*", "null", kept]


def test_a_bucket_goes_when_its_last_marker_went(s3, versioned):
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    assert code_of(s3.delete_bucket, Bucket=versioned) == (409, "BucketNotEmpty")
    s3.delete_object(Bucket=versioned, Key="k", VersionId=marker)
    version = put(s3, versioned, b"x")
    hidden = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    s3.delete_object(Bucket=versioned, Key="k", VersionId=hidden)
    assert code_of(s3.delete_bucket, Bucket=versioned) == (409, "BucketNotEmpty")
    s3.delete_object(Bucket=versioned, Key="k", VersionId=version)
    s3.delete_bucket(Bucket=versioned)


def test_delete_objects(s3, versioned):
    first, second = put(s3, versioned, b"1"), put(s3, versioned, b"2")
    reply = s3.delete_objects(Bucket=versioned, Delete={"Objects": [
        {"Key": "k"}, {"Key": "k", "VersionId": first}, {"Key": "k", "VersionId": UNKNOWN},
        {"Key": "k", "VersionId": "x"}]})
    told = {d.get("VersionId"): d for d in reply["Deleted"]}
    marker = told[None]["DeleteMarkerVersionId"]
    assert told[None]["DeleteMarker"] and set(told) == {None, first, UNKNOWN}
    assert "DeleteMarker" not in told[first]
    assert [(e["VersionId"], e["Code"]) for e in reply["Errors"]] == [("x", "NoSuchVersion")]
    assert chain(s3, versioned) == [marker + "!*", second]
    reply = s3.delete_objects(Bucket=versioned, Delete={"Objects": [
        {"Key": "k", "VersionId": marker}]})
    deleted = reply["Deleted"][0]
    assert deleted["DeleteMarker"] and deleted["DeleteMarkerVersionId"] == marker
    assert deleted["VersionId"] == marker
    assert body(s3, versioned) == b"2"
    quiet = s3.delete_objects(Bucket=versioned, Delete={"Quiet": True, "Objects": [
        {"Key": "k", "VersionId": second}]})
    assert "Deleted" not in quiet and chain(s3, versioned) == []


def test_conditions(s3, versioned):
    at = {"Bucket": versioned, "Key": "k"}
    etag = s3.put_object(**at, Body=b"1", IfNoneMatch="*")["ETag"]
    assert code_of(s3.put_object, **at, Body=b"2", IfNoneMatch="*") == (412, "PreconditionFailed")
    s3.put_object(**at, Body=b"2", IfMatch=etag)
    assert code_of(s3.put_object, **at, Body=b"3", IfMatch=etag) == (412, "PreconditionFailed")
    assert code_of(s3.delete_object, **at, IfMatch=etag) == (412, "PreconditionFailed")
    s3.delete_object(**at)
    assert code_of(s3.put_object, **at, Body=b"3", IfMatch="*") == (404, "NoSuchKey")
    s3.put_object(**at, Body=b"3", IfNoneMatch="*")  # a marker is no object
    assert len(chain(s3, versioned)) == 4


def test_copies(s3, versioned):
    at = {"Bucket": versioned, "Key": "k"}
    first = s3.put_object(**at, Body=b"old", Metadata={"a": "1"}, Tagging="t=1")["VersionId"]
    second = s3.put_object(**at, Body=b"new")["VersionId"]
    restored = s3.copy_object(**at, CopySource={**at, "VersionId": first})
    assert restored["CopySourceVersionId"] == first
    assert restored["VersionId"] not in (first, second)
    now = s3.get_object(**at)
    assert now["Body"].read() == b"old" and now["Metadata"] == {"a": "1"} and now["TagCount"] == 1
    assert chain(s3, versioned) == [restored["VersionId"] + "*", second, first]
    other = s3.copy_object(Bucket=versioned, Key="other", CopySource=at)
    assert other["CopySourceVersionId"] == restored["VersionId"]
    upload = s3.create_multipart_upload(**at)["UploadId"]
    part = s3.upload_part_copy(**at, UploadId=upload, PartNumber=1,
                               CopySource={**at, "VersionId": second})
    assert part["CopySourceVersionId"] == second
    done = s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]})
    assert body(s3, versioned) == b"new" and done["VersionId"]


def test_uploads(s3, versioned):
    at = {"Bucket": versioned, "Key": "k"}
    first = put(s3, versioned, b"first")
    upload = s3.create_multipart_upload(**at)["UploadId"]
    etag = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    complete = {**at, "UploadId": upload, "MultipartUpload": {
        "Parts": [{"PartNumber": 1, "ETag": etag}]}}
    done = s3.complete_multipart_upload(**complete)
    assert s3.complete_multipart_upload(**complete)["VersionId"] == done["VersionId"]
    newest = put(s3, versioned, b"newest")
    assert chain(s3, versioned) == [newest + "*", done["VersionId"], first]
    got = s3.get_object(**at, VersionId=done["VersionId"], PartNumber=1)
    assert got["Body"].read() == b"part" and got["ETag"].endswith('-1"')


def test_tags_and_acls_of_one_version(s3, versioned):
    s3.put_bucket_ownership_controls(Bucket=versioned, OwnershipControls={
        "Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    at = {"Bucket": versioned, "Key": "k"}
    first, second = put(s3, versioned, b"1"), put(s3, versioned, b"2")
    tag = {"TagSet": [{"Key": "a", "Value": "1"}]}
    assert s3.put_object_tagging(**at, VersionId=first, Tagging=tag)["VersionId"] == first
    assert s3.get_object_tagging(**at, VersionId=first)["TagSet"] == tag["TagSet"]
    now = s3.get_object_tagging(**at)
    assert now["TagSet"] == [] and now["VersionId"] == second
    s3.put_object_acl(**at, VersionId=first, ACL="bucket-owner-read")
    s3.delete_object_tagging(**at, VersionId=first)
    assert s3.get_object_tagging(**at, VersionId=first)["TagSet"] == []
    assert len(chain(s3, versioned)) == 2


# --- listings ---

def expected_pages(order, size):
    return [order[at:at + size] for at in range(0, len(order), size)] or [[]]


def test_paging_by_both_markers(s3, versioned):
    """Many versions of few keys, in pages of every small size; nothing twice, nothing missing."""
    order = []
    for key in ("a", "a/b", "b", "c"):
        ids = []
        for number in range(7 if key == "a/b" else 3):
            if number % 3 == 1:
                ids.append((key, s3.delete_object(Bucket=versioned, Key=key)["VersionId"]))
            else:
                ids.append((key, put(s3, versioned, b"x", key)))
        order += reversed(ids)
    for size in (1, 2, 3, 5, 16, 1000):
        found, markers = [], {}
        while True:
            page = s3.list_object_versions(Bucket=versioned, MaxKeys=size, **markers)
            got = [(k, i) for k, i, *_ in entries(page)]
            assert set(got) == set(order[len(found):len(found) + size])
            found += got
            if not page["IsTruncated"]:
                break
            markers = {"KeyMarker": page["NextKeyMarker"],
                       "VersionIdMarker": page["NextVersionIdMarker"]}
            last = order[len(found) - 1]
            assert (page["NextKeyMarker"], page["NextVersionIdMarker"]) == last
        assert set(found) == set(order) and len(found) == len(order)
    latest = {k for k, _, _, is_latest, _ in entries(
        s3.list_object_versions(Bucket=versioned)) if is_latest}
    assert latest == {"a", "a/b", "b", "c"}
    after = s3.list_object_versions(Bucket=versioned, KeyMarker="a/b")
    assert {k for k, *_ in entries(after)} == {"b", "c"}
    grouped = s3.list_object_versions(Bucket=versioned, Delimiter="/", MaxKeys=4)
    assert [p["Prefix"] for p in grouped["CommonPrefixes"]] == ["a/"]
    assert grouped["IsTruncated"] and grouped["NextKeyMarker"] == "a/"
    rest = s3.list_object_versions(Bucket=versioned, Delimiter="/", KeyMarker="a/")
    assert {k for k, *_ in entries(rest)} == {"b", "c"} and "CommonPrefixes" not in rest
    prefixed = s3.list_object_versions(Bucket=versioned, Prefix="a/")
    assert len(entries(prefixed)) == 7 and not prefixed["IsTruncated"]
    assert entries(s3.list_object_versions(Bucket=versioned, MaxKeys=0)) == []
    assert code_of(s3.list_object_versions, Bucket=versioned, VersionIdMarker=UNKNOWN) == (
        400, "InvalidArgument")


def test_a_page_goes_on_where_its_marker_was_removed(s3, versioned):
    """As clients do that empty a bucket page by page."""
    for number in range(25):
        put(s3, versioned, b"x", f"k{number % 3}")
    markers, removed = {}, 0
    while True:
        page = s3.list_object_versions(Bucket=versioned, MaxKeys=4, **markers)
        for key, version, *_ in entries(page):
            s3.delete_object(Bucket=versioned, Key=key, VersionId=version)
            removed += 1
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"],
                   "VersionIdMarker": page["NextVersionIdMarker"]}
    assert removed == 25
    s3.delete_bucket(Bucket=versioned)


def test_more_versions_than_a_page_of_the_store(s3, versioned):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda n: put(s3, versioned, str(n).encode()), range(1200)))
    assert len(ids) == 1200
    first = s3.list_object_versions(Bucket=versioned)
    assert first["IsTruncated"] and len(first["Versions"]) == 1000
    second = s3.list_object_versions(Bucket=versioned, KeyMarker=first["NextKeyMarker"],
                                     VersionIdMarker=first["NextVersionIdMarker"])
    found = [v["VersionId"] for v in first["Versions"] + second["Versions"]]
    assert not second["IsTruncated"] and len(found) == 1200 and set(found) == ids
    times = [v["LastModified"] for v in first["Versions"] + second["Versions"]]
    assert times == sorted(times, reverse=True)


# --- who may ---

def test_grants_are_of_a_version(s3, other_s3, other, server, versioned):
    """A canned ACL opens one version, and no other."""
    s3.put_public_access_block(Bucket=versioned, PublicAccessBlockConfiguration={})
    s3.put_bucket_ownership_controls(Bucket=versioned, OwnershipControls={
        "Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    at = {"Bucket": versioned, "Key": "k"}
    opened = s3.put_object(**at, Body=b"open", ACL="public-read")["VersionId"]
    closed = s3.put_object(**at, Body=b"closed")["VersionId"]
    assert body(other_s3, versioned, opened) == b"open"
    assert code_of(other_s3.get_object, **at) == (403, "AccessDenied")
    assert code_of(other_s3.get_object, **at, VersionId=closed) == (403, "AccessDenied")
    assert code_of(other_s3.delete_object, **at, VersionId=opened) == (403, "AccessDenied")
    assert code_of(other_s3.get_object, **at, VersionId=UNKNOWN) == (403, "AccessDenied")


# --- restarts ---

def test_a_restart_changes_nothing():
    with Server() as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="bucket")
        put(s3, "bucket", b"null")
        set_status(s3, "bucket", "Enabled")
        ids = [put(s3, "bucket", str(n).encode() * (1 if n % 2 else 50_000)) for n in range(6)]
        marker = s3.delete_object(Bucket="bucket", Key="k")["VersionId"]
        s3.delete_object(Bucket="bucket", Key="k", VersionId=ids[2])
        wanted = [marker + "!*", ids[5], ids[4], ids[3], ids[1], ids[0], "null"]
        assert chain(s3, "bucket") == wanted
        server.kill()
        server.start()
        s3 = s3_client(server)
        assert s3.get_bucket_versioning(Bucket="bucket")["Status"] == "Enabled"
        assert chain(s3, "bucket") == wanted
        assert body(s3, "bucket", ids[4]) == b"4" * 50_000
        s3.delete_object(Bucket="bucket", Key="k", VersionId=marker)
        s3.delete_object(Bucket="bucket", Key="k", VersionId=ids[5])
        assert body(s3, "bucket") == b"4" * 50_000
        set_status(s3, "bucket", "Suspended")
        put(s3, "bucket", b"new null")
        assert chain(s3, "bucket") == ["null*", ids[4], ids[3], ids[1], ids[0]]
        server.stop()
        checked = muzn("engine", "check", "--data", str(server.data), "--json", check=False)
        assert checked.returncode == 0, checked.stdout
        result = json.loads(checked.stdout)
        assert (result["objects"], result["versions"]) == (1, 5)


# --- races ---

def test_writes_and_removals_at_once_lose_nothing(s3, versioned):
    """Each acknowledged write is a version, each acknowledged marker too; what was removed by its
    id is gone, and all the rest is there in one chain."""
    def work(number):
        written = put(s3, versioned, str(number).encode() * (1 if number % 3 else 40_000))
        marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
        if number % 4 == 0:
            s3.delete_object(Bucket=versioned, Key="k", VersionId=written)
            return [(marker, True)]
        if number % 4 == 1:
            s3.delete_object(Bucket=versioned, Key="k", VersionId=marker)
            return [(written, False)]
        return [(written, False), (marker, True)]

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        wanted = {one for made in pool.map(work, range(60)) for one in made}
    page = s3.list_object_versions(Bucket=versioned)
    found = [(i, marker) for _, i, marker, *_ in entries(page)]
    assert len(found) == len(wanted) and set(found) == wanted
    assert sum(is_latest for *_, is_latest, _ in entries(page)) == 1


def test_conditional_writes_at_once_have_one_winner(s3, versioned):
    s3.delete_object(Bucket=versioned, Key="k")

    def write(number):
        try:
            return s3.put_object(Bucket=versioned, Key="k", Body=str(number).encode(),
                                 IfNoneMatch="*")["VersionId"]
        except ClientError as error:
            assert error.response["Error"]["Code"] in (
                "PreconditionFailed", "ConditionalRequestConflict")
            return None

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        winners = [version for version in pool.map(write, range(32)) if version]
    assert len(winners) == 1 and chain(s3, versioned)[0] == winners[0] + "*"
    assert len(chain(s3, versioned)) == 2


def test_enabling_while_others_write(s3, bucket):
    """What was answered after the act has an id of its own; before it, one null version is left."""
    def write(number):
        return put(s3, bucket, str(number).encode())

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, number) for number in range(40)]
        set_status(s3, bucket, "Enabled")
        after = [write(number) for number in range(40, 45)]
        ids = [one.result() for one in writes] + after
    assert all(after)
    named = {version for version in ids if version}
    nulls = 1 if None in ids else 0
    found = [one.rstrip("*") for one in chain(s3, bucket)]
    assert len(found) == len(named) + nulls
    assert set(found) - {"null"} == named
