"""pool: names, edges, remarks and what the fit says of itself."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pytest
from scipy.stats import norm

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError, LeftOutWarning
from metaan.tau2.table import ESTIMATORS
from metaan.univariate.inference import FLOOR, HKSJ, INFERENCES, WALD, misfit
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from tests.tolerance import EXACT, close, printed

Y, V = [0.10, 0.30, 0.55, 0.71], [0.0144, 0.04, 0.0324, 0.0625]
EFFECTS = Effects.from_arrays(Y, V, label="Difference")
# Q far below its expectation and yet inside the profile: HKSJ is narrower than Wald.
CALM = Effects.from_arrays([0.40, 0.47, 0.43, 0.55], [0.02, 0.03, 0.02, 0.03])


TOGETHER = [
    (tau2, inference)
    for tau2, inference in product(ESTIMATORS, INFERENCES)
    if not misfit(INFERENCES[inference], ESTIMATORS[tau2], own_weights=ESTIMATORS[tau2].weighted)
]


@pytest.mark.parametrize(("tau2", "inference"), TOGETHER)
def test_one_study_is_reported_as_it_is(tau2, inference):
    """With k = 1 the interval is the study's own Wald interval, and nothing else is claimed."""
    weights = [2.0] if ESTIMATORS[tau2].weighted else None
    effects = Effects.from_arrays([0.3], [0.01])
    fit = pool(effects, tau2=tau2, inference=inference, weights=weights)
    expected = [0.3 - norm.ppf(0.975) * 0.1, 0.3 + norm.ppf(0.975) * 0.1]
    assert close([fit.estimate.low, fit.estimate.high], expected, EXACT)
    assert close(fit.estimate.p_value, 2 * norm.sf(3.0), EXACT)
    assert fit.tau2 == 0.0
    assert fit.prediction_interval is None
    het = fit.heterogeneity
    assert np.all(np.isnan([het.i2, het.h2, het.i2_q, het.tau2_low, het.tau2_high]))
    assert "one study" in fit.remarks[0]
    assert "heterogeneity is not defined for one study" in fit.summary()


# The 97.5% point of t with one degree of freedom, in closed form.
CAUCHY = np.tan(0.475 * np.pi)


def test_one_study_does_not_claim_an_interval_it_has_not():
    """The summary of one study names the interval that was used, which is Wald's."""
    fit = pool(Effects.from_arrays([0.3], [0.01]), inference=HKSJ)
    assert f"interval {HKSJ}" not in fit.summary()


def test_two_studies():
    """With k = 2: one degree of freedom, no prediction interval, a remark."""
    fit = pool(Effects.from_arrays(Y[:2], V[:2]))
    half = CAUCHY * fit.estimate.se
    assert fit.estimate.df == 1
    assert close(fit.estimate.high, fit.estimate.value + half, EXACT)
    assert fit.prediction_interval is None
    assert any("two studies" in remark for remark in fit.remarks)


def test_three_studies_have_a_prediction_interval():
    """From k = 3 on there is one; Higgins-Thompson-Spiegelhalter has one degree of freedom."""
    _, hts, *_ = PREDICTIONS
    fit = pool(Effects.from_arrays(Y[:3], V[:3]), prediction=hts, inference=WALD)
    half = CAUCHY * np.sqrt(fit.tau2 + fit.estimate.se**2)
    assert close(fit.prediction_interval.high, fit.estimate.value + half, EXACT)
    assert fit.prediction == hts


@pytest.mark.parametrize("inference", INFERENCES)
def test_equal_effects(inference):
    """All effects equal: tau² is 0, the Q-profile set is empty, reported as [0, 0], warned."""
    tau2 = next(key for key in ("REML", "DL") if (key, inference) in TOGETHER)
    with pytest.warns(EmptyIntervalWarning, match=r"Q-profile set is empty .*\[0, 0\]"):
        fit = pool(Effects.from_arrays([0.3] * 4, V), tau2=tau2, inference=inference)
    het = fit.heterogeneity
    assert (fit.tau2, het.tau2_low, het.tau2_high, het.i2, het.h2) == (0, 0, 0, 0, 1)
    assert close(fit.estimate.value, 0.3, EXACT)
    assert close(het.p_value, 1.0, EXACT)


def test_hksj_narrower_than_wald_is_said():
    """The remark names the floor, and the floor is never narrower."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        hksj, wald, floor = (pool(CALM, inference=name) for name in (HKSJ, WALD, FLOOR))
    width = [fit.estimate.high - fit.estimate.low for fit in (hksj, wald, floor)]
    assert width[0] < width[1] < width[2]
    assert any("narrower than Wald" in remark and FLOOR in remark for remark in hksj.remarks)
    assert not wald.remarks
    assert not floor.remarks
    assert "narrower" in hksj.summary()


def test_hksj_wider_than_wald_needs_no_remark():
    """Where the effects differ, there is nothing to warn about."""
    fit = pool(EFFECTS)
    assert fit.inference == HKSJ
    assert fit.remarks == ()


@pytest.mark.parametrize("level", [0.0, 1.0, 95, -0.1, True, "0.95", float("nan"), None])
def test_bad_level(level):
    """A level outside (0, 1), or none, is refused with its value."""
    with pytest.raises(InputError, match="must lie between 0 and 1"):
        pool(EFFECTS, level=level)


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({"tau2": "REM"}, "tau2='REM' is not an estimator.*Did you mean \"REML\""),
        ({"inference": "hksj"}, 'is not an inference.*Did you mean "HKSJ"'),
        ({"prediction": "hts"}, 'is not a prediction interval.*Did you mean "HTS"'),
        ({"model": "randm"}, 'is not a model.*Did you mean "random"'),
        ({"tau2": True}, "tau2=True is not an estimator; choose one of"),
        ({"conventions": "metaphor"}, 'whose conventions are known.*Did you mean "metafor"'),
    ],
)
def test_unknown_names(choice, text):
    """Each choice lists its rows and the nearest."""
    with pytest.raises(ChoiceError, match=text):
        pool(EFFECTS, **choice)


def test_nothing_to_pool():
    """No study left: the message says what was left out and why."""
    with pytest.warns(LeftOutWarning):
        empty = Effects.from_arrays([np.nan], [1.0], study=["Lost 1999"])
    with pytest.raises(InputError, match=r"no study is left.*Lost 1999: .* missing"):
        pool(empty)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.99])
def test_level_of_every_interval(level):
    """Every interval has the level asked for."""
    fit = pool(EFFECTS, level=level, inference=WALD)
    half = norm.ppf(0.5 + level / 2) * fit.estimate.se
    assert close(fit.estimate.high - fit.estimate.value, half, EXACT)
    levels = (fit.estimate.level, fit.heterogeneity.level, fit.prediction_interval.level)
    assert levels == (level, level, level)
    assert f"{100 * level:g}% CI" in fit.summary()


def test_common_effect():
    """The common effect has no tau², no prediction interval, and Wald's limits by default."""
    fit = pool(EFFECTS, model="common")
    w = 1 / np.array(V)
    assert close(fit.estimate.value, np.average(Y, weights=w), EXACT)
    assert close(fit.estimate.se, w.sum() ** -0.5, EXACT)
    assert (fit.tau2, fit.tau2_method, fit.inference) == (0.0, "", WALD)
    assert fit.prediction_interval is None
    assert close(fit.heterogeneity.i2, fit.heterogeneity.i2_q, EXACT)


def test_summary_names_its_conventions():
    """The text carries the estimator, the interval, the rule of prediction and both I²."""
    fit = pool(EFFECTS)
    text = fit.summary()
    for part in ("Difference", "4 studies", "REML", HKSJ, "Q-profile", fit.prediction, "I²"):
        assert part in text
    het = fit.heterogeneity
    assert ("from Q" in text) == (abs(het.i2 - het.i2_q) >= 0.5)
    assert str(fit) == text
    assert "<b>" in fit._repr_html_()


def test_frame_is_on_the_reading_scale():
    """Studies and pool, exponentiated for ratios, weights in percent."""
    fit = pool(Effects.from_arrays(Y, V, scale="log"))
    frame = fit.to_frame()
    assert len(frame) == 5
    assert close(frame["estimate"][:4], np.exp(Y), EXACT)
    assert close(frame["estimate"].iloc[-1], np.exp(fit.estimate.value), EXACT)
    assert close(frame["weight_percent"][:4].sum(), 100.0, EXACT)


def test_fit_cannot_be_changed():
    """Records are frozen, their arrays too."""
    fit = pool(EFFECTS)
    with pytest.raises(AttributeError):
        fit.tau2 = 0.0
    with pytest.raises(ValueError, match="read-only"):
        fit.weights[0] = 0.0


def test_variances_of_different_worlds():
    """Variances from 1e-30 to 1e30 give finite numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        fit = pool(Effects.from_arrays([0.1, 0.2, 0.3], [1e-30, 1.0, 1e30]), inference=WALD)
    assert close(fit.estimate.value, 0.1, EXACT)
    assert np.all(np.isfinite([fit.estimate.se, fit.heterogeneity.q, fit.heterogeneity.h2]))


def test_a_table_is_not_yet_effects():
    """The remedy names the verb that makes them."""
    with pytest.raises(InputError, match=r"effects must be Effects; got dict.*effect_sizes"):
        pool({"y": [1.0], "v": [1.0]})


def test_an_empty_profile_is_remarked():
    """The record says it too: a warning is seen once, a summary is kept."""
    with pytest.warns(EmptyIntervalWarning):
        fit = pool(Effects.from_arrays([0.3, 0.3001, 0.3], V[:3]))
    assert any("fits the Q-profile" in remark for remark in fit.remarks)


def test_weights_of_ones_own_and_hartung_knapp():
    """The factor is Q over k - 1 about the inverse-variance mean, as in metafor (0.26396)."""
    effects = Effects.from_arrays([0.1, 0.3, 0.5, 1.2], [0.01, 0.02, 0.03, 0.04])
    own, plain = [1, 2, 3, 4], pool(effects)
    wald, hksj = (pool(effects, weights=own, inference=name).estimate for name in (WALD, HKSJ))
    w = 1 / (effects.v + plain.tau2)
    q = np.sum(w * (effects.y - np.average(effects.y, weights=w)) ** 2)
    assert close(hksj.se, wald.se * np.sqrt(q / 3), EXACT)
    assert close(hksj.se, 0.26396, printed("0.26396"))


def test_what_all_effects_share_takes_no_digits():
    """An offset of 1e8 leaves tau² as it is."""
    y = np.array([0.125, 0.375, 0.25, 0.5, 1.0])
    near, far = (
        pool(Effects.from_arrays(y + by, [0.01, 0.02, 0.03, 0.015, 0.07])) for by in (0.0, 2.0**27)
    )
    assert close(far.tau2, near.tau2, EXACT)


@pytest.mark.parametrize(
    ("y", "v"),
    [
        ([1.0, 2.0, 3.0], [1e-150, 1.0, 1e150]),
        ([1e150, 0.0, 1.0], [1e-3, 1.0, 1.0]),
        ([1.0, 2.0, 3.0], [1e-300, 1e-300, 2e-300]),
    ],
)
def test_effects_too_far_apart_for_arithmetic(y, v):
    """One error with the numbers, no overflow; far apart but together possible is pooled."""
    with pytest.raises(InputError, match="look for a wrong unit"):
        pool(Effects.from_arrays(y, v))
    assert pool(Effects.from_arrays([-1e150, 2e150, 5e150], [1e300, 1e300, 2e300])).tau2 > 1e299
