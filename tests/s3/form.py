"""Browser forms for tests: policies, their signatures, and multipart/form-data bodies, written from
AWS's documentation. Unlike an SDK it lets a test get any of it wrong."""
import base64
import datetime
import hashlib
import hmac
import json

from sigv4 import ALGORITHM, utc_now

BOUNDARY = "----MuznFormBoundary7MA4YWxk"


def body(fields, file=b"file", file_name="file.txt", after=(), boundary=BOUNDARY, end=True):
    """`fields`: [(name, value)]; `file` None leaves it out."""
    def part(name, value, more=""):
        value = value if isinstance(value, bytes) else value.encode()
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
        return head.encode() + value + b"\r\n"

    out = b"".join(part(name, value) for name, value in fields)
    if file is not None:
        out += part("file", file, f'; filename="{file_name}"\r\nContent-Type: image/png')
    out += b"".join(part(name, value) for name, value in after)
    return out + (f"--{boundary}--\r\n".encode() if end else b"")


def send(wire, bucket, fields, file=b"file", headers=(), **more):
    """Posts the form, without any other credentials."""
    content_type = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
    return wire.anonymous("POST", f"/{bucket}", body(fields, file, **more),
                          [content_type, *headers])


def policy(conditions, seconds=600, **override):
    until = utc_now() + datetime.timedelta(seconds=seconds)
    document = {"expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"), "conditions": conditions,
                **override}
    return {name: value for name, value in document.items() if value is not None}


def encoded(document):
    text = document if isinstance(document, str) else json.dumps(document)
    return base64.b64encode(text.encode()).decode()


def signed(wire, document, fields, add=True):
    """`fields` and those of a SigV4 signature. `add`: its own conditions go into the policy."""
    signer = wire.signer()
    stamp = signer.stamp()
    ours = [("x-amz-algorithm", ALGORITHM),
            ("x-amz-credential", f"{wire.keys.access}/{signer.scope(stamp)}"),
            ("x-amz-date", stamp)]
    if add and isinstance(document, dict) and isinstance(document.get("conditions"), list):
        document = {**document,
                    "conditions": document["conditions"] + [{name: value} for name, value in ours]}
    text = encoded(document)
    return [*fields, *ours, ("policy", text), ("x-amz-signature", signer.mac(stamp, text))]


def signed_v2(wire, document, fields):
    text = encoded(document)
    mac = hmac.new(wire.keys.secret.encode(), text.encode(), hashlib.sha1).digest()
    return [*fields, ("AWSAccessKeyId", wire.keys.access), ("policy", text),
            ("signature", base64.b64encode(mac).decode())]


def authorization_v2(keys, text):
    mac = hmac.new(keys.secret.encode(), text.encode(), hashlib.sha1).digest()
    return f"AWS {keys.access}:{base64.b64encode(mac).decode()}"


def http_now():
    return utc_now().strftime("%a, %d %b %Y %H:%M:%S GMT")
