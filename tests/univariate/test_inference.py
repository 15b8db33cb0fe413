"""Inferences: dense re-derivations, edges, batches, and which estimators each one needs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.optimize import brentq

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.tau2.moments import dersimonian_laird
from metaan.tau2.studies import make_studies
from metaan.tau2.table import DEFAULT_TAU2, ESTIMATORS
from metaan.univariate.inference import FLOOR, HC, HKSJ, INFERENCES, KR, WALD, check_inference
from metaan.univariate.kenward_roger import contrast_degrees, joint_scaling
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS, check_prediction
from metaan.univariate.weighing import weigh
from tests.tolerance import EXACT, Tolerance, close

LEVEL = 0.95
DENSE = Tolerance(
    relative=1e-10, reason="the dense formulas lose digits in inverses and differences of traces"
)
BY_QUAD = Tolerance(relative=1e-9, reason="scipy's quad and brentq at their tightest")
SAME_SUMS = Tolerance(relative=1e-13, absolute=1e-13, reason="the same sums; only zeros are added")
REML = DEFAULT_TAU2


def sample(seed, n, k, p=None):
    """Return a batch with gaps, its design if p is given, and tau² of various sizes."""
    rng = np.random.default_rng(seed)
    y, v = rng.normal(0.3, 1.0, (n, k)), np.exp(rng.normal(-1.0, 1.0, (n, k)))
    present = np.ones((n, k))
    for i in range(n):
        present[i, rng.permutation(k)[: i % 3]] = 0.0
    x = None if p is None else rng.normal(size=(n, k, p))
    if x is not None:
        x[..., 0] = 1.0
    return make_studies(y, v, present, x=x), rng.choice([0.0, 0.05, 1.0, 30.0], size=n)


def dense(studies, tau2, i):
    """Return X, W, phi, P and the pieces of Kenward and Roger's paper of one analysis, k x k."""
    here = studies.present[i] > 0
    x = np.ones((here.sum(), 1)) if studies.x is None else studies.x[i][here]
    w = np.diag(1 / (studies.v[i][here] + tau2[i]))
    phi = np.linalg.inv(x.T @ w @ x)
    projection = w - w @ x @ phi @ x.T @ w
    slope, second = -x.T @ w @ w @ x, x.T @ w @ w @ w @ x
    variance = 2 / np.trace(projection @ projection)
    return phi, slope, second, variance


@pytest.mark.parametrize("p", [None, 1, 2, 3])
def test_kenward_roger_from_k_by_k_matrices(p):
    """Covariance and degrees of freedom as the paper writes them, with dense matrices."""
    studies, tau2 = sample(4, 9, 8, p)
    found = INFERENCES[KR].function(weigh(studies, tau2), LEVEL)
    for i in range(studies.n):
        phi, slope, second, variance = dense(studies, tau2, i)
        adjusted = phi + 2 * phi @ (variance * (second - slope @ phi @ slope)) @ phi
        assert close(found.covariance[i], adjusted, DENSE, typical=float(np.abs(phi).max()))
        for j in range(len(phi)):
            row = np.eye(len(phi))[j : j + 1]
            theta = row.T @ np.linalg.inv(row @ phi @ row.T) @ row
            a1 = variance * np.trace(theta @ phi @ slope @ phi) ** 2
            assert close(found.df[i, j], 2 / a1, DENSE)
            half = stats.t.ppf(0.975, 2 / a1) * np.sqrt(adjusted[j, j])
            assert close(found.half[i, j], half, DENSE)


def paper_scaling(a1, a2, q):
    """Return m and lambda of the paper, in its own order of steps."""
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    c1, c2, c3 = (part / (3 * q + 2 * (1 - g)) for part in (g, q - g, q + 2 - g))
    mean = 1 / (1 - a2 / q)
    variance = 2 / q * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    rho = variance / (2 * mean**2)
    m = 4 + (q + 2) / (q * rho - 1)
    return m, m / (mean * (m - 2))


def test_joint_scaling_from_k_by_k_matrices():
    """The factor and the degrees of freedom of F for several coefficients at once."""
    studies, tau2 = sample(5, 6, 14, 4)
    rows = np.array([[0, 1.0, 0, 0], [0, 0, 1.0, -1.0], [0.5, 0, 0, 1.0]])
    weighted = weigh(studies, tau2)
    df, factor = joint_scaling(weighted, rows)
    single = contrast_degrees(weighted, rows)
    for i in range(studies.n):
        phi, slope, _, variance = dense(studies, tau2, i)
        theta = rows.T @ np.linalg.inv(rows @ phi @ rows.T) @ rows
        turned = theta @ phi @ slope @ phi
        a1, a2 = variance * np.trace(turned) ** 2, variance * np.trace(turned @ turned)
        m, scale = paper_scaling(a1, a2, 3)
        assert close([df[i], factor[i]], [m, scale], DENSE)
        one = rows[1] @ phi @ slope @ phi @ rows[1] / (rows[1] @ phi @ rows[1])
        assert close(single[i, 1], 2 / (variance * one**2), DENSE)


def test_scaling_of_one_row_is_student():
    """With one combination the factor is 1 and the degrees of freedom are Satterthwaite's."""
    studies, tau2 = sample(6, 4, 7, 2)
    weighted = weigh(studies, tau2)
    df, factor = joint_scaling(weighted, np.array([[0.0, 1.0]]))
    assert close(factor, 1.0, EXACT)
    assert close(df, contrast_degrees(weighted, np.array([[0.0, 1.0]]))[:, 0], EXACT)


def test_kenward_roger_of_equal_variances_is_hartung_knapp():
    """Equal variances, tau² inside: both have t(k - 1), and the spread is exactly 1."""
    y = np.array([0.1, 0.9, -0.4, 1.7, 0.6])
    effects = Effects.from_arrays(y, [0.1] * 5)
    one, other = (pool(effects, inference=name).estimate for name in (KR, HKSJ))
    assert close(one.df, 4.0, EXACT)
    by_hand = np.std(y, ddof=1) / np.sqrt(5)
    assert close([one.se, other.se], [by_hand] * 2, Tolerance(relative=1e-10, reason="REML"))


def test_scaling_that_does_not_exist_is_nan():
    """With one residual degree of freedom no F has the moments of several coefficients."""
    studies = make_studies(
        np.array([[0.1, 0.5, 0.2]]), np.ones((1, 3)), x=np.array([[[1.0, 0], [1, 1], [1, 3]]])
    )
    df, factor = joint_scaling(weigh(studies, np.array([0.0])), np.eye(2))
    assert np.isnan(df[0])
    assert np.isnan(factor[0])


@pytest.mark.parametrize("name", INFERENCES)
def test_no_degree_of_freedom_is_wald(name):
    """As many coefficients as studies: the model's standard error, the normal distribution."""
    x = np.array([[[1.0, 0.0], [1.0, 2.0]]])
    means = INFERENCES[name].means_only
    y, v = (np.array([[0.4]]), np.array([[0.09]])) if means else (np.ones((1, 2)), np.ones((1, 2)))
    weighted = weigh(make_studies(y, v, x=None if means else x), np.zeros(1))
    found, wald = (INFERENCES[key].function(weighted, LEVEL) for key in (name, WALD))
    assert close(found.half, wald.half, EXACT)
    assert np.all(np.isinf(found.df))
    if INFERENCES[name].scaling is not None:
        df, factor = INFERENCES[name].scaling(weighted, np.eye(2))
        assert np.isinf(df[0])
        assert factor[0] == 1.0


@pytest.mark.parametrize("name", INFERENCES)
@pytest.mark.parametrize("p", [None, 3])
def test_batch_is_loop(name, p):
    """A ragged batch gives what each analysis gives alone."""
    if p is not None and INFERENCES[name].means_only:
        p = None
    studies, tau2 = sample(7, 8, 9, p)
    together = INFERENCES[name].function(weigh(studies, tau2), LEVEL)
    for i in range(studies.n):
        here = studies.present[i] > 0
        x = None if studies.x is None else studies.x[i][here][None]
        alone = make_studies(studies.y[i][here][None], studies.v[i][here][None], x=x)
        single = INFERENCES[name].function(weigh(alone, tau2[i : i + 1]), LEVEL)
        for part in ("beta", "se", "df", "half"):
            assert close(getattr(together, part)[i], getattr(single, part)[0], SAME_SUMS)
        if together.log_p is not None:
            statistic = together.beta[:, 0] / together.se[:, 0]
            one = single.log_p(statistic[i : i + 1])
            assert close(together.log_p(statistic)[i], one[0], SAME_SUMS)


def dense_tail(v, tau2, t):
    """Return P(|T| > t) of Henmi and Copas with k x k matrices and scipy's quad."""
    w, k = 1 / v, len(v)
    total, variance = w.sum(), np.diag(v + tau2)
    form = np.diag(w) - np.outer(w, w) / total
    of_mean = w @ variance @ w
    given = variance - variance @ np.outer(w, w) @ variance / of_mean
    sd = np.sqrt(of_mean) / total

    def integrand(r):
        shift = variance @ w * (total / of_mean) * (r * sd)
        mean = np.trace(form @ given) + shift @ form @ shift
        spread = 2 * np.trace(form @ given @ form @ given)
        spread += 4 * shift @ form @ given @ form @ shift
        largest = ((r * sd / t) ** 2 * total - 1) * total / (w @ w)  # tau² with |T| = t
        limit = k - 1 + (total - w @ w / total) * largest
        below = stats.gamma.cdf(limit, mean**2 / spread, scale=spread / mean)
        return below * stats.norm.pdf(r)

    start = t * np.sqrt(1 / total) / sd
    points = start + np.array([0, 1e-3, 0.03, 0.3, 1, 2, 4, 7, 12.0])
    return 2 * sum(
        integrate.quad(integrand, *ends, epsabs=1e-15, epsrel=1e-12)[0]
        for ends in pairwise(points)
    )


@pytest.mark.parametrize(("k", "spread"), [(2, 0.7), (3, 2.0), (6, 0.3), (14, 3.0)])
@pytest.mark.parametrize("share", [0.0, 0.4, 8.0])
def test_henmi_copas_by_quadrature(k, spread, share):
    """Quantile and p-value, from dense matrices, scipy's gamma, quad and brentq."""
    rng = np.random.default_rng(k)
    y, v = rng.normal(0.8, 1.0, k), 0.2 * np.exp(spread * rng.normal(size=k))
    tau2 = share * float(np.median(v))
    studies = make_studies(y[None], v[None])
    found = INFERENCES[HC].function(weigh(studies, np.array([tau2])), LEVEL)
    quantile = found.half[0, 0] / found.se[0, 0]
    theirs = brentq(lambda t: dense_tail(v, tau2, t) - 0.05, 0.3 * quantile, 3 * quantile,
                    xtol=1e-14, rtol=1e-14)  # fmt: skip
    assert close(quantile, theirs, BY_QUAD)
    for statistic in (0.6, -1.7, 4.5):
        log_p = found.log_p(np.array([statistic]))[0]
        assert close(np.exp(log_p), dense_tail(v, tau2, abs(statistic)), BY_QUAD)


def test_henmi_copas_p_value_is_that_of_the_interval():
    """A limit at 0 is a p-value of 1 - level, and the weights are those of a common effect."""
    y, v = np.array([0.1, 0.6, 0.9, 0.2]), np.array([0.01, 0.2, 0.15, 0.08])
    first = pool(Effects.from_arrays(y, v), tau2="DL", inference=HC)
    moved = pool(Effects.from_arrays(y - first.estimate.low, v), tau2="DL", inference=HC)
    assert close(moved.estimate.p_value, 0.05, Tolerance(relative=1e-11, reason="a search"))
    common = pool(Effects.from_arrays(y, v), model="common")
    assert close(first.estimate.value, common.estimate.value, EXACT)
    assert close(first.weights, common.weights, EXACT)


def test_henmi_copas_far_out_keeps_its_logarithm():
    """Where the p-value underflows its logarithm goes on, as that of a normal mean of small v."""
    studies = make_studies(np.array([[90.0, 90.1, 90.3]]), np.array([[1.0, 1.2, 0.8]]))
    tau2 = dersimonian_laird(studies).tau2
    found = INFERENCES[HC].function(weigh(studies, tau2), LEVEL)
    log_p = found.log_p(found.beta[:, 0] / found.se[:, 0])[0]
    normal = np.log(2) + stats.norm.logsf(found.beta[0, 0] / found.se[0, 0])
    assert tau2[0] == 0.0
    assert normal - 5 < log_p < normal
    assert close(found.log_p(np.zeros(1)), 0.0, EXACT)


@pytest.mark.parametrize("name", [HC, KR])
@pytest.mark.parametrize("factor", [1e-150, 1e150])
def test_any_unit(name, factor):
    """Effects of any size give the same statistic and interval, in their unit."""
    y, se = np.array([0.1, 0.6, 0.9, 0.2, 0.7]), np.array([0.1, 0.4, 0.35, 0.2, 0.3])
    tau2 = "DL" if name == HC else REML
    one, far = (
        pool(Effects.from_arrays(y * f, se=se * f), tau2=tau2, inference=name).estimate
        for f in (1.0, factor)
    )
    slack = Tolerance(relative=1e-10, reason="searches on numbers rounded otherwise")
    assert close([far.low / factor, far.high / factor], [one.low, one.high], slack, typical=1.0)
    assert close([far.statistic, far.log_p_value], [one.statistic, one.log_p_value], slack)


def test_floor_is_on_the_factor():
    """The floor holds the factor at 1 or above and keeps t(k - 1): wider than Wald's always."""
    calm = Effects.from_arrays([0.40, 0.47, 0.43, 0.55], [0.02, 0.03, 0.02, 0.03])
    floor, wald = (pool(calm, tau2="DL", inference=name).estimate for name in (FLOOR, WALD))
    assert close(floor.se, wald.se, EXACT)
    assert close(floor.high - floor.value, stats.t.ppf(0.975, 3) * wald.se, EXACT)


@pytest.mark.parametrize(
    ("name", "estimator", "options", "text"),
    [
        (KR, ESTIMATORS["DL"], {}, 'inference="KR" needs tau2="REML"; otherwise .*HKSJ'),
        (KR, 0.2, {}, 'inference="KR" needs tau2="REML"'),
        (KR, None, {}, 'needs random effects with tau2="REML"; otherwise .*"WALD"'),
        (HC, ESTIMATORS[REML], {}, 'inference="HC" needs tau2="DL"'),
        (HC, ESTIMATORS["DL"], {"design": True}, "is for a mean and knows no moderators"),
        (KR, ESTIMATORS[REML], {"own_weights": True}, "takes no weights="),
    ],
)
def test_misfits_are_refused(name, estimator, options, text):
    """An inference says what it needs, and what else there is."""
    with pytest.raises(InputError, match=text):
        check_inference(INFERENCES[name], estimator, **options)


def test_what_fits_is_let_through():
    """Rows without needs fit everything; the others their own estimator."""
    for row in INFERENCES.values():
        estimator = ESTIMATORS["DL"] if row.needs_moment else ESTIMATORS[REML]
        check_inference(row, estimator)
        if not (row.needs_moment or row.needs_restricted):
            check_inference(row, None, design=True, own_weights=True)


def test_prediction_rows_pass_on_what_they_need():
    """A prediction interval by Kenward and Roger needs REML, and says so in its own name."""
    *_, own, less = PREDICTIONS
    for key in (own, less):
        with pytest.raises(InputError, match=f'prediction="{key}" needs tau2="REML"; otherwise'):
            check_prediction(PREDICTIONS[key], ESTIMATORS["DL"])
        check_prediction(PREDICTIONS[key], None)
        check_prediction(PREDICTIONS[key], ESTIMATORS[REML])
    for row in PREDICTIONS.values():
        if not row.inference or row.inference == HKSJ:
            check_prediction(row, 0.3)


def test_one_degree_of_freedom_is_one():
    """Two studies of one size leave one degree of freedom, in the singular."""
    (found,) = [
        remark
        for remark in pool(Effects.from_arrays([0.1, 0.9], [0.1, 0.1]), inference=KR).remarks
        if remark.startswith("Kenward-Roger leaves")
    ]
    assert found.startswith("Kenward-Roger leaves 1 degree of freedom: one study has most")
