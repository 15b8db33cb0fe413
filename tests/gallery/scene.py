"""Scene: a figure of the gallery, and the code that makes it."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from metaan.plots.pages.plot import Plot

RETURN, ASSIGN = "return ", "plot = "


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A figure of the gallery.

    Attributes
    ----------
    section : str
        Heading that it stands under.
    function : callable
        Draws it. The first line of its docstring is the title, the rest says what is to be seen
        and where the numbers are from; its body is the code that the gallery shows.
    """

    section: str
    function: Callable[[], Plot[Any]]

    @property
    def name(self) -> str:
        """Name of its picture, without suffix."""
        return self.function.__name__

    @property
    def title(self) -> str:
        """Its heading."""
        return _docstring(self.function)[0].removesuffix(".")

    @property
    def about(self) -> str:
        """What is to be seen, in one line."""
        return " ".join(_docstring(self.function)[1:]).strip()

    @property
    def code(self) -> str:
        """The code that makes it; the plot is called ``plot``."""
        return body_of(self.function).replace(f"\n{RETURN}", f"\n{ASSIGN}").removeprefix("\n")


def scenes_of(section: str, *functions: Callable[[], Plot[Any]]) -> tuple[Scene, ...]:
    """Return the scenes of a section."""
    return tuple(Scene(section=section, function=function) for function in functions)


def body_of(function: Callable[[], Any]) -> str:
    """Return the statements of a function after its docstring, flush left."""
    docstring = '"""'
    source = inspect.getsource(function)
    return "\n" + textwrap.dedent(source.split(docstring, 2)[2].strip("\n")).rstrip()


def source_of(function: Callable[[], Any]) -> str:
    """Return a whole function, without decorators."""
    source = inspect.getsource(function)
    return source[source.index("def ") :].rstrip()


def _docstring(function: Callable[[], Any]) -> list[str]:
    return inspect.cleandoc(function.__doc__ or "").splitlines()
