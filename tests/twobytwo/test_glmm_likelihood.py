"""The marginal likelihood: against scipy's quadrature, dense grids and differences."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit, roots_legendre
from scipy.stats import binom, nchypergeom_fisher, poisson

from metaan.core.counts import TIME
from metaan.twobytwo.glmm_designs import Choices
from metaan.twobytwo.glmm_likelihood import Point, gauss_hermite_height, height
from metaan.twobytwo.glmm_maximum import reduced
from tests.tolerance import Tolerance, close
from tests.twobytwo.glmm_cases import data, fitted, model_of, normal

DATA = data()
ONE_AXIS = [
    ("dat.bcg", "UM.FS"),
    ("dat.bcg", "CM.AL"),
    ("dat.bcg", "CM.EL"),
    ("dat.nielweise2007", "UM.FS"),
    ("dat.nielweise2007", "CM.AL"),
    ("dat.nielweise2007", "CM.EL"),
    ("dat.pritz1997", "BN"),
    ("dat.hart1999", "UM.FS"),
    ("dat.hart1999", "CM.EL"),
    ("dat.hart1999/1", "PN"),
]
TWO_AXES = [("dat.bcg", "UM.RS"), ("dat.nielweise2007", "UM.RS"), ("dat.hart1999", "UM.RS")]
INTEGRAL = Tolerance(
    absolute=1e-10,
    reason="logarithms of integrals; scipy's quad and the probabilities that it integrates are "
    "good to about 1e-11",
)
SCIPYS_LAW = Tolerance(absolute=1e-8, reason="scipy's noncentral hypergeometric law: about 1e-9")
SLOPE = Tolerance(relative=2e-6, absolute=2e-6, reason="central differences of a step of 1e-4")
NODES = Tolerance(absolute=1e-8, reason="what the answer may depend on the number of nodes")


def away(name, likelihood):
    """Return a model and a point off its maximum, so that the gradient is not 0."""
    model, _, found = fitted(DATA[name], likelihood)
    shared = np.append(found.point.shared[: model.design.p] + 0.2, [0.8] * 2)
    return model, Point(shared[: model.design.p + len(model.design.axes)], found.point.own)


def chance(counts, likelihood, i, eta):
    """Return scipy's probability of a study's counts, given its predictors."""
    (x, n), y = (counts.events[i], counts.denominators[i]), counts.events[i].sum()
    if likelihood == "CM.EL" and counts.kind != TIME:
        return nchypergeom_fisher(n.sum(), n[0], y, np.exp(eta[0])).pmf(x[0])
    if likelihood[:2] == "CM":
        return binom.pmf(x[0], y, expit(eta[0] + np.log(n[0] / n[1])))
    law = poisson.pmf(x, n * np.exp(eta)) if counts.kind == TIME else binom.pmf(x, n, expit(eta))
    return np.prod(law)


@pytest.mark.parametrize(("name", "likelihood"), ONE_AXIS)
def test_integrals_of_one_axis(name, likelihood):
    """Each study's likelihood by scipy's distributions and adaptive quadrature."""
    counts = DATA[name]
    model, point = away(name, likelihood)
    counts = counts.take(~(counts.no_events & (counts.groups == 2)))
    design, ours = model.design, height(model.design, point)
    slow = likelihood == "CM.EL" and counts.kind != TIME  # scipy's law takes a millisecond a call
    for i in range(design.k)[:2] if slow else range(design.k):
        own = 0.0 if design.own is None else design.own[i] * point.own[i]
        base = design.x[i] @ point.shared[: design.p] + own
        step = design.z[i, :, 0] * point.shared[-1]

        def term(u, i=i, base=base, step=step):
            return chance(counts, likelihood, i, base + step * u) * normal(u)

        middle = max(np.linspace(-6, 6, 121), key=term)
        ends = [-9.0, *(middle + np.array([-1.0, 0.0, 1.0])), 9.0]
        tight = 1e-8 if slow else 1e-13
        parts = [quad(term, a, b, epsabs=0, epsrel=tight, limit=200)[0] for a, b in pairwise(ends)]
        assert close(ours.value[i], np.log(np.sum(parts)), SCIPYS_LAW if slow else INTEGRAL)
    assert ours.error < 1e-11


@pytest.mark.parametrize(("name", "likelihood"), TWO_AXES)
def test_integrals_of_two_axes(name, likelihood):
    """A dense product of Gauss and Legendre's nodes on what a coarse grid finds worth a look."""
    counts = DATA[name]
    model, point = away(name, likelihood)
    counts = counts.take(~counts.no_events)
    design, ours = model.design, height(model.design, point)
    x, weight = roots_legendre(160)
    alpha, effect, sigma, tau = point.shared

    def law(i, u1, u2):
        level, slope = alpha + sigma * u1[:, None], effect + tau * u2[None, :]
        eta = np.stack([level + slope / 2, level - slope / 2], axis=-1)
        events, whole = counts.events[i], counts.denominators[i]
        if counts.kind == TIME:
            chances = poisson.pmf(events, whole * np.exp(eta))
        else:
            chances = binom.pmf(events, whole, expit(eta))
        return chances.prod(axis=-1) * normal(u1)[:, None] * normal(u2)

    for i in range(design.k):
        grid = np.linspace(-9, 9, 361)
        coarse = law(i, grid, grid)
        boxes = [grid[coarse.max(axis=side) > 1e-17 * coarse.max()] for side in (1, 0)]
        low, high = ([end(box) for box in boxes] for end in (np.min, np.max))
        half = (np.array(high) - low) / 2 + 0.1
        u1, u2 = (np.mean([a, b]) + h * x for a, b, h in zip(low, high, half, strict=True))
        total = half.prod() * (weight @ law(i, u1, u2) @ weight)
        assert close(ours.value[i], np.log(total), INTEGRAL)
    assert ours.error < 1e-11


@pytest.mark.parametrize(("name", "likelihood"), [*ONE_AXIS, *TWO_AXES])
def test_gradient_and_hessian(name, likelihood):
    """Central differences of the log-likelihood, and of the gradient."""
    model, point = away(name, likelihood)
    design, h = model.design, 1e-4
    at = height(design, point)
    q = len(point.shared)
    for j in range(q + (design.own is not None)):
        ends = []
        for side in (h, -h):
            shared = point.shared + side * (np.arange(q) == j)
            own = point.own + side * (j == q)
            ends.append(height(design, Point(shared, own)))
        first = (ends[0].value - ends[1].value) / (2 * h)
        second = (ends[0].gradient - ends[1].gradient) / (2 * h)
        k = j if j < q else -1
        assert close(at.gradient[:, k], first, SLOPE, typical=float(np.abs(at.gradient).max()))
        known = q + (design.own is not None)
        size = float(np.abs(at.hessian).max())
        assert close(at.hessian[:, k, :known], second[:, :known], SLOPE, typical=size)


def test_correlated_effects_and_levels():
    """A negative slope is the same as a positive one with the axis turned over."""
    choices = Choices((0.5, -0.5), correlated=True)
    model = model_of(DATA["dat.bcg"], "UM.RS", choices)
    point = Point(np.array([-4.0, -0.5, 1.2, -0.4, 0.5]), np.zeros(13))
    turned = Point(np.array([-4.0, -0.5, -1.2, 0.4, -0.5]), np.zeros(13))
    one, other = height(model.design, point), height(model.design, turned)
    assert close(one.value, other.value, NODES)
    plain = model_of(DATA["dat.bcg"], "UM.RS")
    same = Point(np.array([-4.0, -0.5, 1.2, 0.0, 0.5]), np.zeros(13))
    less = Point(np.array([-4.0, -0.5, 1.2, 0.5]), np.zeros(13))
    assert close(height(model.design, same).value, height(plain.design, less).value, NODES)


@pytest.mark.parametrize(("name", "likelihood"), ONE_AXIS)
def test_gauss_hermite_converges_to_it(name, likelihood):
    """Other programs' rule needs some 60 nodes for what ours gives, and has 1e-8 then."""
    model, point = away(name, likelihood)
    ours = height(model.design, point).value
    off = [
        np.abs(gauss_hermite_height(model.design, point, nodes) - ours).max()
        for nodes in (1, 7, 61)
    ]
    assert off[0] > off[1] > off[2]
    assert off[2] < 1e-8


@pytest.mark.parametrize(("name", "likelihood"), [*ONE_AXIS, *TWO_AXES])
def test_the_gradient_is_zero_where_the_search_ends(name, likelihood):
    """In units of the standard errors; the own levels' too, and the Hessian is negative."""
    _, common, found = fitted(DATA[name], likelihood)
    for peak in (common, found):
        gradient, hessian = reduced(peak.height)
        errors = np.sqrt(np.diag(np.linalg.inv(-hessian)))
        assert np.abs(gradient * errors).max() < 1e-8
        assert np.abs(peak.height.gradient[:, -1]).max() < 1e-8
        assert np.linalg.eigvalsh(hessian).max() < 0
    assert found.value >= common.value
