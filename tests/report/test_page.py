"""The page as a text: nothing is fetched, nothing runs but its own, every study is tied."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from metaan.plots.pages.theme import DARK, LIGHT
from metaan.report.pages.inline_svg import Mark, Styles, dark_colors, inline_svg
from metaan.report.pages.page import page
from metaan.report.pages.prose import cited, web_address, with_dois
from metaan.report.pages.trimming import sheets
from tests.report.hostile_document import ADDRESSES, EVIL, hostile_document

Tags = list[tuple[str, dict[str, str | None]]]


class _Tags(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Tags = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the page of a document whose every text is hostile."""
    folder = tmp_path_factory.mktemp("page")
    return page(hostile_document(folder), folder)


@pytest.fixture(scope="module")
def tags(text: str) -> Tags:
    """Return its tags."""
    parser = _Tags()
    parser.feed(text)
    return parser.tags


def test_only_its_own_script_can_run(text: str, tags: Tags) -> None:
    """One script and one style sheet, both by their hashes; no element has any of its own."""
    kinds = [tag for tag, _ in tags]
    assert kinds.count("script") == kinds.count("style") == 1
    assert not {"img", "iframe", "link", "object", "embed", "base", "form"} & set(kinds)
    strange = {name for _, attrs in tags for name in attrs if name.startswith("on")}
    assert strange | {"style" for _, attrs in tags if "style" in attrs} == set()
    (policy,) = (str(attrs["content"]) for _, attrs in tags if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "{{ 7 * 7 }}" in text


def test_every_link_leads_somewhere(tags: Tags) -> None:
    """To a place of the page, a file beside it or the web; no id stands twice."""
    ids = [str(attrs["id"]) for _, attrs in tags if "id" in attrs]
    assert len(set(ids)) == len(ids)
    links = [str(attrs["href"]) for tag, attrs in tags if tag in ("a", "use") and "href" in attrs]
    assert [link for link in links if link.startswith("#") and link[1:] not in ids] == []
    schemes = {link.partition(":")[0] for link in links if ":" in link}
    assert schemes == {"https"}


def test_every_study_is_tied_to_its_trail(text: str, tags: Tags) -> None:
    """In the figure and in each table; the trail says all that is on file."""
    marks = [attrs for _, attrs in tags if attrs.get("class") == "mark"]
    assert [str(attrs["aria-label"]).startswith(EVIL[i]) for i, attrs in enumerate(marks)] == [
        True
    ] * len(EVIL)
    traced = [str(attrs["data-trail"]) for _, attrs in tags if attrs.get("class") == "traced"]
    assert set(traced) == {str(attrs["data-trail"]) for attrs in marks}
    trails = text[text.index('<details class="trails">') :]
    for words in ("As reported", "Used", "Derivation", "Source", "Flags", "Remark"):
        assert trails.count(f"<dt>{words}</dt>") == len(EVIL)


def test_the_same_document_gives_the_same_page(text: str, tmp_path: Path) -> None:
    """Byte by byte."""
    assert page(hostile_document(tmp_path), tmp_path) == text


@pytest.mark.parametrize("address", ADDRESSES[:-1])
def test_only_the_web_is_linked(address: str) -> None:
    """Scripts and data are no addresses."""
    assert web_address(address) == ""


def test_marks_and_dois_become_links() -> None:
    """Only those that there are; brackets and stops of the sentence stay outside."""
    assert str(cited("As in [1, 2] and [9]", 2)).count("<a ") == 2
    assert str(with_dois("(doi:10.1/x)")) == "(doi:10.1/x)"  # no DOI: too few digits
    found = str(with_dois("See (doi:10.1016/S0895-4356(01)00377-8)."))
    assert found.endswith('">doi:10.1016/S0895-4356(01)00377-8</a>).')


def test_a_figure_brings_no_name_twice(tmp_path: Path) -> None:
    """What it points at inside has its prefix, what nothing points at has no id."""
    path = Path(hostile_document(tmp_path).chapters[0].sections[0].picture.files["svg"])  # type: ignore[union-attr]
    drawn = inline_svg(
        path, Styles(), prefix="one", title="", marks={"study-1": Mark(href="t", label="x")}
    ).svg
    ids = re.findall(r'\bid="([^"]+)"', drawn)
    assert ids
    assert all(name.startswith("one-") for name in ids)
    assert set(re.findall(r"url\(#([^)]+)\)", drawn)) <= set(ids)
    assert drawn.count('class="mark"') == 1
    assert 'style="' not in drawn


def test_the_title_stands_over_the_figure_alone(tmp_path: Path) -> None:
    """It is cut off where it is the figure's own, and nothing is where it is not."""
    picture = hostile_document(tmp_path).chapters[0].sections[0].picture
    assert picture is not None
    path = picture.files["svg"]
    own, other = (
        inline_svg(path, Styles(), prefix="x", title=title, marks={})
        for title in (picture.title, "another")
    )
    assert 'viewBox="0 0 ' in other.svg
    assert 'viewBox="0 0 ' not in own.svg
    assert len(own.svg) < len(other.svg)


def test_dark_paper_turns_every_color_of_the_theme() -> None:
    """Each class of the light theme's colors has a rule; others are left to the filter."""
    styles = Styles()
    for style in (f"fill: {LIGHT.ink}", f"fill: none; stroke: {LIGHT.ours}", "fill: #c7e0ee"):
        styles.name(style)
    assert styles.name("fill: #c7e0ee") == "f2"
    assert styles.dark_sheet().splitlines() == [
        f".themed .f0{{fill: {DARK.ink}}}",
        f".themed .f1{{stroke: {DARK.ours}}}",
    ]
    assert set(dark_colors()) >= {LIGHT.ink, LIGHT.paper, *LIGHT.series, *LIGHT.shades}


def test_long_figures_are_cut_between_rows() -> None:
    """No part is higher than a sheet, and none is lost."""
    rows = [f"M0 {10 * i}L9 {10 * i}L9 {10 * i + 10}L0 {10 * i + 10}z" for i in range(40)]
    parts = sheets(rows, 5, 400, 100)
    assert parts[0][0] == 5
    assert all(top + high == below for (top, high), (below, _) in pairwise(parts))
    assert parts[-1][0] + parts[-1][1] == 400
    assert max(high for _, high in parts) <= 125
    assert all(top % 10 == 0 for top, _ in parts[1:])
