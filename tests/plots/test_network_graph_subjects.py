"""Network graphs of every kind of fit, and of counts without one."""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from time import perf_counter

import numpy as np
import pytest

from metaan.core.errors import InputError, LeftOutWarning
from metaan.core.network_counts import NetworkCounts
from metaan.networks.components.component_network import network_components
from metaan.networks.moderators.network_regression import network_regress
from metaan.networks.moderators.network_subgroups import network_subgroups
from metaan.networks.sparse.sparse import sparse_network
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.plots.networks.graph import network_graph
from metaan.plots.networks.graph_diagram import network_diagram
from tests.networks.dated import baker2009, eras, senn2013
from tests.networks.pinned import linde2016
from tests.networks.sparse_counts import counts, of_arms
from tests.plots.network_graphs import faults, star
from tests.tolerance import EXACT, close


def sparse(name: str, method: str = "MH") -> SparseNetworkFit:
    """Return a network of few events."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)  # of treatments without events
        return sparse_network(counts(name), method=method)


def naive(given: NetworkCounts) -> tuple[Counter[tuple[str, str]], dict[str, float]]:
    """Return studies of each pair and people of each treatment, arm by arm."""
    pairs: Counter[tuple[str, str]] = Counter()
    people: dict[str, float] = {}
    for study in given.studies:
        arms = [i for i, name in enumerate(given.study) if name == study]
        pairs.update(itertools.combinations(sorted(given.treatment[i] for i in arms), 2))
    for name, number in zip(given.treatment, given.people.tolist(), strict=True):
        people[name] = people.get(name, 0.0) + number
    return pairs, people


@pytest.mark.parametrize("name", ["woods2010", "dong2013", "gurusamy2011"])
def test_counts_are_drawn_without_a_fit(name: str) -> None:
    """Lines are all pairs of arms of a study, circles the people of the arms."""
    given = counts(name)
    record = network_diagram(given, counts=True)
    pairs, people = naive(given)
    assert {(edge.treat1, edge.treat2): edge.studies for edge in record.edges} == pairs
    assert {node.treatment: node.participants for node in record.nodes} == people
    assert record.size == "participants"
    assert np.isnan([edge.precision for edge in record.edges]).all()
    with pytest.raises(InputError, match=r"sparse_network\(counts\)"):
        network_diagram(given, width="precision")


def test_a_sparse_fit_shows_the_studies_that_entered() -> None:
    """Those without events are told below; precision is that of the direct odds ratios."""
    fit = sparse("gurusamy2011")
    record = network_diagram(fit, width="precision")
    pairs, people = naive(fit.counts.take(fit.studies))
    assert {(edge.treat1, edge.treat2): edge.studies for edge in record.edges} == pairs
    assert {node.treatment: node.participants for node in record.nodes} == people
    assert record.title == "Network of 5 treatments in 10 of 14 studies"
    assert record.notes[0].startswith(
        "4 of 14 studies left out (Pugliese 2007, Himmelreich 1992, Williamson 1999: no events in "
    )
    for edge in record.edges:
        i, j = (fit.treatments.index(name) for name in (edge.treat1, edge.treat2))
        assert close(edge.precision, 1 / fit.direct.variances[i, j], EXACT)


def test_a_comparison_without_an_odds_ratio_has_the_thinnest_line() -> None:
    """Its study is there, its precision is 0, and a footnote says which arm did not enter."""
    arms = of_arms(
        {"a": (0, 50), "b": (3, 60), "c": (4, 55)},
        {"a": (3, 40), "c": (5, 45)},
        {"b": (2, 40), "c": (6, 45)},
    )
    record = network_diagram(sparse_network(arms), width="precision")
    found = {(edge.treat1, edge.treat2): edge for edge in record.edges}
    thin = found["a", "b"]
    assert (thin.studies, thin.precision) == (1, 0.0)
    assert thin.width == min(edge.width for edge in record.edges)
    assert all(edge.precision > 0 for pair, edge in found.items() if pair != ("a", "b"))
    assert record.notes[0].startswith("Left out in part (s0: no events under a")


def test_least_squares_fits_have_the_precision_of_their_tau2() -> None:
    """A regression on a covariate and components, as the network itself has it."""
    dated = network_regress(baker2009(), "year", reference="Placebo", tau2=0.05)
    parts = network_components(linde2016(), reference="Placebo", inactive="Placebo", tau2=0.05)
    for fit in (dated, parts):
        effects, total = fit.effects, Counter[tuple[str, ...]]()
        for one, other, v in zip(effects.treat1, effects.treat2, effects.v.tolist(), strict=True):
            total[tuple(sorted((one, other)))] += 1 / (v + 0.05)
        record = network_diagram(fit, width="precision")
        for edge in record.edges:
            assert close(edge.precision, total[edge.treat1, edge.treat2], EXACT)


def test_their_graphs_can_be_read() -> None:
    """No text on a line, a circle or another text."""
    plots = [
        network_graph(counts("dong2013"), theme="dark"),
        network_graph(sparse("gurusamy2011"), width="precision", theme="gray"),
        network_graph(network_regress(baker2009(), "year", reference="Placebo")),
        network_graph(network_components(linde2016(), reference="Placebo", inactive="Placebo")),
    ]
    assert [faults(plot) for plot in plots] == [[]] * len(plots)


def test_fits_of_several_networks_are_refused_with_the_remedy() -> None:
    """A level is a network; all of them together are not."""
    fit = network_subgroups(eras(senn2013()), "era", reference="placebo")
    with pytest.raises(InputError, match=r'fit\["level"\]'):
        network_diagram(fit)  # type: ignore[arg-type]
    assert len(network_diagram(fit["new"]).nodes) == len(fit["new"].treatments)


def test_a_large_star_takes_no_longer_than_it_should() -> None:
    """A hundred names find their places in seconds, many times what it took on a quiet machine."""
    start = perf_counter()
    record = network_diagram(star(100))
    assert len(record.nodes) == 100
    assert perf_counter() - start < 8
