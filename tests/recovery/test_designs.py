"""Change scores, shared controls, clusters and crossover trials, against raw data and examples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metaan.core.errors import InputError
from metaan.recovery.crossover import (
    paired_difference,
    paired_from_ci,
    paired_from_p,
    paired_from_t,
)
from metaan.recovery.designs import (
    change_sd,
    cluster_adjust,
    cluster_inflate,
    correlation_from_sds,
    split_control,
)
from tests.tolerance import EXACT, Tolerance, close, printed

QUANTILES = Tolerance(relative=1e-10, reason="scipy before 1.17 inverts t to 1e-11 only")
RAW = Tolerance(relative=1e-10, reason="standard deviations and correlations of raw numbers")


def pairs(n=24, seed=7):
    """Return two correlated measurements of n participants."""
    rng = np.random.default_rng(seed)
    first = rng.normal(40, 8, n)
    return first, 0.7 * first + rng.normal(8, 6, n)


def test_change_scores_of_the_handbook():
    """Cochrane Handbook 6.5.2.8: correlations 0.78 and 0.82, then an SD of change of 4.3."""
    found = correlation_from_sds([6.4, 7.0], [7.1, 6.9], [4.5, 4.2])
    assert close(found["r"][0], 0.78, printed("0.78"))
    assert close(found["r"][1], 0.82, printed("0.82"))
    assert close(change_sd(6.4, 7.1, 0.80)["sd"], 4.3, printed("4.3"))
    assert found.flags == ()


def test_change_scores_of_raw_data():
    """The sample's own correlation leads to the SD of its changes, and back."""
    before, after = pairs()
    r = np.corrcoef(before, after)[0, 1]
    sds = before.std(ddof=1), after.std(ddof=1)
    change = (after - before).std(ddof=1)
    assert close(change_sd(*sds, r)["sd"], change, RAW)
    assert close(correlation_from_sds(*sds, change)["r"], r, RAW)


def test_a_sweep_of_correlations_is_recorded():
    """One row for each correlation; the record names them, or their range."""
    sweep = np.array([0.0, 0.5, 1.0])[:, None]
    found = change_sd([4.0, 5.0], [4.0, 6.0], sweep)
    assert close(found["sd"], np.sqrt([[32, 61], [16, 31], [0, 1]]), EXACT)
    assert str(found.assumptions[0]) == "correlation 0, 0.5, 1 (assumed)"
    many = change_sd(4.0, 5.0, np.linspace(0.1, 0.9, 17))
    assert many.assumptions[0].value == "0.1 to 0.9"
    assert change_sd(4.0, 5.0, 0.5).assumptions[0].value == 0.5
    assert change_sd(4.0, 5.0, np.nan).assumptions[0].value == "not given"


def test_change_scores_that_cannot_be():
    """A standard error taken for an SD, correlations beyond 1, negative SDs."""
    with pytest.raises(InputError, match=r"row 2: sd_change must lie between.*standard error"):
        correlation_from_sds([6.4, 6.4], [7.1, 7.1], [4.5, 0.4])
    with pytest.raises(InputError) as caught:
        change_sd([6.4, -1.0], [7.1, 2.0], [1.2, 0.5])
    assert "row 2: sd_before must not be negative" in str(caught.value)
    assert "row 1: correlation must lie between -1 and 1" in str(caught.value)
    assert np.isnan(change_sd([np.nan], [2.0], 0.5)["sd"]).all()
    assert correlation_from_sds(5.0, 5.0, 6.0).flags[0].startswith("correlation 0.28: final")


def test_a_shared_control_is_divided():
    """The parts add up to the control; the record says that they remain dependent."""
    found = split_control([60, 45], [2, 3], events=[15, 9])
    assert close(found["n"] * [2, 3], [60.0, 45.0], EXACT)
    assert close(found["events"], [7.5, 3.0], EXACT)
    assert "remain dependent" in found.method
    assert list(split_control(60, 2)) == ["n"]
    assert np.isnan(split_control([60], 2, events=[np.nan])["events"]).all()


def test_controls_that_cannot_be_divided():
    """One group, a broken number of groups, more events than participants."""
    with pytest.raises(InputError) as caught:
        split_control([60, 60, 10], [1, 2.5, 2], events=[5, 5, 12])
    text = str(caught.value)
    for part in ("row 1: groups", "row 2: groups", "row 3: events must lie between 0 and n"):
        assert part in text


def test_clusters_of_the_handbook():
    """Cochrane Handbook 23.1.4: 63/295 and 84/330 become 40.0/187.2 and 53.3/209.4."""
    found = cluster_adjust([295, 330], 0.02, 29.8, events=[63, 84])
    assert close(found["design_effect"], 1.576, printed("1.576"))
    for name, values in (("n", ("187.2", "209.4")), ("events", ("40.0", "53.3"))):
        for ours, text in zip(found[name], values, strict=True):
            assert close(ours, float(text), printed(text))
    assert str(found.assumptions[0]) == "intracluster correlation 0.02 (assumed)"
    assert found.method.endswith(
        "n over the design effect 1 + (m − 1) ICC = 1.576, mean cluster size m 29.8"
    )
    uneven = cluster_inflate([0.3, 0.1], 0.2, 0.02, [29.8, 10], cv=0.5).method
    assert uneven.endswith(
        "times the design effect 1 + ((1 + cv²) m − 1) ICC = 1.23, 1.725, mean cluster size m "
        "10, 29.8, coefficient of variation of the sizes 0.5"
    )


def test_variance_of_a_mean_of_clusters():
    """The design effect is the variance of correlated participants' mean, sizes unequal too."""
    sizes, icc = np.array([3, 7, 10, 12]), 0.1
    blocks = [np.full((m, m), icc) + (1 - icc) * np.eye(m) for m in sizes]
    total = sizes.sum()
    variance = sum(block.sum() for block in blocks) / total**2
    cv = sizes.std() / sizes.mean()
    found = cluster_inflate([0.3], [1 / total], icc, sizes.mean(), cv=cv)
    assert close(found["v"], variance, RAW)
    assert close(cluster_adjust(total, icc, sizes.mean(), cv=cv)["n"], 1 / variance, RAW)


def test_no_clusters_no_change():
    """Clusters of one participant, or no correlation, leave numbers alone; sweeps have rows."""
    assert close(cluster_adjust([50], 0.3, 1)["n"], [50.0], EXACT)
    assert close(cluster_inflate([0.3], [0.2], 0.0, 40)["v"], [0.2], EXACT)
    sweep = cluster_inflate([0.3, 0.1], [0.2, 0.4], np.array([0.0, 0.05])[:, None], 21)
    assert close(sweep["v"], [[0.2, 0.4], [0.4, 0.8]], EXACT)
    assert close(sweep["y"], [[0.3, 0.1], [0.3, 0.1]], EXACT)


def test_clusters_that_cannot_be():
    """An ICC as a percentage, clusters below 1, a design effect below 0."""
    with pytest.raises(InputError, match="icc must lie between -1 and 1"):
        cluster_adjust([50], 2, 10)
    with pytest.raises(InputError, match="cluster_size must be at least 1"):
        cluster_adjust([50], 0.02, 0.5)
    with pytest.raises(InputError, match="design effect must be positive"):
        cluster_adjust([50], -0.2, 10)
    with pytest.raises(InputError, match="v must not be negative"):
        cluster_inflate([0.1], [-1.0], 0.02, 10)


def test_crossover_of_the_handbook():
    """Cochrane Handbook 23.2.7: MD 0.5 with SE 0.583 at a correlation of 0.68."""
    found = paired_difference(7.0, 2.38, 6.5, 2.21, 10, 0.68)
    assert close(found["sd"], 1.8426, printed("1.8426"))
    assert close(found["se"], 0.583, printed("0.583"))
    assert close(found["y"], 0.5, EXACT)
    assert str(found.assumptions[0]) == "correlation 0.68 (assumed)"


def test_every_print_of_a_paired_test_leads_to_it():
    """Means, interval, t and p of one sample: one error, and the sample's correlation."""
    first, second = pairs()
    test = stats.ttest_rel(second, first)
    limits = test.confidence_interval()
    n, difference = len(first), np.mean(second - first)
    sds = (second.std(ddof=1), first.std(ddof=1))
    r = np.corrcoef(first, second)[0, 1]
    means = paired_difference(second.mean(), sds[0], first.mean(), sds[1], n, r)
    se = np.std(second - first, ddof=1) / np.sqrt(n)
    for found in (
        paired_from_ci(difference, limits.low, limits.high, n, sds=sds),
        paired_from_t(difference, test.statistic, n, sds=sds),
        paired_from_p(difference, test.pvalue, n, sds=sds),
    ):
        assert close([found["y"], found["se"], found["r"]], [difference, se, r], RAW)
        assert close(found["v"], means["v"], RAW)
        assert found.assumptions == found.flags == ()


def test_degrees_of_freedom_of_a_period_effect():
    """N - 2 widens t, so that the error is smaller; without SDs there is no correlation."""
    plain = paired_from_ci([0.5], [-0.8], [1.8], [10])
    period = paired_from_ci([0.5], [-0.8], [1.8], [10], df=8)
    ratio = stats.t.isf(0.025, 9) / stats.t.isf(0.025, 8)
    assert close(period["se"] / plain["se"], [ratio], QUANTILES)
    assert np.isnan(plain["r"]).all()


def test_an_error_that_fits_no_correlation_is_flagged():
    """Often a parallel analysis, or one adjusted for periods: no correlation, but no refusal."""
    found = paired_from_t([0.5, 2.0], [0.858, 0.1], [10, 10], sds=(2.38, 2.21))
    assert np.isnan(found["r"]).tolist() == [False, True]
    (flag,) = found.flags
    assert flag.startswith("row 2: the SD of the differences, 63.2, fits no correlation")


def test_crossovers_that_cannot_be():
    """Fewer than two participants, SDs that are none, a correlation beyond 1."""
    with pytest.raises(InputError, match="n must be at least 2"):
        paired_from_p([0.5], [0.1], [1])
    with pytest.raises(InputError, match="sd1 must be positive"):
        paired_from_t([0.5], [2.0], [10], sds=(0, 1))
    with pytest.raises(InputError) as caught:
        paired_difference([7.0], [-2.0], [6.5], [2.21], [0], 1.5)
    for part in ("sd1 must not", "n must be positive", "correlation must lie"):
        assert part in str(caught.value)
