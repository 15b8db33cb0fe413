"""Likelihoods of selection models with several maxima: the highest is found, others are named.

Log odds ratios and variances of R's metadat, as it computes them from its tables: Egger's trials
of intravenous magnesium (dat.egger2001), Lee's of acupoint stimulation (dat.lee2004) and Hahn's of
rehydration solutions (dat.hahn2001).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.selection.model import selection_model
from metaan.diagnostics.selection.record import SelectionFit
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.diagnostics.selection_naive import FUNCTIONS, log_likelihood
from tests.tolerance import Tolerance, close

SETS = {
    "egger2001": (
        [-0.830348, -1.056053, -1.27834, -0.043485, 0.223144, -2.40752, -1.280934, -1.191703,
         -0.695748, -2.208274, -2.03816, -0.850151, -0.793231, -0.29934, -1.570788, 0.057587],
        [1.555053, 0.171454, 0.653089, 2.043499, 0.239286, 1.149629, 1.425, 2.759892, 0.287486,
         1.231319, 0.609533, 0.382479, 0.391708, 0.021484, 0.329521, 0.001001],
    ),
    "lee2004": (
        [-0.130053, -1.62186, 0.418369, 0.079151, -0.179468, -0.241162, -0.380542, -1.912387, 0,
         -1.093087, -1.302102, -0.453093, -3.099032, -1.65999, -1.168716, 0.160957],
        [0.130251, 0.309028, 0.4218, 0.082476, 0.359463, 0.483766, 0.06967, 0.539044, 2.068966,
         0.287081, 0.275862, 0.464313, 1.170229, 0.229362, 0.139351, 0.099537],
    ),
    "hahn2001": (
        [-0.292136, 0, -0.463536, -1.01527, 0.182322, -2.134704, 0, -0.182322, -1.290984,
         -0.093819, -0.869038, -0.336349],
        [0.588095, 4.108108, 0.05619, 0.23985, 0.417949, 1.147116, 4.088889, 0.201515, 0.668344,
         4.062638, 2.782465, 0.064592],
    ),
}  # fmt: skip
# mean, tau², delta, log-likelihood: the highest maximum, and one that a search from the estimate
# without selection ends in
HIGHEST = {
    ("egger2001", "BETA"): (0.145, 0.0, (0.376, 2.554), -14.1972),
    ("lee2004", "BETA"): (0.149, 0.0, (0.185, 1.348), -17.4126),
    ("hahn2001", "POWER"): (17.54, 6.14, (4.987,), -10.9096),
}
LOWER = {
    ("egger2001", "BETA"): (-2.451, 0.706),
    ("lee2004", "BETA"): (-1.219, 0.997),
    ("hahn2001", "POWER"): (-0.349, 0.0),
}
each_set = pytest.mark.parametrize(("name", "key"), HIGHEST)
THREE = Tolerance(relative=2e-3, absolute=6e-4, reason="points given to three decimals")
SAME_HEIGHT = Tolerance(absolute=2e-4, reason="log-likelihoods given to four decimals")


@cache
def fitted(name: str, key: str) -> SelectionFit:
    """Return the model of one of the sets."""
    y, v = SETS[name]
    return selection_model(pool(Effects.from_arrays(y, v, scale="log")), key)


@each_set
def test_the_highest_maximum_is_found(name: str, key: str) -> None:
    """With the mean near no effect or far out, and another tau² than without selection."""
    found, (mean, tau2, delta, height) = fitted(name, key), HIGHEST[name, key]
    assert close(found.log_likelihood, height, SAME_HEIGHT)
    assert close([found.estimate.value, found.tau2], [mean, tau2], THREE)
    assert close([each.value for each in found.delta], delta, THREE)
    naive = log_likelihood(found, FUNCTIONS[key](*(each.value for each in found.delta)))
    assert close(found.log_likelihood, naive, SAME_HEIGHT)
    assert found.convergence.maxima == 2


@each_set
def test_the_other_maximum_is_named(name: str, key: str) -> None:
    """With its mean as it is read, and its tau²."""
    told = " ".join(fitted(name, key).remarks)
    (rival,) = fitted(name, key).solved.found.rivals
    setting = fitted(name, key).solved.setting
    value = [float(setting.back[0, 0] * rival.theta[0]), float(rival.theta[1]) * setting.unit**2]
    assert close(value, LOWER[name, key], THREE)
    assert f"mean {np.exp(value[0]):.3g} and tau² = {value[1]:.3g} (log-likelihood" in told
    beyond = "the mean lies far beyond the effects of all studies" in told
    assert beyond == (name == "hahn2001")


def test_one_maximum_is_not_spoken_of() -> None:
    """Nor is a mean among the studies."""
    found = fitted("lee2004", "STEP")
    assert found.convergence.maxima == 1
    assert not any("maxim" in each or "beyond" in each for each in found.remarks)


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
def test_an_estimate_beyond_all_studies_without_a_rival() -> None:
    """Equal effects: the model without selection is named in its place."""
    equal = pool(Effects.from_arrays([0.3] * 6, [0.04] * 6))
    told = " ".join(selection_model(equal, "HALF_NORMAL", alternative="greater").remarks)
    assert "far beyond the effects of all studies (0.3 to 0.3)" in told
    assert "without selection it is mean 0.3 and tau² = 0" in told


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
def test_equal_effects_have_no_cut() -> None:
    """An error says so."""
    equal = pool(Effects.from_arrays([0.3] * 6, [0.04] * 6))
    with pytest.raises(InputError, match="no cut has studies on both sides"):
        selection_model(equal, "TRUNCATED_ESTIMATED")


def test_every_fault_is_named() -> None:
    """A single one is raised as it is."""
    fit = pool(Effects.from_arrays(*SETS["lee2004"]))
    with pytest.raises(InputError, match=r"alternative='x'.*takes no steps.*precision= has no"):
        selection_model(fit, "BETA", steps=0.1, alternative="x", precision="SE")
    with pytest.raises(InputError, match=r"delta=\[1\].*increasing order.*precision= has no"):
        selection_model(fit, steps=(0.5, 0.1), precision="SE", delta=[1])
    with pytest.raises(InputError, match=r"'SEVERE'.*steps of its own.*precision= has no"):
        selection_model(fit, steps=0.1, precision="SE", delta="SEVERE")
    with pytest.raises(InputError, match=r"selection='POWR'.*alternative='x'"):
        selection_model(fit, "POWR", alternative="x")
    with pytest.raises(ChoiceError, match="alternative='x'"):
        selection_model(fit, "POWER", alternative="x")


def test_tau2_of_0_is_not_told_from_0() -> None:
    """The ratio is 0, not what rounding leaves."""
    for key in ("egger2001", "lee2004"):
        found = fitted(key, "BETA")
        assert (found.tau2, found.tau2_lr_test.statistic, found.tau2_lr_test.p_value) == (0, 0, 1)
    held = selection_model(fitted("lee2004", "BETA").fit, delta=(1, 1))
    assert held.lr_test.statistic == 0


def test_means_are_printed_as_they_are_read() -> None:
    """A ratio in the table of a pool, as the fit prints it; moderators have logarithms."""
    found = fitted("lee2004", "BETA")
    read = found.estimate.read()
    row = next(line for line in found.summary().splitlines() if line.startswith("  mean  "))
    assert f"{read.value:.3f}" in row
    assert f"({read.low:.3f}, {read.high:.3f})" in row
    assert "the mean is a ratio" in found.summary()
    y, v = SETS["lee2004"]
    x = np.arange(len(y))
    slopes = selection_model(
        regress(Effects.from_arrays(y, v, scale="log", columns={"x": x}), "~ x")
    )
    assert "(logarithms: exp() of a coefficient is a ratio)" in slopes.summary()
    row = next(line for line in slopes.summary().splitlines() if line.startswith("  x  "))
    assert f"{slopes['x'].value:.4f}".replace("-", "−") in row
