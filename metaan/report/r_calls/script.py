"""From lines of R and the numbers they print to a call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from metaan.report.r_calls.call import Beside, RCall
from metaan.report.r_calls.packages import METAFOR, Kind, Package
from metaan.report.r_calls.writing import called

BY_HAND = "calls of this form agreed when run by hand"


class Printed(NamedTuple):
    """What a script prints, and metaan's numbers for it.

    Attributes
    ----------
    name : str
        Element of ``found``.
    code : str
        What gives it in R.
    values : float or sequence of float
        Ours.
    size : float
        As in `Beside`.
    """

    name: str
    code: str
    values: float | Sequence[float] | np.ndarray
    size: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Lines of R, and what is to be said of them.

    Attributes
    ----------
    lines : tuple of str
        Statements, one or more lines each.
    remarks : tuple of str
        What differs.
    executed : bool
        Whether the R of the tests can run them.
    by_hand : bool
        Whether it could, but takes too long or draws at random: such calls were run by hand.
    libraries : tuple of str
        Packages beside the main one.
    """

    lines: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    executed: bool = True
    by_hand: bool = False
    libraries: tuple[str, ...] = field(default=())

    def and_then(self, *lines: str, remarks: Iterable[str] = (), executed: bool = True) -> Script:
        """Return the script with more lines and remarks."""
        return replace(
            self,
            lines=(*self.lines, *lines),
            remarks=(*self.remarks, *remarks),
            executed=self.executed and executed,
        )

    def run_by_hand(self) -> Script:
        """Return the script, said to be run by hand."""
        return replace(self, by_hand=True)


def make_call(
    name: str,
    script: Script,
    printed: Sequence[Printed],
    *,
    kind: Kind,
    package: Package = METAFOR,
) -> RCall:
    """Return the call of a script that prints these numbers."""
    found = called("found <- list", {each.name: each.code for each in printed})
    libraries = [f"library({name})" for name in (package.key, *script.libraries) if name != "R"]
    code = [*libraries, *script.lines, found, "print(unlist(found), digits = 12)"]
    could_run = package.executed and script.executed
    told = [*script.remarks, *([BY_HAND] if could_run and script.by_hand else [])]
    return RCall(
        name=name,
        code="\n".join(code),
        package=package.key,
        version=package.version if could_run or not package.later else package.later,
        tolerance=kind.tolerance,
        executed=could_run and not script.by_hand,
        remark="; ".join(dict.fromkeys(told)),
        numbers=tuple(
            Beside(
                name=each.name,
                values=tuple(np.ravel(np.asarray(each.values, dtype=float)).tolist()),
                size=abs(float(each.size)),
            )
            for each in printed
        ),
    )
