"""What the renderer says of a drawn plot: where its texts lie, which overlap, which are cut."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled

# Ascenders of one line may come this near to descenders of the line above, points.
TOUCH = 0.5


def texts(plot: Plot[Any]) -> list[tuple[str, np.ndarray]]:
    """Return every text with its box in points: left, bottom, right, top.

    In the style that figures are saved in: hinting makes texts up to 6% wider. With a renderer of
    its own: that of the last save belongs to another resolution.
    """
    points = 72 / plot.figure.dpi
    drawn = [artist for artist in plot.figure.findobj(Text) if artist.get_text()]
    wide, high = plot.figure.get_size_inches() * plot.figure.dpi
    look = RendererAgg(wide, high, plot.figure.dpi)
    with styled():
        return [
            (each.get_text(), np.array(each.get_window_extent(look).extents) * points)
            for each in drawn
        ]


def overlaps(plot: Plot[Any]) -> list[tuple[str, str]]:
    """Return every pair of texts whose boxes overlap."""
    labels, boxes = zip(*texts(plot), strict=True)
    left, low, right, high = np.array(boxes).T
    across = np.minimum.outer(right, right) - np.maximum.outer(left, left)
    up = np.minimum.outer(high, high) - np.maximum.outer(low, low)
    pairs = np.argwhere(np.triu((across > TOUCH) & (up > TOUCH), k=1))
    return [(labels[i], labels[j]) for i, j in pairs]


def outside(plot: Plot[Any]) -> list[str]:
    """Return every text that leaves the page."""
    wide, high = plot.figure.get_size_inches() * 72
    return [
        text
        for text, (x0, y0, x1, y1) in texts(plot)
        if x0 < 0 or y0 < 0 or x1 > wide or y1 > high
    ]
