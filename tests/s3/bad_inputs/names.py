"""Bucket names and object keys."""
import urllib.parse
import uuid

from bad_inputs.case import row
from server import Server
from wire import refused


def create(case, name):
    return case.wire.request("PUT", f"/{name}")


@row("BN002")
def leading_dot(case):
    case.refused(create(case, ".gitignore"))


@row("BN004")
def percent_sign(case):
    case.refused(create(case, "bucket-%25"))


@row("BN006")
def underscore(case):
    case.refused(create(case, "foo_bar"))


@row("BN008")
def two_dots(case):
    case.refused(create(case, "foo..bar"))


@row("BN010")
def upper_case(case):
    case.refused(create(case, "Foo"))


@row("BN012")
def reserved(case):
    for name in ("xn--abc", "sthree-a", "a-s3alias", "192.168.1.1", "ab", "a" * 64, "a-.b", "-ab"):
        case.refused(create(case, name))


@row("BN014")
def own_bucket_again(case):
    """A conflict, but in us-east-1 (deviations.py), where it changes nothing."""
    case.put("k")
    assert create(case, case.bucket).status == int(case.expected[0])
    with Server(args=["--region", "eu-west-1"]) as server:
        wire = server.wire()
        wire.region = "eu-west-1"
        assert wire.request("PUT", "/bucket").status == 200
        refused(wire.request("PUT", "/bucket"), case.row.status, case.row.code)


@row("BN016")
def region_of_nowhere(case):
    name = f"mars-{uuid.uuid4().hex[:12]}"
    body = ("<CreateBucketConfiguration><LocationConstraint>eu-mars-1</LocationConstraint>"
            "</CreateBucketConfiguration>")
    case.refused(case.wire.request("PUT", f"/{name}", body))
    assert case.wire.request("HEAD", f"/{name}").status == 404


@row("BN018")
def no_such_bucket(case):
    case.refused(case.wire.request("GET", "/no-such-bucket"))


# --- keys ---

def put_raw(case, raw, body=b"kept"):
    """PUT with the key exactly as these characters on the wire."""
    return case.wire.request("PUT", f"/{case.bucket}/{raw}", body)


@row("KY001")
def dots_only(case):
    for key in (".", "..", "./", "../", "/.", "/..", "//"):
        escaped = key.replace(".", "%2e").replace("/", "%2f")
        for raw in (key, escaped):
            case.refused(put_raw(case, raw))


@row("KY003")
def climbing_out(case):
    case.refused(put_raw(case, "a/a/a/../../../../../etc/passwd"))


@row("KY005")
def climbing_into_another_bucket(case):
    victim = f"victim-{uuid.uuid4().hex[:12]}"
    case.s3.create_bucket(Bucket=victim)
    case.refused(put_raw(case, f"..%2f{victim}%2fvictim"))
    case.refused(put_raw(case, f"../{victim}/victim"))
    assert case.s3.list_objects_v2(Bucket=victim)["KeyCount"] == 0


@row("KY007")
def backslashes_are_literal(case):
    case.put("..\\..\\B2\\k")


@row("KY009")
def similar_keys_coexist(case):
    for key in ("a", "a/", "a/b", "a//b", "/a"):
        case.put(key, key.encode())


@row("KY011")
def too_long(case):
    case.refused(put_raw(case, "k" * 1025))
    case.refused(put_raw(case, "%C3%A9" * 513))  # 1026 bytes of 513 characters
    case.put("k" * 1024)


@row("KY013")
def long_segment(case):
    case.put("s" * 300 + "/" + "t" * 300)


@row("KY015")
def not_utf8(case):
    for raw in ("%c0%af", "%ed%a0%80", "%f4%90%80%80", "%ff", "a%80"):
        case.refused(put_raw(case, raw))


@row("KY017")
def nul(case):
    case.refused(put_raw(case, "a%00b"))
    assert case.get("a").status == 404


@row("KY019")
def control_characters(case):
    """XML 1.0 cannot carry them: unasked they are character references, as AWS has it (a client that
    did not ask for percent-encoding would take it for the key), and exact when encoded."""
    keys = [f"k{chr(c)}" for c in range(1, 32)]
    for key in keys:
        case.put(key)
    plain = case.wire.request("GET", case.path(query="list-type=2")).body.decode()
    assert all(f"<Key>k&#x{ord(key[1]):X};</Key>" in plain for key in keys)
    assert "EncodingType" not in plain
    root = case.wire.request("GET", case.path(query="list-type=2&encoding-type=url")).xml()
    found = [urllib.parse.unquote(k.text) for k in root.findall("Contents/Key")]
    assert found == sorted(keys)


@row("KY021")
def no_normalization(case):
    case.put("\u00e9", b"one")
    case.put("e\u0301", b"two")


@row("KY023")
def names_of_the_system(case):
    for key in (".sys/x", "__meta/x", "tmp/x", "LOCK", "rows/x", "blobs/x", "-/admin/v1/x"):
        case.put(key, key.encode())


@row("KY025")
def no_existence_oracle(case):
    case.put("there")
    for key in ("there", "missing"):
        case.refused(case.wire.anonymous("GET", case.path(key)))
        case.refused(case.other.request("GET", case.path(key)))
        assert case.other.request("HEAD", case.path(key)).status == 403
