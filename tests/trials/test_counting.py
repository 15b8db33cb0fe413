"""counts: events and denominators from every make of table and from contrasts."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from metaan.core.counts import PEOPLE, TIME, Counts, EffectsOnDemand
from metaan.core.errors import ChoiceError, DataError, InputError, LeftOutWarning
from metaan.measures.table import MEASURES
from metaan.trials.counting import counts
from metaan.trials.effects import effect_sizes
from metaan.trials.load import load_trials
from tests.tolerance import EXACT, close
from tests.trials.test_any_table import COUNTS, MAKERS

TWO = {"study": ["Ann", "Bo"], "events1": [4, 6], "n1": [40, 52], "events2": [9, 11],
       "n2": [41, 50]}  # fmt: skip
DESIGNS = {
    (PEOPLE, 2): TWO,
    (TIME, 2): {"events1": [4, 0], "time1": [40.5, 52], "events2": [9, 11], "time2": [41, 50]},
    (PEOPLE, 1): {"events": [4, 0], "n": [40, 52]},
    (TIME, 1): {"events": [4, 0], "time": [40.5, 52]},
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_every_make_of_table(make):
    """The same counts, columns and gaps from every make."""
    with pytest.warns(LeftOutWarning, match="1 of 3 rows left out: Cy: events1 missing"):
        found = counts(make(COUNTS), study="trial", treatment="New", control="Old")
    assert close(found.events, [[4, 9], [6, 11]], EXACT)
    assert close(found.denominators, [[40, 41], [52, 50]], EXACT)
    assert found.study == ("Ann", "Bo")
    assert list(found.columns) == ["place", "dose"]
    assert found.columns["dose"] == (10, 20)
    assert (found.treatment, found.control, found.kind) == ("New", "Old", PEOPLE)
    assert [item.study for item in found.left_out] == ["Cy"]
    assert "1 more left out" in str(found)


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_every_design_is_told_by_its_columns(design):
    """People or time, one group or two; with the measures that these allow."""
    found = counts(DESIGNS[design])
    assert (found.kind, found.groups) == design
    assert counts(DESIGNS[design], kind=design[0]).groups == design[1]
    inputs = set(DESIGNS[design]) - {"study"}
    allowed = {key for key, row in MEASURES.items() if set(row.inputs) == inputs}
    assert set(found.effects) == allowed != set()
    assert found.no_events.shape == (2,)


def test_effects_are_those_of_effect_sizes():
    """For each measure that adds nothing or has no zeros to add to."""
    found = counts(TWO | {"dose": [10, 20]}, treatment="New", control="Old")
    for measure in ("OR", "RR", "RD", "AS"):
        ours, theirs = found.effects[measure], effect_sizes(TWO, measure)
        assert close([ours.y, ours.v], [theirs.y, theirs.v], EXACT)
        assert ours.columns["dose"] == (10, 20)
        assert (ours.study, ours.treatment, ours.control) == (("Ann", "Bo"), "New", "Old")
    assert found.effects["OR"] is found.effects["OR"]


def test_effects_of_studies_without_events():
    """None of a ratio, silently: the record says so; Peto's odds ratio gets nothing added."""
    table = {"study": list("abc"), "events1": [0, 0, 3], "n1": [9, 9, 3], "events2": [0, 2, 4],
             "n2": [9, 8, 4]}  # fmt: skip
    found = counts(table)
    assert found.effects["OR"].study == ("b",)
    assert [item.study for item in found.effects["OR"].left_out] == ["a", "c"]
    assert found.effects["OR"].remarks == ("zero cells in b: 0.5 added to each cell (rule only0)",)
    assert found.effects["RD"].study == ("a", "b", "c")
    plain = effect_sizes({name: values[1:2] for name, values in table.items()}, "PETO", add=0)
    assert close(found.effects["PETO"].y, plain.y, EXACT)
    assert found.effects["PETO"].remarks == ()
    assert found.no_events.tolist() == [True, False, False]
    assert found.all_events.tolist() == [False, False, True]


def test_four_cells():
    """Events and non-events make the people."""
    table = {"events1": [4], "nonevents1": [119], "events2": [11], "nonevents2": [128]}
    found = counts(table)
    assert close(found.denominators, [[123, 139]], EXACT)
    assert any("four cells" in remark for remark in found.remarks)


def test_a_table_with_people_and_time():
    """A named column decides, or kind; else it is asked."""
    table = {"x1": [4], "n1": [40], "t1": [30.0], "x2": [5], "n2": [41], "t2": [29.0]}
    found = counts(table, events1="x1", time1="t1", events2="x2", time2="t2")
    assert (found.kind, tuple(found.columns)) == (TIME, ("n1", "n2"))
    both = TWO | {"time1": [3.0, 4.0], "time2": [3.5, 4.5]}
    with pytest.raises(InputError, match='kind="people" or kind="time"'):
        counts(both)
    assert close(counts(both, kind=TIME).denominators, [[3.0, 3.5], [4.0, 4.5]], EXACT)
    with pytest.raises(ChoiceError, match='Did you mean "people"'):
        counts(both, kind="peple")


def test_every_fault_at_once():
    """Range, text, order, labels: one error, nothing lost."""
    table = {"study": ["Ann", "Ann", "Cy"], "events1": [3, -1, 12], "n1": [10, 10, 11],
             "events2": [3, "n.s.", 1], "n2": [10, 0, 9]}  # fmt: skip
    with pytest.raises(DataError) as raised:
        counts(table)
    told = {(f.row, f.column, f.rule) for f in raised.value.faults}
    assert told == {
        ("row 2 (Ann)", "study", "study label stands twice (first in row 1)"),
        ("row 2 (Ann)", "events1", "must be at least 0"),
        ("row 2 (Ann)", "events2", "must be a number"),
        ("row 2 (Ann)", "n2", "must be greater than 0"),
        ("row 3 (Cy)", "events1", "must not exceed n1 = 11"),
    }
    with pytest.raises(DataError) as raised:
        counts({"a": [1]})
    assert [fault.column for fault in raised.value.faults] == ["events1", "n1", "events2", "n2"]


def test_unknown_names():
    """All of them, and where corrections are chosen."""
    with pytest.raises(ChoiceError, match=r'\'evnts1\' Did you mean "events1"\?; \'add\'.*adds'):
        counts(TWO, evnts1="x", add=0.5)


def test_fractions_of_events_are_remarked():
    """Clusters give them; exact models cannot take them."""
    found = counts(TWO | {"events1": [4.5, 6]})
    assert found.remarks == (
        "events that are no whole numbers in Ann: exact models need whole numbers",
    )


def test_contrasts():
    """Events of the shipped trials, with their row ids, one study left out."""
    pairs = load_trials().select(outcome="adverse_event", term="immediate")
    pairs = pairs.contrasts("acupuncture", "physical")
    found = counts(pairs)
    own = effect_sizes(pairs, "RD")
    assert found.study == own.study
    assert found.rows == own.rows == found.effects["RD"].rows
    assert found.left_out == own.left_out
    assert close(found.events[:, 0], own.columns["events1"], EXACT)
    assert (found.treatment, found.control) == (own.treatment, own.control)
    with pytest.raises(InputError, match="give them alone"):
        counts(pairs, kind=TIME)
    means = load_trials().select(outcome="pain", term="immediate").contrasts("acupuncture", "sham")
    with pytest.raises(InputError, match="no comparison has events in both arms"):
        counts(means)


def test_the_record_is_frozen_and_copies_are_too():
    """Its arrays as well, and after a pickle."""
    found = counts(pd.DataFrame(TWO))
    for each in (found, pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        with pytest.raises(ValueError, match="read-only"):
            each.events[0, 0] = 1
        with pytest.raises(AttributeError):
            each.kind = TIME
        assert close(each.effects["RR"].y, effect_sizes(TWO, "RR").y, EXACT)
    assert isinstance(found.effects, EffectsOnDemand)
    assert "RR" in repr(found.effects)
    with pytest.raises(ChoiceError, match=r"'RRR' is not a measure of these counts; choose one"):
        found.effects["RRR"]
    assert found.effects.get("MD") is None


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_no_table_is_written_into(make):
    """Whatever is done with the counts, the caller's table stays."""
    frame = make({name: values for name, values in TWO.items() if name != "study"})
    before = str(frame)
    counts(frame).effects["OR"]
    assert str(frame) == before


def test_some_of_the_studies():
    """By position, in any order, with their effects and columns."""
    found = counts(TWO | {"dose": [10, 20]})
    other = found.take([1])
    assert (other.study, other.columns["dose"]) == (("Bo",), (20,))
    assert close(other.effects["OR"].y, found.effects["OR"].y[1:], EXACT)
    assert counts({name: values for name, values in TWO.items() if name != "study"}).take(
        np.array([False, True])
    ).study == ("Study 2",)
    with pytest.raises(InputError, match="no such studies among 2"):
        found.take([7])


def test_as_a_table():
    """Counts, row ids, further columns; a name that is taken is set apart."""
    frame = counts(TWO | {"dose": [10, 20], "rows": ["x", "y"]}).to_frame()
    assert list(frame) == ["study", "events1", "n1", "events2", "n2", "rows", "dose",
                           "rows (given)"]  # fmt: skip
    one = counts(DESIGNS[TIME, 1])
    assert list(one.to_frame()) == ["study", "events", "time", "rows"]
    assert "<td>40.5</td>" in one._repr_html_()
    assert str(one) == "Events over person-time in one group: 2 studies"


def test_counts_made_by_hand_are_checked():
    """Shapes, and every number that cannot be."""
    with pytest.raises(InputError) as raised:
        Counts(events=[[3, np.inf], [-1, 2]], denominators=[[2, 5], [0, 4]], kind=PEOPLE,
               study=["A", "B"])  # fmt: skip
    text = str(raised.value)
    for part in (
        "A: events must not exceed n; got 3 of 2",
        "A: events must be finite",
        "B: events must be finite and at least 0; got -1",
        "B: n must be finite and gr",
    ):
        assert part in text  # fmt: skip
    with pytest.raises(InputError, match="one or two groups and a label"):
        Counts(events=[[3]], denominators=[[4]], kind=PEOPLE, study=["A", "B"])
    with pytest.raises(InputError, match=r"the shape \(studies, groups\)"):
        Counts(events=[3], denominators=[4], kind=PEOPLE, study=["A"])
    with pytest.raises(InputError, match="1 studies, but dose has 2"):
        Counts(events=[[3]], denominators=[[4]], kind=TIME, study=["A"], columns={"dose": [1, 2]})
