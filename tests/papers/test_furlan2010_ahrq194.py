"""Furlan 2010, AHRQ Evidence Report 194: Figure 8 (RMDQ just after treatment, against sham).

The figure has the standardized acupuncture arm of cherkin2009 alone, so its rows are named; the
selection of the library would take both acupuncture arms together.
"""

from __future__ import annotations

import pandas as pd
import pytest

import metaan as ma
from tests.papers.pooled import numbers, published, reads, wald

ROWS = {"kwon2007": ("193", "194"), "cherkin2009": ("94", "95")}


def figure():
    """Return the two trials of the figure as a plain table."""
    arms = ma.load_trials().arms.set_index("row_id")
    lines = []
    for study, ids in ROWS.items():
        line = {"study": study}
        for side, row in zip("12", ids, strict=True):
            line |= {f"{name}{side}": arms.at[row, name] for name in ("mean", "sd", "n")}
        lines.append(line)
    return pd.DataFrame(lines)


def test_the_pool():
    """Ours is 0.80 (-0.27, 1.88); printed 0.81 (-0.27, 1.9), from figures before rounding."""
    effects = ma.effect_sizes(figure(), "MD")
    fit = wald(effects)
    assert reads(numbers(fit.estimate), "0.80", "-0.27", "1.88")
    assert reads([fit.heterogeneity.q, fit.heterogeneity.i2_q], "0.18", "0")
    assert fit.tau2 == 0.0
    review = published("furlan2010_01")
    assert review.as_reported == "0.81 (-0.27 to 1.9)"
    assert review.n == figure()[["n1", "n2"]].to_numpy().sum()
    assert reads([fit.estimate.low, fit.estimate.high], "-0.27", "1.9")


@pytest.mark.parametrize(
    ("study", "texts"),
    [("kwon2007", ("0.24", "-2.5", "3.0")), ("cherkin2009", ("0.90", "-0.27", "2.1"))],
)
def test_each_trial(study, texts):
    """Each trial's own line; cherkin2009's lower limit is printed -0.26, from unrounded SDs."""
    table = figure()
    alone = wald(ma.effect_sizes(table[table["study"] == study], "MD"))
    assert reads(numbers(alone.estimate), *texts)


def test_the_rows_are_arms_of_those_trials():
    """The ids name the acupuncture and the sham arm of one trial, on one instrument."""
    arms = ma.load_trials().arms.set_index("row_id")
    for study, (first, second) in ROWS.items():
        assert {arms.at[row, "study_id"] for row in (first, second)} == {study}
        assert arms.at[first, "treatment"].startswith("acupuncture")
        assert arms.at[second, "treatment"].startswith("sham")
        assert arms.at[first, "instrument"] == arms.at[second, "instrument"]
