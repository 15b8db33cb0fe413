"""Fine 1993, survival at 12 months in 17 trials of glioma, as printed by R's meta.

The statsmodels documentation, notebook metaanalysis1, "Results from R meta package": it sets
the survivors of trials 1 and 2 to 18 and 22, to have a tau2 above 0.
"""

from __future__ import annotations

import metaan as ma
from tests.papers.pooled import reads
from tests.tolerance import EXACT, close

TABLE = {
    "events1": [18, 22, 21, 14, 42, 80, 13, 37, 23, 19, 106, 170, 34, 18, 13, 12, 42],
    "n1": [19, 34, 72, 22, 70, 183, 26, 61, 36, 45, 246, 386, 59, 45, 14, 26, 74],
    "events2": [12, 12, 15, 5, 13, 33, 18, 30, 12, 14, 76, 46, 17, 3, 14, 10, 40],
    "n2": [22, 35, 68, 20, 32, 94, 50, 55, 25, 35, 208, 141, 32, 15, 18, 19, 75],
}
# Log odds ratio with its limits, and the percentages of both models.
STUDIES = """
2.7081 0.5265 4.8896 0.3 0.7
1.2567 0.2658 2.2476 2.1 3.2
0.3749 -0.3911 1.1410 5.4 5.4
1.6582 0.3245 2.9920 0.9 1.8
0.7850 -0.0673 1.6372 3.5 4.4
0.3617 -0.1528 0.8762 12.1 11.8
0.5754 -0.3861 1.5368 3.0 3.4
0.2505 -0.4881 0.9892 6.1 5.8
0.6506 -0.3877 1.6889 2.5 3.0
0.0918 -0.8067 0.9903 4.5 3.9
0.2739 -0.1047 0.6525 23.1 21.4
0.4858 0.0804 0.8911 18.6 18.8
0.1823 -0.6830 1.0476 4.6 4.2
0.9808 -0.4178 2.3795 1.3 1.6
1.3122 -1.0055 3.6299 0.4 0.6
-0.2595 -1.4450 0.9260 3.1 2.3
0.1384 -0.5076 0.7844 8.5 7.6
"""


def random_effects():
    """Return the fit of DerSimonian and Laird with Wald's interval."""
    return ma.pool(ma.effect_sizes(TABLE, "OR"), tau2="DL", inference="WALD")


def test_mantel_haenszel():
    """The log odds ratio, its standard error and limits, with 16 digits."""
    found = ma.mantel_haenszel(ma.counts(TABLE), "OR").estimate
    assert close(found.value, 0.4428186730553189, EXACT)
    assert close(found.se, 0.08928560091027186, EXACT)
    assert close([found.low, found.high], [0.2678221109331694, 0.6178152351774684], EXACT)
    assert reads([found.statistic], "4.96")


def test_studies():
    """Each trial's log odds ratio, limits and weights."""
    effects = ma.effect_sizes(TABLE, "OR")
    low, high = effects.limits()
    common = ma.mantel_haenszel(ma.counts(TABLE), "OR").weights
    columns = (effects.y, low, high, common, random_effects().weights)
    lines = [line.split() for line in STUDIES.split("\n") if line]
    for at, texts in enumerate(lines):
        assert reads([column[at] for column in columns], *texts)


def test_random_effects():
    """The random-effects line, tau2, I2, H and Q."""
    fit = random_effects()
    mean, found = fit.estimate, fit.heterogeneity
    assert reads(
        [mean.value, mean.low, mean.high, mean.statistic], "0.4295", "0.2504", "0.6086", "4.70"
    )
    assert reads([fit.tau2, fit.tau2**0.5, found.i2_q], "0.0017", "0.0410", "1.1")
    assert reads([found.q, found.p_value, found.h2**0.5], "16.18", "0.4404", "1.01")


def test_jackson():
    """tau2 and tau between the limits of Jackson's method."""
    limits = ma.tau2_interval(random_effects(), "J")
    assert reads([limits.tau2.low, limits.tau2.high], "0.0000", "0.4589")
    assert reads([limits.tau.low, limits.tau.high], "0.0000", "0.6774")
