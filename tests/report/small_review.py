"""A review of one's own for the tests: five real trials, two figures, drawn in a second."""

from __future__ import annotations

import csv
from pathlib import Path

from metaan.trials.shipped import data_folder

POOL, LONE = "forest_small", "forest_care"
STUDIES = {"leibing2002", "kerr2003", "brinkhaus2006", "cherkin2009", "haake2007"}
# A row that enters POOL alone: Leibing 2002, acupuncture, mean 21 of 35 patients.
ROW, BEFORE, AFTER = "201", ",35,21,22,", ",35,22,22,"
ANALYSES = """
page_title = "A small review"

[[analysis]]
name = "small"
title = "Pain, a few trials"
about = "A few trials."
unknown = "Whatever is not in the file."

[[analysis.figure]]
name = "forest_small"
heading = "Pain, acupuncture vs sham"
outcome = "pain"
term = ["immediate", "short"]
treatment = ["acupuncture"]
control = ["sham"]
measure = "SMD"
better = "lower"
mix_types = true
figures = []

[[analysis.figure]]
name = "forest_care"
heading = "Pain, acupuncture vs no treatment"
outcome = "pain"
term = ["immediate", "short"]
treatment = ["acupuncture"]
control = ["no_treatment"]
measure = "MD"
figures = []
"""


def write_small_review(folder: Path) -> Path:
    """Write ``trials.csv`` and ``analyses.toml`` into a new folder and return it."""
    folder.mkdir()
    with (data_folder() / "trials.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mine = [row for row in rows if row["study_id"] in STUDIES and row["outcome"] == "pain"]
    with (folder / "trials.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(mine)
    (folder / "analyses.toml").write_text(ANALYSES, encoding="utf-8")
    return folder


def changed(folder: Path, name: str, before: str, after: str) -> Path:
    """Replace a text of a file that stands there once, and return the folder."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8", newline="\n")
    return folder
