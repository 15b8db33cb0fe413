"""The record of a specification curve: every number and every string that will be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.core.scale import Scale
from metaan.plots.pages.legend import LegendEntry

if TYPE_CHECKING:
    import pandas as pd

BELOW, ABOVE, HOLDS, NO_NULL = "below", "above", "holds", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationColumn:
    """One specification, or neighbors in the order of the estimates that share a column.

    Attributes
    ----------
    start, stop : int
        Positions in the order of the estimates, from 0; the column has ``stop - start``.
    estimate, low, high : float
        Estimate and limits, the medians of those of several, analysis scale.
    below, above : float
        Shares whose interval lies below and above no effect; NaN where there is none.
    """

    start: int
    stop: int
    estimate: float
    low: float
    high: float
    below: float
    above: float

    @property
    def side(self) -> str:
        """Where most of its intervals lie: "below", "above" or "holds"; "" without a null."""
        if self.below != self.below:
            return NO_NULL
        if max(self.below, self.above) <= 0.5:
            return HOLDS
        return BELOW if self.below > self.above else ABOVE


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationRow:
    """One option of a choice.

    Attributes
    ----------
    choice, option : str
        Names.
    shares : tuple of float
        Share of the specifications of each column that have this option.
    n : int
        Specifications with this option.
    median : float
        Median of their estimates, analysis scale.
    excluding : float
        Share of their intervals that exclude no effect; NaN where that says nothing: in the rows
        of where intervals lie, and without a null value.
    """

    choice: str
    option: str
    shares: tuple[float, ...]
    n: int
    median: float
    excluding: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationMark:
    """A specification that is marked.

    Attributes
    ----------
    label : str
        What the legend calls it.
    marker : str
        Key of ``POLYGONS``.
    place : int
        Position in the order of the estimates, from 0.
    estimate, low, high : float
        Analysis scale.
    """

    label: str
    marker: str
    place: int
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationAxis:
    """The axis of the estimates: ends, ticks (analysis scale), their labels, and its name."""

    low: float
    high: float
    ticks: tuple[float, ...]
    tick_labels: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationCurve:
    """What a specification curve shows, as numbers and strings.

    Attributes
    ----------
    columns : tuple of SpecificationColumn
        In the order of the estimates.
    rows : tuple of SpecificationRow
        Options, choice by choice.
    heads : tuple of str
        What stands over the options of each choice.
    marks : tuple of SpecificationMark
        Marked specifications.
    n : int
        Specifications.
    level : float
        Of the intervals.
    scale : Scale
        How estimates are read.
    band : tuple of float
        Ends of the effects too small to matter, analysis scale; empty if none were given.
    axis : SpecificationAxis
        Of the estimates.
    below_label : str
        Under the panel.
    legend : tuple of LegendEntry
        What colors mean.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    """

    columns: tuple[SpecificationColumn, ...]
    rows: tuple[SpecificationRow, ...]
    heads: tuple[str, ...]
    marks: tuple[SpecificationMark, ...]
    n: int
    level: float
    scale: Scale
    band: tuple[float, ...]
    axis: SpecificationAxis
    below_label: str
    legend: tuple[LegendEntry, ...]
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per column: specifications, estimate, limits (reading scale), shares."""
        import pandas as pd

        return pd.DataFrame([_line(self, i) for i in range(len(self.columns))])


def _line(record: SpecificationCurve, i: int) -> dict[str, Any]:
    column, read = record.columns[i], record.scale.inverse
    return {
        "first": column.start + 1,
        "last": column.stop,
        "estimate": float(read(column.estimate)),
        "low": float(read(column.low)),
        "high": float(read(column.high)),
        "below": column.below,
        "above": column.above,
        **{f"{row.choice}: {row.option}": row.shares[i] for row in record.rows},
    }
