"""Each program's conventions against that program's own numbers, from the table to the pool."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.conventions import CONVENTIONS
from metaan.core.effects import Effects
from metaan.core.errors import LeftOutWarning, NoInformationWarning
from metaan.trials.effects import effect_sizes
from metaan.univariate.pooling import pool
from tests.reference.pinned import columns, effects, fits, numbers, pins
from tests.tolerance import DEFAULT_R, EXACT, SOLVED, Tolerance, close

UNBIASED = Tolerance(
    relative=1e-11,
    reason="1 less a ratio near 1: R keeps about 11 digits of the unbiased variance's second part",
)
INPUTS = Tolerance(
    relative=0.02,
    reason="effects and limits were printed with three decimals, and tau² is near its border",
)
COUNTS = {"events1": "ai", "n1": "n1i", "events2": "ci", "n2": "n2i"}
MEANS = {
    "mean1": "m1i",
    "sd1": "sd1i",
    "n1": "n1i",
    "mean2": "m2i",
    "sd2": "sd2i",
    "n2": "n2i",
}


def table(name, wanted):
    """Return the columns of a pinned data set under our names."""
    found = columns(name)
    return {ours: found[theirs] for ours, theirs in wanted.items()}


def meta(key):
    """Return what the package meta gave."""
    return pins("conventions")["meta"][key]


@pytest.mark.parametrize("name", fits())
def test_metafor(name):
    """REML, z, normal prediction, Q-profile, I² from tau²: every figure of a default fit."""
    record = fits()[name]
    expected = record["rma_tight"]["REML:z"]
    predicted = record["predict"]["REML:z, predtype=default"]
    limits = record["confint_tau2_tight"]["REML:QP"]["tau2"]
    fit = pool(effects(record), conventions="metafor")
    size = fit.heterogeneity.typical_v
    assert close(fit.tau2, expected["tau2"], SOLVED, typical=size)
    assert close(fit.estimate.value, expected["beta"], SOLVED)
    assert close(fit.estimate.se, expected["se"], SOLVED)
    assert close(fit.estimate.low, expected["ci_lb"], SOLVED, typical=fit.estimate.se)
    assert close(fit.heterogeneity.i2, expected["I2"], SOLVED)
    assert close(fit.prediction_interval.low, predicted["pi.lb"], SOLVED, typical=fit.estimate.se)
    assert close(fit.prediction_interval.high, predicted["pi.ub"], SOLVED, typical=fit.estimate.se)
    assert close(fit.heterogeneity.tau2_low, limits[1], SOLVED, typical=size)
    assert close(fit.heterogeneity.tau2_high, limits[2], SOLVED, typical=size)
    assert "conventions of metafor" in fit.summary()


META = ["dat.bcg/generic_logRR/metagen:REML", "dat.normand1999/metacont:SMD"]


@pytest.mark.parametrize("key", META)
def test_meta(key):
    """REML at meta's threshold, classic z, t(k - 1), I² from Q."""
    expected = meta(key)
    studies = Effects.from_arrays(expected["TE"], se=expected["seTE"])
    fit = pool(studies, conventions="meta")
    assert close(fit.tau2, expected["tau2"], DEFAULT_R)
    assert close(fit.estimate.value, expected["TE.random"], DEFAULT_R)
    assert close(fit.heterogeneity.i2_q, 100 * expected["I2"], EXACT)
    assert f"I² = {100 * expected['I2']:.1f}% [from Q]; I² = " in fit.summary()
    assert f"I² = {100 * expected['I2']:.1f}% (from Q)" in fit.sentence()


@pytest.mark.parametrize("key", META)
def test_meta_at_its_own_tau2(key):
    """With its tau² given, every figure of the pool is meta's to the last digits."""
    expected = meta(key)
    studies = Effects.from_arrays(expected["TE"], se=expected["seTE"])
    fit = pool(studies, conventions="meta", tau2=expected["tau2"])
    assert close(fit.estimate.value, expected["TE.random"], EXACT)
    assert close(fit.estimate.se, expected["seTE.random"], EXACT)
    assert close(fit.estimate.low, expected["lower.random"], EXACT)
    assert close(fit.estimate.high, expected["upper.random"], EXACT)
    assert close(fit.estimate.statistic, expected["statistic.random"], EXACT)
    assert close(fit.prediction_interval.low, expected["lower.predict"], EXACT)
    assert close(fit.prediction_interval.high, expected["upper.predict"], EXACT)
    assert close(fit.heterogeneity.q, expected["Q"], EXACT)
    assert expected["method.predict"] == "V"


def test_standardized_mean_differences_of_meta():
    """Exact correction and the unbiased variance, from the table to the pool."""
    expected = meta("dat.normand1999/metacont:SMD")
    studies = effect_sizes(table("dat.normand1999", MEANS), "SMD", conventions="meta")
    assert close(studies.y, expected["TE"], EXACT)
    assert close(studies.v, np.square(expected["seTE"]), UNBIASED)
    fit = pool(studies, conventions="meta")
    assert close(fit.tau2, expected["tau2"], DEFAULT_R)
    assert close(fit.estimate.se, expected["seTE.random"], DEFAULT_R)


def test_odds_ratios_with_empty_cells_of_meta():
    """0.5 to each cell of a table with a zero; a study without events has no odds ratio."""
    expected = meta("dat.nielweise2007/metabin:OR:Inverse")
    with pytest.warns(LeftOutWarning, match="no events in either group"):
        studies = effect_sizes(table("dat.nielweise2007", COUNTS), "OR", conventions="meta")
    known = ~np.isnan(numbers(expected["TE"]))
    assert close(studies.y, numbers(expected["TE"])[known], EXACT)
    errors = np.array(expected["seTE"], dtype=float)  # "Inf" where there is none
    assert close(studies.v, errors[known] ** 2, EXACT)
    fit = pool(studies, conventions="meta", tau2=expected["tau2"])
    assert close(fit.estimate.value, expected["TE.random"], EXACT)
    assert close(fit.estimate.low, expected["lower.random"], EXACT)
    assert any("by Mantel-Haenszel unless told otherwise" in text for text in fit.remarks)


def test_risk_ratios_with_empty_cells_of_meta_are_not_offered():
    """Its denominators grow by 0.5 once, ours twice: that is said, and no number is claimed."""
    expected = numbers(meta("dat.nielweise2007/metabin:RR:Inverse")["TE"])
    counts = table("dat.nielweise2007", COUNTS)
    with pytest.warns(NoInformationWarning):
        studies = effect_sizes(counts, "RR", conventions="meta")
    assert "stands on no page" in studies.remarks[-1]
    zero = (counts["events1"] == 0) | (counts["events2"] == 0)
    both = (counts["events1"] == 0) & (counts["events2"] == 0)
    a, c = (counts[name] + 0.5 * zero for name in ("events1", "events2"))
    n1, n2 = (counts[name] + 0.5 * zero for name in ("n1", "n2"))
    assert close(np.log(a / n1 / (c / n2))[~both], expected[~both], EXACT)
    assert close(studies.y[~zero], expected[~zero], EXACT)
    assert np.all(studies.y[zero & ~both] != expected[zero & ~both])
    assert "RR" not in CONVENTIONS["meta"].measures


@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_two_by_two_tables_of_metafor(measure):
    """The defaults of escalc."""
    expected = pins("escalc")["datasets"]["dat.nielweise2007"][measure]
    with pytest.warns(NoInformationWarning):
        studies = effect_sizes(table("dat.nielweise2007", COUNTS), measure, conventions="metafor")
    assert close(studies.y, expected["yi"], EXACT)
    assert close(studies.v, expected["vi"], EXACT)


@pytest.mark.parametrize("name", fits())
@pytest.mark.parametrize(
    ("program", "block", "key", "tolerance"),
    [("RevMan5", "rma", "DL:z", EXACT), ("RevMan", "rma_tight", "REML:knha", SOLVED)],
)
def test_revman(name, program, block, key, tolerance):
    """DerSimonian and Laird with z; since 2025 REML with Hartung, Knapp, Sidik and Jonkman."""
    record = fits()[name]
    expected = record[block][key]
    fit = pool(effects(record), conventions=program)
    size = fit.heterogeneity.typical_v
    assert close(fit.tau2, expected["tau2"], tolerance, typical=size)
    assert close(fit.estimate.value, expected["beta"], tolerance)
    assert close(fit.estimate.se, expected["se"], tolerance)
    assert close(fit.estimate.high, expected["ci_ub"], tolerance, typical=fit.estimate.se)
    assert close(fit.heterogeneity.i2, expected["I2"], tolerance)


# Statalist, thread 1696829: what Stata printed for its own example (webuse metaset), defaults.
STATA = (
    (1.480, -0.352, 3.311),
    (0.999, -0.933, 2.931),
    (1.272, 0.427, 2.117),
    (1.001, 0.750, 1.252),
    (1.179, -0.527, 2.884),
    (1.939, 0.427, 3.452),
    (2.377, 1.005, 3.750),
    (0.694, -0.569, 1.956),
    (1.099, -0.147, 2.345),
    (1.805, -0.151, 3.761),
)


def test_stata():
    """The figures that it printed, from effects and limits printed to three decimals."""
    value, low, high = np.array(STATA).T
    fit = pool(Effects.from_arrays(value, se=(high - low) / 3.919927969), conventions="Stata")
    estimate, het = fit.estimate, fit.heterogeneity
    told = [f"{x:.3f}" for x in (estimate.value, estimate.low, estimate.high)]
    assert told == ["1.138", "0.857", "1.418"]
    figures = (estimate.statistic, het.q, het.p_value, fit.tau2, het.i2, het.h2)
    assert close(figures, (7.95, 6.34, 0.7054, 0.0157, 5.30, 1.06), INPUTS)
    assert het.i2_q == 0  # so that its I² can only be that from tau²
