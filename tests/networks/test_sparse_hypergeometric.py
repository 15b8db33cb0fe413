"""Exact conditional likelihood: enumeration, whole-number arithmetic, glmm, netmeta, and edges."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from math import comb, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from metaan.core.arrays import Floats
from metaan.core.counts import PEOPLE, Counts
from metaan.core.errors import InputError, LeftOutWarning
from metaan.networks.sparse.hypergeometric_network import (
    conditional_moments,
    log_likelihood,
    tied_treatments,
)
from metaan.networks.sparse.sparse import sparse_network
from metaan.networks.sparse.sparse_methods import LRP, NCH
from metaan.networks.sparse.sparse_tables import Tables, tables_of
from metaan.twobytwo.glmm import glmm
from tests.networks.pinned import matrix
from tests.networks.sparse_counts import (
    changed,
    contrasts,
    counts,
    drawn,
    lost_studies,
    of_arms,
    opposite,
    pin,
    shuffled,
    tables,
)
from tests.tolerance import EXACT, SOLVED, Tolerance, close

SUMS = Tolerance(
    relative=1e-11,
    absolute=1e-12,
    reason="a sum of some hundred terms of the size of the largest, and logarithms of factorials",
)
MAXIMUM = Tolerance(
    relative=1e-8,
    absolute=1e-9,
    reason="two searches of a maximum, each good to about the root of its rounding",
)
OPTIM = Tolerance(
    absolute=3e-5,
    reason="netmeta maximizes by R's optim at its default tolerance, 1e-8 of the log-likelihood: "
    "1e-4 of a standard error",
)


def enumerated(x: Floats, n: Floats, theta: Floats) -> tuple[float, Floats, Floats]:
    """Return log-likelihood, means and covariances of one study by going through all tables."""
    t = int(x.sum())
    every = [y for y in product(*(range(int(m) + 1) for m in n)) if sum(y) == t]
    weight = np.array(
        [
            np.prod([float(comb(int(m), k)) for m, k in zip(n, y, strict=True)])
            * np.exp(theta @ np.array(y))
            for y in every
        ]
    )
    own = weight[every.index(tuple(int(k) for k in x))] / weight.sum()
    weight /= weight.sum()
    mean = weight @ np.array(every)
    off = np.array(every) - mean
    return log(own), mean, np.einsum("y,yi,yj->ij", weight, off, off)


@given(
    arms=st.lists(
        st.tuples(st.integers(1, 7), st.floats(0, 1), st.floats(-4, 4)), min_size=2, max_size=4
    )
)
@settings(max_examples=60, deadline=None)
def test_moments_by_enumeration(arms: list[tuple[int, float, float]]) -> None:
    """Probability, means and covariances of up to four arms, at any log odds."""
    n = np.array([arm[0] for arm in arms], dtype=float)
    x = np.floor(np.array([arm[1] for arm in arms]) * (n + 0.999))
    theta = np.array([arm[2] for arm in arms])
    if not 0 < x.sum() < n.sum():
        return
    own, mean, covariance = conditional_moments(x[None], n[None], theta[None])
    value, means, spread = enumerated(x, n, theta)
    assert close(own[0], value, SUMS)
    assert close(mean[0], means, SUMS)
    assert close(covariance[0], spread, SUMS, typical=1.0)


def exactly(
    x: tuple[int, ...], n: tuple[int, ...], odds: tuple[int, ...]
) -> tuple[float, list[float], list[float]]:
    """Return log-likelihood, means and variances from polynomials with whole coefficients."""
    t = sum(x)

    def times(one: list[int], other: list[int]) -> list[int]:
        found = [0] * min(len(one) + len(other) - 1, t + 1)
        for i, a in enumerate(one):
            for j, b in enumerate(other[: max(len(found) - i, 0)]):
                found[i + j] += a * b
        return found

    arms = [
        [comb(m, k) * w**k for k in range(min(m, t) + 1)] for m, w in zip(n, odds, strict=True)
    ]
    whole = [1]
    for arm in arms:
        whole = times(whole, arm)
    total, means, spreads = whole[t], [], []
    for i, arm in enumerate(arms):
        rest = [1]
        for j, other in enumerate(arms):
            rest = times(rest, other) if j != i else rest
        kept = [k for k in range(len(arm)) if 0 <= t - k < len(rest)]
        share = {k: Fraction(arm[k] * rest[t - k], total) for k in kept}
        mean = sum((k * w for k, w in share.items()), Fraction(0))
        means.append(float(mean))
        spreads.append(float(sum((k - mean) ** 2 * w for k, w in share.items())))
    own = Fraction(1)
    for arm, k in zip(arms, x, strict=True):
        own *= arm[k]
    return log(own.numerator) - log(total), means, spreads


@pytest.mark.parametrize(
    ("x", "n", "odds"),
    [
        ((3, 1, 0), (400, 300, 20000), (1, 2, 3)),
        ((60, 41), (900, 700), (2, 1)),
        ((55, 40, 61), (60, 70, 64), (1, 3, 2)),
        ((1, 0), (1, 1), (1, 50)),
        ((0, 5), (5, 5), (1, 1000)),
    ],
)
def test_moments_in_whole_numbers(
    x: tuple[int, ...], n: tuple[int, ...], odds: tuple[int, ...]
) -> None:
    """Large arms, nearly everybody, and one person each: against arithmetic without rounding."""
    own, mean, covariance = conditional_moments(
        np.array([x], dtype=float), np.array([n], dtype=float), np.log([odds])
    )
    value, means, spreads = exactly(x, n, odds)
    assert close(own[0], value, SUMS)
    assert close(mean[0], means, SUMS)
    assert close(np.diag(covariance[0]), spreads, SUMS)
    assert close(covariance[0].sum(axis=1), np.zeros(len(x)), SUMS, typical=float(sum(x)))


def test_derivatives() -> None:
    """Score and information are the slopes of the log-likelihood."""
    given = tables_of(drawn(3, risk=0.3))
    theta = np.array([0.3, -0.2, 0.5, 0.0])
    here = log_likelihood(given, theta)
    h = 1e-4
    for i in range(4):
        up, down = (log_likelihood(given, theta + sign * h * np.eye(4)[i]) for sign in (1, -1))
        slope = Tolerance(absolute=1e-6, reason="differences of step 1e-4 err by its square")
        assert close((up.value - down.value) / (2 * h), here.score[i], slope)
        assert close((down.score - up.score) / (2 * h), here.information[i], slope)


def breslow(given: Tables) -> tuple[Floats, Floats]:
    """Return log odds and covariance by the approximation: events drawn with replacement."""
    t = len(given.treatments)
    blocks = list(given.blocks())

    def risks(theta: Floats) -> list[Floats]:
        weights = [block.n * np.exp(theta[block.treatments]) for block in blocks]
        return [w / w.sum(axis=1, keepdims=True) for w in weights]

    def loss(free: Floats) -> float:
        p = risks(np.append(free, 0.0))
        return -sum(float((b.x * np.log(q)).sum()) for b, q in zip(blocks, p, strict=True))

    def slope(free: Floats) -> Floats:
        found = np.zeros(t)
        for b, q in zip(blocks, risks(np.append(free, 0.0)), strict=True):
            np.add.at(found, b.treatments, b.x.sum(axis=1, keepdims=True) * q - b.x)
        return found[:-1]

    top = minimize(loss, np.zeros(t - 1), jac=slope, method="BFGS", options={"gtol": 1e-10})
    theta, information = np.append(top.x, 0.0), np.zeros((t, t))
    for b, q in zip(blocks, risks(theta), strict=True):
        for which, x, risk in zip(b.treatments, b.x, q, strict=True):
            information[np.ix_(which, which)] += x.sum() * (np.diag(risk) - np.outer(risk, risk))
    covariance = np.zeros((t, t))
    covariance[:-1, :-1] = np.linalg.inv(information[:-1, :-1])
    return theta, covariance


def test_netmeta_maximizes_an_approximation() -> None:
    """Its figures are those of the Breslow approximation; our likelihood is higher at ours."""
    woods = counts("woods2010")
    given, fit = tables_of(woods), sparse_network(woods, method=NCH)
    theta, covariance = breslow(given)
    names = fit.treatments
    theirs = matrix(pin(NCH)["TE.common"], names)
    own = np.diag(covariance)
    se = np.sqrt(own[:, None] + own - 2 * covariance)
    assert close(theta[:, None] - theta, theirs, OPTIM)
    assert close(se, matrix(pin(NCH)["seTE.common"], names), OPTIM)
    lower = log_likelihood(given, theirs[:, 0]).value
    assert 1e-5 < fit.log_likelihood - lower < 1e-3
    off = fit.relative.differences - theirs
    assert 0.01 < np.abs(off).max() < 0.02 * fit.relative.se.max()


def test_rare_events_are_the_approximation() -> None:
    """With a million times the people, the exact likelihood is Breslow's."""
    given = drawn(5, risk=0.2)
    rare = changed(given, events=given.events, people=given.people * 1e6)
    fit = sparse_network(rare, method=NCH)
    theta, covariance = breslow(tables_of(rare))
    own = np.diag(covariance)
    rarely = Tolerance(absolute=1e-6, reason="the approximation is good to events per people")
    assert close(fit.relative.differences, theta[:, None] - theta, rarely)
    assert close(fit.relative.se, np.sqrt(own[:, None] + own - 2 * covariance), rarely)


def test_two_treatments_are_a_conditional_model() -> None:
    """With two treatments it is the exact conditional model of glmm with a common effect."""
    cells = [((4, 123), (11, 139)), ((6, 306), (29, 303)), ((3, 231), (11, 220)), ((0, 9), (0, 8))]
    made = of_arms(*({"a": one, "b": other} for one, other in cells))
    array = np.array(cells, dtype=float)
    names = [f"s{i}" for i in range(len(cells))]
    pooled = glmm(
        Counts(events=array[:, :, 0], denominators=array[:, :, 1], kind=PEOPLE, study=names),
        "CM.EL",
        model="common",
    )
    fit = sparse_network(made, method=NCH, reference="b")
    found = fit.effect("a")
    assert close([found.value, found.se], [pooled.estimate.value, pooled.estimate.se], SOLVED)
    assert lost_studies(fit) == {"s3": "no events in any arm: says nothing about odds ratios"}
    (split,) = fit.split().to_dict("records")
    assert close([split["direct"], split["direct_se"]], [found.value, found.se], SOLVED)


def test_direct_evidence_is_each_comparison_by_itself() -> None:
    """Every direct estimate is the fit of the two arms of the studies that have them."""
    made = drawn(11, risk=0.3)
    fit = sparse_network(made, method=NCH)
    cells = list(zip(made.study, made.treatment, made.events, made.people, strict=True))
    for i, j in ((0, 1), (1, 3), (2, 3)):
        one, other = fit.treatments[i], fit.treatments[j]
        found = {study: {} for study in made.studies}  # type: dict[str, dict[str, tuple[float, float]]]
        for study, name, x, n in cells:
            if name in (one, other):
                found[study][name] = (float(x), float(n))
        pair = sparse_network(of_arms(*(c for c in found.values() if len(c) == 2)), method=NCH)
        alone = pair.effect(one, other)
        assert close(fit.direct.values[i, j], alone.value, SOLVED)
        assert close(fit.direct.variances[i, j] ** 0.5, alone.se, SOLVED)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_orders_and_opposites(seed: int) -> None:
    """Orders of arms do not matter, and no event for event turns the signs."""
    made = drawn(seed, risk=0.5)
    fit = sparse_network(made, method=NCH)
    effects, se = contrasts(fit, made.treatments)
    again = contrasts(sparse_network(shuffled(made, seed), method=NCH), made.treatments)
    turned = contrasts(sparse_network(opposite(made), method=NCH), made.treatments)
    assert close(again, (effects, se), MAXIMUM)
    assert close(turned, (-effects, se), MAXIMUM)
    score = log_likelihood(tables_of(made), fit.relative.values).score
    assert close(score, np.zeros(4), MAXIMUM, typical=1.0)


ENDLESS: list[tuple[list[Mapping[str, tuple[float, float]]], set[str], str]] = [
    ([{"a": (2, 9), "b": (3, 9), "c": (0, 9)}], {"c"}, "no events in any arm"),
    ([{"a": (2, 9), "b": (3, 9), "c": (9, 9)}], {"c"}, "nothing but events in its arms"),
    (
        [{"a": (2, 9), "b": (3, 9)}, {"b": (0, 9), "c": (1, 9)}, {"a": (1, 9), "c": (9, 9)}],
        {"c"},
        "by where the events are",
    ),
]


@pytest.mark.parametrize(("studies", "gone", "why"), ENDLESS)
def test_treatments_without_a_finite_odds_ratio(
    studies: list[Mapping[str, tuple[float, float]]], gone: set[str], why: str
) -> None:
    """They are left out; the others have the likelihood that is the limit with them."""
    made = of_arms(*studies)
    with pytest.warns(LeftOutWarning, match="1 of 3 treatments left out"):
        fit = sparse_network(made, method=NCH)
    assert set(made.treatments) - set(fit.treatments) == gone
    assert why in " ".join(lost_studies(fit).values())
    far = np.zeros(3)
    far[:2] = fit.relative.values
    sign = 1 if made.events[made.treatment.index("c")] > 0 else -1
    far[2] = 60.0 * sign
    whole = log_likelihood(tables_of(made), far).value
    assert close(fit.log_likelihood, whole, SUMS)


def test_events_can_tie_treatments_round_a_circle() -> None:
    """No two treatments are tied by one study, but all are by way of the others."""
    circle = tables(
        {"a": (1, 9), "b": (0, 9)}, {"b": (1, 9), "c": (0, 9)}, {"c": (1, 9), "a": (0, 9)}
    )
    assert tied_treatments(circle).tolist() == [0, 0, 0]
    fit = sparse_network(
        of_arms(
            {"a": (1, 9), "b": (0, 9)}, {"b": (1, 9), "c": (0, 9)}, {"c": (1, 9), "a": (0, 9)}
        ),
        method=NCH,
    )
    assert close(fit.relative.values, np.zeros(3), MAXIMUM)
    assert np.isnan(fit.direct.values).all()
    assert fit.split()["indirect"].notna().all()


def test_a_study_falls_silent_with_a_treatment() -> None:
    """A study whose only events are those of a treatment that is left out goes with it."""
    made = of_arms({"a": (0, 9), "b": (0, 9), "c": (9, 9)}, {"a": (2, 9), "b": (3, 9)})
    with pytest.warns(LeftOutWarning, match="c; method"):
        fit = sparse_network(made, method=NCH)
    assert fit.studies == ("s1",)
    assert "no events in any arm: says nothing" in lost_studies(fit)["s0"]


def test_what_is_refused() -> None:
    """Fractions, and parts between which no odds ratio is finite."""
    with pytest.raises(InputError, match=r's0, a: 2\.5 of 9.*s0, b: 3 of 8\.5.*method="MH"'):
        sparse_network(of_arms({"a": (2.5, 9), "b": (3, 8.5)}), method=NCH)
    apart = of_arms(
        {"a": (2, 9), "b": (2, 9)}, {"b": (0, 9), "c": (2, 9)}, {"c": (2, 9), "d": (3, 9)}
    )
    with pytest.raises(InputError, match=rf'2 parts .*c, d: 1 study.*method="{LRP}"'):
        sparse_network(apart, method=NCH)
    with pytest.raises(InputError, match="no odds ratio"):
        sparse_network(of_arms({"a": (0, 9), "b": (2, 9)}), method=NCH)


def test_dong2013() -> None:
    """The design without events under placebo enters here; the three methods agree."""
    fit = sparse_network(counts("dong2013"), method=NCH, reference="Placebo")
    assert set(lost_studies(fit)) == {"5", "25", "37"}
    other = sparse_network(counts("dong2013"), reference="Placebo")
    near = Tolerance(absolute=0.012, reason="two methods, a tenth of a standard error apart")
    assert close(fit.relative.differences, other.relative.differences, near)
    assert "conditional log-likelihood −101.064" in fit.summary()
    assert fit.tests == ()
    assert close(np.diag(fit.relative.differences), np.zeros(6), EXACT)
