"""A network without each study: plain refits, netmeta's importance, parts, edges, words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.network_effects import NetworkEffects
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.networks.combining.combined import analysis_of, combine
from metaan.networks.combining.evidence import gather_evidence
from metaan.networks.combining.solving import solve_rows
from metaan.networks.fits.network import network
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.sensitivity.leaving_one_out import parts_without
from metaan.networks.sensitivity.network_refits import NetworkRefits
from metaan.univariate.pooling import pool
from tests.networks.pinned import PINNED, effects, fitted, matrix, net
from tests.tolerance import Tolerance, close

ALGEBRA = Tolerance(relative=1e-9, absolute=1e-11, reason="the same sums in another order")
REFIT = Tolerance(relative=1e-8, absolute=1e-9, reason="two searches for one tau²")
INVERTED = Tolerance(
    absolute=1e-9, reason="both sides take the inverse of weights that differ by a factor of 1e7"
)
MIMICKED = Tolerance(
    absolute=2e-6,
    reason="netmeta gives a study 1000 times the largest standard error; we leave it out",
)
PLANS = {
    "common": {"model": "common"},
    "given": {"tau2": 0.05, "inference": "HKSJ"},
    "REML": {"tau2": "REML"},
    "DL": {"tau2": "DL", "inference": "T"},
    "ML": {"tau2": "ML", "inference": "HKSJ_FLOOR"},
}


def without(fit: NetworkFit, study: str) -> NetworkEffects:
    """Return the other studies."""
    return fit.effects.take(name for name in fit.effects.studies if name != study)


def agrees(found: NetworkRefits, s: int, other: NetworkFit) -> bool:
    """Return whether one refit is a plain fit."""
    names = [name for name in found.treatments if name in other.treatments]
    here = [found.treatments.index(name) for name in names]
    control = other.treatments[0]
    j = other.relative.place(control)
    assert close(found.effects(control)[s, here], other.relative.differences[:, j], REFIT)
    assert close(found.se(control)[s, here], other.relative.se[:, j], REFIT)
    assert close(found.half(control)[s, here], other.relative.half[:, j], REFIT)
    p_values = np.exp(other.relative.log_p_values[:, j])
    assert close(found.p_values(control)[s, here], p_values, REFIT)
    gone = [i for i in range(len(found.treatments)) if i not in here]
    assert np.isnan(found.effects(control)[s, gone]).all()
    assert close(found.tau2[s], other.tau2, REFIT, typical=0.01)
    assert close(found.q[s], other.q, REFIT, typical=1)
    return bool(found.q_df[s] == other.heterogeneity.df)


@pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("name", PINNED)
def test_it_is_the_network_of_the_other_studies(name: str, plan: str) -> None:
    """Effects, errors, intervals, tests, tau², Q, whatever was computed; every fourth study."""
    options = PLANS[plan]
    fit = network(effects(name), **options)  # type: ignore[arg-type]
    found = fit.leave_one_out()
    assert found.studies == fit.effects.studies
    for s in range(0, len(found), 4 if len(found) > 8 else 1):
        rest = without(fit, found.studies[s])
        assert len(rest.parts()) == 1
        assert agrees(found, s, network(rest, **options))  # type: ignore[arg-type]


def barbell() -> NetworkEffects:
    """Return two networks of three treatments that one study connects."""
    return NetworkEffects.from_arrays(
        [0.3, 0.5, 0.1, 0.4, -0.2, 0.6, 0.2, 0.9],
        se=[0.2, 0.1, 0.2, 0.3, 0.2, 0.2, 0.1, 0.3],
        study=["l1", "l2", "l3", "bridge", "r1", "r2", "r3", "r4"],
        treat1=["a", "b", "c", "c", "x", "y", "z", "x"],
        treat2=["b", "c", "a", "x", "y", "z", "x", "y"],
    )


def test_both_parts_of_a_network_that_falls_apart_stay() -> None:
    """Effects within a part are that part's; between parts they are not known."""
    fit = network(barbell(), reference="a", model="common")
    found = fit.leave_one_out()
    s = found.studies.index("bridge")
    left, right = (network(part, model="common") for part in without(fit, "bridge").parts()[::-1])
    assert np.isnan(found.effects()[s, 3:]).all()
    assert close(found.effects()[s, 1:3], left.relative.differences[1:, 0], ALGEBRA)
    assert close(found.se("x")[s, 3:], right.relative.se[:, 0], ALGEBRA)
    assert np.isnan(found.effects("x")[s, :3]).all()
    assert close(found.q[s], left.q + right.q, ALGEBRA)
    assert found.q_df[s] == left.heterogeneity.df + right.heterogeneity.df == 3
    assert found.remarks == ("no effect against a is known without bridge: x, y and z",)
    assert fit.impact().loc["bridge", "a:x"] == 1.0
    assert fit.impact().loc["bridge", "a:b"] == 0.0


@pytest.mark.parametrize("tau2", ["REML", "DL"])
def test_parts_share_their_tau2(tau2: str) -> None:
    """That of one model with the effects of both parts."""
    fit = network(barbell(), tau2=tau2)
    found = fit.leave_one_out()
    s = found.studies.index("bridge")
    parts = [gather_evidence(part) for part in without(fit, "bridge").parts()]
    x = np.zeros((7, 4))
    x[:4, :2], x[4:, 2:] = parts[0].x[:, 1:], parts[1].x[:, 1:]
    y, v = (np.concatenate([getattr(part, name) for part in parts]) for name in ("y", "v"))
    assert len(parts[0].y) == 4
    both = solve_rows(analysis_of(y, v, x), fit.plan)
    assert close(found.tau2[s], both.tau2, REFIT, typical=0.01)
    assert close(found.q[s], both.heterogeneity.q, REFIT)
    assert found.df[s] == both.df


def test_two_treatments_are_a_pool() -> None:
    """The univariate verb says the same."""
    y, v = [0.1, 0.3, 0.55, 0.71], [0.01, 0.04, 0.03, 0.06]
    names = ["p", "q", "r", "s"]
    pair = NetworkEffects.from_arrays(y, v, study=names, treat1=["t"] * 4, treat2=["c"] * 4)
    found = network(pair, reference="c").leave_one_out()
    other = leave_one_out(pool(Effects.from_arrays(y, v)))
    assert close(found.effects()[:, 1], other.value, REFIT)
    assert close(found.half()[:, 1], (other.high - other.low) / 2, REFIT)
    assert close(found.p_values()[:, 1], other.p_value, REFIT)
    assert close(found.tau2, other.tau2, REFIT, typical=0.01)
    single = network(pair.take(["p", "q"]), reference="c").leave_one_out()
    assert close(single.effects()[:, 1], [0.3, 0.1], ALGEBRA)
    assert close(single.se()[:, 1], [0.2, 0.1], ALGEBRA)
    assert (single.q_df == 0).all()
    with pytest.raises(InputError, match="needs two studies or more"):
        network(pair.take(["p"])).leave_one_out()


@pytest.mark.parametrize("model", ["common", "random"])
@pytest.mark.parametrize("name", PINNED)
def test_importance_is_that_of_netmeta(name: str, model: str) -> None:
    """Its definition at its mimicked removal, naively; ours at the removal itself."""
    pin, fit = net(name)["netimpact"][model], fitted(name, model)
    table = fit.impact()
    i, j = np.triu_indices(len(fit.treatments), k=1)
    pairs = [(fit.treatments[a], fit.treatments[b]) for a, b in zip(i, j, strict=True)]
    labels = [f"{a}:{b}" if f"{a}:{b}" in pin["cols"] else f"{b}:{a}" for a, b in pairs]
    theirs = matrix(pin, fit.effects.studies, labels)
    assert close(table.to_numpy(), theirs, MIMICKED)
    assert close(mimicked(fit), theirs, INVERTED)
    assert list(table.columns) == [f"{a}:{b}" for a, b in pairs]
    assert list(table.index) == list(fit.effects.studies)
    assert table.index.name == "study"


def mimicked(fit: NetworkFit) -> Floats:
    """Return importance by refits with 1000 times the largest standard error, tau² kept."""
    i, j = np.triu_indices(len(fit.treatments), k=1)
    own, rows = fit.effects, []
    for study in own.studies:
        hidden = np.array([name == study for name in own.study])
        v = np.where(hidden, (1000 * own.se.max()) ** 2, own.v)
        other = combine(gather_evidence(replace(own, v=v)), fit.tau2)
        rows.append(1 - fit.combined.variances[i, j] / other.variances[i, j])
    return np.maximum(rows, 0.0)


def test_importance_of_a_study_that_stands_alone_is_all() -> None:
    """1 where nothing is known without it, and what a weight is for two treatments."""
    fit = fitted("senn2013")
    alone = fit.impact().loc["Hermansen (2007)"]
    assert {name for name in alone.index if alone[name] == 1.0} == {
        name for name in alone.index if "sitagliptin" in name
    }
    assert (alone[[name for name in alone.index if "sitagliptin" not in name]] < 1e-12).all()
    pair = NetworkEffects.from_arrays(
        [1, 2, 3], [0.1, 0.2, 0.4], study=list("pqr"), treat1=["b"] * 3, treat2=["a"] * 3
    )
    weights = network(pair, model="common").impact().to_numpy()[:, 0]
    assert close(weights, np.array([10, 5, 2.5]) / 17.5, ALGEBRA)


@st.composite
def networks(draw: st.DrawFn) -> NetworkEffects:
    """Return connected networks with studies of two and three arms."""
    n = draw(st.integers(2, 6))
    arms = [(i, draw(st.integers(0, i - 1))) for i in range(1, n)]
    more = st.lists(st.integers(0, n - 1), min_size=2, max_size=3, unique=True)
    arms += [tuple(each) for each in draw(st.lists(more, min_size=1, max_size=6))]  # type: ignore[misc]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    rows = []
    for s, own in enumerate(arms):
        y, v = rng.normal(size=len(own)), rng.uniform(0.05, 0.5, size=len(own))
        rows += [
            (f"s{s}", f"t{a}", f"t{b}", y[i] - y[k], v[i] + v[k])
            for i, a in enumerate(own)
            for k, b in enumerate(own)
            if i < k
        ]
    study, treat1, treat2, effect, variance = zip(*rows, strict=True)
    return NetworkEffects.from_arrays(effect, variance, study=study, treat1=treat1, treat2=treat2)


@given(networks())
@settings(max_examples=25, deadline=None)
def test_random_networks_by_algebra(drawn: NetworkEffects) -> None:
    """Parts and effects without each study are those of the remaining studies' parts."""
    fit = network(drawn, tau2=0.1, inference="WALD")
    found = fit.leave_one_out()
    part = parts_without(drawn.layout)
    for s, study in enumerate(drawn.studies):
        rest = without(fit, study).parts()
        here = [each for each in rest if len(each.treatments) > 1]
        for each in here:
            places = [drawn.treatments.index(name) for name in each.treatments]
            assert set(part[s, places]) == {min(places)}
            own = network(each, tau2=0.1, inference="WALD").relative
            ours = found.effects(each.treatments[0])[s, places]
            assert close(ours, own.differences[:, 0], ALGEBRA)
            assert close(found.se(each.treatments[0])[s, places], own.se[:, 0], ALGEBRA)
        held = {name for each in here for name in each.treatments}
        lone = [i for i, name in enumerate(drawn.treatments) if name not in held]
        assert list(part[s, lone]) == lone


@pytest.mark.parametrize("options", [{"model": "common"}, {"tau2": 1e-9, "inference": "T"}])
def test_a_study_that_outweighs_all_others_can_be_left_out(options: dict[str, object]) -> None:
    """The algebra would lose every digit; those studies are refitted."""
    heavy = barbell()
    v = np.where(np.array(heavy.study) == "r2", 1e-14, heavy.v)
    found = network(replace(heavy, v=v), **options).leave_one_out()  # type: ignore[arg-type]
    rest = network(heavy.take(set(heavy.studies) - {"r2"}), **options)  # type: ignore[arg-type]
    assert agrees(found, found.studies.index("r2"), rest)


def test_one_refit_is_asked_for_by_its_study() -> None:
    """Of what is connected with the reference; unknown names are refused."""
    fit = network(effects("senn2013"), reference="placebo")
    found = fit.leave_one_out()
    rest = network(without(fit, "Hermansen (2007)"), reference="placebo")
    own = found.without("Hermansen (2007)")
    assert own.treatments == rest.treatments
    assert close(own.effect("acarbose", "placebo").low, rest.effect("acarbose").low, REFIT)
    with pytest.raises(ChoiceError, match="is not a study of this network"):
        found.without("Hermansen")
    star = network(barbell().take(["l1", "l2"]), reference="a")
    with pytest.raises(InputError, match="without l1 no treatment is compared with a"):
        star.leave_one_out().without("l1")


def test_conclusions_that_turn_are_named() -> None:
    """Where an interval holds 0 without a study and not with it, or the other way round."""
    fit = network(effects("senn2013"), reference="placebo", tau2="DL", inference="WALD")
    found = fit.leave_one_out()
    frame = found.to_frame()
    kept = frame.dropna()
    clear = (kept["low"] > 0) | (kept["high"] < 0)
    before = {name: each.low > 0 or each.high < 0 for name, each in fit.against().items()}
    turned = kept[clear != kept["treatment"].map(before)]
    expected = set(zip(turned["left_out"], turned["treatment"], strict=True))
    assert set(found.turning) == expected
    assert len(frame) == 26 * 9
    told = found.sentence()
    assert "excludes no effect is lost for" in told
    assert "study Kerenyi (2004) or study Vongthavaravat (2002) is left out" in told
    assert "vildagliptin if any one of the studies" in told
    assert {name: name in found.clear for name in before} == before
    assert frame["tau2"].nunique() > 20


def test_it_is_told_in_words() -> None:
    """A table of ranges, notes, a sentence with its reference; arrays are read-only."""
    found = network(barbell(), reference="a", model="common").leave_one_out()
    assert "one left out at a time" in found.summary()
    assert "note: no effect against a is known without bridge" in found.summary()
    assert found.references[0].endswith("10.1002/jrsm.11")
    assert found.sentence().startswith("Each of the 8 studies was left out in turn [1].")
    assert "<table" in found._repr_html_()
    with pytest.raises(ValueError, match="read-only"):
        found.values[0] = 1
    apart = NetworkEffects.from_arrays(
        [5.0, 5.1, 5.0], se=[0.1] * 3, study=list("pqr"), treat1=["b"] * 3, treat2=["a"] * 3
    )
    calm = network(apart, model="common").leave_one_out()
    assert calm.turning == ()
    assert "For no treatment does it depend on a single study" in calm.sentence()
