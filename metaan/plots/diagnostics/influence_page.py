"""The page of a figure of influence: names, and a panel for each measure; lengths in points."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from metaan.plots.diagnostics.influence_panels import InfluencePanel, InfluencePanels
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import TICK_LENGTH
from metaan.plots.pages.legend import DASHES
from metaan.plots.pages.marks import POLYGONS, Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import (
    HALF_CAP,
    Opened,
    Page,
    Rule,
    Shape,
    Word,
    footnotes,
    stack,
    titles,
)
from metaan.plots.pages.targets import add_targets, box
from metaan.plots.pages.typesetting import width, wrap

WIDE = 76.0  # of a panel
ACROSS = 12.0  # between panels
NAME_GAP = 8.0
WIDEST_NAME = 150.0
PITCHES = ((30, 13.0), (70, 11.5))  # height of a row for up to so many studies
LEAST_PITCH = 10.5
FOOT = 3.0  # between the last row and the axes
TICK_SPACE = 6.0  # between labels of ticks
RADIUS = 2.4
LINE_WEIGHT, CUT_WEIGHT, BASE_WEIGHT = 0.6, 0.9, 0.7
NAME, HEAD, TICK = themes.TICK, replace(themes.TICK, bold=True), themes.SMALL
FLAG, PLAIN = themes.HIGH, themes.OURS


def pitch_of(rows: int) -> float:
    """Return the height of a row."""
    return next((pitch for most, pitch in PITCHES if rows <= most), LEAST_PITCH)


def size_of(record: InfluencePanels) -> Point:
    """Return width and height of all panels together."""
    n = len(record.panels)
    return n * WIDE + (n - 1) * ACROSS, len(record.study) * pitch_of(len(record.study)) + FOOT


def influence_page(record: InfluencePanels, least: float = 0.0) -> Page:
    """Return the page of a figure of influence that is at least ``least`` points wide."""
    names = [_short(name, flag) for name, flag in _rows(record)]
    before = max(
        (width(name, _style(flag)) for name, flag in zip(names, record.influential, strict=True)),
        default=0.0,
    )
    before += NAME_GAP
    wide, high = size_of(record)
    page = max(least, before + wide + 2 * themes.MARGIN + TICK_SPACE)
    room = page - 2 * themes.MARGIN
    words, top = titles(record.title, record.subtitle, room)
    left = (page - before - wide) / 2 + before
    heads = [wrap(panel.head, HEAD, WIDE + ACROSS / 2) for panel in record.panels]
    lines = max(map(len, heads), default=0)
    for i, head in enumerate(heads):
        base = top + (lines - len(head)) * HEAD.leading
        words += stack(head, HEAD, left + _corner(i) + WIDE / 2, base, "center")
    top += lines * HEAD.leading + 3.0
    words += _names(record, names, left - NAME_GAP, top)
    end = top + high + TICK_LENGTH + 1.0
    for i, panel in enumerate(record.panels):
        for x, label in _ticks(panel):
            words += stack([label], TICK, left + _corner(i) + x, end, "center")
    notes, end = footnotes(record.notes, room, end + TICK.leading)
    return Page(
        width=page,
        height=end + themes.MARGIN,
        left=left,
        right=left + wide,
        top=top,
        bottom=top + high,
        words=(*words, *notes),
        rules=tuple(_rules(record, left, top)),
        shapes=tuple(_bands(record, left - before, left + wide, top)),
    )


def _rows(record: InfluencePanels) -> Iterator[tuple[str, bool]]:
    return zip(record.study, record.influential, strict=True)


def _style(flag: bool) -> themes.TypeStyle:
    return HEAD if flag else NAME


def _short(name: str, flag: bool) -> str:
    """Return a name that fits on its line; where it does not, its middle is left out.

    Long names of one review begin alike, and often end in what tells them apart.
    """
    if width(name, _style(flag)) <= WIDEST_NAME:
        return name
    kept, found = len(name), f"{name}…"
    while kept and width(found, _style(flag)) > WIDEST_NAME:
        kept -= 1
        first = (kept + 1) // 2
        found = f"{name[:first].rstrip()}…{name[len(name) - kept + first :].lstrip()}"
    return found


def _names(record: InfluencePanels, names: list[str], right: float, top: float) -> Iterator[Word]:
    pitch = pitch_of(len(names))
    for i, (name, flag) in enumerate(zip(names, record.influential, strict=True)):
        style = _style(flag)
        y = top + (i + 0.5) * pitch + HALF_CAP * style.size
        yield Word(x=right, y=y, text=name, style=style, align="right")


def _bands(record: InfluencePanels, left: float, right: float, top: float) -> Iterator[Shape]:
    """Yield a band behind each influential study."""
    pitch = pitch_of(len(record.study))
    for i, flag in enumerate(record.influential):
        if flag:
            y, below = top + i * pitch, top + (i + 1) * pitch
            corners = ((left, y), (right, y), (right, below), (left, below))
            yield Shape(points=corners, fill=themes.BAND)


def _corner(i: int) -> float:
    return i * (WIDE + ACROSS)


def _ticks(panel: InfluencePanel) -> list[tuple[float, str]]:
    """Return places and labels of as many ticks as there is room for."""
    places = [panel.share(tick) * WIDE for tick in panel.ticks]
    for step in range(1, max(len(places), 1) + 1):
        zero = next((i for i, tick in enumerate(panel.ticks) if tick == 0), 0) % step
        kept = list(zip(places, panel.tick_labels, strict=True))[zero::step]
        ends = [(x - width(t, TICK) / 2, x + width(t, TICK) / 2) for x, t in kept]
        inside = [
            each
            for each, (start, end) in zip(kept, ends, strict=True)
            if start >= -ACROSS / 2 and end <= WIDE + ACROSS / 2
        ]
        tight = (b[0] - a[1] < TICK_SPACE for a, b in pairwise(ends))
        if not any(tight):
            return inside
    return []


def _rules(record: InfluencePanels, left: float, top: float) -> Iterator[Rule]:
    high = size_of(record)[1]
    floor = top + high
    for i, panel in enumerate(record.panels):
        start = left + _corner(i)
        yield Rule(start=(start, floor), end=(start + WIDE, floor), color=themes.RULE)
        for x, _ in _ticks(panel):
            at = start + x
            yield Rule(start=(at, floor), end=(at, floor + TICK_LENGTH), color=themes.RULE)


def draw_panels(opened: Opened[Page], record: InfluencePanels) -> None:
    """Draw lines and points into all panels; the limits are set here."""
    wide, high = size_of(record)
    pitch = pitch_of(len(record.study))
    opened.panel.set(xlim=(0.0, wide), ylim=(high, 0.0))
    color, scale = opened.theme.color, opened.scale
    bases, cuts, stems = [], [], []
    plain: list[Point] = []
    flagged: list[Point] = []
    for i, panel in enumerate(record.panels):
        at = _corner(i) + panel.share(panel.base) * WIDE
        bases.append([(at, 0.0), (at, high)])
        for cutoff in panel.cutoffs:
            x = _corner(i) + panel.share(cutoff) * WIDE
            cuts.append([(x, 0.0), (x, high)])
        for j, (value, flag) in enumerate(zip(panel.values, panel.flagged, strict=True)):
            if math.isfinite(value):
                x, y = _corner(i) + panel.share(value) * WIDE, (j + 0.5) * pitch
                stems.append([(at, y), (x, y)])
                (flagged if flag else plain).append((x, y))
    add_lines(opened.panel, bases, color(themes.RULE), BASE_WEIGHT * scale)
    add_lines(opened.panel, stems, color(themes.STUDY), LINE_WEIGHT * scale)
    dashed = add_lines(opened.panel, cuts, color(themes.QUIET), CUT_WEIGHT * scale)
    if dashed is not None:
        dashed.set_linestyle([(0, DASHES[1])])
    open_mark = opened.paint(Paint(fill=themes.PAPER, edge=PLAIN, weight=0.9))
    full_mark = opened.paint(Paint(fill=FLAG, edge=FLAG, weight=0.9))
    add_polygons(opened.panel, [_dot(each) for each in plain], open_mark)
    add_polygons(opened.panel, [_dot(each) for each in flagged], full_mark)
    for artist in opened.panel.collections:  # points at the edges are whole
        artist.set_clip_on(False)
    add_targets(opened.panel, _areas(opened.page, len(record.study)))


def _areas(page: Page, rows: int) -> Iterator[list[Point]]:
    """Yield the whole row of each study, from margin to margin."""
    left, right = (x - page.left for x in (themes.MARGIN, page.width - themes.MARGIN))
    for i in range(rows):
        yield box(left, right, i * pitch_of(rows), (i + 1) * pitch_of(rows))


def _dot(at: Point) -> list[Point]:
    return [(at[0] + RADIUS * x, at[1] + RADIUS * y) for x, y in POLYGONS["circle"]]
