"""The size of a further trial that turns the common-effect pool, in closed form.

w, W        weights of the studies, 1 / v, and their sum
x           weight of the further trial
u           sum w (y - against), turned so that the interval lies at its positive side
e           result of the trial - against, turned alike
z           normal quantile of the level
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from metaan.core.fit import PooledFit
from metaan.diagnostics.fragility.conclusion import ESTIMATE, Conclusion, Limits
from metaan.numerics.tails import normal_quantile


class CommonPool(NamedTuple):
    """What a common effect of the same studies concludes, and what turns it.

    Attributes
    ----------
    side : int
        Its conclusion: 1, -1 or 0.
    v : float
        Largest variance of a further trial that turns it; NaN if none does.
    """

    side: int
    v: float


def common_pool(fit: PooledFit, conclusion: Conclusion, result: float) -> CommonPool:
    """Return what turns the common-effect pool of a fit's studies.

    Parameters
    ----------
    fit : PooledFit
        Whose studies are pooled, with normal limits.
    conclusion : Conclusion
        What is asked: the interval or the estimate, and against what.
    result : float
        Of the further trial, analysis scale.

    Notes
    -----
    The interval touches the value where ``(u + e x)² = z² (W + x)`` with ``u + e x >= 0``: x is
    the smallest positive root; ``(u / z)² - W`` for a trial whose result is the value itself. The
    estimate is at the value at ``x = -u / e``.
    """
    w = 1 / fit.effects.v
    total = float(w.sum())
    pull = float(w @ (fit.effects.y - conclusion.against))
    z = float(normal_quantile(conclusion.level))
    middle, half = conclusion.against + pull / total, z / math.sqrt(total)
    ends = (np.array([each]) for each in (middle, middle - half, middle + half))
    side = int(conclusion.side_of(Limits(*ends))[0])
    away = result - conclusion.against
    toward = side or int(np.sign(away)) or 1
    x = _weight(toward * pull, toward * away, total, 0.0 if conclusion.kind == ESTIMATE else z)
    return CommonPool(side, 1 / x if x > 0 else math.nan)


def _weight(u: float, e: float, total: float, z: float) -> float:
    """Return the smallest x > 0 with ``u + e x = z sqrt(total + x)``; NaN if there is none."""
    if z == 0:
        return -u / e if u * e < 0 else math.nan
    if e == 0:
        x = (u / z) ** 2 - total
        return x if u > 0 and x > 0 else math.nan
    half, rest = u * e - z * z / 2, u * u - z * z * total  # e² x² + 2 half x + rest = 0
    square = half * half - e * e * rest
    if square < 0:
        return math.nan
    root = -(half + math.copysign(math.sqrt(square), half))
    found = (root / (e * e), rest / root if root else math.nan)
    return min((x for x in found if x > 0 and u + e * x >= 0), default=math.nan)
