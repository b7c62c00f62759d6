"""Runs clang-tidy over files of src/, several of a module in one translation unit: most of its time
goes into the standard headers, again for each unit. Files whose private names meet are put into
different units, and a unit that can't be compiled is looked at file by file.

The units are made without precompiled headers, whose every declaration clang-tidy would look at."""
import concurrent.futures
import json
import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "tidy"
FILES_MAX = 8  # of a unit: its time and memory stay bounded, and all cores have work
# What a file says for itself alone, as clang-format lays it out: declared in column 0.
PRIVATE = re.compile(r"^namespace \{$(.*?)^\}  // namespace$", re.M | re.S)
NAME = re.compile(r"^(?!//|return|template\b)\w[^(={;\[]*?\b(\w+)\s*(?:\(|=|\{|;|\[|:(?!:))", re.M)
MACRO = re.compile(r"^#define (\w+)", re.M)
PRECOMPILED = ("-include-pch", "-include")


def private_names(path):
    text = (ROOT / path).read_text()
    names = set(MACRO.findall(text))
    for part in PRIVATE.findall(text):
        names |= set(NAME.findall(part))
    return names


def arguments(command):
    """A file's command without precompiled headers, input, output, and warnings, which are the
    build's to give."""
    words, out = iter(shlex.split(command)), []
    for word in words:
        if word == "-Xclang":
            what = next(words)
            if what in PRECOMPILED:
                next(words), next(words)
            elif what != "-fno-pch-timestamp":
                out += [word, what]
        elif word in ("-o", "-c"):
            next(words)
        elif not word.startswith("-W"):
            out.append(word)
    return [*out, "-Werror=macro-redefined"]


class Tidy:
    """`build` has the commands of all files."""

    def __init__(self, build, run):
        """run(log, command) returns "", or what the command said that failed."""
        self.run = run
        self.commands = {}
        for entry in json.loads((ROOT / build / "compile_commands.json").read_text()):
            path = pathlib.Path(entry["file"])
            if path.is_relative_to(ROOT):
                self.commands[str(path.relative_to(ROOT))] = entry

    def units(self, files):
        """Lists of files: of one module each, without a private name in common."""
        out = []
        for path in files:
            key = (path.split("/")[1], arguments(self.commands[path]["command"]))
            names = private_names(path)
            for unit in out:
                if (unit["key"] == key and len(unit["files"]) < FILES_MAX
                        and not unit["names"] & names):
                    break
            else:
                out.append(unit := {"key": key, "files": [], "names": set()})
            unit["files"].append(path)
            unit["names"] |= names
        return [unit["files"] for unit in out]

    def look_at(self, files):
        """What clang-tidy finds in them, as one unit."""
        name = files[0].replace("/", "-").removesuffix(".cc") + ("-etc" if len(files) > 1 else "")
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        unit = folder / "unit.cc"
        # Not by #include: the analyzer and some checks pass over what is not in the main file.
        texts = [(ROOT / path).read_text() for path in files]
        unit.write_text("".join(texts))
        entry = self.commands[files[0]]
        command = [*arguments(entry["command"]), "-c", str(unit)]
        (folder / "compile_commands.json").write_text(json.dumps(
            [{"directory": entry["directory"], "file": str(unit), "arguments": command}]))
        said = self.run(f"tidy-{name}", ["clang-tidy-19", "--quiet", "-p", folder, unit])
        if len(files) > 1 and "[clang-diagnostic-error]" in said:
            return "".join(self.look_at([path]) for path in files)
        places = [f"{path}:{line}" for path, text in zip(files, texts, strict=True)
                  for line in range(1, text.count("\n") + 1)]
        return re.sub(f"{re.escape(str(unit))}:(\\d+)", lambda at: places[int(at[1]) - 1], said)

    def look_at_all(self, files, jobs):
        """What it finds, and the number of units."""
        work = sorted(self.units(files), key=len, reverse=True)  # the long ones first
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            return "".join(pool.map(self.look_at, work)), len(work)
