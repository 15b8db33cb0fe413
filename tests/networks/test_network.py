"""network against netmeta 3.4: effects, standard errors, limits, Q, tau², prediction."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.arrays import Floats
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.univariate.regression_kernel import log_likelihoods
from tests.networks.pinned import PINNED, effects, fitted, matrix, net
from tests.tolerance import Tolerance, close

CLOSED = Tolerance(
    relative=1e-11,
    absolute=1e-13,
    reason="one linear system on both sides, solved by R through a pseudoinverse of the Laplacian",
)
SEARCHED = Tolerance(
    relative=1e-8, reason="senn2013: R's REML and ML are good to 2e-9 of tau² + typical v there"
)
GIVEN_TAU2 = Tolerance(
    relative=1e-9, absolute=1e-12, reason="closed at R's own tau², which it prints with 17 digits"
)
P_VALUES = Tolerance(
    relative=1e-9, absolute=1e-300, reason="a p-value moves by z² times as much as z; z is CLOSED"
)
MODELS = ("common", "random")


def off_diagonal(values: Floats) -> Floats:
    """Return the entries of a matrix that are not on its diagonal."""
    return np.asarray(values[~np.eye(len(values), dtype=bool)])


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("model", MODELS)
def test_effects_and_their_errors(name: str, model: str) -> None:
    """Every effect, standard error, limit, statistic and p-value of DL and common effects."""
    fit, pins = fitted(name, model), net(name)["netmeta_DL"]
    relative, order = fit.relative, fit.treatments
    found = {
        "TE": relative.differences,
        "seTE": relative.se,
        "lower": relative.differences - relative.half,
        "upper": relative.differences + relative.half,
    }
    for key, values in found.items():
        pinned = off_diagonal(matrix(pins[f"{key}.{model}"], order))
        assert close(off_diagonal(values), pinned, CLOSED)
    with np.errstate(invalid="ignore"):
        statistic = off_diagonal(relative.differences / relative.se)
    assert close(statistic, off_diagonal(matrix(pins[f"statistic.{model}"], order)), CLOSED)
    p_values = off_diagonal(np.exp(relative.log_p_values))
    assert close(p_values, off_diagonal(matrix(pins[f"pval.{model}"], order)), P_VALUES)


@pytest.mark.parametrize("name", PINNED)
def test_heterogeneity(name: str) -> None:
    """Q, its degrees of freedom and p-value, I² from Q and the moment estimate of tau²."""
    fit, pins = fitted(name), net(name)["netmeta_DL"]
    het = fit.heterogeneity
    assert close([het.q, het.df, fit.tau2], [pins["Q"], pins["df.Q"], pins["tau2"]], CLOSED)
    assert close(het.p_value, pins["pval.Q"], P_VALUES)
    assert close(het.i2_q, 100 * pins["I2"], CLOSED)
    assert fit.k == pins["k"]
    assert len(fit.treatments) == pins["n"]
    assert len(fit.effects.y) == pins["m"]


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("method", ["DL", "REML", "ML"])
def test_prediction_intervals(name: str, method: str) -> None:
    """T with the degrees of freedom of Q, which is K1 here."""
    pins = net(name)[f"netmeta_{method}"]
    tau2 = net(name)["netmeta_DL"]["tau2"] if method == "DL" else pins["tau2"]
    fit = network(effects(name), tau2=float(tau2), inference="WALD")
    found = fit.relative.differences + fit.prediction_half
    pinned = matrix(pins["upper.predict"], fit.treatments)
    assert close(off_diagonal(found), off_diagonal(pinned), GIVEN_TAU2)


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_likelihood_estimates_at_their_tau2(name: str, method: str) -> None:
    """Everything that is closed once R's tau² is given."""
    pins = net(name)[f"netmeta_{method}"]
    fit = network(effects(name), tau2=pins["tau2"], inference="WALD")
    relative = fit.relative
    found = {
        "TE": relative.differences,
        "seTE": relative.se,
        "lower": relative.differences - relative.half,
        "upper": relative.differences + relative.half,
        "pval": np.exp(relative.log_p_values),
    }
    for key, values in found.items():
        pinned = matrix(pins[f"{key}.random"], fit.treatments)
        assert close(off_diagonal(values), off_diagonal(pinned), GIVEN_TAU2)


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_likelihoods_are_not_below(name: str, method: str) -> None:
    """Our tau² has a likelihood at least as high as R's; at 0, R stops a little above it."""
    fit, pins = fitted(name, "random", method), net(name)[f"netmeta_{method}"]
    assert likelihood(fit, method, fit.tau2) >= likelihood(fit, method, pins["tau2"]) - 1e-12
    typical = fit.heterogeneity.typical_v
    loose = Tolerance(relative=1e-7, reason="R's default threshold; its zeros are about 1e-10")
    where = SEARCHED if name == "senn2013" else loose
    assert close(fit.tau2, pins["tau2"], where, typical=typical)


def likelihood(fit: NetworkFit, method: str, tau2: float) -> float:
    """Return the log-likelihood, or the restricted one, of the rows at some tau²."""
    from metaan.networks.combining.combined import rows_of

    rows = rows_of(fit.combined.evidence)
    ml, reml = log_likelihoods(rows.near, np.array([tau2]) / rows.unit**2)
    return float((reml if method == "REML" else ml)[0])


@pytest.mark.parametrize("name", PINNED)
def test_laplacian_and_its_pseudoinverse(name: str) -> None:
    """The graph-theoretical matrices of common effects."""
    fit, pins = fitted(name, "common"), net(name)["netmeta_DL"]
    pinned = matrix(pins["Lplus.matrix.common"], fit.treatments)
    assert close(fit.combined.inverse, pinned, CLOSED)
    laplacian = np.linalg.pinv(fit.combined.inverse)
    looser = Tolerance(relative=1e-9, absolute=1e-9, reason="a pseudoinverse turned back")
    assert close(laplacian, matrix(pins["L.matrix.common"], fit.treatments), looser)
