"""Closed loops: enumeration by brute force, ranks by matrices, variances by dense algebra."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.arrays import Floats
from metaan.core.errors import ChoiceError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.consistency.cycles import independent_loops, meetings, quadrilaterals
from metaan.networks.fits.network import network
from tests.networks.builders import drawn, of_pairs
from tests.networks.dense import stacked
from tests.networks.pinned import effects, fitted, linde2016
from tests.networks.test_node_split import pooled
from tests.tolerance import Tolerance, close

CLOSED = Tolerance(relative=1e-10, absolute=1e-13, reason="one sum of weighted contrasts")


def arms_of(contrasts: NetworkEffects) -> list[set[str]]:
    """Return the treatments of each study, from the names alone."""
    found: dict[str, set[str]] = {}
    for study, one, other in zip(contrasts.study, contrasts.treat1, contrasts.treat2, strict=True):
        found.setdefault(study, set()).update((one, other))
    return list(found.values())


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_triangles_one_by_one(seed: int) -> None:
    """Every three treatments; sums and variances from coefficients of all contrasts."""
    contrasts, tau2 = drawn(seed, studies=6, treatments=5, arms=3), 0.05
    found = network(contrasts, tau2=tau2, inference="WALD").loops()
    studies, dense = arms_of(contrasts), stacked(contrasts)
    total = dense.v + tau2 * dense.s
    expected = {}
    for loop in combinations(contrasts.treatments, 3):
        sides = [(loop[0], loop[1]), (loop[1], loop[2]), (loop[2], loop[0])]
        closed = all(any(set(side) <= arms for arms in studies) for side in sides)
        if not closed or all(len(arms & set(loop)) in (0, 1, 3) for arms in studies):
            continue
        coefficients = sum(pooled(contrasts, *side, tau2) for side in sides)
        kinds = {tuple(sorted(arms & set(loop))) for arms in studies}
        expected[loop] = (
            coefficients @ dense.y,
            coefficients @ total @ coefficients,
            sum(len(kind) > 1 for kind in kinds),
        )
    assert found.loops == tuple(expected)
    values, variances, sources = (np.array(each) for each in zip(*expected.values(), strict=True))
    assert close(found.values, values, CLOSED, typical=1.0)
    assert close(found.se**2, variances, CLOSED, typical=0.1)
    assert found.sources.tolist() == sources.tolist()


def test_bucher_by_hand() -> None:
    """Three studies: indirect a - c is (a - b) + (b - c)."""
    contrasts = of_pairs(("a", "b", 0.5, 0.04), ("b", "c", 0.2, 0.05), ("a", "c", 0.1, 0.07))
    found = network(contrasts, model="common").loops()
    assert found.loops == (("a", "b", "c"),)
    assert close(found.values, [0.5 + 0.2 - 0.1], CLOSED)
    assert close(found.se, [math.sqrt(0.16)], CLOSED)
    assert close(np.exp(found.log_p_values), [math.erfc(1.5 / math.sqrt(2))], CLOSED)
    low, high = found.limits
    assert low.tolist() == [0.0]
    assert close(high, [0.6 + 1.959963984540054 * 0.4], CLOSED)


def test_a_loop_is_a_node_split_where_nothing_else_is() -> None:
    """In one triangle of two-arm studies all comparisons disagree as the loop does."""
    contrasts = of_pairs(
        ("a", "b", 0.5, 0.04), ("b", "c", 0.2, 0.05), ("a", "c", -0.4, 0.07), ("a", "b", 0.1, 0.1)
    )
    for inference in ("WALD", "HKSJ"):
        fit = network(contrasts, tau2=0.1, inference=inference)
        loop, splits = fit.loops(), fit.node_splits()
        assert close(np.abs(splits.difference), np.full(3, abs(loop.values[0])), CLOSED)
        assert close(splits.difference_se, np.full(3, loop.se[0]), CLOSED)
        assert close(splits.log_p_values, np.full(3, loop.log_p_values[0]), CLOSED)
        assert loop.df == fit.relative.df


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_quadrilaterals_one_by_one(seed: int) -> None:
    """Every four treatments in every order, without a diagonal."""
    rng = np.random.default_rng(seed)
    edges = np.triu(rng.random((7, 7)) < 0.5, k=1)
    edges |= edges.T
    expected = {
        loop
        for loop in permutations(range(7), 4)
        if loop[0] == min(loop) and loop[1] < loop[3]
        and all(edges[loop[i], loop[i - 1]] for i in range(4))
        and not edges[loop[0], loop[2]] and not edges[loop[1], loop[3]]
    }  # fmt: skip
    assert [tuple(loop) for loop in quadrilaterals(edges).tolist()] == sorted(expected)


def incidence(loop: tuple[int, ...], edges: dict[tuple[int, int], int]) -> Floats:
    """Return a loop as a signed sum of edges."""
    found = np.zeros(len(edges))
    for i, j in zip(loop, (*loop[1:], loop[0]), strict=True):
        found[edges[min(i, j), max(i, j)]] = 1.0 if i < j else -1.0
    return found


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_independent_loops_by_ranks(seed: int) -> None:
    """With the loops that cannot be inconsistent they span all loops, and none is too many."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    studies = [
        rng.choice(n, size=min(int(rng.integers(2, 5)), n), replace=False) for _ in range(9)
    ]
    studies += [np.array([i, i + 1]) for i in range(n - 1)]
    there = np.zeros((len(studies), n), dtype=bool)
    for study, arms in zip(there, studies, strict=True):
        study[arms] = True
    pairs = sorted({pair for arms in studies for pair in combinations(sorted(arms.tolist()), 2)})
    edges = {pair: i for i, pair in enumerate(pairs)}
    few = []
    for loop in combinations(range(n), 3):
        if all(side in edges for side in combinations(loop, 2)):
            kinds = {tuple(sorted({*loop} & {*arms.tolist()})) for arms in studies}
            if sum(len(kind) > 1 for kind in kinds) < 3:
                few.append(incidence(loop, edges))
    given_loops, chosen = independent_loops(there)
    space = few + [incidence(loop, edges) for loop in chosen]
    everything = len(edges) - n + 1
    assert given_loops == (np.linalg.matrix_rank(np.array(few)) if few else 0)
    assert given_loops + len(chosen) == everything
    assert (np.linalg.matrix_rank(np.array(space)) if space else 0) == everything


def of_designs(*designs: str) -> NetworkEffects:
    """Return a network of one study per design, arms named by letters, all effects 0."""
    rows = [(i, a, b) for i, arms in enumerate(designs) for a, b in combinations(arms, 2)]
    return NetworkEffects.from_arrays(
        np.zeros(len(rows)),
        np.ones(len(rows)),
        study=[f"s{i}" for i, _, _ in rows],
        treat1=[a for _, a, _ in rows],
        treat2=[b for _, _, b in rows],
    )


@pytest.mark.parametrize(
    ("designs", "free", "given"),
    [
        (("AB", "AC", "AD"), 0, 0),  # a star
        (("ABC",), 0, 1),  # one study is consistent
        (("ABC", "AB"), 0, 1),  # two sources: they may disagree about AB, not around the loop
        (("ABC", "AB", "AC"), 1, 0),  # three sources
        (("AB", "BC", "CA"), 1, 0),
        (("AB", "AC", "AD", "BC", "BD", "CD", "ACD", "BCD"), 3, 0),
        (("ABCD", "AB"), 0, 3),
        (("AB", "BC", "CD", "DE", "EA"), 1, 0),  # one loop of five
    ],
)
def test_counts_of_independent_loops(designs: tuple[str, ...], free: int, given: int) -> None:
    """Comparisons less treatments plus one, in two kinds."""
    contrasts = of_designs(*designs)
    by_definition, chosen = independent_loops(meetings(contrasts.layout))
    assert (len(chosen), by_definition) == (free, given)
    edges = {frozenset(pair) for arms in designs for pair in combinations(arms, 2)}
    assert len(edges) - len(contrasts.treatments) + 1 == free + given


def test_star_network_has_no_loops() -> None:
    """None, and it is said."""
    star = network(of_pairs(("a", "p", 0.3, 0.1), ("b", "p", 0.9, 0.1), ("c", "p", 0.1, 0.1)))
    found = star.loops(shapes="quadrilaterals")
    assert (found.loops, found.independent, found.by_definition) == ((), (), 0)
    assert found.summary() == "Closed loops: none; every comparison is on one path alone"
    assert len(found.to_frame()) == 0


def test_one_study_of_many_arms_is_not_listed() -> None:
    """Consistent by definition."""
    found = network(drawn(2, studies=1, treatments=4)).loops(shapes="quadrilaterals")
    assert found.loops == ()
    assert found.by_definition == 3


def test_ratios_of_ratios() -> None:
    """For logarithms the size is also given as a ratio, at least 1."""
    fit = network(linde2016())
    frame = fit.loops().to_frame()
    assert close(frame["ratio"], np.exp(np.abs(frame["factor"])), CLOSED)
    assert (frame["ratio_low"] >= 1).all()
    assert "ratio of ratios" in fit.loops().summary()
    assert "ratio" not in fitted("senn2013").loops().to_frame()
    wide = fit.loops(shapes="quadrilaterals")
    assert len(wide.loops) == len(frame) + 1
    assert len(wide.loops[-1]) == 4


def test_turned_effects_turn_the_sign() -> None:
    """Effects times -2: factors times -2, the same p-values."""
    contrasts = effects("senn2013")
    other = NetworkEffects.from_arrays(
        -2 * contrasts.y, 4 * contrasts.v,
        study=contrasts.study, treat1=contrasts.treat1, treat2=contrasts.treat2,
    )  # fmt: skip
    one, two = (network(each, tau2="DL").loops() for each in (contrasts, other))
    assert close(two.values, -2 * one.values, CLOSED)
    assert close(two.log_p_values, one.log_p_values, CLOSED)


def test_unknown_shapes() -> None:
    """The choices are listed."""
    with pytest.raises(ChoiceError, match="choose one of triangles, quadrilaterals"):
        fitted("senn2013").loops(shapes="pentagons")
