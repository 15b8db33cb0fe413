"""Every estimator of tau² solves its own equation, written with dense matrices, with designs."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy.stats import chi2

from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from tests.laws.sets import ragged
from tests.tau2.dense import eigenvalues, projection, tails
from tests.tolerance import SOLVED, Tolerance, close

MOMENTS = ("DL", "HE", "HS", "HSk", "SJ", "GENQ")
SAME_Q = ("PM", "EB", "DLIT", "SJIT")
BATCH = Tolerance(
    relative=1e-13, absolute=1e-13, reason="the same sums, only zeros are added; searches too"
)
LEVERAGE = Tolerance(
    relative=1e-8,
    reason="variances over four decades: tr(P S P S) is a small difference of large sums where a "
    "precise study has nearly all the leverage, in either way of adding them up",
)


def drawn(p):
    """Return a ragged batch of studies with a design of p columns and weights."""
    rng = np.random.default_rng(p)
    y, v, present = ragged(n=60, k=14, seed=30 + p)
    x = rng.normal(size=(*y.shape, p))
    x[..., 0] = 1.0
    present[:, : p + 3] = 1.0
    y = np.where(y == 0, rng.normal(size=y.shape), y)
    weights = 10 ** rng.uniform(-1, 1, y.shape)
    return make_studies(y, v, present, x=None if p == 1 else x, weights=weights)


def alone(studies):
    """Yield (y, v, X, weights) of each analysis without its gaps."""
    for i in range(studies.n):
        here = studies.present[i] > 0
        y, v, a = (z[i, here] for z in (studies.y, studies.v, studies.weights))
        yield y, v, np.ones((len(y), 1)) if studies.x is None else studies.x[i, here], a


def closed_form(key, y, v, x, a):
    """Return an estimate from dense matrices, not cut at 0."""
    k, p = x.shape
    if key == "HE":
        flat = projection(np.ones(k), x)
        return (y @ flat @ y - np.trace(flat @ np.diag(v))) / (k - p)
    if key == "SJ":
        guess = np.mean((y - y.mean()) ** 2)
        return y @ projection(1 / (v / guess + 1), x) @ y / (k - p)
    own = projection(a if key == "GENQ" else 1 / v, x)
    q = y @ own @ y
    if key == "HS":
        return (q - k) / np.sum(1 / v)
    if key == "HSk":
        return (q * k / (k - p) - k) / np.sum(1 / v)
    return (q - np.trace(own @ np.diag(v))) / np.trace(own)


def test_every_row_is_in_this_file_or_maximizes():
    """A new row needs its equation here, or in the laws of the likelihoods."""
    maxima = {key for key, row in ESTIMATORS.items() if row.restricted is not None}
    assert set(ESTIMATORS) == {*MOMENTS, *SAME_Q, "PMM", "GENQM"} | maxima


@pytest.mark.parametrize(("key", "p"), list(product(MOMENTS, (1, 2, 3))))
def test_closed_forms(key, p):
    """The dense formula, cut at 0."""
    studies, above = drawn(p), 0
    tau2 = ESTIMATORS[key].function(studies).tau2
    for value, (y, v, x, a) in zip(tau2, alone(studies), strict=True):
        expected = max(0.0, closed_form(key, y, v, x, a))
        assert close(value, expected, SOLVED, typical=float(np.median(v)))
        above += value > 0
    assert above > 20


@pytest.mark.parametrize(("key", "p"), list(product((*SAME_Q, "PMM"), (1, 2, 3))))
def test_q_is_at_its_value(key, p):
    """Inside, Q(tau²) is df, or the median; at the border Q(0) is not above it."""
    studies, inside = drawn(p), 0
    tau2 = ESTIMATORS[key].function(studies).tau2
    for value, (y, v, x, _) in zip(tau2, alone(studies), strict=True):
        df = len(y) - p
        goal = chi2.median(df) if key == "PMM" else df
        q = y @ projection(1 / (v + value), x) @ y
        if value > 0:
            assert close(q, goal, SOLVED)
            inside += 1
        else:
            assert q <= goal
    assert inside > 20


@pytest.mark.parametrize("p", [1, 2, 3])
def test_q_is_at_its_exact_median(p):
    """GENQM: half of the distribution of Q lies below the observed one, by Ruben's series."""
    studies, inside = drawn(p), 0
    tau2 = ESTIMATORS["GENQM"].function(studies).tau2
    for value, (y, v, x, a) in zip(tau2, alone(studies), strict=True):
        scales = eigenvalues(a, v + value, x)
        if scales.max() / scales.min() > 100:
            continue  # the series would need too many terms
        below = tails(y @ projection(a, x) @ y, scales)[0]
        if value > 0:
            assert close(below, 0.5, SOLVED)
            inside += 1
        else:
            assert below <= 0.5
    assert inside > 3


def dense_error(key, tau2, y, v, x, a):
    """Return the standard error of tau² from dense matrices."""
    k, p = x.shape
    s, w = np.diag(v + tau2), 1 / (v + tau2)
    if key in (*SAME_Q, "PMM"):
        return np.sqrt(2 * k**2 / (k - p)) / w.sum()
    if key == "ML":
        return np.sqrt(2 / np.sum(w**2))
    if key == "REML":
        return np.sqrt(2 / np.trace(np.linalg.matrix_power(projection(w, x), 2)))
    guess = np.mean((y - y.mean()) ** 2)
    weights = {"HE": np.ones(k), "SJ": 1 / (v / guess + 1), "GENQ": a, "GENQM": a}
    form = projection(weights.get(key, 1 / v), x)
    slope = {"HE": k - p, "SJ": k - p, "HS": np.sum(1 / v), "HSk": np.sum(1 / v) * (k - p) / k}
    spread = 2 * np.trace(form @ s @ form @ s)
    return np.sqrt(spread) / slope.get(key, np.trace(form))


@pytest.mark.parametrize(("key", "p"), list(product(ESTIMATORS, (1, 3))))
def test_standard_errors(key, p):
    """The variance of a sum of squares, the information, or Morris's, with dense matrices."""
    studies, row = drawn(p), ESTIMATORS[key]
    tau2 = row.function(studies).tau2
    se = row.se(studies, tau2)
    for i, (y, v, x, a) in enumerate(alone(studies)):
        assert close(se[i], dense_error(key, tau2[i], y, v, x, a), SOLVED if p == 1 else LEVERAGE)


@pytest.mark.parametrize("key", ESTIMATORS)
def test_equal_variances(key):
    """With equal variances most are s² - v, with the textbook's standard error."""
    rng = np.random.default_rng(8)
    k, v = 12, 0.4
    y = rng.normal(0, 1.5, size=(1, k))
    studies = make_studies(y, np.full((1, k), v), weights=np.ones((1, k)))
    row, spread = ESTIMATORS[key], float(np.var(y, ddof=1))
    tau2 = float(row.function(studies).tau2[0])
    if key in ("DL", "HE", "HSk", "REML", "GENQ", *SAME_Q):
        assert close(tau2, spread - v, SOLVED)
        assert close(row.se(studies, np.array([tau2]))[0], spread * np.sqrt(2 / (k - 1)), SOLVED)
    elif key in ("HS", "ML"):
        assert close(tau2, float(np.var(y)) - v, SOLVED)
    elif key in ("PMM", "GENQM"):
        assert close(tau2, spread * (k - 1) / chi2.median(k - 1) - v, SOLVED)
    else:
        assert key == "SJ"
        guess = float(np.var(y))
        assert close(tau2, guess / (guess + v) * spread, SOLVED)


@pytest.mark.parametrize("key", ESTIMATORS)
@pytest.mark.parametrize("p", [1, 2])
def test_ragged_batch_is_loop(key, p):
    """A ragged batch gives what each analysis gives alone, gaps left out."""
    studies, row = drawn(p), ESTIMATORS[key]
    tau2 = row.function(studies).tau2
    se = row.se(studies, tau2)
    for i, (y, v, x, a) in enumerate(alone(studies)):
        own = make_studies(y[None], v[None], x=None if p == 1 else x[None], weights=a[None])
        value = row.function(own).tau2
        assert close(tau2[i], value[0], BATCH)
        assert close(se[i], row.se(own, value)[0], BATCH if p == 1 else SOLVED)


@pytest.mark.parametrize("key", ESTIMATORS)
def test_few_studies(key):
    """One study, or none left for tau²: 0 and no standard error; two studies have both."""
    row = ESTIMATORS[key]
    for k, p in ((1, 1), (2, 2), (3, 3)):
        y, v = np.arange(1.0, k + 1)[None], np.full((1, k), 0.1)
        x = None if p == 1 else np.eye(k)[None]
        studies = make_studies(y, v, x=x, weights=np.ones((1, k)))
        tau2 = row.function(studies).tau2
        assert tau2[0] == 0
        assert np.isnan(row.se(studies, tau2)[0])
    pair = make_studies(np.array([[0.0, 3.0]]), np.full((1, 2), 0.1), weights=np.ones((1, 2)))
    tau2 = row.function(pair).tau2
    assert 0 < tau2[0] < 15
    assert 0 < row.se(pair, tau2)[0] < 60


@pytest.mark.parametrize("key", ESTIMATORS)
def test_all_effects_equal(key):
    """Equal effects give exactly 0, whatever number they are; SJ has no standard error there."""
    row = ESTIMATORS[key]
    for value in (0.1, -0.7, 1 / 3, 1e5 / 7):
        y, v = np.full((1, 3), value), np.array([[0.11, 0.23, 0.37]])
        studies = make_studies(y, v, weights=1 / v)
        tau2 = row.function(studies).tau2
        assert tau2[0] == 0
        assert row.zero_at_equal
        assert np.isnan(row.se(studies, tau2)[0]) == (key == "SJ")


@pytest.mark.parametrize("key", ["GENQ", "GENQM"])
def test_weights_of_zero_leave_studies_out(key):
    """A study of weight 0 has no say in tau²; weights count by their proportions."""
    rng = np.random.default_rng(2)
    y, v = rng.normal(0, 2, (5, 9)), rng.uniform(0.1, 1, (5, 9))
    weights = rng.uniform(0.5, 2, (5, 9))
    weights[:, 6:] = 0.0
    row = ESTIMATORS[key]
    tau2 = row.function(make_studies(y, v, weights=1e200 * weights)).tau2
    fewer = row.function(make_studies(y[:, :6], v[:, :6], weights=weights[:, :6])).tau2
    assert close(tau2, fewer, SOLVED, typical=0.5)
    single = np.where(np.arange(9) == 2, 3.0, 0.0) * np.ones((5, 1))
    assert np.all(row.function(make_studies(y, v, weights=single)).tau2 == 0)


@pytest.mark.parametrize("ratio", [1e-8, 1e-20, 1e-30, 1e-60])
@pytest.mark.parametrize("key", ["DL", "HS"])
def test_one_study_with_nearly_all_the_weight(key, ratio):
    """The rounding of the mean is no spread of that study: against fractions."""
    y, v = np.random.default_rng(1).normal(size=(20, 4)), np.array([ratio, 0.1, 0.2, 0.3])
    found = ESTIMATORS[key].function(make_studies(y, np.tile(v, (20, 1)))).tau2
    w = [1 / Fraction(each) for each in v.tolist()]
    total = sum(w)
    slope = total - sum(a * a for a in w) / total if key == "DL" else total
    for i, row in enumerate(y.tolist()):
        exact = [Fraction(each) for each in row]
        mean = sum(a * b for a, b in zip(w, exact, strict=True)) / total
        q = sum(a * (b - mean) ** 2 for a, b in zip(w, exact, strict=True))
        wanted = max(0.0, float((q - (3 if key == "DL" else 4)) / slope))
        assert close(found[i], wanted, Tolerance(relative=1e-12, reason="rounding"), typical=ratio)
