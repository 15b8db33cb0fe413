"""Funnels of trim and fill, and the minimal important difference in a funnel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.asymmetry.trim_and_fill import trim_and_fill
from metaan.plots.charts.funnel import funnel
from metaan.plots.charts.funnel_axes import FUNNEL_AXES
from metaan.plots.charts.funnel_points import funnel_points
from metaan.plots.pages.theme import THEMES
from metaan.univariate.pooling import pool
from metaan.univariate.regression import regress
from tests.plots import builders as make
from tests.plots.looking import misplaced


def filled():
    """Return trim and fill of the BCG trials under a common effect: four on the right."""
    return trim_and_fill(pool(make.bcg_effects(), model="common"))


def test_filled_studies_stand_open_and_are_no_studies() -> None:
    """They are imputed points with the effects of the record; the studies are as they were."""
    found = filled()
    record = funnel_points(found)
    kinds = [point.kind for point in record.points]
    assert kinds == ["study"] * 13 + ["imputed"] * 4
    np.testing.assert_array_equal([point.x for point in record.points[13:]], found.y)
    np.testing.assert_allclose([point.y for point in record.points[13:]], np.sqrt(found.v))
    assert all(point.study.startswith("Filled: ") for point in record.points[13:])
    assert record.to_frame()["kind"].tolist() == kinds
    alone = funnel_points(found.fit).points
    assert [(a.study, a.x, a.rows) for a in alone] == [
        (b.study, b.x, b.rows) for b in record.points[:13]
    ]
    assert "Funnel plot of 13 studies" in record.alt
    assert "4 filled studies" in record.alt


def test_both_centers_are_drawn_and_named() -> None:
    """Limits stand around the pool with the filled studies; the pool as found is dashed."""
    found = filled()
    plot = funnel(found)
    record = plot.record
    assert record.center == found.refit.estimate.value
    assert record.as_found == found.fit.estimate.value
    labels = [entry.label for entry in record.frame.legend]
    assert labels[:2] == ["Study", "Imputed"]
    assert labels[2].startswith("Pooled with filled studies 0.75")
    assert labels[3].startswith("Pooled as found 0.65")
    lines = [each for each in plot.axes.collections if isinstance(each, LineCollection)]
    verticals = {line.get_segments()[0][0][0] for line in lines if len(line.get_segments()) == 1}
    assert verticals == {record.center, record.as_found}
    marks = [each for each in plot.axes.collections if isinstance(each, PolyCollection)]
    assert to_hex(marks[-1].get_facecolor()[0]) == THEMES["light"].paper
    assert len(marks[-1].get_paths()) == 4


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("contours", [None, (0.90, 0.95, 0.99)])
def test_nothing_overlaps(theme: str, contours: tuple[float, ...] | None) -> None:
    """With names, contours, bands and long labels."""
    studies = make.many(40, "binary", long_labels=True)
    for fit in (filled(), trim_and_fill(pool(studies, tau2="DL"), side="left")):
        plot = funnel(fit, contours=contours, names="outside", theme=theme, important=0.8)
        assert misplaced(plot) == ([], [])


def test_none_missing_is_said() -> None:
    """The funnel is that of the fit, with a footnote."""
    found = trim_and_fill(pool(make.bcg_effects(), model="common"), side="left")
    assert found.missing == 0
    record = funnel_points(found)
    assert math.isnan(record.as_found)
    assert "Trim and fill (L0) fills in no study on the left." in record.frame.notes
    few = funnel_points(trim_and_fill(pool(make.bcg_effects().take([0, 1, 2]), model="common")))
    assert sum("ewer than 10" in note for note in few.frame.notes) == 1


def test_every_axis_of_errors_and_none_of_participants() -> None:
    """Filled studies have a standard error, but nobody took part in them."""
    base = make.bcg_effects()
    studies = make.effects(list(base.y), list(base.v), columns={"n": [100.0] * 13})
    found = trim_and_fill(pool(studies, model="common"))
    for key, row in FUNNEL_AXES.items():
        if row.of_participants:
            with pytest.raises(InputError, match="filled studies have no participants"):
                funnel_points(found, key)
        else:
            last = funnel_points(found, key).points[-1]
            assert last.y == pytest.approx(float(row.value(np.array([last.se]))[0]))


@pytest.mark.parametrize(("asked", "ends"), [(0.8, (0.8, 1.25)), ((0.9, 1.3), (0.9, 1.3))])
def test_the_band_of_what_does_not_matter(asked: object, ends: tuple[float, float]) -> None:
    """One number reaches as far to both sides of no effect; two are its ends."""
    fit = pool(make.bcg_effects(), model="common")
    record = funnel_points(fit, important=asked)  # type: ignore[arg-type]
    np.testing.assert_allclose(np.exp(record.important), ends)
    low, high = record.important
    beyond = int(np.sum((fit.effects.y < low) | (fit.effects.y > high)))
    (note,) = [each for each in record.frame.notes if each.startswith("Too small to matter")]
    assert f"{beyond} of 13 studies estimate an effect beyond" in note
    assert note.endswith("the 95% interval of the pooled effect lies beyond.")
    assert record.frame.x.low < low < high < record.frame.x.high


def test_where_the_pool_lies() -> None:
    """Within the band, or across its end; without a pool only the studies are counted."""
    studies = make.effects([0.1, 0.12, 0.3], [0.001, 0.001, 0.002])
    fit = pool(studies, model="common")
    within, across = (funnel_points(fit, important=size).frame.notes[0] for size in (1.0, 0.15))
    assert within.endswith("lies within.")
    assert across.endswith("reaches into it and beyond.")
    assert funnel_points(studies, important=1.0).frame.notes[0].endswith("an effect beyond.")


def test_on_contours_the_band_is_its_ends() -> None:
    """No fill hides a contour."""
    plot = funnel(pool(make.bcg_effects()), important=0.8, contours=(0.95,))
    band = THEMES["light"].band
    fills = [to_hex(each.get_facecolor()[0]) for each in plot.axes.collections
             if isinstance(each, PolyCollection)]  # fmt: skip
    assert band not in fills
    assert any(entry.label.endswith("(between)") for entry in plot.record.frame.legend)


def test_faults_of_the_band() -> None:
    """Residuals have no important effect, and no effect is none."""
    studies = make.effects([0.1, 0.9, 0.2, 1.6], [0.1] * 4, columns={"dose": [1.0, 2, 3, 5]})
    with pytest.raises(InputError, match="these points are residuals"):
        funnel(regress(studies, "~ dose"), important=0.2)
    with pytest.raises(InputError, match="important=0 is no effect itself"):
        funnel(studies, important=0)
    unnamed: Effects = make.bcg_effects()
    with pytest.raises(InputError, match="no argument 'importent'"):
        funnel(unnamed, importent=0.8)  # type: ignore[call-arg]
