"""Files that are no plain CSV: read and told, or refused in one sentence; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

import metaan as ma
from tests.cli import tables
from tests.cli.conftest import Run, Told

LINES = [",".join(map(str, row)) for row in tables.PAIN]
POOLED = ma.pool(
    ma.effect_sizes(dict(zip(tables.CANONICAL, zip(*tables.PAIN, strict=True), strict=True)), "MD")
).estimate.value
GOOD = "\n".join([tables.PLAIN, *LINES]) + "\n"


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        ("sep=,\n" + GOOD).encode(),
        GOOD.replace(",", "\t").encode("utf-16-be", "strict").join([b"\xfe\xff", b""]),
        GOOD.replace(",", " | ").encode(),
        ("\n\n" + GOOD + ",,,,,,\n\n").encode(),
        "\n".join([f"{line},," for line in GOOD.splitlines()]).encode(),
        GOOD.replace("Brinkhaus 2006", '"Brinkhaus\n2006"').encode(),
    ],
    ids=["mark", "crlf", "cr", "sep", "utf-16", "bars", "empty rows", "empty ends", "newline"],
)  # fmt: skip
def test_the_same_table_in_other_clothes(told: Told, tmp_path: Path, data: bytes) -> None:
    """Marks, line ends, separators and empty rows make no difference."""
    file = tmp_path / "t.csv"
    file.write_bytes(data)
    document = told("pool", file, "-m", "MD")
    assert document["k"] == 4
    assert document["estimate"]["value"] == pytest.approx(POOLED, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("blank.csv", b" \n\n", "blank.csv is empty"),
        ("one.csv", b"study\nA\nB\n", "one.csv has one column only ('study')"),
        ("head.csv", f"{tables.PLAIN}\n".encode(), "has a header and no rows"),
        ("twice.csv", b"study,n1,n1\nA,1,2\n", "header, n1: column stands twice"),
        ("ragged.csv", b"study,y,se\nA,1,2,3\nB,1\n", "line 3: must have 3 cells, as the header"),
        ("quote.csv", b'study,y,se\n"A,1,2\n', "a quote is not closed"),
        ("binary.csv", bytes(range(256)), "holds bytes that no text has"),
        ("old.xls", b"\xd0\xcf\x11\xe0 and so on", "a workbook of old Excel (.xls)"),
        ("torn.xlsx", b"PK\x03\x04 torn", "holds bytes that no text has"),
        ("comma.csv", b"study;y;se\nA;1,250;1\nB;2,125;1\n", "may be a decimal comma or a sep"),
        ("mixed.csv", b"study;y;se\nA;1,25;1.5\nB;2,1;1\n", "with a point and with a comma"),
    ],
)
def test_what_is_no_table_is_refused(
    run: Run, tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    """One sentence with the file's name, exit code 2, nothing on stdout."""
    file = tmp_path / name
    file.write_bytes(data)
    result = run("pool", file, "-m", "GEN")
    assert result.exit_code == 2, result.output
    assert says in result.stderr
    assert name in result.stderr
    assert result.stdout == ""
    assert "did not expect" not in result.stderr


def test_no_file_and_a_folder(run: Run, tmp_path: Path) -> None:
    """Said as such; check and pool alike."""
    absent = run("pool", tmp_path / "absent.csv", "-m", "MD")
    assert (absent.exit_code, "cannot be read: No such file" in absent.stderr) == (2, True)
    folder = run("pool", tmp_path, "-m", "MD")
    assert (folder.exit_code, "is a folder, not a file" in folder.stderr) == (2, True)
    assert run("check", tmp_path / "absent.csv").exit_code == 2


def test_workbooks(run: Run, told: Told, tmp_path: Path) -> None:
    """A sheet by name; an unknown one with the nearest; archives that are no workbook."""
    file = tables.metafor_xlsx(tmp_path)
    assert told("pool", file, "-m", "MD", "--sheet", "data")["k"] == 4
    wrong = run("pool", file, "-m", "MD", "--sheet", "dta")
    assert (wrong.exit_code, 'Did you mean "data"?' in wrong.stderr) == (2, True)
    assert (
        "sheet='x' is for workbooks"
        in run("pool", tables.german_csv(tmp_path), "-m", "MD", "--sheet", "x").stderr
    )
    empty = tmp_path / "empty.xlsx"
    Workbook().save(empty)
    assert "empty.xlsx is empty" in run("pool", empty, "-m", "MD").stderr


def test_thousands_and_decimals_can_be_told_apart(told: Told, tmp_path: Path) -> None:
    """Where 1,250 may be both, --decimal says it; beside a decimal point it is thousands."""
    file = tmp_path / "c.csv"
    file.write_text("study;y;se\nA;1,250;1\nB;2,125;1\n")
    assert told("pool", file, "-m", "GEN", "--decimal", ",")["estimate"]["value"] == 1.6875
    assert told("pool", file, "-m", "GEN", "--decimal", ".")["estimate"]["value"] == 1687.5
    file.write_text("study;events1;n1;events2;n2;x\nA;3;1,250;5;1,260;0.5\nB;4;1,300;6;1,320;2\n")
    document = told("pool", file, "-m", "RR")
    assert "separators of thousands dropped in the counts n1, n2 (1,250)" in document["read"]


def test_formulas_do_not_reach_a_spreadsheet(told: Told, tmp_path: Path) -> None:
    """A study that is called like a formula is text in the table that is written."""
    file, out = tmp_path / "f.csv", tmp_path / "o.csv"
    file.write_text('study,y,se\n"=1+1",1,1\n@b,2,1\n')
    assert told("pool", file, "-m", "GEN", "--out", out)["k"] == 2
    text = out.read_text(encoding="utf-8")
    assert "'=1+1," in text
    assert "'@b," in text
