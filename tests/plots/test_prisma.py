"""PRISMA flows: counts as they were given, arithmetic that is checked, boxes that hold it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from metaan.core.errors import DataError
from metaan.plots.charts.prisma import prisma, prisma_flow
from metaan.plots.charts.prisma_page import prisma_page
from metaan.plots.charts.prisma_table import PRISMA_COUNTS
from metaan.plots.pages.page import INCH
from metaan.plots.pages.theme import THEMES
from tests.plots.builders import LONG
from tests.plots.looking import misplaced, outside, texts

SMALL = st.integers(0, 500)


@st.composite
def flows(draw: Any) -> dict[str, Any]:
    """Return counts of an updated review that add up, made from the end to the beginning."""
    names = ("other_sought", "other_not_retrieved", "excluded", "not_retrieved", "duplicates",
             "automation", "removed_other", "reports_excluded", "assessed_kept", "other_kept",
             "previous_studies", "split")  # fmt: skip
    n = {name: draw(SMALL) for name in names}
    other_assessed = n["other_kept"] + 7
    other_sought = other_assessed + n["other_not_retrieved"]
    assessed = n["assessed_kept"] + n["reports_excluded"]
    sought = assessed + n["not_retrieved"]
    screened = sought + n["excluded"]
    identified = screened + n["duplicates"] + n["automation"] + n["removed_other"]
    reports = n["assessed_kept"] + n["other_kept"]
    registers = min(n["split"], identified)
    return {
        "databases": identified - registers, "registers": registers,
        **{key: n[key] for key in ("duplicates", "automation", "removed_other", "excluded",
                                   "not_retrieved", "previous_studies")},
        "screened": screened, "sought": sought, "assessed": assessed,
        "reports_excluded": {"a": n["reports_excluded"], "b": 0},
        "citations": other_sought, "other_sought": other_sought,
        "other_not_retrieved": n["other_not_retrieved"], "other_assessed": other_assessed,
        "other_reports_excluded": {"c": 7}, "included_studies": reports,
        "included_reports": reports, "previous_reports": n["previous_studies"] + 3,
        "total_studies": n["previous_studies"] + reports,
        "total_reports": n["previous_studies"] + 3 + reports,
    }  # fmt: skip


def full() -> dict[str, Any]:
    """Return made-up counts of a new review that add up."""
    return {
        "databases": {"PubMed": 700, "Embase": 500}, "registers": 30, "duplicates": 200,
        "automation": 0, "removed_other": 10, "screened": 1020, "excluded": 900, "sought": 120,
        "not_retrieved": 5, "assessed": 115,
        "reports_excluded": {"Wrong population": 60, f"{LONG} of no comparison": 30},
        "included_studies": 20, "included_reports": 25,
    }  # fmt: skip


OTHER = {"websites": 4, "citations": 6, "other_sought": 10, "other_not_retrieved": 0,
         "other_assessed": 10, "other_reports_excluded": {"Not a trial": 10}}  # fmt: skip
BEFORE = {"previous_studies": 5, "previous_reports": 7, "total_studies": 25, "total_reports": 32}
LAYOUTS: dict[str, dict[str, Any]] = {
    "new": full(),
    "other": {**full(), **OTHER},
    "update": {**full(), **BEFORE},
    "all": {**full(), **OTHER, **BEFORE},
    "bare": {"screened": 12},
    "bare_all": {"screened": 12, "other_sought": None, "total_studies": 1_234_567},
}


@given(flows())
def test_counts_that_add_up_are_drawn_as_they_are(counts: dict[str, Any]) -> None:
    """Every number stands in the record; nothing is added or changed."""
    record = prisma_flow(counts)
    frame = record.to_frame()
    totals = frame.drop_duplicates("count").set_index("count")["n"]
    for key, value in counts.items():
        assert totals[key] == (sum(value.values()) if isinstance(value, dict) else value)
    assert set(totals.index) == set(counts)


@given(flows(), st.data())
def test_one_wrong_count_is_found(counts: dict[str, Any], data: Any) -> None:
    """Whichever it is, and by its name; studies need not be as many as their reports."""
    free = {"included_studies", "previous_studies", "total_studies"}
    numbers = [key for key, value in counts.items() if not isinstance(value, dict)]
    key = data.draw(st.sampled_from([key for key in numbers if key not in free]))
    wrong = {**counts, key: counts[key] + data.draw(st.integers(1, 9))}
    with pytest.raises(DataError) as caught:
        prisma_flow(wrong)
    assert any(key in str(fault) for fault in caught.value.faults)


@given(flows(), st.sets(st.sampled_from(sorted(PRISMA_COUNTS))))
def test_what_is_not_reported_could_be_anything(counts: dict[str, Any], lost: set[str]) -> None:
    """Right counts stay right when some are left out, and none is filled in."""
    kept = {key: value for key, value in counts.items() if key not in lost}
    if not kept:
        return
    frame = prisma_flow(kept).to_frame()
    given_keys = set(frame.loc[frame["n"].notna(), "count"])
    assert given_keys == set(kept)


def test_every_sum_that_fails_is_named_with_its_arithmetic() -> None:
    """All at once."""
    counts = {**LAYOUTS["all"], "screened": 1000, "other_sought": 11, "total_studies": 24}
    with pytest.raises(DataError) as caught:
        prisma(counts)
    text = str(caught.value)
    assert len(caught.value.faults) == 5
    for part in (
        "databases 1200 + registers 30 − duplicates 200 − automation 0 − removed_other 10 = 1020, "
        "but screened is 1000",
        "screened 1000 − excluded 900 = 100, but sought is 120",
        "websites 4 + citations 6 = 10, but other_sought is 11",
        "other_sought 11 − other_not_retrieved 0 = 11, but other_assessed is 10",
        "previous_studies 5 + included_studies 20 = 25, but total_studies is 24",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"databases": 10, "duplicates": 2, "registers": 0, "screened": 9},
         "databases 10 + registers 0 − duplicates 2 = 8 before what is not reported"),
        ({"databases": 10, "duplicates": 0, "automation": 0, "removed_other": 0, "screened": 9},
         "= 10 before what is not reported, but screened is 9"),
        ({"assessed": 5, "reports_excluded": {"a": 3, "b": None}, "included_reports": 3},
         "= 2 before what is not reported, but included_reports is 3"),
        ({"included_studies": 5, "included_reports": 4}, "5 studies have only 4 reports"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_are_found_in_spite_of_gaps(
    counts: dict[str, Any], told: str
) -> None:
    """A count that is not reported is not less than 0."""
    with pytest.raises(DataError, match=r".*") as caught:
        prisma(counts)
    assert told in str(caught.value)


@pytest.mark.parametrize("wrong", [-1, 2.5, True, "12", float("inf"), [3]])
def test_counts_are_whole_numbers(wrong: Any) -> None:
    """All that are none are named, parts too."""
    with pytest.raises(DataError) as caught:
        prisma(screened=wrong, databases={"PubMed": wrong}, sought={"a": 1})
    assert len(caught.value.faults) == 3
    assert "databases['PubMed']" in str(caught.value)
    assert "has no parts" in str(caught.value)


def test_unknown_names_get_a_hint_and_nothing_is_no_diagram() -> None:
    """All names at once."""
    with pytest.raises(DataError, match='Did you mean "assessed"') as caught:
        prisma(assesed=3, screned=2)
    assert len(caught.value.faults) == 2
    with pytest.raises(DataError, match="there is no count"):
        prisma({})


def test_mapping_and_keywords_are_the_same() -> None:
    """Keywords win; numpy's numbers are numbers; NaN and None are not reported."""
    one = prisma(full(), title="A").record
    assert prisma(title="A", **full()).record == one
    assert prisma(full() | {"screened": 1}, screened=np.int64(1020), title="A").record == one
    frame = prisma(screened=10, sought=None, excluded=float("nan")).data.set_index("count")
    assert frame["n"].isna().sum() == len(frame) - 1


def test_what_is_not_reported_says_so() -> None:
    """In the figure."""
    found = " ".join(text for text, _ in texts(prisma(screened=10)))
    assert "Records screened (n = 10)" in found
    assert found.replace("\N{NO-BREAK SPACE}", " ").count("(n = not reported)") == 12


def test_columns_appear_with_their_counts() -> None:
    """And boxes are named as those of an update."""
    assert prisma(LAYOUTS["new"]).record.streams == ("databases",)
    assert prisma(LAYOUTS["other"]).record.streams == ("databases", "other")
    record = prisma(LAYOUTS["all"]).record
    assert record.streams == ("previous", "databases", "other")
    found = {line.text for box in record.boxes for line in box.lines}
    assert {"New studies included in review (n = 20)", "Citation searching (n = 6)",
            "Total studies included in review (n = 25)"} <= found  # fmt: skip
    assert "Organizations" not in " ".join(found)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_overlaps_and_texts_stay_in_their_boxes(layout: str, theme: str) -> None:
    """Measured by the renderer."""
    plot = prisma(LAYOUTS[layout], title=LONG, subtitle=LONG, notes=(LONG,), theme=theme)
    assert misplaced(plot) == ([], [])
    page = prisma_page(plot.record)
    boxes = [np.array(shape.points) for shape in page.shapes if len(shape.points) == 4]
    high = plot.figure.get_figheight() * INCH
    inside = [
        any(
            b[:, 0].min() <= x0 and x1 <= b[:, 0].max()
            and b[:, 1].min() <= high - y1 and high - y0 <= b[:, 1].max()
            for b in boxes
        )
        for _, (x0, y0, x1, y1) in texts(plot)
    ]  # fmt: skip
    free = [text for (text, _), there in zip(texts(plot), inside, strict=True) if not there]
    assert all(LONG.startswith(text) or text in LONG for text in free)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrows_run_from_box_to_box_and_through_none(layout: str) -> None:
    """Tips touch a side of a box; no line crosses the inside of one."""
    page = prisma_page(prisma(LAYOUTS[layout]).record)
    boxes = [np.array(shape.points) for shape in page.shapes if len(shape.points) == 4]
    spans = [(b[:, 0].min(), b[:, 0].max(), b[:, 1].min(), b[:, 1].max()) for b in boxes]
    tips = [shape.points[0] for shape in page.shapes if len(shape.points) == 3]
    assert len(tips) >= 7
    for x, y in tips:
        on_side = [
            left - 1e-6 <= x <= right + 1e-6 and top - 1e-6 <= y <= bottom + 1e-6
            and min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) < 1e-6
            for left, right, top, bottom in spans
        ]  # fmt: skip
        assert sum(on_side) == 1
    for rule in page.rules:
        (x0, y0), (x1, y1) = rule.start, rule.end
        for left, right, top, bottom in spans:
            across = min(x0, x1) < right - 1e-6 and max(x0, x1) > left + 1e-6
            down = min(y0, y1) < bottom - 1e-6 and max(y0, y1) > top + 1e-6
            assert not (across and down)


def test_it_fits_into_given_axes_and_reasons_are_drawn_literally() -> None:
    """Small axes, hostile reasons; the sentence tells what is known."""
    figure = Figure(figsize=(4, 4))
    hostile = {"<b>$x_{</b>": 1, "100% \\alpha": 2}
    plot = prisma({"reports_excluded": hostile, "included_studies": 1234}, ax=figure.subplots())
    assert outside(plot) == []
    found = [text for text, _ in texts(plot)]
    assert "<b>$x_{</b> (n = 1)" in found
    assert "100% \\alpha (n = 2)" in found
    assert plot.record.alt == "PRISMA 2020 flow diagram: 1,234 studies included."


@pytest.mark.parametrize("sought", [12, 40, 0])
def test_other_methods_may_lose_records_before_reports_are_sought(sought: int) -> None:
    """PRISMA 2020 has no box there for duplicates and records that were screened out."""
    plot = prisma(citations=40, other_sought=sought)
    assert plot.data.set_index("count").n["other_sought"] == sought
    with pytest.raises(DataError, match="citations 40 = 40, but other_sought is 41"):
        prisma(citations=40, other_sought=41)
    assert prisma(citations=40, websites=None, other_sought=90)
