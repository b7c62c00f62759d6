"""Uploads by a browser's form."""
import form
from bad_inputs.case import row
from form import policy, signed


def good(case, *more):
    return policy([{"bucket": case.bucket}, ["starts-with", "$key", "up/"], *more])


def post(case, fields, file=b"file", **more):
    return form.send(case.wire, case.bucket, fields, file, **more)


def with_document(case, document):
    return post(case, signed(case.wire, document, [("key", "up/k")], add=False))


def changed(case, name, value, document=None):
    """A good form, one field of it another, or (None) not there."""
    fields = signed(case.wire, document or good(case), [("key", "up/k")])
    return [(n, value if n == name else v) for n, v in fields if n != name or value is not None]


@row("PO002")
def no_boundary(case):
    text = form.body(signed(case.wire, good(case), [("key", "up/k")]))
    for kind in ("multipart/form-data", "multipart/form-data; boundary=",
                 "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; charset=utf-8"):
        headers = [("Content-Type", kind)]
        case.refused(case.wire.anonymous("POST", case.path(), text, headers))


@row("PO004")
def another_algorithm(case):
    for name in ("invalid", "", "AWS4-ECDSA-P256-SHA256", "aws4-hmac-sha256"):
        case.refused(post(case, changed(case, "x-amz-algorithm", name)))


@row("PO006")
def another_scope(case):
    fields = dict(signed(case.wire, good(case), [("key", "up/k")]))
    access, day, region, service, end = fields["x-amz-credential"].split("/")
    for parts in ((access, day, "eu-mars-1", service, end), (access, day, region, "iam", end),
                  (access, "20200229", region, service, end), (access, day, region, service, "aws5"),
                  (access, day, region, service), ("", day, region, service, end)):
        case.refused(post(case, changed(case, "x-amz-credential", "/".join(parts))))


@row("PO008")
def a_signature_of_another_policy(case):
    other = form.encoded(policy([["starts-with", "$key", ""]]))
    case.refused(post(case, changed(case, "policy", other)))
    case.refused(post(case, changed(case, "x-amz-signature", "0" * 64)))


@row("PO010")
def a_policy_that_is_none(case):
    for document in ("not JSON", "", "[]", "\"text\"", "{", "{}" * 2, "[" * 5000):
        case.refused(with_document(case, document))
    stamp = case.wire.signer().stamp()
    mac = case.wire.signer().mac(stamp, "%%%")
    fields = changed(case, "policy", "%%%")
    fields = [(n, {"x-amz-signature": mac, "x-amz-date": stamp}.get(n, v)) for n, v in fields]
    case.refused(post(case, fields))


@row("PO012")
def an_unknown_condition(case):
    for condition in (["like", "$key", "up/"], ["eq", "key", "up/k"], ["eq", "$key"], [], {}, "eq",
                      ["content-length-range", "a", 1], {"acl": 1}):
        case.refused(with_document(case, good(case, condition)))


@row("PO014")
def members_of_another_case(case):
    for document in (policy(None, Conditions=[]), policy([], expiration=None,
                                                         Expiration="2030-01-01T00:00:00Z")):
        case.refused(with_document(case, document))


@row("PO016")
def outside_of_what_the_policy_allows(case):
    for key in ("other", "up", "Up/k", "/up/k", "${filename}"):
        case.refused(post(case, signed(case.wire, good(case), [("key", key)])))
    for field in (("acl", "public-read"), ("x-amz-meta-more", "1"), ("Content-Type", "text/html")):
        case.refused(post(case, signed(case.wire, good(case), [("key", "up/k"), field])))


@row("PO018")
def no_condition_on_the_bucket(case):
    document = policy([["starts-with", "$key", ""]])
    case.refused(post(case, signed(case.wire, document, [("key", "up/k")])))


@row("PO020")
def a_file_that_is_too_small(case):
    document = good(case, ["content-length-range", 5, 10])
    for size in (0, 4):
        case.refused(post(case, signed(case.wire, document, [("key", "up/k")]), b"x" * size))


@row("PO022")
def no_key(case):
    document = policy([{"bucket": case.bucket}, ["starts-with", "$key", ""]])
    case.refused(post(case, signed(case.wire, document, [])))


@row("PO024")
def fields_behind_the_file(case):
    fields = signed(case.wire, good(case), [("key", "up/k")])
    after = [("acl", "public-read"), ("key", "up/other"), ("file", "another")]
    answer = post(case, fields, after=after)
    assert answer.status == case.row.status, answer
    case.kept["up/k"] = b"file"


@row("PO026")
def into_what_is_no_bucket_of_mine(case):
    """There is no bucket of the system; what is another's, or in the path of none, is as far."""
    theirs = f"{case.bucket}-theirs"
    assert case.other.request("PUT", f"/{theirs}").status == 200
    document = policy([["starts-with", "$bucket", ""], ["starts-with", "$key", ""]])
    for key in ("k", ".sys/k", f"/{theirs}/k"):
        fields = signed(case.wire, document, [("bucket", theirs), ("key", key)])
        case.refused(form.send(case.wire, theirs, fields))
    fields = signed(case.wire, policy([{"bucket": theirs}, ["starts-with", "$key", ""]]),
                    [("bucket", theirs), ("key", "k")])
    case.refused(post(case, fields))
    case.refused(form.send(case.wire, ".sys", fields))


@row("PO028")
def a_long_key(case):
    for key in ("up/" + "k" * 1022, "up/" + "\u00e9" * 511 + "k"):
        case.refused(post(case, signed(case.wire, good(case), [("key", key)])))
