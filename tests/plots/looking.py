"""What the renderer says of a drawn plot: where its texts lie, which overlap, which are cut."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled

# Ascenders of one line may come this near to descenders of the line above, points.
TOUCH = 0.5

# A text and its box in points: left, bottom, right, top.
Placed: TypeAlias = tuple[str, np.ndarray]


@cache
def ruler(dpi: float) -> RendererAgg:
    """Return a renderer to measure with; it keeps the sizes of words that many plots have."""
    return RendererAgg(1, 1, dpi)


def texts(plot: Plot[Any]) -> list[Placed]:
    """Return every text with its box in points: left, bottom, right, top.

    In the style that figures are saved in: hinting makes texts up to 6% wider. With a renderer of
    its own: that of the last save belongs to another resolution.
    """
    points = 72 / plot.figure.dpi
    drawn = [artist for artist in plot.figure.findobj(Text) if artist.get_text()]
    look = ruler(plot.figure.dpi)
    with styled():
        return [
            (each.get_text(), np.array(each.get_window_extent(look).extents) * points)
            for each in drawn
        ]


def misplaced(plot: Plot[Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return every pair of texts whose boxes overlap, and every text that leaves the page."""
    found = texts(plot)
    return _overlaps(found), _outside(plot, found)


def overlaps(plot: Plot[Any]) -> list[tuple[str, str]]:
    """Return every pair of texts whose boxes overlap."""
    return _overlaps(texts(plot))


def outside(plot: Plot[Any]) -> list[str]:
    """Return every text that leaves the page."""
    return _outside(plot, texts(plot))


def _overlaps(found: list[Placed]) -> list[tuple[str, str]]:
    labels, boxes = zip(*found, strict=True)
    left, low, right, high = np.array(boxes).T
    across = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    up = np.minimum.outer(high, high) - np.maximum.outer(low, low)
    pairs = np.argwhere(np.triu((across > TOUCH) & (up > TOUCH), k=1))
    return [(labels[i], labels[j]) for i, j in pairs]


def _outside(plot: Plot[Any], found: list[Placed]) -> list[str]:
    wide, high = plot.figure.get_size_inches() * 72
    return [text for text, (x0, y0, x1, y1) in found if x0 < 0 or y0 < 0 or x1 > wide or y1 > high]
