"""One row per study, in one's own words: a report of it alone, or with one's own TOML."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import metaan as ma
from metaan.core.errors import DataError, InputError
from metaan.report.build import all_results
from metaan.report.results.coverage import coverage_table
from metaan.report.results.evidence import load_evidence
from metaan.report.results.sensitivity import sensitivity_table
from metaan.report.results.sentences import paragraph
from metaan.report.results.tables import more_tables
from metaan.report.results.trail import trace
from metaan.trials.study_table import is_study_table, load_study_table
from tests.tolerance import EXACT, SOLVED, Tolerance, close

HALF_WIDTH = Tolerance(relative=1e-6, reason="1.959964 has seven digits")
MEANS = """study,mean1,sd1,n1,mean2,sd2,n2,treatment,control,outcome,setting,year
Ann 2001,35,20,30,45,22,30,Yoga,Waiting list,Stress score,clinic,2001
Bo 2005,30,18,25,38,21,26,Yoga,Waiting list,Stress score,home,2005
Cy 2008,33,19,40,36,20,41,Yoga,Usual care,Stress score,clinic,2008
Di 2010,31,17,22,40,19,23,Yoga,Usual care,Stress score,,2010
"""
DECLARED = """
[[analysis]]
name = "yoga"
title = "Yoga"
about = ""
unknown = ""
[[analysis.figure]]
name = "stress"
heading = "Stress"
outcome = "Stress score"
treatment = ["Yoga"]
control = ["Waiting list", "Usual care"]
measure = "MD"
subgroups = "setting"
moderators = "~ year"
[[analysis.figure.sensitivity]]
label = "Without Ann"
without_study = ["Ann 2001"]
[[analysis.figure]]
name = "net"
kind = "network"
heading = "All treatments"
outcome = "Stress score"
reference = "Usual care"
measure = "MD"
draw = ["forest"]
"""


def _file(folder: Path, text: str, name: str = "my.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_means_become_arms_and_an_analysis(tmp_path: Path) -> None:
    """Names are the table's own; numbers those of effect_sizes; controls are subgroups."""
    path = _file(tmp_path, MEANS)
    evidence = load_evidence(path)
    (result,) = all_results(evidence)
    assert (result.analysis.name, result.spec.name) == (
        "own_stress_score", "own_stress_score_yoga_waiting_list",
    )  # fmt: skip
    assert (
        result.title == "Stress score, Yoga vs Waiting list or Usual care: 4 of 4 studies on file"
    )
    plain = ma.effect_sizes(pd.read_csv(path), "MD")
    assert close(result.effects.y, plain.y, EXACT)
    assert close(result.effects.v, plain.v, EXACT)
    assert result.effects.label == "Mean difference (Stress score)"
    assert result.fit.levels == ("Waiting list", "Usual care")
    assert list(coverage_table(evidence)["usable_Stress score"]) == [4]
    assert set(evidence.checksums) == {"my.csv", "instruments.csv"}
    text = trace(evidence, result, "Ann 2001")
    assert "line2.1: Yoga" in text
    assert "as reported: n1 30, mean1 35, sd1 20" in text


def test_a_toml_of_ones_own_takes_the_tables_columns(tmp_path: Path) -> None:
    """Subgroups, a meta-regression, a sensitivity analysis and a network, without Python."""
    data, toml = _file(tmp_path, MEANS), _file(tmp_path, DECLARED, "other.toml")
    evidence = load_evidence(data, toml)
    result, net = all_results(evidence)
    assert result.fit.levels == ("clinic", "home", "not reported")
    plain = ma.regress(
        ma.Effects.from_arrays(
            result.effects.y, result.effects.v, columns={"year": [2001, 2005, 2008, 2010]}
        ),
        "~ year",
    )
    assert close(result.regression["year"].value, plain["year"].value, SOLVED)  # fmt: skip
    assert "on year" in paragraph(result)
    assert set(more_tables(result)) == {"regression"}
    table = sensitivity_table(evidence, result)
    assert list(table["k"]) == [4, 3]
    assert net.fit.reference == "Usual care"
    assert set(net.fit.treatments) == {"Yoga", "Usual care", "Waiting list"}
    bad = DECLARED.replace('"setting"', '"seting"').replace('["Yoga"]', '["Yoda"]')
    with pytest.raises(DataError, match=r'(?s)"setting".*"Yoga"'):
        load_evidence(data, _file(tmp_path, bad, "other.toml"))


@pytest.mark.parametrize(
    ("text", "measure", "y", "se"),
    [
        ("study,events1,n1,events2,n2\nA,4,123,11,139\nB,6,306,29,303\n", "RR",
         [np.log(4 / 123 / (11 / 139)), np.log(6 / 306 / (29 / 303))], None),
        ("study;y;se\nA;0,2;0,1\nB;0,4;0,25\n", "GEN", [0.2, 0.4], [0.1, 0.25]),
        ("study,y,v,measure\nA,0.2,0.01,SMD\nB,0.4,0.04,SMD\n", "SMD", [0.2, 0.4], [0.1, 0.2]),
        ("study,y,se,measure\nA,0.2,0.1,OR\nB,0.4,0.2,OR\n", "OR", [0.2, 0.4], [0.1, 0.2]),
        ("study,estimate,ci_low,ci_high,measure\nA,0.5,0.25,1,OR\nB,2,1,4,OR\n", "OR",
         [np.log(0.5), np.log(2)], [np.log(2) / 1.959964] * 2),
        ("study,estimate,ci_low,ci_high\nA,0.5,0.3,0.7\nB,1,0,2\n", "GEN", [0.5, 1.0],
         [0.2 / 1.959964, 1 / 1.959964]),
    ],
)  # fmt: skip
def test_every_way_to_an_effect(
    tmp_path: Path, text: str, measure: str, y: list[float], se: list[float] | None
) -> None:
    """Counts; effects with SE or variance, ratios by their logarithm; printed effects."""
    (result,) = all_results(load_evidence(_file(tmp_path, text)))
    assert result.effects.measure == measure
    assert close(result.effects.y, y, EXACT)
    if se is not None:
        assert close(result.effects.se, se, HALF_WIDTH)
    assert result.k == 2
    assert paragraph(result)


def test_every_fault_of_a_table_is_named(tmp_path: Path) -> None:
    """Cells, columns, rows beside each other: line, study, column, in one error."""
    text = (
        "study,mean1,sd1,n1,mean2,sd2,n2,y,se,v,estimate,ci_low,ci_high,measure,better,treatment,"
        "control\n"
        "A,x,-1,20,3,4,5,,,,,,,,,,\n,1,1,1,1,1,1,,,,,,,,,,\nA,1,1,1,1,1,1,,,,,,,,,,\n"
        "B,,,,,,,0.1,0.2,0.5,,,,smd,,,\nC,,,,,,,,,,-0.5,0.1,0.2,OR,up,x,x\n"
    )
    with pytest.raises(DataError) as caught:
        load_evidence(_file(tmp_path, text))
    told = str(caught.value)
    for words in (
        "my.csv, line 2 (A), mean1: must be a number; got 'x'",
        "line 2 (A), sd1: must be greater than 0",
        "line 3 (), study: must not be empty",
        "line 4 (A), study: study stands twice for one outcome and time (first in line 2)",
        "line 5 (B), v: must be se² = 0.04",
        "line 5 (B), measure: must be an effect measure; got 'smd'",
        'Did you mean "SMD"?',
        "line 6 (C), estimate: must lie inside its interval",
        "line 6 (C), better: must be a direction",
        "line 6 (C), treatment: must not be the control as well",
    ):
        assert words in told
    assert told.startswith("9 faults")


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    """The nearest set of columns, and what is written nearly so."""
    path = _file(tmp_path, "study,mean1,sd1,n1,mean2,sdd2,N2\nA,x,1,9,2,1,9\n")
    with pytest.raises(DataError, match=r'^1 fault.*\n.*sd2 lacking.*sd2: Did you mean "sdd2"'):
        load_evidence(path)
    assert not is_study_table(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="cannot be read"):
        load_evidence(tmp_path / "nowhere.csv")


def test_an_arm_that_is_shared_enters_once(tmp_path: Path) -> None:
    """Two treatments against one control; another set of its numbers is a fault."""
    head = "study,mean1,sd1,n1,mean2,sd2,n2,treatment,control\n"
    rows = "A,1,1,20,2,1,20,Drug,Placebo\nA,1.5,1,20,2,1,20,Walks,Placebo\n"
    trials = load_study_table(_file(tmp_path, head + rows))
    assert list(trials.arms["treatment"]) == ["Drug", "Placebo", "Walks"]
    assert trials.contrasts(["Drug", "Walks"], "Placebo").pairs["n1"].tolist() == [40.0]
    with pytest.raises(DataError, match="numbers of Placebo differ from those in row 1"):
        load_study_table(_file(tmp_path, head + rows.replace("1.5,1,20,2,1", "1.5,1,20,2,3")))


def test_directions_are_known_for_all_instruments_or_none(tmp_path: Path) -> None:
    """Nothing is turned by half; a figure that asks for a direction is told what lacks one."""
    text = (
        "study,mean1,sd1,n1,mean2,sd2,n2,instrument,better\n"
        "A,1,1,20,2,1,20,VAS_0_10,\nB,5,1,20,4,1,20,Joy,{}\n"
    )
    (unknown,) = all_results(load_evidence(_file(tmp_path, text.format(""))))
    assert np.sign(unknown.effects.y).tolist() == [-1.0, 1.0]
    assert "Nothing says which direction of VAS_0_10, Joy is better" in unknown.analysis.unknown
    (known,) = all_results(load_evidence(_file(tmp_path, text.format("higher"))))
    assert np.sign(known.effects.y).tolist() == [-1.0, -1.0]
    own = DECLARED.partition("[[analysis.figure.sens")[0].replace('"Stress score"', '"outcome"')
    own = own.replace("Yoga", "treatment").replace('"Waiting list", "Usual care"', '"control"')
    own = own.replace('"MD"', '"SMD"\nbetter = "lower"').replace('subgroups = "setting"\n', "")
    toml = _file(tmp_path, own.replace('moderators = "~ year"', ""), "t.toml")
    with pytest.raises(DataError, match="which direction of VAS_0_10, Joy is better"):
        load_evidence(_file(tmp_path, text.format("")), toml)


def test_figures_that_cannot_share_a_measure_name_the_figure(tmp_path: Path) -> None:
    """Which analysis, which figure, and what to do."""
    text = DECLARED.partition("[[analysis.figure.sens")[0].replace('subgroups = "setting"', "")
    scales = MEANS.replace("outcome,", "outcome,instrument,").replace("score,", "score,Scale,")
    data = _file(tmp_path, scales.replace("score,Scale,home", "score,Other,home"))
    evidence = load_evidence(data, _file(tmp_path, text, "t.toml"))
    with pytest.raises(InputError, match="figure stress of analysis yoga: a MD needs one instru"):
        all_results(evidence)
