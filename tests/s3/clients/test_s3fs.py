"""s3fs-fuse: a bucket as a file system, mounted twice, so that nothing is compared with a cache."""
import contextlib
import hashlib
import os
import shutil
import subprocess
import time

import pytest

import tree
from program import absent, client
from sdk import s3_client

EVERY = 15  # s3fs asks several times for each file, so not the whole tree
MOUNT_SECONDS = 30


@contextlib.contextmanager
def mounted(server, bucket, where, passwords):
    program = client("s3fs")
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        absent("s3fs", "fuse", str(error))
    where.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [program, bucket, where, "-f", "-o", f"url={server.endpoint}", "-o", "use_path_request_style",
         "-o", f"passwd_file={passwords}", "-o", "multipart_size=8"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        deadline = time.monotonic() + MOUNT_SECONDS
        while not os.path.ismount(where):
            if process.poll() is not None:
                said = process.stdout.read()
                if "fuse" in said and "permitted" in said:
                    absent("s3fs", "fuse", said)
                raise AssertionError(f"s3fs ended with {process.returncode}: {said}")
            assert time.monotonic() < deadline, "s3fs mounts nothing"
            time.sleep(0.05)
        yield where
        subprocess.run(["fusermount", "-u", where], check=True, timeout=MOUNT_SECONDS)
        assert process.wait(MOUNT_SECONDS) == 0
    finally:
        if process.poll() is None:
            subprocess.run(["fusermount", "-u", "-z", where], check=False, timeout=MOUNT_SECONDS)
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.fixture
def passwords(server, tmp_path):
    path = tmp_path / "passwords"
    path.write_text(f"{server.keys.access}:{server.keys.secret}")
    path.chmod(0o600)
    return path


def truncate(path, size):
    """Of an open file: s3fs 1.90 makes zeros of one that is truncated by its path, without a GET."""
    with open(path, "r+b") as file:
        file.read(1)
        file.truncate(size)


def change(root, model):
    """The same on a mounted bucket and on a plain folder."""
    for top in (root, model):
        (top / "folder" / "inner").mkdir(parents=True)
        (top / "folder" / "inner" / "file").write_bytes(b"of the folder")
        (top / "folder").rename(top / "renamed folder")
        (top / "a").write_bytes(b"one")
        (top / "a").rename(top / "b ä+&%")
        (top / "overwritten").write_bytes(b"older" * 1000)
        (top / "overwritten").write_bytes(b"newer")
        (top / "appended").write_bytes(b"begin")
        with open(top / "appended", "ab") as file:
            file.write(b", end")
        (top / "shorter").write_bytes(b"0123456789" * 1000)
        truncate(top / "shorter", 5)
        (top / "longer").write_bytes(b"0123456789")
        truncate(top / "longer", 5000)
        (top / "gone").write_bytes(b"x")
        (top / "gone").unlink()
        (top / "empty folder").mkdir()
        (top / "mode").write_bytes(b"m")
        (top / "mode").chmod(0o640)
        (top / "link").symlink_to("b ä+&%")
        with open(top / "large", "r+b") as file:  # in the middle: parts are copied on the server
            file.seek(tree.LARGE // 2)
            file.write(b"changed in the middle")


def names(root):
    return sorted(os.path.relpath(os.path.join(folder, name), root)
                  for folder, folders, files in os.walk(root) for name in folders + files)


def test_round_trip(server, source, name, tmp_path, passwords):
    s3_client(server).create_bucket(Bucket=name)
    model = tmp_path / "model"
    model.mkdir()
    with mounted(server, name, tmp_path / "mounted", passwords) as root:
        for path in sorted(source.digests)[::EVERY]:
            for top in (root, model):
                (top / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source.tree / path, top / "tree" / path)
        for top in (root, model):
            shutil.copyfile(source.large, top / "large")
        change(root, model)
    with mounted(server, name, tmp_path / "mounted", passwords) as root:
        assert names(root) == names(model)
        tree.same(root, tree.scan(model))
        assert (root / "mode").stat().st_mode & 0o777 == 0o640
        assert os.readlink(root / "link") == "b ä+&%"
        shutil.rmtree(root / "renamed folder")
    body = s3_client(server).get_object(Bucket=name, Key="large")["Body"].read()
    assert hashlib.sha256(body).hexdigest() == tree.digest(model / "large")
    left = s3_client(server).list_objects_v2(Bucket=name, Prefix="renamed folder")
    assert left["KeyCount"] == 0
