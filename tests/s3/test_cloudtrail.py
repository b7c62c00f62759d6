"""CloudTrail: trails, their files and digests as aws-cli judges them, the history of events."""
import gzip
import hashlib
import json
import random
import subprocess
import time
from datetime import datetime, timedelta, timezone

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

from sdk import code_of, s3_client
from test_data_leaves import leaves
from server import Server, clean_environment, commit_seed
from sigv4 import Keys

AWS = "/usr/bin/aws"
REGION = "us-east-1"
SHORT = ["--trail-seconds", "1", "--trail-digest-seconds", "2", "--ledger-seconds", "1"]
WAIT_SECONDS = 60


def trail_client(server, keys=None):
    keys = keys or server.keys
    return boto3.client("cloudtrail", endpoint_url=server.endpoint, region_name=REGION,
                        aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
                        config=botocore.config.Config(retries={"total_max_attempts": 1}))


def wait_for(what, condition):
    """Its first value that is true."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError(f"never came: {what}")


@pytest.fixture(scope="module")
def served():
    with Server(args=SHORT) as running:
        yield running


@pytest.fixture(scope="module")
def s3(served):
    return s3_client(served)


@pytest.fixture(scope="module")
def cloudtrail(served):
    return trail_client(served)


@pytest.fixture
def tenant(served, request):
    """A fresh account with an empty bucket: (id, clients, name of the bucket)."""
    name = f"t{abs(hash(request.node.name)) % 10**10}"
    account, keys = served.new_account(name)
    s3 = s3_client(served, keys)
    s3.create_bucket(Bucket=f"{name}-audit")
    return account["id"], trail_client(served, keys), s3, f"{name}-audit", keys


def keys_in(s3, bucket, part):
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [one["Key"] for one in listed if part in one["Key"]]


def read_gzip(s3, bucket, key):
    return json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))


def records_in(s3, bucket, part="/CloudTrail/"):
    return [record for key in keys_in(s3, bucket, part)
            for record in read_gzip(s3, bucket, key)["Records"]]


def aws(server, keys, tmp_path, *words):
    """aws-cli 2, whose validate-logs knows S3 by the rules of endpoints only."""
    rules = tmp_path / "data" / "s3" / "2006-03-01"
    rules.mkdir(parents=True, exist_ok=True)
    endpoint = {"properties": {}, "headers": {}}
    (rules / "endpoint-rule-set-1.json").write_text(json.dumps({
        "version": "1.0",
        "parameters": {
            "Bucket": {"required": False, "type": "String", "documentation": "bucket"},
            "Region": {"builtIn": "AWS::Region", "required": False, "type": "String",
                       "documentation": "region"}},
        "rules": [
            {"conditions": [{"fn": "isSet", "argv": [{"ref": "Bucket"}]}], "type": "endpoint",
             "endpoint": {"url": server.endpoint + "/{Bucket}", **endpoint}},
            {"conditions": [], "type": "endpoint",
             "endpoint": {"url": server.endpoint, **endpoint}}]}))
    environment = clean_environment(
        AWS_DATA_PATH=str(tmp_path / "data"), AWS_ACCESS_KEY_ID=keys.access,
        AWS_SECRET_ACCESS_KEY=keys.secret, AWS_DEFAULT_REGION=REGION, AWS_PAGER="",
        HOME=str(tmp_path))
    return subprocess.run([AWS, "--endpoint-url", server.endpoint, "cloudtrail", *words],
                          capture_output=True, text=True, env=environment, timeout=120,
                          check=False)


def validate(server, keys, tmp_path, arn):
    start = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return aws(server, keys, tmp_path, "validate-logs", "--trail-arn", arn, "--start-time", start,
               "--verbose")


def test_validate_logs_by_aws_cli(served, tenant, tmp_path):
    account, cloudtrail, s3, bucket, keys = tenant
    made = aws(served, keys, tmp_path, "create-trail", "--name", "ops", "--s3-bucket-name", bucket,
               "--s3-key-prefix", "pre/fix", "--enable-log-file-validation")
    assert made.returncode == 0, made.stderr
    arn = json.loads(made.stdout)["TrailARN"]
    assert arn == f"arn:aws:cloudtrail:{REGION}:{account}:trail/ops"
    cloudtrail.put_event_selectors(TrailName="ops", EventSelectors=[{
        "ReadWriteType": "All", "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::data-"]}]}])
    assert aws(served, keys, tmp_path, "start-logging", "--name", "ops").returncode == 0

    data = f"data-{bucket}"
    s3.create_bucket(Bucket=data)
    for i in range(3):
        s3.put_object(Bucket=data, Key=f"key-{i}", Body=b"x" * i)
        wanted = {f"key-{j}" for j in range(i + 1)}
        wait_for("the log file", lambda w=wanted: w <= {
            r["requestParameters"].get("key") for r in records_in(s3, bucket)})
    served.admin("user", "create", "--account", account, "--name", "bob", keys=keys)
    wait_for("the act", lambda: any(
        r["eventName"] == "CreateUser" for r in records_in(s3, bucket)))
    in_digests = lambda: {  # noqa: E731
        log["s3Object"] for key in keys_in(s3, bucket, "/CloudTrail-Digest/")
        for log in read_gzip(s3, bucket, key)["logFiles"]}
    logs = set(keys_in(s3, bucket, "/CloudTrail/"))
    wait_for("the digests", lambda: logs <= in_digests())
    cloudtrail.stop_logging(Name="ops")
    # It is told itself, and then nothing changes any more.
    wait_for("its end", lambda: any(
        r["eventName"] == "StopLogging" for r in records_in(s3, bucket)))
    wait_for("the last digest", lambda: set(keys_in(s3, bucket, "/CloudTrail/")) <= in_digests())

    records = records_in(s3, bucket)
    puts = [r for r in records if r["eventName"] == "PutObject"]
    assert {r["requestParameters"]["key"]: r["additionalEventData"]["bytesTransferredIn"]
            for r in puts} == {"key-0": 0, "key-1": 1, "key-2": 2} and len(puts) == 3
    assert puts[0]["eventCategory"] == "Data" and not puts[0]["managementEvent"]
    assert {r["eventName"] for r in records} >= {"CreateBucket", "CreateUser", "StopLogging"}
    assert {r["eventSource"] for r in records} == {
        "s3.amazonaws.com", "iam.amazonaws.com", "cloudtrail.amazonaws.com"}
    assert all(r["userIdentity"]["accountId"] == account for r in records)
    assert len({r["eventID"] for r in records}) == len(records)
    # What the trail writes itself is no event.
    assert bucket not in {r["requestParameters"].get("bucketName") for r in puts}

    done = validate(served, keys, tmp_path, arn)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "digest files valid" in done.stdout and "log files valid" in done.stdout

    spoil_and_find(served, tenant, tmp_path, arn, random.Random(commit_seed()))
    assert validate(served, keys, tmp_path, arn).returncode == 0


def spoil_and_find(served, tenant, tmp_path, arn, chance):
    """Each kind of spoiling is found, and only while it lasts."""
    _, _, s3, bucket, keys = tenant
    logs = keys_in(s3, bucket, "/CloudTrail/")
    # The newest one has no successor that would miss it: see docs/formats/cloudtrail.md.
    digests = sorted(keys_in(s3, bucket, "/CloudTrail-Digest/"))[:-1]

    def flipped(body):
        text = bytearray(gzip.decompress(body))
        text[chance.randrange(len(text))] ^= 1 << chance.randrange(8)
        return gzip.compress(bytes(text))

    def flipped_file(body):
        while True:
            spoilt = bytearray(body)
            spoilt[chance.randrange(10, len(spoilt))] ^= 1 << chance.randrange(8)
            try:  # some bits of gzip are padding
                if gzip.decompress(spoilt) != gzip.decompress(body):
                    return bytes(spoilt)
            except Exception:
                return bytes(spoilt)

    def without_a_file(body):
        digest = json.loads(gzip.decompress(body))
        digest["logFiles"] = digest["logFiles"][1:]
        digest["newestEventTime"] = "2001-01-01T00:00:00Z"
        return gzip.compress(json.dumps(digest).encode())

    for kind, keys_of_kind, change in [
            ("a byte of a log file's text", logs, flipped),
            ("a byte of a log file", logs, flipped_file), ("a deleted log file", logs, None),
            ("a byte of a digest's text", digests, flipped),
            ("an altered digest", digests, without_a_file), ("a deleted digest", digests, None)]:
        key = chance.choice(keys_of_kind)
        good = s3.get_object(Bucket=bucket, Key=key)
        body = good["Body"].read()
        if change is None:
            s3.delete_object(Bucket=bucket, Key=key)
        else:
            s3.put_object(Bucket=bucket, Key=key, Body=change(body), Metadata=good["Metadata"])
        done = validate(served, keys, tmp_path, arn)
        assert done.returncode == 1, f"{kind}: {key}: {done.stdout}{done.stderr}"
        assert "INVALID" in done.stderr, kind
        s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=good["Metadata"])


def test_digests_chain_and_are_signed(served, tenant):
    account, cloudtrail, s3, bucket, _ = tenant
    cloudtrail.create_trail(Name="chain", S3BucketName=bucket, EnableLogFileValidation=True)
    cloudtrail.start_logging(Name="chain")
    names = wait_for("three digests", lambda: (
        lambda found: len(found) >= 3 and found)(keys_in(s3, bucket, "/CloudTrail-Digest/")))
    published = cloudtrail.list_public_keys()["PublicKeyList"]
    fingerprints = {key["Fingerprint"]: key["Value"] for key in published}
    previous = None
    hashes = set()
    for name in sorted(names):
        got = s3.get_object(Bucket=bucket, Key=name)
        text = gzip.decompress(got["Body"].read())
        digest = json.loads(text)
        assert digest["digestS3Object"] == name and digest["awsAccountId"] == account
        assert digest["digestPublicKeyFingerprint"] in fingerprints
        if previous:
            assert digest["previousDigestS3Object"] == previous[0]
            assert digest["previousDigestHashValue"] == previous[1]
            assert digest["previousDigestSignature"] == previous[2]
            assert digest["digestStartTime"] == previous[3]
        else:
            assert digest["previousDigestSignature"] is None
        hashes.add(hashlib.sha256(text).hexdigest())
        previous = (name, hashlib.sha256(text).hexdigest(), got["Metadata"]["signature"],
                    digest["digestEndTime"])
    # Each is a leaf of the public log, which the key that signs them can't take back.
    wait_for("the leaves of the digests", lambda: hashes <= {
        leaf["facts"]["sha256"] for leaf in leaves(served) if leaf["kind"] == "trail_digest"})
    key = published[0]
    assert key["Fingerprint"] == hashlib.md5(key["Value"]).hexdigest()
    assert key["ValidityStartTime"] < datetime.now(timezone.utc) < key["ValidityEndTime"]
    assert cloudtrail.list_public_keys(
        StartTime=datetime(2001, 1, 1), EndTime=datetime(2001, 1, 2))["PublicKeyList"] == []


def test_lookup_events(served, tenant):
    account, cloudtrail, s3, bucket, keys = tenant
    served.admin("user", "create", "--account", account, "--name", "eve", keys=keys)
    served.admin("user", "delete", "--account", account, "eve", keys=keys)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")

    def look(key, value, **more):
        return cloudtrail.lookup_events(
            LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}], **more)["Events"]
    found = wait_for("the act", lambda: look("EventName", "DeleteUser"))
    event = json.loads(found[0]["CloudTrailEvent"])
    assert event["eventSource"] == "iam.amazonaws.com" and event["recipientAccountId"] == account
    assert found[0]["Username"] == "root" and found[0]["ReadOnly"] == "false"
    assert {"ResourceType": "AWS::IAM::User", "ResourceName": "eve"} in found[0]["Resources"]
    for key, value in [("EventId", found[0]["EventId"]), ("EventSource", "iam.amazonaws.com"),
                       ("ResourceName", "eve"), ("AccessKeyId", keys.access),
                       ("Username", "root"), ("ReadOnly", "false"),
                       ("ResourceType", "AWS::IAM::User")]:
        assert found[0]["EventId"] in {e["EventId"] for e in look(key, value)}, key
    assert look("ResourceName", bucket)[0]["EventName"] == "CreateBucket"
    assert look("EventName", "PutObject") == [], "data events have no history"
    assert look("EventName", "CreateUser", EndTime=datetime(2001, 1, 1)
                .replace(tzinfo=timezone.utc), StartTime=datetime(2000, 1, 1)) == []
    # Page by page the same, newest first.
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        EndTime=found[0]["EventTime"] + timedelta(seconds=1),
        PaginationConfig={"PageSize": 1})
    events = [event for page in pages for event in page["Events"]]
    times = [event["EventTime"] for event in events]
    assert times == sorted(times, reverse=True) and len(events) >= 3
    assert len({event["EventId"] for event in events}) == len(events)
    # Another account's history is its own.
    other = trail_client(served, served.new_account(f"{bucket[:20]}-o")[1])
    assert other.lookup_events(LookupAttributes=[
        {"AttributeKey": "EventName", "AttributeValue": "DeleteUser"}])["Events"] == []


def test_trails_are_made_changed_and_deleted(tenant):
    account, cloudtrail, s3, bucket, _ = tenant
    arn = f"arn:aws:cloudtrail:{REGION}:{account}:trail/one"
    assert cloudtrail.describe_trails()["trailList"] == []
    cloudtrail.create_trail(Name="one", S3BucketName=bucket)
    trail = cloudtrail.get_trail(Name=arn)["Trail"]
    assert trail == {"Name": "one", "S3BucketName": bucket, "TrailARN": arn, "HomeRegion": REGION,
                     "IncludeGlobalServiceEvents": True, "IsMultiRegionTrail": False,
                     "LogFileValidationEnabled": False, "HasCustomEventSelectors": False,
                     "HasInsightSelectors": False, "IsOrganizationTrail": False}
    assert cloudtrail.describe_trails(trailNameList=["one", "none"])["trailList"] == [trail]
    assert cloudtrail.list_trails()["Trails"] == [
        {"TrailARN": arn, "Name": "one", "HomeRegion": REGION}]
    cloudtrail.update_trail(Name="one", S3KeyPrefix="p", EnableLogFileValidation=True)
    trail = cloudtrail.get_trail(Name="one")["Trail"]
    assert trail["S3KeyPrefix"] == "p" and trail["LogFileValidationEnabled"]
    selectors = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": False,
                  "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
                  "ExcludeManagementEventSources": []}]
    cloudtrail.put_event_selectors(TrailName=arn, EventSelectors=selectors)
    assert cloudtrail.get_event_selectors(TrailName="one")["EventSelectors"] == selectors
    assert cloudtrail.get_trail(Name="one")["Trail"]["HasCustomEventSelectors"]

    assert not cloudtrail.get_trail_status(Name="one")["IsLogging"]
    cloudtrail.start_logging(Name="one")
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    status = wait_for("a delivery", lambda: (
        lambda now: "LatestDeliveryTime" in now and now)(cloudtrail.get_trail_status(Name="one")))
    assert status["IsLogging"] and "LatestDeliveryError" not in status
    assert {r["eventName"] for r in records_in(
        s3, bucket, f"p/AWSLogs/{account}/CloudTrail/")} == {"PutObject"}
    cloudtrail.stop_logging(Name="one")
    assert "StopLoggingTime" in cloudtrail.get_trail_status(Name="one")
    cloudtrail.delete_trail(Name=arn)
    assert cloudtrail.list_trails()["Trails"] == []
    assert code_of(cloudtrail.delete_trail, Name="one") == (400, "TrailNotFoundException")


def test_a_bucket_that_is_gone_shows_and_events_wait(served, tenant):
    _, cloudtrail, s3, bucket, _ = tenant
    gone = f"{bucket}-2"
    s3.create_bucket(Bucket=gone)
    cloudtrail.create_trail(Name="lost", S3BucketName=gone, EnableLogFileValidation=True)
    s3.delete_bucket(Bucket=gone)
    cloudtrail.start_logging(Name="lost")

    def status():
        return cloudtrail.get_trail_status(Name="lost")
    wait_for("the error", lambda: status().get("LatestDeliveryError") == "NoSuchBucket")
    wait_for("the digest's", lambda: status().get("LatestDigestDeliveryError") == "NoSuchBucket")
    assert served.metrics()["muzn_trail_stuck"] >= 1
    assert served.metrics()["muzn_trail_events_waiting"] >= 1
    s3.create_bucket(Bucket=gone)
    wait_for("the delivery", lambda: "StartLogging" in {
        r["eventName"] for r in records_in(s3, gone)})
    wait_for("no error", lambda: "LatestDeliveryError" not in status())


def test_a_bucket_of_another_account_needs_a_policy(served, tenant, s3):
    account, cloudtrail, _, bucket, _ = tenant
    foreign = f"{bucket}-foreign"
    s3.create_bucket(Bucket=foreign)  # the operator's
    create = {"Name": "abroad", "S3BucketName": foreign}
    assert code_of(cloudtrail.create_trail, **create) == (
        400, "InsufficientS3BucketPolicyException")
    arn = f"arn:aws:cloudtrail:{REGION}:{account}:trail/"

    def policy(source, effect="Allow"):
        # As AWS's guide has it.
        s3.put_bucket_policy(Bucket=foreign, Policy=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": effect, "Principal": {"Service": "cloudtrail.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{foreign}/AWSLogs/{account}/*",
                "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control",
                                               "aws:SourceArn": source}}}]}))
    policy(arn + "another")
    assert code_of(cloudtrail.create_trail, **create)[1] == "InsufficientS3BucketPolicyException"
    policy(arn + "abroad")
    assert code_of(cloudtrail.create_trail, S3KeyPrefix="elsewhere", **create)[1] == (
        "InsufficientS3BucketPolicyException")
    cloudtrail.create_trail(**create)
    cloudtrail.start_logging(Name="abroad")
    wait_for("a file", lambda: keys_in(s3, foreign, "/CloudTrail/"))
    policy(arn + "abroad", "Deny")
    wait_for("the error", lambda: cloudtrail.get_trail_status(Name="abroad").get(
        "LatestDeliveryError") == "AccessDenied")


ERRORS = [
    ("create_trail", {"Name": "a"}, "InvalidTrailNameException"),
    ("create_trail", {"Name": "192.168.1.1"}, "InvalidTrailNameException"),
    ("create_trail", {"S3BucketName": "no-such-bucket-here"}, "S3BucketDoesNotExistException"),
    ("create_trail", {"S3BucketName": "BAD"}, "InvalidS3BucketNameException"),
    ("create_trail", {"S3KeyPrefix": "x" * 201}, "InvalidS3PrefixException"),
    ("create_trail", {"SnsTopicName": "topic"}, "UnsupportedOperationException"),
    ("create_trail", {"KmsKeyId": "alias/k"}, "UnsupportedOperationException"),
    ("create_trail", {"IsOrganizationTrail": True}, "UnsupportedOperationException"),
    ("create_trail", {"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False},
     "InvalidParameterCombinationException"),
    ("get_trail", {"Name": "none"}, "TrailNotFoundException"),
    ("get_trail", {"Name": "arn:aws:s3:::x"}, "CloudTrailARNInvalidException"),
    ("get_trail", {"Name": "a..b"}, "InvalidTrailNameException"),
    ("get_trail", {"Name": "arn:aws:cloudtrail:us-east-1:999999999999:trail/ops"},
     "TrailNotFoundException"),
    ("get_trail_status", {"Name": "none"}, "TrailNotFoundException"),
    ("start_logging", {"Name": "none"}, "TrailNotFoundException"),
    ("update_trail", {"Name": "none"}, "TrailNotFoundException"),
    ("describe_trails", {"trailNameList": ["a..b"]}, "InvalidTrailNameException"),
    ("put_event_selectors", {"TrailName": "none", "EventSelectors": []}, "TrailNotFoundException"),
    ("put_event_selectors", {"EventSelectors": []}, "InvalidEventSelectorsException"),
    ("put_event_selectors", {"EventSelectors": [{}] * 6}, "InvalidEventSelectorsException"),
    ("put_event_selectors", {"EventSelectors": [{"DataResources": [
        {"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}]}]},
     "InvalidEventSelectorsException"),
    ("put_event_selectors", {"EventSelectors": [{"DataResources": [
        {"Type": "AWS::S3::Object", "Values": ["bucket"]}]}]}, "InvalidEventSelectorsException"),
    ("put_event_selectors", {"AdvancedEventSelectors": [{"FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]}]}]}, "UnsupportedOperationException"),
    ("lookup_events", {"MaxResults": 51}, "InvalidMaxResultsException"),
    ("lookup_events", {"NextToken": "zz"}, "InvalidNextTokenException"),
    ("lookup_events", {"StartTime": 2, "EndTime": 1}, "InvalidTimeRangeException"),
    ("lookup_events", {"LookupAttributes": [
        {"AttributeKey": "EventName", "AttributeValue": "a"},
        {"AttributeKey": "Username", "AttributeValue": "b"}]}, "InvalidLookupAttributesException"),
    ("lookup_events", {"EventCategory": "odd"}, "InvalidEventCategoryException"),
    ("list_public_keys", {"StartTime": 2, "EndTime": 1}, "InvalidTimeRangeException"),
    ("get_insight_selectors", {"TrailName": "ops"}, "UnknownOperationException"),
]


@pytest.fixture(scope="module")
def errors_trail(cloudtrail, s3):
    """The trail ops, and its bucket."""
    s3.create_bucket(Bucket="errors-audit")
    cloudtrail.create_trail(Name="ops", S3BucketName="errors-audit")


@pytest.mark.usefixtures("errors_trail")
@pytest.mark.parametrize("call, arguments, code", ERRORS)
def test_errors(served, call, arguments, code):
    keys = served.keys
    client = boto3.client(
        "cloudtrail", endpoint_url=served.endpoint, region_name=REGION,
        aws_access_key_id=keys.access, aws_secret_access_key=keys.secret,
        config=botocore.config.Config(retries={"total_max_attempts": 1},
                                      parameter_validation=False))
    usual = {"create_trail": {"Name": "new", "S3BucketName": "errors-audit"},
             "put_event_selectors": {"TrailName": "ops"}}.get(call, {})
    assert code_of(getattr(client, call), **{**usual, **arguments}) == (400, code)


def test_limits(tenant):
    _, cloudtrail, _, bucket, _ = tenant
    for i in range(5):
        cloudtrail.create_trail(Name=f"trail-{i}", S3BucketName=bucket)
    assert code_of(cloudtrail.create_trail, Name="trail-0", S3BucketName=bucket)[1] == (
        "TrailAlreadyExistsException")
    assert code_of(cloudtrail.create_trail, Name="trail-5", S3BucketName=bucket)[1] == (
        "MaximumNumberOfTrailsExceededException")


def test_only_roots_and_only_their_own(served, tenant):
    account, cloudtrail, _, bucket, keys = tenant
    cloudtrail.create_trail(Name="own", S3BucketName=bucket)
    served.admin("user", "create", "--account", account, "--name", "bob", keys=keys)
    key = served.admin("key", "create", "--account", account, "--user", "bob", keys=keys)
    bob = trail_client(served, Keys(key["access_key"], key["secret_key"]))
    assert code_of(bob.describe_trails) == (400, "AccessDeniedException")
    assert code_of(bob.delete_trail, Name="own") == (400, "AccessDeniedException")
    operator = trail_client(served)
    arn = cloudtrail.get_trail(Name="own")["Trail"]["TrailARN"]
    assert code_of(operator.get_trail, Name=arn) == (400, "TrailNotFoundException")
    denied = wait_for("the denial", lambda: cloudtrail.lookup_events(LookupAttributes=[
        {"AttributeKey": "Username", "AttributeValue": "bob"}])["Events"])
    assert json.loads(denied[0]["CloudTrailEvent"])["errorCode"] == "AccessDeniedException"


def test_signatures_are_checked(served):
    def code(keys=None, change=None, service="cloudtrail"):
        client = trail_client(served, keys)
        client.meta.config.signature_version = "v4"
        if service != "cloudtrail":
            client.meta.events.register("choose-signer.cloudtrail.*", lambda **_: None)
            client._request_signer._signing_name = service
        if change:
            client.meta.events.register("before-send.cloudtrail.*", change)
        return code_of(client.describe_trails)

    def tampered(request, **_):
        request.body = b'{"trailNameList": ["other"]}'
        request.headers["Content-Length"] = str(len(request.body))

    def resigned_hash(request, **_):
        tampered(request)
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(b"{}").hexdigest()

    def unsigned(request, **_):
        del request.headers["Authorization"]

    def other_target(request, **_):
        del request.headers["X-Amz-Target"]
        request.headers["X-Amz-Target"] = (
            "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListTrails")
    assert code(change=tampered) == (400, "InvalidSignatureException")
    assert code(change=resigned_hash) == (400, "InvalidSignatureException")
    assert code(change=other_target) == (400, "InvalidSignatureException")
    assert code(change=unsigned) == (400, "MissingAuthenticationTokenException")
    assert code(Keys("MUZNTESTROOT", "not-the-secret"))[1] == "InvalidSignatureException"
    assert code(Keys("NOSUCHKEY", "not-the-secret"))[1] == "UnrecognizedClientException"
    assert code(service="s3")[1] == "IncompleteSignatureException"


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 1000])
def test_bodies_that_are_no_object(served, body):
    def change(request, **_):
        request.data = body
    client = trail_client(served)
    client.meta.events.register("before-sign.cloudtrail.*", change)
    assert code_of(client.describe_trails)[1] == "SerializationException"


def test_a_large_body_is_refused(served):
    def change(request, **_):
        request.data = b"{" + b" " * (600 << 10) + b"}"
    client = trail_client(served)
    client.meta.events.register("before-sign.cloudtrail.*", change)
    with pytest.raises(ClientError) as caught:
        client.describe_trails()
    assert caught.value.response["Error"]["Code"] == "RequestEntityTooLargeException"


def test_kill_doubles_nothing_and_loses_nothing_that_was_durable(tmp_path):
    """Killed again and again while it delivers: each event once, and aws-cli finds it whole."""
    chance = random.Random(commit_seed())
    with Server(args=SHORT) as server:
        s3, cloudtrail = s3_client(server), trail_client(server)
        s3.create_bucket(Bucket="audit")
        s3.create_bucket(Bucket="data")
        arn = cloudtrail.create_trail(Name="ops", S3BucketName="audit",
                                      EnableLogFileValidation=True)["TrailARN"]
        cloudtrail.put_event_selectors(TrailName="ops", EventSelectors=[{
            "IncludeManagementEvents": False, "ReadWriteType": "WriteOnly",
            "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::data/"]}]}])
        cloudtrail.start_logging(Name="ops")
        put = []
        for life in range(3):
            for i in range(20):
                put.append(f"{life}-{i}")
                s3.put_object(Bucket="data", Key=put[-1], Body=b"")
            # So long an event may be on its way to the disk; then some step of a delivery.
            time.sleep(0.7 + chance.random() * 1.5)
            server.kill()
            server.start()
            s3, cloudtrail = s3_client(server), trail_client(server)
        told = wait_for("all events", lambda: (lambda keys: set(keys) >= set(put) and keys)(
            [r["requestParameters"]["key"] for r in records_in(s3, "audit")]))
        assert sorted(told) == sorted(put)
        in_digests = lambda: {  # noqa: E731
            log["s3Object"] for key in keys_in(s3, "audit", "/CloudTrail-Digest/")
            for log in read_gzip(s3, "audit", key)["logFiles"]}
        wait_for("the digest", lambda: set(keys_in(s3, "audit", "/CloudTrail/")) == in_digests())
        done = validate(server, server.keys, tmp_path, arn)
        assert done.returncode == 0, done.stdout + done.stderr
