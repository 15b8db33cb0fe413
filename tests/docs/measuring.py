"""How near the reference tests come: they run, and every comparison of theirs is measured."""

from __future__ import annotations

import importlib
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from tests import tolerance
from tests.tolerance import Tolerance, close

# Marks of tests that need more than Python.
NOT_HERE = {"r", "browser", "office", "skipif"}
DIGITS = 1e-12  # a deviation that counts as agreement to twelve digits


@dataclass(slots=True, kw_only=True)
class Measured:
    """What one test function compared.

    Attributes
    ----------
    name, about : str
        The function, and the first line of its docstring.
    numbers : int
        Numbers compared, of all its cases; pairs of NaN are not counted.
    twelve : int
        How many of them agree to 12 digits or more.
    relative, absolute : float
        Largest deviation: relative to the expected number (and its typical size) where the
        tolerance has a relative part; the plain difference where it has none.
    allowed : list of Tolerance
        Those it asked for, each once.
    """

    name: str
    about: str
    numbers: int = 0
    twelve: int = 0
    relative: float = 0.0
    absolute: float = 0.0
    allowed: list[Tolerance] = field(default_factory=list)

    def add(
        self, ours: npt.ArrayLike, theirs: npt.ArrayLike, asked: Tolerance, typical: float
    ) -> None:
        """Take a comparison in."""
        a, b = np.broadcast_arrays(np.asarray(ours, float), np.asarray(theirs, float))
        known = np.isfinite(a) & np.isfinite(b)
        endless = int((np.isinf(a) & (a == b)).sum())
        self.numbers += int(known.sum()) + endless
        if asked not in self.allowed:
            self.allowed.append(asked)
        off, size = np.abs(a - b)[known], np.abs(b)[known] + typical
        near = (off <= DIGITS * size) | (off <= tolerance.EXACT.absolute)
        self.twelve += int(near.sum()) + endless
        if not asked.relative or asked.absolute > tolerance.EXACT.absolute:
            self.absolute = max(self.absolute, float(np.max(off, initial=0.0)))
            return
        # within the absolute part (an exact zero on one side) there is nothing to be relative to
        off = np.where(off <= asked.absolute, 0.0, off)
        shares = np.divide(off, size, out=np.zeros_like(off), where=off > 0)
        self.relative = max(self.relative, float(np.max(shares, initial=0.0)))


def measure(file: str, only: tuple[str, ...] = ()) -> list[Measured]:
    """Return what every test function of a file compared, in its order.

    Functions that compare nothing by a tolerance are not there, nor those that run R or ask for
    a fixture of pytest's own.

    Parameters
    ----------
    file : str
        A test file, from the root of the repository.
    only : tuple of str
        Names of the functions that are asked for; all if empty.
    """
    module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    fixtures = _fixtures(module)
    found = {name: each for name, each in vars(module).items() if _is_test(name, each, fixtures)}
    missing = set(only) - set(found)
    assert not missing, f"{file} has no {sorted(missing)}"
    measured = []
    for name, function in found.items():
        if only and name not in only:
            continue
        row = Measured(name=name, about=_first_line(function))
        made = {each: fixtures[each]() for each in _asked(function) & set(fixtures)}
        with recording(row), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for words in cases(function):
                function(**words, **made)
        if row.numbers:
            measured.append(row)
    return measured


def cases(function: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """Yield the arguments of every case of a parametrized test."""
    marks = [m for m in getattr(function, "pytestmark", []) if m.name == "parametrize"]
    axes = []
    for mark in marks:
        names, values = mark.args
        names = names.split(",") if isinstance(names, str) else list(names)
        names = [name.strip() for name in names]
        axes.append([_named(names, value) for value in values])
    for chosen in product(*axes):
        yield {name: value for part in chosen for name, value in part.items()}


@contextmanager
def recording(row: Measured) -> Iterator[None]:
    """Let every ``close`` of the tests tell a row what it compared, then judge as always."""

    def told(
        actual: npt.ArrayLike, expected: npt.ArrayLike, asked: Tolerance, *, typical: float = 0.0
    ) -> bool:
        row.add(actual, expected, asked, typical)
        return close(actual, expected, asked, typical=typical)

    holders = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("tests.") and getattr(module, "close", None) is close
    ]
    holders = [module for module in holders if module.__name__ != __name__]
    for module in holders:
        module.close = told  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in holders:
            module.close = close  # type: ignore[attr-defined]


def _named(names: list[str], value: Any) -> dict[str, Any]:
    value = getattr(value, "values", value) if type(value).__name__ == "ParameterSet" else value
    return dict(zip(names, value if len(names) > 1 else _one(value), strict=True))


def _one(value: Any) -> tuple[Any]:
    return value if type(value) is tuple and len(value) == 1 else (value,)


def _fixtures(module: Any) -> dict[str, Callable[[], Any]]:
    """Return the fixtures of a module that need nothing themselves."""
    found = {}
    for name, each in vars(module).items():
        make = getattr(each, "_get_wrapped_function", None)
        if make is not None and not inspect.signature(make()).parameters:
            found[name] = make()
    return found


def _asked(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters)


def _is_test(name: str, found: Any, fixtures: Mapping[str, Any]) -> bool:
    if not (inspect.isfunction(found) and name.startswith("test_")):
        return False
    if {mark.name for mark in getattr(found, "pytestmark", [])} & NOT_HERE:
        return False
    return _asked(found) <= set(next(cases(found), {})) | set(fixtures)


def _first_line(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ").rstrip(".")
