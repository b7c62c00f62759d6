"""The other door: the same tampers and credentials on every route of the admin API, which takes
Signature Version 4 in a header over a hashed body and nothing else."""
import random
import re

from auth_matrix.case import Case
from auth_matrix.credentials import CREDENTIALS
from auth_matrix.operations import Operation, Plain
from auth_matrix.signing import HASH, HEADER, PAYLOADS, QUERY
from auth_matrix.tampers import TAMPERS
from server import ROOT

ROUTE = re.compile(r'Route\{Operation::\w+, "(\w+)", "([A-Z]+)", "([^"]*)"')
# What is there is not named: a route that let somebody in would answer 404 or 400, not 403.
PARAMETERS = ["999999999999", "nobody"]


def routes():
    """[(operation, request)]"""
    text = (ROOT / "src" / "admin" / "routes.cc").read_text(encoding="utf-8")
    found = ROUTE.findall(text)
    assert len(found) == text.count("Route{Operation::"), "a line of another form"
    for name, method, pattern in found:
        path = pattern
        for value in PARAMETERS:
            path = path.replace("{}", value, 1)
        body = b'{"nothing":"known"}' if method == "POST" else b""
        yield (Operation(name, method, "Object", "", "", False),
               Plain(method, f"/-/admin/v1/{path}", [], [], body, False))


def cells(place, world, seed):
    """[(name, request)], none of which may be taken."""
    for operation, plain in routes():
        for form, payload in [(HEADER, p) for p in PAYLOADS] + [(QUERY, HASH)]:
            case = Case(operation, plain, form, payload, place, world, random.Random(seed))
            makers = {name: t.make for name, t in TAMPERS.items()
                      if t.applies(case) and name != "signed-for-the-admin-api"}
            if form == HEADER:
                makers |= {name: make for name, (_, make, old) in CREDENTIALS.items() if not old}
            if payload != HASH or form == QUERY:
                makers["as-it-is"] = lambda one: one.sign()
            for name, make in makers.items():
                sent = make(case)
                if sent is not None:
                    yield f"{operation} {form} {payload} {name}", sent


def good(place, world):
    """[(operation, request)], which get past the door."""
    for operation, plain in routes():
        yield operation, Case(operation, plain, HEADER, HASH, place, world, random.Random(0)).sign()
