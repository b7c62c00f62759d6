"""Listing and multipart, which nginx has no counterpart for: prints rows of a Markdown table.
usage: journeys.py ENDPOINT SECONDS (keys from the environment)"""
import concurrent.futures
import sys
import time

import boto3
from botocore.config import Config

ENDPOINT, SECONDS = sys.argv[1], float(sys.argv[2])
KEYS = 20_000


def client():
    return boto3.client("s3", endpoint_url=ENDPOINT, config=Config(
        signature_version="s3v4",  # boto3 still presigns with version 2 by default
        s3={"addressing_style": "path"}, max_pool_connections=32,
        request_checksum_calculation="when_required"))


def fill(s3):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: s3.put_object(Bucket="list", Key=f"d{i % 20:02}/{i:06}", Body=b""),
                      range(KEYS)))


def pages(s3, **how):
    """Pages a second of the server alone: raw bytes, not parsed by the SDK."""
    url = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": "list", **how})
    session = s3._endpoint.http_session  # the SDK's own connection pool, without its XML parser
    from botocore.awsrequest import AWSRequest
    count, start = 0, time.monotonic()
    while time.monotonic() - start < SECONDS:
        answer = session.send(AWSRequest("GET", url).prepare())
        assert answer.status_code == 200, answer.content
        count += 1
    return count / (time.monotonic() - start)


def multipart(s3):
    part = b"m" * (8 << 20)
    start = time.monotonic()
    upload = s3.create_multipart_upload(Bucket="list", Key="large")["UploadId"]
    parts = []
    for number in range(1, 9):
        made = s3.upload_part(Bucket="list", Key="large", UploadId=upload, PartNumber=number,
                              Body=part)
        parts.append({"PartNumber": number, "ETag": made["ETag"]})
    before = time.monotonic()
    s3.complete_multipart_upload(Bucket="list", Key="large", UploadId=upload,
                                 MultipartUpload={"Parts": parts})
    return 64 * 1.048576 / (time.monotonic() - start), (time.monotonic() - before) * 1000


def main():
    s3 = client()
    s3.create_bucket(Bucket="list")
    start = time.monotonic()
    fill(s3)
    print(f"| PUT of {KEYS:,} empty objects by boto3, 16 threads (client-bound) "
          f"| {KEYS / (time.monotonic() - start):,.0f} req/s |")
    rate = pages(s3)
    print(f"| ListObjectsV2, pages of 1,000, one connection | {rate * 1000:,.0f} entries/s |")
    rate = pages(s3, Delimiter="/")
    print(f"| ListObjectsV2 with delimiter, 20 common prefixes over {KEYS:,} keys "
          f"| {rate:,.0f} pages/s |")
    speed, complete = multipart(s3)
    print(f"| multipart, 8 parts of 8 MiB in turn | {speed:,.0f} MB/s; Complete {complete:.1f} ms |")


main()
