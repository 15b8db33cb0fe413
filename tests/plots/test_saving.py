"""Figures as files: the same bytes every time, text as text, alt text inside."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from base64 import b64decode
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import Image

from metaan.core.errors import InputError, LettersWarning
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


SETTINGS = {
    "font.family": "serif",
    "font.size": 30.0,
    "text.usetex": True,
    "text.color": "red",
    "axes.facecolor": "blue",
    "savefig.dpi": 20.0,
    "savefig.bbox": "tight",
    "savefig.transparent": True,
    "savefig.facecolor": "green",
    "figure.facecolor": "pink",
    "figure.dpi": 300.0,
    "svg.fonttype": "path",
    "pdf.fonttype": 3,
    "path.snap": False,
    "path.simplify_threshold": 1.0,
    "patch.linewidth": 9.0,
    "patch.antialiased": False,
    "lines.linewidth": 9.0,
    "lines.antialiased": False,
    "axes.unicode_minus": False,
}


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_no_setting_of_the_user_reaches_a_file(tmp_path: Path, suffix: str) -> None:
    """Drawn and saved under a style that changes nearly everything."""
    expected = plot().save(tmp_path / f"a.{suffix}").read_bytes()
    with matplotlib.rc_context(SETTINGS):
        found = plot().save(tmp_path / f"b.{suffix}").read_bytes()
    assert found == expected


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of both figures, by name."""
    folder = tmp_path_factory.mktemp("here")
    save_both(folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def save_both(folder: str | Path) -> None:
    """Save a figure with every kind of text and one of many scripts, in every format."""
    for i, drawn in enumerate((plot(), many_scripts())):
        for suffix in ("svg", "pdf", "png"):
            drawn.save(f"{folder}/{i}.{suffix}")


@pytest.mark.parametrize(("seed", "family"), [("1", "serif"), ("77", "sans-serif")])
def test_neither_hash_seed_nor_clock_nor_folder_reaches_a_file(
    tmp_path: Path, here: dict[str, bytes], seed: str, family: str
) -> None:
    """Names in several fonts, another process, another working folder, other settings."""
    code = (
        "import sys, matplotlib; sys.path.insert(0, sys.argv[2]);"
        "matplotlib.rcParams['font.family'] = sys.argv[3];"
        "from tests.plots.test_saving import save_both; save_both(sys.argv[1])"
    )
    root = str(Path(__file__).parents[2])
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path), root, family],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    assert {file.name for file in tmp_path.iterdir()} == {*here}
    assert all((tmp_path / name).read_bytes() == data for name, data in here.items())


def many_scripts() -> Plot[ForestRows]:
    """Return a figure that takes its letters from more than one font, if there are more."""
    studies = make.effects([1.0, 2.0, 3.0], [1.0] * 3, study=["张伟 2004", "كوهين", "Łódź"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LettersWarning)
        return forest(studies, title="日本 كهن")


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("x", "'x' ends in no format we write; choose one of .svg, .pdf, .png"),
        ("x.jpg", "'x.jpg' ends in no format we write"),
        ("x.svg.", "ends in no format"),
        ("", "ends in no format"),
        ("none/x.svg", "does not exist; make it first"),
        ("file/x.svg", "is no folder but a file"),
        ("folder.svg", "is a folder; add the name of a file"),
    ],
)
def test_a_place_where_nothing_can_be_written(tmp_path: Path, place: str, rule: str) -> None:
    """One error each, with what to do; nothing is left behind."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.svg").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError) as caught:
        plot().save(f"{tmp_path}/{place}" if place else "")
    assert rule in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_place_where_the_user_may_not_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system says stands in the error."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(InputError, match=r"cannot be written \(Permission denied\)"):
        plot().save(tmp_path / "x.svg")


def test_dots_per_inch(tmp_path: Path) -> None:
    """A PNG has as many dots as asked for, and says so; the page stays as large."""
    drawn = plot()
    for dpi in (100, 300):
        with Image.open(drawn.save(tmp_path / "x.png", dpi=dpi)) as image:
            assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.1)
            inches = np.array(image.size) / dpi
        assert inches == pytest.approx(drawn.figure.get_size_inches(), abs=0.02)
    svg = drawn.save(tmp_path / "a.svg", dpi=300).read_bytes()
    assert svg == drawn.save(tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("dpi", [0, -5, 1e9, float("nan"), float("inf")])
def test_dots_that_make_no_picture(tmp_path: Path, dpi: float) -> None:
    """Named, with what is usual."""
    with pytest.raises(InputError, match=r"dpi must give the longer side .* 300 to 600 for print"):
        plot().save(tmp_path / "x.png", dpi=dpi)


def test_a_dark_figure_keeps_its_paper(tmp_path: Path) -> None:
    """The ground is in the file, in every format."""
    drawn = forest(make.bcg_fit(), theme="dark")
    with Image.open(drawn.save(tmp_path / "x.png")) as image:
        assert image.convert("RGB").getpixel((1, 1)) == (0x14, 0x17, 0x1C)
    svg = drawn.save(tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "fill: #14171c" in svg


def test_an_svg_is_an_image_with_name_and_description(tmp_path: Path) -> None:
    """Title first, description next, as screen readers look for them."""
    root = ElementTree.parse(plot("BCG & <TB>").save(tmp_path / "x.svg")).getroot()
    assert root.get("role") == "img"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.findtext(f"{SVG}title") == "BCG & <TB>"
    assert "Forest plot of 13 studies" in str(root.findtext(f"{SVG}desc"))


def test_saving_leaves_the_figure_as_it_was(tmp_path: Path) -> None:
    """Also the fonts, which PDF changes for a while."""
    drawn = many_scripts()
    before = drawn.save(tmp_path / "a.png").read_bytes()
    drawn.save(tmp_path / "a.pdf")
    drawn.save(tmp_path / "a.svg")
    assert drawn.save(tmp_path / "b.png").read_bytes() == before


def test_what_users_add_is_saved_too(tmp_path: Path) -> None:
    """In their own font and size."""
    drawn = plot()
    drawn.axes.text(0.0, 0.0, "MINE", family="DejaVu Serif", fontsize=20)
    for suffix in ("svg", "pdf", "png"):
        drawn.save(tmp_path / f"x.{suffix}")
    svg = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "DejaVu Serif" in next(line for line in svg.splitlines() if "MINE" in line)
    assert b"DejaVuSerif" in (tmp_path / "x.pdf").read_bytes()
