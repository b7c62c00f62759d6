"""Settings of buckets: versions, locks, rules for browsers."""
import base64
import datetime
import hashlib
import json

from bad_inputs.case import row
from sigv4 import utc_now
from wire import refused

LATER = "2090-01-01T00:00:00Z"


def put(case, part, text, key="", bucket=None, headers=()):
    """A document with its MD5."""
    text = text.encode()
    md5 = base64.b64encode(hashlib.md5(text).digest()).decode()
    path = f"/{bucket or case.bucket}" + (f"/{key}" if key else "")
    return case.wire.request("PUT", f"{path}?{part}", text, [("Content-MD5", md5), *headers])


def vault(case, key="k", **lock):
    """(bucket with locks, version of an object in it, locked)"""
    name = f"{case.bucket}-vault"
    case.s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name, case.s3.put_object(Bucket=name, Key=key, Body=b"x", **lock)["VersionId"]


def lock_rule(mode="GOVERNANCE", period="<Days>1</Days>"):
    return ("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
            f"<DefaultRetention><Mode>{mode}</Mode>{period}</DefaultRetention></Rule>"
            "</ObjectLockConfiguration>")


def retention(mode, until=LATER):
    return (f"<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>")


@row("XM014")
def no_document(case):
    case.refused(put(case, "versioning", ""))


@row("XM022")
def no_rules(case):
    for text in ("<CORSConfiguration/>", "<CORSConfiguration></CORSConfiguration>",
                 "<CORSConfiguration><CORSRule/></CORSConfiguration>"):
        case.refused(put(case, "cors", text))


@row("XM024")
def an_origin_with_two_wildcards(case):
    for origin in ("*example.com*", "**", "http://*.*.example"):
        case.refused(put(case, "cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET"
                         f"</AllowedMethod><AllowedOrigin>{origin}</AllowedOrigin></CORSRule>"
                         "</CORSConfiguration>"))


@row("OL001")
def locks_without_versions(case):
    case.refused(put(case, "object-lock", lock_rule()))


@row("OL003")
def a_period_of_no_days(case):
    name, _ = vault(case)
    for period in ("<Days>0</Days>", "<Days>-3</Days>", "<Years>0</Years>", "<Years>-1</Years>"):
        case.refused(put(case, "object-lock", lock_rule(period=period), bucket=name))


@row("OL005")
def a_mode_of_no_such_name(case):
    name, _ = vault(case)
    for mode in ("governance", "Compliance", "", "OFF"):
        case.refused(put(case, "object-lock", lock_rule(mode), bucket=name))


@row("OL007")
def a_retention_that_is_over(case):
    name, _ = vault(case)
    past = (utc_now() - datetime.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for until in ("2000-01-01T00:00:00Z", past):
        case.refused(put(case, "retention", retention("GOVERNANCE", until), "k", name))


@row("OL009")
def compliance_that_becomes_less(case):
    name, version = vault(case, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=LATER)
    bypass = [("x-amz-bypass-governance-retention", "true")]
    for text in (retention("GOVERNANCE"), retention("COMPLIANCE", "2089-01-01T00:00:00Z"),
                 retention("GOVERNANCE", "2095-01-01T00:00:00Z"), "<Retention/>"):
        for headers in ((), bypass):
            case.refused(put(case, "retention", text, "k", name, headers))
    answer = case.wire.request("DELETE", f"/{name}/k?versionId={version}", headers=bypass)
    case.refused(answer)
    kept = case.s3.get_object_retention(Bucket=name, Key="k")["Retention"]
    assert kept["Mode"] == "COMPLIANCE" and kept["RetainUntilDate"].year == 2090


@row("OL011")
def a_bypass_that_is_denied(case):
    name, version = vault(case, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=LATER)
    bypass = [("x-amz-bypass-governance-retention", "true")]
    document = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "s3:BypassGovernanceRetention",
         "Resource": f"arn:aws:s3:::{name}/*"}]})
    target = f"/{name}/k?versionId={version}"
    case.s3.put_bucket_policy(Bucket=name, Policy=document)
    case.refused(case.wire.request("DELETE", target, headers=bypass))
    sooner = retention("GOVERNANCE", "2089-01-01T00:00:00Z")
    case.refused(put(case, "retention", sooner, "k", name, bypass))
    case.s3.delete_bucket_policy(Bucket=name)
    case.refused(case.wire.request("DELETE", target))
    assert case.wire.request("DELETE", target, headers=bypass).status == 204  # the lock was that


@row("OL015")
def half_a_lock(case):
    name, _ = vault(case)
    for headers in ([("x-amz-object-lock-mode", "GOVERNANCE")],
                    [("x-amz-object-lock-retain-until-date", LATER)],
                    [("x-amz-object-lock-mode", "none"),
                     ("x-amz-object-lock-retain-until-date", LATER)]):
        case.refused(case.wire.request("PUT", f"/{name}/new", b"x", headers))
    refused(case.wire.request("GET", f"/{name}/new"), 404, "NoSuchKey")


@row("OL017")
def no_locks(case):
    case.refused(case.wire.request("GET", case.path(query="object-lock")))
