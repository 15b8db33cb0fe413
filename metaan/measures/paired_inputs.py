"""What all effects of two paired measurements ask of their inputs."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats

ROUNDING = 4 * np.finfo(np.float64).eps  # of a quotient of two decimals, and of r

Spreads = tuple[Floats, Floats, Floats, Floats]


def possible(sd1: Floats, sd2: Floats, r: Floats, n: Floats) -> Spreads:
    """Return the four, r and n NaN unless both SDs >= 0, -1 <= r <= 1 and n >= 2.

    An r within rounding of -1 or 1 is that: a variance of 1e-17 would weigh more than all others.
    """
    good = (sd1 >= 0) & (sd2 >= 0) & (np.abs(r) <= 1) & (n >= 2)
    r = np.where(np.abs(r) >= 1 - ROUNDING, np.sign(r), r)
    return sd1, sd2, np.where(good, r, np.nan), np.where(good, n, np.nan)


def change_variance(sd1: Floats, sd2: Floats, r: Floats) -> Floats:
    """Return the variance of the changes, ``sd1² + sd2² - 2 r sd1 sd2``, never below 0.

    Spreads that differ by rounding are equal, so that it is 0 at r = 1.
    """
    gap = np.abs(sd1 - sd2)
    gap = np.where(gap <= ROUNDING * np.abs(sd1), 0.0, gap)
    return gap**2 + 2 * (1 - r) * sd1 * sd2
