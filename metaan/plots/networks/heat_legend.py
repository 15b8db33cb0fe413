"""What the colors and squares of a heat map stand for: bars with ticks; lengths in points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metaan.core.scale import Scale
from metaan.plots.networks.heat_colors import DIVERGING, PALETTES, on_cell
from metaan.plots.pages import theme as themes
from metaan.plots.pages.chart import TICK_LENGTH
from metaan.plots.pages.legend_block import LegendBlock
from metaan.plots.pages.page import HALF_CAP, Rule, Shape, Word, stack, widest
from metaan.plots.pages.theme import Theme
from metaan.plots.pages.ticks import nice_ticks
from metaan.plots.pages.typesetting import width, wrap

BAR_WIDTH, BAR_HEIGHT = themes.PANEL_WIDTH, 9.0
STEPS = 90  # of color in a bar
SEAM = 0.3  # weight of edges, which hide the seams between steps
BAR_GAP, END_GAP, SQUARE_GAP, TEXT_GAP = 22.0, 16.0, 12.0, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatBar:
    """What colors stand for.

    Attributes
    ----------
    label : str
        What they show.
    ticks : tuple of float
        Places along the bar, 0 to 1.
    tick_labels : tuple of str
        What stands at them.
    palette : str
        Row of ``PALETTES``.
    flip : bool
        Whether the last color of the palette stands at the left.
    ends : tuple of str
        What the left and the right end mean; may be empty.
    """

    label: str
    ticks: tuple[float, ...]
    tick_labels: tuple[str, ...]
    palette: str = DIVERGING
    flip: bool = False
    ends: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareKey:
    """What areas of squares in the cells stand for.

    Attributes
    ----------
    label : str
        What they show.
    side : float
        Of a square as large as its cell, points.
    shares : tuple of float
        Areas as shares of that.
    texts : tuple of str
        What stands beside them.
    """

    label: str
    side: float
    shares: tuple[float, ...]
    texts: tuple[str, ...]


def even_bar(
    limit: float, scale: Scale, label: str, *, flip: bool = False, ends: tuple[str, str] = ("", "")
) -> HeatBar:
    """Return the bar of a diverging palette from ``-limit`` to ``limit`` around no effect."""
    low, high = _null(scale) - limit, _null(scale) + limit
    ticks, labels = nice_ticks(low, high, scale)
    kept = [(t, text) for t, text in zip(ticks, labels, strict=True) if low <= t <= high]
    return HeatBar(
        label=label,
        ticks=tuple((t - low) / (high - low) for t, _ in kept),
        tick_labels=tuple(text for _, text in kept),
        flip=flip,
        ends=ends,
    )


def _null(scale: Scale) -> float:
    return scale.null if scale.has_null else 0.0


def legend_width(bars: Sequence[HeatBar], squares: SquareKey | None) -> float:
    """Return how wide the widest part of the legend is."""
    wide = [_width(bar) for bar in bars]
    return max([*wide, *([_width(squares)] if squares else [])], default=0.0)


def heat_legend(
    bars: Sequence[HeatBar], squares: SquareKey | None, colors: Theme, *, room: float, top: float
) -> LegendBlock:
    """Return the bars and the key of squares side by side, or under each other."""
    words: list[Word] = []
    shapes: list[Shape] = []
    rules: list[Rule] = []
    x, end = themes.MARGIN, top
    parts: list[HeatBar | SquareKey] = [*bars, *([squares] if squares else [])]
    for part in parts:
        wide = _width(part)
        if x > themes.MARGIN and x + wide > themes.MARGIN + room:
            x, top = themes.MARGIN, end + themes.BLOCK_GAP
        if isinstance(part, HeatBar):
            block = _bar(part, colors, x, top)
        else:
            block = _squares(part, colors, x, top)
        words += block.words
        shapes += block.shapes
        rules += block.rules
        x, end = x + wide + BAR_GAP, max(end, block.end)
    return LegendBlock(words=tuple(words), shapes=tuple(shapes), rules=tuple(rules), end=end)


def _width(part: HeatBar | SquareKey) -> float:
    if isinstance(part, SquareKey):
        return _key_width(part)
    return _bar_width(part) + sum(_overhang(part))


def _bar_width(bar: HeatBar) -> float:
    gap = END_GAP if all(bar.ends) else 0.0
    both = sum(width(text, themes.TICK) for text in bar.ends) + gap
    return max(BAR_WIDTH, width(bar.label, themes.TICK), both)


def _overhang(bar: HeatBar) -> tuple[float, float]:
    """Return how far tick labels reach beyond the bar, left and right."""
    wide = _bar_width(bar)
    both = list(zip(bar.ticks, bar.tick_labels, strict=True))
    halves = [(at, width(text, themes.TICK) / 2) for at, text in both]
    left = max([0.0, *(half - at * wide for at, half in halves)])
    return left, max([0.0, *(half - (1 - at) * wide for at, half in halves)])


def _bar(bar: HeatBar, colors: Theme, x: float, top: float) -> LegendBlock:
    style, wide = themes.TICK, _bar_width(bar)
    x += _overhang(bar)[0]
    words = stack([bar.label], style, x, top)
    high = top + style.leading + 2.0
    low = high + BAR_HEIGHT
    shapes = list(_steps(bar, colors, (x, high, wide)))
    rules = [
        Rule(start=start, end=end, color=themes.RULE, weight=0.6)
        for start, end in (
            ((x, high), (x + wide, high)),
            ((x, low), (x + wide, low)),
            ((x, high), (x, low)),
            ((x + wide, high), (x + wide, low)),
        )
    ]
    below = low + TICK_LENGTH
    for at, text in zip(bar.ticks, bar.tick_labels, strict=True):
        place = x + at * wide
        rules.append(Rule(start=(place, low), end=(place, below), color=themes.INK))
        words += stack([text], style, place, below + 1.0, "center")
    end = below + 1.0 + style.leading
    if any(bar.ends):
        words += stack([bar.ends[0]], style, x, end)
        words += stack([bar.ends[1]], style, x + wide, end, "right")
        end += style.leading
    return LegendBlock(words=tuple(words), shapes=tuple(shapes), rules=tuple(rules), end=end)


def _steps(bar: HeatBar, colors: Theme, place: tuple[float, float, float]) -> Iterator[Shape]:
    """Yield the steps of color of a bar at (left, top, width)."""
    x, high, wide = place
    palette, step = PALETTES[bar.palette], wide / STEPS
    for i in range(STEPS):
        share = palette.low + (1 - palette.low) * (i + 0.5) / STEPS
        color = palette.color(colors, -share if bar.flip else share)
        left, right = x + i * step, x + (i + 1) * step
        low = high + BAR_HEIGHT
        corners = ((left, high), (right, high), (right, low), (left, low))
        yield Shape(points=corners, fill=color, edge=color, weight=SEAM)


def _key_width(key: SquareKey) -> float:
    return max(width(key.label, themes.TICK), *(_key_ends(key)))


def _key_ends(key: SquareKey) -> Iterator[float]:
    """Yield where each square with its text ends."""
    x = 0.0
    for share, text in zip(key.shares, key.texts, strict=True):
        x += key.side * share**0.5 + TEXT_GAP + width(text, themes.TICK)
        yield x
        x += SQUARE_GAP


def _squares(key: SquareKey, colors: Theme, x: float, top: float) -> LegendBlock:
    style, gray = themes.TICK, on_cell(colors.paper)
    words = stack([key.label], style, x, top)
    middle = top + style.leading + 2.0 + max(key.side, style.leading) / 2
    shapes = []
    for share, text in zip(key.shares, key.texts, strict=True):
        side = key.side * share**0.5
        shapes.append(Shape(points=square(x + side / 2, middle, side), fill=gray))
        x += side + TEXT_GAP
        words.append(Word(x=x, y=middle + HALF_CAP * style.size, text=text, style=style))
        x += width(text, style) + SQUARE_GAP
    end = middle + max(key.side, style.leading) / 2
    return LegendBlock(words=tuple(words), shapes=tuple(shapes), rules=(), end=end)


def square(x: float, y: float, side: float) -> tuple[tuple[float, float], ...]:
    """Return the corners of a square around (x, y)."""
    half = side / 2
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


def label_width(labels: Sequence[str], style: themes.TypeStyle, room: float) -> float:
    """Return the width of the widest line of labels that are broken at ``room``."""
    return widest([line for text in labels for line in wrap(text, style, room)], style)
