"""Starts and stops `muzn witness serve`, and speaks to it."""
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from notes import origin_hash
from server import BINARY, SANITIZER, SERIOUS, START_SECONDS, STOP_SECONDS, clean_environment


class Reply:
    def __init__(self, answer):
        self.status = answer.status
        self.kind = answer.headers.get("Content-Type")
        self.text = answer.read().decode()


def http(url, method="GET", body=None):
    data = body.encode() if isinstance(body, str) else body
    request = urllib.request.Request(url, data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Reply(answer)
    except urllib.error.HTTPError as error:
        return Reply(error)


class Witness:
    """One running witness on a free port. Usable again after stop() or kill()."""

    def __init__(self, name, logs, data=None, args=(), listen="127.0.0.1:0", wrap=()):
        self.own = tempfile.mkdtemp(prefix="muzn-witness-")
        self.data = str(data or os.path.join(self.own, "data"))
        self.name, self.logs, self.args = name, list(logs), list(args)
        self.listen, self.wrap = listen, list(wrap)  # a command in front, for another network
        self.log_path = os.path.join(self.own, "stderr")
        self.process = None
        self.url = self.vkey = ""

    def start(self):
        command = [*self.wrap, str(BINARY), "witness", "serve", "--data", self.data, "--listen",
                   self.listen, "--welcome", *self.args]
        command += ["--name", self.name] if self.name else []
        for log in self.logs:
            command += ["--log", log.signer.vkey]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log,
                                            env=clean_environment(), text=True)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            line = self.process.stdout.readline()
            if found := re.match(r"endpoint (http://\S+)\n", line):
                self.url = found[1]
                self.listen = self.url.removeprefix("http://")  # the same place, the next time
            if found := re.match(r"key (\S+)\n", line):
                self.vkey = found[1]
                return self
            if not line:
                break
        self.kill()
        raise AssertionError(f"the witness did not start: {self.log()}")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def check(self):
        text = self.log()
        assert not SANITIZER.search(text) and not SERIOUS.search(text), text[-20000:]

    def stop(self):
        self.process.terminate()
        code = self.process.wait(STOP_SECONDS)
        self.process.stdout.close()
        self.process = None
        self.check()
        assert code == 0, f"exit status {code}: {self.log()[-4000:]}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            if self.process is not None:
                self.kill() if kind else self.stop()
        finally:
            shutil.rmtree(self.own, ignore_errors=True)

    def add(self, body):
        return http(self.url + "/add-checkpoint", "POST", body)

    def view(self, log):
        """The note that monitors get; None without one."""
        reply = http(f"{self.url}/{origin_hash(log.origin)}/checkpoint")
        assert reply.status in (200, 404), reply.text
        return reply.text if reply.status == 200 else None

    def size(self, log):
        note = self.view(log)
        return int(note.split("\n")[1]) if note else None
