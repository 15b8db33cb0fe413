"""Means and SDs from printed quantiles: draws, symmetries, gaps, flags and faults."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from metaan.core.errors import ChoiceError, InputError
from metaan.recovery.quantile_methods import QUANTILE_METHODS
from metaan.recovery.quantiles import mean_sd_from_quantiles, skewness_test
from tests.tolerance import EXACT, Tolerance, close, simulated

NAN = np.nan
SETS = {
    "RANGE": {"low": 2.0, "median": 9.0, "high": 18.5},
    "QUARTILES": {"q1": 8.0, "median": 11.0, "q3": 14.5},
    "FIVE": {"low": 1.0, "q1": 4.5, "median": 6.5, "q3": 9.2, "high": 14.0},
}
PAIRS = [(key, s.name) for key, row in QUANTILE_METHODS.items() for s in row.scenarios]
NORMAL = [(key, s) for key, s in PAIRS
          if QUANTILE_METHODS[key].distribution == "normal"]  # fmt: skip
SEARCHED = Tolerance(relative=2e-8, reason="the minimum of least squares, from other units")
ROUGH = Tolerance(relative=0.012, reason="Wan's constants and Shi's weight are approximations")


def draws(n, studies, seed, make):
    """Return the five numbers of many studies of n = 4 Q + 1 participants."""
    x = np.sort(make(np.random.default_rng(seed), (studies, n)), axis=-1)
    at = dict(zip(("low", "q1", "median", "q3", "high"), range(0, n, (n - 1) // 4), strict=True))
    return {name: x[:, place] for name, place in at.items()}


def of(scenario, columns):
    """Return the columns that a scenario prints."""
    return {name: columns[name] for name in SETS[scenario]}


@pytest.mark.parametrize(("method", "scenario"), NORMAL)
def test_normal_participants(method, scenario):
    """Of normal participants the mean is unbiased, and the SD to what the constants are worth."""
    columns = of(scenario, draws(41, 8_000, 5, lambda rng, size: rng.normal(30, 4, size)))
    found = mean_sd_from_quantiles(41, **columns, method=method)
    for name, true in (("mean", 30.0), ("sd", 4.0)):
        noise = simulated(float(found[name].std()) / np.sqrt(8_000)).absolute
        allowed = Tolerance(relative=ROUGH.relative, absolute=noise, reason=ROUGH.reason)
        assert close(found[name].mean(), true, allowed)


def test_the_bias_of_published_ranks():
    """Of 40 the authors' median is the 21st, which papers do not print: BLUE's mean is too low."""
    x = np.random.default_rng(9).normal(0, 1, (20_000, 40))
    low, q1, median, q3, high = np.quantile(x, [0, 0.25, 0.5, 0.75, 1], axis=1)
    columns = {"low": low, "q1": q1, "median": median, "q3": q3, "high": high}
    biased = mean_sd_from_quantiles(40, **columns, method="BLUE")["mean"]
    sound = mean_sd_from_quantiles(40, **columns)["mean"]
    noise = simulated(float(sound.std()) / np.sqrt(len(sound)))
    assert close(sound.mean(), 0.0, noise)
    assert -0.04 < biased.mean() < -0.025


@pytest.mark.parametrize("scenario", SETS)
def test_lognormal_participants(scenario):
    """Of lognormal participants mean and variance are nearly unbiased; the normal mean is not."""
    columns = of(scenario, draws(101, 8_000, 6, lambda r, size: r.lognormal(1, 0.6, size)))
    found = mean_sd_from_quantiles(101, **columns, method="LOGNORMAL")
    mean = np.exp(1 + 0.18)
    assert close(found["mean"].mean(), mean, Tolerance(relative=0.01, reason="fitted constants"))
    variance = mean**2 * np.expm1(0.36)
    assert close(np.mean(found["sd"] ** 2), variance, Tolerance(relative=0.08, reason="as above"))
    normal = mean_sd_from_quantiles(101, **columns)["mean"].mean()
    assert normal / mean < 0.98


@pytest.mark.parametrize("n", [13, 41, 201])
@pytest.mark.parametrize("scenario", SETS)
def test_the_skewness_test_keeps_its_level(n, scenario):
    """Five percent of normal studies are flagged (seen 4.4 to 5.0%), most skewed ones are too."""
    studies = 10_000
    columns = of(scenario, draws(n, studies, 7, lambda rng, size: rng.normal(0, 1, size)))
    share = skewness_test(n, **columns)["skewed"].mean()
    assert 0.04 < share < 0.05 + 4 * np.sqrt(0.05 * 0.95 / studies)
    columns = of(scenario, draws(n, 500, 8, lambda rng, size: rng.exponential(1, size)))
    assert skewness_test(n, **columns)["skewed"].mean() > 1.5 * share


@pytest.mark.parametrize(("method", "scenario"), PAIRS)
@settings(max_examples=20)
@given(factor=st.floats(1e-3, 1e3), n=st.integers(5, 300))
def test_units_change_nothing_but_the_unit(method, scenario, factor, n):
    """Another unit multiplies mean and SD, whatever the method."""
    values = SETS[scenario]
    once = mean_sd_from_quantiles(n, **values, method=method)
    other = {name: factor * value for name, value in values.items()}
    if method == "QE" and max(other.values()) < 1:
        other = values  # below 1 a beta distribution is fitted too, which has no unit
        factor = 1.0
    found = mean_sd_from_quantiles(n, **other, method=method)
    for name in ("mean", "sd"):
        assert close(found[name], factor * once[name], SEARCHED)


@pytest.mark.parametrize(
    ("method", "scenario"),
    [(k, s) for k, s in PAIRS if not QUANTILE_METHODS[k].logs and k != "QE"],
)
def test_another_zero_and_a_mirror(method, scenario):
    """A shift moves the mean alone; a change of sign mirrors it (with BLUE for n = 4 Q + 1)."""
    values = SETS[scenario]
    once = mean_sd_from_quantiles(41, **values, method=method)
    moved = {name: value - 100.0 for name, value in values.items()}
    swap = {"low": "high", "high": "low", "q1": "q3", "q3": "q1", "median": "median"}
    mirrored = {swap[name]: -value for name, value in values.items()}
    for columns, mean in ((moved, once["mean"] - 100), (mirrored, -once["mean"])):
        found = mean_sd_from_quantiles(41, **columns, method=method)
        assert close(found["mean"], mean, EXACT)
        assert close(found["sd"], once["sd"], Tolerance(relative=1e-11, reason="sums"))


@pytest.mark.parametrize("method", QUANTILE_METHODS)
def test_mixed_columns_are_their_studies_one_by_one(method):
    """Each study by what it has, in any order and shape; the rest is NaN with a flag."""
    columns = {
        name: np.array([SETS[s].get(name, NAN) for s in SETS] + [9.0 if name == "median" else NAN])
        for name in SETS["FIVE"]
    }
    together = mean_sd_from_quantiles(40, **columns, method=method)
    for i, values in enumerate(SETS.values()):
        alone = mean_sd_from_quantiles(40, **values, method=method)
        assert close(together["mean"][i], float(alone["mean"]), EXACT)
        assert close(together["sd"][i], float(alone["sd"]), EXACT)
    assert "row 4: neither range nor quartiles are complete" in together.flags
    for i in np.flatnonzero(np.isnan(together["sd"])):
        assert any(f"{i + 1}" in flag.split(":")[0] for flag in together.flags)
    grid = {name: x.reshape(2, 2) for name, x in columns.items()}
    assert close(mean_sd_from_quantiles(40, **grid, method=method)["sd"].ravel(),
                 together["sd"], EXACT)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("normal", stats.norm(9, 2)),
        ("lognormal", stats.lognorm(0.7, scale=5)),
        ("gamma", stats.gamma(2.5, scale=3)),
        ("Weibull", stats.weibull_min(2.2, scale=7)),
        ("beta", stats.beta(2.3, 5.1)),
    ],
)
@pytest.mark.parametrize("scenario", SETS)
def test_quantile_estimation_finds_what_it_is_given(name, distribution, scenario):
    """The quantiles of a distribution give its name, its mean and its SD."""
    p = {"low": 0.02, "q1": 0.25, "median": 0.5, "q3": 0.75, "high": 0.98}
    values = {each: distribution.ppf(p[each]) for each in SETS[scenario]}
    found = mean_sd_from_quantiles(50, **values, method="QE")
    assert close(found["mean"], distribution.mean(), SEARCHED)
    assert close(found["sd"], distribution.std(), SEARCHED)
    assert found.flags == (f"the {name} distribution fits best",)


def test_quantile_estimation_of_zeros_and_ties():
    """Without positive values only a normal fit; one value for all quantiles is an SD of 0."""
    found = mean_sd_from_quantiles([30, 30], median=[1, 5], low=[-2, 5], high=[6, 5], method="QE")
    assert close(found["mean"], [5 / 3, 5.0], EXACT)
    assert found["sd"][1] == 0
    assert found.flags == (
        "row 2: the normal distribution fits best",
        "row 1: a value is not positive: only a normal distribution was fitted",
        "row 2: SD 0: the printed quantiles are one value",
    )


def test_box_cox_against_draws():
    """A square root that is normal is found; a lognormal is the power 0."""
    z = stats.norm.ppf([0.25, 0.5, 0.75])
    found = mean_sd_from_quantiles(
        1001, **dict(zip(SETS["QUARTILES"], (5 + 0.6 * z) ** 2, strict=True)), method="BC"
    )
    assert close(found["mean"], 25 + 0.36, Tolerance(relative=1e-3, reason="Wan's constants"))
    assert close(found["sd"], np.sqrt(4 * 25 * 0.36 + 2 * 0.36**2),
                 Tolerance(relative=3e-3, reason="as above"))  # fmt: skip
    log = mean_sd_from_quantiles(
        1001, **dict(zip(SETS["QUARTILES"], np.exp(2 + 0.4 * z), strict=True)), method="BC"
    )
    assert close(log["mean"], np.exp(2.08), Tolerance(relative=1e-3, reason="as above"))
    tied = mean_sd_from_quantiles(40, median=5, q1=5, q3=7, method="BC")
    assert np.isnan(tied["mean"])
    assert tied.flags == ("no power makes the quantiles symmetric, two of them are one value",)


def test_flags():
    """Skewed studies keep their numbers; a missing median keeps the SD; gaps are named."""
    found = mean_sd_from_quantiles(
        [33, NAN, 20, 18], median=[18, 9, NAN, 3], q1=[14, 8, 2, 3], q3=[25, 12, 9, 3],
        low=[10, NAN, NAN, NAN], high=[41, NAN, NAN, NAN],
    )  # fmt: skip
    assert np.isnan(found["mean"]).tolist() == [False, True, True, False]
    assert np.isnan(found["sd"]).tolist() == [False, True, False, False]
    assert found.flags == (
        "row 1: skewed (Shi 2023 test, 0.666 > 0.516): mean and SD not advised",
        "row 2: n is missing",
        "row 3: no median, so that there is no mean",
        "row 4: SD 0: the printed quantiles are one value",
    )
    blank = mean_sd_from_quantiles([33, 40, NAN], median=[18, NAN, NAN], q1=14, q3=[25, NAN, NAN])
    assert blank.flags == (
        "row 3: n is missing",
        "row 2: neither range nor quartiles are complete",
    )
    printed = mean_sd_from_quantiles([33, 40, NAN], median=[6, NAN, NAN], q1=[4, NAN, NAN],
                                     q3=[8, NAN, NAN])  # fmt: skip
    assert np.isnan(printed["sd"]).tolist() == [False, True, True]
    assert printed.flags == ()
    old = mean_sd_from_quantiles([33, 20, 20], median=[18, 6, 7], q1=4, q3=25, method="HOZO")
    assert old.flags == ("rows 1, 2, 3: HOZO has no formula for median and quartiles",)
    assert old.assumptions == ()
    few = mean_sd_from_quantiles(4, median=5, low=1, high=8, method="BLUE")
    assert few.flags == ("fewer than five participants: their quantiles coincide",)
    assert np.isnan(skewness_test(4, median=5, low=1, high=8)["statistic"])


@pytest.mark.parametrize(
    ("columns", "method", "rule"),
    [
        ({"median": [9, 8], "q1": [10, 7], "q3": [12, 9]}, "WAN", "^row 1: quantiles must not"),
        ({"median": 9, "low": 10, "high": 12}, "WAN", "got low 10, q1 –, median 9"),
        ({"median": 9, "q1": 5, "q3": 12, "low": 6}, "WAN", "must not decrease"),
        ({"median": 9, "low": 1, "high": np.inf}, "WAN", "must be finite"),
        ({"median": [9, 9], "q1": [0, 1], "q3": 12}, "LOGNORMAL", "row 1: LOGNORMAL needs posit"),
        ({"median": [9, 9], "q1": [2, -1], "q3": 12}, "BC", "row 2: BC needs positive values"),
    ],
)
def test_impossible_numbers_are_refused(columns, method, rule):
    """Every fault with its row and numbers."""
    with pytest.raises(InputError, match=rule):
        mean_sd_from_quantiles(20, **columns, method=method)


def test_all_faults_at_once():
    """One error names the study that is out of order and the study of two."""
    text = r"row 2: quantiles must not decrease.*row 1: n must be at least 3; got n 2"
    with pytest.raises(InputError, match=text):
        mean_sd_from_quantiles([2, 20], median=[9, 9], low=[1, 10], high=20)
    with pytest.raises(InputError, match="n must be at least 3"):
        skewness_test(2, median=3, low=1, high=4)
    with pytest.raises(ChoiceError, match=r'choose one of LUO_WAN_SHI.*Did you mean "HOZO"'):
        mean_sd_from_quantiles(20, median=3, low=1, high=4, method="hozo")
