"""The report's page in a real browser: it opens, fits, darkens, prints, and asks for nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metaan.report import build
from metaan.report.build import build_report
from metaan.report.drawing import writing
from metaan.report.pages.page import page
from metaan.report.results.evidence import load_evidence
from tests.report.hostile_document import hostile_document

pytestmark = pytest.mark.browser

UNFOLDED = "document.querySelectorAll('details').forEach(d => d.open = true)"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
POOL, LONE = "forest_sham_function", "forest_13rct_pain"
NETWORK = "network_63rct_responder_node_graph"
STUDIES = f"#figure-{POOL} .mark"
SHEETS = re.compile(rb"/Type\s*/Page\b")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Return a browser that is closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        window = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield window
        window.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a report of a pool with its trust, a lone trial and a network."""
    out = tmp_path_factory.mktemp("browser") / "report"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "FORMATS", ("svg",))  # the page holds no other
        patch.setattr(build, "report_docx", lambda _: b"")
        return Path(build_report(load_evidence(), out, only=(POOL, LONE, NETWORK))).as_uri()


class Visit:
    """A page that was opened, what it said, and what it asked for."""

    def __init__(self, browser: Any, address: str, width: int, **options: Any) -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda each: (self.said.append(each.message), each.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()

    def overhang(self) -> int:
        """Return by how much the body is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_the_page_opens(browser: Any, address: str, width: int, scheme: str) -> None:
    """Every figure has a size, nothing sticks out, is said, or is fetched."""
    with Visit(browser, address, width, color_scheme=scheme) as visit:
        visit.page.evaluate(UNFOLDED)
        sizes = visit.page.evaluate(
            "[...document.querySelectorAll('.drawing svg')].map(s => s.getBoundingClientRect())"
            ".map(b => [b.width, b.height])"
        )
        assert len(sizes) >= 4
        assert min(min(size) for size in sizes) > 100
        assert visit.overhang() <= 0
        assert visit.said == []
        assert [url for url in visit.asked if not url.startswith(("file:", "data:"))] == []
        ids = visit.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(set(ids)) == len(ids)


def test_figures_are_light_on_dark(browser: Any, address: str) -> None:
    """Texts of a figure in the theme's colors stand out from the page in both schemes."""
    asked = (
        "[getComputedStyle(document.body).backgroundColor,"
        f" getComputedStyle(document.querySelector('#figure-{POOL} text')).fill]"
    )
    seen = {}
    for scheme in ("light", "dark"):
        with Visit(browser, address, 1440, color_scheme=scheme) as visit:
            ground, ink = (
                sum(map(int, re.findall(r"\d+", color)[:3]))
                for color in visit.page.evaluate(asked)
            )
            seen[scheme] = ground - ink
    assert seen["light"] > 500
    assert seen["dark"] < -500


def serious(visit: Visit) -> list[tuple[str, str]]:
    """Return what axe-core finds that shuts people out, with one place of each."""
    from axe_playwright_python.sync_playwright import Axe

    visit.page.locator(".drawing .mark").first.press("Enter")
    assert told(visit)
    found = Axe().run(visit.page, options={"resultTypes": ["violations"]}).response
    bad = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in bad]


def test_nobody_is_shut_out(browser: Any, address: str, tmp_path: Path) -> None:
    """axe-core finds nothing serious in a report as it opens, nor in any part unfolded."""
    with Visit(browser, address, 1440) as visit:
        assert serious(visit) == []
    (tmp_path / "index.html").write_text(page(hostile_document(tmp_path), tmp_path), "utf-8")
    with Visit(browser, (tmp_path / "index.html").as_uri(), 375, color_scheme="dark") as visit:
        visit.page.evaluate(UNFOLDED)
        assert serious(visit) == []


def test_the_page_goes_to_paper(browser: Any, address: str) -> None:
    """All chapters, what is folded and matters; no contents, no trails; folded again after."""
    with Visit(browser, address, 1440) as visit:
        made = visit.page.pdf(prefer_css_page_size=True)
        assert 5 <= len(SHEETS.findall(made)) <= 30
        assert visit.page.locator(f"#{POOL} .trust details").first.get_attribute("open") is None
        visit.page.emulate_media(media="print")
        visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        shown = visit.page.evaluate("document.body.innerText")
        room = visit.page.evaluate(
            "[...document.querySelectorAll('.drawing')]"
            ".filter(d => d.scrollWidth > d.clientWidth + 1).length"
        )
    assert "What is missing or left out" in shown
    assert "As reported" not in shown
    assert "Contents" not in shown
    assert room == 0


def test_without_scripts_all_is_there(browser: Any, address: str) -> None:
    """A study leads to its trail in the list, which unfolds."""
    with Visit(browser, address, 1440, java_script_enabled=False) as visit:
        mark = visit.page.locator(STUDIES).first
        place = str(mark.get_attribute("data-trail"))
        assert not visit.page.locator(f"#{place}").is_visible()
        mark.click()
        assert visit.page.url.endswith(f"#{place}")
        visit.page.locator(f"#{place}").wait_for(state="visible")
        assert "As reported" in visit.page.locator(f"#{place}").inner_text()


def test_hostile_texts_do_nothing(browser: Any, tmp_path: Path) -> None:
    """They are read, and neither run nor lead anywhere but to the web."""
    (tmp_path / "index.html").write_text(page(hostile_document(tmp_path), tmp_path), "utf-8")
    with Visit(browser, (tmp_path / "index.html").as_uri(), 375) as visit:
        for i in range(5):
            visit.page.locator("#figure-evil .mark").nth(i).press("Enter")
            assert visit.page.locator("#trail-panel .who").is_visible()
            visit.page.keyboard.press("Escape")
        strange = visit.page.evaluate(
            "[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"
            ".filter(h => !/^(#|https:\\/\\/|tables\\/|[a-z]+\\.(svg|docx|md|json)$)/.test(h))"
        )
        heading = visit.page.locator("h1").inner_text()
        counts = visit.page.evaluate(
            "['script', 'img', '[onload], [onerror]']"
            ".map(s => document.querySelectorAll(s).length)"
        )
        assert visit.overhang() <= 0
    assert json.dumps(strange) == "[]"
    assert heading == "<script>alert(1)</script>"
    assert counts == [1, 0, 0]
    assert visit.said == []


def told(visit: Visit) -> str:
    """Return whose trail is shown; empty for nobody's."""
    panel = visit.page.locator("#trail-panel")
    return panel.locator(".who").inner_text() if panel.is_visible() else ""


def names(visit: Visit) -> list[str]:
    """Return the studies of the figure, as its marks are labeled."""
    labels = visit.page.locator(STUDIES).evaluate_all("m => m.map(a => a.ariaLabel)")
    return [str(label).partition(",")[0] for label in labels]


def test_pointing_at_a_study_shows_its_trail(browser: Any, address: str) -> None:
    """While the pointer is on the study or on its trail; a click keeps it."""
    with Visit(browser, address, 1440) as visit:
        marks, studies = visit.page.locator(STUDIES), names(visit)
        marks.nth(0).hover(position={"x": 60, "y": 6})
        assert told(visit) == studies[0]
        said = visit.page.locator("#trail-panel").inner_text()
        assert "As reported" in said
        assert "doi:10." in said
        marks.nth(1).hover(position={"x": 60, "y": 6})
        visit.page.wait_for_timeout(200)
        assert told(visit) == studies[1]
        box = visit.page.locator("#trail-panel").bounding_box()
        visit.page.mouse.move(box["x"] + 40, box["y"] + 20, steps=8)
        visit.page.wait_for_timeout(300)
        assert told(visit) == studies[1]
        visit.page.mouse.move(3, 3)
        visit.page.locator("#trail-panel").wait_for(state="hidden")
        marks.nth(1).click(position={"x": 60, "y": 6})
        visit.page.mouse.move(3, 3)
        visit.page.wait_for_timeout(300)
        assert told(visit) == studies[1]
        visit.page.keyboard.press("Escape")
        assert told(visit) == ""


def covered(visit: Visit, i: int) -> bool:
    """Return whether the panel lies over a study of the figure."""
    row = visit.page.locator(STUDIES).nth(i).bounding_box()
    box = visit.page.locator("#trail-panel").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= visit.page.viewport_size["height"]
    return bool(box["y"] < row["y"] + row["height"] and row["y"] < box["y"] + box["height"])


@pytest.mark.parametrize(("width", "touch"), [(1440, False), (375, True)])
def test_the_row_that_is_explained_stays_in_sight(
    browser: Any, address: str, width: int, touch: bool
) -> None:
    """Wherever it stands in the window the panel is below it, or above."""
    with Visit(browser, address, width, has_touch=touch, is_mobile=touch) as visit:
        for i in (0, 1):
            for block in ("start", "center", "end"):
                mark = visit.page.locator(STUDIES).nth(i)
                mark.evaluate(
                    f"m => m.scrollIntoView({{ block: '{block}', behavior: 'instant' }})"
                )
                (mark.tap if touch else mark.click)(position={"x": 60, "y": 6})
                assert told(visit) == names(visit)[i]
                assert not covered(visit, i)
                visit.page.keyboard.press("Escape")


def test_the_keyboard_reaches_every_study(browser: Any, address: str) -> None:
    """Tab to the figure, arrows from study to study, Enter or Space to stay, Escape to go back."""
    with Visit(browser, address, 1440) as visit:
        studies = names(visit)
        visit.page.locator(f"#{POOL} .files a").first.focus()
        visit.page.keyboard.press("Shift+Tab")
        assert told(visit) == studies[0]
        visit.page.keyboard.press("ArrowDown")
        assert told(visit) == studies[1]
        for key in ("Enter", " "):
            visit.page.keyboard.press(key)
            assert visit.page.evaluate("document.activeElement.id") == "trail-panel"
            visit.page.keyboard.press("Escape")
            assert told(visit) == ""
            focused = visit.page.evaluate("document.activeElement.ariaLabel")
            assert str(focused).startswith(studies[1])
        visit.page.keyboard.press("End")
        assert told(visit) == studies[-1]
        visit.page.keyboard.press("Tab")
        visit.page.locator("#trail-panel").wait_for(state="hidden")
        assert visit.page.evaluate("document.activeElement.closest('.mark')") is None


def test_a_finger_opens_and_closes_a_trail(browser: Any, address: str) -> None:
    """On a phone, from a figure and from a table; the panel stays inside of the window."""
    with Visit(browser, address, 375, has_touch=True, is_mobile=True) as visit:
        visit.page.locator(STUDIES).nth(1).tap(position={"x": 60, "y": 6})
        assert told(visit) == names(visit)[1]
        box = visit.page.locator("#trail-panel").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
        visit.page.locator("#trail-panel .close").tap()
        assert told(visit) == ""
        visit.page.evaluate(
            f"document.querySelectorAll('#{POOL} details').forEach(d => d.open = true)"
        )
        row = visit.page.locator(f"#{POOL} .traced").first
        row.tap()
        assert told(visit) == row.inner_text()


def test_every_figure_of_trust_knows_its_studies(browser: Any, address: str) -> None:
    """Funnel, influence and the others: each mark opens the trail of the study it names."""
    with Visit(browser, address, 1440) as visit:
        visit.page.evaluate(f"document.querySelector('#{POOL} .trust details').open = true")
        wrong = visit.page.evaluate(
            f"[...document.querySelectorAll('#{POOL} .trust .mark')].filter(m =>"
            " !m.getAttribute('aria-label').startsWith(document.getElementById("
            "m.dataset.trail).querySelector('.who').textContent)).length"
        )
        drawn = visit.page.locator(f"#{POOL} .trust figure:has(.mark)").count()
        mark = visit.page.locator(f"#figure-{POOL}_funnel .mark").first
        mark.click()
        label = str(mark.get_attribute("aria-label"))
        assert label.startswith(told(visit))
    assert wrong == 0
    assert drawn >= 3
