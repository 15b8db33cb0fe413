"""Henmi and Copas' interval: the common-effect mean, with a distribution that allows for tau².

The mean m weights by w = 1 / v, so that small studies, the likelier victims of publication bias,
weigh little; its variance under random effects is ``V = (1 + tau² W2 / W1) / W1``. The statistic
is ``T = (m - mu) / sqrt(V)`` at the DerSimonian-Laird tau², a function of Q alone. With R the mean
in units of its standard deviation,

    P(|T| > t) = 2 ∫ φ(r) P(Q < f(r²/t²) | R = r) dr   from r = t sqrt(1 / W1) / sd(m),

where f is the Q at which |T| would be t; below the lower limit even tau² = 0 leaves T short of t.
Given R, Q is a quadratic form of a normal vector with known mean and variance, and is taken as a
gamma variable with these: the paper's only approximation beside tau² at its estimate.

Letters: ``Wj = sum w^j``; c = w - W2 / W1; s = W1 + tau² W2, so that ``sd(m) = sqrt(s) / W1``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

from metaan.core.arrays import Floats, Integers
from metaan.numerics.search import bracketed_root
from metaan.numerics.tails import log_two_sided, normal_quantile
from metaan.tau2.studies import Studies
from metaan.univariate.inferred import Inferred
from metaan.univariate.weighing import Weighted

NODES = 24  # Gauss-Legendre nodes in each part of the integral
FALLS = (0.3, 4.0, 25.0, 100.0)  # r² beyond its start where parts end: e^-50 of φ is left
RISES = (75.0, 25.0)  # and before: where start is nearly 0, r = e^z/2 has long to grow
FADED = 36.0  # a gamma distribution of shape a is e^-36 this over a below its mean in z
STEPS = 8.0  # the climb covers so many standard deviations of Q on both sides of f
TINY, ENDLESS = 1e-150, 1e150
LOST = 1e-290  # probabilities below are found by their logarithm
TERMS = 20  # of the continued fraction, which has converged after ten
LARGE = 1e3  # shape from which on Stirling's series has all digits
FAR = 1e-9  # P(Q < f) while φ falls, below which the part that falls leave out may count
NOTHING = 45.0  # logarithm of the top over what is left out
GRID, MOST_ZOOMS, PARTS = 41, 40, 8  # points, rounds, and parts of the last integral
MOST = 1e60  # of ratios of weights, beyond which nothing changes
SMALLEST = 1e-6  # the quantile is above this share of the normal one


class Spread(NamedTuple):
    """Mean and variance of Q given R = r, both linear in r², and the map f; shape (n,).

    Attributes
    ----------
    mean, mean_slope, variance, variance_slope : ndarray
        ``mean + mean_slope r²`` and ``variance + variance_slope r²``.
    freedom : ndarray
        Q at which the DerSimonian-Laird tau² is 0.
    rise : ndarray
        ``f(r²/t²) = freedom + rise (r² / (t² least²) - 1)``.
    least : ndarray
        Standard deviation of the mean at tau² = 0, over that at tau².
    """

    mean: Floats
    mean_slope: Floats
    variance: Floats
    variance_slope: Floats
    freedom: Floats
    rise: Floats
    least: Floats

    def take(self, which: Integers) -> Spread:
        """Return some of the analyses."""
        return Spread(*(part[which] for part in self))


def henmi_copas(weighted: Weighted, level: float) -> Inferred:
    """Return Henmi and Copas' interval of a mean; tau² must be DerSimonian and Laird's.

    Notes
    -----
    One study has its own Wald interval. Degrees of freedom are NaN: the distribution is its own,
    and the p-value is found from it.

    References
    ----------
    .. [1] Henmi M, Copas JB (2010). Stat Med 29:2969. doi:10.1002/sim.4029
    """
    studies, tau2 = weighted.studies, weighted.tau2
    w = studies.present / studies.v
    first = np.add.reduce(w, axis=-1)
    share = w / first[:, None]
    mean = np.add.reduce(share * studies.y, axis=-1)
    se = np.sqrt(1 / first + tau2 * np.add.reduce(share * share, axis=-1))
    several = np.flatnonzero(studies.count > 1)
    spread = _spread(studies.take(several), tau2[several])
    quantile = np.full(studies.n, normal_quantile(level))
    quantile[several] = _quantile(spread, level)

    def log_p(statistic: Floats) -> Floats:
        answer = log_two_sided(statistic, np.inf)
        answer[several] = _log_tail(spread, np.abs(statistic[several]))
        return answer

    df = np.where(studies.count > 1, np.nan, np.inf)[:, None]
    half = quantile * se
    return Inferred(
        mean[:, None], (se * se)[:, None, None], df, half[:, None], share=share, log_p=log_p
    )


def _spread(studies: Studies, tau2: Floats) -> Spread:
    """Return the moments of Q given R.

    With ``A = W - w w' / W1`` (Q = y'A y), ``D = V + tau² I`` and ``C = D - D w w' D / (w'D w)``
    the covariance given R, they are ``tr A C + e'A e r² / s`` and ``2 tr ACAC + 4 e'ACA e r² / s``
    with e = D w. ``A 1 = 0`` turns each into sums: ``e'A e = tau⁴ sum w c²`` and so on.

    Weights are relative to the largest, which stands apart: where one study has nearly all of
    the weight, everything is of the size of the others' share of it. Sums are over positive
    terms then, such as ``tr A = sum w (W1 - w) / W1``.
    """
    w, tau2, over = _relative(studies.present / studies.v, tau2)
    row, largest = np.arange(len(w)), np.argmax(w, axis=-1)
    first, second = np.add.reduce(w, axis=-1), np.add.reduce(w * w, axis=-1)
    others = w.copy()
    others[row, largest] = 0.0
    without = first[:, None] - w  # W1 - w
    without[row, largest] = np.add.reduce(others, axis=-1)
    c = w - (second / first)[:, None]
    c[row, largest] = np.add.reduce(others * (1 - others), axis=-1) / first
    wc, square = w * c, others * others
    one, two = np.add.reduce(wc * c, axis=-1), np.add.reduce(wc * wc, axis=-1)
    h2 = np.add.reduce((wc - w * (one / second)[:, None]) ** 2, axis=-1)
    s, freedom = first + tau2 * second, studies.freedom
    free = np.add.reduce(w * without, axis=-1) / first
    mixed = np.add.reduce(w * w * without, axis=-1)  # W1 W2 - W3
    squares = np.add.reduce(square, axis=-1)
    pairs = squares * squares - np.add.reduce(square * square, axis=-1) + 2 * squares
    whole = (np.add.reduce((w * without) ** 2, axis=-1) + pairs) / first**2  # tr AA
    bent, turned = tau2 * tau2 / s * one, tau2 * tau2 / s * (one + tau2 * two)
    left = one * first + tau2 * (one * second + two * first) + tau2 * tau2 * second * h2
    return Spread(
        mean=freedom + tau2 * (free * first + tau2 * mixed) / s,
        mean_slope=bent,
        variance=2 * (freedom + 2 * tau2 * free + tau2 * tau2 * whole - 2 * turned + bent * bent),
        variance_slope=4 * (tau2 / s) ** 2 * left,
        freedom=freedom,
        rise=free * first / second / over,
        least=1 / np.sqrt(1 + tau2 * over * second / first),
    )


def _relative(w: Floats, tau2: Floats) -> tuple[Floats, Floats, Floats]:
    """Return weights over the largest of each analysis, tau² times it, and what it lacks.

    The moments of Q are the same to 16 digits whether a study has `MOST` times the weight of the
    others or more; ``over`` says how much more. Nor does a tau² beyond `MOST` over their weight
    change its distribution.
    """
    row, largest = np.arange(len(w)), np.argmax(w, axis=-1)
    others = w.copy()
    others[row, largest] = 0.0
    rest = np.maximum.reduce(others, axis=-1)
    most = np.minimum(w[row, largest], MOST * rest)
    tau2 = np.minimum(tau2, MOST / rest) * most
    over = np.minimum(w[row, largest] / most, ENDLESS**2 / np.maximum(tau2, 1.0))
    others[row, largest] = most
    return others / most[:, None], tau2, over


def _log_tail(spread: Spread, t: Floats) -> Floats:
    """Return log P(|T| > t), t >= 0, shape (n,).

    The integral runs along z = 2 log(r / start), in which the integrand is smooth even where
    start, and with it the branch point of the gamma distribution at Q = 0, is near 0.
    """
    start = np.clip(t * spread.least, TINY, ENDLESS)
    edges = _edges(spread, start)
    z, size = _rule(edges)
    further = np.expm1(z)  # (r² - start²) / start²
    r = start * np.exp(z / 2)
    density = np.exp(-0.5 * start * start * further) * r / 2
    total = np.add.reduce(size * density * _below(spread, r * r, further), axis=0)
    with np.errstate(divide="ignore"):
        answer = np.log(total)
    far = np.flatnonzero(total * np.maximum(start, 1.0) < FAR)
    if far.size:
        answer[far] = _log_far_out(spread.take(far), start[far])
    answer = np.minimum(answer - 0.5 * start * start + 0.5 * np.log(2 / np.pi), 0.0)
    answer = np.where(t * spread.least < ENDLESS, answer, -np.inf)
    return np.where(t > 0, np.where(np.isnan(t), np.nan, answer), 0.0)


def _rule(edges: Floats) -> tuple[Floats, Floats]:
    """Return nodes and their weights in all parts between edges, each (nodes, n)."""
    x, weight = _nodes()
    wide = np.diff(edges, axis=0)[:, None] / 2
    shape = (len(wide) * NODES, edges.shape[1])
    z = (edges[:-1, None] + wide * (1 + x[:, None])).reshape(shape)
    return z, (wide * weight[:, None]).reshape(shape)


def _log_far_out(spread: Spread, start: Floats) -> Floats:
    """Return the logarithm of the integral where φ has faded before P(Q < f) amounts to much.

    Their product has its peak further out than φ has, but not where φ has fallen by more than
    P(Q < f) can have grown. In logarithms, it is looked for on grids that close in on where it is
    within `NOTHING` of its top.
    """
    base = start * start

    def log_integrand(z: Floats) -> Floats:
        further, r = np.expm1(z), start * np.exp(z / 2)
        below = _log_below(spread, r * r, further)
        return np.asarray(below - 0.5 * base * further + np.log(r / 2))

    first_below = _log_below(spread, base, np.zeros_like(base))
    low, high = np.zeros_like(start), np.log1p(2 * (FALLS[-1] - first_below) / base)
    column, points = np.arange(len(start)), np.linspace(0, 1, GRID)[:, None]
    for _ in range(MOST_ZOOMS):
        z = low + (high - low) * points
        height = log_integrand(z)
        felt = height > np.maximum.reduce(height, axis=0) - NOTHING
        first = np.maximum(np.argmax(felt, axis=0) - 1, 0)
        last = np.minimum(GRID - np.argmax(felt[::-1], axis=0), GRID - 1)
        low, high = z[first, column], z[last, column]
        if (last - first > GRID // 4).all():
            break
    z, size = _rule(low + (high - low) * np.linspace(0, 1, PARTS + 1)[:, None])
    height = log_integrand(z)
    top = np.maximum.reduce(height, axis=0)
    return np.asarray(top + np.log(np.add.reduce(size * np.exp(height - top), axis=0)))


def _edges(spread: Spread, start: Floats) -> Floats:
    """Return where the parts of the integral meet, in z, from 0 upward, shape (parts + 1, n).

    Where P(Q < f | R = r) climbs from 0 to 1, roughly, and where φ falls.
    """
    base = start * start
    slope = np.maximum(spread.rise / base - spread.mean_slope, TINY)
    center = np.maximum((spread.mean - spread.freedom + spread.rise) / slope, base)
    with np.errstate(over="ignore"):
        width = np.sqrt(spread.variance + spread.variance_slope * center) / slope / center
    middle, width = np.log(center) - np.log(base), np.minimum(width, ENDLESS)
    below = middle - np.maximum(STEPS * width, FADED * width * width)
    above = middle + np.log1p(STEPS * width)
    falls = [np.log1p(fall / base) for fall in FALLS]
    rises = [falls[-1] - rise for rise in RISES]
    edges = np.stack([np.zeros_like(base), below, middle, above, *rises, *falls])
    return np.sort(np.clip(edges, 0.0, falls[-1]), axis=0)


@lru_cache(maxsize=1)
def _nodes() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(NODES)


def _below(spread: Spread, square: Floats, further: Floats) -> Floats:
    """Return P(Q < f | R² = square), by the gamma distribution of that mean and variance."""
    return np.asarray(special.gammainc(*_gamma(spread, square, further)))


def _gamma(spread: Spread, square: Floats, further: Floats) -> tuple[Floats, Floats]:
    """Return the shape of that distribution, and f in units of its scale."""
    mean = spread.mean + spread.mean_slope * square
    scale = (spread.variance + spread.variance_slope * square) / mean
    return mean / scale, (spread.freedom + spread.rise * further) / scale


def _log_below(spread: Spread, square: Floats, further: Floats) -> Floats:
    """Return log P(Q < f | R² = square), finite where the probability underflows."""
    a, x = _gamma(spread, square, further)
    direct = special.gammainc(a, x)
    tiny = direct < LOST
    answer = np.log(np.where(tiny, 1.0, direct))
    answer[tiny] = _log_gamma_tail(a[tiny], x[tiny])
    return np.asarray(answer)


def _log_gamma_tail(a: Floats, x: Floats) -> Floats:
    """Return the logarithm of the lower tail at x far below the mean a, by a continued fraction.

    Before it stands Stirling's series where a is large and x near it: nothing cancels, and its
    next term, 1 / (360 a³), is nothing beside a logarithm this far out.
    """
    value = a + 2 * TERMS
    for n in range(TERMS, 0, -1):
        value = a + 2 * n - 1 + n * x / value
        value = a + 2 * n - 2 - (a + n - 1) * x / value
    short = np.maximum(x / a - 1, -0.5)
    stirling = a * (np.log1p(short) - short) + 0.5 * np.log(a / (2 * np.pi)) - 1 / (12 * a)
    plain = a * np.log(x) - x - special.gammaln(a)
    return np.asarray(np.where((a > LARGE) & (short > -0.5), stirling, plain) - np.log(value))


def _quantile(spread: Spread, level: float) -> Floats:
    """Return the t with P(|T| > t) = 1 - level; at tau² = 0 nothing can be above z."""
    goal = np.log1p(-level)
    normal = normal_quantile(level)
    high = np.log(normal / spread.least * (1 + 1e-9))

    def off(log_t: Floats, which: Integers) -> Floats:
        return np.asarray(_log_tail(spread.take(which), np.exp(log_t)) - goal)

    return np.exp(bracketed_root(off, np.full_like(high, np.log(normal * SMALLEST)), high))
