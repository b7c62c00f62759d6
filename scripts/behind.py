"""Stages of ./test that wait for nothing and mind no company. They run behind the others, in a process
of the lowest priority, and have what these leave of the machine."""
import contextlib
import os
import re
import signal
import subprocess


class Behind:
    """One such process, at most."""

    def __init__(self, log):
        self.log, self.process, self.started = log, None, False

    def start(self, command):
        """Of a program that ends with "N passed, N failed"."""
        with open(self.log, "w", encoding="utf-8") as out:
            # In no session of its own: Linux weighs priorities within a session (autogroup).
            self.process = subprocess.Popen(["nice", "-n", "19", *command], stdout=out,
                                            stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                            process_group=0)
        self.started = True

    def _signal(self, number):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, number)

    @contextlib.contextmanager
    def paused(self, really=True):
        """Nothing new is begun meanwhile. What ninja has begun goes on: a file or two."""
        if really:
            self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def stop(self):
        self._signal(signal.SIGTERM)

    def end(self):
        """Waits, shows what it said, and returns how many tests passed and failed."""
        self.process.wait()
        self.process = None
        said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        counts = re.fullmatch(r"(\d+) passed, (\d+) failed", said[-1] if said else "")
        if not counts:
            print("\n".join([*said, "   FAILED: came to no end"]), flush=True)
            return 0, 1
        print("\n".join(said[:-2]), flush=True)  # without the time that it took and the counts
        return int(counts[1]), int(counts[2])
