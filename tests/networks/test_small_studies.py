"""The comparison-adjusted funnel: netmeta's test, a naive one, the order, edges, words."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.networks.sensitivity.small_studies import SmallStudies, egger
from tests.networks.pinned import effects, fitted, linde2016, net
from tests.tolerance import EXACT, Tolerance, close

ALGEBRA = Tolerance(relative=1e-10, absolute=1e-12, reason="the same sums in another order")
FIRST = ("placebo",)


def placebo_first(names: tuple[str, ...]) -> list[str]:
    """Return the order of the pinned call: placebo, then the alphabet."""
    return [*FIRST, *(name for name in names if name not in FIRST)]


def test_the_test_is_that_of_netmeta() -> None:
    """Its effects are earlier against later, ours later against earlier: the sign turns."""
    fit = fitted("senn2013")
    found = fit.small_studies(order=placebo_first(fit.treatments))
    pin = net("senn2013")["comparison_adjusted_bias"]["Egger"]
    assert found.slope is not None
    assert found.intercept is not None
    assert close(-found.slope.value, pin["estimate"][0], ALGEBRA)
    assert close(found.slope.se, pin["estimate"][1], ALGEBRA)
    assert close(-found.slope.statistic, pin["statistic"], ALGEBRA)
    assert found.slope.df == pin["df"]
    assert close(found.slope.p_value, pin["pval"], ALGEBRA)
    assert close(-found.intercept.value, pin["intercept"], ALGEBRA)
    assert close(found.intercept.se, pin["se.intercept"], ALGEBRA)


def naive(points: SmallStudies) -> tuple[Floats, Floats]:
    """Return intercept and slope with standard errors by least squares of weighted rows."""
    x = np.column_stack([1 / points.se, np.ones(len(points))])
    y = points.y / points.se
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    rest = y - x @ beta
    covariance = np.linalg.inv(x.T @ x) * (rest @ rest) / (len(y) - 2)
    return np.asarray(beta), np.sqrt(np.diag(covariance))


@pytest.mark.parametrize("model", ["common", "random"])
def test_points_and_line_are_naive_ones(model: str) -> None:
    """Each effect less the weighted mean of its comparison; y / se regressed on 1 / se."""
    fit = network(linde2016(), model=model, inference="WALD")
    order = list(fit.treatments)[::-1]
    found = fit.small_studies(order=order)
    own = linde2016()
    means: dict[str, list[tuple[float, float]]] = {}
    points = {}
    for study, a, b, y, v in zip(own.study, own.treat1, own.treat2, own.y, own.v, strict=True):
        turned = order.index(a) < order.index(b)
        label, value = (f"{b}:{a}", -y) if turned else (f"{a}:{b}", y)
        means.setdefault(label, []).append((value, 1 / (v + fit.tau2)))
        points[study, label] = value, v
    for i, key in enumerate(zip(found.study, found.comparison, strict=True)):
        value, v = points[key]
        values, weights = np.array(means[key[1]]).T
        center = values @ weights / weights.sum()
        assert close([found.effect[i], found.se[i] ** 2], [value, v], ALGEBRA)
        assert close([found.center[i], found.y[i]], [center, value - center], ALGEBRA)
        assert found.alone[i] == (len(means[key[1]]) == 1)
    beta, se = naive(found)
    assert found.slope is not None
    assert found.intercept is not None
    assert close([found.intercept.value, found.slope.value], beta, ALGEBRA)
    assert close([found.intercept.se, found.slope.se], se, ALGEBRA)
    assert len(found.comparisons) == len(means)


def test_the_order_turns_the_sides() -> None:
    """The other way round every sign turns; in between some do."""
    fit = fitted("franchini2012")
    order = list(fit.treatments)
    one, other = (fit.small_studies(order=each) for each in (order, order[::-1]))
    assert close(one.y, -other.y, EXACT)
    assert one.slope is not None
    assert other.slope is not None
    assert close(one.slope.low, -other.slope.high, EXACT)
    assert one.comparison[0].split(":") == other.comparison[0].split(":")[::-1]
    mixed = fit.small_studies(order=np.array([order[1], order[0], *order[2:]]))  # type: ignore[arg-type]
    assert mixed.slope is not None
    assert abs(mixed.slope.value) != abs(one.slope.value)


def test_with_two_treatments_it_is_eggers_test() -> None:
    """The mean of the only comparison shifts the intercept and nothing else."""
    y, se = np.array([0.1, 0.4, 0.9, 0.3, 1.1]), np.array([0.1, 0.2, 0.4, 0.25, 0.5])
    pair = NetworkEffects.from_arrays(
        y, se=se, study=list("pqrst"), treat1=["t"] * 5, treat2=["c"] * 5
    )
    found = network(pair, tau2="DL").small_studies(order=["c", "t"])
    x = np.column_stack([1 / se, np.ones(5)])
    bias = np.linalg.lstsq(x, y / se, rcond=None)[0][1]
    assert found.slope is not None
    assert close(found.slope.value, bias, ALGEBRA)
    assert "with fewer than 10 the test finds little" in found.summary()
    low, high = found.pseudo_limits(0.95)
    assert close(high, 1.959963984540054 * se, ALGEBRA)
    assert (low == -high).all()


def test_without_a_line_there_is_no_test() -> None:
    """Two points, equal standard errors, or one study for each comparison."""
    errors = np.array([0.1, 0.2, 0.3])
    assert egger(np.array([1.0, 2.0]), errors[:2], 0.95) == (None, None)
    assert egger(np.array([1.0, 2.0, 4.0]), np.full(3, 0.2), 0.95) == (None, None)
    assert egger(np.zeros(3), errors, 0.95) == (None, None)
    chain = NetworkEffects.from_arrays(
        [1, 2, 3], se=errors, study=list("pqr"), treat1=list("bcd"), treat2=list("abc")
    )
    found = network(chain, model="common").small_studies(order=list("abcd"))
    assert (found.y == 0).all()
    assert found.alone.all()
    assert found.slope is None
    assert "no test" in found.summary()
    assert "its asymmetry could not be tested" in found.sentence().lower()
    assert "3 of 3 contrasts are the only one of their comparison" in found.summary()


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("placebo", "order must list all treatments"),
        (3, "order must list all treatments"),
        (["placebo", "metformine"], '"metformin".*order lacks acarbose'),
        (["placebo"] * 2, "'placebo' stands more than once"),
    ],
)
def test_an_order_that_is_none_is_refused(order: object, message: str) -> None:
    """With everything that is wrong with it."""
    with pytest.raises(InputError, match=message):
        fitted("senn2013").small_studies(order=order)  # type: ignore[arg-type]


def test_it_is_told_in_words() -> None:
    """What is compared, the test, what limits it; references; a frame; a notebook's table."""
    fit = network(effects("senn2013"), tau2="DL")
    found = fit.small_studies(order=placebo_first(fit.treatments))
    text = found.summary()
    assert "comparison-adjusted funnel of 28 contrasts in 15 comparisons" in text
    assert "9 of 28 contrasts are the only one" in text
    assert "1 study with more than two arms" in text
    assert "t = −0.19 with 26 degrees of freedom" in found.sentence()
    assert [each.split("doi:")[1] for each in found.references] == [
        "10.1002/jrsm.57", "10.1136/bmj.315.7109.629"
    ]  # fmt: skip
    frame = found.to_frame()
    assert list(frame.columns) == [
        "study", "comparison", "y", "se", "effect", "center", "alone"
    ]  # fmt: skip
    assert close(frame["y"], frame["effect"] - frame["center"], EXACT)
    assert "bias (slope on se)" in found._repr_html_()
    with pytest.raises(ValueError, match="read-only"):
        found.y[0] = 1
