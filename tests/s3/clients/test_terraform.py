"""State of OpenTofu in S3, with its lock as a conditional write. OpenTofu is the free line of
Terraform: one S3 backend."""
import concurrent.futures
import json
import pathlib
import shutil
import time

import pytest

from program import made
from sdk import s3_client

pytestmark = pytest.mark.long
KEY = "env/ä/terraform.tfstate"


@pytest.fixture
def workspace(server, run, name, tmp_path):
    """A new working folder on the one state: call(*words) runs the program in it."""
    program = made("terraform")

    def make(folder):
        home = tmp_path / folder
        home.mkdir()
        shutil.copy(pathlib.Path(__file__).parent / "terraform" / "main.tf", home)

        def call(*words):
            return run(program, f"-chdir={home}", *words, TF_IN_AUTOMATION="1",
                       TF_CLI_CONFIG_FILE="/dev/null")
        call("init", "-input=false", f"-backend-config=bucket={name}",
             f'-backend-config=endpoints={{s3="{server.endpoint}"}}')
        return call
    return make


def apply(call, text, wait_for):
    return call("apply", "-input=false", "-auto-approve", "-no-color", "-lock-timeout=0s",
                f"-var=text={text}", f"-var=wait_for={wait_for}")


def wait(path):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} does not come"
        time.sleep(0.05)


def test_state_and_lock(server, workspace, name, tmp_path):
    s3 = s3_client(server)
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    one, other = workspace("one"), workspace("other")
    go_on = tmp_path / "go-on"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(apply, one, "first", go_on)
        wait(go_on.with_suffix(".waits"))
        assert s3.head_object(Bucket=name, Key=f"{KEY}.tflock")["ContentLength"] > 0
        with pytest.raises(AssertionError, match="Error acquiring the state lock"):
            apply(other, "second", go_on)
        go_on.touch()
        first.result()
    assert json.loads(other("output", "-json"))["text"]["value"] == "first"
    apply(other, "second", go_on)
    assert json.loads(one("output", "-json"))["text"]["value"] == "second"

    states = [v for v in s3.list_object_versions(Bucket=name)["Versions"] if v["Key"] == KEY]
    bodies = [s3.get_object(Bucket=name, Key=KEY, VersionId=v["VersionId"])["Body"].read()
              for v in states]
    assert json.loads(bodies[0]) == json.loads(one("state", "pull"))
    serials = [json.loads(body)["serial"] for body in bodies]
    assert serials == sorted(serials, reverse=True) and len(serials) >= 2
    found = s3.list_objects_v2(Bucket=name)["Contents"]
    assert [entry["Key"] for entry in found] == [KEY]  # the lock is given back

    one("workspace", "new", "staging")
    assert "staging" in other("workspace", "list")
    one("workspace", "select", "default")
    one("workspace", "delete", "staging")
    one("destroy", "-input=false", "-auto-approve", "-var=text=second")
    assert json.loads(one("state", "pull"))["resources"] == []
