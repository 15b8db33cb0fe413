"""influence: edges, wrong input, words, tables."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import LOG
from metaan.diagnostics.influence.blup import blup
from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.influence.quantiles import quantiles
from metaan.diagnostics.influence.words import _by_chance
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.inference import FLOOR, HKSJ, WALD
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.diagnostics.comparing import bcg_counts, drawn, quiet
from tests.diagnostics.influence_cases import fitted, twelve
from tests.tolerance import EXACT, close


def test_undefined_without_a_study():
    """A study that alone determines a coefficient has no measures; a remark names it."""
    effects = twelve(kind=[*"aaaaaabbbbbz"])
    fit = regress(effects, "~ C(kind)")
    found = influence(fit)
    assert np.isnan(found.cook).tolist() == [False] * 11 + [True]
    assert found.hat[11] == pytest.approx(1.0)
    assert found.remarks == (
        "without Study 12 the others do not determine the coefficients: no measures",
    )
    assert not influence(fit, by="kind").influential[:0].size
    assert np.isnan(influence(fit, by="kind").dffits).all()
    only = quiet(drawn(3), model="common", weights=[0, 5, 0])
    assert np.isnan(influence(only).dffits).tolist() == [False, True, False]
    assert influence(only).cook[0] == 0


def test_edges():
    """Two studies, equal effects, equal variances."""
    two = influence(quiet(drawn(2)))
    assert np.isfinite(two.studentized).all()
    assert two.tau2.tolist() == [0, 0]
    equal = influence(quiet(Effects.from_arrays([0.3] * 4, [0.1, 0.2, 0.3, 0.4])))
    assert equal.cook.tolist() == equal.dffits.tolist() == [0] * 4
    assert np.isnan(equal.covariance_ratio).all()
    assert not equal.influential.any()
    level = influence(quiet(Effects.from_arrays([0.1, 0.5, 0.4, 0.9], [0.2] * 4), inference=WALD))
    assert close(level.hat, 0.25, EXACT)
    assert np.isfinite(level.dffits).all()
    for found in (two, equal, level):
        assert found.sentence()
        assert found.summary()


EQUAL = (
    (33333333.333333332, [461230161117188.5, 615664167551476.5, 41426135678486.31]),
    (0.3, [0.1, 0.7, 0.33, 0.9]),
)


@pytest.mark.parametrize(("y", "v"), EQUAL)
@pytest.mark.parametrize("inference", [WALD, HKSJ, FLOOR])
@pytest.mark.parametrize("weights", [None, [1, 2, 3.3], [1e-9, 0, 1]])
def test_equal_effects_of_unequal_precision(y, v, inference, weights):
    """What is left of rounding is 0: nothing moves, nothing warns, nothing is influential."""
    weights = weights and [*weights, 0.5][: len(v)]
    effects = Effects.from_arrays([y] * len(v), v)
    for options in ({"model": "common", "weights": weights}, {"tau2": "REML"}):
        found = influence(quiet(effects, inference=inference, **options))
        for name in ("cook", "dffits", "overall", "studentized", "q", "q_contribution"):
            assert not np.nan_to_num(getattr(found, name)).any(), name
        assert close(found.coefficients, y, EXACT)
        assert (inference == HKSJ) == np.isnan(found.covariance_ratio).all()
        assert not found.beyond["cook"].any()
        assert "contributes most" not in found.sentence()


@pytest.mark.parametrize("seed", range(5))
def test_equal_effects_but_one(seed):
    """Without the one that differs nothing is left of the spread, and rounding is no warning."""
    v = np.random.default_rng(seed).uniform(0.1, 1, 6)
    fit = quiet(Effects.from_arrays([0.3] * 5 + [1.1], v), model="common", inference=HKSJ)
    found = influence(fit)
    assert close(found.coefficients[5], 0.3, EXACT)
    assert found.covariance_ratio[5] == pytest.approx(0.0, abs=1e-12)
    assert np.isfinite(found.cook).all()


def test_subgroups_and_counts():
    """Of subgroups it is the pool of all; of counts the error says what to do instead."""
    split = subgroups(twelve(g=[*"aabbccaabbcc"]), "g")
    assert influence(split).cook.tolist() == influence(split.overall).cook.tolist()
    assert blup(split).value.tolist() == blup(split.overall).value.tolist()
    assert quantiles(split).observed.tolist() == quantiles(split.overall).observed.tolist()
    counts = mantel_haenszel(bcg_counts())
    for verb in (influence, blup, quantiles):
        with pytest.raises(InputError, match=r"\(pool\(fit\.effects\)\), or.* leave_one_out\("):
            verb(counts)
    assert influence(quiet(counts.effects)).cook.shape == (13,)


def test_faults_are_named():
    """No fit, one study, other tau², clusters that are none."""
    effects = twelve(one=["a"] * 12, gap=[*"aabbccddeef", None])
    fit = quiet(effects)
    with pytest.raises(InputError, match="two studies or more"):
        influence(quiet(drawn(1)))
    with pytest.raises(InputError, match=r"influence needs a fit.*got str"):
        influence("fit")
    with pytest.raises(InputError, match="not that of its own studies alone"):
        influence(subgroups(twelve(g=[*"aabbccaabbcc"]), "g", shared_tau2=True)["a"])
    with pytest.raises(ChoiceError, match=r"by='cc' is not a column.*one, gap, study"):
        influence(fit, by="cc")
    with pytest.raises(InputError, match="by='one' has the one value 'a'"):
        influence(fit, by="one")
    with pytest.raises(InputError, match="by='gap' is missing for Study 12"):
        influence(fit, by="gap")


def told():
    """Return a pool with an outlier, on a ratio scale."""
    effects = Effects(
        y=np.log([1.1, 1.3, 1.2, 0.9, 6.0]),
        v=np.array([0.02, 0.03, 0.04, 0.02, 0.01]),
        study=("Ann", "Bo", "Cy", "Di", "Ed"),
        label="Risk ratio",
        scale=LOG,
    )
    return quiet(effects, inference=WALD)


def test_words():
    """Which study, by which rule, and what the pool is without it."""
    found = influence(told())
    text = found.sentence()
    assert text.startswith(
        "Each study was deleted in turn from a random-effects meta-analysis of 5 studies [1]. "
        "1 of 5 studies was influential (|DFFITS| > 1.5, Cook's distance > 0.455, hat value > 0.6 "
        "or |DFBETAS| > 1). Ed: |DFFITS| "
    )
    rest = leave_one_out(told())
    assert f"without it the pooled risk ratio is {np.exp(rest.value[4]):.2f} (95% CI " in text
    assert "Ed contributes most to heterogeneity" in text
    assert [each.split(".")[0] for each in found.references] == [
        "Viechtbauer W, Cheung MW-L", "Baujat B, Mahé C, Pignon JP, Hill C",
    ]  # fmt: skip
    lines = found.summary().splitlines()
    assert lines[0].startswith("Influence, one deleted at a time: Risk ratio, 5 studies")
    assert lines[6].endswith("*")
    assert found._repr_html_().count("<tr") == 6
    none = influence(quiet(Effects.from_arrays(np.arange(12) / 10, [0.1] * 12)))
    assert "No study was influential by any rule" in none.sentence()
    clusters = influence(fitted("~ x"), by="c").sentence()
    assert "Each of the 6 clusters of studies (c) was deleted in turn" in clusters


def test_words_of_several():
    """Studies of one name are counted, the unit is named once, chance is told in plain words."""
    effects = Effects(
        y=np.array([0.1, 0.12, 0.11, 0.13, 3.0, -2.6, 0.1, 0.12, 0.11]),
        v=np.array([0.02, 0.03, 0.04, 0.02, 0.01, 0.01, 0.02, 0.03, 0.02]),
        study=(*"ABC", "Ann", "Ann", "Ed", *"DEF"),
        label="Mean difference (mm, VAS 0–100)",
    )
    found = influence(quiet(effects, inference=WALD))
    text = found.sentence()
    assert found.influential.sum() == 2
    assert text.count("mm, VAS 0–100") == 1
    assert "Ann (2): |DFFITS|" in text
    assert "without it the estimate is" in text
    assert (
        "Ann (2) and Ed lie outside of where 95% of studies are expected, given the others; "
        "by chance fewer than one of 9 studies would" in text
    )
    assert any(line.startswith("  Ann (1) ") for line in found.summary().splitlines())
    assert _by_chance(63, ("study", "studies")) == "about 3 of 63 studies would"


def test_frames_and_copies():
    """One row per study on the reading scale; records travel; arrays are read-only."""
    found = influence(told())
    frame = found.to_frame()
    assert frame["estimate"].tolist() == pytest.approx(np.exp(found.coefficients[:, 0]))
    assert frame["influential"].tolist() == [False] * 4 + [True]
    assert found["Ed"]["cook"] == found.cook[4]
    with pytest.raises(ChoiceError, match="'Eda' is not a study or cluster"):
        found["Eda"]
    again = pickle.loads(pickle.dumps(found))
    assert again.cook.tolist() == copy.deepcopy(found).cook.tolist() == found.cook.tolist()
    with pytest.raises(ValueError, match="read-only"):
        found.cook[0] = 1.0
    wide = influence(fitted("~ x"), by="c").to_frame()
    assert list(wide.columns[:2]) == ["c", "k"]
    assert {"dfbetas x", "coefficients Intercept"} <= set(wide.columns)
    assert len(found) == 5
