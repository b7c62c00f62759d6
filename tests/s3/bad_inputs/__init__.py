"""Checks for the rows of bad-inputs.tsv, one function a row, in one file per group.

A check gets a Case with a bucket of its own. After it, the bucket must hold exactly the keys that
the check stored on purpose, no open upload but those it announced, and the process must live."""
import csv
import pathlib

from bad_inputs.case import CHECKS, Case, Row

TABLE = pathlib.Path(__file__).resolve().parents[1] / "bad-inputs.tsv"


def rows():
    with open(TABLE, encoding="utf-8", newline="") as table:
        for line in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield Row(line["id"], line["request"], line["expected_status"], line["expected_code"],
                      line["source"])


__all__ = ["CHECKS", "Case", "Row", "rows"]
