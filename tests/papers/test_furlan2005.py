"""Furlan 2005, Cochrane CD001351.pub2: Analyses 5.1.1 (page 91) and 12.1.1 (page 113).

Chronic low back pain, acupuncture against sham, and acupuncture added to another treatment.
"""

from __future__ import annotations

import pytest

import metaan as ma
from tests.papers.pooled import numbers, published, reads, wald
from tests.tolerance import close, printed

SHAM = ["kerr2003", "leibing2002", "mendelson1983", "molsberger2002"]
ADDED = ["leibing2002", "meng2003", "molsberger2002", "yeung2003"]


def added():
    """Return the comparisons of Analysis 12.1.1."""
    trials = ma.load_trials().select(outcome="pain", term="immediate", study=ADDED)
    return trials.contrasts("acupuncture", ["usual_care", "physical"])


def test_acupuncture_against_sham():
    """Analysis 5.1.1, mean difference on VAS 0 to 100: every printed digit."""
    trials = ma.load_trials().select(
        outcome="pain", term="immediate", instrument="VAS_0_100", study=SHAM
    )
    pairs = trials.contrasts("acupuncture", "sham")
    sizes = zip(pairs.pairs["study_id"], pairs.pairs["n1"], pairs.pairs["n2"], strict=True)
    assert list(sizes) == [
        ("kerr2003", 26, 20),
        ("leibing2002", 35, 40),
        ("mendelson1983", 36, 41),
        ("molsberger2002", 58, 58),
    ]
    with pytest.warns(ma.EmptyIntervalWarning):
        fit = wald(ma.effect_sizes(pairs, "MD"))
    assert reads(numbers(fit.estimate), "-10.21", "-14.99", "-5.44")
    assert reads([fit.heterogeneity.q, fit.heterogeneity.i2_q], "0.03", "0")
    assert reads([fit.estimate.p_value], "0.000027")
    assert fit.tau2 == 0.0
    review = published("furlan2005_01")
    assert (review.value, review.low, review.high) == (-10.21, -14.99, -5.44)
    assert (review.k, review.n) == (fit.k, pairs.pairs[["n1", "n2"]].to_numpy().sum())


def test_acupuncture_added():
    """Analysis 12.1.1, standardized, with the review software's correction and variance."""
    pairs = added()
    assert list(pairs.pairs["study_id"]) == ADDED
    assert pairs.left_out == ()
    fit = wald(ma.effect_sizes(pairs, "SMD", correction="approximate", variance="REVMAN"))
    assert reads(numbers(fit.estimate), "-0.76", "-1.02", "-0.50")
    assert reads([fit.heterogeneity.q, fit.tau2], "3.49", "0.01")
    assert reads([fit.heterogeneity.i2_q, fit.heterogeneity.i2], "14", "14")
    review = published("furlan2005_02")
    assert (review.value, review.low, review.high, review.i2) == (-0.76, -1.02, -0.5, 14)
    assert (review.k, review.n) == (fit.k, pairs.pairs[["n1", "n2"]].to_numpy().sum())


@pytest.mark.parametrize(
    ("options", "low", "q"),
    [
        ({"correction": "approximate", "variance": "REVMAN"}, "-1.02", "3.49"),
        ({"correction": "exact", "variance": "REVMAN"}, "-1.02", "3.49"),
        ({"correction": "exact"}, "-1.03", "3.52"),
        ({"correction": "approximate"}, "-1.03", "3.52"),
        ({}, "-1.03", "3.52"),
    ],
)
def test_what_makes_the_last_digit(options, low, q):
    """The lower limit turns on the variance formula, not on the small-sample correction."""
    fit = wald(ma.effect_sizes(added(), "SMD", **options))
    assert reads([fit.estimate.value, fit.estimate.high], "-0.76", "-0.50")
    assert close(fit.estimate.low, float(low), printed(low))
    assert close(fit.heterogeneity.q, float(q), printed(q))
