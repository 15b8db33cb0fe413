"""Penalized logistic regression: netmeta's figures, dense matrices, closed forms, and edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

from metaan.core.arrays import Floats, Integers
from metaan.core.network_counts import NetworkCounts
from metaan.networks.sparse.firth_network import fit_firth
from metaan.networks.sparse.sparse import sparse_network
from metaan.networks.sparse.sparse_methods import LRP
from metaan.networks.sparse.sparse_tables import tables_of
from tests.networks.pinned import matrix
from tests.networks.sparse_counts import contrasts, counts, drawn, of_arms, opposite, pin, shuffled
from tests.tolerance import SOLVED, Tolerance, close

BRGLM2 = Tolerance(
    absolute=1e-6,
    reason="netmeta's brglm2 stops at a step of 1e-6; our score is 0 to rounding, see below",
)
MAXIMUM = Tolerance(relative=1e-8, absolute=1e-9, reason="the end of two searches")


@pytest.mark.parametrize(("key", "field"), [("TE", "values"), ("seTE", "se")])
def test_pins_of_the_network(key: str, field: str) -> None:
    """Effects and standard errors are netmeta's; so are those of each comparison by itself."""
    fit = sparse_network(counts("woods2010"), method=LRP)
    ours = getattr(fit.matrix(), field)
    assert close(ours, matrix(pin(LRP)[f"{key}.common"], fit.treatments), BRGLM2)
    direct = fit.direct.values if key == "TE" else np.sqrt(fit.direct.variances)
    assert close(direct, matrix(pin(LRP)[f"{key}.direct.common"], fit.treatments), BRGLM2)


def test_nothing_indirect_where_netmeta_divides_by_rounding() -> None:
    """Placebo against salmeterol is known by its own studies alone; so says the share, 1."""
    fit = sparse_network(counts("woods2010"), method=LRP, reference="Placebo")
    split = fit.node_splits()
    i, j = fit.treatments.index("Placebo"), fit.treatments.index("Salmeterol")
    here = split.comparisons.index("Placebo:Salmeterol")
    assert split.proportion[here] == 1
    assert np.isnan(split.indirect[here])
    assert close(split.direct_se[here], split.network_se[here], SOLVED)
    assert matrix(pin(LRP)["seTE.indirect.common"], fit.treatments)[i, j] > 1000


def dense(given: NetworkCounts) -> tuple[Floats, Floats, Floats, Integers]:
    """Return the design of levels and treatments, and arms with events and people."""
    tables = tables_of(given)
    layout = tables.layout
    x = np.zeros((len(tables.x), tables.k + len(tables.treatments)))
    rows = np.arange(len(tables.x))
    x[rows, layout.arm_study] = 1
    x[rows, tables.k + layout.arm_treatment] = 1
    return np.delete(x, tables.k, axis=1), tables.x, tables.n, layout.arm_study


@given(seed=st.integers(0, 10_000), risk=st.sampled_from([0.005, 0.03, 0.3]))
@settings(max_examples=15, deadline=None)
def test_dense_matrices(seed: int, risk: float) -> None:
    """Firth's modified score with all levels as columns is 0; the covariance is its inverse."""
    given = drawn(seed, risk=risk)
    design, events, people, study = dense(given)
    fit = fit_firth(tables_of(given))
    k, t = given.k, len(given.treatments)
    offset = design[:, k:] @ fit.theta[1:]
    level = np.zeros(k)
    for _ in range(200):  # each level by its own modified score, at the treatments of the fit
        p = 1 / (1 + np.exp(-(offset + level[study])))
        w = people * p * (1 - p)
        inverse = np.linalg.inv(design.T @ (w[:, None] * design))
        h = w * np.einsum("ai,ij,aj->a", design, inverse, design)
        score = events - people * p + h * (0.5 - p)
        level += np.bincount(study, score) / np.bincount(study, w)
    assert close(design.T @ score, np.zeros(k + t - 1), MAXIMUM, typical=1.0)
    assert close(fit.covariance[1:, 1:], inverse[k:, k:], MAXIMUM)
    penalty = np.linalg.slogdet(design.T @ (w[:, None] * design))[1] / 2
    likelihood = float((events * np.log(p) + (people - events) * np.log(1 - p)).sum())
    chosen = gammaln(people + 1) - gammaln(events + 1) - gammaln(people - events + 1)
    assert close(fit.value, likelihood + penalty + chosen.sum(), MAXIMUM)


def test_one_study_is_one_half_added() -> None:
    """As many parameters as arms: Firth's penalty adds half an event and half a person without."""
    cells = {"a": (0.0, 20.0), "b": (3.0, 50.0), "c": (7.0, 9.0)}
    fit = sparse_network(of_arms(cells), method=LRP, reference="a")
    x, n = np.array(list(cells.values())).T
    p = (x + 0.5) / (n + 1)
    for i, name in enumerate(("b", "c"), start=1):
        found = fit.effect(name)
        logit = np.log(p / (1 - p))
        own = 1 / (n * p * (1 - p))
        assert close(found.value, logit[i] - logit[0], SOLVED)
        assert close(found.se, (own[i] + own[0]) ** 0.5, SOLVED)


def test_gurusamy2011_keeps_everything() -> None:
    """Treatments and studies without events enter, with finite effects."""
    fit = sparse_network(counts("gurusamy2011"), method=LRP)
    assert fit.k == 14
    assert fit.left_out == ()
    assert len(fit.treatments) == 7
    # By itself, the study without events is (0.5 / 13.5) against (0.5 / 12.5), as Haldane has it.
    i, j = (fit.treatments.index(n) for n in ("Control/Placebo", "Solvent detergent plasma"))
    assert close(fit.direct.values[i, j], np.log(12.5 / 13.5), SOLVED)
    assert "penalized log-likelihood" in fit.summary()
    assert "10.1002/sim.9562" in fit.references[0]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_orders_and_opposites(seed: int) -> None:
    """Orders of arms do not matter, and no event for event turns the signs."""
    made = drawn(seed, risk=0.02)
    effects, se = contrasts(sparse_network(made, method=LRP), made.treatments)
    again = contrasts(sparse_network(shuffled(made, seed), method=LRP), made.treatments)
    turned = contrasts(sparse_network(opposite(made), method=LRP), made.treatments)
    assert close(again, (effects, se), MAXIMUM)
    assert close(turned, (-effects, se), MAXIMUM)


def test_separation_is_finite() -> None:
    """No events under one treatment, nothing but events under another."""
    fit = sparse_network(
        of_arms({"a": (0, 9), "b": (9, 9)}, {"b": (0, 9), "c": (0, 9)}), method=LRP
    )
    assert np.isfinite(fit.relative.values).all()
    assert fit.effect("b", "a").value > 0
    assert fit.effect("b", "a").low < fit.effect("b", "a").high
