"""Mu 2020, Cochrane CD013814: abstract, Main results (pain against sham, no treatment).

Its member lists were not read, so nothing here is a reproduction: the trials on file are set
beside the printed pools, and asserted to be near them and not equal to them.
"""

from __future__ import annotations

import pytest

import metaan as ma
from tests.papers.pooled import numbers, published, reads, wald


def compared(control):
    """Return the comparisons on VAS 0 to 100 just after treatment."""
    trials = ma.load_trials().select(outcome="pain", term="immediate", instrument="VAS_0_100")
    return trials.contrasts("acupuncture", control)


def people(pairs):
    """Return how many participants there are."""
    return pairs.pairs[["n1", "n2"]].to_numpy().sum()


def test_sham():
    """Five trials on file beside the printed seven: near -9.22 (-13.82, -4.61)."""
    pairs = compared("sham")
    assert list(pairs.pairs["study_id"]) == [
        "brinkhaus2006",
        "kerr2003",
        "leibing2002",
        "mendelson1983",
        "molsberger2002",
    ]
    fit = wald(ma.effect_sizes(pairs, "MD"))
    assert reads(numbers(fit.estimate), "-9.06", "-13.26", "-4.86")
    assert reads([fit.heterogeneity.q, fit.tau2], "1.03", "0.000")
    review = published("mu2020_01")
    assert (review.value, review.low, review.high) == (-9.22, -13.82, -4.61)
    assert (people(pairs), review.n) == (524, 1403)
    assert 0.1 < abs(fit.estimate.value - review.value) < 0.2


def test_no_treatment():
    """Two trials on file beside the printed four: near -20.32 (-24.50, -16.14)."""
    pairs = compared("no_treatment")
    assert list(pairs.pairs["study_id"]) == ["brinkhaus2006", "zaringhalam2010"]
    fit = wald(ma.effect_sizes(pairs, "MD"))
    assert reads(numbers(fit.estimate), "-20.81", "-27.08", "-14.55")
    assert reads([fit.heterogeneity.q, fit.tau2], "0.34", "0.000")
    review = published("mu2020_06")
    assert (review.value, review.low, review.high) == (-20.32, -24.50, -16.14)
    assert (people(pairs), review.n) == (254, 366)
    assert 0.4 < abs(fit.estimate.value - review.value) < 0.6


@pytest.mark.parametrize(("pool_id", "k"), [("mu2020_01", 7), ("mu2020_06", 4)])
def test_the_size_of_the_review(pool_id, k):
    """33 studies with 8270 participants are declared; a pool has a few of them."""
    review = published(pool_id)
    assert (review.k, review.declared_k, review.declared_n) == (k, 33, 8270)
