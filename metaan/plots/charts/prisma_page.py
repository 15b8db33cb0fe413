"""Where the boxes and arrows of a PRISMA flow stand; lengths in points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from metaan.plots.charts.prisma_record import NOT_REPORTED, FlowBox, PrismaFlow
from metaan.plots.charts.prisma_table import (
    BEFORE_BOX,
    BOXES,
    DATABASES,
    HEADS,
    LAST_OTHER_BOX,
    NEW_BOX,
    OTHER,
    STAGES,
    TOTAL_BOX,
    Stream,
)
from metaan.plots.pages import theme as themes
from metaan.plots.pages.marks import Point
from metaan.plots.pages.page import HALF_CAP, Page, Rule, Shape, Word, footnotes, stack, titles
from metaan.plots.pages.typesetting import width, wrap

BOX_WIDTH = 164.0
PAD_X, PAD_Y = 7.0, 5.0
INDENT = 9.0
SIDE_GAP, STREAM_GAP, ROW_GAP = 20.0, 24.0, 17.0
STAGE_WIDTH, STAGE_GAP = 17.0, 10.0
HANG = 6.0  # further lines of an item among several
ARROW_LENGTH, ARROW_HALF = 5.5, 3.0
LINE = 0.8
NO_BREAK = "\N{NO-BREAK SPACE}"
BODY, HEAD = themes.BODY, themes.HEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A box on the page."""

    box: FlowBox
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right side."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Lower side."""
        return self.top + self.height

    @property
    def x(self) -> float:
        """Middle."""
        return self.left + self.width / 2

    @property
    def y(self) -> float:
        """Middle."""
        return self.top + self.height / 2


def prisma_page(flow: PrismaFlow, least: float = 0.0) -> Page:
    """Return the page of a flow that is at least ``least`` points wide."""
    columns, right = _columns(flow.streams)
    page = max(least, right + themes.MARGIN)
    words, top = titles(flow.title, flow.subtitle, page - 2 * themes.MARGIN)
    heads, shapes, start = _heads(flow, columns, top)
    placed = _placed(flow, columns, start + ROW_GAP)
    bottom = max(each.bottom for each in placed.values())
    notes, end = footnotes(flow.notes, page - 2 * themes.MARGIN, bottom)
    stage_words, stage_shapes = _stages(placed)
    arrows = list(_arrows(placed))
    boxes = [
        _rectangle(each.left, each.top, each.right, each.bottom, themes.PAPER)
        for each in placed.values()
    ]
    texts = [word for each in placed.values() for word in _texts(each)]
    return Page(
        width=page,
        height=end + themes.MARGIN,
        left=themes.MARGIN,
        right=right,
        top=top,
        bottom=bottom,
        words=(*words, *heads, *stage_words, *texts, *notes),
        rules=tuple(rule for path in arrows for rule in _lines(path)),
        shapes=(*shapes, *stage_shapes, *boxes, *(_head_of(path) for path in arrows)),
    )


def _columns(streams: Sequence[Stream]) -> tuple[dict[tuple[Stream, bool], float], float]:
    """Return where the columns begin, those beside a stream too, and where the last ends."""
    columns: dict[tuple[Stream, bool], float] = {}
    x = themes.MARGIN + STAGE_WIDTH + STAGE_GAP
    for stream in streams:
        for side in sorted({box.side for box in BOXES.values() if box.stream == stream}):
            columns[stream, side] = x
            x += BOX_WIDTH + SIDE_GAP
        x += STREAM_GAP - SIDE_GAP
    return columns, x - STREAM_GAP


def _heads(
    flow: PrismaFlow, columns: Mapping[tuple[Stream, bool], float], top: float
) -> tuple[list[Word], list[Shape], float]:
    """Return the heads over the streams, their grounds, and where they end."""
    spans = {}
    for stream in flow.streams:
        own = [x for (name, _), x in columns.items() if name == stream]
        spans[stream] = (min(own), max(own) + BOX_WIDTH)
    lines = {
        stream: wrap(HEADS[stream][flow.is_update], HEAD, right - left - 2 * PAD_X)
        for stream, (left, right) in spans.items()
    }
    height = max(map(len, lines.values())) * HEAD.leading + 2 * PAD_Y
    words: list[Word] = []
    shapes = []
    for stream, (left, right) in spans.items():
        shapes.append(_rectangle(left, top, right, top + height, "shade 1"))
        first = top + (height - len(lines[stream]) * HEAD.leading) / 2
        words += stack(lines[stream], HEAD, (left + right) / 2, first, "center")
    return words, shapes, top + height


def _placed(
    flow: PrismaFlow, columns: Mapping[tuple[Stream, bool], float], top: float
) -> dict[str, Placed]:
    """Return the boxes in their rows, each row as high as its highest box."""
    placed: dict[str, Placed] = {}
    rows = sorted({box.row for box in flow.boxes})
    for row in rows:
        own = [box for box in flow.boxes if box.row == row]
        heights = {box.key: _height(box) for box in own}
        tall = max(*heights.values(), _least_height(row, rows))
        for box in own:
            # The total stands under what is new, not under what was there before.
            stream: Stream = DATABASES if box.is_total else box.stream
            high = tall if box.side or not box.is_total else heights[box.key]
            placed[box.key] = Placed(
                box=box, left=columns[stream, box.side], top=top, width=BOX_WIDTH, height=high
            )
        top += tall + ROW_GAP
    return placed


def _least_height(row: int, rows: Sequence[int]) -> float:
    """Return what a row needs so that the name of its stage fits, if no other row shares it."""
    name, own = next((name, own) for name, own in STAGES if row in own)
    alone = sum(each in rows for each in own) == 1
    return width(name, HEAD) + 2 * PAD_Y if alone else 0.0


def _lines_of(box: FlowBox) -> list[tuple[str, float]]:
    """Return the lines of a box with their indents."""
    hang = HANG if len(box.lines) > 1 else 0.0
    found: list[tuple[str, float]] = []
    for item in box.lines:
        indent = INDENT * item.depth
        text = item.text.replace(NOT_REPORTED, NOT_REPORTED.replace(" ", NO_BREAK))
        first, *more = wrap(text, BODY, BOX_WIDTH - 2 * PAD_X - indent - hang)
        found += [(first, indent), *((line, indent + hang) for line in more)]
    return found


def _height(box: FlowBox) -> float:
    return len(_lines_of(box)) * BODY.leading + 2 * PAD_Y


def _texts(placed: Placed) -> Iterator[Word]:
    lines = _lines_of(placed.box)
    first = placed.y - len(lines) * BODY.leading / 2
    for i, (line, indent) in enumerate(lines):
        top = first + i * BODY.leading
        yield from stack([line], BODY, placed.left + PAD_X + indent, top)


def _stages(placed: Mapping[str, Placed]) -> tuple[list[Word], list[Shape]]:
    """Return the names of the stages at the left, turned, on their grounds."""
    words, shapes = [], []
    for name, rows in STAGES:
        own = [each for each in placed.values() if each.box.row in rows]
        if not own:
            continue
        top, bottom = min(each.top for each in own), max(each.bottom for each in own)
        left = themes.MARGIN
        shapes.append(_rectangle(left, top, left + STAGE_WIDTH, bottom, "shade 2"))
        x = left + STAGE_WIDTH / 2 + HALF_CAP * HEAD.size
        middle = (top + bottom) / 2
        words.append(Word(x=x, y=middle, text=name, style=HEAD, align="center", angle=90.0))
    return words, shapes


def _arrows(placed: Mapping[str, Placed]) -> Iterator[list[Point]]:
    """Return the paths of the arrows: down a stream, aside, and where streams meet."""
    for stream in (DATABASES, OTHER):
        own = [each for each in placed.values() if each.box.stream == stream]
        main = sorted((each for each in own if not each.box.side), key=lambda each: each.top)
        for above, below in pairwise(main):
            yield [(above.x, above.bottom), (below.x, below.top)]
        for each in own:
            if each.box.side:
                beside = next(one for one in main if one.box.row == each.box.row)
                yield [(beside.right, each.y), (each.left, each.y)]
    included = placed[NEW_BOX]
    if LAST_OTHER_BOX in placed:
        last = placed[LAST_OTHER_BOX]
        yield [(last.x, last.bottom), (last.x, included.y), (included.right, included.y)]
    if TOTAL_BOX in placed:
        total, before = placed[TOTAL_BOX], placed[BEFORE_BOX]
        yield [(included.x, included.bottom), (total.x, total.top)]
        yield [(before.x, before.bottom), (before.x, total.y), (total.left, total.y)]


def _lines(path: Sequence[Point]) -> Iterator[Rule]:
    """Return the lines of an arrow, the last one up to its head."""
    (x0, y0), (x, y) = path[-2:]
    dx, dy = _direction((x0, y0), (x, y))
    ends = [*path[:-1], (x - dx * ARROW_LENGTH, y - dy * ARROW_LENGTH)]
    for start, end in pairwise(ends):
        yield Rule(start=start, end=end, color=themes.INK, weight=LINE)


def _head_of(path: Sequence[Point]) -> Shape:
    start, (x, y) = path[-2:]
    dx, dy = _direction(start, (x, y))
    back = (x - dx * ARROW_LENGTH, y - dy * ARROW_LENGTH)
    sides = [(back[0] + s * dy * ARROW_HALF, back[1] + s * dx * ARROW_HALF) for s in (-1, 1)]
    return Shape(points=((x, y), *sides), fill=themes.INK)


def _direction(start: Point, end: Point) -> Point:
    """Return which way a level or upright line goes."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = abs(dx) + abs(dy)
    return dx / length, dy / length


def _rectangle(left: float, top: float, right: float, bottom: float, fill: str) -> Shape:
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Shape(points=corners, fill=fill, edge=themes.RULE, weight=LINE)
