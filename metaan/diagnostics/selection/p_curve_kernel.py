"""The distribution of significant p-values, given a power: tails, tests and the power itself."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtri, ndtri_exp

from metaan.core.arrays import ArrayLike, Floats, Integers
from metaan.numerics.search import bracketed_root

ALPHA, HALF = 0.05, 0.025  # of the whole curve and of its lower half, two-sided
LEAST = -np.finfo(float).tiny  # logarithm of a share that is next to 1
FAR = 10.0  # beyond the largest z, where a study of that mean would have all power


def cutoff(alpha: float) -> float:
    """Return the size of z with a two-sided p-value of ``alpha``."""
    return float(-ndtri(alpha / 2))


def log_power(mean: ArrayLike, alpha: float) -> Floats:
    """Return ``log P(p < alpha)`` of a z with this mean, any shape."""
    return log_beyond(cutoff(alpha), mean)


def log_beyond(z: ArrayLike, mean: ArrayLike) -> Floats:
    """Return ``log P(|Z| > z)`` for ``Z ~ N(mean, 1)`` and ``z >= 0``."""
    z, mean = np.asarray(z, dtype=float), np.asarray(mean, dtype=float)
    return np.asarray(np.logaddexp(log_ndtr(mean - z), log_ndtr(-mean - z)))


def mean_of_power(power: float) -> float:
    """Return the mean >= 0 of a z that is significant at ``ALPHA`` with this power."""

    def excess(mean: Floats, _: Integers) -> Floats:
        return np.asarray(np.exp(log_power(mean, ALPHA)) - power)

    return float(bracketed_root(excess, np.zeros(1), np.full(1, cutoff(ALPHA) + FAR))[0])


def places(z: Floats, mean: ArrayLike, alpha: float) -> Floats:
    """Return the normal quantiles of ``P(|Z| > z | p < alpha)``, shape (..., k).

    Standard normal where the means are right; below 0 where p-values are smaller than that.
    """
    share = log_beyond(z, mean) - log_power(mean, alpha)
    return np.asarray(ndtri_exp(np.minimum(share, LEAST)))


def stouffer(z: Floats, mean: ArrayLike, alpha: float) -> Floats:
    """Return the combined quantile of the studies, over the last axis; NaN for none."""
    if not z.size:
        return np.full(np.shape(mean)[:-1], np.nan)
    return np.asarray(np.add.reduce(places(z, mean, alpha), axis=-1) / np.sqrt(z.shape[-1]))


def mean_that_gives(z: Floats, quantiles: Floats) -> Floats:
    """Return the means >= 0 at which the combined quantile is this, shape (n,); 0 if below."""
    low, high = np.zeros(len(quantiles)), np.full(len(quantiles), float(np.max(z)) + FAR)
    found, every = np.zeros(len(quantiles)), np.arange(len(quantiles))

    def excess(mean: Floats, which: Integers) -> Floats:
        return stouffer(z, mean[:, None], ALPHA) - quantiles[which]

    inside = np.flatnonzero(excess(low, every) < 0)
    if inside.size:
        found[inside] = bracketed_root(
            lambda mean, which: excess(mean, inside[which]), low[inside], high[inside]
        )
    return found


def log_at_least(successes: int, trials: int, chance: float) -> float:
    """Return ``log P(X >= successes)`` of a binomial count, also where that underflows."""
    from scipy.special import gammaln, logsumexp

    if not successes:
        return 0.0
    x = np.arange(successes, trials + 1.0)
    ways = gammaln(trials + 1.0) - gammaln(x + 1) - gammaln(trials - x + 1)
    terms = ways + x * np.log(chance) + (trials - x) * np.log1p(-chance)
    return min(float(logsumexp(terms)), 0.0)


def shares(mean: float, edges: Floats) -> Floats:
    """Return the shares of significant p-values between these edges, from 0 to ``ALPHA``."""
    z = -ndtri(edges[1:] / 2)
    below = np.exp(log_beyond(z, mean) - log_power(mean, ALPHA))
    return np.diff(below, prepend=0.0)
