"""diagnose: each clause of its sentence, against pools made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

import metaan as ma
from metaan.core.errors import InputError
from metaan.diagnostics.conclusion.diagnosis import CHECKS
from metaan.diagnostics.conclusion.diagnosis_record import HOLDS, TURNS, UNKNOWN, VERDICTS
from metaan.diagnostics.conclusion.other_models import other_models
from metaan.univariate.inference import INFERENCES
from tests.reference.pinned import fits

BCG = fits()["dat.bcg/uni_logRR"]
LARGE = ma.Effects.from_arrays(
    [0.30, 0.35, 0.55, 0.41, 0.28], se=[0.12, 0.10, 0.18, 0.15, 0.11], study=list("ABCDE")
)
SPREAD = ma.Effects.from_arrays([0.1, 0.9, 0.2, 0.5], se=[0.1, 0.2, 0.12, 0.3], study=list("ABCD"))


def bcg() -> ma.PooledFit:
    """Return the pooled risk ratio of 13 trials."""
    return ma.pool(ma.Effects.from_arrays(BCG["yi"], BCG["vi"], scale="log", label="Risk ratio"))


def side(estimate: ma.Estimate) -> int:
    """Return where an interval lies."""
    null = estimate.scale.null
    return 1 if estimate.low > null else -1 if estimate.high < null else 0


def verdicts(found: ma.Diagnosis) -> dict[str, str]:
    """Return the verdicts by key."""
    return {check.key: check.verdict for check in found.checks}


def without(effects: ma.Effects, out: Sequence[int]) -> ma.Effects:
    """Return the other studies."""
    return effects.take([i for i in range(effects.k) if i not in out])


@pytest.mark.parametrize("effects", [LARGE, SPREAD])
@pytest.mark.parametrize("inference", ["HKSJ", "WALD"])
def test_studies_that_turn_it_are_those_of_plain_pools(
    effects: ma.Effects, inference: str
) -> None:
    """One by one, and the smallest set of several by trying every set."""
    fit = ma.pool(effects, inference=inference)
    found, own = ma.diagnose(fit), side(fit.estimate)
    sizes = [
        size
        for size in range(1, effects.k - 1)
        for out in combinations(range(effects.k), size)
        if side(ma.pool(without(effects, out), inference=inference).estimate) != own
    ]
    assert (verdicts(found)["LEAVE_ONE_OUT"] == TURNS) == (1 in sizes)
    if 1 not in sizes:
        several = next(check for check in found.checks if check.key == "FEWEST_STUDIES")
        assert several.verdict == (TURNS if sizes else HOLDS)
        assert not sizes or several.found.startswith(f"{min(sizes)} of {effects.k}")


def test_other_models_are_those_of_pool_and_differ() -> None:
    """Each gives what pool gives, none gives the fit's own limits, no two are alike."""
    fit = bcg()
    others = other_models(fit)
    limits = {(round(x.low, 9), round(x.high, 9)) for x in others}
    assert len(limits) == len(others) > 20
    assert (round(fit.estimate.low, 9), round(fit.estimate.high, 9)) not in limits
    for other in others[::4]:
        options = {"tau2": other.tau2} if other.tau2 else {"model": "common"}
        again = ma.pool(fit.effects, inference=other.inference, **options).estimate
        np.testing.assert_allclose((other.low, other.high), (again.low, again.high), rtol=1e-12)
        assert other.side == side(again)


def test_the_trial_that_turns_it_is_large_enough_and_no_larger() -> None:
    """A pool with a trial a little larger concludes otherwise, with a smaller one not."""
    fit = ma.pool(LARGE, model="common")
    trial = ma.null_trial(fit)
    for factor, turned in ((0.99, True), (1.01, False)):
        more = ma.Effects.from_arrays([*LARGE.y, 0.0], se=[*LARGE.se, factor * trial.se])
        assert (side(ma.pool(more, model="common").estimate) != side(fit.estimate)) == turned
    clause = next(c.clause for c in ma.diagnose(fit).checks if c.key == "NULL_TRIAL")
    assert f"SE {trial.se:.3g}" in clause


def test_a_trial_that_turns_it_back_when_larger_is_said_to() -> None:
    """Between two standard errors, checked by pools on either side of both."""
    effects, options = ma.Effects.from_arrays([0.652, 0.392], se=[0.76, 0.052]), {"tau2": "HS"}
    fit = ma.pool(effects, inference="WALD", **options)
    trial = ma.null_trial(fit)
    for se, turned in (
        (1.05 * trial.se, False),
        (0.95 * trial.se, True),
        (0.9 * trial.back, False),
    ):
        more = ma.Effects.from_arrays([*effects.y, 0.0], se=[*effects.se, se])
        pooled = ma.pool(more, inference="WALD", **options)
        assert (side(pooled.estimate) != side(fit.estimate)) == turned
    assert f"between SE {trial.back:.3g} and SE {trial.se:.3g} had" in ma.diagnose(fit).sentence()


def test_a_common_effect_yields_to_a_large_enough_trial() -> None:
    """Of weight (sum w y / z)² - sum w, however large that is."""
    y, se = 50 + np.array([0.1, -0.1, 0.05, 0.0, -0.05]), np.array([0.1, 0.12, 0.09, 0.1, 0.11])
    trial = ma.null_trial(ma.pool(ma.Effects.from_arrays(y, se=se), model="common"))
    weight = (np.sum(y / se**2) / 1.959963984540054) ** 2 - np.sum(se**-2.0)
    np.testing.assert_allclose(trial.se**-2, weight, rtol=1e-9)


def test_a_correction_without_an_estimate_is_no_answer() -> None:
    """Equal standard errors leave PET-PEESE without one: neither for nor against."""
    y = [0.42, 0.5, 0.55, 0.47, 0.6, 0.44, 0.53, 0.49, 0.58, 0.46, 0.51, 0.52]
    fit = ma.pool(ma.Effects.from_arrays(y, v=np.full(12, 0.002)))
    check = next(c for c in ma.diagnose(fit).checks if c.key == "SMALL_STUDIES")
    assert "PET-PEESE: no estimate" in check.found
    assert "PET-PEESE" not in check.clause


def test_the_sentence_says_every_clause_once() -> None:
    """What holds, then what turns, then what cannot be judged."""
    found = ma.diagnose(bcg(), important=0.8)
    text = found.change
    for check in found.checks:
        assert text.count(check.clause) == 1 or not check.clause
    assert text.startswith("The 95% CI of the pooled risk ratio, 0.33 to 0.73 (13 studies)")
    assert text.index("would not change") < text.index("but it would change")
    assert found.importance.startswith("The whole interval of the mean is important")
    assert found.sentence() == f"{text} {found.importance}"


def test_ten_studies_are_needed_to_judge_small_ones() -> None:
    """Nine: unknown, and said so; thirteen: each correction with its numbers."""
    few = ma.diagnose(ma.pool(bcg().effects.take(slice(9))))
    assert verdicts(few)["SMALL_STUDIES"] == UNKNOWN
    assert "with 9 studies small-study effects cannot be judged" in few.sentence()
    many = next(c for c in ma.diagnose(bcg()).checks if c.key == "SMALL_STUDIES")
    for corrected in (
        ma.trim_and_fill(bcg()).refit.estimate,
        ma.pet_peese(bcg()).estimate,
        ma.selection_model(bcg()).estimate,
    ):
        assert f"{corrected.read().value:.2f} (95% CI" in many.found


@pytest.mark.parametrize(
    ("important", "words"),
    [
        (0.05, "whole interval of the mean is important"),
        (0.36, "does not reach the minimal important difference"),
        (0.3, "reaches the minimal important difference"),
        (2.0, "rules out an effect that would be important"),
    ],
)
def test_importance_is_read_off_the_interval(important: float, words: str) -> None:
    """Beyond it, on either side of the estimate, or ruled out."""
    assert words in ma.diagnose(ma.pool(LARGE), important=important).importance


def test_order_and_sign_do_not_matter() -> None:
    """The same verdicts for shuffled studies, and for effects with the other sign."""
    fit = ma.pool(SPREAD)
    own = verdicts(ma.diagnose(fit))
    turned = ma.Effects.from_arrays(-SPREAD.y, SPREAD.v, study=SPREAD.study)
    assert verdicts(ma.diagnose(ma.pool(turned))) == own
    assert verdicts(ma.diagnose(ma.pool(SPREAD.take([2, 0, 3, 1])))) == own


def test_two_studies_have_an_answer_to_every_question_that_can_be_asked() -> None:
    """And no clause where none can be."""
    found = ma.diagnose(ma.pool(LARGE.take([0, 1])))
    assert set(verdicts(found).values()) <= set(VERDICTS)
    assert ";;" not in found.sentence().replace("; ;", ";;")
    assert "None" not in found.sentence() + found.summary()
    frame = found.to_frame()
    assert list(frame["key"]) == [c.key for c in found.checks]
    assert set(frame["key"]) <= set(CHECKS)
    assert found._repr_html_().count("<tr") == len(frame) + 1


def test_every_fault_is_named_at_once() -> None:
    """Weights, a given tau² and a difference that is none."""
    fit = ma.pool(LARGE, tau2=0.1, weights=np.ones(5))
    with pytest.raises(InputError, match=r"weights of one's own.*was given.*important=-1"):
        ma.diagnose(fit, important=-1)
    with pytest.raises(InputError, match="one study"):
        ma.diagnose(ma.pool(LARGE.take([0])))
    with pytest.raises(InputError, match="diagnose needs a pool"):
        ma.diagnose("fit")  # type: ignore[arg-type]


def test_models_that_turn_it_are_named_by_their_interval() -> None:
    """Not by an estimator that gives the same tau² as the fit's own, by pools made one by one."""
    effects = ma.Effects.from_arrays([0.1, 0.14, 0.12], se=[0.07, 0.075, 0.08])
    fit = ma.pool(effects, tau2="REML")
    assert fit.tau2 == 0
    turned = {key for key in INFERENCES if _turned(fit, key)}
    text = next(check.clause for check in ma.diagnose(fit).checks if check.key == "MODELS")
    assert "3 of 7 other models tried" in text
    named = {key for key, row in INFERENCES.items() if f"with {row.short} intervals" in text}
    assert named == {"T", "KR"}
    assert turned == {"T", "HKSJ_FLOOR", "KR"}  # the floor is t here: counted once
    assert "tau²" not in text


def _turned(fit: ma.PooledFit, inference: str) -> bool:
    try:
        again = ma.pool(fit.effects, tau2=fit.tau2_method, inference=inference)
    except InputError:
        return False
    return side(again.estimate) != side(fit.estimate)


def test_an_estimator_is_named_where_the_interval_alone_does_not_turn_it() -> None:
    """Wald's interval turns it with one other estimator, which pool confirms."""
    fit = ma.pool(SPREAD, inference="WALD")
    text = next(check.clause for check in ma.diagnose(fit).checks if check.key == "MODELS")
    assert "(1 with Wald intervals, tau² by Paule-Mandel (median-unbiased); " in text
    assert side(ma.pool(SPREAD, inference="WALD", tau2="PMM").estimate) != side(fit.estimate)


def test_one_study_is_no_set_of_studies() -> None:
    """Three studies of which two must stay."""
    agreeing = ma.Effects.from_arrays([0.9, 1.0, 1.1], se=[0.05, 0.05, 0.05])
    assert "no single study turns it" in ma.diagnose(ma.pool(agreeing, model="common")).summary()
