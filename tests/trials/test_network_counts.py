"""network_counts: the same tables, and nothing is added to a count."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import metaan as ma
from metaan.trials.network_counting import network_counts
from tests.trials.builders import chosen, shipped
from tests.trials.networks import long, table

ARMS = long(
    [("Ann", "a", 0, 40), ("Ann", "b", 4, 41), ("Bo", "b", 0, 22), ("Bo", "c", 0, 20)],
    "events", "n",
)  # fmt: skip


def test_rare_events_of_dong():
    """All 41 studies, those without an event as well; arms in the order of the table."""
    columns = table("dong2013")
    counts = network_counts(columns, study="id", events="death", n="randomized")
    assert (counts.k, len(counts.treatments), len(counts.events)) == (41, 6, 99)
    known = dict(
        zip(zip(columns["id"], columns["treatment"], strict=True),
            zip(map(float, columns["death"]), map(float, columns["randomized"]), strict=True),
            strict=True)
    )  # fmt: skip
    lines = zip(counts.study, counts.treatment, counts.events, counts.people, strict=True)
    assert {(study, name): (d, n) for study, name, d, n in lines} == known
    assert counts.remarks == ()


@pytest.mark.parametrize("kind", [dict, pl.DataFrame])
def test_nothing_is_added(kind):
    """Zeros stay zeros; further columns go along, one value per arm."""
    counts = network_counts(kind({**ARMS, "dose": [1, 2, 3, 4], "year": [1999, 1999, 2000, 2000]}))
    assert counts.events.tolist() == [0, 4, 0, 0]
    assert counts.people.tolist() == [40, 41, 22, 20]
    assert counts.no_events.tolist() == [False, True]
    assert counts.columns["dose"] == (1, 2, 3, 4)
    assert set(counts.columns) == {"dose", "year"}


def test_wide_tables():
    """A group of columns for each arm; blank third arms do not exist; non-events."""
    wide = {"trial": ["A", "B"], "t1": ["x", "x"], "t2": ["y", "z"], "t3": ["z", ""],
            "d1": [1, 2], "d2": [3, 4], "d3": [5, None], "r1": [9, 8], "r2": [7, 6],
            "r3": [5, None]}  # fmt: skip
    names = {"treatment": ["t1", "t2", "t3"], "events": ["d1", "d2", "d3"],
             "nonevents": ["r1", "r2", "r3"]}  # fmt: skip
    counts = network_counts(wide, study="trial", **names)
    assert counts.study == ("A", "A", "A", "B", "B")
    assert counts.treatment == ("x", "y", "z", "x", "z")
    assert counts.people.tolist() == [10, 10, 10, 10, 10]
    assert counts.events.tolist() == [1, 3, 5, 2, 4]


def test_faults_and_what_stays_out():
    """Impossible counts come all at once; missing ones and lone arms are named."""
    columns = {name: [*values] for name, values in ARMS.items()}
    columns["events"][0], columns["n"][1], columns["treatment"][2] = 41, -3, "c"
    with pytest.raises(ma.DataError) as raised:
        network_counts(columns)
    said = "\n".join(str(fault) for fault in raised.value.faults)
    for words in ("row 1 (Ann), events: must not exceed n = 40", "row 2 (Ann), n: must be greater",
                  "row 4 (Bo), treatment: the study has this treatment twice"):  # fmt: skip
        assert words in said
    columns = {name: [*values] for name, values in ARMS.items()}
    columns["events"][2] = None
    with pytest.warns(ma.MetaanWarning, match="Bo: b: events missing; Bo: only one arm with"):
        counts = network_counts(columns)
    assert (counts.k, counts.k_left_out) == (1, 1)
    with pytest.raises(ma.ChoiceError, match="'event' Did you mean \"events\""):
        network_counts(ARMS, event="d")
    with pytest.raises(ma.ChoiceError, match="'by'"):
        network_counts(ARMS, by="node")


def test_arms_of_one_treatment():
    """Added up on request; names that look alike are a suspicion."""
    columns = {**ARMS, "treatment": ["a", "a", "b", "c"], "study": ["Ann"] * 4}
    counts = network_counts(columns, combine=True)
    assert counts.events.tolist() == [4, 0, 0]
    assert counts.people.tolist() == [81, 22, 20]
    assert counts.remarks == ("arms of one treatment combined: Ann (a)",)
    with pytest.warns(ma.MetaanWarning, match="'A', 'a' are taken as 2 treatments"):
        network_counts({**ARMS, "treatment": ["a", "b", "A", "c"]})


def test_trials():
    """Responders by node and by group with their rows; what is only printed stays out."""
    trials = chosen("responder")
    counts = network_counts(trials)
    known = trials.arms.set_index("row_id")[["events", "n"]]
    sums = np.array([known.loc[list(ids)].sum() for ids in counts.rows])
    assert np.array_equal(np.stack([counts.events, counts.people], axis=1), sums)
    assert counts.remarks == ("arms of one treatment combined: Zhang 2022 (acupuncture)",)
    assert (counts.k, len(counts.treatments)) == (5, 6)
    grouped = network_counts(
        shipped().select(outcome="adverse_event", study="cherkin2009"), by="group"
    )
    assert dict(zip(grouped.treatment, grouped.people, strict=True)) == {
        "acupuncture": 315.0, "sham": 162.0,
    }  # fmt: skip
    late = network_counts(chosen("responder", "intermediate"))
    lost = {item.study: item.reason for item in late.left_out}
    assert lost["DeBar 2025"] == "only a printed ratio, no events"
    with pytest.raises(ma.ChoiceError, match="trials know their columns"):
        network_counts(trials, events="events")
