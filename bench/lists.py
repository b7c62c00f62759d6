"""Listing of a small and a large bucket; bench/listing.py is the client."""
import subprocess
import time

from machine import FILL
from peers import Muzn, end, settle, through_boto3

LIST_SMALL, LIST_PREFIXES = 20_000, 2_000


def header(args):
    return [f"| listing | {LIST_SMALL:,} keys | {args.keys:,} keys | large / small |",
            "|---|---|---|---|"]


def rows(home, args, wrap):
    """Pages of a small and a large bucket, filled without a server on the data."""
    muzn = Muzn(home, 18082, wrap)
    for bucket in ("small", "big"):
        muzn.request("PUT", bucket)
    end(muzn)
    begin = time.monotonic()
    for bucket, keys in (("small", LIST_SMALL), ("big", args.keys)):
        subprocess.run([str(FILL), str(home), bucket, str(keys), str(LIST_PREFIXES)], check=True)
    print(f"filled {args.keys:,} keys in {time.monotonic() - begin:.0f} s", flush=True)
    muzn = Muzn(home, 18082, wrap)
    settle(muzn)
    end(muzn)  # the first page of the next one comes from the disk's tables, not from its cache
    muzn = Muzn(home, 18082, wrap)
    try:
        return through_boto3(muzn, "listing.py", args.keys, LIST_PREFIXES, args.rounds,
                             args.seconds)
    finally:
        end(muzn)
