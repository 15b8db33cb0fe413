"""Smooth selection functions: their logarithms, with derivatives in the parameters.

Letters: p p-value, c imprecision of the study (1 where precision plays no part), a and b the
parameters delta as they are searched (see ``Selection.logs``). Arrays broadcast: parameters are
(n, 1, 1) for n points of the search, p-values (k or 1, C) for C places on the axis of z.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.special import erf, expit, log_ndtr

from metaan.core.arrays import Floats


class Places(NamedTuple):
    """Places on the axis of z where selection functions are looked at, shape (k or 1, C).

    Attributes
    ----------
    p, log_p, log_rest : ndarray
        p-value, its logarithm, and that of 1 - p.
    factor : ndarray
        Imprecision of the study, or 1.
    """

    p: Floats
    log_p: Floats
    log_rest: Floats
    factor: Floats


class LogWeight(NamedTuple):
    """log w and its derivatives; each broadcasts to (n, k, C).

    Attributes
    ----------
    value : ndarray
        log w.
    first : tuple of ndarray, length q
        Derivatives in the parameters.
    second : tuple of tuple of ndarray
        Second derivatives, q rows of q.
    """

    value: Floats
    first: tuple[Floats, ...]
    second: tuple[tuple[Floats, ...], ...]


def from_edge(found: LogWeight, edge: LogWeight, beyond: Floats) -> LogWeight:
    """Return log w relative to that at a p-value, and 0 for smaller ones.

    Parameters
    ----------
    found, edge : LogWeight
        At the places, and at the p-value.
    beyond : ndarray, shape (k or 1, C)
        1 for larger p-values, 0 for others.
    """
    return LogWeight(
        beyond * (found.value - edge.value),
        tuple(beyond * (a - b) for a, b in zip(found.first, edge.first, strict=True)),
        tuple(
            tuple(beyond * (a - b) for a, b in zip(ours, theirs, strict=True))
            for ours, theirs in zip(found.second, edge.second, strict=True)
        ),
    )


SmoothFunction: TypeAlias = Callable[[Places, tuple[Floats, ...]], LogWeight]

NONE = np.zeros((1, 1, 1))
LOG_TWO, ROOT_TWO = float(np.log(2.0)), float(np.sqrt(2.0))


def places_of(z: Floats, sides: int, ends: tuple[float, float]) -> Places:
    """Return the p-values of z-values, those beyond the ends as at them.

    Parameters
    ----------
    z : ndarray, shape (k or 1, C)
        Turned so that selection favors large values.
    sides : int
        1 or 2.
    ends : tuple of float
        z between which p-values are told apart; for two sides |z|.
    """
    if sides == 1:
        inside = np.clip(z, *ends)
        log_p, log_rest = log_ndtr(-inside), log_ndtr(inside)
    else:
        inside = np.clip(np.abs(z), *ends)
        log_p = LOG_TWO + log_ndtr(-inside)
        with np.errstate(divide="ignore"):  # 1 - p is 0 at z = 0; only functions that take it
            log_rest = np.log(erf(inside / ROOT_TWO))  # apart from 0 look at it
    return Places(np.exp(log_p), log_p, log_rest, np.ones_like(z))


def beta_weight(at: Places, delta: tuple[Floats, ...]) -> LogWeight:
    """Return the log of ``p^(a-1) (1-p)^(b-1)``, Citkowicz and Vevea's beta density."""
    a, b = delta
    value = (a - 1) * at.log_p + (b - 1) * at.log_rest
    return LogWeight(value, (at.log_p[None], at.log_rest[None]), ((NONE, NONE), (NONE, NONE)))


def half_normal_weight(at: Places, delta: tuple[Floats, ...]) -> LogWeight:
    """Return the log of ``exp(-a c p²)``."""
    slope = (-at.factor * at.p * at.p)[None]
    return LogWeight(delta[0] * slope, (slope,), ((NONE,),))


def exponential_weight(at: Places, delta: tuple[Floats, ...]) -> LogWeight:
    """Return the log of ``exp(-a c p)``."""
    slope = (-at.factor * at.p)[None]
    return LogWeight(delta[0] * slope, (slope,), ((NONE,),))


def power_weight(at: Places, delta: tuple[Floats, ...]) -> LogWeight:
    """Return the log of ``(1 - p)^(a c)``."""
    slope = (at.factor * at.log_rest)[None]
    return LogWeight(delta[0] * slope, (slope,), ((NONE,),))


def logistic_weight(at: Places, delta: tuple[Floats, ...]) -> LogWeight:
    """Return the log of ``2 exp(-a c p) / (1 + exp(-a c p))``."""
    cp = (at.factor * at.p)[None]
    x = delta[0] * cp
    value = LOG_TWO - x - np.log1p(np.exp(-x))
    return LogWeight(value, (-cp * expit(x),), ((-cp * cp * expit(x) * expit(-x),),))


def exponential_power_weight(at: Places, delta: tuple[Floats, ...]) -> LogWeight:
    """Return the log of ``exp(-a c p^(1/b))``; b is searched as its logarithm."""
    a, log_b = delta
    power = at.log_p * np.exp(-log_b)
    ce = at.factor * np.exp(power)
    across = ce * power
    return LogWeight(
        -a * ce,
        (-ce, a * across),
        ((NONE, across), (across, -a * across * (power + 1))),
    )
