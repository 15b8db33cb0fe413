"""The traffic-light table: every judgment of every study as a disc with a sign."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import accumulate
from typing import TYPE_CHECKING, Unpack

from matplotlib.axes import Axes

from metaan.core.bias import OVERALL, Domain, RiskOfBias, find_tool
from metaan.core.errors import InputError
from metaan.core.numbers import counted
from metaan.plots.charts.bias_lights import (
    LIGHT_RADIUS,
    RING,
    check_judged,
    counts_text,
    disc,
    edge_of,
    fill_of,
    light_legend,
    named_lines,
    shown_keys,
    sign_word,
    source_note,
)
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme as themes
from metaan.plots.pages.marks import Paint, add_polygons
from metaan.plots.pages.page import Page, Rule, Word, footnotes, open_page, stack, titles, widest
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.theme import DEFAULT_THEME, Theme, find_theme
from metaan.plots.pages.typesetting import wrap

if TYPE_CHECKING:
    import pandas as pd

NAME_ROOM = 230.0  # the longest line of a study's name
HEAD_ROOM = 74.0  # the longest line over a column
CELL = 2 * LIGHT_RADIUS + 14.0
ROW_HEIGHT = 2 * LIGHT_RADIUS + 5.0
OVERALL_GAP = 8.0
LEAST_WIDTH = 300.0
STUDY = "Study"  # over the names
ALIKE = 0.8  # of difflib, from which one name can be a slip of another


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficLights:
    """What a traffic-light table shows.

    Attributes
    ----------
    bias : RiskOfBias
        The judgments, rows in the order they are drawn.
    keys : tuple of str
        Judgments that occur, for the legend; "" where some are not judged.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in one sentence.
    """

    bias: RiskOfBias
    keys: tuple[str, ...]
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str

    @property
    def heads(self) -> tuple[str, ...]:
        """What stands over the columns."""
        return tuple(clean(domain.key) for domain in self.bias.domains)

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """Heads that need their name under the table, and the names."""
        return tuple(
            (head, clean(domain.name))
            for head, domain in zip(self.heads, self.bias.domains, strict=True)
            if domain != OVERALL and domain.key != domain.name
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study with the label of each judgment."""
        return self.bias.to_frame()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Where the lights of a table stand, from the corner under its heads; points.

    Attributes
    ----------
    names, heads : tuple of tuple of str
        Lines of the names of studies, and of heads.
    name_width : float
        Of the widest line.
    columns, rows : tuple of float
        Middles of the lights.
    edges : tuple of float
        Lower ends of the rows.
    width, head_height : float
        Of the table without names, and of its heads.
    """

    names: tuple[tuple[str, ...], ...]
    heads: tuple[tuple[str, ...], ...]
    name_width: float
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    edges: tuple[float, ...]
    width: float
    head_height: float


def traffic_light(
    bias: RiskOfBias,
    *,
    study: Sequence[str] | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **texts: Unpack[Texts],
) -> Plot[TrafficLights]:
    """Return a table of colored discs with signs: one per study and domain.

    Parameters
    ----------
    bias : RiskOfBias
        Judgments, from ``ma.risk_of_bias``.
    study : sequence of str, optional
        Which studies and in which order (``fit.effects.study``); one without judgments gets
        rings. All, as they stand in ``bias``, by default.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **texts
        See `Texts`: ``title``, ``subtitle``, ``notes``; by default a note names the tool and its
        reference.

    Returns
    -------
    Plot of TrafficLights
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    InputError
        If ``bias`` holds no judgments, or ``study`` is empty or names a study twice.

    Warns
    -----
    UserWarning
        If a study without judgments is called almost as one that was judged and is not shown.

    Examples
    --------
    Judgments made up for the example.

    >>> from metaan.trials.bias import risk_of_bias
    >>> table = {"study": ["A", "B"], "Blinding": ["low", "high"], "Overall": ["low", "high"]}
    >>> plot = traffic_light(risk_of_bias(table, tool="generic"))
    >>> plot.record.alt
    'Traffic-light table of risk of bias, 2 studies in 1 domain; overall: low 1, high 1.'
    """
    return draw_traffic_light(traffic_lights(bias, study=study, **texts), ax=ax, theme=theme)


def traffic_lights(
    bias: RiskOfBias,
    *,
    study: Sequence[str] | None = None,
    **texts: Unpack[Texts],
) -> TrafficLights:
    """Return what a traffic-light table shows; see `traffic_light`."""
    titles = written(texts, verb="traffic_light", of=traffic_lights)
    check_judged(bias, verb="traffic_light")
    if isinstance(study, str):
        raise InputError(f"study must be a sequence of studies; got {study!r}")
    chosen = bias if study is None else _chosen(bias, tuple(study))
    tool = find_tool(bias.tool)
    return TrafficLights(
        bias=chosen,
        keys=shown_keys(tool, chosen.judgments),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes((), source_note(tool)),
        alt=_alt(chosen),
    )


def draw_traffic_light(
    record: TrafficLights, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[TrafficLights]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    colors, grid = find_theme(theme), grid_of(record)
    with styled():
        opened = open_page(lambda least: _page(record, grid, least, colors), ax, colors)
        page, panel = opened.page, opened.panel
        panel.set(xlim=(page.left, page.right), ylim=(page.bottom, page.top))
        for key in record.keys:
            add_polygons(
                panel,
                [
                    disc(page.left + grid.columns[j], page.top + grid.rows[i])
                    for i, row in enumerate(record.bias.judgments)
                    for j, one in enumerate(row)
                    if one == key
                ],
                Paint(
                    fill=colors.color(fill_of(key)),
                    edge=colors.color(edge_of(key)),
                    weight=RING * opened.scale,
                ),
            )
    return Plot(figure=opened.figure, axes=panel, record=record)


def grid_of(record: TrafficLights) -> Grid:
    """Return where names, heads and lights stand."""
    body, head = themes.BODY, themes.HEAD
    names = tuple(wrap(clean(name), body, NAME_ROOM) for name in record.bias.study)
    heads = tuple(wrap(text, head, HEAD_ROOM) for text in record.heads)
    columns: list[float] = []
    right = 0.0
    for domain, lines in zip(record.bias.domains, heads, strict=True):
        right += OVERALL_GAP if domain == OVERALL and columns else 0.0
        cell = max(CELL, widest(lines, head) + themes.COLUMN_GAP)
        columns.append(right + cell / 2)
        right += cell
    heights = [max(ROW_HEIGHT, len(lines) * body.leading + 5.0) for lines in names]
    edges = tuple(accumulate(heights))
    return Grid(
        names=names,
        heads=heads,
        name_width=max(
            widest([line for lines in names for line in lines], body), widest([STUDY], head)
        ),
        columns=tuple(columns),
        rows=tuple(edge - high / 2 for edge, high in zip(edges, heights, strict=True)),
        edges=edges,
        width=right,
        head_height=max(map(len, heads)) * head.leading + 3.0,
    )


def _page(record: TrafficLights, grid: Grid, least: float, colors: Theme) -> Page:
    left = themes.MARGIN + grid.name_width + themes.COLUMN_GAP
    page = max(least, left + grid.width + themes.MARGIN, LEAST_WIDTH)
    room = page - 2 * themes.MARGIN
    words, top = titles(record.title, record.subtitle, room)
    words += _heads(grid, left, top)
    top += grid.head_height
    words += _names(grid, top)
    for i, row in enumerate(record.bias.judgments):
        words += [
            sign_word(left + grid.columns[j], top + grid.rows[i], key, colors)
            for j, key in enumerate(row)
            if key
        ]
    bottom = top + grid.edges[-1]
    shapes, more, end = light_legend(record.keys, room, bottom + themes.BLOCK_GAP, colors)
    named, end = named_lines(record.named, room, end + (4.0 if record.named else 0.0))
    foot, end = footnotes(record.notes, room, end)
    right = left + grid.width
    lines = [(edge, themes.BAND) for edge in grid.edges[:-1]]
    lines += [(0.0, themes.RULE), (grid.edges[-1], themes.RULE)]
    return Page(
        width=page,
        height=end + themes.MARGIN,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        words=(*words, *more, *named, *foot),
        rules=tuple(
            Rule(start=(themes.MARGIN, top + y), end=(right, top + y), color=color)
            for y, color in lines
        ),
        shapes=tuple(shapes),
    )


def _heads(grid: Grid, left: float, top: float) -> list[Word]:
    """Return the heads, their last lines on the same height."""
    words = stack([STUDY], themes.HEAD, themes.MARGIN, _last_line(grid, top, 1))
    for middle, lines in zip(grid.columns, grid.heads, strict=True):
        first = _last_line(grid, top, len(lines))
        words += stack(lines, themes.HEAD, left + middle, first, "center")
    return words


def _last_line(grid: Grid, top: float, lines: int) -> float:
    return top + grid.head_height - 3.0 - lines * themes.HEAD.leading


def _names(grid: Grid, top: float) -> list[Word]:
    words: list[Word] = []
    for lines, middle in zip(grid.names, grid.rows, strict=True):
        first = top + middle - len(lines) * themes.BODY.leading / 2
        words += stack(lines, themes.BODY, themes.MARGIN, first)
    return words


def _chosen(bias: RiskOfBias, study: tuple[str, ...]) -> RiskOfBias:
    if not study:
        raise InputError("study= names no study; leave it out for all of them")
    spare = [name for name in bias.study if name not in study]
    doubtful = [name for name in study if name not in bias.study and _like(name, spare)]
    if doubtful:
        told = "; ".join(f"{name!r}: not {_like(name, spare)!r}?" for name in doubtful)
        warnings.warn(f"study= names studies without judgments: {told}", stacklevel=4)
    return RiskOfBias(
        tool=bias.tool,
        study=study,
        domains=bias.domains,
        judgments=tuple(bias.of(name) for name in study),
    )


def _like(name: str, names: Sequence[str]) -> str:
    """Return a name that this one could be a slip of; empty if none is."""
    return next(iter(get_close_matches(name, names, n=1, cutoff=ALIKE)), "")


def _alt(bias: RiskOfBias) -> str:
    tool = find_tool(bias.tool)
    asked: list[Domain] = [domain for domain in bias.domains if domain != OVERALL]
    where = f"{counted(bias.k, 'study', 'studies')} in {counted(len(asked), 'domain')}"
    if bias.has_overall:
        found = "overall: " + counts_text([row[-1] for row in bias.judgments], tool)
    else:
        found = "judgments: " + counts_text([key for row in bias.judgments for key in row], tool)
    return f"Traffic-light table of risk of bias, {where}; {found}."
