"""The PRISMA 2020 flow diagram: from records identified to studies included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Unpack

from matplotlib.axes import Axes

from metaan.core.errors import InputError
from metaan.plots.charts.prisma_counts import (
    NOT_GIVEN,
    Counted,
    CountGiven,
    read_counts,
    streams_of,
)
from metaan.plots.charts.prisma_page import prisma_page
from metaan.plots.charts.prisma_record import FlowBox, FlowLine, PrismaFlow
from metaan.plots.charts.prisma_table import BEFORE, BOXES, TOLD, PrismaBox, PrismaCount
from metaan.plots.pages.page import open_page
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.texts import Texts, written
from metaan.plots.pages.theme import DEFAULT_THEME, find_theme

NO_METHOD = "Other methods"


def prisma(
    counts: Mapping[str, CountGiven] | None = None,
    *,
    title: str = "",
    subtitle: str = "",
    notes: str | Sequence[str] | None = None,
    ax: Axes | None = None,
    theme: str = DEFAULT_THEME,
    **numbers: CountGiven,
) -> Plot[PrismaFlow]:
    """Return a PRISMA 2020 flow diagram [1]_.

    Parameters
    ----------
    counts : mapping of str to int, mapping or None, optional
        Counts by key, rows of ``PRISMA_COUNTS``: databases, registers; duplicates, automation,
        removed_other; screened, excluded; sought, not_retrieved; assessed, reports_excluded;
        included_studies, included_reports. Of other methods: websites, organizations,
        citations, other_methods; other_sought, other_not_retrieved; other_assessed,
        other_reports_excluded. Of an update: previous_studies, previous_reports, total_studies,
        total_reports. Databases, registers, other methods and exclusions may be mappings from
        names (reasons) to counts. None is "not reported", and so is a count of a box that is
        not given.
    title, subtitle : str
        Above the figure, flush left; long ones are broken into lines.
    notes : sequence of str, optional
        Footnotes.
    ax : Axes, optional
        Draw into the area of these axes instead of a figure of its own; the page is scaled down
        (never up) to fit.
    theme : str
        Row of ``THEMES``.
    **numbers : int, mapping or None
        The same counts as keywords; they win.

    Returns
    -------
    Plot of PrismaFlow
        ``.save(path)``, ``.record``, ``.data`` (a DataFrame), ``.figure``, ``.axes``.

    Raises
    ------
    DataError
        With every fault: a name that is no count, a number that is none, and every place where
        the counts do not add up, with the arithmetic. Counts that are not reported could be any.

    Notes
    -----
    The column of other methods, and that of a previous review with the totals, appear when one
    of their counts is given.

    References
    ----------
    .. [1] Page MJ, McKenzie JE, Bossuyt PM, et al. (2021). The PRISMA 2020 statement. BMJ
       372:n71. doi:10.1136/bmj.n71

    Examples
    --------
    Counts made up for the example.

    >>> plot = prisma(databases={"PubMed": 70, "Embase": 50}, registers=0, duplicates=20,
    ...               automation=0, removed_other=0, screened=100, excluded=90, sought=10)
    >>> plot.record.boxes[0].lines[1].text
    'Databases (n = 120):'
    """
    if counts is not None and not isinstance(counts, Mapping):
        raise InputError(
            f"prisma draws counts by name, {{'screened': 100, ...}}; got {type(counts).__name__}"
        )
    given = {**(counts or {}), **numbers}
    record = prisma_flow(given, title=title, subtitle=subtitle, notes=notes)
    return draw_prisma(record, ax=ax, theme=theme)


def prisma_flow(counts: Mapping[str, CountGiven], **texts: Unpack[Texts]) -> PrismaFlow:
    """Return what a PRISMA flow diagram shows; see `prisma`."""
    titles = written(texts, verb="prisma", of=prisma_flow)
    read = read_counts(counts)
    streams = streams_of(read)
    is_update = BEFORE in streams
    return PrismaFlow(
        streams=streams,
        boxes=tuple(
            FlowBox(
                key=box.key,
                stream=box.stream,
                row=box.row,
                side=box.side,
                lines=tuple(_lines(box, read, is_update)),
            )
            for box in BOXES.values()
            if box.stream in streams
        ),
        title=titles.title,
        subtitle=titles.subtitle,
        notes=titles.footnotes(()),
        alt=_alt(read),
    )


def draw_prisma(
    record: PrismaFlow, *, ax: Axes | None = None, theme: str = DEFAULT_THEME
) -> Plot[PrismaFlow]:
    """Return the record drawn: on a page of its own, or in the area of ``ax``."""
    with styled():
        opened = open_page(lambda least: prisma_page(record, least), ax, find_theme(theme))
        page = opened.page
        opened.panel.set(xlim=(page.left, page.right), ylim=(page.bottom, page.top))
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


def _lines(box: PrismaBox, read: Mapping[str, Counted], is_update: bool) -> Iterator[FlowLine]:
    """Return the lines of a box: its head, its counts, and their parts under them."""
    if box.head:
        yield FlowLine(key="", label=box.head, counts=False)
    shown = [count for count in box.counts if count.key in read or not count.spare]
    depth = 1 if box.head else 0
    if not shown:
        yield FlowLine(key="", label=NO_METHOD, depth=depth)
    for count in shown:
        yield from _counted(count, read.get(count.key, NOT_GIVEN), depth, is_update)


def _counted(
    count: PrismaCount, number: Counted, depth: int, is_update: bool
) -> Iterator[FlowLine]:
    label = count.updated if is_update and count.updated else count.label
    parts = number.parts
    yield FlowLine(key=count.key, label=label, n=number.n, depth=depth, ends=":" if parts else "")
    for name, n in parts:
        yield FlowLine(key=count.key, label=name, n=n, depth=depth + 1)


def _alt(read: Mapping[str, Counted]) -> str:
    told = [
        f"{read[key].n:,} {words}"
        for key, words in TOLD
        if key in read and read[key].n is not None
    ]
    return "PRISMA 2020 flow diagram" + (f": {', '.join(told)}." if told else ".")
