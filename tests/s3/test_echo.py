"""All 256 bytes in every field that comes back in an answer. The raw answer is read as strictly as
HTTP and XML are written: nothing ends a header early, splits an answer or breaks a document."""
import itertools
import json
import re
import uuid
import xml.parsers.expat

import pytest

import form
from sdk import s3_client
from sigv4 import encode

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
VALUE = re.compile(rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
# What XML 1.0 has no way to write comes as a reference, as AWS sends it.
ONLY_IN_XML_1_1 = re.compile(rb"&#x(?:[0-8BCEF]|1[0-9A-F]|FFFE|FFFF);")
# All of them, what is no character, and what would be markup.
IN_A_LINE = [bytes([n]) for n in range(256)] + [b"]]><Evil/>", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]
BYTES = IN_A_LINE + [b"\r\nX-Evil: 1\r\n", b"\r\n\r\nHTTP/1.1 200 OK\r\n"]
IN_QUERY = {"prefix": "list-type=2&prefix={}", "delimiter": "delimiter={}", "marker": "marker={}",
            "start-after": "list-type=2&start-after={}", "token": "list-type=2&continuation-token={}",
            "encoded": "list-type=2&encoding-type=url&prefix={}", "max-keys": "max-keys={}",
            "version-marker": "versions&key-marker=a&version-id-marker={}",
            "key-marker": "versions&key-marker={}", "upload-marker": "uploads&key-marker=a"
            "&upload-id-marker={}", "encoding": "encoding-type={}", "parameter": "x-{}=1"}
OF_OBJECT = {"version": "versionId={}", "upload": "uploadId={}", "disposition":
             "response-content-disposition={}", "type": "response-content-type={}",
             "cache": "response-cache-control={}", "part": "partNumber={}"}
IN_HEADER = ("x-amz-meta-a", "Content-Type", "Cache-Control", "Content-Disposition",
             "Content-Encoding", "x-amz-tagging", "x-amz-website-redirect-location", "x-amz-acl",
             "x-amz-storage-class", "x-amz-copy-source", "Origin", "x-amz-expected-bucket-owner",
             "x-amz-checksum-crc32", "Range", "Expires", "X-Amz-Meta-{}", "Content-MD5")


def read(connection):
    """(status, [(name, value)], body): one answer, by nothing but its bytes."""
    while b"\r\n\r\n" not in connection.buffer:
        assert connection._more(), connection.buffer
    head, _, rest = connection.buffer.partition(b"\r\n\r\n")
    connection.buffer = rest
    start, *lines = head.split(b"\r\n")
    assert re.fullmatch(rb"HTTP/1\.1 [1-5]\d\d [\x20-\x7e]*", start), start
    headers = []
    for line in lines:
        name, colon, value = line.partition(b": ")
        assert colon and TOKEN.fullmatch(name) and VALUE.fullmatch(value), line
        headers.append((name.lower(), value))
    status, found = int(start[9:12]), dict(headers)
    names = [name for name, _ in headers]
    assert len(set(names)) == len(names), names
    assert b"x-evil" not in found
    size = 0 if status in (204, 304) else int(found[b"content-length"])
    body = connection._exactly(size)
    kind = found.get(b"content-type", b"").partition(b";")[0]
    if body and b"json" in kind:
        json.loads(body)
    if body and kind in (b"application/xml", b"text/xml"):
        parser = xml.parsers.expat.ParserCreate()
        parser.StartElementHandler = lambda name, _: seen.append(name)
        seen = []
        parser.Parse(ONLY_IN_XML_1_1.sub(b"?", body), True)
        assert "Evil" not in seen
    return status, headers, body


class Line:
    """A connection that is opened again where the server closed it."""

    def __init__(self, wire):
        self.wire, self.connection = wire, wire.connect()

    def ask(self, data):
        self.connection.send(data)
        status, headers, body = read(self.connection)
        assert status < 500 or status == 501, (status, body, data[:300])
        assert self.connection.buffer == b"", self.connection.buffer
        if (b"connection", b"close") in headers:
            assert self.connection.at_end() and self.connection.buffer == b""
            self.connection.close()
            self.connection = self.wire.connect()
        return status, headers, body


@pytest.fixture(scope="module")
def place(server):
    """A bucket with an object, and rules for browsers that allow every origin."""
    s3, name = s3_client(server), f"echo-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"body")
    s3.create_bucket(Bucket=f"{name}-cors")
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [
        {"AllowedOrigins": ["http://*", "https://*"], "AllowedMethods": ["GET", "PUT"],
         "AllowedHeaders": ["*"]}]})
    return name


def test_in_the_query(wire, place):
    line = Line(wire)
    for query, byte in itertools.product(IN_QUERY.values(), BYTES):
        line.ask(wire.head("GET", f"/{place}?{query.format('a' + encode(byte) + 'b')}")[0])
    for query, byte in itertools.product(OF_OBJECT.values(), BYTES):
        line.ask(wire.head("GET", f"/{place}/k?{query.format('a' + encode(byte) + 'b')}")[0])
    for byte in BYTES:
        line.ask(wire.head("GET", f"/?prefix=a{encode(byte)}b")[0])


def test_in_the_path(wire, place):
    line = Line(wire)
    for byte in BYTES:
        line.ask(wire.head("GET", f"/{place}/a{encode(byte)}b")[0])
        line.ask(wire.head("GET", f"/{place}a{encode(byte)}b/k")[0])
        line.ask(wire.plain_head("GET", f"/{place}/a{encode(byte)}b"))
        if byte not in (b" ", b"?", b"#") and len(byte) == 1:  # as it is
            line.ask(wire.plain_head("GET", f"/{place}/a{byte.decode('latin-1')}b"))


def test_in_a_header_CVE_2015_5245(wire, place):
    """Of a PUT, and of the GET that shows what it stored."""
    line = Line(wire)
    shown = wire.head("GET", f"/{place}/written")[0]
    for name, byte in itertools.product(IN_HEADER, IN_A_LINE):
        text = byte.decode("latin-1")
        pair = (name.format("a" + text), "v") if "{}" in name else (name, f"a{text}b")
        head = wire.head("PUT", f"/{place}/written", [("Content-Length", "0"), pair])[0]
        status, *_ = line.ask(head)
        if status == 200:
            line.ask(shown)


def test_exposed_headers_CVE_2020_10753_CVE_2021_3524(wire, place):
    """Of a bucket's rules, which go into headers of an answer as they are: the first mend elsewhere
    knew of LF and not of CR."""
    line, shown = Line(wire), 0
    for byte in IN_A_LINE + [b"\rX-Evil: 1", b"\nX-Evil: 1", b"\r\nX-Evil: 1", b"&#13;X-Evil: 1",
                             b"&#10;X-Evil: 1", b"&#13;&#10;X-Evil: 1"]:
        for element in ("ExposeHeader", "AllowedHeader", "AllowedOrigin"):
            rule = {"AllowedOrigin": b"http://a", "AllowedHeader": b"*", "ExposeHeader": b"x-a"}
            rule[element] = (b"http://a" if element == "AllowedOrigin" else b"x-a") + byte + b"b"
            fields = b"".join(b"<%s>%s</%s>" % (n.encode(), v, n.encode()) for n, v in rule.items())
            text = (b"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>" + fields
                    + b"</CORSRule></CORSConfiguration>")
            md5 = form.base64.b64encode(form.hashlib.md5(text).digest()).decode()
            head = wire.head("PUT", f"/{place}-cors?cors", [
                ("Content-Length", str(len(text))), ("Content-MD5", md5)],
                form.hashlib.sha256(text).hexdigest())[0]
            if line.ask(head + text)[0] != 200:
                continue
            shown += 1
            line.ask(wire.head("GET", f"/{place}-cors?cors")[0])
            for origin in ("http://a", f"http://a{byte.decode('latin-1')}b"):
                if re.fullmatch(r"[\x20-\x7e]+", origin):
                    line.ask(wire.head("GET", f"/{place}-cors", [("Origin", origin)])[0])
                    line.ask(wire.plain_head("OPTIONS", f"/{place}-cors/k", [
                        ("Origin", origin), ("Access-Control-Request-Method", "GET"),
                        ("Access-Control-Request-Headers", "x-a")]))
    assert shown > 50


def test_an_origin_and_what_it_asks_for(wire, place):
    line = Line(wire)
    for byte in IN_A_LINE:
        text = byte.decode("latin-1")
        for origin, method, names in ((f"http://a{text}b", "GET", "x-a"),
                                      ("http://a", f"GET{text}", "x-a"),
                                      ("http://a", "PUT", f"x-a{text}b")):
            line.ask(wire.plain_head("OPTIONS", f"/{place}/k", [
                ("Origin", origin), ("Access-Control-Request-Method", method),
                ("Access-Control-Request-Headers", names)]))


def test_in_a_document(wire, place):
    """Tags that are shown again, and keys that are answered one by one."""
    line = Line(wire)

    def put(method, target, text):
        md5 = form.base64.b64encode(form.hashlib.md5(text).digest()).decode()
        head = wire.head(method, target, [("Content-Length", str(len(text))), ("Content-MD5", md5)],
                         form.hashlib.sha256(text).hexdigest())[0]
        return line.ask(head + text)[0]

    for byte in BYTES:
        for text in (b"a" + byte + b"b", b"a&#%d;b" % byte[0]):
            put("POST", f"/{place}?delete", b"<Delete><Object><Key>" + text
                + b"</Key></Object><Object><Key>x</Key><VersionId>" + text
                + b"</VersionId></Object></Delete>")
            tags = b"<Tagging><TagSet><Tag><Key>" + text + b"</Key><Value>" + text + b"</Value></Tag>"
            if put("PUT", f"/{place}/k?tagging", tags + b"</TagSet></Tagging>") == 200:
                line.ask(wire.head("GET", f"/{place}/k?tagging")[0])


def test_in_a_form(wire, place):
    line = Line(wire)
    for byte in BYTES:
        name = b"posted" + byte
        document = form.policy([{"bucket": place}, ["starts-with", "$key", ""],
                                ["starts-with", "$success_action_redirect", ""],
                                ["starts-with", "$success_action_status", ""]])
        for more in ([("success_action_redirect", b"http://a/" + byte + b"b")],
                     [("success_action_status", "201")]):
            body = form.body(form.signed(wire, document, [("key", name), *more]))
            line.ask(wire.plain_head("POST", f"/{place}", [
                ("Content-Type", f"multipart/form-data; boundary={form.BOUNDARY}"),
                ("Content-Length", str(len(body)))]) + body)


# Calls of IAM and STS by the member that an answer says again, of what is there and of what is not.
TRUST = encode(json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}))
OF_IAM = [
    "{}&UserName=x", "GetUser&UserName={}", "GetRole&RoleName={}", "GetGroup&GroupName={}",
    "CreateUser&UserName={}", "CreateUser&UserName=x&Path=/{}/", "ListUsers&PathPrefix=/{}",
    "ListUsers&Marker={}", "ListUsers&MaxItems={}", "GetPolicy&PolicyArn={}",
    "GetPolicy&PolicyArn=arn:aws:iam::aws:policy/{}", "GetUserPolicy&UserName=echo&PolicyName={}",
    "PutUserPolicy&UserName=echo&PolicyName=p&PolicyDocument={}", "TagUser&UserName=echo&"
    "Tags.member.1.Key={0}&Tags.member.1.Value={0}", "TagUser&UserName=echo&Tags.member.1.Key=k&"
    "Tags.member.1.Value={}", "UpdateAccessKey&UserName=echo&AccessKeyId={}&Status=Active",
    "UpdateAccessKey&UserName=echo&AccessKeyId=x&Status={}", "GetAccessKeyLastUsed&AccessKeyId={}",
    "CreateOpenIDConnectProvider&Url=https://{}", "CreateAccountAlias&AccountAlias={}",
    "UpdateRole&RoleName=echo&Description={}", "GetOpenIDConnectProvider&OpenIDConnectProviderArn={}",
    "SimulateCustomPolicy&PolicyInputList.member.1={}&ActionNames.member.1=s3:GetObject",
    "SimulateCustomPolicy&PolicyInputList.member.1=%7B%7D&ActionNames.member.1={}"]
OF_STS = ["AssumeRole&RoleArn={}&RoleSessionName=tests", "AssumeRole&RoleArn=arn:aws:iam::1:role/x&"
          "RoleSessionName={}", "AssumeRole&RoleSessionName=tests&RoleArn=arn:aws:iam::1:role/x&"
          "ExternalId={}", "GetAccessKeyInfo&AccessKeyId={}", "GetSessionToken&DurationSeconds={}",
          "AssumeRoleWithWebIdentity&RoleArn={}&RoleSessionName=tests&WebIdentityToken=x",
          "AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::1:role/x&RoleSessionName=tests&"
          "WebIdentityToken={}"]


@pytest.mark.parametrize("service,version,calls", [("iam", "2010-05-08", OF_IAM),
                                                   ("sts", "2011-06-15", OF_STS)])
def test_in_a_call_of_iam_and_sts(wire, service, version, calls):
    line = Line(wire)

    def ask(call):
        body = f"Action={call}&Version={version}".encode()
        head = wire.head("POST", "/", [
            ("Content-Length", str(len(body))), ("Content-Type", "application/x-www-form-urlencoded")],
            form.hashlib.sha256(body).hexdigest(), wire.signer(service=service))[0]
        return line.ask(head + body)[0]

    if service == "iam":
        ask("CreateUser&UserName=echo")
        assert ask("GetUser&UserName=echo") == 200
        assert ask(f"CreateRole&RoleName=echo&AssumeRolePolicyDocument={TRUST}") == 200
    # One letter stands for all: what is well-formed is done, and a change takes its time.
    some = [byte for byte in BYTES if not byte.isalnum() or byte == b"a"]
    for call, byte in itertools.product(calls, some):
        if ask(call.format("a" + encode(byte) + "b")) == 200 and "echo" in call:
            for shown in ("ListUserTags&UserName=echo", "GetRole&RoleName=echo", "GetUser&UserName=echo",
                          "UntagUser&UserName=echo&TagKeys.member.1=k"):
                ask(shown)
            ask(f"UntagUser&UserName=echo&TagKeys.member.1=a{encode(byte)}b")


def test_in_a_call_of_the_admin_api(wire):
    line, base = Line(wire), "/-/admin/v1/"

    def post(target, value):
        body = json.dumps(value).encode() if not isinstance(value, bytes) else value
        line.ask(wire.head("POST", target, [("Content-Length", str(len(body)))],
                           form.hashlib.sha256(body).hexdigest())[0] + body)

    for byte in BYTES:
        raw, text = "a" + encode(byte) + "b", "a" + byte.decode("latin-1") + "b"
        for target in (f"accounts/{raw}", f"accounts/1/users?x={raw}", f"keys?account={raw}", raw,
                       f"engine/jobs/{raw}", f"accounts/{raw}/users", f"keys/{raw}"):
            line.ask(wire.head("GET", base + target)[0])
        for value in ({"name": text, "email": text}, {"name": "n", "email": "e@example.com", text: "x"},
                      b'{"a' + byte + b'b":1}'):
            post(base + "accounts", value)
        post(base + "engine/jobs", {"kind": text})
        post(base + "keys", {"account": text})


def test_in_a_call_of_cloudtrail(wire):
    line = Line(wire)
    for byte, member in itertools.product(BYTES, ("Name", "S3BucketName", "S3KeyPrefix", "target")):
        text = "a" + byte.decode("latin-1") + "b"
        body = json.dumps({"Name": "trail", "S3BucketName": "none", member: text}).encode()
        target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.CreateTrail"
        if member == "target":
            target += text
            if not re.fullmatch(r"[\x21-\x7e]+", target):
                continue
        line.ask(wire.head("POST", "/", [
            ("Content-Length", str(len(body))), ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", target)], form.hashlib.sha256(body).hexdigest(),
            wire.signer(service="cloudtrail"))[0] + body)
