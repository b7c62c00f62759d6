"""What a golden store holds: fill() puts something of every kind into a fresh server, observe()
reads everything that a client can see of it.

A later format adds its own directory, made by the fill() of its day; observe() has to read all of
them, so it only ever grows: same() takes what a manifest does not know for new."""
import hashlib
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "s3"))

from botocore.exceptions import ClientError  # noqa: E402

from sdk import s3_client  # noqa: E402
from sigv4 import Keys  # noqa: E402

PART_BYTES_MIN = 5 << 20


def text(size, salt):
    """Bytes that pack well, no two blocks of them alike."""
    lines, made = [], 0
    while made < size:
        lines.append(b"%s line %d\n" % (salt.encode(), len(lines)))
        made += len(lines[-1])
    return b"".join(lines)[:size]


def fill_plain(s3):
    """Objects of each kind, in a bucket as a client makes it."""
    s3.create_bucket(Bucket="plain")
    s3.put_bucket_tagging(Bucket="plain", Tagging={"TagSet": [{"Key": "team", "Value": "gold"}]})
    s3.put_object(Bucket="plain", Key="empty", Body=b"")
    s3.put_object(Bucket="plain", Key="inline", Body=text(900, "inline"), ContentType="text/plain",
                  CacheControl="max-age=60", ContentLanguage="en", Metadata={"colour": "green"},
                  Tagging="kind=inline&empty=")
    s3.put_object(Bucket="plain", Key="inline-largest", Body=text(16 << 10, "largest"))
    s3.put_object(Bucket="plain", Key="blob-smallest", Body=text((16 << 10) + 1, "smallest"))
    s3.put_object(Bucket="plain", Key="dir/blob", Body=text(150_000, "blob"),
                  ChecksumAlgorithm="SHA256")
    for algorithm in ("CRC32", "CRC32C", "SHA1", "CRC64NVME"):
        try:
            s3.put_object(Bucket="plain", Key=f"checksum/{algorithm}", Body=text(70, algorithm),
                          ChecksumAlgorithm=algorithm)
        except Exception as error:  # what this SDK can't compute
            print(f"no object with {algorithm}: {error}")
    for key in ("odd/ü +&%<>\t.txt", "odd/%2F/./x", "odd/\N{GRINNING FACE}", "odd//twice"):
        s3.put_object(Bucket="plain", Key=key, Body=key.encode())
    s3.copy_object(Bucket="plain", Key="copied", CopySource="plain/dir/blob")
    s3.put_object_tagging(Bucket="plain", Key="copied",
                          Tagging={"TagSet": [{"Key": "amended", "Value": "yes"}]})


def fill_garbage(s3):
    """What was replaced and deleted: by blobs, inline and parts, and the other way round."""
    s3.create_bucket(Bucket="changed")
    for key, sizes in {"blob-inline": (40_000, 10), "inline-blob": (10, 40_000),
                       "blob-blob": (40_000, 50_000), "inline-inline": (10, 20)}.items():
        for size in sizes:
            s3.put_object(Bucket="changed", Key=key, Body=text(size, key))
    for size in (10, 40_000):
        s3.put_object(Bucket="changed", Key=f"deleted-{size}", Body=text(size, "deleted"))
        s3.delete_object(Bucket="changed", Key=f"deleted-{size}")
    s3.create_bucket(Bucket="emptied")
    s3.put_object(Bucket="emptied", Key="k", Body=text(40_000, "emptied"))
    s3.delete_object(Bucket="emptied", Key="k")
    s3.create_bucket(Bucket="deleted")
    s3.put_bucket_tagging(Bucket="deleted", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_bucket(Bucket="deleted")


def upload(s3, bucket, key, bodies, finish, **options):
    started = s3.create_multipart_upload(Bucket=bucket, Key=key, **options)
    name = {"Bucket": bucket, "Key": key, "UploadId": started["UploadId"]}
    parts = [{"PartNumber": number, "ETag": s3.upload_part(
        **name, PartNumber=number, Body=body)["ETag"]} for number, body in bodies]
    if finish == "complete":
        s3.complete_multipart_upload(**name, MultipartUpload={"Parts": parts})
    if finish == "abort":
        s3.abort_multipart_upload(**name)


def fill_multipart(s3):
    s3.create_bucket(Bucket="parts")
    large, small = text(PART_BYTES_MIN, "large part"), text(30_000, "small part")
    upload(s3, "parts", "two", [(1, large), (5, small)], "complete", Metadata={"made": "of parts"})
    upload(s3, "parts", "one", [(7, small)], "complete", ContentType="text/x-part")
    upload(s3, "parts", "replaced", [(1, small)], "complete")
    s3.put_object(Bucket="parts", Key="replaced", Body=b"no parts now")
    upload(s3, "parts", "open", [(1, large), (2, small), (3, b"")], "", Metadata={"is": "open"})
    upload(s3, "parts", "open", [], "")
    upload(s3, "parts", "aborted", [(1, small)], "abort")


def fill_versions(s3):
    """Null, named and noncurrent versions, of each kind of body, and delete markers."""
    s3.create_bucket(Bucket="versions")
    s3.put_object(Bucket="versions", Key="k", Body=text(20_000, "null"))
    s3.put_object(Bucket="versions", Key="hidden", Body=b"null and hidden")
    for status in ("Enabled", "Suspended", "Enabled"):
        s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": status})
        s3.put_object(Bucket="versions", Key="k", Body=text(600, status), Tagging="of=a-version")
        s3.put_object(Bucket="versions", Key="k", Body=text(30_000, status))
    upload(s3, "versions", "k", [(1, text(9000, "part"))], "complete")
    s3.delete_object(Bucket="versions", Key="hidden")
    s3.delete_object(Bucket="versions", Key="never")
    gone = s3.put_object(Bucket="versions", Key="k", Body=b"removed by its id")["VersionId"]
    s3.delete_object(Bucket="versions", Key="k", VersionId=gone)
    s3.create_bucket(Bucket="suspended")
    s3.put_bucket_versioning(Bucket="suspended", VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket="suspended", Key="k", Body=b"null")
    s3.delete_object(Bucket="suspended", Key="k")


def fill_access(server, s3):
    """Accounts, users, keys of each state; lists and documents about access."""
    acme, acme_keys = server.new_account("acme")
    gone, gone_keys = server.new_account("gone")
    server.admin("user", "create", "--account", acme["id"], "--name", "reader")
    server.admin("user", "create", "--account", acme["id"], "--name", "leaver")
    made = {name: server.admin("key", "create", "--account", acme["id"], *words)
            for name, words in {"user": ("--user", "reader"), "disabled": (), "deleted": ()}.items()}
    server.cli("admin", "key", "disable", made["disabled"]["access_key"])
    server.cli("admin", "key", "delete", made["deleted"]["access_key"])
    server.cli("admin", "user", "delete", "--account", acme["id"], "--name", "leaver")
    server.cli("admin", "account", "delete", gone["id"])
    own = s3_client(server, acme_keys)
    own.create_bucket(Bucket="acme-files")
    own.put_object(Bucket="acme-files", Key="report", Body=text(500, "acme"))
    s3.create_bucket(Bucket="shared", ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket="shared")
    s3.put_object(Bucket="shared", Key="public", Body=b"for everyone", ACL="public-read")
    s3.put_object(Bucket="shared", Key="granted", Body=text(20_000, "granted"),
                  GrantRead=f'id="{acme["canonical_id"]}"')
    s3.put_bucket_acl(Bucket="shared", GrantWrite=f'id="{acme["canonical_id"]}"')
    own.put_object(Bucket="shared", Key="from-acme", Body=b"written by another account")
    s3.create_bucket(Bucket="half-closed", ObjectOwnership="BucketOwnerPreferred")
    s3.put_public_access_block(Bucket="half-closed", PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": False})
    return {"root": list_of(server.keys), "acme": list_of(acme_keys),
            "user": list_of(made["user"]), "disabled": list_of(made["disabled"]),
            "deleted": list_of(made["deleted"]), "gone": list_of(gone_keys)}


def list_of(keys):
    if isinstance(keys, Keys):
        return [keys.access, keys.secret]
    return [keys["access_key"], keys["secret_key"]]


def fill(server):
    """Returns the keys. A clean restart comes in between, so that some rows are in tables and some
    in the log, and a kill at the end, in the middle of a put: its blob is pending for ever."""
    s3 = s3_client(server)
    fill_plain(s3)
    fill_garbage(s3)
    fill_versions(s3)
    keys = fill_access(server, s3)
    server.stop()
    server.start()
    fill_multipart(s3_client(server))
    leave_half_a_put(server)
    return keys


def leave_half_a_put(server):
    before = len(server.blob_files())
    wire = server.wire()
    body = text(3 << 20, "half")
    head, _ = wire.head("PUT", "/plain/half", [("Content-Length", str(len(body)))],
                        hashlib.sha256(body).hexdigest())
    with wire.connect() as connection:
        connection.send(head + body[:1_700_000])  # a whole piece, as bodies are received
        deadline = time.monotonic() + 20
        while len(server.blob_files()) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        server.kill()
    assert len(server.blob_files()) > before


# ---- reading ----

def answer(call, *fields, **arguments):
    """Fields of an answer, or the code of its error."""
    try:
        found = call(**arguments)
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}
    return {field: plain(found[field]) for field in fields if field in found}


def plain(value):
    """As JSON has it."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


OBJECT_FIELDS = ("ETag", "ContentLength", "LastModified", "ContentType", "CacheControl",
                 "ContentLanguage", "Metadata", "VersionId", "TagCount", "ChecksumSHA256",
                 "ChecksumCRC32", "ChecksumCRC32C", "ChecksumSHA1", "ChecksumCRC64NVME",
                 "ChecksumType", "StorageClass")


def observe_object(s3, writer, bucket, key):
    """As the bucket's owner; what another wrote and kept private, as its writer."""
    name = {"Bucket": bucket, "Key": key}
    if "error" in answer(s3.head_object, **name):
        s3 = writer
    found = s3.get_object(**name, ChecksumMode="ENABLED")
    body = found["Body"].read()
    return {"sha256": hashlib.sha256(body).hexdigest(), "size": len(body),
            "head": plain({f: found[f] for f in OBJECT_FIELDS if f in found}),
            "parts": answer(s3.head_object, "PartsCount", **name, PartNumber=1),
            "tags": answer(s3.get_object_tagging, "TagSet", **name),
            "acl": answer(s3.get_object_acl, "Owner", "Grants", **name)}


def observe_versions(s3, bucket):
    """In a bucket that has or had versioning; null in another."""
    status = s3.get_bucket_versioning(Bucket=bucket).get("Status")
    if status is None:
        return None
    pages = [page for page in s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 3})]
    versions = [plain(one) for page in pages for one in page.get("Versions", [])]
    for one in versions:
        found = s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
        one["sha256"] = hashlib.sha256(found["Body"].read()).hexdigest()
        one["TagCount"] = found.get("TagCount", 0)
    return {"status": status, "versions": versions,
            "markers": [plain(one) for page in pages for one in page.get("DeleteMarkers", [])]}


def observe_uploads(s3, bucket):
    found = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return [{"key": one["Key"], "id": one["UploadId"], "began": str(one["Initiated"]),
             "owner": plain(one["Owner"]), "initiator": plain(one["Initiator"]),
             "parts": plain(s3.list_parts(Bucket=bucket, Key=one["Key"],
                                          UploadId=one["UploadId"]).get("Parts", []))}
            for one in found]


def observe_bucket(s3, writer, bucket):
    name = {"Bucket": bucket}
    listed = [plain(one) for page in s3.get_paginator("list_objects_v2").paginate(
        **name, FetchOwner=True, PaginationConfig={"PageSize": 3})
        for one in page.get("Contents", [])]
    return {"listed": listed,
            "objects": {one["Key"]: observe_object(s3, writer, bucket, one["Key"]) for one in listed},
            "versions": observe_versions(s3, bucket),
            "uploads": observe_uploads(s3, bucket),
            "tags": answer(s3.get_bucket_tagging, "TagSet", **name),
            "acl": answer(s3.get_bucket_acl, "Owner", "Grants", **name),
            "ownership": answer(s3.get_bucket_ownership_controls, "OwnershipControls", **name),
            "location": answer(s3.get_bucket_location, "LocationConstraint", **name),
            "public access": answer(s3.get_public_access_block, "PublicAccessBlockConfiguration",
                                    **name)}


def observe_accounts(server):
    out = []
    for account in server.admin("account", "list")["accounts"]:
        one = ("--account", account["id"])
        out.append({"account": account, "users": server.admin("user", "list", *one),
                    "keys": server.admin("key", "list", *one)})
    return sorted(out, key=lambda one: one["account"]["id"])


def observe(server, keys):
    """Everything, by the keys that fill() returned."""
    clients = {name: s3_client(server, Keys(*pair)) for name, pair in keys.items()}
    buckets = {name: answer(s3.list_buckets, "Buckets", "Owner") for name, s3 in clients.items()}
    return {"accounts": observe_accounts(server), "buckets of": buckets,
            "buckets": {bucket["Name"]: observe_bucket(clients[owner], clients["acme"],
                                                       bucket["Name"])
                        for owner in ("root", "acme")
                        for bucket in clients[owner].list_buckets()["Buckets"]}}


def same(kept, seen, place=""):
    """What differs, as lines. A field that is not in `kept` is one that came later."""
    if isinstance(kept, dict) and isinstance(seen, dict):
        return [line for name in kept for line in same(
            kept[name], seen.get(name, "(nothing)"), f"{place}/{name}")]
    if isinstance(kept, list) and isinstance(seen, list) and len(kept) == len(seen):
        return [line for i, (a, b) in enumerate(zip(kept, seen)) for line in same(
            a, b, f"{place}/{i}")]
    return [] if kept == seen else [f"{place}: kept {kept!r}, now {seen!r}"]
