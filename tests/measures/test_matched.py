"""Matched pairs: the delta method by finite differences, margins, and tables at the edge."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.measures.matched import (
    ROWS,
    from_joint_proportion,
    margins_odds_ratio,
    matched_conditional_odds_ratio,
    matched_odds_ratio,
    matched_peto_odds_ratio,
    matched_risk_difference,
    matched_risk_ratio,
)
from metaan.measures.row import MATCHED
from tests.tolerance import EXACT, Tolerance, close

DIFFERENCES = Tolerance(relative=1e-7, reason="central differences with steps of 1e-5 of a count")
ROUNDED = Tolerance(relative=1e-12, absolute=1e-14, reason="sums of rounded products")
PAIRS = np.array([[12.0, 8.0, 5.0, 15.0], [3.0, 40.0, 9.0, 31.0], [20.0, 2.0, 17.0, 30.0]])
PAIRED_ROWS = [row for row in ROWS if row.inputs == MATCHED]
MARGINAL = (matched_risk_ratio, matched_odds_ratio, matched_risk_difference)


def margins(pairs):
    """Return events1, n1, events2, n2 and phi of rows of four counts of pairs."""
    a, b, c, d = np.asarray(pairs, dtype=float).T
    n = a + b + c + d
    phi = (a * d - b * c) / np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    return a + b, n, a + c, n, phi


@pytest.mark.parametrize("function", [*MARGINAL, matched_conditional_odds_ratio])
def test_variance_is_the_delta_method(function):
    """The variance is that of a function of four multinomial counts."""
    slopes = []
    for i in range(4):
        step = np.zeros(4)
        step[i] = 1e-5
        above, below = (function(*(PAIRS + sign * step).T)[0] for sign in (1, -1))
        slopes.append((above - below) / 2e-5)
    slope = np.array(slopes).T
    expected = (PAIRS * slope**2).sum(axis=1)
    expected -= (PAIRS * slope).sum(axis=1) ** 2 / PAIRS.sum(axis=1)
    assert close(function(*PAIRS.T)[1], expected, DIFFERENCES)


def test_effects_of_two_risks():
    """The marginal effects are those of the two risks, the conditional ones of only1 and only2."""
    events1, n, events2, _, _ = margins(PAIRS)
    p1, p2 = events1 / n, events2 / n
    _, b, c, _ = PAIRS.T
    assert close(matched_risk_ratio(*PAIRS.T)[0], np.log(p1 / p2), ROUNDED)
    odds_ratio = p1 / (1 - p1) / (p2 / (1 - p2))
    assert close(matched_odds_ratio(*PAIRS.T)[0], np.log(odds_ratio), ROUNDED)
    assert close(matched_risk_difference(*PAIRS.T)[0], p1 - p2, ROUNDED)
    assert close(matched_conditional_odds_ratio(*PAIRS.T)[0], np.log(b / c), ROUNDED)
    # Peto's: events less half of the discordant pairs, over a quarter of them
    y, v = matched_peto_odds_ratio(*PAIRS.T)
    assert close(y, (b - (b + c) / 2) / ((b + c) / 4), ROUNDED)
    assert close(v, 1 / ((b + c) / 4), ROUNDED)


def test_margins_and_phi_are_the_pairs():
    """The margins with their phi, or with the joint proportion, give the effect of the pairs."""
    expected = matched_odds_ratio(*PAIRS.T)
    assert close(margins_odds_ratio(*margins(PAIRS)), expected, ROUNDED)
    *table, _ = margins(PAIRS)
    joint = from_joint_proportion(*table, PAIRS[:, 0] / PAIRS.sum(axis=1))
    assert close(margins_odds_ratio(*joint), expected, ROUNDED)


def test_uncorrelated_margins_are_two_groups():
    """With a correlation of 0, v is the sum of the inverse counts."""
    a, n, c, _, _ = margins(PAIRS)
    _, v = margins_odds_ratio(a, n, c, n, np.zeros(3))
    assert close(v, 1 / a + 1 / (n - a) + 1 / c + 1 / (n - c), ROUNDED)


def test_margins_of_different_numbers():
    """Missing answers: the number of pairs is the mean, rounded; something added counts whole."""
    events1, n1, events2, n2, r = (np.array([x]) for x in (15.0, 45.0, 13.0, 40.0, 0.62))
    # metafor 3.8.1: escalc("MPORM", ai=15, bi=30, ci=13, di=27, ri=.62)
    y, v = margins_odds_ratio(events1, n1, events2, n2, r)
    assert close([y[0], v[0]], [0.03774032798284699, 0.08291791854177941], EXACT)
    a, b = 15.1, 30.1
    _, v = margins_odds_ratio(events1, n1, events1, n1, r, add=0.1, to="all")
    assert close(v, [2 * (1 / a + 1 / b) * (1 - 0.62)], ROUNDED)


@pytest.mark.parametrize("r", [-1.01, 1.01, np.nan])
def test_what_is_no_correlation(r):
    """A correlation outside -1 to 1, or NaN, leaves neither y nor v."""
    table = [np.array([x]) for x in (15.0, 45.0, 13.0, 45.0, r)]
    assert np.isnan(margins_odds_ratio(*table)).all()


def test_pairs_that_all_agree():
    """Uncorrected, marginal effects and their variances are exactly 0, conditional ones NaN."""
    table = [np.array([x]) for x in (7.0, 0.0, 0.0, 16.0)]
    for row in PAIRED_ROWS:
        y, v = row.function(*table, to="none")
        if row.zero_variance:
            assert y[0] == v[0] == 0.0
        else:
            assert np.isnan([y[0], v[0]]).all()
        assert row.function(*table)[1][0] > 0
    events1, n, events2, _, _ = margins([[7, 0, 0, 16]])
    y, v = margins_odds_ratio(events1, n, events2, n, np.ones(1))
    assert y[0] == v[0] == 0.0


@pytest.mark.parametrize("row", PAIRED_ROWS, ids=[row.key for row in PAIRED_ROWS])
def test_zero_cells(row):
    """The rule looks at the table of pairs and adds to all its cells; no pairs are no effect."""
    zero = [np.array([x]) for x in (0.0, 12.0, 4.0, 11.0)]
    more = [x + 0.5 for x in zero]
    assert close(row.function(*zero), row.function(*more, to="none"), EXACT)
    for wrong in ((0.0, 0.0, 0.0, 0.0), (-1.0, 3.0, 4.0, 5.0), (np.nan, 3.0, 4.0, 5.0)):
        for to in row.options["to"]:
            assert np.isnan(row.function(*(np.array([x]) for x in wrong), to=to)).all()


def test_margin_of_zero():
    """Without events under one treatment nothing covaries; the correlation is taken as 0."""
    table = [np.array([x]) for x in (0.0, 20.0, 7.0, 20.0)]
    *_, r = from_joint_proportion(*table, np.array([0.0]))
    assert close(r, [0.0], EXACT)
    assert np.isfinite(margins_odds_ratio(*table, r)).all()
    both = [np.array([x]) for x in (0.0, 20.0, 0.0, 20.0)]
    assert np.isfinite(margins_odds_ratio(*both, r)).all()
    assert np.isnan(margins_odds_ratio(*both, r, drop_double_zero=True)).all()
