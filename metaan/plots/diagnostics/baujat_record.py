"""The record of a Baujat plot: every number and every string that will be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metaan.plots.pages.chart import ChartFrame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class BaujatPoint:
    """One study or cluster.

    Attributes
    ----------
    study : str
        Label.
    x, y : float
        Contribution to heterogeneity, influence on the overall result.
    influential : bool
        By any rule of ``Influence``.
    named : bool
        Whether the label is to stand beside it.
    """

    study: str
    x: float
    y: float
    influential: bool
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BaujatPoints:
    """What a Baujat plot shows, as numbers and strings.

    Attributes
    ----------
    points : tuple of BaujatPoint
        Studies or clusters that have both coordinates.
    frame : ChartFrame
        Axes, title, footnotes, legend and names.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    """

    points: tuple[BaujatPoint, ...]
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one line per study: contribution, influence, whether it is influential."""
        import pandas as pd

        return pd.DataFrame([_line(point) for point in self.points])


def _line(point: BaujatPoint) -> Mapping[str, Any]:
    return {
        "study": point.study,
        "contribution": point.x,
        "overall": point.y,
        "influential": point.influential,
    }
