"""Power of studies to find an effect by a two-sided z-test, arrays only."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
from scipy.special import ndtr

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.errors import InputError
from metaan.core.scale import Scale
from metaan.core.study_intervals import DEFAULT_LEVEL
from metaan.numerics.search import bracketed_root
from metaan.numerics.tails import normal_quantile

LARGEST = 1e6  # standard errors that an effect may lie from no effect: power is 1 long before


def power(distance: ArrayLike, se: ArrayLike, level: float, tau2: float = 0.0) -> Floats:
    """Return the probability that ``|estimate| > z se``, any shape.

    Parameters
    ----------
    distance : array_like
        True effect less no effect, or the mean of the true effects; analysis scale.
    se : array_like
        Standard errors (> 0).
    level : float
        1 less the error of the tests: 0.95 for p < 0.05.
    tau2 : float
        Variance of the true effects. The estimates then vary with ``se² + tau2`` around the mean,
        which is the same as the power averaged over the true effects.

    Examples
    --------
    >>> power(np.array([0.0, 2.8]), 1.0, 0.95).round(3)
    array([0.05, 0.8 ])
    """
    size, error = np.abs(np.asarray(distance, float)), np.asarray(se, float)
    spread = np.sqrt(error**2 + tau2)
    reach = normal_quantile(level) * error
    return np.asarray(ndtr((size - reach) / spread) + ndtr(-(size + reach) / spread))


def effect_for_median(wanted: float, se: Floats, level: float) -> float:
    """Return the distance from no effect at which the median power of studies is this."""
    typical = float(np.median(se))

    def gap(size: Floats, which: object) -> Floats:
        del which
        return np.array(
            [float(np.median(power(each * typical, se, level))) - wanted for each in size]
        )

    root = bracketed_root(gap, np.array([0.0]), np.array([2 * normal_quantile(level) + 40.0]))
    return float(root[0]) * typical


def se_of_power(wanted: float, distance: float, level: float) -> float:
    """Return the standard error with which a study has this power, from 1 - level to 1.

    Examples
    --------
    >>> round(se_of_power(0.8, 0.5, 0.95), 4)
    0.1785
    """

    def gap(ratio: Floats, which: object) -> Floats:
        del which
        return np.asarray(power(ratio, 1.0, level) - wanted)

    ratio = bracketed_root(gap, np.array([0.0]), np.array([2 * normal_quantile(level) + 40.0]))
    return distance / float(ratio[0])


def checked_null(scale: Scale, label: str, verb: str) -> float:
    """Return what means no effect; InputError where nothing does."""
    if not scale.has_null:
        raise InputError(
            f"{verb} asks which studies find an effect, and {label!r} (scale {scale.key!r}) has "
            "no value that means no effect"
        )
    return float(scale.null)


def checked_tau2(tau2: object) -> float:
    """Return a variance of true effects that was asked for; InputError if it is none."""
    value = _number(tau2)
    if 0 <= value < math.inf:
        return value
    raise InputError(f"tau2={tau2!r} must be a finite variance >= 0, e.g. tau2=0 for one effect")


def checked_share(value: object, name: str, usual: float = DEFAULT_LEVEL) -> float:
    """Return a number between 0 and 1; InputError, naming the option and a usual value, if not."""
    number = _number(value)
    if 0 < number < 1:
        return number
    percent = 1 < number < 100 and (number > 50) == (usual > 0.5)
    remedy = f"did you mean {number / 100:g}?" if percent else f"e.g. {name}={usual:g}"
    raise InputError(f"{name}={value!r} must lie between 0 and 1; {remedy}")


def _number(value: object) -> float:
    """Return a number as a float, NaN if it is none."""
    is_one = isinstance(value, Real) and not isinstance(value, bool)
    return float(value) if is_one else math.nan  # type: ignore[arg-type]
