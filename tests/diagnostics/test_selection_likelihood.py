"""The likelihood of selection models: against integrals written out, and its derivatives."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import ndtr

from metaan.core.effects import Effects
from metaan.diagnostics.selection.components import log_between
from metaan.diagnostics.selection.likelihood import evaluate
from metaan.diagnostics.selection.model import selection_model
from metaan.diagnostics.selection.record import SelectionFit
from metaan.diagnostics.selection.selections import SELECTIONS
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.diagnostics.selection_naive import FUNCTIONS, from_step, log_likelihood, step
from tests.tolerance import EXACT, Tolerance, close

INTEGRALS = Tolerance(
    relative=1e-10,
    reason="fixed nodes of ours against many more for each study, which are good to about 1e-12",
)
DIFFERENCES = Tolerance(
    relative=2e-6,
    absolute=1e-6,
    reason="central differences of fourth order leave about 1e-9 of the scale of a derivative",
)

Y = [0.51, -0.12, 0.62, 0.10, 0.44, 0.05, 0.85, 0.33]
SE = [0.20, 0.15, 0.28, 0.11, 0.21, 0.16, 0.34, 0.16]
CASES = {
    "step": ("STEP", {"steps": (0.025, 0.5)}),
    "step of two sides": ("STEP", {"steps": 0.05, "alternative": "two-sided"}),
    "beta": ("BETA", {}),
    "beta of two sides": ("BETA", {"alternative": "two-sided"}),
    "half-normal": ("HALF_NORMAL", {"precision": "SE"}),
    "half-normal of two sides": ("HALF_NORMAL", {"alternative": "two-sided"}),
    "exponential": ("NEGATIVE_EXPONENTIAL", {"alternative": "less"}),
    "exponential from a step": ("NEGATIVE_EXPONENTIAL", {"steps": 0.05}),
    "logistic": ("LOGISTIC", {"precision": "V"}),
    "power": ("POWER", {}),
    "power from a step": ("POWER", {"steps": 0.05, "precision": "SE"}),
    "exponential power": ("NEGATIVE_EXPONENTIAL_POWER", {}),
    "cut": ("TRUNCATED", {"steps": 0.2}),
}
REGRESSED = ("step", "beta", "power from a step", "cut")
POINTS = {1: [0.6], 2: [1.3, 0.7]}  # parameters that are no estimates


@cache
def fitted(case: str, columns: bool = False) -> SelectionFit:
    """Return one of the cases."""
    key, options = CASES[case]
    dose = {"dose": [1.0, 3.0, 2.0, 5.0, 4.0, 1.5, 2.5, 3.5]}
    effects = Effects.from_arrays(Y, se=SE, columns=dose)
    fit = regress(effects, "~ dose") if columns else pool(effects)
    return selection_model(fit, key, **options)


@cache
def plain(key: str) -> SelectionFit:
    """Return a fit of one of the functions."""
    return selection_model(pool(Effects.from_arrays(Y, se=SE)), key, alternative="greater")


def point(fit: SelectionFit, tau2: float) -> np.ndarray:
    """Return a point of the search away from the maximum."""
    found, problem = fit.solved.found, fit.solved.search.problem
    theta = found.theta.copy()
    theta[: problem.p] += 0.4
    theta[problem.p] = tau2
    delta = np.array(POINTS[problem.q])
    theta[problem.p + 1 :] = np.where(fit.solved.logs, np.log(delta), delta)
    return theta


@pytest.mark.parametrize("tau2", [0.0, 1.7])
@pytest.mark.parametrize("case", [case for case in CASES if case != "cut"])
def test_likelihood_is_that_of_the_integrals(case: str, tau2: float) -> None:
    """Away from the maximum, at other parameters, with and without heterogeneity."""
    fit = fitted(case)
    solved, key = fit.solved, CASES[case][0]
    theta, setting = point(fit, tau2), solved.setting
    delta, steps = POINTS[solved.search.problem.q], fit.steps
    made = step(*steps) if key == "STEP" else FUNCTIONS[key]
    if steps and key != "STEP":
        made = from_step(made, steps[0])
    sides = setting.alternative.sides
    expected = log_likelihood(
        fit,
        made(*delta),
        mean=float((setting.back @ theta[:1])[0]),
        tau2=float(theta[1]) * setting.unit**2,
        kinks=[stats.norm.isf(each / sides) for each in steps],
    )
    value = evaluate(solved.search.problem, theta[None], np.zeros(1, dtype=int)).value[0]
    assert close(value - fit.k * np.log(setting.unit), expected, INTEGRALS, typical=1.0)


def test_a_cut_is_a_truncated_distribution() -> None:
    """The share below the cut counts delta times."""
    fit = fitted("cut")
    sd = np.sqrt(np.square(SE) + fit.tau2)
    mean, delta = fit.estimate.value, fit.delta[0].value
    below = stats.norm.cdf((0.2 - mean) / sd)
    expected = stats.norm.logpdf(Y, mean, sd) - np.log(1 - (1 - delta) * below)
    expected = expected.sum() + np.log(delta) * np.count_nonzero(np.array(Y) < 0.2)
    assert close(fit.log_likelihood, expected, INTEGRALS)


@pytest.mark.parametrize(
    ("case", "columns"),
    [*((case, False) for case in CASES), *((case, True) for case in REGRESSED)],
)
def test_derivatives(case: str, columns: bool) -> None:
    """Gradient and Hessian against differences of the likelihood and of the gradient."""
    fit = fitted(case, columns)
    problem, theta = fit.solved.search.problem, point(fit, 0.8)
    d, h = len(theta), 1e-3
    offsets = np.concatenate([s * h * np.eye(d) for s in (-2, -1, 1, 2)])
    at = evaluate(problem, theta + offsets, np.zeros(4 * d, dtype=int))
    weights = np.array([1, -8, 8, -1]) / (12 * h)
    own = evaluate(problem, theta[None], np.zeros(1, dtype=int))
    slopes = weights @ at.value.reshape(4, d)
    curves = np.tensordot(weights, at.gradient.reshape(4, d, d), axes=1)
    assert close(own.gradient[0], slopes, DIFFERENCES)
    assert close(own.hessian[0], curves, DIFFERENCES)
    assert close(own.hessian[0], own.hessian[0].T, DIFFERENCES)


@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_zero_at_the_maximum(case: str) -> None:
    """In standard errors, to 1e-8; but for what a border holds back."""
    fit = fitted(case)
    found, search = fit.solved.found, fit.solved.search
    at = evaluate(search.problem, found.theta[None], np.zeros(1, dtype=int))
    inside = found.free & ~found.border
    errors = np.sqrt(np.diag(fit.solved.spread))[inside]
    assert found.settled
    assert np.abs(at.gradient[0][inside] * errors).max() < 1e-8
    outward = np.where(found.theta <= search.space.low, -1, 1)[found.border]
    assert (at.gradient[0][found.border] * outward >= 0).all()


@pytest.mark.parametrize(
    "key", ["BETA", "HALF_NORMAL", "LOGISTIC", "NEGATIVE_EXPONENTIAL", "POWER"]
)
@pytest.mark.parametrize(("mean", "ratio"), [(-6.0, 1.0), (0.0, 1.3), (2.5, 1.0), (12.0, 40.0)])
def test_integrals_of_strong_selection(key: str, mean: float, ratio: float) -> None:
    """A by QUADPACK with 1e-12 of its own, for strong selection and any study."""
    fit = plain(key)
    delta = {"BETA": (0.3, 25.0)}.get(key, (60.0,))
    selector = fit.solved.search.problem.selector
    assert selector is not None
    found = selector.components(np.array([[mean]]), np.array([[np.sqrt(ratio)]]))
    logs = found.log_share + selector.weights(np.array([delta])).value
    ours = np.log(np.exp(logs - logs.max()).sum()) + logs.max()
    weight = FUNCTIONS[key](*delta)
    edge = float(stats.norm.isf(1e-5))

    def density(z: float) -> float:
        return float(
            weight(ndtr(-z), 1.0)
            * math.exp(-0.5 * (z - mean) ** 2 / ratio)
            / math.sqrt(2 * math.pi * ratio)
        )

    breaks = (-60, -edge, -2, 0, 1, 2, 3, edge, 60)
    parts = [
        integrate.quad(density, *ends, epsabs=0, epsrel=1e-12)[0] for ends in pairwise(breaks)
    ]
    assert close(ours, np.log(sum(parts)), INTEGRALS, typical=1.0)


def test_probabilities_of_intervals_keep_their_digits() -> None:
    """Far out in either tail, across 0, and next to nothing wide."""
    low = np.array([-40.0, 35.0, -1.0, 10.0, -np.inf, 8.0])
    high = np.array([-39.0, 36.0, 3.0, np.inf, 12.0, 8.0])
    # with 40 digits by mpmath, from erfc
    expected = [-765.083156564377544, -616.975101261922514, -0.174359520452975908]
    found = log_between(low, high)
    assert close(found[:3], expected, EXACT)
    assert close(found[3], stats.norm.logsf(10.0), INTEGRALS)
    assert close(found[4], stats.norm.logcdf(12.0), INTEGRALS)
    assert np.isneginf(found[5])


def test_every_selection_is_tried() -> None:
    """The cases above visit the table; the estimated cut has the likelihood of a known one."""
    tried = {key for key, _ in CASES.values()}
    assert tried == {row.key for row in SELECTIONS.values() if not row.estimated_cut}
