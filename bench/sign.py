"""SigV4 for S3 (AWS: "Authenticating Requests"), for the many targets that a row may need, and for
headers. Paths consist of letters, digits, "-" and "/", which need no encoding."""
import hashlib
import hmac
import time
import urllib.parse

UNSIGNED = "UNSIGNED-PAYLOAD"


class Signer:
    """Signs with one time, and so with one key derived once."""

    def __init__(self, access, secret, region, host):
        self.access, self.host = access, host
        self.when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self.scope = f"{self.when[:8]}/{region}/s3/aws4_request"
        key = b"AWS4" + secret.encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        self.key = key

    def signature(self, method, path, query, headers, payload):
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{self.when}\n{self.scope}\n{digest}"
        return hmac.digest(self.key, text.encode(), "sha256").hex()

    def presigned(self, method, path, more=""):
        """Path and query. `more`: further parameters, whose names begin with small letters."""
        credential = urllib.parse.quote(f"{self.access}/{self.scope}", safe="")
        query = (f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}"
                 f"&X-Amz-Date={self.when}&X-Amz-Expires=86400&X-Amz-SignedHeaders=host{'&' if more else ''}{more}")
        signature = self.signature(method, path, query, {"host": self.host}, UNSIGNED)
        return f"{path}?{query}&X-Amz-Signature={signature}"

    def in_headers(self, method, path, payload):
        """Path and header lines, as bench/load takes them. `payload`: the body's SHA-256 in hex."""
        headers = {"host": self.host, "x-amz-content-sha256": payload, "x-amz-date": self.when}
        signature = self.signature(method, path, "", headers, payload)
        return "\t".join([path, f"x-amz-content-sha256: {payload}", f"x-amz-date: {self.when}",
                          f"Authorization: AWS4-HMAC-SHA256 Credential={self.access}/{self.scope}, "
                          f"SignedHeaders={';'.join(headers)}, Signature={signature}"])
