"""The page of a rankogram of small panels, one per treatment; lengths in points."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from metaan.core.numbers import fixed
from metaan.plots.networks.rank_curves import BARS, RankCurve, RankCurves
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import TICK_GAP, TICK_LENGTH
from metaan.plots.pages.legend import DASHES, LegendEntry
from metaan.plots.pages.legend_block import legend_block
from metaan.plots.pages.letters import printable
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import (
    HALF_CAP,
    Opened,
    Page,
    Rule,
    Word,
    footnotes,
    stack,
    titles,
    widest,
)
from metaan.plots.pages.typesetting import width, wrap

WIDE, HIGH = 106.0, 62.0  # of a panel
ACROSS, DOWN = 15.0, 8.0  # between panels
TITLE_PAD = 3.0
LEAST_WIDTH = 300.0
# Panels beside each other for up to so many treatments.
BESIDE = ((3, 3), (4, 2), (6, 3), (8, 4), (10, 5), (12, 4))
MOST_BESIDE = 5
LEAST_TICK = 15.0  # between labels of ranks
GRID = (0.0, 0.5, 1.0)  # shares of the height of a panel that have ticks
STEPS = (1, 2, 5, 10, 20, 50, 100)
BAR_PART = 0.8  # of the distance of ranks
LINE_WEIGHT, DOT = 1.5, 1.7
NAME, SHARE = themes.HEAD, themes.SMALL


@dataclass(frozen=True, slots=True, kw_only=True)
class RankGrid:
    """Where the panels stand, from the corner of the first.

    Attributes
    ----------
    across : int
        Panels beside each other.
    names : tuple of tuple of str
        Lines of the names.
    tops : tuple of float
        Upper ends of each line of panels.
    heads : tuple of float
        Heights of the texts over each line of panels.
    size : tuple of float
        Width, and height with the texts.
    """

    across: int
    names: tuple[tuple[str, ...], ...]
    tops: tuple[float, ...]
    heads: tuple[float, ...]
    size: tuple[float, float]

    def corner(self, i: int) -> Point:
        """Return the upper left corner of a panel."""
        row, column = divmod(i, self.across)
        return column * (WIDE + ACROSS), self.tops[row]

    def is_last(self, i: int) -> bool:
        """Whether there is no panel under it."""
        return i + self.across >= len(self.names)


def rank_grid(record: RankCurves) -> RankGrid:
    """Return where the panels of a rankogram stand."""
    n = len(record.treatments)
    across = next((wide for most, wide in BESIDE if n <= most), MOST_BESIDE)
    across = min(across, n)
    names = tuple(wrap(printable(name), NAME, WIDE) for name in record.treatments)
    rows = [names[i : i + across] for i in range(0, n, across)]
    heads = [max(map(len, row)) * NAME.leading + SHARE.leading + TITLE_PAD for row in rows]
    ends = list(accumulate(head + HIGH + DOWN for head in heads))
    return RankGrid(
        across=across,
        names=names,
        tops=tuple(end - DOWN - HIGH for end in ends),
        heads=tuple(heads),
        size=(across * WIDE + (across - 1) * ACROSS, ends[-1] - DOWN),
    )


def rank_ticks(record: RankCurves) -> list[int]:
    """Return the ranks that have labels."""
    pitch = WIDE / record.ranks
    step = next(step for step in STEPS if step * pitch >= LEAST_TICK or step == STEPS[-1])
    if record.ranks <= 10 and width(str(record.ranks), themes.TICK) < pitch:
        step = 1
    found = [1, *range(step, record.ranks + 1, step)]
    return sorted(set(found) - ({2} if step == 2 else set()))


def look_color(record: RankCurves, outcome: str) -> str:
    """Return the name of the color of an outcome."""
    if len(record.outcomes) == 1:
        return themes.OURS
    return f"series {record.outcomes.index(outcome)}"


def rankogram_page(record: RankCurves, grid: RankGrid, least: float = 0.0) -> Page:
    """Return the page of a rankogram that is at least ``least`` points wide; it is centered."""
    labels = [_percent(share * record.top) for share in GRID]
    style = themes.TICK
    wide, high = grid.size
    beside = wrap(record.height_label, style, high)
    ticks = widest(labels, style) + 2 * TICK_GAP + TICK_LENGTH
    before = len(beside) * style.leading + ticks
    natural = max(before + wide, LEAST_WIDTH) + 2 * themes.MARGIN
    page = max(natural, least)
    room = page - 2 * themes.MARGIN
    words, top = titles(record.title, record.subtitle, room)
    left = (page - before - wide) / 2 + before
    words += _names(record, grid, left, top)
    words += _tick_words(record, grid, left, top)
    end = top + high + TICK_LENGTH + 1.0 + style.leading
    words += stack(["Rank"], style, left + wide / 2, end + 1.0, "center")
    end += 1.0 + style.leading
    for i, text in enumerate(beside):
        x = left - before + (i + 0.5) * style.leading + HALF_CAP * style.size
        middle = top + high / 2
        words.append(Word(x=x, y=middle, text=text, style=style, align="center", angle=90.0))
    entries = [
        LegendEntry(
            label=outcome,
            kind="area" if record.kind == BARS else "line",
            fill=look_color(record, outcome),
            edge=look_color(record, outcome),
            dashes=DASHES[number],
        )
        for number, outcome in enumerate(record.outcomes)
        if outcome
    ]
    legend = legend_block(entries, room, end + (themes.BLOCK_GAP if entries else 0.0))
    notes, end = footnotes(record.notes, room, legend.end)
    return Page(
        width=page,
        height=end + themes.MARGIN,
        left=left,
        right=left + wide,
        top=top,
        bottom=top + high,
        words=(*words, *legend.words, *notes),
        rules=(*_rules(record, grid, left, top), *legend.rules),
        shapes=legend.shapes,
    )


def _percent(share: float) -> str:
    digits = 0 if abs(100 * share - round(100 * share)) < 1e-9 else 1
    return f"{fixed(100 * share, digits)}%"


def sucra_text(curves: tuple[RankCurve, ...]) -> str:
    """Return ``SUCRA 87%``, or those of several outcomes."""
    return f"SUCRA {', '.join(f'{fixed(100 * curve.sucra, 0)}%' for curve in curves)}"


def _names(record: RankCurves, grid: RankGrid, left: float, top: float) -> Iterator[Word]:
    """Yield name and SUCRA over each panel, the last line right over it."""
    for i, (treatment, lines) in enumerate(zip(record.treatments, grid.names, strict=True)):
        x, y = grid.corner(i)
        base = top + y - TITLE_PAD - SHARE.leading
        first = base - len(lines) * NAME.leading
        yield from stack(lines, NAME, left + x, first)
        yield from stack([sucra_text(record.of(treatment))], SHARE, left + x, base)


def _tick_words(record: RankCurves, grid: RankGrid, left: float, top: float) -> Iterator[Word]:
    style = themes.TICK
    for i in range(len(record.treatments)):
        x, y = grid.corner(i)
        if grid.is_last(i):
            below = top + y + HIGH + TICK_LENGTH + 1.0
            for rank in rank_ticks(record):
                place = left + x + _place(record, rank)
                yield from stack([str(rank)], style, place, below, "center")
        if i % grid.across == 0:
            for share in GRID:
                at = top + y + HIGH * (1 - share) + HALF_CAP * style.size
                text = _percent(share * record.top)
                edge = left + x - TICK_LENGTH - TICK_GAP
                yield Word(x=edge, y=at, text=text, style=style, align="right")


def _rules(record: RankCurves, grid: RankGrid, left: float, top: float) -> Iterator[Rule]:
    for i in range(len(record.treatments)):
        x, y = grid.corner(i)
        start, end, floor = left + x, left + x + WIDE, top + y + HIGH
        for share in GRID[1:]:
            at = floor - share * HIGH
            yield Rule(start=(start, at), end=(end, at), color=themes.BAND)
        yield Rule(start=(start, floor), end=(end, floor), color=themes.RULE)
        if i % grid.across == 0:
            yield Rule(start=(start, floor), end=(start, floor - HIGH), color=themes.RULE)
            for share in GRID:
                at = floor - share * HIGH
                yield Rule(start=(start - TICK_LENGTH, at), end=(start, at), color=themes.RULE)
        if grid.is_last(i):
            for rank in rank_ticks(record):
                at = start + _place(record, rank)
                yield Rule(start=(at, floor), end=(at, floor + TICK_LENGTH), color=themes.RULE)


def _place(record: RankCurves, rank: int) -> float:
    """Return where a rank stands in its panel."""
    return (rank - 0.5) / record.ranks * WIDE


def draw_panels(opened: Opened[Page], record: RankCurves, grid: RankGrid) -> None:
    """Draw bars or curves into all panels; its limits are set here."""
    wide, high = grid.size
    opened.panel.set(xlim=(0.0, wide), ylim=(high, 0.0))
    for number, outcome in enumerate(record.outcomes):
        color = look_color(record, outcome)
        paint = opened.paint(Paint(fill=color, edge="none", weight=0.0))
        own = [
            (i, curve)
            for i, treatment in enumerate(record.treatments)
            for curve in record.of(treatment)
            if curve.outcome == outcome
        ]
        lines = [_line(record, grid, i, curve) for i, curve in own]
        bars = [bar for i, curve in own for bar in _bars(record, grid, i, (number, curve))]
        if record.kind == BARS:
            add_polygons(opened.panel, bars, paint)
            continue
        if record.cumulative and len(record.outcomes) == 1:
            area = opened.paint(Paint(fill=themes.PREDICTION, edge="none", weight=0.0))
            add_polygons(
                opened.panel, [_under(line, grid, i) for i, line in enumerate(lines)], area
            )
        drawn = add_lines(
            opened.panel, lines, opened.theme.color(color), LINE_WEIGHT * opened.scale
        )
        if drawn is not None and DASHES[number]:
            drawn.set_linestyle([(0, DASHES[number])])
        if len(record.outcomes) == 1:
            add_polygons(opened.panel, [_dot(at) for line in lines for at in line], paint)
    for artist in opened.panel.collections:  # lines along the edges are whole
        artist.set_clip_on(False)


def _line(record: RankCurves, grid: RankGrid, i: int, curve: RankCurve) -> list[Point]:
    x, y = grid.corner(i)
    return [
        (x + _place(record, rank), y + HIGH * (1 - height / record.top))
        for rank, height in enumerate(curve.heights, start=1)
        if not math.isnan(height)
    ]


def _under(line: list[Point], grid: RankGrid, i: int) -> list[Point]:
    floor = grid.corner(i)[1] + HIGH
    return [(line[0][0], floor), *line, (line[-1][0], floor)]


def _bars(
    record: RankCurves, grid: RankGrid, i: int, curve: tuple[int, RankCurve]
) -> Iterator[list[Point]]:
    """Yield the bars of a curve; those of several outcomes stand beside each other."""
    number, of = curve
    x, y = grid.corner(i)
    whole = WIDE / record.ranks * BAR_PART
    each = whole / len(record.outcomes)
    for rank, height in enumerate(of.heights, start=1):
        if height > 0:
            left = x + _place(record, rank) - whole / 2 + number * each
            top, floor = y + HIGH * (1 - height / record.top), y + HIGH
            yield [(left, floor), (left, top), (left + each, top), (left + each, floor)]


def _dot(at: Point) -> list[Point]:
    steps = [2 * math.pi * k / 16 for k in range(16)]
    return [(at[0] + DOT * math.cos(turn), at[1] + DOT * math.sin(turn)) for turn in steps]
