"""A drawn plot as an object: it goes when nobody holds it, and a notebook shows it once."""

from __future__ import annotations

import gc
import tracemalloc
import warnings
import weakref
from base64 import b64decode
from pathlib import Path
from typing import Any

import matplotlib
import nbclient
import nbformat
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from metaan.core.errors import InputError, LettersWarning
from tests.plots.hostile import PAGES, chart_of, forest_of

ROOT = Path(__file__).parents[2]
MEBIBYTE = 2**20


@pytest.mark.parametrize("page", PAGES)
def test_a_loop_over_plots_holds_none_of_them(tmp_path: Path, page: str) -> None:
    """Twenty plots more, saved, take no more memory."""

    def draw() -> weakref.ref[Any]:
        plot = PAGES[page](["A", "B"])
        plot.save(tmp_path / "x.svg")
        return weakref.ref(plot.figure)

    figures = [draw() for _ in range(5)]
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        figures += [draw() for _ in range(20)]
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not any(figure() for figure in figures)
    assert after - before < MEBIBYTE


def test_pyplot_of_the_user_sees_nothing(tmp_path: Path) -> None:
    """Its list of figures, its current figure and its settings stay as they are."""
    import matplotlib.pyplot as plt

    backend = plt.get_backend()
    plt.switch_backend("agg")
    try:
        mine = plt.figure()
        before = dict(matplotlib.rcParams)
        for page in PAGES.values():
            plot = page(["A", "B"])
            plot.save(tmp_path / "x.png")
            plot._repr_mimebundle_()
        assert plt.get_fignums() == [mine.number]
        assert plt.gcf() is mine
        assert dict(matplotlib.rcParams) == before
    finally:
        plt.close("all")
        plt.switch_backend(backend)


def test_a_figure_of_the_users_keeps_its_own_texts() -> None:
    """Only what we drew gets our fonts and loses its line breaks."""
    figure = Figure(figsize=(12, 6))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    title = left.set_title("two\nlines \u00e9", family="DejaVu Serif")
    note = left.text(0.5, 0.5, "note\n\u00e9", family="DejaVu Serif", fontsize=7)
    forest_of(["\u00c9mile", "B"], ax=right)
    assert (title.get_text(), note.get_text()) == ("two\nlines \u00e9", "note\n\u00e9")
    assert note.get_fontfamily() == ["DejaVu Serif"]
    assert note.get_fontsize() == 7


def test_two_plots_on_one_figure_warn_of_their_own_letters() -> None:
    """The second says nothing of the first."""
    figure = Figure(figsize=(12, 6))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    with pytest.warns(LettersWarning):
        forest_of(["\U000f0000", "B"], ax=left)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forest_of(["A", "B"], ax=right)


CELLS = (
    "%matplotlib inline\nimport matplotlib.pyplot as plt\n"
    "from tests.plots.hostile import chart_of\nplot = chart_of(['A', 'B'], title='A title')",
    "plot",
    "display(plot)",
    "[plot, plot]",
    "plot;",
    "print(plt.get_fignums())",
    "for each in (plot, plot):\n    each.show()",
    "from tests.plots.hostile import forest_of\n"
    "figure, ax = plt.subplots(figsize=(8, 4))\nforest_of(['A', 'B'], ax=ax)",
)


def test_a_notebook_shows_a_plot_once(tmp_path: Path) -> None:
    """In a real kernel with inline figures: as value, through display, in a list, hidden."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    book.cells[0].source = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + CELLS[0]
    where = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3", resources=where).execute()
    outputs = [cell.outputs for cell in book.cells]
    made, value, displayed, listed, hidden, numbers, shown, inside = outputs
    assert (made, hidden) == ([], [])
    for (output,) in (value, displayed):
        assert sorted(output.data) == ["image/png", "text/plain"]
        assert b64decode(output.data["image/png"]).startswith(b"\x89PNG")
        assert output.metadata["image/png"]["alt"] == "A title: A chart with A."
        assert output.metadata["image/png"]["width"] > 300
    (listed_once,) = listed
    assert list(listed_once.data) == ["text/plain"]
    assert listed_once.data["text/plain"].count("A chart with A.") == 2
    assert numbers[0].text == "[]\n"
    assert [sorted(output.data) for output in shown] == [["image/png", "text/plain"]] * 2
    told, drawn = inside  # pyplot shows its own figure when the cell ends
    assert list(told.data) == ["text/plain"]
    assert "image/png" in drawn.data


def test_without_a_notebook_there_is_nothing_to_show_it_in() -> None:
    """The error says what to do instead."""
    with pytest.raises(InputError, match=r'no notebook.*plot\.save\("figure\.png"\)'):
        chart_of(["A", "B"]).show()


def test_the_image_is_as_wide_as_the_page() -> None:
    """In the pixels of a browser: 96 to the inch."""
    plot = chart_of(["A", "B"])
    _, about = plot._repr_mimebundle_(include=None, exclude=None)
    assert about["image/png"]["width"] == round(96 * plot.figure.get_figwidth())
