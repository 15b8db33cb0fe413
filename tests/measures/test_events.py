"""Two groups with events: zero cells, what is undefined, and the formulas by another way."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.stats import hypergeom

from metaan.core.errors import ChoiceError, InputError
from metaan.measures.binary import (
    BLOCK,
    RISK_VARIANCES,
    ROWS,
    arcsine_difference,
    cells,
    double_zero,
    odds_ratio,
    peto_odds_ratio,
    risk_difference,
    risk_ratio,
)
from metaan.measures.zero_rules import ZERO_RULES
from tests.tolerance import EXACT, close

# events1, n1, events2, n2 of a plain table, one with a zero, one with full events.
TABLES = tuple(np.array(x, dtype=float) for x in ([3, 0, 9], [10, 12, 9], [5, 4, 6], [11, 9, 8]))
PLAIN = np.array([[3, 7, 5, 6], [0, 12, 4, 5], [9, 0, 6, 2]], dtype=float)
SELECTED = {
    "only0": [False, True, True],
    "all": [True, True, True],
    "if0all": [True, True, True],
    "none": [False, False, False],
}


def studies(*rows):
    """Return events1, n1, events2 and n2 as arrays, given study by study."""
    return list(np.array(rows, dtype=float).T)


@pytest.mark.parametrize("rule", ZERO_RULES)
@pytest.mark.parametrize("add", [0.5, 0.1])
def test_where_the_rule_adds(rule, add):
    """Each rule adds to all four cells of the tables it selects."""
    expected = PLAIN + add * np.array(SELECTED[rule])[:, None]
    assert close(np.stack(cells(*TABLES, add=add, to=rule), axis=1), expected, EXACT)


def test_if0all_without_zeros_adds_nothing():
    """No zero anywhere in the analysis, no correction; another analysis does not matter."""
    batch = [np.stack([x[[0, 0]], x[[0, 1]]]) for x in TABLES]
    a, *_ = cells(*batch, to="if0all")
    assert close(a, [[3.0, 3.0], [3.5, 0.5]], EXACT)


def test_uncorrected_zeros_are_missing():
    """Ratios of an uncorrected zero are NaN in y and v alike; the difference is a number."""
    for function, missing in ((risk_ratio, [0, 1, 0]), (odds_ratio, [0, 1, 1])):
        y, v = function(*TABLES, to="none")
        assert np.array_equal(np.isnan(y), np.array(missing, dtype=bool))
        assert np.array_equal(np.isnan(v), np.array(missing, dtype=bool))
    y, v = risk_difference(*TABLES, to="none")
    assert close(y, PLAIN[:, 0] / TABLES[1] - PLAIN[:, 2] / TABLES[3], EXACT)
    assert np.all(v > 0)


def test_both_groups_without_events():
    """Double zeros: no evidence either way, so the corrected ratio is 1 for groups of one size."""
    table = studies((0, 20, 0, 20))
    for function in (risk_ratio, odds_ratio, risk_difference):
        y, v = function(*table)
        assert close(y, [0.0], EXACT)
        assert v[0] > 0


def test_unknown_rule():
    """A misspelled rule is answered with the rows."""
    with pytest.raises(ChoiceError, match="to='onlyO' is not a zero-cell rule; choose one of"):
        risk_ratio(*TABLES, to="onlyO")


def test_double_zeros_can_be_dropped():
    """Studies without events, or without non-events, become NaN; one zero alone does not."""
    table = studies((0, 10, 0, 8), (9, 9, 7, 7), (0, 12, 4, 9), (3, 9, 2, 5))
    empty = [True, True, False, False]
    assert np.array_equal(double_zero(*table), empty)
    for row in ROWS:
        y, v = row.function(*table, drop_double_zero=True)
        kept_y, kept_v = row.function(*table)
        assert np.array_equal(np.isnan(y), empty)
        assert np.array_equal(np.isnan(v), empty)
        assert close([y[2:], v[2:]], [kept_y[2:], kept_v[2:]], EXACT)


def test_dropped_studies_are_no_zeros_of_the_analysis():
    """With if0all, a double zero that is dropped makes nothing be added to the others, as in R."""
    table = studies((5, 20, 9, 22), (0, 20, 0, 20))
    y, v = odds_ratio(*table, to="if0all", drop_double_zero=True)
    # metafor 3.8.1: escalc("OR", ai=c(5,0), bi=c(15,20), ci=c(9,0), di=c(13,20), to="if0all",
    # drop00=TRUE)
    assert close(y, [-0.7308875085427926, np.nan], EXACT)
    assert close(v, [0.4547008547008547, np.nan], EXACT)


@pytest.mark.parametrize("row", ROWS, ids=[row.key for row in ROWS])
@pytest.mark.parametrize(
    "wrong",
    [
        (3, 0, 2, 10),
        (12, 10, 2, 10),
        (-1, 10, 2, 10),
        (12, 10, 13, 11),
        (np.nan, 9, 2, 10),
        (3, np.nan, 2, 10),
    ],
)
def test_what_is_no_table(row, wrong):
    """Nobody in a group, more events than people, NaN: NaN, and nothing changes elsewhere."""
    good = (0.0, 12.0, 4.0, 9.0)
    table = studies(good, wrong, good)
    for to in ZERO_RULES:
        y, v = row.function(*table, to=to)
        alone = row.function(*studies(good), to=to)
        assert np.isnan(y[1])
        assert np.isnan(v[1])
        assert close([y[0], v[0]], [alone[0][0], alone[1][0]], EXACT)
        assert close([y[2], v[2]], [y[0], v[0]], EXACT)


@pytest.mark.parametrize("to", ZERO_RULES)
def test_blocks_do_not_show(to):
    """More tables than a block, in rows and broadcast, give what each row gives by itself."""
    rng = np.random.default_rng(3)
    n1, n2 = rng.integers(1, 40, size=(2, BLOCK // 2 + 7)).astype(float)
    events1 = rng.binomial(n1.astype(int), 0.2, size=(3, len(n1))).astype(float)
    events2 = rng.binomial(n2.astype(int), 0.2).astype(float)
    events1[2], events2[2] = 1.0, 1.0
    y, v = odds_ratio(events1, n1, events2, n2, to=to)
    assert y.shape == v.shape == events1.shape
    for i in range(3):
        one = odds_ratio(events1[i], n1, events2, n2, to=to)
        assert close([y[i], v[i]], [*one], EXACT)
        a, b, c, d = cells(events1[i], n1, events2, n2, to=to)
        with np.errstate(divide="ignore", invalid="ignore"):
            naive = 1 / a + 1 / b + 1 / c + 1 / d
        assert close(v[i], np.where(np.isfinite(naive), naive, np.nan), EXACT)


def test_little_memory():
    """A million odds ratios need less than three arrays beside y and v."""
    k = 200_000
    table = [np.full(k, value) for value in (3.0, 50.0, 6.0, 60.0)]
    tracemalloc.start()
    odds_ratio(*table)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak / 8 < 2 * k + 3 * k + 10 * BLOCK


def test_peto_is_hypergeometric():
    """Events less their expectation, over their variance given the margins."""
    table = studies((5, 20, 9, 22), (0, 12, 4, 15))
    y, v = peto_odds_ratio(*table, to="none")
    events1, n1, events2, n2 = (x.astype(int) for x in table)
    given = hypergeom(n1 + n2, events1 + events2, n1)
    assert close(y, (events1 - given.mean()) / given.var(), EXACT)
    assert close(v, 1 / given.var(), EXACT)
    assert np.isnan(peto_odds_ratio(*studies((0, 9, 0, 9)), to="none")).all()


def test_arcsine_adds_nothing_by_default():
    """The arcsine difference, half of Cohen's h, takes zeros as they are."""
    table = studies((0, 12, 4, 16))
    y, v = arcsine_difference(*table)
    assert close(y, [-np.pi / 6], EXACT)
    assert close(v, [1 / 48 + 1 / 64], EXACT)
    more, _ = arcsine_difference(*table, add=0.5)
    assert more[0] > y[0]


def test_variances_of_the_risk_difference():
    """UB divides by n - 1; AV takes the risks of all studies of a row, NaN ones left out."""
    table = studies((3, 10, 5, 11), (np.nan, 9, 4, 8), (5, 12, 6, 9), (1, 1, 2, 6))
    events1, n1, events2, n2 = table
    p1, p2 = events1 / n1, events2 / n2
    _, v = risk_difference(*table, to="none", variance="UB")
    expected = p1 * (1 - p1) / np.maximum(n1 - 1, 0.5) + p2 * (1 - p2) / (n2 - 1)
    expected[3] = np.nan  # one participant
    assert close(v, expected, EXACT)
    y, v = risk_difference(*table, to="none", variance="AV")
    m1, m2 = 9 / 23, 13 / 26
    expected = m1 * (1 - m1) / n1 + m2 * (1 - m2) / n2
    expected[1] = np.nan
    assert close(v, expected, EXACT)
    assert close(y, p1 - p2, EXACT)
    assert list(RISK_VARIANCES) == ["LS", "UB", "AV"]


@pytest.mark.parametrize("add", [-0.5, np.nan, np.inf, "much"])
def test_what_cannot_be_added(add):
    """A number below 0 or none at all is refused."""
    with pytest.raises(InputError, match="must be a number of at least 0"):
        odds_ratio(*TABLES, add=add)


def test_unknown_variance():
    """A misspelled variance is answered with the rows."""
    with pytest.raises(ChoiceError, match="not a variance of the risk difference; choose one of"):
        risk_difference(*TABLES, variance="VA")


@pytest.mark.parametrize("row", ROWS, ids=[row.key for row in ROWS])
@pytest.mark.parametrize("add", [0, 1, np.int64(1), np.float32(0.5)])
def test_whole_numbers_can_be_added(row, add):
    """Every type of number adds the same, in tables that have no effect too."""
    tables = [np.append(column, 7.0) for column in TABLES]
    tables[1][-1] = 5.0  # more events than participants
    for to in ZERO_RULES:
        given = row.function(*tables, add=add, to=to)
        same = row.function(*tables, add=float(add), to=to)
        assert np.array_equal(given, same, equal_nan=True)
        assert np.isnan(given[0][-1])
