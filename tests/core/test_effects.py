"""Effects: what comes in is checked at once, named fault by fault, and cannot be changed."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from scipy.stats import norm

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError, LeftOutWarning
from metaan.core.scale import LOG
from tests.tolerance import EXACT, close

Y, V = [0.1, 0.3, 0.55], [0.01, 0.04, 0.09]


def test_standard_errors_are_roots_of_variances():
    """Variances and standard errors are two doors to one room."""
    by_variance = Effects.from_arrays(Y, v=V)
    by_error = Effects.from_arrays(Y, se=[0.1, 0.2, 0.3])
    assert close(by_error.v, by_variance.v, EXACT)
    assert close(by_variance.se, [0.1, 0.2, 0.3], EXACT)
    assert by_variance.k == 3
    assert by_variance.study == ("Study 1", "Study 2", "Study 3")


def test_arrays_are_read_only_copies():
    """Neither the record nor the caller's array can change the numbers."""
    source = np.array(Y)
    effects = Effects.from_arrays(source, V, columns={"dose": [1, 2, 3]})
    source[0] = 99.0
    assert effects.y[0] == Y[0]
    for array in (effects.y, effects.v):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(TypeError):
        effects.columns["dose"] = (0, 0, 0)
    with pytest.raises(FrozenInstanceError):
        effects.label = "other"


def test_missing_studies_are_listed():
    """A missing effect or variance leaves the study out of every column, with a warning."""
    with pytest.warns(LeftOutWarning, match="2 of 4 studies left out.*: B, D"):
        effects = Effects.from_arrays(
            [0.1, np.nan, 0.3, 0.4],
            [0.1, 0.1, 0.2, np.nan],
            study=["A", "B", "C", "D"],
            columns={"dose": [1, 2, 3, 4]},
        )
    assert effects.study == ("A", "C")
    assert effects.columns["dose"] == (1, 3)
    assert [item.study for item in effects.left_out] == ["B", "D"]


def test_every_fault_is_named():
    """An infinite effect, a negative and a zero variance come in one message."""
    with pytest.raises(InputError) as raised:
        Effects.from_arrays([1.0, np.inf, 3.0], [0.1, -1.0, 0.0], study=["A", "B", "C"])
    text = str(raised.value)
    assert "B: y must be finite; got inf" in text
    assert "B: v must be finite and positive; got -1.0" in text
    assert "C: v must be finite and positive; got 0.0" in text
    assert "A:" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": Y}, "exactly one of v= .* and se="),
        ({"y": Y, "v": V, "se": V}, "exactly one of v= .* and se="),
        ({"y": Y, "v": [0.1]}, "y 3, v 1"),
        ({"y": Y, "v": V, "study": ["A"]}, "study 1"),
        ({"y": Y, "v": V, "columns": {"dose": [1]}}, "dose 1"),
        ({"y": [Y], "v": [V]}, r"one axis .*shape \(1, 3\)"),
        ({"y": ["a", "b"], "v": [1, 2]}, "y must be numbers"),
        ({"y": [1.0, 2.0], "se": [-0.1, 0.2]}, "se must be positive; negative for Study 1"),
        ({"y": [1.0, 2.0], "se": [0.0, 0.2]}, "Study 1: v must be finite and positive"),
    ],
)
def test_bad_input(arguments, message):
    """Each breach of the rules has its own words."""
    with pytest.raises(InputError, match=message):
        Effects.from_arrays(**arguments)


def test_unknown_scale():
    """A misspelled scale is answered with the rows and the nearest."""
    with pytest.raises(ChoiceError, match=r'identity, log, .*\. Did you mean "log"\?'):
        Effects.from_arrays(Y, V, scale="lgo")
    assert Effects.from_arrays(Y, V, scale=LOG.key).scale is LOG


def test_frame_and_html():
    """The table has one row per study, numbers first, then the further columns."""
    effects = Effects.from_arrays(Y, V, columns={"dose": [1, 2, 3]})
    frame = effects.to_frame()
    numbers = ["y", "v", "se", "estimate", "low", "high"]
    assert list(frame.columns) == ["study", *numbers, "rows", "dose"]
    assert close(frame["high"], np.array(Y) + norm.isf(0.025) * np.sqrt(V), EXACT)
    assert close(frame["y"], Y, EXACT)
    assert "<table" in effects._repr_html_()


def test_a_record_can_be_copied_and_pickled():
    """Workers of other processes get the same effects."""
    effects = Effects.from_arrays(Y, V, columns={"dose": [1, 2, 3]})
    for twin in (pickle.loads(pickle.dumps(effects)), copy.deepcopy(effects)):
        assert close(twin.y, effects.y, EXACT)
        assert twin.columns == effects.columns


def test_columns_cannot_be_changed():
    """A record is read, not written."""
    effects = Effects.from_arrays(Y, V, columns={"dose": [1, 2, 3]})
    with pytest.raises(TypeError, match="read-only"):
        effects.columns["dose"] = (4, 5, 6)
    with pytest.raises(TypeError, match="read-only"):
        effects.columns.update(dose=(4, 5, 6))


def test_masked_values_are_missing():
    """The mask of an array is honored."""
    with pytest.warns(LeftOutWarning, match="Study 2"):
        effects = Effects.from_arrays(np.ma.array(Y, mask=[0, 1, 0]), V)
    assert effects.study == ("Study 1", "Study 3")
