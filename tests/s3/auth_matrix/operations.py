"""The operations of src/s3/ops.def, and for each that is built a request that would change or show
something if it were taken. One that is not built needs none: its line of the table is enough."""
import base64
import dataclasses
import hashlib
import json
import pathlib
import re

from sigv4 import utc_now

TABLE = pathlib.Path(__file__).resolve().parents[3] / "src" / "s3" / "ops.def"
LINE = re.compile(r'^S3_OP\((\w+), (\w+), k(\w+), "([^"]*)", "([^"]*)", "([^"]*)", (\w+)\)$', re.M)
LARGE = bytes(range(256)) * 36  # more than a chunk that is not the last must have


@dataclasses.dataclass(frozen=True)
class Operation:
    name: str
    method: str
    level: str   # Service, Bucket, Object, Account
    query: str   # markers
    header: str  # marker
    built: bool

    def __str__(self):
        return self.name


def operations():
    text = TABLE.read_text(encoding="utf-8")
    found = [Operation(name, method, level, query, header, handler != "nullptr")
             for name, method, level, query, header, _, handler in LINE.findall(text)]
    assert len(found) == len(re.findall(r"^S3_OP", text, re.M)), "a line of another form"
    return found


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What to send. `query`, `headers`: {names} are of the Place. `body`: bytes, text, or what makes
    it of a Place; None where the operation does not read one."""
    at: str = "subject"  # the bucket: an attribute of Place
    key: str = "key"
    query: str | None = None  # None: the markers of the table
    headers: tuple = ()
    body: object = None
    md5: bool = False


@dataclasses.dataclass
class Plain:
    """A request before it is signed."""
    method: str
    path: str
    terms: list    # of the query, as they are sent
    headers: list  # [(name, value)]
    body: bytes
    reads_body: bool  # and judges it by what the signature says of it: a form's body does not count

    @property
    def target(self):
        return self.path + ("?" + "&".join(self.terms) if self.terms else "")


def tags(name):
    return f"<Tagging><TagSet><Tag><Key>{name}</Key><Value>1</Value></Tag></TagSet></Tagging>"


def acl(place):
    group = ('<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">'
             "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>")
    return (f"<AccessControlPolicy><Owner><ID>{place.owner}</ID></Owner><AccessControlList><Grant>"
            f"{group}<Permission>READ</Permission></Grant></AccessControlList>"
            "</AccessControlPolicy>")


def policy(bucket, keys):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
         "Resource": f"arn:aws:s3:::{bucket}/{keys}"}]})


def log_policy(bucket):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},
         "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]})


def logging(target):
    return (f"<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket>"
            "<TargetPrefix/></LoggingEnabled></BucketLoggingStatus>")


def cors(origin):
    return (f"<CORSConfiguration><CORSRule><AllowedOrigin>{origin}</AllowedOrigin>"
            "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>")


def complete(place):
    return (f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{place.part}</ETag>"
            "</Part></CompleteMultipartUpload>")


def retention(year):
    return (f"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{year}-01-01T00:00:00Z"
            "</RetainUntilDate></Retention>")


META = ("x-amz-meta-color", "red")
TYPE = ("Content-Type", "text/plain")
ACCOUNT = ("x-amz-account-id", "{account}")
SOURCE = ("x-amz-copy-source", "/{subject}/source")
LIFECYCLE = ("<LifecycleConfiguration><Rule><ID>r</ID><Status>Disabled</Status><Filter/>"
             "<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>")
BLOCK = ("<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls>"
         "</PublicAccessBlockConfiguration>")
OWNERSHIP = ("<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule>"
             "</OwnershipControls>")
LOCK = ("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
        "<DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>"
        "</ObjectLockConfiguration>")

RECIPES = {
    "ListBuckets": Recipe(query="max-buckets=5"),
    "CreateBucket": Recipe(at="fresh", body="<CreateBucketConfiguration><LocationConstraint>"
                           "us-east-1</LocationConstraint></CreateBucketConfiguration>"),
    "DeleteBucket": Recipe(at="doomed"),
    "DeleteBucketCors": Recipe(),
    "DeleteBucketLifecycle": Recipe(),
    "DeleteBucketOwnershipControls": Recipe(),
    "DeleteBucketPolicy": Recipe(at="plain"),
    "DeleteBucketTagging": Recipe(),
    "DeleteObjects": Recipe(md5=True, body="<Delete><Object><Key>gone</Key></Object>"
                                           "<Object><Key>source</Key></Object></Delete>"),
    "DeletePublicAccessBlock": Recipe(at="plain"),
    "GetBucketAcl": Recipe(),
    "GetBucketCors": Recipe(),
    "GetBucketLifecycleConfiguration": Recipe(),
    "GetBucketLocation": Recipe(),
    "GetBucketLogging": Recipe(),
    "GetBucketOwnershipControls": Recipe(),
    "GetBucketPolicy": Recipe(at="plain"),
    "GetBucketPolicyStatus": Recipe(at="plain"),
    "GetBucketRequestPayment": Recipe(),
    "GetBucketTagging": Recipe(),
    "GetBucketVersioning": Recipe(),
    "GetObjectLockConfiguration": Recipe(),
    "GetPublicAccessBlock": Recipe(),
    "HeadBucket": Recipe(),
    "ListMultipartUploads": Recipe(query="uploads&max-uploads=7"),
    "ListObjectVersions": Recipe(query="versions&prefix=k"),
    "ListObjects": Recipe(query="prefix=k&max-keys=7"),
    "ListObjectsV2": Recipe(query="list-type=2&prefix=k"),
    "PostObject": Recipe(body=lambda place: place.form_body,
                         headers=(("Content-Type", "{form_type}"),)),
    "PutBucketAcl": Recipe(body=acl),
    "PutBucketCors": Recipe(body=cors("https://b.example"), md5=True),
    "PutBucketLifecycleConfiguration": Recipe(md5=True, body=LIFECYCLE),
    "PutBucketLogging": Recipe(md5=True, body="<BucketLoggingStatus/>"),
    "PutBucketOwnershipControls": Recipe(md5=True, body=OWNERSHIP),
    "PutBucketPolicy": Recipe(at="plain", body=lambda place: policy(place.plain, "never/*")),
    "PutBucketRequestPayment": Recipe(md5=True, body="<RequestPaymentConfiguration><Payer>Requester"
                                                     "</Payer></RequestPaymentConfiguration>"),
    "PutBucketTagging": Recipe(md5=True, body=tags("another")),
    "PutBucketVersioning": Recipe(md5=True, at="plain", body="<VersioningConfiguration><Status>"
                                  "Suspended</Status></VersioningConfiguration>"),
    "PutObjectLockConfiguration": Recipe(md5=True, body=LOCK),
    "PutPublicAccessBlock": Recipe(md5=True, body=BLOCK),
    "AbortMultipartUpload": Recipe(query="uploadId={to_abort}", key="up"),
    "CompleteMultipartUpload": Recipe(query="uploadId={to_complete}", key="up", body=complete),
    "CopyObject": Recipe(key="copied", headers=(SOURCE, META)),
    "CreateMultipartUpload": Recipe(key="begun", headers=(META,)),
    "DeleteObject": Recipe(key="gone"),
    "DeleteObjectTagging": Recipe(),
    "GetObject": Recipe(query="response-cache-control=no-store", headers=(("Range", "bytes=0-3"),)),
    "GetObjectAcl": Recipe(query="acl&versionId={version}"),
    "GetObjectAttributes": Recipe(headers=(("x-amz-object-attributes", "ETag"),)),
    "GetObjectLegalHold": Recipe(),
    "GetObjectRetention": Recipe(),
    "GetObjectTagging": Recipe(),
    "HeadObject": Recipe(query="versionId={version}"),
    "ListParts": Recipe(query="uploadId={open}&max-parts=7", key="up"),
    "PutObject": Recipe(key="written", headers=(META, TYPE), body=LARGE),
    "PutObjectAcl": Recipe(body=acl),
    "PutObjectLegalHold": Recipe(body="<LegalHold><Status>OFF</Status></LegalHold>", md5=True),
    "PutObjectRetention": Recipe(body=lambda _: retention(utc_now().year + 2), md5=True),
    "PutObjectTagging": Recipe(md5=True, body=tags("another")),
    "UploadPart": Recipe(query="partNumber=2&uploadId={open}", key="up", body=LARGE),
    "RenameObject": Recipe(at="moving", key="new", headers=(("x-amz-rename-source", "old"),)),
    "UploadPartCopy": Recipe(query="partNumber=3&uploadId={open}", key="up", headers=(SOURCE,)),
    "DeleteAccountPublicAccessBlock": Recipe(headers=(ACCOUNT,)),
    "GetAccountPublicAccessBlock": Recipe(headers=(ACCOUNT,)),
    "PutAccountPublicAccessBlock": Recipe(headers=(ACCOUNT,), md5=True, body=BLOCK),
}


def recipe_of(operation):
    return RECIPES[operation.name] if operation.built else Recipe()


def plain_request(operation, place):
    recipe = recipe_of(operation)
    names = vars(place)
    path = "/" if operation.level == "Service" else f"/{names[recipe.at]}"
    if operation.name == "WriteGetObjectResponse":
        path = "/WriteGetObjectResponse"
    if operation.level == "Object":
        path += f"/{recipe.key}"
    query = operation.query if recipe.query is None else recipe.query.format_map(names)
    if operation.level == "Account":  # its marker is a path
        path, query = f"/v20180820/{operation.query}", ""
    headers = [(name, value.format_map(names)) for name, value in recipe.headers]
    if operation.header and not recipe.headers:
        headers.append((operation.header, "x"))
    body = recipe.body(place) if callable(recipe.body) else recipe.body or b""
    body = body.encode() if isinstance(body, str) else body
    if recipe.md5:
        headers.append(("Content-MD5", base64.b64encode(hashlib.md5(body).digest()).decode()))
    return Plain(operation.method, path, [term for term in query.split("&") if term], headers, body,
                 recipe.body is not None and operation.name != "PostObject")
