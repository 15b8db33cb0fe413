"""Faults: kept in the order they come, told together."""

from __future__ import annotations

import pytest

from metaan.core.errors import ChoiceError, InputError
from metaan.core.faults import Faults


def gathered(*errors):
    """Return the faults of some blocks."""
    faults = Faults()
    for error in errors:
        with faults:
            raise error
    return faults


def test_one_fault_is_raised_as_it_was():
    """The very error; nothing where there is none."""
    Faults().refuse()
    error = ChoiceError("side='up' is no side")
    with pytest.raises(ChoiceError) as caught:
        gathered(error).refuse()
    assert caught.value is error


def test_several_are_told_in_their_order():
    """As sentences, each once; unknown names alone stay a ChoiceError."""
    first, second = ChoiceError('a="x". Did you mean "y"?'), ChoiceError("b=2 is none")
    with pytest.raises(ChoiceError) as caught:
        gathered(first, second, ChoiceError("b=2 is none")).refuse()
    assert str(caught.value) == 'a="x". Did you mean "y"? b=2 is none.'
    with pytest.raises(InputError) as caught:
        gathered(first, InputError("c must be 1")).refuse()
    assert type(caught.value) is InputError


def test_other_errors_go_their_way():
    """A mistake of ours is none of the caller's."""
    with pytest.raises(KeyError):
        gathered(KeyError("x"))
