"""Refits: a record of numbers that reads itself, in tables and in sentences."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.refit_words import numbered, side_of, tau2_texts
from metaan.core.refits import CUMULATIVE, KINDS, LEAVE_ONE_OUT, ROWS_SHOWN, Refits
from metaan.core.scale import LOG
from metaan.univariate.pooling import pool
from tests.tolerance import EXACT, close

NAN = float("nan")
LABELS = ("Ann", "Bo <& Co>", "Cy", "Di")


def fitted(scale=LOG, low=-0.5, high=-0.1):
    """Return a pool of four studies with this interval."""
    effects = Effects(
        y=np.array([-0.4, -0.1, -0.3, -0.5]),
        v=np.full(4, 0.04),
        study=LABELS,
        label="Risk ratio",
        scale=scale,
    )
    fit = pool(effects, model="common")
    return replace(fit, estimate=replace(fit.estimate, low=low, high=high))


def refits(high, *, kind=LEAVE_ONE_OUT, fit=None, **changed):
    """Return refits with these upper limits and made-up other numbers."""
    high = np.array(high, dtype=float)
    n = len(high)
    low = high - 0.4
    numbers = {
        "low": low, "high": high, "value": (low + high) / 2, "se": np.full(n, 0.1),
        "statistic": np.full(n, -2.0),
        "df": np.full(n, np.inf), "log_p_value": np.log(np.full(n, 0.045)),
        "tau2": np.arange(n) / 100, "i2": np.full(n, 40.0), "i2_q": np.full(n, 30.0),
        "h2": np.full(n, 1.5), "q": np.full(n, 4.0), "q_df": np.full(n, 2.0),
        "q_log_p_value": np.log(np.full(n, 0.2)), "prediction_low": np.full(n, NAN),
        "prediction_high": np.full(n, NAN),
    }  # fmt: skip
    return Refits(
        kind=kind,
        fit=fit or fitted(),
        label=tuple(LABELS[i % 4] for i in range(n)),
        position=np.arange(n),
        k=np.arange(n) + 1,
        **{**numbers, **changed},
    )


def test_it_cannot_be_changed():
    """Arrays are copies, read-only; a pickled record is the same."""
    mine = np.array([0.1, 0.2, 0.3, 0.4])
    found = refits([-0.1] * 4, tau2=mine)
    mine[0] = 9
    assert found.tau2[0] == 0.1
    for name in ("value", "tau2", "k", "position"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found, name)[0] = 5
    again = pickle.loads(pickle.dumps(found))
    assert again.to_frame().equals(found.to_frame())
    assert str(again) == str(found)


def test_frame_is_read():
    """Ratios in the frame, tau² as it is; the study's column says what was done to it."""
    found = refits([-0.1, -0.2, 0.1, NAN])
    frame = found.to_frame()
    assert frame.columns[0] == "left_out"
    assert close(frame["high"], np.exp([-0.1, -0.2, 0.1, NAN]), EXACT)
    assert close(frame["p_value"], 0.045, EXACT)
    assert close(frame["q_p_value"], 0.2, EXACT)
    assert frame["k"].tolist() == [1, 2, 3, 4]
    assert refits([0.1], kind=CUMULATIVE).to_frame().columns[0] == "added"


def test_estimates_and_sides():
    """Rows as estimates, and where their intervals lie."""
    found = refits([-0.1, 0.1, 0.9, NAN])
    assert [each.high for each in found.estimates[:3]] == [-0.1, 0.1, 0.9]
    assert close(found.estimates[0].read().low, np.exp(-0.5), EXACT)
    assert found.side.tolist() == [-1, 0, 1, 0]
    assert side_of(np.array([0.0]), np.array([1.0]), 0.0).tolist() == [0]
    assert refits([0.9], fit=fitted(LOG.with_null(NAN))).side.tolist() == [0]


@pytest.mark.parametrize(
    ("high", "whole", "told"),
    [
        ([-0.1] * 4, -0.1, "excluded 1 whichever study was left out"),
        ([0.1, 0.2, 0.3, 0.1], 0.2, "included 1 whichever study was left out"),
        ([-0.1, 0.1, 0.1, -0.2], -0.1,
         "excluded 1 with all studies, but included it without Bo <& Co> and Cy"),
        ([-0.1, 0.9, 0.1, -0.2], -0.1,
         "excluded 1 with all studies, but included it without Cy and lay beyond it without Bo"),
        ([-0.1, NAN, -0.1, -0.2], -0.1, "excluded 1 in all other refits"),
    ],
)  # fmt: skip
def test_the_conclusion(high, whole, told):
    """Whether it hangs on a study, which, and to which side."""
    assert told in refits(high, fit=fitted(high=whole)).sentence()


def test_an_inconclusive_pool_that_a_study_makes():
    """An interval that includes no effect with all studies, and lies on one side without some."""
    fit = fitted()
    fit = replace(fit, estimate=replace(fit.estimate, low=-0.3, high=0.2))
    told = refits([-0.1, 0.2, 0.9, 0.1], fit=fit).sentence()
    assert (
        "included 1 with all studies, but lay above it without Cy and lay below it without Ann"
        in told
    )


def test_studies_of_one_name_are_told_apart():
    """In the table and in sentences; a name that is another study's is not given twice."""
    assert numbered(("A", "B", "A", "A (1)")) == ("A (2)", "B", "A (3)", "A (1)")
    assert numbered(("A", "B")) == ("A", "B")
    found = refits([-0.1, -0.3, 0.2, 0.0, -0.1])  # the fifth has the name of the first
    lines = found.summary().splitlines()
    assert [lines[i].split("  ")[1] for i in (2, 6)] == ["Ann (1)", "Ann (2)"]
    twice = refits([-0.1] * 4 + [0.2], fit=fitted(high=-0.1))
    assert "included it without Ann (2)" in twice.sentence()
    assert found.to_frame()["left_out"][4] == "Ann"


def test_tiny_between_study_variances_read_as_zero():
    """Beside the studies' own variances; others, and those of an unknown scale, are as before."""
    assert tau2_texts([0.313, 9.72e-05, 0.0], 0.05) == ["0.313", "0.000", "0.000"]
    assert tau2_texts([9.72e-06, 0.0], 0.04) == ["0.0000", "0.0000"]
    assert tau2_texts([0.313, 0.0], 0.05) == ["0.313", "0"]
    assert tau2_texts([9.72e-05, 0.0], NAN) == ["9.72e−05", "0"]
    assert tau2_texts([3e-13, 1e-20], 1e-12) == ["3e−13", "0"]
    found = refits([-0.1] * 4, tau2=[0.2, 1e-6, 0.1, 0.0])
    found = replace(found, fit=replace(found.fit, tau2_method="REML", tau2=0.15))
    column = [line.split()[-2] for line in found.summary().splitlines()[2:7]]
    assert column == ["0.2", "0.000", "0.1", "0.000", "0.15"]


def test_the_range():
    """From the smallest to the largest estimate, with their studies, as ratios."""
    told = refits([-0.1, -0.3, 0.2, 0.0]).sentence()
    assert told.startswith("Each of the 4 studies was left out in turn [1]. The pooled risk ratio")
    assert "ranged from 0.61 (without Bo <& Co>) to 1.00 (without Cy)" in told
    assert (
        refits([-0.1]).references == (f"doi:{KINDS[LEAVE_ONE_OUT].doi}",)
        or "Viechtbauer" in (refits([-0.1]).references[0])
    )


@pytest.mark.parametrize(
    ("high", "told"),
    [
        ([-0.1] * 4, "The 95% CI excluded 1 at every step."),
        ([0.1] * 4, "The 95% CI included 1 at every step."),
        ([-0.1, 0.1, -0.1, -0.2], "has excluded 1 since Cy was added (study 3 of 4)."),
        ([NAN, NAN, 0.1, -0.2], "with the first 3 studies to"),
        ([0.9, 0.9, 0.1, -0.2], "has excluded 1 since Di was added (study 4 of 4)."),
        ([NAN] * 4, "No refit has an estimate."),
    ],
)
def test_the_path(high, told):
    """From where to where the estimates went, and since when the conclusion has held."""
    found = refits(high, kind=CUMULATIVE, order="in the order of year")
    assert told in found.sentence()
    assert "one at a time, in the order of year [1]" in found.sentence()


def test_one_row_and_levels():
    """A single study has a plain sentence; a level is not compared with no effect."""
    one = refits([-0.1], kind=CUMULATIVE, order="in the order given")
    assert "was 0.74 (95% CI 0.61 to 0.90; p = 0.045) with Ann alone." in one.sentence()
    level = refits([-0.1, 0.1, 0.2], fit=fitted(LOG.with_null(NAN)))
    assert "CI excluded" not in level.sentence()
    assert " p " not in level.summary().splitlines()[1]


def test_summary():
    """A title, a table with all studies last, the sentences and the remarks."""
    lines = refits([-0.1, 0.1, NAN, -0.2], remarks=("a remark",)).summary().splitlines()
    assert lines[0] == (
        "Risk ratio, 4 studies (common effect, interval WALD), one left out at a time"
    )
    assert lines[1].split() == [
        "left",
        "out",
        "k",
        "estimate",
        "95%",
        "CI",
        "p",
        "I²",
        "(from",
        "Q)",
    ]
    assert lines[4].split() == ["Cy", "3", "–", "–", "–", "30.0%"]
    assert lines[6].split()[0] == "none"
    assert lines[-1] == "  note: a remark"
    assert repr(refits([-0.1])) == refits([-0.1]).summary()


def test_the_middle_of_many_rows_is_left_to_the_frame():
    """The table of a thousand studies can still be read."""
    found = refits(np.full(1000, -0.1), kind=CUMULATIVE, order="in the order given")
    lines = found.summary().splitlines()
    assert len(lines) < ROWS_SHOWN + 10
    assert "  940 rows in between are in .to_frame()" in lines
    assert len(found.to_frame()) == len(found) == 1000


def test_notebook():
    """A table whose labels are shown as they were written."""
    shown = refits([-0.1, 0.1])._repr_html_()
    assert "Bo &lt;&amp; Co&gt;" in shown
    assert shown.count("<tr") == 4
