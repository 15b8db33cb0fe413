"""The notebooks: what they may hold, and that they still give what they show."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks.in_shell import run, shells

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
IMAGE = "image/png"
HOW_MANY = re.compile(r"\d+ of \d+ studies on file")
MOST_BYTES = 600_000
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@cache
def read(path: Path) -> Any:
    """Return a notebook; nbformat raises if it breaks the format."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code_cells(notebook: Any) -> list[Any]:
    """Return the code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def nodes(notebook: Any) -> Iterator[ast.AST]:
    """Yield every syntax node of every code cell."""
    for cell in code_cells(notebook):
        yield from ast.walk(ast.parse(cell.source))


def shown(outputs: Sequence[Any]) -> list[tuple[str, ...]]:
    """Return what a cell shows, as text: one tuple per output.

    Pieces of one stream are joined, because where a stream is cut depends on timing alone. Of a
    figure its words are kept, which say what it shows, and its kind: its bytes follow the fonts
    and the version of Matplotlib, and the drawing of its numbers has tests of its own.
    """
    found: list[tuple[str, ...]] = []
    for kind, group in itertools.groupby(outputs, key=lambda out: out.get("name", "")):
        if kind:
            found.append((kind, "".join(output["text"] for output in group)))
            continue
        found += [(output["output_type"], *_texts(output["data"])) for output in group]
    return found


def _texts(data: Any) -> list[str]:
    kept = {kind: "" if kind == IMAGE else str(text) for kind, text in data.items()}
    return [part for item in sorted(kept.items()) for part in item]


def title_of(call: ast.Call) -> str:
    """Return the title given to a figure, with 0 where a number is filled in."""
    titles = [word.value for word in call.keywords if word.arg == "title"]
    parts = titles[0].values if titles and isinstance(titles[0], ast.JoinedStr) else titles
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "0" for part in parts)


def test_notebooks_are_numbered_without_a_gap() -> None:
    """Their order is their names'; a folder that was not found would pass every other test."""
    numbers = [path.name[:2] for path in NOTEBOOKS]
    assert numbers == [f"{i + 1:02d}" for i in range(max(4, len(NOTEBOOKS)))]


@each_notebook
def test_opens_with_prose(path: Path) -> None:
    """A reader meets words before code."""
    first = read(path).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")


@each_notebook
def test_ends_with_what_would_change_the_conclusion(path: Path) -> None:
    """And says before what is asked, what was found, and what it means for a patient."""
    cells = read(path).cells
    headings = [
        line
        for cell in cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("## ")
    ]
    assert headings[-1] == "## What would change the conclusion"
    assert cells[-1].cell_type == "markdown"
    for words in ("**What is asked.**", "**What is found.**"):
        assert words in cells[0].source
    assert any("hat it means for a patient" in cell.source for cell in cells)


@each_notebook
def test_needs_the_public_face_alone(path: Path) -> None:
    """What stands in a notebook a reader may write too: no inner module, no shell."""
    found = {alias.name for node in nodes(read(path)) for alias in _imported(node)}
    assert not [name for name in found if name.startswith("metaan.")]
    assert not [cell for cell in code_cells(read(path)) if cell.source.startswith(("!", "%"))]


def _imported(node: ast.AST) -> list[ast.alias]:
    if isinstance(node, ast.ImportFrom):
        return [ast.alias(name=f"{node.module}.{alias.name}") for alias in node.names]
    return node.names if isinstance(node, ast.Import) else []


@each_notebook
def test_is_small(path: Path) -> None:
    """Pictures and all."""
    assert path.stat().st_size < MOST_BYTES


@each_notebook
def test_defines_nothing(path: Path) -> None:
    """What a notebook needs belongs in the library, where it is tested."""
    found = [node.lineno for node in nodes(read(path)) if isinstance(node, DEFINITIONS)]
    assert not found


@each_notebook
def test_is_committed_as_one_clean_run(path: Path) -> None:
    """Cells ran once, in order, without an error or a word on stderr, and name no folder."""
    notebook = read(path)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert not [cell for cell in cells if "execution" in cell.metadata]
    text = path.read_text(encoding="utf-8")
    assert not [root for root in (str(REPOSITORY), str(Path.home())) if root in text]


@each_notebook
def test_figures_say_how_many_studies_are_on_file(path: Path) -> None:
    """Every title reads "k of K studies on file"."""
    calls = [node for node in nodes(read(path)) if isinstance(node, ast.Call)]
    figures = [call for call in calls if ast.unparse(call.func) == "ma.forest"]
    assert figures
    assert [title_of(call) for call in figures if not HOW_MANY.search(title_of(call))] == []


@pytest.fixture(scope="module")
def runner() -> Iterator[Executor]:
    """Return who runs a notebook in a fresh process."""
    with shells() as pool:
        yield pool


@each_notebook
def test_runs_again_to_the_same_outputs(path: Path, tmp_path: Path, runner: Executor) -> None:
    """Every text, table and description of a figure: those of the committed notebook."""
    cells = code_cells(read(path))
    fresh = runner.submit(run, [cell.source for cell in cells], str(tmp_path)).result(120)
    assert len(fresh) == len(cells)
    for cell, outputs in zip(cells, fresh, strict=True):
        assert shown(outputs) == shown(cell.outputs), (
            f"{path.name}, cell {cell.id}: run `make notebooks`, then read its prose again, "
            "which quotes numbers"
        )
