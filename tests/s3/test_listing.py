"""ListObjects v1 and v2, ListObjectVersions: pages, prefixes, delimiters, order."""
import random

import pytest

KEYS = sorted(["a", "a/", "a/1", "a/2/x", "a/2/y", "a//z", "b", "b!", "b/", "b/c/d/e", "c\u00e9",
               "c\u00e9/x", "dir/sub/1", "dir/sub/2", "dir/sub2/1", "dir0", "z", "\U0001F98A"],
              key=lambda k: k.encode())


@pytest.fixture(scope="module")
def filled(s3):
    name = "listing-bucket"
    s3.create_bucket(Bucket=name)
    for key in random.Random(1).sample(KEYS, len(KEYS)):
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    return name


def model(prefix="", delimiter="", after=""):
    """What S3 documents: (keys and prefixes in order)."""
    found, seen = [], set()
    for key in KEYS:
        if not key.startswith(prefix):
            continue
        entry = key
        if delimiter and delimiter in key[len(prefix):]:
            entry = prefix + key[len(prefix):].partition(delimiter)[0] + delimiter
            if entry in seen:
                continue
            seen.add(entry)
            found.append(("prefix", entry))
        elif entry.encode() > after.encode():
            found.append(("key", entry))
    return [(kind, e) for kind, e in found if e.encode() > after.encode() or not after]


def entries(page):
    both = [("key", c["Key"]) for c in page.get("Contents", [])]
    both += [("prefix", p["Prefix"]) for p in page.get("CommonPrefixes", [])]
    return sorted(both, key=lambda e: e[1].encode())


def pages_v2(s3, bucket, size, **arguments):
    found, token = [], None
    while True:
        more = {"ContinuationToken": token} if token else {}
        page = s3.list_objects_v2(Bucket=bucket, MaxKeys=size, **arguments, **more)
        assert page["KeyCount"] == len(entries(page)) <= size
        found += entries(page)
        if not page["IsTruncated"]:
            assert "NextContinuationToken" not in page
            return found
        token = page["NextContinuationToken"]


def pages_v1(s3, bucket, size, **arguments):
    found, marker = [], ""
    while True:
        page = s3.list_objects(Bucket=bucket, MaxKeys=size, Marker=marker, **arguments)
        found += entries(page)
        if not page["IsTruncated"]:
            return found
        marker = page.get("NextMarker") or page["Contents"][-1]["Key"]


CASES = [("", ""), ("", "/"), ("a/", "/"), ("a", "/"), ("dir/", "/"), ("dir/sub", "/"), ("b/", ""),
         ("b/c/", "/"), ("no", "/"), ("", "2"), ("", "sub"), ("c\u00e9", "/"), ("a/", "//")]


@pytest.mark.parametrize("prefix, delimiter", CASES)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_pages_equal_the_model(s3, filled, prefix, delimiter, size):
    arguments = {"Prefix": prefix, "Delimiter": delimiter}
    assert pages_v2(s3, filled, size, **arguments) == model(prefix, delimiter)
    assert pages_v1(s3, filled, size, **arguments) == model(prefix, delimiter)


def test_start_after(s3, filled):
    for after in ("a/", "a/2/xx", "b", "zzz", "\U0001F98A"):
        page = s3.list_objects_v2(Bucket=filled, StartAfter=after)
        assert entries(page) == model(after=after) and page["StartAfter"] == after


def test_fields(s3, filled):
    page = s3.list_objects_v2(Bucket=filled, FetchOwner=True, MaxKeys=1)
    item, = page["Contents"]
    assert item["Size"] == 1 and item["StorageClass"] == "STANDARD" and len(item["ETag"]) == 34
    assert len(item["Owner"]["ID"]) == 64
    assert (page["Name"], page["MaxKeys"], page["KeyCount"]) == (filled, 1, 1)
    assert "Owner" not in s3.list_objects_v2(Bucket=filled, MaxKeys=1)["Contents"][0]
    assert "Owner" in s3.list_objects(Bucket=filled, MaxKeys=1)["Contents"][0]


def test_versions_in_pages(s3, filled):
    found, markers = [], {}
    while True:
        page = s3.list_object_versions(Bucket=filled, MaxKeys=4, **markers)
        found += [v["Key"] for v in page["Versions"]]
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"],
                   "VersionIdMarker": page["NextVersionIdMarker"]}
    assert found == KEYS
    folded = s3.list_object_versions(Bucket=filled, Delimiter="/", Prefix="dir/")
    assert [p["Prefix"] for p in folded["CommonPrefixes"]] == ["dir/sub/", "dir/sub2/"]


def test_encoding_type(wire, filled):
    root = wire.request("GET", f"/{filled}?list-type=2&encoding-type=url&prefix=c").xml()
    assert [k.text for k in root.findall("Contents/Key")] == ["c%C3%A9", "c%C3%A9/x"]
    assert root.findtext("EncodingType") == "url"


def test_pages_while_keys_come_and_go(s3, bucket):
    keys = [f"{n:03}" for n in range(60)]
    for key in keys[::2]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=10)
    for key in keys[1::2]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    for key in keys[:10]:
        s3.delete_object(Bucket=bucket, Key=key)
    rest = []
    while page["IsTruncated"]:
        page = s3.list_objects_v2(Bucket=bucket, MaxKeys=10,
                                  ContinuationToken=page["NextContinuationToken"])
        rest += [c["Key"] for c in page["Contents"]]
    assert rest == keys[19:]  # everything after the first page, once
