"""The record of an orchard plot: every number and every string that will be drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.scale import Scale
from metaan.plots.charts.orchard_groups import OrchardMean
from metaan.plots.pages.chart import ChartFrame

if TYPE_CHECKING:
    import pandas as pd

HEADS = ("estimate", "low", "high", "prediction_low", "prediction_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchardPoint:
    """A study.

    Attributes
    ----------
    study : str
        Its name.
    value, se : float
        Effect and standard error, analysis scale.
    radius, offset : float
        Radius of the point, and how far it stands under the line of its group; points.
    """

    study: str
    value: float
    se: float
    radius: float
    offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchardGroup:
    """A group.

    Attributes
    ----------
    name : str
        Of the group.
    k : int
        Number of studies.
    y : float
        Its line, points from the top of the panel.
    mean : OrchardMean
        Mean with its intervals, analysis scale.
    points : tuple of OrchardPoint
        Its studies; empty for the total of groups.
    """

    name: str
    k: int
    y: float
    mean: OrchardMean
    points: tuple[OrchardPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrchardGroups:
    """What an orchard plot shows.

    Attributes
    ----------
    groups : tuple of OrchardGroup
        From top to bottom.
    frame : ChartFrame
        Axes, titles, notes; x is the analysis scale, y points from the top.
    null : float
        Position of no effect; NaN where it is not shown.
    scale : Scale
        How the effects are read.
    level : float
        Coverage of the intervals.
    alt : str
        The figure in one sentence.
    """

    groups: tuple[OrchardGroup, ...]
    frame: ChartFrame
    null: float
    scale: Scale
    level: float
    alt: str

    @property
    def title(self) -> str:
        """Above the figure."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study and one per mean, reading scale."""
        import pandas as pd

        return pd.DataFrame([line for group in self.groups for line in self._lines(group)])

    def _lines(self, group: OrchardGroup) -> Iterator[dict[str, Any]]:
        mean, missing = group.mean, math.nan
        numbers = (mean.value, mean.low, mean.high, mean.prediction_low, mean.prediction_high)
        for point in group.points:
            alone = (point.value, missing, missing, missing, missing)
            yield {"kind": "study", "group": group.name, "study": point.study, "k": 1,
                   **self._read(alone), "se": point.se}  # fmt: skip
        yield {"kind": "mean", "group": group.name, "study": "", "k": group.k,
               **self._read(numbers), "se": missing}  # fmt: skip

    def _read(self, numbers: Sequence[float]) -> dict[str, float]:
        with np.errstate(over="ignore"):  # a limit beyond all numbers is read as infinite
            read = [float(self.scale.inverse(x)) for x in numbers]
        return dict(zip(HEADS, read, strict=True))
