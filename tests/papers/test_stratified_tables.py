"""Stratified two-by-two tables with printed Mantel-Haenszel analyses: the source at each test."""

from __future__ import annotations

import metaan as ma
from tests.papers.pooled import numbers, reads

# Agresti 1996, An introduction to categorical data analysis, Table 3.3, p. 60: smokers with and
# without lung cancer, and nonsmokers, in eight Chinese cities (Liu 1992).
CHINA = {
    "events1": [126, 908, 913, 235, 402, 182, 60, 104],
    "nonevents1": [100, 688, 747, 172, 308, 156, 99, 89],
    "events2": [35, 497, 336, 58, 121, 72, 11, 21],
    "nonevents2": [61, 807, 598, 121, 215, 98, 43, 36],
}
# SAS/STAT user's guide, The FREQ procedure, example "Cochran-Mantel-Haenszel Statistics"
# (hypothetical): better and same under the drug, under placebo; women, men.
MIGRAINE = {
    "events1": [16, 12],
    "nonevents1": [11, 16],
    "events2": [5, 7],
    "nonevents2": [20, 19],
}
SWAPPED = {"events": "nonevents", "nonevents": "events"}


def noncases(table):
    """Return the tables with the other outcome counted."""
    return {SWAPPED[name[:-1]] + name[-1]: values for name, values in table.items()}


def test_chinese_smoking_estimates():
    """SAS output of appendix A.4 (www.stanford.edu/class/ed257/exs/chinasmokehndt): estimates."""
    assert sum(sum(column) for column in CHINA.values()) == 8419
    for measure, table, text in [
        ("OR", CHINA, "2.174"),
        ("RR", CHINA, "1.519"),
        ("RR", noncases(CHINA), "0.700"),
    ]:
        found = ma.mantel_haenszel(ma.counts(table), measure).estimate
        assert reads([found.read().value], text)


def test_chinese_smoking_logit():
    """The same output: its logit estimates are the common effect by inverse variances."""
    for measure, table, texts in [
        ("OR", CHINA, ("2.173", "1.983", "2.382")),
        ("RR", CHINA, ("1.513", "1.436", "1.594")),
        ("RR", noncases(CHINA), ("0.701", "0.673", "0.730")),
    ]:
        fit = ma.pool(ma.effect_sizes(table, measure), model="common")
        assert reads(numbers(fit.estimate), *texts)


def test_chinese_smoking_tests():
    """The same output: CMH 280.138, Breslow-Day 5.200 (p 0.636)."""
    tests = ma.count_tests(ma.counts(CHINA))
    assert reads([tests["CMH"].statistic], "280.138")
    homogeneity = tests["BRESLOW_DAY"]
    assert homogeneity.df == 7
    assert reads([homogeneity.statistic, homogeneity.p_value], "5.200", "0.636")


def test_chinese_smoking_limits():
    """Its limits of Mantel-Haenszel estimates are test-based, as it says: value^(1 +- z/chi)."""
    chi = ma.count_tests(ma.counts(CHINA))["CMH"].statistic ** 0.5
    for measure, table, low, high in [
        ("OR", CHINA, "1.985", "2.382"),
        ("RR", CHINA, "1.447", "1.595"),
        ("RR", noncases(CHINA), "0.671", "0.730"),
    ]:
        value = ma.mantel_haenszel(ma.counts(table), measure).estimate.read().value
        limits = sorted(value ** (1 + sign * 1.959964 / chi) for sign in (-1, 1))
        assert reads(limits, low, high)


def test_migraine():
    """SAS/STAT, Output 35.7.1 and its like: CMH 8.3052, p 0.0040, of 106 people."""
    test = ma.count_tests(ma.counts(MIGRAINE))["CMH"]
    assert test.df == 1
    assert reads([test.statistic, test.p_value], "8.3052", "0.0040")
    assert sum(sum(column) for column in MIGRAINE.values()) == 106


def test_migraine_in_r():
    """Printed by R's mantelhaen.test and DescTools' BreslowDayTest (with Tarone's correction)."""
    counts = ma.counts(MIGRAINE)
    found = ma.mantel_haenszel(counts, "OR").estimate
    assert reads(numbers(found), "3.313168", "1.445613", "7.593375")
    tests = ma.count_tests(counts)
    assert reads([tests["CMH"].statistic, tests["CMH"].p_value], "8.305169", "0.00395324")
    assert reads([tests["TARONE"].statistic, tests["TARONE"].p_value], "1.490537", "0.2221331")
