"""Tables as files of spreadsheets and typesetters: lossless, harmless, the same every time."""

from __future__ import annotations

import csv
import math
import re
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pytest
from docx.enum.section import WD_ORIENT

from metaan.plots.pages.letters import printable
from metaan.report.document.content import Table
from metaan.report.files.characters import FORBIDDEN, allowed
from metaan.report.files.columns import columns_of, for_readers, head_of, shown
from metaan.report.files.delimited import GUARD, STARTS, guarded
from metaan.report.files.latex import ESCAPES, escaped, latex_table
from metaan.report.files.tables import TABLE_FORMATS, write_tables
from metaan.report.files.word_pages import empty_document
from metaan.report.files.word_tables import add_table, fitted
from metaan.report.files.workbook import LONGEST_TEXT, sheet_name
from metaan.report.files.zipped import TIME
from tests.report.documents import HOSTILE, TITLE, hostile_table

HARMLESS = (
    *("-", "-9.2", "-9,", "−9.2", "- 3"),
    *("-9.21 (-13.82 to -4.61)", "-2.08 (-5.59 to 1.44)", "-1.5; -2", "+3.1", "-50%", "-1e-05"),
    *("", "a=b", "1+1", " =1+1", "'quoted", "−1+1"),
)
GUARDED = (
    *("=", "=1+1", "@SUM(A1)", "+1+1", "-1+1", "-A1", "-9.2 -3", "-9.2*2", "- ", "--1", "+"),
    *("\t1", "\r=1", "\n=1", "＝1", "＠x", "-1 (cmd|' /C calc'!A0)", "-1; =1"),
)
LONG_ENOUGH, WIDE_ENOUGH = 60, 20


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a table of hostile names in every format."""
    folder = tmp_path_factory.mktemp("tables")
    write_tables([hostile_table()], folder)
    return folder


def rows_of(folder: Path) -> list[list[str]]:
    """Return the cells of the CSV file."""
    text = (folder / "hostile.csv").read_bytes().decode("utf-8")
    return list(csv.reader(StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("text", [text for text in HARMLESS if text not in ("-9,", "- 3")])
def test_harmless_texts_stay(text: str) -> None:
    """Numbers, their intervals, a hyphen alone and the true minus sign are not touched."""
    assert guarded(text) == text


@pytest.mark.parametrize("text", [*GUARDED, "-9,", "- 3"])
def test_texts_that_a_spreadsheet_would_evaluate_are_guarded(text: str) -> None:
    """One apostrophe, and all the rest."""
    assert guarded(text) == GUARD + text


def test_csv_holds_every_letter(written: Path) -> None:
    """Each name comes back but for its guard and what UTF-8 cannot hold."""
    names = [row[0] for row in rows_of(written)[1:]]
    for name, told in zip(HOSTILE, names, strict=True):
        guard = GUARD if allowed(name).startswith(STARTS) else ""
        assert told == guard + FORBIDDEN.sub("�", name)
    assert rows_of(written)[0][-1] == "'=head+1"


def test_csv_holds_every_digit(written: Path) -> None:
    """Numbers are the same doubles, negative ones bare; missing cells are empty."""
    frame, rows = hostile_table().frame, rows_of(written)[1:]
    assert [float(row[1]) for row in rows] == frame["estimate"].tolist()
    assert rows[0][1].startswith("-0.2142857142857")
    assert rows[0][3] == ""
    assert rows[0][6] == ""
    data = (written / "hostile.csv").read_bytes()
    assert data.endswith(b"\r\n")
    assert not data.startswith(b"\xef\xbb\xbf")


def test_a_workbook_has_texts_and_numbers_alone(written: Path) -> None:
    """No formula anywhere; every text as it was, marked as typed; numbers with 16 digits."""
    book = openpyxl.load_workbook(written / "hostile.xlsx")
    sheet = book.active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n", "b"}
    assert all(cell.quotePrefix for cell in cells if cell.data_type == "s")
    names = [cell.value for cell in sheet["A"][1:]]
    assert [name.replace("_x005F_", "_") for name in names] == [allowed(x) for x in HOSTILE]
    frame = hostile_table().frame
    numbers = [cell.value for cell in sheet["B"][1:]]
    assert numbers == pytest.approx(frame["estimate"].tolist(), rel=5e-16, abs=0)
    assert sheet["B2"].number_format == "0.00"
    assert sheet["E2"].number_format == "0"
    assert sheet.freeze_panes == "A2"
    assert b"<f>" not in zipfile.ZipFile(written / "hostile.xlsx").read("xl/worksheets/sheet1.xml")


def test_a_workbook_says_nothing_of_when_and_where(written: Path) -> None:
    """Our name, a fixed time."""
    properties = openpyxl.load_workbook(written / "hostile.xlsx").properties
    assert properties.creator == properties.lastModifiedBy == "metaan"
    assert properties.created.timetuple()[:6] == TIME
    assert properties.title == f"{TITLE}. Numbers"


def test_what_excel_cannot_hold(tmp_path: Path) -> None:
    """Infinities and great whole numbers are text; too long a text is cut and says so."""
    values = [math.inf, 2**60, "y" * 40_000, "two\nlines", "\U0001f600" * 20_000]
    frame = pd.DataFrame({"value": pd.Series(values, dtype=object)})
    write_tables([Table(name="odd", heading="Odd", caption="Odd", frame=frame)], tmp_path)
    column = openpyxl.load_workbook(tmp_path / "odd.xlsx").active["A"][1:]
    assert [cell.value for cell in column[:2]] == ["inf", str(2**60)]
    assert column[2].value == "y" * (LONGEST_TEXT - 1) + "…"
    assert column[3].value == "two\nlines"
    assert len(column[4].value.encode("utf-16-le")) <= 2 * LONGEST_TEXT
    assert sheet_name("a/b:c" * 20) == ("a_b_c" * 20)[:31]
    assert sheet_name("''") == "Table"


def test_a_word_table_reads_as_the_figures_do(written: Path) -> None:
    """Names of one line, short numbers, no empty column, a head that comes again."""
    table = docx.Document(str(written / "hostile.docx")).tables[0]
    heads = [cell.text for cell in table.rows[0].cells]
    assert heads == ["Study", "Estimate", "p value", "n1", "k", "Outlying", "=head+1"]
    names = [cell.text for cell in table.columns[0].cells][1:]
    assert names == [printable(name) for name in HOSTILE]
    first = [cell.text for cell in table.rows[1].cells]
    assert first[1:] == ["−0.21", "0.50", "", "0", "yes", "note"]
    assert table.style is not None
    assert table.style.name == "Three Lines"
    assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")


def test_a_wide_table_lies(tmp_path: Path) -> None:
    """Its page is wider than high, and the columns fit between its margins."""
    texts = {f"column_{i}": ["some text of a cell"] for i in range(WIDE_ENOUGH)}
    frames = {"wide": pd.DataFrame(texts), "narrow": pd.DataFrame({"a": [1.5]})}
    write_tables(
        [Table(name=n, heading=n, caption=n, frame=x) for n, x in frames.items()], tmp_path
    )
    for name in frames:
        opened = docx.Document(str(tmp_path / f"{name}.docx"))
        page = opened.sections[0]
        lies = page.orientation == WD_ORIENT.LANDSCAPE
        assert lies == (name == "wide") == (page.page_width > page.page_height)
        widths = opened.tables[0]._tbl.xpath("./w:tblGrid/w:gridCol/@w:w")
        across = page.page_width - page.left_margin - page.right_margin
        assert sum(map(int, widths)) * 635 <= across


def test_numbers_keep_their_width_where_a_line_is_too_short() -> None:
    """Texts are broken instead; only where that is not enough do all columns shrink."""
    frame = pd.DataFrame({f"t{i}": ["antidisestablishmentarianism" * 2] for i in range(6)})
    frame["number"] = -123456.789
    columns, across = columns_of(frame), 6000
    assert fitted(columns, across) is None
    for line in (across, across // 8):
        document = empty_document(title="", subject="")
        add_table(document, columns, line)
        widths = [column.width.twips for column in document.tables[0].columns]
        assert sum(widths) <= line
        alone = fitted(columns[-1:], across)
        assert alone is not None
        assert (widths[-1] > 0.7 * alone.widths[0]) == (line == across)


def test_limits_stand_in_one_cell() -> None:
    """Where readers look; a limit without the other, or one that is no number, stays alone."""
    frame = pd.DataFrame(
        {
            "low": [-1.25, math.nan, math.nan],
            "high": [math.inf, 2.5, math.nan],
            "slow": [1.0, 2.0, 3.0],
            "q_low": ["a", "b", "c"],
            "q_high": [1.0, 2.0, 3.0],
            "direct_low": [1.0, 2.0, 3.0],
        }
    )
    columns = for_readers(columns_of(frame))
    assert [column.head for column in columns] == [
        *("Low to high", "Slow", "Q low", "Q high", "Direct low")
    ]
    assert columns[0].texts() == ("−1.25 to ∞", "… to 2.50", "")
    assert columns[0].numeric


@pytest.mark.parametrize("ending", TABLE_FORMATS)
def test_the_same_table_gives_the_same_bytes(written: Path, tmp_path: Path, ending: str) -> None:
    """Also in another folder, and without a time in any archive."""
    write_tables([hostile_table()], tmp_path)
    data = (tmp_path / f"hostile.{ending}").read_bytes()
    assert data == (written / f"hostile.{ending}").read_bytes()
    if data.startswith(b"PK"):
        entries = zipfile.ZipFile(BytesIO(data)).infolist()
        assert {entry.date_time for entry in entries} == {TIME}


def test_tables_without_rows_or_columns(tmp_path: Path) -> None:
    """Each format opens."""
    frames = {"rows": pd.DataFrame(columns=["study", "reason"]), "columns": pd.DataFrame()}
    write_tables(
        [Table(name=n, heading=n, caption=n, frame=x) for n, x in frames.items()], tmp_path
    )
    assert (tmp_path / "rows.csv").read_text() == "study,reason\n"
    assert openpyxl.load_workbook(tmp_path / "rows.xlsx").active.max_row == 1
    assert len(docx.Document(str(tmp_path / "rows.docx")).tables) == 1
    for name in frames:
        openpyxl.load_workbook(tmp_path / f"{name}.xlsx")
        docx.Document(str(tmp_path / f"{name}.docx"))
        assert not tex_faults((tmp_path / f"{name}.tex").read_text(encoding="utf-8"))


def tex_faults(text: str) -> list[str]:
    """Return what a TeX engine would stumble over."""
    found = []
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    code = re.sub(r"%$", "", "\n".join(lines), flags=re.MULTILINE)
    bare = re.sub(r"\\[\\{}$&#_%]", "", code)
    if bare.count("{") != bare.count("}"):
        found.append("braces")
    if bare.count("$") % 2:
        found.append("dollars")
    if re.search(
        r"[#^_~%<>|\"`]", re.sub(r"\\(label|begin|end)\{[^}]*\}|>\{\\raggedright", "", bare)
    ):
        found.append("a letter with a meaning")
    stack: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", code):
        if kind == "begin":
            stack.append(name)
        elif not stack or stack.pop() != name:
            found.append(f"end of {name}")
    rows = [line for line in lines if line.endswith(r"\\") and not line.startswith(r"\caption")]
    if len({len(re.findall(r"(?<!\\)&", row)) for row in rows}) > 1:
        found.append("rows of several lengths")
    if stack:
        found.append(f"no end of {stack}")
    return found


def test_the_checker_sees_what_is_broken() -> None:
    """Or the tests below would prove nothing."""
    for broken in ("{", "$x", r"\begin{table}", "a_b", "a & b \\\\\nc \\\\", "50%x"):
        assert tex_faults(broken)


def test_latex_survives_every_name(written: Path) -> None:
    """Balanced, nothing with a meaning, and every row on a line of its own."""
    text = (written / "hostile.tex").read_text(encoding="utf-8")
    assert not tex_faults(text)
    assert r"\textbackslash{}input\{/etc/passwd\} \$\$ \textbackslash{}end\{tabular\} \%" in text
    assert "\\textbackslash{}\\textbackslash{}{[}9cm{]} {*} -{}- '{}'" in text
    commands = set(re.findall(r"\\[A-Za-z]+", text))
    ours = {"caption", "label", "begin", "end", "toprule", "midrule", "bottomrule", "centering"}
    ours |= {"small", "raggedright", "arraybackslash", "linewidth", "usepackage", "resizebox"}
    spelled = set(re.findall(r"\\[A-Za-z]+", "".join(ESCAPES.values())))
    assert commands <= {f"\\{name}" for name in ours} | spelled
    assert escaped("−9.2 ≤ I² “x”") == r"$-$9.2 $\leq$ I\textsuperscript{2} ``x''"


@pytest.mark.parametrize("rows", [2, LONG_ENOUGH])
@pytest.mark.parametrize("columns", [2, WIDE_ENOUGH])
def test_latex_names_the_packages_that_it_needs(rows: int, columns: int) -> None:
    """A long table breaks, a wide one lies; both stay balanced."""
    frame = pd.DataFrame({f"c{i}": ["words of a cell"] * rows for i in range(columns)})
    text = latex_table(columns_of(frame), name="a_b", caption="Numbers (a_b)")
    assert not tex_faults(text)
    needed = re.search(r"% Needs \\usepackage\{([a-z,]+)\}\.", text)
    assert needed is not None
    expected = {"booktabs"}
    if rows == LONG_ENOUGH:
        expected |= {"longtable"} | ({"pdflscape"} if columns == WIDE_ENOUGH else set())
    elif columns == WIDE_ENOUGH:
        expected |= {"rotating", "graphicx"}
    assert set(needed[1].split(",")) == expected
    assert r"\caption{Numbers (a\_b)}\label{tab:a-b}" in text


def test_numbers_are_shown_short() -> None:
    """Decimals of a column, more where these would show nothing, p values as in the text."""
    assert [shown(x, 2) for x in (-10.206, 0.00132, 1234567.8, math.inf)] == [
        *("−10.21", "0.0013", "1.235e+06", "∞")
    ]
    frame = pd.DataFrame({"p_value": [0.0001, 0.2, 0.999], "p_score": [0.0001, 0.2, 0.999]})
    p_values, scores = columns_of(frame)
    assert p_values.texts() == ("< 0.001", "0.20", "> 0.99")
    assert scores.texts() == ("0.0001", "0.20", "1.00")
    assert [head_of(x) for x in ("tau2", "q_df", "Usual care", "study_id")] == [
        *("tau²", "Q df", "Usual care", "Study id")
    ]


def test_the_report_has_every_table_in_every_format(small_report: Path) -> None:
    """As many of each, none empty."""
    names = {path.stem for path in (small_report / "tables").iterdir()}
    for ending in TABLE_FORMATS:
        found = {path.stem for path in (small_report / "tables").glob(f"*.{ending}")}
        assert found == names
    assert all(path.stat().st_size for path in (small_report / "tables").iterdir())
