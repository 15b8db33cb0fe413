"""Shares of variance explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import betainccinv, gammaln, xlogy

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import FISHER_ROOT, IDENTITY, NO_NULL
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.differences import mean_by_size
from metaan.measures.row import AVERAGE, EXPLAINED, Measure, Pair, Route, Swap, at

Fit = tuple[Floats, Floats, Floats]
Variance = Callable[[Floats, Floats, Floats], Floats]

NODES, WEIGHTS = leggauss(64)
REACH = 8.0  # standard errors of atanh(R) on either side: the likelihood is below 1e-13 there
CHUNK = 8192  # cells summed together: the series stop when the slowest of them has
NEGLIGIBLE = 1e-14
# From x = 100 and (a / 4)² on, the k-th term of the asymptotic series is at most about 16^k / k!,
# and 70 of them are exact to rounding.
FAR, STEEP, FAR_TERMS = 100.0, 4.0, 70


def _possible(r2: Floats, n: Floats, predictors: Floats) -> Fit:
    """Return all three, NaN unless 0 <= R² <= 1 and df = n - predictors - 1 >= 1."""
    r2, n, predictors = np.broadcast_arrays(r2, n, predictors)
    good = (r2 >= 0) & (r2 <= 1) & (predictors >= 1) & (n - predictors > 1)
    return np.where(good, r2, np.nan), np.where(good, n, np.nan), predictors


def large_sample(r2: Floats, n: Floats, predictors: Floats) -> Floats:
    """Return ``4 R² (1 - R²)² / n`` (LS; Kendall and Stuart 1979, eq. 27.88)."""
    del predictors
    return 4 * r2 * (1 - r2) ** 2 / n


def smaller_sample(r2: Floats, n: Floats, predictors: Floats) -> Floats:
    """Return ``4 R² (1 - R²)² (n - p - 1)² / ((n² - 1) (n + 3))`` (LS2; their eq. 27.87).

    Made for the population's R². At the sample's it is too small, by some 13% at n = 100, p = 4.
    """
    df = n - predictors - 1
    return 4 * r2 * (1 - r2) ** 2 * df * df / ((n * n - 1) * (n + 3))


def average_share(r2: Floats, n: Floats, predictors: Floats) -> Floats:
    """Return LS with the mean R² of the studies, weighted by n, in each (AV)."""
    return large_sample(mean_by_size(r2, n), n, predictors)


def average_share_smaller_sample(r2: Floats, n: Floats, predictors: Floats) -> Floats:
    """Return LS2 with the mean R² of the studies, weighted by n, in each (AV2)."""
    return smaller_sample(mean_by_size(r2, n), n, predictors)


AVERAGE_SMALLER = f"{AVERAGE}2"
VARIANCES: Mapping[str, Variance] = MappingProxyType(
    {
        "LS": large_sample,
        "LS2": smaller_sample,
        AVERAGE: average_share,
        AVERAGE_SMALLER: average_share_smaller_sample,
    }
)
DEFAULT_VARIANCE = next(iter(VARIANCES))


@nan_where_undefined
def explained_share(
    r2: Floats, n: Floats, predictors: Floats, *, variance: str = DEFAULT_VARIANCE
) -> Pair:
    """Return R² as it is and by default ``4 R² (1 - R²)² / n``, shape (..., k).

    Parameters
    ----------
    r2, n, predictors : ndarray, shape (..., k)
        Share of the outcome's variance that a regression explains (not the adjusted one),
        numbers of participants and of predictors, whose values were sampled along with the
        outcome's. NaN comes back unless 0 <= R² <= 1 and n > predictors + 1.
    variance : {"LS", "LS2", "AV", "AV2"}
        Row of ``VARIANCES``; the formula stands in each row's function. "AV" and "AV2" borrow
        from the other studies.

    Returns
    -------
    y, v : ndarray
        v is 0 at R² = 0 and 1 (except what is borrowed): the formulas need a true R² off 0.

    References
    ----------
    .. [1] Wishart J (1931). Biometrika 22:353. doi:10.1093/biomet/22.3-4.353
    .. [2] Olkin I, Finn JD (1995). Psychol Bull 118:155. doi:10.1037/0033-2909.118.1.155
    """
    spread = look_up(VARIANCES, variance, argument="variance", what="a variance of R²")
    r2, n, predictors = _possible(r2, n, predictors)
    return defined(r2, spread(r2, n, predictors))


@nan_where_undefined
def fisher_z_of_root(r2: Floats, n: Floats, predictors: Floats) -> Pair:
    """Return ``atanh(sqrt(R²))`` and ``1 / n``, any shape; NaN unless 0 <= R² < 1.

    See ``explained_share`` for the parameters.

    References
    ----------
    .. [1] Olkin I, Finn JD (1995). Psychol Bull 118:155. doi:10.1037/0033-2909.118.1.155
    """
    r2, n, _ = _possible(r2, n, predictors)
    return defined(np.arctanh(np.sqrt(r2)), 1 / n)


@nan_where_undefined
def explained_share_fixed(r2: Floats, n: Floats, predictors: Floats) -> Pair:
    """Return R² and the variance that its likelihood gives, predictors fixed, any shape.

    Parameters
    ----------
    r2, n, predictors : ndarray
        As for ``explained_share``, but the predictors' values were set, not sampled.

    Returns
    -------
    y, v : ndarray
        v is the variance of the true share u in [0, 1] under the likelihood of R² divided by its
        integral. R² then has a noncentral beta distribution, with ``n u / (1 - u)`` as its
        noncentrality. NaN unless 0 <= R² < 1.

    Notes
    -----
    Found from the numbers of metafor 5.1, which leaves out u < 0.0001: they are up to 0.06%
    smaller than the whole integral's. Ours is good to 1e-9 (2e-8 for n = 20,000 and R² = 0.999).
    An integral for each study takes time: 100,000 studies about three seconds.

    References
    ----------
    .. [1] Cramer JS (1987). J Econom 35:253. doi:10.1016/0304-4076(87)90027-3
    """
    r2, n, predictors = _possible(r2, n, predictors)
    return defined(r2, _variance_by_likelihood(r2, n, predictors))


@nan_where_undefined
def fisher_z_of_root_fixed(r2: Floats, n: Floats, predictors: Floats) -> Pair:
    """Return ``atanh(sqrt(R²))``, predictors fixed, and its variance, any shape.

    See ``explained_share_fixed`` for the parameters; NaN unless 0 < R² < 1.

    Notes
    -----
    The delta method: the slope of y is ``1 / (2 R (1 - R²))``, so v is that of R² over
    ``4 R² (1 - R²)²``. metafor 5.1 divides by ``(1 - R⁴)²`` instead, which belongs to
    ``atanh(R²)``, and is too small: by 29% at R² = 0.3, by 67% at 0.1.

    References
    ----------
    .. [1] Olkin I, Finn JD (1995). Psychol Bull 118:155. doi:10.1037/0033-2909.118.1.155
    """
    y, v = explained_share_fixed(r2, n, predictors)
    return defined(np.arctanh(np.sqrt(y)), v / (4 * y * (1 - y) ** 2))


def _variance_by_likelihood(r2: Floats, n: Floats, predictors: Floats) -> Floats:
    """Return the variance of u under the likelihood of R², by quadrature over atanh(sqrt(u))."""
    inside = (r2 >= 0) & (r2 < 1)
    r2, n, predictors = (np.asarray(a[inside])[:, None] for a in (r2, n, predictors))
    df = n - predictors - 1
    center = np.arctanh(np.sqrt(r2))
    # The likelihood has its top below R², near the noncentrality that leaves F its mean, and is
    # wider where that is small for so many predictors; few df make a long lower tail.
    top = np.maximum(df * r2 / (1 - r2) - predictors, 0.0)
    width = REACH * np.sqrt((1 + predictors / (2 * top)) / df) + 20 / df
    low = np.maximum(np.arcsinh(np.sqrt(top / n)) - width, 0.0)
    z = low + (center + REACH / np.sqrt(n) - low) * (NODES + 1) / 2
    noncentral = n * np.sinh(z) ** 2
    # of exp(-noncentral / 2) M(x), the exponentials in one: they are huge next to R² = 1
    scaled = _log_scaled_kummer((n - 1) / 2, predictors / 2, noncentral * r2 / 2)
    log_density = scaled - noncentral * (1 - r2) / 2
    rest = np.cosh(z) ** -2  # 1 - u
    mass = WEIGHTS * np.tanh(z) * rest
    mass = mass * np.exp(log_density - log_density.max(axis=-1, keepdims=True))
    mass = mass / mass.sum(axis=-1, keepdims=True)
    mean = (mass * rest).sum(axis=-1, keepdims=True)
    v = np.full(inside.shape, np.nan)
    v[inside] = (mass * (rest - mean) ** 2).sum(axis=-1)
    return v


def _log_scaled_kummer(a: Floats, b: Floats, x: Floats) -> Floats:
    """Return log M(a, b, x) - x, M Kummer's function, a > b > 0, x not negative."""
    a, b, x = np.broadcast_arrays(a, b, x)
    flat = [array.ravel() for array in (a, b, x)]
    far = flat[2] >= np.maximum(FAR, (flat[0] / STEEP) ** 2)
    value = np.empty(x.size)
    for function, cells in ((_log_kummer_far, far), (_log_kummer_near, ~far)):
        chosen = np.flatnonzero(cells)
        order = chosen[np.argsort(flat[2][chosen])]
        for start in range(0, order.size, CHUNK):
            chunk = order[start : start + CHUNK]
            value[chunk] = function(*(array[chunk] for array in flat))
    return value.reshape(x.shape)


def _log_kummer_far(a: Floats, b: Floats, x: Floats) -> Floats:
    """Return log M(a, b, x) - x by its asymptotic series (DLMF 13.7.2), whose work is bounded."""
    total, term = np.ones_like(x), np.ones_like(x)
    for k in range(FAR_TERMS):
        term *= (b - a + k) * (1 - a + k) / ((k + 1) * x)
        total += term
        if np.abs(term).max() <= NEGLIGIBLE / 100:
            break
    return np.asarray(np.log(total) + gammaln(b) - gammaln(a) + (a - b) * np.log(x))


def _log_kummer_near(a: Floats, b: Floats, x: Floats) -> Floats:
    """Return log M(a, b, x) - x by its series, summed up and down from the largest term."""
    half = (x - b - 1) / 2
    top = np.floor(np.maximum(half + np.sqrt(np.maximum(half * half + a * x - b, 0.0)), 0.0))
    total = 1 + _terms_above(a, b, x, top) + _terms_below(a, b, x, top)
    at_top = xlogy(top, x) + gammaln(a + top) - gammaln(b + top) - gammaln(top + 1)
    return np.asarray(np.log(total) + at_top + gammaln(b) - gammaln(a) - x)


def _terms_above(a: Floats, b: Floats, x: Floats, j: Floats) -> Floats:
    """Return the sum of the terms after the j-th one, over that one."""
    total, term = np.zeros_like(x), np.ones_like(x)
    # term j + 1 is term j times (a + j) x over (b + j) (j + 1); both grow by what is added below
    over, under, more = (a + j) * x, (b + j) * (j + 1), b + 2 * j + 2
    while term.max(initial=0.0) > NEGLIGIBLE:
        term *= over
        term /= under
        total += term
        over += x
        under += more
        more += 2
    return total


def _terms_below(a: Floats, b: Floats, x: Floats, j: Floats) -> Floats:
    """Return the sum of the terms before the j-th one, over that one."""
    total, term = np.zeros_like(x), np.ones_like(x)
    divisor = np.where(x > 0, x, 1.0)
    least = divisor / 4  # keeps 0 / 0 away below the first term; a + j - 1 is at least 1 above
    # j counted down, not the product: rounding must not carry it past the first term, which is 0
    j, over, under = j.copy(), j * (b + j - 1), np.maximum((a + j - 1) * divisor, least)
    while term.max(initial=0.0) > NEGLIGIBLE:
        term *= over
        term /= under
        total += term
        j -= 1
        np.maximum(j, 0.0, out=j)
        np.add(b, j - 1, out=over)
        over *= j
        under -= divisor
        np.maximum(under, least, out=under)
    return total


@nan_where_undefined
def _from_f(f: Floats, n: Floats, predictors: Floats) -> Fit:
    share = predictors * f / (predictors * f + n - predictors - 1)
    return np.where(f >= 0, share, np.nan), n, predictors


def _from_p(p: Floats, n: Floats, predictors: Floats) -> Fit:
    # Without an effect R² has a beta distribution. 0 is no p-value.
    share = betainccinv(predictors / 2, (n - predictors - 1) / 2, np.where(p > 0, p, np.nan))
    return np.asarray(share), n, predictors


_ROUTES = (
    Route(
        inputs=("f", "n", "predictors"),
        convert=_from_f,
        says="from the F-test of the regression and the numbers of participants and predictors",
    ),
    Route(
        inputs=("p", "n", "predictors"),
        convert=_from_p,
        says="from the p-value of the F-test of the regression and the numbers of participants "
        "and predictors",
    ),
)
_POINT = at(EXPLAINED, 0.3, 100.0, 4.0)
_LEVEL = IDENTITY.with_null(NO_NULL)

ROWS = (
    Measure(
        key="R2",
        name="Explained share of variance",
        inputs=EXPLAINED,
        function=explained_share,
        options={"variance": tuple(VARIANCES)},
        scale=_LEVEL,
        swap=Swap.NONE,
        turn=Swap.NONE,
        zero_variance=True,
        across=(AVERAGE, AVERAGE_SMALLER),
        routes=_ROUTES,
        design_point=_POINT,
        doi="10.1037/0033-2909.118.1.155",
    ),
    Measure(
        key="ZR2",
        name="Explained share of variance",
        inputs=EXPLAINED,
        function=fisher_z_of_root,
        scale=FISHER_ROOT,
        swap=Swap.NONE,
        turn=Swap.NONE,
        routes=_ROUTES,
        design_point=_POINT,
        doi="10.1037/0033-2909.118.1.155",
    ),
    Measure(
        key="R2F",
        name="Explained share of variance (fixed predictors)",
        inputs=EXPLAINED,
        function=explained_share_fixed,
        scale=_LEVEL,
        swap=Swap.NONE,
        turn=Swap.NONE,
        routes=_ROUTES,
        design_point=_POINT,
        doi="10.1016/0304-4076(87)90027-3",
    ),
    Measure(
        key="ZR2F",
        name="Explained share of variance (fixed predictors)",
        inputs=EXPLAINED,
        function=fisher_z_of_root_fixed,
        scale=FISHER_ROOT,
        swap=Swap.NONE,
        turn=Swap.NONE,
        routes=_ROUTES,
        design_point=_POINT,
        doi="10.1037/0033-2909.118.1.155",
    ),
)
