"""Conversions: slopes by differences, round trips, ranges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metaan.conversion.correlation import (
    CORRELATIONS,
    biserial_to_point_biserial,
    d_to_r,
    point_biserial_to_biserial,
    r_to_d,
)
from metaan.conversion.delta import convert_by, delta_method
from metaan.conversion.overlap import READINGS, d_to_overlap, d_to_superiority, superiority_to_d
from metaan.conversion.risk import or_to_rd, or_to_rr, rd_to_rr, rr_to_or, rr_to_rd
from metaan.conversion.standardized import (
    LATENT,
    SLOPES,
    d_to_log_or,
    log_or_to_d,
    log_or_to_tetrachoric,
    r_to_z,
    smd_to_units,
    z_to_r,
)
from metaan.core.errors import ChoiceError, InputError
from tests.tolerance import EXACT, Tolerance, close

SLOPE = Tolerance(relative=1e-7, reason="central differences with a step of 1e-5")
SIZES = {"n1": 35, "n2": 62}
ANY = np.array([-1.3, -0.4, 0.15, 0.9])
SMALL = ANY / 2
SHARES = np.array([0.1, 0.4, 0.6, 0.93])
LOG_RATIOS = np.array([-1.3, -0.4, 0.15, 0.5])

FUNCTIONS = {
    "r_to_z": (r_to_z, SMALL),
    "z_to_r": (z_to_r, ANY),
    "units": (lambda y, v: smd_to_units(y, v, 17.0, instrument="a scale"), ANY),
    "superiority": (d_to_superiority, ANY),
    "from superiority": (superiority_to_d, SHARES),
    "raised to biserial": (lambda y, v: point_biserial_to_biserial(y, v, 0.3), SMALL),
    "lowered to point-biserial": (lambda y, v: biserial_to_point_biserial(y, v, 0.3), SMALL),
    "or_to_rr": (lambda y, v: or_to_rr(y, v, 0.3), LOG_RATIOS),
    "or_to_rd": (lambda y, v: or_to_rd(y, v, 0.3), LOG_RATIOS),
    "rr_to_or": (lambda y, v: rr_to_or(y, v, 0.3), LOG_RATIOS),
    "rr_to_rd": (lambda y, v: rr_to_rd(y, v, 0.3), LOG_RATIOS),
    "rd_to_rr": (lambda y, v: rd_to_rr(y, v, 0.3), LOG_RATIOS / 5),
}
for method in SLOPES:
    FUNCTIONS[f"to d {method}"] = (lambda y, v, m=method: log_or_to_d(y, v, method=m), ANY)
    FUNCTIONS[f"of d {method}"] = (lambda y, v, m=method: d_to_log_or(y, v, method=m), ANY)
for method in LATENT:
    FUNCTIONS[method] = (lambda y, v, m=method: log_or_to_tetrachoric(y, v, method=m), ANY)
for kind in CORRELATIONS:
    FUNCTIONS[f"to {kind}"] = (lambda y, v, k=kind: d_to_r(y, v, **SIZES, kind=k), ANY)
    FUNCTIONS[f"of {kind}"] = (lambda y, v, k=kind: r_to_d(y, v, **SIZES, kind=k), SMALL)
for reading in READINGS:
    FUNCTIONS[reading] = (lambda y, v, r=reading: d_to_overlap(y, v, reading=r), ANY)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_variance_is_that_of_the_delta_method(name):
    """The closed slope is that of the conversion itself, and v is multiplied by its square."""
    function, y = FUNCTIONS[name]
    step = 1e-5
    slope = (function(y + step, 0.0)["y"] - function(y - step, 0.0)["y"]) / (2 * step)
    assert close(function(y, 0.04)["v"], 0.04 * slope**2, SLOPE)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_missing_numbers_and_shapes(name):
    """NaN stays in its study, v goes with y; leading axes and single numbers are kept."""
    function, y = FUNCTIONS[name]
    found = function(np.where([True, False, False, False], np.nan, y), [0.1, np.nan, 0.1, 0.1])
    assert np.isnan(found["y"]).tolist() == [True, False, False, False]
    assert np.isnan(found["v"]).tolist() == [True, True, False, False]
    assert found.flags == ()
    assert function(y.reshape(2, 2), 0.1)["v"].shape == (2, 2)
    assert function(y[0], 0.1)["y"].shape == ()
    with pytest.raises(InputError, match=r"row 4: v must not be negative"):
        function(y, [0.1, 0.1, 0.1, -0.1])


@pytest.mark.parametrize(
    ("there", "back", "y"),
    [
        (r_to_z, z_to_r, SMALL),
        (d_to_superiority, superiority_to_d, ANY),
        (d_to_log_or, log_or_to_d, ANY),
        (d_to_r, r_to_d, ANY),
        (FUNCTIONS["to POINT_BISERIAL"][0], FUNCTIONS["of POINT_BISERIAL"][0], ANY),
        (FUNCTIONS["raised to biserial"][0], FUNCTIONS["lowered to point-biserial"][0], SMALL),
        (FUNCTIONS["or_to_rr"][0], FUNCTIONS["rr_to_or"][0], LOG_RATIOS),
        (FUNCTIONS["rr_to_rd"][0], FUNCTIONS["rd_to_rr"][0], LOG_RATIOS),
    ],
)
def test_round_trips(there, back, y):
    """There and back gives effect and variance again."""
    first = there(y, 0.04)
    second = back(first["y"], first["v"])
    assert close(second["y"], y, EXACT, typical=1.0)
    assert close(second["v"], np.full(4, 0.04), EXACT, typical=1.0)


def test_point_biserial_is_the_correlation_of_raw_data():
    """Cohen's d of a sample leads to the correlation of its group and outcome exactly."""
    rng = np.random.default_rng(3)
    one, two = rng.normal(1, 2, 35), rng.normal(0, 2, 62)
    pooled = (34 * one.var(ddof=1) + 61 * two.var(ddof=1)) / 95
    d = (one.mean() - two.mean()) / np.sqrt(pooled)
    group = np.repeat([1, 0], [35, 62])
    r = np.corrcoef(group, np.concatenate([one, two]))[0, 1]
    assert close(d_to_r(d, 0.0, **SIZES)["y"], r, EXACT)


def test_large_equal_groups_are_the_default_and_recorded():
    """H = 4 is the limit of equal groups; only the default is an assumption."""
    found = d_to_r(ANY, 0.04)
    many = d_to_r(ANY, 0.04, n1=1e12, n2=1e12)
    near = Tolerance(relative=1e-11, reason="N - 2 for N")
    assert close(found["y"], many["y"], near)
    assert str(found.assumptions[0]) == "groups equal and large (assumed)"
    assert many.assumptions == ()


def test_superiority_and_overlap_are_areas():
    """Against the normal distributions themselves, integrated over a fine grid."""
    d, x = 0.7, np.linspace(-12, 12, 200_001)
    one, two = stats.norm.pdf(x, d), stats.norm.pdf(x)
    grid = Tolerance(relative=1e-8, reason="a sum over a grid of 24 / 200,000")
    step = x[1] - x[0]
    assert close(
        np.sum(np.minimum(one, two)) * step, d_to_overlap(d, 0.1, reading="OVERLAP")["y"], grid
    )
    superior = np.sum(one * stats.norm.cdf(x)) * step
    assert close(superior, d_to_superiority(d, 0.1)["y"], grid)
    assert close(2 * superior - 1, d_to_overlap(d, 0.1, reading="CLIFF")["y"], grid)


@pytest.mark.parametrize("reading", READINGS)
def test_corners_have_no_variance(reading):
    """U1 and overlap depend on the size of d alone: at 0 there is a flag instead of a slope."""
    found = d_to_overlap([0.5, 0.0], 0.04, reading=reading)
    corner = reading in ("U1", "OVERLAP")
    assert np.isnan(found["v"]).tolist() == [False, corner]
    assert [flag[:6] for flag in found.flags] == ["row 2:"] * corner


def test_risks_at_a_baseline():
    """Odds ratio, risk ratio and risk difference of one pair of risks, for a sweep of risks."""
    p, q = np.array([0.05, 0.2, 0.5])[:, None], np.array([0.03, 0.4])
    log_or = np.log(q / (1 - q)) - np.log(p / (1 - p))
    log_rr = np.log(q / p)
    assert close(or_to_rr(log_or, 0.1, p)["y"], log_rr, EXACT, typical=1.0)
    assert close(or_to_rd(log_or, 0.1, p)["y"], q - p, EXACT, typical=1.0)
    assert close(rr_to_or(log_rr, 0.1, p)["y"], log_or, EXACT, typical=1.0)
    assert close(rr_to_rd(log_rr, 0.1, p)["y"], q - p, EXACT, typical=1.0)
    found = rd_to_rr(q - p, 0.1, p)
    assert close(found["y"], log_rr, EXACT, typical=1.0)
    assert str(found.assumptions[0]) == "baseline risk 0.05, 0.2, 0.5 (assumed)"


def test_small_effects_keep_their_digits():
    """A log odds ratio of 1e-9 moves the risk by p (1 - p) 1e-9, with all digits."""
    tiny = Tolerance(relative=1e-8, reason="the next term of the series is of the size 1e-9")
    assert close(or_to_rd(1e-9, 0.1, 0.3)["y"], 0.21e-9, tiny)
    assert close(or_to_rr(1e-9, 0.1, 0.3)["y"], 0.7e-9, tiny)
    assert close(rr_to_rd(1e-9, 0.1, 0.3)["y"], 0.3e-9, tiny)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: r_to_z([0.2, 1.0], 0.1), "row 2: r must lie"),
        (lambda: r_to_d([1.2], 0.1), "row 1: r must lie"),
        (lambda: superiority_to_d([0.0], 0.1), "probability of superiority must lie"),
        (lambda: point_biserial_to_biserial([0.1], 0.1, 40), "share must lie"),
        (lambda: smd_to_units([0.1], 0.1, 0.0, instrument="VAS"), "sd must be positive"),
        (lambda: d_to_r([0.1], 0.1, n1=20), "n1 and n2 go together"),
        (lambda: d_to_r([0.1], 0.1, n1=0, n2=20), "both groups must have participants"),
        (lambda: or_to_rr([0.1], 0.1, 20), "baseline risk must lie"),
        (lambda: rr_to_rd(np.log([4.0]), 0.1, 0.3), "times risk ratio must not exceed 1"),
        (lambda: rr_to_or(np.log([2.0]), 0.1, 0.5), "times risk ratio must be below 1"),
        (lambda: rd_to_rr([-0.3], 0.1, 0.3), "plus difference must be above 0"),
        (lambda: delta_method(np.exp, [1.0, 2.0], [[1.0]]), "do not fit a covariance"),
    ],
)
def test_ranges(call, text):
    """What is outside the range of a metric is refused, with the row."""
    with pytest.raises(InputError, match=text):
        call()


def test_every_fault_is_in_one_error():
    """Ranges and variances together."""
    with pytest.raises(InputError) as caught:
        rr_to_rd(np.log([0.5, 4.0]), [-0.1, 0.1], 0.3)
    assert "row 1: v must not" in str(caught.value)
    assert "row 2: baseline risk times" in str(caught.value)


def test_unknown_names():
    """A misspelled row lists the rows."""
    with pytest.raises(ChoiceError, match="HASSELBLAD_HEDGES, COX_SNELL"):
        log_or_to_d([0.1], 0.1, method="HH")
    with pytest.raises(ChoiceError, match="U3"):
        d_to_overlap([0.1], 0.1, reading="U4")
    with pytest.raises(ChoiceError, match="POINT_BISERIAL, BISERIAL"):
        d_to_r([0.1], 0.1, kind="pearson")


def test_assumptions_name_the_instrument():
    """An SD is somebody's, of some instrument; several are listed."""
    found = smd_to_units([-0.5], [0.04], np.array([20.0, 25.0])[:, None], instrument="VAS 0-100")
    assert str(found.assumptions[0]) == "SD of VAS 0-100 20, 25 (assumed)"
    assert close(found["y"], [[-10.0], [-12.5]], EXACT)
    assert found.method == "SMD in units of VAS 0-100"


def test_numerical_slopes_of_many_at_once():
    """Leading axes run over analyses, and a correlation of estimates carries over."""
    rng = np.random.default_rng(4)
    x = rng.uniform(0.5, 2, (5, 3))
    root = rng.normal(size=(5, 3, 3))
    spread = root @ np.swapaxes(root, -1, -2)
    values, covariance = delta_method(lambda z: np.log(z[..., :2] / z[..., 2:]), x, spread)
    g = np.stack([np.stack([1 / x[:, 0], 0 * x[:, 0], -1 / x[:, 2]], -1),
                  np.stack([0 * x[:, 0], 1 / x[:, 1], -1 / x[:, 2]], -1)], axis=1)  # fmt: skip
    near = Tolerance(relative=1e-9, absolute=1e-9, reason="extrapolated differences")
    assert close(values, np.log(x[:, :2] / x[:, 2:]), EXACT, typical=1.0)
    assert close(covariance, g @ spread @ np.swapaxes(g, -1, -2), near)
    assert close(convert_by(np.exp, [0.0, 1.0], 0.1)["v"], [0.1, 0.1 * np.exp(2)], near)
