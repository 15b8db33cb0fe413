"""The specification curve: its columns and rows as numbers, its drawing by its extents."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.scale import LOG
from metaan.diagnostics.specifications.multiverse import multiverse
from metaan.diagnostics.specifications.multiverse_record import Multiverse
from metaan.diagnostics.specifications.shares import share
from metaan.plots.diagnostics.specification_columns import MOST_SINGLE
from metaan.plots.diagnostics.specification_curve import specification_curve
from metaan.plots.pages.theme import THEMES
from tests.diagnostics.comparing import drawn
from tests.plots.looking import misplaced, texts

LONG = " ".join(["a name that is much longer than there is room for"] * 4)
MODELS = {"tau2": ["REML", "DL", "SJ"], "inference": ["HKSJ", "WALD"]}


def shifted(shift: float = 0.0, k: int = 8, scale: float = 1.0) -> Effects:
    """Return effects that are moved, fewer or smaller."""
    effects = drawn(12, seed=5).take(np.arange(k))
    return replace(effects, y=scale * (effects.y - shift), v=scale**2 * effects.v, scale=LOG)


@cache
def found(size: str) -> Multiverse:
    """Return a multiverse of 6, 96 or 4,800 specifications."""
    choices: dict[str, dict[str, Any]] = {
        "small": {},
        "middle": {"shift": [0.0, -1.0, 0.6, 1.2], "k": [3, 5, 8, 12]},
        "large": {"shift": np.linspace(-0.5, 1.5, 20), "k": range(3, 13), "scale": [1, 0.5, 2, 3]},
    }
    return multiverse(shifted, {**choices[size], **MODELS}, important=1.2)


def test_few_specifications_have_a_column_each() -> None:
    """In the order of the estimates, with their own limits and options."""
    own = found("middle")
    record = specification_curve(own).record
    order = np.argsort(own.value, kind="stable")
    assert [c.estimate for c in record.columns] == own.value[order].tolist()
    assert [c.low for c in record.columns] == own.low[order].tolist()
    assert [c.stop - c.start for c in record.columns] == [1] * own.n
    for row in record.rows:
        has = [own.options(int(i))[row.choice] == row.option for i in order]
        assert row.shares == tuple(map(float, has))
        assert row.n == sum(has)
        assert row.median == np.median(own.value[order][has])
        outside = (own.high[order][has] < 0) | (own.low[order][has] > 0)
        assert row.excluding == np.mean(outside)
    sides = {column.side for column in record.columns}
    assert sides == {"below", "above", "holds"}
    assert all(
        (c.side == "below") == (c.high < 0) and (c.side == "above") == (c.low > 0)
        for c in record.columns
    )
    assert [m.label for m in record.marks] == ["main analysis"]
    assert record.marks[0].place == order.tolist().index(own.main)


def test_many_specifications_share_columns() -> None:
    """Every one is in one column; a column has the medians and shares of its own."""
    own = found("large")
    assert own.n == 4800
    record = specification_curve(own).record
    order = np.argsort(own.value, kind="stable")
    assert len(record.columns) == MOST_SINGLE
    assert sum(c.stop - c.start for c in record.columns) == own.n
    column = record.columns[37]
    inside = order[column.start : column.stop]
    assert column.estimate == np.median(own.value[inside])
    assert column.high == np.median(own.high[inside])
    assert column.below == np.mean(own.high[inside] < 0)
    for choice in ("shift", "k", "scale", "tau2", "inference"):
        parts = [row.shares[37] for row in record.rows if row.choice == choice]
        assert sum(parts) == pytest.approx(1.0)
    interval = [row for row in record.rows if row.choice == "95% interval"]
    assert [row.option.split(" ")[0] for row in interval] == ["below", "includes", "above"]
    assert sum(row.n for row in interval) == own.n
    assert all(np.isnan(row.excluding) for row in interval)
    assert "exclude 1." in record.notes[1]
    assert "of their estimates, about 32 in each column" in record.below_label


@pytest.mark.parametrize("size", ["small", "middle", "large"])
@pytest.mark.parametrize("theme", THEMES)
def test_nothing_overlaps_and_nothing_is_cut(size: str, theme: str) -> None:
    """Whatever is drawn, texts stay apart and on the page."""
    plot = specification_curve(found(size), title=LONG, subtitle=LONG, notes=LONG, theme=theme)
    assert misplaced(plot) == ([], [])


def test_what_an_option_does_to_intervals_stands_beside_its_median() -> None:
    """A column of shares with its head; none without a null value."""
    plot = specification_curve(found("middle"))
    told = [text for text, _ in texts(plot)]
    assert "Excl. 1" in told
    kind = found("middle").curves[0].excluding[-1]
    assert [share(part) in told for part in kind.shares] == [True, True]
    assert "95% interval includes 1" in [text.replace("\n", " ") for text in told]
    bare = multiverse(lambda: replace(shifted(), scale=LOG.with_null(np.nan)), MODELS)
    plot = specification_curve(bare)
    assert not [text for text, _ in texts(plot) if "xcl" in text]
    assert misplaced(plot) == ([], [])


def test_long_names_are_broken() -> None:
    """Of choices, options and effects."""

    def made(**options: float) -> Effects:  # fmt: skip
        return replace(shifted(sum(options.values())), label=LONG)

    choices = {LONG.replace(" ", "_"): {LONG: 0.0, "x": 0.1}, "b": {"": 0.0, "y": 0.2}}
    plot = specification_curve(multiverse(made, choices))
    assert misplaced(plot) == ([], [])


def test_the_picture_stays_small_however_many_there_are(tmp_path: Path) -> None:
    """Columns are bounded, so that 20,000 specifications are no heavier than 2,000."""
    assert specification_curve(found("large")).save(tmp_path / "a.svg").stat().st_size < 400_000


def test_marks() -> None:
    """By choice and option, one or several or none; what is not there is refused."""
    own = found("middle")
    one = specification_curve(own, mark={"k": "5", "tau2": "DL"}).record.marks
    assert [m.label for m in one] == ["k 5, estimator of tau² DL"]
    i = own.find({"k": "5", "tau2": "DL"})
    assert (one[0].estimate, one[0].low) == (own.value[i], own.low[i])
    two = specification_curve(own, mark=[{}, {"k": "3"}]).record
    assert [m.label for m in two.marks] == ["main analysis", "k 3"]
    assert len({m.marker for m in two.marks}) == 2
    assert specification_curve(own, mark=[]).record.marks == ()
    named = specification_curve(own, mark={"ours": {"k": "3"}, "theirs": {}}).record
    assert [m.label for m in named.marks] == ["ours", "theirs"]
    assert named.marks[0].place == two.marks[1].place
    assert [entry.label for entry in named.legend][-2:] == ["Ours", "Theirs"]
    with pytest.raises(ChoiceError, match="is not an option"):
        specification_curve(own, mark={"k": "4"})


def test_some_rows_only() -> None:
    """In the order that is asked for, also a choice of one option."""
    record = specification_curve(found("middle"), choices=["inference", "k"]).record
    assert list(dict.fromkeys(row.choice for row in record.rows)) == ["inference", "k"]
    assert record.heads[0].startswith("kind of interval (")
    with pytest.raises(ChoiceError, match="is not a choice"):
        specification_curve(found("middle"), choices=["model"])
    assert specification_curve(found("middle"), choices=[]).record.rows == ()


def test_long_intervals_do_not_hide_the_others() -> None:
    """Two studies and Hartung and Knapp: limits beyond the panel are cut and counted."""
    own = multiverse(
        lambda k: shifted(k=k), {"k": [2, *range(4, 13)], "inference": ["HKSJ", "WALD"]}
    )
    record = specification_curve(own).record
    wide = own.high - own.low
    assert wide.max() > 5 * np.median(wide)
    assert record.axis.high - record.axis.low < 0.5 * wide.max()
    out = np.count_nonzero((own.low < record.axis.low) | (own.high > record.axis.high))
    assert 0 < out < 4
    assert record.notes[1] == f"{out} intervals run beyond the panel."


def test_the_table_is_on_the_reading_scale() -> None:
    """One row per column, as drawn."""
    plot = specification_curve(found("small"))
    table = plot.data
    assert table["estimate"].tolist() == np.exp([c.estimate for c in plot.record.columns]).tolist()
    assert list(table)[-2:] == ["inference: HKSJ", "inference: WALD"]
    assert plot.record.alt.startswith("Specification curve of 6 specifications by 2 choices")


def test_the_axes_hold_the_numbers() -> None:
    """Across the order, up the analysis scale; the bars are the intervals."""
    plot = specification_curve(found("middle"))
    record = plot.record
    low, high = plot.axes.get_ylim()
    assert plot.axes.get_xlim() == (0.0, 96.0)
    assert high == record.axis.high
    assert low < record.axis.low
    bars = [each for each in plot.axes.collections if isinstance(each, PolyCollection)][1]
    corners = np.array([np.asarray(path.vertices)[:4] for path in bars.get_paths()])
    ends = np.array([(c.low, c.high) for c in record.columns])
    inside = np.clip(ends, record.axis.low, record.axis.high)
    assert corners[:, :, 1].min(axis=1).tolist() == inside[:, 0].tolist()
    assert corners[:, :, 1].max(axis=1).tolist() == inside[:, 1].tolist()


def test_into_axes_of_a_figure() -> None:
    """Scaled down to fit; texts stay apart."""
    figure = Figure(figsize=(9, 5))
    left, _ = figure.subplots(1, 2)
    plot = specification_curve(found("middle"), ax=left)
    assert plot.figure is figure
    assert misplaced(plot)[0] == []


def test_an_effect_among_several_and_levels_without_a_null() -> None:
    """A label is needed; without a null there are no sides."""

    def made(kind: str) -> Effects:  # fmt: skip
        return replace(shifted(), label=kind, scale=LOG.with_null(np.nan))

    both = multiverse(made, {"kind": ["Odds", "Rate"], **MODELS})
    with pytest.raises(InputError, match="there are 2 effects"):
        specification_curve(both)
    plot = specification_curve(both, label="Rate")
    assert plot.record.marks == ()
    assert {column.side for column in plot.record.columns} == {""}
    assert "95% interval" in [text for text, _ in texts(plot)]
    with pytest.raises(InputError, match="not a specification of this effect"):
        specification_curve(both, label="Rate", mark={"kind": "Odds"})
    with pytest.raises(InputError, match="needs a multiverse"):
        specification_curve(shifted())  # type: ignore[arg-type]
    with pytest.raises(ChoiceError, match="has no argument 'titel'"):
        specification_curve(both, titel="x")  # type: ignore[call-arg]
