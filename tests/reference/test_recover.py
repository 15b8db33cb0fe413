"""Means and SDs from quantiles against metafor's conv.fivenum and meta's metamean."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.recovery.order_statistics import expected_order_statistic
from metaan.recovery.quantile_fit import EVERY, FAMILIES, probabilities
from metaan.recovery.quantile_formulas import Scenario, Summary, simple_mean
from metaan.recovery.quantiles import mean_sd_from_quantiles, skewness_test
from metaan.recovery.spread import sd_from_range
from tests.reference.pinned import numbers, pins
from tests.tolerance import EXACT, Tolerance, close

CONVERTED, INPUT = pins("conversions")["conv_fivenum"], pins("conversions")["conv_fivenum_input"]
META = pins("conversions")["metamean_median_input"]
COLUMNS = {"low": "min", "q1": "q1", "median": "median", "q3": "q3", "high": "max"}
GIVEN = {ours: numbers(INPUT[theirs]) for ours, theirs in COLUMNS.items()}
N = numbers(INPUT["n"])
RANGE, FIVE = ~np.isnan(GIVEN["low"]), ~np.isnan(GIVEN["low"] + GIVEN["q1"])

INTEGRATED = Tolerance(
    relative=3e-10,
    reason="R integrates 1 - Phi^n - (1 - Phi)^n with its default tolerance and is 1.8e-10 off "
    "for n = 40; R's own integral of the density of the maximum agrees with ours to 1e-13",
)
OPTIMIZED = Tolerance(
    relative=2e-4,
    reason="R's L-BFGS-B stops early: seen 1.8e-4 in an SD; our sum of squares is the lower one",
)
SIMULATED_ROUGHLY = Tolerance(
    relative=0.04,
    reason="two simulations of R's differ from each other by up to 2.5%",
)

CLOSED = {
    "norm:test=FALSE": "LUO_WAN_SHI",
    "lnorm:test=FALSE": "LOGNORMAL",
    "method=hozo2005": "HOZO",
    "method=wan2014": "WAN",
    "method=bland2015": "BLAND",
    "method=luo/wan/shi": "LUO_WAN_SHI",
    "method=blue": "BLUE",
}
OTHERS = {"method=walter2007", "method=qe", "norm:test=TRUE", "lnorm:test=TRUE"}


@pytest.mark.parametrize(("pin", "method"), CLOSED.items())
def test_closed_forms_are_those_of_metafor(pin, method):
    """Mean and SD agree to the last digits, and there is none where R has none."""
    found = mean_sd_from_quantiles(N, **GIVEN, method=method)
    assert close(found["mean"], numbers(CONVERTED[pin]["mean"]), EXACT)
    assert close(found["sd"], numbers(CONVERTED[pin]["sd"]), EXACT)


def test_every_pin_of_conv_fivenum_is_visited():
    """No pinned entry is passed over."""
    assert set(CLOSED) | OTHERS == set(CONVERTED)


def test_the_expected_range():
    """Walter and Yao's divisor, to what R's integral is worth."""
    pin = CONVERTED["method=walter2007"]
    found = mean_sd_from_quantiles(N, **GIVEN, method="WALTER_YAO")
    assert close(found["mean"], numbers(pin["mean"]), EXACT)
    assert close(found["sd"], numbers(pin["sd"]), INTEGRATED)
    # from R: 15 / (2 * integrate(function(x) 40*x*pnorm(x)^39*dnorm(x), -Inf, Inf)$value)
    assert close(found["sd"][0], 3.4709733496587547, EXACT)


@pytest.mark.parametrize(("pin", "logs"), [("norm:test=TRUE", False), ("lnorm:test=TRUE", True)])
def test_what_r_leaves_out_is_what_we_flag(pin, logs):
    """R's NA where the test finds skewness; elsewhere its numbers are those without the test."""
    values = {name: np.log(x) if logs else x for name, x in GIVEN.items()}
    found = skewness_test(N, **values)
    left_out = np.isnan(numbers(CONVERTED[pin]["mean"]))
    assert found["skewed"].tolist() == left_out.tolist()
    flags = mean_sd_from_quantiles(N, **GIVEN, method="LOGNORMAL" if logs else "WAN").flags
    assert [int(flag.split()[1][:-1]) for flag in flags] == (np.flatnonzero(left_out) + 1).tolist()


def sum_of_squares(family, mean, sd):
    """Return how far a family's quantiles are, at this mean and SD, from the printed ones."""
    given = Summary(N, *(GIVEN[name] for name in Summary._fields[1:]))
    total = np.full(N.shape, np.nan)
    quartiles = ~np.isnan(GIVEN["q1"]) & ~FIVE
    scenarios = zip(Scenario, (RANGE & ~FIVE, quartiles, FIVE), strict=True)
    for scenario, rows in scenarios:
        part = Summary(*(x[rows] for x in given))
        logs = family.log_quantile(tau_of(family, (sd / mean)[rows])[:, None],
                                   probabilities(part, scenario))  # fmt: skip
        log_mean, _ = family.moments(tau_of(family, (sd / mean)[rows]))
        off = np.exp(logs + np.log(mean[rows])[:, None] - log_mean[:, None])
        total[rows] = np.sum((off - part.quantiles(scenario)) ** 2, axis=-1)
    return total


def tau_of(family, ratio):
    """Return the shape of a family at which SD / mean is this ratio, by bisection."""
    low, high = np.full(ratio.shape, family.low), np.full(ratio.shape, family.high)
    with np.errstate(over="ignore"):
        rising = family.moments(np.array([0.5]))[1] > family.moments(np.array([0.4]))[1]
        for _ in range(200):
            middle = (low + high) / 2
            above = (family.moments(middle)[1] > ratio) == rising
            low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def test_quantile_estimation_is_nearer_than_r():
    """Our mean and SD are R's to 2e-4, and never fit the printed quantiles worse."""
    pin = {name: numbers(CONVERTED["method=qe"][name]) for name in ("mean", "sd")}
    found = mean_sd_from_quantiles(N, **GIVEN, method="QE")
    assert close(found["mean"], pin["mean"], OPTIMIZED)
    assert close(found["sd"], pin["sd"], OPTIMIZED)
    assert close(found["mean"][0], pin["mean"][0], EXACT)  # a normal distribution: closed
    families = [flag.split(" the ")[1].split()[0] for flag in found.flags]
    assert set(families) == {"normal", "lognormal", "gamma", "Weibull"} < set(EVERY)
    for flag, name in zip(found.flags, families, strict=True):
        if name not in FAMILIES:
            continue
        rows = [int(i) - 1 for i in flag.split(":")[0].removeprefix("rows ").removeprefix("row ")
                .split(", ")]  # fmt: skip
        mine = sum_of_squares(FAMILIES[name], found["mean"], found["sd"])[rows]
        theirs = sum_of_squares(FAMILIES[name], pin["mean"], pin["sd"])[rows]
        assert np.all(mine < theirs)


def test_tables_of_wan_are_our_expectations_rounded():
    """Meta's SDs have Wan's constants with three decimals: ours, rounded, give them exactly."""
    n = N[RANGE & ~FIVE]
    table = np.round(2 * expected_order_statistic(n, n), 3)
    span = (GIVEN["high"] - GIVEN["low"])[RANGE & ~FIVE]
    assert close(span / table, numbers(META["Luo Wan"]["sd"])[RANGE & ~FIVE], EXACT)
    quartiles = ~np.isnan(GIVEN["q1"])
    whole = 4 * np.ceil((N - 1) / 4) + 1  # meta takes the next n of the form 4Q + 1
    eta = np.round(2 * expected_order_statistic(0.75 * whole + 0.25, whole), 3)
    four = quartiles & (N <= 201)  # the end of table 2; beyond, the quantile
    spread = (GIVEN["q3"] - GIVEN["q1"]) / eta
    xi = np.where(N <= 50, np.round(2 * expected_order_statistic(N, N), 3), np.nan)
    with_range = (GIVEN["high"] - GIVEN["low"]) / xi
    tail = sd_from_range(GIVEN["low"], GIVEN["high"], N)["sd"]
    both = (spread + np.where(np.isnan(xi), tail, with_range)) / 2
    expected = numbers(META["Luo Wan"]["sd"])
    assert close(np.where(FIVE, both, spread)[four], expected[four], EXACT)


def test_the_other_pins_of_meta():
    """Luo's mean, Shi's SD, the simple mean but for a term of 1/n that meta adds to a range."""
    found = mean_sd_from_quantiles(N, **GIVEN)
    assert close(found["mean"], numbers(META["Luo Shi"]["mean"]), EXACT)
    assert close(found["sd"][FIVE], numbers(META["Luo Shi"]["sd"])[FIVE], EXACT)
    mean = mean_sd_from_quantiles(N, **GIVEN, method="WAN")["mean"]
    term = (GIVEN["low"] - 2 * GIVEN["median"] + GIVEN["high"]) / (4 * N)
    expected = numbers(META["Wan Wan"]["mean"])
    assert close(mean + np.where(RANGE & ~FIVE, term, 0), expected, EXACT)
    assert close(simple_mean(Summary(N, **GIVEN), Scenario.FIVE)[FIVE], expected[FIVE], EXACT)


def test_box_cox_is_what_r_simulates():
    """Near the middle of two simulations; where R simulates an infinite mean there is none."""
    found = mean_sd_from_quantiles(N, **GIVEN, method="BC")["mean"]
    draws = [numbers(META[f"BC-McGrath {sd}"]["mean"]) for sd in ("Shi", "Wan")]
    there = ~np.isnan(found)
    assert there.tolist() == [True, True, True, False, True, True]
    assert close(found[there], np.mean(draws, axis=0)[there], SIMULATED_ROUGHLY)
