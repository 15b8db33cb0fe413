"""MH_MEASURES: what the Mantel-Haenszel method pools, one row each, with its variances.

a b c d are the events and non-events of treatment and control, n1 n2 their sizes, N both; over
person-time x1 x2 are the events, t1 t2 the times, T both. All arrays are (n, k), sums (n,).
Every sum is written in terms that cannot cancel, and with quotients first, so that neither large
counts nor a large unit of time overflow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import PEOPLE, RATE_DIFFERENCE, RATE_RATIO, TIME
from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.twobytwo.groups import Groups


class Parts(NamedTuple):
    """The two sums that make an estimate, one term per study.

    Attributes
    ----------
    above, below : ndarray, shape (n, k)
        A ratio is ``sum above / sum below``, and so is a difference; ``below`` are the weights.
    """

    above: Floats
    below: Floats


Split = Callable[[Groups], Parts]
Variance = Callable[[Groups, Parts], Floats]  # standard error, analysis scale, shape (n,)


@dataclass(frozen=True, slots=True, kw_only=True)
class MHMeasure:
    """A row of ``MH_MEASURES``.

    Attributes
    ----------
    key, label : str
        Key of the effect measure and its name on the reading scale, as in ``MEASURES``.
    kind : str
        What the events are counted over.
    scale : Scale
        How the estimate is read.
    function : callable
        ``function(groups) -> Parts``.
    variances : mapping of str to callable
        ``function(groups, parts) -> standard error``; the default first.
    doi : str
        Where it was published.
    """

    key: str
    label: str
    kind: str
    scale: Scale
    function: Split
    variances: Mapping[str, Variance]
    doi: str

    @property
    def is_ratio(self) -> bool:
        """Whether studies without events say nothing about it."""
        return self.scale.is_log

    def value(self, parts: Parts) -> Floats:
        """Return the estimate, analysis scale, shape (n,); infinite or NaN where undefined."""
        above, below = np.add.reduce(parts.above, axis=-1), np.add.reduce(parts.below, axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate = above / below
            return np.asarray(np.log(estimate) if self.is_ratio else estimate)


def odds_ratio(groups: Groups) -> Parts:
    """Return ``a d / N`` and ``b c / N``."""
    total = groups.total
    return Parts(
        groups.events1 * (groups.spared2 / total), groups.spared1 * (groups.events2 / total)
    )


def risk_ratio(groups: Groups) -> Parts:
    """Return ``a n2 / N`` and ``c n1 / N``; over time ``x1 t2 / T`` and ``x2 t1 / T``."""
    total = groups.total
    return Parts(
        groups.events1 * (groups.whole2 / total), groups.events2 * (groups.whole1 / total)
    )


def risk_difference(groups: Groups) -> Parts:
    """Return the excess over chance and ``n1 n2 / N`` (or ``t1 t2 / T``)."""
    return Parts(groups.excess, groups.whole1 * (groups.whole2 / groups.total))


def robins_breslow_greenland(groups: Groups, parts: Parts) -> Floats:
    """Return the standard error of the log odds ratio, consistent in sparse and large strata.

    ``sum P R / (2 R+²) + sum (P S + Q R) / (2 R+ S+) + sum Q S / (2 S+²)`` with R and S the
    parts, ``P = (a + d) / N`` and ``Q = (b + c) / N``.
    """
    total = groups.total
    p = (groups.events1 + groups.spared2) / total
    q = (groups.spared1 + groups.events2) / total
    r, s = np.add.reduce(parts.above, axis=-1), np.add.reduce(parts.below, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = parts.above / r[..., None], parts.below / s[..., None]
        first = np.add.reduce(p * x, axis=-1) / r
        mixed = np.add.reduce(p * y, axis=-1) / r + np.add.reduce(q * x, axis=-1) / s
        return np.asarray(np.sqrt((first + mixed + np.add.reduce(q * y, axis=-1) / s) / 2))


def greenland_robins_ratio(groups: Groups, parts: Parts) -> Floats:
    """Return the standard error of the log risk ratio.

    ``sum (n1 n2 m - a c N) / N² / (R+ S+)``, m = a + c; the bracket is ``n1 a d + n2 b c``.
    """
    total = groups.total
    meat = (groups.whole1 / total) * (groups.events1 * (groups.spared2 / total)) + (
        groups.whole2 / total
    ) * (groups.spared1 * (groups.events2 / total))
    return _ratio_error(meat, parts)


def greenland_robins_rate_ratio(groups: Groups, parts: Parts) -> Floats:
    """Return the standard error of the log rate ratio: ``sum m t1 t2 / T² / (R+ S+)``."""
    total = groups.total
    return _ratio_error(groups.events * (groups.whole1 / total) * (groups.whole2 / total), parts)


def _ratio_error(meat: Floats, parts: Parts) -> Floats:
    r, s = np.add.reduce(parts.above, axis=-1), np.add.reduce(parts.below, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(np.add.reduce(meat, axis=-1) / r / s))


def greenland_robins_difference(groups: Groups, parts: Parts) -> Floats:
    """Return the standard error of the risk difference.

    ``sum (a b n2³ + c d n1³) / (n1 n2 N²)`` over the squared sum of the weights.
    """
    total = groups.total
    size1, size2 = (np.where(groups.present, n, 1.0) for n in (groups.whole1, groups.whole2))
    meat = groups.events1 * (groups.spared1 / size1) * (groups.whole2 / total) ** 2
    meat = meat + groups.events2 * (groups.spared2 / size2) * (groups.whole1 / total) ** 2
    return _difference_error(np.add.reduce(meat, axis=-1), parts)


def sato(groups: Groups, parts: Parts) -> Floats:
    """Return Sato's standard error of the risk difference, which sparse strata do not bias.

    ``delta sum P + sum Q`` over the squared sum of the weights, with delta the estimate and the
    terms of `sato_terms`; 0 where that is negative, as it can be in a handful of people.
    """
    p, q = sato_terms(groups)
    above, below = np.add.reduce(parts.above, axis=-1), np.add.reduce(parts.below, axis=-1)
    meat = above / below * np.add.reduce(p, axis=-1) + np.add.reduce(q, axis=-1)
    return _difference_error(np.maximum(meat, 0.0), parts)


def sato_terms(groups: Groups) -> tuple[Floats, Floats]:
    """Return P and Q: delta P + Q has the variance of the excess for its mean, shape (n, k).

    ``P = (n1² c - n2² a + n1 n2 (n2 - n1) / 2) / N²``, ``Q = (a (n2 - c) + c (n1 - a)) / (2 N)``.
    """
    total = groups.total
    f1, f2 = groups.whole1 / total, groups.whole2 / total
    p = f1 * f1 * groups.events2 - f2 * f2 * groups.events1
    p = p + f1 * f2 * (groups.whole2 - groups.whole1) / 2
    q = groups.events1 * (groups.spared2 / total) + groups.events2 * (groups.spared1 / total)
    return p, q / 2


def greenland_robins_rate_difference(groups: Groups, parts: Parts) -> Floats:
    """Return the standard error of the rate difference.

    ``sum (x1 t2² + x2 t1²) / T²`` over the squared sum of the weights.
    """
    total = groups.total
    meat = groups.events1 * (groups.whole2 / total) ** 2
    meat = meat + groups.events2 * (groups.whole1 / total) ** 2
    return _difference_error(np.add.reduce(meat, axis=-1), parts)


def _difference_error(meat: Floats, parts: Parts) -> Floats:
    return np.asarray(np.sqrt(meat) / np.add.reduce(parts.below, axis=-1))


_SPARSE = "10.2307/2530643"
_GREENLAND_ROBINS = "GREENLAND_ROBINS"

_ROWS = (
    MHMeasure(
        key="OR",
        label="Odds ratio",
        kind=PEOPLE,
        scale=LOG,
        function=odds_ratio,
        variances=MappingProxyType({"ROBINS_BRESLOW_GREENLAND": robins_breslow_greenland}),
        doi="10.2307/2531052",
    ),
    MHMeasure(
        key="RR",
        label="Risk ratio",
        kind=PEOPLE,
        scale=LOG,
        function=risk_ratio,
        variances=MappingProxyType({_GREENLAND_ROBINS: greenland_robins_ratio}),
        doi=_SPARSE,
    ),
    MHMeasure(
        key="RD",
        label="Risk difference",
        kind=PEOPLE,
        scale=IDENTITY,
        function=risk_difference,
        variances=MappingProxyType({_GREENLAND_ROBINS: greenland_robins_difference, "SATO": sato}),
        doi=_SPARSE,
    ),
    MHMeasure(
        key=RATE_RATIO,
        label="Rate ratio",
        kind=TIME,
        scale=LOG,
        function=risk_ratio,
        variances=MappingProxyType({_GREENLAND_ROBINS: greenland_robins_rate_ratio}),
        doi=_SPARSE,
    ),
    MHMeasure(
        key=RATE_DIFFERENCE,
        label="Rate difference",
        kind=TIME,
        scale=IDENTITY,
        function=risk_difference,
        variances=MappingProxyType({_GREENLAND_ROBINS: greenland_robins_rate_difference}),
        doi=_SPARSE,
    ),
)

MH_MEASURES: Mapping[str, MHMeasure] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_MEASURE = next(iter(MH_MEASURES))
