"""Q by designs and the design-by-treatment interaction: netmeta 3.4, and dense refits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.networks.fits.network import network
from tests.networks.builders import drawn, of_pairs
from tests.networks.dense import stacked
from tests.networks.detaching import design_labels, distance, rank, refit
from tests.networks.pinned import PINNED, effects, fitted, net
from tests.tolerance import Tolerance, close

CLOSED = Tolerance(
    relative=1e-10, absolute=1e-12, reason="sums of squares about one linear fit on both sides"
)
DENSE = Tolerance(
    relative=1e-8, absolute=1e-9, reason="the dense way inverts a covariance and a normal matrix"
)


def same_design(label: str) -> str:
    """Return a design of R with its treatments in our order."""
    return ":".join(sorted(label.split(":")))


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("model", ["common", "random"])
def test_sums_and_designs(name: str, model: str) -> None:
    """Total, within, between; every design; p-values. The model of the fit does not matter."""
    found, pins = fitted(name, model).decomposition(), net(name)["decomp_design"]
    tests = (found.total, found.within, found.between)
    sums = pins["Q_decomp"]
    assert close([each.q for each in tests], sums["Q"], CLOSED)
    assert [each.df for each in tests] == sums["df"]
    assert close([each.p_value for each in tests], sums["pval"], CLOSED)
    own = pins["Q_het_design"]
    place = [found.designs.names.index(same_design(label)) for label in own["design"]]
    assert sorted(place) == list(range(len(found.designs)))
    assert close(found.q[place], own["Q"], CLOSED)
    assert found.df[place].tolist() == own["df"]
    p_values = np.array(own["pval"], dtype=float)
    assert close(np.exp(found.log_p_value[place]), p_values, CLOSED)


@pytest.mark.parametrize("name", PINNED)
def test_detached_designs(name: str) -> None:
    """Q between designs without each design, where R gives one."""
    found, pins = fitted(name).decomposition(), net(name)["decomp_design"]["Q_inc_detach"]
    place = [found.designs.names.index(same_design(label)) for label in pins["design"]]
    assert close(found.q_detached[place], pins["Q"], CLOSED)
    assert found.df_detached[place].tolist() == pins["df"]
    p_values = np.array(pins["pval"], dtype=float)
    assert close(np.exp(found.log_p_detached[place]), p_values, CLOSED)
    # R leaves out designs after whose detachment others cannot be reached
    others = sorted(set(range(len(found.designs))) - set(place))
    bridges = [i for i in others if found.df_detached[i] == found.between.df]
    assert close(found.q_detached[bridges], found.between.q, CLOSED)


@pytest.mark.parametrize("name", PINNED)
def test_interaction(name: str) -> None:
    """tau² within designs by the method of moments, and Q between designs at it."""
    found, pins = fitted(name).design_interaction(), net(name)["decomp_design"]["Q_inc_random"]
    assert close(found.test.q, pins["Q"][0], CLOSED)
    assert found.test.df == pins["df"][0]
    assert close(found.test.p_value, pins["pval"][0], CLOSED)
    assert close(math.sqrt(found.tau2), pins["tau.within"][0], CLOSED)


@given(seed=st.integers(0, 10_000), tau2=st.sampled_from([0.0, 0.07]))
@settings(max_examples=8, deadline=None)
def test_every_detachment_is_a_refit(seed: int, tau2: float) -> None:
    """Q between, Q of each design, Q without each design: correlated arms, dense matrices."""
    contrasts = drawn(seed, studies=7)
    fit = network(contrasts, tau2=tau2)
    labels = np.array(design_labels(contrasts))
    names = sorted(set(labels))
    test = fit.design_interaction().test
    full, flat = refit(contrasts, tau2, names), refit(contrasts, tau2)
    everything = np.ones(len(labels), dtype=bool)
    assert test.df == rank(contrasts, names) - rank(contrasts)
    assert close(test.q, distance(contrasts, tau2, full - flat, everything), DENSE)
    parts, dense = fit.decomposition(), stacked(contrasts)
    assert sorted(parts.designs.names) == names
    residual = dense.y - refit(contrasts, 0.0, names)
    for i, name in enumerate(parts.designs.names):
        assert close(parts.q[i], distance(contrasts, 0.0, residual, labels == name), DENSE)
        left = refit(contrasts, 0.0, names) - refit(contrasts, 0.0, [name])
        assert close(parts.q_detached[i], distance(contrasts, 0.0, left, everything), DENSE)
        assert parts.df_detached[i] == rank(contrasts, names) - rank(contrasts, [name])


def test_parts_add_up() -> None:
    """Within and between make the total, in Q and in degrees of freedom."""
    parts = network(drawn(3)).decomposition()
    assert close(parts.within.q + parts.between.q, parts.total.q, CLOSED)
    assert parts.within.df + parts.between.df == parts.total.df
    assert close(parts.q.sum(), parts.within.q, CLOSED)


def test_differences_of_designs() -> None:
    """A design's effects less the network's, with their variance by linear algebra."""
    contrasts = effects("senn2013")
    found = network(contrasts, tau2=0.1).design_interaction()
    dense, labels = stacked(contrasts), np.array(design_labels(contrasts))
    total = dense.v + 0.1 * dense.s
    rows = labels == "metformin:sulfonylurea"
    # one study: metformin against sulfonylurea is its row
    own = np.eye(len(labels))[rows][0]
    w = np.linalg.inv(total)
    hat = dense.x @ np.linalg.solve(dense.x.T @ w @ dense.x, dense.x.T @ w)
    difference = own @ (np.eye(len(labels)) - hat)
    i = [found.designs.names[d] for d in found.design.tolist()].index("metformin:sulfonylurea")
    assert found.comparisons[i] == "metformin:sulfonylurea"
    assert close(found.differences[i], difference @ dense.y, CLOSED)
    assert close(found.difference_se[i] ** 2, difference @ total @ difference, CLOSED)
    assert close(found.effects[i], own @ dense.y, CLOSED)
    alone = [found.comparisons[i] for i in np.flatnonzero(found.difference_se == 0)]
    assert "placebo:sitagliptin" in alone
    assert np.isnan(found.to_frame()["p_value"]).sum() == 4


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_tau2_within_is_a_maximum(method: str) -> None:
    """The likelihood of the interaction model is highest at tau² within designs."""
    contrasts = effects("senn2013")
    tau2 = network(contrasts, tau2=method).design_interaction().tau2
    dense, labels = stacked(contrasts), np.array(design_labels(contrasts))
    wide = np.hstack([dense.x * (labels == name)[:, None] for name in sorted(set(labels))])
    basis = np.linalg.svd(wide, full_matrices=False)[0][:, : np.linalg.matrix_rank(wide)]

    def deviance(at: float) -> float:
        total = dense.v + at * dense.s
        w = np.linalg.inv(total)
        gram = basis.T @ w @ basis
        residual = dense.y - basis @ np.linalg.solve(gram, basis.T @ w @ dense.y)
        found = np.linalg.slogdet(total)[1] + residual @ w @ residual
        return float(found + (np.linalg.slogdet(gram)[1] if method == "REML" else 0.0))

    assert tau2 > 0.01
    step = 1e-4 * tau2
    slope = (deviance(tau2 + step) - deviance(tau2 - step)) / (2 * step)
    assert abs(slope * tau2) < 1e-6
    assert deviance(tau2) < min(deviance(tau2 * 0.9), deviance(tau2 * 1.1))


def test_inference_does_not_change_chi_square_tests() -> None:
    """Q tests are those of a Wald fit under every inference."""
    contrasts = effects("senn2013")
    tests = {
        inference: network(contrasts, inference=inference).design_interaction().test
        for inference in ("WALD", "HKSJ", "T")
    }
    assert len({(test.q, test.log_p_value) for test in tests.values()}) == 1


def test_edges() -> None:
    """Two treatments; one study; a star; a network of one study with many arms."""
    two = network(of_pairs(("a", "b", 0.3, 0.1), ("a", "b", 0.9, 0.1)))
    parts = two.decomposition()
    assert (parts.between.df, parts.within.df) == (0, 1)
    assert math.isnan(parts.between.p_value)
    assert close(parts.within.q, 0.6**2 / 0.2, CLOSED)
    one = network(of_pairs(("a", "b", 0.3, 0.1))).decomposition()
    assert [each.df for each in (one.total, one.within, one.between)] == [0, 0, 0]
    assert "no degree of freedom" in str(one.between)
    star = network(of_pairs(("a", "p", 0.3, 0.1), ("b", "p", 0.9, 0.1), ("c", "p", 0.1, 0.1)))
    assert star.design_interaction().test.df == 0
    assert "cannot be told" in star.design_interaction().remarks[0]
    assert star.design_interaction().difference_se.tolist() == [0.0, 0.0, 0.0]
    many = network(drawn(1, studies=1, treatments=4)).decomposition()
    assert (many.total.df, len(many.designs), many.designs.arms.tolist()) == (0, 1, [4])


def test_words_and_frames() -> None:
    """Bridges are shown without a detachment; sums stand below the designs."""
    parts = fitted("senn2013").decomposition()
    frame = parts.to_frame()
    assert frame["design"].tolist()[-3:] == ["within designs", "between designs", "total"]
    assert len(frame) == 18
    assert "placebo:sitagliptin" not in parts.summary()
    assert "metformin:placebo (3 studies)" in parts._repr_html_()
    text = fitted("senn2013").design_interaction().summary()
    assert text.startswith("Design-by-treatment interaction, tau² within designs 0.144: Q = 2.19")
