"""What every fault harness shares: options, facilities, results, the ledger.

A harness ends with one line: `RESULT {json}`, or `SKIP harness: reason` when the machine lacks what
it needs (exit 0; the caller decides whether that is news)."""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILT = ROOT / "build" / "fault"


class Skip(Exception):
    """The facility is missing."""


def tool(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Skip(f"no {name}")
    return found


def root_user():
    if os.geteuid() != 0:
        raise Skip("not root")


def run(*command, check=True, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr}{done.stdout}")
    return done


def memory_directory(need=3 << 30):
    """Where images of disks are quick, or the usual place when there is too little memory."""
    try:
        info = os.statvfs("/dev/shm")
    except OSError:
        return None
    return "/dev/shm" if info.f_bavail * info.f_frsize >= need else None


def compile_c(name, *options, shared=True):
    """tests/fault/real/NAME.c as build/fault/NAME.so or build/fault/NAME."""
    source = HERE / f"{name}.c"
    target = BUILT / (name + (".so" if shared else ""))
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return target
    BUILT.mkdir(parents=True, exist_ok=True)
    compiler = shutil.which("clang-19") or shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise Skip("no C compiler")
    fresh = target.with_suffix(f".{os.getpid()}")
    run(compiler, "-O2", "-Wall", "-Wextra", *(("-shared", "-fPIC") if shared else ()), "-o", fresh,
        source, *options)
    fresh.rename(target)
    return target


def options(description, **counts):
    """The parser with the options that all have. `counts`: defaults of count and seconds."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", default=None, help="any text; replays a run's choices")
    parser.add_argument("--count", type=int, default=counts.get("count", 0),
                        help="how many rounds; 0: until --seconds are over")
    parser.add_argument("--seconds", type=float, default=counts.get("seconds", 60))
    parser.add_argument("--directory", default=None, help="where data directories are made")
    parser.add_argument("--ledger", action="store_true",
                        help="append the result to docs/reliability-ledger.md")
    parser.add_argument("--keep", action="store_true", help="keep the data after a failure")
    return parser


class Rounds:
    """Counts rounds up to --count, or until --seconds are over; at least one."""

    def __init__(self, args):
        self.args, self.done, self.began = args, 0, time.monotonic()

    def __iter__(self):
        while self.args.count or not self.done or self.seconds < self.args.seconds:
            if self.args.count and self.done >= self.args.count:
                return
            yield self.done
            self.done += 1

    @property
    def seconds(self):
        return time.monotonic() - self.began


def commit():
    """Of the tree, unless MUZN_COMMIT says which one the binary was built from."""
    if "MUZN_COMMIT" in os.environ:
        return os.environ["MUZN_COMMIT"]
    done = run("git", "-C", ROOT, "rev-parse", "--short", "HEAD", check=False)
    return done.stdout.strip() or "unknown"


def conclude(args, harness, count, failures, seconds, **more):
    result = {"harness": harness, "commit": commit(), "seed": args.seed, "count": count,
              "failures": failures, "seconds": round(seconds, 1), **more}
    print("RESULT " + json.dumps(result), flush=True)
    if args.ledger:
        append_ledger(result)


def append_ledger(result):
    day = time.strftime("%Y-%m-%d", time.gmtime())
    line = (f"| {day} | {result['commit']} | {result['harness']} | {result['seed']} | "
            f"{result['count']:,} | {result['failures']} |\n")
    with open(ROOT / "docs" / "reliability-ledger.md", "a", encoding="utf-8") as ledger:
        ledger.write(line)


def main(name, parser, body):
    """Runs body(args), which returns (count, failures, more)."""
    args = parser.parse_args()
    args.seed = args.seed or f"{random.SystemRandom().getrandbits(40):x}"
    print(f"{name}: seed {args.seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that mounts are taken down
    began = time.monotonic()
    try:
        count, failures, more = body(args)
    except Skip as reason:
        print(f"SKIP {name}: {reason}", flush=True)
        return 0
    except Exception:
        traceback.print_exc()
        conclude(args, name, 0, 1, time.monotonic() - began, note="the harness itself failed")
        return 1
    conclude(args, name, count, failures, time.monotonic() - began, **more)
    return 1 if failures else 0


def start(name, parser, body):
    sys.exit(main(name, parser, body))
