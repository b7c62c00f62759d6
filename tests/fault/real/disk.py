"""A block device of our own under a real file system: nbdkit -> nbdfuse -> loop -> mkfs -> mount.
Works without device-mapper and kernel modules; needs root, /dev/fuse and loop devices."""
import glob
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from harness import Skip, root_user, run, tool

SIZE_MIB = 1000  # sparse; mkfs.xfs refuses less than 300
KINDS = ("ext4", "xfs")


def probe():
    """Raises Skip when this machine can't."""
    root_user()
    for name in ("nbdkit", "nbdfuse", "losetup", "mkfs.ext4", "mkfs.xfs", "mount", "fusermount3"):
        tool(name)
    if not os.path.exists("/dev/fuse"):
        raise Skip("no /dev/fuse")
    probe_loop()


def probe_loop():
    root_user()
    if run(tool("losetup"), "-f", check=False).returncode != 0:
        raise Skip("no loop device")


def wait_for(what, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


def attach(path, *options):
    """A loop device over the file."""
    for attempt in range(20):
        done = run(tool("losetup"), "-f", "--show", *options, path, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
        time.sleep(0.05 * attempt)  # another harness took the number that was free
    raise RuntimeError(f"losetup: {done.stderr}")


def make_file_system(kind, device):
    if kind == "ext4":
        run(tool("mkfs.ext4"), "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", device)
    else:
        run(tool("mkfs.xfs"), "-q", "-f", "-K", device)


def mount(kind, device, where, *more):
    options = ["nouuid"] if kind == "xfs" else []
    flags = ["-o", ",".join([*options, *more])] if options or more else []
    run(tool("mount"), "-t", kind, *flags, device, where)


def unmount(where, seconds=30):
    """Also of a file system that shut down. A busy one is waited for."""
    deadline = time.monotonic() + seconds
    while (done := run(tool("umount"), where, check=False)).returncode != 0:
        if "not mounted" in done.stderr:
            return
        if time.monotonic() > deadline:
            run(tool("umount"), "-l", where, check=False)
            raise RuntimeError(f"umount {where}: {done.stderr}")
        time.sleep(0.05)


class Disk:
    """A device served by nbdkit with the given words (plugin, filters, parameters)."""

    def __init__(self, *words):
        self.own = tempfile.mkdtemp(prefix="muzn-disk-")
        self.file, self.where = f"{self.own}/nbd", f"{self.own}/mnt"
        pathlib.Path(self.file).touch()
        os.mkdir(self.where)
        self.mounted = False
        self.device = self.fuse = None
        self.log = open(f"{self.own}/log", "wb")
        try:
            self._serve(words)
        except BaseException:
            self.remove()
            raise

    def _serve(self, words):
        # nbdfuse starts nbdkit itself, and ends it when it is unmounted.
        command = [tool("nbdfuse"), self.file, "[", tool("nbdkit"), "--exit-with-parent",
                   *map(str, words), "]"]
        self.fuse = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log,
                                     stderr=self.log, start_new_session=True)
        wait_for("nbdfuse", lambda: self._size() > 0 or self.fuse.poll() is not None)
        if self.fuse.poll() is not None:
            raise RuntimeError(open(f"{self.own}/log", encoding="utf-8", errors="replace").read())
        self.device = attach(self.file)

    def _size(self):
        try:
            return os.stat(self.file).st_size
        except OSError:
            return 0

    def format(self, kind):
        self.kind = kind
        make_file_system(kind, self.device)

    def mount(self, *more):
        mount(self.kind, self.device, self.where, *more)
        self.mounted = True

    def unmount(self):
        if self.mounted:
            unmount(self.where)
            self.mounted = False

    def remove(self):
        try:
            self.unmount()
        finally:
            if self.device:
                run(tool("losetup"), "-d", self.device, check=False)
                self.device = None
            if self.fuse and self.fuse.poll() is None:
                run(tool("fusermount3"), "-u", self.file, check=False)
                try:
                    self.fuse.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(self.fuse.pid, signal.SIGKILL)
                    self.fuse.wait()
            self.log.close()
            for name in ("log", "nbd"):
                pathlib.Path(self.own, name).unlink(missing_ok=True)
            for left in glob.glob(f"{self.own}/*"):
                if os.path.isdir(left):
                    os.rmdir(left)
            os.rmdir(self.own)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()
