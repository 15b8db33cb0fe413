"""pet_peese: the choice, its direction and threshold, batches, edges, words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.asymmetry.asymmetry_testing import asymmetry_test
from metaan.diagnostics.asymmetry.pet_kernel import pet_peese_arrays
from metaan.diagnostics.asymmetry.pet_peese import pet_peese
from metaan.trials.counting import counts
from tests.diagnostics.comparing import drawn, quiet
from tests.papers.tabled import bcg_counts, bcg_effects
from tests.tolerance import EXACT, Tolerance, close

TAIL = Tolerance(relative=1e-11, reason="scipy's tail of t against ours")
BIASED = np.array([0.31, 0.35, 0.52, 0.84, 0.7]), np.array([0.05, 0.1, 0.2, 0.3, 0.25])


def test_the_choice_is_by_the_one_sided_test():
    """PEESE below the threshold, PET from it on; both are the tests' limit estimates."""
    effects = Effects.from_arrays(BIASED[0], se=BIASED[1])
    found = pet_peese(effects)
    for predictor, ours in (("SE", found.pet), ("V", found.peese)):
        limit = asymmetry_test(effects, predictor=predictor).limit
        assert close([ours.value, ours.se, ours.low], [limit.value, limit.se, limit.low], EXACT)
    assert close(found.p_value, student.sf(found.pet.statistic, 3), TAIL)
    assert (found.chosen, found.direction) == ("PEESE", "above")
    assert found.estimate is found.peese
    strict = pet_peese(effects, threshold=found.p_value * 0.99)
    assert (strict.chosen, strict.estimate.value) == ("PET", found.pet.value)
    assert pet_peese(effects, threshold=found.p_value * 1.01).chosen == "PEESE"


def test_the_direction():
    """That of the common-effect mean unless it is given; the other side has the other tail."""
    effects = Effects.from_arrays(-BIASED[0], se=BIASED[1])
    found, turned = pet_peese(effects), pet_peese(effects, direction="above")
    assert (found.direction, found.chosen) == ("below", "PEESE")
    assert (turned.direction, turned.chosen) == ("above", "PET")
    assert close(found.p_value + turned.p_value, 1.0, EXACT)
    mirrored = pet_peese(Effects.from_arrays(*BIASED[:1], se=BIASED[1]))
    assert close(found.estimate.value, -mirrored.estimate.value, EXACT)


def test_a_value_of_no_effect_other_than_zero():
    """An area under the curve of 1/2 is no effect; a level has none, and nothing decides."""
    found = pet_peese(bcg_effects("AS"), level=0.9)
    assert found.pet.level == 0.9
    level = counts({"events": [1, 5, 9], "n": [12, 30, 33]}).effects["PLO"]
    with pytest.raises(InputError, match='"no effect" on this scale'):
        pet_peese(level)
    shown = pet_peese(level, estimator="PEESE")
    assert shown.chosen == "PEESE"
    assert np.isnan(shown.estimate.p_value)
    assert "because" not in shown.sentence()
    half = Effects.from_arrays(0.5 + BIASED[0], se=BIASED[1])
    scale = half.scale.with_null(0.5)
    moved = Effects(y=half.y, v=half.v, study=half.study, scale=scale)
    plain = pet_peese(Effects.from_arrays(BIASED[0], se=BIASED[1]))
    assert close(pet_peese(moved).p_value, plain.p_value, TAIL)
    assert close(pet_peese(moved).pet.statistic, plain.pet.statistic, TAIL)


def test_batches():
    """Each analysis by itself, absent studies and equal precision included."""
    rng = np.random.default_rng(2)
    v = rng.uniform(0.01, 0.3, (6, 8))
    y, present = rng.normal(0.3, np.sqrt(v)), np.ones((6, 8))
    present[:3, 6:], v[5] = 0, 0.1
    options = {"threshold": 0.1, "null": 0.0, "sign": 0, "level": 0.95}
    found = pet_peese_arrays(y, v, present=present, **options)
    for i in range(5):
        here = present[i] > 0
        own = pet_peese(Effects.from_arrays(y[i, here], v[i, here]))
        assert found.chosen[i] == (own.chosen == "PEESE")
        assert close(found.value[i], own.estimate.value, EXACT)
        assert close(found.high[i], own.estimate.high, EXACT)
        assert close(found.log_p_value[i], own.log_p_value, EXACT)
    assert np.isnan(found.value[5])
    assert not found.chosen[5]


def test_mixed_models():
    """A between-study variance as in the fit; with none and z they are weighted lines by 1."""
    effects = drawn(14)
    fit = quiet(effects, tau2="DL", inference="WALD")
    found = pet_peese(fit, model="mixed")
    assert found.how == "tau² by DL, inference WALD"
    assert np.isinf(found.pet.df)
    assert found.pet_spread > 0
    again = asymmetry_test(fit, "EGGER_MIXED", predictor="V")
    assert close(found.peese.value, again.limit.value, EXACT)
    assert pet_peese(effects, model="mixed", tau2="PM").how == "tau² by PM, inference HKSJ"
    assert "meta-regression, tau² by DL" in found.sentence()


def test_words():
    """What was chosen and why, both lines, the caution; a frame; a notebook's table."""
    found = pet_peese(bcg_counts())
    assert found.sentence() == (
        "Adjusted for small-study effects by PET [1] (weighted least squares; 13 studies), the "
        "odds ratio was 0.85 (95% CI 0.51 to 1.44). PET was chosen because the precision-effect "
        "test did not find an odds ratio below 1 (one-sided p = 0.26, threshold 0.1). The "
        "adjustment is unreliable with few studies, low power or much heterogeneity [2]."
    )
    assert len(found.references) == 2
    frame = found.to_frame()
    assert list(frame["chosen"]) == [True, False]
    assert close(frame["estimate"], [found.pet.value, found.peese.value], EXACT)
    assert "chosen: PET, because" in found.summary()
    assert "PET: at standard error 0" in found._repr_html_()
    assert any("fewer than 10" in each for each in pet_peese(drawn(9)).remarks)
    flat = pet_peese(Effects.from_arrays(BIASED[0], np.full(5, 0.04)))
    assert not flat.defined
    assert "was not possible: all studies have the same standard error" in flat.sentence()
    alike = pet_peese(Effects.from_arrays(BIASED[0], np.linspace(0.04, 0.05, 5)))
    assert alike.remarks[0].startswith("studies are much alike (standard error from 0.2 to 0.22")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "PEASE"}, 'Did you mean "PEESE"'),
        ({"model": "random"}, "choose one of multiplicative, mixed"),
        ({"threshold": 10}, r"threshold=10 must lie between 0 and 1; did you mean 0\.1"),
        ({"threshold": "a"}, r"threshold='a' must lie between 0 and 1; e\.g\. threshold=0\.1"),
        ({"direction": "up"}, "choose one of above, below"),
        (
            {"estimator": "Q", "threshold": 3, "direction": "up", "level": 95, "tau2": "DL"},
            r"estimator='Q' .*threshold=3 must .*direction='up' .*level=95 must .*0\.95\?.*"
            'tau2= and inference= belong to model="mixed"',
        ),
        (
            {"model": "mixed", "tau2": "X", "inference": "Y", "threshold": True},
            "threshold=True must .*inference='Y' is not .*tau2='X' is not",
        ),
    ],
)
def test_what_is_refused(options, message):
    """With the rule, the value and the remedy."""
    with pytest.raises(InputError, match=message):
        pet_peese(drawn(5), **options)
    with pytest.raises(InputError, match="pet_peese needs 3 studies or more"):
        pet_peese(drawn(2))
