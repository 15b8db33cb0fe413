"""Q-profile limits of tau² against metafor's confint, and one place where R's search ends."""

from __future__ import annotations

import pytest
from scipy.stats import chi2

from tests.reference.pinned import cases, effects, fits, ours
from tests.tolerance import EXACT, SOLVED, close

CASES = [(name, key) for name, _, key in cases("confint_tau2_tight")]
# R looks for the upper limit up to ten times its tau² (or 100) and returns that ceiling.
CEILING = ("dat.normand1999/uni_MD", "DL:QP")


def cochran_q(y, v, tau2):
    """Return the generalized Q statistic with plain loops."""
    w = [1 / (float(x) + tau2) for x in v]
    mean = sum(a * float(b) for a, b in zip(w, y, strict=True)) / sum(w)
    return sum(a * (float(b) - mean) ** 2 for a, b in zip(w, y, strict=True))


@pytest.mark.parametrize(("dataset", "key"), [case for case in CASES if case != CEILING])
def test_q_profile_limits(dataset, key):
    """The limits of tau² and I² agree with R's, its tolerance lowered."""
    record = fits()[dataset]
    het = ours(record, key.replace("QP", "z")).heterogeneity
    expected = record["confint_tau2_tight"][key]
    typical = het.typical_v
    assert close([het.tau2_low, het.tau2_high], expected["tau2"][1:], SOLVED, typical=typical)
    assert close([het.i2_low, het.i2_high], expected["I2"][1:], SOLVED, typical=1.0)


def test_ceiling_of_r_is_not_a_limit():
    """Where R's search ends at its ceiling, Q there is far from the quantile; ours is on it."""
    dataset, key = CEILING
    record = fits()[dataset]
    studies = effects(record)
    theirs = record["confint_tau2_tight"][key]["tau2"]
    assert close(theirs[2], 10 * theirs[0], EXACT)
    quantile = chi2.ppf(0.025, studies.k - 1)
    het = ours(record, "DL:z").heterogeneity
    assert close(cochran_q(studies.y, studies.v, het.tau2_high), quantile, SOLVED)
    assert cochran_q(studies.y, studies.v, theirs[2]) > 1.3 * quantile
    assert close(het.tau2_high, record["confint_tau2_tight"]["REML:QP"]["tau2"][2], SOLVED)
