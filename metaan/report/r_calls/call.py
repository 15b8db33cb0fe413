"""A call of R that returns the numbers of a fit, beside these numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from metaan.core.text_table import aligned

SHOWN = 12  # significant digits beside R's
HEAD = ("number", "metaan")  # over the rows
NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Numbers of metaan that a call prints as well.

    Attributes
    ----------
    name : str
        What R calls them where it prints them: an element of ``found``.
    values : tuple of float
        In the order of R's; NaN where there is none (NA in R).
    size : float
        What a difference is measured by where the number itself is smaller: the standard error of
        an estimate, the typical sampling variance beside tau².
    """

    name: str
    values: tuple[float, ...]
    size: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RCall:
    """Code of R that stands on its own, and how nearly its numbers are ours.

    Attributes
    ----------
    name : str
        What is called: "the pool", "leave one out".
    code : str
        Lines of R with the data in them, ready to paste; the numbers to compare are printed last
        and stay in ``found``.
    package, version : str
        Of R, and the version it was compared with.
    tolerance : float
        The largest difference that is left, relative to the number, or to the size of its kind
        where that is larger (see `Beside`).
    executed : bool
        Whether the tests run calls of this form, with other data; else they compare numbers that
        R gave once, or the remark says what was done instead.
    remark : str
        What differs, and why; may be empty.
    numbers : tuple of Beside
        What metaan has where the code prints a number, in the same order.
    """

    name: str
    code: str
    package: str
    version: str
    tolerance: float
    executed: bool
    remark: str = ""
    numbers: tuple[Beside, ...] = ()

    @property
    def head(self) -> str:
        """The name, the package, how nearly numbers agree, and whether tests run such calls."""
        return (
            f"{self.name}: {self.package} {self.version}, differences up to "
            f"{self.tolerance:.0e}; {self.checked}"
        )

    @property
    def checked(self) -> str:
        """Whether metaan's tests run such calls."""
        done = "run" if self.executed else "not executed"
        return f"calls of this form are {done} by metaan's tests"

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return the name of each number as R prints it, and metaan's number."""
        return tuple(
            (
                each.name if len(each.values) == 1 else f"{each.name}{i}",
                "NA" if math.isnan(value) else f"{value:.{SHOWN}g}",
            )
            for each in self.numbers
            for i, value in enumerate(each.values, start=1)
        )

    def summary(self) -> str:
        """Return the code, and below it the numbers of metaan that R should print."""
        cells = [list(HEAD), *(list(row) for row in self.rows())]
        table = [f"  {line}" for line in aligned(cells)]
        return "\n".join([str(self), "", "metaan's numbers", *table])

    def __str__(self) -> str:
        """Return the code below a comment that says what it is."""
        told = [self.head, *([self.remark] if self.remark else [])]
        comments = [f"# {line}" for text in told for line in _one_line(text)]
        return "\n".join([*comments, self.code])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>"
            for name, value in self.rows()
        )
        note = f"<p>{escape(self.remark)}</p>" if self.remark else ""
        return (
            f"<p><strong>{escape(self.head)}</strong></p>{note}<pre>{escape(self.code)}</pre>"
            f"<table><tr><th>{HEAD[0]}</th><th>{HEAD[1]}</th></tr>{rows}</table>"
        )


def _one_line(text: str) -> list[str]:
    """Return a text without line breaks, folded: nothing of it can leave its comment."""
    lines = [""]
    for word in "".join(each if each.isprintable() else " " for each in text).split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) > 96 and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines
