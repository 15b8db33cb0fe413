"""probability_beyond: the formula by hand, other scales, tau² of 0, what is printed."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import stats

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError
from metaan.core.scale import LOG, LOGIT
from metaan.univariate.beyond import probability_beyond
from metaan.univariate.inference import HKSJ, KR, WALD
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from tests.tolerance import EXACT, Tolerance, close

K1, HTS, NORMAL, TAU_ONLY, HK, HK_PR, KR_OWN, KR_LESS = PREDICTIONS
Y, V = np.array([0.1, 0.6, 0.9, 0.2, 0.7, -0.5]), np.array([0.01, 0.16, 0.12, 0.04, 0.09, 0.05])
EFFECTS = Effects.from_arrays(Y, V, scale=LOG.key, label="Risk ratio")
BY_HAND = Tolerance(relative=1e-11, reason="scipy's distributions")


@pytest.mark.parametrize("inference", [WALD, HKSJ, KR])
@pytest.mark.parametrize("ratio", [0.9, 1.0, 1.25, 3.0])
def test_share_and_its_error_by_hand(inference, ratio):
    """Mathur and VanderWeele's share and standard error, from the fit's own numbers."""
    fit = pool(EFFECTS, inference=inference)
    found = probability_beyond(fit, ratio)
    m, tau, q = fit.estimate.value, np.sqrt(fit.tau2), np.log(ratio)
    share = 1 - stats.norm.cdf((q - m) / tau)
    variance = fit.estimate.se**2 / fit.tau2
    variance += fit.heterogeneity.tau2_se**2 * (q - m) ** 2 / (4 * fit.tau2**3)
    se = np.sqrt(variance) * stats.norm.pdf((q - m) / tau)
    assert close([found.value, found.se], [share, se], BY_HAND)
    limits = stats.norm.cdf((m - q) / tau + stats.norm.ppf([0.025, 0.975]) * np.sqrt(variance))
    assert close([found.low, found.high], limits, BY_HAND)
    assert found.threshold == ratio


def test_derivatives_by_differences():
    """The standard error is that of the delta method: slopes in the mean and in tau² by steps."""
    fit = pool(EFFECTS, inference=WALD)
    m, tau2, q, h = fit.estimate.value, fit.tau2, np.log(1.25), 1e-6

    def share(mean, variance):
        return stats.norm.sf((q - mean) / np.sqrt(variance))

    of_mean = (share(m + h, tau2) - share(m - h, tau2)) / (2 * h)
    of_tau2 = (share(m, tau2 + h) - share(m, tau2 - h)) / (2 * h)
    se = np.hypot(of_mean * fit.estimate.se, of_tau2 * fit.heterogeneity.tau2_se)
    steps = Tolerance(relative=1e-7, reason="central differences")
    assert close(probability_beyond(fit, 1.25).se, se, steps)


def test_directions_are_complements():
    """Above and below add up to 1, with the same standard error and mirrored limits."""
    fit = pool(EFFECTS)
    above, below = (probability_beyond(fit, 1.25, direction=side) for side in ("above", "below"))
    assert close(above.value + below.value, 1.0, EXACT)
    assert close(above.predictive + below.predictive, 1.0, EXACT)
    assert close(above.se, below.se, EXACT)
    assert close([above.low, above.high], [1 - below.high, 1 - below.low], EXACT)


@pytest.mark.parametrize("rule", PREDICTIONS)
def test_predictive_is_the_tail_behind_the_interval(rule):
    """At the limits of the prediction interval the predictive probability is 2.5 %."""
    fit = pool(EFFECTS, prediction=rule)
    limits = fit.prediction_interval.read()
    below = probability_beyond(fit, limits.low, direction="below")
    above = probability_beyond(fit, limits.high, direction="above")
    assert close([below.predictive, above.predictive], [0.025, 0.025], BY_HAND)
    assert below.prediction == rule


def test_predictive_with_weights_of_ones_own():
    """The Hartung-Knapp row finds its standard error with the caller's weights again."""
    fit = pool(EFFECTS, weights=[1, 2, 3, 1, 2, 3], prediction=HK)
    high = fit.prediction_interval.read().high
    assert close(probability_beyond(fit, high).predictive, 0.025, BY_HAND)


def test_other_scales():
    """The threshold is given as results are read, and carried by the scale."""
    logits = Effects.from_arrays(Y, V, scale=LOGIT.key)
    plain = Effects.from_arrays(Y, V)
    one = probability_beyond(pool(logits), 0.6)
    other = probability_beyond(pool(plain), np.log(0.6 / 0.4))
    assert close([one.value, one.se], [other.value, other.se], EXACT)


@pytest.mark.parametrize("factor", [1e-150, 1e150])
def test_any_unit(factor):
    """Effects and threshold in another unit: the same probability."""
    slack = Tolerance(relative=1e-10, reason="a search for tau² on numbers rounded otherwise")
    one = probability_beyond(pool(Effects.from_arrays(Y, V), prediction=KR_OWN), 0.2)
    fit = pool(Effects.from_arrays(Y * factor, V * factor**2), prediction=KR_OWN)
    far = probability_beyond(fit, 0.2 * factor)
    for name in ("value", "se", "low", "high", "predictive"):
        assert close(getattr(far, name), getattr(one, name), slack)


def test_tau2_of_zero_is_a_step():
    """No spread: 0 or 1 without limits, said in a remark; the predictive tail goes on."""
    calm = Effects.from_arrays([0.40, 0.47, 0.43, 0.55], [0.02, 0.03, 0.02, 0.03])
    fit = pool(calm, inference=WALD)
    found = probability_beyond(fit, 0.3)
    assert fit.tau2 == 0.0
    assert found.value == 1.0
    assert np.all(np.isnan([found.se, found.low, found.high]))
    t = (fit.estimate.value - 0.3) / fit.estimate.se
    assert close(found.predictive, stats.t.cdf(t, 3), BY_HAND)
    assert "tau² is 0" in found.summary()
    assert probability_beyond(fit, 0.3, direction="below").value == 0.0
    alone = pool(calm, inference=WALD, prediction=TAU_ONLY)
    assert probability_beyond(alone, 0.3).predictive == 1.0


def test_threshold_at_the_mean_of_no_spread_is_not_beyond():
    """All effects equal to the threshold lie beyond it on neither side."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        fit = pool(Effects.from_arrays([0.5] * 3, [1.0] * 3))
    for side in ("above", "below"):
        assert probability_beyond(fit, 0.5, direction=side).value == 0.0


def test_common_effect():
    """One true effect: a step, and no predictive probability."""
    found = probability_beyond(pool(EFFECTS, model="common"), 1.1)
    assert found.value in (0.0, 1.0)
    assert np.isnan(found.predictive)
    assert found.prediction == ""
    assert len(found.remarks) == 1


def test_fixed_tau2_is_taken_as_known():
    """A tau² that the caller gave adds nothing to the standard error."""
    fit = pool(EFFECTS, tau2=0.2, inference=WALD)
    found = probability_beyond(fit, 1.25)
    z = (fit.estimate.value - np.log(1.25)) / np.sqrt(0.2)
    assert close(found.se, stats.norm.pdf(z) * fit.estimate.se / np.sqrt(0.2), BY_HAND)


def test_two_studies_have_a_share_but_no_predictive_probability():
    """With two studies tau² has an estimate; a prediction interval has not enough."""
    found = probability_beyond(pool(Effects.from_arrays([0.1, 2.0], [0.1, 0.1])), 0.3)
    assert 0 < found.low < found.value < found.high < 1
    assert np.isnan(found.predictive)


def test_what_is_printed():
    """The question first, then the share with its limits, then the predictive probability."""
    found = probability_beyond(pool(EFFECTS), 1.25, level=0.9)
    lines = found.summary().splitlines()
    assert lines[0] == "Probability that a new study's true risk ratio lies above 1.25"
    assert "90% CI (" in lines[1]
    assert f"[{K1}]" in lines[2]
    assert str(found) == repr(found) == found.summary()
    assert "risk ratio lies above 1.25" in found._repr_html_()
    frame = found.to_frame()
    assert list(frame["direction"]) == ["above"]
    assert close(frame["value"].iloc[0], found.value, EXACT)


@pytest.mark.parametrize("threshold", [float("nan"), float("inf"), "0.9", None, True, -0.5, 0.0])
def test_bad_thresholds(threshold):
    """A threshold that no risk ratio can have is refused."""
    with pytest.raises(InputError, match=r"threshold=.* is no value of risk ratio; give it as"):
        probability_beyond(pool(EFFECTS), threshold)


def test_other_refusals():
    """A side that is none, a level beyond 1, something that is no fit."""
    fit = pool(EFFECTS)
    with pytest.raises(ChoiceError, match=r'direction="?.over.*choose one of above, below'):
        probability_beyond(fit, 0.9, direction="over")
    with pytest.raises(InputError, match=r"threshold=-1 is no value.*; level=2 must lie between"):
        probability_beyond(fit, -1, level=2)
    with pytest.raises(InputError, match="fit must be a PooledFit"):
        probability_beyond(EFFECTS, 0.9)


@pytest.mark.parametrize("tau2", [1e-310, 1e-200])
def test_a_threshold_at_any_number_of_standard_deviations(tau2):
    """Beyond 1e154 of them z² overflows; the share is 0 or 1, its standard error 0."""
    fit = pool(Effects.from_arrays(Y, V), tau2=tau2)
    above, below = (probability_beyond(fit, 0.1, direction=side) for side in ("above", "below"))
    assert (above.value, above.se) == (1.0, 0.0)
    assert (below.value, below.se) == (0.0, 0.0)
