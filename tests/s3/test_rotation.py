"""`muzn engine rotate-key`: another master key, and everything goes on."""
import os
import pathlib
import random
import re
import subprocess
import time
import urllib.request

import pytest

from sdk import code_of, s3_client
from server import BINARY, Server, clean_environment, commit_seed, muzn
from sigv4 import Keys
from test_cloudtrail import wait_for
from test_data_leaves import leaves
from test_private_logs import Tenant
from test_sts import client_of, client_with, s3_with

ARGS = ("--ledger-seconds", "1", "--trail-seconds", "1", "--trail-digest-seconds", "2")


def rotate(data):
    said = muzn("engine", "rotate-key", "--data", data, "--json")
    return re.fullmatch(r'\{"fingerprint":"([0-9a-f]{64})"\}\n', said.stdout)[1]


def master_key(data):
    return pathlib.Path(data, "master.key").read_text("ascii").strip()


@pytest.fixture
def node():
    """A server that the test stops and starts."""
    running = Server(args=ARGS).start()
    try:
        yield running
        if running.process is not None:
            running.stop()
    finally:
        running.remove()


def user_keys(server, count):
    iam = client_of(server, "iam")
    out = []
    for number in range(count):
        name = f"user{number}"
        iam.create_user(UserName=name)
        iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        key = iam.create_access_key(UserName=name)["AccessKey"]
        out.append(Keys(key["AccessKeyId"], key["SecretAccessKey"]))
    return out


def public_keys(server):
    cloudtrail = client_of(server, "cloudtrail")
    return [key["Fingerprint"] for key in cloudtrail.list_public_keys()["PublicKeyList"]]


def test_everything_goes_on_under_another_key(node, tmp_path):
    people = user_keys(node, 3)
    tenant = Tenant(node, "rotation")
    tenant.put("before")
    s3 = s3_client(node, people[0])
    s3.create_bucket(Bucket="rotated")
    cloudtrail = client_of(node, "cloudtrail")
    cloudtrail.create_trail(Name="trail", S3BucketName="rotated", EnableLogFileValidation=True)
    cloudtrail.start_logging(Name="trail")
    signers = wait_for("a key that signs digests", lambda: public_keys(node))
    session = client_of(node, "sts", people[0]).get_session_token()["Credentials"]
    s3_with(node, session).list_buckets()
    node.stop()

    backup = tmp_path / "backup"
    muzn("engine", "backup", "--data", node.data, "--to", str(backup))
    old = master_key(node.data)
    fingerprint = rotate(node.data)
    assert master_key(node.data) not in (old, "")
    assert not pathlib.Path(node.data, "master.key.next").exists()
    for name in ("master.key", "store.id"):
        assert os.stat(pathlib.Path(node.data, name)).st_mode & 0o777 == 0o600
    check = muzn("engine", "check", "--data", node.data, check=False)
    assert check.returncode == 0, check.stdout + check.stderr

    node.start()
    for keys in people:
        assert [b["Name"] for b in s3_client(node, keys).list_buckets()["Buckets"]] == ["rotated"]
    tenant.client = s3_client(node, tenant.keys)
    tenant.put("after")
    assert public_keys(node) == signers
    # A token may have been made by whoever has the old key.
    assert code_of(s3_with(node, session).list_buckets) == (400, "InvalidToken")
    assert code_of(client_with(node, "sts", session).get_caller_identity) == (
        403, "InvalidClientTokenId")
    again = client_of(node, "sts", people[0]).get_session_token()["Credentials"]
    s3_with(node, again).list_buckets()
    told = [leaf for leaf in leaves(node) if leaf["kind"] == "change_sealing_key"]
    assert [leaf["facts"]["key"] for leaf in told] == [fingerprint]
    text = node.log()
    assert old not in text and master_key(node.data) not in text
    node.stop()
    # The second backup goes into the same place: it is the same store.
    muzn("engine", "backup", "--data", node.data, "--to", str(backup))
    node.start()  # and tells it no second time
    assert len([leaf for leaf in leaves(node) if leaf["kind"] == "change_sealing_key"]) == 1

    # A backup of before has the key of before.
    older = tmp_path / "older"
    muzn("engine", "restore", "--from", str(backup), "--backup", "1", "--data", str(older))
    assert master_key(older) == old
    with Server(data=older, args=ARGS) as restored:
        s3_client(restored, people[2]).list_buckets()


def test_rows_of_an_older_backup_are_sealed_with_the_key_of_now(node, tmp_path):
    people = user_keys(node, 2)
    node.stop()
    backup = tmp_path / "backup"
    muzn("engine", "backup", "--data", node.data, "--to", str(backup))
    rotate(node.data)
    pathlib.Path(node.data, "rows", "db", "CURRENT").unlink()
    done = muzn("engine", "recover", "--data", node.data, "--from", str(backup), "--apply",
                check=False)
    assert done.returncode in (0, 1), done.stderr
    node.start()
    for keys in people:
        s3_client(node, keys).list_buckets()


def test_kills_lose_nothing(node):
    people = user_keys(node, 12)
    random.seed(commit_seed())
    following = pathlib.Path(node.data, "master.key.next")
    for _ in range(8):
        before = master_key(node.data)
        node.stop()
        with subprocess.Popen([str(BINARY), "engine", "rotate-key", "--data", node.data],
                              env=clean_environment(), stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as killed:
            while not following.exists() and killed.poll() is None:
                pass
            time.sleep(random.uniform(0, 0.03))
            killed.kill()
        node.start()  # ends what was begun
        assert not following.exists() and master_key(node.data) != before
        for one in people:
            s3_client(node, one).list_buckets()


def test_not_while_a_server_is_at_work(node):
    before = master_key(node.data)
    said = muzn("engine", "rotate-key", "--data", node.data, check=False)
    assert said.returncode == 2 and "stop the server first" in said.stderr
    assert master_key(node.data) == before
    with urllib.request.urlopen(f"{node.endpoint}/-/health/ready", timeout=20) as page:
        assert page.status == 200
