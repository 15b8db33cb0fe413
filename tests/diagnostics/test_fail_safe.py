"""fail_safe_n against pins of metafor, and against adding studies one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import SCALES
from metaan.diagnostics.asymmetry.fail_safe import fail_safe_n
from metaan.diagnostics.asymmetry.fail_safe_methods import (
    FAIL_SAFE_METHODS,
    Question,
    _with_nulls,
    least_whole,
)
from metaan.univariate.pooling import pool
from tests.diagnostics.comparing import drawn, quiet
from tests.reference.pinned import effects as pinned_effects
from tests.reference.pinned import fits, pins
from tests.tolerance import EXACT, SOLVED, close

PINS = pins("fail_safe")["fsn"]
KEYS = {
    "ROSENTHAL": "Rosenthal",
    "ORWIN": "Orwin_unweighted",
    "ORWIN_WEIGHTED": "Orwin",
    "ROSENBERG": "Rosenberg",
}


@pytest.mark.parametrize("name", PINS)
@pytest.mark.parametrize("method", KEYS)
def test_metafor(name, method):
    """The whole number, the mean and the p-value of metafor 5.1."""
    expected = PINS[name][KEYS[method]]
    studies, target = pinned_effects(fits()[name]), expected["target"]
    if target is not None:
        target = float(studies.scale.inverse(target))
    found = fail_safe_n(studies, method, target=target)
    assert found.number == expected["fsnum"]
    if expected["meanes"] is not None:
        assert close(found.mean, expected["meanes"], EXACT)
    if expected["pval"] is not None:
        assert close(found.log_p_value, math.log(expected["pval"]), EXACT)


@pytest.mark.parametrize("name", PINS)
@pytest.mark.parametrize("tau2", ["REML", "DL"])
def test_metafor_by_the_fit(name, tau2):
    """Mean, tau² and p with as many studies as R says; that number is ours or one more.

    Ours is the first that is enough. R's is the root of the same curve, rounded, and one more.
    """
    expected = PINS[name]["General" if tau2 == "REML" else "General_DL"]
    fit = pool(pinned_effects(fits()[name]), tau2=tau2)
    found, n = fail_safe_n(fit, "GENERAL"), expected["fsnum"]
    assert found.number in ((n, n - 1) if n else (0,))
    asked = Question(math.nan, 0.95, expected["meanes"], expected["tau2"])
    y, v = fit.effects.y, fit.effects.v
    for number, beyond in ((found.number, True), (found.number - 1, False)):
        if number > 0:
            mean, error = _with_nulls(y, v, number, asked)
            assert (2 * norm.sf(abs(mean) / error) > 0.05) == beyond
    mean, error = _with_nulls(y, v, n, asked)
    assert close(mean, expected["est.fsn"], SOLVED)
    assert close(2 * norm.sf(abs(mean) / error), expected["pval.fsn"], SOLVED)


def test_the_general_method_of_a_common_effect_is_rosenbergs():
    """Weights of the studies added are the mean weight, tau² is 0."""
    studies = drawn(9, 3)
    rosenberg = fail_safe_n(studies, "ROSENBERG")
    assert fail_safe_n(pool(studies, model="common"), "GENERAL").number == rosenberg.number
    assert "heterogeneity" not in fail_safe_n(studies, "GENERAL").sentence()


def still_holds(y, v, n, method, target):
    """Return whether the result holds with n null studies, done as its author describes it."""
    k, w = len(y), 1 / v
    if method == "ROSENTHAL":
        zs = np.concatenate([y / np.sqrt(v), np.zeros(n)])
        return norm.sf(abs(zs.sum()) / math.sqrt(len(zs))) < 0.05
    if method == "ROSENBERG":
        weight = np.concatenate([w, np.full(n, w.mean())])
        mean = (weight * np.concatenate([y, np.zeros(n)])).sum() / weight.sum()
        return 2 * norm.sf(abs(mean) * math.sqrt(weight.sum())) < 0.05
    weight = np.full(k, 1.0) if method == "ORWIN" else w
    weight = np.concatenate([weight, np.full(n, weight.mean())])
    return abs((weight * np.concatenate([y, np.zeros(n)])).sum() / weight.sum()) > target


@pytest.mark.parametrize("method", KEYS)
@pytest.mark.parametrize("seed", range(4))
def test_adding_studies_one_by_one(method, seed):
    """N is the first number with which the result does not hold; the sign is of no account."""
    studies = drawn(9, seed)
    target = 0.12 if FAIL_SAFE_METHODS[method].by_target else None
    found = fail_safe_n(studies, method, target=target)
    n = found.number
    assert not still_holds(studies.y, studies.v, n, method, target)
    assert n == 0 or still_holds(studies.y, studies.v, n - 1, method, target)
    other = fail_safe_n(Effects.from_arrays(-studies.y, studies.v), method, target=target)
    assert (other.number, other.target) == (n, pytest.approx(-found.target, nan_ok=True))


def test_a_fit_is_its_studies():
    """The methods have their own models: the fit is of no account."""
    studies = drawn(7)
    assert fail_safe_n(quiet(studies)).needed == fail_safe_n(studies).needed


def test_whole_numbers_stay():
    """Rounding errors do not ask for one more study."""
    assert [least_whole(x) for x in (13.000000000000002, 13.1, -2.0, 0.0, math.nan)] == [
        13, 14, 0, 0, 0,
    ]  # fmt: skip
    studies = Effects.from_arrays([0.2, 0.4, 0.6], [0.1, 0.1, 0.1])
    assert fail_safe_n(studies, "ORWIN", target=0.1).number == 9


def test_words():
    """The number, and that it is no estimate."""
    studies = pinned_effects(fits()["dat.bcg/uni_logRR"])
    found = fail_safe_n(studies)
    assert found.robust
    assert found.sentence().startswith(
        "By Rosenthal's method [1], 598 studies averaging no effect would have to be added to the "
        "13 to make the combined one-sided test no longer significant. This is no estimate"
    )
    assert any("Q = 152.2" in remark for remark in found.remarks)
    assert "N 598" in str(found)
    assert found.to_frame()["number"].tolist() == [598]
    assert "Fail-safe N" in found._repr_html_()
    none = fail_safe_n(Effects.from_arrays([0.1, -0.1, 0.02], [0.1, 0.1, 0.1]))
    assert none.number == 0
    assert none.sentence() == (
        "The fail-safe number by Rosenthal's method [1] is 0: the test that combines the z-values "
        "of 3 studies, one-sided towards the side they are on, is not significant at 0.05 as it "
        "stands."
    )
    within = fail_safe_n(Effects.from_arrays([0.1, 0.12], [0.1, 0.1]), "ORWIN", target=0.5)
    assert "lies within 0.50 as it stands" in within.sentence()
    far = Effects.from_arrays([790.0, 820.0], [25.0, 36.0], scale="log")
    assert "∞" in str(fail_safe_n(far, "ORWIN", target=1e300))
    one = fail_safe_n(Effects.from_arrays([0.9], [0.01]), "ROSENBERG")
    assert one.number == math.ceil(81 / 1.959963984540054**2 - 1)


@pytest.mark.parametrize(
    ("method", "options", "error", "match"),
    [
        ("ORWEN", {}, ChoiceError, 'Did you mean "ORWIN"'),
        ("ORWIN", {}, InputError, "needs target="),
        ("ORWIN", {"target": 0.0}, InputError, "target=0.0 is no effect itself"),
        ("ORWIN", {"target": "x"}, InputError, "target='x' must be"),
        ("ROSENTHAL", {"target": 0.1}, InputError, "takes no target=.*ORWIN, ORWIN_WEIGHTED"),
        ("ROSENTHAL", {"level": 1.5}, InputError, "level=1.5 must lie between 0 and 1"),
        ("ROSENTHAL", {"level": 0.05}, InputError, "level=0.05 must be above 0.5"),
        ("ROSENTHAL", {"level": 7, "target": 1}, InputError, "level=7 must .*takes no target="),
        ("ROSENTHAL", {"level": 0.3, "target": 1}, InputError, "level=0.3 must .*takes no target"),
        (
            "ORWIN",
            {"level": "a", "target": 0},
            InputError,
            "level='a' must .*target=0 is no effect",
        ),
        ("ORWEN", {"level": True}, InputError, "level=True must .*method='ORWEN' is not"),
    ],
)
def test_faults_are_named(method, options, error, match):
    """Argument, rule, value, remedy."""
    with pytest.raises(error, match=match):
        fail_safe_n(drawn(4), method, **options)


def test_the_target_is_read_as_a_ratio():
    """0.8, and 1 / 0.8, for log 0.8; what no ratio can be is refused."""
    y, v = [-0.5, -0.4, -0.9], [0.04, 0.09, 0.05]
    ratios = Effects.from_arrays(y, v, scale="log")
    found = fail_safe_n(ratios, "ORWIN", target=0.8)
    plain = fail_safe_n(Effects.from_arrays(y, v), "ORWIN", target=-math.log(0.8))
    assert found.needed == pytest.approx(plain.needed, rel=1e-12)
    assert found.target == pytest.approx(math.log(0.8), rel=1e-12)
    assert fail_safe_n(ratios, "ORWIN", target=1.25).needed == pytest.approx(found.needed)
    assert found.to_frame()["target"].tolist() == pytest.approx([0.8])
    for target, match in ((1, "target=1 is no effect itself"), (0, "greater than 0"), (-2, "-2")):
        with pytest.raises(InputError, match=match):
            fail_safe_n(ratios, "ORWIN", target=target)


def test_levels_have_no_null():
    """Where nothing means no effect no study can average it."""
    studies = Effects.from_arrays([0.1, 0.2], [0.1, 0.1])
    level = next(key for key, scale in SCALES.items() if not scale.has_null)
    bare = Effects.from_arrays(studies.y, studies.v, scale=level)
    with pytest.raises(InputError, match="no value that means no effect"):
        fail_safe_n(bare)
