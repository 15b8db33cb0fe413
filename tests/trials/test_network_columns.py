"""What is said of columns that are missing, called otherwise or twice, and of no table at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import metaan as ma
from metaan.trials.network_counting import network_counts
from metaan.trials.network_making import network_effects
from tests.tolerance import EXACT, close
from tests.trials.networks import long

ARMS = long(
    [("Ann", "a", 5.0, 1.2, 16), ("Ann", "b", 6.5, 2.1, 25), ("Ann", "c", 4.2, 0.9, 9),
     ("Bo", "a", 2.2, 1.6, 16), ("Bo", "c", 3.1, 1.1, 25)],
    "mean", "sd", "n",
)  # fmt: skip
PAIRS = {"studlab": ["1", "2"], "treat1": ["a", "a"], "treat2": ["b", "c"], "TE": [0.1, 0.2],
         "seTE": [0.1, 0.2]}  # fmt: skip
WIDE = {"study": ["Ann", "Bo"], "t1": ["a", "a"], "t2": ["b", "c"], "n1": [9, 16], "n2": [25, 9],
        "mean1": [1.0, 2.0], "mean2": [0.5, 1.5], "sd1": [1.0, 2.0],
        "sd2": [2.0, 3.0]}  # fmt: skip


def told(columns, measure="MD", **more):
    """Return the faults of a table as texts."""
    with pytest.raises(ma.DataError) as raised:
        network_effects(columns, measure, **more)
    return [str(fault).removeprefix("the table, header, ") for fault in raised.value.faults]


def renamed(columns, **names):
    """Return a table with other names of columns."""
    return {names.get(name, name): values for name, values in columns.items()}


@pytest.mark.parametrize("verb", [lambda data: network_effects(data, "MD"), network_counts])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([1, 2], r"data must be Trials, .* got list\. Rows make one with pd\.DataFrame\(rows"),
        (None, r"data must be Trials, .* got None\. From a file: pd\.read_csv\(path\)"),
        (pd.Series([1.0]), "got Series"),
        ("arms.csv", r'got a path\. Read it first: pd\.read_csv\("arms\.csv"\)'),
        (Path("arms.xlsx"), r'Read it first: pd\.read_excel\("arms\.xlsx"\)'),
        (pd.DataFrame(ARMS).iloc[:0], "the table has no rows.* how it was read and filtered"),
        ({name: [] for name in ARMS}, "the table has no rows"),
        (pl.DataFrame(ARMS).lazy(), r"call \.collect\(\) on it first"),
    ],
)
def test_what_is_no_table(verb, data, words):
    """Lists, paths, nothing: what to give instead, in words of networks."""
    with pytest.raises(ma.InputError, match=words):
        verb(data)


def test_contrasts_and_counts_are_not_made_twice():
    """They are what the verbs make."""
    for made in (network_effects(ARMS, "MD"), network_counts({**ARMS, "events": 1})):
        with pytest.raises(ma.InputError, match="contrasts or counts of a network already"):
            network_effects(made, "MD")


def test_arrays_of_another_length():
    """An array is one value for each arm, study or contrast, as the table has rows."""
    cases = (
        (ARMS, {"n": [1, 2, 3]}, r"n= needs one value per arm \(row of the table\): 5; got 3"),
        (ARMS, {"study": ["x"]}, "study= needs one value per arm .*: 5; got 1, and no column"),
        (ARMS, {"n": ["mean", "sd"]}, r'n= lists columns.*treatments, too: treatment=\["t1"'),
        (WIDE, {"treatment": ["t1", "t2"], "n": np.ones(3)}, r"per study \(row.*: 2; got 3"),
        (PAIRS, {"y": [1.0]}, r"y= needs one value per contrast \(row of the table\): 2; got 1"),
    )
    for columns, names, words in cases:
        with pytest.raises(ma.InputError, match=words) as raised:
            network_effects(columns, "MD", **names)
        assert "effect_sizes" not in str(raised.value)


def test_columns_by_the_names_of_netmeta():
    """A table with treat1 and treat2 holds contrasts; the names to give are offered."""
    assert told(PAIRS, "OR") == [
        'study: column is missing (needed as study). Add it or name yours: study="...". Did you '
        'mean study="studlab"?',
        'y: column is missing (needed as y). Add it or name yours: y="...". Did you mean y="TE"?',
        'v or se: column is missing (needed as v or se). Add it or name yours: v="..." or '
        'se="...". Did you mean se="seTE"?',
    ]
    names = {"study": "studlab", "y": "TE"}
    assert 'Did you mean se="seTE"?' in told(PAIRS, "OR", se="sete", **names)[0]
    assert close(network_effects(PAIRS, "OR", se="seTE", **names).y, [0.1, 0.2], EXACT)
    (fault,) = told(renamed(PAIRS, treat1="t1", seTE="se"), "OR", **names)
    assert "treat1: column is missing (needed as treat1). " in fault
    assert fault.endswith('Did you mean treat1="t1"?')
    (fault,) = told(PAIRS, "OR", treat1="T", se="seTE", **names)
    assert fault.endswith('Did you mean treat1="treat1"?')
    both = renamed(PAIRS, treat1="t1", treat2="t2", TE="y", seTE="se", studlab="study")
    assert [fault.partition(":")[0] for fault in told(both, "OR")] == ["treat1", "treat2"]


@pytest.mark.parametrize(
    ("study", "treatment"), [("trial", "arm"), ("id", "trt"), ("Author", "t"), ("STUDLAB", "drug")]
)
def test_likely_names_of_arms(study, treatment):
    """By what others call them, and never a column that is another input."""
    lines = told(renamed(ARMS, study=study, treatment=treatment, n="N"))
    hints = [line.partition("Did you mean ")[2] for line in lines]
    assert hints == [f'study="{study}"?', f'treatment="{treatment}"?', 'n="N"?']
    assert all("Did you mean" not in line for line in told(renamed(ARMS, study="x")))


def test_one_of_two_numbers_is_enough():
    """Both are named where neither is there, one where the caller wants it."""
    bare = {name: values for name, values in ARMS.items() if name != "sd"}
    (fault,) = told(bare)
    assert fault == (
        'sd or se: column is missing (needed as sd or se). Add it or name yours: sd="..." or '
        'se="...".'
    )
    assert told(bare, sd="SD")[0].startswith("SD: column is missing (needed as sd). Add")
    (fault,) = told(ARMS, "OR")
    assert fault.endswith('events="...". The table has the columns of MD, ROM, SMD.')
    (fault,) = told(WIDE, "RR", treatment=["t1", "t2"])
    assert fault.endswith("The table has the columns of MD, ROM, SMD.")
    counts = renamed(ARMS, mean="events")
    assert told({**counts, "events": 1}, "MD")[0].endswith("the columns of RR, OR, RD, AS.")


def test_measures_that_networks_do_not_take():
    """What they take is listed, and the nearest of it offered."""
    listed = "networks take MD, ROM, SMD, RR, OR, RD, AS, IRR, IRD, IRSD of arms or contrasts, and"
    for measure, near in (
        ("SDM", 'Did you mean "SMD"'), ("odds ratio", 'Did you mean "OR" (Odds ratio)?'),
        ("hazard rato", 'Did you mean "HR"'), ("xyz", "given). docs"),
    ):  # fmt: skip
        with pytest.raises(ma.ChoiceError) as raised:
            network_effects(ARMS, measure)
        assert listed in str(raised.value)
        assert near in str(raised.value)
        assert "SMN" not in str(raised.value)
    with pytest.raises(
        ma.InputError, match=r"ZCOR .* does not tell how two .*one of MD, ROM, SMD"
    ):
        network_effects(ARMS, "ZCOR")


def test_nothing_is_left():
    """An error with the reasons, and what may be meant, not an empty network."""
    with pytest.raises(ma.InputError, match=r"Ann: only one arm \(a\).*treatment=\[\"t1\", \"t2"):
        network_effects(WIDE, "MD", treatment="t1", mean="mean1", sd="sd1", n="n1")
    with pytest.raises(ma.InputError, match=r"is left.*1: a against b: TE missing"):
        network_effects({**PAIRS, "TE": [None] * 2}, "MD", study="studlab", y="TE", se="seTE")
    counts = long([("Ann", "a", 0, 9), ("Ann", "b", 0, 8)], "events", "n")
    with pytest.raises(ma.InputError, match="Ann: no events in any arm, which says nothing"):
        network_effects(counts, "OR")
    with pytest.raises(ma.InputError, match="no study of the table is left"):
        network_counts({name: values[:1] for name, values in counts.items()})
    twice = renamed(WIDE, t1="treat1", t2="treat2")
    with pytest.raises(ma.InputError, match=r'treatments, treatment=\["treat1", "treat2"\]'):
        network_effects(twice, "MD")


def test_two_errors_of_a_contrast():
    """V and se that disagree: which is meant must be said; it is, and the other is remarked on."""
    columns = {**PAIRS, "v": [5.0, 5.0]}
    names = {"study": "studlab", "y": "TE"}
    effects = network_effects(columns, "MD", se="seTE", **names)
    assert close(effects.v, [0.01, 0.04], EXACT)
    assert effects.remarks == ("column v was passed over: v is not se², and se is named",)
    (fault,) = told(columns, v="v", se="seTE", **names)
    assert fault == (
        "v, seTE: columns v and seTE are both there, and v is not se². Name one of them only, the "
        "one that is meant."
    )
    (fault,) = told(renamed(columns, seTE="se"), **names)
    assert fault.endswith('Name the one that is meant: v="v" or se="se".')
    gap = {**columns, "seTE": [0.1, None]}
    with pytest.warns(ma.MetaanWarning, match="2: a against c: seTE missing"):
        assert network_effects(gap, "MD", se="seTE", **names).studies == ("1",)
    fine = {**PAIRS, "v": [0.0101, 0.0399]}
    assert network_effects(fine, "MD", se="seTE", **names).remarks == ()


def test_two_spreads_of_an_arm():
    """Sd and se √n that disagree, n and the sum of counts: one is named, or it is an error."""
    columns = {**ARMS, "se": [0.3, 0.42, 0.3, 0.4, 0.22]}
    plain = network_effects(columns, "MD")
    assert plain.remarks == ()
    columns["se"] = ARMS["sd"]
    (fault,) = told(columns)
    assert fault.startswith("sd, se: columns sd and se are both there, and sd is not se √n. Name")
    assert close(network_effects(columns, "MD", sd="sd").v, plain.v, EXACT)
    other = network_effects(columns, "MD", se="se")
    assert other.remarks[0] == "column sd was passed over: sd is not se √n, and se is named"
    assert close(other.v[0], 1.2**2 + 2.1**2, EXACT)
    wide = {**WIDE, "se1": [9.0, 9.0], "se2": [9.0, 9.0]}
    lines = told(wide, treatment=["t1", "t2"])
    assert lines[0].endswith('Name the one that is meant: sd=["sd1", ...] or se=["se1", ...].')
    named = network_effects(wide, "MD", treatment=["t1", "t2"], sd=["sd1", "sd2"])
    assert close(named.v, [1 / 9 + 4 / 25, 4 / 16 + 9 / 9], EXACT)
    counts = {**long([("S", "a", 3, 9), ("S", "b", 4, 9)], "events", "n"), "nonevents": [6, 9]}
    assert "n is not events + nonevents" in told(counts, "OR")[0]


def test_events_that_are_no_whole_numbers():
    """Taken, as those of cluster-randomized trials are, and remarked on."""
    counts = long([("Ann", "a", 2.5, 9), ("Ann", "b", 3, 9)], "events", "n")
    said = "events are no whole numbers, and were taken as they are: Ann (a)"
    assert network_effects(counts, "OR").remarks == (said,)
    assert network_counts(counts).remarks == (said,)
