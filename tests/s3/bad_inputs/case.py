"""What a check works with."""
import dataclasses
import os
import time

from bad_inputs.deviations import DEVIATIONS
from sigv4 import encode
from wire import refused

CHECKS = {}


def row(*ids):
    """Registers a check for these rows."""
    def register(check):
        for name in ids:
            assert name not in CHECKS, name
            CHECKS[name] = check
        return check
    return register


@dataclasses.dataclass(frozen=True)
class Row:
    id: str
    request: str
    status_text: str
    code: str
    source: str

    @property
    def status(self):
        return int(self.status_text)


class Case:
    def __init__(self, row, server, wire, other, other_account, s3, bucket):
        self.row, self.server, self.wire = row, server, wire
        self.other = other                  # the wire of a second tenant
        self.other_account = other_account
        self.s3, self.bucket = s3, bucket
        self.kept = {}                      # key -> bytes, on purpose in the bucket
        self.uploads = set()                # upload ids, on purpose open
        self.log_begin = os.path.getsize(server.log_path)
        self.expected = DEVIATIONS.get(row.id, (row.status_text, row.code, ""))[:2]

    def path(self, key="", query=""):
        """The request target of the bucket or of a key in it."""
        path = f"/{self.bucket}" + (f"/{encode(key, safe='/')}" if key else "")
        return f"{path}?{query}" if query else path

    def put(self, key, body=b"kept"):
        """Stores an object that is to be there in the end."""
        answer = self.wire.request("PUT", self.path(key), body)
        assert answer.status == 200, answer
        self.kept[key] = body
        return answer

    def get(self, key):
        return self.wire.request("GET", self.path(key))

    def refused(self, answer, status=None, code=None):
        """An error document with the table's status and code, or the given ones."""
        return refused(answer, status or int(self.expected[0]), code or self.expected[1])

    def bodiless(self, answer):
        assert answer.status == self.row.status and answer.body == b"", answer

    def upload(self, key, sizes=(), **more):
        """A multipart upload with parts of these sizes: (upload id, [ETag])."""
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key=key, **more)["UploadId"]
        self.uploads.add(upload)
        tags = [self.s3.upload_part(Bucket=self.bucket, Key=key, UploadId=upload, PartNumber=n,
                                    Body=bytes([n]) * size)["ETag"]
                for n, size in enumerate(sizes, 1)]
        return upload, tags

    def complete_xml(self, parts):
        listed = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag></Part>"
                         for n, tag in parts)
        return f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"

    def complete(self, key, upload, document, headers=()):
        return self.wire.request("POST", self.path(key, f"uploadId={upload}"), document, headers)

    def verify(self):
        """Nothing more and nothing less than what was kept; no stray upload."""
        deadline = time.monotonic() + 5
        while True:  # a connection that was cut is cleaned up a moment later
            uploads = {u["UploadId"] for u in
                       self.s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])}
            if uploads == self.uploads or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        assert uploads == self.uploads
        found = set()
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            found |= {item["Key"] for item in page.get("Contents", [])}
        assert found == set(self.kept), "partial or missing objects"
        for key, body in self.kept.items():
            answer = self.get(key)
            assert answer.status == 200 and answer.body == body, f"{key!r}: {answer}"
        self.verify_log()

    def verify_log(self):
        """What the row's requests brought in that is secret."""
        with open(self.server.log_path, "rb") as log:
            log.seek(self.log_begin)
            text = log.read()
        secrets = {w.keys.secret.encode() for w in (self.wire, self.other)}
        for secret in secrets | self.wire.signatures | self.other.signatures:
            assert secret not in text, f"{secret} is in the log"
