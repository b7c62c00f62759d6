"""Accounts, users and keys by the command line and the admin API; walls between tenants."""
import json
import re
import uuid

import pytest

from sdk import code_of, s3_client
from server import Server, muzn
from sigv4 import Keys


def unique(name):
    return f"{name}-{uuid.uuid4().hex[:8]}"


def test_account_fields(server):
    name = unique("acme")
    made = server.admin("account", "create", "--name", name, "--email", f"{name}@example.com")
    assert re.fullmatch(r"\d{12}", made["id"])
    assert re.fullmatch(r"[0-9a-f]{64}", made["canonical_id"])
    assert made["display_name"] == name and made["email"] == f"{name}@example.com"
    shown = server.admin("account", "show", made["id"])
    assert all(shown[f] == made[f] for f in ("id", "canonical_id", "display_name", "email"))
    assert made["id"] in [a["id"] for a in server.admin("account", "list")["accounts"]]
    assert "secret_key" not in shown


def test_owner_elements_show_the_account(server, other, other_s3):
    owner = other_s3.list_buckets()["Owner"]
    assert owner["ID"] == other[0]["canonical_id"]
    assert owner.get("DisplayName", other[0]["display_name"]) == other[0]["display_name"]


def test_life_of_an_account(server):
    account, keys = server.new_account(unique("shortlived"))
    s3 = s3_client(server, keys)
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    refused = server.cli("admin", "account", "delete", account["id"], check=False)
    assert refused.returncode == 1 and "bucket" in refused.stderr
    s3.delete_bucket(Bucket=name)
    for key in server.admin("key", "list", "--account", account["id"])["keys"]:
        server.cli("admin", "key", "delete", key["access_key"])
    server.cli("admin", "account", "delete", account["id"])
    assert code_of(s3.list_buckets) == (403, "InvalidAccessKeyId")
    gone = server.cli("admin", "account", "show", account["id"], check=False)
    assert gone.returncode == 1 and "NotFound" in gone.stderr


def test_keys(server):
    account, keys = server.new_account(unique("keys"))
    second = server.admin("key", "create", "--account", account["id"])
    s3 = s3_client(server, Keys(second["access_key"], second["secret_key"]))
    s3.list_buckets()
    listed = server.admin("key", "list", "--account", account["id"])["keys"]
    assert {keys.access, second["access_key"]} <= {k["access_key"] for k in listed}
    assert not any("secret_key" in k for k in listed)
    server.cli("admin", "key", "disable", second["access_key"])
    assert code_of(s3.list_buckets)[0] == 403
    server.cli("admin", "key", "enable", second["access_key"])
    s3.list_buckets()
    server.cli("admin", "key", "delete", second["access_key"])
    assert code_of(s3.list_buckets) == (403, "InvalidAccessKeyId")
    s3_client(server, keys).list_buckets()


def test_an_existing_pair_is_imported(server):
    account, _ = server.new_account(unique("importer"))
    pair = Keys("IMPORTED" + uuid.uuid4().hex[:8].upper(), "an/imported+secret=key")
    words = ["key", "create", "--account", account["id"], "--access-key", pair.access,
             "--secret-key", pair.secret]
    assert server.admin(*words)["access_key"] == pair.access
    s3_client(server, pair).list_buckets()
    again = server.cli("admin", *words, check=False)
    assert again.returncode == 1


def test_users(server):
    account, keys = server.new_account(unique("team"))
    user = server.admin("user", "create", "--account", account["id"], "--name", "alice")
    assert user["name"] == "alice"
    made = server.admin("key", "create", "--account", account["id"], "--user", "alice")
    alice = s3_client(server, Keys(made["access_key"], made["secret_key"]))
    root = s3_client(server, keys)
    name = unique("bucket")
    root.create_bucket(Bucket=name)
    # As in AWS, a user without a policy may do nothing.
    denied = (403, "AccessDenied")
    assert code_of(alice.put_object, Bucket=name, Key="k", Body=b"x") == denied
    assert code_of(alice.list_buckets) == denied
    assert code_of(alice.create_bucket, Bucket=unique("hers")) == denied
    hers = Keys(made["access_key"], made["secret_key"])
    words = ["admin", "user", "list", "--account", account["id"]]
    refused = server.cli(*words, keys=hers, check=False)
    assert refused.returncode == 1 and "AccessDenied" in refused.stderr
    listed = server.admin("user", "list", "--account", account["id"])["users"]
    assert [u["name"] for u in listed] == ["alice"]
    server.cli("admin", "key", "delete", made["access_key"])
    server.cli("admin", "user", "delete", "--account", account["id"], "--name", "alice")
    assert server.admin("user", "list", "--account", account["id"])["users"] == []


def test_granularity(server):
    account, keys = server.new_account(unique("grain"))
    s3 = s3_client(server, keys)
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    at = ["--account", account["id"]]
    in_bucket = [*at, "--bucket", name]

    def get(words):
        found = server.admin("granularity", "get", *words)
        return found["level"], found["own"]

    def put(words, level, **more):
        return server.cli("admin", "granularity", "set", *words, "--level", level, **more)

    assert get(at) == get(in_bucket) == ("summary", False)
    put(in_bucket, "full", keys=keys)
    assert get(in_bucket) == ("full", True) and get(at) == ("summary", False)
    put(at, "off")
    assert get(at) == ("off", True) and get(in_bucket) == ("full", True)
    put(in_bucket, "default")
    assert get(in_bucket) == ("off", False)
    put(in_bucket, "full")
    # A bucket of the same name that is made later is another one.
    s3.delete_bucket(Bucket=name)
    s3.create_bucket(Bucket=name)
    assert get(in_bucket) == ("off", False)
    put(at, "default")
    assert get(at) == ("summary", False)
    for words, level in [(at, "none"), ([*at, "--bucket", unique("none")], "off")]:
        assert put(words, level, check=False).returncode == 1
    _, others = server.new_account(unique("nosy"))
    refused = put(at, "off", keys=others, check=False)
    assert refused.returncode == 1 and "AccessDenied" in refused.stderr
    s3.delete_bucket(Bucket=name)


def test_tenants_do_not_see_each_other(server, s3, bucket, other_s3):
    s3.put_object(Bucket=bucket, Key="secret", Body=b"of the first tenant")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m")["UploadId"]
    denied = (403, "AccessDenied")
    at = {"Bucket": bucket}
    key = {"Bucket": bucket, "Key": "secret"}
    assert bucket not in [b["Name"] for b in other_s3.list_buckets()["Buckets"]]
    assert code_of(other_s3.head_bucket, **at)[0] == 403
    for call, arguments in [
            (other_s3.list_objects_v2, at), (other_s3.list_objects, at),
            (other_s3.list_object_versions, at), (other_s3.list_multipart_uploads, at),
            (other_s3.get_bucket_location, at), (other_s3.delete_bucket, at),
            (other_s3.get_object, key), (other_s3.delete_object, key),
            (other_s3.put_object, {**key, "Body": b"x"}),
            (other_s3.get_object_attributes, {**key, "ObjectAttributes": ["ETag"]}),
            (other_s3.create_multipart_upload, key),
            (other_s3.list_parts, {**at, "Key": "m", "UploadId": upload}),
            (other_s3.upload_part, {**at, "Key": "m", "UploadId": upload, "PartNumber": 1}),
            (other_s3.abort_multipart_upload, {**at, "Key": "m", "UploadId": upload})]:
        assert code_of(call, **arguments) == denied, call.__name__
    # Deleting many answers for each key or for all; nothing may be gone.
    try:
        done = other_s3.delete_objects(**at, Delete={"Objects": [{"Key": "secret"}]})
        assert [e["Code"] for e in done["Errors"]] == ["AccessDenied"]
    except other_s3.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
    mine = unique("thief")
    other_s3.create_bucket(Bucket=mine)
    assert code_of(other_s3.copy_object, Bucket=mine, Key="stolen", CopySource=key) == denied
    part = {"Bucket": mine, "Key": "stolen", "PartNumber": 1, "CopySource": key}
    part["UploadId"] = other_s3.create_multipart_upload(Bucket=mine, Key="stolen")["UploadId"]
    assert code_of(other_s3.upload_part_copy, **part) == denied
    assert s3.get_object(**key)["Body"].read() == b"of the first tenant"


def test_the_operator_is_no_master_key(server, s3, other_s3):
    """Root of the first account administers, but does not read what others stored."""
    name = unique("private")
    other_s3.create_bucket(Bucket=name)
    other_s3.put_object(Bucket=name, Key="k", Body=b"x")
    assert code_of(s3.get_object, Bucket=name, Key="k") == (403, "AccessDenied")


def test_api_refuses_what_it_does_not_know(wire):
    path = "/-/admin/v1/accounts"
    for body in (b"", b"[]", b"{", b'{"name":"x"}', b'{"name":"x","email":"e@x","more":"1"}',
                 b'{"name":"x","email":"no-address"}', b'{"name":7,"email":"e@x"}',
                 b"[" * 100_000, b'{"name":"' + b"x" * 100_000 + b'","email":"e@x"}'):
        answer = wire.request("POST", path, body)
        assert answer.status in (400, 413), answer
        assert json.loads(answer.body)["error"]["code"], answer
    assert wire.request("GET", "/-/admin/v1/nothing").status == 404
    assert wire.request("PUT", path).status == 405
    assert wire.request("GET", path + "?x=1").status == 400
    anonymous = wire.anonymous("GET", path)
    assert anonymous.status == 403 and anonymous.get("x-amz-request-id")


def test_command_line_says_what_is_wrong(server):
    assert server.cli("admin", "account", "create", "--name", "x", check=False).returncode == 2
    assert server.cli("admin", "nothing", "list", check=False).returncode == 2
    assert server.cli("admin", "account", "list", "--color", "red", check=False).returncode == 2
    lost = muzn("admin", "account", "list", keys=server.keys, check=False,
                MUZN_ENDPOINT="http://127.0.0.1:1")
    assert lost.returncode == 1 and lost.stderr.startswith("muzn: ")
    keyless = muzn("admin", "account", "list", check=False, MUZN_ENDPOINT=server.endpoint)
    assert keyless.returncode == 2 and "AWS_ACCESS_KEY_ID" in keyless.stderr
    wrong = server.cli("admin", "account", "list", keys=Keys(server.keys.access, "wrong-secret"),
                       check=False)
    assert wrong.returncode == 1 and "SignatureDoesNotMatch" in wrong.stderr


def test_keys_from_a_profile(server, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[team]\naws_access_key_id = {server.keys.access}\n"
                           f"aws_secret_access_key = {server.keys.secret}\n")
    done = muzn("admin", "account", "list", "--json", "--profile", "team", "--endpoint",
                server.endpoint, AWS_SHARED_CREDENTIALS_FILE=str(credentials))
    assert json.loads(done.stdout)["accounts"]


def test_muzn_ls(server, s3, bucket):
    for key in ("a b", "dir/one", "dir/two"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"12345")
    assert bucket in server.cli("ls").stdout
    lines = server.cli("ls", f"s3://{bucket}", "--json").stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert {"prefix": "dir/"} in found and [e["size"] for e in found if "key" in e] == [5]
    assert "dir/two" in server.cli("ls", f"s3://{bucket}/dir/").stdout
    assert server.cli("ls", "s3://no-such-bucket", check=False).returncode == 1


@pytest.mark.parametrize("given", [True, False])
def test_accounts_survive_a_restart(given):
    server = Server(keys=Keys("ROOTOFTHISTEST", "root-of-this-test") if given else None)
    with server:
        account, keys = server.new_account("lasting")
        s3_client(server, keys).create_bucket(Bucket="kept")
        server.stop()
        server.start()
        assert server.admin("account", "show", account["id"])["display_name"] == "lasting"
        assert s3_client(server, keys).list_buckets()["Buckets"][0]["Name"] == "kept"
