"""Names in a Baujat plot: most studies lie in its corner, where marks cover each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from metaan.core.numbers import listed, printed
from metaan.plots.diagnostics.baujat_record import BaujatPoint
from metaan.plots.pages import theme
from metaan.plots.pages.chart import PANEL_HEIGHT, PANEL_WIDTH, ChartAxis
from metaan.plots.pages.labels import WIDEST_NAME, Dot, PointLabel, place_labels
from metaan.plots.pages.typesetting import wrap

LISTED = 3  # studies that cover each other, and lines, up to which all their names stand there
REACHES = (1.5, 3.0, 5.0)  # of a mark's radius: centers nearer than that count as one
CROWD = 40.0  # points within which another mark is in the way of a name
TRIES = 8  # orders in which names choose their places, until all have one

Axes = tuple[ChartAxis, ChartAxis]
Place = tuple[float, float]


def point_labels(
    points: Sequence[BaujatPoint], axes: Axes, radius: float, *, asked: bool
) -> tuple[tuple[PointLabel, ...], list[str]]:
    """Return the names, and footnotes that list studies of which the figure tells the number.

    Studies that cover each other have one name together, unless they are influential or were
    asked for; where names find no place, so do those that stand close.
    """
    every = [_place(point, axes) for point in points]
    dots = [Dot(x=x, y=PANEL_HEIGHT - y, radius=radius) for x, y in every]
    best: tuple[tuple[PointLabel, ...], list[str]] = ((), [])
    fewest = math.inf
    for reach in REACHES:
        labels, notes = _joined(points, axes, (radius, reach * radius), asked=asked)
        labels.sort(key=lambda label: (not label.must, -_crowd(_place(label, axes), every)))
        ordered, lost = _ordered(labels, dots, axes)
        if lost < fewest:
            best, fewest = (ordered, notes), lost
        if not lost:
            break
    return best


def _joined(
    points: Sequence[BaujatPoint], axes: Axes, sizes: tuple[float, float], *, asked: bool
) -> tuple[list[PointLabel], list[str]]:
    """Return the names, one for each group, and footnotes; radius of a mark, and of a group."""
    shown, close = [point for point in points if point.named], sizes[1] <= REACHES[0] * sizes[0]
    alone = [asked or (point.influential and close) for point in shown]
    places = [_place(point, axes) for point in shown]
    labels, notes = [], []
    for seed, *rest in _groups(places, alone, sizes[1]):
        first = shown[seed]
        away = max((math.dist(places[seed], places[i]) for i in rest), default=0.0)
        text = listed([shown[i].study for i in sorted((seed, *rest))])
        lines = wrap(text, theme.SMALL, WIDEST_NAME)
        if rest and max(len(rest) + 1, len(lines)) > LISTED:
            where = "near" if away else "at"
            told = f"{len(rest) + 1} studies {where} {_number(first.x)}, {_number(first.y)}"
            notes.append(f"{told}: {text}.")
            text = told
        labels.append(
            PointLabel(
                x=first.x,
                y=first.y,
                text=text,
                radius=sizes[0] + away,
                must=asked or any(shown[i].influential for i in (seed, *rest)),
            )
        )
    return labels, notes


def _ordered(
    labels: list[PointLabel], dots: Sequence[Dot], axes: Axes
) -> tuple[tuple[PointLabel, ...], int]:
    """Return the names in an order that gives the most of them a place, and how many have none.

    What has none moves to the front, and all choose again.
    """
    best, fewest = labels, math.inf
    for _ in range(TRIES):
        lost = _lost(labels, dots, axes)
        if len(lost) < fewest:
            best, fewest = labels, len(lost)
        if not lost:
            break
        labels = [labels[i] for i in lost] + [
            label for i, label in enumerate(labels) if i not in lost
        ]
    return tuple(best), int(fewest)


def _lost(labels: Sequence[PointLabel], dots: Sequence[Dot], axes: Axes) -> list[int]:
    """Return which names have no free place in a panel of the least size."""
    marked = []
    for label in labels:
        x, y = _place(label, axes)
        marked.append(replace(label, x=x, y=PANEL_HEIGHT - y))
    box = (0.0, PANEL_WIDTH, 0.0, PANEL_HEIGHT)
    left_out = place_labels(marked, dots, box).left_out
    return [i for i, label in enumerate(labels) if label.text in left_out]


def _groups(places: Sequence[Place], alone: Sequence[bool], reach: float) -> list[tuple[int, ...]]:
    """Return which places count as one: the one that covers the most of them first."""
    left = set(range(len(places)))
    found = []
    while left:
        near = {
            i: [j for j in left if i == j or _covers(places, alone, (i, j), reach)] for i in left
        }
        seed = max(sorted(left), key=lambda i: len(near[i]))
        found.append((seed, *sorted(set(near[seed]) - {seed})))
        left -= set(near[seed])
    return found


def _covers(
    places: Sequence[Place], alone: Sequence[bool], pair: tuple[int, int], reach: float
) -> bool:
    i, j = pair
    return not (alone[i] or alone[j]) and math.dist(places[i], places[j]) <= reach


def _crowd(own: Place, places: Sequence[Place]) -> float:
    """Return how much other marks are in the way."""
    away = (math.dist(own, place) for place in places)
    return sum(1 / (1 + each) for each in away if each < CROWD)


def _number(value: float) -> str:
    return printed(float(f"{value:.2g}"))[0] if value else "0"


def _place(point: BaujatPoint | PointLabel, axes: Axes) -> Place:
    """Return where a point lies in the panel at its least size, points."""
    return PANEL_WIDTH * axes[0].share(point.x), PANEL_HEIGHT * axes[1].share(point.y)
