"""What choices explain of the variance between specifications, against loops over everything."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from metaan.diagnostics.specifications.explaining import Explained, explained
from tests.tolerance import Tolerance, close

SUMS = Tolerance(relative=1e-9, absolute=1e-12, reason="sums of some hundred squares, either way")


def variance_of_means(value: np.ndarray, codes: np.ndarray, of: tuple[int, ...]) -> float:
    """Return the variance of the means of the cells that some choices make, as a loop."""
    cells: dict[tuple[int, ...], list[float]] = {}
    for y, row in zip(value, codes, strict=True):
        cells.setdefault(tuple(int(row[i]) for i in of), []).append(float(y))
    grand = sum(map(float, value)) / len(value)
    return sum(len(own) * (sum(own) / len(own) - grand) ** 2 for own in cells.values()) / len(
        value
    )


def naive(value: np.ndarray, codes: np.ndarray) -> list[tuple[float, float, float]]:
    """Return first-order share, Shapley's part by all orders, and total share of each choice."""
    d = codes.shape[1]
    whole = variance_of_means(value, codes, tuple(range(d)))
    found = []
    for i in range(d):
        others = tuple(j for j in range(d) if j != i)
        gains = []
        for order in permutations(range(d)):
            before = tuple(sorted(order[: order.index(i)]))
            gain = variance_of_means(value, codes, tuple(sorted((*before, i))))
            gains.append(gain - variance_of_means(value, codes, before))
        first = variance_of_means(value, codes, (i,))
        total = whole - variance_of_means(value, codes, others)
        found.append((first / whole, sum(gains) / len(gains) / whole, total / whole))
    return found


def shares(found: tuple[Explained, ...]) -> list[tuple[float, float, float]]:
    """Return the same of ours."""
    return [(each.first, each.shapley, each.total) for each in found]


def factorial(*sizes: int) -> np.ndarray:
    """Return every combination of options."""
    return np.array(list(product(*map(range, sizes))))


@pytest.mark.parametrize("kept", [1.0, 0.7])
def test_shares_are_those_of_loops(kept: float) -> None:
    """On a factorial, and on one of which combinations are missing."""
    rng = np.random.default_rng(4)
    codes = factorial(3, 2, 4, 2)
    codes = codes[rng.random(len(codes)) < kept]
    value = rng.normal(size=len(codes)) + codes @ np.array([0.5, -1.0, 0.2, 0.0])
    found, why = explained(value, codes, ["a", "b", "c", "d"])
    assert not why
    assert close(np.array(shares(found)), np.array(naive(value, codes)), SUMS)
    assert close(sum(each.shapley for each in found), 1.0, SUMS)


def test_a_balanced_factorial_has_the_sums_of_squares_of_its_analysis_of_variance() -> None:
    """Main effects alone: first-order, Shapley's and total shares are one; they have the sum 1."""
    codes = factorial(3, 5, 2)
    effects = [np.array([0.0, 1.0, 5.0]), np.arange(5.0), np.array([2.0, -2.0])]
    value = sum(effect[codes[:, i]] for i, effect in enumerate(effects))
    squares = np.array([np.var(effect) for effect in effects])
    found, _ = explained(np.asarray(value), codes, ["a", "b", "c"])
    for part in np.array(shares(found)).T:
        assert close(part, squares / squares.sum(), SUMS)
    assert [each.options for each in found] == [3, 5, 2]


def test_an_interaction_belongs_to_both() -> None:
    """Nothing alone, everything together: half each."""
    codes = factorial(2, 2, 2)
    value = np.where(codes[:, 0] == codes[:, 1], 1.0, -1.0)
    found, _ = explained(value, codes, ["a", "b", "c"])
    assert shares(found) == [(0.0, 0.5, 1.0), (0.0, 0.5, 1.0), (0.0, 0.0, 0.0)]


def test_first_order_part_and_total_are_in_order_on_a_factorial() -> None:
    """Independent choices: alone <= in the whole <= with all interactions."""
    value = np.random.default_rng(2).normal(size=72)
    found, _ = explained(value, factorial(3, 4, 2, 3), list("abcd"))
    assert all(each.first <= each.shapley <= each.total for each in found)


def test_a_choice_that_another_one_decides_shares_with_it() -> None:
    """Two names of one choice: each explains all alone, nothing beside the other, half in all."""
    codes = np.repeat(factorial(3, 2), 2, axis=1)[:, [0, 1, 2]]
    value = codes[:, 0] * 1.0
    found, _ = explained(value, codes, ["a", "again", "b"])
    assert close(np.array(shares(found)[:2]), np.array([(1.0, 0.5, 0.0)] * 2), SUMS)


def test_nothing_to_take_apart() -> None:
    """Equal estimates, one specification, and a grid beyond all memory."""
    codes = factorial(2, 2)
    for value in (np.full(4, 0.3), np.array([0.3, 0.3, 0.3, 0.3 + 1e-16]), np.zeros(4)):
        assert explained(value, codes, ["a", "b"]) == ((), "the estimates do not differ")
    assert explained(np.array([1.0]), codes[:1], ["a", "b"])[0] == ()
    many = np.random.default_rng(1).integers(0, 2, (50, 20))
    found, why = explained(np.arange(50.0), many, [f"c{i}" for i in range(20)])
    assert found == ()
    assert "too large to take apart" in why


def test_labels_of_options_and_their_order_have_no_say() -> None:
    """Codes are names: any whole numbers, -1 included."""
    rng = np.random.default_rng(8)
    codes = factorial(3, 2, 2)
    value = rng.normal(size=12)
    other = np.stack([np.array([-1, 70, 3])[codes[:, 0]], 5 - codes[:, 1], codes[:, 2]], axis=1)
    order = rng.permutation(12)
    ours, _ = explained(value, codes, list("abc"))
    theirs, _ = explained(value[order], other[order], list("abc"))
    assert close(np.array(shares(ours)), np.array(shares(theirs)), SUMS)
