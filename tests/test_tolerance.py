"""The yardstick is measured first: what it lets pass, and what it must not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tolerance import EXACT, SIMULATED, SOLVED, close, printed, simulated


@pytest.mark.parametrize(
    ("text", "half"), [("0.74", 0.005), ("0.740", 0.0005), ("-13", 0.5), ("1.2e-3", 0.00005)]
)
def test_printed_is_half_a_unit_of_the_last_digit(text: str, half: float) -> None:
    """Trailing zeros are digits, too."""
    assert close(printed(text).absolute, half, EXACT)


def test_printed_refuses_what_is_no_number() -> None:
    """A word has no last digit."""
    with pytest.raises(ValueError, match="not a printed decimal"):
        printed("inf")


def test_a_tie_of_the_printed_digit_passes_and_the_next_digit_does_not() -> None:
    """Either rounding of a tie was printed by somebody."""
    assert close(0.735, 0.74, printed("0.74"))
    with pytest.raises(AssertionError, match=r"off by 0\.0051"):
        close(0.7349, 0.74, printed("0.74"))


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1.0 + 1e-11, 1.0),
        (1e-14, 0.0),
        (np.nan, 1.0),
        (1.0, np.nan),
        (1.0, np.inf),
        (-np.inf, np.inf),
        ([1.0, 2.0], [1.0, 2.1]),
    ],
)
def test_what_differs_raises_without_an_assert(actual: object, expected: object) -> None:
    """NaN, infinities and shifted digits do not slip through."""
    with pytest.raises(AssertionError, match="allowed"):
        close(np.array(actual), np.array(expected), EXACT)


def test_shapes_must_agree_unless_one_number_is_expected_of_all() -> None:
    """One number never stands in for a row of ours."""
    assert close([0.0, 0.0], 0.0, EXACT)
    assert close([np.nan, np.inf], [np.nan, np.inf], EXACT)
    with pytest.raises(AssertionError, match="shapes differ"):
        close(0.0, [0.0, 0.0], EXACT)


def test_tau2_of_zero_is_measured_against_the_typical_variance() -> None:
    """A relative rule alone would ask for an exact zero."""
    assert close(1e-12, 0.0, SOLVED, typical=0.04)
    with pytest.raises(AssertionError, match="off by 1e-12"):
        close(1e-12, 0.0, SOLVED)


def test_simulated_counts_standard_errors() -> None:
    """The number of errors is told once."""
    assert close(simulated(0.5).absolute, SIMULATED * 0.5, EXACT)
