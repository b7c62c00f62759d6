"""The scrub of a running server: a good store passes, damage is found and named, a restart goes on."""
import json
import os
import pathlib
import time

import pytest

from sdk import s3_client
from server import Server, muzn

FAST = ("--scrub-days", "0", "--scrub-mib-per-second", "1024")
BLOB, PART = os.urandom(300_000), os.urandom(5 << 20)
DEADLINE = 120


def until(server, holds, what):
    """Metrics of which `holds` is true."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        found = server.metrics()
        if holds(found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: {found}")


def whole_pass(server):
    """Metrics after a pass that began after this call."""
    began = server.metrics()["muzn_scrub_passes_total"]
    return until(server, lambda m: m["muzn_scrub_passes_total"] >= began + 2, "a pass")


def findings(server):
    """Log lines of damage."""
    return [line for line in server.records()
            if line["schema"] == "muzn.log/1" and line["level"] == "error"]


def told(server):
    """The same, when there are some: lines leave the server a moment after the metric."""
    until(server, lambda m: m["muzn_scrub_errors_total"] >= 1, "nothing was found")
    until(server, lambda _: findings(server), "nothing was told")
    return findings(server)


def fill(server):
    s3 = s3_client(server)
    s3.create_bucket(Bucket="first")
    s3.create_bucket(Bucket="second")
    s3.put_object(Bucket="first", Key="inline", Body=b"small", ChecksumAlgorithm="SHA256")
    s3.put_object(Bucket="first", Key="blob", Body=BLOB, ChecksumAlgorithm="CRC32C")
    for key, complete in (("multipart", True), ("under way", False)):
        upload = s3.create_multipart_upload(Bucket="second", Key=key)["UploadId"]
        parts = [{"PartNumber": number, "ETag": s3.upload_part(
            Bucket="second", Key=key, UploadId=upload, PartNumber=number, Body=body)["ETag"]}
            for number, body in ((1, PART), (2, BLOB))]
        if complete:
            s3.complete_multipart_upload(Bucket="second", Key=key, UploadId=upload,
                                         MultipartUpload={"Parts": parts})
    return s3


def file_of(server, content):
    """The one blob file that begins with these bytes."""
    found = [path for path in server.blob_files()
             if pathlib.Path(path).read_bytes().startswith(content[:1000])]
    assert len(found) == 1
    return pathlib.Path(found[0])


def flip(path, at):
    with open(path, "r+b") as file:
        file.seek(at)
        was = file.read(1)
        file.seek(at)
        file.write(bytes([was[0] ^ 1]))


def test_a_good_store_passes_again_and_again():
    with Server(args=FAST) as server:
        fill(server)
        before = server.metrics()["muzn_scrub_bytes_total"]
        after = whole_pass(server)
        assert after["muzn_scrub_bytes_total"] - before >= 3 * len(BLOB) + 2 * len(PART)
        assert after["muzn_scrub_objects_total"] >= 5
        assert after["muzn_scrub_errors_total"] == after["muzn_scrub_last_pass_errors"] == 0
        assert after["muzn_engine_corrupt_blocks_total"] == 0 and findings(server) == []
        assert after["muzn_scrub_last_pass_end_seconds"] == pytest.approx(time.time(), abs=3600)
        assert 0 <= after["muzn_scrub_position_ratio"] <= 1
        server.stop()
        report = json.loads(muzn("engine", "check", "--data", server.data, "--json").stdout)
        assert report["errors"] == []


@pytest.mark.parametrize("key", ["rotten", "line\nbreak \x1b[31m \x7f é"])
def test_rot_is_found_and_named(key):
    with Server(args=FAST) as server:
        s3 = fill(server)
        body = os.urandom(200_000)
        s3.put_object(Bucket="first", Key=key, Body=body)
        path = file_of(server, body)
        flip(path, 70_000)
        told(server)
        assert whole_pass(server)["muzn_scrub_last_pass_errors"] == 1
        for line in findings(server):
            assert (line["bucket"], line["key"], line["blob"]) == ("first", key, path.name), line
            assert "1 of 4 blocks can't be read, the first at offset 65536" in line["what"]
        flip(path, 70_000)
        whole_pass(server)
        assert whole_pass(server)["muzn_scrub_last_pass_errors"] == 0


def test_lines_for_people_hold_no_control_character():
    with Server(args=(*FAST, "--log", "text")) as server:
        s3 = fill(server)
        s3.put_object(Bucket="first", Key="a\nb \x1b c", Body=b"x" * 20_000)
        file_of(server, b"x" * 20_000).unlink()
        until(server, lambda m: m["muzn_scrub_errors_total"] >= 1, "nothing was found")
        whole_pass(server)
        text = server.log()
        assert "\x1b" not in text
        lines = [line for line in text.splitlines() if "damage found" in line]
        assert lines and all(r'key="a\u000ab \u001b c"' in line and "is missing" in line
                             for line in lines)


@pytest.mark.parametrize("damage", ["lost", "cut", "extended"])
def test_other_damage_is_found(damage):
    with Server(args=FAST) as server:
        s3 = fill(server)
        body = os.urandom(100_000)
        s3.put_object(Bucket="second", Key="damaged", Body=body)
        path = file_of(server, body)
        if damage == "lost":
            path.unlink()
        elif damage == "cut":
            os.truncate(path, 90_000)
        else:
            with open(path, "ab") as file:
                file.write(b"more")
        assert {(line["bucket"], line["key"]) for line in told(server)} == {("second", "damaged")}


def test_rotten_tables_of_rows_are_found():
    with Server(args=("--scrub-mib-per-second", "0")) as server:
        s3 = fill(server)
        for number in range(100):
            s3.put_object(Bucket="first", Key=f"many/{number}", Body=os.urandom(3000))
        server.stop()
        server.start()  # writes its log into a table
        server.stop()
        table = max(pathlib.Path(server.data, "rows", "db").glob("*.sst"),
                    key=lambda path: path.stat().st_size)
        flip(table, table.stat().st_size // 2)
        server.args = list(FAST)
        server.start()
        assert any(table.name in line["what"] for line in told(server))
        server.kill()


def test_a_restart_goes_on_where_it_was():
    slow = ["--scrub-days", "14", "--scrub-mib-per-second", "1"]
    with Server(args=("--scrub-mib-per-second", "0")) as server:
        s3 = s3_client(server)
        s3.create_bucket(Bucket="bucket")
        for number in range(40):
            s3.put_object(Bucket="bucket", Key=f"{number:02}", Body=os.urandom(1 << 20))
        server.stop()
        server.args = slow
        server.start()
        first = until(server, lambda m: m["muzn_scrub_objects_total"] >= 4, "no progress")
        assert first["muzn_scrub_running"] == 1
        server.stop()  # prompt, in the middle of a pass that takes 40 s
        server.args = ["--scrub-days", "14", "--scrub-mib-per-second", "1024"]
        server.start()
        last = until(server, lambda m: m["muzn_scrub_passes_total"] == 1, "no end")
        assert last["muzn_scrub_pass_start_seconds"] == first["muzn_scrub_pass_start_seconds"]
        assert last["muzn_scrub_objects_total"] <= 40 - 4 and last["muzn_scrub_running"] == 0
        assert "scrub goes on" in server.log()
        server.stop()
        server.start()  # the next is not due
        # The scrub reads where it is in a thread of its own, after the server answers.
        until(server, lambda m: m["muzn_scrub_passes_total"] == 1, "the count of passes is gone")
        assert server.metrics()["muzn_scrub_objects_total"] == 0


def test_it_can_be_off():
    with Server(args=("--scrub-mib-per-second", "0")) as server:
        found = server.metrics()
        assert found["muzn_scrub_running"] == found["muzn_scrub_period_seconds"] == 0
        assert found["muzn_scrub_passes_total"] == 0
