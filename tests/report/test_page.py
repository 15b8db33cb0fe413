"""The page as a text: nothing is fetched, nothing runs but its own, every study is tied."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from metaan.plots.pages.theme import DARK, LIGHT
from metaan.report.document.content import Table
from metaan.report.pages.grids import Grid, grid
from metaan.report.pages.inline_svg import Mark, Styles, dark_colors, inline_svg
from metaan.report.pages.opening import opening
from metaan.report.pages.page import page
from metaan.report.pages.prose import cited, row_place, web_address, with_dois
from metaan.report.pages.trimming import sheets
from metaan.report.results.trail_record import Trail, TrailRow
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


def _grid(columns: dict[str, Any], name: str = "some") -> Grid:
    frame = pd.DataFrame(columns)
    return grid(Table(name=name, heading="x", caption="x", frame=frame), (), {})


def _column(made: Grid, head: str) -> list[str]:
    place = [cell.text for cell in made.head].index(head)
    return [row[place].text for row in made.rows]


def test_numbers_are_written_out_and_line_up() -> None:
    """Counts whole, decimals the same in a column, limits as their estimate, p as in texts."""
    made = _grid(
        {
            "label": ["a", "b", "c"],
            "n1": [13598.0, 88391.0, None],
            "participants": [1_234_567, 12, 3],
            "estimate": [0.4109, 0.2049, 1.0],
            "low": [0.13427, 0.0863, 0.9],
            "high": [1.257, 31.68, 1.1],
            "q": [151.6, 145.31, 0.0],
            "q_p_value": [7.078e-27, 0.0386, 0.62],
            "tau2": [12.5, 0.00123, 3.1e-9],
            "df": [float("inf"), 4, 5],
        }
    )
    assert _column(made, "n₁") == ["13598", "88391", ""]
    assert _column(made, "Participants") == ["1234567", "12", "3"]
    assert _column(made, "Estimate") == ["0.411", "0.205", "1.000"]
    assert _column(made, "High limit") == ["1.257", "31.680", "1.100"]
    assert _column(made, "Q") == ["151.6", "145.3", "0.0"]
    assert _column(made, "p of Q") == ["< 0.001", "0.039", "0.62"]
    assert _column(made, "τ²")[1:] == ["0.0012", "3.1×10⁻⁹"]
    assert _column(made, "df") == ["∞", "4", "5"]
    assert [cell.number for cell in made.head] == [False, *[True] * 9]


def test_columns_say_nothing_twice() -> None:
    """No head comes twice; an id that is the label, and what is so by construction, are left."""
    row = {"row": ["trial", "pool"], "kind": ["events", None], "k": [None, 13]}
    label = {"label": ["Ann", "all"], "study_id": ["Ann", None], "rows": ["line3.1 line3.2", ""]}
    own = _grid({**label, **row})
    heads = [cell.text for cell in own.head]
    assert heads == ["Label", "Rows on file", "Entry", "Kind of value", "k"]
    assert _column(own, "Rows on file") == ["line 3", ""]
    other = _grid({"label": ["Ann 2001"], "study_id": ["ann2001"]})
    assert [cell.text for cell in other.head] == ["Label", "Study id"]
    for name, counts, kept in (("f_influence", [1, 1], 1), ("f_influence", [1, 2], 2),
                               ("f_left_out", [5, 5], 1), ("f", [5, 5], 2)):  # fmt: skip
        assert len(_grid({"study": ["Ann", "Bo"], "k": counts}, name).head) == kept


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("Doe 2001", "Roe 2002"), "made from published numbers on file"),
        (("Doe 2001", ""), "a source is on file for 1 of 2 studies"),
        (("", ""), "the numbers on file, which name no source"),
    ],
)
def test_the_head_says_where_numbers_come_from(
    sources: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """As the trails have it; published results and coverage only where there are any."""
    chapter = hostile_document(tmp_path).chapters[0]
    rows = [TrailRow(file="t.csv", row_id="1", who="x", source=source) for source in sources]
    trails = tuple(
        Trail(key=f"s{i}", label="x", effects=("1",), rows=(row,)) for i, row in enumerate(rows)
    )
    pool = TrailRow(file="reviews.csv", row_id="p", who="x", source="Table 1")
    section = replace(chapter.sections[0], trails=trails)
    section = replace(section, missing=replace(section.missing, frame=pd.DataFrame()))
    plain = replace(hostile_document(tmp_path), references=(), chapters=(
        replace(chapter, sections=(section,)),))  # fmt: skip
    made = opening(plain, 1)
    assert said in made.lead
    assert "recalculation" not in made.lead
    assert "partial" not in made.lead
    sourced = sum(map(bool, sources))
    assert dict(made.counts).get("Studies with their sources", 0) == (
        sourced if sourced > 1 else 0
    )
    section = replace(section, trails=(*trails, replace(trails[0], key="p", rows=(pool,))))
    made = opening(replace(plain, chapters=(replace(chapter, sections=(section,)),)), 1)
    assert "recalculation" in made.lead
    assert dict(made.counts)["Published result"] == 1
    assert dict(made.counts).get("Studies") == (2 if sourced < 2 else None)


def test_a_row_is_named_for_readers() -> None:
    """By line and arm where its id is made from them."""
    assert row_place("line11.1") == "line 11, arm 1"
    assert row_place("201") == "row 201"
