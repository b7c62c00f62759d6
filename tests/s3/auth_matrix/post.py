"""The forms of browsers: PostObject's own credentials, and every way to break them."""
import datetime

import form
from auth_matrix.case import (CUT, DENIED, NO_ARGUMENT, NO_REQUEST, UNKNOWN_KEY, WRONG_SIGNATURE)
from auth_matrix.signing import Sent
from sigv4 import Keys, utc_now

NO_TOKEN = (400, "InvalidToken")
BAD_POLICY = (400, "InvalidPolicyDocument")
NO_FORM = {(412, "PreconditionFailed"), (400, "MalformedPOSTRequest")}
META = ("x-amz-meta-color", "red")


def document(place, **more):
    return form.policy([{"bucket": place.subject}, ["starts-with", "$key", "posted"],
                        {META[0]: META[1]}, ["content-length-range", 1, 4]], **more)


def fields_of(place, keys=None, old=False, **more):
    wire = place.wire.with_keys(keys) if keys else place.wire
    ours = [("key", "posted"), META]
    sign = form.signed_v2 if old else form.signed
    return sign(wire, document(place, **more), ours)


def changed(fields, name, value):
    """A field replaced, or (None) left out."""
    return [(n, value if n == name else v) for n, v in fields if n != name or value is not None]


def sent(place, fields, bucket=None, headers=(), file=b"file"):
    return Sent("POST", f"/{bucket or place.subject}", [],
                [("Host", place.wire.host), ("Content-Type", place.form_type), *headers],
                form.body(fields, file))


def good(place, old):
    return sent(place, fields_of(place, old=old))


def broken(place, world, rng, old):
    """[(name, what to send, {(status, code)})]"""
    fields = fields_of(place, old=old)
    signature = "signature" if old else "x-amz-signature"
    mac = dict(fields)[signature]
    at = rng.randrange(len(mac) - 1)
    digit = "0" if mac[at] != "0" else "1"
    other = form.encoded(document(place, expiration="2099-01-01T00:00:00Z"))
    out = [
        ("signature", changed(fields, signature, mac[:at] + digit + mac[at + 1:]), {WRONG_SIGNATURE}),
        ("no-signature", changed(fields, signature, ""), {WRONG_SIGNATURE, NO_ARGUMENT}),
        ("signature-left-out", changed(fields, signature, None), {NO_ARGUMENT}),
        ("another-policy", changed(fields, "policy", other), {WRONG_SIGNATURE}),
        ("no-policy", changed(fields, "policy", None), {NO_ARGUMENT}),
        ("another-key", changed(fields, "key", "elsewhere"), {DENIED}),
        ("another-header", changed(fields, META[0], "blue"), {DENIED}),
        ("a-header-less", changed(fields, META[0], None), {DENIED}),
        ("a-header-more", [("acl", "public-read"), *fields], {DENIED}),
        ("a-header-more-2", [("x-amz-meta-more", "1"), *fields], {DENIED}),
        ("a-field-twice", [("key", "posted-too"), *fields], {NO_ARGUMENT}),
        ("expired", fields_of(place, old=old, seconds=-1), {DENIED}),
    ]
    for name, codes in (("unknown", {UNKNOWN_KEY}), ("disabled", {DENIED}),
                        ("deleted", {UNKNOWN_KEY}), ("left", {UNKNOWN_KEY}),
                        ("closed", {UNKNOWN_KEY}), ("other", {DENIED})):
        out.append((name, fields_of(place, getattr(world, name), old), codes))
    secret = Keys(place.wire.keys.access, world.other.secret)
    out.append(("another-secret", fields_of(place, secret, old), {WRONG_SIGNATURE}))
    token = [("x-amz-security-token", "token"), *fields]
    out.append(("a-session-token", token, {NO_TOKEN, DENIED}))
    out += broken_scope(place, world) if not old else []
    out = [(name, sent(place, given), codes) for name, given, codes in out]
    return out + [
        ("unsigned", sent(place, [("key", "posted")]), {DENIED}),
        ("another-bucket", sent(place, fields, bucket=place.plain), {DENIED}),
        ("larger-file", sent(place, fields, file=b"files"), {(400, "EntityTooLarge")}),
        ("no-file", sent(place, fields, file=b""), {(400, "EntityTooSmall")}),
        ("no-end", cut_off(place, fields), {CUT, (400, "MalformedPOSTRequest")}),
        ("no-boundary", no_boundary(place, fields), NO_FORM),
        ("in-the-query", in_the_query(place, fields), {(400, "AuthorizationQueryParametersError"),
                                                      DENIED, NO_REQUEST}),
    ]


def broken_scope(place, world):
    fields = fields_of(place)
    access, day, region, service, end = dict(fields)["x-amz-credential"].split("/")

    def credential(*parts):
        return changed(fields, "x-amz-credential", "/".join(parts))

    stamp = (utc_now() + datetime.timedelta(days=1)).strftime("%Y%m%dT%H%M%SZ")
    return [
        ("algorithm", changed(fields, "x-amz-algorithm", "AWS4-ECDSA-P256-SHA256"), {NO_ARGUMENT}),
        ("no-algorithm", changed(fields, "x-amz-algorithm", None), {NO_ARGUMENT}),
        ("scope-region", credential(access, day, "eu-mars-1", service, end), {NO_ARGUMENT}),
        ("scope-service", credential(access, day, region, "iam", end), {NO_ARGUMENT}),
        ("scope-day", credential(access, "20200229", region, service, end), {NO_ARGUMENT}),
        ("scope-end", credential(access, day, region, service, "aws5"), {NO_ARGUMENT}),
        ("scope-key", credential(world.other.access, day, region, service, end), {WRONG_SIGNATURE}),
        ("date", changed(fields, "x-amz-date", stamp), {NO_ARGUMENT}),
        ("no-date", changed(fields, "x-amz-date", None), {NO_ARGUMENT}),
        ("two-versions", [*fields, ("AWSAccessKeyId", access)], {NO_ARGUMENT}),
    ]


def cut_off(place, fields):
    out = sent(place, fields)
    out.body = form.body(fields, end=False)
    return out


def no_boundary(place, fields):
    out = sent(place, fields)
    out.set("Content-Type", "multipart/form-data")
    return out


def in_the_query(place, fields):
    """A form's fields are no query."""
    out = sent(place, [("key", "posted")])
    out.terms = ["X-Amz-Signature=" + dict(fields).get("x-amz-signature", "0" * 64)]
    return out
