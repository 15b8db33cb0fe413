"""A row of MEASURES can be copied, sent to another process and never changed."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields

import numpy as np
import pytest

from metaan.core.scale import IDENTITY
from metaan.measures.row import GIVEN, Measure, Swap, at
from metaan.measures.table import FAMILIES, MEASURES

CHANGES = {
    "sets a key": lambda mapping: mapping.__setitem__("new", ()),
    "deletes a key": lambda mapping: mapping.__delitem__(next(iter(mapping), "none")),
    "updates": lambda mapping: mapping.update(new=()),
    "empties": lambda mapping: mapping.clear(),
}


def same(one, other):
    """Return True if two rows have the same fields; a null of NaN is like itself."""
    plain = [each.name for each in fields(one) if each.name != "scale"]
    nulls = np.array([one.scale.null, other.scale.null])
    return (
        all(getattr(one, name) == getattr(other, name) for name in plain)
        and one.scale.key == other.scale.key
        and np.array_equal(nulls[:1], nulls[1:], equal_nan=True)
    )


@pytest.mark.parametrize("key", MEASURES)
def test_a_row_can_be_copied_and_sent(key):
    """A deep copy and a pickled row say what the row says, and compute the same."""
    row = MEASURES[key]
    inputs = [np.array([row.design_point[name]]) for name in row.inputs]
    for again in (copy.deepcopy(row), pickle.loads(pickle.dumps(row))):
        assert same(again, row)
        assert np.array_equal(again.function(*inputs), row.function(*inputs), equal_nan=True)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("key", MEASURES)
def test_a_row_cannot_be_changed(key, change):
    """Options and design point refuse what would change them."""
    for mapping in (MEASURES[key].options, MEASURES[key].design_point):
        before = dict(mapping)
        with pytest.raises(TypeError, match="read-only"):
            CHANGES[change](mapping)
        assert mapping == before


def test_a_row_keeps_what_it_was_made_of():
    """The dictionaries that a row was made of may change later; the row does not."""
    options, point = {"correct": ()}, dict(at(GIVEN, 0.1, 0.2))
    row = Measure(
        key="X",
        name="Made for this test",
        inputs=GIVEN,
        function=lambda y, v: (y, v),
        options=options,
        scale=IDENTITY,
        swap=Swap.NONE,
        design_point=point,
        doi="",
    )
    options["add"], point["y"] = (), 3.0
    assert row.options == {"correct": ()}
    assert row.design_point == {"y": 0.1, "v": 0.2}


def test_every_row_stands_in_one_family():
    """No key is written twice: the table would silently keep the last."""
    keys = [row.key for family in FAMILIES for row in family.ROWS]
    assert sorted(keys) == sorted(MEASURES)
