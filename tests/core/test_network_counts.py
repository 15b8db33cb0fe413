"""Counts of a network: what enters, what is refused, and what comes out again."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.network_counts import NetworkCounts


def made(**changes: object) -> NetworkCounts:
    """Return three studies in two parts, given out of order."""
    given: dict[str, object] = {
        "events": [3, 0, 1, 5, 5, 0, 0],
        "people": [30, 20, 31, 5, 5, 9, 9],
        "study": ("Ann", "Di", "Ann", "Bo", "Bo", "Di", "Ann"),
        "treatment": ("sham", "b", "true", "sham", "true", "a", "usual"),
    }
    return NetworkCounts(**{**given, **changes})  # type: ignore[arg-type]


def test_layout_is_by_study_and_alphabet() -> None:
    """Arms stand by study in the order of its first arm, then alphabetically."""
    counts = made()
    assert counts.studies == ("Ann", "Di", "Bo")
    assert counts.treatments == ("a", "b", "sham", "true", "usual")
    assert counts.arms.tolist() == [3, 2, 2]
    named = [counts.treatments[i] for i in counts.layout.arm_treatment.tolist()]
    assert named == ["sham", "true", "usual", "a", "b", "sham", "true"]
    assert [counts.treatment[i] for i in counts.order.tolist()] == named
    assert counts.events[counts.order].tolist() == [3, 1, 0, 0, 0, 5, 5]
    assert counts.layout.start.tolist() == [0, 3, 5, 7]
    assert counts.k == 3


def test_studies_that_say_nothing() -> None:
    """No events, or nothing else, in all arms of a study."""
    counts = made()
    assert counts.no_events.tolist() == [False, True, False]
    assert counts.all_events.tolist() == [False, False, True]


def test_every_fault_at_once() -> None:
    """One error names all of them, with study, treatment and numbers."""
    with pytest.raises(InputError) as error:
        NetworkCounts.from_arrays(
            [-1, 12, 3, np.nan, 2, 1, 1],
            [10, 10, 0, 10, 9, 9, 9],
            study=["Ann", "Ann", "Bo", "Bo", "Cy", "Di", "Di"],
            treatment=["a", "b", "a", "b", "a", "b", "b"],
        )
    text = str(error.value)
    for told in (
        "Ann, a: events must be finite and at least 0; got -1 of 10",
        "Ann, b: events must not exceed people; got 12 of 10",
        "Bo, a: people must be finite and greater than 0; got 3 of 0",
        "Bo, b: events must be finite and at least 0; got nan of 10",
        "Cy: one arm (a) compares nothing",
        "Di: 'b' stands more than once; add up",
    ):
        assert told in text


def test_lengths() -> None:
    """Every column has one value per arm."""
    with pytest.raises(InputError, match=r"one value per arm, 7 .* events \(2,\), dose \(1,\)"):
        made(events=[1, 2], columns={"dose": [1]})


def test_fractions_are_welcome() -> None:
    """Cluster-randomized trials are divided by their design effect."""
    counts = made(events=[2.4, 0, 1, 5, 5, 0, 0])
    assert counts.events[0] == 2.4


def test_look_alikes_are_remarked_once() -> None:
    """Names that differ by case or blanks alone are suspected."""
    counts = made(treatment=("sham", "b", "true", "sham", "true", "a", "Sham "))
    assert len(counts.remarks) == 1
    assert "'Sham ', 'sham' are taken as 2 treatments" in counts.remarks[0]
    assert counts.take(["Ann"]).remarks == counts.remarks


def test_take() -> None:
    """Studies are chosen in the order of the record; an unknown one is named."""
    counts = made(columns={"dose": range(7)}, rows=tuple((f"r{i}",) for i in range(7)))
    taken = counts.take(["Bo", "Ann"])
    assert taken.studies == ("Ann", "Bo")
    assert taken.columns["dose"] == (0, 2, 3, 4, 6)
    assert taken.rows[-1] == ("r6",)
    assert counts.take("Bo").k == 1
    assert made(study=[1, 1, 1, 2, 2, 3, 3]).take([2]).studies == ("2",)
    with pytest.raises(InputError, match='Did you mean "Ann"'):
        counts.take(["Anne"])


def test_parts() -> None:
    """The part with most studies comes first, and the largest lists the others."""
    before = LeftOut(study="Ed", rows=(), reason="no numbers")
    counts = made(left_out=(before,), remarks=("seen",))
    one, other = counts.parts()
    assert one.treatments == ("sham", "true", "usual")
    assert other.studies == ("Di",)
    main = counts.largest_part()
    assert main.studies == ("Ann", "Bo")
    assert [item.study for item in main.left_out] == ["Ed", "Di"]
    assert "a part of its own: a, b" in main.left_out[1].reason
    assert main.remarks == ("seen",)
    assert main.k_left_out == 2


def test_as_a_table() -> None:
    """Rows are arms as given; a taken name is marked."""
    counts = made(columns={"events": list("abcdefg"), "dose": range(7)})
    frame = counts.to_frame()
    assert list(frame) == [
        "study", "treatment", "events", "n", "rows", "events (given)", "dose",
    ]  # fmt: skip
    assert frame.iloc[2].tolist() == ["Ann", "true", 1, 31, "", "c", 2]
    assert str(counts) == "Events of 7 arms: 5 treatments in 3 studies"
    left = LeftOut(study="<Ed>", rows=(), reason="no numbers")
    assert str(made(left_out=(left,))).endswith("3 studies, 1 more left out")
    assert "<td>usual</td>" in counts._repr_html_()


def test_frozen_and_copied() -> None:
    """Arrays cannot be written, also in copies."""
    for counts in (made(), copy.deepcopy(made()), pickle.loads(pickle.dumps(made()))):
        assert counts.treatments[0] == "a"
        for array in (counts.events, counts.people, counts.order):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1


def test_no_arms_at_all() -> None:
    """A table of which nothing was left is still a record."""
    counts = NetworkCounts.from_arrays([], [], study=[], treatment=[])
    assert counts.k == 0
    assert counts.no_events.tolist() == []
