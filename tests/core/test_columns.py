"""Column and Numbered: read-only, one value per study, plain values outside."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from metaan.core.arrays import Column, Numbered


@pytest.mark.parametrize(
    "values", [(1, 2, 3), (1.5, 2.0, 3.25), ("a", None, "c"), (1, "b", 2.5), ((), ("x",), ("y",))]
)
def test_a_column_gives_back_what_it_was_given(values):
    """Plain values and their types, by position, slice, iteration and comparison."""
    column = Column(values)
    assert column == values
    assert values == column
    assert column == list(values)
    assert tuple(column) == values
    assert [type(x) for x in column] == [type(x) for x in values]
    assert column[-1] == values[-1]
    assert type(column[0]) is type(values[0])
    assert column[1:] == values[1:]
    assert len(column) == 3
    assert column != values[:2]
    assert hash(column) == hash(values)
    assert repr(column) == repr(values)


def test_a_column_keeps_its_own_numbers():
    """Neither writing through it nor into the caller's array changes it."""
    array = np.arange(4.0)
    column = Column(array)
    inside = np.asarray(column)
    assert np.shares_memory(inside, np.asarray(column))
    with pytest.raises(ValueError, match="read-only"):
        inside[0] = 9.0
    array[0] = 1.0
    assert column[0] == 0.0
    assert np.array(column, dtype=object).dtype == object


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
@pytest.mark.parametrize("column", [Column((1, "b")), Column(np.arange(3)), Numbered.first(4)])
def test_copies(copied, column):
    """Copied and pickled columns are equal to the first."""
    assert copied(column) == column
    assert type(copied(column)) is type(column)


def test_positions_and_masks():
    """A part of a column, in the order asked for."""
    column = Column(("a", "b", "c"))
    assert column.take(np.array([2, 0])) == ("c", "a")
    assert column.take(np.array([True, False, True])) == ("a", "c")


def test_numbered_labels():
    """They keep their numbers when some are taken."""
    labels = Numbered.first(5).take(np.array([4, 1]))
    assert labels == ("Study 5", "Study 2")
    assert labels[0] == "Study 5"
    assert labels[:1] == ("Study 5",)
    assert list(np.asarray(labels)) == ["Study 5", "Study 2"]
    assert "Study 2" in labels
