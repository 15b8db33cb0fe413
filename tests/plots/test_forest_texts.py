"""What a caller may say of a figure: names of columns, predictions of subgroups, texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import metaan as ma
from metaan.core.errors import ChoiceError, InputError
from metaan.plots.forests.arms import arm_table
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.forests.forest import draw_forest, forest
from metaan.plots.forests.layouts import LAYOUTS
from metaan.plots.forests.placing import forest_page
from metaan.plots.forests.rows import forest_rows, remarks_of
from tests.plots import builders as make
from tests.plots.forest_subjects import bcg, bcg_counts, bcg_fit, notes_of, of_kind
from tests.plots.looking import misplaced, texts
from tests.plots.reading import heads

NAMES = {"alloc": "Method of allocation", "ablat": "Distance from the equator, °"}


def test_columns_have_the_names_that_the_caller_gives() -> None:
    """Over subgroups, in heads and in the alt sentence; others keep their own."""
    plot = forest(
        ma.subgroups(bcg(), by="alloc"),
        left=["alloc", "ablat", "year", ma.Shown(column="n1", head="Vaccinated")],
        names={**NAMES, "n1": "Never shown"},
    )
    headers = [row.label for row in of_kind(plot.record, "header")]
    assert headers == [f"Method of allocation: {x}" for x in ("random", "alternate", "systematic")]
    assert heads(plot.record) == [*NAMES.values(), "Year", "Vaccinated"]
    assert "subgroups by Method of allocation: 3." in plot.record.alt
    assert misplaced(plot) == ([], [])


def test_the_legend_has_the_names_too() -> None:
    """Each before the first of its values."""
    decades = tuple(f"{year // 10}0s" for year in bcg().columns["year"])
    studies = replace(bcg(), columns={**bcg().columns, "decade": decades})
    record = forest_rows(studies, color="alloc", marker="decade", names={"alloc": "Allocation"})
    told = [(entry.head, entry.label) for entry in record.legend]
    assert told[:2] == [("Allocation", "random"), ("", "alternate")]
    assert ("Decade", "1940s") in told
    plot = draw_forest(record)
    assert {"Allocation:", "Decade:"} <= {text for text, _ in texts(plot)}
    assert misplaced(plot) == ([], [])


def test_only_columns_have_names() -> None:
    """A name for a column that there is not is a slip; so is anything but texts."""
    split = make.pooled_or_split(make.many(5, "none"), split=True)
    record = forest_rows(split, names={"sham_type": "Needle"})
    assert of_kind(record, "header")[0].label.startswith("Needle: non-penetrating")
    with pytest.raises(ChoiceError, match=r'not a column of the effects.*Did you mean "alloc"'):
        forest_rows(bcg(), names={"aloc": "Allocation"})
    with pytest.raises(InputError, match="names must be texts by columns; got 3"):
        forest_rows(bcg(), names={"alloc": 3})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="names= is for studies"):
        forest_rows([make.published(0.6, 0.4, 0.9)], names={"k": "Studies"})


@pytest.mark.parametrize("layout", LAYOUTS)
def test_subgroups_have_their_predictions_where_asked_for(layout: str) -> None:
    """Under its pool each; none where a subgroup has none, and by default none at all."""
    fit = ma.subgroups(bcg(), by="alloc")
    plot = forest(fit, layout=layout, subgroup_prediction=True)
    found = {row.group: (row.low, row.high) for row in of_kind(plot.record, "prediction")}
    wanted = {}
    for header, part in zip(of_kind(plot.record, "header"), fit.fits, strict=True):
        if part.prediction_interval is not None:
            limits = part.prediction_interval
            wanted[header.group] = (limits.low, limits.high)
    assert len(wanted) == 2  # of two studies there is none
    whole = fit.overall.prediction_interval
    assert whole is not None
    assert found == {**wanted, "": (whole.low, whole.high)}
    kinds = [row.kind for row in plot.record.rows if row.group == plot.record.rows[0].group]
    assert kinds.index("prediction") > kinds.index("pool")
    assert misplaced(plot) == ([], [])
    assert len(of_kind(forest_rows(fit, layout=layout), "prediction")) == 1


def test_predictions_of_subgroups_need_subgroups() -> None:
    """Asked of anything else they would be left out in silence."""
    with pytest.raises(InputError, match=r"for a fit by subgroups.*got PooledFit"):
        forest_rows(ma.pool(bcg()), subgroup_prediction=True)
    with pytest.raises(InputError, match="subgroup_prediction must be True or False; got 1"):
        forest_rows(ma.pool(bcg()), subgroup_prediction=1)  # type: ignore[arg-type]


def test_remarks_on_subgroups_are_footnotes() -> None:
    """With their names behind; not of a subgroup of one study, which has no diamond."""
    fit = ma.subgroups(bcg(), by="alloc")
    told = [note for note in remarks_of(fit) if "alternate" in note]
    (remark,) = fit["alternate"].remarks
    assert [note.lower() for note in told] == [f"{remark.lower()} (subgroup alternate)."]
    pairs = bcg().take([0, 1, 4, 5, 9])
    fit = ma.subgroups(pairs, by="alloc")
    assert fit["systematic"].remarks
    notes = " | ".join(remarks_of(fit))
    assert "(subgroups random and alternate)." in notes
    assert "systematic" not in notes


def test_footnotes_have_the_letters_of_the_figure() -> None:
    """Records spell tau², lines under a total do not."""
    assert footnotes(["if tau² is 0", "if tau² is 0", "a caution"]) == (
        "If τ² is 0.",
        "A caution.",
    )


def test_what_programs_do_not_say_is_no_footnote() -> None:
    """It is for who made the fit, and stays in its summary."""
    fit = ma.pool(bcg(), conventions="RevMan5")
    assert "no page about RevMan 5 was found" in " ".join(str(fit).split())
    assert "pools two-by-two tables by Mantel-Haenszel" in " ".join(str(fit).split())
    assert forest(fit).record.notes == ()
    model = ma.regress(bcg(), "~ ablat", conventions="RevMan5")
    assert "no page about meta-regression" in " ".join(str(model).split())
    assert not [note for note in remarks_of(model) if "page" in note]


def test_no_remark_stands_twice() -> None:
    """What is said of the total is not said again of its subgroups."""
    fit = ma.subgroups(bcg(), by="alloc")
    (remark,) = fit["alternate"].remarks
    twice = replace(fit, overall=replace(fit.overall, remarks=(remark,)))
    assert [note for note in remarks_of(twice) if remark[1:12] in note] == [
        f"{remark[:1].upper()}{remark[1:]}."
    ]


def test_a_lone_note_is_a_footnote() -> None:
    """As a reader would expect of notes="..."."""
    assert forest(bcg(), notes="A note").record.notes == ("A note",)


@pytest.mark.parametrize(
    ("given", "got"),
    [
        (pd.DataFrame({"yi": [0.1], "vi": [0.2]}), "got DataFrame"),
        (pd.Series([0.1]), "got Series"),
        ("trials.csv", "got str"),
        ({"yi": [0.1]}, "got dict with float"),
        ([0.1, 0.2], "got list with float"),
        (np.array([0.1]), "got ndarray"),
        (3, "got int"),
    ],
)
def test_what_is_no_subject_says_how_to_make_one(given: Any, got: str) -> None:
    """The type that was given, not that of something inside it."""
    wanted = rf"{got}\. Make effects of a table with ma\.effect_sizes\(.*ma\.pool"
    with pytest.raises(InputError, match=wanted):
        forest(given)


def test_a_pool_of_no_studies_has_no_sums() -> None:
    """Neither 0/0 nor 0 events: nothing was summed."""
    for layout in LAYOUTS.values():
        table = arm_table(bcg(), layout)
        assert table.pool(()) == {} == table.total_events(())
        assert table.pool(range(13))
    record = forest_rows(bcg_fit("regression"), layout="RevMan")
    assert "Total events" not in notes_of(record)


def test_lines_stand_apart_from_studies_without_a_pool() -> None:
    """As far as a total would."""
    record = forest_rows(bcg_fit("regression"))
    page, last = forest_page(record), len(of_kind(record, "study")) - 1
    assert record.rows[last + 1].kind == "note"
    under = [word for word in page.words if word.text and word.text in record.rows[last].label]
    over = [word for word in page.words if word.text.startswith("Test of moderators")]
    assert over[0].y - over[0].style.size - under[0].y > 5.0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_counts_tell_at_most_their_heterogeneity_and_one_test(layout: str) -> None:
    """Further tests stand in the summary; a layout with a test of its own tells that one."""
    lines = LAYOUTS[layout].test
    fits = (ma.mantel_haenszel(bcg_counts(), "OR"), ma.peto(bcg_counts()), ma.glmm(bcg_counts()))
    for fit in fits:
        notes = notes_of(forest_rows(fit, layout=layout))
        assert notes.lower().count("heterogeneity") == 1
        assert "Breslow-Day" not in notes
        assert ("Test for overall effect" in notes) == bool(lines)
        tested = notes.count("Cochran-Mantel-Haenszel test")
        assert tested == (0 if lines or "mixed" in notes else 1)


CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "ax": ({"ax": Figure()}, "ax must be .*Axes.*got Figure"),
    "title": ({"title": None}, "title must be a text; got None"),
    "subtitle": ({"subtitle": ["a"]}, r"subtitle must be a text; got \['a'\]"),
    "favors": ({"favors": 3}, "favors must be two texts"),
    "favors of numbers": ({"favors": ("a", 3)}, "favors must be two texts"),
    "notes": ({"notes": 3}, "notes must be a sequence of texts; got 3"),
    "notes of numbers": ({"notes": [3]}, "notes must be a sequence of texts"),
    "published": ({"published": make.published(1, 1, 1)}, "such as .pool.; got PublishedPool"),
    "published numbers": ({"published": [3]}, "published must be a sequence.*got int"),
    "ticks": ({"ticks": "12"}, "ticks must be numbers on the reading scale; got '12'"),
    "axis": ({"axis": "12"}, "axis must be numbers on the reading scale; got '12'"),
    "color": ({"color": 3}, "color must be the name of a column; got 3"),
    "marker": ({"marker": ["alloc"]}, "marker must be the name of a column"),
    "theme": ({"theme": 3}, "theme=3 is not a theme"),
    "layout": ({"layout": 3}, "layout must be a name.*got int"),
    "option": ({"colour": "alloc"}, "no option 'colour'.*Did you mean \"color\""),
}


@pytest.mark.parametrize("name", CALLS)
def test_wrong_arguments_are_named(name: str) -> None:
    """One error in the words of the caller."""
    arguments, message = CALLS[name]
    with pytest.raises((InputError, ChoiceError), match=message):
        forest(bcg(), **arguments)


def test_a_long_head_makes_its_column_wider_before_it_takes_a_third_line() -> None:
    """Words of cells are short, words of heads are not; nothing touches."""
    plot = forest(bcg(), left=["alloc"], right=["effect"], names=NAMES)
    found = [word.text for word in forest_page(plot.record).words]
    assert "Method of" in found
    assert "allocation" in found
    assert misplaced(plot) == ([], [])
