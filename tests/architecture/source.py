"""The package as its laws see it: files, their syntax trees and what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
FACE = "metaan"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file.

    Attributes
    ----------
    name : str
        Dotted name; a room's ``__init__`` has the name of the room.
    file : str
        Path for messages.
    text : str
        The whole file.
    tree : ast.Module
        Its syntax tree.
    """

    name: str
    file: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """Top-level room or module it belongs to ("core", "cli"); empty for the face."""
        return ([*self.name.split("."), ""])[1]

    @property
    def is_room_door(self) -> bool:
        """Whether it is the ``__init__.py`` of a room."""
        return self.file.endswith("__init__.py") and self.name != FACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported module and where it stands.

    Attributes
    ----------
    target : str
        Dotted name as far as the statement gives it: ``from a.b import c`` is "a.b.c", which
        may be a module or a name of the module "a.b".
    module : str
        The part that certainly is a module ("a.b").
    line : int
        Line of the statement.
    inside : tuple of str
        Functions and classes around it, outermost first.
    typing : bool
        Whether it stands under ``if TYPE_CHECKING``.
    level : int
        Leading dots of a relative import.
    """

    target: str
    module: str
    line: int
    inside: tuple[str, ...]
    typing: bool
    level: int


def parse(name: str, text: str, file: str = "") -> Source:
    """Return a source; also for made-up text, to see a law bite."""
    where = file or name.replace(".", "/") + ".py"
    return Source(name=name, file=where, text=text, tree=ast.parse(text, where))


@cache
def sources(folder: str) -> tuple[Source, ...]:
    """Return every Python file under a folder of the repository."""
    return tuple(_read(path) for path in sorted((REPOSITORY / folder).rglob("*.py")))


def _read(path: Path) -> Source:
    relative = path.relative_to(REPOSITORY)
    parts = relative.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return parse(name, path.read_text(encoding="utf-8"), str(relative))


def imports(source: Source) -> list[Import]:
    """Return every import of a file, also in functions and under TYPE_CHECKING."""
    return list(_imports(source.tree, (), typing=False))


def _imports(node: ast.AST, inside: tuple[str, ...], *, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue  # an expression holds no statement
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(
                    target=alias.name,
                    module=alias.name,
                    line=child.lineno,
                    inside=inside,
                    typing=typing,
                    level=0,
                )
        elif isinstance(child, ast.ImportFrom):
            module = child.module or ""
            for alias in child.names:
                yield Import(
                    target=f"{module}.{alias.name}",
                    module=module,
                    line=child.lineno,
                    inside=inside,
                    typing=typing,
                    level=child.level,
                )
        elif isinstance(child, ast.ClassDef | Function):
            yield from _imports(child, (*inside, child.name), typing=typing)
        else:
            guard = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from _imports(child, inside, typing=typing or guard)


def inner_imports(source: Source, modules: frozenset[str]) -> list[tuple[str, int]]:
    """Return the modules of the package that a file imports, with the lines."""
    found = [(_module(each, modules), each.line) for each in imports(source)]
    return [(name, line) for name, line in found if name.split(".")[0] == FACE]


def _module(each: Import, modules: frozenset[str]) -> str:
    return each.target if each.target in modules else each.module


def functions(source: Source) -> Iterator[tuple[Function, bool]]:
    """Yield every function of a file, and whether it is a method."""
    yield from _functions(source.tree, is_class=False)


def _functions(node: ast.AST, *, is_class: bool) -> Iterator[tuple[Function, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            continue  # an expression holds no statement
        if isinstance(child, Function):
            yield child, is_class
        yield from _functions(child, is_class=isinstance(child, ast.ClassDef))


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements after the docstring."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return body
