"""Credentials that were never good, each for every operation and payload."""
import copy
import dataclasses

import form
from auth_matrix.case import (BAD_HEADER, BAD_QUERY, DENIED, NO_ARGUMENT, NO_REQUEST, NO_ROUTE,
                              UNKNOWN_KEY, WRONG_SIGNATURE)
from auth_matrix.signing import (HEADER, HEADER_2, QUERY, QUERY_2, Sent, payload_headers,
                                 payload_text)
from sigv4 import Keys

NO_TOKEN = (400, "InvalidToken")
CREDENTIALS = {}


@dataclasses.dataclass(frozen=True)
class World:
    """Keys that open nothing here: of nobody, of another account, and of what is no more."""
    unknown: Keys
    other: Keys
    disabled: Keys
    deleted: Keys
    left: Keys     # of a user that is deleted
    closed: Keys   # of an account that is deleted

    def secrets(self, server):
        """Of keys that open something, or did."""
        return (server.keys.secret, self.other.secret, self.disabled.secret, self.deleted.secret)

    @staticmethod
    def make(server):
        def key(*words):
            made = server.admin("key", "create", *words)
            return Keys(made["access_key"], made["secret_key"])

        account, other = server.new_account("other")
        mine, gone = ("--account", server.operator()), server.new_account("closed")[0]
        server.admin("user", "create", *mine, "--name", "leaver")
        made = {"disabled": key(*mine), "deleted": key(*mine),
                "left": key(*mine, "--user", "leaver"), "closed": key("--account", gone["id"])}
        for listed in server.admin("key", "list", "--account", gone["id"])["keys"]:
            server.cli("admin", "key", "delete", listed["access_key"])
        server.cli("admin", "account", "delete", gone["id"])
        server.cli("admin", "key", "delete", made["left"].access)
        server.cli("admin", "user", "delete", *mine, "--name", "leaver")
        server.cli("admin", "key", "disable", made["disabled"].access)
        server.cli("admin", "key", "delete", made["deleted"].access)
        assert account["id"] != server.operator()
        return World(Keys("AKIANOBODYATALL00000", "nobody's-secret"), other, **made)


def credential(*expected, old=False):
    """`old`: on a server that takes Signature Version 2."""
    def register(make):
        codes = set().union(*(e if isinstance(e, set) else {e} for e in expected))
        CREDENTIALS[make.__name__.replace("_", "-")] = (codes, make, old)
        return make
    return register


def bare(case, *headers):
    """Without a signature; what the payload says of itself stays."""
    plain, text = case.plain, payload_text(case.payload, case.plain.body)
    out = [("Host", case.host), *plain.headers, *payload_headers(case.payload, plain.body)]
    if text is not None:
        out.append(("x-amz-content-sha256", text))
    return Sent(plain.method, plain.path, list(plain.terms), [*out, *headers], plain.body)


def signed(case, form_name, keys):
    other = copy.copy(case)
    other.form = form_name
    return other.sign(keys=keys)


@credential(DENIED)
def nobody(case):
    return bare(case)


@credential(DENIED)
def an_empty_header(case):
    return bare(case, ("Authorization", ""))


def of_keys(name, codes):
    for form_name, old in ((HEADER, False), (QUERY, False), (HEADER_2, True), (QUERY_2, True)):
        def make(case, form_name=form_name):
            return signed(case, form_name, getattr(case.world, name))
        make.__name__ = f"{name}-{form_name}"
        credential(*codes, old=old)(make)


of_keys("unknown", [UNKNOWN_KEY])
of_keys("disabled", [DENIED])
of_keys("deleted", [UNKNOWN_KEY])
of_keys("left", [UNKNOWN_KEY])
of_keys("closed", [UNKNOWN_KEY])


@credential(WRONG_SIGNATURE)
def another_secret(case):
    return signed(case, HEADER, Keys(case.keys.access, case.world.other.secret))


@credential(WRONG_SIGNATURE)
def another_secret_presigned(case):
    return signed(case, QUERY, Keys(case.keys.access, case.world.other.secret))


@credential(WRONG_SIGNATURE)
def no_secret(case):
    return signed(case, HEADER, Keys(case.keys.access, ""))


@credential(NO_TOKEN)
def a_session_token(case):
    return signed(case, HEADER, Keys(case.keys.access, case.keys.secret, "a-token"))


@credential(NO_TOKEN)
def a_session_token_presigned(case):
    return signed(case, QUERY, Keys(case.keys.access, case.keys.secret, "a-token"))


@credential(NO_REQUEST)
def version_2(case):
    return signed(case, HEADER_2, case.keys)


@credential(NO_REQUEST)
def version_2_presigned(case):
    return signed(case, QUERY_2, case.keys)


@credential(NO_REQUEST)
def version_4a(case):
    sent = signed(case, HEADER, case.keys)
    text = sent.get("authorization").replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    sent.set("Authorization", text)
    sent.headers.append(("X-Amz-Region-Set", "*"))
    return sent


@credential(BAD_QUERY)
def version_4a_presigned(case):
    sent = signed(case, QUERY, case.keys)
    sent.terms[sent.term("X-Amz-Algorithm")] = "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"
    sent.terms.append("X-Amz-Region-Set=%2A")
    return sent


@credential(NO_ARGUMENT)
def two_headers(case):
    sent = signed(case, HEADER, case.keys)
    position = case.rng.choice([0, len(sent.headers)])
    sent.headers.insert(position, ("Authorization", "AWS4-HMAC-SHA256 x"))
    return sent


MALFORMED = (
    "x", "Basic dXNlcjpwYXNz", "Bearer eyJhbGciOiJub25lIn0.e30.", "AWS4-HMAC-SHA256",
    "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential={access}", "aws4-hmac-sha256 {rest}",
    "AWS4-HMAC-SHA256 {rest},Signature=0", "AWS4-HMAC-SHA256 {rest},X=1", "AWS4-HMAC-SHA1 {rest}",
    "AWS4-HMAC-SHA256 Credential={access}/20200101/us-east-1/s3,SignedHeaders=host,Signature=0",
    "AWS4-HMAC-SHA256 Credential=/20200101/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=0",
    "AWS4-HMAC-SHA256 Credential={access}/20200101/us-east-1/s3/aws4_request,SignedHeaders=,"
    "Signature=0")


@credential(BAD_HEADER, NO_ARGUMENT, NO_REQUEST)
def malformed(case):
    sent = signed(case, HEADER, case.keys)
    rest = sent.get("authorization").partition(" ")[2]
    sent.set("Authorization", case.rng.choice(MALFORMED).format(access=case.keys.access, rest=rest))
    return sent


@credential(BAD_QUERY)
def half_a_query(case):
    """MinIO CVE-2026-41145: a name, and nothing that proves it."""
    sent = bare(case)
    scope = f"{case.keys.access}%2F20200101%2Fus-east-1%2Fs3%2Faws4_request"
    sent.terms.append(case.rng.choice([f"X-Amz-Credential={scope}", "X-Amz-Signature=" + "0" * 64,
                                       "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Expires=60",
                                       f"X-Amz%2dCredential={scope}"]))
    return sent


@credential(DENIED, NO_ROUTE)
def parameters_of_no_form(case):
    """What only looks like credentials is none."""
    sent = bare(case)
    sent.terms.append(case.rng.choice(["x-amz-signature=" + "0" * 64,
                                       "Signature=x&Expires=4102444800", f"awsaccesskeyid={case.keys.access}"]))
    return sent


@credential(DENIED, NO_ROUTE)
def a_form(case):
    """A browser's form that is good, where no form is asked for."""
    if case.operation.name == "PostObject":
        return None
    fields = form.signed(case.place.wire, case.place.form_document, [("key", "posted")])
    headers = [("Host", case.host), *[h for h in case.plain.headers
                                      if h[0].lower() not in ("content-type", "content-md5")],
               ("Content-Type", case.place.form_type)]
    return Sent(case.plain.method, case.plain.path, list(case.plain.terms), headers,
                form.body(fields))

