"""Fourfold tables and events, from what is printed of them, against every small table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metaan.core.errors import InputError
from metaan.recovery.fourfold import chi2_test
from metaan.recovery.printed_counts import events_from_percent
from metaan.recovery.printed_tables import (
    table_from_chi2,
    table_from_odds_ratio,
    table_from_p,
    table_from_phi,
)
from tests.tolerance import EXACT, Tolerance, close

N1, N2 = 9, 13
SOLVED_CELL = Tolerance(
    absolute=1e-9, reason="a root of a quadratic; a cell is a count of the size of 10"
)


def every_table():
    """Return a, n1, c, n2 of every table with these margins in which nothing is 0."""
    a, c = (each.ravel().astype(float) for each in np.mgrid[1:N1, 1:N2])
    return a, np.full_like(a, N1), c, np.full_like(c, N2)


def chi2_of(a, n1, c, n2, yates):
    """Return scipy's chi-square and p-value of each table."""
    found = [
        stats.chi2_contingency([[w, x - w], [y, z - y]], correction=yates)[:2]
        for w, x, y, z in zip(a, n1, c, n2, strict=True)
    ]
    return np.array(found).T


def test_odds_ratio_gives_back_every_table():
    """Unrounded odds ratios lead to the very cells, in both forms of the root."""
    a, n1, c, n2 = every_table()
    found = table_from_odds_ratio(a * (n2 - c) / ((n1 - a) * c), n1, n2, a + c)
    assert close(found["events1_unrounded"], a, SOLVED_CELL)
    assert close(found["events2"], c, EXACT)
    assert found.flags == ()


def test_odds_ratio_of_nothing():
    """An odds ratio of 0 leaves the least number of events that the margins allow."""
    found = table_from_odds_ratio([0.0, 0.0, 1.0], n1=10, n2=[10, 10, 30], events=[4, 15, 8])
    assert close(found["events1"], [0.0, 5.0, 2.0], EXACT)


def test_phi_gives_back_every_table():
    """Phi as the correlation of the participants' zeros and ones."""
    a, n1, c, n2 = every_table()
    group = np.repeat([1, 0], [N1, N2])
    phi = np.array([
        np.corrcoef(group, np.concatenate([np.arange(N1) < x, np.arange(N2) < y]))[0, 1]
        for x, y in zip(a, c, strict=True)
    ])  # fmt: skip
    found = table_from_phi(phi, n1, n2, a + c)
    assert close(found["events1_unrounded"], a, SOLVED_CELL)
    assert found.flags == ()


@pytest.mark.parametrize("yates", [True, False])
def test_chi_square_and_p_give_back_every_table(yates):
    """Scipy's statistic and p-value lead back to the cells, given the direction."""
    a, n1, c, n2 = every_table()
    chi2, p = chi2_of(a, n1, c, n2, yates)
    told = chi2 > 1e-12  # a corrected chi-square of 0 stands for several tables
    sign = np.sign(a / n1 - c / n2)
    margins = n1[told], n2[told], (a + c)[told]
    found = table_from_chi2((sign * chi2)[told], *margins, yates=yates)
    assert close(found["events1_unrounded"], a[told], SOLVED_CELL)
    again = table_from_p(p[told], *margins, sign=sign[told], yates=yates)
    assert close(again["events1"], a[told], EXACT)
    assert found.flags == again.flags == ()


@pytest.mark.parametrize("yates", [True, False])
def test_chi_square_test_is_that_of_scipy(yates):
    """Statistic with its sign, and p-value."""
    a, n1, c, n2 = every_table()
    chi2, p = chi2_of(a, n1, c, n2, yates)
    found = chi2_test(a, n1, c, n2, yates=yates)
    small = Tolerance(relative=1e-11, absolute=1e-13, reason="scipy sums four cells")
    assert close(np.abs(found["chi2"]), chi2, small)
    assert close(found["p"], p, small)
    different = found["chi2"] != 0
    assert np.all((np.sign(found["chi2"]) == np.sign(a / n1 - c / n2))[different])


def test_printed_with_two_decimals_every_table_comes_back():
    """Rounding of the odds ratio moves no cell of such a table by half an event."""
    a, n1, c, n2 = every_table()
    printed = np.round(a * (n2 - c) / ((n1 - a) * c), 2)
    found = table_from_odds_ratio(printed, n1, n2, a + c, digits=2)
    assert close(found["events1"], a, EXACT)
    assert found.flags == ()


def test_a_table_that_does_not_give_back_its_figure_is_flagged():
    """An adjusted odds ratio, or a margin of other participants, fits no whole table."""
    found = table_from_odds_ratio([2.5, 2.55], n1=90, n2=110, events=80)
    assert found.flags == ("row 1: the nearest whole table has 2.55, not 2.5",)
    assert close(found["events1"], [47.0, 47.0], EXACT)


def test_missing_numbers_and_one_number():
    """NaN stays in its study; a single table is a single number; nothing is -0."""
    found = table_from_phi([0.2, np.nan], n1=70, n2=80, events=[60, 60])
    assert np.isnan(found["events1"]).tolist() == [False, True]
    assert found.flags == ()
    assert table_from_phi(0.2, 70, 80, 60)["events1"].shape == ()
    assert not np.signbit(table_from_phi(-0.099, 10, 90, 5, digits=1)["events1"])
    assert np.isnan(chi2_test([0], [10], [0], [10])["p"]).all()


def test_impossible_tables_are_refused():
    """Each fault has its row and its remedy."""
    with pytest.raises(InputError, match=r"row 2: no table with these margins has it"):
        table_from_phi([0.2, 0.9], n1=[70, 10], n2=[80, 90], events=[60, 60])
    with pytest.raises(InputError) as caught:
        table_from_odds_ratio([-1.0, 2.0, 2.0], n1=[10, 10.5, 10], n2=10, events=[4, 4, 25])
    text = str(caught.value)
    for part in ("row 1: an odds ratio", "row 2: n1 must be a whole", "row 3: events must not"):
        assert part in text
    with pytest.raises(InputError, match="sign must be 1 or -1"):
        table_from_p([0.1], 10, 10, 8, sign=0)
    with pytest.raises(InputError, match="p must be above 0"):
        table_from_p([0.0], 10, 10, 8, sign=1)
    with pytest.raises(InputError, match="events must lie between 0 and n"):
        chi2_test([12], [10], [1], [10])


@pytest.mark.parametrize("digits", [0, 1, 2])
@pytest.mark.parametrize("n", [7, 35, 60, 99])
def test_every_count_comes_back_from_its_percentage(n, digits):
    """Each count printed as a percentage leads to itself."""
    counts = np.arange(n + 1.0)
    found = events_from_percent(np.round(100 * counts / n, digits), n, digits=digits)
    assert close(found["events"], counts, EXACT)
    assert not any("no whole count" in flag for flag in found.flags)


@pytest.mark.parametrize("n", [8, 35, 250])
def test_percentages_without_a_count_are_flagged(n):
    """The flagged percentages are those that no count rounds to, by trying all."""
    percent = np.arange(1001) / 10
    near = np.abs(100 * np.arange(n + 1) / n - percent[:, None])
    possible = (near <= 0.05 + 1e-9).any(axis=1)
    found = events_from_percent(percent, n, digits=1)
    assert np.isnan(found["events_low"]).tolist() == (~possible).tolist()
    assert len([f for f in found.flags if "no whole count" in f]) == np.sum(~possible)
    nearest = np.min(near, axis=1)
    assert close(np.abs(100 * found["events"] / n - percent), nearest, SOLVED_CELL)


def test_a_coarse_percentage_of_many_has_a_range():
    """45% of 2000 is any of 21 counts; given as 45.0% it is one."""
    found = events_from_percent([45.0], [2000])
    assert (found["events_low"][0], found["events_high"][0]) == (890.0, 910.0)
    assert found.flags[0].startswith("row 1: 21 counts out of 2000 give")
    assert events_from_percent([45.0], [1000], digits=1).flags == ()


def test_percentages_that_are_none():
    """Beyond 100, or of a broken number of participants."""
    with pytest.raises(InputError, match=r"row 1: a percentage must.*row 2: n must be a whole"):
        events_from_percent([101.0, 5.0], [10, 10.5])
    assert np.isnan(events_from_percent([np.nan], [10])["events"]).all()
