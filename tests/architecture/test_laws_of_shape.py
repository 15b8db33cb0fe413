"""The laws of size and shape bite: each is first shown on made-up code."""

from __future__ import annotations

import pytest

from tests.architecture.laws_of_shape import doorless, shape_faults, size_faults
from tests.architecture.source import parse


def lines(count: int) -> str:
    """Return that many lines of code."""
    return "    x = 1\n" * count


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x = 1\n" * 401, "401 lines"),
        (f"def f():\n{lines(61)}", "body of 61"),
        ("def f(a, b, c, d, /, e, f, *, g, h): ...", "8 parameters"),
        ("def f(a, b, c, d, e, f, g, **style): ...", "8 parameters"),
        ("def f(a, b, *, c, d, e, f, g, h, i, j): ...", "8 parameters"),
        ("def f(a, b, c, *, d, e, f, g, h): ...", "8 parameters"),
        ("class A:\n    def f(self, a, b, c, d, e, f, g, h): ...", "8 parameters"),
        (
            "def f():\n  for a in b:\n    with c:\n      try:\n        d\n      except E:\n"
            "        if e: pass\n",
            "nested 4 deep",
        ),
        ("def f():\n if a: pass\n else:\n  if b: pass\n  else:\n   for c in d:\n    if e: x", "4"),
        (f"def test_it():\n{lines(31)}", "31 statements"),
    ],
)
def test_the_size_laws_bite(text: str, fault: str) -> None:
    """Each size is measured."""
    (found,) = size_faults([parse("metaan.core.a", text)])
    assert fault in found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("metaan.core.a", f'def f():\n    """{lines(70)}"""\n{lines(60)}'),
        ("metaan.core.a", "class A:\n    def f(self, a, b, c, d, e, f, g, **columns): ..."),
        ("metaan.measures.a", "def f(a, b, c, d, e, f, g, h): ..."),
        ("metaan.core.a", "def f(a, b, *, c, d, e, f, g, h, i): ..."),
        ("metaan.cli", "@main.command()\ndef f(a, b, c, d, e, f, g, h): ..."),
        ("metaan.core.a", "def f():\n if a: x\n elif b: x\n elif c: x\n elif d: x\n else: x"),
        ("metaan.core.a", f"def test_it():\n{lines(30)}"),
    ],
)
def test_the_size_laws_let_pass(name: str, text: str) -> None:
    """Docstrings, elif, columns, formulas and commands are free."""
    assert size_faults([parse(name, text)]) == []


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("metaan/core/utils.py", "", "named after what is in it"),
        ("metaan/core/__init__.py", '"""Core."""\nfrom metaan.core.a import b', "docstring"),
        ("metaan/core/__init__.py", "", "docstring"),
        ("metaan/core/a.py", "from . import b", "absolute"),
        ("metaan/core/a.py", "def f(**kwargs): ...", "takes **kwargs"),
    ],
)
def test_the_shape_laws_bite(file: str, text: str, fault: str) -> None:
    """Each departure is named."""
    name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    (found,) = shape_faults([parse(name, text, file)])
    assert fault in found


def test_a_room_without_a_door_is_found() -> None:
    """A folder without __init__.py would be missed by type checkers."""
    assert doorless([parse("metaan.core.a", "")]) == ["metaan.core has no __init__.py"]
