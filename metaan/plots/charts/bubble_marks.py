"""Bubbles: studies as marks whose areas say what they weigh, in the colors of a column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.plots.charts.bubble_colors import PLAIN, Look
from metaan.plots.charts.names import ALL, NONE, Names, is_list, named
from metaan.plots.forests.wording import clean
from metaan.plots.pages import theme
from metaan.plots.pages.contrast import contrast
from metaan.plots.pages.labels import Dot, PointLabel
from metaan.plots.pages.marks import POLYGONS
from metaan.plots.pages.page import Opened

# Radius of the heaviest study's mark, points: smaller where there are many.
LARGEST, SMALLEST_OF_LARGEST, ROOMY = 11.0, 4.5, 16
SMALLEST = 1.2  # radius of a study of next to no weight, which is to be seen
SEE_THROUGH = 0.75
MOST_NAMED = 40  # studies that are all named unless the caller says otherwise
BUBBLE_ORDER = 4.0  # over curves
LEAST_CONTRAST = 1.5  # of an edge and its fill


@dataclass(frozen=True, slots=True, kw_only=True)
class BubbleSize:
    """A row of ``BUBBLE_SIZES``.

    Attributes
    ----------
    key, name : str
        Key, and what the area shows, for a footnote.
    """

    key: str
    name: str


_SIZES = (
    BubbleSize(key="weight", name="the study's weight in the analysis"),
    BubbleSize(key="precision", name="the inverse of the study's sampling variance"),
    BubbleSize(key="n", name="the number of participants"),
    BubbleSize(key="time", name="the person-time"),
)
BUBBLE_SIZES: Mapping[str, BubbleSize] = MappingProxyType({row.key: row for row in _SIZES})
WEIGHT, PRECISION, PEOPLE, PERSON_TIME = (row.key for row in _SIZES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """A study as it is drawn.

    Attributes
    ----------
    study : str
        Its label.
    x, y : float
        Place, in the numbers of the axes.
    share : float
        Its area as a share of the largest one, 0 to 1.
    radius : float
        Of its mark, points.
    group : str
        Its value of the column that colors stand for; empty without one.
    look : Look
        Fill and marker.
    rows : tuple of str
        Row ids of the data behind it.
    """

    study: str
    x: float
    y: float
    share: float
    radius: float
    group: str
    look: Look = PLAIN
    rows: tuple[str, ...] = ()


def chosen_size(size: str, values: Mapping[str, Floats]) -> str:
    """Return the key of the size: the one asked for, or the first there is.

    Parameters
    ----------
    size : str
        What the caller wants; may be empty.
    values : mapping of str to ndarray
        What there is, by keys of ``BUBBLE_SIZES``, one number per study.

    Raises
    ------
    InputError
        If there are no such numbers (ChoiceError: no such size).
    """
    if not size:
        return next(iter(values))
    row = look_up(BUBBLE_SIZES, size, argument="size", what="a size of bubbles")
    if row.key not in values:
        raise InputError(
            f"size={row.key!r} needs {row.name}, which is not known here; choose one of "
            f"{', '.join(values)}"
        )
    return row.key


def shares_of(values: Floats) -> Floats:
    """Return areas as shares of the largest, shape (k,); unknown ones are 0, all 1 if all are 0.

    Parameters
    ----------
    values : ndarray, shape (k,)
        What areas are in proportion to.
    """
    sizes = np.where(np.isfinite(values), np.maximum(values, 0.0), 0.0)
    top = float(np.max(sizes, initial=0.0))
    return sizes / top if top > 0 else np.ones_like(sizes)


def radii_of(shares: Floats) -> Floats:
    """Return the radii of marks in points, shape (k,)."""
    crowd = math.sqrt(ROOMY / max(len(shares), 1))
    largest = min(LARGEST, max(SMALLEST_OF_LARGEST, LARGEST * crowd))
    return np.maximum(largest * np.sqrt(shares), SMALLEST)


def size_note(size: str) -> str:
    """Return the footnote that says what areas show."""
    return f"Area of a mark: {BUBBLE_SIZES[size].name}."


def labels_of(
    marks: Sequence[Bubble], study: Sequence[str], names: Names
) -> tuple[PointLabel, ...]:
    """Return the names of bubbles, the largest first, so that it has the first choice.

    Parameters
    ----------
    marks : sequence of Bubble
        The studies.
    study : sequence of str
        Their labels, in the same order.
    names : str, bool, sequence of str, or None
        Which are named, as the caller wants it; see `named`.
    """
    told = named(names, study, default=ALL if len(study) <= MOST_NAMED else NONE)
    chosen = [mark for mark, yes in zip(marks, told, strict=True) if yes]
    return tuple(
        PointLabel(
            x=mark.x, y=mark.y, text=clean(mark.study), radius=mark.radius, must=is_list(names)
        )
        for mark in sorted(chosen, key=lambda mark: -mark.share)
        if clean(mark.study)
    )


def dots_of(marks: Sequence[Bubble]) -> tuple[Dot, ...]:
    """Return the places of bubbles, of which names keep clear."""
    return tuple(Dot(x=mark.x, y=mark.y, radius=mark.radius) for mark in marks)


def draw_bubbles(opened: Opened[Any], marks: Sequence[Bubble]) -> None:
    """Draw bubbles as one artist, the largest at the bottom; whole where they cross the edge."""
    if not marks:
        return
    ordered = sorted(marks, key=lambda mark: -mark.radius)
    colors = opened.theme.color
    artist = PathCollection(
        [_path(mark.look.marker) for mark in ordered],
        sizes=[(mark.radius * opened.scale) ** 2 for mark in ordered],
        facecolors=[_thinned(colors(mark.look.fill)) for mark in ordered],
        edgecolors=[_edge(opened, mark) for mark in ordered],
        linewidths=0.7 * opened.scale,
        offsets=np.array([(mark.x, mark.y) for mark in ordered]),
        offset_transform=opened.panel.transData,
    )
    artist.set_transform(IdentityTransform())
    artist.set_zorder(BUBBLE_ORDER)
    artist.set_clip_on(False)
    opened.panel.add_collection(artist, autolim=False)


def _path(marker: str) -> Path:
    """Return a marker as a closed path; figures of pages look down, those of panels up."""
    corners: list[Any] = [(x, -y) for x, y in POLYGONS[marker]]
    return Path([*corners, corners[0]], closed=True)


def _edge(opened: Opened[Any], mark: Bubble) -> str:
    """Return the color of an edge that shows where marks overlap: paper on what is dark itself."""
    ours, fill = (opened.theme.color(name) for name in (theme.OURS, mark.look.fill))
    return ours if contrast(ours, fill) >= LEAST_CONTRAST else opened.theme.color(theme.PAPER)


def _thinned(color: str) -> str:
    return f"{color}{round(255 * SEE_THROUGH):02x}"
