"""Ticks of shares on bent axes: rare ones, nearly certain ones, and percent."""

from __future__ import annotations

from itertools import pairwise

import pytest

from metaan.core.scale import SCALES
from metaan.plots.pages.ticks import MOST_TICKS, nice_ticks

RANGES = (
    (1e-4, 0.02), (1e-5, 1e-3), (0.9, 0.9999), (5e-4, 0.3), (0.05, 0.6), (1e-3, 0.999),
    (0.02, 0.05), (0.7, 0.98), (1e-8, 1e-5), (0.99, 0.99999), (0.005, 0.1),
)  # fmt: skip


@pytest.mark.parametrize("key", ["logit", "probit"])
@pytest.mark.parametrize("ends", RANGES)
def test_no_half_of_an_axis_of_shares_is_without_ticks(
    key: str, ends: tuple[float, float]
) -> None:
    """Between both ends, in order, at the shares that they are labelled with."""
    scale = SCALES[key]
    low, high = (float(scale.transform(end)) for end in ends)
    places, labels = nice_ticks(low, high, scale)
    assert 3 <= len(labels) <= MOST_TICKS + 1
    steps = [b - a for a, b in pairwise([low, *places, high])]
    assert min(steps) > -1e-9
    assert max(steps) <= 0.45 * (high - low)
    for place, label in zip(places, labels, strict=True):
        if "10" not in label:
            assert float(label) == pytest.approx(float(scale.inverse(place)), rel=1e-9)


def test_rare_shares_go_by_decades_and_certain_ones_mirror_them() -> None:
    """As a reader counts them."""
    logit = SCALES["logit"]
    low, high = (float(logit.transform(end)) for end in (1e-4, 0.02))
    assert nice_ticks(low, high, logit)[1] == ("0.0001", "0.0003", "0.001", "0.003", "0.01")
    mirrored = nice_ticks(-high, -low, logit)[1]
    assert mirrored == ("0.99", "0.997", "0.999", "0.9997", "0.9999")
