"""Direct and indirect evidence: netmeta's figures, refits without a comparison, and edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metaan as ma
from metaan.core.effects import Effects
from metaan.networks.combining.direct import (
    DirectEvidence,
    IndirectEvidence,
    direct_effects,
    indirect_effects,
)
from metaan.networks.combining.pairs import labels_of, pairs_of, summed
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from tests.networks.builders import drawn, of_pairs
from tests.networks.flowing import LONG_WAY, PIN, independent, quiet
from tests.networks.pinned import PINNED, effects, fitted, matrix, net
from tests.tolerance import EXACT, close

MODELS = ("common", "random")
cases = pytest.mark.parametrize(("name", "model"), [(n, m) for n in PINNED for m in MODELS])


def evidence(fit: NetworkFit) -> tuple[DirectEvidence, IndirectEvidence]:
    """Return direct and indirect evidence."""
    direct = direct_effects(fit.combined)
    return direct, indirect_effects(fit.combined, direct)


@cases
def test_direct_and_indirect_pins(name: str, model: str) -> None:
    """Effects, standard errors and proportions are netmeta's, NA where it has NA."""
    fit, pin = fitted(name, model), net(name)["netmeta_DL"]
    direct, indirect = evidence(fit)
    names = fit.treatments
    off = ~np.eye(len(names), dtype=bool)
    for ours, key in (
        (direct.values, "TE.direct"),
        (np.sqrt(direct.variances), "seTE.direct"),
        (indirect.values, "TE.indirect"),
        (np.sqrt(indirect.variances), "seTE.indirect"),
    ):
        assert close(ours[off], matrix(pin[f"{key}.{model}"], names)[off], PIN)
    order = [names.index(t) for t in pin["trts"]]
    share = indirect.proportion[np.ix_(order, order)][np.triu_indices(len(order), k=1)]
    assert close(share, pin[f"prop.direct.{model}"], PIN)


@cases
def test_pins_of_the_weights(name: str, model: str) -> None:
    """Adjusted weights, their standard errors, leverages, studies per pair and the Laplacian."""
    fit, pin = fitted(name, model), net(name)["netmeta_DL"]
    names, n = fit.treatments, len(fit.treatments)
    pairs = pairs_of(fit.combined.evidence, fit.tau2)
    labels = [frozenset((a, b)) for a, b in zip(pin["treat1"], pin["treat2"], strict=True)]
    place = {key: i for i, key in enumerate(zip(pin["studlab"], labels, strict=True))}
    ends = zip(pairs.study.tolist(), pairs.first.tolist(), pairs.second.tolist(), strict=True)
    at = [place[fit.effects.studies[s], frozenset((names[i], names[j]))] for s, i, j in ends]
    assert close(pairs.w, np.array(pin[f"w.{model}"])[at], PIN)
    assert close(pairs.w**-0.5, np.array(pin[f"seTE.adj.{model}"])[at], PIN)
    counts = summed(pairs.first, pairs.second, np.ones(len(pairs.y)), n)
    assert np.array_equal(counts, matrix(pin["A.matrix"], names))
    assert np.array_equal(direct_effects(fit.combined).studies, counts)
    assert close(fit.q, pin["Q"], PIN)
    if model == "common":
        conductance = summed(pairs.first, pairs.second, pairs.w, n)
        laplacian = np.diag(conductance.sum(axis=1)) - conductance
        assert close(laplacian, matrix(pin["L.matrix.common"], names), PIN)
        assert close(fit.combined.inverse, matrix(pin["Lplus.matrix.common"], names), PIN)
        leverage = pairs.w * fit.combined.variances[pairs.first, pairs.second]
        known = np.array(pin["leverage.common"], dtype=float)[at]
        assert close(leverage[~np.isnan(known)], known[~np.isnan(known)], PIN)
        assert close(leverage.sum(), n - 1, PIN)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), tau2=st.sampled_from([0.0, 0.07]))
@quiet
def test_direct_is_a_plain_pool(seed: int, tau2: float) -> None:
    """Of each comparison: pool() of its contrasts with their own variances, arms correlated."""
    found = drawn(seed)
    fit = network(found, tau2=tau2, inference="WALD")
    direct, indirect = evidence(fit)
    names = list(fit.treatments)
    one = np.array([names.index(t) for t in found.treat1])
    two = np.array([names.index(t) for t in found.treat2])
    for i, j in zip(*np.nonzero(np.triu(direct.studies)), strict=True):
        here = ((one == i) & (two == j)) | ((one == j) & (two == i))
        sign = np.where(one[here] == i, 1, -1)
        own = ma.pool(
            Effects.from_arrays(sign * found.y[here], found.v[here]),
            tau2=tau2,
            inference="WALD",
        )
        assert close(direct.values[i, j], own.estimate.value, LONG_WAY)
        assert close(direct.variances[i, j], own.estimate.se**2, LONG_WAY)
        assert direct.studies[i, j] == own.k
    assert close(direct.values, -direct.values.T, EXACT)
    share = indirect.proportion[~np.eye(len(names), dtype=bool)]
    assert ((share >= 0) & (share <= 1)).all()


@pytest.mark.parametrize("pair", [("metformin", "placebo"), ("rosiglitazone", "sulfonylurea")])
def test_indirect_is_the_rest_of_the_network(pair: tuple[str, str]) -> None:
    """Where no study with more arms is involved: a refit without the comparison's studies."""
    whole = effects("senn2013")
    two_armed = whole.take(name for name in whole.studies if name != "Willms (1999)")
    fit = network(two_armed, tau2=0.1, inference="WALD")
    _, indirect = evidence(fit)
    rows = zip(two_armed.study, two_armed.treat1, two_armed.treat2, strict=True)
    own = {study for study, a, b in rows if {a, b} == set(pair)}
    rest = network(
        two_armed.take(set(two_armed.studies) - own), tau2=0.1, inference="WALD"
    ).effect(*pair)
    i, j = (fit.treatments.index(name) for name in pair)
    assert own
    assert close(indirect.values[i, j], rest.value, LONG_WAY)
    assert close(indirect.variances[i, j], rest.se**2, LONG_WAY)


def test_a_star_has_direct_evidence_alone() -> None:
    """No comparison of a star is mixed: evidence is all direct or all indirect."""
    star = of_pairs(("a", "hub", 0.2, 0.1), ("b", "hub", 0.5, 0.2), ("c", "hub", -0.3, 0.3))
    fit = network(star, model="common")
    direct, indirect = evidence(fit)
    spokes = direct.studies == 1
    assert spokes.sum() == 6
    assert (indirect.proportion[spokes] == 1).all()
    assert np.isnan(indirect.values[spokes]).all()
    a, b = fit.treatments.index("a"), fit.treatments.index("b")
    assert indirect.proportion[a, b] == 0
    assert close(indirect.values[a, b], 0.2 - 0.5, EXACT)
    assert close(indirect.variances[a, b], 0.1 + 0.2, EXACT)
    assert np.isnan(direct.values[a, b])
    assert np.isnan(direct.variances[a, b])


def test_two_treatments() -> None:
    """One comparison: a plain pool, all of it direct."""
    fit = network(of_pairs(("a", "b", 1.0, 0.5), ("b", "a", 0.0, 0.5)), model="common")
    direct, indirect = evidence(fit)
    assert close(direct.values[0, 1], 0.5, EXACT)
    assert close(direct.variances[1, 0], 0.25, EXACT)
    assert direct.studies.tolist() == [[0, 2], [2, 0]]
    assert indirect.proportion[0, 1] == 1


def test_names_do_not_matter() -> None:
    """Other names of treatments, other order of studies: the same evidence."""
    found = independent(3)
    other = {name: f"{9 - i}{name}" for i, name in enumerate(found.treatments)}
    turned = ma.NetworkEffects.from_arrays(
        found.y[::-1],
        found.v[::-1],
        study=found.study[::-1],
        treat1=[other[t] for t in found.treat1[::-1]],
        treat2=[other[t] for t in found.treat2[::-1]],
    )
    ours, theirs = (evidence(network(each, tau2=0.05)) for each in (found, turned))
    back = np.ix_(*[range(len(other))[::-1]] * 2)
    assert close(theirs[0].values[back], ours[0].values, LONG_WAY)
    assert close(theirs[1].proportion[back], ours[1].proportion, LONG_WAY)


def test_records_are_read_only() -> None:
    """Nothing can be written into the evidence; labels are made in one place."""
    direct, indirect = evidence(fitted("woods2010"))
    for array in (direct.values, direct.variances, direct.studies, indirect.proportion):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    assert labels_of(("a", "b"), np.array([0]), np.array([1])) == ("a:b",)
