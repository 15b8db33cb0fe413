"""The record of recovered numbers: a mapping that a frame takes, with what was done."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from metaan.core.errors import ChoiceError, InputError
from metaan.recovery.faults import faults, refuse
from metaan.recovery.recovered import Assumption, Part, Recovered


@pytest.fixture
def record():
    """Return a record of two studies."""
    return Recovered(
        columns={"mean": [9.1, np.nan], "n": 40},
        method="mean <from> somewhere",
        source="Somebody (2020). doi:10.1/x",
        assumptions=(Assumption(name="correlation", value=0.5),),
        flagged=(Part(text="no median", rows=(1,)),),
    )


def test_a_frame_takes_it(record):
    """``assign(**record)`` and ``to_frame`` hold the columns; one number counts for all rows."""
    frame = pd.DataFrame({"study": ["A", "B"]}).assign(**record)
    assert list(frame.columns) == ["study", "mean", "n"]
    assert frame["n"].tolist() == [40.0, 40.0]
    pd.testing.assert_frame_equal(record.to_frame(), frame[["mean", "n"]])


def test_it_is_a_mapping(record):
    """Names, length, membership, get; an unknown name says what there is."""
    assert list(record) == ["mean", "n"]
    assert len(record) == 2
    assert "sd" not in record
    assert record.get("sd") is None
    assert [v.shape for v in record.values()] == [(2,), (2,)]
    with pytest.raises(ChoiceError, match=r"choose one of mean, n\. Did you mean"):
        record["means"]


def test_it_cannot_be_changed(record):
    """Neither the arrays nor the columns; a changed copy is made by replace."""
    with pytest.raises(ValueError, match="read-only"):
        record["mean"][0] = 1.0
    with pytest.raises(TypeError, match="read-only"):
        record.columns["mean"] = 1.0
    assert replace(record, flagged=()).remarks == record.remarks[:2]


def test_it_owns_its_numbers():
    """The caller's array may change afterwards."""
    mine = np.array([1.0, 2.0])
    record = Recovered(columns={"sd": mine}, method="", source="")
    mine[0] = 9.0
    assert record["sd"].tolist() == [1.0, 2.0]


def test_it_says_what_was_done(record):
    """Remarks are method, assumptions, flags; the line counts flags; HTML escapes."""
    assert record.remarks == (
        "mean <from> somewhere", "correlation 0.5 (assumed)", "row 2: no median",
    )  # fmt: skip
    assert repr(record) == str(record)
    assert str(record) == (
        "Recovered mean, n of 2 studies: mean <from> somewhere; correlation 0.5 (assumed); 1 flag"
    )
    page = record._repr_html_()
    assert "<li>mean &lt;from&gt; somewhere</li>" in page
    assert "doi:10.1/x" in page


def test_copies_and_pickles(record):
    """A copy has the same numbers; records are equal to themselves alone."""
    for twin in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert str(twin) == str(record)
        np.testing.assert_array_equal(twin["mean"], record["mean"])
        assert twin != record
    assert record == record
    assert len({record, record}) == 1


def test_every_fault_is_named():
    """One error with the place, the numbers and the remedy of each; no fault, no error."""
    bad = faults(
        np.array([[True, False], [False, True]]), {"a": [1.0, -2.5], "b": np.nan},
        rule="a is bad", remedy="mend it",
    )  # fmt: skip
    assert bad == [
        "row (1, 1): a is bad; got a 1, b –; mend it",
        "row (2, 2): a is bad; got a −2.5, b –; mend it",
    ]
    with pytest.raises(InputError, match=r"mend it\. n is bad; got n 1; count\.$"):
        refuse(bad, faults(np.array(True), {"n": 1}, rule="n is bad", remedy="count"))
    refuse([], [])
