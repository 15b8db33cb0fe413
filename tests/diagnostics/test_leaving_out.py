"""leave_one_out: every row is the pool of the other studies, whatever the plan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaan.core.conventions import CONVENTIONS
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.refits import LEAVE_ONE_OUT
from metaan.diagnostics import refitting
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.measures.table import MEASURES
from metaan.tau2.table import ESTIMATORS
from metaan.trials.effects import effect_sizes
from metaan.univariate.inference import INFERENCES
from metaan.univariate.pooling import pool
from metaan.univariate.prediction import PREDICTIONS
from metaan.univariate.regression import regress
from metaan.univariate.subgrouping import subgroups
from tests.diagnostics.comparing import drawn, quiet, same_row
from tests.reference.pinned import columns
from tests.tolerance import SOLVED, Tolerance, close

SAME = Tolerance(relative=1e-13, absolute=1e-14, reason="the same operations in another batch")
# GENQM looks for a median of an exact distribution each time; its rows are those of GENQ's plan.
QUICK = [key for key in ESTIMATORS if key != "GENQM"]


def without(effects, i):
    """Return all studies but one."""
    return effects.take([j for j in range(effects.k) if j != i])


def all_rows(effects, tolerance=SAME, **options):
    """Assert that every row is the pool of the other studies."""
    found = leave_one_out(quiet(effects, **options))
    weights = options.pop("weights", None)
    for i in range(effects.k):
        own = {} if weights is None else {"weights": np.delete(weights, i)}
        same_row(found, i, quiet(without(effects, i), **options, **own), tolerance, typical=0.1)
    return found


@pytest.mark.parametrize("tau2", QUICK)
def test_every_estimator(tau2):
    """Each row is what pool gives without the study."""
    effects = drawn(9)
    more = {"weights": 1 / effects.se} if ESTIMATORS[tau2].weighted else {}
    found = all_rows(effects, tau2=tau2, **more)
    assert (found.kind, found.label) == (LEAVE_ONE_OUT, tuple(effects.study))
    assert found.position.tolist() == list(range(9))


@pytest.mark.parametrize("inference", INFERENCES)
def test_every_inference(inference):
    """Intervals with distributions of their own too."""
    tau2 = "DL" if INFERENCES[inference].needs_moment else "REML"
    all_rows(drawn(8), inference=inference, tau2=tau2)


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_every_prediction(prediction):
    """The prediction interval is that of the fit, where there are three studies."""
    found = all_rows(drawn(5), prediction=prediction)
    assert np.isfinite(found.prediction_low).all()
    assert np.isnan(all_rows(drawn(3), prediction=prediction).prediction_low).all()


@pytest.mark.parametrize("conventions", CONVENTIONS)
def test_every_convention(conventions):
    """A program's conventions go along, its interval of tau² apart, which no row has."""
    all_rows(drawn(7), conventions=conventions)


@pytest.mark.parametrize(
    "options",
    [
        {"model": "common"},
        {"tau2": 0.2},
        {"tau2": 0.0},
        {"level": 0.8},
        {"weights": [1, 2, 3, 4, 0]},
    ],
)
def test_every_option(options):
    """The common effect, a tau² that was given, a level, weights of one's own."""
    found = all_rows(drawn(5), **options)
    assert found.level == options.get("level", 0.95)


def test_blocks_change_nothing(monkeypatch):
    """Large problems go in blocks of a few rows."""
    fit = pool(drawn(23))
    whole = leave_one_out(fit)
    monkeypatch.setattr(refitting, "CELLS", 60)
    blocked = leave_one_out(fit)
    for name in ("value", "high", "tau2", "i2", "prediction_low", "log_p_value"):
        assert close(getattr(blocked, name), getattr(whole, name), SAME)


def test_two_studies_and_equal_effects():
    """Of two studies the other one is left with its own interval; equal effects do not vary."""
    found = all_rows(drawn(2))
    assert found.k.tolist() == [1, 1]
    assert np.isnan(found.i2).all()
    equal = all_rows(Effects.from_arrays([0.3] * 4, [0.1, 0.2, 0.3, 0.4]))
    assert equal.tau2.tolist() == [0] * 4
    assert close(equal.value, 0.3, SAME)


@pytest.mark.parametrize("measure", ["PFT", "PLO", "PR"])
def test_levels(measure):
    """A proportion has no test; a double arcsine is read at the sizes of the studies it is of."""
    assert measure in MEASURES
    c = columns("dat.pritz1997")
    effects = effect_sizes({"events": c["xi"], "n": c["ni"]}, measure)
    found = all_rows(effects)
    assert np.isnan(found.p_value).all()
    read = [pool(without(effects, i)).estimate.read() for i in range(effects.k)]
    frame = found.to_frame()
    assert close(frame["estimate"], [each.value for each in read], SAME)
    assert close(frame["high"], [each.high for each in read], SAME)


def test_other_nulls():
    """The test is against the scale's own null value."""
    scale = drawn(3).scale.with_null(0.5)
    drawn_five = drawn(5)
    effects = Effects(y=drawn_five.y, v=drawn_five.v, study=drawn_five.study, scale=scale)
    found = all_rows(effects)
    assert close(found.statistic, (found.value - 0.5) / found.se, SAME)


def test_weights_of_zero_leave_a_row_undefined():
    """Without the only study that has a weight there is no estimate; the other rows stand."""
    found = leave_one_out(quiet(drawn(3), weights=[0, 5, 0]))
    assert np.isnan(found.value).tolist() == [False, True, False]
    assert np.isnan(found.prediction_high[1])
    assert found.remarks == ("no estimate without Study 2: the others leave the effect undefined",)


def test_subgroups_are_left_out_of_all():
    """Of subgroups, the studies are left out of the pool of all."""
    effects = drawn(6, columns={"dose": [*"aabbab"]})
    found = leave_one_out(subgroups(effects, "dose"))
    assert close(found.value, leave_one_out(pool(effects)).value, SAME)
    assert found.k.tolist() == [5] * 6


def test_faults_are_named():
    """One study, no pool, and a subgroup whose tau² is not its own."""
    with pytest.raises(InputError, match="two studies or more"):
        leave_one_out(pool(drawn(1)))
    with pytest.raises(InputError, match=r"needs a pool.*got RegressionFit"):
        leave_one_out(regress(drawn(5, columns={"x": [1, 2, 3, 4, 6]}), "~ x"))
    with pytest.raises(InputError, match="got str"):
        leave_one_out("fit")
    effects = drawn(8, columns={"dose": [*"aabbabab"]})
    with pytest.raises(InputError, match="not the pool of its own studies alone"):
        leave_one_out(subgroups(effects, "dose", shared_tau2=True)["a"])


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 200)), min_size=2, max_size=6),
    st.sampled_from(["REML", "DL", "PM"]),
)
def test_of_a_study_that_stands_twice_either_may_go(studies, tau2):
    """Of data that are there twice, both copies of a study give one row."""
    y, v = (np.array(each) / 10 for each in zip(*studies, strict=True))
    fit = quiet(Effects.from_arrays([*y, *y], [*v, *v]), tau2=tau2)
    found, k = leave_one_out(fit), len(y)
    for name in ("value", "low", "tau2", "q"):
        first, second = np.split(getattr(found, name), [k])
        assert close(first, second, SOLVED, typical=v.max())
