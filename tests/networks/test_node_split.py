"""Node splitting: netmeta 3.4, refits with one more coefficient, and refits without studies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.arrays import Floats
from metaan.core.errors import ChoiceError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.consistency.multiplicity import ADJUSTMENTS, adjusted
from metaan.networks.consistency.node_split import NodeSplits
from metaan.networks.fits.network import network
from tests.networks.builders import drawn, of_pairs
from tests.networks.dense import solved, stacked
from tests.networks.pinned import PINNED, effects, fitted, linde2016, net
from tests.tolerance import Tolerance, close

CLOSED = Tolerance(
    relative=1e-10, absolute=1e-12, reason="one linear system on both sides, and a difference"
)
P_VALUES = Tolerance(
    relative=1e-9, absolute=1e-300, reason="a p-value moves by z² times as much as z; z is CLOSED"
)
REFIT = Tolerance(relative=1e-8, reason="the refit inverts a dense covariance")
SAME_TAU2 = Tolerance(relative=1e-7, reason="two searches for tau², one of a batch")
METHODS = {"SIDE": "Back-calculation", "SIDDE": "SIDDE"}
PINS = [
    (name, method)
    for name in PINNED
    for method in METHODS
    if (name, method) != ("woods2010", "SIDDE")  # not among R's figures
]


def in_order(splits: NodeSplits, pins: Mapping[str, Any]) -> tuple[list[int], Floats]:
    """Return where R's comparisons stand, and 1 or -1 where they are turned round."""
    place, sign = [], []
    for label in pins["comparison"]:
        one, other = label.split(":")
        turned = f"{one}:{other}" not in splits.comparisons
        place.append(splits.comparisons.index(f"{other}:{one}" if turned else label))
        sign.append(-1.0 if turned else 1.0)
    return place, np.array(sign)


@pytest.mark.parametrize(("name", "method"), PINS)
@pytest.mark.parametrize("model", ["common", "random"])
def test_every_comparison(name: str, method: str, model: str) -> None:
    """Network, direct, indirect, difference; standard errors, limits, p-values; NaN as R's NA."""
    splits = fitted(name, model).node_splits(method=method)
    pins = net(name)["netsplit"][METHODS[method]]
    place, sign = in_order(splits, pins)
    assert splits.studies[place].tolist() == pins["k"]
    assert close(splits.proportion[place], pins[f"prop_{model}"], CLOSED)
    for key, values, se in (
        (model, splits.network, splits.network_se),
        (f"direct_{model}", splits.direct, splits.direct_se),
        (f"indirect_{model}", splits.indirect, splits.indirect_se),
        (f"compare_{model}", splits.difference, splits.difference_se),
    ):
        table = {each: np.array(pins[key][each], dtype=float) for each in ("TE", "seTE", "upper")}
        known = ~np.isnan(table["TE"])
        if key.startswith("compare"):
            assert known.tolist() == splits.tested[place].tolist()
        assert close((sign * values[place])[known], table["TE"][known], CLOSED)
        assert close(se[place][known], table["seTE"][known], CLOSED)
        upper = sign * values[place] + splits.half(se)[place]
        assert close(upper[known], table["upper"][known], CLOSED)
    p_values = np.array(pins[f"compare_{model}"]["p"], dtype=float)
    assert close(np.exp(splits.log_p_values[place]), p_values, P_VALUES)


def two_armed(seed: int) -> NetworkEffects:
    """Return a network of two-arm studies with loops."""
    rng = np.random.default_rng(seed)
    names = ["a", "b", "c", "d", "e"]
    ring = [(names[i], names[i - 1]) for i in range(5)]
    more = [tuple(rng.choice(names, 2, replace=False)) for _ in range(7)]
    return of_pairs(
        *((str(i), str(j), rng.normal(), rng.uniform(0.02, 0.3)) for i, j in [*ring, *more])
    )


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_two_arm_studies_as_a_model_with_one_more_coefficient(seed: int) -> None:
    """Dias's model: the studies of a comparison have an effect of their own."""
    contrasts, tau2 = two_armed(seed), 0.05
    fit = network(contrasts, tau2=tau2, inference="WALD", reference="c")
    splits, dense = fit.node_splits(), stacked(contrasts)
    for i in np.flatnonzero(splits.tested).tolist():
        one = splits.treatments[splits.treatment[i]]
        other = splits.treatments[splits.control[i]]
        rows = [
            {one, other} == {a, b} for a, b in zip(contrasts.treat1, contrasts.treat2, strict=True)
        ]
        first = 1.0 if one < other else -1.0  # stacked rows are against the last-named arm
        more = dense._replace(x=np.column_stack([dense.x, first * np.array(rows)]))
        beta, covariance, _ = solved(more, tau2)
        assert close(splits.difference[i], beta[-1], REFIT)
        assert close(splits.difference_se[i] ** 2, covariance[-1, -1], REFIT)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_direct_and_indirect_evidence_are_uncorrelated(seed: int) -> None:
    """With many correlated arms: variances and covariance of the linear estimates themselves."""
    contrasts, tau2 = drawn(seed, studies=6, treatments=4), 0.05
    splits = network(contrasts, tau2=tau2, inference="WALD").node_splits()
    dense = stacked(contrasts)
    total = dense.v + tau2 * dense.s
    w = np.linalg.inv(total)
    best = np.linalg.solve(dense.x.T @ w @ dense.x, dense.x.T @ w)
    best = np.vstack([best, np.zeros(len(dense.y))])
    names = list(contrasts.treatments)
    for i in np.flatnonzero(splits.tested).tolist():
        one, other = int(splits.treatment[i]), int(splits.control[i])
        direct = pooled(contrasts, names[one], names[other], tau2)
        overall = best[one] - best[other]
        share = (overall @ total @ overall) / (direct @ total @ direct)
        indirect = (overall - share * direct) / (1 - share)
        assert abs(direct @ total @ indirect) < 1e-9 * (indirect @ total @ indirect)
        assert close(splits.proportion[i], share, REFIT)
        assert close(splits.indirect[i], indirect @ dense.y, REFIT, typical=1.0)
        assert close(splits.indirect_se[i] ** 2, indirect @ total @ indirect, REFIT)
        assert close(splits.direct[i], direct @ dense.y, REFIT, typical=1.0)


def pooled(contrasts: NetworkEffects, one: str, other: str, tau2: float) -> Floats:
    """Return the direct estimate as coefficients of the stacked contrasts."""
    rows = []
    for study in contrasts.studies:
        own = [i for i, name in enumerate(contrasts.study) if name == study]
        arms = sorted({contrasts.treat1[i] for i in own} | {contrasts.treat2[i] for i in own})
        rows += [(study, arm) for arm in arms[:-1]]
    found, weight = np.zeros(len(rows)), 0.0
    for i, study in enumerate(contrasts.study):
        if {contrasts.treat1[i], contrasts.treat2[i]} != {one, other}:
            continue
        w = 1 / (contrasts.v[i] + tau2)
        found += w * np.array(
            [(row == (study, one)) - float(row == (study, other)) for row in rows]
        )
        weight += w
    return found / weight


def test_without_the_studies_is_a_fit_without_the_studies() -> None:
    """SIDDE with REML: each comparison against the network of what is left, or its part."""
    contrasts = linde2016()
    fit = network(contrasts, inference="WALD")
    splits = fit.node_splits(method="SIDDE")
    tested = np.flatnonzero(splits.tested).tolist()
    assert len(tested) > 20
    for i in tested[::9]:
        one = splits.treatments[splits.treatment[i]]
        other = splits.treatments[splits.control[i]]
        both = {
            study
            for study in contrasts.studies
            if {one, other} <= set(contrasts.layout.arms_of(contrasts.studies.index(study)))
        }
        rest = contrasts.take([study for study in contrasts.studies if study not in both])
        part = next(part for part in rest.parts() if {one, other} <= set(part.treatments))
        effect = network(part, inference="WALD").effect(one, other)
        assert close(splits.indirect[i], effect.value, SAME_TAU2, typical=1.0)
        assert close(splits.indirect_se[i], effect.se, SAME_TAU2)


def test_side_and_sidde_agree_for_two_arms_at_one_tau2() -> None:
    """Without studies of many arms both leave out the same studies."""
    fit = network(two_armed(5), tau2=0.1, inference="WALD")
    side, sidde = fit.node_splits(), fit.node_splits(method="SIDDE")
    assert close(side.indirect, sidde.indirect, REFIT)
    assert close(side.indirect_se, sidde.indirect_se, REFIT)


def test_part_of_the_rest_is_enough() -> None:
    """A treatment that hangs on the left-out studies is left out too; the path remains."""
    contrasts = of_pairs(
        ("a", "b", 0.3, 0.1), ("b", "c", 0.2, 0.1), ("a", "c", 0.9, 0.1), ("c", "d", 0.5, 0.2)
    )
    three = NetworkEffects.from_arrays(
        [*contrasts.y, 0.4, 0.3, -0.1],
        [*contrasts.v, 0.2, 0.2, 0.2],
        study=[*contrasts.study, *["w"] * 3],
        treat1=[*contrasts.treat1, "a", "a", "b"],
        treat2=[*contrasts.treat2, "b", "e", "e"],
    )
    splits = network(three, model="common").node_splits(method="SIDDE")
    i = [c in ("a:b", "b:a") for c in splits.comparisons].index(True)
    turned = 1.0 if splits.comparisons[i] == "a:b" else -1.0
    assert close(turned * splits.indirect[i], 0.9 - 0.2, CLOSED)
    assert close(splits.indirect_se[i] ** 2, 0.2, CLOSED)


def test_adjustments() -> None:
    """Bonferroni and Holm by hand, in logarithms; NaN does not count."""
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.5])
    found = {key: np.exp(adjusted(np.log(p), row)) for key, row in ADJUSTMENTS.items()}
    assert close(found["none"], p, CLOSED)
    assert close(found["Bonferroni"], [0.04, np.nan, 0.16, 0.12, 1.0], CLOSED)
    assert close(found["Holm"], [0.04, np.nan, 0.09, 0.09, 0.5], CLOSED)
    tiny = adjusted(np.array([-2000.0, -1.0]), ADJUSTMENTS["Holm"])
    assert close(tiny, [-2000 + math.log(2), -1.0], CLOSED)
    splits = fitted("senn2013", "common").node_splits(adjust="Holm")
    assert np.isnan(splits.log_p_adjusted).sum() == 34
    assert splits.disagreeing.sum() == 2


def test_inference_of_the_fit() -> None:
    """Standard errors are multiplied, and tests have the degrees of freedom of the fit."""
    contrasts = effects("senn2013")
    wald, hksj = (network(contrasts, inference=each) for each in ("WALD", "HKSJ"))
    one, other = wald.node_splits(), hksj.node_splits()
    ratio = hksj.effect("metformin").se / wald.effect("metformin").se
    assert abs(ratio - 1) > 0.001
    assert close(other.difference_se, one.difference_se * ratio, CLOSED)
    assert close(other.direct_se, one.direct_se * ratio, CLOSED)
    assert (one.df, other.df) == (math.inf, 18)


def test_frame_says_what_is_missing() -> None:
    """Kinds of evidence, NaN of the difference, and the notes of the summary."""
    fit = fitted("senn2013")
    frame = fit.split(adjust="Bonferroni")
    assert frame["evidence"].value_counts().to_dict() == {"indirect": 30, "both": 11, "direct": 4}
    assert frame.loc[frame["evidence"] != "both", "difference"].isna().all()
    assert (frame["p_adjusted"].dropna() == np.minimum(frame["p_value"].dropna() * 11, 1)).all()
    assert (frame["treatment"] < frame["control"]).all()
    assert (frame["comparison"] == frame["treatment"] + ":" + frame["control"]).all()
    text = fit.node_splits().summary()
    assert "4 comparisons with direct evidence alone" in text
    assert "30 comparisons with indirect evidence alone" in text
    assert "rosiglitazone:sulfonylurea" in fit.node_splits()._repr_html_()


def test_star_and_two_treatments() -> None:
    """Nothing to split, and it is said."""
    star = network(of_pairs(("a", "p", 0.3, 0.1), ("b", "p", 0.9, 0.1), ("a", "p", 0.1, 0.1)))
    for method in METHODS:
        splits = star.node_splits(method=method)
        assert not splits.tested.any()
        assert sorted(splits.evidence) == ["direct", "direct", "indirect"]
        assert "no comparison has both" in splits.summary()
    two = network(of_pairs(("a", "b", 0.3, 0.1))).node_splits(method="SIDDE")
    assert (two.evidence, two.proportion.tolist()) == (("direct",), [1.0])


def test_names_do_not_matter() -> None:
    """Other names, other order: the same differences."""
    contrasts = drawn(11)
    turned = dict(zip(contrasts.treatments, ["z", "m", "a", "q", "b"], strict=True))
    order = np.random.default_rng(1).permutation(len(contrasts.y))
    other = NetworkEffects.from_arrays(
        -contrasts.y[order],
        contrasts.v[order],
        study=[contrasts.study[i] for i in order],
        treat1=[turned[contrasts.treat2[i]] for i in order],
        treat2=[turned[contrasts.treat1[i]] for i in order],
    )
    one, two = (network(each, tau2="DL").node_splits() for each in (contrasts, other))
    assert close(np.sort(np.abs(one.difference)), np.sort(np.abs(two.difference)), REFIT)
    assert close(np.sort(one.log_p_values), np.sort(two.log_p_values), REFIT)


def test_unknown_words() -> None:
    """The choices are listed and the nearest is offered."""
    fit = fitted("senn2013")
    with pytest.raises(
        ChoiceError, match=r'adjust=.*choose one of none, Bonferroni, Holm.*"Holm"'
    ):
        fit.split(adjust="holm")
    with pytest.raises(ChoiceError, match="a way to split evidence; choose one of SIDE, SIDDE"):
        fit.split(method="back")
