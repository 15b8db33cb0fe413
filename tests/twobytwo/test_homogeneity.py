"""count_tests: the tests of tables by other ways of computing, and at their edges."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy.stats import chi2, hypergeom
from statsmodels.stats.contingency_tables import StratifiedTable

from metaan.core.counts import PEOPLE, TIME
from metaan.core.errors import ChoiceError, InputError
from metaan.trials.counting import counts
from metaan.twobytwo.groups import groups_of, make_groups
from metaan.twobytwo.homogeneity import COUNT_TESTS, count_tests, fitted_tables
from tests.tolerance import EXACT, Tolerance, close
from tests.twobytwo.builders import alone, over_time, people, random_groups

THREE = ([4, 6, 3], [123, 306, 231], [11, 29, 11], [139, 303, 220])
BATCH = Tolerance(relative=1e-12, absolute=1e-14, reason="the same sums in another order")


def test_against_statsmodels():
    """CMH both ways, Breslow-Day with and without Tarone's correction."""
    a, n1, c, n2 = (np.array(part) for part in THREE)
    peer = StratifiedTable([np.array([[a[i], n1[i] - a[i]], [c[i], n2[i] - c[i]]])
                            for i in range(3)])  # fmt: skip
    theirs = {
        "CMH": peer.test_null_odds(correction=False),
        "CMH_CORRECTED": peer.test_null_odds(correction=True),
        "BRESLOW_DAY": peer.test_equal_odds(adjust=False),
        "TARONE": peer.test_equal_odds(adjust=True),
    }
    found = count_tests(people(*THREE))
    assert list(found) == list(COUNT_TESTS) == list(theirs)
    for key, expected in theirs.items():
        assert close(found[key].statistic, expected.statistic, EXACT)
        assert close(found[key].p_value, expected.pvalue, EXACT)
        assert found[key].name in str(found[key])


def test_chance_is_hypergeometric():
    """O - E and V of each table, from scipy's distribution."""
    groups = groups_of(people(*THREE))
    for i in range(3):
        a, n1, c, n2 = (part[i] for part in THREE)
        law = hypergeom(n1 + n2, a + c, n1)
        assert close(groups.excess[0, i], a - law.mean(), EXACT, typical=a)
        assert close(groups.chance_variance[0, i], law.var(), EXACT)


def test_one_table_is_pearsons():
    """Of one table CMH is Pearson's chi-square times (N - 1) / N."""
    a, n1, c, n2 = 9, 30, 3, 41
    observed = np.array([[a, n1 - a], [c, n2 - c]])
    expected = np.outer(observed.sum(1), observed.sum(0)) / observed.sum()
    pearson = ((observed - expected) ** 2 / expected).sum()
    found = count_tests(people([a], [n1], [c], [n2]))
    assert close(found["CMH"].statistic, pearson * 70 / 71, EXACT)
    assert np.isnan([found[key].statistic for key in ("BRESLOW_DAY", "TARONE")]).all()
    assert "not defined" in str(found["TARONE"])


def test_pairs_are_mcnemars():
    """Strata of a pair each: (b - c)² / (b + c)."""
    first, second = 13, 5
    a, c = [1] * first + [0] * second, [0] * first + [1] * second
    ones = [1] * len(a)
    found = count_tests(people(a, ones, c, ones))
    assert close(found["CMH"].statistic, (first - second) ** 2 / (first + second), EXACT)
    assert close(found["CMH_CORRECTED"].statistic, (8 - 1) ** 2 / 18, EXACT)


def test_person_time_by_hand():
    """Binomial: of m events, the treatment's share is its share of the time."""
    x1, t1, x2, t2 = (np.array(p) for p in ([9, 8], [413.0, 263.0], [19, 19], [398.0, 245.0]))
    m, share = x1 + x2, t1 / (t1 + t2)
    statistic = np.sum(x1 - m * share) ** 2 / np.sum(m * share * (1 - share))
    found = count_tests(over_time(x1, t1, x2, t2))
    assert list(found) == ["CMH", "CMH_CORRECTED"]
    assert close(found["CMH"].statistic, statistic, EXACT)
    assert close(found["CMH"].p_value, chi2.sf(statistic, 1), EXACT)


def exact_cell(n1, n2, m, psi):
    """Return the fitted cell by bisection with 60 digits."""
    with localcontext() as context:
        context.prec = 60
        n1, n2, m, psi = (Decimal(x) for x in (n1, n2, m, psi))
        low, high = max(Decimal(0), m - n2), min(n1, m)
        for _ in range(190):
            middle = (low + high) / 2
            if middle * (n2 - m + middle) < psi * (n1 - middle) * (m - middle):
                low = middle
            else:
                high = middle
        cells = low, n1 - low, m - low, n2 - m + low
        return float(low), float(1 / sum(1 / cell for cell in cells))


@pytest.mark.parametrize("psi", [1e-9, 1e-3, 0.999999999, 1.0, 1.0000000001, 3.0, 1e8])
@pytest.mark.parametrize(
    "table", [(3, 9, 12, 15), (1, 10**9, 2, 10**9), (10**9 - 3, 10**9, 5, 40), (39, 40, 7, 9),
              (4 * 10**8, 10**9, 3 * 10**8, 2 * 10**9)],
)  # fmt: skip
def test_fitted_cells_to_the_last_digit(table, psi):
    """No root of the quadratic cancels, whatever the margins."""
    a, n1, c, n2 = table
    cell, variance = exact_cell(n1, n2, a + c, psi)
    found = fitted_tables(groups_of(people([a], [n1], [c], [n2])), np.array([psi]))
    tolerance = Tolerance(relative=2e-14, reason="a dozen roundings in double precision")
    assert close(found.variance[0, 0], variance, tolerance)
    assert abs(found.residual[0, 0] - (a - cell)) <= 1e-14 * n1 + 1e-15


@pytest.mark.parametrize("row", COUNT_TESTS.values(), ids=COUNT_TESTS)
def test_batches_are_loops(row):
    """Analyses of different sizes at once, and each alone; also none that tells."""
    for kind in row.kinds:
        groups = random_groups(np.random.default_rng(11), 40, 7, kind)
        found = row.function(groups)
        for i in range(40):
            one = row.function(alone(groups, i))
            assert close(found.statistic[i], one.statistic[0], BATCH)
            assert found.df[i] == one.df[0]
    silent = row.function(make_groups(np.zeros((1, 3, 2)), np.ones((1, 3, 2)), PEOPLE))
    assert np.isnan(silent.statistic[0])
    assert silent.df[0] == 0


def test_tables_without_information_have_no_part():
    """Neither in the statistics nor in their degrees of freedom."""
    a, n1, c, n2 = THREE
    whole = count_tests(people([*a, 0, 5], [*n1, 40, 5], [*c, 0, 6], [*n2, 30, 6]))
    part = count_tests(people(*THREE))
    for key in COUNT_TESTS:
        assert close(whole[key].statistic, part[key].statistic, EXACT)
        assert whole[key].df == part[key].df


def test_homogeneity_needs_an_odds_ratio():
    """Without events in one group there is none; association is still there."""
    found = count_tests(people([0, 0], [7, 5], [3, 5], [10, 11]))
    assert np.isnan(found["BRESLOW_DAY"].statistic)
    assert found["CMH"].p_value < 0.06


def test_continuity_never_adds():
    """Within half an event of the expectation the corrected chi-square is 0."""
    found = count_tests(people([3, 5], [10, 10], [3, 5], [10, 11]))
    assert found["CMH_CORRECTED"].statistic == 0
    assert found["CMH_CORRECTED"].p_value == 1
    assert 0 < found["CMH"].statistic < 0.03


def test_tails_of_large_counts():
    """The logarithm of a p-value that is 0 in double precision."""
    found = count_tests(people([4 * 10**8], [10**9], [3 * 10**8], [10**9]))["CMH"]
    assert found.p_value == 0
    assert -1.2e7 < found.log_p_value < -1e7


def test_one_group_is_no_table():
    """It says what to do instead."""
    with pytest.raises(InputError, match=r"one group.*pool\(counts\.effects"):
        count_tests(counts({"events": [3], "time": [10.0]}, kind=TIME))


def test_an_unknown_test_is_named():
    """With the tests there are; also in the record of a fit, and in a copy."""
    tests = count_tests(people([4, 6], [123, 306], [11, 29], [139, 303]))
    for each in (tests, copy.deepcopy(tests), pickle.loads(pickle.dumps(tests))):
        with pytest.raises(ChoiceError, match=r"'cmh' is not a test.*BRESLOW_DAY.*mean \"CMH\""):
            each["cmh"]
        assert each.get("cmh") is None
        assert close(each["CMH"].statistic, tests["CMH"].statistic, EXACT)
