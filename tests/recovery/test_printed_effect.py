"""Effects from printed intervals, p-values and statistics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from metaan.core.errors import ChoiceError, InputError
from metaan.recovery.digits import decimals, half_unit
from metaan.recovery.printed_effect import effect_from_ci, effect_from_p, effect_from_statistic
from tests.tolerance import EXACT, Tolerance, close

QUANTILES = Tolerance(relative=1e-10, reason="scipy before 1.17 inverts t to 1e-11 only")


@given(
    y=st.floats(-3, 3),
    se=st.floats(0.02, 1.5),
    digits=st.integers(1, 4),
    log=st.booleans(),
)
def test_rounding_alone_is_never_flagged_as_skew(y, se, digits, log):
    """An interval that was symmetric before it was printed stays so, whatever the digits."""
    printed = np.array([y, y - 1.959964 * se, y + 1.959964 * se])
    x, low, high = np.round(np.exp(printed) if log else printed, digits)
    if low >= high or (log and low <= 0):
        return
    found = effect_from_ci(x, low, high, scale="log" if log else "identity", digits=digits)
    assert not any("middle" in flag for flag in found.flags)


@given(y=st.floats(-3, 3), se=st.floats(0.05, 2), digits=st.integers(1, 4))
def test_standard_error_is_as_good_as_the_digits(y, se, digits):
    """Rounding moves the error by what the flag says, and by at most a unit over 1.96."""
    low, high = np.round([y - 1.959964 * se, y + 1.959964 * se], digits)
    if low >= high:
        return
    found = effect_from_ci(np.clip(np.round(y, digits), low, high), low, high, digits=digits)
    assert abs(found["se"] - se) <= 0.5 * 10.0**-digits / 1.9599 + 1e-6 * se
    if abs(found["se"] / se - 1) > 0.12:
        assert any("few digits" in flag for flag in found.flags)


def test_a_ratio_read_as_a_difference_is_flagged_by_its_row():
    """The flag names the study and the scale that fits; the right scale has no flag."""
    x, low, high = [1.5, -0.7, 2.4], [1.1, -1.0, 1.61], [2.05, -0.4, 3.58]
    found = effect_from_ci(x, low, high, digits=2)
    assert [flag.split(":")[0] for flag in found.flags] == ["row 1", "row 3"]
    assert all("fits the log scale better" in flag for flag in found.flags)
    assert effect_from_ci([1.5, 2.4], [1.1, 1.61], [2.05, 3.58], scale="log").flags == ()


def test_a_difference_read_as_a_ratio_is_flagged():
    """The other way round, and an interval that fits neither scale says what it may be."""
    (flag,) = effect_from_ci([30.0], [10.0], [50.0], scale="log", digits=1).flags
    assert "fits the identity scale better" in flag
    (neither,) = effect_from_ci([30.0], [29.0], [50.0], digits=1).flags
    assert "exact, profile or bootstrap" in neither


def test_digits_decide_what_rounding_explains():
    """1.5 in 1.1 to 2.1 is a skew if printed as 1.50 (1.10 to 2.10), rounding if not."""
    assert not any("middle" in f for f in effect_from_ci([1.5], [1.1], [2.0]).flags)
    assert any("middle" in f for f in effect_from_ci([1.5], [1.1], [2.0], digits=2).flags)


def test_quantiles_follow_level_and_df():
    """Each study has its own level; with df the quantile is t's, and nothing is assumed."""
    level, df = np.array([0.9, 0.95, 0.99]), np.array([7.0, 30.0, 200.0])
    normal = effect_from_ci([1.0] * 3, [0.0] * 3, [2.0] * 3, level=level)
    assert close(normal["se"], 1 / stats.norm.isf((1 - level) / 2), EXACT)
    assert [str(each) for each in normal.assumptions] == ["quantile normal (assumed)"]
    student = effect_from_ci([1.0] * 3, [0.0] * 3, [2.0] * 3, level=level, df=df)
    assert close(student["se"], 1 / stats.t.isf((1 - level) / 2, df), QUANTILES)
    assert student.assumptions == ()
    infinite = effect_from_ci([1.0] * 3, [0.0] * 3, [2.0] * 3, level=level, df=np.inf)
    assert close(infinite["se"], normal["se"], EXACT)


def test_correlations_have_their_scale():
    """An interval made on Fisher's scale is read there."""
    z, se = np.arctanh(0.42), 1 / np.sqrt(57)
    limits = np.tanh([z - 1.959963984540054 * se, z + 1.959963984540054 * se])
    found = effect_from_ci(0.42, *limits, scale="fisher")
    assert close(found["v"], 1 / 57, EXACT)
    assert found.flags == ()


@pytest.mark.parametrize("df", [None, 4.0, 58.0])
@pytest.mark.parametrize("p", [0.9, 0.5, 0.034, 1e-4, 1e-12])
def test_p_value_gives_back_the_error(p, df):
    """The test repeated with the recovered error has the p-value that was printed."""
    found = effect_from_p([-2.5, 0.4], p, df=df)
    z = np.abs(found["y"]) / found["se"]
    tail = stats.norm.sf(z) if df is None else stats.t.sf(z, df)
    assert close(2 * tail, [p, p], EXACT)
    assert len(found.assumptions) == (df is None)


def test_a_rounded_p_value_says_how_little_it_tells():
    """P = 0.8 leaves much open, 0.800 does not; a bound of 1 by rounding leaves everything."""
    (flag,) = effect_from_p([3.0, 2.0], [0.8, 0.04]).flags
    assert flag.startswith("row 1: p 0.8 as printed leaves se between 9.42 and 15.9")
    assert effect_from_p([3.0], [0.8], digits=3).flags == ()
    assert "∞" in effect_from_p([3.0], [0.97], digits=1).flags[0]


def test_statistics_need_no_df_but_their_sign():
    """T is the estimate over its error, whatever df; opposite signs are flagged."""
    found = effect_from_statistic([2.2, 0.8], [2.4, 1.3], scale="log")
    assert close(found["se"], [np.log(2.2) / 2.4, -np.log(0.8) / 1.3], EXACT)
    assert [flag.split(":")[0] for flag in found.flags] == ["row 2"]


def test_missing_numbers_pass_through():
    """NaN stays in its study: v goes with y, y stays without v; one number is as good as many."""
    nan = np.nan
    found = effect_from_ci([1.0, nan, 1.0], [0.0, 0.0, nan], [2.0, 2.0, 2.0])
    assert np.isnan(found["y"]).tolist() == [False, True, False]
    assert np.isnan(found["v"]).tolist() == [False, True, True]
    assert np.isnan(effect_from_p([1.0, nan], [nan, 0.2])["v"]).all()
    assert np.isnan(effect_from_statistic([1.0, nan], [nan, 2.0])["v"]).all()
    assert effect_from_ci(1.0, 0.0, 2.0)["y"].shape == ()


def test_every_fault_is_named():
    """One error for all: rows, values, rules and remedies."""
    with pytest.raises(InputError) as caught:
        effect_from_ci([1, 5, 1, 1], [0, 2, 2, -1], [2, 4, 0, 2], level=[0.95, 0.95, 0.95, 95])
    text = str(caught.value)
    for part in (
        "row 2: the estimate must lie",
        "row 3: the lower limit",
        "row 4: level must lie",
    ):
        assert part in text
    assert "row 1" not in text
    with pytest.raises(InputError, match=r"row 1: low has no finite value on the log scale"):
        effect_from_ci([1.0], [0.0], [2.0], scale="log")


@pytest.mark.parametrize(
    ("estimate", "p", "text"),
    [
        ([1.0], [0.0], "p must be above 0 and below 1"),
        ([1.0], [1.0], "p must be above 0 and below 1"),
        ([1.0], [-0.1], "p must be above 0 and below 1"),
        ([0.0], [0.5], "exactly no effect"),
    ],
)
def test_p_values_that_say_nothing(estimate, p, text):
    """Bounds of the p-value and an estimate of exactly no effect lead to no error."""
    with pytest.raises(InputError, match=text):
        effect_from_p(estimate, p)


def test_other_refusals():
    """A statistic of 0, a df of 0, a level that has no null, numbers that are none."""
    with pytest.raises(InputError, match="statistic must not be 0"):
        effect_from_statistic([1.0], [0.0])
    with pytest.raises(InputError, match="df must be positive"):
        effect_from_p([1.0], [0.1], df=0)
    with pytest.raises(ChoiceError, match="value of no effect"):
        effect_from_p([0.3], [0.1], scale="logit")
    with pytest.raises(InputError, match="must be numbers"):
        effect_from_p(["0.3 mm"], [0.1])
    with pytest.raises(InputError, match="do not fit together"):
        effect_from_p([0.3, 0.2], [0.1, 0.2, 0.3])


def test_decimals_of_printed_numbers():
    """Trailing zeros are lost, binary fractions are not mistaken for digits."""
    values = [0.1 + 0.2, 12.25, 3.0, 1e6 + 0.1, 0.007, np.nan, 1 / 3]
    assert decimals(values).tolist() == [1, 2, 0, 1, 3, 0, 12]
    assert close(half_unit([1, -1], [0.0, 0.0]), [0.05, 5.0], EXACT)
    with pytest.raises(InputError, match="whole numbers of decimals"):
        half_unit(1.5, 0.2)
