"""The servers that bench/ measures, and how one is measured: server on processor 0, client on 1."""
import json
import os
import signal
import subprocess
import tempfile
import time

from machine import LOAD, MUZN, PYTHON, ROOT, cpu_seconds, resident_kib
from sign import Signer

KEYS = {"AWS_ACCESS_KEY_ID": "AKIABENCH00000000001", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "bench-secret-0123456789abcdefghijklmnopq"}


class Nginx:
    name = "nginx"

    def __init__(self, home, port, tls_port, pem):
        self.port, self.tls_port = port, tls_port
        self.files = home / "files"
        self.files.mkdir(parents=True)
        (home / "tmp").mkdir()
        home.chmod(0o755)
        conf = home / "nginx.conf"
        conf.write_text(f"""
daemon off; worker_processes 1; pid {home}/pid; error_log {home}/error.log;
user root;
events {{ worker_connections 12000; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000;
  open_file_cache max=10000; client_max_body_size 0; client_body_temp_path {home}/tmp;
  server {{ listen 127.0.0.1:{port}; root {self.files}; dav_methods PUT; }}
  server {{ listen 127.0.0.1:{tls_port} ssl; root {self.files}; ssl_protocols TLSv1.3;
            ssl_certificate {pem[0]}; ssl_certificate_key {pem[1]}; }}
}}
""")
        self.process = subprocess.Popen(["taskset", "-c", "0", "nginx", "-e", f"{home}/error.log",
                                         "-c", str(conf)])
        time.sleep(0.5)

    def put_file(self, key, size):
        with open(self.files / key, "wb") as out:
            out.write(os.urandom(1 << 16) * (size >> 16) if size >= 1 << 16 else os.urandom(size))

    def target(self, method, key):
        return f"/{key}"


class Muzn:
    name = "muzn"

    def __init__(self, home, port, wrap, *options):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {**os.environ, **KEYS, "MUZN_ENDPOINT": self.url,
                            "MUZN_ROOT_ACCESS_KEY": KEYS["AWS_ACCESS_KEY_ID"],
                            "MUZN_ROOT_SECRET_KEY": KEYS["AWS_SECRET_ACCESS_KEY"]}
        log = open(home.parent / "muzn.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            [*wrap, "taskset", "-c", "0", str(MUZN), "server", "--data", str(home), "--listen",
             f"127.0.0.1:{port}", "--loops", "1", *options], env=self.environment, stderr=log)
        time.sleep(1.5)
        self.idle_kib = resident_kib(self.process.pid)

    def presign(self, method, path):
        out = subprocess.run([str(MUZN), "presign", f"s3://{path}", "--method", method,
                              "--expires", "86400"], env=self.environment, check=True,
                             capture_output=True, text=True)
        return out.stdout.strip()

    def request(self, method, bucket):
        # A bucket has no presign command; sign a bucket call with curl.
        subprocess.run(["curl", "-sSf", "-o", "/dev/null", "-X", method, "--aws-sigv4",
                        "aws:amz:us-east-1:s3", "--user",
                        f"{KEYS['AWS_ACCESS_KEY_ID']}:{KEYS['AWS_SECRET_ACCESS_KEY']}",
                        "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", f"{self.url}/{bucket}"],
                       check=True)

    def put_file(self, key, size):
        with tempfile.NamedTemporaryFile() as file:
            file.write(os.urandom(1 << 16) * (size >> 16) if size >= 1 << 16 else os.urandom(size))
            file.flush()
            subprocess.run(["curl", "-sSf", "-T", file.name, self.presign("PUT", f"bench/{key}")],
                           check=True, stdout=subprocess.DEVNULL)

    def target(self, method, key):
        return self.presign(method, f"bench/{key}").removeprefix(self.url)

    def signer(self):
        return Signer(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"],
                      KEYS["AWS_DEFAULT_REGION"], f"127.0.0.1:{self.port}")


def certificate(home):
    """A key and a certificate that signs itself, as PEM files."""
    pem = home / "cert.pem", home / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=bench",
                    "-out", str(pem[0]), "-keyout", str(pem[1])], check=True, capture_output=True)
    return pem


def measure(server, method, targets, size, connections, seconds, scratch, tls=False,
            refusals=False):
    """Rate (without what was refused), body MB/s, server CPU in us a request, p99 in ms, and how
    many were refused. Errors, and refusals unless they are allowed, end it all."""
    listing = scratch / "targets"
    listing.write_text("\n".join(targets) + "\n")
    port = server.tls_port if tls else server.port
    load = subprocess.Popen(["taskset", "-c", "1", str(LOAD), "127.0.0.1", str(port),
                             str(connections), str(seconds), method, str(size), str(listing),
                             *(["tls"] if tls else [])], stdout=subprocess.PIPE, text=True)
    load.stdout.readline()  # "begun": its connections are made
    before = cpu_seconds(server.process.pid)
    out, _ = load.communicate()
    used = cpu_seconds(server.process.pid) - before
    if load.returncode:
        raise SystemExit(f"{server.name} {method}: bench/load failed")
    result = json.loads(out)
    if result["errors"] or (result["refused"] and not refusals):
        raise SystemExit(f"{server.name} {method}: {result}")
    requests = max(result["requests"], 1)
    return {"rate": (result["requests"] - result["refused"]) / result["seconds"],
            "mb": result["bytes"] / result["seconds"] / 1e6, "us": used / requests * 1e6,
            "p99": result["p99"] / 1000, "refused": result["refused"]}


def end(server):
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(60)


def settle(server):
    """Waits until the engine has compacted what a fill left to it, for two minutes at most."""
    for _ in range(120):
        before = cpu_seconds(server.process.pid)
        time.sleep(1)
        if cpu_seconds(server.process.pid) - before < 0.03:
            return
    raise SystemExit("the server does not come to rest")


def through_boto3(muzn, script, *words):
    """The rows that a client in Python measures."""
    out = subprocess.run(["taskset", "-c", "1", str(PYTHON), str(ROOT / "bench" / script), muzn.url,
                          *map(str, words)],
                         env=muzn.environment, check=True, stdout=subprocess.PIPE, text=True)
    return out.stdout.strip().splitlines()
