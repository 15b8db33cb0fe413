"""Expected order statistics of a normal sample, and what is estimated from a few of them."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtri

from metaan.core.arrays import ArrayLike, Floats

# In its own standard deviations, around its median: the integrand is smooth and gone at both ends
# (the tail of an extreme is the long one), so that the trapezoid rule is exact to rounding.
GRID = np.arange(-60.0, 60.0 + 1 / 12, 1 / 12)
GRID.flags.writeable = False
CHUNK = 1024


def expected_order_statistic(rank: ArrayLike, n: ArrayLike) -> Floats:
    """Return E of the order statistic ``rank`` of n standard normal draws.

    ``E = int z Phi(z)^(rank - 1) (1 - Phi(z))^(n - rank) phi(z) dz / B(rank, n - rank + 1)``,
    which is defined for ranks between whole numbers too (the normal quantile of a beta variate).

    Parameters
    ----------
    rank, n : array_like, broadcastable
        Rank from below, 1 to n; n of at least 1. NaN gives NaN.

    Returns
    -------
    ndarray
        Exact to about 1e-14, for n in the millions to 1e-12.

    References
    ----------
    .. [1] Harter HL (1961). Biometrika 48:151. doi:10.1093/biomet/48.1-2.151

    Examples
    --------
    >>> from metaan.recovery.order_statistics import expected_order_statistic
    >>> float(2 * expected_order_statistic(40, 40))
    4.32156
    """
    place, size = np.broadcast_arrays(np.asarray(rank, float), np.asarray(n, float))
    pairs, back = np.unique(
        np.stack([place.ravel(), size.ravel()], axis=-1), axis=0, return_inverse=True
    )
    parts = [_expected(*pairs[i : i + CHUNK].T) for i in range(0, len(pairs), CHUNK)]
    values = np.concatenate(parts) if parts else np.zeros(0)
    return np.asarray(values[np.ravel(back)].reshape(place.shape))


def _expected(rank: Floats, n: Floats) -> Floats:
    p = ((rank - 0.375) / (n + 0.25))[:, None]
    center = ndtri(p)
    width = np.sqrt(2 * np.pi * p * (1 - p) / (n[:, None] + 2)) * np.exp(center**2 / 2)
    z = center + width * GRID
    log_density = (
        (rank[:, None] - 1) * log_ndtr(z) + (n - rank)[:, None] * log_ndtr(-z) - z * z / 2
    )
    density = np.exp(log_density - np.max(log_density, axis=-1, keepdims=True))
    return np.asarray(np.sum(density * z, axis=-1) / np.sum(density, axis=-1))


def approximate_moments(ranks: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return means and covariances of normal order statistics, to the order of ``1 / (n + 2)²``.

    With ``p = rank / (n + 1)``, q = 1 - p and Q', Q'', ... the derivatives of the normal quantile
    at p: ``E = Q + p q Q'' / (2 (n + 2)) + p q [(q - p) Q''' / 3 + p q Q'''' / 8] / (n + 2)²``,
    and the like for covariances.

    Parameters
    ----------
    ranks : ndarray, shape (k, m)
        Ranks from below, increasing.
    n : ndarray, shape (k,)
        Sizes of the samples.

    Returns
    -------
    mean, covariance : ndarray, shapes (k, m) and (k, m, m)
        Of the standard normal distribution.

    References
    ----------
    .. [1] David FN, Johnson NL (1954). Biometrika 41:228. doi:10.1093/biomet/41.1-2.228
    """
    size = (n + 2)[:, None]
    p = ranks / (n + 1)[:, None]
    q = 1 - p
    z, d1, d2, d3, d4 = _quantile_derivatives(p)
    mean = z + p * q * d2 / (2 * size)
    mean = mean + p * q / size**2 * ((q - p) * d3 / 3 + p * q * d4 / 8)

    def outer(row: Floats, column: Floats) -> Floats:
        return np.asarray(row[:, :, None] * column[:, None, :])

    second = outer((q - p) * d2, d1) + outer(d1, (q - p) * d2)
    second = second + (outer(p * q * d3, d1) + outer(d1, p * q * d3) + outer(p * d2, q * d2)) / 2
    upper = outer(p, q) * (outer(d1, d1) / size[..., None] + second / size[..., None] ** 2)
    upper = np.triu(upper)  # row <= column, as the formula wants it; the rest is its mirror
    return mean, upper + np.triu(upper, 1).swapaxes(-1, -2)


def _quantile_derivatives(p: Floats) -> tuple[Floats, ...]:
    """Return the normal quantile at p and its first four derivatives."""
    z = ndtri(p)
    d1 = np.sqrt(2 * np.pi) * np.exp(z * z / 2)
    d2, d3 = z * d1**2, (1 + 2 * z * z) * d1**3
    return z, d1, d2, d3, z * (7 + 6 * z * z) * d1**4


def best_linear(values: Floats, ranks: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the best linear unbiased mean and SD from some order statistics of normal samples.

    ``(A' W A)^-1 A' W x`` with A = [1, E] and W the inverse of the covariances of the standard
    order statistics, both as `approximate_moments` has them.

    Parameters
    ----------
    values, ranks : ndarray, shape (k, m)
        Order statistics and their ranks, strictly increasing.
    n : ndarray, shape (k,)
        Sizes of the samples.

    Returns
    -------
    mean, sd : ndarray, shape (k,)

    References
    ----------
    .. [1] Yang X, Hutson AD, Wang D (2022). J Appl Stat 49:3846.
       doi:10.1080/02664763.2021.1967890
    """
    mean, covariance = approximate_moments(ranks, n)
    design = np.stack([np.ones_like(mean), mean], axis=-1)
    weighted = np.linalg.solve(covariance, design).swapaxes(-1, -2)
    estimate = np.linalg.solve(weighted @ design, weighted @ values[..., None])[..., 0]
    return estimate[:, 0], estimate[:, 1]
