"""What a server shows to whoever knocks: pages, ports, keys that somebody could know, and what it
takes in before it knows who sends it. Advisories of others, as docs/security.md lists them."""
import json
import os
import re
import socket
import subprocess

import pytest

from auth_matrix import admin, query
from auth_matrix.credentials import World
from auth_matrix.place import Place
from notes import Log
from server import BINARY, ROOT, Keys, Server
from sigv4 import UNSIGNED, encode
from test_sts import client_of
from wire import Incomplete, Wire
from witness import Witness

# Pages that answer whoever asks, with the chapter that says so.
PUBLIC = {"/-/health/live": "docs/operations.md", "/-/health/ready": "docs/operations.md",
          "/-/metrics": "docs/operations.md", "/-/log/checkpoint": "docs/formats/tlog.md",
          "/-/log/policy": "docs/operations.md", "/-/log/exclusions": "docs/exclusions.md",
          "/-/log/exclusions.json": "docs/exclusions.md"}
# Ours that are not, and what stood open elsewhere: bootstrap, profiles, metrics, peers, consoles.
OTHERS = [
    "/", "/-/", "/-", "/-/admin", "/-/admin/", "/-/admin/v1", "/-/admin/v1/", "/-/admin/v2/accounts",
    "/-/debug", "/-/config", "/-/keys", "/-/profile", "/-/log", "/-/log/", "/-/log/private",
    "/-/log/private/", "/-/log/private/{account}", "/-/log/private/{account}/",
    "/-/log/private/{account}/checkpoint", "/-/log/private/{account}/policy",
    "/-/log/private/{account}/tile/0/000", "/-/health", "/-/health/", "/-/health/keys",
    "/-/metrics/", "/-/metrics/json", "/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/vars",
    "/profile/cpu", "/profile/memory", "/.env", "/config.json", "/swagger.json", "/actuator/env",
    "/admin", "/login", "/console", "/favicon.ico", "/server-status", "/minio/bootstrap/v1/verify",
    "/minio/health/cluster", "/minio/v2/metrics/cluster", "/minio/admin/v3/info",
    "/minio/prometheus/metrics", "/rustfs/admin/v3/metrics", "/rustfs/console/license",
    "/rustfs/rpc/read_file_stream?volume=.&path=passwd&offset=0&length=64", "/v1/status", "/v2/admin",
    "/node_service.NodeService/Ping", "/dir/status", "/cluster/status", "/admin/user?format=json"]
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND")


class Story:
    """A server on which all sorts of things happened, and what of them is nobody's business."""

    def __init__(self, server):
        self.server = server
        self.account, self.keys = server.new_account("private-matter")
        iam, sts = (client_of(server, name, self.keys) for name in ("iam", "sts"))
        iam.create_user(UserName="whistleblower")
        key = iam.create_access_key(UserName="whistleblower")["AccessKey"]
        token = sts.get_session_token()["Credentials"]
        s3 = client_of(server, "s3", self.keys, s3={"addressing_style": "path"})
        s3.create_bucket(Bucket="unheard-of-bucket")
        s3.put_object(Bucket="unheard-of-bucket", Key="unheard-of-key", Body=b"unheard-of-body")
        server.admin("granularity", "set", "--account", self.account["id"], "--level", "full")
        s3.get_object(Bucket="unheard-of-bucket", Key="unheard-of-key")
        self.secrets = [
            server.keys.secret, self.keys.secret, key["SecretAccessKey"], key["AccessKeyId"],
            token["SecretAccessKey"], token["SessionToken"], self.keys.access, server.keys.access,
            self.account["email"], "private-matter", "whistleblower", "unheard-of", server.own]

    def told(self, answer):
        """The secrets in an answer."""
        text = answer.body.decode("latin-1") + repr(answer.headers)
        return [secret for secret in self.secrets if secret in text]


@pytest.fixture(scope="module")
def story():
    with Server() as running:
        yield Story(running)
        running.check()


def is_documented(path):
    name = path if path in PUBLIC else path.split("?")[0]
    text = (ROOT / PUBLIC[name]).read_text(encoding="utf-8")
    return path.rpartition("/")[2] in text


def test_pages_CVE_2023_28432_GHSA_f5cv_v44x_2xgf_GHSA_jqmc_mg33_v45g(story):
    """Every page without credentials, by every method: refused, or one that is meant to be public.
    In no answer is a secret."""
    wire, failures = story.server.wire(), []
    for path in [*PUBLIC, *OTHERS]:
        for method in METHODS:
            answer = wire.anonymous(method, path.format(account=story.account["id"]))
            if told := story.told(answer):
                failures.append(f"{method} {path} tells {told}")
            open_one = path in PUBLIC and method in ("GET", "HEAD")
            if answer.status >= 500 and answer.status != 501 or answer.status < 300 and not open_one:
                # The health pages and the figures have one answer for every method.
                if not (path in PUBLIC and "/log/" not in path):
                    failures.append(f"{method} {path}: {answer}")
        assert path not in PUBLIC or is_documented(path), path
    assert not failures, "\n".join(failures)


def test_what_is_public_is_shown(story):
    """Or the crawl would show nothing."""
    for path in PUBLIC:
        assert story.server.wire().anonymous("GET", path).status == 200, path
    shown = story.server.wire(story.keys).request("GET", "/unheard-of-bucket/unheard-of-key")
    assert shown.status == 200 and story.told(shown)


def test_calls_without_credentials_GHSA_pfcq_4gjr_6gjm(story):
    """Of the admin API, of IAM, STS and CloudTrail."""
    server = story.server
    place, world, wire = Place(server, "crawl"), World.make(server), server.wire()
    requests = [(str(o), plain) for o, plain in admin.routes()]
    requests += [(f"{call.service} {call.name}", call.plain(place, world)) for call in query.calls()]
    for name, plain in requests:
        answer = wire.anonymous(plain.method, plain.target, plain.body, plain.headers)
        missing = query.code_of(answer) == "MissingAuthenticationTokenException"
        assert answer.status == (400 if missing else 403), f"{name}: {answer}"
        assert not story.told(answer), f"{name}: {answer}"


def listening(process):
    """Ports that a process listens on, of all protocols."""
    inodes = set()
    for name in os.listdir(f"/proc/{process}/fd"):
        try:
            found = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{process}/fd/{name}"))
        except FileNotFoundError:
            continue
        if found:
            inodes.add(found[1])
    ports = set()
    for kind, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        with open(f"/proc/{process}/net/{kind}", encoding="ascii") as table:
            for line in list(table)[1:]:
                _, local, _, its_state, *rest = line.split()
                if its_state == state and rest[5] in inodes:
                    ports.add((kind, int(local.rpartition(":")[2], 16)))
    with open(f"/proc/{process}/net/unix", encoding="utf-8") as table:
        ports |= {("unix", line.split()[-1]) for line in list(table)[1:]
                  if line.split()[6] in inodes and line.split()[5] == "01" and "/" in line}
    return ports


@pytest.mark.parametrize("method,target,headers,body", [
    pytest.param("POST", "/node_service.NodeService/Ping", [("authorization", "rustfs rpc")],
                 b"\0\0\0\0\0", id="GHSA_h956_rh7x_ppgj"),
    pytest.param("GET", "/rustfs/rpc/read_file_stream?disk=data&volume=.rustfs.sys&path=format.json"
                 "&offset=0&length=64", [("x-rustfs-signature", "0" * 64)], b"",
                 id="GHSA_r5qv_rc46_hv8q"),
    pytest.param("POST", "/node_service.NodeService/LoadUser", [("x-rustfs-signature", "0" * 64)],
                 b"\0\0\0\0\0", id="GHSA_75fx_qg6f_8rm7"),
    pytest.param("POST", "/node_service.NodeService/DeleteBucket", [("authorization", "Bearer x")],
                 b"\0\0\0\0\0", id="GHSA_c667_rgrv_99vj"),
    pytest.param("POST", "/volume_server_pb.VolumeServer/FetchAndWriteNeedle", [], b"\0\0\0\0\0",
                 id="CVE_2026_72920"),
    pytest.param("POST", "/master_pb.Seaweed/KeepConnected", [], b"\0\0\0\0\0", id="CVE_2026_73080"),
    pytest.param("POST", "/node_service.NodeService/GetMetrics", [], b"\0\0\0\0\x08\xff\xff\xff\xff",
                 id="GHSA_gw2x_q739_qhcr"),
    pytest.param("POST", "/metanode", [], b"\xff" * 64, id="CVE_2023_46738")])
def test_no_calls_for_peers(story, method, target, headers, body):
    """Nodes have nothing to say to each other: one port, and S3 on it alone."""
    ports = listening(story.server.process.pid)
    assert {kind for kind, _ in ports} <= {"tcp", "tcp6"}, ports
    assert {port for _, port in ports} == {story.server.port}, ports
    wire = story.server.wire()
    answer = wire.anonymous(method, target, body, [
        ("Content-Type", "application/grpc"), ("TE", "trailers"), *headers])
    assert answer.status in (400, 403, 404, 405, 412) and not story.told(answer), answer
    # HTTP/2, which such calls need, is not spoken.
    with wire.connect() as connection:
        connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        try:
            assert connection.answer().status in (400, 405, 501, 505)
        except Incomplete as cut:
            assert cut.received == b""


# --- keys that somebody could know ---

KNOWN = [("minioadmin", "minioadmin"), ("minio", "minio123"), ("rustfsadmin", "rustfsadmin"),
         ("admin", "admin"), ("admin", "password"), ("root", "root"), ("root", "rootroot"),
         ("test", "test"), ("testing", "testing"), ("muzn", "muzn"), ("muznadmin", "muznadmin"),
         ("MUZNROOT", "muzn-root-secret"), ("accesskey", "secretkey"), ("any", "any"),
         ("s3tests", "s3tests"),
         ("0555b35654ad1656d804", "h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhwluN30JaT3Q=="),
         ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
         ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")]


def test_no_default_credentials_GHSA_j59h_h7q5_q348():
    """A server that is given no keys makes some of its own; nobody's usual ones open anything."""
    with Server(keys=None) as one, Server(keys=None) as two:
        assert one.keys.access != two.keys.access and one.keys.secret != two.keys.secret
        assert len(one.keys.access) >= 16 and len(one.keys.secret) >= 32
        for access, secret in [*KNOWN, (one.keys.access, one.keys.access), (one.keys.access, ""),
                               (one.keys.access, two.keys.secret), tuple(vars(two.keys).values())[:2]]:
            wire = one.wire(Keys(access, secret))
            assert wire.request("GET", "/").status == 403, access
            assert wire.request("GET", "/-/admin/v1/whoami").status == 403, access
        assert one.wire().request("GET", "/-/admin/v1/whoami").status == 200


def open_to_others(top):
    """Files below that another user of the machine gets to, if it gets to the directory."""
    for folder, folders, files in os.walk(top):
        for name in files:
            path = os.path.join(folder, name)
            if os.stat(path).st_mode & 0o077:
                yield path
        folders[:] = [name for name in folders if os.stat(os.path.join(folder, name)).st_mode & 0o077]


def test_files_are_the_servers_own(story):
    """Also where the directory itself was made for everybody."""
    with Server(keys=None) as server:
        assert not [*open_to_others(server.data)]
        server.stop()
        os.chmod(server.data, 0o755)
        server.start()
        assert not [*open_to_others(server.data)]
    assert not [*open_to_others(story.server.data)]


def test_keys_are_random_CVE_2023_46740():
    """Two stores that are asked for the same make no key alike, nor does one twice."""
    made = []
    for _ in range(2):
        with Server() as server:
            pairs = []
            for name in ("a", "b"):
                account, keys = server.new_account(name)
                iam = client_of(server, "iam", keys)
                token = client_of(server, "sts", keys).get_session_token()["Credentials"]
                iam.create_user(UserName="u")
                for _ in range(2):
                    key = iam.create_access_key(UserName="u")["AccessKey"]
                    pairs.append((key["AccessKeyId"], key["SecretAccessKey"]))
                pairs += [(keys.access, keys.secret),
                          (token["AccessKeyId"], token["SecretAccessKey"])]
                made += [account["id"], account["canonical_id"]]
            for access, secret in pairs:
                assert len(access) == 20 and len(secret) == 40
                assert len(set(secret)) > 12, "hardly random"
                made += [access, secret]
    assert len(set(made)) == len(made)


PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[0-9A-Za-z+/=\r\n]{64}")


def test_no_key_is_shipped_GHSA_923g_jp7v_f97f():
    """Neither in the program nor in what it is made of."""
    program = BINARY.read_bytes()
    assert not PRIVATE_KEY.search(program)
    for _, secret in KNOWN:
        if len(secret) > 8:
            assert secret.encode() not in program, secret
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "src", "docs", "bench", "scripts"],
                            capture_output=True, text=True, check=True).stdout.split()
    assert listed
    for name in listed:
        assert not PRIVATE_KEY.search((ROOT / name).read_bytes()), name


# --- what is taken in ---

TOO_MUCH = 64 << 20  # bytes that are offered
ROOM_KIB = 24 << 10  # that a server may grow by: its own bounds are below 2 MiB


def resident(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def offer(server, method, target, headers, service="s3", before=b"", framing="length"):
    """Sends a body without an end to a signed request: (answer, bytes that were taken)."""
    wire = server.wire()
    frame = ([("Content-Length", str(TOO_MUCH))] if framing == "length"
             else [("Transfer-Encoding", "chunked")])
    payload = UNSIGNED if service == "s3" and "/-/" not in target else "0" * 64
    head = wire.head(method, target, [*headers, *frame], payload, wire.signer(service=service))[0]
    piece = b"a" * (1 << 20)
    taken = 0
    with wire.connect() as connection:
        connection.send(head)
        connection.socket.settimeout(10)
        first = before
        while taken < TOO_MUCH:
            data = first + piece[len(first):]
            first = b""
            if framing == "chunked":
                data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
            try:
                connection.socket.sendall(data)
            except (ConnectionError, socket.timeout):
                break
            taken += len(piece)
        connection.socket.settimeout(20)
        return connection.answer(method), taken


DOORS = [
    pytest.param("POST", "/-/admin/v1/accounts", [], "s3", b'{"name":"', id="CVE_2025_27100-admin"),
    pytest.param("POST", "/", [("Content-Type", "application/x-www-form-urlencoded")], "iam",
                 b"Action=CreateUser&UserName=", id="CVE_2026_39414-iam"),
    pytest.param("POST", "/", [("Content-Type", "application/x-www-form-urlencoded")], "sts",
                 b"Action=AssumeRoleWithWebIdentity&WebIdentityToken=", id="CVE_2026_39414-sts"),
    pytest.param("POST", "/", [("Content-Type", "application/x-amz-json-1.1"), (
        "X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.GetTrail")],
        "cloudtrail", b'{"Name":"', id="CVE_2026_39414-cloudtrail"),
    pytest.param("POST", "/{bucket}?delete", [("x-amz-checksum-crc32", "AAAAAA==")], "s3",
                 b"<Delete><Object><Key>", id="CVE_2018_1000538-delete"),
    pytest.param("PUT", "/{bucket}?policy", [], "s3", b'{"Id":"', id="CVE_2018_1000538-policy"),
    pytest.param("PUT", "/{bucket}?tagging", [], "s3", b"<Tagging><TagSet><Tag><Key>",
                 id="CVE_2018_1000538-tagging"),
    pytest.param("POST", "/{bucket}", [("Content-Type", "multipart/form-data; boundary=B")], "s3",
                 b'--B\r\nContent-Disposition: form-data; name="policy"\r\n\r\n',
                 id="CVE_2018_1000538-form")]


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("method,target,headers,service,before", DOORS)
def test_bodies_are_bounded(story, method, target, headers, service, before, framing):
    """Whatever is said of its size: refused, and not held until it is whole."""
    client_of(story.server, "s3", s3={"addressing_style": "path"}).create_bucket(Bucket="bounded")
    grown = resident(story.server)
    for _ in range(2):
        try:
            answer, taken = offer(story.server, method, target.format(bucket="bounded"), headers,
                                  service, before, framing)
            assert 400 <= answer.status < 500, answer
        except Incomplete as cut:
            assert cut.received == b"", cut
    grown = resident(story.server) - grown
    assert grown < ROOM_KIB, f"{grown} KiB more"


def test_a_listing_has_an_end_CVE_2018_16846(story):
    """However many keys are asked for, an answer has a thousand."""
    s3 = client_of(story.server, "s3", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="long-list")
    wire = story.server.wire()
    for n in range(1002):
        assert wire.request("PUT", f"/long-list/{n:04}").status == 200
    for asked in ("1001", "2147483647"):
        for call in ("?max-keys=", "?list-type=2&max-keys=", "?versions&max-keys="):
            root = wire.request("GET", f"/long-list{call}{asked}").xml()
            shown = [*root.iter("Contents"), *root.iter("Version")]
            assert len(shown) == 1000 and root.findtext("IsTruncated") == "true", call
    for asked in ("2147483648", "18446744073709551616", "-1"):
        answer = wire.request("GET", f"/long-list?max-keys={asked}")
        assert answer.status == 400 or len([*answer.xml().iter("Contents")]) <= 1000, answer


# --- names that are no paths ---

CLIMBING = ["..", "../climbed", "../../climbed", "..%2fclimbed", "%2e%2e/climbed", "%2e%2e%2fclimbed",
            "..%252fclimbed", "..\\climbed", "..%5cclimbed", "....//climbed", "..;/climbed",
            "/climbed", "//climbed", "/etc/passwd", "../../../../../../etc/passwd", "climbed%00",
            "..%c0%afclimbed", "file:///etc/passwd", "climbed/../../climbed", "~/climbed",
            "../secret.txt", "../../secret.txt", "../../../secret.txt"]
CANARY = "the words beside the store"


def tree(top):
    return {os.path.join(folder, name) for folder, _, files in os.walk(top) for name in files}


@pytest.fixture(scope="module")
def beside():
    """A server whose store has something beside it that is none of its business."""
    server = Server()
    backups = os.path.join(server.own, "backups")
    os.mkdir(backups)
    with open(os.path.join(server.own, "secret.txt"), "w", encoding="ascii") as file:
        file.write(CANARY)
    server.args = ["--backup-dir", backups]
    with server:
        yield server
        server.check()


def climbing_requests(wire, account, text):
    """Each way to hand a name to something that keeps or reads files."""
    raw, quoted = text.replace(" ", "%20"), encode(text)
    for name in {raw, quoted}:
        for pattern in ("accounts/{}", f"accounts/{account}/users/{{}}", "keys/{}", "engine/jobs/{}",
                        f"accounts/{account}/limits?bucket={{}}", "keys?account={}"):
            yield wire.request("GET", "/-/admin/v1/" + pattern.format(name))
        for pattern in ("{}", "tile/{}", "tile/0/{}", "past/{}", "past/1/{}", "private/{}",
                        "private/{}/checkpoint", f"private/{account}/{{}}", "entries/{}"):
            yield wire.request("GET", "/-/log/" + pattern.format(name))
        yield wire.request("GET", f"/{name}")
    for target, body in (
            ("accounts", {"name": text, "email": "a@example.com"}),
            (f"accounts/{account}/users", {"name": text}),
            ("keys", {"account": text}),
            ("keys", {"account": account, "access_key": text, "secret_key": "0123456789"}),
            ("engine/jobs", {"kind": "backup", "to": text}),
            ("engine/jobs", {"kind": text})):
        yield wire.request("POST", f"/-/admin/v1/{target}", json.dumps(body))
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    document = encode(json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    for call in ("CreateUser&UserName={}", "CreateUser&UserName=u&Path=/{}/", "GetUser&UserName={}",
                 "CreateGroup&GroupName={}", "GetPolicy&PolicyArn={}",
                 "GetPolicyVersion&PolicyArn=arn:aws:iam::aws:policy/{}&VersionId=v1",
                 f"CreatePolicy&PolicyName={{}}&PolicyDocument={document}",
                 "AttachUserPolicy&UserName=u&PolicyArn=arn:aws:iam::aws:policy/{}",
                 "CreateOpenIDConnectProvider&Url=https://{}", "CreateAccountAlias&AccountAlias={}"):
        body = f"Action={call.format(quoted)}&Version=2010-05-08"
        yield wire.request("POST", "/", body, form, wire.signer(service="iam"))
    for call, member in (("CreateTrail", "Name"), ("CreateTrail", "S3KeyPrefix"), ("GetTrail", "Name")):
        body = {"Name": "trail", "S3BucketName": "none", member: text}
        headers = [("Content-Type", "application/x-amz-json-1.1"), (
            "X-Amz-Target", f"com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.{call}")]
        yield wire.request("POST", "/", json.dumps(body), headers, wire.signer(service="cloudtrail"))


def test_names_are_no_paths_CVE_2022_35919_CVE_2026_42600_CVE_2025_68705_GHSA_pq29_69jg_9mxc(beside):
    """In each field of each door: nothing outside is read, and nothing is made anywhere by such a
    name."""
    wire, account = beside.wire(), beside.operator()
    before = {name for name in tree(beside.own) if not name.startswith(beside.data)}
    count = 0
    for text in CLIMBING:
        for answer in climbing_requests(wire, account, text):
            count += 1
            assert answer.status < 500 or answer.status == 501, f"{text}: {answer}"
            assert CANARY.encode() not in answer.body and b"root:x:" not in answer.body, text
    assert count > 30 * len(CLIMBING)
    now = tree(beside.own)
    assert {name for name in now if not name.startswith(beside.data)} == before
    assert not [name for name in now if "climbed" in name or "passwd" in name]
    assert not os.path.exists("/climbed")


def test_the_other_listener_CVE_2022_35919(tmp_path):
    """A witness: of its key, its memory and what lies beside it nothing is shown."""
    log = Log("example.org/log", leaves=3)
    (tmp_path / "secret.txt").write_text(CANARY)
    with Witness("witness.example", [log], data=tmp_path / "data") as witness:
        assert witness.add(log.body(0, 2)).status == 200
        key = (tmp_path / "data" / "witness.key").read_text().strip()
        before = tree(tmp_path)
        port = int(witness.url.rpartition(":")[2])
        wire = Wire("127.0.0.1", port, Keys("", ""))
        names = ["witness.key", "data/witness.key", "../data/witness.key", *CLIMBING]
        pages = [path.format(account="1") for path in OTHERS]
        pages += [f"/{name}{end}" for name in names for end in ("", "/checkpoint")]
        for path in pages:
            for method in ("GET", "PUT", "POST", "DELETE", "HEAD"):
                answer = wire.anonymous(method, path.replace("\\", "%5c"))
                assert 400 <= answer.status < 500, f"{method} {path}: {answer}"
                shown = answer.body.decode("latin-1") + repr(answer.headers)
                assert CANARY not in shown and key[-20:] not in shown and "root:x:" not in shown, path
        assert tree(tmp_path) == before and witness.size(log) == 2
