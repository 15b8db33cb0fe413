"""Prediction rows: their own standard errors and degrees of freedom, designs, edges."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.numerics.tails import t_quantile
from metaan.tau2.studies import make_studies
from metaan.univariate.inference import HKSJ, INFERENCES, KR, WALD
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS, error_of, half_width
from metaan.univariate.weighing import weigh
from tests.tolerance import EXACT, Tolerance, close

K1, HTS, NORMAL, TAU_ONLY, HK, HK_PR, KR_OWN, KR_LESS = PREDICTIONS
Y, V = np.array([0.1, 0.6, 0.9, 0.2, 0.7]), np.array([0.01, 0.16, 0.12, 0.04, 0.09])
# One study has most of the weight: Kenward and Roger leave less than one degree of freedom.
LOPSIDED = ([0.1, 0.2, 0.15], [0.02, 0.1, 0.1])
BY_HAND = Tolerance(relative=1e-11, reason="scipy's t quantile")


def half_of(fit):
    """Return half the width of the prediction interval."""
    return (fit.prediction_interval.high - fit.prediction_interval.low) / 2


@pytest.mark.parametrize("inference", [WALD, HKSJ, KR])
@pytest.mark.parametrize(
    ("rule", "source", "less"),
    [(HK, HKSJ, 0), (HK_PR, HKSJ, 1), (KR_OWN, KR, 0), (KR_LESS, KR, 1)],
)
def test_rows_bring_their_own_error(inference, rule, source, less):
    """Whatever the interval of the mean, the row takes its own standard error and df."""
    effects = Effects.from_arrays(Y, V)
    fit = pool(effects, inference=inference, prediction=rule)
    own = pool(effects, inference=source).estimate
    quantile = t_quantile(0.95, own.df - less)
    assert close(half_of(fit), quantile * np.sqrt(fit.tau2 + own.se**2), BY_HAND)
    assert fit.prediction == rule


@pytest.mark.parametrize("rule", [K1, HTS, NORMAL])
def test_rows_without_one_take_that_of_the_fit(rule):
    """K1 under HKSJ is HK, HTS under HKSJ is HK_PR; under Wald they are meta's V and HTS."""
    effects = Effects.from_arrays(Y, V)
    for inference in (WALD, HKSJ, KR):
        fit = pool(effects, inference=inference, prediction=rule)
        df = {K1: 4, HTS: 3, NORMAL: np.inf}[rule]
        width = np.sqrt(fit.tau2 + fit.estimate.se**2)
        assert close(half_of(fit), t_quantile(0.95, df) * width, BY_HAND)
    pairs = {K1: HK, HTS: HK_PR}
    if rule in pairs:
        hksj = pool(effects, inference=HKSJ, prediction=rule)
        assert half_of(hksj) == half_of(pool(effects, prediction=pairs[rule]))


@pytest.mark.parametrize("rule", PREDICTIONS)
@pytest.mark.parametrize("k", [1, 2])
def test_too_few_studies(rule, k):
    """Below three studies no row gives an interval."""
    fit = pool(Effects.from_arrays(Y[:k], V[:k]), prediction=rule)
    assert fit.prediction_interval is None
    assert fit.prediction == ""


def test_three_studies_may_leave_nothing():
    """Kenward and Roger's degrees of freedom less 1 can be 0 or less: no interval then."""
    effects = Effects.from_arrays(*LOPSIDED)
    own = pool(effects, inference=KR).estimate
    w = 1 / np.array(LOPSIDED[1])
    form = np.diag(w) - np.outer(w, w) / w.sum()
    assert close(own.df, np.trace(form @ form) * (w.sum() / np.sum(w * w)) ** 2, BY_HAND)
    assert own.df < 1
    wide = pool(effects, prediction=KR_OWN)
    expected = t_quantile(0.95, own.df) * np.sqrt(wide.tau2 + own.se**2)
    assert close(half_of(wide), expected, BY_HAND)
    assert pool(effects, prediction=KR_LESS).prediction_interval is None


@pytest.mark.parametrize("rule", PREDICTIONS)
def test_designs(rule):
    """At rows of a design: k - p takes the place of k - 1, errors are those of the rows."""
    rng = np.random.default_rng(2)
    x = np.stack([np.ones(8), rng.normal(size=8)], axis=-1)
    y, v = rng.normal(size=8), rng.uniform(0.05, 0.4, 8)
    weighted = weigh(make_studies(y[None], v[None], x=x[None]), np.array([0.3]))
    rows = np.array([[1.0, 0.4], [1.0, -2.0], [0.0, 1.0]])
    row = PREDICTIONS[rule]
    own = INFERENCES[row.inference or WALD].function(weighted, 0.95)
    fitted = INFERENCES[WALD].function(weighted, 0.95)
    se = np.sqrt(np.einsum("mp,pq,mq->m", rows, fitted.covariance[0], rows))[None]
    error, count = error_of(row, weighted, se, rows)
    half = half_width(row, weighted.tau2[:, None], error, count, 0.95)
    variance = np.einsum("mp,pq,mq->m", rows, own.covariance[0], rows)
    base = np.full(3, 6.0)
    if row.inference == KR:
        base = INFERENCES[KR].degrees(weighted, rows)[0]
    df = np.inf if np.isinf(row.studies_less) else base - (row.studies_less - 1)
    spread = np.sqrt(0.3 + (variance if row.with_error else 0.0))
    assert close(half[0], np.broadcast_to(t_quantile(0.95, df) * spread, 3), BY_HAND)


@pytest.mark.parametrize("rule", [HK, HK_PR, KR_OWN, KR_LESS])
def test_no_degree_of_freedom_in_a_design(rule):
    """As many studies as coefficients, or one more: NaN."""
    x = np.array([[[1.0, 0.0], [1.0, 2.0], [1.0, 3.0]]])
    row = PREDICTIONS[rule]
    for k in (2, 3):
        weighted = weigh(make_studies(np.ones((1, k)), np.ones((1, k)), x=x[:, :k]), np.ones(1))
        error, count = error_of(row, weighted, np.ones((1, 2)), np.eye(2))
        assert np.all(np.isnan(half_width(row, weighted.tau2[:, None], error, count, 0.95)))


@pytest.mark.parametrize("rule", PREDICTIONS)
@pytest.mark.parametrize("factor", [1e-150, 1e150])
def test_any_unit(rule, factor):
    """Limits follow the unit of the effects."""
    one = pool(Effects.from_arrays(Y, V), prediction=rule)
    far = pool(Effects.from_arrays(Y * factor, V * factor**2), prediction=rule)
    slack = Tolerance(relative=1e-10, reason="a search for tau² on numbers rounded otherwise")
    assert close(half_of(far) / factor, half_of(one), slack)
    assert close(far.prediction_interval.low / factor, one.prediction_interval.low, slack,
                 typical=1.0)  # fmt: skip


def test_level_is_passed_on():
    """Another level changes the quantile alone."""
    effects = Effects.from_arrays(Y, V)
    halves = [half_of(pool(effects, prediction=HK, level=level)) for level in (0.8, 0.95)]
    assert close(halves[0] / halves[1], t_quantile(0.8, 4) / t_quantile(0.95, 4), BY_HAND)
    assert close(halves[0], half_of(pool(effects, prediction=K1, level=0.8)), EXACT)
