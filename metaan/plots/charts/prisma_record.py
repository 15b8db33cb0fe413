"""The record of a PRISMA flow: every count and every string that will be drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaan.plots.charts.prisma_table import BEFORE, TOTAL, Stream

if TYPE_CHECKING:
    import pandas as pd

NOT_REPORTED = "not reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLine:
    """A line of a box.

    Attributes
    ----------
    key : str
        The count it tells; empty for a head.
    label : str
        Its words.
    n : int or None
        Its number; None if it is not reported.
    depth : int
        How far it is indented: 0 to 2.
    counts : bool
        Whether a number belongs to it.
    ends : str
        What stands behind the number: a colon where its parts follow.
    """

    key: str
    label: str
    n: int | None = None
    depth: int = 0
    counts: bool = True
    ends: str = ""

    @property
    def text(self) -> str:
        """Words and number as they are drawn."""
        if not self.counts:
            return self.label
        number = NOT_REPORTED if self.n is None else f"{self.n:,}"
        return f"{self.label} (n = {number}){self.ends}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBox:
    """A box.

    Attributes
    ----------
    key, stream : str
        Name, and column.
    row : int
        From 0 at the top.
    side : bool
        Whether it stands beside its stream.
    lines : tuple of FlowLine
        From top to bottom.
    """

    key: str
    stream: Stream
    row: int
    side: bool
    lines: tuple[FlowLine, ...]

    @property
    def is_total(self) -> bool:
        """Whether it sums up what was there before and what is new."""
        return self.row == TOTAL


@dataclass(frozen=True, slots=True, kw_only=True)
class PrismaFlow:
    """What a PRISMA flow diagram shows.

    Attributes
    ----------
    streams : tuple of str
        Columns, from left to right: "previous", "databases", "other".
    boxes : tuple of FlowBox
        Every box.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in one sentence.
    """

    streams: tuple[Stream, ...]
    boxes: tuple[FlowBox, ...]
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str

    @property
    def is_update(self) -> bool:
        """Whether a previous version of the review is shown."""
        return BEFORE in self.streams

    def to_frame(self) -> pd.DataFrame:
        """Return one row per count: stream, box, key, label, n (NaN where not reported)."""
        import pandas as pd

        lines = [
            (box.stream, box.key, line.key, line.label, math.nan if line.n is None else line.n)
            for box in self.boxes
            for line in box.lines
            if line.counts
        ]
        return pd.DataFrame(lines, columns=["stream", "box", "count", "label", "n"])
