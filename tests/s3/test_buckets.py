"""Buckets: create, head, list, locate, delete; path-style and virtual-host style."""
import uuid

from sdk import code_of, s3_client
from server import Server
from wire import refused


def fresh():
    return f"t-{uuid.uuid4().hex[:16]}"


def test_life_of_a_bucket(s3):
    name = fresh()
    assert s3.create_bucket(Bucket=name)["Location"] == f"/{name}"
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    assert name in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    s3.delete_bucket(Bucket=name)
    assert code_of(s3.head_bucket, Bucket=name) == (404, "404")
    assert code_of(s3.delete_bucket, Bucket=name) == (404, "NoSuchBucket")
    s3.create_bucket(Bucket=name)  # the name is free again


def test_delete_needs_an_empty_bucket(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert code_of(s3.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty")
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


def test_names_at_the_edge(s3):
    for name in (f"{uuid.uuid4().hex}{uuid.uuid4().hex}"[:63], uuid.uuid4().hex[:3] + "0",
                 f"a.{fresh()}.b-c"):
        s3.create_bucket(Bucket=name)
        s3.delete_bucket(Bucket=name)


def test_names_are_shared_by_all_accounts(s3, other_s3, bucket):
    assert code_of(other_s3.create_bucket, Bucket=bucket) == (409, "BucketAlreadyExists")
    s3.create_bucket(Bucket=bucket)  # one's own again is no error in us-east-1


def test_list_is_paged_by_prefix(server):
    account, keys = server.new_account("pager")
    s3 = s3_client(server, keys)
    names = sorted(f"page-{n:02}-{account['id']}" for n in range(7))
    for name in [*names, f"zz-{account['id']}"]:
        s3.create_bucket(Bucket=name)
    found, token = [], None
    while True:
        page = s3.list_buckets(MaxBuckets=3, Prefix="page-",
                               **({"ContinuationToken": token} if token else {}))
        assert len(page["Buckets"]) <= 3 and page["Prefix"] == "page-"
        found += [b["Name"] for b in page["Buckets"]]
        token = page.get("ContinuationToken")
        if not token:
            break
    assert found == names
    assert page["Owner"]["ID"] == account["canonical_id"]


def test_location_and_ownership_headers(s3, wire):
    name = fresh()
    s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerPreferred")
    body = ("<CreateBucketConfiguration><LocationConstraint>us-west-2</LocationConstraint>"
            "</CreateBucketConfiguration>")
    refused(wire.request("PUT", f"/{fresh()}", body), 400, "IllegalLocationConstraintException")
    refused(wire.request("PUT", f"/{fresh()}", "<not-xml"), 400, "MalformedXML")
    refused(wire.request("PUT", f"/{fresh()}", headers=[("x-amz-object-ownership", "Mine")]),
            400, "InvalidArgument")


def test_expected_owner(s3, server, other, bucket):
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=server.operator())
    assert code_of(s3.list_objects_v2, Bucket=bucket,
                   ExpectedBucketOwner=other[0]["id"]) == (403, "AccessDenied")


def test_virtual_host_style_and_region():
    with Server(args=["--domain", "s3.example.com", "--region", "eu-central-1"]) as server:
        wire = server.wire()
        wire.region = "eu-central-1"
        assert wire.request("PUT", "/bucket").status == 200
        location = wire.request("GET", "/bucket?location").xml()
        assert location.text == "eu-central-1"
        path_host, wire.host = wire.host, f"bucket.s3.example.com:{server.port}"
        assert wire.request("PUT", "/a/b", b"virtual").status == 200
        assert wire.request("GET", "/a/b").body == b"virtual"
        assert wire.request("GET", "/?list-type=2").xml().findtext("Contents/Key") == "a/b"
        wire.host = path_host
        assert wire.request("GET", "/bucket/a/b").body == b"virtual"
        wire.region = "us-east-1"
        root = refused(wire.request("GET", "/bucket"), 400, "AuthorizationHeaderMalformed")
        assert root.findtext("Region") == "eu-central-1"
