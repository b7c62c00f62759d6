"""Break-glass: what the operator can see of a tenant's data, which is nothing, but for one person
whom two officers let for some hours; and that all of it is in the tenant's own record.
docs/break-glass.md."""
import datetime
import hashlib
import json
import socket
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from sdk import s3_client
from server import Server
from sigv4 import Keys
from test_charters import Admin, Persons, submitted
from test_data_leaves import eventually, handle_of, leaves
from test_sts import client_of, policy

NOTHING = hashlib.sha256(b"").hexdigest()


@pytest.fixture(scope="module")
def persons(tmp_path_factory):
    return Persons(tmp_path_factory.mktemp("persons"))


@pytest.fixture(scope="module")
def node(persons):
    with Server(args=("--ledger-seconds", "1")) as running:
        admin = Admin(running)
        for name, duties, signers in (("ada", ["officers", "break_glass"], []),
                                      ("bea", ["break_glass"], ["ada"]),
                                      ("cem", ["charters"], ["ada"])):
            submitted(admin, persons, {"kind": "appoint_officer", "name": name.title(),
                                       "public_key": persons.key(name), "duties": duties}, signers)
        yield running
        running.check()


@pytest.fixture(scope="module")
def admin(node):
    return Admin(node)


class User:
    def __init__(self, node, name=None):
        self.name = name or f"eve-{uuid.uuid4().hex[:8]}"
        operator = node.operator()
        node.admin("user", "create", "--account", operator, "--name", self.name)
        made = node.admin("key", "create", "--account", operator, "--user", self.name)
        self.keys = Keys(made["access_key"], made["secret_key"])
        self.wire = node.wire(self.keys)
        self.s3 = s3_client(node, self.keys)


@pytest.fixture
def eve(node):
    return User(node)


class Tenant:
    def __init__(self, node):
        self.node = node
        self.name = f"tenant-{uuid.uuid4().hex[:8]}"
        self.account, self.keys = node.new_account(self.name)
        self.id = self.account["id"]
        self.handle = handle_of(node, self.account)
        self.s3 = s3_client(node, self.keys)
        self.bucket = self.name
        self.s3.create_bucket(Bucket=self.bucket)
        self.objects = {"a/1": b"x" * 1000, "a/2": b"y" * 300_000, "b/1": b"z" * 10, "big": b""}
        for key, body in self.objects.items():
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def entries(self):
        """Its own log, as it reads it."""
        wire = self.node.wire(self.keys)
        checkpoint = wire.request("GET", f"/-/log/private/{self.id}/checkpoint")
        if checkpoint.status != 200:
            return []
        size, out = int(checkpoint.body.split(b"\n")[1]), []
        while len(out) < size:
            width = min(256, size - len(out))
            part = "" if width == 256 else f".p/{width}"
            data = wire.request("GET", f"/-/log/private/{self.id}/tile/entries/"
                                f"{len(out) // 256:03d}{part}").body
            while data:
                length = int.from_bytes(data[:2], "big")
                out.append(json.loads(data[2:2 + length]))
                data = data[2 + length:]
        return out

    def under(self, grant):
        """What was recorded of a grant."""
        return [one for one in self.entries() if one.get("break_glass") == grant]


@pytest.fixture
def tenant(node):
    return Tenant(node)


def at(seconds):
    when = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def asked(tenant, user, seconds=3600, **changes):
    scope = {"account": tenant.id, "user": user.name, "rights": "read", "reason": "legal_order",
             "reference": "Court of Bethlehem 7/26", "text": "seizure of one folder",
             "until": at(seconds), **changes}
    return {"kind": "open_break_glass", "break_glass": scope}


def open_glass(admin, persons, tenant, user, signers=("ada", "bea"), status=200, **changes):
    """The id of the grant."""
    request = admin("POST", "requests", asked(tenant, user, **changes))
    approvals = {}
    for signer in signers:
        approvals |= persons.sign(signer, request)
    admin("POST", "requests/submit", {"request": request, "approvals": approvals}, status)
    return request["said"]["grant"]["id"]


def close_glass(admin, persons, grant, signers=("bea",), status=200):
    submitted(admin, persons, {"kind": "close_break_glass", "id": grant}, signers, status)


def code(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        return {"403": "AccessDenied", "404": "NoSuchKey"}.get(found, found)
    return "OK"


def refused(answer):
    assert answer.status == 403, answer
    assert answer.code == "AccessDenied"


# --- no access by default ---

def of_tenants_bucket(s3, bucket):
    """Calls on a bucket, of all kinds."""
    body = {"Bucket": bucket, "Key": "a/1"}
    text = policy({"Effect": "Allow", "Principal": "*", "Action": "s3:*",
                   "Resource": f"arn:aws:s3:::{bucket}/*"})
    return [
        (s3.head_bucket, {"Bucket": bucket}), (s3.list_objects_v2, {"Bucket": bucket}),
        (s3.list_objects, {"Bucket": bucket}), (s3.list_object_versions, {"Bucket": bucket}),
        (s3.list_multipart_uploads, {"Bucket": bucket}), (s3.get_bucket_location, {"Bucket": bucket}),
        (s3.get_bucket_policy, {"Bucket": bucket}), (s3.get_bucket_acl, {"Bucket": bucket}),
        (s3.put_bucket_policy, {"Bucket": bucket, "Policy": text}),
        (s3.put_bucket_acl, {"Bucket": bucket, "ACL": "public-read"}),
        (s3.delete_bucket_policy, {"Bucket": bucket}),
        (s3.put_bucket_versioning, {"Bucket": bucket,
                                    "VersioningConfiguration": {"Status": "Enabled"}}),
        (s3.put_public_access_block, {"Bucket": bucket, "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": False}}),
        (s3.put_bucket_logging, {"Bucket": bucket, "BucketLoggingStatus": {}}),
        (s3.delete_bucket, {"Bucket": bucket}),
        (s3.get_object, body), (s3.head_object, body), (s3.get_object_acl, body),
        (s3.get_object_tagging, body), (s3.get_object_attributes,
                                        {**body, "ObjectAttributes": ["ObjectSize"]}),
        (s3.put_object, {**body, "Body": b"x"}), (s3.delete_object, body),
        (s3.put_object_acl, {**body, "ACL": "public-read"}),
        (s3.put_object_tagging, {**body, "Tagging": {"TagSet": []}}),
        (s3.create_multipart_upload, body),
        (s3.delete_objects, {"Bucket": bucket, "Delete": {"Objects": [{"Key": "a/1"}]}}),
    ]


ALL = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})


def test_nobody_of_the_operator_touches_a_tenants_bucket(node, tenant, eve):
    client_of(node, "iam", node.keys).put_user_policy(
        UserName=eve.name, PolicyName="all", PolicyDocument=ALL)
    own = f"operators-{uuid.uuid4().hex[:8]}"
    root = s3_client(node)
    root.create_bucket(Bucket=own)
    for s3 in (root, eve.s3):
        for call, arguments in of_tenants_bucket(s3, tenant.bucket):
            seen = code(call, **arguments)
            if call.__name__ == "delete_objects" and seen == "OK":
                assert [one["Code"] for one in call(**arguments)["Errors"]] == ["AccessDenied"]
                continue
            assert seen == "AccessDenied", call.__name__
        assert code(s3.copy_object, Bucket=own, Key="copy",
                    CopySource=f"{tenant.bucket}/a/1") == "AccessDenied"
    # Unless the bucket's own policy lets it, as any stranger.
    tenant.s3.delete_public_access_block(Bucket=tenant.bucket)
    tenant.s3.put_bucket_policy(Bucket=tenant.bucket, Policy=policy(
        {"Effect": "Allow", "Principal": {"AWS": node.operator()}, "Action": "s3:GetObject",
         "Resource": f"arn:aws:s3:::{tenant.bucket}/a/*"}))
    assert code(root.get_object, Bucket=tenant.bucket, Key="a/1") == "OK"
    assert code(root.get_object, Bucket=tenant.bucket, Key="b/1") == "AccessDenied"


# Every operation of the admin API that there is, and what it gives the operator of a tenant's data.
# "never" = nothing; "keys" = all of it, and so it is refused once the account has a key of its own.
GIVES = {
    "CreateAccount": "never", "ListAccounts": "never", "GetAccount": "never",
    "DeleteAccount": "never", "CreateUser": "never", "ListUsers": "never", "DeleteUser": "never",
    "GetGranularity": "never", "SetGranularity": "never", "GetLimits": "never",
    "SetLimits": "never", "CreateKey": "keys", "ListKeys": "never", "DisableKey": "never",
    "EnableKey": "keys", "DeleteKey": "never", "WhoAmI": "never", "GetEngine": "never",
    "StartEngineJob": "never", "ListEngineJobs": "never", "GetEngineJob": "never",
    "CancelEngineJob": "never", "ListOfficers": "never", "PrepareRequest": "never",
    "SubmitRequest": "signed", "GetCharter": "never", "SetBucketPurpose": "never",
    "ListBreakGlass": "never", "ListComplaints": "never", "GetComplaint": "never",
    "ListAllCases": "never", "ListCases": "never", "GetCase": "never", "AnswerCase": "never",
    "ListSites": "never", "PutSite": "never", "DeleteSite": "never", "GetResidency": "never",
    "SetResidency": "never",
}


def test_every_admin_operation_is_judged(node, admin, tenant, eve):
    described = {operation["operationId"]
                 for path in admin_paths().values() for method, operation in path.items()
                 if method in ("get", "put", "post", "delete")}
    assert described == set(GIVES), "a new operation: does it give the operator a tenant's data?"
    # Until the account makes a key of its own, the operator has made all that it has.
    admin("POST", "keys", {"account": tenant.id})
    admin("POST", f"accounts/{tenant.id}/users", {"name": "clerk"})
    own = Admin(node, tenant.keys)
    mine = own("POST", "keys", {"account": tenant.id})
    keys = Keys(mine["access_key"], mine["secret_key"])
    theirs = Admin(node, keys)
    theirs("POST", f"keys/{tenant.keys.access}/disable")
    for body in ({}, {"user": "clerk"}, {"access_key": "CHOSEN", "secret_key": "12345678"}):
        admin("POST", "keys", {"account": tenant.id, **body}, 403)
    admin("POST", f"keys/{tenant.keys.access}/enable", status=403)
    theirs("POST", f"keys/{tenant.keys.access}/enable")
    # What is never an access: after all of these the operator reads nothing.
    admin("PUT", f"accounts/{tenant.id}/granularity", {"level": "full"})
    admin("PUT", f"accounts/{tenant.id}/limits", {"bytes": 10**12})
    admin("POST", f"accounts/{tenant.id}/users", {"name": "spy"})
    admin("POST", f"keys/{mine['access_key']}/disable")
    for s3 in (s3_client(node), eve.s3):
        assert code(s3.get_object, Bucket=tenant.bucket, Key="a/1") == "AccessDenied"
    # And it can't assume a role of the tenant's that does not trust it.
    iam = client_of(node, "iam", tenant.keys)
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=policy(
        {"Effect": "Allow", "Principal": {"AWS": tenant.id}, "Action": "sts:AssumeRole"}))
    for keys in (node.keys, eve.keys):
        with pytest.raises(ClientError):
            client_of(node, "sts", keys).assume_role(RoleArn=role["Role"]["Arn"],
                                                     RoleSessionName="s")


def admin_paths():
    import pathlib

    import yaml
    text = (pathlib.Path(__file__).parents[2] / "docs/openapi/admin-v1.yaml").read_text()
    return yaml.safe_load(text)["paths"]


# --- under a grant ---

def test_each_byte_is_in_the_record(node, admin, persons, tenant, eve):
    grant = open_glass(admin, persons, tenant, eve)
    got, requests = 0, 0
    for target, headers, status in (
            ("/a/1", [], 200), ("/a/2", [], 200), ("/a/2", [("Range", "bytes=5-99")], 206),
            ("/a/2", [("Range", "bytes=0-0")], 206), ("/big", [], 200),
            ("/missing", [], 404), ("?list-type=2", [], 200), ("?versions", [], 200),
            ("?location", [], 200), ("/a/1?tagging", [], 200)):
        answer = eve.wire.request("GET", f"/{tenant.bucket}{target}", headers=headers)
        assert answer.status == status, answer
        got, requests = got + len(answer.body), requests + 1
    assert eve.wire.request("HEAD", f"/{tenant.bucket}/a/1").status == 200
    requests += 1

    def recorded():
        entries = tenant.under(grant)
        before = {one["request_id"] for one in entries if not one["complete"]}
        after = {one["request_id"] for one in entries if one["complete"]}
        return sum(one["bytes_out"] for one in entries), len(before), len(after)
    eventually(recorded, (got, requests, requests))
    for one in tenant.under(grant):
        assert one["principal_arn"].endswith(f":user/{eve.name}") and one["bucket"] == tenant.bucket
        assert one["bytes_planned"] >= one["bytes_out"]
    # The account has never asked for more than summaries.
    level = admin("GET", f"accounts/{tenant.id}/granularity")
    assert level["level"] == "summary"


def test_wrong_person_place_or_act(node, admin, persons, tenant, eve):
    other = Tenant(node)
    grant = open_glass(admin, persons, tenant, eve, bucket=tenant.bucket, prefix="a/")
    assert code(eve.s3.get_object, Bucket=tenant.bucket, Key="a/1") == "OK"
    assert code(eve.s3.list_objects_v2, Bucket=tenant.bucket, Prefix="a/") == "OK"
    for call, arguments in (
            (eve.s3.get_object, {"Key": "b/1"}), (eve.s3.list_objects_v2, {}),
            (eve.s3.list_objects_v2, {"Prefix": "a"}), (eve.s3.head_bucket, {}),
            (eve.s3.list_objects_v2, {"Prefix": "b/", "StartAfter": "a/"}),
            (eve.s3.put_object, {"Key": "a/1", "Body": b""}), (eve.s3.delete_object, {"Key": "a/1"}),
            (eve.s3.get_object_acl, {"Key": "a/1"}), (eve.s3.get_bucket_policy, {}),
            (eve.s3.put_object_tagging, {"Key": "a/1", "Tagging": {"TagSet": []}})):
        assert code(call, Bucket=tenant.bucket, **arguments) == "AccessDenied", arguments
    assert code(eve.s3.get_object, Bucket=other.bucket, Key="a/1") == "AccessDenied"
    for user in (s3_client(node), User(node).s3):
        assert code(user.get_object, Bucket=tenant.bucket, Key="a/1") == "AccessDenied"
    # Nothing is copied away, where no record would say how much.
    client_of(node, "iam", node.keys).put_user_policy(
        UserName=eve.name, PolicyName="all", PolicyDocument=ALL)
    own = f"own-{uuid.uuid4().hex[:8]}"
    eve.s3.create_bucket(Bucket=own)
    assert code(eve.s3.copy_object, Bucket=own, Key="k",
                CopySource=f"{tenant.bucket}/a/1") == "AccessDenied"
    # No URL that somebody else could use, and no session.
    presigned = eve.wire.signer().presign("GET", eve.wire.host, f"/{tenant.bucket}/a/1")
    refused(eve.wire.anonymous("GET", presigned))
    session = client_of(node, "sts", eve.keys).get_session_token()["Credentials"]
    temporary = client_of(node, "s3", Keys(session["AccessKeyId"], session["SecretAccessKey"]),
                          session["SessionToken"])
    assert code(temporary.get_object, Bucket=tenant.bucket, Key="a/1") == "AccessDenied"
    close_glass(admin, persons, grant)


def test_the_tenants_own_rules_do_not_hold_it_up(node, admin, persons, tenant, eve):
    tenant.s3.put_bucket_policy(Bucket=tenant.bucket, Policy=policy(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
         "Resource": f"arn:aws:s3:::{tenant.bucket}/*"}))
    assert code(tenant.s3.get_object, Bucket=tenant.bucket, Key="a/1") == "AccessDenied"
    open_glass(admin, persons, tenant, eve)
    assert code(eve.s3.get_object, Bucket=tenant.bucket, Key="a/1") == "OK"


def test_only_listing(admin, persons, tenant, eve):
    open_glass(admin, persons, tenant, eve, rights="list")
    assert code(eve.s3.list_objects_v2, Bucket=tenant.bucket) == "OK"
    assert code(eve.s3.get_object, Bucket=tenant.bucket, Key="a/1") == "AccessDenied"
    assert code(eve.s3.head_object, Bucket=tenant.bucket, Key="a/1") == "AccessDenied"


def test_one_alone_cant(admin, persons, tenant, eve):
    for signers in ([], ["ada"], ["bea"], ["ada", "cem"], ["cem", "bea"], ["ada", "stranger"]):
        persons.key("stranger")
        open_glass(admin, persons, tenant, eve, signers=signers, status=403)
    refused(eve.wire.request("GET", f"/{tenant.bucket}/a/1"))


def test_replayed_and_tampered(admin, persons, tenant, eve):
    request = admin("POST", "requests", asked(tenant, eve))
    approvals = persons.sign("ada", request) | persons.sign("bea", request)
    for name, value in (("rights", "list"), ("reason", "incident"), ("prefix", "a/"),
                        ("account", Tenant(tenant.node).id),
                        ("until_micros", request["said"]["grant"]["until_micros"] + 1),
                        ("id", "0" * 64)):
        other = json.loads(json.dumps(request))
        other["said"]["grant"][name] = value
        answer = admin("POST", "requests/submit", {"request": other, "approvals": approvals},
                       400 if name == "prefix" else 403)
        assert "error" in answer
    one = dict([next(iter(approvals.items()))])
    admin("POST", "requests/submit", {"request": request, "approvals": one}, 403)
    admin("POST", "requests/submit", {"request": request, "approvals": approvals})
    admin("POST", "requests/submit", {"request": request, "approvals": approvals}, 409)
    close_glass(admin, persons, request["said"]["grant"]["id"])
    admin("POST", "requests/submit", {"request": request, "approvals": approvals}, 409)
    refused(eve.wire.request("GET", f"/{tenant.bucket}/a/1"))
    for wrong in ({"seconds": 90_000}, {"seconds": -1}, {"rights": "write"}, {"reason": "because"},
                  {"prefix": "a/"}, {"bucket": "nobody-has-it"}, {"bucket_id": "0" * 32},
                  {"user": "nobody"}, {"text": ""}):
        asking = asked(tenant, eve)
        asking["break_glass"] |= {"until": at(wrong.pop("seconds"))} if "seconds" in wrong else wrong
        answer = admin.wire.request("POST", "/-/admin/v1/requests", json.dumps(asking).encode())
        assert answer.status in (400, 404), (wrong, answer)


def test_it_lapses_by_itself(node, admin, persons, tenant, eve):
    grant = open_glass(admin, persons, tenant, eve, seconds=3)
    assert code(eve.s3.get_object, Bucket=tenant.bucket, Key="a/1") == "OK"
    assert admin("GET", f"accounts/{tenant.id}/break-glass")["break_glass"][0]["state"] == "open"
    time.sleep(3.2)
    for target in ("/a/1", "?list-type=2", "?location"):
        refused(eve.wire.request("GET", f"/{tenant.bucket}{target}"))
    shown = admin("GET", f"accounts/{tenant.id}/break-glass")["break_glass"]
    assert [(one["id"], one["state"]) for one in shown] == [(grant, "over")]


def slowly(user, tenant, key, wait):
    """Reads a little of a large object, waits, and reads the rest: bytes of the body."""
    head, _ = user.wire.head("GET", f"/{tenant.bucket}/{key}", payload=NOTHING)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 10)
        slow.settimeout(20)
        slow.connect(user.wire.address)
        slow.sendall(head)
        seen = b""
        while b"\r\n\r\n" not in seen:
            seen += slow.recv(4096)
        assert seen.startswith(b"HTTP/1.1 200"), seen[:200]
        got = len(seen.partition(b"\r\n\r\n")[2])
        wait()
        while True:
            try:
                data = slow.recv(1 << 16)
            except ConnectionError:
                break
            if not data:
                break
            got += len(data)
    return got


@pytest.mark.parametrize("how", ["lapse", "close"])
def test_a_download_in_progress_is_cut(node, admin, persons, tenant, eve, how):
    size = 64 << 20
    tenant.s3.put_object(Bucket=tenant.bucket, Key="large", Body=bytes(size))
    grant = open_glass(admin, persons, tenant, eve, seconds=4 if how == "lapse" else 3600)

    def wait():
        if how == "close":
            close_glass(admin, persons, grant)
        else:
            time.sleep(4.2)
    got = slowly(eve, tenant, "large", wait)
    # What was on its way when it ended: a piece, and what sockets hold.
    assert got < 16 << 20 < size

    def ends():
        return [one["complete"] for one in tenant.under(grant)
                if one["key"] == "large" and one["bytes_out"] > 0]
    eventually(ends, [False])
    last = [one for one in tenant.under(grant) if one["bytes_out"] > 0][-1]
    assert got <= last["bytes_out"] < size and last["bytes_planned"] == size


def test_closed_before_its_end(admin, persons, tenant, eve):
    grant = open_glass(admin, persons, tenant, eve)
    assert code(eve.s3.get_object, Bucket=tenant.bucket, Key="a/1") == "OK"
    close_glass(admin, persons, grant, signers=(), status=403)
    close_glass(admin, persons, grant, signers=("cem",), status=403)
    close_glass(admin, persons, grant, signers=("ada",))
    refused(eve.wire.request("GET", f"/{tenant.bucket}/a/1"))
    close_glass(admin, persons, grant, signers=("ada",), status=409)


# --- the tenant is told ---

def test_the_tenant_is_told(node, admin, persons, tenant, eve):
    grant = open_glass(admin, persons, tenant, eve, bucket=tenant.bucket, document="d" * 64)
    own = Admin(node, tenant.keys)
    shown = own("GET", f"accounts/{tenant.id}/break-glass")["break_glass"]
    assert [one["id"] for one in shown] == [grant] and shown[0]["reference"].startswith("Court")
    assert sorted(shown[0]["officers"]) == sorted([persons.key("ada"), persons.key("bea")])
    own("GET", f"accounts/{node.operator()}/break-glass", status=403)
    Admin(node, Tenant(node).keys)("GET", f"accounts/{tenant.id}/break-glass", status=403)

    def told():
        return [(leaf["account"], leaf["facts"]["rights"], leaf["facts"]["reason"])
                for leaf in leaves(node) if leaf["kind"] == "open_break_glass"
                and leaf["facts"]["grant"] == grant]
    eventually(told, [(tenant.handle, "read", "legal_order")])
    leaf = next(leaf for leaf in leaves(node) if leaf["kind"] == "open_break_glass"
                and leaf["facts"]["grant"] == grant)
    for hidden in (eve.name, tenant.bucket, "Court", "seizure", tenant.id):
        assert hidden not in json.dumps(leaf)
    printed = node.cli("admin", "breakglass", "list", "--account", tenant.id, keys=tenant.keys)
    assert grant in printed.stdout
    # Its trail has it, too: the act, and what was read.
    code(eve.s3.get_object, Bucket=tenant.bucket, Key="a/1")
    trail = client_of(node, "cloudtrail", tenant.keys)
    eventually(lambda: "SubmitRequest" in {one["EventName"]
                                           for one in trail.lookup_events()["Events"]}, True)


def test_the_command_line(node, persons, tenant, eve):
    out = node.cli("admin", "breakglass", "draft", "--account", tenant.id, "--bucket", tenant.bucket,
                   "--user", eve.name, "--rights", "list", "--reason", "incident", "--reference",
                   "INC-1", "--text", "why it fails", "--until", at(600), "--json").stdout
    request = json.loads(out)
    path = persons.folder / "cli.json"
    path.write_text(out)
    said = persons.run("show", "--request", path)
    assert "Breaks the glass" in said.stdout + said.stderr
    approvals = []
    for signer in ("ada", "bea"):
        file = persons.folder / f"cli-{signer}.json"
        file.write_text(json.dumps(persons.sign(signer, request)))
        approvals.append(str(file))
    node.cli("admin", "request", "submit", "--file", str(path), "--approvals", ",".join(approvals))
    assert code(eve.s3.list_objects_v2, Bucket=tenant.bucket) == "OK"


def test_lost_keys_are_break_glass(node, admin, persons, tenant, eve):
    own = Admin(node, tenant.keys)
    mine = own("POST", "keys", {"account": tenant.id})
    user = Admin(node, eve.keys)
    user("POST", "keys", {"account": tenant.id}, 403)
    open_glass(admin, persons, tenant, eve, rights="read")
    user("POST", "keys", {"account": tenant.id}, 403)
    grant = open_glass(admin, persons, tenant, eve, rights="credentials", reason="tenant_request")
    made = user("POST", "keys", {"account": tenant.id})
    user("POST", "keys", {"account": Tenant(node).id}, 403)
    admin("POST", "keys", {"account": tenant.id}, 403)
    assert made["account"] == tenant.id and mine["access_key"] != made["access_key"]
    eventually(lambda: {one["operation"] for one in tenant.under(grant)}, {"CreateKey"})


def test_after_a_restart(persons):
    """What is open stays open, what is over stays over."""
    with Server(args=("--ledger-seconds", "1")) as node:
        admin = Admin(node)
        for name, signers in (("ada", []), ("bea", ["ada"])):
            submitted(admin, persons, {
                "kind": "appoint_officer", "name": name, "public_key": persons.key(name),
                "duties": ["officers", "break_glass"]}, signers)
        tenant, eve, dan = Tenant(node), User(node, "eve"), User(node, "dan")
        open_glass(admin, persons, tenant, eve)
        open_glass(admin, persons, tenant, dan, seconds=2)
        time.sleep(2.2)
        node.stop()
        node.start()
        for user, status in ((eve, 200), (dan, 403)):
            answer = node.wire(user.keys).request("GET", f"/{tenant.bucket}/a/1")
            assert answer.status == status, answer
