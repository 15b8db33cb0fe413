"""Correlations and odds ratios from means: from participants, by simulation, at their ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit, ndtr, ndtri

from metaan.core.errors import ChoiceError
from metaan.measures.biserial import (
    biserial,
    fisher_biserial,
    fisher_point_biserial,
    log_odds_of_logistic,
    log_odds_of_normal,
    point_biserial,
)
from metaan.measures.standardized import standardized_mean_difference
from tests.tolerance import EXACT, Tolerance, close, printed, simulated

SLOPES = Tolerance(relative=1e-7, reason="central differences of step 1e-5 of the value")
FUNCTIONS = [point_biserial, fisher_point_biserial, biserial, fisher_biserial,
             log_odds_of_normal, log_odds_of_logistic]  # fmt: skip
ARMS = (36.0, 19.0, 58.0, 44.0, 21.0, 60.0)
STUDIES, PARTICIPANTS = 20_000, 120


def arms(*values):
    """Return the inputs of one study as arrays."""
    return [np.array([value]) for value in values or ARMS]


def from_d(d, n1, n2):
    """Return the inputs of studies with SDs of 1 and this difference."""
    d, n1, n2 = np.broadcast_arrays(*(np.asarray(each, dtype=float) for each in (d, n1, n2)))
    return d, np.ones(d.shape), n1, np.zeros(d.shape), np.ones(d.shape), n2


def of_groups(values, member):
    """Return means, SDs and sizes of two groups of each row's participants."""
    found = []
    for group in (member, ~member):
        n = group.sum(axis=1).astype(float)
        mean = (values * group).sum(axis=1) / n
        square = ((values - mean[:, None]) ** 2 * group).sum(axis=1) / (n - 1)
        found += [mean, np.sqrt(square), n]
    return found


def test_correlation_of_the_participants():
    """The point-biserial correlation is that of membership with the outcome, to the last digit."""
    rng = np.random.default_rng(3)
    values, member = rng.normal(size=(2, 40)), rng.random((2, 40)) < 0.3
    y, _ = point_biserial(*of_groups(values, member))
    z, _ = fisher_point_biserial(*of_groups(values, member))
    r = [np.corrcoef(values[i], member[i])[0, 1] for i in range(2)]
    assert close(y, r, EXACT)
    assert close(z, np.arctanh(r), EXACT)


@pytest.mark.parametrize("function", [point_biserial, fisher_point_biserial])
def test_fixed_sizes_by_slopes(function):
    """ST is the variance of d times the squared slope of the correlation, by d."""
    d, step = -0.4, 1e-5
    up, down = (function(*from_d(d + sign * step, 58, 60))[0] for sign in (1, -1))
    _, of_d = standardized_mean_difference(*from_d(d, 58, 60), correction=None)
    _, v = function(*from_d(d, 58, 60))
    assert close(v, ((up - down) / (2 * step)) ** 2 * of_d, SLOPES)


@pytest.mark.parametrize("function", [point_biserial, fisher_point_biserial])
def test_drawn_sizes_by_simulation(function):
    """CS is right where membership is drawn and each group is normal (Tate's model)."""
    rng = np.random.default_rng(4)
    member = rng.random((STUDIES, PARTICIPANTS)) < 0.25
    values = rng.normal(size=member.shape) + 1.2 * member
    y, v = function(*of_groups(values, member), variance="CS")
    _, fixed = function(*of_groups(values, member))
    ratio = y.var() / v.mean()
    assert abs(ratio - 1) < 0.04
    assert abs(y.var() / fixed.mean() - 1) > 2 * abs(ratio - 1)


@pytest.mark.parametrize("share", [0.5, 0.2, 0.8])
def test_cut_normal_variable_by_simulation(share):
    """The correlation of two normal variables comes back when one is cut, with Soper's variance.

    The cut stands off the middle too, on either side: the sign of its term is not a matter of
    taste (with the wrong one v is more than twice as large).
    """
    rng, rho = np.random.default_rng(5), 0.6
    hidden, noise = rng.normal(size=(2, STUDIES, PARTICIPANTS))
    values = rho * hidden + np.sqrt(1 - rho**2) * noise
    y, v = biserial(*of_groups(values, hidden > -ndtri(share)))
    bias = Tolerance(absolute=0.003, reason="of order 1 / N")
    assert close(y.mean(), rho, bias)
    assert close(y.var() / v.mean(), 1.0, simulated(np.sqrt(2 / STUDIES)))


def test_more_than_one():
    """A biserial correlation may exceed 1: v is that of 1, and Fisher's z has no value.

    The numbers are what metafor 3.8.1 printed.
    """
    inputs = from_d([10, 10, 6, 4], [2, 5, 3, 30], [500, 300, 200, 20])
    y, v = biserial(*inputs)
    for ours, theirs in (
        (y, ("2.848293171984", "2.444071994433", "1.898729395808", "1.134169831207")),
        (v, ("0.008941654154", "0.005346414064", "0.008677161032", "0.001632231219")),
    ):
        assert all(close(a, float(b), printed(b)) for a, b in zip(ours, theirs, strict=True))
    assert np.isnan(fisher_biserial(*inputs)).all()


def test_biserial_variance_is_positive():
    """Soper's variance stays above 0 for every share and every difference."""
    d, n1 = np.broadcast_arrays(np.linspace(-60, 60, 241), np.arange(1.0, 200.0)[:, None])
    y, v = biserial(*from_d(d, n1, 200 - n1))
    assert np.all(v > 0)
    assert np.abs(y).max() > 1


def test_odds_of_a_cut_logistic_outcome():
    """Groups d SDs apart have one log odds ratio, d pi / sqrt(3), wherever the outcome is cut."""
    d, scale = 0.8, np.sqrt(3) / np.pi
    cuts = np.array([-1.0, 0.3, 2.0])
    above = [1 / (1 + np.exp((cuts - mean) / scale)) for mean in (d, 0.0)]
    y, _ = log_odds_of_logistic(*from_d(d, 50, 60))
    assert close(logit(above[0]) - logit(above[1]), float(y), EXACT)


def test_odds_of_a_cut_normal_outcome():
    """For normal groups 1.65 d is near their log odds ratio at a cut around the middle."""
    d = np.array([0.2, 0.8])
    y, _ = log_odds_of_normal(*from_d(d, 50, 60))
    odds = logit(ndtr(d / 2)) - logit(ndtr(-d / 2))
    assert close(y, odds, Tolerance(relative=0.05, reason="a rule of thumb of two digits"))


@pytest.mark.parametrize("function", [log_odds_of_normal, log_odds_of_logistic])
def test_odds_are_a_multiple_of_cohens_d(function):
    """Without a correction of d, and with the squared factor in the variance."""
    d, v = standardized_mean_difference(*arms(), correction=None)
    y, own = function(*arms())
    assert close(own / v, (y / d) ** 2, EXACT)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_to_correlate(function):
    """A missing number, a group of nobody, SDs of 0: NaN in that study, and no warning."""
    for place in range(6):
        inputs = [np.array([value, value]) for value in ARMS]
        inputs[place][0] = np.nan
        assert np.array_equal(np.isnan(function(*inputs)), [[True, False], [True, False]])
    for sd, n1, n2 in ((0.0, 20.0, 20.0), (1.0, 0.0, 20.0), (1.0, 20.0, 0.0), (1.0, 1.0, 1.0)):
        assert np.isnan(function(*arms(1.0, sd, n1, 0.0, sd, n2))).all()


def test_unknown_sampling():
    """The error lists both schemes."""
    with pytest.raises(ChoiceError, match="variance='LS' is not a variance of the point-b"):
        point_biserial(*arms(), variance="LS")


def test_very_unequal_groups_can_be_swapped():
    """The cut comes from the smaller share: 1 has the digits that a share next to 1 has lost."""
    y, v = biserial(*arms(1.0, 2.0, 5.0, 0.5, 2.0, 1e12))
    other, v_other = biserial(*arms(0.5, 2.0, 1e12, 1.0, 2.0, 5.0))
    tight = Tolerance(relative=1e-14, reason="a few roundings")
    assert close(-other, y, tight)
    assert close(v_other, v, tight)
