"""Zero cells: what each rule adds where, and what is left undefined."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.errors import ChoiceError
from metaan.measures.binary import ZERO_RULES, cells, odds_ratio, risk_difference, risk_ratio
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
    table = [np.array([value]) for value in (0.0, 20.0, 0.0, 20.0)]
    for function in (risk_ratio, odds_ratio, risk_difference):
        y, v = function(*table)
        assert close(y, [0.0], EXACT)
        assert v[0] > 0


def test_unknown_rule():
    """A misspelled rule is answered with the rows."""
    with pytest.raises(ChoiceError, match="to='onlyO' is not a zero-cell rule; choose one of"):
        risk_ratio(*TABLES, to="onlyO")
