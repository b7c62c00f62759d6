"""A small OpenID Connect provider on https with a certificate authority of its own."""
import base64
import http.server
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time


def coded(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def openssl(*words, data=b""):
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True,
                          timeout=60).stdout


class Key:
    """An RSA key with a name."""

    def __init__(self, folder, kid):
        self.kid, self.path = kid, os.path.join(folder, f"{kid}.key")
        openssl("genrsa", "-out", self.path, "2048")

    def jwk(self):
        text = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode()
        modulus = bytes.fromhex(text.strip().partition("=")[2])
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": coded(modulus),
                "e": "AQAB"}

    def token(self, claims, **header):
        text = coded({"alg": "RS256", "typ": "JWT", "kid": self.kid, **header}) + "." + coded(claims)
        return text + "." + coded(openssl("dgst", "-sha256", "-sign", self.path,
                                          data=text.encode()))


class Provider:
    """`ca` is the file to trust; `keys` are served, and may be changed."""

    def __init__(self, path="/realms/tests"):
        self.folder = tempfile.mkdtemp(prefix="muzn-oidc-")
        self.ca = os.path.join(self.folder, "ca.pem")
        certificate = self._certificates()
        self.key = Key(self.folder, "first")
        self.keys = [self.key]
        self.asked = []
        self.is_down = False
        self.moves_to = None  # a redirect instead of a key set
        self.keys_at = None   # where the key set is said to be, if not here
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.path = path
        self.url = f"localhost:{self.server.server_port}{path}"
        self.issuer = f"https://{self.url}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _certificates(self):
        def at(name):
            return os.path.join(self.folder, name)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tests",
                "-keyout", at("ca.key"), "-out", self.ca)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout",
                at("tls.key"), "-out", at("tls.csr"))
        with open(at("names"), "w", encoding="ascii") as names:
            names.write("subjectAltName=DNS:localhost\n")
        openssl("x509", "-req", "-in", at("tls.csr"), "-CA", self.ca, "-CAkey", at("ca.key"),
                "-CAcreateserial", "-days", "2", "-extfile", at("names"), "-out", at("tls.pem"))
        with open(at("both.pem"), "wb") as both:
            for name in ("tls.pem", "tls.key"):
                with open(at(name), "rb") as part:
                    both.write(part.read())
        return at("both.pem")

    def answer(self, request):
        self.asked.append(request.path)
        pages = {f"{self.path}/.well-known/openid-configuration":
                 {"issuer": self.issuer, "jwks_uri": self.keys_at or f"{self.issuer}/keys"},
                 f"{self.path}/keys": {"keys": [key.jwk() for key in self.keys]}}
        page = None if self.is_down else pages.get(request.path)
        if self.moves_to and request.path.endswith("/keys"):
            request.send_response(302)
            request.send_header("Location", self.moves_to)
        else:
            request.send_response(200 if page else 503)
        body = json.dumps(page or {}).encode()
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def new_key(self, kid):
        return Key(self.folder, kid)

    def claims(self, **more):
        now = int(time.time())
        return {"iss": self.issuer, "sub": "alice", "aud": "client", "iat": now, "exp": now + 600,
                **more}

    def token(self, key=None, header=None, **more):
        return (key or self.key).token(self.claims(**more), **(header or {}))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
