"""p_curve against p-values one by one, simulations of its power, laws and edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, norm

import metaan as ma
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.selection.p_curve import p_curve
from metaan.diagnostics.selection.p_curve_kernel import (
    log_at_least,
    log_power,
    mean_of_power,
    places,
    shares,
)
from tests.diagnostics.comparing import quiet


def of_z(z):
    """Return effects with these z."""
    return Effects.from_arrays(np.asarray(z, dtype=float), v=np.ones(len(z)))


def test_one_by_one():
    """Probabilities by the formulas of the paper, study for study."""
    z = [2.1, 2.6, 3.4, 2.0, 0.5, 2.9, 1.0, 2.3]
    found = p_curve(of_z(z))
    p = [2 * norm.sf(each) for each in z if 2 * norm.sf(each) < 0.05]
    half = [each for each in p if each < 0.025]
    full = sum(norm.ppf(each / 0.05) for each in p) / math.sqrt(len(p))
    part = sum(norm.ppf(each / 0.025) for each in half) / math.sqrt(len(half))
    assert (found.right_skew.full, found.right_skew.half) == pytest.approx((full, part), rel=1e-10)
    assert found.right_skew.p_full == pytest.approx(norm.cdf(full), rel=1e-9)
    assert found.right_skew.p_count == pytest.approx(binom.sf(len(half) - 1, len(p), 0.5))
    assert found.observed.sum() == pytest.approx(1)
    assert found.to_frame()["significant"].tolist() == [each > 1.96 for each in z]


def test_mean_of_a_third():
    """The noncentral mean behind a power of 1/3, solved by mpmath with 30 digits."""
    assert mean_of_power(1 / 3) == pytest.approx(1.5285687127125559599, rel=1e-13)


def test_tails_in_logarithms():
    """Of a z of 40: the p-value is 0 in floating point, its place is not."""
    place = float(places(np.array([40.0]), 0.0, 0.05)[0])
    share = -800.91956255963985186  # log of 2 Phi(-40) / 0.05 by mpmath with 60 digits
    assert norm.logcdf(place) == pytest.approx(share, rel=1e-12)
    found = p_curve(of_z([40.0, 38.0, 45.0]))
    assert np.isfinite(found.right_skew.full)
    assert found.power == pytest.approx(1)


@pytest.mark.parametrize("power", [0.2, 0.5, 0.8])
def test_power_of_many_studies(power):
    """Of 20,000 studies with one power, their significant ones give it back."""
    z = np.random.default_rng(6).normal(mean_of_power(power), 1, 20_000)
    found = p_curve(of_z(z))
    assert found.power == pytest.approx(power, abs=0.02)
    assert found.power_low < power + 0.01
    assert power - 0.01 < found.power_high
    assert found.at_power.sum() == pytest.approx(1)


def test_counts_in_logarithms():
    """Binomial tails by whole numbers, also where the probability underflows."""
    for least, trials in ((3, 5), (190, 200), (1995, 2000)):
        ways = sum(math.comb(trials, x) for x in range(least, trials + 1))
        expected = math.log(ways) - trials * math.log(2)
        assert log_at_least(least, trials, 0.5) == pytest.approx(expected, rel=1e-12)
    assert log_at_least(0, 5, 0.3) == 0
    assert log_at_least(4, 9, 0.3) == pytest.approx(binom.logsf(3, 9, 0.3), rel=1e-12)


def test_shares():
    """Uniform without an effect; falling with one."""
    edges = np.array([0.0, 0.01, 0.02, 0.03, 0.04, 0.05])
    assert shares(0.0, edges) == pytest.approx(0.2, rel=1e-10)
    assert np.all(np.diff(shares(mean_of_power(1 / 3), edges)) < 0)
    assert np.exp(log_power(0.0, 0.05)) == pytest.approx(0.05, rel=1e-12)


def test_rules():
    """Evidence, its absence, and neither."""
    strong, flat, few = ([3.5, 4.1, 3.2, 2.9], [1.97, 1.98, 1.99, 2.0, 2.02] * 3, [2.1])
    assert p_curve(of_z(strong)).verdict == "evidential value"
    assert p_curve(of_z(flat)).verdict == "no or inadequate evidential value"
    single = p_curve(of_z(few))
    assert single.verdict == "undecided"
    assert math.isnan(single.right_skew.half)
    assert any("no half curve" in remark for remark in single.remarks)


def test_directions():
    """A sign turned changes nothing but the remark on two sides."""
    z = np.array([2.5, 3.0, 2.2, 3.6])
    one, other = p_curve(of_z(z)), p_curve(of_z(z * [1, -1, 1, 1]))
    assert other.right_skew == one.right_skew
    assert not any("other side" in remark for remark in one.remarks)
    assert any("1 significant study points" in remark for remark in other.remarks)


def test_edges():
    """No significant study, no pool, no null; a scale whose null is no 0."""
    with pytest.raises(InputError, match="none of 3 has a two-sided"):
        p_curve(of_z([0.1, 1.0, -1.5]))
    with pytest.raises(InputError, match="got dict"):
        p_curve({})
    effects = of_z([2.5, 3.1, 2.2, 0.1])
    assert p_curve(quiet(effects)).right_skew == p_curve(effects).right_skew
    level = Effects.from_arrays([2.0, 3.0, 2.5], v=[0.1] * 3, scale="logit")
    with pytest.raises(InputError, match="no effect"):
        p_curve(level)


def test_words():
    """Summary, sentence, html, references."""
    found = p_curve(ma.pool(of_z([2.5, 3.1, 2.2, 0.1, 4.0, 2.7])))
    assert "reading: " in found.summary()
    assert "average power" in found.sentence()
    assert "<table" in found._repr_html_()
    assert len(found.references) == 2
