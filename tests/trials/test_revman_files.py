"""load_revman: files written for a test, whole ones and those it must refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from metaan.core.errors import DataError, Fault
from metaan.trials.revman import load_revman
from tests.tolerance import Tolerance, close

FOLDER = Path(__file__).parent / "revman"
Z = 1.959963984540054
CSV_DIGITS = Tolerance(absolute=1e-7, reason="limits are written with eight decimals")
OUTCOME = (
    '<DICH_OUTCOME NO="1" EFFECT_MEASURE="OR" ESTIMABLE="YES" CI_STUDY="95">'
    '<DICH_DATA STUDY_ID="STD-A-2001" ESTIMABLE="YES" EVENTS_1="1" TOTAL_1="9" EVENTS_2="2"'
    ' TOTAL_2="8"/></DICH_OUTCOME>'
)
REVMAN5 = (
    "Comparison Number,Outcome Number,Subgroup Number,Name,Data Type,Statistical Method,"
    "Effect Measure,Analysis Model,Events 1,Total 1,Events 2,Total 2,Effect Estimate,SE,"
    "CI Start,CI End,User defined order"
)
ANALYSIS = "1,1,0,Death,DIC,MH,OR,Fixed,,,,,,,,,"
PACKAGE = (
    "Analysis group,Analysis number,Study,Experimental cases,Experimental N,Control cases,"
    "Control N,Mean,CI start,CI end"
)


def written(folder, name, *lines, encoding="utf-8"):
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def rm5(*outcomes):
    """Return the text of a .rm5 file."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<COCHRANE_REVIEW>\n<ANALYSES_AND_DATA>\n'
        '<COMPARISON NO="1">\n' + "\n".join(outcomes) + "\n</COMPARISON>\n</ANALYSES_AND_DATA>\n"
        "</COCHRANE_REVIEW>"
    )


def test_labels_differ_where_a_study_stands_twice_in_one_subgroup(tmp_path):
    """Two comparisons of one study are counted."""
    rows = ["1,1,A 2001,1,9,2,8,0.4,0.1,2", "1,1,A 2001,3,9,2,8,1.3,0.3,6"]
    review = load_revman(written(tmp_path, "a-data-rows.csv", PACKAGE, *rows))
    assert review.table("1.1")["study"].tolist() == ["A 2001", "A 2001 (2)"]


def test_subgroups_and_ratios_in_the_csv_export(tmp_path):
    """A subgroup's line has no place in the order; ratios are put on the scale of their error."""
    y, se = np.array([-0.534, 0.03, -0.2]), np.array([0.162, 0.34, 0.25])
    rows = [
        f"1,1,{s},S{i},,,,,,,,,{np.exp(a):.8f},{b},{np.exp(a - Z * b):.8f},"
        f"{np.exp(a + Z * b):.8f},{i}"
        for i, (s, a, b) in enumerate(zip((1, 2, 2), y, se, strict=True), start=1)
    ]
    lines = [REVMAN5, "1,1,0,Survival,IV,IV,Hazard Ratio,Random,,,,,,,,,",
             "1,1,1,young,,,,,,,,,0.6,,0.4,0.8,", rows[0], "1,1,2,old,,,,,,,,,0.9,,0.6,1.3,",
             *rows[1:], "1,1,2,S4,,,,,,,,,0,0,0,0,4"]  # fmt: skip
    review = load_revman(written(tmp_path, "a.csv", *lines))
    assert review.analyses["subgroup_name"].tolist() == ["", "young", "old"]
    assert review.analyses["log_scale"].tolist() == [True] * 3
    assert review.studies["subgroup_name"].tolist() == ["young", "old", "old", "old"]
    assert close(review.effects("1.1").y, y, CSV_DIGITS)
    assert close(review.effects("1.1").se, se, CSV_DIGITS)
    assert review.effects("1.1.2").k == 2
    assert np.isnan(review.studies["y"].iloc[3])


def test_generic_differences_in_the_csv_export_stay(tmp_path):
    """Limits that are symmetric as they stand: no logarithm."""
    row = f"1,1,0,S1,,,,,,,,,6,1.61,{6 - Z * 1.61:.8f},{6 + Z * 1.61:.8f},1"
    review = load_revman(
        written(tmp_path, "a.csv", REVMAN5, "1,1,0,Score,IV,IV,MD,Fixed,,,,,,,,,", row)
    )
    assert review.effects("1.1").y.tolist() == [6]
    assert review.options("1.1") == {}


@pytest.mark.parametrize(("cells", "data_type", "log"), [
    ({"Experimental SD": 2, "Control SD": 3, "Experimental N": 9}, "continuous", False),
    ({"O-E": -1.5, "Variance": 4, "Experimental N": 9}, "O-E and variance", True),
    ({"GIV Mean": -0.7, "GIV SE": 0.1, "Mean": 0.4966}, "generic inverse variance", True),
    ({"GIV Mean": -0.7, "GIV SE": 0.1, "Mean": -0.7}, "generic inverse variance", False),
    ({"Experimental N": 9, "GIV SE": 0.5, "Variance": 0.25}, "dichotomous", False),
])  # fmt: skip
def test_data_types_by_the_columns_in_use(tmp_path, cells, data_type, log):
    """Without settings, the columns that hold more than zeros tell the data type."""
    row = dict.fromkeys(pd.read_csv(FOLDER / "synthetic-data-rows.csv").columns, 0)
    row |= {"Analysis group": 1, "Analysis number": 1, "Study": "A 2001"} | cells
    path = tmp_path / "a-data-rows.csv"
    pd.DataFrame([row]).to_csv(path, index=False)
    review = load_revman(path)
    assert review.analyses.loc["1.1", "data_type"] == data_type
    assert bool(review.analyses.loc["1.1", "log_scale"]) == log


BAD = [
    ("a.rm5", "events", "is not XML"),
    ("a.rm5", "<COCHRANE_REVIEW>", "is not well-formed XML"),
    ("a.rm5", "<html></html>", "not a RevMan 5 review"),
    ("a.rm5", "<COCHRANE_REVIEW/>", "holds no comparisons"),
    ("a.rm5", rm5(), "holds no analyses"),
    ("a.rm5", rm5('<DTA_OUTCOME NO="1"/>'), "unknown type of outcome; got 'DTA'"),
    ("a.rm5", rm5(OUTCOME, OUTCOME), "analysis 1.1: stands twice"),
    ("a.rm5", rm5(OUTCOME.replace(' TOTAL_1="9"', "")), "line 5 (A 2001), TOTAL_1: attribute is"),
    ("a.rm5", rm5(OUTCOME.replace('"9"', '"nine"')), "must be a number; got 'nine'"),
    ("a.rm5", rm5(OUTCOME.replace('NO="1"', 'NO="1.5"')), "must be a whole number; got '1.5'"),
    ("a.csv", "", "is empty"),
    ("a.csv", REVMAN5.replace(",", ";"), "semicolons"),
    ("a.csv", "study,events1\nA,1", "is not a RevMan file: neither its XML"),
    ("a.csv", 'Analysis group,"Study', "has a quote in the wrong place"),
    ("a.csv", f"{PACKAGE}\n1,1,A", "line 2: must have 10 cells; got '3'"),
    ("a.csv", "Analysis group,Analysis group,Study", "column stands twice"),
    ("a.csv", "Analysis group,Study\n1,A", "Analysis number: column is missing"),
    ("a.csv", "Analysis group,Analysis number,Study,Control N\n1,1,A,9",
     "Experimental cases: column is missing (needed for dichotomous data)"),
    ("a.csv", f"{PACKAGE}\n1,one,A,1,9,2,8,,,", "Analysis number: must be a number; got 'one'"),
    ("a.csv", f"{PACKAGE}\n,1,A,1,9,2,8,,,", "Analysis group: must be a whole number"),
    ("a.csv", f'{PACKAGE}\n1,1,A,"1,5",9,2,8,,,', "Experimental cases: must be a number"),
    ("a.csv", f"{PACKAGE}\n1,1,,1,9,2,8,,,", "Study: must not be empty"),
    ("a.csv", PACKAGE, "holds no analyses"),
    ("a.csv", f"{REVMAN5}\n{ANALYSIS.replace('DIC', 'DTA')}", "unknown data type; got 'DTA'"),
    ("a.csv", f"{REVMAN5}\n1,1,0,A 2001,,,,,1,9,2,8,,,,,1", "no line of this analysis"),
    ("a.csv", f"{REVMAN5}\n{ANALYSIS}\n{ANALYSIS}", "analysis 1.1: stands twice"),
    ("a.csv", f"{REVMAN5}\n{ANALYSIS.replace('DIC', 'CON')}", "Mean 1: column is missing"),
    ("a.csv", f"{REVMAN5}\n{ANALYSIS.replace('DIC', 'IV')}\n1,1,0,A,,,,,,,,,2,1,1,3,1",
     "do not agree with the printed limits"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "said"), BAD)
def test_bad_files_are_refused(tmp_path, name, text, said):
    """One DataError that says where, what, which rule and what to do."""
    with pytest.raises(DataError) as caught:
        load_revman(written(tmp_path, name, text))
    assert said in str(caught.value)
    assert all(fault.file == name and fault.remedy for fault in caught.value.faults)


@pytest.mark.parametrize(("name", "content"), [
    ("README.md", (FOLDER / "README.md").read_bytes()),
    ("a.csv", b'Name,Effect\nA,1,2\n"B"c,1\n'),
    ("a.csv", b"study;events1\nA;1"),
    ("a.csv", "Étude,n\nA,1".encode("latin-1")),
    ("a.png", b"\x89PNG\r\n\x1a\n\x00"),
])  # fmt: skip
def test_what_is_no_file_of_revman_has_one_fault(tmp_path, name, content):
    """Ragged lines, quotes and encodings of other files are none of our business."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=r"^1 fault in the data:\s.*is not a RevMan file"
    ) as caught:
        load_revman(path)
    (fault,) = caught.value.faults
    assert "…-data-rows.csv" in fault.rule
    assert "metaan.effect_sizes" in fault.remedy


ENTITIES = [
    '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">',
    '<!ENTITY c SYSTEM "secret.txt">',
    '<!ENTITY % c SYSTEM "http://localhost/x.dtd"> %c;',
]


@pytest.mark.parametrize("entity", ENTITIES)
def test_entities_are_refused_before_they_are_read(tmp_path, entity):
    """Neither bombs nor other files: the declaration ends the reading."""
    (tmp_path / "secret.txt").write_text("TOP SECRET", encoding="utf-8")
    bomb = f"<?xml version='1.0'?>\n<!DOCTYPE r [{entity}]>\n<COCHRANE_REVIEW>&c;"
    with pytest.raises(DataError, match="declares an XML entity") as caught:
        load_revman(written(tmp_path, "a.rm5", bomb + "</COCHRANE_REVIEW>"))
    assert "SECRET" not in str(caught.value)


def test_archives_and_other_bytes_are_refused(tmp_path):
    """A zip is to be unzipped; other encodings, and paths that are none, are named."""
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(DataError, match=r"is a zip archive\. Unzip it"):
        load_revman(tmp_path / "a.zip")
    with pytest.raises(DataError, match="is not UTF-8 text"):
        load_revman(written(tmp_path, "a.csv", f"{PACKAGE}\nMüller", encoding="latin-1"))
    with pytest.raises(DataError, match="cannot be read"):
        load_revman(tmp_path / "nowhere.rm5")
    with pytest.raises(DataError, match="cannot be read"):
        load_revman(tmp_path)


def test_an_unknown_type_in_the_settings_is_refused(tmp_path):
    """The file beside the rows is checked, too, and named."""
    rows = written(tmp_path, "a-data-rows.csv", PACKAGE, "1,1,A 2001,1,9,2,8,0.4,0.1,2")
    beside = "a-overall-estimates-and-settings.csv"
    written(tmp_path, beside, "Analysis group,Analysis number,Data type", "1,1,Diagnostic")
    with pytest.raises(DataError, match="unknown data type; got 'Diagnostic'"):
        load_revman(rows)
    written(tmp_path, beside, "Analysis group,Data type", "1,Dichotomous")
    with pytest.raises(DataError, match=f"{beside}, header, Analysis number: column is missing"):
        load_revman(rows)


def test_every_fault_is_named_at_once(tmp_path):
    """A fault holds file, row, column, value, rule and remedy."""
    rows = ["1,1,A 2001,one,9,2,8,0.4,0.1,2", "1,1,B 2002,1,9,two,8,0.4,0.1,2"]
    with pytest.raises(DataError) as caught:
        load_revman(written(tmp_path, "a-data-rows.csv", PACKAGE, *rows))
    assert caught.value.faults[0] == Fault(
        file="a-data-rows.csv", row="line 2 (A 2001)", column="Experimental cases", value="one",
        rule="must be a number",
        remedy="Write digits only; leave the cell empty if it was not reported.",
    )  # fmt: skip
    assert [fault.row for fault in caught.value.faults] == ["line 2 (A 2001)", "line 3 (B 2002)"]


def test_other_encodings_and_a_mark_at_the_start(tmp_path):
    """The XML declaration says how to read it; a byte-order mark does no harm."""
    text = rm5(OUTCOME).replace("STD-A-2001", "STD-L_x00f8_v-2001")
    utf16 = text.replace("UTF-8", "UTF-16")
    for name, encoding, content in (("a.rm5", "utf-16", utf16), ("b.rm5", "utf-8-sig", text)):
        review = load_revman(written(tmp_path, name, content, encoding=encoding))
        assert review.table("1.1")["study"].tolist() == ["Løv 2001"]
    rows = written(tmp_path, "a.csv", PACKAGE, "1,1,Løv,1,9,2,8,0.4,0.1,2", encoding="utf-8-sig")
    assert load_revman(rows).table("1.1")["study"].tolist() == ["Løv"]
