"""The Hasse diagram: treatments above those they are better than by every outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Unpack

from matplotlib.axes import Axes

from metaan.plots.networks.hasse_boxes import (
    NAME,
    PAD_Y,
    SCORE,
    HasseBox,
    HasseBoxes,
    Ordered,
    hasse_boxes,
)
from metaan.plots.pages import theme as themes
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.legend_block import legend_block
from metaan.plots.pages.marks import Paint, Point, add_lines, add_polygons
from metaan.plots.pages.page import Opened, Page, Word, footnotes, open_page, stack, titles
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

LEAST_WIDTH = 300.0
LINE_WEIGHT, BOX_WEIGHT = 0.9, 0.8
BEST_FILL, FILL, EDGE = "shade 2", "shade 0", themes.RULE
BEST = "Not dominated by any other"


def hasse_diagram(
    order: Ordered,
    *,
    better: Sequence[str] | None = None,
    scores: bool = False,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[HasseBoxes]:
    """Return a Hasse diagram: which treatments are better than which others by every outcome.

    Parameters
    ----------
    order : PartialOrder, or sequence of fits or mapping of str to fits
        A partial order; or networks of two or more outcomes, by the names of these in a mapping,
        whose P-scores order the treatments.
    better : sequence of str
        For each fit "lower" or "higher"; not for a partial order.
    scores : bool
        Whether the scores stand in the boxes.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``.

    Returns
    -------
    Plot of HasseBoxes
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes`` (points
        from the upper left corner of the diagram).

    Raises
    ------
    InputError
        If ``order`` is none of these, there are fewer than two fits, or not one direction for
        each (ChoiceError: there is no such direction).

    Notes
    -----
    Lines are those of the transitive reduction [1]_: who is reached downwards is dominated.
    Treatments of one level do not dominate each other; a level that is too wide takes several
    rows. Lines pass between boxes, never through them; the order within rows is the one with the
    fewest crossings that a few sweeps find.

    References
    ----------
    .. [1] Rücker G, Schwarzer G (2017). Resolve conflicting rankings of outcomes in network
       meta-analysis: partial ordering of treatments. Res Synth Methods 8:526.
       doi:10.1002/jrsm.1270

    Examples
    --------
    >>> from metaan.networks.ranks.partial_order import partial_order
    >>> order = partial_order(
    ...     [[0.9, 0.2], [0.6, 0.7], [0.4, 0.6], [0.1, 0.1]],
    ...     treatments=["surgery", "drug", "exercise", "waiting"], outcomes=["pain", "safety"])
    >>> plot = hasse_diagram(order)
    >>> [(edge.better, edge.worse) for edge in plot.record.edges]
    [('surgery', 'waiting'), ('drug', 'exercise'), ('exercise', 'waiting')]
    """
    record = hasse_boxes(order, better=better, scores=scores, **texts)
    return draw_hasse_diagram(record, ax=ax, theme=theme)


def draw_hasse_diagram(
    record: HasseBoxes, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[HasseBoxes]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_page(lambda least: hasse_page(record, least), ax, find_theme(theme))
        _draw(opened, record)
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def hasse_page(record: HasseBoxes, least: float = 0.0) -> Page:
    """Return the page of a diagram that is at least ``least`` points wide; it is centered."""
    page = max(least, max(record.wide, LEAST_WIDTH) + 2 * themes.MARGIN)
    room = page - 2 * themes.MARGIN
    words, top = titles(record.title, record.subtitle, room)
    left, bottom = (page - record.wide) / 2, top + record.high
    entry = LegendEntry(label=BEST, kind="area", fill=BEST_FILL, edge=EDGE)
    marked = len(record.best) < len(record.boxes)
    legend = legend_block([entry] if marked else [], room, bottom + 1.4 * themes.BLOCK_GAP)
    notes, end = footnotes(record.notes, room, legend.end)
    names = [
        replace(word, on=_fill(record, box))
        for box in record.boxes
        for word in _words(box, left, top)
    ]
    return Page(
        width=page,
        height=end + themes.MARGIN,
        left=left,
        right=left + record.wide,
        top=top,
        bottom=bottom,
        words=(*words, *names, *legend.words, *notes),
        rules=legend.rules,
        shapes=legend.shapes,
    )


def _words(box: HasseBox, left: float, top: float) -> Iterator[Word]:
    """Yield name and scores, centered in their box."""
    text = len(box.lines) * NAME.leading + (SCORE.leading if box.score else 0.0)
    first = top + box.top + max((box.high - text) / 2, PAD_Y)
    yield from stack(box.lines, NAME, left + box.middle, first, "center")
    if box.score:
        below = first + len(box.lines) * NAME.leading
        yield from stack([box.score], SCORE, left + box.middle, below, "center")


def _draw(opened: Opened[Page], record: HasseBoxes) -> None:
    """Draw lines, then boxes over their ends."""
    panel, scale = opened.panel, opened.scale
    panel.set(xlim=(0.0, record.wide), ylim=(record.high, 0.0))
    lines = [list(edge.points) for edge in record.edges]
    color = opened.theme.color(themes.QUIET)
    add_lines(panel, lines, color, LINE_WEIGHT * scale)
    paints = [
        opened.paint(
            Paint(
                fill=_fill(record, box),
                edge=EDGE,
                weight=BOX_WEIGHT,
            )
        )
        for box in record.boxes
    ]
    add_polygons(panel, [_corners(box) for box in record.boxes], paints)
    for artist in panel.collections:  # whole lines at the edge
        artist.set_clip_on(False)


def _fill(record: HasseBoxes, box: HasseBox) -> str:
    return BEST_FILL if box.treatment in record.best else FILL


def _corners(box: HasseBox) -> list[Point]:
    right = box.left + box.wide
    return [(box.left, box.top), (right, box.top), (right, box.bottom), (box.left, box.bottom)]
