"""Net heat: dense refits with each design detached, R's hat matrix, R's sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.arrays import Floats
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from tests.networks.builders import drawn, of_pairs
from tests.networks.detaching import design_labels, distance, refit
from tests.networks.pinned import PINNED, effects, fitted, net
from tests.tolerance import Tolerance, close

CLOSED = Tolerance(
    relative=1e-10, absolute=1e-11, reason="differences of sums of squares about one linear fit"
)
DENSE = Tolerance(
    relative=1e-8, absolute=1e-8, reason="the dense way inverts a covariance and a normal matrix"
)
HAT = Tolerance(
    relative=1e-10, absolute=1e-12, reason="R's hat matrix has zeros of 1e-15 in sums of sizes"
)


def naive_heat(contrasts: NetworkEffects, tau2: float) -> Floats:
    """Return what each design has of Q, less what it has when each other is detached."""
    labels = np.array(design_labels(contrasts))
    names = sorted(set(labels))
    full = refit(contrasts, tau2, names)
    flat = full - refit(contrasts, tau2)
    loose = [full - refit(contrasts, tau2, [name]) for name in names]
    return np.array(
        [
            [
                distance(contrasts, tau2, flat, labels == name)
                - distance(contrasts, tau2, off, labels == name)
                for off in loose
            ]
            for name in names
        ]
    )


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
@given(seed=st.integers(0, 10_000), tau2=st.sampled_from([0.0, 0.07]))
@settings(max_examples=8, deadline=None)
def test_a_refit_per_design(seed: int, tau2: float) -> None:
    """Studies of up to five correlated arms, weights with and without heterogeneity."""
    contrasts = drawn(seed, studies=7)
    heat = network(contrasts, model="common").net_heat(tau2=tau2)
    assert list(heat.designs.names) == sorted(set(design_labels(contrasts)))
    assert close(heat.change, naive_heat(contrasts, tau2), DENSE)


@pytest.mark.parametrize("name", PINNED)
def test_pinned_networks(name: str) -> None:
    """Refits; columns add up to what R's Q loses by the detachment; the diagonal to Q between."""
    fit = fitted(name, "common")
    heat, pins = fit.net_heat(), net(name)["decomp_design"]
    assert heat.tau2 == 0
    assert close(heat.change, naive_heat(effects(name), 0.0), DENSE)
    between = pins["Q_decomp"]["Q"][2]
    assert close(np.trace(heat.change), between, CLOSED)
    detached = pins["Q_inc_detach"]
    for label, left in zip(detached["design"], detached["Q"], strict=True):
        column = heat.designs.names.index(":".join(sorted(label.split(":"))))
        assert close(heat.change[:, column].sum(), between - left, CLOSED)


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("model", ["common", "random"])
def test_gray_squares_are_the_hat_matrix(name: str, model: str) -> None:
    """Half the sum of the sizes of R's coefficients of the arms of each design."""
    fit, pins = fitted(name, model), net(name)["hatmatrix"]["Krahn"][model]
    heat = fit.net_heat(tau2=fit.tau2)
    hat = dict(zip(pins["rows"], np.array(pins["values"]), strict=True))
    hat |= {":".join(reversed(label.split(":"))): -row for label, row in hat.items()}
    columns = np.array([":".join(sorted(label.split(":"))) for label in pins["cols"]])
    for i, row in enumerate(heat.designs.names):
        arms = row.split(":")
        estimates = [hat[f"{a}:{b}"] for n, a in enumerate(arms) for b in arms[n + 1 :]]
        for j, column in enumerate(heat.designs.names):
            own = [estimate[columns == column] for estimate in estimates]
            sizes = [(np.abs(each).sum() + abs(each.sum())) / 2 for each in own]
            assert close(heat.contribution[i, j], np.mean(sizes), HAT)


def test_random_effects_use_tau2_within_designs() -> None:
    """The diagonal adds up to Q of the interaction model."""
    fit = fitted("senn2013")
    heat, model = fit.net_heat(), fit.design_interaction()
    assert heat.tau2 == model.tau2 > 0.1
    assert close(heat.q.sum(), model.test.q, CLOSED)


def test_a_design_that_cannot_disagree_changes_nothing() -> None:
    """Bridges are rows and columns of zeros, and not shown."""
    heat = fitted("senn2013").net_heat()
    names = heat.designs.names
    alone = [names[i] for i in np.flatnonzero(~heat.involved)]
    assert alone == ["benfluorex:placebo", "miglitol:placebo", "placebo:sitagliptin",
                     "placebo:vildagliptin"]  # fmt: skip
    assert not heat.change[~heat.involved].any()
    assert not heat.change[:, ~heat.involved].any()
    assert "sitagliptin" not in heat.summary()
    assert len(heat.to_frame()) == 15 * 15
    assert "(11)" in heat._repr_html_()


def test_star_has_no_heat() -> None:
    """No design can disagree, and it is said; each is all of its own estimate."""
    star = network(of_pairs(("a", "p", 0.3, 0.1), ("b", "p", 0.9, 0.1))).net_heat()
    assert not star.change.any()
    assert close(star.contribution, np.eye(2), CLOSED)
    assert "no design can disagree" in star.summary()


def test_order_of_studies_does_not_matter() -> None:
    """The same matrix from shuffled contrasts that are turned round."""
    contrasts = drawn(4)
    order = np.random.default_rng(2).permutation(len(contrasts.y))
    other = NetworkEffects.from_arrays(
        -contrasts.y[order],
        contrasts.v[order],
        study=[contrasts.study[i] for i in order],
        treat1=[contrasts.treat2[i] for i in order],
        treat2=[contrasts.treat1[i] for i in order],
    )
    one, two = (network(each, model="common").net_heat() for each in (contrasts, other))
    assert one.designs.names == two.designs.names
    assert close(one.change, two.change, CLOSED)
    assert close(one.contribution, two.contribution, CLOSED)
