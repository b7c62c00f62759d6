"""What the requests of the matrix act upon, and the digest of all of it."""
import base64
import hashlib
import re
import urllib.parse

import form
from auth_matrix.operations import (BLOCK, LARGE, LIFECYCLE, cors, log_policy, logging, policy,
                                    retention, tags)
from sigv4 import utc_now

# Of every answer, and never the same.
MOVING = {"date", "x-amz-request-id", "x-amz-id-2"}
BUCKET_PARTS = ("acl", "cors", "lifecycle", "logging", "object-lock", "ownershipControls", "policy",
                "publicAccessBlock", "requestPayment", "tagging", "uploads", "versioning", "versions")
ACCOUNT_BLOCK = "/v20180820/configuration/publicAccessBlock"
OBJECT_PARTS = ("acl", "tagging", "retention", "legal-hold")


class Place:
    """Buckets of one name: `subject` with versions, locks and ACLs, `plain` with a policy, `moving`
    whose object can be renamed, `doomed` to be deleted; `fresh` does not exist. `wire`: the server,
    with its owner's keys. What is kept there has the canary in its metadata, tags and rules."""

    def __init__(self, server, name, keys=None, account=None):
        self.wire, self.account = server.wire(keys), account or server.operator()
        self.name, self.canary = name, f"{name}-canary"
        self.subject, self.plain = f"{name}-subject", f"{name}-plain"
        self.doomed, self.fresh = f"{name}-doomed", f"{name}-fresh"
        self.moving = f"{name}-moving"
        self._make_buckets()
        self._make_objects()
        document = form.policy([{"bucket": self.subject}, ["starts-with", "$key", "posted"]])
        self.form_document = document
        self.form_type = f"multipart/form-data; boundary={form.BOUNDARY}"
        self.form_body = form.body([("key", "posted")])

    def _must(self, method, target, body=b"", headers=()):
        answer = self.wire.request(method, target, body, headers)
        assert answer.status < 300, f"{method} {target}: {answer}"
        return answer

    def _of_account(self):
        return [("x-amz-account-id", self.account)]

    def _put(self, bucket, part, document):
        md5 = base64.b64encode(hashlib.md5(document.encode()).digest()).decode()
        self._must("PUT", f"/{bucket}?{part}", document, [("Content-MD5", md5)])

    def _make_buckets(self):
        self._must("PUT", f"/{self.subject}", headers=[
            ("x-amz-bucket-object-lock-enabled", "true"),
            ("x-amz-object-ownership", "ObjectWriter")])
        for name in (self.plain, self.doomed, self.moving):
            self._must("PUT", f"/{name}")
        for part, document in (("cors", cors(f"https://{self.canary}.example")),
                               ("lifecycle", LIFECYCLE.replace(">r<", f">{self.canary}<")),
                               ("tagging", tags("one")),
                               ("publicAccessBlock", BLOCK.replace("true", "false"))):
            self._put(self.subject, part, document)
        self._put(self.plain, "policy", policy(self.plain, "once/*"))
        # A log that is asked for, and then finds no way into its target: nothing there may move.
        self._put(self.moving, "policy", log_policy(self.moving))
        self._put(self.subject, "logging", logging(self.moving))
        self._must("DELETE", f"/{self.moving}?policy")
        self._must("PUT", ACCOUNT_BLOCK, BLOCK.replace("true", "false"), self._of_account())
        acl = self._must("GET", f"/{self.subject}?acl").xml()
        self.owner = acl.find("Owner").findtext("ID")

    def _make_objects(self):
        for key in ("key", "source", "gone"):
            made = self._must("PUT", f"/{self.subject}/{key}", LARGE, [
                ("x-amz-tagging", f"kept={self.canary}"), ("x-amz-meta-kept", self.canary)])
            if key == "key":
                self.version = made.get("x-amz-version-id")
        self._put(f"{self.subject}/key", "legal-hold",
                  "<LegalHold><Status>ON</Status></LegalHold>")
        self._put(f"{self.subject}/key", "retention", retention(utc_now().year + 1))
        self._must("PUT", f"/{self.moving}/old", LARGE)
        at = f"/{self.subject}/up"
        for name in ("to_abort", "to_complete", "open"):
            upload = self._must("POST", f"{at}?uploads").xml().findtext("UploadId")
            setattr(self, name, upload)
            part = self._must("PUT", f"{at}?partNumber=1&uploadId={upload}", LARGE)
            self.part = part.get("etag")

    def digest(self, connection):
        """Of everything that a request could have changed, by what it looks like from outside."""
        out = hashlib.sha256()

        def read(target, headers=False, sent=()):
            head, _ = self.wire.head("GET", target, sent)
            connection.send(head)
            answer = connection.answer()
            assert answer.status < 500 and not answer.closes, answer
            shown = re.sub(rb"<(RequestId|HostId)>[^<]*", b"", answer.body)
            more = [h for h in answer.headers if headers and h[0].lower() not in MOVING]
            out.update(repr((target, answer.status, shown, more)).encode())
            return answer

        read(f"/?prefix={self.name}")
        read(ACCOUNT_BLOCK, sent=self._of_account())
        for bucket in (self.subject, self.plain, self.doomed, self.moving, self.fresh):
            parts = {part: read(f"/{bucket}?{part}") for part in BUCKET_PARTS}
            if parts["versions"].status != 200:
                continue
            for version in parts["versions"].xml().iter("Version"):
                target = f"/{bucket}/{version.findtext('Key')}"
                named = f"versionId={version.findtext('VersionId')}"
                read(f"{target}?{named}", headers=True)
                for part in OBJECT_PARTS:
                    read(f"{target}?{part}&{named}")
            for upload in parts["uploads"].xml().iter("Upload"):
                named = urllib.parse.quote(upload.findtext("UploadId"), safe="")
                read(f"/{bucket}/{upload.findtext('Key')}?uploadId={named}")
        return out.hexdigest()
