"""Tails and quantiles against mpmath's digits, scipy.stats and each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from metaan.numerics.tails import (
    chi2_quantile,
    log_chi2_tail,
    log_two_sided,
    normal_quantile,
    t_of_signed_p,
    t_quantile,
)
from tests.tolerance import EXACT, Tolerance, close

# Computed with mpmath 1.3.0 at 60 digits: log(2 Phi(-z)), log I_x(df/2, 1/2) with
# x = df / (df + t²), and log of the regularized upper incomplete gamma (df/2, q/2).
NORMAL_TAILS = (
    (0.5, -0.4827645810336733),
    (1.96, -2.9958164711696935),
    (5.0, -14.37185121342878),
    (40.0, -803.9152948331938),
    (1000.0, -500007.1335476316),
)
T_TAILS = (
    (0.3, 1, -0.20523875090409568),
    (0.3, 2, -0.23258086697145505),
    (0.3, 3, -0.24364822763825142),
    (0.3, 12, -0.26226065352056255),
    (0.3, 50, -0.2673294261754061),
    (2.5, 1, -1.417835047288049),
    (2.5, 2, -2.0432120653448993),
    (2.5, 3, -2.433757589909799),
    (2.5, 12, -3.578576786465001),
    (2.5, 50, -4.151235074599698),
    (40.0, 1, -4.1406704363347195),
    (40.0, 2, -7.3786958715453554),
    (40.0, 3, -10.278015756310381),
    (40.0, 12, -30.88779883297611),
    (40.0, 50, -89.5847058306412),
    (1000.0, 1, -7.359338317604781),
    (1000.0, 2, -13.815512057962898),
    (1000.0, 3, -19.932398817336775),
    (1000.0, 12, -69.4727444008806),
    (1000.0, 50, -249.77521726650076),
    (1000000.0, 1, -14.267093263254063),
    (1000000.0, 2, -27.631021115930047),
    (1000000.0, 3, -40.655661054291876),
    (1000000.0, 12, -152.3657408919878),
    (1000000.0, 50, -595.1617552859213),
    (10000000000.0, 1, -23.47743363522991),
    (10000000000.0, 2, -46.051701859880914),
    (10000000000.0, 3, -68.28668217021682),
    (10000000000.0, 12, -262.88982535563514),
    (10000000000.0, 50, -1055.6787738835044),
    (1e100, 1, -230.71009200469402),
    (1e100, 2, -460.51701859880916),
    (1e100, 3, -689.9846572786091),
    (1e100, 12, -2749.6817257892044),
    (1e100, 50, -11417.31169235671),
)
CHI2_TAILS = (
    (0.01, 1, -0.08300741217032802),
    (0.01, 3, -0.00026520022112581877),
    (1.0, 1, -1.1478744644493182),
    (1.0, 3, -0.22157982843984866),
    (1.0, 12, -1.416503764601455e-05),
    (30.0, 1, -16.95731815812879),
    (30.0, 3, -13.493385732625),
    (30.0, 12, -5.880843333446435),
    (30.0, 50, -0.011227574255627303),
    (700.0, 1, -353.50275502514864),
    (700.0, 3, -346.9488256623668),
    (700.0, 12, -325.48347899514255),
    (700.0, 50, -264.12352224703676),
    (700.0, 117, -191.41395632104167),
    (1400.0, 1, -703.8486181251224),
    (1400.0, 3, -696.6029640728608),
    (1400.0, 12, -672.0249318995919),
    (1400.0, 50, -597.5239664557218),
    (1400.0, 117, -501.65122079429403),
    (5000.0, 1, -2504.484587848451),
    (5000.0, 3, -2495.966994816902),
    (5000.0, 12, -2465.665260488395),
    (5000.0, 50, -2366.9979826721164),
    (5000.0, 117, -2228.51801014552),
    (100000.0, 1, -50005.98226408488),
    (100000.0, 3, -49994.46931862031),
    (100000.0, 12, -49950.68850031773),
    (100000.0, 50, -49795.10957046664),
    (100000.0, 117, -49556.28551277425),
)


@pytest.mark.parametrize(("z", "log_p"), NORMAL_TAILS)
def test_normal_tail(z, log_p):
    """Both signs of z, to z = 1000, where p itself is 0."""
    assert close(log_two_sided([z, -z], np.inf), [log_p, log_p], EXACT)


@pytest.mark.parametrize(("t", "df", "log_p"), T_TAILS)
def test_t_tail(t, df, log_p):
    """Both signs of t, to t = 1e100."""
    assert close(log_two_sided([t, -t], df), [log_p, log_p], EXACT)


@pytest.mark.parametrize(("q", "df", "log_p"), CHI2_TAILS)
def test_chi2_tail(q, df, log_p):
    """From the left of the bulk to Q = 100,000."""
    assert close(log_chi2_tail(q, df), log_p, EXACT)


def test_tails_where_scipy_can_see_them():
    """A grid of ordinary statistics against scipy.stats."""
    df = np.arange(1.0, 51.0)[:, None]
    t = np.array([0.0, 0.1, 1.0, 3.3, 12.0])
    q = np.array([0.5, 4.0, 40.0, 150.0])
    assert close(np.exp(log_two_sided(t, df)), 2 * stats.t.sf(t, df), EXACT)
    assert close(np.exp(log_chi2_tail(q, df)), stats.chi2.sf(q, df), EXACT)


@pytest.mark.parametrize("df", range(1, 51))
def test_t_tail_has_no_seam(df):
    """Where the series takes over from the direct form, log p keeps falling, evenly in log t."""
    t = np.geomspace(1.0, 1e120, 4000)
    slope = np.diff(log_two_sided(t, float(df))) / np.diff(np.log(t))
    assert np.all(np.diff(slope) < 1e-8 * df)
    assert close(slope[-1], -df, EXACT, typical=1e4)


@pytest.mark.parametrize("df", range(1, 51))
def test_chi2_tail_has_no_seam(df):
    """Where the continued fraction takes over, log p keeps falling towards slope -1/2."""
    q = np.linspace(100.0, 6000.0, 3000)
    slope = np.diff(log_chi2_tail(q, float(df))) / np.diff(q)
    assert np.all(np.abs(slope + 0.5) <= (df + 1) / q[:-1])
    assert np.all(np.abs(np.diff(slope)) < 4 * df / q[1:-1] ** 2 + 1e-9)


@pytest.mark.parametrize("statistic", [1e155, 1e200, 1e300])
def test_t_tail_of_immense_statistics(statistic):
    """Squaring t would overflow; the tail is a power of t long before."""
    df = 5.0
    near = float(log_two_sided(1e100, df))
    far = near - df * (np.log(statistic) - np.log(1e100))
    assert close(log_two_sided(statistic, df), far, EXACT)


def test_ends_of_the_tails():
    """A statistic of 0 has p = 1, an infinite one log p = -inf, a missing one NaN."""
    assert close(
        log_two_sided([0.0, np.inf, np.nan], [3.0, 3.0, 3.0]), [0, -np.inf, np.nan], EXACT
    )
    assert close(log_two_sided([0.0, np.inf], np.inf), [0, -np.inf], EXACT)
    assert close(log_chi2_tail([0.0, 7.0], [3.0, 0.0]), [0.0, 0.0], EXACT)


def test_infinite_q():
    """Q overflows to infinity before its p-value stops being 0."""
    assert close(log_chi2_tail(np.inf, 3.0), -np.inf, EXACT)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999999])
def test_quantiles(level):
    """Two-sided normal and t quantiles and upper chi-square quantiles against scipy.stats."""
    df = np.array([1.0, 2.0, 3.0, 12.0, 62.0, 500.0])
    tail = (1 - level) / 2  # exact, where 0.5 + level / 2 is rounded
    assert close(normal_quantile(level), stats.norm.isf(tail), EXACT)
    # by the tail they leave, and the cotangent: scipy's inverse was good to 1e-11 before 1.17
    quantiles = t_quantile(level, df)
    assert close(stats.t.sf(quantiles, df), np.full(6, tail), EXACT)
    assert close(quantiles[0], 1 / np.tan(np.pi * tail), EXACT)
    assert close(chi2_quantile(1 - level, df), stats.chi2.isf(1 - level, df), EXACT)
    assert close(t_quantile(level, np.inf), stats.norm.isf(tail), EXACT)


def test_quantiles_without_freedom():
    """No degrees of freedom, no quantile."""
    assert np.all(np.isnan(t_quantile(0.95, [0.0, -1.0])))
    assert np.all(np.isnan(chi2_quantile(0.025, [0.0, -1.0])))


def test_t_of_signed_p():
    """The statistic whose two-sided tail is p, with the sign of p; 0 and more than 1 are none."""
    t, df = np.array([-9.0, -2.0, 1e-3, 2.5, 40.0]), np.array([3.0, 10.0, 58.0, 500.0, 20.0])
    p = np.copysign(2 * stats.t.sf(np.abs(t), df), t)
    near = Tolerance(relative=1e-10, reason="a p-value and the quantile that it came from")
    assert close(t_of_signed_p(p, df), t, near)
    assert t_of_signed_p(1.0, 8.0) == 0
    assert np.isnan(t_of_signed_p([0.0, 1.1, -1.1, np.nan, 0.5, 0.5], [8, 8, 8, 8, 0, -1])).all()


@pytest.mark.parametrize("df", [0.0055, 0.008, 0.05])
def test_very_few_degrees_of_freedom(df):
    """Where scipy's inverse gives up the limit has its tail; beyond all numbers it is inf."""
    far = float(t_quantile(0.95, df))
    # P(|T| > t) is I_x(df / 2, 1 / 2) at x = df / (df + t²), and x^(df / 2) / (df / 2) / B there
    log_x = np.log(df) - 2 * np.log(far)
    tail = np.exp(df / 2 * log_x - np.log(df / 2) - special.betaln(df / 2, 0.5))
    assert close(tail, 0.05, EXACT)
    assert np.isposinf(t_quantile(0.95, 1e-3))
