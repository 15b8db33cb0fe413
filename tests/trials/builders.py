"""Small bodies of evidence for the tests: rows written to files and read back."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pytest

import metaan as ma

ARM = {
    "study_id": "new2030",
    "arm": "1",
    "treatment": "acupuncture",
    "outcome": "pain",
    "instrument": "VAS_0_100",
    "term": "immediate",
    "measure_type": "endpoint",
    "n": "20",
    "mean": "30",
    "sd": "12",
    "events": "",
    "source_doi": "",
    "source_citation": "New 2030, Table 2",
}
SHAM = {"arm": "2", "treatment": "sham_penetrating", "n": "21", "mean": "40", "sd": "13"}
CONTRAST = {
    "row_id": "c1",
    "study_id": "new2030",
    "outcome": "pain",
    "instrument": "VAS_0_100",
    "term": "immediate",
    "arm1": "1",
    "arm2": "2",
    "treat1": "acupuncture",
    "treat2": "sham_penetrating",
    "n1": "20",
    "n2": "21",
    "measure": "MD",
    "estimate": "-10",
    "ci_low": "-17.7",
    "ci_high": "-2.3",
    "source_doi": "",
    "source_citation": "New 2030, abstract",
}


def arm(**cells):
    """Return an acupuncture arm as it would be typed, with some cells changed."""
    return ARM | cells


def sham(**cells):
    """Return a sham arm, with some cells changed."""
    return ARM | SHAM | cells


def counted(**cells):
    """Return an arm with events in place of a mean."""
    plain = {"measure_type": "events", "mean": "", "sd": "", "outcome": "responder"}
    return ARM | plain | {"instrument": "GLOBAL_IMPROVED", "events": "9"} | cells


def contrast(**cells):
    """Return a printed difference, with some cells changed."""
    return CONTRAST | cells


def write(path, rows, columns=()):
    """Write rows of text as CSV; the columns are those that occur in any row."""
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, names, restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def evidence(folder, arms, contrasts=()):
    """Return trials read from files of these rows; vocabularies are the shipped ones."""
    path = write(folder / "trials.csv", list(arms), ARM)
    if contrasts:
        write(folder / "contrasts.csv", list(contrasts))
    return ma.load_trials(path)


def faults(path):
    """Return the faults that reading a file or a folder raises."""
    with pytest.raises(ma.DataError) as raised:
        ma.load_trials(path)
    return raised.value.faults


def only_fault(path):
    """Return the one fault that reading a file raises."""
    (fault,) = faults(path)
    return fault


@cache
def shipped():
    """Return the shipped evidence."""
    return ma.load_trials()


def chosen(outcome, term="immediate", **selection):
    """Return shipped rows of one outcome and term."""
    return shipped().select(outcome=outcome, term=term, **selection)


def people(n, mean, sd):
    """Return n numbers that have exactly this mean and SD."""
    steps = np.arange(n, dtype=float)
    return (steps - steps.mean()) / steps.std(ddof=1) * sd + mean


def reasons(record):
    """Return what was left out: rows and the reason."""
    return {item.rows: item.reason for item in record.left_out}
