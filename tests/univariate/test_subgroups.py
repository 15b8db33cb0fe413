"""subgroups: groupings, faults, and the test between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.pooling import pool
from metaan.univariate.subgrouping import subgroups
from tests.tolerance import EXACT, SOLVED, close

Y, V = [0.1, 0.3, 0.9, 0.5, 0.7, 1.1], [0.01, 0.02, 0.03, 0.02, 0.04, 0.05]
DOSE = ["low", "high", "low", "high", "low", "high"]
EFFECTS = Effects.from_arrays(
    Y, V, columns={"dose": DOSE, "half": ["a", "a", "a", "b", "b", None]}
)


@pytest.mark.parametrize("tau2", ESTIMATORS)
def test_each_group_is_its_own_pool(tau2):
    """A subgroup is what pool gives for its studies alone, and all is all."""
    fit = subgroups(EFFECTS, by="dose", tau2=tau2)
    assert fit.levels == ("low", "high")
    for level in fit.levels:
        rows = [i for i, dose in enumerate(DOSE) if dose == level]
        alone = pool(Effects.from_arrays(np.array(Y)[rows], np.array(V)[rows]), tau2=tau2)
        part = fit[level]
        assert close(part.tau2, alone.tau2, SOLVED, typical=0.02)
        assert close(part.estimate.value, alone.estimate.value, SOLVED)
        assert close(part.estimate.se, alone.estimate.se, SOLVED)
        assert close(part.weights, alone.weights, SOLVED)
        assert part.k == len(rows)
    assert close(fit.overall.estimate.value, pool(EFFECTS, tau2=tau2).estimate.value, SOLVED)


def test_one_group_has_nothing_to_be_compared_with():
    """A single level: no test."""
    fit = subgroups(Effects.from_arrays(Y, V, columns={"x": ["same"] * 6}), by="x")
    assert fit.df_between == 0
    assert np.isnan(fit.p_between)
    assert "p not defined" in fit.summary()


def test_two_groups_are_a_z_test():
    """With two groups Q between is the squared difference over its variance."""
    fit = subgroups(EFFECTS, by="dose", inference="WALD")
    low, high = (fit[level].estimate for level in fit.levels)
    z = (low.value - high.value) / np.hypot(low.se, high.se)
    assert close(fit.q_between, z * z, EXACT)


@pytest.mark.parametrize(
    ("by", "text"),
    [
        ("dosis", 'columns are dose, half.*Did you mean "dose"'),
        ("half", "is missing for Study 6"),
    ],
)
def test_faults(by, text):
    """An unknown column, and a column with gaps."""
    with pytest.raises(InputError, match=text):
        subgroups(EFFECTS, by=by)


def test_table_and_text():
    """One row per subgroup and one for all; the test between them comes last."""
    fit = subgroups(EFFECTS, by="dose")
    frame = fit.to_frame()
    assert list(frame["dose"]) == ["low", "high", "all"]
    assert list(frame["k"]) == [3, 3, 6]
    assert fit.summary().splitlines()[-1].startswith("Test for subgroup differences")
    with pytest.raises(ChoiceError):
        fit["medium"]


def test_subgroups_of_one_study_are_remarked():
    """The test cannot tell such a subgroup from its study; the summary says so."""
    effects = Effects.from_arrays(
        [0.1, 0.2, 0.9], [0.01, 0.01, 0.01], columns={"dose": ["low", "low", "high"]}
    )
    fit = subgroups(effects, by="dose")
    assert fit.remarks[0].startswith("1 of the 2 subgroups are single studies")
    assert "finds differences too readily" in fit.summary()


@pytest.mark.parametrize("hole", [None, "", float("nan"), pd.NA])
def test_a_missing_value_of_any_kind_is_named(hole):
    """None, empty, NaN and pandas' NA."""
    effects = Effects.from_arrays(
        [0.1, 0.2], [0.01, 0.01], study=["A", "B"], columns={"dose": ["low", hole]}
    )
    with pytest.raises(InputError, match="is missing for B"):
        subgroups(effects, by="dose")
