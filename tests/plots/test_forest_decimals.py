"""Decimals of effects: enough to see every pool's interval, no more than custom has."""

from __future__ import annotations

import re

import numpy as np
import pytest

import metaan as ma
from metaan.core.scale import IDENTITY, LOG, LOGIT, Scale
from metaan.plots.forests.decimals import Ends, digits_of
from metaan.plots.forests.layouts import LAYOUTS
from metaan.plots.forests.rows import forest_rows
from metaan.plots.forests.wording import Hand
from tests.plots import builders as make
from tests.plots.forest_subjects import bcg_counts, of_kind
from tests.plots.looking import misplaced

RARE = {
    "study": [f"Trial {i}" for i in range(8)],
    "events1": [3, 5, 2, 8, 4, 3, 5, 7],
    "n1": [4000, 5000, 3500, 9000, 4100, 3000, 5000, 7000],
    "events2": [4, 6, 1, 9, 8, 3, 2, 7],
    "n2": [4000, 5000, 3500, 9000, 4100, 3000, 5000, 7000],
}

# Scale, studies, pools (reading scale, point and limits) and the decimals they should have.
CASES = {
    "a difference of millimeters": (IDENTITY, [(-15.1, -32.6, 2.4)], [(-14.1, -22.3, -6.0)], 1),
    "hundreds": (IDENTITY, [(250.0, 100.0, 400.0)], [(240.0, 180.0, 300.0)], 0),
    "a precise pool of vague studies": (IDENTITY, [(12.0, 4.0, 20.0)], [(10.2, 10.05, 10.35)], 2),
    "a standardized difference": (IDENTITY, [(0.018, -0.19, 0.22)], [(0.02, -0.19, 0.23)], 2),
    "a risk difference": (IDENTITY, [(-0.11, -0.18, -0.03)], [(-0.046, -0.062, -0.029)], 3),
    "a small one": (IDENTITY, [(-0.0003, -0.0015, 0.001)], [(0.00002, -0.0003, 0.0003)], 4),
    "one study as large as none": (
        IDENTITY,
        [(0.2, 0.0, 0.4), (0.3, 0.1, 0.5), (0.1, -0.1, 0.3), (4e5, 3e5, 5e5)],
        [],
        1,
    ),
    "a chance agreement adds two at most": (IDENTITY, [(1.0, 0.5, 1.5)], [(1.0, 0.9999, 1.0)], 4),
    "nothing but zeros": (IDENTITY, [(0.0, 0.0, 0.0)], [], 2),
    "nothing known": (IDENTITY, [], [(np.nan, np.nan, np.nan)], 2),
    "a ratio": (LOG, [(0.41, 0.13, 1.26)], [(0.95, 0.92, 0.98)], 2),
    "a ratio per unit of a dose": (LOG, [(1.01, 0.99, 1.03)], [(1.002, 1.001, 1.004)], 3),
    "a proportion": (LOGIT, [(0.12, 0.09, 0.16)], [(0.1, 0.08, 0.12)], 2),
    "a small proportion": (LOGIT, [(0.1, 0.05, 0.2)], [(0.004, 0.003, 0.005)], 3),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_decimals_show_effects_and_the_intervals_of_pools(name: str) -> None:
    """Counted by hand from what is read."""
    scale, studies, pools, wanted = CASES[name]
    assert digits_of(scale, analyzed(scale, studies), analyzed(scale, pools)) == wanted


def analyzed(scale: Scale, read: list[Ends]) -> list[Ends]:
    """Return numbers as they are analyzed."""
    return [(float(y), float(low), float(high)) for y, low, high in map(scale.transform, read)]


def test_printed_numbers_keep_their_decimals() -> None:
    """Three at most; missing ones do not count."""
    studies = [(10.0, 5.0, 15.0)]
    assert digits_of(IDENTITY, studies, [], [9.25, np.nan]) == 2
    assert digits_of(IDENTITY, studies, [], [9.12345]) == 3


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("per", [1, 1000])
def test_small_risk_differences_can_be_read(layout: str, per: int) -> None:
    """No pooled limit reads as 0, and every text is the number it stands for."""
    fit = ma.pool(ma.counts(RARE).effects["RD"])
    plot = ma.forest(fit, layout={"based_on": layout, "per": per, "minus": "-"})
    (total,) = of_kind(plot.record, "total")
    pieces = re.findall(r"-?\d+\.\d+", total.effect_text)
    read = [float(piece) for piece in pieces]
    mean = fit.estimate
    half = 0.6 * 10.0 ** -len(pieces[1].partition(".")[2])
    assert read == pytest.approx([per * x for x in (mean.value, mean.low, mean.high)], abs=half)
    assert 0.0 not in read[1:]
    assert misplaced(plot) == ([], [])


def test_a_small_ratio_is_never_nothing() -> None:
    """Its first digit is told; a limit of 0 and a user's own decimals stay what they are."""
    hand = Hand(scale=LOG, digits=2, level=0.95)
    read = [hand.number(float(np.log(x))) for x in (0.0049, 0.0051, 0.07, 3e-7)]
    assert read == ["0.005", "0.01", "0.07", "3e−07"]
    assert hand.number(-np.inf) == "0.00"
    assert Hand(scale=LOG, digits=1, level=0.95).number(float(np.log(0.02))) == "0.0"
    assert Hand(scale=IDENTITY, digits=2, level=0.95).number(0.001) == "0.00"


def test_very_small_and_very_large_numbers() -> None:
    """Differences of a millionth have decimals enough; statistics of millions are shortened."""
    tiny = ma.Effects.from_arrays([2e-7, 3e-7, 1e-6], se=[1e-7, 1.4e-7, 1e-7])
    assert forest_rows(ma.pool(tiny)).rows[2].effect[0] == "0.0000010"
    huge = ma.Effects.from_arrays([0.2, 0.3, 0.1, 4e5], se=[0.1, 0.1, 0.14, 0.1])
    record = forest_rows(ma.pool(huge))
    assert record.rows[0].effect_text == "0.2 (0.0, 0.4)"
    assert "Q = 1.14e+13" in of_kind(record, "note")[0].label


def test_models_and_refits_are_asked_too() -> None:
    """The usual pool of a figure decides, not the studies alone."""
    counts = bcg_counts()
    record = forest_rows(ma.leave_one_out(ma.mantel_haenszel(counts, "RD")))
    for row in (*of_kind(record, "refit"), *of_kind(record, "total")):
        assert row.effect[1] != row.effect[2].replace(")", ",")
        assert len(row.effect[0].partition(".")[2]) >= 4
    narrow = make.effects([10.0, 12.0], [16.0, 16.0])
    first = forest_rows(make.fit(narrow, mean=(11.0, 7.0, 15.0)))
    second = forest_rows(make.fit(narrow, mean=(11.0, 10.9, 11.1)))
    assert (first.rows[0].effect[0], second.rows[0].effect[0]) == ("10.0", "10.00")
