"""Tables of arms: long, wide and of any kind; what is wrong, missing, twice or suspicious."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import metaan as ma
from metaan.core.errors import LookAlikeWarning
from metaan.trials.network_making import network_effects
from tests.tolerance import EXACT, close
from tests.trials.builders import people
from tests.trials.networks import FRANCHINI, by_pair, long, made, table

ARMS = long(
    [("Ann", "a", 5.0, 1.2, 12), ("Ann", "b", 6.5, 2.1, 31), ("Ann", "c", 4.2, 0.9, 19),
     ("Bo", "a", 2.2, 1.6, 22), ("Bo", "c", 3.1, 1.1, 20)],
    "mean", "sd", "n",
)  # fmt: skip


def told(columns, measure="MD", **more):
    """Return the faults of a table as texts."""
    with pytest.raises(ma.DataError) as raised:
        network_effects(columns, measure, **more)
    return [str(fault) for fault in raised.value.faults]


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_tables_of_any_kind(kind):
    """pandas, polars and pyarrow say what a mapping says, and stay as they are."""
    ours, theirs = network_effects(kind(ARMS), "SMD"), network_effects(ARMS, "SMD")
    assert by_pair(ours) == by_pair(theirs)
    assert ours.columns == theirs.columns


def test_labels_that_are_numbers():
    """Whole numbers are labels without a decimal point; an index is none."""
    frame = pd.DataFrame(ARMS, index=[7, 7, 7, 8, 8])
    frame["study"] = [1.0, 1.0, 1.0, 2.0, 2.0]
    frame["treatment"] = pd.Categorical(frame["treatment"])
    assert network_effects(frame, "MD").studies == ("1", "2")


def test_wide_tables():
    """Blank third arms do not exist; numbered columns need no mention."""
    columns = table("franchini2012")
    assert made("franchini2012").layout.arms.tolist() == [2, 2, 3, 2, 2, 2, 2]
    names = {"treatment": "Treatment", "mean": "y", "sd": "sd", "n": "n"}
    numbered = {f"{ours}{i}": columns[f"{names[ours]}{i}"] for i in "123" for ours in names}
    numbered["study"] = columns["Study"]
    assert by_pair(network_effects(numbered, "MD")) == by_pair(made("franchini2012"))
    assert set(made("franchini2012").columns) == {"mean1", "mean2", "sd1", "sd2", "n1", "n2"}
    unnamed = {name: values for name, values in numbered.items() if name != "study"}
    assert network_effects(unnamed, "MD").studies[:2] == ("Study 1", "Study 2")


def test_wide_tables_with_faults():
    """Each cell is named by the column that it stands in."""
    columns = table("franchini2012")
    columns["sd2"][1] = "-3.4"
    columns["Treatment2"][2] = ""
    columns["Treatment3"][3] = columns["Treatment1"][3]
    columns["Study"][5] = columns["Study"][4]
    assert [line.split("; got")[0] for line in told(columns, **FRANCHINI)] == [
        "the table, row 2 (Lieberman 1997), sd2: must be greater than 0",
        "the table, row 3 (Guttman 1997), Treatment2: treatment label is missing. Name it, or "
        "drop the arm.",
        "the table, row 4 (Brunt 2002, Group A), Treatment3: the study has this treatment twice "
        "(first in row 4)",
        "the table, row 6 (Brunt 2002, Group B), Study: study label stands twice (first in row 5)",
    ]
    names = {**FRANCHINI, "n": ["n1", "n2"]}
    with pytest.raises(ma.InputError, match="n= names 2 columns and treatment 3"):
        network_effects(table("franchini2012"), "MD", **names)
    names = {**FRANCHINI, "sd": ["sd1", "n2", "sd3"]}
    assert "n2: column is mapped twice" in told(table("franchini2012"), **names)[0]


def test_all_faults_at_once():
    """A long table wrong in seven places: one error, each with its place and a remedy."""
    columns = {name: [*values] for name, values in ARMS.items()}
    columns["mean"][1] = "6,5"
    columns["sd"][2] = -0.9
    columns["n"][3] = 0
    columns["treatment"][4] = " "
    for name, value in zip(ARMS, ("Ann", "b", 6.4, 2.0, 30), strict=True):
        columns[name].append(value)
    for name, value in zip(ARMS, (None, "b", 6.4, float("inf"), 30), strict=True):
        columns[name].append(value)
    assert told(columns) == [
        "the table, row 2 (Ann), mean: must be a number; got '6,5'. Write a decimal point and no "
        "thousands separator: 6.5.",
        "the table, row 3 (Ann), sd: must be greater than 0; got '-0.9'. Check it against the "
        "source.",
        "the table, row 4 (Bo), n: must be greater than 0; got '0'. Check it against the source.",
        "the table, row 5 (Bo), treatment: treatment label is missing. Name it, or drop the arm.",
        "the table, row 6 (Ann), treatment: the study has this treatment twice (first in row 2); "
        "got 'b'. If the arms are one treatment, take them together with combine=True; if not, "
        "give them two names.",
        "the table, row 7 (), study: study label is missing. Name it, or drop the row.",
        "the table, row 7 (), sd: must be a number; got 'inf'. Give a finite number.",
    ]


def test_faults_of_counts_and_columns():
    """More events than participants; columns that are not there, with the nearest."""
    counts = long([("Ann", "a", 9, 8), ("Ann", "b", 1, 8)], "events", "n")
    assert "must not exceed n = 8; got '9'" in told(counts, "OR")[0]
    missing = {"studi": ["A", "A"], "treat": ["a", "b"], "events": [1, 2], "N": [8, 9]}
    lines = told(missing, "OR")
    assert (
        'study: column is missing (needed as study). Add it or name yours: study="..."' in lines[0]
    )
    assert 'Did you mean study="studi"?' in lines[0]
    assert 'Did you mean treatment="treat"?' in "".join(lines)
    assert "needed as n or nonevents" in "".join(lines)
    assert "mapped twice" in told(ARMS, mean="sd", sd="sd")[0]
    two = told(ARMS, correlation=[0.2, 0.3, 0.2, 1.0, 1.0])
    assert "must be the same in all rows of a study" in two[0]
    assert "must lie between -1 and 1 for 2 arms" in two[1]
    assert "must lie between -0.5 and 1 for 3 arms" in told(ARMS, correlation=-0.5)[0]


def test_names_that_are_wrong():
    """Measures, options and arguments that do not belong, each with what there is."""
    cases = (
        ("PETO", {}, "PETO is not one quantity of each arm.*choose one of MD, ROM, SMD"),
        ("SMD", {"variance": "REVMAN"}, "several arms; choose one of LS, LS2, UB, H0"),
        ("ROM", {"variance": "AV"}, "several arms; choose one of LS, HO, LS2"),
        ("MD", {"varience": "HO"}, 'Did you mean "variance"'),
        ("MDD", {}, 'Did you mean "MD"'),
        ("MD", {"scale": "log"}, "MD has its scale"),
        ("MD", {"by": "group"}, "by= is for trials"),
        ("MD", {"disagreeing": "repair"}, "disagreeing= is for a table of contrasts"),
        ("MD", {"better": "lower"}, "better= needs to know each outcome"),
        ("MD", {"treatment": 3}, "treatment= takes the name of a column, or labels"),
        ("MD", {"treatment": ["a", "b"]}, "treatment= needs one value per arm .*: 5; got 2"),
        ("MD", {"label": 3}, "label= takes a text"),
    )
    for measure, more, words in cases:
        with pytest.raises(ma.InputError, match=words):
            network_effects(ARMS, measure, **more)
    pairs = ma.load_trials().select(outcome="pain", term="immediate")
    with pytest.raises(ma.InputError, match="are no network; give the trials"):
        network_effects(pairs.contrasts("acupuncture", "sham"), "MD")


def test_arms_and_studies_that_stay_out():
    """An arm without its SD, a study that has one arm, and one that is left with one."""
    more = [("Cy", "a", 1.0, 1.0, 9), ("Di", "b", 2.0, None, 8), ("Di", "c", 3.0, 1.0, 7)]
    columns = {name: [*values, *(row[i] for row in more)]
               for i, (name, values) in enumerate(ARMS.items())}  # fmt: skip
    columns["sd"][2] = ""
    with pytest.warns(ma.MetaanWarning, match="4 arms or studies left out") as caught:
        effects = network_effects(columns, "MD")
    assert caught[0].filename == __file__
    assert [(item.study, item.reason) for item in effects.left_out] == [
        ("Ann", "c: sd missing"),
        ("Di", "b: sd missing"),
        ("Cy", "only one arm (a): nothing to compare it with"),
        ("Di", "only one arm with numbers (c): nothing to compare it with"),
    ]
    assert (effects.k, effects.k_left_out, len(effects.y)) == (2, 2, 2)
    nobody = {name: values[:1] for name, values in ARMS.items()}
    with pytest.raises(ma.InputError, match=r"no study of the table is left.*Ann: only one arm"):
        network_effects(nobody, "MD")


def test_arms_of_one_treatment():
    """Combined on request: as if their participants had been one arm."""
    rows = [("Ann", "a", 5.0, 1.2, 12), ("Ann", "b", 6.5, 2.1, 31), ("Ann", "a", 4.2, 0.9, 19),
            ("Bo", "a", 2.2, 1.6, 22), ("Bo", "b", 3.1, 1.1, 20), ("Bo", "b", 3.6, 1.0, 9),
            ("Bo", "b", 2.0, 2.0, 4)]  # fmt: skip
    effects = network_effects(long(rows, "mean", "sd", "n"), "MD", combine=True)
    ann = np.concatenate([people(12, 5.0, 1.2), people(19, 4.2, 0.9)])
    bo = np.concatenate([people(20, 3.1, 1.1), people(9, 3.6, 1.0), people(4, 2.0, 2.0)])
    known = [ann.mean() - 6.5, 2.2 - bo.mean()]
    assert close(effects.y, known, EXACT)
    spread = [ann.var(ddof=1) / 31 + 2.1**2 / 31, 1.6**2 / 22 + bo.var(ddof=1) / 33]
    assert close(effects.v, spread, EXACT)
    assert effects.columns["n1"] == (31.0, 22.0)
    assert effects.remarks == ("arms of one treatment combined: Ann (a), Bo (b)",)
    counts = long([("Ann", "a", 3, 40), ("Ann", "a", 4, 41), ("Ann", "b", 9, 80)], "events", "n")
    joined = network_effects(counts, "OR", combine=True)
    assert close(joined.y, np.log(7 * 71 / (74 * 9)), EXACT)


def test_names_that_look_alike():
    """Names that differ by case or blanks alone are a suspicion, never joined."""
    columns = {**ARMS, "treatment": ["a", "b", "c", "A", " c"]}
    with pytest.warns(LookAlikeWarning, match="'A', 'a' are taken as 2 treatments") as caught:
        effects = network_effects(columns, "MD")
    assert caught[0].filename == __file__
    assert len(effects.treatments) == 5
    assert sum("are they one?" in text for text in effects.remarks) == 2
    studies = {**ARMS, "study": ["Ann", "Ann", "ann", "Bo", "Bo"]}
    with warnings.catch_warnings(record=True) as several:
        warnings.simplefilter("always")
        effects = network_effects(studies, "MD")
    assert "'Ann', 'ann' are taken as 2 studies" in str(several[-1].message)
    assert "'Ann', 'ann' are taken as 2 studies" in effects.remarks[-1]


def test_other_numbers_lead_to_the_inputs():
    """The SE of a mean, the non-events, one n for all."""
    se = [sd / np.sqrt(n) for sd, n in zip(ARMS["sd"], ARMS["n"], strict=True)]
    columns = {name: values for name, values in ARMS.items() if name != "sd"}
    ours = network_effects({**columns, "error": se}, "MD", se="error")
    assert close(ours.v, network_effects(ARMS, "MD").v, EXACT)
    assert "mean difference with SD = se √n" in ours.remarks[0]
    counts = long([("Ann", "a", 3, 37), ("Ann", "b", 4, 36)], "events", "nonevents")
    whole = long([("Ann", "a", 3), ("Ann", "b", 4)], "events")
    assert by_pair(network_effects(counts, "OR")) == by_pair(network_effects(whole, "OR", n=40))


def test_further_columns():
    """What is the study's keeps its name; what differs between arms is kept of both."""
    more = {"year": [1999, 1999, 1999, 2004, 2004], "dose": [1.0, 2.0, None, 1.0, 3.0],
            "site": ["x", "x", "x", "y", "y"], "n1": [1, 2, 3, 4, 5]}  # fmt: skip
    columns = network_effects({**ARMS, **more}, "MD").columns
    assert columns["year"] == (1999, 1999, 1999, 2004)
    assert columns["site"] == ("x", "x", "x", "y")
    assert columns["dose1"][:2] == (1.0, 1.0)
    assert columns["dose2"][0] == 2.0
    assert np.isnan(columns["dose2"][1])
    assert columns["n1"] == (12.0, 12.0, 31.0, 22.0)
    assert columns["n11"] == (1, 1, 2, 4)


def test_directions():
    """Outcomes of opposite direction turn when asked, by study."""
    ways = ["lower", "lower", "lower", "higher", "higher"]
    plain = by_pair(network_effects(ARMS, "SMD"))
    turned = network_effects({**ARMS, "direction": ways}, "SMD", better="lower")
    found = by_pair(turned)
    assert found["Bo", "a", "c"] == (-plain["Bo", "a", "c"][0], plain["Bo", "a", "c"][1])
    assert found["Ann", "a", "c"] == plain["Ann", "a", "c"]
    assert turned.remarks == ("turned round so that lower is better: Bo",)
    with pytest.raises(ma.InputError, match="outcomes of opposite direction"):
        network_effects({**ARMS, "way": ways}, "SMD", direction="way")
    ways[1] = "higher"
    with pytest.raises(ma.DataError, match="same in all rows of a study"):
        network_effects({**ARMS, "direction": ways}, "SMD", better="lower")
    with pytest.raises(ma.InputError, match="ROM cannot be turned round"):
        network_effects({**ARMS, "direction": ["higher"] * 5}, "ROM", better="lower")
