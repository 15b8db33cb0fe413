"""P_AXES: how p-values are laid out along a horizontal axis, and where its ticks stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.numbers import compact
from metaan.plots.pages import theme
from metaan.plots.pages.chart import PANEL_WIDTH, ChartAxis
from metaan.plots.pages.typesetting import width

GAP = 6.0  # points between the labels of two ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class PAxis:
    """A row of ``P_AXES``.

    Attributes
    ----------
    key, about : str
        Name, and one sentence.
    place, back : callable
        p-value to where it is drawn, 0 to 1, and the inverse.
    ticks : tuple of float
        Marked where there is room.
    """

    key: str
    about: str
    place: Callable[[float], float]
    back: Callable[[float], float]
    ticks: tuple[float, ...]


def _same(p: float) -> float:
    return p


def _root(p: float) -> float:
    return float(p**0.5)


def _square(x: float) -> float:
    return x * x


_ROWS = (
    PAxis(
        key="ROOT_P",
        about="square roots, which give room to small p-values",
        place=_root,
        back=_square,
        ticks=(0.0, 1.0, 0.5, 0.1, 0.25, 0.75, 0.01, 0.05),
    ),
    PAxis(
        key="P",
        about="p-values as they are",
        place=_same,
        back=_same,
        ticks=(0.0, 1.0, 0.5, 0.25, 0.75, 0.1),
    ),
)
P_AXES: Mapping[str, PAxis] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_P_AXIS = _ROWS[0].key


def p_axis(row: PAxis, steps: Sequence[float], label: str) -> ChartAxis:
    """Return the axis; ticks at its ends, at steps, and then others where there is room."""
    kept: list[float] = []
    for p in dict.fromkeys((0.0, 1.0, *steps, *row.ticks)):
        if all(_apart(row, p, other) for other in kept):
            kept.append(p)
    kept.sort()
    return ChartAxis(
        low=0.0,
        high=1.0,
        ticks=tuple(row.place(p) for p in kept),
        tick_labels=tuple(compact(p) for p in kept),
        label=label,
    )


def _apart(row: PAxis, p: float, other: float) -> bool:
    between = abs(row.place(p) - row.place(other)) * PANEL_WIDTH
    needed = (width(compact(p), theme.TICK) + width(compact(other), theme.TICK)) / 2
    return between >= needed + GAP
