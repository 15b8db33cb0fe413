"""CONVENTIONS: every entry names a row that exists and a page; what is asked for wins."""

from __future__ import annotations

import pytest

from metaan.core.conventions import (
    CONVENTIONS,
    FROM_Q,
    FROM_TAU2,
    OWN_CONVENTIONS,
    POOLED,
    find_conventions,
)
from metaan.core.errors import ChoiceError
from metaan.measures.table import MEASURES
from metaan.tau2.interval import DEFAULT_INTERVAL, INTERVALS
from metaan.tau2.table import DEFAULT_TAU2, ESTIMATORS
from metaan.trials.effects import effect_sizes
from metaan.univariate.inference import HKSJ, INFERENCES
from metaan.univariate.prediction import DEFAULT_PREDICTION, PREDICTIONS

OWN = CONVENTIONS[OWN_CONVENTIONS]
OTHERS = [row for row in CONVENTIONS.values() if row is not OWN]
TABLES = {
    "tau2": ESTIMATORS,
    "inference": INFERENCES,
    "prediction": PREDICTIONS,
    "interval": INTERVALS,
    "i2": (FROM_TAU2, FROM_Q),
}
MEANS = {
    "study": ["A", "B"],
    "mean1": [5.0, 6.0],
    "sd1": [1.0, 2.0],
    "n1": [12, 30],
    "mean2": [4.0, 5.5],
    "sd2": [1.5, 1.0],
    "n2": [11, 28],
}


@pytest.mark.parametrize("row", CONVENTIONS.values(), ids=CONVENTIONS)
def test_every_value_is_a_row(row):
    """A renamed or removed row of another table is found here."""
    assert set(TABLES) == set(POOLED)
    for name, table in TABLES.items():
        assert row.value(name) is None or row.value(name) in table
    for measure, options in row.measures.items():
        for option in options:
            choices = MEASURES[measure].options[option]
            value = row.options(measure)[option]
            assert value in choices if choices else isinstance(value, bool | float)


@pytest.mark.parametrize("row", OTHERS, ids=[row.key for row in OTHERS])
def test_every_entry_has_an_address(row):
    """What no page says is not there."""
    assert row.pages
    assert all(page.startswith("http") for page in row.pages)


def test_our_own_row_is_what_we_do():
    """The defaults of pool and of the measures are those of the row."""
    assert [OWN.value(name) for name in POOLED] == [
        DEFAULT_TAU2,
        HKSJ,
        DEFAULT_PREDICTION,
        DEFAULT_INTERVAL,
        FROM_TAU2,
    ]
    for measure in OWN.measures:
        row = MEASURES[measure]
        assert OWN.options(measure) == {name: row.default(name) for name in row.options}


def test_an_unknown_program_is_named():
    """The message lists the programs and the nearest."""
    with pytest.raises(ChoiceError, match=r'conventions=\'metaphor\'.*Did you mean "metafor"'):
        find_conventions("metaphor")


def test_options_that_are_given_win():
    """The program decides only about what is left open, and the remark says just that."""
    mixed = effect_sizes(MEANS, "SMD", conventions="RevMan5", correction="exact")
    by_hand = effect_sizes(
        MEANS,
        "SMD",
        correction="exact",
        variance=CONVENTIONS["RevMan5"].options("SMD")["variance"],
    )
    assert mixed.y.tolist() == by_hand.y.tolist()
    assert mixed.v.tolist() == by_hand.v.tolist()
    assert mixed.remarks == ("conventions of RevMan 5 for SMD: variance REVMAN",)


def test_what_no_page_says_is_said():
    """Our default stays, by name; a measure without options needs no word."""
    effects = effect_sizes(MEANS, "SMD", conventions="Stata")
    plain = effect_sizes(MEANS, "SMD")
    assert effects.v.tolist() == plain.v.tolist()
    (remark,) = effects.remarks
    assert remark == (
        "what Stata's meta does about correction and variance of SMD stands on no page that was "
        "consulted; metaan's own stays: correction exact, variance LS"
    )
    generic = {"study": ["A"], "y": [0.1], "se": [0.2]}
    assert effect_sizes(generic, "GEN", conventions="Stata").remarks == ()


def test_our_own_conventions_can_be_asked_for():
    """They change nothing and are named."""
    named = effect_sizes(MEANS, "MD", conventions=OWN_CONVENTIONS)
    assert named.v.tolist() == effect_sizes(MEANS, "MD").v.tolist()
    assert named.remarks == ("conventions of metaan for MD: variance LS",)
