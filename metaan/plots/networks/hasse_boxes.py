"""From a partial order to the record of its Hasse diagram; no matplotlib here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, Unpack

import numpy as np

from metaan.core.errors import InputError
from metaan.core.numbers import counted, fixed, listed
from metaan.networks.fits.asked import AskedForEffects
from metaan.networks.ranks.partial_order import PartialOrder, partial_order_of
from metaan.plots.networks.hasse_rows import Rows, rows_of, settled
from metaan.plots.networks.unfitted import got
from metaan.plots.pages import theme as themes
from metaan.plots.pages.letters import printable
from metaan.plots.pages.marks import Point
from metaan.plots.pages.page import widest
from metaan.plots.pages.texts import Texts, Written, written
from metaan.plots.pages.typesetting import wrap

if TYPE_CHECKING:
    import pandas as pd

Ordered: TypeAlias = PartialOrder | Sequence[AskedForEffects] | Mapping[str, AskedForEffects]

NAME, SCORE = themes.BODY, themes.SMALL
NAME_ROOM = 96.0  # of a line in a box
PAD_X, PAD_Y = 7.0, 4.0
WIDEST = 700.0  # of the boxes of one row
ROW_GAP, MORE_GAP, MOST_GAP = 30.0, 1.6, 64.0  # between rows; more where many lines run
BETWEEN = " · "
MOST_NAMED = 6  # treatments that the description names


@dataclass(frozen=True, slots=True, kw_only=True)
class HasseBox:
    """A treatment.

    Attributes
    ----------
    treatment : str
        Its name.
    level : int
        From 1, the top.
    scores : tuple of float
        One for each outcome, larger is better.
    left, top, wide, high : float
        Its box, points from the upper left corner of the diagram.
    lines : tuple of str
        Its name as it is set.
    score : str
        Its scores as they are set; may be empty.
    """

    treatment: str
    level: int
    scores: tuple[float, ...]
    left: float
    top: float
    wide: float
    high: float
    lines: tuple[str, ...]
    score: str

    @property
    def middle(self) -> float:
        """Horizontal middle."""
        return self.left + self.wide / 2

    @property
    def bottom(self) -> float:
        """Lower end."""
        return self.top + self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class HasseEdge:
    """A line: the upper treatment dominates the lower one, with none between.

    Attributes
    ----------
    better, worse : str
        The two treatments.
    points : tuple of points
        From the upper box to the lower one, past all others.
    """

    better: str
    worse: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HasseBoxes:
    """What a Hasse diagram shows.

    Attributes
    ----------
    boxes : tuple of HasseBox
        Treatments.
    edges : tuple of HasseEdge
        Lines.
    outcomes : tuple of str
        What they were ordered by.
    best : tuple of str
        Treatments that none dominates.
    wide, high : float
        Of the diagram, points.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in words.
    """

    boxes: tuple[HasseBox, ...]
    edges: tuple[HasseEdge, ...]
    outcomes: tuple[str, ...]
    best: tuple[str, ...]
    wide: float
    high: float
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment, the highest level first.

        Returns
        -------
        DataFrame
            treatment, level, below (treatments right below it, as one text), then one column of
            scores per outcome.
        """
        import pandas as pd

        under: dict[str, list[str]] = {box.treatment: [] for box in self.boxes}
        for edge in self.edges:
            under[edge.better].append(edge.worse)
        return pd.DataFrame(
            [
                {
                    "treatment": box.treatment,
                    "level": box.level,
                    "below": ", ".join(under[box.treatment]),
                    **dict(zip(self.outcomes, box.scores, strict=True)),
                }
                for box in sorted(self.boxes, key=lambda box: box.level)
            ]
        )


def hasse_boxes(
    order: Ordered,
    *,
    better: Sequence[str] | None = None,
    scores: bool = False,
    **texts: Unpack[Texts],
) -> HasseBoxes:
    """Return what a Hasse diagram shows; see `hasse_diagram`."""
    titles = written(texts, verb="hasse_diagram", of=hasse_boxes)
    found = _partial_order(order, better)
    told = [_score(row) if scores else "" for row in found.scores.tolist()]
    lines = [wrap(printable(name), NAME, NAME_ROOM) for name in found.treatments]
    wide = [
        max(widest(name, NAME), widest([score], SCORE)) + 2 * PAD_X
        for name, score in zip(lines, told, strict=True)
    ]
    edges = [(i, j) for i, j in np.argwhere(found.hasse).tolist()]
    rows = rows_of(found.levels.tolist(), edges, wide, WIDEST)
    middles = settled(rows).tolist()
    tops, heights = _heights(rows, lines, scores=scores)
    boxes = tuple(
        HasseBox(
            treatment=found.treatments[i],
            level=int(found.levels[i]),
            scores=tuple(found.scores[i].tolist()),
            left=middles[i] - wide[i] / 2,
            top=tops[r],
            wide=wide[i],
            high=heights[r],
            lines=lines[i],
            score=told[i],
        )
        for i, r in sorted(
            (i, r) for r, row in enumerate(rows.rows) for i in row if i < rows.boxes
        )
    )
    reach = [middle + half / 2 for middle, half in zip(middles, rows.wide, strict=True)]
    return HasseBoxes(
        boxes=boxes,
        edges=tuple(_edges(rows, boxes, middles, (tops, heights))),
        outcomes=found.outcomes,
        best=found.best,
        wide=max(reach),
        high=tops[-1] + heights[-1],
        title=titles.title,
        subtitle=titles.subtitle,
        notes=_notes(found, titles, scores=scores),
        alt=_alt(found),
    )


def _partial_order(order: Ordered, better: Sequence[str] | None) -> PartialOrder:
    """Return the partial order, of fits by their P-scores."""
    if isinstance(order, PartialOrder):
        if better is not None:
            raise InputError("a partial order knows which scores are better; leave better= out")
        return order
    fits = list(order.values()) if isinstance(order, Mapping) else order
    if not isinstance(fits, Sequence) or not all(isinstance(x, AskedForEffects) for x in fits):
        raise InputError(
            "hasse_diagram draws a PartialOrder, or fits of networks as a list or as a mapping of "
            f"outcomes to them; {got(order)}"
        )
    names = [str(name) for name in order] if isinstance(order, Mapping) else []
    return partial_order_of([each.relative for each in fits], better=better, outcomes=names)


def _score(row: Sequence[float]) -> str:
    return BETWEEN.join(fixed(value) for value in row)


def _heights(
    rows: Rows, lines: Sequence[Sequence[str]], *, scores: bool
) -> tuple[list[float], list[float]]:
    """Return where each row begins and how high its boxes are."""
    tops: list[float] = []
    heights: list[float] = []
    y = 0.0
    for row in rows.rows:
        deep = max((len(lines[i]) for i in row if i < rows.boxes), default=1)
        tops.append(y)
        heights.append(deep * NAME.leading + SCORE.leading * scores + 2 * PAD_Y)
        run = sum(len(rows.near[1][i]) for i in row)
        y += heights[-1] + min(ROW_GAP + MORE_GAP * run, MOST_GAP)
    return tops, heights


def _edges(
    rows: Rows,
    boxes: Sequence[HasseBox],
    middles: Sequence[float],
    bands: tuple[Sequence[float], Sequence[float]],
) -> Iterator[HasseEdge]:
    """Yield the lines: straight from row to row, upright where they pass one."""
    tops, heights = bands
    row_of = {item: r for r, row in enumerate(rows.rows) for item in row}
    for chain in rows.chains:
        upper, lower = boxes[chain[0]], boxes[chain[-1]]
        points: list[Point] = [(upper.middle, upper.bottom)]
        for item in chain[1:-1]:
            top, high = tops[row_of[item]], heights[row_of[item]]
            points += [(middles[item], top), (middles[item], top + high)]
        points.append((lower.middle, lower.top))
        yield HasseEdge(better=upper.treatment, worse=lower.treatment, points=tuple(points))


def _notes(found: PartialOrder, titles: Written, *, scores: bool) -> tuple[str, ...]:
    names = [printable(name) for name in found.outcomes]
    every = f"both outcomes ({listed(names)})" if len(names) == 2 else (
        f"all outcomes ({listed(names)})" if len(names) > 2 else f"the outcome ({names[0]})"
    )  # fmt: skip
    own = [
        "A treatment dominates another if lines lead down from it to the other: it is at least as "
        f"good by {every} and better by at least one. This orders "
        f"{fixed(100 * found.comparable, 0)}% of the pairs."
    ]
    if scores:
        own.append(f"Numbers: scores by {listed(names)}; larger is better.")
    if found.left_out:
        lost = ", ".join(printable(name) for name in found.left_out)
        own.append(f"Not in every outcome, and not shown: {lost}.")
    return titles.footnotes(own)


def _alt(found: PartialOrder) -> str:
    n = len(found.treatments)
    told = (
        f"Hasse diagram of {counted(n, 'treatment')} ordered by "
        f"{listed([printable(name) for name in found.outcomes])}, in "
        f"{counted(int(found.levels.max()), 'level')}; "
        f"{fixed(100 * found.comparable, 0)}% of the pairs are ordered"
    )
    best = [printable(name) for name in found.best]
    verb = "is" if len(best) == 1 else "are"
    if len(best) > MOST_NAMED:
        best = [*best[:MOST_NAMED], f"{len(best) - MOST_NAMED} more"]
    return f"{told}. None is better than {listed(best)}, which {verb} at the top."
