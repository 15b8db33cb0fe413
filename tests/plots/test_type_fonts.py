"""Letters of every script: the same font measures and draws them, and what is missing is named."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.font_manager import fontManager

from metaan.core.errors import LettersWarning
from metaan.plots.pages import fonts
from metaan.plots.pages.faces import Faces
from metaan.plots.pages.fonts import FALLBACKS, families, file_of, has_postscript_outlines, missing
from metaan.plots.pages.theme import BODY, FAMILY, HEAD
from metaan.plots.pages.typesetting import properties, width, wrap
from tests.plots.hostile import chart_of, forest_of, matplotlib_shapes, needs_letters
from tests.plots.looking import misplaced, texts
from tests.plots.test_hostile_names import letters_of

CHINESE, ARABIC, HEBREW = "张伟 2004 (RCT)", "كوهين 2004 (RCT)", "כהן 2004 (RCT)"
NOWHERE = "\U000f0000"  # for private use: no font that we ask has it
shaping = pytest.mark.filterwarnings("ignore:matplotlib .* neither joins")


def ends(plot: object, text: str) -> tuple[float, float]:
    """Return where a drawn text begins and ends, points."""
    box = next(box for drawn, box in texts(plot) if drawn == text)  # type: ignore[arg-type]
    return float(box[0]), float(box[2])


def test_latin_takes_our_font_alone() -> None:
    """What is in a file hangs on no other installed font."""
    assert families("Łódź Ångström −0.5 τ² I² ≤ ∞ 😀") == (FAMILY,)
    assert families("plain", bold=True) == (FAMILY,)


def test_every_other_letter_takes_a_font_that_has_it() -> None:
    """Checked by fontTools, which knows nothing of FreeType."""
    needs_letters(CHINESE)
    for bold in (False, True):
        names = families(CHINESE, bold=bold)
        assert len(names) == 2
        with TTFont(file_of(names[1], bold), lazy=True, fontNumber=0) as font:
            assert {ord("张"), ord("伟")} <= set(font.getBestCmap())


def test_preference_goes_before_the_alphabet() -> None:
    """Known families in the order of the table, then the others by name; no pictures."""
    others = fonts._others()
    known = [name for name in others if name in FALLBACKS]
    assert known == [name for name in FALLBACKS if name in others]
    assert list(others[len(known) :]) == sorted(others[len(known) :])
    assert not [name for name in others if re.match("cm|Last Resort|STIXSize|MathJax", name)]
    assert FAMILY not in others


@pytest.mark.parametrize("style", [BODY, HEAD], ids=["regular", "bold"])
@pytest.mark.parametrize("text", ["Łódź Ångström", CHINESE, "日本語の試験"])
def test_a_line_is_as_wide_as_the_renderer_draws_it(text: str, style: object) -> None:
    """Advances summed up here against the ink that Agg draws."""
    needs_letters(text)
    plot = chart_of([text], title=text)
    left, right = ends(plot, text)
    measured = width(text, HEAD) / HEAD.size * 11.5
    assert measured == pytest.approx(right - left, abs=2.0)
    assert width(text, style) == pytest.approx(  # type: ignore[arg-type]
        sum(width(letter, style) for letter in text)  # type: ignore[arg-type]
    )


@shaping
@pytest.mark.parametrize("text", [CHINESE, ARABIC, HEBREW, "日本 Łódź"])
def test_names_of_every_script_stand_in_their_place(text: str) -> None:
    """Nothing overlaps, nothing is cut, nothing is a box."""
    needs_letters(text)
    plot = forest_of([text, "Plain 2001", text * 9], title=text)
    assert misplaced(plot) == ([], [])


def test_accents_stay_with_their_letters() -> None:
    """A long word is broken between letters, never inside one."""
    word = "e\u0301" * 40
    lines = wrap(word, BODY, 30.0)
    assert len(lines) > 5
    assert "".join(lines) == word
    assert not [line for line in lines if line.startswith("\u0301")]


def test_one_warning_names_what_is_missing() -> None:
    """One per figure, with the letter, the text and what to do; saving says no more."""
    with pytest.warns(LettersWarning) as caught:
        plot = forest_of([f"Odd {NOWHERE} name", f"Again {NOWHERE}", "Plain"])
    (one,) = caught
    told = str(one.message)
    assert "U+F0000" in told
    assert f"Odd {NOWHERE} name" in told or "Odd \\U000f0000 name" in told
    assert "Install a font with these letters" in told
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot._repr_mimebundle_()


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_missing_letters_do_not_stop_a_file(tmp_path: Path, suffix: str) -> None:
    """Boxes in PNG and PDF; in SVG the letter itself."""
    with pytest.warns(LettersWarning, match="No installed font has"):
        plot = chart_of([f"Odd {NOWHERE}", "B"])
    data = plot.save(tmp_path / f"x.{suffix}").read_bytes()
    assert len(data) > 1000
    assert suffix != "svg" or NOWHERE.encode() in data


def test_the_warning_points_at_the_caller() -> None:
    """Where the figure was asked for, not inside of metaan."""
    with pytest.warns(LettersWarning) as caught:
        forest_of([NOWHERE, "B"])
    assert caught[0].filename.endswith("hostile.py")


def test_svg_names_the_fonts_for_a_browser(tmp_path: Path) -> None:
    """Ours first, then the one with the letters, then any."""
    needs_letters(CHINESE)
    svg = forest_of([CHINESE, "B"]).save(tmp_path / "x.svg").read_text(encoding="utf-8")
    other = families(CHINESE)[1]
    line = next(line for line in svg.splitlines() if CHINESE in line)
    assert f"font-family: 'DejaVu Sans', '{other}'" in line
    assert other not in next(line for line in svg.splitlines() if ">B</text>" in line)


def test_pdf_embeds_every_font(tmp_path: Path) -> None:
    """Two families, their letters by name, and a TrueType font each where they are TrueType."""
    needs_letters(CHINESE)
    pdf = forest_of([CHINESE, "B"], title=CHINESE).save(tmp_path / "x.pdf").read_bytes()
    assert {ord("张"), ord("伟"), ord("R")} <= letters_of(pdf)
    other = families(CHINESE)[1]
    kind = b"/Type3" if has_postscript_outlines(other, False) else b"/FontFile2"
    assert kind in pdf


def test_right_to_left_in_svg(tmp_path: Path) -> None:
    """Such a line says so; its anchor is turned round with it, so that it stays in its place."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=LettersWarning)
        svg = forest_of([ARABIC, "A כהן"]).save(tmp_path / "x.svg").read_text(encoding="utf-8")
    line = next(line for line in svg.splitlines() if "كوهين" in line)
    assert "direction: rtl; text-anchor: end" in line
    assert "direction" not in next(line for line in svg.splitlines() if "A כהן" in line)


def test_right_to_left_is_drawn_or_told(tmp_path: Path) -> None:
    """Matplotlib 3.11 turns lines round; an older one is said not to."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        plot = forest_of([HEBREW, ARABIC])
        plot.save(tmp_path / "x.pdf")
    told = [str(one.message) for one in caught]
    if matplotlib_shapes():
        assert told == []
    else:
        assert len(told) == 1
        assert "Install matplotlib 3.11" in told[0]
        assert HEBREW in told[0]


def test_arabic_letters_are_joined() -> None:
    """A word is drawn narrower than its letters one by one."""
    if not matplotlib_shapes():
        assert width("لا", BODY) > 0
        return
    plot = chart_of(["بببب"], title="بببب")
    left, right = ends(plot, "بببب")
    alone = width("ب", HEAD) * 4 / HEAD.size * 11.5
    assert right - left < 0.8 * alone


def test_a_font_that_was_installed_just_now_is_found() -> None:
    """Matplotlib's list is kept on disk and may be older than a font."""
    needs_letters(CHINESE)
    code = (
        "from matplotlib.font_manager import fontManager as m;"
        "m.ttflist[:] = [e for e in m.ttflist if 'ejavu' in e.fname.lower()];"
        "from metaan.plots.pages.fonts import families;"
        f"print(families({CHINESE!r})[1])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == families(CHINESE)[1]


def test_faces_name_the_measured_files() -> None:
    """Matplotlib's way through the families ends at the files that were measured."""
    needs_letters(CHINESE)
    for bold in (False, True):
        faces = properties(bold, CHINESE)
        asked = fontManager._find_fonts_by_props(faces)
        names = families(CHINESE, bold=bold)
        assert [str(x) for x in asked[:2]] == [str(file_of(name, bold)) for name in names]
        assert isinstance(faces.copy(), Faces)
        for text, glyphs in (("A − ²", 1500), ("A\u1ea0", 10_000)):
            lean = fontManager._find_fonts_by_props(faces.leaner(text))
            with TTFont(str(lean[0])) as font:
                assert "GSUB" not in font
                assert {ord(letter) for letter in text} <= {*font.getBestCmap()}
                assert len(font.getGlyphOrder()) < glyphs


def test_postscript_fonts_are_told_from_truetype() -> None:
    """By their first bytes, also inside a collection."""
    assert not has_postscript_outlines(FAMILY, False)
    for name in fonts._others():
        with open(file_of(name, False), "rb") as file:
            start = file.read(4)
        if start != b"ttcf":
            assert has_postscript_outlines(name, False) == (start == b"OTTO")


def test_a_postscript_font_is_embedded_as_outlines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A viewer refuses it as TrueType."""
    monkeypatch.setattr("metaan.plots.pages.faces.has_postscript_outlines", lambda *_: True)
    pdf = chart_of(["A", "B"]).save(tmp_path / "x.pdf").read_bytes()
    assert b"/Type3" in pdf
    assert b"/FontFile2" not in pdf


def test_widths_are_finite_for_all_that_can_be_printed() -> None:
    """From every plane, with a font or without."""
    letters = [chr(code) for code in range(0x20, 0x3000, 37)] + ["\U0001f600", "\U00020000"]
    wide = np.array([width(letter, BODY) for letter in letters])
    assert np.isfinite(wide).all()
    assert (wide >= 0).all()
    assert missing("abc") == ()
