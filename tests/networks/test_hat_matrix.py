"""Hat matrices: netmeta's figures, laws of projections and of flows, the long way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.arrays import Floats
from metaan.core.errors import ChoiceError
from metaan.networks.combining.pairs import all_comparisons, pairs_of
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.flow.hat_matrix import HAT_MATRICES, hat_matrix
from tests.networks.builders import drawn, of_pairs
from tests.networks.flowing import LONG_WAY, PIN, quiet
from tests.networks.pinned import PINNED, fitted, net
from tests.tolerance import EXACT, close

MODELS = ("common", "random")
cases = pytest.mark.parametrize(("name", "model"), [(n, m) for n in PINNED for m in MODELS])


def pinned(name: str, kind: str, model: str) -> tuple[Mapping[str, Any], Floats]:
    """Return a pinned hat matrix, and its values."""
    entry = net(name)["hatmatrix"][kind][model]
    return entry, np.array(entry["values"], dtype=float)


def signed(labels: Any, treatments: tuple[str, ...]) -> tuple[list[str], Floats]:
    """Return R's labels in our order of two treatments, -1 where that turns them around."""
    pairs = [label.split(":") for label in labels]
    turned = [treatments.index(a) > treatments.index(b) for a, b in pairs]
    ours = [f"{b}:{a}" if t else f"{a}:{b}" for (a, b), t in zip(pairs, turned, strict=True)]
    return ours, np.where(turned, -1.0, 1.0)


@cases
def test_davies_pins(name: str, model: str) -> None:
    """Rows with direct evidence are netmeta's, up to the direction of a comparison."""
    fit = fitted(name, model)
    entry, values = pinned(name, "Davies", model)
    rows, up = signed(entry["rows"], fit.treatments)
    columns, across = signed(entry["cols"], fit.treatments)
    ours = fit.hat_matrix("DAVIES").loc[rows, columns].to_numpy()
    assert close(up[:, None] * ours * across, values, PIN)


@cases
def test_ruecker_pins(name: str, model: str) -> None:
    """Contrasts of the studies, in netmeta's directions."""
    fit, pin = fitted(name, model), net(name)["netmeta_DL"]
    entry, values = pinned(name, "Ruecker", model)
    told = [f"{a}:{b}" for a, b in zip(pin["treat1"], pin["treat2"], strict=True)]
    labels, sign = signed(told, fit.treatments)
    assert entry["rows"] == pin["studlab"]
    at = list(zip(pin["studlab"], labels, strict=True))
    ours = fit.hat_matrix("RUECKER").loc[at, at].to_numpy()
    assert close(sign[:, None] * ours * sign, values, PIN)


@cases
def test_krahn_pins(name: str, model: str) -> None:
    """Designs; netmeta takes contrasts with another treatment of a design as the basis."""
    fit = fitted(name, model)
    entry, values = pinned(name, "Krahn", model)
    ours = fit.hat_matrix("KRAHN")
    rows, up = signed(entry["rows"], fit.treatments)
    theirs = np.array(entry["cols"])
    for design in ours.columns.unique("design"):
        column = next(c for c in theirs if set(c.split(":")) == set(design.split(":")))
        base, *others = column.split(":")
        # weight of each arm's effect: what a basis of contrasts cannot change
        arms = -values[:, theirs == column] * up[:, None]
        known = {**dict(zip(others, arms.T, strict=True)), base: -arms.sum(axis=1)}
        block = ours.loc[rows, design]
        for label in block.columns:
            arm = label.split(":")[1]
            assert close(-block[label].to_numpy(), known[arm], PIN)
    assert ours.shape == values.shape


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), tau2=st.sampled_from([0.0, 0.1]))
@quiet
def test_projections(seed: int, tau2: float) -> None:
    """H y are the network's estimates, H H = H, the trace is n - 1; arms may be correlated."""
    fit = network(drawn(seed, treatments=4), tau2=tau2)
    n = len(fit.treatments)
    pairs = pairs_of(fit.combined.evidence, tau2)
    hat = hat_matrix(fit.combined, "RUECKER").values
    assert close(hat @ pairs.y, fit.relative.differences[pairs.first, pairs.second], LONG_WAY)
    assert close(hat @ hat, hat, LONG_WAY)
    assert close(np.trace(hat), n - 1, LONG_WAY)
    aggregate = fit.hat_matrix()
    edges = aggregate.loc[aggregate.columns].to_numpy()
    assert close(edges @ edges, edges, LONG_WAY)
    assert close(np.trace(edges), n - 1, LONG_WAY)
    mean = _aggregated(fit)
    assert close(
        aggregate.to_numpy() @ mean, fit.relative.differences[all_comparisons(n)], LONG_WAY
    )


def _aggregated(fit: NetworkFit) -> Floats:
    """Return the mean of the contrasts of each comparison by adjusted weights."""
    pairs = pairs_of(fit.combined.evidence, fit.tau2)
    keys = pairs.first * len(fit.treatments) + pairs.second
    return np.array(
        [np.average(pairs.y[keys == k], weights=pairs.w[keys == k]) for k in np.unique(keys)]
    )


def test_flow_is_conserved() -> None:
    """In each row of DAVIES 1 flows out of the first treatment, 1 into the second, 0 elsewhere."""
    fit = fitted("senn2013")
    hat, names = fit.hat_matrix(), list(fit.treatments)
    incidence = np.zeros((hat.shape[1], len(names)))
    for e, label in enumerate(hat.columns):
        one, two = label.split(":")
        incidence[e, names.index(one)], incidence[e, names.index(two)] = 1, -1
    first, second = all_comparisons(len(names))
    expected = np.eye(len(names))[first] - np.eye(len(names))[second]
    assert close(hat.to_numpy() @ incidence, expected, LONG_WAY)


def test_circuit_by_a_dense_pseudoinverse() -> None:
    """Two-armed studies: B L⁺ B' W of the weighted graph, L by a pseudoinverse."""
    found = of_pairs(
        ("a", "b", 0.1, 0.2), ("b", "c", 0.3, 0.1), ("a", "c", 0.2, 0.4), ("c", "d", 0.0, 0.3)
    )
    hat = network(found, model="common").hat_matrix("RUECKER")
    w = np.diag([1 / 0.2, 1 / 0.4, 1 / 0.1, 1 / 0.3])
    b = np.array([[1, -1, 0, 0], [1, 0, -1, 0], [0, 1, -1, 0], [0, 0, 1, -1]])
    at = [("s0", "a:b"), ("s2", "a:c"), ("s1", "b:c"), ("s3", "c:d")]
    known = b @ np.linalg.pinv(b.T @ w @ b) @ b.T @ w
    assert close(hat.loc[at, at].to_numpy(), known, LONG_WAY)


def test_designs_the_long_way() -> None:
    """KRAHN times the designs' own estimates are the network's estimates; two stages are one."""
    found = drawn(11, treatments=4)
    fit = network(found, tau2=0.05)
    ours = fit.hat_matrix("KRAHN")
    means = []
    for design in ours.columns.unique("design"):
        sets = [set(found.layout.arms_of(s)) for s in range(found.k)]
        own = [
            name
            for name, arms in zip(found.studies, sets, strict=True)
            if arms == set(design.split(":"))
        ]
        part = network(found.take(own), tau2=0.05)
        means += [part.effect(*label.split(":")).value for label in ours[design].columns]
    estimates = fit.relative.differences[all_comparisons(4)]
    assert close(ours.to_numpy() @ np.array(means), estimates, LONG_WAY)


def test_frames_and_edges() -> None:
    """Labels, two treatments, one study of many arms, and unknown names."""
    assert set(HAT_MATRICES) == {"DAVIES", "KRAHN", "RUECKER"}
    pair = network(of_pairs(("b", "a", 1.0, 0.5), ("a", "b", 0.0, 1.5)), model="common")
    assert pair.hat_matrix().to_dict() == {"a:b": {"a:b": pytest.approx(1.0)}}
    assert close(pair.hat_matrix("RUECKER").to_numpy(), [[0.75, 0.25], [0.75, 0.25]], EXACT)
    one = network(drawn(2, studies=1, treatments=3), model="common")
    krahn = one.hat_matrix("KRAHN")
    assert krahn.columns.get_level_values("design").tolist() == ["t0:t1:t2"] * 2
    assert krahn.columns.get_level_values("comparison").tolist() == ["t0:t1", "t0:t2"]
    assert close(krahn.to_numpy(), [[1, 0], [0, 1], [-1, 1]], LONG_WAY)
    assert krahn.index.name == "comparison"
    with pytest.raises(ChoiceError, match=r"kind='RUCKER' is not a hat matrix.*RUECKER"):
        pair.hat_matrix("RUCKER")
