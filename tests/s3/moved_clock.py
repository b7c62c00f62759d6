"""A wall clock that tests move, for the server, for every program that they start (libfaketime), and
for the clients of this process. Time that only passes (CLOCK_MONOTONIC) is not touched."""
import datetime
import os
import pathlib
import sysconfig

import botocore.auth

import server
import sigv4
import test_charters

SIGNERS = [botocore.auth]
try:
    import botocore.crt.auth
    SIGNERS.append(botocore.crt.auth)
except ImportError:  # without awscrt botocore signs alone
    pass
LIBRARY = pathlib.Path("/usr/lib", sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu",
                       "faketime", "libfaketimeMT.so.1")
RELEASE = server.ROOT / "build" / "release" / "muzn"


def without_sanitizers():
    """libfaketime and the interceptors of AddressSanitizer do not get on: a free() in the one is a
    double one to the other."""
    return RELEASE if b"__asan_init" in server.BINARY.read_bytes() else server.BINARY


class Clock:
    """That of the machine."""

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc)

    def later(self, **length):
        """As the admin API reads times."""
        return (self.now() + datetime.timedelta(**length)).strftime("%Y-%m-%dT%H:%M:%SZ")


class MovedClock(Clock):
    def __init__(self, folder, monkeypatch):
        program = without_sanitizers()
        for module in (server, test_charters):
            monkeypatch.setattr(module, "BINARY", program)
        self.file = pathlib.Path(folder, "clock")
        self.seconds = 0
        self.move(0)
        for name, value in (("LD_PRELOAD", str(LIBRARY)), ("FAKETIME_NO_CACHE", "1"),
                            ("FAKETIME_TIMESTAMP_FILE", str(self.file)),
                            ("FAKETIME_DONT_FAKE_MONOTONIC", "1")):
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sigv4, "utc_now", self.now)
        for module in SIGNERS:
            monkeypatch.setattr(module, "get_current_datetime", self._for_botocore)

    def _for_botocore(self, remove_tzinfo=True):
        return self.now().replace(tzinfo=None) if remove_tzinfo else self.now()

    def move(self, seconds):
        """So far from where it is."""
        self.seconds += int(seconds)
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{self.seconds:+d}\n")
        os.replace(fresh, self.file)

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
            seconds=self.seconds)
