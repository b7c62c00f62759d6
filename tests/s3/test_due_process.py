"""Suspension by due process (docs/due-process.md), acted out: a complaint from outside, notice,
reply, decision, appeal, lift; what an outsider sees of it in the log; and an operator who tries to
skip a step, to backdate one, to act alone."""
import hashlib
import json
import os
import pathlib
import shutil
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import pytest

import notes
from moved_clock import Clock, MovedClock
from sdk import s3_client
from server import ROOT, Server, muzn
from test_charters import Admin, Persons, refused, submitted
from test_data_leaves import fetch
from test_log_bucket import GO_ENVIRONMENT, key_of, keys_in_env, run
from test_sts import fresh

DAY = 86_400
OFFICERS = {"ada": ["officers", "suspension"], "bea": ["officers", "charters"],
            "cem": ["appeals"], "dan": ["appeals", "suspension"]}


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class World:
    """An installation with officers, and an account."""

    def __init__(self, folder, clock, *args):
        self.folder = folder
        self.persons = Persons(folder)  # their keys need no clock
        for name in OFFICERS:
            self.persons.key(name)
        self.clock = clock
        self.node = Server(args=("--ledger-seconds", "1", *args)).start()
        self.admin = Admin(self.node)
        for name, duties in OFFICERS.items():
            signers = {"ada": [], "bea": ["ada"]}.get(name, ["ada", "bea"])
            self.submit({"kind": "appoint_officer", "name": name.title(),
                         "public_key": self.persons.key(name), "duties": duties}, signers)
        made, self.keys = self.node.new_account("tenant")
        self.account = made["id"]
        self.s3 = s3_client(self.node, self.keys)
        self.own = Admin(self.node, self.keys)
        self.s3.create_bucket(Bucket=(bucket := fresh("bucket")))
        self.bucket = bucket
        self.s3.put_object(Bucket=bucket, Key="k", Body=b"ours")

    def submit(self, asked, signers, status=200):
        return submitted(self.admin, self.persons, asked, signers, status)

    def notice(self, signers=("ada",), status=200, **changes):
        return self.submit({"kind": "give_notice", "account": self.account, "rule": "AU-5",
                            "evidence": [sha256("evidence")],
                            "authority": "terms of use, section 7",
                            "reply_until": self.clock.later(days=7, minutes=5), **changes},
                           signers, status)

    def decide(self, decision, signers=("ada", "bea"), status=200, **more):
        return self.submit({"kind": "decide_case", "case": self.case(), "decision": decision,
                            "reasons": sha256("reasons"), **more}, signers, status)

    def appeal(self, decision, signers=("cem", "dan"), status=200, **more):
        return self.submit({"kind": "decide_appeal", "case": self.case(), "decision": decision,
                            "reasons": sha256("reasons"), **more}, signers, status)

    def case(self):
        return self.admin("GET", f"accounts/{self.account}/cases")["cases"][-1]["case"]

    def answer(self, what, text="", status=200, by=None):
        return (by or self.own)("POST", f"accounts/{self.account}/cases/{self.case()}/answer",
                                {"answer": what, "text": text}, status)

    def policy_set(self, by=None):
        return header((by or self.s3).list_buckets(), "x-muzn-policy-set")

    def size(self):
        return int(fetch(self.node, "checkpoint").decode().split("\n")[1])


def header(answer, name):
    return answer["ResponseMetadata"]["HTTPHeaders"][name]


@pytest.fixture
def world(tmp_path, monkeypatch):
    out = World(tmp_path, MovedClock(tmp_path, monkeypatch))
    yield out
    out.node.check()
    out.node.stop()


def post(node, body, content_type="application/json", **headers):
    """(status, parsed answer, headers) of who has no credentials."""
    request = urllib.request.Request(f"{node.endpoint}/-/public/complaints", data=body,
                                     headers={"Content-Type": content_type, **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read()), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read()), error.headers


def leaves(copy):
    """Of a copy of the log with one bundle."""
    size = int((copy / "checkpoint").read_text().split("\n")[1])
    assert size < 256
    data = (copy / f"tile/entries/000.p/{size}").read_bytes()
    out = []
    while data:
        length = int.from_bytes(data[:2], "big")
        out.append(json.loads(data[2:2 + length]))
        data = data[2 + length:]
    assert len(out) == size
    return out


def copied(world):
    """A copy of the log as it is now; what the bucket shows may be some seconds older."""
    size, deadline = world.size(), time.monotonic() + 60
    while True:
        copy = world.folder / f"copy-{uuid.uuid4().hex}"
        run(os.path.join(sys.prefix, "bin", "aws"), "--endpoint-url", world.node.endpoint, "s3",
            "sync", "s3://muzn-log", copy, **keys_in_env(world.node))
        if int((copy / "checkpoint").read_text().split("\n")[1]) >= size:
            return copy
        assert time.monotonic() < deadline, "the bucket shows an old log"
        time.sleep(0.5)


def statement(leaf):
    """docs/formats/approval.md, from the leaf alone."""
    facts = leaf["facts"]
    return "".join(f"{line}\n" for line in (
        "muzn.approval/1", facts["installation"], leaf["kind"], facts["about"], facts["step"],
        facts["body"])).encode()


def verified_by_outsiders(world):
    """By us, by Go's x/mod, and every signature of an officer by a program that we did not link."""
    copy = copied(world)
    report = json.loads(muzn("audit", "verify", str(copy), "--key", key_of(world.node),
                             "--json").stdout)
    assert report["ok"], report
    if shutil.which("go") and pathlib.Path(GO_ENVIRONMENT["GOPATH"]).is_dir():
        go = world.folder / "verify"
        if not go.exists():
            run("go", "build", "-o", go, ROOT / "tests" / "tlog" / "verify.go", **GO_ENVIRONMENT,
                HOME=str(world.folder))
        (copy / "vkey").write_text(key_of(world.node))
        assert " entries" in run(go, copy)
    out = leaves(copy)
    for leaf in out:
        for key, signature in leaf["facts"].get("approvals", {}).items():
            assert notes.verify(bytes.fromhex(key), statement(leaf), bytes.fromhex(signature))
            wrong = dict(leaf, facts=dict(leaf["facts"], step=leaf["facts"]["step"] + 1))
            assert not notes.verify(bytes.fromhex(key), statement(wrong), bytes.fromhex(signature))
    return out


def policy_set_of(leaves_of_log, handle):
    """docs/formats/policy-set.md, from the leaves alone."""
    lines, rungs, bodies, closed = {"acceptable_use": "muzn.acceptable-use/1"}, {}, {}, set()
    for leaf in leaves_of_log:
        facts = leaf["facts"]
        if leaf["account"] != handle or "about" not in facts or leaf["kind"] == "answer_case":
            continue
        bodies[facts["about"]] = facts["body"]
        decision = facts.get("decision")
        if decision in ("restrict", "lighten"):
            rungs[facts["about"]] = facts["rung"]
        if decision in ("lift", "dismiss"):
            closed.add(facts["about"])
    for case, body in bodies.items():
        if case not in closed:
            lines[f"case.{case}"] = body
            if case in rungs:
                lines[f"restriction.{case}"] = rungs[case]
    text = "muzn.policy-set/1\n" + "".join(f"{name} {lines[name]}\n" for name in sorted(lines))
    return sha256(text)


def test_the_story(world):
    """What docs/due-process.md tells."""
    before = world.policy_set()
    form = urllib.request.urlopen(f"{world.node.endpoint}/-/public/complaint", timeout=60)
    assert b"<form" in form.read()
    body = urllib.parse.urlencode({"about": "The <b>ministry</b>", "text": "They watch us",
                                   "contact": "layla@example.org"}).encode()
    status, said, _ = post(world.node, body, "application/x-www-form-urlencoded")
    assert status == 201, said
    shown = world.node.admin("complaint", "show", "--ticket", said["ticket"])
    assert shown["complaint"]["text"] == "They watch us"

    world.notice(ticket=said["ticket"])
    case = world.case()
    assert world.policy_set() != before
    world.s3.put_object(Bucket=world.bucket, Key="before", Body=b"a notice restricts nothing")
    world.answer("reply", "We do not")
    world.clock.move(7 * DAY + 600)
    world.decide("restrict", rung="no_writes")
    why = refused(lambda: world.s3.put_object(Bucket=world.bucket, Key="more", Body=b"x"))
    assert "explicit deny in a suspension" in why
    refused(lambda: world.s3.create_bucket(Bucket=fresh("bucket")))
    assert world.s3.get_object(Bucket=world.bucket, Key="k")["Body"].read() == b"ours"
    listed = [one["Key"] for one in world.s3.list_objects_v2(Bucket=world.bucket)["Contents"]]
    assert listed == ["before", "k"], "export stays open"
    world.s3.delete_object(Bucket=world.bucket, Key="before")

    restricted = world.policy_set()
    told = muzn("audit", "policy-set", f"{world.node.endpoint}/-/log/", "--key",
                key_of(world.node), "--account", handle(world))
    assert restricted in told.stdout and f"restriction.{case} no_writes" in told.stdout
    assert restricted == policy_set_of(verified_by_outsiders(world), handle(world))

    world.answer("appeal", "It was somebody else")
    world.appeal("lighten", rung="no_ai")
    world.s3.put_object(Bucket=world.bucket, Key="again", Body=b"x")
    world.decide("lift")
    assert world.policy_set() == before
    told = world.own("GET", f"accounts/{world.account}/cases/{case}")
    assert [step["kind"] for step in told["steps"]] == [
        "give_notice", "answer_case", "decide_case", "answer_case", "decide_appeal", "decide_case"]
    assert told["steps"][1]["text"] == "We do not" and told["stage"] == "closed"

    log = verified_by_outsiders(world)
    steps = [leaf for leaf in log if leaf["facts"].get("about") == case]
    assert [leaf["facts"]["step"] for leaf in steps] == list(range(6))
    assert steps[0]["facts"]["ticket"] == log[said["leaf"]]["facts"]["ticket"] == said["ticket"]
    assert steps[2]["time_micros"] - steps[0]["time_micros"] > 7 * DAY * 1_000_000
    text = json.dumps(log)
    for secret in ("They watch us", "layla", "We do not", world.account):
        assert secret not in text


def handle(world):
    # The last account that was created is the tenant's.
    shown = muzn("audit", "show", f"{world.node.endpoint}/-/log/", "--key", key_of(world.node),
                 "--act", "create_account", "--json").stdout
    return json.loads(shown.splitlines()[-1])["leaf"]["account"]


def test_a_dishonest_operator(world):
    size = world.size()
    # Alone, or by who has no such duty.
    assert "officer" in world.notice(signers=[], status=403)["error"]["message"]
    world.notice(signers=["bea"], status=403)
    # A reply window of a day.
    world.notice(reply_until=world.clock.later(days=1), status=400)
    assert world.size() == size, "what is refused leaves nothing in the log"
    world.notice()
    # Skips the reply window, and the decision.
    assert "may still reply" in world.decide("restrict", rung="no_ai",
                                             status=409)["error"]["message"]
    world.decide("terminate", export_until=world.clock.later(days=31), status=409)
    world.appeal("keep", status=409)
    world.answer("waive", by=world.admin, status=403)
    # Sets the clock back, to have the window begin earlier; every node refuses the step.
    world.clock.move(-30 * DAY)
    answer = world.notice(status=409)
    assert "backdated" in answer["error"]["message"]
    world.clock.move(30 * DAY)
    world.clock.move(7 * DAY + 600)
    for signers in ([], ["ada"], ["bea"], ["ada", "dan"], ["ada", "cem"]):
        world.decide("restrict", signers=signers, rung="no_ai", status=403)
    # Forged: other words under good signatures. Replayed: the same ones again.
    asked = {"kind": "decide_case", "case": world.case(), "decision": "restrict", "rung": "no_ai",
             "reasons": sha256("reasons")}
    request = world.admin("POST", "requests", asked)
    approvals = world.persons.sign("ada", request) | world.persons.sign("bea", request)
    forged = json.loads(json.dumps(request))
    forged["said"]["rung"] = "read_and_export"
    body = {"request": forged, "approvals": approvals}
    world.admin("POST", "requests/submit", body, status=403)
    body["request"] = request
    world.admin("POST", "requests/submit", body)
    world.admin("POST", "requests/submit", body, status=400)
    world.answer("appeal", "It was not us")
    world.decide("terminate", export_until=world.clock.later(days=31), status=409)
    for signers in (["cem"], ["ada", "bea"], ["cem", "ada"]):
        world.appeal("keep", signers=signers, status=403)
    log = verified_by_outsiders(world)
    assert [leaf["kind"] for leaf in log if "about" in leaf["facts"] and
            leaf["kind"] != "appoint_officer"] == ["give_notice", "decide_case", "answer_case"]


def test_an_emergency_lapses_by_itself(world):
    asked = {"kind": "restrict_at_once", "account": world.account, "rung": "read_and_export",
             "rule": "AU-1", "evidence": [sha256("evidence")], "authority": "terms, section 8"}
    world.submit(dict(asked, until=world.clock.later(hours=73)), ["ada"], 400)
    world.submit(dict(asked, until=world.clock.later(hours=72)), ["ada"])
    refused(lambda: world.s3.put_object(Bucket=world.bucket, Key="more", Body=b"x"))
    refused(lambda: world.s3.delete_object(Bucket=world.bucket, Key="k"))
    assert world.s3.get_object(Bucket=world.bucket, Key="k")["Body"].read() == b"ours"
    # It binds others in the account's buckets, too, and survives a crash of the node.
    world.node.kill()
    world.node.start()
    world.s3 = s3_client(world.node, world.keys)
    world.admin = Admin(world.node)
    refused(lambda: world.s3.put_object(Bucket=world.bucket, Key="more", Body=b"x"))
    world.clock.move(72 * 3600 + 60)
    world.s3.put_object(Bucket=world.bucket, Key="more", Body=b"x")
    again = dict(asked, until=world.clock.later(hours=1))
    world.submit(again, ["ada"], 409)


def test_rules_delete_nothing_of_who_can_only_take_away(tmp_path):
    # By the machine's clock: so the server may be one with sanitizers, or with a planted fault.
    world = World(tmp_path, Clock(), "--lifecycle-day-seconds", "1")  # a pass a second
    rules = {"Rules": [{"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 24}}]}
    world.s3.put_bucket_lifecycle_configuration(Bucket=world.bucket, LifecycleConfiguration=rules)
    world.s3.put_object(Bucket=world.bucket, Key="k", Body=b"made again: not due yet")
    due = time.monotonic() + 24
    world.notice()
    world.answer("waive")
    world.decide("restrict", rung="read_and_export")
    assert time.monotonic() < due, "too slow a machine for this test's days"
    refused(lambda: world.s3.put_bucket_lifecycle_configuration(
        Bucket=world.bucket, LifecycleConfiguration=rules))
    time.sleep(due + 4 - time.monotonic())  # some passes in which it is due
    assert world.s3.list_objects_v2(Bucket=world.bucket)["KeyCount"] == 1
    world.decide("lift")
    deadline = time.monotonic() + 60
    while world.s3.list_objects_v2(Bucket=world.bucket)["KeyCount"] > 0:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    world.node.check()
    world.node.stop()


def test_complaints_have_bounds(world):
    good = {"about": "a", "text": "b"}

    def said(fields, **headers):
        return post(world.node, json.dumps(fields).encode(), **headers)

    size = world.size()
    assert said({"about": "a"})[0] == 400
    assert said({**good, "more": "x"})[0] == 400
    assert said({**good, "text": ["x"]})[0] == 400
    assert said({**good, "text": "x" * (16 * 1024 + 1)})[0] == 413
    assert said({**good, "text": "x" * (70 * 1024)})[0] == 413
    assert said({**good, "contact": "x" * 501})[0] == 413
    assert post(world.node, b"about=a&text=b", "text/plain")[0] == 415
    assert post(world.node, b"about=%ff&text=b", "application/x-www-form-urlencoded")[0] == 400
    assert said(good, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert world.size() == size
    statuses = [said(good)[0] for _ in range(8)]
    assert statuses == [201] * 6 + [429] * 2
    status, answer, headers = said(good)
    assert status == 429 and 0 < int(headers["Retry-After"]) <= 3601, answer
    assert len(world.admin("GET", "complaints")["complaints"]) == 6
    Admin(world.node, world.keys)("GET", "complaints", status=403)


def test_the_command_line(world):
    """An officer, and an account, with nothing but `muzn`."""
    folder = world.folder
    request = world.node.admin("suspension", "notice", "--account", world.account, "--rule", "AU-5",
                               "--evidence", sha256("a") + "," + sha256("b"), "--authority",
                               "terms of use", "--reply-until", world.clock.later(days=8))
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "ada.json").write_text(json.dumps(world.persons.sign("ada", request)))
    world.node.admin("request", "submit", "--file", str(folder / "request.json"), "--approvals",
                     str(folder / "ada.json"))
    case = world.node.admin("case", "list", "--account", world.account,
                            keys=world.keys)["cases"][0]["case"]
    (folder / "reply").write_text("It was not us")
    where = ("--account", world.account, "--case", case)
    world.node.admin("case", "answer", *where, "--file", str(folder / "reply"), keys=world.keys)
    world.node.admin("case", "waive", *where, keys=world.keys)
    request = world.node.admin("suspension", "decide", "--case", case, "--decision", "dismiss",
                               "--reasons", sha256("reasons"))
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "bea.json").write_text(json.dumps(world.persons.sign("bea", request)))
    (folder / "ada.json").write_text(json.dumps(world.persons.sign("ada", request)))
    world.node.admin("request", "submit", "--file", str(folder / "request.json"), "--approvals",
                     f"{folder / 'ada.json'},{folder / 'bea.json'}")
    shown = world.node.admin("suspension", "show", *where)
    assert shown["stage"] == "closed" and shown["steps"][1]["text"] == "It was not us"
