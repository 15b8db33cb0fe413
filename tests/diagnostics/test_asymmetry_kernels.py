"""Lines through funnels and ranks of them: naive ones, batches, masks, laws."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, nchypergeom_fisher

from metaan.core.effects import Effects
from metaan.diagnostics.asymmetry.asymmetry_making import Choices, plan_of_line
from metaan.diagnostics.asymmetry.asymmetry_testing import asymmetry_test, asymmetry_tests
from metaan.diagnostics.asymmetry.line_kernel import mixed_lines, weighted_lines
from metaan.diagnostics.asymmetry.rank_kernel import (
    exact_log_p,
    kendall,
    lower_tail,
    normal_log_p,
    standardized,
)
from metaan.trials.counting import counts
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.regression import regress
from tests.diagnostics.comparing import drawn
from tests.tolerance import EXACT, SOLVED, Tolerance, close

ALGEBRA = Tolerance(relative=1e-10, absolute=1e-12, reason="the same sums in another order")
RESCALED = Tolerance(
    relative=1e-8, absolute=1e-9, reason="searches for tau² end at 1e-10 of tau² + typical v"
)
TABLE = {
    "events1": [1, 4, 0, 12, 7, 30, 2, 0, 9, 5, 15],
    "n1": [20, 31, 12, 80, 45, 150, 18, 25, 60, 33, 70],
    "events2": [3, 6, 2, 20, 9, 41, 6, 0, 11, 12, 22],
    "n2": [22, 30, 14, 75, 50, 160, 20, 24, 66, 35, 71],
}


def batch(n=5, k=9, seed=8):
    """Return y, v and a mask of n analyses; the last has two studies, the one before equal v."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.02, 0.4, (n, k))
    y = rng.normal(0.2, np.sqrt(v + 0.05))
    present = (rng.uniform(size=(n, k)) < 0.8).astype(float)
    present[:, :4] = 1.0
    present[-1, 2:] = 0.0
    v[-2] = 0.1
    return y, v, present


def naive_line(y, x, w):
    """Return coefficients, standard errors and dispersion by least squares of weighted rows."""
    rows = np.column_stack([np.ones_like(x), x]) * np.sqrt(w)[:, None]
    beta, *_ = np.linalg.lstsq(rows, y * np.sqrt(w), rcond=None)
    rest = y * np.sqrt(w) - rows @ beta
    spread = rest @ rest / (len(y) - 2)
    return beta, np.sqrt(np.diag(np.linalg.inv(rows.T @ rows)) * spread), spread


def test_weighted_lines_are_naive_ones():
    """Each analysis by itself; no line for two studies and for equal predictors."""
    y, v, present = batch()
    found = weighted_lines(y, np.sqrt(v), 1 / v, present, level=0.9)
    for i in range(3):
        here = present[i] > 0
        beta, se, spread = naive_line(y[i, here], np.sqrt(v[i, here]), 1 / v[i, here])
        assert close(found.value[i], beta, ALGEBRA)
        assert close(found.se[i], se, ALGEBRA)
        assert close(found.dispersion[i], spread, ALGEBRA)
        assert (found.df[i] == here.sum() - 2).all()
        assert (found.low[i] < found.value[i]).all()
    for each in found[:8]:
        assert np.isnan(each[3:]).all()


def test_egger_is_the_intercept_of_his_own_regression():
    """The paper of 1997 regresses y / SE on 1 / SE, unweighted."""
    effects = drawn(12)
    found = asymmetry_test(effects)
    x = np.column_stack([np.ones(12), 1 / effects.se])
    beta, *_ = np.linalg.lstsq(x, effects.y / effects.se, rcond=None)
    assert close([found.slope.value, found.intercept.value], beta, ALGEBRA)


def test_mixed_lines_are_meta_regressions():
    """What regress finds with the standard error as moderator, analysis by analysis."""
    y, v, present = batch()
    plan = plan_of_line(None, None, Choices(tau2="REML", inference="HKSJ"), 0.95)
    found = mixed_lines(y, np.sqrt(v), v, present, plan=plan)
    for i in range(3):
        here = present[i] > 0
        se = np.sqrt(v[i, here])
        own = Effects.from_arrays(y[i, here], se=se, columns={"se_": se})
        fit = regress(own, "~ se_", tau2="REML", inference="HKSJ")
        assert close(found.value[i], fit.beta, SOLVED, typical=1.0)
        assert close(found.se[i], [each.se for each in fit.coefficients], SOLVED)
        assert close(found.tau2[i], fit.tau2, SOLVED, typical=0.1)
        assert close(found.log_p_value[i, 1], fit.coefficients[1].log_p_value, SOLVED)
    assert np.isnan(found.value[3:]).all()
    assert np.isnan(found.tau2[3:]).all()


@pytest.mark.parametrize("k", [3, 4, 6])
def test_exact_ranks_by_all_orders(k):
    """The two-sided p-value is twice the smaller tail over every order."""
    scores = np.array([
        kendall(np.arange(k)[None] * 1.0, np.array([order], dtype=float)).score[0]
        for order in itertools.permutations(range(k))
    ])  # fmt: skip
    assert close(lower_tail(k)[-1], 1.0, EXACT)
    for order in itertools.islice(itertools.permutations(range(k)), 0, None, 7):
        found = kendall(np.arange(k)[None] * 1.0, np.array([order], dtype=float))
        tails = np.mean(scores <= found.score[0]), np.mean(scores >= found.score[0])
        assert close(np.exp(exact_log_p(found)[0]), min(1.0, 2 * min(tails)), EXACT)


def test_exact_ranks_by_whole_numbers():
    """Counts of inversions of 60 studies in integers; no digit is lost in the tail."""
    ways = [1]
    for j in range(2, 61):
        sums = list(itertools.accumulate([*ways, *[0] * (j - 1)]))
        ways = [each - (sums[i - j] if i >= j else 0) for i, each in enumerate(sums)]
    total = math.factorial(60)
    expected = [float(Fraction(sum(ways[: i + 1]), total)) for i in (0, 100, 400, 800)]
    assert close(lower_tail(60)[[0, 100, 400, 800]], expected, EXACT)


def test_ranks_with_ties():
    """tau-b and its normal p-value are scipy's, ties in both lists and absent studies included."""
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 5, (6, 14)) * 0.1, rng.integers(0, 6, (6, 14)) * 0.3
    present = np.ones((6, 14))
    present[3:, 9:] = 0
    found = kendall(first, second, present)
    for i, here in enumerate(present > 0):
        tau, p = kendalltau(first[i, here], second[i, here], method="asymptotic")
        assert close(found.tau[i], tau, ALGEBRA)
        assert close(np.exp(normal_log_p(found)[1][i]), p, ALGEBRA)
    z, _ = normal_log_p(found, continuity=True)
    moved = np.sign(found.score) * np.maximum(np.abs(found.score) - 1, 0)
    assert close(z, moved / found.se, EXACT)
    assert np.isnan(exact_log_p(found)).all()


def test_values_that_differ_by_rounding_are_tied():
    """The sum of 1/a ... 1/d in another order is another number in the last digit."""
    v = np.array([[0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 0.2, 0.3]])
    assert v[0, 0] != v[0, 1]
    found = kendall(np.array([[1.0, 2.0, 3.0, 4.0]]), v)
    assert found.tied[0]
    assert found.score[0] == -3


def test_standardized_effects():
    """Begg and Mazumdar's formula; near total weight of one study nothing cancels."""
    y, v, present = batch()
    found = standardized(y, v, present)
    here = present[0] > 0
    own, w = y[0, here], 1 / v[0, here]
    mean = (w @ own) / w.sum()
    assert close(found[0, here], (own - mean) / np.sqrt(1 / w - 1 / w.sum()), ALGEBRA)
    assert (found[0, ~here] == 0).all()
    heavy = standardized(np.array([[0.5, 1.0, 2.0]]), np.array([[1e-20, 1.0, 1.0]]))
    # the heavy study against the mean of the others, 1.5, whose variance is 1/2
    assert close(heavy[0, 0], -1.0 / np.sqrt(0.5), EXACT)


def test_cells_of_schwarzer():
    """Means and variances of the noncentral hypergeometric distribution are scipy's."""
    found = asymmetry_test(counts(TABLE), "SCHWARZER", correction=0)
    a, n1, c, n2 = (np.array(TABLE[name]) for name in ("events1", "n1", "events2", "n2"))
    odds = np.exp(mantel_haenszel(counts(TABLE)).estimate.value)
    told = a + c > 0
    mean, var = np.array([
        nchypergeom_fisher(int(n), int(m), int(s), odds).stats(moments="mv")
        for n, m, s in zip((n1 + n2)[told], (a + c)[told], n1[told], strict=True)
    ]).T  # fmt: skip
    assert close(found.x, 1 / var, ALGEBRA)
    assert close(found.y, (a[told] - mean) / np.sqrt(var), ALGEBRA)
    assert found.tau == pytest.approx(kendalltau(found.y, found.x).statistic, rel=1e-12)


def test_lines_of_tables():
    """Macaskill with pooled variances, Peters, Harbord, Deeks: written out study by study."""
    source = counts(TABLE)
    effects = source.effects["OR"]
    rows = [tuple(row) for row in np.array([TABLE[name] for name in TABLE]).T if row[0] + row[2]]
    peters, macaskill, deeks, harbord = [], [], [], []
    for (a, n1, c, n2), y in zip(rows, effects.y, strict=True):
        n, events = n1 + n2, a + c
        weight = events * (n - events) / n
        peters.append((y, 1 / n, weight))
        macaskill.append((y, n, weight))
        size = 4 / (1 / n1 + 1 / n2)
        deeks.append((y, 1 / math.sqrt(size), size))
        variance = n1 * n2 * events * (n - events) / (n * n * (n - 1))
        harbord.append(((a - events * n1 / n) / variance, variance**-0.5, variance))
    for method, points in (
        ("PETERS", peters),
        ("MACASKILL_POOLED", macaskill),
        ("DEEKS", deeks),
        ("HARBORD", harbord),
    ):
        found = asymmetry_test(source, method)
        beta, se, spread = naive_line(*np.array(points).T)
        assert close([found.intercept.value, found.slope.value], beta, ALGEBRA)
        assert close([found.intercept.se, found.slope.se], se, ALGEBRA)
        assert close(found.dispersion, spread, ALGEBRA)
        assert found.k == 10


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), power=st.integers(-60, 60), k=st.integers(3, 12))
def test_laws(seed, power, k):
    """Order and unit are of no account; a change of sign turns every statistic; a shift none."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.5, k)
    y, factor, order = rng.normal(0.1, np.sqrt(v)), 3.0**power, rng.permutation(k)

    def statistics(effects, variances):
        return [each.statistic for each in asymmetry_tests(
            Effects.from_arrays(effects, variances)).tests]  # fmt: skip

    base = statistics(y, v)
    assert close(statistics(y[order], v[order]), base, RESCALED, typical=1.0)
    assert close(statistics(y * factor, v * factor * factor), base, RESCALED, typical=1.0)
    assert close(statistics(-y, v), np.negative(base), RESCALED, typical=1.0)
    assert close(statistics(y + 5, v), base, RESCALED, typical=1.0)


def test_a_swap_of_the_groups_turns_the_tests_of_tables():
    """Treatment for control: scores and log odds ratios change their signs."""
    swapped = {f"{name[:-1]}{3 - int(name[-1])}": column for name, column in TABLE.items()}
    one, other = asymmetry_tests(counts(TABLE)), asymmetry_tests(counts(swapped))
    assert len(one) == 12
    for test, turned in zip(one.tests, other.tests, strict=True):
        if test.method == "SCHWARZER":  # 1/2 in the cells of two tables moves the odds ratio
            continue
        assert close(turned.statistic, -test.statistic, RESCALED, typical=1.0)
        assert close(turned.p_value, test.p_value, RESCALED, typical=1.0)


def test_a_thousand_studies():
    """Memory goes in blocks, and the large score keeps its p-value."""
    effects = drawn(1000)
    found = asymmetry_tests(effects)
    tau, _ = kendalltau(found["BEGG"].y, effects.v)
    assert close(found["BEGG"].tau, tau, ALGEBRA)
    assert found["BEGG"].reference == "normal"
