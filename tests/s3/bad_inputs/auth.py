"""Authorization header and presigned queries."""
import datetime
import hashlib

from bad_inputs.case import row
from sigv4 import (ALGORITHM, EMPTY_SHA256, STREAMING_UNSIGNED_TRAILER, Keys,
                   unsigned_chunks, utc_now)

BOGUS = "0123456789abcdef" * 4


def get_with(case, authorization, method="GET", date=True):
    headers = [("x-amz-content-sha256", EMPTY_SHA256), ("Authorization", authorization)]
    if date:
        headers.append(("x-amz-date", case.wire.signer().stamp()))
    return case.wire.anonymous(method, case.path(), headers=headers)


def credential(case, **parts):
    stamp = case.wire.signer().stamp()
    fields = {"key": case.wire.keys.access, "date": stamp[:8], "region": "us-east-1",
              "service": "s3", "end": "aws4_request", **parts}
    return "/".join(v for v in fields.values() if v is not None)


def with_credential(case, text):
    return get_with(case, f"{ALGORITHM} Credential={text},SignedHeaders=host;x-amz-date,"
                          f"Signature={BOGUS}")


@row("AU001")
def anonymous_put(case):
    case.refused(case.wire.anonymous("PUT", case.path("k"), b"body"))


@row("AU003")
def not_a_mechanism(case):
    case.refused(get_with(case, "invalid_header"))


@row("AU005")
def signature_version_2(case):
    case.refused(get_with(case, f"AWS {case.wire.keys.access}:c2ln"))


@row("AU007")
def component_without_equals(case):
    case.refused(get_with(case, f"{ALGORITHM} Credential={credential(case)},"
                                "SignedHeaders-Content-Length,Signature=x"))


@row("AU009")
def component_unknown(case):
    case.refused(get_with(case, f"{ALGORITHM} Credential={credential(case)},missing=host,"
                                f"Signature={BOGUS}"))


@row("AU011")
def credential_of_four_parts(case):
    case.refused(with_credential(case, credential(case, end=None)))


@row("AU013")
def credential_of_other_service(case):
    case.refused(with_credential(case, credential(case, service="ec2")))


@row("AU015")
def credential_with_bad_date(case):
    case.refused(with_credential(case, credential(case, date="3223423234")))


@row("AU017")
def unknown_access_key(case):
    stranger = case.wire.with_keys(Keys("AKIAUNKNOWNUNKNOWN99", "what-ever-secret"))
    case.refused(stranger.request("GET", case.path()))


@row("AU019")
def no_date(case):
    case.refused(get_with(case, f"{ALGORITHM} Credential={credential(case)},SignedHeaders=host,"
                                f"Signature={BOGUS}", date=False))


@row("AU021")
def sixteen_minutes_off(case):
    for minutes in (-16, 16):
        now = utc_now() + datetime.timedelta(minutes=minutes)
        case.refused(case.wire.request("GET", case.path(), signer=case.wire.signer(now=now)))
    now = utc_now() - datetime.timedelta(minutes=14)
    assert case.wire.request("GET", case.path(), signer=case.wire.signer(now=now)).status == 200


@row("AU023")
def dates_of_no_time(case):
    far = case.wire.signer(stamp_override="99991231T235959Z")
    case.refused(case.wire.request("GET", case.path(), signer=far))
    never = case.wire.signer(stamp_override="00000101T000000Z")
    answer = case.wire.request("GET", case.path(), signer=never)
    assert answer.code in ("RequestTimeTooSkewed", "AccessDenied")  # both are in the table
    case.refused(answer, code=answer.code)


@row("AU025")
def payload_hash_of_no_form(case):
    case.refused(case.wire.request("PUT", case.path("k"), b"body", payload="invalid_sha256"))


def send_with_unsigned(case, name, value):
    signed, _ = case.wire.signer().sign(
        "PUT", case.path("k"), [("Host", case.wire.host), ("Content-Length", "4")],
        hashlib.sha256(b"body").hexdigest())
    head = case.wire.plain_head("PUT", case.path("k"), [*signed, (name, value)], host=False)
    return case.wire.raw(head + b"body", "PUT")


@row("AU027")
def amz_headers_not_signed(case):
    case.put("source")
    case.refused(send_with_unsigned(case, "x-amz-copy-source", f"/{case.bucket}/source"))
    case.refused(send_with_unsigned(case, "x-amz-tagging", "a=1"))
    case.refused(send_with_unsigned(case, "X-Amz-Meta-Extra", "1"))


@row("AU029")
def signed_header_absent(case):
    signer = case.wire.signer()
    stamp = signer.stamp()
    headers = [("Host", case.wire.host), ("x-amz-date", stamp),
               ("x-amz-content-sha256", EMPTY_SHA256), ("x-amz-meta-ghost", "")]
    signature = signer.signature(stamp, "GET", case.path(), "", headers, EMPTY_SHA256)
    value = signer.authorization(stamp, [n for n, _ in headers], signature)
    sent = [*headers[1:3], ("Authorization", value)]
    case.refused(case.wire.raw(case.wire.plain_head("GET", case.path(), sent)))


def replace_signature(case, method, target, change, headers=(), payload=EMPTY_SHA256, body=b""):
    signed, _ = case.wire.signer().sign(method, target, [("Host", case.wire.host), *headers],
                                        payload)
    name, value = signed[-1]
    start, _, signature = value.partition("Signature=")
    signed[-1] = (name, f"{start}Signature={change(signature)}")
    return case.wire.raw(case.wire.plain_head(method, target, signed, host=False) + body, method)


@row("AU031")
def signatures_of_no_form(case):
    for change in (lambda s: s[:-1], lambda s: s + "0", lambda s: "z" * 64, lambda s: ""):
        case.refused(replace_signature(case, "GET", case.path(), change))


@row("AU033")
def two_authorizations(case):
    signed, _ = case.wire.signer().sign("GET", case.path(), [("Host", case.wire.host)],
                                        EMPTY_SHA256)
    bogus = ("Authorization", f"{ALGORITHM} Credential={credential(case)},SignedHeaders=host,"
                              f"Signature={BOGUS}")
    for headers in ([*signed, bogus], [bogus, *signed], [*signed, signed[-1]]):
        case.refused(case.wire.raw(case.wire.plain_head("GET", case.path(), headers, host=False)))


@row("AU035")
def unsigned_trailer_needs_a_signature(case):
    body = unsigned_chunks([b"stolen"], [("x-amz-checksum-crc32", "AAAAAA==")])
    headers = [("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "6"),
               ("x-amz-trailer", "x-amz-checksum-crc32"), ("Content-Length", str(len(body)))]
    case.refused(replace_signature(case, "PUT", case.path("k"), lambda _: BOGUS, headers,
                                   STREAMING_UNSIGNED_TRAILER, body))


@row("AU037")
def unsigned_trailer_with_query_credentials(case):
    body = unsigned_chunks([b"stolen"])
    headers = [("x-amz-content-sha256", STREAMING_UNSIGNED_TRAILER),
               ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", "6"),
               ("Content-Length", str(len(body)))]
    target = case.wire.signer().presign("PUT", case.wire.host, case.path("k"))
    bogus = target.partition("X-Amz-Signature=")[0] + "X-Amz-Signature=" + BOGUS
    signed = [h for h in headers if not h[0].startswith("x-amz-decoded")]
    answer = case.wire.raw(case.wire.plain_head("PUT", bogus, signed) + body, "PUT")
    case.refused(answer)
    only = case.path("k", "X-Amz-Credential=" + credential(case).replace("/", "%2F"))
    answer = case.wire.raw(case.wire.plain_head("PUT", only, headers) + body, "PUT")
    case.refused(answer, 400, "AuthorizationQueryParametersError")


@row("AU039")
def unsigned_trailer_on_a_read(case):
    case.refused(case.wire.request("GET", case.path(), payload=STREAMING_UNSIGNED_TRAILER))


@row("AU043")
def session_token_of_nobody(case):
    keys = Keys(case.wire.keys.access, case.wire.keys.secret, "FwoGZXIvYXdzEBYaDK")
    case.refused(case.wire.with_keys(keys).request("GET", case.path()))


@row("AU045")
def double_encoding(case):
    case.put("a%2Fb", b"the key with a percent sign")
    signed, _ = case.wire.signer().sign("GET", f"/{case.bucket}/a%2Fb",
                                        [("Host", case.wire.host)], EMPTY_SHA256)
    sent = f"/{case.bucket}/a%252Fb"
    case.refused(case.wire.raw(case.wire.plain_head("GET", sent, signed, host=False)))


@row("AU047")
def reordered_query_passes(case):
    target = case.path(query="list-type=2&max-keys=3&prefix=x%2Fy&delimiter=%2F")
    signed, _ = case.wire.signer().sign("GET", target, [("Host", case.wire.host)], EMPTY_SHA256)
    for query in ("prefix=x/y&delimiter=%2f&max-keys=3&list-type=2",
                  "max-keys=3&list-type=2&delimiter=/&prefix=x%2Fy"):
        head = case.wire.plain_head("GET", case.path(query=query), signed, host=False)
        assert case.wire.raw(head).status == case.row.status


@row("AU049")
def host_signed_without_port(case):
    signed, _ = case.wire.signer().sign("GET", case.path(), [("Host", "127.0.0.1")], EMPTY_SHA256)
    case.refused(case.wire.raw(case.wire.plain_head("GET", case.path(), signed[1:])))


@row("AU057")
def foreign_internal_headers(case):
    """Silently dropped, which the table allows: they are no header of ours."""
    headers = [("X-Minio-Replication-Ssec-Crc", "x"), ("X-Internal-Owner", "root"),
               ("X-Minio-Internal-actual-size", "1")]
    answer = case.wire.request("PUT", case.path("k"), b"body", headers)
    assert answer.status == 200, answer
    case.kept["k"] = b"body"
    shown = case.wire.request("HEAD", case.path("k"))
    assert not [n for n, _ in shown.headers if "minio" in n.lower() or "internal" in n.lower()]
    assert shown.get("content-length") == "4"


# --- presigned ---

def presigned(case, expires=3600, method="GET", signer=None, send=None, **override):
    signer = signer or case.wire.signer()
    target = signer.presign(method, case.wire.host, case.path("k"), expires, **override)
    return case.wire.anonymous(send or method, target)


@row("PS002")
def no_credential(case):
    case.refused(presigned(case, **{"X-Amz-Credential": None}))


@row("PS004")
def no_signed_headers(case):
    case.refused(presigned(case, **{"X-Amz-SignedHeaders": None}))


@row("PS006")
def other_algorithm(case):
    case.refused(presigned(case, **{"X-Amz-Algorithm": "AWS4-SHA256"}))


@row("PS008")
def negative_expiry(case):
    case.refused(presigned(case, expires=-1))


@row("PS010")
def expires_at_once(case):
    case.put("k")
    case.refused(presigned(case, expires=0))


@row("PS012")
def not_yet_valid(case):
    case.put("k")
    later = case.wire.signer(now=utc_now() + datetime.timedelta(hours=1))
    case.refused(presigned(case, signer=later))
    past = case.wire.signer(now=utc_now() - datetime.timedelta(hours=1))
    case.refused(presigned(case, expires=60, signer=past))
    assert presigned(case, expires=7200, signer=past).body == b"kept"


@row("PS014")
def other_region(case):
    case.refused(presigned(case, signer=case.wire.signer(region="eu-mars-1")))


@row("PS016")
def other_method(case):
    case.put("k")
    for signed, sent in (("GET", "PUT"), ("PUT", "GET"), ("GET", "DELETE"), ("HEAD", "GET")):
        case.refused(presigned(case, method=signed, send=sent))
    assert presigned(case, method="GET", send="HEAD").status == 403


@row("PS018")
def appended_parameter(case):
    case.put("k")
    target = case.wire.signer().presign("GET", case.wire.host, case.path("k"))
    case.refused(case.wire.anonymous("GET", target + "&response-content-type=text%2Fhtml"))


@row("PS020")
def unsigned_amz_header(case):
    target = case.wire.signer().presign("PUT", case.wire.host, case.path("k"))
    for name, value in (("x-amz-tagging", "a=1"), ("x-amz-acl", "public-read")):
        case.refused(case.wire.anonymous("PUT", target, b"body", [(name, value)]))


@row("PS022")
def presigned_version_2(case):
    query = f"AWSAccessKeyId={case.wire.keys.access}&Signature=c2ln&Expires=4102444800"
    case.refused(case.wire.anonymous("GET", case.path("k", query)))
