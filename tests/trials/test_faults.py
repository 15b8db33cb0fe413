"""What is wrong with a file is named at once: file, row, column, value, rule, remedy."""

from __future__ import annotations

import csv

import pytest

import metaan as ma
from metaan.trials.reading import parse_number
from metaan.trials.schema import ARMS
from metaan.trials.shipped import data_folder
from tests.trials.builders import arm, contrast, evidence, faults, only_fault, sham, write

REQUIRED = [column.name for column in ARMS if column.header]


def shipped_rows():
    """Return the shipped arms as text."""
    with (data_folder() / "trials.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_five_faults_at_once(tmp_path):
    """One error names all five, and nothing else."""
    rows = [{n: c for n, c in row.items() if n != "source_doi"} for row in shipped_rows()]
    by_id = {row["row_id"]: row for row in rows}
    by_id["184"]["sd"] = "0"
    by_id["193"]["n"] = "12a"
    by_id["201"]["instrument"] = "VAS_0_1000"
    by_id["149"]["events"] = "1884"
    found = faults(write(tmp_path / "trials.csv", rows))
    told = {(f.row, f.column, f.value, f.rule) for f in found}
    assert told == {
        ("header", "source_doi", "", "column is missing (DOI of the source)"),
        ("line 185 (row_id 184, study_id kerr2003)", "sd", "0", "must be greater than 0"),
        ("line 194 (row_id 193, study_id kwon2007)", "n", "12a", "must be a number"),
        ("line 202 (row_id 201, study_id leibing2002)", "instrument", "VAS_0_1000",
         "is not a key of instruments.csv"),
        ("line 150 (row_id 149, study_id haake2007)", "events", "1884", "must not exceed n = 387"),
    }  # fmt: skip
    assert all(fault.file == "trials.csv" and fault.remedy.endswith((".", "?")) for fault in found)
    with pytest.raises(ma.DataError) as raised:
        ma.load_trials(tmp_path)
    lines = str(raised.value).splitlines()
    assert lines[0] == "5 faults in the data:"
    assert [line.strip() for line in lines[1:]] == [str(fault) for fault in found]
    assert isinstance(raised.value, ma.MetaanError)


@pytest.mark.parametrize(
    ("cells", "column", "rule", "remedy"),
    [
        ({"n": "-5"}, "n", "must be greater than 0", "participants"),
        ({"n": "0"}, "n", "must be greater than 0", "participants"),
        ({"n": "12.5"}, "n", "must be a whole number", "participants"),
        ({"sd": "-1"}, "sd", "must be greater than 0", "source"),
        ({"se": "0"}, "se", "must be greater than 0", "source"),
        ({"timepoint_weeks": "-1"}, "timepoint_weeks", "must be at least 0", "weeks since"),
        ({"events": "-1"}, "events", "must be at least 0", "source"),
        ({"events": "30"}, "events", "must not exceed n = 20", "Check events and n"),
        ({"mean": "140"}, "mean", "must lie between 0 and 100 (VAS_0_100)", "range and the sign"),
        ({"mean": "-1"}, "mean", "must lie between 0 and 100 (VAS_0_100)", "sign"),
        ({"mean": "-101", "measure_type": "change"}, "mean", "must lie between -100 and 100", ""),
        ({"sd": "51.4"}, "sd", "cannot exceed 51.3 on VAS_0_100 with n = 20", "it is an SD"),
        ({"sd": "102.7", "measure_type": "change"}, "sd", "cannot exceed 102.6", "it is an SD"),
        ({"ci_low": "31", "ci_high": "35"}, "mean", "must lie inside its printed interval", ""),
        ({"ci_low": "35", "ci_high": "25"}, "ci_low", "must not exceed ci_high", "Exchange"),
        ({"outcome": "function"}, "outcome", "instrument VAS_0_100 measures pain", "Correct"),
        ({"instrument": "VAS_0_1000"}, "instrument", "is not a key of instruments.csv",
         'Did you mean "VAS_0_100"?'),
        ({"treatment": "acupunture", "components": "acupuncture"}, "treatment",
         "is not a key of treatments.csv", 'Did you mean "acupuncture"?'),
        ({"components": "acupuncture+exercize"}, "components", "is not a key of components.csv",
         'Did you mean "exercise"?'),
        ({"term": "imediate"}, "term", "must be one of baseline, immediate, short",
         'Did you mean "immediate"?'),
        ({"measure_type": "endpint"}, "measure_type", "must be one of endpoint, change, events",
         'Did you mean "endpoint"?'),
        ({"preferred": "yes"}, "preferred", "must be one of 0, 1", "Choose one."),
        ({"study_id": ""}, "study_id", "must not be empty", "key of studies.csv"),
        ({"outcome": ""}, "outcome", "must not be empty", "Give it"),
        ({"source_citation": ""}, "source_citation", "a figure needs its source", "source_doi"),
    ],
)  # fmt: skip
def test_each_rule(tmp_path, cells, column, rule, remedy):
    """A row that breaks one rule gets one fault."""
    fault = only_fault(write(tmp_path / "trials.csv", [arm(**cells), sham()]))
    assert fault.column == column
    assert fault.row.startswith("line 2")
    assert fault.rule.startswith(rule)
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    "cells",
    [
        {"mean": "0"},
        {"mean": "100"},
        {"sd": "51.29"},
        {"mean": "-100", "measure_type": "change"},
        {"sd": "102.59", "measure_type": "change"},
        {"n": "1", "sd": ""},
        {"source_citation": "", "source_url": "https://example.org"},
        {"source_citation": "", "source_doi": "10.1000/1"},
        {"instrument": "PAIN_UNSPECIFIED", "mean": "400", "sd": "900"},
    ],
)
def test_what_is_just_possible_passes(tmp_path, cells):
    """Limits belong to the range; an SD may be the largest one; an unknown range rules nothing."""
    assert len(evidence(tmp_path, [arm(**cells)]).arms) == 1


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [
        ("12,5", "Write a decimal point and no thousands separator: 12.5."),
        ("<0.001", "A bound is not a number: leave the cell empty and note the bound."),
        ("≥ 3", "A bound is not a number"),
        ("n.s.", "Write digits only; leave the cell empty if it was not reported."),
        ("−5", "Write an ASCII minus: -5."),
        ("–5", "Write an ASCII minus: -5."),
        ("− 5", "Write an ASCII minus: -5."),
        ("5\u00a0000", "Write it without spaces: 5000."),
        ("30 mm", "Write digits only"),
        ("5%", "Write digits only"),
        ("1_0", "Write digits only"),
        ("nan", "Write digits only"),
        ("inf", "Write digits only"),
        ("NA", "Write digits only"),
    ],
)
def test_cells_that_are_no_numbers(tmp_path, cell, remedy):
    """Nothing is guessed; the remedy says how to write it."""
    fault = only_fault(write(tmp_path / "trials.csv", [arm(mean=cell)]))
    assert (fault.column, fault.value, fault.rule) == ("mean", cell, "must be a number")
    assert fault.remedy.startswith(remedy)


@pytest.mark.parametrize("cell", ["1,549", "12.345,6", "1.234,567"])
def test_no_other_number_is_suggested(cell):
    """A comma may be for thousands: a remedy must not turn 1549 people into 1.549."""
    _, remedy = parse_number(cell)
    offered = remedy.rstrip(".").rpartition(": ")[2]
    assert offered not in ("1.549", "12.345.6", "1.234.567"), remedy


@pytest.mark.parametrize("column", REQUIRED)
def test_a_missing_column_is_one_fault(tmp_path, column):
    """Its absence is said once, and not once more for every row."""
    rows = [{name: cell for name, cell in row.items() if name != column} for row in shipped_rows()]
    found = faults(write(tmp_path / "trials.csv", rows))
    assert (found[0].row, found[0].column) == ("header", column)
    assert found[0].rule.startswith("column is missing")
    assert len(found) == 1, f"{len(found) - 1} more faults follow from the missing column"


def test_a_misspelled_column_is_recognized(tmp_path):
    """A column of one's own that looks like the missing one is named."""
    row = arm(Study_ID="new2030")
    del row["study_id"]
    found = faults(write(tmp_path / "trials.csv", [row]))
    assert 'Did you mean "Study_ID"?' in found[0].remedy


def test_a_misspelled_treatment_is_one_fault(tmp_path):
    """A file without components gets no fault about components.csv."""
    fault = only_fault(write(tmp_path / "trials.csv", [arm(treatment="acupunture"), sham()]))
    assert fault.column == "treatment"


def test_an_arm_keeps_its_node(tmp_path):
    """A second row of an arm with another node is a fault of that row."""
    later = arm(term="short", treatment="electroacupuncture")
    fault = only_fault(write(tmp_path / "trials.csv", [arm(), later]))
    assert (fault.column, fault.value) == ("treatment", "electroacupuncture")
    assert fault.row.startswith("line 3")
    assert fault.rule == "an arm keeps its node; earlier rows say acupuncture"


def test_an_arm_keeps_its_components(tmp_path):
    """What an arm received does not change between its rows: one of them would be judged wrong."""
    later = arm(term="short", components="acupuncture")
    rows = [arm(components="acupuncture+exercise"), later, sham()]
    fault = only_fault(write(tmp_path / "trials.csv", rows))
    assert (fault.column, fault.value) == ("components", "acupuncture")


def test_one_preferred_row(tmp_path):
    """Two preferred rows of one arm, outcome and term are a fault; one marked 0 is none."""
    other = {"instrument": "NRS_0_10", "mean": "3", "sd": "1"}
    rows = [arm(preferred="1"), arm(**other, preferred="")]
    fault = only_fault(write(tmp_path / "trials.csv", rows))
    assert fault.rule == "only one row per study, arm, outcome and term may be preferred"
    assert fault.remedy == "Set preferred to 0 in the others."
    assert fault.row.startswith("line 3")
    assert len(evidence(tmp_path, [arm(preferred="1"), arm(**other, preferred="0")]).arms) == 2


def test_two_figures_of_an_arm_are_never_compared(tmp_path):
    """Without a column ``preferred`` they are refused when read, or else when compared."""
    other = {"instrument": "NRS_0_10", "mean": "3", "sd": "1"}
    with pytest.raises(ma.MetaanError, match=r"only one row|several figures for one arm"):
        evidence(tmp_path, [arm(), arm(**other), sham()]).select(outcome="pain").contrasts(
            "acupuncture", "sham"
        )


def test_row_ids_are_unique(tmp_path):
    """A second row of one id is a fault."""
    rows = [arm(row_id="7"), sham(row_id="7")]
    fault = only_fault(write(tmp_path / "trials.csv", rows))
    assert (fault.rule, fault.value) == ("row_id stands twice", "7")


def test_an_empty_row_id_takes_no_one_elses(tmp_path):
    """The default for an empty id (its line) must not collide with an id of the file."""
    rows = [arm(row_id=""), sham(row_id="2")]
    assert evidence(tmp_path, rows).arms["row_id"].is_unique


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"estimate": "-20"}, "estimate", "must lie inside its interval"),
        ({"ci_low": "0", "ci_high": "-3"}, "ci_low", "must not exceed ci_high"),
        ({"treat2": "sham_penetratin"}, "treat2", "is not a key of treatments.csv"),
        ({"instrument": "VAS"}, "instrument", "is not a key of instruments.csv"),
        ({"n1": "2.5"}, "n1", "must be a whole number"),
        ({"se": "0"}, "se", "must be greater than 0"),
        ({"row_id": ""}, "row_id", "must not be empty"),
        ({"measure": ""}, "measure", "must not be empty"),
        ({"estimate": "−10"}, "estimate", "must be a number"),
    ],
)
def test_rules_of_contrasts(tmp_path, cells, column, rule):
    """A printed difference that breaks one rule gets one fault in its own file."""
    write(tmp_path / "trials.csv", [arm(), sham()])
    write(tmp_path / "contrasts.csv", [contrast(**cells)])
    fault = only_fault(tmp_path)
    assert (fault.file, fault.column, fault.rule) == ("contrasts.csv", column, rule)


def test_faults_of_several_files_come_together(tmp_path):
    """Nobody mends one file to learn of the next."""
    write(tmp_path / "trials.csv", [arm(n="x"), sham()])
    write(tmp_path / "contrasts.csv", [contrast(se="-1")])
    write(tmp_path / "studies.csv", [{"study_id": "", "year": "2029"}, {"study_id": "new2030"}])
    assert {fault.file for fault in faults(tmp_path)} == {
        "trials.csv",
        "contrasts.csv",
        "studies.csv",
    }
