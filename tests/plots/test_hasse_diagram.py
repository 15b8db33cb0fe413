"""Hasse diagrams: the lines of the partial order, around boxes that stand apart."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from metaan.core.errors import ChoiceError, InputError
from metaan.networks.ranks.partial_order import PartialOrder, partial_order
from metaan.plots.networks.hasse_boxes import WIDEST, HasseBoxes, hasse_boxes
from metaan.plots.networks.hasse_diagram import hasse_diagram
from metaan.plots.networks.hasse_rows import apart, crossings, rows_of
from tests.networks.pinned import fitted, linde2016
from tests.plots.looking import misplaced, texts

NAMES = linde2016().treatments


def seeded(seed: int, n: int = 22, noise: float = 0.3, outcomes: int = 2) -> PartialOrder:
    """Return the order of treatments by scores that agree more or less."""
    rng = np.random.default_rng(seed)
    scores = rng.uniform(size=(n, 1)) + noise * rng.normal(size=(n, outcomes))
    return partial_order(scores, treatments=NAMES[:n])


def touching(record: HasseBoxes) -> list[tuple[str, str]]:
    """Return every two boxes that touch."""
    return [
        (one.treatment, other.treatment)
        for one, other in combinations(record.boxes, 2)
        if one.left < other.left + other.wide
        and other.left < one.left + one.wide
        and one.top < other.bottom
        and other.top < one.bottom
    ]


def struck(record: HasseBoxes) -> list[tuple[str, str, str]]:
    """Return every line that runs through a box, looked at in many places."""
    found = []
    share = np.linspace(0, 1, 201)[:, None]
    for edge in record.edges:
        ends = np.array(edge.points)
        along = np.concatenate([a + share * (b - a) for a, b in pairwise(ends)])
        for box in record.boxes:
            inside = (along > (box.left, box.top)) & (along < (box.left + box.wide, box.bottom))
            if (inside.all(axis=1) & (np.abs(along[:, 1] - box.bottom) > 1e-9)).any():
                found.append((edge.better, edge.worse, box.treatment))
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("noise", [0.02, 0.2, 1.0])
def test_boxes_stand_apart_and_no_line_runs_through_one(seed: int, noise: float) -> None:
    """Orders from a chain to nearly nothing; every line goes down from its box to its box."""
    order = seeded(seed, noise=noise, outcomes=2 + seed % 2)
    record = hasse_boxes(order, scores=bool(seed % 2))
    assert touching(record) == []
    assert struck(record) == []
    place = {box.treatment: box for box in record.boxes}
    assert [(edge.better, edge.worse) for edge in record.edges] == list(order.edges)
    for edge in record.edges:
        upper, lower = place[edge.better], place[edge.worse]
        assert edge.points[0] == (upper.middle, upper.bottom)
        assert edge.points[-1] == (lower.middle, lower.top)
        heights = [y for _, y in edge.points]
        assert heights == sorted(heights)
    for box in record.boxes:
        assert 0 <= box.left <= box.left + box.wide <= record.wide + 1e-9
        assert 0 <= box.top <= box.bottom <= record.high + 1e-9


@given(st.integers(2, 14), st.integers(0, 10_000))
def test_whoever_is_reached_downwards_is_dominated(n: int, seed: int) -> None:
    """The lines of the drawing give back the whole order, found by walking them."""
    rng = np.random.default_rng(seed)
    order = partial_order(rng.integers(0, 4, size=(n, 2)), treatments=NAMES[:n])
    record = hasse_boxes(order)
    below: dict[str, set[str]] = {name: set() for name in order.treatments}
    tops = {box.treatment: box.top for box in record.boxes}
    for edge in sorted(record.edges, key=lambda edge: -tops[edge.better]):
        below[edge.better] |= {edge.worse} | below[edge.worse]
    for i, one in enumerate(order.treatments):
        for j, other in enumerate(order.treatments):
            assert (other in below[one]) == bool(order.dominance[i, j])
    assert struck(record) == []
    assert touching(record) == []


def test_a_level_too_wide_takes_several_rows() -> None:
    """Twenty-two treatments without any order are not one endless row."""
    scores = np.arange(22.0)
    order = partial_order(np.column_stack([scores, -scores]), treatments=NAMES)
    record = hasse_boxes(order)
    assert not record.edges
    assert record.wide <= WIDEST + 20
    assert len({box.top for box in record.boxes}) == 3
    assert {box.level for box in record.boxes} == {1}
    assert record.best == order.treatments
    assert "and 16 more, which are at the top" in record.alt


def test_sweeps_take_crossings_away() -> None:
    """Two crossed lines are straightened; of a hard case no fewer than brute force finds."""
    rows = rows_of([1, 1, 2, 2], [(0, 3), (1, 2)], [30.0] * 4, 500.0)
    assert crossings(rows.rows, rows.near[1]) == 0
    rng = np.random.default_rng(4)
    edges = [(i, 4 + int(j)) for i in range(4) for j in rng.choice(4, 2, replace=False)]
    rows = rows_of([1] * 4 + [2] * 4, edges, [30.0] * 8, 500.0)
    fewest = min(
        crossings([list(a), list(b)], rows.near[1])
        for a in permutations(range(4))
        for b in permutations(range(4, 8))
    )
    assert fewest <= crossings(rows.rows, rows.near[1]) <= fewest + 1


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8), st.integers(0, 99))
def test_places_are_the_nearest_that_keep_their_distance(wanted: list[float], seed: int) -> None:
    """Least squares under distances: no small step that keeps them is nearer."""
    rng = np.random.default_rng(seed)
    n = len(wanted)
    gaps, weights = rng.uniform(1, 9, n - 1), rng.uniform(0.5, 5, n)
    found = apart(np.array(wanted), gaps, weights)
    assert (np.diff(found) >= gaps - 1e-9).all()
    loss = weights @ (found - wanted) ** 2
    for _ in range(20):
        other = found + rng.normal(0, 0.3, n)
        if (np.diff(other) >= gaps).all():
            assert weights @ (other - wanted) ** 2 >= loss - 1e-9


def test_fits_are_ordered_by_their_p_scores() -> None:
    """A list, or a mapping whose names are those of the outcomes; scores stand in the boxes."""
    one, other = fitted("senn2013"), fitted("senn2013", "common")
    fits = {"Random": one, "Common": other}
    plot = hasse_diagram(fits, better=["lower", "lower"], scores=True)
    order = one.partial_order(other, better=["lower", "lower"], outcomes=["Random", "Common"])
    assert [(e.better, e.worse) for e in plot.record.edges] == list(order.edges)
    assert plot.record.outcomes == ("Random", "Common")
    shown = [text for text, _ in texts(plot)]
    for i, box in enumerate(plot.record.boxes):
        assert box.scores == tuple(order.scores[i])
        assert " · ".join(f"{score:.2f}" for score in order.scores[i]) in shown
    plain = hasse_boxes([one, other], better=["lower", "lower"])
    assert plain.outcomes == ("Effect (1)", "Effect (2)")
    assert plot.data.drop(columns=["below"]).equals(
        order.to_frame().drop(columns=["below"]).reset_index(drop=True)
    )


@pytest.mark.parametrize("theme", ["light", "dark", "gray"])
def test_no_text_overlaps_or_leaves_the_page(theme: str) -> None:
    """Two treatments, ordered and not, and twenty-two with three outcomes."""
    for order in (
        seeded(5, noise=0.4, outcomes=3),
        partial_order([[1.0], [2.0]], treatments=NAMES[:2]),
        partial_order([[1.0, 2.0], [2.0, 1.0]], treatments=NAMES[:2]),
    ):
        plot = hasse_diagram(order, theme=theme, scores=True, title="An order " * 9)
        assert misplaced(plot) == ([], [])
        drawn = [x for x in plot.axes.collections if isinstance(x, LineCollection)]
        assert sum(len(x.get_segments()) for x in drawn) == len(order.edges)


def test_treatments_of_one_outcome_only_are_told() -> None:
    """They are not shown, and a footnote names them."""
    known = PartialOrder(
        treatments=("a", "b"),
        outcomes=("pain", "safety"),
        scores=np.array([[0.9, 0.8], [0.1, 0.2]]),
        dominance=np.array([[False, True], [False, False]]),
        hasse=np.array([[False, True], [False, False]]),
        levels=np.array([1, 2]),
        left_out=("vildagliptin",),
    )
    assert hasse_boxes(known).notes[-1].endswith("not shown: vildagliptin.")


def test_what_cannot_be_drawn_is_named() -> None:
    """Directions where none are needed, one fit, nothing to order."""
    order = seeded(1, n=4)
    with pytest.raises(InputError, match="leave better= out"):
        hasse_diagram(order, better=["lower"])
    with pytest.raises(InputError, match="draws a PartialOrder, or fits of networks"):
        hasse_diagram(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least two outcomes"):
        hasse_diagram([fitted("senn2013")], better=["lower"])
    with pytest.raises(InputError, match="a partial order needs better=, a list"):
        hasse_diagram([fitted("senn2013")] * 2)
    with pytest.raises(ChoiceError, match="hasse_diagram has no argument 'score'"):
        hasse_diagram(order, score=True)  # type: ignore[call-arg]


def test_words_and_a_page_within_axes() -> None:
    """Levels, how much is ordered, and who is at the top."""
    figure = Figure(figsize=(4, 4))
    order = partial_order(
        [[0.9, 0.2], [0.6, 0.7], [0.4, 0.6], [0.1, 0.1]],
        treatments=["surgery", "drug", "exercise", "waiting"],
        outcomes=["pain", "safety"],
    )
    plot = hasse_diagram(order, ax=figure.subplots())
    assert plot.figure is figure
    assert plot.record.alt == (
        "Hasse diagram of 4 treatments ordered by pain and safety, in 3 levels; 67% of the pairs "
        "are ordered. None is better than surgery and drug, which are at the top."
    )
