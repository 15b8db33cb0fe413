"""Printed effects as strangers' tables have them: which scale, which columns, which cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from metaan.core.errors import DataError, InputError
from metaan.report.build import all_results
from metaan.report.results.evidence import load_evidence
from metaan.trials.any_effects import any_effects, key_of
from metaan.trials.cell_splitting import split_cells
from metaan.trials.printed import is_centered
from metaan.trials.printed_columns import named_in, printed_columns
from metaan.trials.table_checking import check_any_table
from metaan.trials.table_files import read_any_table

# Three hazard ratios as papers print them, and what follows from their limits.
HR = ("A,0.80,0.62,1.00", "B,0.85,0.70,1.01", "C,0.92,0.83,1.02")
LOGS = np.log([0.80, 0.85, 0.92])
ERRORS = np.log([1 / 0.62, 1.01 / 0.70, 1.02 / 0.83]) / (2 * 1.959963984540054)


def _file(folder: Path, head: str, *rows: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_report_pools_no_effect_whose_scale_nothing_names(tmp_path: Path) -> None:
    """Refused with the remedy; negative numbers say that it is a difference, and so is told."""
    head = "study,outcome,estimate,ci_low,ci_high"
    rows = [row.replace(",", ",death,", 1) for row in HR]
    with pytest.raises(DataError, match=r"is a ratio or a difference.*Add a column measure"):
        load_evidence(_file(tmp_path, head, *rows))
    (below,) = all_results(load_evidence(_file(tmp_path, head, "A,x,1,-1,3", "B,x,2,1,3")))
    assert "taken as a difference, with no effect at 0" in " ".join(below.notes)


@pytest.mark.parametrize(
    ("head", "more", "measure"),
    [
        ("study,HR,ci_low,ci_high", "", "HR"),
        ("study,estimate,ci_low,ci_high,measure", ",hazard ratio", "HR"),
        ("Study,Estimate,95% CI lower,95% CI upper,Measure", ",OR", "OR"),
        ("study,estimate,LCL,UCL,scale", ",log", "GEN"),
        ("study,estimate,ci_low,ci_high,outcome", ",death (HR)", "HR"),
    ],
)
def test_a_report_reads_a_ratio_that_is_named(
    tmp_path: Path, head: str, more: str, measure: str
) -> None:
    """By header, measure, scale or outcome: its logarithm, and limits that moved are told."""
    (result,) = all_results(load_evidence(_file(tmp_path, head, *[row + more for row in HR])))
    assert result.effects.measure == measure
    assert result.effects.scale.is_log
    np.testing.assert_allclose(result.effects.y, LOGS, rtol=1e-12)
    np.testing.assert_allclose(result.effects.se, ERRORS, rtol=1e-12)
    assert "Limits recomputed from the standard error, not as printed: A and B." in result.notes


def test_given_logarithms_are_shown_as_ratios(tmp_path: Path) -> None:
    """By a measure in the table, by its header, or by that which the analyses declare."""
    rows = ("A,-0.2,0.1", "B,-0.1,0.2")
    (told,) = all_results(load_evidence(_file(tmp_path, "study,lnHR,se", *rows)))
    assert (told.effects.label, told.effects.measure) == ("Hazard ratio", "HR")
    toml = tmp_path / "own.toml"
    toml.write_text(
        '[[analysis]]\nname = "a"\ntitle = "A"\nabout = ""\nunknown = ""\n'
        '[[analysis.figure]]\nname = "f"\nheading = "F"\noutcome = "outcome"\n'
        'treatment = ["treatment"]\ncontrol = ["control"]\n  measure = \'HR\'\n'
    )
    (declared,) = all_results(load_evidence(_file(tmp_path, "study,y,se", *rows), toml))
    assert declared.effects.y.tolist() == pytest.approx([-0.2, -0.1])
    assert declared.fit.estimate.read().value < 1


def test_an_interval_off_its_center_asks_for_the_other_scale(tmp_path: Path) -> None:
    """Left out with the question; rounding of the digits alone leaves nothing out."""
    head = "study,estimate,ci_low,ci_high,measure"
    file = _file(tmp_path, head, "A,0.85,0.60,1.20,MD", "B,0.5,0.3,0.7,MD", "C,0.5,0.3,0.7,MD")
    (result,) = all_results(load_evidence(file))
    (lost,) = result.left_out
    assert lost.study == "A"
    assert lost.reason.endswith("on the log scale it is: is this a ratio?")
    tiny = {"estimate": 0.1, "ci_low": 0.1, "ci_high": 0.2}
    assert is_centered(tiny, ratio=False)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("s|HR|95% CI lower|95% CI upper", ("HR", "HR", False)),
        ("s|OR|LCL|UCL", ("OR", "OR", False)),
        ("s|log OR|lower|upper", ("log OR", "OR", True)),
        ("s|Relative risk|Lower limit|Upper limit", ("Relative risk", "RR", False)),
        ("s|Effect|lci|uci", ("Effect", "GEN", False)),
        ("s|OR (95% CI)|estimate|ci_low|ci_high", ("estimate", "OR", False)),
    ],
)
def test_headers_of_printed_effects(columns: str, found: tuple[str, str, bool]) -> None:
    """Estimate, limits, and what the header says they are."""
    printed = printed_columns(columns.split("|"))
    assert printed is not None
    assert (printed.estimate, printed.measure, printed.logarithm) == found
    assert printed_columns(["study", "HR", "SE"]) is None
    assert (named_in("duration of pain"), named_in("pain OR function")) == ("", "")


def test_cells_with_several_numbers_are_split() -> None:
    """Each kind; what may be a percentage is asked about; other cells stay."""
    frame, told = split_cells(
        pd.DataFrame(
            {
                "HR (95% CI)": ["0.80 (0.62–1.00)", "1.2 [95% CI 1.0 to 1.4]"],
                "Mean (SD) control": ["12,3 (4,5)", "1,0 (2,0)"],
                "mean1 (sd1)": ["12.3 ± 4.5", "NA"],
                "Events/N treatment": ["5/123", "6 / 20"],
                "age": ["12 (4)", "3 (2)"],
                "ratio": ["12/4", "3/2"],
            }
        )
    )
    assert frame["ci_high"].tolist() == ["1.00", "1.4"]
    assert frame["mean control"].tolist() == ["12.3", "1.0"]
    assert frame["sd1"].tolist() == ["4.5", ""]
    assert frame["n treatment"].tolist() == ["123", "20"]
    assert list(frame)[6:] == [
        "estimate", "ci_low", "ci_high", "mean control", "sd control", "mean1", "sd1",
        "events treatment", "n treatment",
    ]  # fmt: skip
    assert '"age" holds two numbers in a cell' in told[-1]


def test_pool_and_check_take_limits(tmp_path: Path) -> None:
    """In one cell or in three; as a ratio that is named; unnamed it is refused."""
    cells = ("A,0.80 (0.62-1.00)", "B,0.85 (0.70-1.01)", "C,0.92 (0.83-1.02)")
    table = read_any_table(_file(tmp_path, "Trial,HR (95% CI)", *cells))
    made = any_effects(table, "hazard ratio")
    assert (made.effects.label, key_of("rr")) == ("Hazard ratio", "RR")
    np.testing.assert_allclose(made.effects.se, ERRORS, rtol=1e-12)
    (usable,) = check_any_table(table)
    assert (usable.measures, usable.studies) == (("HR",), 3)
    plain = read_any_table(_file(tmp_path, "study,estimate,ci_low,ci_high", *HR))
    with pytest.raises(InputError, match="Name it: -m HR"):
        any_effects(plain, "GEN")
    np.testing.assert_allclose(any_effects(plain, "GEN", scale="log").effects.y, LOGS)
    bad = read_any_table(_file(tmp_path, "study,OR,lower,upper", "A,2,1,1.5", "B,x,1,2"))
    with pytest.raises(DataError, match=r"(?s)line 2 \(A\), OR: must lie.*line 3 \(B\), OR"):
        any_effects(bad, "OR")


def test_a_report_takes_the_headers_that_pool_takes(tmp_path: Path) -> None:
    """Four cells, author and year; an unknown header is told both kinds of table."""
    head = "Author,Year,tpos,tneg,cpos,cneg,Setting"
    rows = ("Aronson,1948,4,119,11,128,a", "Ferguson,1949,6,300,29,274,b")
    evidence = load_evidence(_file(tmp_path, head, *rows))
    (result,) = all_results(evidence)
    assert result.effects.study == ("Aronson 1948", "Ferguson 1949")
    assert result.effects.y[0] == pytest.approx(np.log(4 / 123 / (11 / 139)))
    assert 'events1 ← "tpos"' in evidence.trials.remarks
    with pytest.raises(DataError, match=r"^1 fault.*\n.*or a row per arm with study_id") as caught:
        load_evidence(_file(tmp_path, "study,mean1,sd1,n1,mean2,sd2", "A,x,1,1,1,1"))
    assert "n2 lacking" in str(caught.value)


def test_a_ratio_with_a_standard_error_is_asked_about(tmp_path: Path) -> None:
    """The logarithm or the interval: by a report, by pool and by check."""
    file = _file(tmp_path, "study,HR,SE", "A,0.8,0.1", "B,0.9,0.1")
    table = read_any_table(file)
    for read in (load_evidence, lambda _: any_effects(table, "HR"),
                 lambda _: check_any_table(table)):  # fmt: skip
        with pytest.raises(DataError, match="HR: a ratio with a standard error says too little"):
            read(file)
