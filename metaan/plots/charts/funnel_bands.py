"""The geometry of a funnel: limits around its center, and contours of p around no effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.numbers import compact
from metaan.core.scale import Scale
from metaan.core.study_intervals import checked_level
from metaan.core.wording import percent
from metaan.numerics.tails import normal_quantile
from metaan.plots.charts.funnel_axes import FunnelAxis
from metaan.plots.charts.funnel_record import LIMIT_COLORS, FunnelBand
from metaan.plots.charts.funnel_source import Source
from metaan.plots.charts.subjects import given_levels
from metaan.plots.pages import theme

MOST_CONTOURS = 4
SAMPLES = 121  # along the vertical axis
BEYOND = 3.0  # times the largest standard error of a study


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What limits and contours of a funnel stand for; coverages, each from narrow to wide."""

    limits: tuple[float, ...]
    tau2: bool
    contours: tuple[float, ...]

    def extra(self, source: Source) -> float:
        """Return the variance that limits allow for beyond sampling error."""
        return source.tau2 if self.tau2 else 0.0

    def reach(self, source: Source, se: float) -> list[tuple[float, float]]:
        """Return how far limits and contours go at a standard error, narrow ones first."""
        at = np.array([se])
        halves = [(source.middle, half_width(x, at, self.extra(source))) for x in self.limits]
        halves += [(source.scale.null, half_width(x, at, 0.0)) for x in self.contours]
        return [(middle - float(half[0]), middle + float(half[0])) for middle, half in halves]


def levels_of(
    source: Source,
    row: FunnelAxis,
    *,
    contours: Sequence[float] | None = None,
    levels: Sequence[float] | None = None,
    tau2: bool = False,
) -> Levels:
    """Return which limits and contours can be drawn; InputError names what cannot.

    Axes of participants have no limits: their funnel is a center line.
    """
    asked = given_levels(contours or (), "contours")
    if asked and row.of_participants:
        raise InputError(
            f"contours need an axis of standard errors, but y={row.key!r}; leave contours= out, "
            "or take another y="
        )
    if asked and source.residual:
        raise InputError("contours show p of effects, not of residuals; leave contours= out")
    if asked and not source.scale.has_null:
        raise InputError(
            f"contours stand around no effect, which {source.label!r} (scale "
            f"{source.scale.key!r}) does not have; leave contours= out"
        )
    if len(asked) > MOST_CONTOURS:
        raise InputError(f"at most {MOST_CONTOURS} contours can be told apart; got {len(asked)}")
    wrong = [level for level in asked if not 0.5 <= level < 1]
    if wrong:
        raise InputError(
            "contours are levels of confidence from 0.5 to below 1, such as 0.95 for p = 0.05; "
            f"got {', '.join(map(str, wrong))}"
        )
    given = (source.level,) if levels is None else given_levels(levels, "levels")
    if len(given) > len(LIMIT_COLORS):
        raise InputError(f"at most {len(LIMIT_COLORS)} levels of limits; got {len(given)}")
    limits = tuple(checked_level(level) for level in given)
    without = not math.isfinite(source.middle) or row.of_participants
    return Levels(
        limits=() if without else tuple(sorted(set(limits))),
        tau2=bool(tau2) and not source.residual,
        contours=tuple(sorted(set(asked))),
    )


def half_width(level: float, se: Floats, tau2: float) -> Floats:
    """Return ``z sqrt(se² + tau²)``, half the width of a band at these standard errors."""
    return np.asarray(normal_quantile(level) * np.sqrt(se * se + tau2))


def limit_bands(source: Source, row: FunnelAxis, levels: Levels, grid: Floats) -> list[FunnelBand]:
    """Return the limits around the center, from narrow to wide, at values of the axis."""
    how = "sampling error and τ²" if levels.tau2 else "sampling error alone"
    told = "of the residuals" if source.residual else f"around the pooled effect, {how}"
    return [
        _band(
            level,
            f"{percent(level)} limits {told}",
            color,
            (grid, source.middle, _half(row, grid, level, levels.extra(source))),
        )
        for level, color in zip(levels.limits, LIMIT_COLORS, strict=False)
    ]


def contour_bands(
    scale: Scale, row: FunnelAxis, levels: Levels, grid: Floats
) -> tuple[list[FunnelBand], str, str]:
    """Return contours from wide to narrow, and the color and label of what lies beyond them."""
    if not levels.contours:
        return [], theme.PAPER, ""
    cuts = [1 - level for level in levels.contours]
    labels = [f"p > {_p(cuts[0])}"]
    labels += [f"{_p(low)} < p ≤ {_p(high)}" for high, low in pairwise(cuts)]
    colors = [theme.PAPER, *(f"shade {i + 1}" for i in range(len(cuts)))]
    bands = [
        _band(level, label, color, (grid, scale.null, _half(row, grid, level, 0.0)))
        for level, label, color in zip(levels.contours, labels, colors, strict=False)
    ]
    return bands[::-1], colors[-1], f"p ≤ {_p(cuts[-1])}"


def grid_of(row: FunnelAxis, ends: tuple[float, float], se: Floats) -> Floats:
    """Return values along the axis, from end to end, where standard errors are 0 or more.

    Even steps of the axis, and even steps of the standard error up to beyond the studies': on an
    axis of precisions limits bend most where the axis has few steps.
    """
    low, high = ends
    low = max(low, 0.0) if row.from_zero else low
    even = np.linspace(low, high, SAMPLES)
    if row.of_participants:
        return even
    errors = np.linspace(0.0, BEYOND * float(np.max(se)), SAMPLES)[1:]
    steps = row.value(errors)
    return np.unique(np.concatenate([even, steps[(steps > low) & (steps < high)]]))


def _half(row: FunnelAxis, grid: Floats, level: float, tau2: float) -> Floats:
    ends = float(grid[0]), float(grid[-1])
    return half_width(level, row.errors(grid, ends), tau2)


def _band(level: float, label: str, color: str, curve: tuple[Floats, float, Floats]) -> FunnelBand:
    grid, middle, half = curve
    return FunnelBand(
        level=level,
        label=label,
        color=color,
        y=tuple(grid.tolist()),
        low=tuple((middle - half).tolist()),
        high=tuple((middle + half).tolist()),
    )


def _p(value: float) -> str:
    """Return a p value with at least two decimals: 0.10, 0.001."""
    text = compact(round(value, 12), 4)
    return f"{value:.2f}" if len(text) < 4 else text
