"""What a caller asks of the axis: ends, ticks, the band of unimportant effects; what breaks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from metaan.core.errors import InputError
from metaan.core.scale import FISHER, IDENTITY, LOG, LOGIT, Scale
from metaan.plots.forests.axis import axis_legend, axis_notes, effect_axis
from metaan.plots.forests.options import Asked
from metaan.plots.forests.record import ForestAxis, ForestRow


def study(value: float, half: float) -> ForestRow:
    """Return a study row with a symmetric interval."""
    return ForestRow(kind="study", label="", value=value, low=value - half, high=value + half)


ROWS = [study(-0.4, 0.3), study(0.1, 0.2), study(-0.2, 0.5)]


def axis(scale: Scale = LOG, rows: list[ForestRow] = ROWS, **asked: Any) -> ForestAxis:
    """Return the axis of the rows with these wishes."""
    return effect_axis(rows, scale, Asked(**asked))


def test_the_ends_are_those_asked_for_on_the_reading_scale() -> None:
    """A ratio's axis from 0.2 to 5 ends at their logarithms, with round ticks between."""
    made = axis(axis=(0.2, 5.0))
    assert (made.low, made.high) == pytest.approx((-math.log(5), math.log(5)), rel=1e-15)
    assert made.tick_labels == ("0.25", "0.5", "1", "2", "4")
    assert made.null == 0.0


def test_no_effect_is_not_drawn_beyond_the_ends_asked_for() -> None:
    """The axis is the caller's."""
    assert math.isnan(axis(IDENTITY, axis=(-0.6, -0.05)).null)


def test_ticks_stand_where_they_are_asked_for() -> None:
    """In order, with as many digits as they have; the axis grows to hold them."""
    made = axis(ticks=[3, 0.1, 1])
    assert made.ticks == pytest.approx(tuple(np.log([0.1, 1.0, 3.0])), rel=1e-15)
    assert made.tick_labels == ("0.1", "1", "3")
    assert (made.low, made.high) == pytest.approx((math.log(0.1), math.log(3)))


@pytest.mark.parametrize(
    ("scale", "important", "band"),
    [
        (IDENTITY, 0.25, (-0.25, 0.25)),
        (IDENTITY, -0.25, (-0.25, 0.25)),
        (IDENTITY, (-0.5, 0.1), (-0.5, 0.1)),
        (LOG, 0.8, (math.log(0.8), math.log(1.25))),
        (LOG, 1.25, (math.log(0.8), math.log(1.25))),
        (LOG, (0.9, 1.25), (math.log(0.9), math.log(1.25))),
        (FISHER, 0.1, (-math.atanh(0.1), math.atanh(0.1))),
        (LOGIT, (0.4, 0.5), (math.log(0.4 / 0.6), 0.0)),
    ],
)
def test_the_band_reaches_as_far_to_both_sides_of_no_effect(
    scale: Scale, important: Any, band: tuple[float, float]
) -> None:
    """One number makes both ends; two are the ends; a level without null needs two."""
    assert axis(scale, important=important).band == pytest.approx(band, abs=1e-15)


def test_a_band_near_the_data_is_on_the_axis_and_a_far_one_does_not_squash_them() -> None:
    """The band is context: it may stretch the axis a little."""
    near = axis(IDENTITY, important=0.9)
    assert near.low <= -0.9 < 0.9 <= near.high
    far = axis(IDENTITY, important=50.0)
    assert far.high - far.low < 3.0
    assert far.band == (-50.0, 50.0)


def test_the_band_is_named_in_the_legend() -> None:
    """With the numbers as they are read."""
    made = axis(important=0.8)
    (entry,) = axis_legend(made, LOG)
    assert (entry.kind, entry.label) == ("area", "Too small to matter (0.8 to 1.25)")
    assert axis_legend(axis(), LOG) == ()


@pytest.mark.parametrize(
    ("scale", "wish", "told"),
    [
        (LOG, {"axis": (0.0, 5.0)}, "axis: 0 has no place on an axis of ratios"),
        (LOG, {"axis": (-1.0, 5.0)}, "axis: -1 has no place on an axis of ratios"),
        (LOGIT, {"axis": (0.2, 1.0)}, "axis: 1 has no place on this axis"),
        (FISHER, {"axis": (-1.5, 0.9)}, "axis: -1.5 has no place on this axis"),
        (IDENTITY, {"axis": (5, 1)}, r"axis must be two numbers, the smaller first; got \(5, 1\)"),
        (IDENTITY, {"axis": (1, 1)}, "the smaller first"),
        (IDENTITY, {"axis": (1, math.nan)}, "the smaller first"),
        (IDENTITY, {"axis": (0, math.inf)}, "axis: inf has no place"),
        (IDENTITY, {"axis": (0, 1, 2)}, "axis must be two numbers"),
        (IDENTITY, {"axis": 3}, "axis must be numbers on the reading scale; got 3"),
        (IDENTITY, {"axis": ("a", "b")}, "axis must be numbers"),
        (IDENTITY, {"axis": (5, 9)}, r"shows none of the results, which reach from −0.7 to 0.3"),
        (IDENTITY, {"ticks": []}, r"ticks must be one or more different numbers; got \[\]"),
        (IDENTITY, {"ticks": [1, 1]}, "different numbers"),
        (IDENTITY, {"ticks": [1, math.nan]}, "ticks: nan has no place"),
        (LOG, {"ticks": [0, 1]}, "ticks: 0 has no place"),
        (LOG, {"ticks": [0.1, 1], "axis": (0.5, 2)}, r"ticks=\[0.1, 1\] reach beyond the ends"),
        (LOG, {"important": 1.0}, "important=1.0 is no effect itself"),
        (LOG, {"important": -0.5}, "important: -0.5 has no place"),
        (IDENTITY, {"important": math.nan}, "important: nan has no place"),
        (IDENTITY, {"important": (1, -1)}, "important must be two numbers, the smaller first"),
        (LOGIT, {"important": 0.2}, "important=0.2: nothing means no effect here"),
    ],
)
def test_wishes_that_cannot_be_drawn_are_named(
    scale: Scale, wish: dict[str, Any], told: str
) -> None:
    """Name, rule, value, remedy."""
    with pytest.raises(InputError, match=told):
        axis(scale, **wish)


def test_points_beyond_the_axis_are_told_in_a_footnote() -> None:
    """An arrow says the side; the footnote says that a point, not only a limit, is missing."""
    made = axis(IDENTITY, axis=(-0.3, 1.0))
    assert axis_notes(made, ROWS) == (
        "1 effect of 3 lies beyond the axis; arrows point to where.",
    )
    assert axis_notes(axis(IDENTITY), ROWS) == ()
    assert made.cuts(ROWS[0]) == (True, False)


def test_fitted_values_are_on_the_axis() -> None:
    """What a model expects far from the data is drawn too."""
    row = ForestRow(kind="study", label="", value=0.0, low=-1, high=1, fitted=(1.5, 1.0, 2.0))
    assert axis(IDENTITY, [row]).high >= 2.0
