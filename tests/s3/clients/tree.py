"""A directory tree of many small files with odd names, and its comparison byte for byte."""
import hashlib
import os
import pathlib
import random

FILES = 2_100
FILE_MAX = 64 << 10
LARGE = 64 << 20
WORDS = ["plain", "with space", "plus+plus", "dots.and..dots", ".hidden", "ümläut", "日本語",
         "emoji 🦊", "per%cent", "per%20cent", "amp&ersand", "equals=", "at@", "hash#", "quote'",
         "(round)", "[square]", "{curly}", "comma,", "semi;colon", "tilde~", "dollar$", "bang!",
         "UPPER", "e\u0301", "\u00e9", "under_score", "-dash", "caret^", "star"]


def make(root, seed=1):
    """{relative path: SHA-256} of what was written."""
    rng = random.Random(seed)
    root = pathlib.Path(root)
    made = {}
    for number in range(FILES):
        folders = [rng.choice(WORDS) + str(rng.randrange(3)) for _ in range(rng.randrange(4))]
        name = f"{rng.choice(WORDS)} {number}{rng.choice(['', '.txt', '.tar.gz', '.'])}"
        size = rng.choice([0, 1, rng.randrange(1024), rng.randrange(FILE_MAX), FILE_MAX])
        body = rng.randbytes(size)
        path = root.joinpath(*folders, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        made[str(path.relative_to(root))] = hashlib.sha256(body).hexdigest()
    return made


def make_large(path, seed=2):
    rng = random.Random(seed)
    with open(path, "wb") as file:
        for _ in range(LARGE >> 20):
            file.write(rng.randbytes(1 << 20))


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def scan(root):
    return {os.path.relpath(os.path.join(folder, name), root): digest(os.path.join(folder, name))
            for folder, _, names in os.walk(root) for name in names}


def same(root, expected):
    found = scan(root)
    missing, extra = expected.keys() - found.keys(), found.keys() - expected.keys()
    assert not missing and not extra, f"missing {sorted(missing)[:5]}, extra {sorted(extra)[:5]}"
    wrong = [name for name in expected if found[name] != expected[name]]
    assert not wrong, f"other bytes in {wrong[:5]}"
