"""Saved SVG in a real browser: the fonts it takes, where it puts each name, what it reads out."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metaan.core.errors import LettersWarning
from metaan.plots.pages.fonts import family_of
from metaan.plots.pages.saving import styled
from tests.plots.hostile import NAMES, PAGES, needs_letters
from tests.plots.looking import texts

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
REACH = 3.0  # points that the ends of a text may differ: ink, or cells of letters
SCRIPTS = ("张伟 2004 (RCT)", "كوهين 2004 (RCT)", "A כהן 2011", "Łódź", "日本")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Return a browser that is closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        window = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield window
        window.close()


@pytest.fixture(params=PAGES)
def drawn(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, Path]:
    """Return a plot with names of many scripts and its SVG."""
    needs_letters("张伟日本")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LettersWarning)  # of a matplotlib before 3.11
        plot = PAGES[request.param](list(SCRIPTS), title="Names \u0643 张")
        return plot, plot.save(tmp_path / "x.svg")


def test_every_name_lies_where_it_was_measured(browser: Any, drawn: tuple[Any, Path]) -> None:
    """Left and right ends as the browser has them against matplotlib's own, in points."""
    plot, path = drawn
    page = browser.new_page(viewport={"width": 1200, "height": 1200})
    page.goto(path.as_uri())
    boxes = page.evaluate(
        "[...document.querySelectorAll('text')].map(t => { const b = t.getBoundingClientRect();"
        " return [t.textContent, b.left * 0.75, b.right * 0.75]; })"
    )
    page.close()
    with styled():  # without hinting, as files are drawn
        plot.figure.canvas.draw()
    mine = texts(plot)
    assert len(boxes) == len(mine)
    for text, left, right, *_ in boxes:
        near = [box for same, box in mine if same == text and abs(box[0] - left) < REACH]
        assert [box for box in near if abs(box[2] - right) < REACH], (text, left, right, near)


def test_the_browser_takes_the_fonts_that_were_measured(
    browser: Any, drawn: tuple[Any, Path]
) -> None:
    """What it says of the letters it drew."""
    _, path = drawn
    page = browser.new_page()
    page.goto(path.as_uri())
    talk = page.context.new_cdp_session(page)
    talk.send("DOM.enable")
    talk.send("CSS.enable")
    root = talk.send("DOM.getDocument", {"depth": -1})["root"]["nodeId"]
    nodes = talk.send("DOM.querySelectorAll", {"nodeId": root, "selector": "text"})["nodeIds"]
    words = page.evaluate("[...document.querySelectorAll('text')].map(t => t.textContent)")
    checked = 0
    for node, word in zip(nodes, words, strict=True):
        fonts = talk.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        if word in SCRIPTS:
            assert {font["familyName"] for font in fonts} == {
                family_of(c, False) for c in word if c != " "
            }
            checked += 1
    page.close()
    assert checked >= len(SCRIPTS)


def test_the_order_of_letters_is_that_of_the_browser(
    browser: Any, drawn: tuple[Any, Path], tmp_path: Path
) -> None:
    """Ink along each line from right to left: the PNG's is the browser's."""
    import matplotlib
    from PIL import Image

    if matplotlib.__version_info__ < (3, 11):
        return
    plot, path = drawn
    page = browser.new_page(viewport={"width": 1200, "height": 1200})
    page.goto(path.as_uri())
    page.screenshot(path=tmp_path / "seen.png")
    page.close()
    plot.save(tmp_path / "mine.png", dpi=96)
    seen, mine = (
        255.0 - np.asarray(Image.open(tmp_path / name).convert("L"), dtype=float)
        for name in ("seen.png", "mine.png")
    )
    plot.figure.canvas.draw()  # saving left its own renderer behind
    height = mine.shape[0]
    for text, box in texts(plot):
        if text not in SCRIPTS:
            continue
        left, low, right, high = np.round(box / 0.75).astype(int)
        rows = slice(height - high, height - low)
        ink = [side[rows, left:right].sum(axis=0) for side in (seen, mine)]
        smooth = [np.convolve(line, np.ones(4), "same") for line in ink]
        assert np.corrcoef(*smooth)[0, 1] > 0.75, text
        assert np.corrcoef(*smooth)[0, 1] > np.corrcoef(smooth[0], smooth[1][::-1])[0, 1], text


def test_a_screen_reader_hears_name_and_description(browser: Any, drawn: tuple[Any, Path]) -> None:
    """From the browser's own tree for assistive technology."""
    plot, path = drawn
    page = browser.new_page()
    page.goto(path.as_uri())
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    page.close()
    images = [node for node in tree if node["role"]["value"] in ("image", "img")]
    assert images[0]["name"]["value"] == plot.record.title
    assert images[0]["description"]["value"] == plot.record.alt


@pytest.mark.parametrize("kind", PAGES)
def test_hostile_names_run_nothing(browser: Any, tmp_path: Path, kind: str) -> None:
    """Inside of an HTML page, where scripts would run."""
    svg = PAGES[kind](list(NAMES), title="<script>document.title='taken'</script>")
    text = svg.save(tmp_path / "x.svg").read_text(encoding="utf-8")
    page = browser.new_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.set_content(f"<title>mine</title><body>{text[text.index('<svg') :]}</body>")
    assert page.title() == "mine"
    assert page.evaluate("document.querySelectorAll('script, [onload]').length") == 0
    words = page.evaluate("[...document.querySelectorAll('text')].map(t => t.textContent)")
    page.close()
    assert said == []
    assert any("<script>alert(1)</script>" in word for word in words)
