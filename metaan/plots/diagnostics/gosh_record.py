"""The record of a GOSH plot: every number and every string that will be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.scale import Scale
from metaan.plots.pages.chart import ChartFrame

if TYPE_CHECKING:
    import pandas as pd

Path = tuple[tuple[float, float], ...]  # points in the numbers of the axes


@dataclass(frozen=True, slots=True, kw_only=True)
class GoshGroup:
    """Subsets that are told apart by color: with a study, without it, or a cluster.

    Attributes
    ----------
    name : str
        In the legend; empty where there is only one group.
    color : str
        Name of a color of the theme.
    dashes : tuple of float
        Of its outline and of the lines of its densities.
    marker : str
        Of its subsets where each is a point.
    count : int
        Subsets.
    outlines : tuple of paths
        Around the 90% of its subsets that lie the densest; empty for few subsets.
    above, beside : path
        Density of its estimates, above the panel, and of its I², at the right; empty for few.
    """

    name: str
    color: str
    dashes: tuple[float, ...]
    marker: str
    count: int
    outlines: tuple[Path, ...] = ()
    above: Path = ()
    beside: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoshCell:
    """A cell with subsets in it, or a single subset where there are few.

    Attributes
    ----------
    x, y : float
        Center: estimate, analysis scale, and I².
    counts : tuple of int
        Subsets of each group.
    """

    x: float
    y: float
    counts: tuple[int, ...]

    @property
    def count(self) -> int:
        """Subsets in all."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoshPoints:
    """What a GOSH plot shows, as numbers and strings.

    Attributes
    ----------
    groups : tuple of GoshGroup
        In the order of the legend.
    cells : tuple of GoshCell
        Where subsets lie.
    size : tuple of float
        Width and height of a cell; (0, 0) where each subset is a point.
    x, y : float
        The fit of all studies: estimate, analysis scale, and I²; NaN if it has none.
    null : float
        Effect at which a line stands; NaN for none.
    beyond : int
        Subsets beyond the axes.
    scale : Scale
        How effects are read.
    frame : ChartFrame
        Axes, title, footnotes and legend.
    alt : str
        The figure in one sentence, for readers who cannot see it.
    """

    groups: tuple[GoshGroup, ...]
    cells: tuple[GoshCell, ...]
    size: tuple[float, float]
    x: float
    y: float
    null: float
    beyond: int
    scale: Scale
    frame: ChartFrame
    alt: str

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    @property
    def most(self) -> int:
        """Subsets in the fullest cell."""
        return max((cell.count for cell in self.cells), default=0)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per cell: estimate (reading scale), I², and subsets of each group."""
        import pandas as pd

        reads = self.scale.inverse(np.array([cell.x for cell in self.cells]))
        columns: dict[str, Any] = {"estimate": reads, "i2": [cell.y for cell in self.cells]}
        columns["subsets"] = [cell.count for cell in self.cells]
        if len(self.groups) > 1:
            for i, group in enumerate(self.groups):
                columns[group.name] = [cell.counts[i] for cell in self.cells]
        return pd.DataFrame(columns)
