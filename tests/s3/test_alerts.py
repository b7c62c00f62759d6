"""docs/alerts/muzn.rules.yml: well-formed, and about metrics that a server has."""
import pathlib
import re

import yaml

from server import ROOT

RULES = ROOT / "docs" / "alerts" / "muzn.rules.yml"
NAME = re.compile(r"\bmuzn_[a-z0-9_]+")
DURATION = re.compile(r"^\d+(s|m|h|d)$")


class Strict(yaml.SafeLoader):
    """Refuses a key that comes twice, of which YAML keeps one without a word."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key comes twice: {keys} {node.start_mark}"
        return super().construct_mapping(node, deep)


def rules():
    document = yaml.load(RULES.read_text(encoding="utf-8"), Loader=Strict)
    assert set(document) == {"groups"}
    names = [group["name"] for group in document["groups"]]
    assert len(names) == len(set(names))
    for group in document["groups"]:
        assert set(group) == {"name", "rules"} and group["rules"]
        yield from group["rules"]


def balanced(text):
    closing = {")": "(", "]": "[", "}": "{"}
    open_ones = []
    for c in re.sub(r'"[^"]*"', '""', text):
        if c in closing.values():
            open_ones.append(c)
        elif c in closing and (not open_ones or open_ones.pop() != closing[c]):
            return False
    return not open_ones


def anchor(title):
    """As the forges make it from a heading."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def test_each_rule_is_whole():
    chapters = {anchor(line.lstrip("#").strip())
                for line in (ROOT / "docs" / "operations.md").read_text().splitlines()
                if line.startswith("#")}
    names = []
    for rule in rules():
        names.append(rule["alert"])
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule
        assert re.fullmatch(r"Muzn[A-Za-z]+", rule["alert"])
        assert isinstance(rule["expr"], str) and balanced(rule["expr"]), rule
        assert DURATION.match(rule.get("for", "1m")), rule
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "runbook"}, rule
        assert balanced(rule["annotations"]["summary"])
        page, _, chapter = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/operations.md" and chapter in chapters, rule
    assert len(names) == len(set(names)) and len(names) >= 10


def test_each_metric_is_exposed(server):
    server.wire().request("GET", "/")  # so that there is one request
    exposed = {name.partition("{")[0] for name in server.metrics()}
    named = {name for rule in rules() for name in NAME.findall(rule["expr"])}
    assert not named - exposed
