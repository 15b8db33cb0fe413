"""Names of studies are drawn as they are: no markup, no mathematics, no broken file."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from metaan.plots.pages.letters import attached, needs_shaping, printable, runs_left
from tests.plots.hostile import NAMES, PAGES, chart_of, forest_of
from tests.plots.looking import misplaced, texts

SVG = "{http://www.w3.org/2000/svg}"


def words_of(path: Path) -> list[str]:
    """Return the texts of an SVG file; it must be well-formed."""
    root = ElementTree.parse(path).getroot()
    return [element.text or "" for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(("given", "read"), NAMES.items(), ids=range(len(NAMES)))
def test_a_printable_line(given: str, read: str) -> None:
    """What every format can hold, and no more changed than that."""
    assert printable(given) == read
    assert printable(read) == read


def test_letters_that_belong_together() -> None:
    """Accents and joined letters are not parted; the direction of a line is its first letter's."""
    assert attached("\u0301", "e")
    assert attached("x", "a\u200d")
    assert not attached("e", "e")
    assert not attached("\u0301", "")
    assert runs_left("12 (كوهين 2004)")
    assert not runs_left("A كوهين")
    assert not runs_left("2004")
    assert needs_shaping("कोहेन")
    assert not needs_shaping("Łódź 张伟")
    assert printable("می\u200cخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize("page", PAGES)
def test_svg_holds_the_names_and_nothing_else(tmp_path: Path, page: str) -> None:
    """Well-formed, every name a text, no element or attribute made from a name."""
    plot = PAGES[page](list(NAMES), title="<b>$bold$</b>")
    path = plot.save(tmp_path / "x.svg")
    words = words_of(path)
    for name in NAMES.values():
        if len(name) < 60:
            assert any(name in word for word in words), name
    joined = "".join(words)
    assert joined.count("x" * 300) + joined.replace("\n", "").count("x" * 300) > 0
    kinds = {element.tag for element in ElementTree.parse(path).getroot().iter()}
    assert f"{SVG}script" not in kinds
    assert not any("onload" in key for e in ElementTree.parse(path).iter() for key in e.attrib)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_overlaps_or_leaves_the_page(page: str) -> None:
    """Long and strange names are measured as they are drawn."""
    plot = PAGES[page](list(NAMES))
    assert misplaced(plot) == ([], [])
    assert all("\n" not in text for text, _ in texts(plot))


@pytest.mark.parametrize("page", PAGES)
def test_pdf_and_png_are_whole(tmp_path: Path, page: str) -> None:
    """PDF names every letter; PNG has ink on every line."""
    plot = PAGES[page](list(NAMES), title="$a_1$")
    pdf = plot.save(tmp_path / "x.pdf").read_bytes()
    assert pdf.endswith(b"%%EOF\n")
    assert letters_of(pdf) >= {ord(c) for name in NAMES.values() for c in name if c < "\uffff"}
    with Image.open(plot.save(tmp_path / "x.png")) as image:
        assert image.info["Title"] == "$a_1$"
        assert (np.asarray(image.convert("L")) < 128).any()


def letters_of(pdf: bytes) -> set[int]:
    """Return the letters that a PDF maps its glyphs to (its ToUnicode tables)."""
    found: set[int] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            text = zlib.decompress(stream)
        except zlib.error:
            continue
        if b"begincmap" not in text:
            continue
        for first, last, target in re.findall(rb"<(\w+)> <(\w+)> \[?((?:<\w+> ?)+)\]?", text):
            starts = re.findall(rb"<(\w+)>", target)
            codes = [ord(bytes.fromhex(x.decode()).decode("utf-16-be")[0]) for x in starts]
            length = int(last, 16) - int(first, 16) + 1
            found |= set(codes) if len(codes) > 1 else {codes[0] + i for i in range(length)}
    return found


def test_text_is_never_mathematics() -> None:
    """The same ink for a name with dollars as for its characters one by one."""
    for plot in (forest_of(["$x^2$", "B"]), chart_of(["$x^2$", "B"])):
        plot.figure.canvas.draw()
        drawn = [text for text, _ in texts(plot)]
        assert "$x^2$" in drawn
        assert all(not text.get_parse_math() for text in plot.figure.axes[0].texts)


def test_an_override_does_not_turn_round_what_follows(tmp_path: Path) -> None:
    """A name with an unclosed override stands beside numbers that stay as they are."""
    path = forest_of(["\u202e1002 llorT", "B"]).save(tmp_path / "x.svg")
    assert "1002 llorT" in words_of(path)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", path.read_text(encoding="utf-8"))


def test_markup_in_title_and_description(tmp_path: Path) -> None:
    """What is read aloud is escaped too."""
    plot = chart_of(["</desc><script>1</script>\x00"], title="</title><a>\ud800")
    root = ElementTree.parse(plot.save(tmp_path / "x.svg")).getroot()
    assert root.findtext(f"{SVG}title") == "</title><a>�"
    assert root.findtext(f"{SVG}desc") == "A chart with </desc><script>1</script> ."
    plot.save(tmp_path / "x.pdf")
    plot.save(tmp_path / "x.png")
