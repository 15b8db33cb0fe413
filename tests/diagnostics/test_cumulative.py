"""cumulative: every row is the pool of the first studies; orders, ties and their faults."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.refits import CUMULATIVE
from metaan.diagnostics import refitting
from metaan.diagnostics.cumulative import cumulative
from metaan.tau2.table import ESTIMATORS
from metaan.trials.effects import effect_sizes
from metaan.univariate.inference import INFERENCES
from metaan.univariate.pooling import pool
from metaan.univariate.subgrouping import subgroups
from tests.diagnostics.comparing import drawn, quiet, same_row
from tests.reference.pinned import columns
from tests.tolerance import EXACT, SOLVED, Tolerance, close

ROUNDING = Tolerance(
    relative=1e-12, absolute=1e-13, reason="the same sums in another order, with zeros between"
)
SEARCHED = Tolerance(
    relative=1e-9, absolute=1e-12, reason="two searches for tau² that start from rounded sums"
)
QUICK = [key for key in ESTIMATORS if key != "GENQM"]
YEARS = [2009, 2001, 2005, 1999, 2001]


def five(**columns):
    """Return five studies with columns."""
    return drawn(5, columns={"year": YEARS, **columns})


def all_rows(effects, order=None, tolerance=ROUNDING, **options):
    """Assert that every row is the pool of the first studies."""
    found = cumulative(quiet(effects, **options), order)
    weights = options.pop("weights", None)
    for i in range(effects.k):
        chosen = found.position[: i + 1]
        own = {} if weights is None else {"weights": np.asarray(weights)[chosen]}
        same_row(found, i, quiet(effects.take(chosen), **options, **own), tolerance, typical=0.1)
    return found


@pytest.mark.parametrize("tau2", QUICK)
def test_every_estimator(tau2):
    """Each row is what pool gives of the studies so far."""
    effects = drawn(9)
    row = ESTIMATORS[tau2]
    more = {"weights": 1 / effects.se} if row.weighted else {}
    tolerance = ROUNDING if row.closed_form else SEARCHED
    found = all_rows(effects, "precision", tolerance, tau2=tau2, **more)
    assert found.kind == CUMULATIVE
    assert found.k.tolist() == list(range(1, 10))


@pytest.mark.parametrize("inference", INFERENCES)
def test_every_inference(inference):
    """The first study has its own interval, whatever the inference."""
    tau2 = "DL" if INFERENCES[inference].needs_moment else "REML"
    all_rows(drawn(8), None, SEARCHED, inference=inference, tau2=tau2)


def test_blocks_change_nothing(monkeypatch):
    """Large problems go in blocks, each as wide as its last row."""
    fit = pool(drawn(23), tau2="DL")
    whole = cumulative(fit, "effect")
    monkeypatch.setattr(refitting, "CELLS", 60)
    blocked = cumulative(fit, "effect")
    for name in ("value", "high", "tau2", "i2", "prediction_low", "log_p_value"):
        assert close(getattr(blocked, name), getattr(whole, name), ROUNDING)


def test_one_study():
    """One study is one row, and the fit."""
    found = all_rows(drawn(1))
    assert (len(found), found.label) == (1, ("Study 1",))


def test_double_arcsines_are_read_at_the_sizes_so_far():
    """The harmonic mean of the sizes changes with every study."""
    c = columns("dat.pritz1997")
    effects = effect_sizes({"events": c["xi"], "n": c["ni"]}, "PFT")
    found = all_rows(effects, "n", tau2="DL")
    sizes = np.sort(c["ni"])
    expected = [len(sizes[:i]) / np.sum(1 / sizes[:i]) for i in range(1, 15)]
    assert close(found.sizes, expected, EXACT)


def test_orders():
    """By a column, by the numbers of the studies, as they stand and as told."""
    fit = pool(five())
    by_year = cumulative(fit, "year")
    assert by_year.position.tolist() == [3, 1, 4, 2, 0]
    assert by_year.order == "in the order of year"
    assert by_year.remarks == (
        "same year, added in the order in which they stand: Study 2 and Study 5",
    )
    effects = fit.effects
    assert cumulative(fit, "precision").position.tolist() == np.argsort(effects.v).tolist()
    assert cumulative(fit, "effect").position.tolist() == np.argsort(effects.y).tolist()
    assert cumulative(fit).position.tolist() == [0, 1, 2, 3, 4]
    told = cumulative(fit, ["Study 3", 0, np.int64(4), "Study 2", 3])
    assert told.position.tolist() == [2, 0, 4, 1, 3]
    assert (told.order, told.remarks) == ("in the order given", ())
    assert cumulative(fit, np.array([4, 3, 2, 1, 0])).label[0] == "Study 5"


def test_values_of_columns():
    """Numbers as text are numbers, words follow the alphabet, dates the calendar."""
    day = datetime.date
    effects = five(
        text=["9", "10", "100", "8.5", "11"],
        word=["b", "C", "a", "nan", "D"],
        day=[day(2001, 5, 1), day(2000, 1, 1), day(2001, 4, 30), day(1999, 1, 1), day(2002, 1, 1)],
    )
    fit = pool(effects)
    text = cumulative(fit, "text")
    assert text.position.tolist() == [3, 0, 1, 4, 2]
    assert text.remarks == ()
    assert cumulative(fit, "word").position.tolist() == [2, 0, 1, 4, 3]
    assert cumulative(fit, "day").position.tolist() == [3, 1, 2, 0, 4]


def test_a_column_comes_before_a_row_of_the_table():
    """A column of the user's own called effect is what is meant."""
    fit = pool(five(effect=[5, 4, 3, 2, 1]))
    assert cumulative(fit, "effect").position.tolist() == [4, 3, 2, 1, 0]


def test_subgroups_are_added_to_all():
    """Of subgroups, the studies are added to the pool of all."""
    effects = five(dose=[*"aabba"])
    assert len(cumulative(subgroups(effects, "dose"), "year")) == 5


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("gap", r"order='gap' is missing for Study 2, Study 4; fill it in"),
        ("mixed", r"order='mixed' holds values that cannot be compared \(int, str\)"),
        (
            "yaer",
            r"order='yaer' is neither a column .*year.* nor one of precision, effect.*\"year\"",
        ),
        (7, r"order=7 must be a column, one of precision, effect, or all studies"),
        ([0, 1, 2, 3], "Study 5 is not in it"),
        (
            [0, 0, 9, True, "Ann", 2.0],
            r"9 is no study; True is no study; 'Ann' is no study; 2.0 is",
        ),
        (["Study 1", 0, 1, 2, 3], "Study 1 comes twice; Study 5 is not in it"),
    ],
)
def test_faults_of_an_order_are_named(order, message):
    """Every fault of a column or a sequence, with its studies."""
    effects = five(gap=[1, None, 2, float("nan"), 3], mixed=[1, "x", 2, 3, 4])
    with pytest.raises(InputError, match=message):
        cumulative(pool(effects), order)


def test_labels_that_stand_twice():
    """Two studies of one label can be told by position only."""
    effects = Effects.from_arrays([0.1, 0.2, 0.3], [0.1, 0.1, 0.2], study=["A", "A", "B"])
    with pytest.raises(InputError, match="A is the label of 2 studies; give positions"):
        cumulative(pool(effects), ["A", "A", "B"])
    assert cumulative(pool(effects), [2, 1, 0]).label == ("B", "A", "A")


def test_an_unknown_order_is_a_choice():
    """As for any other name."""
    with pytest.raises(ChoiceError, match="precision"):
        cumulative(pool(five()), "precsion")


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 200)), min_size=1, max_size=8),
    st.sampled_from(["REML", "DL", "PM"]),
    st.randoms(use_true_random=False),
)
def test_the_last_row_is_the_fit(studies, tau2, random):
    """Whatever the order, all studies together are the fit."""
    y, v = (np.array(each) / 10 for each in zip(*studies, strict=True))
    fit = quiet(Effects.from_arrays(y, v), tau2=tau2)
    order = random.sample(range(len(y)), len(y))
    found = cumulative(fit, order)
    assert close(found.value[-1], fit.estimate.value, SOLVED, typical=np.sqrt(v.max()))
    assert close(found.high[-1], fit.estimate.high, SOLVED, typical=np.sqrt(v.max()))
    assert close(found.tau2[-1], fit.tau2, SOLVED, typical=v.max())
    assert found.label[-1] == fit.effects.study[order[-1]]
