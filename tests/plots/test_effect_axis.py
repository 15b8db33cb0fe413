"""The effect axis: what it must hold, what it may cut, and round numbers to read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.plots.forests.axis import effect_axis, nice_ticks
from metaan.plots.forests.record import ForestRow
from metaan.plots.forests.rows import forest_rows
from tests.plots import builders as make


def study(value: float, half: float) -> ForestRow:
    """Return a study row with a symmetric interval."""
    return ForestRow(kind="study", label="", value=value, low=value - half, high=value + half)


def test_everything_ordinary_is_held() -> None:
    """No BCG trial is cut, and the null is on the axis."""
    record = forest_rows(make.bcg_fit())
    assert not any(any(record.axis.cuts(row)) for row in record.rows)
    assert record.axis.null == 0.0
    assert record.axis.tick_labels == ("0.125", "0.25", "0.5", "1", "2", "4")


def test_one_huge_interval_is_cut_and_does_not_squash_the_rest() -> None:
    """The axis follows the usual interval; the huge one runs over both ends."""
    rows = [*(study(-1.0, 1.0) for _ in range(6)), study(0.0, 1e6)]
    axis = effect_axis(rows, IDENTITY)
    assert axis.high - axis.low < 20
    assert [axis.cuts(row) for row in rows[-2:]] == [(False, False), (True, True)]


def test_an_interval_that_is_only_a_little_longer_is_shown_whole() -> None:
    """A cut end must earn its arrow."""
    rows = [*(study(-1.0, 1.0) for _ in range(6)), study(-1.0, 5.0)]
    axis = effect_axis(rows, IDENTITY)
    assert axis.cuts(rows[-1]) == (False, False)


@pytest.mark.parametrize("limit", [np.inf, 1e300])
def test_infinite_limits_are_cut(limit: float) -> None:
    """The axis stays finite beside infinite and monstrous limits."""
    rows = [study(0.5, 0.2), ForestRow(kind="published", label="", value=0.4, low=0.1, high=limit)]
    axis = effect_axis(rows, LOG)
    assert axis.high < 5
    assert axis.cuts(rows[1]) == (False, True)


def test_a_null_far_from_the_data_is_left_out() -> None:
    """Means around 120 do not drag zero onto their axis."""
    axis = effect_axis([study(120.0, 1.0), study(121.0, 1.0)], IDENTITY)
    assert axis.low > 100
    assert np.isnan(axis.null)


def test_nothing_to_place_still_gives_an_axis() -> None:
    """A published pool without any number leaves an axis around the null."""
    axis = effect_axis([ForestRow(kind="published", label="")], IDENTITY)
    assert axis.low < 0 < axis.high
    assert axis.null == 0


@pytest.mark.parametrize(
    ("low", "high", "scale", "labels"),
    [
        (-35.0, 8.0, IDENTITY, ("−30", "−20", "−10", "0")),
        (-0.8, 0.3, IDENTITY, ("−0.8", "−0.6", "−0.4", "−0.2", "0.0", "0.2")),
        (np.log(0.22), np.log(4.5), LOG, ("0.25", "0.5", "1", "2", "4")),
        (np.log(0.45), np.log(2.3), LOG, ("0.5", "0.7", "1", "1.5", "2")),
        (np.log(0.85), np.log(1.3), LOG, ("0.9", "1.0", "1.1", "1.2", "1.3")),
        (np.log(0.004), np.log(300.0), LOG, ("0.01", "0.1", "1", "10", "100")),
    ],
)
def test_ticks_are_round_where_readers_look(
    low: float, high: float, scale: Scale, labels: tuple[str, ...]
) -> None:
    """Even steps for differences, even ratios for ratios."""
    assert nice_ticks(low, high, scale)[1] == labels


@given(
    st.floats(-50, 50),
    st.floats(1e-3, 100),
    st.sampled_from([IDENTITY, LOG]),
)
def test_ticks_lie_inside_whatever_the_range(low: float, span: float, scale: Scale) -> None:
    """There are two to eight ticks, in order, inside the axis, all different to read."""
    axis = effect_axis([study(low + span / 2, span / 2)], scale)
    assert 2 <= len(axis.ticks) <= 8
    assert list(axis.ticks) == sorted(axis.ticks)
    slack = 1e-9 * (axis.high - axis.low)
    assert axis.low - slack <= axis.ticks[0]
    assert axis.ticks[-1] <= axis.high + slack
    assert len(set(axis.tick_labels)) == len(axis.tick_labels)
