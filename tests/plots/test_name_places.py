"""Where names of points stand: beside them, at the end of a line, or nowhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from metaan.plots.charts.labbe import labbe
from metaan.plots.pages.chart import (
    PANEL_HEIGHT,
    PANEL_WIDTH,
    ChartAxis,
    ChartFrame,
    open_chart,
)
from metaan.plots.pages.labels import Dot, Placed, PointLabel, place_labels
from metaan.plots.pages.page import LEADER_ORDER, Word
from metaan.plots.pages.saving import styled
from metaan.plots.pages.theme import LIGHT
from metaan.plots.pages.typesetting import width
from metaan.univariate.pooling import pool
from tests.plots import builders as make
from tests.plots.looking import outside, overlaps

BOX = (0.0, 300.0, 0.0, 200.0)
LINE = tuple(Dot(x=x, y=100.0, radius=1.5) for x in range(0, 301, 2))


def wall(x: float, y: float, wide: float, high: float) -> list[Dot]:
    """Return dots that leave no name a place within a rectangle around a point."""
    return [
        Dot(x=float(a), y=float(b), radius=2.0)
        for a in np.arange(x - wide, x + wide + 1, 4)
        for b in np.arange(y - high, y + high + 1, 4)
        if math.hypot(a - x, b - y) > 5
    ]


def ring(x: float, y: float, far: float) -> list[Dot]:
    """Return eight dots around a point that leave a name no place beside it."""
    turns = np.arange(8) * math.pi / 4
    return [Dot(x=x + far * math.cos(a), y=y + far * math.sin(a), radius=2.0) for a in turns]


def names(placed: Placed) -> list[str]:
    """Return the names that stand somewhere."""
    return [word.text for word in placed.words]


def left_of(word: Word) -> float:
    """Return where a name begins."""
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[word.align]
    return word.x - share * width(word.text, word.style)


def test_a_name_beside_its_point_needs_no_leader() -> None:
    """The first free place is at the right."""
    placed = place_labels([PointLabel(x=100, y=50, text="Ada")], [], BOX)
    assert names(placed) == ["Ada"]
    assert (placed.leaders, placed.left_out) == ((), ())


def test_a_crowded_name_stands_away_at_the_end_of_a_line() -> None:
    """The line goes from the mark to the name and touches no other mark."""
    dots = [Dot(x=150, y=100, radius=3.0), *ring(150, 100, 12)]
    placed = place_labels([PointLabel(x=150, y=100, text="Ada")], dots, BOX)
    (word,), (leader,) = placed.words, placed.leaders
    assert math.dist(leader.start, (150, 100)) == pytest.approx(3.0)
    end = left_of(word), left_of(word) + width("Ada", word.style)
    assert end[0] - 1e-6 <= leader.end[0] <= end[1] + 1e-6
    assert leader.over
    along = np.linspace(leader.start, leader.end, 50)
    for dot in dots[1:]:
        assert (np.abs(along - (dot.x, dot.y)).max(axis=1) >= dot.radius).all()


def test_names_that_were_asked_for_choose_first() -> None:
    """Also after one that would have taken the only place."""
    dots = wall(150, 100, 150, 100)
    hole = [dot for dot in dots if not (196 < dot.x < 222 and 90 < dot.y < 110)]
    spots = {"radius": 2.0, "x": 195.0, "y": 100.0}
    asked = [PointLabel(text="Bob", **spots), PointLabel(text="Ada", must=True, **spots)]  # type: ignore
    placed = place_labels(asked, hole, BOX)
    assert names(placed) == ["Ada"]
    assert placed.left_out == ("Bob",)


def test_lines_are_kept_clear_where_there_is_room_and_crossed_where_there_is_none() -> None:
    """A name is not left out because of a line."""
    free = place_labels([PointLabel(x=150, y=100, text="Ada")], [], BOX, lines=LINE)
    assert abs(free.words[0].y - 100) > 5
    narrow = (0.0, 300.0, 94.0, 106.0)
    placed = place_labels([PointLabel(x=150, y=100, text="Ada")], [], narrow, lines=LINE)
    assert names(placed) == ["Ada"]


def test_a_spare_name_is_not_missed_and_may_stand_elsewhere_on_its_curve() -> None:
    """The legend says it; another place of the curve is tried before none."""
    blocked = wall(50, 50, 60, 60)
    label = PointLabel(x=50, y=50, text="Ada", spare=True)
    assert place_labels([label], blocked, BOX) == Placed(words=(), left_out=())
    other = PointLabel(x=50, y=50, text="Ada", spare=True, also=((200.0, 150.0),))
    placed = place_labels([other], blocked, BOX)
    assert names(placed) == ["Ada"]
    assert placed.words[0].x > 200


def test_leaders_lie_over_what_is_in_the_panel() -> None:
    """And under the words."""
    dots = tuple(ring(150.0, 100.0, 12))
    frame = ChartFrame(
        x=ChartAxis(low=0.0, high=PANEL_WIDTH),
        y=ChartAxis(low=0.0, high=PANEL_HEIGHT),
        labels=(PointLabel(x=150.0, y=100.0, text="Ada"),),
        dots=dots,
    )
    with styled():
        opened = open_chart(frame, None, LIGHT)
    orders = [line.get_zorder() for line in opened.figure.findobj(LineCollection)]
    assert LEADER_ORDER in orders
    assert opened.panel.get_zorder() < LEADER_ORDER


def test_curves_and_bands_of_a_labbe_leave_names_their_place() -> None:
    """All names that are asked for stand; more than half of thirteen did not."""
    asked = ["Stein & Aronson 1953", "Ferguson & Simes 1949", "Aronson 1948"]
    plot = labbe(pool(make.bcg_effects()), names=asked)
    shown = {text.get_text() for text in plot.figure.findobj(match=lambda a: hasattr(a, "_text"))}
    assert set(asked) <= shown
    assert (overlaps(plot), outside(plot)) == ([], [])
