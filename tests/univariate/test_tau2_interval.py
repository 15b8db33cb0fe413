"""tau2_interval: limits of a fit in each way, their record and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, EmptyIntervalWarning, InputError
from metaan.tau2.interval import INTERVALS
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from metaan.univariate.tau2_interval import tau2_interval
from tests.tau2.dense import eigenvalues, projection, tails
from tests.tolerance import EXACT, SOLVED, close

Y, V = np.array([0.10, 0.30, 0.55, 1.21, -0.4]), np.array([0.0144, 0.04, 0.0324, 0.0625, 0.09])
DOSE = [1.0, 2.0, 4.0, 3.0, 7.0]


def effects(scale=1.0):
    """Return five studies with a moderator."""
    return Effects.from_arrays(scale * Y, scale * scale * V, columns={"dose": DOSE})


def test_default_is_that_of_the_fit():
    """The Q-profile at the fit's level: the numbers the fit itself reports."""
    fit = pool(effects(), level=0.9)
    found, het = tau2_interval(fit), fit.heterogeneity
    assert close([found.tau2.low, found.tau2.high], [het.tau2_low, het.tau2_high], EXACT)
    assert close([found.i2.low, found.i2.high], [het.i2_low, het.i2_high], EXACT)
    assert (found.tau2.value, found.i2.value, found.h2.value) == (fit.tau2, het.i2, het.h2)
    assert close(found.h2.high, 1 + het.tau2_high / het.typical_v, EXACT)
    assert close(found.tau.high**2, found.tau2.high, EXACT)
    assert (found.method, found.level, found.empty) == ("QP", 0.9, False)
    assert tau2_interval(fit, level=0.5).tau2.high < found.tau2.high


@pytest.mark.parametrize("method", INTERVALS)
@pytest.mark.parametrize("scale", [1e-150, 1e-3, 1e150])
def test_change_of_unit(method, scale):
    """tau² takes the square of the unit; I² and H² none."""
    own = 1 / V
    before, after = (
        tau2_interval(pool(effects(size), weights=own), method) for size in (1.0, scale)
    )
    for name in ("value", "low", "high"):
        one, other = getattr(before.tau2, name), getattr(after.tau2, name)
        assert close(other / scale / scale, one, SOLVED)
        assert close(getattr(after.i2, name), getattr(before.i2, name), SOLVED)


def test_weights_of_the_fit():
    """GQ takes the weights of the fit, in whatever unit."""
    own = np.array([3.0, 1.0, 2.0, 1.0, 0.5])
    found = tau2_interval(pool(effects(), weights=1e6 * own), "GQ").tau2
    x = np.ones((5, 1))
    q = Y @ projection(own, x) @ Y
    assert close(tails(q, eigenvalues(own, V + found.low, x))[1], 0.025, SOLVED)
    assert close(tails(q, eigenvalues(own, V + found.high, x))[0], 0.025, SOLVED)
    with pytest.raises(InputError, match='"GQ" takes the weights of the fit, and this one has'):
        tau2_interval(pool(effects()), "GQ")


@pytest.mark.parametrize("method", ["J", "BJ"])
def test_regression(method):
    """The design of a meta-regression counts: exact tails of its residual sum of squares."""
    fit = regress(effects(), "~ dose")
    found = tau2_interval(fit, method).tau2
    a, x = V ** {"J": -0.5, "BJ": -1.0}[method], np.column_stack([np.ones(5), DOSE])
    q = Y @ projection(a, x) @ Y
    assert close(tails(q, eigenvalues(a, V + found.low, x))[1], 0.025, SOLVED)
    assert close(tails(q, eigenvalues(a, V + found.high, x))[0], 0.025, SOLVED)
    default = tau2_interval(fit)
    assert close(default.tau2.high, fit.heterogeneity.tau2_high, SOLVED)


def test_empty_set():
    """Effects that agree too well: [0, 0], a warning and a note."""
    equal = Effects.from_arrays([0.1, 0.1, 0.1], [0.1, 0.2, 0.3])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        fit = pool(equal)
    with pytest.warns(EmptyIntervalWarning, match="no tau² >= 0 lies in the J set"):
        found = tau2_interval(fit, "J")
    assert found.empty
    assert (found.tau2.low, found.tau2.high) == (0.0, 0.0)
    assert "note: no tau² >= 0 is in the set" in found.summary()


def test_one_study():
    """Nothing to bound: NaN, shown as dashes."""
    fit = pool(Effects.from_arrays([0.1], [0.2]))
    found = tau2_interval(fit, "PL")
    assert np.isnan([found.tau2.low, found.i2.high, found.h2.low]).all()
    assert "(–, –)" in str(found)


def test_what_is_refused():
    """Names, levels and things that are no fit."""
    fit = pool(effects(), tau2="DL")
    with pytest.raises(ChoiceError, match="method='QPP' is not a way to bound tau²"):
        tau2_interval(fit, "QPP")
    with pytest.raises(InputError, match="level=95 must lie between 0 and 1"):
        tau2_interval(fit, level=95)
    with pytest.raises(InputError, match="a tau² that maximizes a likelihood"):
        tau2_interval(fit, "PL")
    with pytest.raises(InputError, match="fit must be what pool"):
        tau2_interval(effects())


def test_record():
    """Lines for a terminal and a notebook, rows for a table."""
    found = tau2_interval(pool(effects()), "J")
    lines = str(found).splitlines()
    assert lines[0] == "Limits of tau², 95%, generalized Q, weights 1 / sqrt(v) (Jackson) [J]"
    assert [line.split()[0] for line in lines[1:]] == ["tau²", "tau", "I²", "H²"]
    assert "<b>Limits of tau²" in found._repr_html_()
    frame = found.to_frame()
    assert list(frame.columns) == ["quantity", "estimate", "low", "high"]
    assert close(frame["high"].to_numpy()[0], found.tau2.high, EXACT)
