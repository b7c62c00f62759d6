"""ACLs, Object Ownership, Block Public Access and anonymous requests, through boto3 and raw."""
import boto3
import botocore
import botocore.config
import pytest

from sdk import code_of, s3_client
from server import Server
from test_admin import unique
from wire import refused

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
DENIED = (403, "AccessDenied")


@pytest.fixture(scope="session")
def anyone(server):
    """A client without credentials."""
    config = botocore.config.Config(signature_version=botocore.UNSIGNED,
                                    retries={"total_max_attempts": 1},
                                    s3={"addressing_style": "path"})
    return boto3.client("s3", endpoint_url=server.endpoint, region_name="us-east-1", config=config)


@pytest.fixture
def shared(s3):
    """A bucket with ACLs on and no Block Public Access."""
    name = unique("shared")
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=name)
    return name


def test_a_new_bucket_is_closed_as_on_aws(s3, anyone, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert all(block.values()) and len(block) == 4
    rules = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    refused = (400, "AccessControlListNotSupported")
    assert code_of(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == refused
    assert code_of(s3.put_object_acl, Bucket=bucket, Key="k", ACL="public-read") == refused
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read") == refused
    assert code_of(anyone.get_object, Bucket=bucket, Key="k") == DENIED
    assert code_of(anyone.list_buckets) == DENIED
    assert code_of(anyone.create_bucket, Bucket=unique("anyones")) == DENIED


def test_publishing_takes_three_deliberate_steps(s3, anyone, bucket):
    key = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**key, Body=b"news")
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert code_of(s3.put_object_acl, **key, ACL="public-read") == DENIED
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={
        "BlockPublicAcls": False, "IgnorePublicAcls": True})
    s3.put_object_acl(**key, ACL="public-read")
    assert code_of(anyone.get_object, **key) == DENIED
    s3.delete_public_access_block(Bucket=bucket)
    assert anyone.get_object(**key)["Body"].read() == b"news"
    assert anyone.head_object(**key)["ContentLength"] == 4
    assert code_of(anyone.list_objects_v2, Bucket=bucket) == DENIED
    assert code_of(anyone.get_object, Bucket=bucket, Key="none") == DENIED
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert [o["Key"] for o in anyone.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
    assert code_of(anyone.get_object, Bucket=bucket, Key="none") == (404, "NoSuchKey")


def test_grants_to_one_account(server, s3, other, other_s3, anyone, shared):
    account, _ = other
    s3.put_object(Bucket=shared, Key="k", Body=b"for one")
    s3.put_object_acl(Bucket=shared, Key="k", GrantRead=f'id="{account["canonical_id"]}"')
    assert other_s3.get_object(Bucket=shared, Key="k")["Body"].read() == b"for one"
    assert code_of(anyone.get_object, Bucket=shared, Key="k") == DENIED
    grants = s3.get_object_acl(Bucket=shared, Key="k")["Grants"]
    assert grants == [{"Grantee": {"ID": account["canonical_id"], "Type": "CanonicalUser",
                                   "DisplayName": account["display_name"]}, "Permission": "READ"}]
    s3.put_bucket_acl(Bucket=shared, GrantWrite=f'emailAddress="{account["email"]}"')
    other_s3.put_object(Bucket=shared, Key="theirs", Body=b"t")
    assert code_of(s3.get_object, Bucket=shared, Key="theirs") == DENIED
    assert code_of(other_s3.list_objects_v2, Bucket=shared) == DENIED
    assert code_of(other_s3.delete_object, Bucket=shared, Key="k") == DENIED
    other_s3.delete_object(Bucket=shared, Key="theirs")
    # An uploaded object is its writer's also when it came in parts.
    upload = other_s3.create_multipart_upload(Bucket=shared, Key="m", ACL="public-read")["UploadId"]
    tag = other_s3.upload_part(Bucket=shared, Key="m", UploadId=upload, PartNumber=1,
                               Body=b"part")["ETag"]
    other_s3.complete_multipart_upload(Bucket=shared, Key="m", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert anyone.get_object(Bucket=shared, Key="m")["Body"].read() == b"part"
    owner = other_s3.get_object_acl(Bucket=shared, Key="m")["Owner"]
    assert owner["ID"] == account["canonical_id"]


def test_round_trip_of_a_policy_document(s3, shared):
    policy = s3.get_bucket_acl(Bucket=shared)
    wanted = {"Owner": policy["Owner"], "Grants": [
        {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"},
        *policy["Grants"]]}
    s3.put_bucket_acl(Bucket=shared, AccessControlPolicy=wanted)
    assert s3.get_bucket_acl(Bucket=shared)["Grants"] == wanted["Grants"]


def test_an_overwrite_takes_the_list_of_its_own_request(s3, anyone, shared):
    s3.put_object(Bucket=shared, Key="k", Body=b"1", ACL="public-read")
    assert anyone.get_object(Bucket=shared, Key="k")["Body"].read() == b"1"
    s3.put_object(Bucket=shared, Key="k", Body=b"2")
    assert code_of(anyone.get_object, Bucket=shared, Key="k") == DENIED
    s3.copy_object(Bucket=shared, Key="copy", CopySource={"Bucket": shared, "Key": "k"},
                   ACL="public-read")
    assert anyone.get_object(Bucket=shared, Key="copy")["Body"].read() == b"2"


def test_settings_for_new_buckets():
    """A server told so makes buckets as AWS did before April 2023."""
    with Server(args=["--object-ownership", "ObjectWriter",
                      "--block-public-access", "false"]) as server:
        client = s3_client(server)
        client.create_bucket(Bucket="old-style", ACL="public-read")
        missing = (404, "NoSuchPublicAccessBlockConfiguration")
        assert code_of(client.get_public_access_block, Bucket="old-style") == missing


def test_headers_that_presigners_move_into_the_query(server, s3, anyone, wire, shared):
    """SDKs presign headers of x-amz-* as query parameters; they mean the same there."""
    query = "x-amz-acl=public-read&x-amz-meta-colour=green&x-amz-tagging=a%3Db"
    target = wire.signer().presign("PUT", wire.host, f"/{shared}/k?{query}")
    assert wire.anonymous("PUT", target, b"hoisted").status == 200
    got = anyone.get_object(Bucket=shared, Key="k")
    assert got["Body"].read() == b"hoisted" and got["Metadata"] == {"colour": "green"}
    assert s3.get_object_tagging(Bucket=shared, Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
    for value in ("a%0d%0aSet-Cookie:%20x", "a%0ab", "a%00b", "a%7fb"):
        target = wire.signer().presign("PUT", wire.host, f"/{shared}/k?x-amz-meta-m={value}")
        refused(wire.anonymous("PUT", target, b"split"), 400, "InvalidArgument")
    # Without a signature over it a query parameter is no header.
    wire.request("PUT", f"/{shared}/k2?x-amz-acl=public-read", b"x")
    assert code_of(anyone.get_object, Bucket=shared, Key="k2") == DENIED
