"""The report's page in a real browser: all of it shows, nothing sticks out or is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from metaan.report.build import build_report
from metaan.report.drawing import drawing
from metaan.report.pages.page import page_name
from metaan.report.results.evidence import load_evidence

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[object]:
    """Return a browser that is closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        window = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield window
        window.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a report's page."""
    out = tmp_path_factory.mktemp("browser") / "report"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "FORMATS", ("svg",))  # the page embeds no other
        return Path(build_report(load_evidence(), out)).as_uri()


@pytest.mark.parametrize("width", [1280, 375])
def test_the_page_shows_every_figure(browser: object, address: str, width: int) -> None:
    """On a desk and on a phone."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    problems: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    pictures = page.evaluate(
        "Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth)))"
    )
    assert len(pictures) > 20
    assert min(pictures) > 300
    assert not problems
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    page.locator("#forest_13rct_pain details").first.locator("summary").click()
    assert page.locator("#forest_13rct_pain table").first.is_visible()
    page.close()


@pytest.mark.parametrize("width", [1440, 375])
def test_the_pages_of_diagnostics(browser: object, address: str, width: int) -> None:
    """Every picture shows, nothing is fetched, nothing sticks out, the links lead back."""
    root = address.rpartition("/")[0]
    page = browser.new_page(viewport={"width": width, "height": 900})
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    for name, fewest in (("sham_vs_true", 10), ("63rct", 15), ("33study", 3), ("13rct", 0)):
        page.goto(f"{root}/{page_name(name)}")
        pictures = page.evaluate(
            "Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth)))"
        )
        assert len(pictures) >= fewest
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, name
    page.goto(f"{root}/{page_name('sham_vs_true')}")
    page.get_by_text("The pool itself").first.click()
    assert page.url.endswith("index.html#forest_sham_pain")
    assert not problems
    page.close()
