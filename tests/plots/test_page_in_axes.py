"""Figures drawn into the caller's axes: ground, neighbors, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from metaan.core.errors import InputError
from metaan.plots.forests.forest import forest
from metaan.plots.pages.theme import DARK
from tests.plots import builders as make


def test_the_theme_brings_its_ground() -> None:
    """Light letters on the caller's white figure could not be read."""
    figure = Figure(figsize=(9, 6), dpi=50, facecolor="white")
    canvas: Any = FigureCanvasAgg(figure)
    ax = figure.add_axes((0.5, 0.0, 0.5, 1.0))
    forest(make.bcg_fit(), ax=ax, theme=DARK.name)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3] / 255
    corner = pixels[3, -4]
    assert np.allclose(corner, to_rgb(DARK.paper), atol=0.01)
    assert np.allclose(pixels[3, 3], 1.0)


def test_a_neighbor_that_shares_its_axes_keeps_its_limits() -> None:
    """The page has limits of its own, inside."""
    figure = Figure(figsize=(9, 6))
    axes: Any = figure.subplots(1, 2, sharex=True, sharey=True)
    axes[0].plot([0.0, 3.0], [5.0, 8.0])
    before = (axes[0].get_xlim(), axes[0].get_ylim())
    forest(make.bcg_fit(), ax=axes[1])
    assert (axes[0].get_xlim(), axes[0].get_ylim()) == before


@pytest.mark.parametrize("wrong", ["axes", None])
def test_what_is_no_ordinary_axes_is_refused(wrong: str | None) -> None:
    """A figure, a text or polar axes are named in the error."""
    given: Any = wrong or Figure().add_subplot(projection="polar")
    with pytest.raises(InputError, match=r"ax must be ordinary matplotlib Axes.*got (str|polar)"):
        forest(make.bcg_fit(), ax=given)
