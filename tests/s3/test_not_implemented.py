"""Everything of S3 that Muzn does not do yet answers NotImplemented, and never by accident: the
operations come from the SDK's own model of S3, so a new one shows up here by itself."""
import botocore.session
import pytest

from wire import refused

DONE = {
    "AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateBucket",
    "CreateMultipartUpload", "DeleteBucket", "DeleteBucketCors", "DeleteBucketOwnershipControls",
    "DeleteBucketLifecycle", "DeleteBucketPolicy", "DeleteBucketTagging",
    # These two are the older names of the same requests.
    "GetBucketLifecycle", "PutBucketLifecycle",
    "DeleteObject", "DeleteObjects",
    "DeleteObjectTagging",
    "DeletePublicAccessBlock", "GetBucketAcl", "GetBucketCors", "GetBucketLocation",
    "GetBucketLifecycleConfiguration", "GetBucketLogging",
    "GetBucketOwnershipControls", "GetBucketPolicy", "GetBucketPolicyStatus",
    "GetBucketRequestPayment", "GetBucketTagging",
    "GetBucketVersioning", "GetObject", "GetObjectAcl", "GetObjectAttributes",
    "GetObjectLegalHold", "GetObjectLockConfiguration", "GetObjectRetention", "GetObjectTagging",
    "GetPublicAccessBlock", "HeadBucket", "HeadObject", "ListBuckets", "ListMultipartUploads",
    "ListObjects", "ListObjectsV2", "ListObjectVersions", "ListParts", "PutBucketAcl",
    "PutBucketCors", "PutBucketLifecycleConfiguration", "PutBucketLogging",
    "PutBucketOwnershipControls", "PutBucketPolicy",
    "PutBucketRequestPayment", "PutBucketTagging",
    "PutBucketVersioning", "PutObject", "PutObjectAcl", "PutObjectLegalHold",
    "PutObjectLockConfiguration", "PutObjectRetention", "PutObjectTagging",
    "PutPublicAccessBlock", "RenameObject", "UploadPart", "UploadPartCopy",
}
MODEL = botocore.session.get_session().get_service_model("s3")
REST = [name for name in MODEL.operation_names if name not in DONE]


def request_of(operation, bucket):
    """(method, target, headers): the smallest request that names this operation."""
    uri = operation.http["requestUri"].replace("{Bucket}", bucket).replace("{Key+}", "key")
    terms, headers = [], []
    shape = operation.input_shape
    for member in (shape.required_members if shape else []):
        form = shape.members[member].serialization
        if form.get("location") == "querystring":
            terms.append(f"{form['name']}=x")
        if form.get("location") == "header":
            headers.append((form["name"], "x"))
    query = "&".join(terms)
    if query:
        uri += ("&" if "?" in uri else "?") + query
    return operation.http["method"], uri, headers


@pytest.mark.parametrize("name", REST)
def test_operation(wire, bucket, name):
    method, target, headers = request_of(MODEL.operation_model(name), bucket)
    if name == "ListDirectoryBuckets":
        target = "/?x-id=ListDirectoryBuckets"  # only its host tells it from ListBuckets
    answer = wire.request(method, target, headers=headers)
    if method == "HEAD":
        assert answer.status == 501
    else:
        refused(answer, 501, "NotImplemented")


HEADERS = [("x-amz-server-side-encryption", "AES256"), ("x-amz-server-side-encryption", "aws:kms"),
           ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
           ("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-object-lock-legal-hold", "ON")]


@pytest.mark.parametrize("header", HEADERS, ids=lambda h: f"{h[0]}={h[1]}")
def test_headers_that_promise_something(wire, bucket, header):
    """A promise that is not kept must not be taken: refused, not ignored."""
    answer = wire.request("PUT", f"/{bucket}/k", b"x", [header])
    assert answer.status in (400, 501), answer
    assert wire.request("GET", f"/{bucket}/k").status == 404


def test_anonymous_is_refused_before(wire, bucket):
    """What is built and what is not is no stranger's business."""
    refused(wire.anonymous("GET", f"/{bucket}?website"), 403, "AccessDenied")
    refused(wire.anonymous("GET", "/no-such-bucket?website"), 403, "AccessDenied")
