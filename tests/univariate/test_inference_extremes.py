"""Inferences where one study has nearly all the weight, and far out in a tail."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import EmptyIntervalWarning, InputError
from metaan.tau2.studies import make_studies
from metaan.univariate.henmi_copas import henmi_copas
from metaan.univariate.inference import HC, KR
from metaan.univariate.kenward_roger import joint_scaling, kenward_roger
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.regression_kernel import weigh_terms
from metaan.univariate.wald import wald_test
from metaan.univariate.weighing import weigh
from tests.tolerance import Tolerance, close

LEVEL = 0.95
ROUNDED = Tolerance(relative=1e-12, reason="sums of positive terms, against more digits")


@pytest.mark.parametrize("ratio", [1e-4, 1e-8, 1e-20, 1e-100, 1e-250])
@pytest.mark.parametrize("tau2", [0.0, 0.1, 10.0])
def test_henmi_copas_knows_no_order_of_the_studies(ratio, tau2):
    """Permutations of a set that one study dominates agree, and each limit has its probability."""
    v = np.array([1.0, 0.5, ratio, 2.0, 0.8])
    orders = np.array([np.roll(np.arange(5), i) for i in range(5)] + [[4, 2, 0, 3, 1]])
    studies = make_studies(np.zeros((6, 5)), v[orders])
    found = henmi_copas(weigh(studies, np.full(6, tau2)), LEVEL)
    assert close(found.half / found.half[0], 1.0, Tolerance(relative=1e-13, reason="rounding"))
    log_p = found.log_p(found.half[:, 0] / found.se[:, 0])
    assert close(np.exp(log_p), 0.05, Tolerance(relative=1e-11, reason="a search"))


@pytest.mark.parametrize(
    ("t", "log_p"),
    [  # mpmath, 30 digits: the module's integral with moments by the dense matrices of the paper
        (8.0, -6.844505954713896),
        (40.0, -85.82150473927317),
        (68.0, -257.08288714841035),
        (167.0, -1757.812133883497),
        (1000.0, -81451.00544885565),
    ],
)
def test_henmi_copas_far_out_goes_on_where_probabilities_underflow(t, log_p):
    """The logarithm of the p-value at statistics from where it is ordinary to e^-77000."""
    studies = make_studies(np.zeros((1, 5)), np.array([[0.01, 0.04, 0.02, 0.1, 0.05]]))
    found = henmi_copas(weigh(studies, np.array([0.25])), LEVEL)
    assert close(found.log_p(np.array([t]))[0], log_p, ROUNDED)


def test_henmi_copas_has_a_p_value_however_far():
    """Effects 167 standard errors off 0, and any beyond."""
    y, v = [50.1, 50.5, 50.9, 50.2, 51.4], [0.01, 0.04, 0.02, 0.1, 0.05]
    fit = pool(Effects.from_arrays(y, v), tau2="DL", inference=HC)
    assert -1700 < fit.estimate.log_p_value < -1600
    studies = make_studies(np.array([y]), np.array([v]))
    found = henmi_copas(weigh(studies, np.array([fit.tau2])), LEVEL)
    further = [found.log_p(np.array([10.0**i]))[0] for i in range(2, 150, 7)]
    assert np.isfinite(further).all()
    assert (np.diff(further) < 0).all()
    assert found.log_p(np.array([np.inf]))[0] == -np.inf


def exactly(rows):
    """Return a matrix of fractions."""
    return np.array([[Fraction(float(each)) for each in row] for row in rows], dtype=object)


def inverse(matrix):
    """Return the inverse of a matrix of fractions, by Gauss and Jordan."""
    p = len(matrix)
    rows = np.hstack([matrix, exactly(np.eye(p))])
    for i in range(p):
        rows[i] = rows[i] / rows[i, i]
        for j in range(p):
            if j != i:
                rows[j] = rows[j] - rows[j, i] * rows[i]
    return rows[:, p:]


def dense_kenward_roger(v, x):
    """Return covariance and degrees of freedom by dense matrices of fractions, tau² = 0."""
    x, w = exactly(x), np.diag([1 / Fraction(float(each)) for each in v])
    bread = inverse(x.T @ w @ x)
    projection = w - w @ x @ bread @ x.T @ w
    information = np.trace(projection @ projection)
    slope = bread @ x.T @ w @ w @ x @ bread
    adjusted = bread + 4 / information * bread @ x.T @ w @ projection @ w @ x @ bread
    df = information * (np.diag(bread) / np.diag(slope)) ** 2
    return adjusted.astype(float), df.astype(float)


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("heavy", [1, 2, 3])
@pytest.mark.parametrize("ratio", [1e-4, 1e-10, 1e-16, 1e-40])
def test_kenward_roger_of_designs_that_few_studies_decide(p, heavy, ratio):
    """Variances that span any range keep all digits: against dense matrices of fractions."""
    rng = np.random.default_rng(100 * p + heavy)
    v, x = np.exp(rng.normal(size=9)), rng.normal(size=(9, p))
    v[:heavy] *= ratio
    x[:, 0] = 1.0
    studies = make_studies(np.zeros((1, 9)), v[None], x=None if p == 1 else x[None])
    found = kenward_roger(weigh_terms(studies, np.zeros(1)), LEVEL)
    covariance, df = dense_kenward_roger(v, x)
    assert close(found.df[0], df, ROUNDED)
    size = np.sqrt(np.diagonal(covariance))
    ours = found.covariance[0] / size[:, None] / size
    assert close(ours, covariance / size[:, None] / size, ROUNDED, typical=1.0)


@pytest.mark.parametrize("ratio", [1e-6, 1e-8, 1e-10, 1e-14, 1e-40])
def test_kenward_roger_of_a_regression_is_defined(ratio):
    """Standard errors stay finite, degrees of freedom above 0, limits where they can be said."""
    effects = Effects.from_arrays(
        [0.1, 0.4, 0.1, 0.9, 0.2, 0.8],
        [ratio, 0.5, 1.0, 2.0, 0.8, 1.0],
        columns={"x": [1.0, 2.0, 3.0, 4.0, 5.0, 7.0]},
    )
    with pytest.warns(EmptyIntervalWarning):  # so that tau² is 0, and the ratio is that of v
        fit = regress(effects, "~ x", inference=KR)
    for term in fit.coefficients:
        assert np.isfinite(term.se)
        assert term.df > 0
        assert term.low < term.value < term.high


def test_kenward_roger_says_where_it_ends():
    """Beyond sixty orders of magnitude: a named error for a design, the limit for a mean."""
    v, x = np.array([[1e-70, 0.1, 0.2, 0.3, 0.4]]), np.ones((1, 5, 2))
    x[0, :, 1] = [0.3, 2.0, 3.0, 5.0, 4.0]
    with pytest.raises(InputError, match="2 coefficients rest on 2 studies or fewer"):
        kenward_roger(weigh_terms(make_studies(np.zeros((1, 5)), v, x=x), np.zeros(1)), LEVEL)
    mean = kenward_roger(weigh(make_studies(np.zeros((1, 5)), v), np.zeros(1)), LEVEL)
    assert np.isfinite(mean.se).all()
    assert np.isposinf(mean.half).all()


def test_joint_scaling_of_a_heavy_study_is_that_of_its_space():
    """Rows that span the same space have the same F, however nearly they are each other."""
    rng = np.random.default_rng(2)
    v, x = np.exp(rng.normal(size=(1, 12))), rng.normal(size=(1, 12, 3))
    v[0, 0] *= 1e-12
    weighted = weigh_terms(make_studies(np.zeros((1, 12)), v, x=x), np.zeros(1))
    rows = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    plain, other = (joint_scaling(weighted, m @ rows) for m in (np.eye(2), [[1.0, 1], [1, 1.125]]))
    slack = Tolerance(relative=1e-9, reason="the rows differ in their third digit")
    assert close([other.df, other.factor], [plain.df, plain.factor], slack)


def test_a_test_of_what_cannot_be_told_apart_is_refused():
    """Two coefficients that only a study of next to no weight tells apart."""
    effects = Effects.from_arrays(
        [0.1, 0.4, 0.2, 0.7, 0.3, 0.5],
        [0.1, 0.2, 0.3, 0.2, 0.1, 1e16],
        columns={"z": [1.0, 1.0, 1.0, 2.0, 2.0, 3.0]},
    )
    with pytest.raises(InputError, match="studies of next to no weight leave the design depend"):
        regress(effects, "~ z + I(z**2)")


@pytest.mark.parametrize("se", [np.inf, np.nan, 0.0])
def test_a_test_without_a_standard_error_is_not_defined(se):
    """NaN, and no warning."""
    covariance = np.diag([1.0, se])[None]
    one = np.ones(1)
    assert np.isnan(wald_test(np.ones((1, 2)), covariance, 5 * one, one).log_p_value[0])
