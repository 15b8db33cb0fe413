"""Figures as files: the same bytes every time, text as text, alt text inside."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from PIL import Image

from metaan.core.errors import InputError
from metaan.plots.forests.forest import forest
from metaan.plots.forests.record import ForestRows
from metaan.plots.pages.plot import Plot
from tests.plots import builders as make

NASTY = r"A_{1} & $x^2$ 50% \frac{1}{2} <script>alert('x')</script> ]]> % #"
SVG = "{http://www.w3.org/2000/svg}"


def plot(title: str = "BCG vaccine") -> Plot[ForestRows]:
    """Return a figure with every kind of text."""
    return forest(
        make.bcg_fit(),
        title=title,
        published=[make.published(0.5, 0.3, 0.8, measure="RR")],
        favors=("Favors BCG", "Favors none"),
        notes=("A note.",),
    )


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_the_same_figure_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    """Twice from one object, and once more from a new one."""
    first = plot()
    files = [
        first.save(tmp_path / f"a.{suffix}"),
        first.save(tmp_path / f"b.{suffix}"),
        plot().save(tmp_path / f"c.{suffix}"),
    ]
    assert len({path.read_bytes() for path in files}) == 1


def test_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    """Neither hash seeds nor clocks reach the file."""
    code = (
        "import sys, pathlib, matplotlib; matplotlib.rcParams['font.family'] = 'serif';"
        "from tests.plots.test_saving import plot; folder = pathlib.Path(sys.argv[1]);"
        "[plot().save(folder / f'there.{s}') for s in ('svg', 'pdf')]"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    for suffix in ("svg", "pdf"):
        here = plot().save(tmp_path / f"here.{suffix}").read_bytes()
        there = (tmp_path / f"there.{suffix}").read_bytes()
        assert hashlib.sha256(here).hexdigest() == hashlib.sha256(there).hexdigest()


def test_names_are_drawn_literally(tmp_path: Path) -> None:
    """Dollar signs, braces, percent and markup are characters, not commands."""
    studies = make.effects([1.0, 2.0], [1.0, 1.0], study=[NASTY, "Plain"])
    path = forest(studies, title=NASTY, notes=(NASTY,)).save(tmp_path / "x.svg")
    root = ElementTree.parse(path).getroot()
    words = " ".join(element.text or "" for element in root.iter(f"{SVG}text"))
    assert words.replace("  ", " ").count("$x^2$ 50%") == 3
    assert words.count("<script>") == 3
    assert list(root.iter(f"{SVG}script")) == []


def test_text_stays_text_and_fonts_are_embedded(tmp_path: Path) -> None:
    """SVG has text elements in our font; PDF embeds TrueType (Type 42)."""
    svg = plot().save(tmp_path / "x.svg").read_text(encoding="utf-8")
    assert ">Aronson 1948</text>" in svg
    assert "'DejaVu Sans', 'Verdana', sans-serif" in svg
    pdf = plot().save(tmp_path / "x.pdf").read_bytes()
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


def test_the_alt_text_is_in_the_file(tmp_path: Path) -> None:
    """Title and description travel with every format; dates do not."""
    alt = "Forest plot of 13 studies; pooled: Risk ratio 0.49 (95% CI 0.33, 0.73)."
    svg = plot().save(tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "<title>BCG vaccine</title>" in svg
    assert f"<dc:description>{alt}</dc:description>" in svg
    assert "dc:date" not in svg
    pdf = plot().save(tmp_path / "x.pdf").read_bytes()
    assert b"(BCG vaccine)" in pdf
    assert b"CreationDate" not in pdf
    with Image.open(plot().save(tmp_path / "x.png")) as image:
        assert image.info["Description"] == alt
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def test_an_unknown_suffix_lists_the_choices(tmp_path: Path) -> None:
    """The message names the formats and the nearest."""
    with pytest.raises(InputError, match=r"choose one of \.svg, \.pdf, \.png\. Did you mean"):
        plot().save(tmp_path / "x.pngg")
    with pytest.raises(InputError, match="'x' ends in no format we write"):
        plot().save(tmp_path / "x")


def test_save_returns_the_path(tmp_path: Path) -> None:
    """A string is as good as a path; capitals are as good as small letters."""
    path = plot().save(str(tmp_path / "x.PNG"))
    assert path == tmp_path / "x.PNG"
    assert path.read_bytes()[:4] == b"\x89PNG"


def test_a_notebook_shows_one_image_with_its_alt_text() -> None:
    """One image, its width and alt text beside it, and the same words where there is no image."""
    data, about = plot()._repr_mimebundle_(include=None, exclude=None)
    assert b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "Forest plot of 13 studies" in about["image/png"]["alt"]
    assert about["image/png"]["width"] > 400
    assert data["text/plain"] == about["image/png"]["alt"] == repr(plot())


def test_no_setting_of_matplotlib_changes(tmp_path: Path) -> None:
    """The settings of the user are the same before and after."""
    before = dict(matplotlib.rcParams)
    plot().save(tmp_path / "x.svg")
    assert dict(matplotlib.rcParams) == before


def test_the_table_of_a_figure() -> None:
    """The figure hands out what it shows."""
    frame = plot().data
    assert list(frame["kind"].unique()) == ["study", "total", "prediction", "note", "published"]
