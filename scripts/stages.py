"""The stages of ./test, in order. Prints what was run, how long it took and how many tests passed;
ends with "N passed, N failed". A stage that runs no test counts its own success as one."""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import tidy
from behind import Behind

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOGS = BUILD / "test-logs"
FUZZ_SECONDS = int(os.environ.get("MUZN_FUZZ_SECONDS", "6"))
JOBS = os.cpu_count() or 2
MUTANTS = 8  # planted faults of one run
TIDY_COMMITS = 20  # whose files are looked at whole: about what lands at once
TSAN_TESTS = ["unit_object", "unit_base", "unit_meta", "unit_blob", "unit_net", "unit_tlog",
              "unit_control"]  # the longest first


behind = Behind(LOGS / "behind.log")


class Failed(Exception):
    pass


def run(name, command, env=None, timeout=2400):
    """Runs a command with its output in a log; returns the output. Shows the end on failure."""
    log = LOGS / f"{name}.log"
    merged = {**os.environ, **(env or {})}
    with open(log, "w", encoding="utf-8", errors="replace") as out:
        try:
            code = subprocess.run(command, cwd=ROOT, env=merged, stdout=out, timeout=timeout,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL).returncode
        except subprocess.TimeoutExpired:
            code = f"timeout after {timeout} s"
    text = log.read_text(encoding="utf-8", errors="replace")
    if code != 0:
        tail = "\n".join(text.splitlines()[-60:])
        raise Failed(f"{' '.join(map(str, command))}\nexit {code}\n{tail}")
    return text


def configure(folder, *options):
    if not (BUILD / folder / "build.ninja").exists():
        run(f"cmake-{folder}", ["cmake", "-S", ".", "-B", f"build/{folder}", "-G", "Ninja",
                                "-DCMAKE_CXX_COMPILER=clang++-19", *options])


def commit_seed():
    """A number of the commit: what is chosen by chance is another with each commit, and the same
    again with the same one. Harnesses and tests print it, and say how it is given to them."""
    done = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True,
                          check=False)
    return int(done.stdout.strip()[:8] or "1", 16)


def sources(*tops):
    return [str(p.relative_to(ROOT)) for top in tops for p in sorted((ROOT / top).rglob("*"))
            if p.suffix in (".cc", ".h")]


def gtest_passed(text):
    return sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", text))


def stage_format():
    run("format", ["clang-format-19", "--dry-run", "-Werror", *sources("src", "tests", "bench")])
    return 1


def stage_layers():
    print("   ", run("layers", ["scripts/check-layers"]).splitlines()[-1])
    run("layers-self", ["scripts/check-layers-selftest"])
    print("   ", run("advisories", ["scripts/check-advisories"]).splitlines()[-1])
    run("advisories-self", ["scripts/check-advisories-selftest"])
    return 4


def stage_sizes():
    print("   ", run("sizes", ["scripts/check-sizes"]).splitlines()[-1])
    return 1


def configure_check():
    configure("check", "-DCMAKE_BUILD_TYPE=Debug", "-DMUZN_SANITIZE=address", "-DMUZN_FUZZ=ON",
              "-DMUZN_PCH=ON")


def build_check(*targets):
    configure_check()
    run("build-check", ["ninja", "-C", "build/check", *targets])


def build_release():
    run("build-release", ["./run", "--build-only"])


def build_servers():
    """Both forms of the server, for stages that are run without the stage that builds all."""
    build_check("muzn")
    build_release()
    return 2


def stage_build():
    build_check()
    build_release()
    return 2


def stage_unit():
    seed = os.environ.get("MUZN_SEED", str(commit_seed()))
    print(f"    MUZN_SEED={seed} (of model and fault_sim)")
    run("ctest", ["ctest", "--test-dir", "build/check", "-j", str(JOBS), "--output-on-failure",
                  "--verbose", "--timeout", "600"], env={"MUZN_SEED": seed})
    return gtest_passed((LOGS / "ctest.log").read_text(errors="replace"))


def fuzz_one(target):
    name = target.name.removeprefix("fuzz_")
    work = BUILD / "fuzz" / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    seeds = ROOT / "tests" / "fuzz" / "corpus" / name
    if not seeds.is_dir() or not any(seeds.iterdir()):
        raise Failed(f"fuzz target {name} has no corpus")
    text = run(f"fuzz-{name}", [str(target), str(work), str(seeds), "-timeout=10", "-max_len=65536",
                                f"-max_total_time={FUZZ_SECONDS}", "-rss_limit_mb=2048",
                                "-print_final_stats=1", f"-artifact_prefix={work}/"],
               timeout=FUZZ_SECONDS + 300)
    return name, int(re.search(r"number_of_executed_units: (\d+)", text).group(1))


def stage_fuzz():
    wanted = {p.stem for p in (ROOT / "tests" / "fuzz").glob("*.cc")}
    targets = sorted((BUILD / "check").glob("fuzz_*"))
    targets = [t for t in targets if t.is_file() and t.name.removeprefix("fuzz_") in wanted]
    if len(targets) != len(wanted):
        raise Failed(f"{len(wanted)} fuzz sources, {len(targets)} targets")
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        done = list(pool.map(fuzz_one, targets))
    print(f"    {len(done)} targets, {sum(n for _, n in done):,} executions")
    return len(done)


def pytest(name, paths, env):
    text = run(name, ["build/venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                      "-rs", *paths], env=env)
    closing = text.strip().splitlines()[-1]
    print(f"    {closing.strip('= ')}")
    found = re.search(r"(\d+) passed", closing)
    return int(found.group(1)) if found else 0


def stage_s3():
    run("python-env", ["scripts/python-env"])
    passed = pytest("s3-sanitized", ["tests/s3", "--ignore=tests/s3/clients"],
                    {"MUZN_BINARY": str(BUILD / "check" / "muzn")})
    print("   ", run("sigv4-differential", [
        "build/venv/bin/python", "tests/s3/sigv4_differential.py", "--binary",
        "build/check/unit_sigv4", "--count", "2000"]).strip().splitlines()[-1])
    return passed + 1


# Cheap forms; tests/fault/long has the long ones.
FAULTS = {
    "kill9": ["kill9.py", "--seconds", "45"],
    "fsync-inject": ["fsync_inject.py", "--seconds", "15"],
    "fsync-disk": ["fsync_disk.py", "--count", "2"],
    "disk-dies": ["disk_dies.py", "--count", "2"],
    "block-crash": ["block_crash.py", "--seconds", "40", "--states", "40"],
    "resources": ["resources.py"],
    "corruption": ["corruption.py", "--seconds", "20"],
    "scrub": ["scrub.py", "--seconds", "20"],
    "allocation": ["allocation.py", "--seconds", "20"],
    "overload": ["overload.py"],
    "witnesses": ["witnesses.py"],
    "soak": ["soak.py", "--seconds", "20"],
}
QUIET = {"scrub", "overload", "soak"}  # they measure: nothing goes on behind them


def facilities(name):
    """Names of tests/fault/facilities-NAME.txt."""
    text = (ROOT / "tests" / "fault" / f"facilities-{name}.txt").read_text()
    return {line.split("#")[0].strip() for line in text.splitlines()} - {""}


def judge_facilities(ran, skipped):
    """What ran on machines like CI's runs always: tests/fault/README.md."""
    expected = facilities("expected")
    for name in sorted(ran - expected):
        print(f"    new: {name} runs here, but is not in tests/fault/facilities-expected.txt")
    missing = expected - ran - facilities("gone")
    if not missing:
        return
    text = "\n".join(f"{name}: {skipped.get(name, 'did not run')}" for name in sorted(missing))
    if os.environ.get("MUZN_LESSER_MACHINE"):
        print(f"    MUZN_LESSER_MACHINE is set, so these may be missing:\n{text}")
        return
    raise Failed(f"{text}\nThese run on machines like CI's. Where one can't for good, note it in "
                 "tests/fault/facilities-gone.txt; on a lesser machine set MUZN_LESSER_MACHINE=1.")


def stage_fault():
    ran, skipped, seed = set(), {}, f"{commit_seed():x}"
    for name, (program, *words) in FAULTS.items():
        words = [*words, "--seed", os.environ.get("MUZN_SEED", seed)]
        with behind.paused(name in QUIET):
            text = run(f"fault-{name}", [sys.executable, f"tests/fault/real/{program}", *words],
                       env={"MUZN_BINARY": str(BUILD / "release" / "muzn")}, timeout=900)
        for line in text.splitlines():
            if line.startswith("SKIP "):
                print(f"    {line}")
                skipped[line.split()[1].rstrip(":")] = line
            if line.startswith("RESULT "):
                result = json.loads(line.removeprefix("RESULT "))
                print(f"    {name}: {result['count']} in {result['seconds']} s, seed "
                      f"{result['seed']}")
                ran |= {name, *(f"{name}/{case}" for case in result.get("ran", []))}
    judge_facilities(ran, skipped)
    return sum(1 for name in ran if "/" not in name)


def stage_mutants():
    """A sample of the planted faults, other ones with each commit; `tests/fault/mutants` has all."""
    build_check()
    text = run("mutants", ["tests/fault/mutants", "--overlay", "--sample", str(MUTANTS),
                           "--trust"])
    skipped = [line for line in text.splitlines() if line.startswith("SKIP ")]
    if skipped:
        print(f"    {skipped[0]}")
        if not os.environ.get("MUZN_LESSER_MACHINE") and "mutants" not in facilities("gone"):
            raise Failed(f"{skipped[0]}\nOn a lesser machine set MUZN_LESSER_MACHINE=1.")
        return 0
    result = json.loads(re.search(r"^RESULT (.*)$", text, re.M).group(1))
    print(f"    {result['count']} planted faults, {result['failures']} missed, seed "
          f"{result['seed']}, in {result['seconds']} s")
    return result["count"] - result["failures"]


def stage_clients():
    """The clients that are installed in seconds; scripts/clients has all."""
    run("python-env", ["scripts/python-env"])
    run("node-env", ["scripts/node-env"])
    print("   ", run("client-env", ["scripts/client-env", "quick"]).strip().replace("\n", ", "))
    passed = pytest("clients", ["tests/s3/clients", "-m", "not long"],
                    {"MUZN_BINARY": str(BUILD / "release" / "muzn")})
    for line in (LOGS / "clients.log").read_text(errors="replace").splitlines():
        if line.startswith("SKIPPED"):
            print(f"    {line}")
    return passed


def stage_tlog():
    """Logs that we wrote, verified by programs of others."""
    build_check("tlog_write", "tlog_leaves", "muzn")
    run("python-env", ["scripts/python-env"])
    run("node-env", ["scripts/node-env"])
    return pytest("tlog", ["tests/tlog"], {})


def tidy_files():
    """All that the last commits and the tree changed, and of the others every eighth, other ones
    with each commit. MUZN_TIDY=all: every one."""
    files = [f for f in sources("src") if f.endswith(".cc")]
    if os.environ.get("MUZN_TIDY") == "all":
        return files
    changed = ""
    for words in (["log", "-n", str(TIDY_COMMITS), "--name-only", "--format="],
                  ["diff", "HEAD", "--name-only"]):
        changed += subprocess.run(["git", "-C", ROOT, *words, "--", "src"], capture_output=True,
                                  text=True, check=False).stdout
    stems = {path.rsplit(".", 1)[0] for path in changed.split()}
    turn = commit_seed() % 8
    others = [f for f in files if f.rsplit(".", 1)[0] not in stems]
    return sorted(set(files) - set(others) | set(others[turn::8]))


def stage_tidy():
    configure_check()

    def look(name, command):
        try:
            run(name, command)
        except Failed:
            return f"{name}\n{(LOGS / name).with_suffix('.log').read_text(errors='replace')}"
        return ""

    files = tidy_files()
    found, units = tidy.Tidy("build/check", look).look_at_all(files, JOBS)
    if found:
        raise Failed(found)
    print(f"    {len(files)} files in {units} units (MUZN_TIDY=all ./test tidy looks at all)")
    return 1


def build_tsan(*targets):
    """Returns the environment that its programs run in."""
    configure("tsan", "-DCMAKE_BUILD_TYPE=Debug", "-DMUZN_SANITIZE=thread", "-DMUZN_PCH=ON")
    run("build-tsan", ["ninja", "-C", "build/tsan", *targets])
    # Some tests break their process, and so fork, and go on with threads.
    return {"TSAN_OPTIONS": f"die_after_fork=0 suppressions={ROOT / 'tests' / 'tsan.supp'}"}


def stage_tsan_build():
    build_tsan(*TSAN_TESTS)
    return 1


def stage_tsan():
    env = build_tsan(*TSAN_TESTS)

    def passed(name):
        return gtest_passed(run(f"tsan-{name}", [f"build/tsan/{name}"], env=env, timeout=900))

    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return sum(pool.map(passed, TSAN_TESTS))


def stage_tsan_s3():
    """The server under ThreadSanitizer, over all of tests/s3. Only when asked for: minutes."""
    env = build_tsan("muzn")
    run("python-env", ["scripts/python-env"])
    return pytest("tsan-s3", ["tests/s3", "--ignore=tests/s3/clients"],
                  {**env, "MUZN_BINARY": str(BUILD / "tsan" / "muzn")})


STAGES = {name.removeprefix("stage_").replace("_", "-"): function for name, function in list(globals().items())
          if name.startswith("stage_")}


NEED_SERVER = {"s3", "fault", "clients"}
WHEN_ASKED = {"tsan-s3"}
BEHIND = ["tsan-build", "tidy"]


def processor_seconds():
    """Of what this process waited for: also of one behind that ended, not of one that goes on."""
    spent = os.times()
    return spent.children_user + spent.children_system


def run_stage(name):
    """Returns how many tests passed and failed."""
    start, used = time.monotonic(), processor_seconds()
    print(f"== {name}", flush=True)
    try:
        count = build_servers() if name == "servers" else STAGES[name]()
    except Failed as error:
        print(f"   FAILED after {time.monotonic() - start:.0f} s\n{error}", flush=True)
        return 0, 1
    print(f"   ok: {count} in {time.monotonic() - start:.0f} s, of processor "
          f"{processor_seconds() - used:.0f} s", flush=True)
    return count, 0


def run_stages(wanted):
    """The same of all; ends when the servers can't be built."""
    passed = failed = 0
    aside = [name for name in BEHIND if name in wanted]
    for name in wanted:
        if name not in aside or not behind.started:
            good, bad = run_stage(name)
        elif behind.process:
            good, bad = behind.end()
        else:
            continue
        passed, failed = passed + good, failed + bad
        if name in ("build", "servers") and bad:
            break
        if name == "build" and aside:
            behind.start([sys.executable, __file__, *aside])
    return passed, failed


def main():
    wanted = sys.argv[1:]
    if wanted == ["--list"]:
        print("\n".join(STAGES))
        return 0
    unknown = [name for name in wanted if name not in STAGES]
    if unknown:
        print(f"no such stage: {', '.join(unknown)}; ./test --list names them", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    if NEED_SERVER.intersection(wanted) and "build" not in wanted:
        wanted = ["servers", *wanted]
    try:
        passed, failed = run_stages(wanted or [n for n in STAGES if n not in WHEN_ASKED])
    finally:
        behind.stop()
    print(f"{(time.monotonic() - begin) / 60:.1f} minutes; logs in build/test-logs")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
