"""Server access logs: what is asked for, the lines that come, and that none is lost or doubled."""
import base64
import hashlib
import json
import random
import re
import time
import uuid

import boto3
import botocore
import pytest

from sdk import code_of, s3_client
from server import Keys, Server, commit_seed

# Written from AWS's page "Amazon S3 server access log format": 27 fields; behind them more may come.
FIELDS = ("owner bucket time ip requester request_id operation key uri status error sent size total "
          "turn referer agent version host_id signature cipher auth host tls access_point acl "
          "region").split()
QUOTED, BRACKETED, PLAIN = r'"([^"]*)"', r"\[([^\]]*)\]", r"([^ ]+)"
LINE = re.compile(" ".join({"uri": QUOTED, "referer": QUOTED, "agent": QUOTED,
                            "time": BRACKETED}.get(name, PLAIN) for name in FIELDS) + r"( .*)?")
WAIT_SECONDS = 30


def parse(line):
    found = LINE.fullmatch(line)
    assert found, line
    return dict(zip(FIELDS, found.groups()))


def allow(s3, target, sources=("*",), key="*"):
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},
         "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{target}/{key}",
         "Condition": {"ArnLike": {"aws:SourceArn": [f"arn:aws:s3:::{s}" for s in sources]}}}]}))


def switch(s3, source, target, prefix="", strict=False, **more):
    def add_mode(request, **_):
        request.headers["x-muzn-logging-mode"] = "strict"
    if strict:
        s3.meta.events.register("before-sign.s3.PutBucketLogging", add_mode, unique_id="mode")
    try:
        s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={"LoggingEnabled": {
            "TargetBucket": target, "TargetPrefix": prefix, **more}})
    finally:
        s3.meta.events.unregister("before-sign.s3.PutBucketLogging", unique_id="mode")


def pair(s3, **more):
    """(source, target) of which one logs into the other."""
    name = uuid.uuid4().hex[:16]
    source, target = f"src-{name}", f"log-{name}"
    for bucket in (source, target):
        s3.create_bucket(Bucket=bucket)
    allow(s3, target, [source])
    switch(s3, source, target, **more)
    return source, target


def objects(s3, target):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=target)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def lines(s3, target):
    text = "".join(s3.get_object(Bucket=target, Key=key)["Body"].read().decode()
                   for key in objects(s3, target))
    assert not text or text.endswith("\n")
    return [parse(line) for line in text.splitlines()]


def wait_for(s3, target, wanted):
    """The lines, as soon as those of all these request ids have come."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = lines(s3, target)
        missing = set(wanted) - {line["request_id"] for line in found}
        if not missing:
            return found
        assert time.monotonic() < deadline, f"{len(missing)} of {len(wanted)} lines are missing"
        time.sleep(0.2)


def id_of(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"]


def waiting(server):
    return server.metrics()['muzn_journal_waiting_bytes{queue="access"}']


def until(holds):
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def attempt(call, **arguments):
    """The id of the request, whatever came of it."""
    try:
        return id_of(call(**arguments))
    except botocore.exceptions.ClientError as error:
        return id_of(error.response)


@pytest.fixture(scope="module")
def quick():
    """A server that delivers each second."""
    with Server(args=["--access-log-seconds", "1"]) as running:
        yield running
        running.check()


@pytest.fixture(scope="module")
def client(quick):
    return s3_client(quick)


# ---- what is asked for ----

def test_the_configuration(s3, other_s3, bucket):
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    source, target = pair(s3, prefix="a/b-")
    assert s3.get_bucket_logging(Bucket=source)["LoggingEnabled"] == {
        "TargetBucket": target, "TargetPrefix": "a/b-"}
    for form in ({"SimplePrefix": {}}, {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}},
                 {"PartitionedPrefix": {"PartitionDateSource": "DeliveryTime"}}):
        switch(s3, source, target, "p", TargetObjectKeyFormat=form)
        assert s3.get_bucket_logging(Bucket=source)["LoggingEnabled"] == {
            "TargetBucket": target, "TargetPrefix": "p", "TargetObjectKeyFormat": form}
    assert code_of(other_s3.get_bucket_logging, Bucket=source) == (403, "AccessDenied")
    assert code_of(other_s3.put_bucket_logging, Bucket=source,
                   BucketLoggingStatus={}) == (403, "AccessDenied")
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=source)


def test_strict_is_told_again(s3):
    source, target = pair(s3, strict=True)
    headers = s3.get_bucket_logging(Bucket=source)["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-muzn-logging-mode"] == "strict"
    switch(s3, source, target)
    headers = s3.get_bucket_logging(Bucket=source)["ResponseMetadata"]["HTTPHeaders"]
    assert "x-muzn-logging-mode" not in headers


def test_grants(s3, bucket):
    source, target = pair(s3)
    owner = s3.list_buckets()["Owner"]["ID"]
    grants = [{"Grantee": {"Type": "CanonicalUser", "ID": owner}, "Permission": "READ"},
              {"Grantee": {"Type": "Group", "URI":
                           "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},
               "Permission": "READ"}]
    asked = {"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "", "TargetGrants": grants}}
    assert code_of(s3.put_bucket_logging, Bucket=source, BucketLoggingStatus=asked) == (
        400, "AccessControlListNotSupported")
    s3.put_bucket_ownership_controls(Bucket=target, OwnershipControls={
        "Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus=asked)
    kept = s3.get_bucket_logging(Bucket=source)["LoggingEnabled"]["TargetGrants"]
    assert sorted((g["Grantee"].get("ID", g["Grantee"].get("URI")), g["Permission"])
                  for g in kept) == sorted(
        (g["Grantee"].get("ID", g["Grantee"].get("URI")), g["Permission"]) for g in grants)


def test_targets_that_may_not_be(s3, other_s3, wire, bucket):
    source, target = pair(s3)

    def refusal(name, prefix=""):
        return code_of(s3.put_bucket_logging, Bucket=source, BucketLoggingStatus={
            "LoggingEnabled": {"TargetBucket": name, "TargetPrefix": prefix}})
    no_target = (400, "InvalidTargetBucketForLogging")
    assert refusal("there-is-no-such-bucket") == no_target
    foreign = f"foreign-{uuid.uuid4().hex[:12]}"
    other_s3.create_bucket(Bucket=foreign)
    allow(other_s3, foreign)
    assert refusal(foreign) == no_target
    assert refusal(bucket) == (403, "AccessDenied")
    allow(s3, bucket, ["another"])
    assert refusal(bucket) == (403, "AccessDenied")
    allow(s3, bucket, [source], "under/*")
    assert refusal(bucket) == (403, "AccessDenied")
    switch(s3, source, bucket, "under/")
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert refusal(bucket, "under/") == no_target
    assert refusal(target, "p" * 801) == (400, "InvalidArgument")
    assert s3.get_bucket_logging(Bucket=source)["LoggingEnabled"]["TargetBucket"] == bucket


@pytest.mark.parametrize("document", [
    "<Other/>", "<BucketLoggingStatus><Other/></BucketLoggingStatus>",
    "<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>",
    "<BucketLoggingStatus><LoggingEnabled><TargetBucket>b</TargetBucket></LoggingEnabled>"
    "</BucketLoggingStatus>",
    "<BucketLoggingStatus><LoggingEnabled><TargetBucket>b</TargetBucket><TargetPrefix/>"
    "<TargetPrefix/></LoggingEnabled></BucketLoggingStatus>",
    "<BucketLoggingStatus><LoggingEnabled><TargetBucket>b</TargetBucket><TargetPrefix/>"
    "<TargetObjectKeyFormat/></LoggingEnabled></BucketLoggingStatus>",
    "<BucketLoggingStatus><LoggingEnabled><TargetBucket>b</TargetBucket><TargetPrefix/>"
    "<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>kaboom</PartitionDateSource>"
    "</PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>"])
def test_malformed(wire, bucket, document):
    md5 = base64.b64encode(hashlib.md5(document.encode()).digest()).decode()
    answer = wire.request("PUT", f"/{bucket}?logging", document, [("Content-MD5", md5)])
    assert answer.status == 400 and b"MalformedXML" in answer.body, answer


# ---- the lines ----

def test_what_the_lines_say(quick, client):
    source, target = pair(client, prefix="log/")
    owner = client.list_buckets()["Owner"]["ID"]
    anonymous = boto3.client("s3", endpoint_url=quick.endpoint, region_name="us-east-1",
                             config=botocore.config.Config(signature_version=botocore.UNSIGNED))
    ids = {}
    ids["put"] = id_of(client.put_object(Bucket=source, Key="a b/ü", Body=b"x" * 1000))
    ids["get"] = id_of(client.get_object(Bucket=source, Key="a b/ü", Range="bytes=0-9"))
    ids["head"] = id_of(client.head_object(Bucket=source, Key="a b/ü"))
    ids["missing"] = attempt(client.get_object, Bucket=source, Key="none")
    ids["anonymous"] = attempt(anonymous.get_object, Bucket=source, Key="a b/ü")
    stranger = s3_client(quick, Keys(quick.keys.access, "another"))
    ids["stranger"] = attempt(stranger.list_objects_v2, Bucket=source)
    ids["copy"] = id_of(client.copy_object(Bucket=source, Key="copy",
                                           CopySource={"Bucket": source, "Key": "a b/ü"}))
    ids["list"] = id_of(client.list_objects_v2(Bucket=source))
    ids["status"] = id_of(client.get_bucket_logging(Bucket=source))
    ids["delete"] = id_of(client.delete_object(Bucket=source, Key="copy"))
    ids["deletes"] = id_of(client.delete_objects(Bucket=source, Delete={
        "Objects": [{"Key": "one"}, {"Key": "two"}]}))
    found = wait_for(client, target, ids.values())
    assert all(key.startswith("log/") and re.fullmatch(
        r"log/\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9A-F]{16}", key) for key in objects(client, target))
    assert {line["bucket"] for line in found} == {source}
    assert {line["owner"] for line in found} == {owner}
    assert {line["ip"] for line in found} == {"127.0.0.1"}

    def of(name, operation=None):
        one, = (line for line in found if line["request_id"] == ids[name] and
                operation in (None, line["operation"]))
        return one
    put = of("put")
    assert (put["operation"], put["key"], put["status"], put["error"], put["size"]) == (
        "REST.PUT.OBJECT", "a%20b/%C3%BC", "200", "-", "1000")
    assert (put["requester"], put["signature"], put["auth"]) == (owner, "SigV4", "AuthHeader")
    assert put["uri"] == f"PUT /{source}/a%20b/%C3%BC HTTP/1.1" and "Boto3" in put["agent"]
    assert put["host"] == quick.endpoint.removeprefix("http://")
    get = of("get")
    assert (get["operation"], get["status"], get["sent"], get["size"]) == (
        "REST.GET.OBJECT", "206", "10", "1000")
    assert of("head")["operation"] == "REST.HEAD.OBJECT" and of("head")["sent"] == "-"
    assert (of("missing")["status"], of("missing")["error"]) == ("404", "NoSuchKey")
    nobody = of("anonymous")
    assert (nobody["status"], nobody["error"], nobody["requester"], nobody["signature"],
            nobody["auth"]) == ("403", "AccessDenied", "-", "-", "-")
    assert (of("stranger")["error"], of("stranger")["requester"]) == ("SignatureDoesNotMatch", "-")
    assert of("copy", "REST.COPY.OBJECT")["key"] == "copy"
    assert of("copy", "REST.COPY.OBJECT_GET")["key"] == "a%20b/%C3%BC"
    assert of("list")["operation"] == "REST.GET.BUCKET"
    assert of("status")["operation"] == "REST.GET.LOGGING_STATUS"
    assert (of("delete")["operation"], of("delete")["status"]) == ("REST.DELETE.OBJECT", "204")
    assert of("deletes", "REST.POST.MULTI_OBJECT_DELETE")["status"] == "200"
    assert {line["key"] for line in found if line["operation"] == "BATCH.DELETE.OBJECT"} == {
        "one", "two"}
    when = time.strptime(put["time"], "%d/%b/%Y:%H:%M:%S +0000")
    assert abs(time.mktime(when) - time.mktime(time.gmtime())) < 300
    # What delivers is logged nowhere, and what reads the log in its own bucket, neither.
    assert not [line for line in found if line["bucket"] == target]


def test_hostile_requests_make_one_line_each(quick, client):
    source, target = pair(client)
    wire = quick.wire()
    agents = ['x" 200 - "', "a\\", "[x] - -", "\xff\xfe", "%0A"]
    ids = []
    for agent in agents:
        answer = wire.request("GET", f"/{source}/%0Ak%22", headers=[
            ("User-Agent", agent), ("Referer", agent)])
        ids.append(answer.get("x-amz-request-id"))
    found = wait_for(client, target, ids)
    assert len([line for line in found if line["request_id"] in ids]) == len(agents)
    assert {line["key"] for line in found if line["request_id"] in ids} == {"%0Ak%22"}


def test_a_referer_is_no_key_GHSA_8cm2_h255_v749(quick, client):
    """A page that a presigned URL opened names that URL to all that it shows, of others' buckets, too:
    who reads their logs must not be able to open it."""
    source, target = pair(client)
    wire = quick.wire()
    signed = f"https://{wire.host}" + wire.signer().presign("GET", wire.host, "/another/page.html")
    signature = signed.rpartition("Signature=")[2]
    old = f"https://{wire.host}/another/page.html?AWSAccessKeyId=A&Expires=1&Signature={signature}"
    token = f"{signed}&x-amz-security%2Dtoken={signature}#{signature[:8]}"
    ids = [wire.request("GET", f"/{source}/k", headers=[("Referer", url)]).get("x-amz-request-id")
           for url in (signed, old, token)]
    found = [line for line in wait_for(client, target, ids) if line["request_id"] in ids]
    assert len(found) == len(ids)
    for line in found:
        assert signature not in line["referer"] and "REDACTED" in line["referer"], line
        assert line["referer"].startswith(f"https://{wire.host}/another/page.html?"), line
    assert signature not in quick.log()


def test_partitioned_names(quick, client):
    source, target = pair(client, prefix="p/", TargetObjectKeyFormat={
        "PartitionedPrefix": {"PartitionDateSource": "EventTime"}})
    wait_for(client, target, [id_of(client.list_objects_v2(Bucket=source))])
    for key in objects(client, target):
        assert re.fullmatch(rf"p/{quick.operator()}/us-east-1/{source}/(\d{{4}})/(\d\d)/(\d\d)/"
                            r"\1-\2-\3-00-00-00-[0-9A-F]{16}", key), key


def test_a_target_that_is_gone_and_comes_back(quick, client):
    source, target = pair(client)
    client.delete_bucket(Bucket=target)
    ids = [id_of(client.list_objects_v2(Bucket=source)) for _ in range(5)]
    until(lambda: quick.metrics()["muzn_access_log_refused_total"] > 0)
    assert quick.metrics()["muzn_access_log_overdue_seconds"] > 0 and waiting(quick) > 0
    until(lambda: "an access log can't be delivered" in quick.log())
    client.create_bucket(Bucket=target)
    allow(client, target, [source])
    found = wait_for(client, target, ids)
    assert sorted(line["request_id"] for line in found if line["request_id"] in ids) == sorted(ids)


# ---- nothing is lost, nothing doubled ----

def test_killed_again_and_again():
    """Strict changes that were answered, and all that came before one, have one line each."""
    chance = random.Random(commit_seed())
    server = Server(args=["--access-log-seconds", "1"])
    try:
        client = s3_client(server.start())
        source, target = pair(client, strict=True)
        plain, _ = pair(client)
        allow(client, target, [source, plain])
        switch(client, plain, target)
        sure = []
        for life in range(4):
            deadline = time.monotonic() + chance.uniform(0.5, 2.0)
            number = 0
            while time.monotonic() < deadline:
                read = id_of(client.list_objects_v2(Bucket=plain))
                sure.append(id_of(client.put_object(Bucket=source, Key=f"{life}-{number}", Body=b"")))
                sure.append(read)
                number += 1
            server.kill()
            client = s3_client(server.start())
        found = [line["request_id"] for line in wait_for(client, target, sure)]
        doubled = {one for one in found if one in set(sure) and found.count(one) > 1}
        assert not doubled, f"{len(doubled)} of {len(sure)} lines came twice"
        assert len(sure) > 20
        server.check()
    finally:
        server.remove()


def test_strict_refuses_what_it_can_not_record():
    server = Server(args=["--access-log-seconds", "1", "--journal-mib", "1"])
    try:
        server.start()
        client = s3_client(server)
        source, target = pair(client, strict=True)
        plain, plain_target = pair(client)
        client.put_object(Bucket=source, Key="k", Body=b"before")
        client.delete_bucket_policy(Bucket=target)
        wire = server.wire()
        for _ in range(400):  # lines that nobody takes
            wire.request("GET", f"/{source}/{'n' * 1000}", headers=[("Referer", "r" * 4000)])
        for _ in range(60):  # and into the last gap, lines that are shorter than those to come
            wire.request("GET", f"/{source}/n")
        refused = (503, "ServiceUnavailable")
        assert code_of(client.put_object, Bucket=source, Key="k", Body=b"behind") == refused
        assert code_of(client.put_object, Bucket=source, Key="new", Body=b"") == refused
        assert code_of(client.delete_object, Bucket=source, Key="k") == refused
        assert code_of(client.put_bucket_tagging, Bucket=source, Tagging={
            "TagSet": [{"Key": "a", "Value": "b"}]}) == refused
        assert [o["Key"] for o in client.list_objects_v2(Bucket=source)["Contents"]] == ["k"]
        assert client.get_object(Bucket=source, Key="k")["Body"].read() == b"before"
        client.put_object(Bucket=plain, Key="k", Body=b"who did not ask for it is not held up")
        assert server.metrics()['muzn_journal_lost_total{queue="access"}'] > 0
        allow(client, target, [source])
        until(lambda: server.wire().request("PUT", f"/{source}/k", b"behind").status == 200)
        assert client.get_object(Bucket=source, Key="k")["Body"].read() == b"behind"
        server.check()
    finally:
        server.remove()


def test_an_upload_that_was_cut_off_is_told():
    """The change was sure to be recorded, and never came to an end: a line without an outcome."""
    server = Server(args=["--access-log-seconds", "1"])
    try:
        client = s3_client(server.start())
        source, target = pair(client, strict=True)
        # Of a body of which nothing comes: it is recorded before it is waited for.
        connection = server.wire().connect()
        head, _ = server.wire().head("PUT", f"/{source}/cut", headers=[("Content-Length", "5")],
                                     payload="UNSIGNED-PAYLOAD")
        before = waiting(server)
        connection.send(head)
        until(lambda: waiting(server) > before)
        server.kill()
        client = s3_client(server.start())
        until(lambda: "cut" in [line["key"] for line in lines(client, target)])
        cut = [line for line in lines(client, target) if line["key"] == "cut"]
        assert [(line["operation"], line["status"]) for line in cut] == [("REST.PUT.OBJECT", "-")]
    finally:
        server.remove()
