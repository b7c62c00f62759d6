"""The machine that bench/ measures on: its processors, its network, what is built on it."""
import ctypes
import fcntl
import os
import pathlib
import re
import resource
import socket
import statistics
import struct
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
MUZN = pathlib.Path(os.environ.get("MUZN_BINARY", ROOT / "build" / "release" / "muzn"))
TOOLS = ROOT / "build" / "bench"
LOAD, FILL, COMMIT_LOG = TOOLS / "load", TOOLS / "fill", TOOLS / "commit_log"
PYTHON = ROOT / "build" / "venv" / "bin" / "python"
CONGESTION = "reno"  # the one that may be set in a namespace under every kernel
TICKS = os.sysconf("SC_CLK_TCK")


def isolate():
    """Moves this process into its own network, under one congestion control. How it went, and the
    words that a server's command has to begin with."""
    new_network = 0x40000000  # CLONE_NEWNET, unshare(2); os.unshare came with Python 3.12
    if ctypes.CDLL(None, use_errno=True).unshare(new_network) != 0:
        name = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
        return f"no namespace (not root): nginx under {name}, large bodies are no comparison", []
    with socket.socket() as any_socket:
        up = struct.pack("16sh22x", b"lo", 0x1 | 0x40)  # ifreq: IFF_UP | IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS, netdevice(7)
    pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").write_text(CONGESTION)
    # Muzn asks for cubic; without this right it stays with what the namespace has.
    return (f"servers and client under {CONGESTION} in one network namespace",
            ["setpriv", "--inh-caps=-net_admin", "--bounding-set=-net_admin"])


def many_descriptors():
    """As many connections as the hard limit allows, for this process and those that it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu_seconds(pid):
    """User and system time of a process and its children."""
    total = 0.0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        fields = text.rsplit(")", 1)[1].split()
        if int(stat.parent.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def resident_kib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


def spread(values):
    """The median, and in parentheses the lowest and the highest."""
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def tools():
    """Builds what is measured and what measures, unless MUZN_BINARY names what to measure."""
    if "MUZN_BINARY" in os.environ:
        return
    subprocess.run([str(ROOT / "run"), "--build-only"], check=True)
    subprocess.run([str(ROOT / "scripts" / "python-env")], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "-S", str(ROOT), "-B", str(ROOT / "build" / "bench"), "-G", "Ninja",
                    "-DCMAKE_BUILD_TYPE=Release", "-DMUZN_TESTS=OFF", "-DMUZN_BENCH=ON",
                    "-DCMAKE_CXX_COMPILER=clang++-19"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", str(ROOT / "build" / "bench"), "--quiet", "load", "fill",
                    "commit_log"], check=True)
