"""Naive forms of what tau2 computes: dense k x k matrices, one analysis, plain series."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from metaan.core.arrays import Floats


def projection(w: Floats, x: Floats) -> Floats:
    """Return ``W - W X (X'W X)^-1 X'W``."""
    big = np.diag(w)
    return np.asarray(big - big @ x @ np.linalg.inv(x.T @ big @ x) @ x.T @ big)


def eigenvalues(w: Floats, s: Floats, x: Floats) -> Floats:
    """Return the positive eigenvalues of ``S^½ P S^½``."""
    root = np.sqrt(s)
    return np.linalg.eigvalsh(root[:, None] * projection(w, x) * root)[x.shape[1] :]


def tails(q: float, scales: Floats, terms: int = 3000) -> tuple[float, float]:
    """Return P(Q <= q) and P(Q > q) of a sum of scaled chi-squares by Ruben's series.

    A mixture of chi-squares (Ruben 1962, doi:10.1214/aoms/1177704580): all terms are positive.
    """
    least, m = scales.min(), len(scales)
    share = 1 - least / scales
    weights, moments = np.zeros(terms), 0.5 * np.sum(share ** np.arange(terms)[:, None], axis=1)
    weights[0] = np.sqrt(np.prod(least / scales))
    for j in range(1, terms):
        weights[j] = np.dot(weights[:j], moments[j:0:-1]) / j
    assert abs(weights.sum() - 1) < 1e-13
    df = m + 2 * np.arange(terms)
    return (
        float(np.sum(weights * chi2.cdf(q / least, df))),
        float(np.sum(weights * chi2.sf(q / least, df))),
    )


def log_likelihoods(y: Floats, v: Floats, grid: Floats, *, restricted: bool) -> Floats:
    """Return the log-likelihood of a mean's tau² on a grid, constants dropped."""
    w = 1 / (v + grid[:, None])
    mean = np.sum(w * y, axis=1) / np.sum(w, axis=1)
    value = np.sum(w * (y - mean[:, None]) ** 2 - np.log(w), axis=1)
    return np.asarray(-0.5 * (value + (np.log(np.sum(w, axis=1)) if restricted else 0.0)))
