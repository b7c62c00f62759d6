"""`muzn bench` against a real server: what it counts happened, and what it says is checked."""
import csv
import io
import json
import uuid

import pytest

from server import muzn


def bench(server, *words, check=True):
    return server.cli("bench", *words, check=check)


def report(server, *words):
    done = bench(server, *words, "--json")
    return json.loads(done.stdout)


@pytest.fixture
def name():
    return f"bench-{uuid.uuid4().hex[:16]}"


def keys_in(s3, bucket):
    return {entry["Key"]: entry["Size"]
            for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])}


def test_each_verb_does_what_it_counts(server, s3, name):
    common = ("--bucket", name, "--keys", "20", "--size", "1KiB-20KiB,100KiB", "--connections", "4")
    before = server.metrics()
    put = report(server, "put", "--requests", "20", *common)
    assert put["operations"]["PUT"]["requests"] == 20 and put["all"]["error_count"] == 0
    there = keys_in(s3, name)
    assert len(there) == 20 and sum(there.values()) == put["all"]["bytes"]

    for signing in ([], ["--presigned"]):
        got = report(server, "get", "--requests", "50", "--verify", "--prepared", *signing, *common)
        assert got["operations"]["GET"]["requests"] == 50 and got["all"]["error_count"] == 0
        assert got["operations"]["GET"]["first_byte"]["count"] == 50
    assert report(server, "head", "--requests", "7", "--prepared", *common)["all"]["requests"] == 7
    page = report(server, "list", "--requests", "7", "--page", "5", "--prepared", *common)
    assert page["operations"]["LIST"]["requests"] == 7
    after = server.metrics()
    for operation, count in (("PutObject", 20), ("GetObject", 100), ("HeadObject", 7),
                             ("ListObjectsV2", 8)):  # one is keys_in()'s
        metric = f'muzn_requests_total{{operation="{operation}",status="200"}}'
        assert after[metric] - before.get(metric, 0) == count, operation

    gone = report(server, "delete", "--prepared", "--seconds", "30", *common)
    assert gone["operations"]["DELETE"]["requests"] == 20 and gone["seconds"] < 30
    assert keys_in(s3, name) == {}


@pytest.mark.parametrize("payload", ["--signed-payload", "--expect", "--presigned"])
def test_forms_of_uploads_are_right(server, s3, name, payload):
    put = report(server, "put", "--requests", "12", "--keys", "12", "--size", "300KiB", payload,
                 "--bucket", name)
    assert put["all"]["requests"] == 12 and put["all"]["error_count"] == 0
    got = report(server, "get", "--requests", "12", "--keys", "12", "--size", "300KiB", "--verify",
                 "--prepared", "--choice", "in-turn", "--bucket", name)
    assert got["all"]["requests"] == 12 and got["all"]["error_count"] == 0


def test_a_mix_leaves_only_its_own_and_cleanup_takes_it(server, s3, name):
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="bench/mine", Body=b"x")
    mixed = report(server, "mixed", "--requests", "400", "--keys", "10", "--verify", "--bucket",
                   name, "--choice", "zipf", "--threads", "2", "--connections", "6", "--cleanup")
    assert mixed["all"]["requests"] == 400 and mixed["all"]["error_count"] == 0
    assert set(mixed["operations"]) == {"GET", "HEAD", "PUT", "LIST", "DELETE"}
    assert keys_in(s3, name) == {"bench/mine": 1}


def test_cleanup_takes_the_bucket_that_it_made(server, s3, name):
    report(server, "get", "--requests", "5", "--keys", "3", "--bucket", name, "--cleanup")
    assert name not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_wrong_bytes_are_found(server, s3, name):
    words = ("--keys", "1", "--size", "100KB", "--bucket", name)
    report(server, "put", "--requests", "1", *words)
    body = bytearray(s3.get_object(Bucket=name, Key="bench/000000000")["Body"].read())
    body[70_000] ^= 1
    s3.put_object(Bucket=name, Key="bench/000000000", Body=bytes(body))
    done = bench(server, "get", "--requests", "3", "--verify", "--prepared", "--json", *words,
                 check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["all"]["errors"] == [
        {"status": 200, "code": "WrongBytes", "count": 3}]


def test_a_line_for_each_second(server, name):
    done = bench(server, "get", "--keys", "5", "--seconds", "2", "--warmup", "0", "--rate", "50",
                 "--csv", "--bucket", name)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    seconds = [row for row in rows if row["second"] != "total" and row["operation"] == "ALL"]
    total = [row for row in rows if row["second"] == "total" and row["operation"] == "ALL"]
    assert {row["second"] for row in seconds} <= {"0", "1"} and len(total) == 1
    assert sum(int(row["requests"]) for row in seconds) == int(total[0]["requests"])
    assert 0 < int(total[0]["requests"]) <= 100


def test_for_people(server, name):
    done = bench(server, "put", "--requests", "5", "--bucket", name, "--progress")
    assert "requests/s" in done.stdout and "PUT" in done.stdout and "p99.9" in done.stdout


def test_errors_say_what_to_do(server, name):
    missing = bench(server, "get", "--prepared", "--requests", "3", "--keys", "2", "--bucket", name,
                    check=False)
    assert missing.returncode == 1 and "404 NoSuchBucket: 3" in missing.stdout
    usage = bench(server, "get", "--size", "4XB", check=False)
    assert usage.returncode == 2 and "4KiB" in usage.stderr and "--help" in usage.stderr
    nobody = muzn("bench", "get", "--endpoint", "http://127.0.0.1:1", keys=server.keys, check=False)
    assert nobody.returncode == 1 and "cannot connect to 127.0.0.1:1" in nobody.stderr
