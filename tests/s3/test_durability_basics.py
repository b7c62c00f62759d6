"""What was acknowledged is there after a kill; who may open a data directory; graceful stops."""
import glob
import hashlib
import os
import random
import signal
import stat
import subprocess
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from sdk import s3_client
from server import BINARY, Server, clean_environment
from sigv4 import UNSIGNED, Keys

SIZES = [0, 10, 5000, 16384, 20_000, 300_000, 2_000_000]


class Writer(threading.Thread):
    """Writes, overwrites and deletes until the server is gone; remembers what was acknowledged,
    and what was under way when it went."""

    def __init__(self, server, number):
        super().__init__()
        self.s3 = s3_client(server)
        self.random = random.Random(number)
        self.number = number
        self.acked, self.pending, self.done = {}, {}, 0

    def run(self):
        try:
            while True:
                self.step()
        except (BotoCoreError, ClientError):
            pass

    def step(self):
        key = f"{self.number}/{self.random.randrange(12)}"
        target = {"Bucket": "bucket", "Key": key}
        if self.random.random() < 0.15:
            self.pending = {key: None}
            self.s3.delete_object(**target)
            self.acked[key] = None
        else:
            body = self.random.randbytes(self.random.choice(SIZES))
            self.pending = {key: hashlib.sha256(body).hexdigest()}
            if len(body) > 1_000_000:
                self.multipart(target, body)
            else:
                self.s3.put_object(**target, Body=body)
            self.acked[key] = self.pending[key]
        self.pending = {}
        self.done += 1

    def multipart(self, target, body):
        upload = self.s3.create_multipart_upload(**target)["UploadId"]
        tag = self.s3.upload_part(**target, UploadId=upload, PartNumber=1, Body=body)["ETag"]
        self.s3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={
            "Parts": [{"PartNumber": 1, "ETag": tag}]})


def stored(s3):
    """{key: SHA-256} of all that is there, and each object is read in full."""
    return {item["Key"]: hashlib.sha256(
                s3.get_object(Bucket="bucket", Key=item["Key"])["Body"].read()).hexdigest()
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket="bucket")
            for item in page.get("Contents", [])}


def test_kill_and_restart():
    server = Server()
    with server:
        s3_client(server).create_bucket(Bucket="bucket")
        expected = {}
        for round_ in range(3):
            writers = [Writer(server, number) for number in range(4)]
            for writer in writers:
                writer.start()
            time.sleep(1.5)
            server.kill()
            for writer in writers:
                writer.join()
            server.start()
            found = stored(s3_client(server))
            assert sum(w.done for w in writers) > 20, f"round {round_} did nothing"
            for writer in writers:
                expected.update(writer.acked)
                for key, digest in writer.pending.items():  # either, but whole
                    if found.get(key) == digest:
                        expected[key] = digest
            assert found == {k: v for k, v in expected.items() if v is not None}


def test_space_of_the_dead_is_reclaimed():
    with Server(args=["--sweep-seconds", "1"]) as server:
        s3, wire = s3_client(server), server.wire()
        s3.create_bucket(Bucket="bucket")
        body = os.urandom(3_000_000)
        s3.put_object(Bucket="bucket", Key="kept", Body=body)
        upload = s3.create_multipart_upload(Bucket="bucket", Key="m")["UploadId"]
        s3.upload_part(Bucket="bucket", Key="m", UploadId=upload, PartNumber=1, Body=body)
        head, _ = wire.head("PUT", "/bucket/half", [("Content-Length", "3000000")], UNSIGNED)
        connection = wire.connect()
        connection.send(head + body[:2_000_000])
        time.sleep(0.5)
        server.kill()  # in the middle of a put: its blob has no owner
        connection.close()
        server.start()
        s3 = s3_client(server)
        deadline = time.monotonic() + 30
        while True:
            files = server.blob_files()
            if len(files) <= 2 or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        assert len(files) == 2, files  # the object and the part
        assert s3.get_object(Bucket="bucket", Key="kept")["Body"].read() == body


def run_to_end(data, keys):
    environment = clean_environment(MUZN_ROOT_ACCESS_KEY=keys.access,
                                    MUZN_ROOT_SECRET_KEY=keys.secret)
    return subprocess.run([str(BINARY), "server", "--data", data, "--listen", "127.0.0.1:0"],
                          env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_other_root_keys_are_refused_with_a_hint():
    with Server() as server:
        server.stop()
        for keys in (Keys(server.keys.access, "another-secret-key"),
                     Keys("ANOTHERACCESSKEY", server.keys.secret)):
            done = run_to_end(server.data, keys)
            assert done.returncode == 1
            assert "root key" in done.stderr and "first start" in done.stderr
            assert keys.secret not in done.stderr and server.keys.secret not in done.stderr
        server.start()


def test_lost_rows_are_not_a_new_store():
    with Server() as server:
        server.stop()
        os.rename(os.path.join(server.data, "rows"), os.path.join(server.data, "gone"))
        done = run_to_end(server.data, server.keys)
        assert done.returncode == 1 and "rows are gone" in done.stderr
        os.rename(os.path.join(server.data, "gone"), os.path.join(server.data, "rows"))
        server.start()


def test_one_server_for_a_directory():
    with Server() as server:
        done = run_to_end(server.data, server.keys)
        assert done.returncode == 1 and server.data in done.stderr


def test_generated_keys_are_private_and_last():
    server = Server(keys=None)
    with server:
        made = server.keys
        assert len(made.secret) == 40 and made.access.startswith("AKIA")
        for name in ("root-keys.json", "master.key"):
            mode = os.stat(os.path.join(server.data, name)).st_mode
            assert stat.S_IMODE(mode) == 0o600, name
        server.stop()
        server.keys = None
        server.start()
        assert server.keys == made
        assert server.wire().request("GET", "/").status == 200


def test_secrets_are_not_on_disk_in_the_clear():
    with Server() as server:
        _, keys = server.new_account("sealed")
        server.stop()
        for path in glob.glob(f"{server.data}/**", recursive=True):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    assert keys.secret.encode() not in file.read(), path
        server.start()


def test_a_graceful_stop_finishes_what_runs():
    with Server() as server:
        wire = server.wire()
        assert wire.request("PUT", "/bucket").status == 200
        body = os.urandom(3_000_000)
        head, _ = wire.head("PUT", "/bucket/k", [("Content-Length", str(len(body)))], UNSIGNED)
        with wire.connect() as connection, wire.connect() as idle:
            connection.send(head + body[:1_000_000])
            time.sleep(0.3)
            server.signal(signal.SIGTERM)
            time.sleep(0.5)
            assert server.alive()
            with pytest.raises(OSError):
                wire.connect(2).close()
            assert idle.at_end()
            connection.send(body[1_000_000:])
            assert connection.answer().status == 200
        assert server.wait() == 0
        server.process.stdout.close()
        server.start()
        assert server.wire().request("GET", "/bucket/k").body == body


def test_a_stop_is_bounded():
    with Server(args=["--stop-timeout-ms", "1000"]) as server:
        wire = server.wire()
        assert wire.request("PUT", "/bucket").status == 200
        head, _ = wire.head("PUT", "/bucket/k", [("Content-Length", "1000")], UNSIGNED)
        with wire.connect() as connection:
            connection.send(head + b"never finished")
            time.sleep(0.3)
            started = time.monotonic()
            server.signal(signal.SIGTERM)
            assert server.wait(20) == 0
            assert time.monotonic() - started < 10
        server.process.stdout.close()
        server.start()
        assert server.wire().request("GET", "/bucket/k").status == 404
