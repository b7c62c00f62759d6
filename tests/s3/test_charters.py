"""Charters: what an account is for, agreed on by officers of the operator and by the account, and a
ceiling over all that it does. docs/charters.md."""
import json
import os
import subprocess
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError

from sdk import s3_client
from server import BINARY, Server, clean_environment
from sigv4 import Keys
from test_sts import allow, client_of, fresh, policy, s3_with, trust


class Persons:
    """Keys of persons, who sign with `muzn officer`."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *words):
        done = subprocess.run([str(BINARY), "officer", *map(str, words)], capture_output=True,
                              text=True, env=clean_environment(), check=False)
        assert done.returncode == 0, done.stderr
        return done

    def key(self, name):
        return self.run("key", "--file", self.folder / name).stdout.strip()

    def sign(self, name, request):
        path = self.folder / f"request-{uuid.uuid4().hex}.json"
        path.write_text(json.dumps(request))
        out = self.folder / f"approval-{uuid.uuid4().hex}.json"
        said = self.run("sign", "--file", self.folder / name, "--request", path, "--out", out)
        assert request["body"] in said.stderr
        return json.loads(out.read_text())


@pytest.fixture(scope="module")
def persons(tmp_path_factory):
    return Persons(tmp_path_factory.mktemp("persons"))


class Admin:
    def __init__(self, node, keys=None):
        self.wire = node.wire(keys)

    def __call__(self, method, path, body=None, status=200):
        answer = self.wire.request(method, f"/-/admin/v1/{path}",
                                   json.dumps(body).encode() if body is not None else b"")
        assert answer.status == status, answer.body
        return json.loads(answer.body)


def charter_of(account, signatory, **changes):
    return {"account": account, "legal_name": "Ministry of Painting",
            "jurisdictions": ["PS", "DE"], "services": ["storage", "ai"],
            "purposes": [{"id": "search", "use": "research", "text": "Finding paintings",
                          "services": ["ai", "storage"]},
                         {"id": "archive", "use": "archive", "text": "What was painted",
                          "services": ["storage"]}],
            "default_purpose": "archive", "acceptable_use": "muzn.acceptable-use/1",
            "contacts": [{"role": "owner", "name": "Zaynab", "email": "zaynab@example.org"}],
            "from": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z",
            "signatory": signatory, **changes}


def submitted(admin, persons, asked, signers, status=200):
    request = admin("POST", "requests", asked)
    approvals = {}
    for signer in signers:
        approvals |= persons.sign(signer, request)
    return admin("POST", "requests/submit", {"request": request, "approvals": approvals}, status)


@pytest.fixture(scope="module")
def node(persons):
    with Server() as running:
        admin = Admin(running)
        for name, duties, signers in (("ada", ["officers", "charters"], []),
                                      ("bea", ["officers"], ["ada"])):
            submitted(admin, persons, {"kind": "appoint_officer", "name": name.title(),
                                       "public_key": persons.key(name), "duties": duties}, signers)
        yield running
        running.check()


@pytest.fixture
def admin(node):
    return Admin(node)


class Tenant:
    def __init__(self, node, admin, persons):
        made, self.keys = node.new_account(f"tenant-{uuid.uuid4().hex[:8]}")
        self.id = made["id"]
        self.admin, self.persons, self.key = admin, persons, f"signatory-{self.id}"
        self.s3 = s3_client(node, self.keys)

    def put(self, signers=("ada", None), status=200, **changes):
        asked = {"kind": "put_charter",
                 "charter": charter_of(self.id, self.persons.key(self.key), **changes)}
        return submitted(self.admin, self.persons, asked,
                         [signer or self.key for signer in signers], status)


@pytest.fixture
def tenant(node, admin, persons):
    return Tenant(node, admin, persons)


def refused(call, code="AccessDenied"):
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


def test_officers_are_listed_and_two_appoint_the_third(admin, persons):
    names = {one["name"]: one for one in admin("GET", "officers")["officers"]}
    assert names["Ada"]["duties"] == ["charters", "officers"]
    asked = {"kind": "appoint_officer", "name": "Cem", "public_key": persons.key("cem"),
             "duties": ["appeals"]}
    answer = submitted(admin, persons, asked, ["ada"], 403)
    assert "2 officers" in answer["error"]["message"]
    assert submitted(admin, persons, asked, ["ada", "bea"])["leaf"] > 0
    assert submitted(admin, persons, asked, ["ada", "bea"], 409)
    asked = {"kind": "dismiss_officer", "public_key": persons.key("cem")}
    assert submitted(admin, persons, asked, ["ada", "cem"], 403)
    assert submitted(admin, persons, asked, ["ada", "bea"])["leaf"] > 0


def test_it_takes_both_sides(node, admin, persons, tenant):
    admin("GET", f"accounts/{tenant.id}/charter", status=404)
    tenant.put(signers=["ada"], status=403)
    tenant.put(signers=[None], status=403)
    tenant.put(signers=["bea", None], status=403)
    tenant.put()
    charter = admin("GET", f"accounts/{tenant.id}/charter")
    assert charter["version"] == 1 and charter["jurisdictions"] == ["DE", "PS"]
    assert charter["ceiling"]["Version"] == "2012-10-17"
    # The account reads its own, and nobody else's.
    own = Admin(node, tenant.keys)
    assert own("GET", f"accounts/{tenant.id}/charter") == charter
    own("GET", f"accounts/{node.operator()}/charter", status=403)
    own("GET", "officers", status=403)
    tenant.put()
    assert admin("GET", f"accounts/{tenant.id}/charter")["version"] == 2


def test_what_was_changed_after_it_was_signed_is_refused(admin, persons, tenant):
    request = admin("POST", "requests", {
        "kind": "put_charter", "charter": charter_of(tenant.id, persons.key(tenant.key))})
    approvals = persons.sign("ada", request) | persons.sign(tenant.key, request)
    other = json.loads(json.dumps(request))
    other["said"]["charter"]["legal_name"] = "Ministry of War"
    admin("POST", "requests/submit", {"request": other, "approvals": approvals}, 403)
    admin("POST", "requests/submit", {"request": request, "approvals": approvals})
    # Again: the step was taken.
    admin("POST", "requests/submit", {"request": request, "approvals": approvals}, 400)
    # Who signs is not shown one thing and made to sign another.
    path = persons.folder / "other.json"
    path.write_text(json.dumps(other))
    done = subprocess.run([str(BINARY), "officer", "show", "--request", str(path)],
                          capture_output=True, text=True, env=clean_environment(), check=False)
    assert done.returncode == 1 and "do not sign it" in done.stderr


def test_uses_that_are_never_served_cant_be_declared(admin, persons, tenant):
    for use, text in (("face_identification", "Doors"), ("research", "A watch-list of visitors")):
        charter = charter_of(tenant.id, persons.key(tenant.key))
        charter["purposes"][0] |= {"use": use, "text": text}
        answer = admin("POST", "requests", {"kind": "put_charter", "charter": charter}, 403)
        assert "docs/acceptable-use.md" in answer["error"]["message"]
    admin("GET", f"accounts/{tenant.id}/charter", status=404)


def test_a_service_outside_of_the_charter_is_refused_to_root_and_users(node, tenant):
    tenant.s3.create_bucket(Bucket=(bucket := fresh("bucket")))
    tenant.put(services=["ai"], purposes=[{"id": "search", "use": "research", "text": "Finding",
                                           "services": ["ai"]}], default_purpose="search")
    message = refused(lambda: tenant.s3.put_object(Bucket=bucket, Key="k", Body=b"x"))
    assert "charter" in message
    refused(lambda: tenant.s3.list_buckets())
    # Identities are not a service: the account manages itself.
    iam = client_of(node, "iam", tenant.keys)
    iam.create_user(UserName="bob")
    tenant.put()
    tenant.s3.put_object(Bucket=bucket, Key="k", Body=b"x")


def test_its_rules_are_denied_in_the_charters_name(node, tenant):
    tenant.put(rules=policy({"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}))
    tenant.s3.create_bucket(Bucket=(bucket := fresh("bucket")))
    tenant.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    message = refused(lambda: tenant.s3.delete_object(Bucket=bucket, Key="k"))
    assert "explicit deny in a charter" in message
    assert tenant.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_after_its_term_data_can_be_taken_away_and_nothing_brought(tenant):
    tenant.put()
    tenant.s3.create_bucket(Bucket=(bucket := fresh("bucket")))
    tenant.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    tenant.put(until="2021-01-01T00:00:00Z")
    refused(lambda: tenant.s3.put_object(Bucket=bucket, Key="more", Body=b"x"))
    assert tenant.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    assert tenant.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    tenant.s3.delete_object(Bucket=bucket, Key="k")


def test_who_says_what_for_says_a_declared_purpose(node, tenant):
    tenant.put()
    tenant.s3.create_bucket(Bucket=(bucket := fresh("bucket")))
    iam = client_of(node, "iam", tenant.keys)
    role = iam.create_role(RoleName="painter", AssumeRolePolicyDocument=trust(tenant.id))["Role"]
    iam.put_role_policy(RoleName="painter", PolicyName="p", PolicyDocument=policy(allow("s3:*")))
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(allow("sts:*")))
    made = iam.create_access_key(UserName="bob")["AccessKey"]
    sts = client_of(node, "sts", Keys(made["AccessKeyId"], made["SecretAccessKey"]))

    def session(purpose):
        credentials = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session", Tags=[
            {"Key": "purpose", "Value": purpose}])["Credentials"]
        return s3_with(node, credentials)

    answer = session("search").put_object(Bucket=bucket, Key="k", Body=b"x")
    record = node.record_of(answer["ResponseMetadata"]["RequestId"])
    assert record["purpose"] == "search"
    refused(lambda: session("advertising").put_object(Bucket=bucket, Key="k", Body=b"x"))
    # Who says nothing does it for what the bucket is for, or for the account's default.
    answer = tenant.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert node.record_of(answer["ResponseMetadata"]["RequestId"])["purpose"] == "archive"
    own = Admin(node, tenant.keys)
    own("PUT", f"accounts/{tenant.id}/purpose", {"bucket": bucket, "purpose": "search"})
    answer = tenant.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert node.record_of(answer["ResponseMetadata"]["RequestId"])["purpose"] == "search"
    own("PUT", f"accounts/{tenant.id}/purpose", {"bucket": bucket, "purpose": "ads"}, status=403)


def test_a_bucket_owners_charter_binds_strangers(node, admin, persons, tenant):
    tenant.put()
    tenant.s3.create_bucket(Bucket=(bucket := fresh("bucket")))
    tenant.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": [node.operator()]}, "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}))
    root = s3_client(node)
    root.put_object(Bucket=bucket, Key="k", Body=b"x")
    tenant.put(until="2021-01-01T00:00:00Z")
    refused(lambda: root.put_object(Bucket=bucket, Key="more", Body=b"x"))
    assert root.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_outsiders_verify_who_signed(node, tenant, tmp_path):
    index = tenant.put()["leaf"]
    log = f"{node.endpoint}/-/log"
    policy_file = tmp_path / "policy"
    with urllib.request.urlopen(f"{log}/policy", timeout=20) as page:
        policy_file.write_bytes(page.read())

    def audit(*words):
        done = subprocess.run([str(BINARY), "audit", *words, "--policy", str(policy_file), "--json"],
                              capture_output=True, text=True, env=clean_environment(), check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert json.loads(audit("verify", log))["ok"]
    shown = audit("show", log, "--act", "put_charter")
    leaf = next(one for one in map(json.loads, shown.splitlines()) if one["index"] == index)
    assert leaf["leaf"]["facts"]["purposes"] == {"archive": "archive", "search": "research"}
    assert len(leaf["leaf"]["facts"]["approvals"]) == 2
    assert "Ministry" not in shown and "zaynab" not in shown.lower()


def test_it_holds_after_a_restart(persons, tmp_path):
    with Server(data=os.path.join(tmp_path, "data")) as node:
        admin = Admin(node)
        submitted(admin, persons, {"kind": "appoint_officer", "name": "Ada",
                                   "public_key": persons.key("ada"),
                                   "duties": ["charters", "officers"]}, [])
        tenant = Tenant(node, admin, persons)
        tenant.put(until="2021-01-01T00:00:00Z")
        node.kill()
        node.start()
        assert Admin(node)("GET", f"accounts/{tenant.id}/charter")["version"] == 1
        refused(lambda: s3_client(node, tenant.keys).create_bucket(Bucket=fresh("bucket")))


def test_the_command_line(node, persons, tenant, tmp_path):
    draft = tmp_path / "charter.json"
    draft.write_text(json.dumps(charter_of(tenant.id, persons.key(tenant.key))))
    request = node.admin("charter", "draft", "--file", str(draft))
    path = tmp_path / "request.json"
    path.write_text(json.dumps(request))
    approvals = []
    for name in ("ada", tenant.key):
        approvals.append(tmp_path / f"{name}.json")
        approvals[-1].write_text(json.dumps(persons.sign(name, request)))
    done = node.admin("request", "submit", "--file", str(path), "--approvals",
                      ",".join(map(str, approvals)))
    assert done["leaf"] > 0
    assert node.admin("charter", "show", "--account", tenant.id)["version"] == 1
    assert {one["name"] for one in node.admin("officer", "list")["officers"]} >= {"Ada", "Bea"}
    assert (persons.folder / "ada").stat().st_mode & 0o777 == 0o600
