"""BOOTSTRAP_INTERVALS: limits of a number from its bootstrap draws.

Quantiles are order statistics: the share a of R draws is the draw of rank (R + 1) a, interpolated
on the scale of normal quantiles between two ranks (Davison and Hinkley's equation 5.8); below the
first rank and above the last one it is the extreme draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.special import ndtr, ndtri

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.numerics.tails import normal_quantile


class Sample(NamedTuple):
    """What an interval is made from.

    Attributes
    ----------
    observed : float
        The number as the data have it.
    draws : ndarray, shape (m,)
        The number in each draw, all finite.
    error : float
        Its standard error in the data; NaN if it has none.
    errors : ndarray, shape (m,)
        Standard errors in the draws.
    without : ndarray, shape (k,)
        The number without each study in turn; NaN where it is not defined.
    """

    observed: float
    draws: Floats
    error: float
    errors: Floats
    without: Floats


LimitFunction: TypeAlias = Callable[[Sample, float], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapInterval:
    """A row of ``BOOTSTRAP_INTERVALS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    function : callable
        ``function(sample, level) -> (low, high)``; ``InputError`` where it is not defined.
    doi : str
        Where it was published.
    """

    key: str
    name: str
    function: LimitFunction
    doi: str


def quantiles(draws: Floats, shares: Floats) -> Floats:
    """Return the quantiles of some draws, shape of the shares; see the module.

    Examples
    --------
    >>> quantiles(np.arange(1.0, 100.0), np.array([0.025, 0.5, 0.001])).round(3)
    array([ 2.542, 50.   ,  1.   ])
    """
    ranked, count = np.sort(draws), len(draws)
    rank = (count + 1) * shares
    below = np.clip(np.floor(rank), 1, max(count - 1, 1))
    ends = ndtri(np.array([below, below + 1]) / (count + 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        part = (ndtri(np.clip(shares, 0.0, 1.0)) - ends[0]) / (ends[1] - ends[0])
    part = np.clip(part, 0.0, 1.0)
    place = below.astype(np.int64) - 1
    low, high = ranked[place], ranked[np.minimum(place + 1, count - 1)]
    return np.asarray(np.where(part < 1, low + part * (high - low), high))


def _ends(level: float) -> Floats:
    return np.array([(1 - level) / 2, (1 + level) / 2])


def _both(limits: Floats) -> tuple[float, float]:
    return float(limits[0]), float(limits[1])


def normal(sample: Sample, level: float) -> tuple[float, float]:
    """Return the number less its bias, plus and minus normal standard errors."""
    center = 2 * sample.observed - float(sample.draws.mean())
    half = normal_quantile(level) * float(sample.draws.std(ddof=1))
    return center - half, center + half


def basic(sample: Sample, level: float) -> tuple[float, float]:
    """Return the limits from the distribution of draw less number: ``2 t - t*``."""
    return _both(2 * sample.observed - quantiles(sample.draws, _ends(level))[::-1])


def percentile(sample: Sample, level: float) -> tuple[float, float]:
    """Return quantiles of the draws."""
    return _both(quantiles(sample.draws, _ends(level)))


def corrected(sample: Sample, level: float) -> tuple[float, float]:
    """Return quantiles of the draws, corrected for bias and for a changing standard error.

    With ``z0`` the normal quantile of the share of draws below the number (half of those that
    equal it), ``a = sum l³ / (6 (sum l²)^(3/2))`` and l the jackknife's mean less the number
    without each study, the share p becomes ``Phi(z0 + (z0 + z_p) / (1 - a (z0 + z_p)))``.
    """
    draws = sample.draws
    below = float(np.mean(draws < sample.observed) + np.mean(draws == sample.observed) / 2)
    if not 0 < below < 1:
        where = "above" if below == 0 else "below"
        raise InputError(
            f'interval="BCA" is not defined: all draws lie {where} the number of the data; choose '
            'another, e.g. interval="PERCENTILE"'
        )
    moved = ndtri(below) + ndtri(_ends(level))
    curve = 1 - acceleration(sample.without) * moved
    shares = np.where(curve > 0, ndtr(ndtri(below) + moved / np.where(curve > 0, curve, 1)), 1.0)
    shares = np.where((curve <= 0) & (moved < 0), 0.0, shares)
    return _both(quantiles(draws, np.sort(shares)))


def acceleration(without: Floats) -> float:
    """Return the jackknife's acceleration of a number without each study in turn, shape (k,)."""
    if not np.isfinite(without).all():
        raise InputError(
            'interval="BCA" is not defined: without one of the studies the number is not, so that '
            'it has no jackknife; choose another, e.g. interval="PERCENTILE"'
        )
    less = without.mean() - without
    size = float(np.abs(less).max())
    if size == 0:
        return 0.0
    less = less / size
    return float(np.sum(less**3) / (6 * np.sum(less**2) ** 1.5))


def studentized(sample: Sample, level: float) -> tuple[float, float]:
    """Return the limits from the distribution of ``(t* - t) / se*``."""
    if not np.isfinite(sample.error):
        raise InputError(
            'interval="STUDENTIZED" needs a standard error of the number, which means, '
            'coefficients and tau² have; choose another, e.g. interval="BCA"'
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (sample.draws - sample.observed) / sample.errors
    ratios = ratios[np.isfinite(ratios)]
    if len(ratios) < len(sample.draws) / 2:
        raise InputError(
            'interval="STUDENTIZED" is not defined: in most draws the number has no standard '
            'error; choose another, e.g. interval="BCA"'
        )
    return _both(sample.observed - sample.error * quantiles(ratios, _ends(level))[::-1])


PRACTICE, SURVEY = "10.1017/CBO9780511802843", "10.1214/ss/1032280214"

_ROWS = (
    BootstrapInterval(key="PERCENTILE", name="percentile", function=percentile, doi=SURVEY),
    BootstrapInterval(key="BASIC", name="basic", function=basic, doi=PRACTICE),
    BootstrapInterval(
        key="BCA", name="bias-corrected and accelerated", function=corrected, doi=SURVEY
    ),
    BootstrapInterval(
        key="NORMAL", name="normal, corrected for bias", function=normal, doi=PRACTICE
    ),
    BootstrapInterval(key="STUDENTIZED", name="studentized", function=studentized, doi=PRACTICE),
)
BOOTSTRAP_INTERVALS: Mapping[str, BootstrapInterval] = MappingProxyType(
    {row.key: row for row in _ROWS}
)
PERCENTILE, BASIC, BCA, NORMAL, STUDENTIZED = BOOTSTRAP_INTERVALS
DEFAULT_BOOTSTRAP_INTERVAL = PERCENTILE
