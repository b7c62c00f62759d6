#!/usr/bin/env python3
"""The whole auth matrix against the real server: every operation with every form of credentials and
of payload, tampered with in every way (tests/s3/auth_matrix). Nothing may be accepted, and nothing
may change. A round is the whole matrix; where something is changed is another place in each.

  tests/fault/real/auth_matrix.py                        once
  tests/fault/real/auth_matrix.py --seed SEED --share 0.1   the part that ./test sends"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "s3"))

import harness  # noqa: E402
from auth_matrix.matrix import Matrix  # noqa: E402
from server import Server  # noqa: E402


def body(args):
    count = controls = 0
    failures = []
    for turn in harness.Rounds(args):
        with Server() as new, Server(args=["--sigv2", "true"]) as old:
            seed = args.seed if turn == 0 else f"{args.seed}-{turn}"
            matrix = Matrix(new, old, seed, args.share).run()
        count, controls = count + matrix.sent, controls + matrix.controls
        failures += matrix.failures
        for failure in matrix.failures[:20]:
            print(f"seed {seed}: {failure}", flush=True)
    return count, len(failures), {"good": controls}


if __name__ == "__main__":
    parser = harness.options(__doc__.split("\n")[0], count=1)
    parser.add_argument("--share", type=float, default=1.0, help="of all cells, what is sent")
    harness.start("auth-matrix", parser, body)
