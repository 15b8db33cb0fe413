"""Measures of the evidence: path lengths and parallelism against netmeta and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.networks.fits.network import network
from metaan.networks.flow.aggregate import design_flows, through
from metaan.networks.flow.evidence_measures import MEASURED, evidence_measures
from tests.networks.builders import drawn, of_pairs
from tests.networks.flowing import LONG_WAY, PIN, quiet
from tests.networks.pinned import PINNED, fitted, matrix, net
from tests.tolerance import close

R_NAMES = {
    "proportion_direct": "proportion",
    "mean_path_length": "meanpath",
    "minimal_parallelism": "minpar",
    "minimal_parallelism_studies": "minpar.study",
}


@pytest.mark.parametrize("name", PINNED)
@pytest.mark.parametrize("measure", MEASURED)
def test_pins(name: str, measure: str) -> None:
    """All four measures are netmeta's."""
    fit, order = fitted(name), net(name)["netmeta_DL"]["trts"]
    found = fit.evidence_measures().set_index("comparison")[measure]
    place = fit.treatments.index
    pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    labels = [":".join(sorted(pair, key=place)) for pair in pairs]
    for entry in ("netmeasures", "netmeasures_random"):
        assert close(found[labels].to_numpy(), net(name)[entry][R_NAMES[measure]], PIN)


@pytest.mark.parametrize("name", PINNED)
def test_pins_of_designs(name: str) -> None:
    """What each design bears is netmeta's H tilde."""
    fit, entry = fitted(name), net(name)["netmeasures"]["H.tilde"]
    found = design_flows(fit.combined)
    borne = np.stack([through(flow) for flow in found.flows], axis=1)
    ours = {frozenset(label.split(":")): i for i, label in enumerate(_labels(fit.treatments))}
    sets = {frozenset(label.split(":")): i for i, label in enumerate(found.designs.names)}
    rows = [ours[frozenset(label.split(":"))] for label in entry["rows"]]
    columns = [sets[frozenset(label.split(":"))] for label in entry["cols"]]
    known = matrix(entry, entry["rows"], entry["cols"])
    assert close(borne[np.ix_(rows, columns)], known, PIN)


def _labels(treatments: tuple[str, ...]) -> list[str]:
    return [f"{a}:{b}" for i, a in enumerate(treatments) for b in treatments[i + 1 :]]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
@quiet
def test_laws(seed: int) -> None:
    """No path is shorter than 1; a study bears no more than its design's studies together can."""
    found = evidence_measures(network(drawn(seed), tau2=0.1).combined)
    assert (found.mean_path_length >= 1 - 1e-9).all()
    assert (found.minimal_parallelism >= 1 / found.mean_path_length - 1e-9).all()
    assert ((found.proportion_direct >= 0) & (found.proportion_direct <= 1)).all()
    assert (found.minimal_parallelism_studies > 0).all()


def test_by_hand() -> None:
    """A square with a doubled side: flows of 3/5 and more, all written down."""
    effects = of_pairs(
        ("a", "b", -1.1, 1.0),
        ("a", "b", 1.2, 1.0),
        ("b", "c", 0.3, 1.0),
        ("c", "d", 0.0, 1.0),
        ("a", "d", 0.5, 1.0),
    )
    found = network(effects, model="common").evidence_measures().set_index("comparison")
    # around the square there are three sides of resistance 1: 6/7 of a:b is direct
    row = found.loc["a:b"]
    assert close(row["proportion_direct"], 6 / 7, LONG_WAY)
    assert close(row["mean_path_length"], 6 / 7 + 3 / 7, LONG_WAY)
    assert close(row["minimal_parallelism"], 7 / 6, LONG_WAY)
    assert close(row["minimal_parallelism_studies"], 7 / 3, LONG_WAY)
    # a to c: resistance 1.5 by b and 2 by d
    row = found.loc["a:c"]
    assert row["studies"] == 0
    assert row["proportion_direct"] == 0
    assert close(row["mean_path_length"], 2.0, LONG_WAY)
    assert close(row["minimal_parallelism"], 3.5 / 2, LONG_WAY)


def test_a_star() -> None:
    """One path each: length 1 to the hub and 2 between the others, nothing parallel."""
    star = of_pairs(("a", "hub", 0.2, 0.1), ("b", "hub", 0.5, 0.2), ("c", "hub", -0.3, 0.3))
    found = network(star, model="common").evidence_measures()
    to_hub = found["comparison"].str.endswith("hub").to_numpy()
    assert close(found["proportion_direct"].to_numpy(), to_hub.astype(float), LONG_WAY)
    assert close(found["mean_path_length"].to_numpy(), np.where(to_hub, 1.0, 2.0), LONG_WAY)
    for name in MEASURED[2:]:
        assert close(found[name].to_numpy(), np.ones(6), LONG_WAY)


def test_one_study_of_many_arms() -> None:
    """All evidence is direct, by one path through one design."""
    found = network(drawn(5, studies=1, treatments=4), model="common").evidence_measures()
    assert (found["studies"] == 1).all()
    for name in MEASURED:
        assert close(found[name].to_numpy(), np.ones(6), LONG_WAY)
