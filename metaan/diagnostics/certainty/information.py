"""Optimal information size: participants that one adequately powered trial would need.

Both functions return the total of two equal groups, not rounded.
"""

from __future__ import annotations

import math

from scipy.special import ndtri

ALPHA, POWER = 0.05, 0.80
SMALL_EFFECT = 0.2  # standard deviations
USUAL_REDUCTION = 0.25  # of a risk


def size_for_risks(risk1: float, risk2: float, *, power: float = POWER) -> float:
    """Return the participants that find a difference of two risks.

    ``2 (z_a sqrt(2 p (1 - p)) + z_b sqrt(p1 (1 - p1) + p2 (1 - p2)))² / (p1 - p2)²``, p the mean
    of both risks, as R's ``power.prop.test``; two-sided alpha 0.05.

    Parameters
    ----------
    risk1, risk2 : float
        Risks of the groups, between 0 and 1.
    power : float
        Probability to find it.

    Returns
    -------
    float
        NaN if the risks are equal or none lies between 0 and 1.
    """
    if risk1 == risk2 or not (0 < risk1 < 1 and 0 < risk2 < 1):
        return math.nan
    z_a, z_b = -float(ndtri(ALPHA / 2)), float(ndtri(power))
    mean = (risk1 + risk2) / 2
    spread = math.sqrt(risk1 * (1 - risk1) + risk2 * (1 - risk2))
    root = z_a * math.sqrt(2 * mean * (1 - mean)) + z_b * spread
    return 2 * (root / (risk1 - risk2)) ** 2


def size_for_means(difference: float, sd: float) -> float:
    """Return the participants that find a difference of two means: ``4 (z_a + z_b)² sd² / d²``.

    Two-sided alpha 0.05, power 80%.

    Parameters
    ----------
    difference, sd : float
        In the same unit; 1 for the SD of a standardized difference.

    Returns
    -------
    float
        NaN if the difference is 0.
    """
    if difference == 0:
        return math.nan
    z_a, z_b = -float(ndtri(ALPHA / 2)), float(ndtri(POWER))
    return 4 * ((z_a + z_b) * sd / difference) ** 2
