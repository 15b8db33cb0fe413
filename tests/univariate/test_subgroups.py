"""subgroups: groupings, faults, and the test between them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import HKSJ, WALD
from metaan.univariate.pooling import pool
from metaan.univariate.subgrouping import _batches, subgroups
from tests.tolerance import EXACT, SOLVED, close

Y, V = [0.1, 0.3, 0.9, 0.5, 0.7, 1.1], [0.01, 0.02, 0.03, 0.02, 0.04, 0.05]
DOSE = ["low", "high", "low", "high", "low", "high"]
EFFECTS = Effects.from_arrays(
    Y, V, columns={"dose": DOSE, "half": ["a", "a", "a", "b", "b", None]}
)


@pytest.mark.parametrize("tau2", [each for each in ESTIMATORS if not ESTIMATORS[each].weighted])
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
    assert "Test for subgroup differences: none, for there is one subgroup" in fit.summary()
    assert "there is one subgroup" in fit._repr_html_()


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
    assert fit.remarks[0].startswith("1 of the 2 subgroups is a single study: ")
    assert "finds differences too readily" in fit.summary()


@pytest.mark.parametrize("hole", [None, "", float("nan"), pd.NA])
def test_a_missing_value_of_any_kind_is_named(hole):
    """None, empty, NaN and pandas' NA."""
    effects = Effects.from_arrays(
        [0.1, 0.2], [0.01, 0.01], study=["A", "B"], columns={"dose": ["low", hole]}
    )
    with pytest.raises(InputError, match="is missing for B"):
        subgroups(effects, by="dose")


def test_a_shared_tau2_is_estimated_around_the_means_of_the_subgroups():
    """By hand: DerSimonian and Laird's equation with a mean for each, by dense matrices."""
    y, v = np.array(Y), np.array(V)
    x = np.array([[dose == "low", dose == "high"] for dose in DOSE], dtype=float)
    w = np.diag(1 / v)
    p = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    tau2 = (y @ p @ y - 4) / np.trace(p)
    fit = subgroups(EFFECTS, "dose", tau2="DL", inference=WALD, shared_tau2=True)
    w = np.diag(1 / (v + tau2))
    covariance = np.linalg.inv(x.T @ w @ x)
    assert close([part.tau2 for part in fit.fits], [tau2, tau2], EXACT)
    assert close([part.estimate.value for part in fit.fits], covariance @ x.T @ w @ y, EXACT)
    assert close([part.estimate.se for part in fit.fits], np.sqrt(np.diag(covariance)), EXACT)
    assert fit.overall.tau2 == pool(EFFECTS, tau2="DL").tau2
    assert "one tau² for all subgroups" in fit.summary()


@pytest.mark.parametrize("tau2", [each for each in ESTIMATORS if not ESTIMATORS[each].weighted])
def test_one_subgroup_shares_with_itself(tau2):
    """With one level the shared tau² is that of the overall pool."""
    effects = Effects.from_arrays(Y, V, columns={"x": ["same"] * 6})
    fit = subgroups(effects, "x", tau2=tau2, shared_tau2=True)
    part, whole = fit.fits[0], fit.overall
    assert close(part.tau2, whole.tau2, SOLVED, typical=0.02)
    assert close(part.estimate.low, whole.estimate.low, SOLVED)
    assert close(part.prediction_interval.low, whole.prediction_interval.low, SOLVED)
    assert close(part.heterogeneity.tau2_high, whole.heterogeneity.tau2_high, SOLVED)
    assert fit.df_between == 0


def test_subgroups_of_one_study_each_leave_nothing_to_estimate():
    """Shared or not, tau² is 0 and every subgroup is its study."""
    effects = Effects.from_arrays(Y[:3], V[:3], columns={"x": ["a", "b", "c"]})
    for shared in (False, True):
        fit = subgroups(effects, "x", inference=HKSJ, shared_tau2=shared)
        assert [part.tau2 for part in fit.fits] == [0, 0, 0]
        assert close([part.estimate.value for part in fit.fits], Y[:3], EXACT)
        assert close([part.estimate.se for part in fit.fits], np.sqrt(V[:3]), EXACT)
        assert all(part.prediction_interval is None for part in fit.fits)


def test_one_study_in_one_subgroup():
    """One study: reported as it is, with no test."""
    effects = Effects.from_arrays([0.3], [0.04], columns={"x": ["a"]})
    for shared in (False, True):
        fit = subgroups(effects, "x", shared_tau2=shared)
        assert close(fit.fits[0].estimate.se, 0.2, EXACT)
        assert np.isnan(fit.p_between)
        assert "One study" not in fit.sentence()


def test_a_study_alone_borrows_the_shared_tau2():
    """Its interval is that of the model, and nothing says that tau² is missing."""
    effects = Effects.from_arrays(Y, V, columns={"x": ["a", "a", "a", "a", "a", "b"]})
    fit = subgroups(effects, "x", tau2="DL", shared_tau2=True)
    alone = fit["b"]
    assert alone.tau2 == fit["a"].tau2 > 0
    assert alone.inference == HKSJ
    assert alone.estimate.df == 4
    assert alone.prediction_interval is not None
    assert fit.remarks == alone.remarks == ()


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("size", [1e-150, 1e150])
def test_the_unit_of_the_effects_is_free(shared, size):
    """Effects near the ends of the numbers give the same test and scaled means."""
    plain = subgroups(EFFECTS, "dose", shared_tau2=shared)
    scaled = Effects.from_arrays(
        np.array(Y) * size, np.array(V) * size * size, columns={"dose": DOSE}
    )
    other = subgroups(scaled, "dose", shared_tau2=shared)
    assert close(other.q_between, plain.q_between, SOLVED)
    for level in plain.levels:
        assert close(other[level].estimate.low / size, plain[level].estimate.low, SOLVED)


def test_thousands_of_subgroups_cost_what_their_studies_cost():
    """Batches hold fewer than two cells for each study, and every study once."""
    rng = np.random.default_rng(8)
    group = np.concatenate([np.arange(3000), rng.integers(0, 40, 2000), np.full(4000, 7)])
    seen = [rows[present] for _, rows, present in _batches(group, 3000)]
    cells = sum(present.size for _, _, present in _batches(group, 3000))
    assert sorted(np.concatenate(seen).tolist()) == list(range(9000))
    assert cells < 2 * len(group)
    for chosen, rows, present in _batches(group, 3000):
        assert (group[rows] == chosen[:, None])[present].all()


def test_estimators_that_need_weights_ask_for_them():
    """Subgroups take none, and say so before anything is computed."""
    needy = [key for key, row in ESTIMATORS.items() if row.weighted]
    for key in needy:
        with pytest.raises(InputError, match="asks for weights"):
            subgroups(EFFECTS, "dose", tau2=key)


@pytest.mark.parametrize("level", [0.3, 0.0])
def test_equal_effects_share_a_tau2_without_a_warning(level):
    """No spread: standard errors of 0, an infinite statistic, or none where 0 is over 0."""
    effects = Effects.from_arrays(
        [level] * 4, [0.1, 0.2, 0.3, 0.4], columns={"g": ["a", "b", "a", "b"]}
    )
    with pytest.warns(EmptyIntervalWarning):
        fit = subgroups(effects, "g", shared_tau2=True)
    for part in fit.fits:
        assert part.estimate.value == part.estimate.low == part.estimate.high == level
        assert np.isposinf(part.estimate.statistic) if level else np.isnan(part.estimate.statistic)


def test_one_study_each_says_that_its_intervals_are_walds():
    """Nothing is left to estimate a spread from; neither the summary nor a note hides it."""
    effects = Effects.from_arrays([0.1, 0.2, 0.4], [0.1, 0.2, 0.3], columns={"g": list("abc")})
    fit = subgroups(effects, "g", inference=HKSJ, shared_tau2=True)
    assert [part.inference for part in fit.fits] == [WALD] * 3
    assert "note: as many subgroups as studies" in fit.summary()
    z = (fit["a"].estimate.high - 0.1) / np.sqrt(0.1)
    assert close(z, 1.959963984540054, EXACT)


@pytest.mark.parametrize("odd", ["yes", 1, None])
def test_shared_tau2_is_true_or_false(odd):
    """Anything else is not taken for True."""
    with pytest.raises(InputError, match=r"shared_tau2=.* must be True or False"):
        subgroups(EFFECTS, "dose", shared_tau2=odd)


@pytest.mark.parametrize(
    ("groups", "said", "remark"),
    [
        ("aaab", "within 1 of 2 subgroups by g, and of all 4 studies together. 1 subgroup is a "
         "single study, which has its Wald interval. The", "1 of the 2 subgroups is"),
        ("aabc", "2 subgroups are single studies, which have their Wald intervals. The",
         "2 of the 3 subgroups are"),
        ("abcd", "was pooled in a random-effects meta-analysis of 4 studies. Nothing was pooled "
         "by g: each subgroup is a single study with its Wald interval. The",
         "all 4 subgroups are"),
        ("aabb", "within 2 subgroups by g, and of all 4 studies together. The", ""),
    ],
)  # fmt: skip
def test_methods_say_what_was_pooled(groups, said, remark):
    """A subgroup of one study is no pool; the pool of all is one, with its degrees of freedom."""
    y, v = [0.1, 0.3, 0.5, 0.9], [0.01, 0.02, 0.02, 0.04]
    effects = Effects.from_arrays(y, v, columns={"g": list(groups)})
    fit = subgroups(effects, "g", inference=HKSJ)
    text = fit.methods_sentence()
    assert said in text
    assert "k − p" not in text
    df = sorted({part.k - 1 for part in (*fit.fits, fit.overall) if part.k > 1})
    words = f"{df[0]} to {df[-1]}" if len(df) > 1 else f"{df[0]}"
    assert f"(t distribution, {words} degrees of freedom)" in text
    assert set(fit.overall.references) - set(fit.references) == set()
    assert remark in "".join(fit.remarks)
    assert ("the pooled effect" in fit.sentence()) == (groups == "aabb")


def test_one_study_by_subgroup():
    """Nothing to pool, and no pool of all."""
    fit = subgroups(Effects.from_arrays([0.1], [0.01], columns={"g": ["a"]}), "g")
    assert fit.methods_sentence().startswith("One study was available, and nothing was pooled.")
    assert "all" not in fit.sentence().split()
