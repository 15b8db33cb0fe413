"""The forest plot: studies, pools and published results on one axis, with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from metaan.plots.forests.panel import draw_panel
from metaan.plots.forests.placing import ForestLayout, Rule, Word, forest_layout
from metaan.plots.forests.published import Pools
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.rows import Subject, forest_rows, remarks_of
from metaan.plots.pages.marks import add_lines
from metaan.plots.pages.saving import MimeBundle, notebook_image, save_figure, styled
from metaan.plots.pages.typesetting import properties

if TYPE_CHECKING:
    import pandas as pd

INCH = 72.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forest:
    """A drawn forest plot; a notebook shows it, ``save`` writes it.

    Attributes
    ----------
    figure : matplotlib Figure
        Not registered with pyplot: it goes when nothing refers to it any more.
    axes : matplotlib Axes
        The panel of the effects: analysis scale across, points from the top of the page down.
    rows : ForestRows
        Every number and string in it.
    """

    figure: Figure
    axes: Axes
    rows: ForestRows

    @property
    def data(self) -> pd.DataFrame:
        """Return what is drawn as a DataFrame, one line per row, reading scale."""
        return self.rows.to_frame()

    def save(self, path: str | Path) -> Path:
        """Write the figure as .svg, .pdf or .png and return the path; InputError otherwise.

        Same record, same bytes; title and one sentence about the figure are in the metadata.
        """
        return save_figure(self.figure, path, title=self.rows.title, alt=self.rows.alt)

    def _repr_mimebundle_(self, **_: object) -> MimeBundle:
        """Return what a notebook shows: the image, once, with its width and alt text."""
        return notebook_image(self.figure, self.rows.title, self.rows.alt)

    def __repr__(self) -> str:
        """Return title and description."""
        return f"{self.rows.title}: {self.rows.alt}" if self.rows.title else self.rows.alt


def forest(
    fit: Subject,
    *,
    title: str = "",
    subtitle: str = "",
    published: Pools = (),
    favors: tuple[str, str] | None = None,
    notes: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Forest:
    """Return a forest plot.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, Effects, sequence or mapping of PublishedPool
        A fit: studies, their pool, its prediction interval and heterogeneity. A subgroup fit: a
        block per subgroup with its own pool, then the total and the test between them; weights
        are those of the total. Effects: studies alone, no pool, squares by inverse variance.
        Published pools: an umbrella of results as printed, under the headers of the mapping, or
        grouped by comparison and outcome; all of one measure.
    title, subtitle : str
        Above the figure, flush left; long ones are broken into lines.
    published : sequence of PublishedPool
        Reviews' results to stand under ours, in another color; their numbers are on the reading
        scale and drawn as printed. The caller sees to it that they are of the same measure.
    favors : tuple of str, optional
        Texts for the sides left and right of no effect, e.g. ("Favors acupuncture",
        "Favors sham").
    notes : sequence of str, optional
        Footnotes, each on its own line or lines; by default the remarks of the fit and of its
        effects (corrections of zero cells, figures carried between scales, cautions).
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own. Width and height are
        then the caller's: the page is scaled down (never up) to fit both.

    Returns
    -------
    Forest
        ``.save(path)``, ``.rows`` (the record), ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If there is nothing to draw, ``fit`` is none of the above, published pools of different
        measures would share one axis, or a published ratio is negative.

    Notes
    -----
    Squares have areas in proportion to the weights; the smallest may be hardly more than a dot,
    their whiskers show where they are. Intervals that run over the axis are cut, with an arrow.
    A limit or a point that a review does not print is "not reported": half a diamond is drawn
    for one limit, a capped line for limits without a point.

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([-0.9, -1.6], se=[0.57, 0.44], scale="log", label="RR")
    >>> plot = ma.forest(effects, title="Two trials", favors=("Favors vaccine", "Favors none"))
    >>> plot.rows.rows[0].effect_text
    '0.41 (0.13, 1.24)'
    """
    record = forest_rows(
        fit,
        title=title,
        subtitle=subtitle,
        published=published,
        favors=favors,
        notes=remarks_of(fit) if notes is None else notes,
    )
    return draw_forest(record, ax=ax)


def draw_forest(record: ForestRows, *, ax: Axes | None = None) -> Forest:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        if ax is None:
            layout, scale = forest_layout(record), 1.0
            figure = Figure(figsize=(layout.width / INCH, layout.height / INCH), dpi=100)
            FigureCanvasAgg(figure)
            page, height = figure.add_axes((0.0, 0.0, 1.0, 1.0)), layout.height
        else:
            page, figure = ax, _figure_of(ax)
            layout, scale, height = _fitted(record, ax)
        page.set_axis_off()
        page.set(xlim=(0.0, layout.width), ylim=(height, 0.0))
        _draw_rules(page, layout.rules, scale)
        _draw_words(page, layout.words, scale)
        panel = _panel(page, record, layout, height)
        draw_panel(panel, record, layout, scale)
    return Forest(figure=figure, axes=panel, rows=record)


def _figure_of(ax: Axes) -> Figure:
    """Return the figure that holds the axes, also through a subfigure."""
    return ax.figure if isinstance(ax.figure, Figure) else ax.figure.figure


def _fitted(record: ForestRows, ax: Axes) -> tuple[ForestLayout, float, float]:
    """Return the layout for the area of ``ax``, its scale, and the height of the page."""
    box = ax.get_window_extent()
    points = INCH / _figure_of(ax).dpi
    wide, high = box.width * points, box.height * points
    natural = forest_layout(record)
    scale = min(1.0, wide / natural.width, high / natural.height)
    return forest_layout(record, width=wide / scale), scale, high / scale


def _draw_rules(page: Axes, rules: Sequence[Rule], scale: float) -> None:
    add_lines(
        page,
        [[rule.start, rule.end] for rule in rules],
        [rule.color for rule in rules],
        [rule.weight * scale for rule in rules],
    )


def _draw_words(page: Axes, words: Sequence[Word], scale: float) -> None:
    """Set every line of text literally: no mathematics in ``$``, no TeX."""
    for word in words:
        page.text(
            word.x,
            word.y,
            word.text,
            fontproperties=properties(word.style.bold),
            fontsize=word.style.size * scale,
            color=word.style.color,
            horizontalalignment=word.align,
            verticalalignment="baseline",
            parse_math=False,
        )


def _panel(page: Axes, record: ForestRows, layout: ForestLayout, height: float) -> Axes:
    """Return the axes of the effects, lying in the page."""
    panel = page.inset_axes(
        (
            layout.left / layout.width,
            1.0 - layout.bottom / height,
            (layout.right - layout.left) / layout.width,
            (layout.bottom - layout.top) / height,
        )
    )
    panel.set_axis_off()
    panel.set(xlim=(record.axis.low, record.axis.high), ylim=(layout.bottom, layout.top))
    return panel
