"""What an installation tells everybody at /-/public: without a login, for people and for programs,
and what it counts is what whoever reads the log counts. docs/formats/public.md."""
import base64
import collections
import hashlib
import html.parser
import json
import re
import time

import pytest

from server import Server
from test_charters import Admin, Persons, Tenant, submitted
from test_ledger import leaves


@pytest.fixture(scope="module")
def persons(tmp_path_factory):
    return Persons(tmp_path_factory.mktemp("persons"))


@pytest.fixture(scope="module")
def node(persons):
    with Server() as running:
        submitted(Admin(running), persons,
                  {"kind": "appoint_officer", "name": "Ada Lovelace", "public_key": persons.key("ada"),
                   "duties": ["officers", "charters"]}, [])
        yield running
        running.check()


def get(node, path="/-/public", accept=None, method="GET"):
    return node.wire().anonymous(method, path, headers=[("Accept", accept)] if accept else [])


def facts_when(node, is_so):
    """The page, once it says this: it is made anew every two seconds."""
    deadline = time.monotonic() + 20
    while True:
        said = json.loads(get(node, "/-/public.json").body)
        if is_so(said):
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.2)


class Document(html.parser.HTMLParser):
    """Well-formed, with nothing that runs or is fetched."""

    def __init__(self, text):
        super().__init__()
        self.open, self.words, self.style, self.links = [], [], "", []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        assert tag not in ("script", "img", "iframe", "object", "embed", "link", "base")
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "style")]
        self.links += [value for name, value in attrs if name == "href"]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)


def test_people_and_programs_get_the_same(node):
    page = get(node)
    assert page.status == 200 and page.get("content-type") == "text/html; charset=utf-8"
    document = Document(page.body.decode())
    said = json.loads(get(node, accept="application/json").body)
    assert said["schema"] == "muzn.public/1"
    words = " ".join(document.words)
    for text in (said["log"]["key"], said["log"]["origin"], said["acceptable_use"]["version"],
                 said["software"]["sha256"], *(one["what"] for one in said["exclusions"]["exclusions"]),
                 *(one["rule"] for one in said["acceptable_use"]["never"])):
        assert text in words
    for path in document.links:
        assert get(node, path).status == 200, path
    digest = base64.b64encode(hashlib.sha256(document.style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in page.get("content-security-policy")


def test_which_of_the_two_is_asked_for(node):
    browser = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"
    for path, accept, kind in (("/-/public", None, "text/html; charset=utf-8"),
                               ("/-/public", browser, "text/html; charset=utf-8"),
                               ("/-/public", "application/json", "application/json"),
                               ("/-/public.json", browser, "application/json")):
        assert get(node, path, accept).get("content-type") == kind
    assert get(node, method="HEAD").body == b""
    refused = get(node, method="POST")
    assert refused.status == 405 and refused.get("allow") == "GET, HEAD"
    assert get(node, "/-/publicly").status == 404


def test_what_it_counts_is_what_the_log_says(node, persons):
    admin = Admin(node)
    tenants = [Tenant(node, admin, persons) for _ in range(3)]
    tenants[0].put()
    tenants[1].put(services=["storage"], default_purpose="archive", purposes=[
        {"id": "archive", "use": "archive", "text": "x", "services": ["storage"]},
        {"id": "papers", "use": "archive", "text": "y", "services": ["storage"]}])
    tenants[2].put()
    tenants[2].put(services=["sql", "storage"], default_purpose="", purposes=[
        {"id": "counts", "use": "statistics", "text": "z", "services": ["sql"]}])
    said = facts_when(node, lambda page: page["accounts"]["with_charter"] >= 3)
    newest = {}
    for leaf in leaves(node):
        if leaf["kind"] == "put_charter":
            newest[leaf["account"]] = leaf["facts"]
    services, uses = collections.Counter(), collections.Counter()
    for charter in newest.values():
        services.update(charter["services"].split(","))
        uses.update(set(charter["purposes"].values()))
    assert said["accounts"]["by_service"] == dict(services)
    assert said["accounts"]["with_charter"] == len(newest)
    assert said["accounts"]["by_use"] == dict(uses)
    counted = {(row["service"], row["use"]): row["accounts"]
               for row in said["accounts"]["by_purpose"]}
    assert counted == {("ai", "research"): 1, ("storage", "research"): 1,
                       ("storage", "archive"): 2, ("sql", "statistics"): 1}
    assert said["officers"]["all"] == [{"key": persons.key("ada"),
                                        "duties": ["charters", "officers"]}]


def test_it_names_no_account_and_no_person(node, persons):
    tenant = Tenant(node, Admin(node), persons)
    tenant.put(legal_name="Ministry of Hidden Things")
    time.sleep(2.5)
    for path in ("/-/public", "/-/public.json"):
        text = get(node, path).body.decode()
        for secret in (tenant.id, "Ministry", "Zaynab", "zaynab", "Ada Lovelace", "tenant-"):
            assert secret not in text
    assert not re.search(r"\b\d{12}\b", text)


def test_a_question_to_it_is_a_record(node):
    answer = get(node)
    record = node.record_of(answer.get("x-amz-request-id"))
    assert (record["service"], record["operation"], record["decision"]) == ("server", "PublicPage",
                                                                             "allow")
