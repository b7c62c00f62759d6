"""Two accounts on one server: every operation, and every way to name what is another's. Nothing of
the owner's is reached, shown or changed, and who may not know is told the same of what is there and
of what is not. As on AWS, the name of a bucket is no secret: 403 where it exists, 404 where not."""
import base64
import copy
import dataclasses
import hashlib
import json
import re

import pytest

import form
from auth_matrix.operations import LARGE, operations, plain_request
from auth_matrix.place import Place
from auth_matrix.signing import HASH, Sent, sign_header, sign_query
from server import Server
from sigv4 import UNSIGNED, Keys, Signer
from wire import refused

NAME = "victim"
DOMAIN = "s3.example.org"
NOBODY = Keys("", "")
# What an error says of the request itself.
ECHOED = re.compile(rb"<(RequestId|HostId|Resource|Key|BucketName|VersionId|UploadId|ArgumentValue)>"
                    rb"[^<]*|on resource: &quot;[^<]*?&quot;")
# The same in a message that tells why.
NAMED = re.compile(r'on resource: "[^"]*"|s3:DeleteObject(Version)?')
DENIED = (403, "AccessDenied")
NO_UPLOAD = (404, "NoSuchUpload")
OF_UPLOADS = {"AbortMultipartUpload", "CompleteMultipartUpload", "ListParts", "UploadPart",
              "UploadPartCopy"}


@dataclasses.dataclass
class World:
    server: object
    account: str   # the owner's
    theirs: Place  # the owner's
    mine: Place    # of who would have it
    keys: Keys     # of who would have it
    user: Keys     # of a user of the owner's account, who was given nothing

    @property
    def wire(self):
        return self.server.wire(self.keys)

    def ask(self, plain, keys=None, host=None, presigned=False):
        """Sends it as `keys`, and sees to it that nothing of the owner's is in the answer."""
        keys, host = keys or self.keys, host or self.wire.host
        if keys == NOBODY:
            sent = Sent(plain.method, plain.path, plain.terms, [("Host", host), *plain.headers],
                        plain.body)
        elif presigned:
            sent = sign_query(plain, UNSIGNED, Signer(keys), host)
        else:
            sent = sign_header(plain, HASH, Signer(keys), host)
        answer = self.wire.raw(sent.bytes(), plain.method)
        shown = answer.body + repr(answer.headers).encode()
        assert self.theirs.canary.encode() not in shown and LARGE[:64] not in shown, answer
        return answer


@pytest.fixture(scope="module")
def world():
    with Server(args=["--domain", DOMAIN]) as running:
        account, owner = running.new_account("owner")
        stranger, keys = running.new_account("stranger")
        running.admin("user", "create", "--account", account["id"], "--name", "clerk")
        user = running.admin("key", "create", "--account", account["id"], "--user", "clerk")
        yield World(running, account["id"], Place(running, NAME, owner, account["id"]),
                    Place(running, "mine", keys, stranger["id"]), keys,
                    Keys(user["access_key"], user["secret_key"]))
        running.check()


@pytest.fixture(autouse=True)
def _the_owner_has_it_all(world):
    def digest():
        with world.wire.connect() as connection:
            return world.theirs.digest(connection)

    before = digest()
    yield
    assert digest() == before


def outcome(answer, method):
    if method == "HEAD":
        return answer.status
    return answer.status, answer.code if answer.status >= 400 else ""


def told(answer):
    """What an answer says, but for what it says of every request."""
    return answer.status, ECHOED.sub(b"", answer.body)


def on_buckets():
    """Operations that act upon a bucket which is there."""
    return [o for o in operations()
            if o.level in ("Bucket", "Object") and o.name != "CreateBucket"]


def of_nothing(place, operation):
    """The operation on a key, an upload, a version and a source that are not there."""
    absent = copy.copy(place)
    for name in ("to_abort", "to_complete", "open", "version"):
        given = getattr(place, name)
        setattr(absent, name, given[:-4] + ("AAAA" if given[-4:] != "AAAA" else "BBBB"))
    plain = plain_request(operation, absent)
    if operation.level == "Object":
        plain.path += "-absent"
    plain.headers = [(n, v + "-absent" if n == "x-amz-copy-source" else v)
                     for n, v in plain.headers]
    return plain


def expected(operation, keys):
    if operation.name == "PostObject":  # its credentials are its fields; without any it is nobody's
        return DENIED if keys == NOBODY else (400, "InvalidRequest")
    return DENIED if operation.built or keys == NOBODY else (501, "NotImplemented")


def at_host(plain, bucket):
    """The same in virtual-host style."""
    out = copy.copy(plain)
    out.path = plain.path[len(bucket) + 1:] or "/"
    return out, f"{bucket}.{DOMAIN}"


@pytest.mark.parametrize("who,how", [
    ("stranger", "path"), ("stranger", "presigned"), ("stranger", "host"), ("user", "path"),
    ("user", "presigned"), ("nobody", "path"), ("nobody", "host")])
def test_by_its_name(world, who, how):
    keys = {"stranger": world.keys, "user": world.user, "nobody": NOBODY}[who]
    for operation in on_buckets():
        answers = []
        for plain in (plain_request(operation, world.theirs), of_nothing(world.theirs, operation)):
            bucket, host = plain.path.split("/")[1], None
            if how == "host":
                plain, host = at_host(plain, bucket)
            answers.append(world.ask(plain, keys, host, how == "presigned"))
            want = expected(operation, keys)
            assert outcome(answers[-1], operation.method) in (want, want[0]), \
                f"{operation}: {answers[-1]}"
        assert told(answers[0]) == told(answers[1]), operation


def test_the_owner_is_not_refused(world):
    """With the very same requests: or the other tests would show nothing."""
    for operation in on_buckets():
        if operation.built and operation.method in ("GET", "HEAD"):
            plain = plain_request(operation, world.theirs)
            sent = sign_header(plain, HASH, Signer(world.theirs.wire.keys), world.wire.host)
            assert world.wire.raw(sent.bytes(), plain.method).status < 300, operation


def test_buckets(world):
    shown = world.wire.request("GET", "/").xml()
    assert {b.findtext("Name") for b in shown.iter("Bucket")} == {
        world.mine.subject, world.mine.plain, world.mine.doomed, world.mine.moving}
    assert not list(world.wire.request("GET", f"/?prefix={NAME}").xml().iter("Bucket"))
    for headers in ((), (("x-amz-bucket-object-lock-enabled", "true"),),
                    (("x-amz-object-ownership", "BucketOwnerEnforced"),)):
        answer = world.wire.request("PUT", f"/{world.theirs.subject}", headers=headers)
        refused(answer, 409, "BucketAlreadyExists")


def test_keys_judged_one_by_one(world):
    """With a policy each key is judged on its own: told the same whether it is there or not."""
    world.theirs.wire.request("PUT", f"/{world.theirs.plain}/there", b"x")
    text = ("<Delete><Object><Key>there</Key></Object><Object><Key>not-there</Key></Object>"
            "<Object><Key>there</Key><VersionId>null</VersionId></Object></Delete>").encode()
    md5 = base64.b64encode(hashlib.md5(text).digest()).decode()
    for keys in (world.keys, world.user):
        answer = world.server.wire(keys).request("POST", f"/{world.theirs.plain}?delete", text,
                                                 [("Content-MD5", md5)])
        root = answer.xml()
        assert not list(root.iter("Deleted"))
        errors = [(e.findtext("Code"), NAMED.sub("", e.findtext("Message")))
                  for e in root.iter("Error")]
        assert len(errors) == 3 and len(set(errors)) == 1, errors
        assert errors[0][0] == "AccessDenied"
        # Whoever is of the account is told why.
        assert (errors[0][1] == "Access Denied") == (keys is world.keys)
    world.theirs.wire.request("DELETE", f"/{world.theirs.plain}/there")


def copies(world, source, *headers):
    """Of this source, into what is mine: a whole one, and a part."""
    headers = [("x-amz-copy-source", source), *headers]
    yield world.wire.request("PUT", f"/{world.mine.subject}/stolen", headers=headers)
    target = f"/{world.mine.subject}/up?partNumber=9&uploadId={world.mine.open}"
    yield world.wire.request("PUT", target, headers=headers)
    yield world.wire.request("PUT", target,
                             headers=[*headers, ("x-amz-copy-source-range", "bytes=0-3")])


def test_copy_sources_CVE_2026_39360_GHSA_mx42_j6wv_px98(world):
    bucket, version = world.theirs.subject, world.theirs.version
    tag = world.theirs.wire.request("HEAD", f"/{bucket}/key").get("etag")
    conditions = [(), (("x-amz-copy-source-if-match", tag),),
                  (("x-amz-copy-source-if-match", '"another"'),),
                  (("x-amz-copy-source-if-none-match", tag),),
                  (("x-amz-source-expected-bucket-owner", world.account),),
                  (("x-amz-expected-bucket-owner", world.account),)]
    for spelled in ("/{}/{}", "{}/{}", "%2F{}%2F{}", "{}%2F{}", "%76" + "{}/{}"):
        name = bucket[1:] if spelled.startswith("%76") else bucket
        for more in ("", f"?versionId={version}", "?versionId=null"):
            for headers in conditions:
                there = [*copies(world, spelled.format(name, "key") + more, *headers)]
                absent = [*copies(world, spelled.format(name, "none") + more, *headers)]
                for answer in there:
                    refused(answer, *DENIED)
                assert [told(a) for a in there] == [told(a) for a in absent]


def test_conditions_come_after_the_gate_CVE_2024_36107(world):
    """Who may not read is not told by a condition whether a key is there, nor what it holds."""
    bucket, operation = world.theirs.subject, next(o for o in operations() if o.name == "GetObject")
    head = world.theirs.wire.request("HEAD", f"/{bucket}/key")
    tag, date = head.get("etag"), head.get("last-modified")
    old = "Tue, 01 Jan 2019 00:00:00 GMT"
    for name, value in (("If-None-Match", tag), ("If-None-Match", "*"), ("If-None-Match", '"another"'),
                        ("If-Match", tag), ("If-Match", '"another"'), ("If-Modified-Since", date),
                        ("If-Modified-Since", old), ("If-Unmodified-Since", old),
                        ("If-Unmodified-Since", date), ("Range", "bytes=99999999-")):
        assert world.theirs.wire.request("GET", f"/{bucket}/key", headers=[(name, value)]).status < 500
        for keys in (world.keys, world.user, NOBODY):
            for method in ("GET", "HEAD", "PUT", "DELETE"):
                answers = []
                for place in (plain_request(operation, world.theirs),
                              of_nothing(world.theirs, operation)):
                    place.method, place.headers, place.terms = method, [(name, value)], []
                    answers.append(world.ask(place, keys))
                    got = outcome(answers[-1], method)
                    assert got in (403, DENIED), f"{method} {name}: {answers[-1]}"
                assert told(answers[0]) == told(answers[1]), f"{method} {name}"


def test_copy_sources_that_climb(world):
    mine, theirs = world.mine.subject, world.theirs.subject
    for source in (f"/{mine}/../{theirs}/key", f"/{mine}/%2e%2e/{theirs}/key", f"//{theirs}/key",
                   f"/{mine}%2F..%2F{theirs}%2Fkey", f"/{mine}/key?versionId=../{theirs}/key"):
        for answer in copies(world, source):
            assert 400 <= answer.status < 404, answer
    for source in (f"/{mine}//{theirs}/key", f"/{mine}/{theirs}/key", f"/{mine}/%252e%252e/{theirs}"):
        for answer in copies(world, source):
            refused(answer, 404, "NoSuchKey")


@pytest.mark.parametrize("name", sorted(OF_UPLOADS))
def test_uploads_of_another(world, name):
    """In my bucket, of the same key: an upload of others is none, as one that never was."""
    operation = next(o for o in operations() if o.name == name)
    strange = copy.copy(world.mine)
    for upload in ("to_abort", "to_complete", "open"):
        setattr(strange, upload, getattr(world.theirs, upload))
    answers = [world.ask(plain_request(operation, strange))]
    assert outcome(answers[0], operation.method) == NO_UPLOAD
    never = of_nothing(strange, operation)
    never.path = never.path.removesuffix("-absent")
    never.headers = [(n, v.removesuffix("-absent")) for n, v in never.headers]
    answers.append(world.ask(never))
    assert told(answers[0]) == told(answers[1])
    mine = plain_request(operation, world.mine)  # of another key of my own
    mine.path += "-other"
    assert outcome(world.ask(mine), operation.method) == NO_UPLOAD


def test_versions_of_another(world):
    """In my bucket, of the same key."""
    for operation in on_buckets():
        if not operation.built or operation.level != "Object" or operation.name in OF_UPLOADS:
            continue
        if operation.method not in ("GET", "HEAD"):
            continue
        answers = []
        for version in (world.theirs.version, of_nothing_version(world)):
            plain = plain_request(operation, world.mine)
            plain.terms = [t for t in plain.terms if not t.startswith("versionId")]
            plain.terms.append(f"versionId={version}")
            answers.append(world.ask(plain))
            assert outcome(answers[-1], operation.method) in (404, (404, "NoSuchVersion")), operation
        assert told(answers[0]) == told(answers[1]), operation
    source = f"/{world.mine.subject}/key?versionId={world.theirs.version}"
    for answer in copies(world, source):
        refused(answer, 404, "NoSuchVersion")
    target = f"/{world.mine.subject}/key?versionId={world.theirs.version}"
    assert world.wire.request("DELETE", target).status == 204  # as of any that is not there


def of_nothing_version(world):
    given = world.theirs.version
    return given[:-4] + ("AAAA" if given[-4:] != "AAAA" else "BBBB")


def test_keys_that_name_others(world):
    """In my bucket they are keys like any other."""
    theirs = world.theirs.subject
    listed = "".join(f"<Object><Key>{key}</Key></Object>" for key in
                     (f"/{theirs}/key", f"{theirs}/key", f"../{theirs}/key", f"//{theirs}/key"))
    text = f"<Delete>{listed}</Delete>".encode()
    md5 = base64.b64encode(hashlib.md5(text).digest()).decode()
    answer = world.wire.request("POST", f"/{world.mine.plain}?delete", text, [("Content-MD5", md5)])
    assert answer.status == 200
    mine = world.mine.subject
    for path in (f"/{mine}/../{theirs}/key", f"/{mine}/%2e%2e/{theirs}/key", f"//{theirs}/key",
                 f"/{mine}%2f..%2f{theirs}/key", f"/./{theirs}/key", f"/{mine}/..%2f{theirs}/key",
                 f"/{mine}//{theirs}/key", f"/{mine}/{theirs}/key", f"/{theirs}%2fkey"):
        answer = world.wire.request("GET", path)
        assert answer.status in (400, 403, 404), answer
        assert world.theirs.canary.encode() not in answer.body + repr(answer.headers).encode()
    head = world.wire.head("GET", f"/{theirs}/key")[0]
    lines = head.replace(f"GET /{theirs}".encode(), f"GET /{mine}".encode())
    assert world.wire.raw(lines).status == 403  # signed for one bucket, sent to another


def test_the_expected_owner(world):
    for operation in on_buckets():
        if not operation.built or operation.name == "PostObject":
            continue
        plain = plain_request(operation, world.mine)
        plain.headers.append(("x-amz-expected-bucket-owner", world.account))
        answer = world.ask(plain)
        assert outcome(answer, plain.method) in (403, DENIED), f"{operation}: {answer}"
        plain = plain_request(operation, world.theirs)
        plain.headers.append(("x-amz-expected-bucket-owner", world.account))
        assert outcome(world.ask(plain), plain.method) in (403, DENIED), operation


def test_tokens_and_markers(world):
    theirs, mine = world.theirs, world.mine

    def token(target):
        root = theirs.wire.request("GET", target).xml()
        found = root.findtext("NextContinuationToken") or root.findtext("ContinuationToken")
        assert found, target
        return found

    strange = token(f"/{theirs.subject}?list-type=2&max-keys=1")
    answer = world.wire.request("GET", f"/{mine.subject}?list-type=2&continuation-token={strange}")
    refused(answer, 400, "InvalidArgument")
    answer = world.wire.request("GET", f"/{theirs.subject}?list-type=2&continuation-token={strange}")
    refused(answer, *DENIED)
    strange = token("/?max-buckets=1")
    answer = world.wire.request("GET", f"/?continuation-token={strange}")
    names = {b.findtext("Name") for b in answer.xml().iter("Bucket")}
    assert answer.status == 400 or names <= {mine.subject, mine.plain, mine.doomed}
    root = world.wire.request("GET", f"/{mine.subject}?versions&key-marker=a&version-id-marker="
                                     f"{theirs.version}").xml()
    own = world.wire.request("GET", f"/{mine.subject}?versions").xml()
    assert ({v.findtext("VersionId") for v in root.iter("Version")}
            <= {v.findtext("VersionId") for v in own.iter("Version")})
    root = world.wire.request("GET", f"/{mine.subject}?uploads&key-marker=a&upload-id-marker="
                                     f"{theirs.open}").xml()
    assert ({u.findtext("UploadId") for u in root.iter("Upload")}
            <= {mine.open, mine.to_abort, mine.to_complete})


def policy(bucket, resource, principal):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:*",
         "Resource": [f"arn:aws:s3:::{resource}", f"arn:aws:s3:::{bucket}/*"]}]})


def test_policies_of_mine(world):
    """They give nothing of others', and to nobody but whom they name."""
    mine, theirs = world.mine.plain, world.theirs.subject
    target = f"/{mine}?policy"
    before = world.wire.request("GET", target).body
    for resource in (theirs, f"{theirs}/*", f"{theirs[:-1]}?"):
        answer = world.wire.request("PUT", target, policy(mine, resource, world.account))
        refused(answer, 400, "MalformedPolicy")
    answer = world.wire.request("PUT", target, policy(mine, "*", world.account))
    assert answer.status == 204  # of all that is mine
    operation = next(o for o in operations() if o.name == "GetObject")
    there = world.ask(plain_request(operation, world.theirs))
    refused(there, *DENIED)
    listed = f"/{mine}?list-type=2"
    assert world.theirs.wire.request("GET", listed).status == 200  # it names that account
    refused(world.server.wire(world.user).request("GET", listed), *DENIED)  # not its users
    refused(world.server.wire().request("GET", listed), *DENIED)  # nor the operator
    assert world.wire.request("PUT", target, before).status == 204


def test_forms(world):
    theirs, mine = world.theirs.subject, world.mine.subject
    for keys in (world.keys, world.user):
        wire = world.server.wire(keys)
        document = form.policy([{"bucket": theirs}, ["starts-with", "$key", ""]])
        fields = form.signed(wire, document, [("key", "posted")])
        refused(form.send(wire, theirs, fields), *DENIED)
        refused(form.send(wire, mine, fields), *DENIED)
        document = form.policy([{"bucket": mine}, ["starts-with", "$key", ""]])
        refused(form.send(wire, theirs, form.signed(wire, document, [("key", "posted")])), *DENIED)
    document = form.policy([{"bucket": theirs}, ["starts-with", "$key", ""]])
    fields = [("bucket", theirs), ("key", "posted")]
    refused(form.send(world.wire, mine, form.signed(world.wire, document, fields)), *DENIED)


def test_accounts_users_and_keys(world):
    """The admin API tells a stranger the same of what is there and of what is not."""
    base, access = "/-/admin/v1", world.theirs.wire.keys.access

    def both(method, there, absent, body=(b"", b"")):
        answers = [world.wire.request(method, base + path, text)
                   for path, text in zip((there, absent), body)]
        shown = [(a.status, re.sub(rb'"request_id":"[^"]*"', b"", a.body)) for a in answers]
        assert shown[0][0] in (403, 404) and shown[0] == shown[1], f"{method} {there}: {shown}"

    own, other = world.account, "999999999999"
    both("GET", f"/accounts/{own}", f"/accounts/{other}")
    both("DELETE", f"/accounts/{own}", f"/accounts/{other}")
    both("GET", f"/accounts/{own}/users", f"/accounts/{other}/users")
    both("POST", f"/accounts/{own}/users", f"/accounts/{other}/users", [b'{"name":"mole"}'] * 2)
    both("DELETE", f"/accounts/{own}/users/clerk", f"/accounts/{own}/users/nobody")
    both("GET", f"/keys?account={own}", f"/keys?account={other}")
    both("POST", "/keys", "/keys", [json.dumps({"account": a}).encode() for a in (own, other)])
    for word in ("/disable", "/enable", ""):
        both("POST" if word else "DELETE", f"/keys/{access}{word}", f"/keys/AKIANOBODY{word}")
