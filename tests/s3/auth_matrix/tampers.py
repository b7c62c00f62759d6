"""Every way to change a request that was signed well, or to sign it for another place or time. A
tamper takes a Case and returns what to send, or None where the request has no such thing."""
import dataclasses
import re
import string

from auth_matrix.case import (BAD_DIGEST, BAD_QUERY, BAD_TRAILER, CUT, DENIED, NO_ARGUMENT,
                              NO_REQUEST, NO_ROUTE, OTHER_BYTES, SKEWED, UNKNOWN_KEY,
                              WRONG_SIGNATURE)
from auth_matrix.signing import (ABSENT, CHUNKED, HASH, HEADER, HEADER_2, QUERY, QUERY_2,
                                 SIGNED_BY_2, SIGNED_CHUNKS, TRAILER, TRAILERS, cut, sign_header,
                                 sign_query)
from sigv4 import (STREAMING_TRAILER, STREAMING_UNSIGNED_TRAILER, UNSIGNED, Signer, unsigned_chunks)

V4, V2 = (HEADER, QUERY), (HEADER_2, QUERY_2)
ALL = V4 + V2
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
AUTH_TERMS = ("X-Amz-", "AWSAccessKeyId", "Expires", "Signature")
MALFORMED = (400, "malformed as its form has it")
TAMPERS = {}


@dataclasses.dataclass(frozen=True)
class Tamper:
    name: str
    forms: tuple
    expected: set  # of (status, code)
    make: object
    of_body: bool

    def applies(self, case):
        if case.form not in self.forms:
            return False
        if not self.of_body:
            return True
        return case.operation.built and case.plain.reads_body and not case.refused_payload()

    def expected_of(self, case):
        codes = {case.malformed if e is MALFORMED else e for e in self.expected}
        # The account's id is read before the signature is, and may not be one any more.
        is_id = case.operation.level == "Account" and self.name in OF_A_HEADER
        return codes | {NO_ARGUMENT} if is_id else codes


OF_A_HEADER = ("another-header", "one-header-twice")


def tamper(forms, *expected, of_body=False):
    def register(make):
        name = make.__name__.replace("_", "-")
        codes = set().union(*(e if isinstance(e, set) else {e} for e in expected))
        TAMPERS[name] = Tamper(name, forms, codes, make, of_body)
        return make
    return register


# --- what is asked for ---

@tamper(ALL, WRONG_SIGNATURE, NO_ROUTE)
def another_method(case):
    sent = case.sign()
    sent.method = case.rng.choice([m for m in METHODS if m != sent.method])
    return sent


@tamper(ALL, WRONG_SIGNATURE)
def another_key(case):
    sent = case.sign()
    if case.operation.level != "Object":
        return None
    sent.path += "x"
    return sent


@tamper(ALL, WRONG_SIGNATURE)
def another_bucket(case):
    sent = case.sign()
    parts = sent.path.split("/")
    parts[1] = case.place.doomed if parts[1] == case.place.plain else case.place.plain
    sent.path = "/".join(parts)
    return sent


def own_terms(case, sent):
    """Indexes of parameters that say what is asked for, and that the form covers."""
    return [i for i, term in enumerate(sent.terms) if not term.startswith(AUTH_TERMS)
            and (case.form in V4 or term.partition("=")[0] in SIGNED_BY_2)]


@tamper(ALL, WRONG_SIGNATURE)
def one_parameter_more(case):
    sent = case.sign()
    sent.terms.insert(0, "x-extra=1" if case.form in V4 else "response-content-type=text%2Fhtml")
    return sent


@tamper(ALL, WRONG_SIGNATURE, NO_ROUTE)
def another_sub_resource(case):
    sent = case.sign()
    known = {term.partition("=")[0] for term in sent.terms}
    sent.terms.append(next(n for n in ("tagging", "acl", "versions") if n not in known))
    return sent


@tamper(ALL, WRONG_SIGNATURE, NO_ROUTE)
def one_parameter_less(case):
    sent = case.sign()
    places = own_terms(case, sent)
    if not places:
        return None
    del sent.terms[case.rng.choice(places)]
    return sent


@tamper(ALL, WRONG_SIGNATURE, NO_ROUTE)
def another_parameter(case):
    sent = case.sign()
    places = own_terms(case, sent)
    if not places:
        return None
    place = case.rng.choice(places)
    name, _, value = sent.terms[place].partition("=")
    sent.terms[place] = f"{name}={value}x"
    return sent


def own_headers(case):
    """Of the operation, and covered by the form."""
    return [name for name, _ in case.plain.headers if case.form in V4
            or name.lower() in ("content-type", "content-md5") or name.startswith("x-amz-")]


@tamper(ALL, WRONG_SIGNATURE)
def another_header(case):
    if not own_headers(case):
        return None
    sent, name = case.sign(), case.rng.choice(own_headers(case))
    sent.set(name, sent.get(name) + "1")
    return sent


@tamper(ALL, WRONG_SIGNATURE, NO_ROUTE)
def one_header_less(case):
    if not own_headers(case):
        return None
    sent = case.sign()
    sent.set(case.rng.choice(own_headers(case)), None)
    return sent


@tamper(ALL, WRONG_SIGNATURE)
def one_header_twice(case):
    if not own_headers(case):
        return None
    sent, name = case.sign(), case.rng.choice(own_headers(case))
    if case.form in V2 and not name.startswith("x-amz-"):
        return None  # it signs the first
    sent.headers.append((name, sent.get(name)))
    return sent


@tamper(V4, DENIED)
def one_amz_header_more(case):
    sent = case.sign()
    sent.headers.append(case.rng.choice([("x-amz-acl", "public-read"), ("x-amz-tagging", "a=1"),
                                         ("X-Amz-Meta-More", "1"),
                                         ("x-amz-bypass-governance-retention", "true")]))
    return sent


@tamper(V2, WRONG_SIGNATURE)
def one_amz_header_more_v2(case):
    sent = case.sign()
    sent.headers.append(("x-amz-acl", "public-read"))
    return sent


@tamper(V4, DENIED, NO_ROUTE)
def a_copy_source_more(case):
    if case.operation.method != "PUT" or case.operation.header:
        return None
    sent = case.sign()
    sent.headers.append(("x-amz-copy-source", f"/{case.place.subject}/source"))
    return sent


@tamper(V4, DENIED)
def an_amz_header_that_is_not_signed(case):
    if case.form != HEADER or not any(n.startswith("x-amz-") for n, _ in case.plain.headers):
        return None
    unlisted = [n.lower() for n, _ in case.plain.headers if n.startswith("x-amz-")]
    return case.sign(unlisted=unlisted)


@tamper(V4, WRONG_SIGNATURE)
def another_host(case):
    sent = case.sign()
    sent.set("Host", case.rng.choice(["s3.amazonaws.com", case.host.partition(":")[0],
                                      f"{case.place.plain}.{case.host}"]))
    return sent


# --- when, where and for whom ---

@tamper((HEADER,), SKEWED)
def too_old(case):
    return case.sign(minutes=-16)


@tamper((HEADER,), SKEWED)
def too_early(case):
    return case.sign(minutes=16)


@tamper((QUERY,), DENIED)
def expired(case):
    return case.sign(minutes=-11)


@tamper((QUERY,), DENIED)
def not_valid_yet(case):
    return case.sign(minutes=16)


@tamper((QUERY_2,), DENIED)
def expired_v2(case):
    return case.sign(seconds=-1)


@tamper((HEADER_2,), SKEWED)
def too_old_v2(case):
    return case.sign(minutes=-16)


def shifted(stamp):
    """A second later or earlier."""
    seconds = int(stamp[13:15])
    return stamp[:13] + f"{seconds + 1 if seconds < 59 else 58:02}" + stamp[15:]


@tamper(V4, WRONG_SIGNATURE)
def another_time(case):
    sent = case.sign()
    if case.form == HEADER:
        sent.set("x-amz-date", shifted(sent.get("x-amz-date")))
    else:
        place = sent.term("X-Amz-Date")
        sent.terms[place] = "X-Amz-Date=" + shifted(sent.terms[place].partition("=")[2])
    return sent


@tamper((HEADER_2,), WRONG_SIGNATURE)
def another_time_v2(case):
    sent = case.sign()
    date = sent.get("date")
    sent.set("Date", date[:23] + ("1" if date[23] != "1" else "2") + date[24:])
    return sent


@tamper((QUERY,), WRONG_SIGNATURE)
def a_longer_life(case):
    sent = case.sign()
    sent.terms[sent.term("X-Amz-Expires")] = "X-Amz-Expires=604800"
    return sent


@tamper((QUERY_2,), WRONG_SIGNATURE)
def a_longer_life_v2(case):
    sent = case.sign()
    sent.terms[sent.term("Expires")] = "Expires=4102444800"
    return sent


def with_credential(case, change):
    """The credential's parts, changed after signing."""
    sent = case.sign()
    if case.form == HEADER:
        before, _, rest = sent.get("authorization").partition("Credential=")
        credential, _, rest = rest.partition(",")
        sent.set("Authorization",
                 f"{before}Credential={'/'.join(change(credential.split('/')))},{rest}")
        return sent
    place = sent.term("X-Amz-Credential")
    parts = sent.terms[place].partition("=")[2].split("%2F")
    sent.terms[place] = "X-Amz-Credential=" + "%2F".join(change(parts))
    return sent


@tamper(V4, MALFORMED)
def another_day_in_the_scope(case):
    return with_credential(case, lambda parts: [parts[0], "20200229", *parts[2:]])


@tamper(V4, MALFORMED)
def another_region_in_the_scope(case):
    return with_credential(case, lambda parts: [*parts[:2], "eu-mars-1", *parts[3:]])


@tamper(V4, MALFORMED)
def another_service_in_the_scope(case):
    return with_credential(case, lambda parts: [*parts[:3], "iam", parts[4]])


@tamper(V4, MALFORMED)
def another_end_of_the_scope(case):
    return with_credential(case, lambda parts: [*parts[:4], "aws5_request"])


@tamper(V4, MALFORMED)
def signed_for_another_region(case):
    return case.sign(region="eu-mars-1")


@tamper(V4, MALFORMED)
def signed_for_another_service(case):
    return case.sign(service=case.rng.choice(["ec2", "sts", "iam", "s3express"]))


@tamper(V4, MALFORMED)
def signed_for_the_admin_api(case):
    return case.sign(service="muzn")


@tamper(V4, WRONG_SIGNATURE)
def in_the_name_of_another(case):
    return with_credential(case, lambda parts: [case.world.other.access, *parts[1:]])


@tamper(V4, UNKNOWN_KEY)
def in_the_name_of_nobody(case):
    return with_credential(case, lambda parts: [case.world.unknown.access, *parts[1:]])


@tamper(V2, WRONG_SIGNATURE)
def in_the_name_of_another_v2(case):
    sent = case.sign()
    if case.form == QUERY_2:
        sent.terms[sent.term("AWSAccessKeyId")] = f"AWSAccessKeyId={case.world.other.access}"
    else:
        sent.set("Authorization", sent.get("authorization").replace(case.keys.access,
                                                                    case.world.other.access))
    return sent


# --- the signature itself ---

def with_signature(case, change):
    sent = case.sign()
    if case.in_header:
        before, mark, signature = sent.get("authorization").rpartition(
            "Signature=" if case.form == HEADER else ":")
        sent.set("Authorization", before + mark + change(signature))
        return sent
    name = "X-Amz-Signature" if case.form == QUERY else "Signature"
    place = sent.term(name)
    sent.terms[place] = f"{name}={change(sent.terms[place].partition('=')[2])}"
    return sent


def one_digit(case, text):
    alphabet = "0123456789abcdef" if case.form in V4 else string.ascii_letters
    places = [i for i, c in enumerate(text) if c in alphabet and "%" not in text[max(0, i - 2):i]]
    place = case.rng.choice(places)
    other = case.rng.choice([c for c in alphabet if c != text[place]])
    return text[:place] + other + text[place + 1:]


@tamper(ALL, WRONG_SIGNATURE)
def one_digit_of_the_signature(case):
    return with_signature(case, lambda text: one_digit(case, text))


@tamper(ALL, WRONG_SIGNATURE)
def a_part_of_the_signature(case):
    length = case.rng.choice([1, 8, 20])
    return with_signature(case, lambda text: re.sub("%.?$", "", text[:length]))


@tamper(ALL, WRONG_SIGNATURE)
def no_signature(case):
    return with_signature(case, lambda text: "")


@tamper(ALL, WRONG_SIGNATURE)
def more_than_the_signature(case):
    return with_signature(case, lambda text: text + "0")


@tamper(V4, WRONG_SIGNATURE)
def the_signature_of_another_request(case):
    other = dataclasses.replace(case.plain, path="/", terms=[], headers=[], method="GET")
    signer = Signer(case.keys)
    signature = sign_header(other, HASH, signer, case.host).get("authorization")[-64:]
    return with_signature(case, lambda text: signature)


def with_signed_headers(case, change):
    sent = case.sign()
    if case.form == HEADER:
        before, _, rest = sent.get("authorization").partition("SignedHeaders=")
        names, _, rest = rest.partition(",")
        sent.set("Authorization",
                 f"{before}SignedHeaders={';'.join(change(names.split(';')))},{rest}")
        return sent
    place = sent.term("X-Amz-SignedHeaders")
    names = sent.terms[place].partition("=")[2].split("%3B")
    sent.terms[place] = "X-Amz-SignedHeaders=" + "%3B".join(change(names))
    return sent


@tamper(V4, DENIED)
def the_host_is_not_listed(case):
    return with_signed_headers(case, lambda names: [n for n in names if n != "host"] or ["date"])


@tamper(V4, WRONG_SIGNATURE)
def a_header_is_listed_that_is_not_there(case):
    return with_signed_headers(case, lambda names: sorted([*names, "x-absent"]))


@tamper(V4, WRONG_SIGNATURE, DENIED)
def a_header_is_not_listed(case):
    if not case.plain.headers:
        return None
    gone = case.rng.choice(case.plain.headers)[0].lower()
    return with_signed_headers(case, lambda names: [n for n in names if n != gone])


@tamper((QUERY,), BAD_QUERY)
def a_parameter_of_the_signature_twice(case):
    sent = case.sign()
    sent.terms.append(case.rng.choice([t for t in sent.terms if t.startswith("X-Amz-")]))
    return sent


@tamper((QUERY,), BAD_QUERY)
def no_parameter_of_the_signature(case):
    sent = case.sign()
    sent.terms.remove(case.rng.choice([t for t in sent.terms if t.startswith("X-Amz-")]))
    return sent


@tamper(V4, NO_ARGUMENT, NO_ROUTE)
def header_and_query_both(case):
    """Each of them good alone."""
    header = sign_header(case.plain, UNSIGNED, Signer(case.keys), case.host)
    query = sign_query(case.plain, UNSIGNED, Signer(case.keys), case.host)
    sent = case.sign()
    if case.form == HEADER:
        sent.terms = query.terms
    else:
        sent.headers.append(("Authorization", header.get("authorization")))
    return sent


# --- what the signature says of the body ---

@tamper(V4, WRONG_SIGNATURE, NO_REQUEST)
def the_body_need_not_be_signed(case):
    if case.payload == UNSIGNED or case.form == QUERY and case.payload == ABSENT:
        return None
    sent = case.sign()
    if case.payload == ABSENT:
        sent.headers.append(("x-amz-content-sha256", UNSIGNED))
    sent.set("x-amz-content-sha256", UNSIGNED)
    sent.pieces = []
    return sent


@tamper(V4, WRONG_SIGNATURE, NO_REQUEST)
def the_body_has_an_unsigned_trailer(case):
    """MinIO CVE-2025-31489, CVE-2026-41145; SeaweedFS #7912."""
    if case.payload == STREAMING_UNSIGNED_TRAILER:
        return None
    sent = case.sign()
    sent.set("x-amz-content-sha256", None)
    sent.headers.append(("x-amz-content-sha256", STREAMING_UNSIGNED_TRAILER))
    sent.pieces = [unsigned_chunks(cut(case.plain.body))] if case.plain.body else []
    return sent


@tamper(V4, WRONG_SIGNATURE, NO_REQUEST)
def nothing_is_said_of_the_body(case):
    if case.payload == ABSENT or case.form == QUERY and case.payload == UNSIGNED:
        return None
    sent = case.sign()
    sent.set("x-amz-content-sha256", None)
    return sent


# --- the body ---

def one_byte(case, data, first=0, last=None):
    place = case.rng.randrange(first, len(data) if last is None else last)
    return data[:place] + bytes([data[place] ^ (1 << case.rng.randrange(8))]) + data[place + 1:]


@tamper(V4, OTHER_BYTES, of_body=True)
def another_byte(case):
    if case.payload != HASH:
        return None
    sent = case.sign()
    sent.body = one_byte(case, sent.body)
    return sent


@tamper(V4, OTHER_BYTES, of_body=True)
def one_byte_more_or_less(case):
    if case.payload != HASH:
        return None
    sent = case.sign()
    sent.body = case.rng.choice([sent.body[:-1], sent.body + b"x"])
    return sent


@tamper(V2, BAD_DIGEST, of_body=True)
def another_byte_than_its_md5(case):
    sent = case.sign()
    if not sent.get("content-md5") or not case.is_covered:
        return None
    sent.body = one_byte(case, sent.body)
    return sent


@tamper(V4, WRONG_SIGNATURE, of_body=True)
def another_byte_of_a_chunk(case):
    if case.payload not in SIGNED_CHUNKS:
        return None
    sent = case.sign()
    place = case.rng.randrange(len(cut(case.plain.body)))
    data = sent.pieces[place]
    sent.pieces[place] = one_byte(case, data, data.index(b"\r\n") + 2, len(data) - 2)
    return sent


@tamper(V4, BAD_DIGEST, of_body=True)
def another_byte_than_its_trailer(case):
    if case.payload != STREAMING_UNSIGNED_TRAILER:
        return None
    sent = case.sign()
    data = sent.pieces[0]
    first = data.index(b"\r\n") + 2
    sent.pieces[0] = one_byte(case, data, first, first + min(len(case.plain.body), 8192))
    return sent


@tamper(V4, WRONG_SIGNATURE, of_body=True)
def one_digit_of_a_chunks_signature(case):
    if case.payload not in SIGNED_CHUNKS:
        return None
    sent = case.sign()
    place = case.rng.randrange(len(cut(case.plain.body)) + 1)  # the last, empty one is signed too
    before, mark, rest = sent.pieces[place].partition(b"chunk-signature=")
    digits = one_digit(case, rest[:64].decode()).encode()
    sent.pieces[place] = before + mark + digits + rest[64:]
    return sent


@tamper(V4, WRONG_SIGNATURE, CUT, of_body=True)
def chunks_in_another_order(case):
    if case.payload not in SIGNED_CHUNKS or len(cut(case.plain.body)) < 2:
        return None
    sent = case.sign()
    first, second, *rest = sent.pieces
    sent.pieces = case.rng.choice([[second, first, *rest], [second, *rest],
                                   [first, first, second, *rest], [first, *rest]])
    return sent


@tamper(V4, WRONG_SIGNATURE, CUT, NO_REQUEST, BAD_TRAILER, of_body=True)
def chunks_that_are_not_signed(case):
    if case.payload not in SIGNED_CHUNKS:
        return None
    sent = case.sign()
    sent.pieces = [unsigned_chunks(cut(case.plain.body))]
    return sent


@tamper(V4, CUT, WRONG_SIGNATURE, BAD_TRAILER, of_body=True)
def no_last_chunk(case):
    if case.payload not in SIGNED_CHUNKS:
        return None
    sent = case.sign()
    del sent.pieces[-2]
    return sent


@tamper(V4, CUT, of_body=True)
def no_end(case):
    if case.payload not in CHUNKED:
        return None
    sent = case.sign()
    whole = b"".join(sent.pieces)
    sent.pieces = [whole[:whole.rindex(b"\r\n0") + 2]]
    return sent


def with_trailer(case, change):
    sent = case.sign()
    sent.pieces[-1] = change(sent.pieces[-1])
    return sent


@tamper(V4, WRONG_SIGNATURE, of_body=True)
def one_digit_of_the_trailers_signature(case):
    if case.payload != STREAMING_TRAILER:
        return None

    def change(data):
        before, mark, rest = data.partition(b"x-amz-trailer-signature:")
        return before + mark + one_digit(case, rest[:64].decode()).encode() + rest[64:]

    return with_trailer(case, change)


@tamper(V4, WRONG_SIGNATURE, BAD_DIGEST, of_body=True)
def another_trailer(case):
    if case.payload not in TRAILERS:
        return None
    other = b"AAAAAA=="
    return with_trailer(case, lambda data: data.partition(TRAILER.encode() + b":")[0]
                        + TRAILER.encode() + b":" + other
                        + data.partition(TRAILER.encode() + b":")[2][8:])


@tamper(V4, BAD_TRAILER, WRONG_SIGNATURE, CUT, of_body=True)
def no_trailer(case):
    if case.payload not in TRAILERS:
        return None
    mark = TRAILER.encode() + b":"
    return with_trailer(case, lambda data: data.partition(mark)[0] + b"\r\n")


@tamper(V4, BAD_TRAILER, WRONG_SIGNATURE, of_body=True)
def a_trailer_without_its_signature(case):
    if case.payload != STREAMING_TRAILER:
        return None
    return with_trailer(case, lambda data: data.partition(b"x-amz-trailer-signature:")[0] + b"\r\n")


@tamper(V4, BAD_TRAILER, WRONG_SIGNATURE, of_body=True)
def one_trailer_more(case):
    if case.payload not in TRAILERS:
        return None
    more = case.rng.choice([b"x-amz-meta-more:1\r\n", b"x-amz-acl:public-read\r\n",
                            b"x-amz-checksum-sha256:" + b"A" * 43 + b"=\r\n"])
    mark = TRAILER.encode() + b":"
    return with_trailer(case, lambda data: data.replace(mark, more + mark, 1))

