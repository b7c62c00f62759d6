"""docs/openapi/admin-v1.yaml says what the admin API is: every route and nothing else, and each
answer of a real server, good or refused, is as its schema has it."""
import datetime
import functools
import json
import pathlib
import re
import time
import urllib.request
import uuid

import jsonschema
import pytest
import yaml

from sdk import s3_client
from server import ROOT, Server
from sigv4 import Keys
from test_charters import Persons

PREFIX = "/-/admin/v1"


@functools.cache
def spec():
    return yaml.safe_load(pathlib.Path(ROOT, "docs/openapi/admin-v1.yaml").read_text("utf-8"))


def operations():
    """(operationId, method, path, operation) of each."""
    return [(operation["operationId"], method.upper(), path, operation)
            for path, item in spec()["paths"].items()
            for method, operation in item.items() if method != "parameters"]


def judge(value, schema):
    """Raises when `value` is not as `schema`, which may refer to the components."""
    whole = {**schema, "components": spec()["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def resolved(thing):
    while "$ref" in thing:
        found = spec()
        for part in thing["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        thing = found
    return thing


def schema_of(content):
    return content["content"]["application/json"]["schema"]


class Caller:
    """Sends operations by their ids, and judges what goes and what comes."""

    def __init__(self, server, keys=None):
        self.wire = server.wire(keys)
        self.done = set()

    def __call__(self, name, *parameters, query="", body=None, status=200):
        method, path, operation = next(
            (m, p, o) for i, m, p, o in operations() if i == name)
        given = iter(parameters)
        path = PREFIX + re.sub(r"\{\w+\}", lambda _: next(given), path) + query
        if body is not None and status == 200:
            judge(body, schema_of(operation["requestBody"]))
        answer = self.wire.request(method, path, json.dumps(body).encode() if body else b"")
        assert answer.status == status, answer
        key = str(status) if str(status) in operation["responses"] else "default"
        value = json.loads(answer.body)
        judge(value, schema_of(resolved(operation["responses"][key])))
        if status == 200:
            self.done.add(name)
        return value


def test_it_is_valid():
    assert spec()["openapi"].startswith("3.1.")
    names = [name for name, *_ in operations()]
    assert len(names) == len(set(names))
    for schema in spec()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_routes():
    table = pathlib.Path(ROOT, "src/admin/routes.cc").read_text("utf-8")
    routes = re.findall(r'Route\{Operation::k\w+,\s*"(\w+)",\s*"(\w+)",\s*"([^"]+)"', table)
    assert routes
    assert sorted(routes) == sorted(
        (name, method, re.sub(r"\{\w+\}", "{}", path).removeprefix("/"))
        for name, method, path, _ in operations())


def charters(call, account, bucket, persons):
    """The first officer of the server, and a charter."""
    officer, signatory = persons.key("officer"), persons.key("signatory")

    def approvals(request):
        return persons.sign("officer", request) | persons.sign("signatory", request)

    request = call("PrepareRequest", body={"kind": "appoint_officer", "name": "Ada",
                                           "public_key": officer,
                                           "duties": ["charters", "officers"]})
    call("SubmitRequest", body={"request": request})
    assert officer in [one["public_key"] for one in call("ListOfficers")["officers"]]
    draft = {"account": account, "legal_name": "Ministry", "jurisdictions": ["PS"],
             "services": ["storage"], "acceptable_use": "muzn.acceptable-use/1",
             "purposes": [{"id": "archive", "use": "archive", "text": "What was",
                           "services": ["storage"]}],
             "contacts": [{"role": "owner", "name": "Z", "email": "z@example.org"}],
             "from": "2020-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z",
             "signatory": signatory}
    request = call("PrepareRequest", body={"kind": "put_charter", "charter": draft})
    call("SubmitRequest", body={"request": request, "approvals": approvals(request)})
    call("GetCharter", account)
    assert call("ListBreakGlass", account)["break_glass"] == []
    call("SetBucketPurpose", account, body={"bucket": bucket, "purpose": "archive"})
    call("SetBucketPurpose", account, body={"bucket": bucket, "purpose": None})


def cases(call, own, server, account, persons):
    """A complaint, and a case about the account that answers in it."""
    request = urllib.request.Request(f"{server.endpoint}/-/public/complaints",
                                     data=b'{"about":"a","text":"b"}',
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        ticket = json.loads(answer.read())["ticket"]
    assert ticket in [one["ticket"] for one in call("ListComplaints")["complaints"]]
    assert call("GetComplaint", ticket)["complaint"]["text"] == "b"
    asked = {"kind": "appoint_officer", "name": "Bea", "public_key": persons.key("second"),
             "duties": ["suspension"]}
    request = call("PrepareRequest", body=asked)
    call("SubmitRequest", body={"request": request, "approvals": persons.sign("officer", request)})
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=8)
    request = call("PrepareRequest", body={
        "kind": "give_notice", "account": account, "rule": "AU-5", "evidence": ["e" * 64],
        "authority": "terms of use", "ticket": ticket,
        "reply_until": until.strftime("%Y-%m-%dT%H:%M:%SZ")})
    call("SubmitRequest", body={"request": request, "approvals": persons.sign("second", request)})
    case = call("ListCases", account)["cases"][0]["case"]
    assert case in [one["case"] for one in call("ListAllCases")["cases"]]
    own("AnswerCase", account, case, body={"answer": "reply", "text": "no"})
    assert call("GetCase", account, case)["steps"][1]["text"] == "no"
    request = call("PrepareRequest", body={"kind": "decide_case", "case": case,
                                           "decision": "dismiss", "reasons": "f" * 64})
    call("SubmitRequest", body={"request": request,
                                "approvals": persons.sign("officer", request) |
                                persons.sign("second", request)})


def test_answers(server, tmp_path):
    call = Caller(server)
    unique = uuid.uuid4().hex[:8]
    made = call("CreateAccount", body={"name": unique, "email": f"{unique}@example.com"})
    account = made["id"]
    call("ListAccounts")
    call("GetAccount", account)
    call("CreateUser", account, body={"name": "bob"})
    call("ListUsers", account)
    key = call("CreateKey", body={"account": account, "user": "bob"})["access_key"]
    pair = {"access_key": f"IMPORTED{unique}", "secret_key": "a-secret-of-the-tests"}
    call("CreateKey", body={"account": account, **pair})
    listed = call("ListKeys", query=f"?account={account}")["keys"]
    assert not any("secret_key" in one for one in listed)
    call("DisableKey", key)
    call("EnableKey", key)
    call("GetGranularity", account)
    call("SetGranularity", account, body={"level": "full"})
    bucket = f"openapi-{unique}"
    root = Keys(made["access_key"], made["secret_key"])
    s3 = s3_client(server, root)
    s3.create_bucket(Bucket=bucket)
    call("SetGranularity", account, body={"level": "off", "bucket": bucket})
    assert call("GetGranularity", account, query=f"?bucket={bucket}")["own"]
    call("SetLimits", account, body={"bytes": 1000, "requests_per_second": None})
    call("GetLimits", account)
    call("SetLimits", account, body={"bucket": bucket, "bytes_out_per_second": 5})
    call("GetLimits", account, query=f"?bucket={bucket}")
    call("GetLimits", account, query="?user=bob")
    persons = Persons(tmp_path)
    charters(call, account, bucket, persons)
    own = Caller(server, root)
    cases(call, own, server, account, persons)
    call.done |= own.done
    call("SetResidency", account, body={"jurisdictions": []})
    call("SetResidency", account, body={"jurisdictions": [], "bucket": bucket})
    call("GetResidency", account, query=f"?bucket={bucket}")
    # On another server: where a site was named, charters ask where the bytes are.
    with Server() as elsewhere:
        sites = Caller(elsewhere)
        sites("PutSite", "ps-1", body={"jurisdiction": "PS", "what": "pool", "location": "x"})
        sites("ListSites")
        sites("DeleteSite", "ps-1")
    call.done |= sites.done
    s3.delete_bucket(Bucket=bucket)
    Caller(server, root)("WhoAmI")
    call("WhoAmI")
    call("DeleteKey", key)
    call("DeleteUser", account, "bob")
    call("DeleteAccount", account)
    call("GetEngine")
    job = call("StartEngineJob", body={"kind": "check", "bytes": False})["id"]
    while call("GetEngineJob", job)["state"] == "running":
        time.sleep(0.05)
    call("CancelEngineJob", job)
    call("ListEngineJobs")
    assert call.done == {name for name, *_ in operations()}


@pytest.mark.parametrize("name,parameters,body,status", [
    ("CreateAccount", (), {"name": "x"}, 400),
    ("CreateAccount", (), {"name": "x", "email": "a@example.com", "more": "y"}, 400),
    ("SetLimits", ("999999999999",), {"user": "a", "bucket": "abc"}, 400),
    ("GetAccount", ("999999999999",), None, 404),
    ("DeleteKey", ("NOSUCHKEY",), None, 404),
    ("SetResidency", ("999999999999",), {"jurisdictions": ["PSE"]}, 400),
    ("PutSite", ("x",), {"jurisdiction": "ps"}, 400),
    ("DeleteSite", ("none",), None, 404),
    ("StartEngineJob", (), {"kind": "backup", "to": "../up"}, 400),
    ("GetEngineJob", ("none",), None, 404),
])
def test_refusals(server, name, parameters, body, status):
    Caller(server)(name, *parameters, body=body, status=status)
    if body is not None:
        operation = next(o for i, _, _, o in operations() if i == name)
        with pytest.raises(jsonschema.ValidationError):
            judge(body, schema_of(operation["requestBody"]))


def test_strangers_are_refused_alike(server, other):
    Caller(server, other[1])("ListAccounts", status=403)
    Caller(server, other[1])("GetEngine", status=403)
