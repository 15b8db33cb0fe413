"""Colors and markers of studies by columns of the effects, and the legend that explains them."""

from __future__ import annotations

from dataclasses import dataclass

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.plots.forests.options import Asked
from metaan.plots.forests.record import ForestRow
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.polygons import POLYGONS
from metaan.plots.pages.theme import GRAY, THEMES

NOT_STATED = "not stated"
NO_SERIES, USUAL = ForestRow(kind="study", label="").series, "square"
# Without the usual one last, so that a first category is not taken for no category.
MARKERS = (USUAL, *(name for name in POLYGONS if name != USUAL))
MOST_COLORS = min(len(each.series) for each in THEMES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """How the studies are marked.

    Attributes
    ----------
    series : tuple of int
        Color of each study: its place among the series of the theme; -1 for the usual one.
    markers : tuple of str
        Keys of ``marks.POLYGONS``.
    legend : tuple of LegendEntry
        What they mean; each value once.
    """

    series: tuple[int, ...]
    markers: tuple[str, ...]
    legend: tuple[LegendEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorted:
    """The values of a column as readers see them, and the place of each study among them."""

    head: str
    names: tuple[str, ...]
    places: tuple[int, ...]


def categories(effects: Effects, asked: Asked, layout_theme: str) -> Categories:
    """Return colors and markers by the columns ``asked.color`` and ``asked.marker``.

    Parameters
    ----------
    effects : Effects
        The studies.
    asked : Asked
        Names of columns; empty for the usual mark. One column may give both.
    layout_theme : str
        Row of ``THEMES`` where none is asked for. Grays are hard to tell apart: there colors
        come with markers of their own.

    Raises
    ------
    ChoiceError
        If there is no such column.
    InputError
        If a column has more values than there are colors or markers.
    """
    usual = Categories(series=(NO_SERIES,) * effects.k, markers=(USUAL,) * effects.k, legend=())
    marker = asked.marker
    if (asked.theme or layout_theme) == GRAY.name:
        marker = marker or asked.color
    if not asked.color and not marker:
        return usual
    colors = shapes = None
    if asked.color:
        colors = _sorted(effects, asked.color, "color", MOST_COLORS, head=asked.name(asked.color))
    if marker:
        shapes = _sorted(effects, marker, "marker", len(MARKERS), head=asked.name(marker))
    return Categories(
        series=colors.places if colors else usual.series,
        markers=tuple(MARKERS[i] for i in shapes.places) if shapes else usual.markers,
        legend=_legend(colors, shapes, both=asked.color == marker),
    )


def _legend(
    colors: _Sorted | None, shapes: _Sorted | None, *, both: bool
) -> tuple[LegendEntry, ...]:
    """Return the entries of the colors, then of the markers; of both at once if they agree.

    The name of a column stands before the first of its values.
    """
    entries = []
    for i, name in enumerate(colors.names if colors else ()):
        role = f"series {i}"
        shape = MARKERS[i] if both else USUAL
        head = colors.head if colors and i == 0 else ""
        entries.append(LegendEntry(label=name, fill=role, edge=role, marker=shape, head=head))
    for i, name in enumerate(shapes.names if shapes and not both else ()):
        fill = theme.QUIET if colors else theme.STUDY
        head, shape = shapes.head if shapes and i == 0 else "", MARKERS[i]
        entries.append(LegendEntry(label=name, fill=fill, edge=fill, marker=shape, head=head))
    return tuple(entries)


def _sorted(effects: Effects, name: str, argument: str, most: int, *, head: str) -> _Sorted:
    """Return the values of a column in order: numbers by size, words as they come."""
    column = look_up(effects.columns, name, argument=argument, what="a column of the effects")
    texts = [_text(value) for value in column]
    found = list(dict.fromkeys(text for text in texts if text != NOT_STATED))
    if all(isinstance(value, int | float) for value in column if _text(value) != NOT_STATED):
        found.sort(key=float)
    found += [NOT_STATED] if NOT_STATED in texts else []
    if len(found) > most:
        raise InputError(
            f"{argument}={name!r} has {len(found)} values, but {most} can be told apart; "
            "put them into fewer groups"
        )
    places = tuple(found.index(text) for text in texts)
    return _Sorted(head=head, names=tuple(found), places=places)


def _text(value: object) -> str:
    """Return a value as its readers see it."""
    if value is None or value != value or not clean(value):
        return NOT_STATED
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return clean(value)
