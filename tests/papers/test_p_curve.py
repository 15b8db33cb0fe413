"""A printed p-curve: Harrer, Cuijpers, Furukawa and Ebert, Doing Meta-Analysis in R, 9.2.2.

Data "ThirdWave" without its outliers, studies 3 and 16; the page prints dmetar's function, which
follows the authors' application.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from metaan.core.effects import Effects
from metaan.diagnostics.selection.p_curve import p_curve
from metaan.diagnostics.selection.p_curve_kernel import log_power, mean_of_power, places
from tests.papers.pooled import reads
from tests.papers.tabled import data


def curve():
    """Return the curve of the 16 studies."""
    table = data("thirdwave").drop(index=[2, 15])
    return p_curve(Effects.from_arrays(table["te"], se=table["se"]))


def test_the_page():
    """Counts, tests, power; all but the half test of flatness."""
    found = curve()
    assert (found.k, found.significant, found.below_half) == (16, 9, 8)
    right, flat = found.right_skew, found.flat
    assert reads([right.p_count, right.full, right.p_full, right.half, right.p_half],
                 "0.020", "-3.797", "0.000", "-2.743", "0.003")  # fmt: skip
    assert reads([flat.p_count, flat.full, flat.p_full], "0.952", "1.540", "0.938")
    assert reads([100 * found.power, 100 * found.power_low, 100 * found.power_high],
                 "66", "31.1", "87.8")  # fmt: skip
    assert found.present
    assert not found.absent


def test_the_half_test_of_flatness():
    """What gives the page's 3.422 is ``P(p < 0.025)`` given p < 0.05 for what it is without that.

    Such probabilities run from 2/3 to 1 where they should from 0: they cannot reject.
    """
    found, mean = curve(), mean_of_power(1 / 3)
    z = np.abs(found.z[found.log_p < np.log(0.025)])
    below = norm.cdf(z - mean) - norm.cdf(-z - mean)
    given = float(np.exp(log_power(mean, 0.025) - log_power(mean, 0.05)))
    wrong = (below - (1 - given)) / given
    assert reads([norm.ppf(wrong).sum() / np.sqrt(len(z))], "3.422")
    least = -norm.ppf(0.0125)
    at_cut = norm.cdf(least - mean) - norm.cdf(-least - mean)
    assert (at_cut - (1 - given)) / given == pytest.approx(2 / 3, rel=1e-12)
    assert norm.cdf(places(np.array([least * 1.0000001]), mean, 0.025))[0] > 0.999
    assert found.flat.half == pytest.approx(0.8780851264225574, rel=1e-9)


def test_uniform_at_the_right_power():
    """Of many studies with a power of 1/3, the half curve's probabilities are uniform."""
    mean = mean_of_power(1 / 3)
    z = np.abs(np.random.default_rng(4).normal(mean, 1, 200_000))
    for alpha in (0.05, 0.025):
        chosen = z[z > -norm.ppf(alpha / 2)]
        share = np.sort(norm.cdf(places(chosen, mean, alpha)))
        even = np.arange(1, len(share) + 1) / len(share)
        assert np.max(np.abs(share - even)) < 1.95 / np.sqrt(len(share))
