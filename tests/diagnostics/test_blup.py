"""blup and quantiles: the mixed model written out, simulation, edges, words."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import LOG
from metaan.diagnostics.influence.blup import blup
from metaan.diagnostics.influence.quantiles import (
    DRAWS,
    EXACT,
    SIMULATED,
    order_statistics,
    quantiles,
)
from metaan.univariate.inference import HC, HKSJ, INFERENCES, WALD
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.residuals import residuals
from tests.diagnostics.comparing import drawn, quiet
from tests.tolerance import EXACT as CLOSED
from tests.tolerance import SOLVED, close, simulated


def moderated(**options):
    """Return a regression."""
    effects = drawn(9, columns={"x": [3, 1, 4, 1, 5, 9, 2, 6, 5.0]})
    return regress(effects, "~ x", **options)


def henderson(x, y, v, tau2):
    """Return predictions of the true effects and their errors from Henderson's equations."""
    k = len(y)
    r = np.diag(1 / v)
    left = np.block([[x.T @ r @ x, x.T @ r], [r @ x, r + np.eye(k) / tau2]])
    right = np.concatenate([x.T @ r @ y, r @ y])
    cover = np.linalg.inv(left)
    found, turn = cover @ right, np.hstack([x, np.eye(k)])
    return turn @ found, np.sqrt(np.diag(turn @ cover @ turn.T))


def test_mixed_model_equations():
    """Means, regressions: predictions and errors are the solution of Henderson's equations."""
    for fit in (quiet(drawn(9), inference=WALD), moderated(inference=WALD)):
        x = getattr(fit, "x", np.ones((9, 1)))
        value, error = henderson(np.array(x), fit.effects.y, np.array(fit.effects.v), fit.tau2)
        found = blup(fit)
        assert close(found.value, value, SOLVED)
        assert close(found.se, error, SOLVED)
        assert close(found.random, value - found.fitted, SOLVED, typical=1.0)


def test_error_with_weights_of_ones_own():
    """The variance of the error written out, with the coefficients' own weights."""
    w = np.array([1.0, 5, 2, 2, 7, 1, 1, 3, 4])
    fit = quiet(drawn(9), inference=WALD, weights=w, tau2="DL")
    v, tau2, share = np.array(fit.effects.v), fit.tau2, w / w.sum()
    keep = (tau2 / (tau2 + v))[:, None]
    # error = u - [s (u + e) + (1 - s) sum share (u + e)]
    of_e = keep * np.eye(9) + (1 - keep) * share
    of_u = np.eye(9) - of_e
    error = np.sqrt((of_u**2).sum(axis=1) * tau2 + (of_e**2) @ v)
    assert close(blup(fit).se, error, CLOSED)


@pytest.mark.parametrize("inference", INFERENCES)
def test_limits(inference):
    """Normal or t, with the degrees of freedom of the fit; another level."""
    fit = quiet(drawn(8), inference=inference, tau2="DL" if inference == HC else "REML")
    found, wide = blup(fit), blup(fit, level=0.99)
    times = (found.high - found.value) / found.se
    expected = 1.959963984540054
    if inference not in (WALD, HC):
        expected = (fit.estimate.high - fit.estimate.value) / fit.estimate.se
    assert close(times, expected, SOLVED)
    assert (wide.high > found.high).all()
    assert (found.level, wide.level) == (0.95, 0.99)
    if inference != HC:
        assert np.isfinite(blup(moderated(inference=inference)).high).all()


def test_edges_of_predictions():
    """A common effect, tau² of 0, one study; faults."""
    common = blup(quiet(drawn(4), model="common"))
    assert close(common.value, common.fitted, CLOSED)
    assert common.remarks == ("a common effect: every true effect is the fitted one",)
    assert blup(quiet(drawn(4), tau2=0.0)).share.tolist() == [0] * 4
    assert np.isfinite(blup(quiet(drawn(1))).high).all()
    with pytest.raises(InputError, match="blup needs a fit"):
        blup(drawn(3))
    with pytest.raises(InputError, match="level=2 must lie between"):
        blup(quiet(drawn(3)), level=2)


def test_words_of_predictions():
    """Ratios are read; nothing can be changed."""
    y, v = np.log([0.5, 0.8, 1.4]), np.array([0.01, 0.02, 0.05])
    effects = Effects(y=y, v=v, study=("Ann", "Bo", "Cy"), label="Risk ratio", scale=LOG)
    found = blup(quiet(effects, inference=WALD))
    frame = found.to_frame()
    assert close(frame["estimate"], np.exp(found.value), CLOSED)
    assert close(frame["observed"], [0.5, 0.8, 1.4], CLOSED)
    assert (
        "Predictions of the risk ratio ranged from 0.51 to 1.27, observed values"
        in found.sentence()
    )
    assert found.references[0].startswith("Raudenbush SW, Bryk AS")
    assert found.summary().splitlines()[2].split()[:2] == ["Ann", "0.500"]
    assert "Bo" in found._repr_html_()
    assert len(copy.deepcopy(found)) == 3
    with pytest.raises(ValueError, match="read-only"):
        found.value[0] = 1.0


def test_order_statistics_by_simulation():
    """The exact band of sorted normal deviates holds what it says, rank by rank."""
    low, high = order_statistics(9, 0.8)
    draws = np.sort(np.random.default_rng(5).standard_normal((20_000, 9)), axis=1)
    inside = ((draws > low) & (draws < high)).mean(axis=0)
    assert close(inside, 0.8, simulated(np.sqrt(0.8 * 0.2 / 20_000)))
    assert close(low, -high[::-1], CLOSED)


@pytest.mark.parametrize("formula", ["", "~ x"])
def test_simulated_band(formula):
    """Same seed, same band; it is the covariance of the residuals that is drawn."""
    fit = moderated() if formula else quiet(drawn(9))
    one, again = quantiles(fit, rng=3), quantiles(fit, rng=3)
    assert one.low.tolist() == again.low.tolist()
    assert (one.band, quantiles(fit).band) == (SIMULATED, EXACT)
    x = np.array(getattr(fit, "x", np.ones((9, 1))))
    phi = np.array(fit.effects.v) + fit.tau2
    keep = np.eye(9) - x @ np.linalg.solve((x.T / phi) @ x, x.T / phi)
    cover = keep @ np.diag(phi) @ keep.T
    assert close(np.sqrt(np.diag(cover)), residuals(fit).se, SOLVED)
    turn = np.linalg.svd(cover / np.sqrt(np.outer(*[np.diag(cover)] * 2)))
    root = turn[0] * np.sqrt(turn[1])
    draws = np.random.default_rng(8).standard_normal((20_000, 9)) @ root.T
    low, high = np.quantile(np.sort(draws, axis=1), [0.025, 0.975], axis=0)
    spread = 0.075  # 4 standard errors of the 2.5% quantile of 2000 and 20,000 draws, and more
    assert np.abs(one.low - low).max() < 2 * spread
    assert np.abs(one.high - high).max() < 2 * spread
    assert DRAWS == 2000


def test_faults_of_quantiles():
    """No fit, too few residuals, unknown kinds, levels, draws; studies without a residual."""
    fit = quiet(drawn(5))
    with pytest.raises(InputError, match="qq_plot needs a fit"):
        quantiles("fit")
    with pytest.raises(ChoiceError, match="residual='raw' is not a kind"):
        quantiles(fit, residual="raw")
    with pytest.raises(InputError, match="level=1 must lie"):
        quantiles(fit, level=1)
    with pytest.raises(InputError, match="draws=10 must be 100"):
        quantiles(fit, rng=1, draws=10)
    with pytest.raises(InputError, match="0 of 1 studies"):
        quantiles(quiet(drawn(1), inference=HKSJ))
    effects = drawn(5, columns={"g": [*"aabbz"]})
    found = quantiles(regress(effects, "~ C(g)"), residual="studentized")
    assert found.left_out == ("Study 5",)
    assert len(found.study) == 4
    assert list(found.to_frame()["outside"]) == found.outside.tolist()


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        (0.0, "The 95% limits of every study include no effect."),
        (9.0, "The 95% limits of all 3 studies exclude no effect."),
    ],
)
def test_none_and_all_are_said_in_words(shift: float, words: str) -> None:
    """Not "of 0 of 3 studies exclude"."""
    y = [shift - 0.5, shift + 0.1, shift + 0.6]
    assert words in blup(pool(Effects.from_arrays(y, se=[0.2, 0.3, 0.2]))).sentence()
