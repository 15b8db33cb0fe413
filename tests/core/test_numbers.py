"""How numbers are written: decimals that stand side by side, and limits near no effect."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.numbers import digits_of, printed
from metaan.core.refit_words import leave_one_out_words
from metaan.core.wording import estimate_digits, estimate_words
from metaan.diagnostics.influence.influence import influence
from metaan.univariate.pooling import pool

WITHOUT = ([1, 2], [0, 2], [0, 1])  # of three studies
CLAUSE = re.compile(r"is (\S+) \(95% CI (\S+) to (\S+)\) instead of (−?[\d.]+\d)")


@pytest.mark.parametrize(
    ("values", "options", "told"),
    [
        ((0.5164, 0.0024, 1.0306), {"null": 0.0}, ("0.516", "0.002", "1.031")),
        ((0.5164, 0.0024, 1.0306), {}, ("0.52", "0.00", "1.03")),
        ((0.86, 0.742, 0.9984), {"ratio": True, "null": 1.0}, ("0.860", "0.742", "0.998")),
        ((0.86, 0.742, 1.0), {"ratio": True, "null": 1.0}, ("0.86", "0.74", "1.00")),
        ((0.001, -0.5, 0.5), {"null": 0.0}, ("0.00", "−0.50", "0.50")),
        ((-0.118, -53.2, 53.0), {"digits": 1}, ("−0.1", "−53.2", "53.0")),
        ((2.0, -math.inf, math.inf), {"null": 0.0}, ("2.00", "−∞", "∞")),
        ((math.nan, math.nan), {"null": 0.0}, ("–", "–")),
    ],
)
def test_a_limit_reads_as_no_effect_only_where_it_is(
    values: tuple[float, ...], options: dict[str, Any], told: tuple[str, ...]
) -> None:
    """All numbers get one more decimal; an estimate of nothing needs none."""
    assert printed(*values, **options) == told


def test_digits_are_those_that_printed_uses() -> None:
    """For any size, with and without a value of no effect."""
    rng = np.random.default_rng(1)
    for size in 10.0 ** np.arange(-4, 5):
        values = (size * rng.normal(size=3)).tolist()
        for text in printed(*values, null=0.0):
            assert len(text.partition(".")[2]) == digits_of(*values, null=0.0)


def test_refits_share_the_decimals_of_the_pool() -> None:
    """An estimate, its limits and what they are compared with, however wide an interval is."""
    fit = pool(Effects.from_arrays([-0.2, -11.0, -10.5], se=[2.0, 8.0, 9.0]))
    whole, others = fit.estimate, [pool(fit.effects.take(out)).estimate for out in WITHOUT]
    told = leave_one_out_words("It", ("Ann", "Bo", "Cy"), others, whole)[0]
    ends = sorted(each.value for each in others)
    digits = estimate_digits(whole)
    said = [printed(end, whole.low, whole.high, digits=digits)[0] for end in ends]
    assert f"from {said[0]} (without" in told
    assert f"to {said[1]} (without" not in told
    assert f"to {said[-1]} (without" in told
    assert f"was {estimate_words(whole)}" in told
    assert {len(text.partition(".")[2]) for text in said} == {digits}
    sentence = influence(fit).sentence()
    shown = CLAUSE.findall(sentence)
    assert shown
    assert len({len(number.partition(".")[2]) for row in shown for number in row}) == 1
