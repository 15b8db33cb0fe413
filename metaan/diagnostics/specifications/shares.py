"""Shares of specifications: on either side of no effect, by option of a choice; and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.numbers import fixed
from metaan.diagnostics.specifications.choices import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Shares of specifications against a threshold below and above no effect.

    Attributes
    ----------
    below, above : float
        Estimate at or beyond the threshold.
    interval_below, interval_above : float
        Whole interval beyond it.
    """

    below: float
    above: float
    interval_below: float
    interval_above: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluding:
    """How many intervals exclude no effect under each option of one choice.

    Attributes
    ----------
    choice : str
        Name.
    options : tuple of str
        Labels of the options that these specifications have.
    shares : tuple of float
        Share of the specifications with that option, whatever their other options, whose interval
        lies below or above no effect.
    """

    choice: str
    options: tuple[str, ...]
    shares: tuple[float, ...]

    @property
    def lowest(self) -> tuple[str, float]:
        """Option with the smallest share, and this share; the first one of several."""
        return min(zip(self.options, self.shares, strict=True), key=lambda pair: pair[1])

    @property
    def highest(self) -> tuple[str, float]:
        """Option with the largest share, and this share; the first one of several."""
        return max(zip(self.options, self.shares, strict=True), key=lambda pair: pair[1])

    @property
    def spread(self) -> float:
        """Largest share less the smallest."""
        return self.highest[1] - self.lowest[1]


def shares_against(value: Floats, low: Floats, high: Floats, ends: tuple[float, float]) -> Shares:
    """Return the shares beyond two thresholds; an estimate at no effect itself is on no side.

    Parameters
    ----------
    value, low, high : ndarray, shape (n,)
        Estimates and limits.
    ends : tuple of float
        Lower and upper threshold; NaN for none.
    """
    lower, upper = ends
    if not len(value) or lower != lower:
        nan = float("nan")
        return Shares(below=nan, above=nan, interval_below=nan, interval_above=nan)
    strict = lower == upper
    return Shares(
        below=float(np.mean(value < lower if strict else value <= lower)),
        above=float(np.mean(value > upper if strict else value >= upper)),
        interval_below=float(np.mean(high < lower)),
        interval_above=float(np.mean(low > upper)),
    )


def excluding_by_option(
    excludes: Booleans, codes: Integers, choices: Sequence[Choice]
) -> tuple[Excluding, ...]:
    """Return the share of intervals that exclude no effect, by option of every choice.

    Parameters
    ----------
    excludes : ndarray of bool, shape (n,)
        Whose interval excludes it.
    codes : ndarray of int, shape (n, c)
        Options; negative where a choice does not apply.
    choices : sequence of Choice, length c
        The choices.
    """
    found = []
    for choice, column in zip(choices, codes.T, strict=True):
        there = column >= 0
        many = np.bincount(column[there], minlength=len(choice.labels))
        out = np.bincount(column[there & excludes], minlength=len(choice.labels))
        places = np.flatnonzero(many).tolist()
        if places:
            labels = tuple(choice.labels[i] for i in places)
            parts = tuple((out[places] / many[places]).tolist())
            found.append(Excluding(choice=choice.name, options=labels, shares=parts))
    return tuple(found)


def share(part: float) -> str:
    """Return a share in percent; never 0% or 100% for what is not none or all.

    Examples
    --------
    >>> share(0.5), share(0.00004), share(0.99996), share(0.0)
    ('50.0%', '<0.1%', '>99.9%', '0%')
    """
    if part != part:
        return "–"
    if part in (0.0, 1.0):
        return f"{100 * part:.0f}%"
    if 0 < part < 0.0005:
        return "<0.1%"
    if 0.9995 < part < 1:
        return ">99.9%"
    return f"{fixed(100 * part, 1)}%"
