"""Ranges, conditions and listings."""
import concurrent.futures

from bad_inputs.case import row

MIB5 = 5 << 20


def get_range(case, value, query=""):
    return case.wire.request("GET", case.path("k", query), headers=[("Range", value)])


def hundred(case):
    return case.put("k", bytes(range(100)))


@row("RG001")
def range_past_the_end(case):
    hundred(case)
    case.refused(get_range(case, "bytes=100-100"))


@row("RG003")
def empty_suffix(case):
    hundred(case)
    case.refused(get_range(case, "bytes=-0"))


def whole(case, *values):
    hundred(case)
    for value in values:
        answer = get_range(case, value)
        assert answer.status == case.row.status and answer.body == bytes(range(100)), value
        assert answer.get("content-range") is None


@row("RG005")
def backward_range(case):
    whole(case, "bytes=10-5")


@row("RG007")
def no_ranges(case):
    whole(case, "bytes=--1", "bytes=0--1", "bytes= -1", "bytes=0 -1", "lines=0-1", "bytes=")


@row("RG009")
def many_overlapping_ranges(case):
    before = resident_kib(case.server.process.pid)
    whole(case, *["bytes=" + ",".join(f"5-{n % 90 + 6}" for n in range(1300))] * 5)
    assert resident_kib(case.server.process.pid) - before < 16 << 10


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


@row("RG011")
def suffix_beyond_the_start(case):
    hundred(case)
    answer = get_range(case, "bytes=-101")
    assert answer.status == case.row.status and answer.body == bytes(range(100))
    assert answer.get("content-range") == "bytes 0-99/100"


@row("RG013")
def numbers_that_overflow(case):
    hundred(case)
    answer = get_range(case, "bytes=0-18446744073709551615")
    assert answer.status == case.row.status and answer.body == bytes(range(100))
    case.refused(get_range(case, "bytes=9223372036854775807-"), 416, "InvalidRange")


@row("RG015")
def part_and_range(case):
    hundred(case)
    case.refused(get_range(case, "bytes=0-1", "partNumber=1"))


@row("RG017")
def part_that_is_not(case):
    upload, tags = case.upload("k", [MIB5, MIB5, 1])
    answer = case.complete("k", upload, case.complete_xml(enumerate(tags, 1)))
    assert answer.status == 200, answer
    case.uploads.clear()
    case.kept["k"] = b"\1" * MIB5 + b"\2" * MIB5 + b"\3"
    case.refused(case.wire.request("GET", case.path("k", "partNumber=9")))
    assert case.wire.request("GET", case.path("k", "partNumber=3")).body == b"\3"


# --- conditions ---

EARLIER = "Sat, 01 Jan 2000 00:00:00 GMT"


def get_if(case, *headers):
    return case.wire.request("GET", case.path("k"), headers=headers)


@row("CD002")
def none_match_hit(case):
    etag = case.put("k").get("etag")
    case.bodiless(get_if(case, ("If-None-Match", etag)))


@row("CD004")
def unmodified_since_earlier(case):
    case.put("k")
    case.refused(get_if(case, ("If-Unmodified-Since", EARLIER)))


@row("CD006")
def none_match_beats_modified_since(case):
    etag = case.put("k").get("etag")
    case.bodiless(get_if(case, ("If-None-Match", etag), ("If-Modified-Since", EARLIER)))


@row("CD008")
def put_only_new(case):
    case.put("k")
    case.refused(case.wire.request("PUT", case.path("k"), b"new", [("If-None-Match", "*")]))


@row("CD010")
def put_only_over_that(case):
    case.put("k")
    case.refused(case.wire.request("PUT", case.path("k"), b"new", [("If-Match", '"bad"')]))


@row("CD012")
def hundred_race_for_a_key(case):
    def attempt(number):
        body = b"writer %d" % number
        answer = case.wire.request("PUT", case.path("k"), body, [("If-None-Match", "*")])
        return answer, body

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        done = list(pool.map(attempt, range(100)))
    won = [body for answer, body in done if answer.status == 200]
    assert len(won) == 1
    case.kept["k"] = won[0]
    for answer, _ in done:
        if answer.status == 409:
            case.refused(answer, 409, "ConditionalRequestConflict")
        elif answer.status != 200:
            case.refused(answer)


@row("CD014")
def complete_only_new(case):
    case.put("k")
    upload, tags = case.upload("k", [10])
    document = case.complete_xml(enumerate(tags, 1))
    case.refused(case.complete("k", upload, document, [("If-None-Match", "*")]))


@row("CD016")
def copy_only_if(case):
    case.put("k")
    headers = [("x-amz-copy-source", f"/{case.bucket}/k"), ("x-amz-copy-source-if-match", '"no"')]
    case.refused(case.wire.request("PUT", case.path("copy"), headers=headers))


# --- listings ---

def list_with(case, query):
    return case.wire.request("GET", case.path(query=query))


@row("LS001")
def max_keys_no_number(case):
    for value in ("blah", "-1", "1e3"):
        case.refused(list_with(case, f"max-keys={value}"))
        case.refused(list_with(case, f"list-type=2&max-keys={value}"))


@row("LS003")
def max_keys_zero(case):
    case.put("k")
    answer = list_with(case, "max-keys=0")
    assert answer.status == case.row.status
    root = answer.xml()
    assert root.findtext("IsTruncated") == "false" and root.find("Contents") is None


@row("LS005")
def tokens_of_no_use(case):
    for n in range(3):
        case.put(f"k{n}")
    other = f"{case.bucket}-o"
    case.s3.create_bucket(Bucket=other)
    for n in range(3):
        case.s3.put_object(Bucket=other, Key=f"k{n}", Body=b"")

    def token(bucket):
        return case.s3.list_objects_v2(Bucket=bucket, MaxKeys=1)["NextContinuationToken"]
    own = token(case.bucket)
    flipped = ("B" if own[0] == "A" else "A") + own[1:]
    middle = len(own) // 2
    turned = own[:middle] + ("B" if own[middle] == "A" else "A") + own[middle + 1:]
    for text in ("garbage", token(other), flipped, turned, own[:-3]):
        case.refused(list_with(case, f"list-type=2&continuation-token={text}"))
    assert list_with(case, f"list-type=2&continuation-token={own}").status == 200


@row("LS007")
def unknown_encoding(case):
    case.refused(list_with(case, "encoding-type=foo"))
    case.refused(list_with(case, "list-type=2&encoding-type=foo"))


@row("LS009")
def max_buckets_out_of_range(case):
    for value in (0, 10001, "x"):
        case.refused(case.wire.request("GET", f"/?max-buckets={value}"))


@row("LS011")
def anonymous_list(case):
    case.refused(case.wire.anonymous("GET", case.path()))
    case.refused(case.wire.anonymous("GET", case.path(query="list-type=2")))
