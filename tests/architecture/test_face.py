"""The public face: every name resolves, none is shadowed, and the typed stub lists them all."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable
from functools import cache
from types import ModuleType

import pytest

import metaan
from tests.architecture.source import (
    FACE,
    REPOSITORY,
    Function,
    Source,
    parse,
    sources,
    without_docstring,
)

# A key shorter than this ("MD", "OR") is also a word of other tables and of column names.
SHORTEST_KEY = 3
TABLES = ("MEASURES", "ESTIMATORS", "INFERENCES")
# What other programs do is told in keys of those tables; that each is a row is tested beside it.
CATALOGUE = f"{FACE}.core.conventions"


def test_no_room_has_the_name_of_a_public_name() -> None:
    """A room called as a verb would take its place in the face."""
    # Python sets a submodule as an attribute of its package: it would replace the function.
    rooms = {source.room for source in sources(FACE)}
    assert sorted(rooms & set(metaan.__all__)) == []


def test_every_public_name_resolves_after_everything_was_imported() -> None:
    """No name is missing, and none was replaced by a module."""
    for source in sources(FACE):
        importlib.import_module(source.name)
    modules = [name for name in metaan.__all__ if isinstance(getattr(metaan, name), ModuleType)]
    assert modules == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelled name fails as it does on any module."""
    with pytest.raises(AttributeError, match="metanalysis"):
        _ = metaan.metanalysis  # type: ignore[attr-defined]


def test_dir_lists_the_face() -> None:
    """Completion in a shell offers every public name."""
    assert set(metaan.__all__) < set(dir(metaan))


def test_the_version_is_told_once() -> None:
    """What was installed, the package and the citation state the same version."""
    citation = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert metaan.__version__ == importlib.metadata.version("metaan")
    assert f"version: {metaan.__version__}" in citation


def test_the_stub_lists_exactly_the_face() -> None:
    """Editors see every public name, from the room it comes from."""
    stub = ast.parse((REPOSITORY / FACE / "__init__.pyi").read_text(encoding="utf-8"))
    told = {
        alias.asname: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    homes = {name: metaan.FACE[name] for name in metaan.__all__}
    assert told == homes


def typed_in(package: Iterable[Source], keys: Iterable[str]) -> dict[str, list[str]]:
    """Return the files that type each key as a string, docstrings aside."""
    places: dict[str, list[str]] = {key: [] for key in keys}
    for source in package:
        for key in _strings(source) & set(places):
            places[key].append(source.file)
    return places


@cache
def _strings(source: Source) -> frozenset[str]:
    nodes = list(ast.walk(source.tree))
    owners = [node for node in nodes if isinstance(node, ast.Module | ast.ClassDef | Function)]
    first = [owner.body[0] for owner in owners if owner.body != without_docstring(owner.body)]
    told = {id(each.value) for each in first if isinstance(each, ast.Expr)}
    return frozenset(
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    )


def keys_of(table: str) -> list[str]:
    """Return the keys of a table of the face; none if it is not built yet."""
    home = metaan.FACE.get(table)
    if home is None or importlib.util.find_spec(home) is None:
        return []
    return [key for key in getattr(metaan, table) if len(key) >= SHORTEST_KEY]


def test_a_key_typed_twice_is_found() -> None:
    """The search sees defaults, and does not see docstrings."""
    one = parse("metaan.tau2.table", '"""REML"""\nROWS = {"REML": 1}')
    two = parse("metaan.univariate.a", 'def f(tau2="REML"): ...')
    assert typed_in([one, two], ["REML"]) == {"REML": [one.file, two.file]}
    assert typed_in([one], ["REML"]) == {"REML": [one.file]}


@pytest.mark.parametrize("table", TABLES)
def test_a_key_is_typed_in_one_file(table: str) -> None:
    """A row is added, or renamed, in one place."""
    package = [source for source in sources(FACE) if source.name != CATALOGUE]
    places = typed_in(package, keys_of(table))
    assert {key: files for key, files in places.items() if len(files) > 1} == {}
