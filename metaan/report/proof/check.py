"""The answer: whether a report is what its data, its declarations and this metaan make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from metaan.core.numbers import counted

SAME_BYTES = "identical bytes"
SAME_NUMBERS = "identical plotted numbers"
CHANGED = "changed"
EDITED = "edited by hand"
NEW = "not in the report"
GONE = "no longer made"
VERDICTS = (SAME_BYTES, SAME_NUMBERS, CHANGED, EDITED, NEW, GONE)
UNCHANGED = (SAME_BYTES, SAME_NUMBERS)
INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureVerdict:
    """What became of a figure.

    Attributes
    ----------
    figure : str
        Its name.
    verdict : str
        One of ``VERDICTS``.
    changes : tuple of str
        Which numbers and texts of which study, from and to.
    reasons : tuple of str
        Row of the data, option or version.
    """

    figure: str
    verdict: str
    changes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A report beside what is made now.

    Attributes
    ----------
    folder : str
        The report, as it was named.
    figures : tuple of FigureVerdict
        One per figure.
    files : mapping of str to str
        Other files that are not as they were written, or would not be written so now, with what
        is the matter.
    compared : int
        Other files that were compared.
    excused : bool
        Whether every such file differs only because versions do.
    reasons : tuple of str
        Everything that differs between then and now.
    remarks : tuple of str
        What could not be looked at, and why.
    """

    folder: str
    figures: tuple[FigureVerdict, ...]
    files: Mapping[str, str]
    compared: int
    excused: bool
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether every byte is the same."""
        return not self.files and all(one.verdict == SAME_BYTES for one in self.figures)

    @property
    def same(self) -> bool:
        """Whether every plotted number is the same, and nothing was edited, lost or added.

        Bytes may differ where another version of a library writes them.
        """
        return (not self.files or self.excused) and all(
            one.verdict in UNCHANGED for one in self.figures
        )

    def summary(self) -> str:
        """Return the check as text: a line per figure, then what changed and why."""
        lines = [*self._table(), *self._told(), *self._others(), *self._general()]
        return "\n".join([*lines, "", self._conclusion()])

    def to_dict(self) -> dict[str, Any]:
        """Return the check as plain values."""
        return {
            "same": self.same,
            "identical": self.identical,
            "figures": [asdict(one) for one in self.figures],
            "files": dict(self.files),
            "files_compared": self.compared,
            "reasons": list(self.reasons),
            "remarks": list(self.remarks),
        }

    def _table(self) -> list[str]:
        wide = max((len(one.figure) for one in self.figures), default=0)
        return [f"{one.figure:<{wide}}  {one.verdict}" for one in self.figures]

    def _told(self) -> list[str]:
        lines: list[str] = []
        for one in self.figures:
            # what holds for every figure is told once, below
            own = [text for text in one.reasons if text not in self.reasons]
            if one.changes or own:
                lines += ["", f"{one.figure}: {one.verdict}"]
                lines += [f"{INDENT}{text}" for text in (*one.changes, *own)]
        return lines

    def _others(self) -> list[str]:
        if not self.compared and not self.files:
            return []
        good = max(self.compared - len(self.files), 0)
        stems: dict[tuple[str, str], list[str]] = {}
        for name, why in self.files.items():
            stem, _, ending = name.rpartition(".")
            stems.setdefault((stem, why), []).append(ending)
        told = [f"{stem}.{', .'.join(kinds)}: {why}" for (stem, why), kinds in stems.items()]
        head = f"Tables, page and texts: {good} of {self.compared} files identical"
        return ["", head, *(f"{INDENT}{text}" for text in told)]

    def _general(self) -> list[str]:
        lines = []
        if self.reasons:
            lines += ["", "What differs between then and now:"]
            lines += [f"{INDENT}{text}" for text in self.reasons]
        return [*lines, *([""] if self.remarks else []), *self.remarks]

    def _conclusion(self) -> str:
        number = Counter(one.verdict for one in self.figures)
        told = ", ".join(f"{number[key]} {key}" for key in VERDICTS if number[key])
        figures = counted(len(self.figures), "figure")
        answer = "the same" if self.same else "not the same"
        return f"{self.folder}: {answer}. {figures}: {told or 'none'}."
