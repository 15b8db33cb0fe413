"""DRAPERY_AXES: how the height of a p-value function is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.numbers import compact
from metaan.core.scale import IDENTITY
from metaan.numerics.tails import normal_quantile
from metaan.plots.pages.chart import ChartAxis
from metaan.plots.pages.ticks import nice_ticks, powers_of_ten

LOWEST = 0.001  # p-value at which logarithmic axes end unless levels ask for smaller ones
LONG = 3.5  # decades beyond which only powers of ten are written
STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraperyAxis:
    """A row of ``DRAPERY_AXES``.

    Attributes
    ----------
    key, label : str
        Key, and what stands beside the axis.
    place : callable
        From a p-value in (0, 1] to its height in the numbers of the axis.
    ends : bool
        Whether the axis ends at the smallest p-value of interest, not at 0.
    levels : tuple of float
        Levels of confidence that are marked by default.
    beside : tuple of float
        p-values at whose heights the name of a curve may stand: between the levels.
    """

    key: str
    label: str
    place: Callable[[float], float]
    ends: bool
    levels: tuple[float, ...]
    beside: tuple[float, ...]

    def frame(self, levels: Sequence[float]) -> ChartAxis:
        """Return the axis on which intervals of these levels can be read; p = 1 at the top."""
        floor = min([LOWEST, *(round(1 - level, 12) for level in levels)])
        bottom = self.place(floor) if self.ends else 0.0
        ticks, labels = self._ticks(floor, bottom)
        return ChartAxis(
            low=bottom, high=self.place(1.0), ticks=ticks, tick_labels=labels, label=self.label
        )

    def _ticks(self, floor: float, bottom: float) -> tuple[tuple[float, ...], tuple[str, ...]]:
        if self.place is math.log10:
            found = _round_p(floor)
            return tuple(map(math.log10, found)), tuple(powers_of_ten(compact(p)) for p in found)
        low, high = sorted((bottom, self.place(1.0)))
        return nice_ticks(low, high, IDENTITY)


def _round_p(floor: float) -> list[float]:
    """Return round p-values from ``floor`` to 1."""
    decades = range(math.floor(math.log10(floor) + 1e-9), 1)
    steps = STEPS if len(decades) - 1 <= LONG else STEPS[:1]
    found = [step * 10.0**decade for decade in decades for step in steps]
    return [float(f"{p:.0e}") for p in found if floor * (1 - 1e-9) <= p <= 1]


def _same(p: float) -> float:
    return p


def _z(p: float) -> float:
    return abs(normal_quantile(1 - p))


_ROWS = (
    DraperyAxis(
        key="P",
        label="p-value",
        place=_same,
        ends=False,
        levels=(0.5, 0.8, 0.9, 0.95),
        beside=(0.3, 0.4, 0.7),
    ),
    DraperyAxis(
        key="LOG_P",
        label="p-value (log scale)",
        place=math.log10,
        ends=True,
        levels=(0.5, 0.9, 0.95, 0.99, 0.999),
        beside=(0.003, 0.025, 0.07, 0.25),
    ),
    DraperyAxis(
        key="Z",
        label="|z|, the normal z of the p-value",
        place=_z,
        ends=True,
        levels=(0.5, 0.9, 0.95, 0.99, 0.999),
        beside=(0.003, 0.025, 0.07, 0.25),
    ),
)

DRAPERY_AXES: Mapping[str, DraperyAxis] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_AXIS = _ROWS[0].key
