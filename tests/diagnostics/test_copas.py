"""copas against a likelihood by quadrature and another search, its derivatives, laws and edges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import chi2, norm

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.selection.copas import STARTS, copas
from metaan.diagnostics.selection.copas_likelihood import likelihood, selection
from metaan.diagnostics.selection.copas_solving import gammas_of, solve
from tests.diagnostics.comparing import drawn, quiet
from tests.reference.pinned import effects as pinned_effects
from tests.reference.pinned import fits

NONE = np.array([0])


def density(y, u, mu, rho, tau2, v):
    """Return the density of one published effect: latent error and propensity integrated out."""
    ratio = norm.pdf(u) / norm.cdf(u)
    sigma2 = v / (1 - ratio * (u + ratio) * rho**2)
    total = tau2 + sigma2
    r = rho * np.sqrt(sigma2 / total)

    def joint(d):
        """Return the density of y and a propensity d above -u."""
        given = mu + r * np.sqrt(total) * d
        return norm.pdf(d) * norm.pdf(y, given, np.sqrt(total * (1 - r * r)))

    return quad(joint, -u, 12, epsabs=1e-13, epsrel=1e-11)[0] / norm.cdf(u)


def test_likelihood_by_quadrature():
    """Sum of the logarithms of densities that integrate the propensity out."""
    y, v = np.array([0.4, -0.1, 0.7]), np.array([0.04, 0.01, 0.2])
    how = selection(np.array([-0.6]), np.array([0.2]), np.sqrt(v))
    for rho, tau2 in ((0.7, 0.03), (0.2, 0.0), (0.95, 0.1)):
        ours = likelihood(y, v, how)(np.array([[0.2, rho, tau2, 0.0]]), NONE).value[0]
        terms = [
            density(*each, 0.2, rho, tau2, w) for *each, w in zip(y, how.u[0], v, strict=True)
        ]
        assert ours == pytest.approx(np.log(terms).sum(), rel=1e-9)


@pytest.mark.parametrize("theta", [(0.2, 0.5, 0.05, 0.1), (-0.3, 0.9, 0.01, -0.4)])
def test_derivatives(theta):
    """Gradient and Hessian against differences."""
    effects = drawn(7)
    how = selection(np.array([-1.0]), np.array([0.4]), effects.se)
    function, step = likelihood(effects.y, effects.v, how), 1e-5
    at = np.array([theta])
    found = function(at, NONE)
    for j in range(4):
        shift = step * np.eye(4)[j]
        ahead, behind = function(at + shift, NONE), function(at - shift, NONE)
        slope = (ahead.value - behind.value) / (2 * step)
        assert found.gradient[0, j] == pytest.approx(slope[0], rel=1e-6, abs=1e-6)
        curve = (ahead.gradient - behind.gradient) / (2 * step)
        assert found.hessian[0, j] == pytest.approx(curve[0], rel=1e-6, abs=1e-5)


def negative(theta, y, v, gamma0, gamma1, *, slope):
    """Return minus the log-likelihood, written down again."""
    mu, rho, tau = theta[:3]
    se = np.sqrt(v)
    u = gamma0 + gamma1 / se
    ratio = norm.pdf(u) / norm.cdf(u)
    sigma2 = v / (1 - ratio * (u + ratio) * rho**2)
    total = tau**2 + sigma2
    r, off = rho * np.sqrt(sigma2 / total), y - mu - (theta[3] * se if slope else 0.0)
    ahead = (u + r * off / np.sqrt(total)) / np.sqrt(1 - r * r)
    terms = norm.logpdf(off, 0, np.sqrt(total)) + norm.logcdf(ahead) - norm.logcdf(u)
    return -terms.sum()


def highest(effects, gamma0, gamma1, *, slope):
    """Return the best of many searches of scipy."""
    ends = [(-5, 5), (0, 0.9999), (0, 3), (-20, 20)][: 4 if slope else 3]
    best = np.inf
    for rho in (0.1, 0.9):
        for tau in (0.01, 0.3):
            start = [effects.y.mean(), rho, tau, 0.0][: len(ends)]
            args = (effects.y, effects.v, gamma0, gamma1)
            found = minimize(lambda x, a=args: negative(x, *a, slope=slope), start,
                             method="L-BFGS-B", bounds=ends)  # fmt: skip
            best = min(best, found.fun)
    return best


def test_maxima_and_test():
    """As high as scipy from several starts; the test is the likelihood ratio of both models."""
    effects = drawn(12, 1)
    gammas = gammas_of(np.array([0.6]), 0.99, effects.se)
    found = solve(effects.y, effects.v, gammas, STARTS)
    args = (float(gammas.gamma0[0]), float(gammas.gamma1[0]))
    plain, full = (highest(effects, *args, slope=slope) for slope in (False, True))
    assert -found.log_likelihood[0] == pytest.approx(plain, abs=1e-6)
    expected = chi2.sf(2 * (plain - full), 1)
    assert np.exp(found.log_residual[0]) == pytest.approx(expected, rel=1e-3)
    assert found.settled[0]


def test_a_second_maximum():
    """Where scipy's starts end on the lower of two maxima, ours is the higher one."""
    effects = drawn(12, 2)
    gammas = gammas_of(np.array([0.6]), 0.99, effects.se)
    found = solve(effects.y, effects.v, gammas, STARTS)
    args = (effects.y, effects.v, float(gammas.gamma0[0]), float(gammas.gamma1[0]))
    ours = (found.mu[0], found.rho[0], np.sqrt(found.tau2[0]))
    assert negative(ours, *args, slope=False) == pytest.approx(-found.log_likelihood[0], rel=1e-9)
    assert -found.log_likelihood[0] < highest(effects, *args[2:], slope=False) - 0.3


def test_path():
    """The two probabilities are those of the most and the least precise study."""
    effects = drawn(9)
    found = copas(quiet(effects), probabilities=[0.3, 0.8], most_precise=0.95)
    assert found.probability.tolist() == [1.0, 0.8, 0.3]
    for i in (1, 2):
        chance = norm.cdf(found.gamma0[i] + found.gamma1[i] / effects.se)
        assert chance[effects.se.argmax()] == pytest.approx(found.probability[i], rel=1e-10)
        assert chance[effects.se.argmin()] == pytest.approx(0.95, rel=1e-10)
        assert found.unpublished[i] == pytest.approx(((1 - chance) / chance).sum(), rel=1e-10)
    assert found.unpublished[0] == 0
    assert np.isnan(found.rho[0])


@pytest.mark.parametrize("name", ["bcg", "normand1999", "pritz1997"])
def test_no_selection_is_maximum_likelihood(name):
    """The first row is the pool by ML; a wider path never raises the unpublished."""
    named = next((key for key in fits() if name in key), None)
    effects = drawn(8, 5) if named is None else pinned_effects(fits()[named])
    fit = quiet(effects, tau2="ML", inference="WALD")
    found = copas(fit)
    assert found.value[0] == pytest.approx(fit.estimate.value, rel=1e-7, abs=1e-9)
    assert found.tau2[0] == pytest.approx(fit.tau2, rel=1e-6, abs=1e-9)
    assert np.all(np.diff(found.unpublished) > 0)
    assert np.isfinite(found.value).all()


def test_laws():
    """Other units, another sign, another order: the same model."""
    effects, order = drawn(10, 8), np.random.default_rng(1).permutation(10)
    first = copas(quiet(effects))
    scaled = copas(quiet(Effects.from_arrays(1e4 * effects.y, v=1e8 * effects.v)))
    turned = copas(quiet(Effects.from_arrays(-effects.y, v=effects.v)))
    mixed = copas(quiet(Effects.from_arrays(effects.y[order], v=effects.v[order])))
    assert scaled.value / 1e4 == pytest.approx(first.value, rel=1e-6)
    assert turned.value == pytest.approx(-first.value, rel=1e-6)
    assert mixed.value == pytest.approx(first.value, rel=1e-6)
    assert {first.direction, turned.direction} == {"above", "below"}
    assert scaled.log_residual == pytest.approx(first.log_residual, abs=1e-5)


def test_adjusted():
    """The least selection that leaves none significant; None if all leave some."""
    table = drawn(30, 2)
    effects = Effects.from_arrays(table.y + 3 * table.se, v=table.v)
    found = copas(quiet(effects), significance=0.05)
    p = np.exp(found.log_residual)
    assert found.place is not None
    assert np.all(p[: found.place] <= 0.05)
    assert p[found.place] > 0.05
    assert found.adjusted.value == found.value[found.place]
    assert "adjusted: " in found.summary()
    none = copas(quiet(effects), probabilities=[0.98], significance=0.99)
    assert none.adjusted is None
    assert "all these assumptions leave" in none.summary()
    assert "None of the assumptions" in none.sentence()


def test_words():
    """Frame, sentence and remarks say what is assumed."""
    found = copas(quiet(drawn(8)))
    frame = found.to_frame()
    assert len(frame) == found.m == 11
    assert frame["estimate"].tolist() == found.value.tolist()
    assert "assumptions, not estimates" in found.sentence()
    assert any("fewer than 15" in remark for remark in found.remarks)
    assert len(found.references) == 2
    assert "<table" in found._repr_html_()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"probabilities": [1.2]}, "probabilities must be"),
        ({"probabilities": ["x"]}, "probabilities must be"),
        ({"probabilities": []}, "probabilities must be"),
        ({"most_precise": 1.0}, "most_precise must lie"),
        ({"significance": 0}, "significance must lie"),
    ],
)
def test_options(options, message):
    """Faults are named."""
    with pytest.raises(InputError, match=message):
        copas(quiet(drawn(6)), **options)


def test_edges():
    """What is no pool, too few studies, one precision, an unknown side."""
    with pytest.raises(InputError, match="four parameters"):
        copas(quiet(drawn(3)))
    with pytest.raises(InputError, match="same standard error"):
        copas(quiet(Effects.from_arrays([0.1, 0.3, 0.2, 0.6], v=[0.1] * 4)))
    with pytest.raises(InputError, match="got Effects"):
        copas(drawn(6))
    with pytest.raises(ChoiceError, match="direction"):
        copas(quiet(drawn(6)), direction="left")
    equal = copas(quiet(Effects.from_arrays([0.2] * 5, v=[0.1, 0.2, 0.3, 0.1, 0.4])))
    assert equal.tau2 == pytest.approx(0, abs=1e-9)
