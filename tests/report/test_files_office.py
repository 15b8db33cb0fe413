"""The files in LibreOffice: they open, nothing is evaluated, every name comes out."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser

import pytest

from metaan.plots.pages.letters import printable
from metaan.report.files.tables import write_tables
from metaan.report.files.word import report_docx
from tests.report.documents import HOSTILE, ORDERS, TITLE, document, hostile_table

pytestmark = pytest.mark.office
LONGEST_WAIT = 120  # seconds


class _Read(HTMLParser):
    """Collects cells, all text, and the alt texts of images."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.cells: list[str] = []
        self.alts: list[str] = []
        self.headings = ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a cell, or keep an image's text."""
        if tag == "td":
            self.cells.append("")
        if tag in ("td", "h1", "h2", "h3"):
            self._inside.append(tag)
        if tag == "img":
            self.alts.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell or a heading."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data
        if "td" in self._inside:
            self.cells[-1] += data
        elif self._inside:
            self.headings += data + "\n"


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, _Read]:
    """Return what LibreOffice makes of the files: one start for all of them."""
    folder = tmp_path_factory.mktemp("office")
    write_tables([hostile_table()], folder)
    (folder / "hostile.docx").rename(folder / "table.docx")
    (folder / "report.docx").write_bytes(report_docx(document(folder)))
    files = [folder / name for name in ("hostile.xlsx", "table.docx", "report.docx")]
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    order = ["soffice", profile, "--headless", "--convert-to", "html", "--outdir", str(folder)]
    done = subprocess.run(
        [*order, *map(str, files)], capture_output=True, timeout=LONGEST_WAIT, check=False
    )
    assert done.returncode == 0, done.stderr
    found = {}
    for file in files:
        found[file.name] = _Read()
        found[file.name].feed(file.with_suffix(".html").read_text(encoding="utf-8"))
    return found


def test_a_workbook_evaluates_nothing(opened: dict[str, _Read]) -> None:
    """Each order stands there as the text that it was."""
    cells = {_plain(cell) for cell in opened["hostile.xlsx"].cells}
    for order in ORDERS:
        assert _plain(order) in cells
    assert not [cell for cell in cells if re.match(r"#(NAME|REF|VALUE)|Err:", cell)]


@pytest.mark.parametrize("name", ["table.docx", "report.docx"])
def test_word_files_hold_every_name(opened: dict[str, _Read], name: str) -> None:
    """As the figures write it."""
    cells = {_plain(cell) for cell in opened[name].cells}
    assert {_plain(printable(each)) for each in HOSTILE} <= cells


def test_the_report_has_its_headings_and_figures(opened: dict[str, _Read]) -> None:
    """Each picture with its title, which LibreOffice reads out first."""
    found = opened["report.docx"]
    assert len(found.alts) > 3
    assert all(alt.startswith(TITLE) for alt in found.alts)
    for heading in ("One & only <analysis>", "Methods", "References", "Sensitivity analyses"):
        assert heading in _plain(found.headings)
