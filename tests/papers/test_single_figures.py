"""Single printed figures, computed again from arms on file: the paper and page at each test.

Where a figure does not come out, the test says what does: the difference is in the source.
"""

from __future__ import annotations

import pytest
from scipy.stats import t

import metaan as ma
from tests.papers.pooled import numbers, published, reads, wald
from tests.tolerance import EXACT, Tolerance, close

TRIALS = ma.load_trials()
ARMS = TRIALS.arms.set_index("row_id")
PRINTED = TRIALS.contrast_rows.set_index("row_id")
WIDTH = Tolerance(absolute=0.1, reason="both limits are printed with one decimal")


def estimate(study, measure, control, **selection):
    """Return the comparison of acupuncture with a control in one trial."""
    pairs = TRIALS.select(study=study, **selection).contrasts("acupuncture", control)
    return wald(ma.effect_sizes(pairs, measure)).estimate


def by_rows(first, second, measure="MD"):
    """Return the comparison of two rows of trials.csv."""
    names = ("events", "n") if measure in ("RR", "RD") else ("mean", "sd", "n")
    table = {
        f"{name}{side}": [ARMS.at[row, name]]
        for side, row in (("1", first), ("2", second))
        for name in names
    }
    return wald(ma.effect_sizes(table, measure)).estimate


@pytest.mark.parametrize(
    ("control", "ours", "row", "limits"),
    [
        ("sham", ("0.034", "-0.037", "0.104"), "c40", (-0.037, 0.103)),
        ("usual_care", ("0.202", "0.136", "0.269"), "c41", (0.134, 0.267)),
    ],
)
def test_haake2007_responders(control, ours, row, limits):
    """Haake 2007, abstract: 3.4% and 20.2%; its limits are not Wald's, by 0.1 to 0.2%."""
    found = estimate(
        "haake2007", "RD", control, outcome="responder", term="intermediate", preferred=True
    )
    assert reads(numbers(found), *ours)
    assert close(PRINTED.at[row, "estimate"], float(ours[0]), EXACT)
    assert (PRINTED.at[row, "ci_low"], PRINTED.at[row, "ci_high"]) == limits


def test_brinkhaus2006_week_8():
    """Brinkhaus 2006, abstract: 5.1 (-3.7, 13.9) more decrease; n 140 and 70 give it."""
    setting = {"outcome": "pain", "term": "immediate", "instrument": "VAS_0_100"}
    found = estimate("brinkhaus2006", "MD", "sham", **setting)
    assert reads(numbers(found), "-5.1", "-13.9", "3.7")
    row = PRINTED.loc["c9"]
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == (-5.1, -13.9, 3.7)
    randomized = estimate("brinkhaus2006", "MD", "sham", preferred=False, **setting)
    assert reads(numbers(randomized), "-5.1", "-13.7", "3.5")


def test_brinkhaus2006_waiting_list():
    """Brinkhaus 2006, abstract: 21.7 (13.9, 30.0) is adjusted; the arms give -21.8, narrower."""
    setting = {"outcome": "pain", "term": "immediate", "instrument": "VAS_0_100"}
    found = estimate("brinkhaus2006", "MD", "no_treatment", **setting)
    assert reads(numbers(found), "-21.8", "-28.9", "-14.7")
    row = PRINTED.loc["c10"]
    assert "adjusted" in row["flags"].split("|")
    assert row["ci_high"] - row["ci_low"] > found.high - found.low


@pytest.mark.parametrize(
    ("first", "second", "row", "texts"),
    [
        ("7", "8", "c3", ("1.9", "-4.2", "8.0")),
        ("31", "32", "c12", ("-5.7", "-14.4", "3.0")),
    ],
)
def test_brinkhaus2006_recovered_sds(first, second, row, texts):
    """Skelly 2020, AHRQ CER 227, Table 17: SDs recovered from the intervals give them back."""
    assert reads(numbers(by_rows(first, second)), *texts)
    line = PRINTED.loc[row]
    assert [line["estimate"], line["ci_low"], line["ci_high"]] == [float(text) for text in texts]


def test_witt2006():
    """Witt 2006, abstract: 74.5 - 65.1 = 12.1 - 2.7 = 9.4 (8.3, 10.5) on HFAQ."""
    endpoint = estimate("witt2006", "MD", "usual_care", outcome="function", term="immediate")
    change = by_rows("309", "310")
    assert reads(numbers(endpoint), "9.4", "8.3", "10.5")
    assert reads(numbers(change), "9.4", "8.3", "10.5")
    assert PRINTED.at["c58", "estimate"] == 9.4


def test_cherkin2009_changes():
    """Sherman 2009, Table 1, minus week 8: 4.4, 4.5, 4.4, 2.1 as in the abstract of the trial."""
    for baseline, week8, change in zip(
        ("71", "72", "73", "74"), ("79", "80", "81", "82"), ("75", "76", "77", "78"), strict=True
    ):
        fall = ARMS.at[week8, "mean"] - ARMS.at[baseline, "mean"]
        assert close(fall, ARMS.at[change, "mean"], EXACT)


def test_debar2025():
    """DeBar 2025, abstract: changes and percentages give the printed differences and ratios."""
    base = ARMS.at["112", "mean"]
    for arm, row, text in (("113", "c34", "-1.0"), ("114", "c35", "-1.5")):
        assert reads([ARMS.at[arm, "mean"] - base], text)
        assert PRINTED.at[row, "estimate"] == float(text)
    for arm, row, text in (("134", "c38", "1.33"), ("135", "c39", "1.49")):
        assert reads([ARMS.at[arm, "mean"] / ARMS.at["133", "mean"]], text)
        assert PRINTED.at[row, "estimate"] == float(text)


@pytest.mark.parametrize(
    ("first", "second", "difference", "statistic", "p_value"),
    [("269", "270", "-1.66", "-2.23", "0.03"), ("220", "221", "-3.4", "-3.44", "0.001")],
)
def test_welch(first, second, difference, statistic, p_value):
    """Shin 2013, abstract (p 0.0305) and Meng 2003 (p 0.001): Welch's t from the arms."""
    found = by_rows(first, second)
    assert reads([found.value, found.statistic], difference, statistic)
    parts = [ARMS.at[row, "sd"] ** 2 / ARMS.at[row, "n"] for row in (first, second)]
    rest = [ARMS.at[row, "n"] - 1 for row in (first, second)]
    df = sum(parts) ** 2 / sum(v * v / m for v, m in zip(parts, rest, strict=True))
    assert reads([2 * t.sf(abs(found.statistic), df)], p_value)


def test_johnston2021():
    """Johnston 2021, abstract: 33.4 - 21.5 is 11.9, printed 12.0 (0.1, 23.8), with t limits."""
    found = by_rows("180", "181")
    assert reads([found.value], "-11.9")
    row = PRINTED.loc["c43"]
    assert row["estimate"] == -12.0
    width = 2 * t.ppf(0.975, row["n1"] + row["n2"] - 2) * found.se
    assert close(width, row["ci_high"] - row["ci_low"], WIDTH)


@pytest.mark.parametrize(
    ("row", "percent"), [("170", "88.68"), ("171", "71.70"), ("317", "93.33"), ("318", "73.33")]
)
def test_effective_rates(row, percent):
    """J Clin Med Pract 2022 and Yang 2024, abstracts: the counts give the printed rates."""
    assert reads([100 * ARMS.at[row, "events"] / ARMS.at[row, "n"]], percent)


def test_leibing2002_adverse_events():
    """Mu 2020, adverse events: RR 3.34 (0.36, 30.7) is what 3/35 and 1/39 give."""
    assert reads(numbers(by_rows("197", "198", "RR")), "3.34", "0.36", "30.7")


def test_kennedy2008_tablets():
    """Su 2021 pools tablets to -3.19 (-3.45, -2.92): almost this trial, if SDs are SDs."""
    found = estimate("kennedy2008", "MD", "sham", outcome="medication_use", term="immediate")
    assert reads(numbers(found), "-3.20", "-3.47", "-2.93")
    review = published("su2021_04")
    assert (review.value, review.low, review.high) == (-3.19, -3.45, -2.92)
    assert "sd_suspected_se" in ARMS.at["182", "flags"].split("|")
