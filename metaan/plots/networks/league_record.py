"""The record of a league heat map: cells by their treatments, and what surrounds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaan.core.scale import Scale
from metaan.plots.networks.heat_map import HeatFrame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueCell:
    """The effect of one treatment against another.

    Attributes
    ----------
    treatment, control : str
        The earlier and the later one.
    source : str
        By what it is known: the network, or direct evidence alone.
    value, low, high : float
        Effect and limits, reading scale.
    p_value : float
        Of no difference, two-sided.
    clear : bool
        Whether the interval excludes no effect: set in bold.
    share : float
        Of the color scale, whose ends are -1 and 1; below 0 where the earlier treatment is
        better, or where the effect is below no effect if nobody said what is better.
    text : str
        "0.12 (−0.30, 0.54)".
    """

    treatment: str
    control: str
    source: str
    value: float
    low: float
    high: float
    p_value: float
    clear: bool
    share: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherOutcome:
    """The outcome of the upper triangle, where it is another one.

    Attributes
    ----------
    label : str
        Name of its effect.
    limit, better, scale
        As those of `LeagueCells`.
    """

    label: str
    limit: float
    better: str
    scale: Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueCells:
    """What a league heat map shows.

    Attributes
    ----------
    treatments : tuple of str
        In the order of the table.
    cells : tuple of LeagueCell
        The network's effects first, then direct evidence or the other outcome.
    limit : float
        Distance from no effect at which colors end, analysis scale.
    better : str
        Which effects are better; empty if nobody said.
    scale : Scale
        How effects are read.
    level : float
        Coverage of the intervals.
    frame : HeatFrame
        Everything that is drawn.
    alt : str
        The figure in words.
    other : OtherOutcome or None
        That of the upper triangle, if it is not direct evidence.
    """

    treatments: tuple[str, ...]
    cells: tuple[LeagueCell, ...]
    limit: float
    better: str
    scale: Scale
    level: float
    frame: HeatFrame
    alt: str
    other: OtherOutcome | None = None

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""
        return self.frame.title

    def to_frame(self) -> pd.DataFrame:
        """Return one row per cell, reading scale.

        Returns
        -------
        DataFrame
            treatment, control, source, estimate, low, high, p_value, excludes_null.
        """
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "treatment": cell.treatment,
                    "control": cell.control,
                    "source": cell.source,
                    "estimate": cell.value,
                    "low": cell.low,
                    "high": cell.high,
                    "p_value": cell.p_value,
                    "excludes_null": cell.clear,
                }
                for cell in self.cells
            ]
        )
