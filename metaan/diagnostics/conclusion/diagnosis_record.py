"""What would and what would not change a conclusion, as a record that says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaan.core.citations import cite
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, printed
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, in_sentence, percent, text_of

if TYPE_CHECKING:
    import pandas as pd

HOLDS, TURNS, UNKNOWN = "holds", "turns", "cannot be judged"
VERDICTS = (HOLDS, TURNS, UNKNOWN)
SIDES = {1: "lies above", -1: "lies below", 0: "includes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question about a conclusion, answered.

    Attributes
    ----------
    key : str
        Row of ``CHECKS``.
    question : str
        What was asked, as a short line.
    verdict : str
        "holds": the conclusion stays; "turns": it changes; "cannot be judged".
    clause : str
        Under what it stays, changes or cannot be judged, to go on a sentence with; empty where
        another check says it too, or nothing was asked.
    found : str
        The numbers behind it.
    doi : str
        Where the method was published; empty for a refit.
    """

    key: str
    question: str
    verdict: str
    clause: str
    found: str
    doi: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnosis:
    """What would and what would not change the conclusion of a pool.

    Attributes
    ----------
    fit : PooledFit
        What was asked about.
    side : int
        The conclusion: 1 where the interval of the mean lies above the null, -1 below it, 0 if it
        includes it.
    important : float or None
        Minimal important difference, reading scale.
    importance : str
        What the interval says of it; empty without one.
    checks : tuple of Check
        One for each question, in the order of ``CHECKS``.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit
    side: int
    important: float | None
    importance: str
    checks: tuple[Check, ...]
    remarks: tuple[str, ...] = ()

    def of(self, verdict: str) -> tuple[Check, ...]:
        """Return the checks with a verdict: "holds", "turns" or "cannot be judged"."""
        return tuple(check for check in self.checks if check.verdict == verdict)

    @property
    def conclusion(self) -> str:
        """The interval of the mean and where it lies."""
        own, scale = self.fit.estimate, self.fit.effects.scale
        read = own.read()
        none = scale.reading_null
        low, high = printed(read.low, read.high, ratio=scale.is_log, null=none)
        null = compact(none)
        return (
            f"the {percent(own.level)} CI of the pooled {in_sentence(self.fit.effects.label)}, "
            f"{low} to {high} ({counted_studies(self.fit.k, self.fit.effects.k_left_out)}), "
            f"{SIDES[self.side]} {null}"
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Full references of the methods, in the order of the checks."""
        return cite(tuple(dict.fromkeys(check.doi for check in self.checks if check.doi)))

    @property
    def change(self) -> str:
        """What would and what would not change the conclusion, in one sentence."""
        holds = _either([check.clause for check in self.of(HOLDS)])
        turns = _either([check.clause for check in self.of(TURNS)])
        parts = []
        if holds:
            parts.append(f"this would not change {holds}")
        if turns:
            parts.append(f"{'but it would change' if holds else 'this would change'} {turns}")
        unknown = [check.clause for check in self.of(UNKNOWN) if check.clause]
        told = f"{self.conclusion}: {', '.join(parts)}" if parts else self.conclusion
        return text_of(["; ".join([told, *unknown])])

    def sentence(self) -> str:
        """Return `change`, and what the interval says of a minimal important difference."""
        return " ".join(text for text in (self.change, self.importance) if text)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per question: key, question, verdict, what was found."""
        import pandas as pd

        return pd.DataFrame(
            {
                name: [getattr(check, name) for check in self.checks]
                for name in ("key", "question", "verdict", "found")
            }
        )

    def summary(self) -> str:
        """Return the conclusion, a line for each question, and what was remarked on."""
        lines = aligned(_table(self.checks), words=3)
        more = [self.importance] if self.importance else []
        notes = [f"note: {remark}" for remark in self.remarks]
        return "\n".join([text_of([self.conclusion]), *(f"  {x}" for x in lines), *more, *notes])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        notes = [*([self.importance] if self.importance else []), *self.remarks]
        return grid(text_of([self.conclusion]), _table(self.checks), notes, words=3)


def _table(checks: Sequence[Check]) -> list[list[str]]:
    head = ["question", "conclusion", "found"]
    return [head, *([check.question, check.verdict, check.found] for check in checks)]


def _either(clauses: Sequence[str]) -> str:
    """Return the clauses that are not empty with commas and a last "or".

    Examples
    --------
    >>> _either(["if one went", "if two came"])
    'if one went or if two came'
    """
    told = [clause for clause in clauses if clause]
    if not told:
        return ""
    *most, last = told
    return f"{', '.join(most)} or {last}" if most else last
