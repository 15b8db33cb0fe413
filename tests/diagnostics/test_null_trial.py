"""A further trial that turns the conclusion: against closed forms and pools made one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest

import metaan as ma
from metaan.core.errors import InputError
from metaan.diagnostics.fragility.conclusion_map import conclusion_map
from metaan.diagnostics.fragility.new_trial import null_trial
from tests.diagnostics.test_fragility_studies import bcg
from tests.tolerance import SOLVED, close

Z = 1.959963984540054
THREE = ma.Effects.from_arrays(
    [0.5, 0.2, 0.35], se=[0.2, 0.3, 0.1], columns={"n1": [50, 20, 200], "n2": [50, 24, 200]}
)
WAYS = ({"model": "common"}, {"tau2": "DL", "inference": "WALD"}, {})


def with_one(effects: ma.Effects, y: float, se: float, **how: object) -> ma.Estimate:
    """Return the pool of the studies and one more, made from the start."""
    more = ma.Effects.from_arrays([*effects.y, y], v=[*effects.v, se * se])
    return ma.pool(more, **how).estimate  # type: ignore[arg-type]


def test_a_common_effect_in_closed_form() -> None:
    """Weight x of a null trial: sum w y / sqrt(W + x) = z."""
    found = null_trial(ma.pool(THREE, model="common"))
    w = 1 / THREE.v
    x = (float(w @ THREE.y) / Z) ** 2 - w.sum()
    assert close(found.se**-2, x, SOLVED)
    assert found.holds
    n = np.array([100.0, 44.0, 400.0])
    c = n * THREE.v
    assert close(found.n, math.exp(np.log(c).mean()) * x, SOLVED)
    assert close([found.n_low, found.n_high], [c.min() * x, c.max() * x], SOLVED)
    assert found.n_per_group == math.ceil(found.n / 2)


@pytest.mark.parametrize("how", WAYS)
def test_it_is_the_edge(how: dict[str, object]) -> None:
    """A hair smaller leaves the conclusion, that trial turns it, as pools from the start say."""
    found = null_trial(ma.pool(THREE, **how))  # type: ignore[arg-type]
    assert found.exists
    below = with_one(THREE, 0.0, found.se * (1 - 1e-6), **how)
    above = with_one(THREE, 0.0, found.se * (1 + 1e-6), **how)
    assert below.low < 0 < above.low
    assert close([found.value, found.high], [below.value, below.high], SOLVED_EDGE)


SOLVED_EDGE = type(SOLVED)(relative=1e-5, reason="the pool a millionth beside the edge")


def test_no_size_may_suffice() -> None:
    """With great heterogeneity even an endless null trial has a small weight."""
    found = null_trial(ma.pool(bcg(), tau2="DL", inference="WALD"))
    assert not found.exists
    assert not found.holds
    assert np.isnan(found.n)
    assert "whatever its size" in found.sentence()
    assert "no strength of the result" in found.sentence()
    assert close(found.common_se, null_trial(ma.pool(bcg(), model="common")).se, SOLVED)
    assert f"about {math.ceil(found.common_n):,} participants" in found.sentence()
    for se in np.geomspace(1e-4, 10, 25):
        assert with_one(bcg(), 0.0, se, tau2="DL", inference="WALD").high < 0


def test_any_size_may_suffice() -> None:
    """The t distribution: one more study, however small, and the interval is another."""
    effects = ma.Effects.from_arrays([0.5, 0.5, 0.1], se=[0.2, 0.2, 0.3])
    found = null_trial(ma.pool(effects))
    assert math.isinf(found.se)
    assert ma.pool(effects).estimate.low < 0
    assert with_one(effects, 0.0, 1e3).low > 0
    assert "however small it is" in found.sentence()


def test_other_results_and_values() -> None:
    """A trial with an effect against a value of one's own, and the sign of the estimate."""
    fit = ma.pool(THREE, model="common")
    found = null_trial(fit, effect=-0.2, conclusion="estimate", against=0.1)
    w = 1 / THREE.v
    x = float(w @ (THREE.y - 0.1)) / 0.3
    assert close(found.se**-2, x, SOLVED)
    assert not null_trial(fit, effect=0.4, conclusion="estimate").exists
    sized = null_trial(fit, sd=2.0)
    assert close(sized.n, 16 / sized.se**2, SOLVED)
    bare = null_trial(ma.pool(ma.Effects.from_arrays([0.5], se=[0.1]), model="common"))
    assert np.isnan(bare.n)
    assert "participants is unknown" in str(bare)
    assert "participants" not in bare.sentence()


def test_a_larger_trial_can_turn_it_back() -> None:
    """The first trial that turns it, and the larger one whose disagreement undoes that."""
    how = {"tau2": "DL", "inference": "WALD"}
    effects = ma.Effects.from_arrays(
        [-0.09, 0.06, -0.13, 0.35, 0.25], se=[0.21, 0.2, 0.38, 0.16, 0.25]
    )
    found = null_trial(ma.pool(effects, **how), effect=0.47)  # type: ignore[arg-type]
    assert not found.holds
    assert found.back < found.se
    for se, turns in (
        (found.se * 1.0001, False), (found.se / 1.0001, True), (found.back * 1.0001, True),
        (found.back / 1.0001, False),
    ):  # fmt: skip
        assert (with_one(effects, 0.47, se, **how).low > 0) == turns
    assert "A larger one, of a standard error below 0.0351, would not" in found.sentence()


def test_a_trial_without_weight_turns_it_and_a_large_one_does_not() -> None:
    """One more study changes tau² by DerSimonian and Laird; its disagreement undoes that."""
    how = {"tau2": "DL", "inference": "WALD"}
    effects = ma.Effects.from_arrays(
        [0.455, 0.551, 0.065, 0.797, -0.146], v=[0.095, 0.049, 0.077, 0.052, 0.055]
    )
    fit = ma.pool(effects, **how)  # type: ignore[arg-type]
    found = null_trial(fit)
    assert fit.estimate.low < 0
    assert math.isinf(found.se)
    assert not found.holds
    for se, turns in ((1e3, True), (found.back * 1.0001, True), (found.back / 1.0001, False)):
        assert (with_one(effects, 0.0, se, **how).low > 0) == turns
    assert "any of SE above 0.509" in str(found)
    assert found.common_side == 1  # without heterogeneity the interval lies above 0
    assert close(found.common_se, null_trial(ma.pool(effects, model="common")).se, SOLVED)


@pytest.mark.parametrize("conclusion", ["interval", "estimate"])
@pytest.mark.parametrize("effect", [0.0, 0.5, -0.5, 0.2])
@pytest.mark.parametrize("shift", [0.3, -0.6, 0.0])
def test_the_closed_form_is_the_search(conclusion: str, effect: float, shift: float) -> None:
    """All roots of the closed form: the search in a common-effect pool finds the same trial."""
    effects = ma.Effects.from_arrays(THREE.y - 0.3 + shift, v=THREE.v)
    for against in (0.0, 0.2):
        found = null_trial(
            ma.pool(effects, model="common"), effect=effect, conclusion=conclusion, against=against
        )
        assert found.common_side == found.conclusion.side
        assert close(found.common_se, found.se, SOLVED) or (
            math.isnan(found.se) and math.isnan(found.common_se)
        )
        assert "no strength" not in found.sentence()


def test_a_common_effect_may_conclude_otherwise() -> None:
    """Then nothing is needed to turn it, and the sentence says so."""
    effects = ma.Effects.from_arrays([0.0, 0.9, 1.0, 1.1, 0.9, 1.0], se=[0.02, *[0.3] * 5])
    found = null_trial(ma.pool(effects, tau2="DL", inference="WALD"))
    assert found.conclusion.side == 1
    assert not found.exists
    assert found.common_side == 0
    assert "common-effect pool of the same studies the 95% CI includes 0 without it" in (
        found.sentence()
    )
    assert "nothing needed: there the 95% CI includes 0" in str(found)


def test_the_map_is_on_the_reading_scale() -> None:
    """Results of a ratio as they are read, standard errors of its logarithm."""
    fit = ma.pool(bcg(), model="common")
    found = conclusion_map(fit, effects=[1.5, 0.8], errors=[0.1])
    assert close(found.effects, np.log([0.8, 1.5]), SOLVED)
    assert found.to_frame()["effect"].tolist() == pytest.approx([0.8, 1.5])
    own = with_one(bcg(), math.log(1.5), 0.1, model="common")
    assert close([found.value[0, 1], found.high[0, 1]], [own.value, own.high], LOOSE)
    assert "2 results and 1 standard error\n" in str(found)
    with pytest.raises(InputError, match=r"ratios greater than 0\).*errors must be standard"):
        conclusion_map(fit, effects=[-0.5, 1.0], errors=[0.0])


def test_the_map_is_pools_made_one_by_one() -> None:
    """Every place of a small grid, for each model."""
    grid, errors = [-0.4, 0.0, 0.6], [0.05, 0.2, 0.6]
    for how in WAYS:
        found = conclusion_map(ma.pool(THREE, **how), effects=grid, errors=errors)  # type: ignore[arg-type]
        for i, se in enumerate(errors):
            for j, y in enumerate(grid):
                own = with_one(THREE, y, se, **how)
                assert close([found.value[i, j], found.low[i, j]], [own.value, own.low], LOOSE)
                assert found.side[i, j] == (own.low > 0) - (own.high < 0)
    assert found.to_frame().shape == (9, 6)
    assert 0 < found.turning < 1
    assert "one further trial" in str(found)
    assert "conclusion" not in found._repr_html_()[:5]


LOOSE = type(SOLVED)(
    relative=1e-8, absolute=1e-9, reason="tau² solved to 1e-10 from two starting batches"
)


def test_faults_are_named() -> None:
    """Weights of one's own, no pool, an SD that is none, a ratio of 0."""
    with pytest.raises(InputError, match="weights of its own"):
        null_trial(ma.pool(THREE, weights=[1, 2, 3]))
    with pytest.raises(InputError, match="null_trial needs a pool"):
        null_trial(THREE)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="sd=-1 must be a finite number"):
        null_trial(ma.pool(THREE), sd=-1)
    with pytest.raises(InputError, match="not for ratios"):
        null_trial(ma.pool(bcg()), sd=1.0)
    with pytest.raises(InputError, match="effect=0 cannot be an effect on the log scale"):
        null_trial(ma.pool(bcg()), effect=0)
    with pytest.raises(InputError, match="standard errors greater than 0"):
        conclusion_map(ma.pool(THREE), effects=[0.0], errors=[0.0])


def test_texts() -> None:
    """Summary, sentence, table and notebook."""
    found = null_trial(ma.pool(THREE, model="common"))
    assert "the 95% CI lies above 0" in str(found)
    assert "about" in found.sentence()
    assert found.to_frame().loc[0, "holds"]
    assert found.references[0].startswith("Langan D")
    assert "participants" in found._repr_html_()
