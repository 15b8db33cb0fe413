"""Partial orders: by definition and brute force, from scores and from fits."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.errors import ChoiceError, InputError
from metaan.networks.fits.network import network
from metaan.networks.ranks.partial_order import PartialOrder, partial_order
from metaan.networks.ranks.ranking import rank_treatments
from tests.networks.builders import drawn, of_pairs
from tests.networks.pinned import fitted
from tests.tolerance import EXACT, close

# Whole numbers, so that scores are often the same.
TABLES = st.integers(1, 3).flatmap(
    lambda o: st.lists(st.tuples(*[st.integers(0, 4)] * o), min_size=2, max_size=8)
)


def ordered(rows: list[tuple[int, ...]]) -> PartialOrder:
    """Return the order of treatments t0, t1, ..."""
    return partial_order(rows, treatments=[f"t{i}" for i in range(len(rows))])


def dominates(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether one is nowhere worse and somewhere better."""
    pairs = list(zip(one, other, strict=True))
    return not any(a < b for a, b in pairs) and any(a > b for a, b in pairs)


@settings(max_examples=50)
@given(rows=TABLES)
def test_dominance_and_lines_by_brute_force(rows: list[tuple[int, ...]]) -> None:
    """Every pair and every third treatment between, by loops."""
    found, n = ordered(rows), len(rows)
    for i, j in product(range(n), repeat=2):
        assert found.dominance[i, j] == dominates(rows[i], rows[j])
        between = any(
            dominates(rows[i], rows[k]) and dominates(rows[k], rows[j]) for k in range(n)
        )
        assert found.hasse[i, j] == (dominates(rows[i], rows[j]) and not between)
    pairs = sum(dominates(a, b) for a, b in permutations(rows, 2))
    assert close(found.comparable, pairs / (n * (n - 1) / 2), EXACT)


@settings(max_examples=50)
@given(rows=TABLES)
def test_laws_of_a_partial_order(rows: list[tuple[int, ...]]) -> None:
    """Irreflexive, antisymmetric, transitive; the lines lead to all of it; levels go down."""
    found, n = ordered(rows), len(rows)
    assert not found.dominance.diagonal().any()
    assert not (found.dominance & found.dominance.T).any()
    assert not (((found.dominance.astype(int) @ found.dominance) > 0) & ~found.dominance).any()
    reached, step = found.hasse.copy(), found.hasse.astype(int)
    for _ in range(n):
        reached |= (reached.astype(int) @ step) > 0
    assert (reached == found.dominance).all()

    def chain(i: int) -> int:
        return 1 + max((chain(j) for j in range(n) if found.dominance[j, i]), default=0)

    assert found.levels.tolist() == [chain(i) for i in range(n)]
    assert set(found.best) == {f"t{i}" for i in range(n) if not found.dominance[:, i].any()}


@settings(max_examples=50)
@given(rows=TABLES, seed=st.integers(0, 99))
def test_order_of_rows_and_of_outcomes_and_units_do_not_matter(
    rows: list[tuple[int, ...]], seed: int
) -> None:
    """The same lines after a shuffle and after any increasing change of the scores."""
    rng = np.random.default_rng(seed)
    turned = rng.permutation(len(rows))
    table = np.array(rows)[turned][:, rng.permutation(len(rows[0]))]
    moved = partial_order(np.exp(table) / 3, treatments=[f"t{i}" for i in turned])
    assert set(moved.edges) == set(ordered(rows).edges)


def test_one_outcome_is_a_chain() -> None:
    """With one outcome a partial order is the ranking itself."""
    fit = fitted("senn2013")
    scores = rank_treatments(fit.relative, better="lower")
    found = partial_order(scores.p_scores[:, None], treatments=scores.treatments)
    assert found.edges == tuple(sorted(zip(scores.order, scores.order[1:], strict=False)))
    assert found.comparable == 1


def test_opposite_outcomes_order_nothing() -> None:
    """What is better by one is worse by the other."""
    found = ordered([(0, 3), (1, 2), (2, 1), (3, 0)])
    assert found.edges == ()
    assert found.best == found.treatments
    assert found.comparable == 0


def test_identical_scores_hang_on_the_same_lines() -> None:
    """Twins do not dominate each other, and have the same treatments above and below."""
    found = ordered([(2, 2), (1, 1), (1, 1), (0, 0)])
    assert found.edges == (("t0", "t1"), ("t0", "t2"), ("t1", "t3"), ("t2", "t3"))
    assert found.levels.tolist() == [1, 2, 2, 3]


def test_the_order_of_networks_is_that_of_their_p_scores() -> None:
    """Two fits with a direction each; the scores are their own P-scores."""
    one, two = network(drawn(1)), network(drawn(2))
    found = one.partial_order(two, better=["lower", "higher"], outcomes=["pain", "harm"])
    expected = np.stack(
        [
            rank_treatments(one.relative, better="lower").p_scores,
            rank_treatments(two.relative, better="higher").p_scores,
        ],
        axis=1,
    )
    assert close(found.scores, expected.round(10), EXACT)
    again = partial_order(expected, treatments=one.treatments)
    assert (again.dominance == found.dominance).all()
    frame = found.to_frame()
    assert list(frame.columns) == ["treatment", "level", "below", "pain", "harm"]
    assert frame["level"].is_monotonic_increasing
    assert sum(len(cell.split(", ")) for cell in frame["below"] if cell) == len(found.edges)


def test_the_same_network_twice_is_its_ranking() -> None:
    """Rows in another order change last digits; they must not tie or order treatments."""
    effects = drawn(7)
    turned = effects.take(effects.studies)
    back = type(effects).from_arrays(
        -effects.y[::-1],
        effects.v[::-1],
        study=effects.study[::-1],
        treat1=effects.treat2[::-1],
        treat2=effects.treat1[::-1],
    )
    found = network(turned).partial_order(network(back), better=["lower", "lower"])
    assert found.comparable == 1
    assert found.outcomes == ("Effect (1)", "Effect (2)")
    # A and C say the same of D: equal by algebra in both outcomes.
    twin = of_pairs(("a", "d", 0.1, 0.3), ("c", "d", 0.1, 0.3), ("d", "b", 0.7, 0.11))
    other = of_pairs(("c", "d", 0.7, 0.13), ("d", "b", 0.1, 0.07), ("a", "d", 0.7, 0.13))
    twins = network(twin, model="common").partial_order(
        network(other, model="common"), better=["higher", "higher"]
    )
    places = [twins.treatments.index(name) for name in ("a", "c")]
    assert not twins.dominance[np.ix_(places, places)].any()


def test_treatments_of_some_outcomes_are_left_out_and_told() -> None:
    """Matched by name; fewer than two in common is an error."""
    pain = network(of_pairs(("a", "b", 0.1, 0.3), ("c", "b", 0.4, 0.2)), model="common")
    harm = network(of_pairs(("a", "b", 0.3, 0.1), ("d", "a", 0.2, 0.1)), model="common")
    found = pain.partial_order(harm, better=["lower", "lower"])
    assert found.treatments == ("a", "b")
    assert found.left_out == ("c", "d")
    assert "not in every outcome: c, d" in str(found)
    assert "c, d" in found._repr_html_()
    apart = network(of_pairs(("a", "x", 0.1, 0.3), ("y", "x", 0.1, 0.2)), model="common")
    with pytest.raises(InputError, match="have only a in common"):
        pain.partial_order(apart, better=["lower", "lower"])
    with pytest.raises(InputError, match="no treatment in common"):
        pain.partial_order(fitted("woods2010"), better=["lower", "lower"])


def test_faults_are_told() -> None:
    """Directions, names and scores; all that is wrong with a table at once."""
    fit = fitted("woods2010")
    for others, better, words in (
        ((), ["lower"], "at least two outcomes"),
        ((fit,), "lower", "must be a list with a direction for each of 2"),
        ((fit,), ["lower"], "has 1 directions for 2 fits"),
    ):
        with pytest.raises(InputError, match=words):
            fit.partial_order(*others, better=better)
    with pytest.raises(ChoiceError, match="lower, higher"):
        fit.partial_order(fit, better=["lower", "best"])
    with pytest.raises(InputError, match="outcomes stand more than once: pain"):
        fit.partial_order(fit, better=["lower", "lower"], outcomes=["pain", "pain"])
    with pytest.raises(InputError, match=r"2 treatments; got 3.*stand more than once: a"):
        partial_order([[1, 2], [3, 4]], treatments=["a", "a", "b"])
    with pytest.raises(InputError, match=r"must be finite; leave out or complete b"):
        partial_order([[1, 2], [np.nan, 4]], treatments=["a", "b"])
    with pytest.raises(InputError, match="at least two treatments"):
        partial_order([[1, 2]], treatments=["a"])
    with pytest.raises(InputError, match=r"shape \(2,\)"):
        partial_order([1, 2], treatments=["a", "b"])


def test_the_record_cannot_be_changed() -> None:
    """Arrays are read-only."""
    found = ordered([(1, 2), (0, 1)])
    for each in (found.scores, found.dominance, found.hasse, found.levels):
        with pytest.raises(ValueError, match="read-only"):
            each[0] = 0
