"""What a golden store holds: fill() puts something of every kind into a fresh server, observe()
reads everything that a client can see of it.

A later format adds its own directory, made by the fill() of its day; observe() has to read all of
them, so it only ever grows: same() takes what a manifest does not know for new."""
import hashlib
import json
import pathlib
import re
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "s3"))

import boto3  # noqa: E402
import botocore.config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

from sdk import s3_client  # noqa: E402
from sigv4 import Keys  # noqa: E402

PART_BYTES_MIN = 5 << 20
FAR = "2199-01-01T00:00:00Z"
QUICK = ("--trail-seconds", "1", "--trail-digest-seconds", "2", "--ledger-seconds", "1")
SLOW = ("--trail-seconds", "3600", "--ledger-seconds", "1")
WAIT_SECONDS = 60


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


def fill_locked(s3):
    """Object Lock with a default, versions, an upload, a policy."""
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="locked", Key="k", Body=b"free", ObjectLockMode="GOVERNANCE",
                  ObjectLockRetainUntilDate=FAR)
    s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}})
    s3.put_object(Bucket="locked", Key="k", Body=text(20_000, "locked"))
    s3.put_object(Bucket="locked", Key="held", Body=b"held", ObjectLockLegalHoldStatus="ON",
                  ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=FAR)
    s3.delete_object(Bucket="locked", Key="held")
    upload(s3, "locked", "open", [(1, text(9000, "part"))], "")
    s3.put_bucket_policy(Bucket="locked", Policy=bucket_policy("locked", "Deny", "s3:PutObjectTagging"))
    # Said, and taken back.
    s3.create_bucket(Bucket="unlocked", ObjectLockEnabledForBucket=True)
    for rule in ({"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 1}}}, {}):
        s3.put_object_lock_configuration(Bucket="unlocked", ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", **rule})
    s3.put_bucket_policy(Bucket="unlocked", Policy=bucket_policy("unlocked", "Deny", "s3:GetObject"))
    s3.delete_bucket_policy(Bucket="unlocked")
    s3.create_bucket(Bucket="forgotten")
    s3.put_bucket_policy(Bucket="forgotten", Policy=bucket_policy("forgotten", "Deny", "s3:GetObject"))
    s3.delete_bucket(Bucket="forgotten")


def bucket_policy(bucket, effect, action):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": effect, "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{bucket}/*"}]})


def fill_renamed(s3):
    s3.create_bucket(Bucket="renamed")
    for key, size in {"inline": 10, "blob": 40_000}.items():
        s3.put_object(Bucket="renamed", Key=key, Body=text(size, key))
        s3.rename_object(Bucket="renamed", Key=f"new {key}", RenameSource=key,
                         ClientToken=f"token-of-{key}")


def client(service, server, keys):
    keys = keys if isinstance(keys, Keys) else Keys(*keys)
    return boto3.client(service, endpoint_url=server.endpoint, region_name="us-east-1",
                        aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
                        config=botocore.config.Config(retries={"total_max_attempts": 1}))


def fill_identities(server, account, keys):
    """Users, groups, roles, policies and a provider of an account, each act of theirs."""
    iam = client("iam", server, keys)
    own = f"arn:aws:iam::{account}"
    allow = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]})
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"{own}:root"}, "Action": "sts:AssumeRole"}]})
    tags = [{"Key": "team", "Value": "gold"}, {"Key": "gone", "Value": "soon"}]
    for name in ("readers", "leavers"):
        iam.create_group(GroupName=name, Path="/groups/")
    iam.add_user_to_group(GroupName="readers", UserName="reader")
    iam.add_user_to_group(GroupName="leavers", UserName="reader")
    iam.remove_user_from_group(GroupName="leavers", UserName="reader")
    iam.delete_group(GroupName="leavers")
    iam.update_group(GroupName="readers", NewGroupName="all-readers", NewPath="/")
    iam.create_policy(PolicyName="reading", PolicyDocument=allow, Description="to read", Tags=tags)
    for default in (True, False, False):
        iam.create_policy_version(PolicyArn=f"{own}:policy/reading", PolicyDocument=allow,
                                  SetAsDefault=default)
    iam.delete_policy_version(PolicyArn=f"{own}:policy/reading", VersionId="v4")
    iam.set_default_policy_version(PolicyArn=f"{own}:policy/reading", VersionId="v3")
    iam.create_role(RoleName="painter", AssumeRolePolicyDocument=trust, Description="paints",
                    MaxSessionDuration=7200, Tags=tags)
    iam.update_role(RoleName="painter", Description="paints walls", MaxSessionDuration=3600)
    iam.update_assume_role_policy(RoleName="painter", PolicyDocument=trust)
    iam.put_role_permissions_boundary(RoleName="painter",
                                      PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.tag_role(RoleName="painter", Tags=[{"Key": "wall", "Value": "north"}])
    iam.untag_role(RoleName="painter", TagKeys=["gone"])
    for name in ("inline", "passing"):
        iam.put_user_policy(UserName="reader", PolicyName=name, PolicyDocument=allow)
    iam.delete_user_policy(UserName="reader", PolicyName="passing")
    for arn in (f"{own}:policy/reading", "arn:aws:iam::aws:policy/ReadOnlyAccess"):
        iam.attach_group_policy(GroupName="all-readers", PolicyArn=arn)
    iam.detach_group_policy(GroupName="all-readers",
                            PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.create_open_id_connect_provider(Url="https://idp.example.org", ClientIDList=["golden"],
                                        ThumbprintList=["a" * 40])
    iam.create_account_alias(AccountAlias="golden-acme")


def fill_limits(server, account, keys):
    """Block Public Access of accounts, how much the log says, what may be used."""
    for method, body in (("PUT", b"<PublicAccessBlockConfiguration><BlockPublicAcls>true"
                                 b"</BlockPublicAcls></PublicAccessBlockConfiguration>"),
                         ("DELETE", b"")):
        answer = server.wire(keys).request(method, "/v20180820/configuration/publicAccessBlock", body,
                                           [("x-amz-account-id", account)])
        assert answer.status < 300, answer
    one = ("--account", account)
    server.admin("granularity", "set", *one, "--level", "full")
    server.admin("granularity", "set", *one, "--bucket", "acme-files", "--level", "summary")
    server.admin("limits", "set", *one, "--bytes", "1TiB", "--requests", "100000")
    server.admin("limits", "set", *one, "--bucket", "acme-files", "--objects", "1000")


def fill_trails(server, keys):
    """One trail whose files and digests are in a bucket, one whose events wait since its bucket is
    gone, one that was deleted."""
    cloudtrail, s3 = client("cloudtrail", server, keys), s3_client(server, keys)
    for name in ("told", "waiting", "deleted"):
        s3.create_bucket(Bucket=f"acme-{name}")
        cloudtrail.create_trail(Name=name, S3BucketName=f"acme-{name}", EnableLogFileValidation=True)
    cloudtrail.delete_trail(Name="deleted")
    for name in ("deleted", "waiting"):
        s3.delete_bucket(Bucket=f"acme-{name}")
    for name in ("told", "waiting"):
        cloudtrail.start_logging(Name=name)
    s3.create_bucket(Bucket="acme-more")

    def keys_told():
        return [one["Key"] for one in
                s3.list_objects_v2(Bucket="acme-told").get("Contents", [])]

    def wait(condition):
        deadline = time.monotonic() + WAIT_SECONDS
        while not condition():
            assert time.monotonic() < deadline, server.log()[-4000:]
            time.sleep(0.2)

    wait(lambda: any("/CloudTrail/" in key for key in keys_told()))
    wait(lambda: any("/CloudTrail-Digest/" in key for key in keys_told()))
    cloudtrail.stop_logging(Name="told")
    # The last file, which has this call, and the digest of it; then nothing more.
    quiet = {"keys": None, "since": 0.0}

    def is_quiet():
        seen = keys_told()
        if seen != quiet["keys"]:
            quiet.update(keys=seen, since=time.monotonic())
        return time.monotonic() - quiet["since"] > 6

    wait(is_quiet)


def page(server, path):
    with urllib.request.urlopen(f"{server.endpoint}/-/log/{path}", timeout=20) as answer:
        return answer.read().decode()


def kinds_of_acts():
    """All that docs/formats/acts.md has."""
    table = (pathlib.Path(__file__).resolve().parents[2] / "docs/formats/acts.md").read_text()
    table = table.split("## Grammars")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    members = {"schema", "sequence", "time_micros", "actor", "request_id", "kind", "body"}
    return {kind for row in rows for kind in re.findall("`([a-z_]+)`", row)} - members


def kinds_in_log(server):
    size = int(page(server, "checkpoint").split("\n")[1])
    assert size < 256
    with urllib.request.urlopen(f"{server.endpoint}/-/log/tile/entries/000.p/{size}",
                                timeout=20) as answer:
        bundle = answer.read()
    out = set()
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        leaf = json.loads(bundle[2:2 + length])
        out.add(leaf["kind"])
        bundle = bundle[2 + length:]
    return out


def list_of(keys):
    if isinstance(keys, Keys):
        return [keys.access, keys.secret]
    return [keys["access_key"], keys["secret_key"]]


def fill(server):
    """Returns the keys, and a checkpoint of the log. Clean restarts come in between, so that some
    rows are in tables and some in the log, and a kill at the end, in the middle of a put: its blob
    is pending for ever."""
    s3 = s3_client(server)
    fill_plain(s3)
    fill_versions(s3)
    fill_renamed(s3)
    fill_locked(s3)
    keys = fill_access(server, s3)
    acme = next(one["id"] for one in server.admin("account", "list")["accounts"]
                if one["display_name"] == "acme")
    fill_identities(server, acme, keys["acme"])
    again(server, QUICK)
    fill_trails(server, Keys(*keys["acme"]))
    fill_limits(server, acme, Keys(*keys["acme"]))
    again(server, SLOW)
    # Told in the account's own log, and by a trail that can't be delivered.
    s3_client(server, Keys(*keys["acme"])).create_bucket(Bucket="acme-last")
    s3 = s3_client(server)
    fill_garbage(s3)  # in the last run, or it is swept
    fill_multipart(s3)
    missing = kinds_of_acts() - kinds_in_log(server)
    assert not missing, f"no act of these kinds: {missing}"
    checkpoint = page(server, "checkpoint")
    leave_half_a_put(server)
    return keys, checkpoint


def again(server, args):
    server.stop()
    server.args = [*args]
    server.start()


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
            "acl": answer(s3.get_object_acl, "Owner", "Grants", **name),
            "retention": answer(s3.get_object_retention, "Retention", **name),
            "hold": answer(s3.get_object_legal_hold, "LegalHold", **name)}


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
            "lock": answer(s3.get_object_lock_configuration, "ObjectLockConfiguration", **name),
            "policy": answer(s3.get_bucket_policy, "Policy", **name),
            "public access": answer(s3.get_public_access_block, "PublicAccessBlockConfiguration",
                                    **name)}


def observe_identities(server, keys):
    iam = client("iam", server, keys)
    everything = iam.get_account_authorization_details(Filter=[
        "User", "Group", "Role", "LocalManagedPolicy"])
    return {"details": {name: plain(everything[name]) for name in (
                "UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")},
            "providers": plain(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]),
            "aliases": iam.list_account_aliases()["AccountAliases"]}


def observe_trails(server, keys):
    cloudtrail = client("cloudtrail", server, keys)
    trails = sorted(cloudtrail.describe_trails()["trailList"], key=lambda one: one["Name"])
    return [{"trail": plain(one),
             "logging": cloudtrail.get_trail_status(Name=one["Name"])["IsLogging"],
             "selectors": answer(cloudtrail.get_event_selectors, "EventSelectors",
                                 TrailName=one["Name"])} for one in trails]


def observe_accounts(server):
    out = []
    for account in server.admin("account", "list")["accounts"]:
        one = ("--account", account["id"])
        out.append({"account": account, "users": server.admin("user", "list", *one),
                    "keys": server.admin("key", "list", *one),
                    "granularity": server.admin("granularity", "get", *one),
                    "limits": server.admin("limits", "get", *one)})
    return sorted(out, key=lambda one: one["account"]["id"])


def observe(server, keys):
    """Everything, by the keys that fill() returned."""
    clients = {name: s3_client(server, Keys(*pair)) for name, pair in keys.items()}
    buckets = {name: answer(s3.list_buckets, "Buckets", "Owner") for name, s3 in clients.items()}
    return {"accounts": observe_accounts(server), "buckets of": buckets,
            "identities": observe_identities(server, keys["acme"]),
            "trails": observe_trails(server, keys["acme"]),
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
