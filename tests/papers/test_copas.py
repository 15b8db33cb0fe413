"""The Copas model against R's metasens 1.5-3, and against its authors' own example.

Copas and Shi 2000, BMJ 320:417 (doi:10.1136/bmj.320.7232.417), 37 studies of passive smoking and
lung cancer, ``dat.hackshaw1998`` of R's metadat. Their table of probabilities is of one path
through (gamma0, gamma1) that the paper does not name; the abstract's numbers are tested.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_ndtr

import metaan as ma
from metaan.core.effects import Effects
from metaan.diagnostics.selection.copas import STARTS, copas
from metaan.diagnostics.selection.copas_solving import Gammas, solve
from tests.papers.pooled import wald
from tests.papers.tabled import data
from tests.reference.pinned import pins
from tests.tolerance import Tolerance, close

PIN = pins("metasens")["copas"]
POINTS = [point for point in PIN["points"] if point["gamma1"] > 0]
STOPPED = Tolerance(
    absolute=2e-6, reason="R's search stops early; ours is nowhere lower, see below"
)


def solved():
    """Return data and our maxima at R's selections."""
    y, se = np.array(PIN["y"]), np.array(PIN["se"])
    gammas = Gammas(*(np.array([p[name] for p in POINTS]) for name in ("gamma0", "gamma1")))
    return y, se, gammas, solve(y, se**2, gammas, STARTS)


def test_metasens_at_its_selections():
    """Effect, correlation, tau², unpublished studies; standard errors off the bound."""
    found = solved()[3]
    for name, ours in (("TE", found.mu), ("rho", found.rho), ("N_unpubl", found.unpublished)):
        assert close(ours, [point[name] for point in POINTS], STOPPED), name
    assert close(np.sqrt(found.tau2), [point["tau"] for point in POINTS], STOPPED)
    checked = 0
    for se, bounded, point in zip(found.se, found.bounded, POINTS, strict=True):
        if not bounded:
            assert se == pytest.approx(point["seTE_hessian"], rel=1e-4)
            checked += 1
    assert checked == 5


def test_nowhere_lower_than_metasens():
    """R's likelihood leaves out ``log Phi(u)`` and ``log(2 pi) / 2``, which no maximum feels."""
    _, se, gammas, found = solved()
    u = gammas.gamma0[:, None] + gammas.gamma1[:, None] / se
    constant = log_ndtr(u).sum(axis=1) + len(se) * np.log(2 * np.pi) / 2
    theirs = -np.array([point["negloglik"] for point in POINTS])
    assert np.all(found.log_likelihood + constant >= theirs - 1e-9)
    assert close(found.log_likelihood + constant, theirs, STOPPED)


def smoking():
    """Return the 37 log relative risks."""
    table = data("hackshaw1998")
    return Effects.from_arrays(table["yi"], v=table["vi"], study=list(table["study"]), scale="log")


def test_the_abstract_of_copas_and_shi():
    """24% (13% to 36%) excess risk; 15% if only 60% of the studies have been included.

    The second number hangs on the path, which the abstract does not tell: 15% comes of
    ``most_precise`` 0.99, our default, and 17% of 0.9999.
    """
    fit = wald(smoking())
    read = fit.estimate.read()
    assert [round(100 * (x - 1)) for x in (read.value, read.low, read.high)] == [24, 13, 36]
    found = copas(fit, probabilities=np.linspace(0.3, 0.5, 41))
    included = found.k / (found.k + found.unpublished)
    row = int(np.argmin(np.abs(included - 0.6)))
    assert included[row] == pytest.approx(0.6, abs=0.01)
    assert round(100 * (float(np.exp(found.value[row])) - 1)) == 15
    other = copas(fit, probabilities=[0.3], most_precise=0.9999)
    assert other.k / (other.k + other.unpublished[1]) == pytest.approx(0.6, abs=0.01)
    assert round(100 * (float(np.exp(other.value[1])) - 1)) == 17


def test_trend_of_the_smoking_studies():
    """Large effects of small studies: selection from above, and less risk the more of it."""
    fit = ma.pool(smoking(), tau2="ML", inference="WALD")
    found = copas(fit)
    assert found.direction == "above"
    assert np.all(np.diff(found.value) < 0)
    assert found.value[0] == pytest.approx(fit.estimate.value, rel=1e-8)
    assert found.tau2[0] == pytest.approx(fit.tau2, rel=1e-7)
