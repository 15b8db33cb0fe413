"""load_trials: the shipped evidence, a user's own file, and files as programs save them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

import metaan as ma
from metaan.trials.schema import ARMS, CONTRASTS, TERMS
from metaan.trials.shipped import data_folder
from tests.trials.builders import arm, contrast, evidence, only_fault, sham, shipped, write

HEADER = (
    "study_id,arm,treatment,outcome,instrument,term,measure_type,n,mean,sd,events,"
    "source_doi,source_citation\n"
)
FIRST = "new2030,1,acupuncture,pain,VAS_0_100,immediate,endpoint,20,30,12,,,Own\n"
SECOND = "new2030,2,sham_penetrating,pain,VAS_0_100,immediate,endpoint,21,40,13,,,Own\n"
TEXT = HEADER + FIRST + SECOND


def saved(folder, content):
    """Return the path of a file with this text or these bytes."""
    path = folder / "mine.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_shipped_evidence():
    """All rows of all tables are there, without a fault."""
    trials = ma.load_trials()
    assert (len(trials.arms), len(trials.contrast_rows), len(trials.studies)) == (370, 58, 77)
    assert (len(trials.instruments), len(trials.treatments)) == (38, 24)
    assert len(ma.load_published()) == 137
    assert trials.arms["row_id"].is_unique
    assert str(trials) == "370 arm rows and 58 printed contrasts of 44 studies (trials.csv)"
    assert "<table" in trials._repr_html_()


def test_what_the_columns_hold():
    """Numbers are floats, with NaN for what was not reported; everything else is text."""
    trials = shipped()
    for frame, columns in ((trials.arms, ARMS), (trials.contrast_rows, CONTRASTS)):
        assert frame.columns.is_unique
        for column in columns:
            if column.number:
                assert frame[column.name].dtype == "float64"
            else:
                assert frame[column.name].map(type).eq(str).all()
    assert trials.arms["sd"].isna().any()
    assert set(trials.arms["term"]) == {*TERMS, ""}


def test_the_order_and_the_figures_are_those_of_the_file():
    """Row 230 of the file is row 230 of the table."""
    row = shipped().arms.set_index("row_id").loc["230"]
    assert (row["study_id"], row["n"], row["mean"], row["sd"]) == ("molsberger2002", 58, 26, 21)
    assert list(shipped().arms["row_id"].astype(int)) == sorted(shipped().arms["row_id"].map(int))


def test_labels_for_readers():
    """Author, year and the letter; the journal where the author was not read."""
    labels = shipped().studies["label"]
    assert labels["haake2007"] == "Haake 2007"
    assert labels["itoh2009b"] == "Itoh 2009b"
    assert labels["jcmp2022"] == "J Clin Med Pract 2022"


def test_a_file_with_the_required_columns_alone(tmp_path):
    """Three defaults are filled in: row_id, components, preferred; nothing else is."""
    trials = ma.load_trials(saved(tmp_path, TEXT))
    assert list(trials.arms["row_id"]) == ["line2", "line3"]
    assert list(trials.arms["components"]) == ["acupuncture", "sham_penetrating"]
    assert list(trials.arms["preferred"]) == ["1", "1"]
    assert trials.arms["se"].isna().all()
    assert trials.contrast_rows.empty
    assert trials.source == tmp_path / "mine.csv"
    pairs = trials.select(outcome="pain").contrasts("acupuncture", "sham").pairs
    assert list(pairs["study"]) == ["new2030"]
    assert (pairs["mean1"][0], pairs["mean2"][0]) == (30, 40)


def test_the_words_come_from_the_schema():
    """The columns used above are exactly the required ones."""
    assert {column.name for column in ARMS if column.header} == {*HEADER.strip().split(",")}


def test_a_folder(tmp_path):
    """A folder is read with the tables that lie in it; a file beside its contrasts too."""
    evidence(tmp_path, [arm(), sham()], [contrast()])
    for path in (tmp_path, str(tmp_path), tmp_path / "trials.csv"):
        trials = ma.load_trials(path)
        assert (len(trials.arms), len(trials.contrast_rows)) == (2, 1)


def test_own_vocabularies(tmp_path):
    """An instrument of one's own stands in an instruments.csv beside the file."""
    text = (data_folder() / "instruments.csv").read_text(encoding="utf-8")
    line = "NPRS_0_20,pain,0,20,point,lower,of our own\n"
    (tmp_path / "instruments.csv").write_text(text + line, encoding="utf-8")
    trials = evidence(tmp_path, [arm(instrument="NPRS_0_20", mean="12", sd="4")])
    assert trials.instruments.at["NPRS_0_20", "high"] == 20


def test_own_studies_must_be_complete(tmp_path):
    """Where a studies.csv lies beside the file, every study must be in it."""
    write(tmp_path / "studies.csv", [{"study_id": "new2031", "year": "2031"}])
    write(tmp_path / "trials.csv", [arm()])
    fault = only_fault(tmp_path)
    assert (fault.column, fault.value) == ("study_id", "new2030")
    assert fault.rule == "is not a key of studies.csv"
    assert 'Did you mean "new2031"?' in fault.remedy


@pytest.mark.parametrize(
    "content",
    [
        ("\ufeff" + TEXT).encode(),
        TEXT.replace("\n", "\r\n").encode(),
        ("\ufeff" + TEXT.replace("\n", "\r\n")).encode(),
        TEXT.replace(",Own", ',"Own"').encode(),
        (TEXT + "\n,,,,,,,,,,,,\n").encode(),
        TEXT.replace(",30,", ", 30 ,").encode(),
        TEXT.replace(",30,", ",\u00a030,").encode(),
        TEXT.rstrip("\n").encode(),
    ],
    ids=["BOM", "CRLF", "both", "quotes", "blank lines", "blanks", "hard blank", "no last line"],
)
def test_as_programs_save_it(tmp_path, content):
    """A byte order mark, line ends, quotes and blanks around a cell change nothing."""
    frame = ma.load_trials(saved(tmp_path, content)).arms
    plain = ma.load_trials(saved(tmp_path, TEXT)).arms
    assert frame.equals(plain)


def test_quoted_commas_and_line_breaks(tmp_path):
    """A quoted cell may hold commas, quotes and line breaks."""
    text = HEADER + FIRST.replace("Own", '"New, A; ""Pain"", 2030\npage 3"') + SECOND
    frame = ma.load_trials(saved(tmp_path, text)).arms
    assert list(frame["source_citation"]) == ['New, A; "Pain", 2030\npage 3', "Own"]


def test_a_header_alone_is_a_fault(tmp_path):
    """A table of no rows, and no contrasts beside it, is no evidence."""
    assert only_fault(saved(tmp_path, HEADER)).rule == "has no rows"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (TEXT.replace(",", ";").replace("30.5", "30,5"), "cells separated by semicolons"),
        (TEXT.replace("Own", "Müller").encode("cp1252"), "read as Windows-1252"),
        (TEXT.encode("utf-16"), "read as UTF-16"),
    ],
    ids=["semicolons", "cp1252", "UTF-16"],
)
def test_what_a_spreadsheet_saves_is_read_and_told(tmp_path, content, says):
    """The same numbers, whatever separates them."""
    trials = ma.load_trials(saved(tmp_path, content))
    plain = ma.load_trials(saved(tmp_path, TEXT))
    assert f"mine.csv: {says}" in trials.remarks
    assert plain.remarks == ()
    assert trials.arms[["mean", "sd", "n"]].equals(plain.arms[["mean", "sd", "n"]])


@pytest.mark.parametrize(
    ("content", "rule", "remedy"),
    [
        ("", "has no header row", "column names"),
        ("\n\n", "has no header row", "column names"),
        (TEXT.replace("Own", "Own, 2030", 1), "must have 13 cells", "Quote cells"),
        (TEXT.replace(",Own", "", 1), "must have 13 cells", "Quote cells"),
        (TEXT.replace("source_citation", "source_citation,sd").replace("Own", "Own,12"),
         "column stands twice", "Keep one"),
    ],
    ids=["empty", "blank", "ragged", "short", "twice"],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path, content, rule, remedy):
    """One fault each, which names the file, the rule and what to do."""
    fault = only_fault(saved(tmp_path, content))
    assert fault.file == "mine.csv"
    assert fault.rule.startswith(rule)
    assert remedy in fault.remedy


def test_a_ragged_row_is_named_by_its_line(tmp_path):
    """The line is that of the file, the value is how many cells it has."""
    fault = only_fault(saved(tmp_path, HEADER + FIRST + SECOND.replace("Own", "Own, 2030")))
    assert (fault.row, fault.value) == ("line 3", "14")


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere"])
def test_a_missing_file(tmp_path, name):
    """The path that was tried is in the message."""
    fault = only_fault(tmp_path / name)
    assert fault.rule == "cannot be read (No such file or directory)"
    assert fault.value == str(tmp_path / name)
    assert fault.remedy == "Check the path."


def test_an_empty_folder(tmp_path):
    """The file that was looked for is named."""
    assert only_fault(tmp_path).file == "trials.csv"


@pytest.mark.parametrize("rows", [0, 2000])
def test_a_quote_that_is_never_closed_loses_no_row(tmp_path, rows):
    """What follows an opened quote is not swallowed: the file is refused."""
    text = HEADER + FIRST.replace(",Own", ',"Own') + SECOND + (FIRST + SECOND) * rows
    assert "quote" in only_fault(saved(tmp_path, text)).rule


@pytest.mark.parametrize("commas", [",", ",,"])
def test_empty_columns_at_the_right(tmp_path, commas):
    """Commas that a spreadsheet leaves at the ends of all lines are no columns."""
    text = "".join(f"{line}{commas}\n" for line in TEXT.splitlines())
    assert len(ma.load_trials(saved(tmp_path, text)).arms) == 2


def test_the_record_is_frozen():
    """Trials cannot be changed, only replaced."""
    with pytest.raises(FrozenInstanceError):
        shipped().arms = None
