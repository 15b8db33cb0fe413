"""Small rooms: the sizes of files and functions, and what a room's door may hold."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.architecture.source import (
    Function,
    Source,
    functions,
    imports,
    without_docstring,
)

FILE_LINES = 400
BODY_LINES = 60
PARAMETERS = 7
DATA = 2  # positional parameters of a verb whose options are all keyword-only
NESTING = 3
TEST_STATEMENTS = 30

NAMES_THAT_SAY_NOTHING = {"utils", "util", "misc", "helpers", "helper", "common"}
BLOCKS = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar,
    ast.Match,
)  # fmt: skip


def size_faults(package: Iterable[Source]) -> list[str]:
    """Return every file and function that outgrew its size."""
    faults = []
    for source in package:
        lines = len(source.text.splitlines())
        if lines > FILE_LINES:
            faults.append(f"{source.file}: {lines} lines, at most {FILE_LINES}")
        for function, is_method in functions(source):
            where = f"{source.file}:{function.lineno}: {function.name}"
            faults += [f"{where} {what}" for what in _too_big(source, function, is_method)]
    return faults


def _too_big(source: Source, function: Function, is_method: bool) -> Iterator[str]:
    if (lines := body_lines(function)) > BODY_LINES:
        yield f"has a body of {lines} lines, at most {BODY_LINES}"
    if (deep := depth(function.body)) > NESTING:
        yield f"is nested {deep} deep, at most {NESTING}"
    if (many := parameters(function, is_method)) > PARAMETERS and not takes_its_fill(
        source, function
    ):
        yield f"takes {many} parameters, at most {PARAMETERS}"
    if function.name.startswith("test_") and (long := statements(function)) > TEST_STATEMENTS:
        yield f"has {long} statements, a test at most {TEST_STATEMENTS}"


def body_lines(function: Function) -> int:
    """Return the lines from the first statement after the docstring to the end."""
    body = without_docstring(function.body)
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def _has_a_table(rest: ast.arg) -> bool:
    """Whether further arguments are typed one by one (``**options: Unpack[Options]``)."""
    note = rest.annotation
    return isinstance(note, ast.Subscript) and ast.unparse(note.value) == "Unpack"


def parameters(function: Function, is_method: bool) -> int:
    """Return how many there are, without self and cls, and without ``**columns``.

    The data a verb is called with, ``f(y, v, *, ...)``, are not counted among its options.
    """
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    own = is_method and bool(plain) and plain[0].arg in {"self", "cls"}
    open_ended = [
        each
        for each in (given.vararg, given.kwarg)
        if each and each.arg != "columns" and not _has_a_table(each)
    ]
    positional = len(plain) - own
    if given.kwonlyargs and positional <= DATA and not given.posonlyargs:
        positional = 0
    return positional + len(given.kwonlyargs) + len(open_ended)


def takes_its_fill(source: Source, function: Function) -> bool:
    """Whether it is a formula of a measure, or a command whose parameters are options."""
    if source.room == "measures":
        return True
    calls = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    return source.room == "cli" and any(
        isinstance(each, ast.Attribute) and each.attr in {"command", "group"} for each in calls
    )


def depth(body: Iterable[ast.stmt]) -> int:
    """Return how deep if, for, while, with, try and match are nested; elif adds nothing."""
    return max((_depth(statement) for statement in body), default=0)


def _depth(statement: ast.stmt) -> int:
    if not isinstance(statement, BLOCKS):
        return 0  # a function within a function is measured by itself
    if isinstance(statement, ast.If) and _is_elif(statement):
        return max(1 + depth(statement.body), depth(statement.orelse))
    inner = [*getattr(statement, "body", []), *getattr(statement, "orelse", [])]
    inner += getattr(statement, "finalbody", [])
    for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        inner += part.body
    return 1 + depth(inner)


def _is_elif(statement: ast.If) -> bool:
    """Whether an ``elif`` follows; ``else:`` with an ``if`` in it stands further right."""
    first = statement.orelse[0] if statement.orelse else None
    return isinstance(first, ast.If) and first.col_offset == statement.col_offset


def statements(function: Function) -> int:
    """Return how many statements a function has, nested ones included."""
    body = without_docstring(function.body)
    return sum(isinstance(node, ast.stmt) for each in body for node in ast.walk(each))


def shape_faults(package: Iterable[Source]) -> list[str]:
    """Return empty names, doors with code, relative imports and **kwargs."""
    faults = []
    for source in package:
        if source.name.split(".")[-1] in NAMES_THAT_SAY_NOTHING:
            faults.append(f"{source.file}: a file is named after what is in it")
        body = source.tree.body
        if source.is_room_door and (without_docstring(body) or not body):
            faults.append(f"{source.file}: a room's __init__ is its docstring and nothing else")
        if any(each.level for each in imports(source)):
            faults.append(f"{source.file}: imports are absolute")
        faults += [
            f"{source.file}:{function.lineno}: {function.name} takes **kwargs; name what it takes"
            for function, _ in functions(source)
            if function.args.kwarg and function.args.kwarg.arg == "kwargs"
        ]
    return faults


def doorless(package: Iterable[Source]) -> list[str]:
    """Return the folders of modules that are no package."""
    package = list(package)
    doors = {source.name for source in package if source.file.endswith("__init__.py")}
    rooms = {source.name.rpartition(".")[0] for source in package if source.name not in doors}
    return [f"{room} has no __init__.py" for room in sorted(rooms - doors)]
