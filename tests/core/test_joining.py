"""join_effects: studies of several tables as one."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import metaan as ma
from tests.tolerance import EXACT, close

ARMS = {"study": ["Ann", "Bo"], "mean1": [4.0, 5.0], "sd1": [2.0, 1.5], "n1": [20, 30],
        "mean2": [5.0, 5.5], "sd2": [2.0, 1.5], "n2": [20, 31], "place": ["e", "w"]}  # fmt: skip
PRINTED = {"study": ["Cy"], "y": [-0.7], "se": [0.4], "dose": [3]}


def test_all_of_both():
    """Effects in order, columns of either, the measure of the computed side, what was left out."""
    arms = ma.effect_sizes(ARMS, "MD", treatment="Drug", control="Sham", n1=25)
    with pytest.warns(ma.LeftOutWarning):
        printed = ma.effect_sizes(PRINTED | {"study": ["Cy", "Di"], "y": [-0.7, None],
                                             "se": [0.4, 0.1], "dose": [3, 4]}, "GEN")  # fmt: skip
    both = ma.join_effects(arms, printed)
    assert both.study == ("Ann", "Bo", "Cy")
    assert close(both.y, [*arms.y, -0.7], EXACT)
    assert close(both.v, [*arms.v, 0.16], EXACT)
    assert (both.measure, both.treatment, both.control) == ("MD", "Drug", "Sham")
    assert both.columns["place"] == ("e", "w", None)
    assert both.columns["dose"][2] == 3
    assert both.remarks == ("n1 = 25 for every study, as given: Ann, Bo",)
    assert [item.study for item in both.left_out] == ["Di"]
    assert ma.pool(both).k == 3


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ([], "takes Effects, .* got nothing"),
        ([ma.effect_sizes(PRINTED, "GEN", scale="log")], "different scales .*: identity, log"),
        ([ma.effect_sizes(ARMS | {"study": ["X", "Y"]}, "SMD")], "different measures .*: MD, SMD"),
        ([ma.effect_sizes(PRINTED | {"study": ["Bo"]}, "GEN")], "Bo: the study stands in two"),
    ],
)
def test_what_cannot_be_joined(others, message):
    """One scale, one measure, each study once."""
    first = [ma.effect_sizes(ARMS, "MD")] if others else []
    with pytest.raises(ma.InputError, match=message):
        ma.join_effects(*first, *others)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_copies_are_frozen_too(copied, measure):
    """A copied or pickled record holds the same and cannot be written into."""
    effects = ma.effect_sizes(ARMS, measure)
    other = copied(effects)
    assert close(other.y, effects.y, EXACT)
    assert other.columns == effects.columns
    with pytest.raises(ValueError, match="read-only"):
        other.y[0] = 9.0


def test_a_pool_of_double_arcsines_by_part_is_read_at_its_own_size():
    """What is taken has the harmonic mean of its own studies."""
    effects = ma.effect_sizes({"events": [3.0, 9.0, 30.0], "n": [10.0, 40.0, 900.0]}, "PFT")
    part = effects.take(np.array([0, 1]))
    assert close(part.scale.inverse(part.y[0]), effects.scale.at(16.0).inverse(part.y[0]), EXACT)
    assert effects.remarks == (
        "each pool is read at the harmonic mean of its studies' n (of all: 23.79)",
    )


def test_remarks_keep_their_studies():
    """Labels that occur in a remark by chance do not stand for its studies."""
    one = ma.effect_sizes({"study": ["1", "2"], "y": [0.1, 0.2]}, "GEN", se=0.1)
    two = ma.effect_sizes({"study": ["3"], "y": [0.1]}, "GEN", se=0.2)
    assert ma.join_effects(one, two).remarks == (
        "se = 0.1 for every study, as given: 1, 2",
        "se = 0.2 for every study, as given: 3",
    )
    with pytest.raises(ma.InputError, match="got list"):
        ma.join_effects([one, two])


def test_what_the_other_side_supplies_is_not_left_out():
    """A study without an SD in one table and with its effect in the other is in."""
    with pytest.warns(ma.LeftOutWarning):
        arms = ma.effect_sizes(ARMS | {"sd1": [2.0, None]}, "MD")
    both = ma.join_effects(arms, ma.effect_sizes({"study": ["Bo"], "y": [-2.0]}, "GEN", se=0.5))
    assert both.study == ("Ann", "Bo")
    assert both.left_out == ()
