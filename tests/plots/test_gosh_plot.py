"""The GOSH plot: its numbers against the subsets, its drawing by what the renderer says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.fit import PooledFit
from metaan.diagnostics.subsets.gosh import gosh
from metaan.plots.diagnostics.gosh_plot import cell_color, gosh_plot
from metaan.plots.diagnostics.gosh_points import gosh_points
from metaan.plots.diagnostics.gosh_record import GoshCell
from metaan.plots.pages.theme import THEMES, find_theme
from metaan.univariate.pooling import pool
from tests.diagnostics.comparing import quiet
from tests.plots import builders as make
from tests.plots.looking import misplaced

LONG = "A title that is much longer than the page is wide, and then some more words to break it"


def fit_of(k: int, *, long_labels: bool = False) -> PooledFit:
    """Return a pool by the common effect of studies whose first one differs."""
    rng = np.random.default_rng(3)
    y = rng.normal(-0.5, 0.5, k)
    y[0] = 1.5
    name = (
        "A study with a name that is long enough to need a line of its own" if long_labels else "S"
    )
    names = [f"{name} {i + 1}" for i in range(k)]
    effects = Effects.from_arrays(y, rng.uniform(0.02, 0.2, k), study=names)
    return pool(effects, model="common")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("k", [2, 3, 6, 11])
@pytest.mark.parametrize("color", [None, 0, "clusters"])
def test_nothing_overlaps_and_nothing_is_cut(k: int, color: Any, theme: str) -> None:
    """Whatever is drawn, texts stay apart and on the page."""
    plot = gosh_plot(
        fit_of(k, long_labels=True), color=color, title=LONG, subtitle=LONG, theme=theme
    )
    assert misplaced(plot) == ([], [])


@pytest.mark.parametrize("theme", ["light", "dark"])  # in gray its shape and size are its own
def test_the_fit_has_the_color_of_no_group(theme: str) -> None:
    """All studies belong to the subsets with any of them: their mark is of neither color."""
    record = gosh_points(fit_of(6), color=0)
    look, mark = find_theme(theme), record.frame.legend[-1]
    assert mark.label == "All 6 studies"
    assert look.color(mark.fill) not in {look.color(group.color) for group in record.groups}
    assert look.color(mark.edge) == look.paper


def test_cells_count_every_subset() -> None:
    """Cells and what lies beyond them are all subsets with an I², each where it is counted."""
    found = gosh(make_bcg())
    record = gosh_points(found, color=7)
    assert sum(cell.count for cell in record.cells) + record.beyond == found.defined.sum() == 8178
    groups = np.array([cell.counts for cell in record.cells]).sum(axis=0)
    shown = [group.count for group in record.groups]
    assert shown == [4095, 4083]
    assert 0 <= sum(shown) - groups.sum() == record.beyond <= 9
    fullest = max(record.cells, key=lambda cell: cell.count)
    wide, high = record.size
    near = (np.abs(found.value - fullest.x) <= wide / 2) & (
        np.abs(found.i2 - fullest.y) <= high / 2
    )
    assert near.sum() == fullest.count == record.most
    assert (record.x, record.y) == (found.value[-1], found.i2[-1])
    frame = record.to_frame()
    assert frame["subsets"].sum() == groups.sum()
    assert np.allclose(np.log(frame["estimate"]), [cell.x for cell in record.cells])


def make_bcg() -> PooledFit:
    """Return the BCG trials by the common effect."""
    return pool(make.bcg_effects(), model="common")


def test_few_subsets_are_points() -> None:
    """Each is drawn where it is, in the marker of its group."""
    found = gosh(fit_of(4))
    record = gosh_points(found, color="S 1")
    assert record.size == (0.0, 0.0)
    assert [(cell.x, cell.y) for cell in record.cells] == list(
        zip(found.value[found.defined].tolist(), found.i2[found.defined].tolist(), strict=True)
    )
    held = found.with_(0)[found.defined]
    assert [cell.counts for cell in record.cells] == [(int(h), int(not h)) for h in held]
    assert [group.name for group in record.groups] == ["With S 1", "Without S 1"]
    assert len({group.marker for group in record.groups}) == 2
    plot = gosh_plot(found, color="S 1")
    drawn = [each for each in plot.axes.collections if isinstance(each, PolyCollection)]
    assert [len(each.get_paths()) for each in drawn] == [7, 4, 1]


def test_densities_and_outlines() -> None:
    """Curves stay in their bands; outlines hold nine tenths of a group, as near as cells allow."""
    found = gosh(make_bcg())
    record = gosh_points(found, color=7)
    x, y = record.frame.x, record.frame.y
    for group in record.groups:
        above, beside = np.array(group.above), np.array(group.beside)
        assert above[:, 1].min() > y.ends[1]
        assert above[:, 1].max() <= y.high * (1 + 1e-12)
        assert beside[:, 0].min() > x.ends[1]
        assert beside[:, 0].max() <= x.high + 1e-12
    whole = gosh_points(found)
    assert whole.groups[0].outlines == ()
    held = found.with_(7) & found.defined
    inside = np.zeros(held.sum(), dtype=bool)
    for line in record.groups[0].outlines:
        inside ^= within(np.array(line), found.value[held], found.i2[held])
    assert abs(inside.mean() - 0.9) < 0.05


def within(line: Any, x: Any, y: Any) -> Any:
    """Return which points a closed line goes around, by crossings of a ray."""
    odd = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(line, np.roll(line, -1, axis=0), strict=True):
        if y0 != y1:
            across = (y0 > y) != (y1 > y)
            odd ^= across & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd


def test_clusters_are_named_by_what_makes_them() -> None:
    """The legend says which study, and the sentence of the figure too."""
    record = gosh_points(make_bcg(), color="clusters")
    names = [group.name for group in record.groups]
    assert len(names) > 1
    assert names[0].startswith("Cluster 1 (")
    assert "mostly with" in names[0]
    assert names[0] in record.alt
    assert [entry.label for entry in record.frame.legend][:-1] == names


def test_mixed_colors() -> None:
    """A cell of both groups lies between theirs; fuller cells are stronger."""
    groups = gosh_points(gosh(fit_of(4)), color=0).groups
    look = find_theme("light")

    def at(*counts: int) -> str:
        return cell_color(GoshCell(x=0.0, y=0.0, counts=counts), groups, 100, look)

    pure, other, both = at(100, 0), at(0, 100), at(50, 50)
    for i in (1, 3, 5):
        ends = sorted(int(each[i : i + 2], 16) for each in (pure, other))
        assert ends[0] <= int(both[i : i + 2], 16) <= ends[1]
    assert int(at(1, 0)[1:3], 16) > int(pure[1:3], 16)


@pytest.mark.parametrize("effects", [[0.3] * 5, [0.3, 0.3 + 1e-9, 0.3], [-9e5, 7e5, 3.0]])
def test_numbers_of_any_size_can_be_drawn(effects: list[float]) -> None:
    """Equal, nearly equal and huge effects."""
    fit = quiet(Effects.from_arrays(effects, [0.1] * len(effects)), model="common")
    assert misplaced(gosh_plot(fit, color=1)) == ([], [])


def test_own_axes_and_small_files(tmp_path: Any) -> None:
    """Two in a figure; a file of many subsets is below 1.5 MB."""
    figure = Figure(figsize=(11, 5))
    left, right = figure.subplots(1, 2)
    gosh_plot(fit_of(5), ax=left)
    rng = np.random.default_rng(1)
    effects = Effects.from_arrays(rng.normal(size=40), np.full(40, 0.4))
    found = gosh(pool(effects, model="common"), subsets=60_000, rng=1)
    gosh_plot(found, ax=right, color=3)
    assert len(figure.axes) == 2
    path = gosh_plot(found, color="clusters").save(tmp_path / "gosh.svg")
    assert path.stat().st_size < 1_500_000


def test_errors() -> None:
    """No pool, too many subsets, an unknown color or text, nothing to show."""
    fit = fit_of(4)
    with pytest.raises(InputError, match="gosh needs a pool"):
        gosh_plot(fit.effects)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"gosh_plot\(gosh\(fit, rng=1\)\)"):
        gosh_plot(fit_of(21))
    with pytest.raises(ChoiceError, match="color='S 9' is neither \"clusters\" nor a study"):
        gosh_plot(fit, color="S 9")
    with pytest.raises(ChoiceError, match="gosh_plot has no argument 'colour'"):
        gosh_plot(fit, colour=1)  # type: ignore[call-arg]
    alone = gosh(fit_of(40), subsets=1, rng=1)
    assert gosh_plot(alone).record.most == 1
