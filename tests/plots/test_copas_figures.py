"""Figures of the Copas model and of p-curves: numbers, texts that stay apart, wrong records."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.path import Path

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.diagnostics.selection.copas import STARTS, copas
from metaan.diagnostics.selection.copas_solving import Gammas, solve
from metaan.diagnostics.selection.copas_surface import copas_surface
from metaan.diagnostics.selection.p_curve import p_curve
from metaan.plots.diagnostics import copas_panels as copas_module
from metaan.plots.diagnostics.copas_page import copas_page
from metaan.plots.diagnostics.copas_panels import SPECK, copas_panels
from metaan.plots.diagnostics.copas_plot import copas_plot, draw_copas
from metaan.plots.diagnostics.p_curve_plot import p_curve_plot
from metaan.plots.pages.theme import LIGHT, THEMES
from metaan.plots.pages.typesetting import width
from metaan.univariate.pooling import pool
from tests.diagnostics.comparing import drawn, quiet
from tests.plots import builders as make
from tests.plots.looking import misplaced


@cache
def bcg():
    """Return the analysis of the BCG trials, few assumptions."""
    return copas(pool(make.bcg_effects()), probabilities=[0.9, 0.5, 0.2])


@cache
def panels():
    """Return its figure's record."""
    return copas_panels(bcg(), title="BCG vaccine: what if imprecise trials are missing?")


def test_panels():
    """Contours are where the effect has their level; axes hold all that is drawn."""
    found, record = bcg(), panels()
    levels = {level for level, _ in record.contours}
    assert record.surface.value.min() <= min(levels) <= max(levels) <= record.surface.value.max()
    _, selections, effects, tests = record.frames
    for x, y in zip(found.gamma0[1:], found.gamma1[1:], strict=True):
        assert selections.x.low < x < selections.x.high
        assert selections.y.low < y < selections.y.high
    assert effects.y.low < found.low.min()
    assert found.high.max() < effects.y.high
    assert tests.y.high > np.exp(found.log_residual).max()
    assert "without selection" in record.alt
    assert len(record.to_frame()) == found.m


def test_the_surface_is_the_model_at_its_places():
    """A corner and the middle of the grid, solved by themselves."""
    effects = drawn(8, 3)
    found = copas(quiet(effects), direction="above")
    surface = copas_surface(found, steps=5)
    for i, j in ((0, 4), (2, 2)):
        gammas = Gammas(surface.gamma0[j : j + 1], surface.gamma1[i : i + 1])
        alone = solve(effects.y, effects.v, gammas, STARTS, residual=False)
        assert surface.value[i, j] == pytest.approx(alone.mu[0], abs=1e-6)


@pytest.mark.parametrize("theme", THEMES)
def test_texts_stay_apart(theme):
    """On a page of its own in every theme, and in a user's axes."""
    record, found = panels(), p_curve(make.bcg_effects())
    assert misplaced(draw_copas(record, theme=theme)) == ([], [])
    assert misplaced(p_curve_plot(found, theme=theme)) == ([], [])
    if theme == "light":
        left, right = Figure(figsize=(11, 6)).subplots(1, 2)
        assert misplaced(draw_copas(record, ax=left)) == ([], [])
        assert misplaced(p_curve_plot(found, ax=right)) == ([], [])


def test_labels_of_contours_have_room():
    """The paper is clear under each label, and no contour is a speck."""
    plot = draw_copas(panels())
    cell = copas_page(plot.record).cells[1]
    paper = [
        Path(path.vertices)
        for each in plot.axes.collections
        if isinstance(each, PolyCollection) and to_hex(each.get_facecolor()[0]) == LIGHT.paper
        for path in each.get_paths()
    ]
    assert cell.frame.texts
    for text in cell.frame.texts:
        x, y = cell.at(text.x, text.y)
        half = width(text.text, text.style) / 2
        corners = [(x - half, y), (x + half, y)]
        assert any(patch.contains_points(corners).all() for patch in paper)
    for _, line in plot.record.contours:
        at = np.array([cell.at(*point) for point in line])
        assert np.hypot(*np.ptp(at, axis=0)) >= SPECK


def test_specks_are_no_contours():
    """A piece of a few points of the page is left out."""
    surface = panels().surface
    wide, high = np.ptp(surface.gamma0), np.ptp(surface.gamma1)
    corner = np.array([surface.gamma0[0], surface.gamma1[0]])
    for size, shown in ((0.005, False), (0.2, True)):
        line = np.array([corner, corner + size * np.array([wide, high])])
        assert copas_module._long(line, surface) is shown


def test_notes_are_sentences():
    """Remarks begin with capitals under both figures."""
    few = p_curve(Effects.from_arrays([2.5, 3.0, 2.2], v=[1.0] * 3))
    for notes in (panels().notes, p_curve_plot(few).record.frame.notes):
        assert len(notes) > 1
        assert not any(note[0].islower() or not note.endswith(".") for note in notes)


def test_equal_effects():
    """No contour where the effect is the same whatever the selection."""
    flat = copas(quiet(Effects.from_arrays([0.0] * 5, v=[0.1, 0.2, 0.3, 0.1, 0.4])),
                 probabilities=[0.8, 0.5])  # fmt: skip
    plot = copas_plot(flat, notes=())
    assert misplaced(plot) == ([], [])


def test_p_curve_numbers():
    """Shares of the bins, in percent."""
    z = [2.0, 2.1, 2.7, 3.5, 4.0, 0.3]
    plot = p_curve_plot(p_curve(Effects.from_arrays(z, v=[1.0] * 6)))
    assert plot.record.observed == pytest.approx((60, 0, 0, 20, 20))
    assert sum(plot.record.low_power) == pytest.approx(100)
    assert plot.data["no_effect"].tolist() == [20.0] * 5
    assert "5 significant studies of 6" in plot.record.alt


def test_wrong_records():
    """A fit is no analysis."""
    with pytest.raises(InputError, match="what copas"):
        copas_plot(quiet(drawn(5)))
    with pytest.raises(InputError, match="what p_curve"):
        p_curve_plot(drawn(5))
