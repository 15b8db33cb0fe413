"""Gauss's hypergeometric function where scipy's overflows."""

from __future__ import annotations

import numpy as np
from scipy.special import hyp2f1

from metaan.core.arrays import Floats

LARGE = 50.0  # of c: from here the series is good to the last digit for every x up to 1
TERMS = 40


def gauss(a: float, b: float, c: Floats, x: Floats) -> Floats:
    """Return F(a, b; c; x) for a and b of at most 1, c > 0 and 0 <= x <= 1.

    Parameters
    ----------
    a, b : float
        Upper parameters.
    c, x : ndarray, broadcastable
        Lower parameter and argument.

    Notes
    -----
    ``scipy.special.hyp2f1`` gives NaN or infinity for c beyond 100 and x near 1 (seen in 1.17);
    there the terms of the series shrink at once, and 40 of them are exact to rounding.

    References
    ----------
    .. [1] NIST Digital Library of Mathematical Functions, 15.2.1. https://dlmf.nist.gov/15.2

    Examples
    --------
    >>> import numpy as np
    >>> gauss(0.5, 0.5, np.array([1.5, 300.0]), np.array([0.25, 0.99])).round(6)
    array([1.047198, 1.000828])
    """
    c, x = np.broadcast_arrays(np.asarray(c, dtype=np.float64), np.asarray(x, dtype=np.float64))
    large = c >= LARGE
    total, term = np.ones(c.shape), np.ones(c.shape)
    for k in range(TERMS):
        term = term * ((a + k) * (b + k) / ((c + k) * (k + 1)) * x)
        total = total + term
    small = hyp2f1(a, b, np.where(large, LARGE, c), np.where(large, 0.0, x))
    return np.where(large, total, small)
