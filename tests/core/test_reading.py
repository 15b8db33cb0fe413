"""Reading scales, lookups and the way numbers are written."""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np
import pytest

from metaan.core.errors import ChoiceError
from metaan.core.estimate import Estimate, Interval
from metaan.core.lookup import hint, look_up, nearest
from metaan.core.numbers import compact, decimals_for, fixed, interval, p_text
from metaan.core.scale import IDENTITY, LOG, SCALES
from tests.tolerance import EXACT, Tolerance, close

DIFFERENCES = Tolerance(relative=1e-8, reason="a central difference of step 1e-5")


@pytest.mark.parametrize("key", SCALES)
def test_scale_is_its_own_inverse_function(key):
    """Inverse undoes transform, the derivative is that of the inverse, the null reads right."""
    scale = SCALES[key]
    x = scale.transform(np.array([0.2, 0.5, 0.9]))
    step = 1e-5
    slope = (scale.inverse(x + step) - scale.inverse(x - step)) / (2 * step)
    assert close(scale.transform(scale.inverse(x)), x, EXACT)
    assert close(scale.derivative(x), slope, DIFFERENCES)
    if not np.isnan(scale.null):
        assert scale.inverse(scale.null) == scale.reading_null


def test_estimate_on_the_reading_scale():
    """Limits are transformed, the standard error by the delta method, the test stays."""
    estimate = Estimate(
        value=math.log(2), se=0.1, low=math.log(1.5), high=math.log(3), statistic=6.9,
        df=math.inf, p_value=5e-12, log_p_value=-26.0, level=0.95, scale=LOG,
    )  # fmt: skip
    read = estimate.read()
    assert close([read.value, read.low, read.high, read.se], [2, 1.5, 3, 0.2], EXACT)
    assert (read.statistic, read.p_value, read.df) == (6.9, 5e-12, math.inf)
    assert read.scale is IDENTITY
    assert read.read() == read


def test_interval_on_the_reading_scale():
    """An interval keeps its level."""
    read = Interval(low=0.0, high=math.log(4), level=0.9, scale=LOG).read()
    assert close([read.low, read.high, read.level], [1.0, 4.0, 0.9], EXACT)


def test_lookup():
    """A row by its key; else the rows and the nearest, case ignored."""
    table = MappingProxyType({"REML": 1, "DL": 2})
    assert look_up(table, "DL", argument="tau2", what="an estimator") == 2
    with pytest.raises(ChoiceError) as raised:
        look_up(table, "reml", argument="tau2", what="an estimator")
    assert str(raised.value) == (
        "tau2='reml' is not an estimator; choose one of REML, DL. Did you mean \"REML\"?"
    )
    assert nearest("zzz", table) is None
    assert hint(3.5, table) == ""
    with pytest.raises(ChoiceError, match="tau2=None is not"):
        look_up(table, None, argument="tau2", what="an estimator")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (-10.206, 2, "−10.21"),
        (-0.001, 2, "0.00"),
        (0.0, 1, "0.0"),
        (math.nan, 2, "–"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
        (1234.5, 0, "1234"),
    ],
)
def test_fixed(value, digits, text):
    """True minus signs, no minus zero, signs for what is no number."""
    assert fixed(value, digits) == text


@pytest.mark.parametrize(
    ("p", "log_p", "text"),
    [
        (0.0312, None, "p = 0.031"),
        (0.5, math.log(0.5), "p = 0.50"),
        (0.0, -800.0, "p < 0.001"),
        (0.00099, None, "p < 0.001"),
        (math.nan, None, "p not defined"),
    ],
)
def test_p_value_in_words(p, log_p, text):
    """Never p = 0."""
    assert p_text(p, log_p) == text


def test_other_numbers():
    """Significant digits, intervals, and how many decimals suit."""
    assert compact(0.313243) == "0.313"
    assert compact(-math.inf) == "−∞"
    assert compact(math.nan) == "–"
    assert interval(-14.99, 5.44) == "(−14.99, 5.44)"
    assert [decimals_for(x) for x in (250.0, 25.0, 2.5, 0.05)] == [0, 1, 2, 3]
