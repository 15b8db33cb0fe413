"""Laws of every network: the long way, pairwise pools, names and order, doubling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError
from metaan.core.network_effects import NetworkEffects
from metaan.networks.fits.network import network
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.pooling import pool
from tests.networks.builders import drawn, of_pairs
from tests.networks.dense import deviance, moments, solved, stacked
from tests.tolerance import SOLVED, Tolerance, close

SAME = Tolerance(
    relative=1e-9,
    absolute=1e-11,
    reason="the same network in other numbers: two orders of eliminations of a linear system",
)
SEEDS = st.integers(0, 10_000)
quick = settings(max_examples=12, deadline=None)
quiet = pytest.mark.filterwarnings("ignore::metaan.core.errors.EmptyIntervalWarning")


@quick
@given(seed=SEEDS)
@quiet
def test_the_long_way(seed: int) -> None:
    """One big matrix gives the same effects, covariance, Q and moment estimate."""
    effects = drawn(seed)
    dense = stacked(effects)
    fit = network(effects, tau2="DL", inference="WALD", reference=effects.treatments[-1])
    assert close(fit.tau2, moments(dense), SAME, typical=fit.heterogeneity.typical_v)
    beta, covariance, _ = solved(dense, fit.tau2)
    found = list(fit.against().values())
    assert close([each.value for each in found], beta, SAME)
    assert close([each.se for each in found], np.sqrt(np.diag(covariance)), SAME)
    assert close(fit.q, solved(dense, 0.0)[2], SAME)


@quick
@given(seed=SEEDS, method=st.sampled_from(["REML", "ML"]))
@quiet
def test_likelihoods_the_long_way(seed: int, method: str) -> None:
    """No tau² of a fine grid, and none beside ours, has a higher likelihood."""
    effects = drawn(seed, studies=8)
    dense, restricted = stacked(effects), method == "REML"
    fit = network(effects, tau2=method)
    ours = deviance(dense, fit.tau2, restricted=restricted)
    nearby = [fit.tau2 * 0.999, fit.tau2 * 1.001, *np.geomspace(1e-4, 10, 60)]
    others = [deviance(dense, tau2, restricted=restricted) for tau2 in nearby]
    assert min(others) >= ours - 1e-9


METHODS = [key for key, row in ESTIMATORS.items() if not row.weighted]


@pytest.mark.parametrize("inference", ["WALD", "T", "HKSJ", "HKSJ_FLOOR"])
@pytest.mark.parametrize("method", METHODS)
def test_two_treatments_are_a_pool(method: str, inference: str) -> None:
    """Estimates, limits, tau², heterogeneity and prediction are those of `pool`."""
    rng = np.random.default_rng(7)
    y, v = rng.normal(0.3, 0.5, 9), rng.uniform(0.02, 0.3, 9)
    single = pool(Effects.from_arrays(y, v), tau2=method, inference=inference)
    effects = of_pairs(*(("a", "b", *pair) for pair in zip(y.tolist(), v.tolist(), strict=True)))
    fit = network(effects, tau2=method, inference=inference, reference="b")
    typical = single.heterogeneity.typical_v
    assert close(fit.tau2, single.tau2, SOLVED, typical=typical)
    ours, theirs = fit.effect("a"), single.estimate
    for field in ("value", "se", "low", "high", "df", "p_value"):
        assert close(getattr(ours, field), getattr(theirs, field), SAME)
    limits = fit.predict("a")
    assert limits is not None
    assert single.prediction_interval is not None
    assert close(limits.low, single.prediction_interval.low, SAME)
    for field in ("q", "df", "p_value", "i2", "i2_q", "h2", "tau2_low", "tau2_high"):
        assert close(getattr(fit.heterogeneity, field), getattr(single.heterogeneity, field), SAME)


def test_defaults_are_those_of_a_pool() -> None:
    """Nothing said, nothing different."""
    y, v = [0.1, 0.5, -0.2, 0.9], [0.02, 0.05, 0.04, 0.03]
    single = pool(Effects.from_arrays(y, v))
    fit = network(of_pairs(*(("a", "b", *pair) for pair in zip(y, v, strict=True))))
    assert fit.tau2_method == single.tau2_method
    assert fit.inference == single.inference
    assert fit.prediction == single.prediction
    assert close(fit.effect("a", "b").low, single.estimate.low, SAME)


@quick
@given(seed=SEEDS)
@quiet
def test_order_and_direction_change_nothing(seed: int) -> None:
    """Contrasts in another order, some turned round: the same network."""
    effects = drawn(seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(effects.y))
    turned = rng.random(len(order)) < 0.5
    sign = np.where(turned, -1.0, 1.0)
    sides = (effects.treat1, effects.treat2)
    other = NetworkEffects.from_arrays(
        effects.y[order] * sign,
        effects.v[order],
        study=[effects.study[i] for i in order],
        treat1=[sides[t][i] for i, t in zip(order, turned.astype(int), strict=True)],
        treat2=[sides[1 - t][i] for i, t in zip(order, turned.astype(int), strict=True)],
    )
    one, two = network(effects), network(other)
    assert close(one.relative.differences, two.relative.differences, SAME)
    assert close(one.relative.covariance, two.relative.covariance, SAME)
    assert close(one.prediction_half, two.prediction_half, SAME)


@quick
@given(seed=SEEDS)
@quiet
def test_names_change_nothing(seed: int) -> None:
    """Treatments under other names, in another alphabetic order."""
    effects = drawn(seed)
    new = dict(zip(effects.treatments, ["z", "m", "a", "q", "b"], strict=True))
    other = replace(
        effects,
        treat1=tuple(new[name] for name in effects.treat1),
        treat2=tuple(new[name] for name in effects.treat2),
    )
    one, two = network(effects), network(other)
    for a in effects.treatments:
        for b in effects.treatments:
            first, second = one.effect(a, b), two.effect(new[a], new[b])
            assert close([first.value, first.se], [second.value, second.se], SAME)


@quick
@given(seed=SEEDS)
@quiet
def test_effects_add_up(seed: int) -> None:
    """A - b and b - c are a - c; a - b is b - a turned round; the reference has no say."""
    effects = drawn(seed)
    one = network(effects, reference="t0")
    two = network(effects, reference="t3")
    differences = one.relative.differences
    assert close(differences, -differences.T, SAME)
    assert close(differences[:, [1]] + differences[[1], :], differences, SAME)
    assert one.relative.se.tolist() == two.relative.se.tolist()
    assert one.effect("t2", "t1") == two.effect("t2", "t1")


@quick
@given(seed=SEEDS)
def test_doubled_data_halve_variances(seed: int) -> None:
    """Every study twice: the same common effects, half their variances."""
    effects = drawn(seed)
    names = tuple(f"{name}*" for name in effects.study)
    twice = NetworkEffects.from_arrays(
        np.tile(effects.y, 2),
        np.tile(effects.v, 2),
        study=effects.study + names,
        treat1=effects.treat1 * 2,
        treat2=effects.treat2 * 2,
    )
    one, two = network(effects, model="common"), network(twice, model="common")
    assert close(two.relative.differences, one.relative.differences, SAME)
    assert close(2 * two.combined.variances, one.combined.variances, SAME)


@pytest.mark.parametrize("power", [-100, -7, 9, 100])
def test_units_change_nothing(power: int) -> None:
    """Effects in units a power of two apart, from the tiny to the huge, digit by digit."""
    effects, unit = drawn(3), 2.0**power
    scaled = replace(effects, y=effects.y * unit, v=effects.v * unit * unit)
    one, two = network(effects), network(scaled)
    assert (one.relative.differences * unit).tolist() == two.relative.differences.tolist()
    assert two.tau2 == one.tau2 * unit * unit


def test_saturated_network() -> None:
    """As many contrasts as effects: fitted exactly, tau² 0, Wald's intervals, and said so."""
    effects = of_pairs(("a", "b", 1.0, 0.1), ("b", "c", 0.5, 0.2))
    fit = network(effects)
    assert (fit.tau2, fit.heterogeneity.df, fit.inference) == (0.0, 0.0, "WALD")
    assert close([fit.effect("a", "c").value, fit.effect("a", "c").se], [1.5, 0.3**0.5], SAME)
    assert fit.predict("a") is None
    assert fit.prediction == ""
    told = "no information is left on heterogeneity or inconsistency; tau² is taken as 0"
    assert any(told in remark for remark in fit.remarks)
    assert "heterogeneity is not defined" in fit.summary()


def test_one_study_with_many_arms() -> None:
    """K = 1: its own contrasts."""
    effects = drawn(1, studies=1)
    fit = network(effects)
    assert close(fit.effect(effects.treat1[0], effects.treat2[0]).value, effects.y[0], SAME)


def test_studies_that_agree_too_well() -> None:
    """An empty Q-profile set is warned about."""
    pairs = [("a", "b", 1.0, 0.1)] * 9 + [("b", "c", 1.0, 0.1)] * 9 + [("a", "c", 2.0, 0.1)]
    with pytest.warns(EmptyIntervalWarning, match="look for copied"):
        fit = network(of_pairs(*pairs))
    assert any("no tau² >= 0 fits" in remark for remark in fit.remarks)


def test_disconnected_network_names_its_parts() -> None:
    """Parts by their treatments and studies, largest first, with what to do."""
    effects = of_pairs(("x", "y", 1.0, 0.1), ("a", "b", 1.0, 0.1), ("b", "c", 1.0, 0.1))
    with pytest.raises(InputError, match=r"2 parts .* \(1\) a, b, c: 2 studies; \(2\) x, y: 1"):
        network(effects)
    fit = network(effects.largest_part())
    assert fit.treatments == ("a", "b", "c")
    assert "2 of 3 studies" in fit.summary()
    assert "not connected with the network" in str(fit)


def test_unknown_names_are_answered_with_the_nearest() -> None:
    """Reference, treatment, estimator, inference."""
    effects = of_pairs(("placebo", "drug", 1.0, 0.1), ("usual", "drug", 1.0, 0.1))
    with pytest.raises(ChoiceError, match='Did you mean "placebo"'):
        network(effects, reference="Placebo")
    fit = network(effects)
    assert fit.reference == "drug"
    with pytest.raises(ChoiceError, match=r'control=.*Did you mean "usual"'):
        fit.effect("drug", "usul")
    with pytest.raises(InputError, match="asks for weights"):
        network(effects, tau2="GENQ")
    with pytest.raises(InputError, match="choose one of WALD, T, HKSJ, HKSJ_FLOOR"):
        network(effects, inference="KR")
    with pytest.raises(InputError, match="effects must be NetworkEffects; got Effects"):
        network(Effects.from_arrays([1.0], [1.0]))  # type: ignore[arg-type]
