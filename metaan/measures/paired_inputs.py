"""What all effects of two paired measurements ask of their inputs."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats

Spreads = tuple[Floats, Floats, Floats, Floats]


def possible(sd1: Floats, sd2: Floats, r: Floats, n: Floats) -> Spreads:
    """Return the four, r and n NaN unless both SDs >= 0, -1 <= r <= 1 and n >= 2."""
    good = (sd1 >= 0) & (sd2 >= 0) & (np.abs(r) <= 1) & (n >= 2)
    return sd1, sd2, np.where(good, r, np.nan), np.where(good, n, np.nan)


def change_variance(sd1: Floats, sd2: Floats, r: Floats) -> Floats:
    """Return the variance of the changes, ``sd1² + sd2² - 2 r sd1 sd2``, never below 0."""
    return (sd1 - sd2) ** 2 + 2 * (1 - r) * sd1 * sd2
