"""trim_and_fill against pins of metafor and meta, a naive recomputation, and laws."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.diagnostics.asymmetry.trim_and_fill import trim_and_fill
from metaan.diagnostics.asymmetry.trim_and_fill_ranks import MISSING_ESTIMATORS, ranked
from metaan.trials.counting import counts
from metaan.twobytwo.mantel_haenszel import mantel_haenszel
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.diagnostics.comparing import drawn, quiet
from tests.reference.pinned import COMMON, fits, numbers, pins
from tests.reference.pinned import effects as pinned_effects
from tests.tolerance import DEFAULT_R, EXACT, close

PINS = pins("trim_and_fill")
CASES = [(name, key) for name, record in PINS["trimfill"].items() for key in record]


def fitted(name, method):
    """Return our Wald fit of a pinned data set."""
    options = {"model": "common"} if method == COMMON else {"tau2": method}
    return quiet(pinned_effects(fits()[name]), inference="WALD", **options)


@pytest.mark.parametrize(("name", "key"), CASES)
def test_metafor(name, key):
    """Number, standard error, p-value, side, filled effects and the refit; or R's own error."""
    method, estimator, side = key.split(":")
    expected = PINS["trimfill"][name][key]
    fit = fitted(name, method)
    if "error" in expected:
        with pytest.raises(InputError, match=r"'Q0' has no value .* choose one of L0, R0"):
            trim_and_fill(fit, estimator=estimator, side=side)
        return
    found = trim_and_fill(fit, estimator=estimator, side=side)
    assert (found.missing, found.side) == (expected["k0"], expected["side"])
    assert close([found.se], numbers([expected["se_k0"]]), EXACT)
    assert close([found.p_value], numbers([expected["p_k0"]]), EXACT)
    # the pins of REML stop early, and their center is as far off
    tolerance, typical = (DEFAULT_R, 1.0) if method == "REML" else (EXACT, 0.0)
    assert close(found.y, expected["yi_filled"], tolerance, typical=typical)
    assert close(found.v, expected["vi_filled"], EXACT)
    refit = found.refit
    ours = [refit.estimate.value, refit.estimate.se, refit.tau2, refit.heterogeneity.q]
    theirs = [expected[name][0] for name in ("beta", "se", "tau2")] + [expected["QE"]]
    assert close(ours, theirs, tolerance, typical=typical)
    assert refit.k == expected["k"]


@pytest.mark.parametrize("name", PINS["meta"])
def test_meta_trims_around_the_common_mean(name):
    """The default of meta: the number by the common effect, the pool by REML."""
    expected = PINS["meta"][name]
    fit = fitted(name, "REML")
    found = trim_and_fill(fit, trim_model="common")
    assert found.refit.k == expected["k"]
    assert close(found.refit.effects.y, expected["TE"], EXACT)
    assert close(found.refit.effects.se, expected["seTE"], EXACT)
    refit = found.refit
    ours = [refit.estimate.value, refit.estimate.se, refit.tau2]
    theirs = [expected[key] for key in ("TE.random", "seTE.random", "tau2")]
    assert close(ours, theirs, DEFAULT_R, typical=1.0)
    assert close(refit.heterogeneity.q, expected["Q"], EXACT)
    common = trim_and_fill(fitted(name, COMMON)).refit.estimate
    assert close(
        [common.value, common.se], [expected["TE.common"], expected["seTE.common"]], EXACT
    )


def by_hand(y, v, estimator):
    """Return k0 and the center, missing left under a common effect, by loops over one study."""
    k0, order = 0, sorted(range(len(y)), key=lambda i: (y[i], v[i]))
    for _ in range(100):
        kept = order[: len(y) - k0]
        center = sum(y[i] / v[i] for i in kept) / sum(1 / v[i] for i in kept)
        away = [each - center for each in y]
        n, total, run = len(y), 0.0, 0
        for one in away:
            smaller = sum(abs(other) < abs(one) for other in away)
            same = sum(abs(other) == abs(one) for other in away)
            total += (smaller + (same + 1) / 2) * (one > 0)
        for one in sorted(away, key=abs, reverse=True):
            if one <= 0:
                break
            run += 1
        number = {
            "L0": (4 * total - n * (n + 1)) / (2 * n - 1),
            "R0": run - 1,
            "Q0": n - 0.5 - math.sqrt(max(2 * n**2 - 4 * total + 0.25, 0)),
        }[estimator]
        new = max(0, math.floor(number + 0.5))
        if new == k0:
            return k0, center
        k0 = new
    raise AssertionError("does not settle")


@pytest.mark.parametrize("estimator", MISSING_ESTIMATORS)
@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5])
def test_naive_loops(estimator, seed):
    """The same by loops, and the filled studies are mirror images."""
    rng = np.random.default_rng(seed)
    se = rng.uniform(0.1, 0.9, 15)
    y = rng.normal(0.2, se) + 0.5 * se
    fit = quiet(Effects.from_arrays(y, se=se), model="common")
    found = trim_and_fill(fit, estimator=estimator, side="left")
    k0, center = by_hand(y.tolist(), (se**2).tolist(), estimator)
    assert found.missing == k0
    assert close(found.center, center, EXACT)
    assert close(np.sort(found.y), np.sort(2 * center - np.sort(y)[15 - k0 :]), EXACT)
    again = quiet(Effects.from_arrays([*y, *found.y], [*se**2, *found.v]), model="common")
    assert close(found.refit.estimate.value, again.estimate.value, EXACT)


def test_ranks_with_ties():
    """Deviations of one size share their ranks, and a tie of both signs ends a run."""
    found = ranked(np.array([-1.0, 1.0, 2.0, -0.5, 3.0, 0.0]))
    assert (found.total, found.run) == (3.5 + 5 + 6, 2)
    assert ranked(np.array([-2.0, 2.0, 1.0])).run == 0
    assert ranked(np.array([-0.1 - 0.2, 0.3, 0.1])).total == 1 + 2.5


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(-8, 8), min_size=3, max_size=12),
    st.integers(0, 10**6),
    st.sampled_from(["L0", "R0"]),
)
def test_laws_of_order_sign_and_scale(values, seed, estimator):
    """Order changes nothing, a change of sign changes the side, a scale the scale, ties or not."""
    rng = np.random.default_rng(seed)
    y, v = np.array(values) / 4, rng.choice([0.04, 0.09, 0.25], len(values))
    fit = quiet(Effects.from_arrays(y, v), model="common")
    found = trim_and_fill(fit, estimator=estimator, side="left")
    place = rng.permutation(len(y))
    for sign, unit, order, side in ((1, 1e6, place, "left"), (-1, 1.0, place, "right")):
        other = quiet(
            Effects.from_arrays(sign * unit * y[order], unit**2 * v[order]), model="common"
        )
        moved = trim_and_fill(other, estimator=estimator, side=side)
        assert moved.missing == found.missing
        ours = sign * moved.refit.estimate.value / unit
        assert ours == pytest.approx(found.refit.estimate.value, rel=1e-9, abs=1e-12)


def test_equal_and_symmetric_effects_lack_none():
    """Nothing is more than the other side has."""
    equal = quiet(Effects.from_arrays([0.5] * 4, [0.1, 0.2, 0.3, 0.4]), model="common")
    even = quiet(Effects.from_arrays([-1, -0.5, 0, 0.5, 1.0], [0.1, 0.2, 0.3, 0.2, 0.1]))
    for fit in (equal, even):
        for estimator in MISSING_ESTIMATORS:
            found = trim_and_fill(fit, estimator=estimator, side="right")
            assert found.missing == 0
            assert found.refit is fit
            assert "no study was estimated to be missing on the right" in found.sentence()


def test_a_circle_is_told():
    """HE's tau² makes 0 and 1 follow each other; metafor 3.8 stops with an error."""
    se = np.array([0.05, 0.12, 0.7, 1.1, 1.96])
    fit = quiet(Effects.from_arrays([-0.2, 0.1, -0.3, 0.8, -2.1], se=se), tau2="HE")
    found = trim_and_fill(fit, side="right")
    assert (found.circle, found.missing, found.converged) == ((0, 1), 1, False)
    assert any("runs through 0, 1" in remark for remark in found.remarks)
    assert "did not settle (0, 1 in turn)" in found.sentence()


def test_many_missing_of_a_thousand():
    """Half a funnel: hundreds are filled in, and the center comes near the middle."""
    rng = np.random.default_rng(4)
    se = rng.uniform(0.05, 0.8, 1000)
    y = np.abs(rng.normal(0.0, se))
    found = trim_and_fill(quiet(Effects.from_arrays(y, se=se), model="common"))
    assert found.side == "left"
    assert found.missing > 300
    assert abs(found.refit.estimate.value) < 0.7 * found.fit.estimate.value


def test_the_refit_is_the_same_model():
    """Estimator, inference, level, prediction, weights and conventions are those of the fit."""
    studies = drawn(12)
    every = (
        {"tau2": "PM", "inference": "HKSJ", "level": 0.9},
        {"model": "common", "weights": np.arange(1.0, 13.0)},
        {"tau2": 0.05, "inference": "T"},
    )
    for options in every:
        fit = quiet(studies, **options)
        found = trim_and_fill(fit, side="left", estimator="R0")
        if not found.missing:
            found = trim_and_fill(fit, side="right", estimator="L0")
        assert found.missing
        own = {}
        if "weights" in options:
            own = {"weights": [*fit.weights, *fit.weights[found.twins]]}
        again = quiet(found.refit.effects, **{**options, **own})
        ours, theirs = found.refit, again
        assert close(ours.estimate.value, theirs.estimate.value, EXACT)
        assert close([ours.estimate.low, ours.tau2], [theirs.estimate.low, theirs.tau2], EXACT)
        assert ours.heterogeneity.tau2_high == theirs.heterogeneity.tau2_high


def test_filled_studies_are_no_data():
    """Their names say so, they have no rows and no values, and every table tells them apart."""
    y, se = [0.1, 0.12, 0.3, 0.55, 0.9, 1.2], [0.05, 0.06, 0.2, 0.3, 0.4, 0.5]
    studies = Effects.from_arrays(y, se=se, columns={"dose": [1, 2, 3, 4, 5, 6]})
    studies = replace(studies, rows=tuple((str(i),) for i in range(6)))
    found = trim_and_fill(quiet(studies, model="common"))
    assert found.filled == ("Filled: Study 4", "Filled: Study 5", "Filled: Study 6")
    effects = found.refit.effects
    assert effects.rows[6:] == ((), (), ())
    assert list(effects.columns["dose"])[6:] == [None] * 3
    assert list(effects.columns["imputed"]) == [False] * 6 + [True] * 3
    frame = found.to_frame()
    assert frame["imputed"].tolist() == [False] * 6 + [True] * 3
    assert frame["mirrors"].tolist()[6:] == ["Study 4", "Study 5", "Study 6"]
    assert "nobody has seen" in found.refit.summary()
    assert "Filled: Study 4" in found.refit.to_frame()["study"].tolist()
    assert found.fit.effects is studies


def test_words():
    """What was found, what it supposes, and how few studies there are."""
    fit = fitted("dat.bcg/uni_logRR", COMMON)
    found = trim_and_fill(fit)
    assert found.sentence().startswith(
        "In a sensitivity analysis by trim and fill (estimator L0) [1], 4 studies were estimated "
        "to be missing on the right of the funnel of 13 studies. With them filled in, the pooled "
        "effect would be −0.29"
    )
    assert "missing on the right: 4 studies (SE 2.39)" in found.summary()
    assert any("I² = 92%" in remark for remark in found.remarks)
    assert len(found.references) == 2
    assert "with filled studies" in found._repr_html_()
    few = trim_and_fill(quiet(drawn(5)), side="left")
    assert any("fewer than 10" in remark for remark in few.remarks)


def test_bounds_hold_filled_effects():
    """A correlation cannot be filled in beyond -1."""
    y = [0.1, 0.1, 0.2, 0.6, 0.9, 0.95]
    fit = quiet(Effects.from_arrays(y, [0.01, 0.01, 0.02, 0.04, 0.05, 0.06]), model="common")
    free, held = trim_and_fill(fit, side="left"), trim_and_fill(fit, side="left", within=(-0.5, 1))
    assert free.y.min() < -0.5
    assert held.y.min() == -0.5
    assert held.missing == free.missing


def test_bounds_are_read_as_ratios():
    """0.8 for log 0.8; 0 and infinity hold nothing; below 0 there is no ratio."""
    y = [0.1, 0.1, 0.2, 0.6, 0.9, 0.95]
    v = [0.01, 0.01, 0.02, 0.04, 0.05, 0.06]
    fit = quiet(Effects.from_arrays(y, v, scale="log"), model="common")
    held = trim_and_fill(fit, side="left", within=(0.8, 3))
    assert held.y.min() == pytest.approx(np.log(0.8), rel=1e-12)
    free = trim_and_fill(fit, side="left")
    assert free.y.min() < np.log(0.8)
    assert close(trim_and_fill(fit, side="left", within=(0, np.inf)).y, free.y, EXACT)
    with pytest.raises(InputError, match=r"within=\(-1.0, 1.0\) cannot be effects on the log"):
        trim_and_fill(fit, within=(-1, 1))


def test_subgroups_are_taken_as_one():
    """Of subgroups it is the pool of all; one that shares tau² is refused."""
    studies = drawn(12, columns={"kind": ["a", "b"] * 6})
    split = subgroups(studies, by="kind", inference="WALD")
    whole = quiet(studies, inference="WALD")
    assert trim_and_fill(split, side="left").number == trim_and_fill(whole, side="left").number


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"estimator": "L"}, ChoiceError, "choose one of L0, R0, Q0"),
        ({"side": "up"}, ChoiceError, "choose one of auto, left, right"),
        ({"trim_model": "fixed"}, ChoiceError, "choose one of random, common"),
        ({"within": (1, -1)}, InputError, r"within=\(1, -1\) must be two numbers"),
        ({"within": 3}, InputError, "within=3 must be two numbers"),
        ({"within": "12"}, InputError, "within='12' must be two numbers"),
        (
            {"estimator": "X", "side": "Y", "trim_model": "Z", "within": (2, 1)},
            InputError,
            r"estimator='X' .*side='Y' .*trim_model='Z' .*within=\(2, 1\) must .*\(-1, 1\)",
        ),
    ],
)
def test_choices_are_named(options, error, match):
    """The text names the argument, what it may be, and what it is."""
    with pytest.raises(error, match=match):
        trim_and_fill(quiet(drawn(6)), **options)


def test_what_cannot_be_filled():
    """Other fits, too few studies, one standard error without a side."""
    table = {
        "study": list("ABC"),
        "e1": [4, 5, 6],
        "n1": [20] * 3,
        "e2": [3, 5, 4],
        "n2": [20] * 3,
    }
    made = counts(table, events1="e1", n1="n1", events2="e2", n2="n2")
    with pytest.raises(InputError, match=r"got CountsFit\. Pool the studies' own effects"):
        trim_and_fill(mantel_haenszel(made, "OR"))
    moderated = drawn(8, columns={"dose": list(range(8))})
    with pytest.raises(InputError, match="trim_and_fill needs a pool"):
        trim_and_fill(regress(moderated, "~ dose"))
    with pytest.raises(InputError, match="3 studies or more, got 2"):
        trim_and_fill(quiet(drawn(2)))
    same = quiet(Effects.from_arrays([0.1, 0.4, 0.9], [0.1] * 3))
    with pytest.raises(InputError, match=r"all standard errors are equal.*side='left'"):
        trim_and_fill(same)
    assert trim_and_fill(same, side="left").missing >= 0
