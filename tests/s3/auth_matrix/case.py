"""One cell of the matrix, and what its answer may be."""
import datetime

from auth_matrix.signing import (ABSENT, CHUNKED, EMPTY, GARBAGE, HEADER, HEADER_2, QUERY,
                                 SIGNED_BY_2, WRONG, sign_header, sign_header_2, sign_query,
                                 sign_query_2)
from sigv4 import Signer, utc_now

WRONG_SIGNATURE = (403, "SignatureDoesNotMatch")
DENIED = (403, "AccessDenied")
UNKNOWN_KEY = (403, "InvalidAccessKeyId")
SKEWED = (403, "RequestTimeTooSkewed")
NO_REQUEST = (400, "InvalidRequest")
NO_ARGUMENT = (400, "InvalidArgument")
OTHER_BYTES = (400, "XAmzContentSHA256Mismatch")
BAD_DIGEST = (400, "BadDigest")
CUT = (400, "IncompleteBody")
BAD_TRAILER = (400, "MalformedTrailerError")
BAD_HEADER = (400, "AuthorizationHeaderMalformed")
BAD_QUERY = (400, "AuthorizationQueryParametersError")
# A request that names no operation is told so before anybody asks who sent it, as AWS does.
NO_ROUTE = {(405, "MethodNotAllowed"), NO_REQUEST, NO_ARGUMENT}

NOT_SIGNED_BY_2 = {"list-type=2", "id", "x-id=ListDirectoryBuckets"}  # that select, but give nothing


class Case:
    """`keys`: who is right, `world`: the keys that are not (credentials.py). `rng` decides where
    something is changed. `service`: what the scope is of, if nothing else is said."""

    def __init__(self, operation, plain, form, payload, place, world, rng, service="s3"):
        self.operation, self.plain, self.form, self.payload = operation, plain, form, payload
        self.place, self.world, self.rng = place, world, rng
        self.service = service
        self.keys, self.host = place.wire.keys, place.wire.host

    @property
    def in_header(self):
        return self.form in (HEADER, HEADER_2)

    @property
    def malformed(self):
        return BAD_HEADER if self.form == HEADER else BAD_QUERY

    @property
    def is_covered(self):
        """Version 2 signs only the parameters that it knew; the operation of another is refused."""
        markers = [m for m in self.operation.query.split("&") if m and m not in NOT_SIGNED_BY_2]
        return self.form in (HEADER, QUERY) or all(m.partition("=")[0] in SIGNED_BY_2
                                                   for m in markers)

    def sign(self, keys=None, minutes=0, plain=None, seconds=600, **more):
        """The request signed as this case has it: by other keys, at another time, in a scope of
        another region or service, of another request."""
        keys, plain = keys or self.keys, plain or self.plain
        now = utc_now() + datetime.timedelta(minutes=minutes)
        if self.form == HEADER_2:
            date = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
            return sign_header_2(plain, self.payload, keys, self.host, date)
        if self.form not in (HEADER, QUERY):
            return sign_query_2(plain, self.payload, keys, self.host, seconds)
        signer = Signer(keys, now=now, service=more.pop("service", self.service),
                        **{n: more.pop(n) for n in ("region",) if n in more})
        if self.form == HEADER:
            return sign_header(plain, self.payload, signer, self.host, **more)
        return sign_query(plain, self.payload, signer, self.host, **more)

    def refused_payload(self):
        """What the payload's form alone is refused with, whatever else is right."""
        out = set()
        if self.form == HEADER:
            out |= {ABSENT: {NO_REQUEST}}.get(self.payload, set())
        if self.form in (HEADER, QUERY):
            out |= {NO_ARGUMENT} if self.payload in (EMPTY, GARBAGE) else set()
            if self.payload in CHUNKED and self.operation.method != "PUT":
                out.add(NO_REQUEST)
            if self.payload == WRONG and self.plain.reads_body and self.operation.built:
                out.add(OTHER_BYTES)
        return out
