"""network_components against metafor, netmeta, dense matrices and exact fractions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.errors import InputError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.components.component_design import design_components
from metaan.networks.components.component_names import SEPARATOR, read_components
from metaan.networks.components.component_network import network_components
from metaan.networks.fits.network import network
from metaan.numerics.tails import t_quantile
from tests.networks import dense as long_way
from tests.networks.builders import drawn, of_pairs
from tests.networks.component_networks import (
    ARMS,
    additive,
    columns,
    combined_arms,
    contrasted,
    rank,
    renamed,
)
from tests.networks.pinned import effects, linde2016, net
from tests.reference.pinned import pins
from tests.tolerance import EXACT, Tolerance, close

SUMS = Tolerance(
    relative=1e-10,
    absolute=1e-12,
    reason="two closed forms; R's and the dense one invert matrices of 100 columns as they are",
)
SEARCHED = Tolerance(
    relative=1e-6,
    absolute=1e-7,
    reason="rma.mv's search for tau² stops when the likelihood changes by 1e-8 of itself",
)
CASES = list(pins("network_components")["fits"])
PAIR = "Face-to-face CBT*SSRI"


def without_usual_care():
    """Return Linde's studies without those of usual care: two parts that share a component."""
    whole = linde2016()
    pairs = zip(whole.study, whole.treat1, whole.treat2, strict=True)
    gone = {study for study, *arms in pairs if "UC" in arms}
    return whole.take([study for study in whole.studies if study not in gone])


@pytest.mark.parametrize("case", CASES)
def test_metafor(case):
    """Effects, standard errors, Q and tau² of rma.mv, in networks connected and not."""
    kind, how = case.split(":")
    pin = pins("network_components")["fits"][case]
    given_tau2 = how not in ("REML", "ML")
    fit = network_components(
        without_usual_care() if kind == "disconnected" else linde2016(),
        inactive="Placebo",
        interactions=[PAIR] if kind == "interaction" else (),
        tau2=float(how) if given_tau2 else how,
        inference="WALD",
    )
    tolerance = SUMS if given_tau2 else SEARCHED
    found = fit.component_effects()
    assert list(found) == pin["names"].split("; ")
    assert close([each.value for each in found.values()], pin["beta"], tolerance)
    assert close([each.se for each in found.values()], pin["se"], tolerance)
    assert close(fit.tau2, pin["tau2"], tolerance)
    assert close(fit.q, pin["QE"], SUMS)
    assert fit.heterogeneity.df == pin["df"]


@pytest.mark.parametrize("name", ["senn2013", "woods2010", "franchini2012"])
def test_without_combinations_it_is_the_network(name):
    """Every number between treatments; netmeta's Q; components alone are not identified."""
    plain = network(effects(name), inference="HKSJ")
    fit = network_components(effects(name), inference="HKSJ")
    for field in ("differences", "se", "log_p_values"):
        ours, theirs = getattr(fit.relative, field), getattr(plain.relative, field)
        assert close(ours, theirs, SUMS)
    assert close(fit.prediction_half, plain.prediction_half, SUMS)
    assert close(fit.q, net(name)["netmeta_DL"]["Q"], EXACT)
    assert close(fit.tau2, plain.tau2, SUMS)
    assert not fit.additivity.testable
    assert math.isnan(fit.additivity.p_value)
    assert not fit.design.identified.any()
    assert any("only differences between" in remark for remark in fit.remarks)


def test_netcomb_without_combinations():
    """Its Q, and NA for every component, as netmeta 3.4 has them."""
    pin = pins("network_senn2013")["netcomb_no_combinations"]
    fit = network_components(effects("senn2013"))
    assert close(fit.additivity.q_additive, pin["Q_additive"], EXACT)
    assert set(pin["Comp_random"]) == {None}
    assert all(math.isnan(each.value) for each in fit.component_effects().values())


def dense_fit(network_effects, tau2, *, inactive="P", pairs=()):
    """Return C, effects of components, their covariance and Q by big matrices."""
    stack = long_way.stacked(network_effects)
    names = list(network_effects.treatments)
    _, held = columns(names, inactive, pairs)
    c = np.array(held, dtype=float)
    design = np.column_stack([stack.x, -stack.x.sum(axis=1)]) @ c
    w = np.linalg.inv(stack.v + tau2 * stack.s)
    covariance = np.linalg.pinv(design.T @ w @ design)
    beta = covariance @ design.T @ w @ stack.y
    residual = stack.y - design @ beta
    return c, beta, covariance, float(residual @ w @ residual), long_way.Dense(*stack[:3], design)


@pytest.mark.parametrize("seed", range(4))
def test_dense_matrices(seed):
    """Components, combinations, treatments, Q, and the test of additivity, at REML's tau²."""
    data = combined_arms(seed)
    fit = network_components(data, inactive="P", interactions=["A*B"], inference="WALD")
    c, beta, covariance, q, stack = dense_fit(data, fit.tau2, pairs=[("A", "B")])
    found = list(fit.component_effects().values())
    assert close([each.value for each in found], beta, SUMS)
    assert close([each.se for each in found], np.sqrt(np.diag(covariance)), SUMS)
    level = c @ beta
    assert close(fit.relative.differences, level[:, None] - level[None, :], SUMS)
    row = c[list(data.treatments).index("A + C")] - c[list(data.treatments).index("B")]
    ours = fit.combination("C + A", against=["B"])
    assert close(ours.value, row @ beta, SUMS)
    assert close(ours.se, math.sqrt(row @ covariance @ row), SUMS)
    free = long_way.stacked(data)
    assert close(fit.additivity.q_random, q - long_way.solved(free, fit.tau2)[2], SUMS)
    least = dense_fit(data, 0.0, pairs=[("A", "B")])[3]
    assert close(fit.q, least, SUMS)
    assert close(fit.additivity.q, least - long_way.solved(free, 0.0)[2], SUMS)
    around = [
        long_way.deviance(stack, max(fit.tau2 + step, 0.0), restricted=True)
        for step in (-1e-4, 0.0, 1e-4)
    ]
    assert around[1] <= min(around)


@pytest.mark.parametrize("seed", range(3))
def test_moments(seed):
    """The generalized method of moments in the additive model."""
    data = combined_arms(seed)
    fit = network_components(data, inactive="P", tau2="DL")
    assert close(fit.tau2, long_way.moments(dense_fit(data, 0.0)[4]), SUMS)


def designed(network_effects, inactive):
    """Return the design of the components of names joined by +."""
    parts = read_components(network_effects.treatments)
    return design_components(
        network_effects.layout, parts, {}, inactive=inactive, separator=SEPARATOR
    )


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_known_by_fractions(data):
    """Rank by exact fractions says which components are known and who can be compared."""
    pool = st.sampled_from(
        ["A", "B", "C", "D", "A + B", "A + C", "A + B + C", "C + D", "A + D", "B + D"]
    )
    pairs = data.draw(
        st.lists(st.tuples(pool, pool).filter(lambda p: p[0] != p[1]), min_size=1, max_size=6)
    )
    inactive = data.draw(st.sampled_from([None, "A"]))
    network_effects = of_pairs(*((one, two, 0.1, 1.0) for one, two in pairs))
    if inactive is not None and not any("A" in name for name in network_effects.treatments):
        inactive = None
    names, held = columns(network_effects.treatments, inactive)
    rows = contrasted(network_effects, held)
    if not any(any(row) for row in rows):
        with pytest.raises(InputError, match="nothing can be known"):
            designed(network_effects, inactive)
        return
    design = designed(network_effects, inactive)
    least = rank(rows)
    assert design.basis.shape[1] == least
    for i, _ in enumerate(names):
        alone = [int(j == i) for j in range(len(names))]
        assert design.identified[i] == (rank([*rows, alone]) == least)
    comparable = design.comparable()
    for i, one in enumerate(held):
        for j, two in enumerate(held):
            between = [a - b for a, b in zip(one, two, strict=True)]
            assert comparable[i, j] == (rank([*rows, between]) == least)


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
def test_additive_data_fit_without_rest():
    """Components are found again, and nothing speaks against additivity."""
    truth = {"A": 0.7, "B": -0.4, "C": 1.1}
    fit = network_components(additive(combined_arms(1), truth), inactive="P")
    assert close([each.value for each in fit.component_effects().values()], [0.7, -0.4, 1.1], SUMS)
    assert fit.additivity.q < 1e-12
    assert fit.additivity.df == 4
    assert fit.additivity.p_value > 1 - 1e-12


def test_saturated_interactions_free_their_combinations():
    """All interactions make the additive model the network; one frees one combination."""
    data = combined_arms(2)
    plain = network(data, inference="WALD")
    everything = ["A*B", "B*C", "A*C", "A*B*C"]
    full = network_components(data, inactive="P", interactions=everything, inference="WALD")
    assert not full.additivity.testable
    assert close(full.relative.differences, plain.relative.differences, SUMS)
    assert close(full.relative.se, plain.relative.se, SUMS)
    levels = {name: plain.effect(name, "P").value for name in ARMS}
    assert close(full.component("A*B").value, levels["A + B"] - levels["A"] - levels["B"], SUMS)
    one = network_components(data, inactive="P", interactions=["A*B*C"], tau2=0.05)
    alone = renamed(data, {name: "X" if name == "A + B + C" else name for name in ARMS})
    apart = network_components(alone, inactive="P", tau2=0.05)
    assert close(one.effect("A + B + C", "B").value, apart.effect("X", "B").value, SUMS)
    assert close(one.effect("A + B + C", "B").se, apart.effect("X", "B").se, SUMS)


def test_names_and_order_do_not_matter():
    """Other names of components, other orders in a name, other orders of studies."""
    data = combined_arms(3)
    first = network_components(data, inactive="P")
    turned = {"P": "usual", "A": "z", "B": "y", "C": "x"}
    names = {
        name: " + ".join(reversed([turned[part] for part in name.split(" + ")])) for name in ARMS
    }
    flipped = renamed(data, names)
    order = sorted(flipped.studies, reverse=True)
    where = [i for s in order for i, own in enumerate(flipped.study) if own == s]
    mixed = NetworkEffects.from_arrays(
        -flipped.y[where],
        flipped.v[where],
        study=[flipped.study[i] for i in where],
        treat1=[flipped.treat2[i] for i in where],
        treat2=[flipped.treat1[i] for i in where],
    )
    second = network_components(mixed, inactive="usual")
    near = Tolerance(relative=1e-8, absolute=1e-10, reason="two searches for tau²")
    for name in "ABC":
        one, two = first.component(name), second.component(turned[name])
        assert close([two.value, two.se], [one.value, one.se], near)
    for one in ARMS:
        for two in ARMS:
            ours, theirs = first.effect(one, two), second.effect(names[one], names[two])
            assert close([theirs.value, theirs.se], [ours.value, ours.se], near)
    assert close(second.additivity.q, first.additivity.q, near)


@given(st.floats(-3, 3), st.floats(0.1, 10))
@settings(max_examples=15, deadline=None)
def test_units(shift, unit):
    """Another unit multiplies everything; a shift of one component shifts that component."""
    data = combined_arms(4)
    fit = network_components(data, inactive="P", tau2="DL")
    moved = additive(data, {"B": shift}).y
    other = NetworkEffects.from_arrays(
        unit * (data.y + moved),
        unit**2 * data.v,
        study=data.study,
        treat1=data.treat1,
        treat2=data.treat2,
    )
    again = network_components(other, inactive="P", tau2="DL")
    near = Tolerance(relative=1e-9, absolute=1e-9, reason="sums of numbers of different sizes")
    assert close(again.component("B").value, unit * (fit.component("B").value + shift), near)
    assert close(again.component("A").value, unit * fit.component("A").value, near)
    assert close(again.component("A").se, unit * fit.component("A").se, near)


def test_prediction_is_wider_by_tau2():
    """Its t has the rows less coefficients; none for common effects or too few rows."""
    data = combined_arms(5)
    fit = network_components(data, inactive="P", tau2=0.1, inference="WALD")
    found, own = fit.predict("A + B", "C"), fit.effect("A + B", "C")
    width = t_quantile(0.95, fit.heterogeneity.df) * math.sqrt(0.1 + own.se**2)
    assert close([found.low, found.high], [own.value - width, own.value + width], SUMS)
    assert fit.predict("A", "A") is None
    assert network_components(data, inactive="P", model="common").predict("A") is None
    assert close(fit.matrix().prediction_low[0, 1], fit.predict("A", "A + B").low, SUMS)


def test_multi_arm_study_alone():
    """One study of four arms whose components add up or do not."""
    data = drawn(7, studies=1, treatments=4)
    names = dict(zip(["t0", "t1", "t2", "t3"], ["P", "A", "B", "A + B"], strict=True))
    fit = network_components(renamed(data, names), inactive="P", tau2=0, inference="WALD")
    _, beta, covariance, q, _ = dense_fit(renamed(data, names), 0.0)
    assert close(fit.component("A").value, beta[0], SUMS)
    assert close(fit.component("A").se, math.sqrt(covariance[0, 0]), SUMS)
    assert close([fit.additivity.q, fit.additivity.q_standard], [q, 0.0], SUMS)
    assert (fit.additivity.df, fit.additivity.df_standard) == (1, 0)
