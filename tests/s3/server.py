"""Starts and stops the real binary for tests."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from sigv4 import Keys
from wire import Wire

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("MUZN_BINARY", ROOT / "build" / "release" / "muzn")).resolve()
START_SECONDS = 30
STOP_SECONDS = 45  # above the server's own stop_timeout_ms
SANITIZER = re.compile(r"(ERROR: (Address|Leak|Memory)Sanitizer|ThreadSanitizer:|runtime error:)")
SERIOUS = re.compile(r"CHECK failed|terminate called|Assertion")


def clean_environment(**more):
    """This process's environment without what would configure a client or a server."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MUZN_"))}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", **more}


def commit_seed():
    """What is chosen by chance is another with each commit, and the same again with MUZN_SEED."""
    done = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True,
                          check=False)
    return os.environ.get("MUZN_SEED") or done.stdout.strip()[:8] or "1"


def _record(line):
    try:
        return json.loads(line)
    except ValueError as error:
        raise AssertionError(f"a line of the log is no JSON ({error}): {line!r}") from error


class Server:
    """One running `muzn server` on a free port. Usable again after stop() or kill()."""

    def __init__(self, data=None, keys=Keys("MUZNTESTROOT", "root-secret-of-the-tests"), args=(),
                 environment=None, wrap=()):
        self.own = tempfile.mkdtemp(prefix="muzn-test-")
        self.data = str(data or os.path.join(self.own, "data"))
        self.keys = keys
        self.args = list(args)
        self.environment = environment or {}
        self.wrap = list(wrap)  # a command in front, for example a smaller file system
        self.process = None
        self.log_path = os.path.join(self.own, "stderr")
        self.endpoint = ""

    def start(self):
        environment = clean_environment(**self.environment)
        if self.keys:
            environment |= {"MUZN_ROOT_ACCESS_KEY": self.keys.access,
                            "MUZN_ROOT_SECRET_KEY": self.keys.secret}
        command = [*self.wrap, str(BINARY), "server", "--data", self.data,
                   "--listen", "127.0.0.1:0", "--welcome", *self.args]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log,
                                            env=environment, text=True)
        self._read_welcome()
        return self

    def _read_welcome(self):
        deadline = time.monotonic() + START_SECONDS
        said = ""
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            if not line:
                break
            said += line
            if found := re.match(r"\s+endpoint\s+(https?)://([\d.]+):(\d+)", line):
                self.endpoint = f"{found[1]}://{found[2]}:{found[3]}"
            if found := re.match(r"\s+access key\s+(\S+)", line):
                access = found[1]
            if found := re.match(r"\s+secret key\s+(\S+)", line):
                self.keys = Keys(access, found[1])
            if line.startswith("Logs follow"):
                return
        self.process.kill()
        self.process.wait()
        raise AssertionError(f"the server did not start: {said}{self.log()}")

    @property
    def port(self):
        return int(self.endpoint.rpartition(":")[2])

    def wire(self, keys=None, tls=None):
        return Wire("127.0.0.1", self.port, keys or self.keys, tls=tls)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def records(self):
        """What the log's whole lines say; the last may be half written, the others are JSON. Lines
        leave the server up to 100 ms after what they tell of."""
        with open(self.log_path, "rb") as log:
            lines = log.read().split(b"\n")[:-1]
        return [_record(line) for line in lines if line.startswith(b"{")]

    def record_of(self, request_id, seconds=20):
        """The line of a request, when it has come."""
        deadline = time.monotonic() + seconds
        while True:
            if found := [r for r in self.records() if r.get("request_id") == request_id]:
                return found[0]
            assert time.monotonic() < deadline, f"no record of {request_id}"
            time.sleep(0.05)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def check(self):
        """Alive, and nothing said by a sanitizer or a broken invariant."""
        text = self.log()
        assert not SANITIZER.search(text) and not SERIOUS.search(text), text[-20000:]
        assert self.alive(), f"the server died with {self.process.returncode}: {text[-4000:]}"

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=STOP_SECONDS):
        return self.process.wait(seconds)

    def stop(self):
        """Graceful; asserts a clean end."""
        if self.process is None:
            return
        self.check()
        self.signal(signal.SIGTERM)
        code = self.wait()
        text = self.log()
        assert not SANITIZER.search(text), text[-20000:]
        assert code == 0, f"exit status {code}: {text[-4000:]}"
        self.process.stdout.close()
        self.process = None

    def kill(self):
        """As a power cut would: no goodbye."""
        self.signal(signal.SIGKILL)
        self.wait()
        self.process.stdout.close()
        self.process = None

    def remove(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.own, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.stop()
        finally:
            self.remove()

    def cli(self, *words, keys=None, check=True, **environment):
        """Runs `muzn WORDS` against this server."""
        return muzn(*words, keys=keys or self.keys, check=check, MUZN_ENDPOINT=self.endpoint,
                    **environment)

    def admin(self, *words, keys=None):
        """`muzn admin WORDS --json`, parsed."""
        return json.loads(self.cli("admin", *words, "--json", keys=keys).stdout)

    def operator(self):
        """The id of the account that was there first and administers."""
        return next(a["id"] for a in self.admin("account", "list")["accounts"] if a["is_operator"])

    def blob_files(self):
        return [str(path) for path in pathlib.Path(self.data, "blobs").rglob("*")
                if path.is_file() and path.name != "format"]

    def new_account(self, name):
        """An account with a root key of its own: (account, Keys)."""
        account = self.admin("account", "create", "--name", name, "--email", f"{name}@example.com")
        key = self.admin("key", "create", "--account", account["id"])
        return account, Keys(key["access_key"], key["secret_key"])

    def metrics(self):
        """Values of /-/metrics by their full name with labels."""
        with urllib.request.urlopen(f"{self.endpoint}/-/metrics", timeout=20) as page:
            lines = page.read().decode().splitlines()
        return {name: float(value) for name, _, value in
                (line.rpartition(" ") for line in lines if line and not line.startswith("#"))}


def muzn(*words, keys=None, check=True, timeout=60, **environment):
    if keys:
        environment |= {"AWS_ACCESS_KEY_ID": keys.access, "AWS_SECRET_ACCESS_KEY": keys.secret}
    done = subprocess.run([str(BINARY), *words], env=clean_environment(HOME="/nonexistent",
                                                                      **environment),
                          capture_output=True, text=True, timeout=timeout, check=False)
    if check:
        assert done.returncode == 0, f"muzn {' '.join(words)}: {done.stderr}{done.stdout}"
    return done
