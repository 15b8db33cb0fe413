"""The notebooks: what they may hold, and that they still give what they show."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.notebooks.execute import execute

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
IMAGE = "image/png"
HOW_MANY = re.compile(r"\d+ of \d+ studies on file")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


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


def shown(cell: Any) -> list[tuple[str, ...]]:
    """Return what a cell shows, as text: one tuple per output.

    Pieces of one stream are joined, because where a stream is cut depends on timing alone. Of a
    figure only its kind is kept: its bytes follow the fonts and the version of Matplotlib, and
    the drawing of its numbers has tests of its own.
    """
    found: list[tuple[str, ...]] = []
    for kind, group in itertools.groupby(cell.outputs, key=lambda out: out.get("name", "")):
        outputs = list(group)
        if kind:
            found.append((kind, "".join(output.text for output in outputs)))
            continue
        for output in outputs:
            data = output.get("data", {})
            found.append((IMAGE,) if IMAGE in data else (output.output_type, *_texts(data)))
    return found


def _texts(data: Any) -> list[str]:
    return [str(part) for item in sorted(data.items()) for part in item]


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


@each_notebook
def test_runs_again_to_the_same_outputs(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy, executed elsewhere, shows what the committed notebook shows."""
    # Workers run side by side: no history, connection file or cell shares a folder with another.
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    committed, fresh = read(path), read(path)
    execute(fresh, tmp_path)
    assert len(code_cells(fresh)) == len(code_cells(committed))
    for old, new in zip(code_cells(committed), code_cells(fresh), strict=True):
        assert shown(new) == shown(old), (
            f"{path.name}, cell {old.id}: run `make notebooks`, then read its prose again, "
            "which quotes numbers"
        )
