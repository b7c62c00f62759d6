"""Pages of 1,000 in a bucket of 20,000 keys and in a large one: prints rows of a Markdown table.
usage: listing.py ENDPOINT KEYS PREFIXES ROUNDS SECONDS (keys from the environment)

Both buckets were filled by bench/fill with as many common prefixes. Small and large are measured in
turn for some rounds; quoted are the medians, and the ratio large / small of each round's rates as
median (lowest to highest). The client reads raw bytes, so that parsing does not count."""
import http.client
import itertools
import random
import statistics
import sys
import time
import urllib.parse

import boto3
from botocore.config import Config

SMALL = 20_000
PAGE = 1000
WALK = 200  # pages at scattered places: more than the server's cache of blocks holds


class Bucket:
    def __init__(self, s3, netloc, name, keys, prefixes):
        self.s3, self.netloc, self.name, self.keys = s3, netloc, name, keys
        self.each = keys // prefixes
        self.connection = http.client.HTTPConnection(netloc)

    def key(self, index):
        """The key at a place of the listing."""
        return f"p{index // self.each:06}/{index % self.each:08}"

    def sign(self, after="", **how):
        if after:
            how["StartAfter"] = after
        url = self.s3.generate_presigned_url(
            "list_objects_v2", Params={"Bucket": self.name, "MaxKeys": PAGE, **how})
        return url.split(self.netloc, 1)[1]

    def at(self, place):
        """The page whose first key stands at `place` (0 to 1) of the bucket."""
        first = int((self.keys - PAGE) * place)
        return self.sign(self.key(first - 1) if first else "")

    def read(self, target):
        self.connection.request("GET", target)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body


def rate(bucket, targets, seconds):
    """Pages a second over the targets in turn."""
    count, start = 0, time.monotonic()
    for target in itertools.cycle(targets):
        bucket.read(target)
        count += 1
        if time.monotonic() - start > seconds:
            return count / (time.monotonic() - start)


def check(bucket, targets):
    """A page is whole, and at its place."""
    body = bucket.read(targets["middle"])
    assert body.count(b"<Contents>") == PAGE, body[:400]
    assert bucket.key(int((bucket.keys - PAGE) * 0.5)).encode() in body
    assert bucket.read(targets["end"]).count(b"<IsTruncated>false<") == 1
    assert bucket.read(targets["prefixes"]).count(b"<CommonPrefixes>") == PAGE


def main():
    endpoint, keys, prefixes, rounds, seconds = sys.argv[1:]
    keys, prefixes, rounds, seconds = int(keys), int(prefixes), int(rounds), float(seconds)
    s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(
        signature_version="s3v4", s3={"addressing_style": "path"}))
    netloc = urllib.parse.urlsplit(endpoint).netloc
    buckets = [Bucket(s3, netloc, "small", SMALL, prefixes), Bucket(s3, netloc, "big", keys, prefixes)]
    chance = random.Random(1)
    places = [chance.random() for _ in range(WALK)]
    plans, first = [], []
    for bucket in buckets:
        targets = {"start": bucket.at(0), "middle": bucket.at(0.5), "end": bucket.at(1),
                   "prefixes": bucket.sign(Delimiter="/")}
        plans.append({title: [target] for title, target in targets.items()}
                     | {"scattered": [bucket.at(place) for place in places]})
    for bucket, plan in zip(reversed(buckets), reversed(plans)):  # the large one is the cold one
        begin = time.monotonic()
        bucket.read(plan["middle"][0])
        first.insert(0, (time.monotonic() - begin) * 1000)
        check(bucket, {title: targets[0] for title, targets in plan.items()})
    titles = {"start": "ListObjectsV2, the first page, again and again",
              "middle": "the same in the middle of the keys", "end": "the same at the end",
              "scattered": f"{WALK} pages at scattered places, in turn",
              "prefixes": f"Delimiter=/, {PAGE:,} of {prefixes:,} common prefixes"}
    for kind, title in titles.items():
        rates = [[rate(b, plan[kind], seconds) for b, plan in zip(buckets, plans)]
                 for _ in range(rounds)]
        small, big = (statistics.median(column) * PAGE for column in zip(*rates))
        ratios = [pair[1] / pair[0] for pair in rates]
        print(f"| {title} | {small:,.0f} entries/s | {big:,.0f} entries/s "
              f"| {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) |", flush=True)
    print(f"| one page in the middle, the first request after a start | {first[0]:.1f} ms "
          f"(after the large one's) | {first[1]:.1f} ms | |")


main()
