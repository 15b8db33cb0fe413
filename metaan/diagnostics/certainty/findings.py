"""summary_of_findings: outcomes with their effects and certainty, as GRADE prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.citations import cite
from metaan.core.errors import InputError
from metaan.core.numbers import fixed, listed, printed
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, grid, percent, text_of
from metaan.diagnostics.certainty.absolute import PER, absolute_of
from metaan.diagnostics.certainty.certainty_record import DECIDES, NOT_RATED, Certainty
from metaan.diagnostics.certainty.domains import NOT_JUDGED, one_line

if TYPE_CHECKING:
    import pandas as pd

NOTHING = "–"
MARKDOWN = "\\|*_`<"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HEAD = (
    "outcome", "participants (studies)", "effect (CI)", "without", "with", "difference",
    "certainty",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Findings:
    """A summary of findings: one row per outcome.

    Attributes
    ----------
    outcomes : tuple of str
        Names of the outcomes.
    rows : tuple of Certainty
        What is known of each.
    units : mapping of str to str
        Unit of outcomes that are differences, by outcome.
    """

    outcomes: tuple[str, ...]
    rows: tuple[Certainty, ...]
    units: Mapping[str, str]

    @property
    def footnotes(self) -> tuple[str, ...]:
        """Reasons behind each rating, in the order of their letters; equal ones once."""
        return tuple(_letters(self))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a careful reader should know."""
        every = [remark for row in self.rows for remark in row.remarks if remark == DECIDES]
        open_rows = [
            name for name, row in zip(self.outcomes, self.rows, strict=True) if not row.rated
        ]
        told = list(dict.fromkeys(every))
        if open_rows:
            told.append(f"{NOT_RATED}, as not every domain is judged: {'; '.join(open_rows)}")
        told += [
            f"{name}: {doubt}"
            for name, row in zip(self.outcomes, self.rows, strict=True)
            for doubt in row.doubts
        ]
        return tuple(told)

    def summary(self) -> str:
        """Return the table and its footnotes as text."""
        lines = [*aligned(_table(self), words=len(HEAD)), *_notes(self)]
        return "\n".join(["Summary of findings", *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return the certainty of every outcome in one paragraph."""
        told = []
        for name, row in zip(self.outcomes, self.rows, strict=True):
            graded = f"{row.name} certainty" if row.rated else (
                f"certainty {row.name} (at most {row.at_most})"
            )  # fmt: skip
            told.append(f"{name}: {_effect(row, self.units.get(name, ''))}, {graded}")
        return text_of(told)

    @property
    def references(self) -> tuple[str, ...]:
        """Sources of the rules."""
        found = [
            each.suggestion.doi
            for row in self.rows
            for each in row.domains
            if each.suggestion is not None
        ]
        return cite(list(dict.fromkeys(found)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per outcome, as numbers.

        Returns
        -------
        DataFrame
            outcome, participants, studies; measure, estimate, low, high (reading scale); assumed
            risk, risk with the treatment, difference per 1000 with limits (NaN for outcomes that
            are no risks); certainty (word, or "not rated yet"), level (1 to 4; an upper bound
            where it is not rated), complete, footnotes (letters, in order).
        """
        import pandas as pd

        letters = _letters(self)
        pairs = zip(self.outcomes, self.rows, strict=True)
        return pd.DataFrame([_record(name, row, letters) for name, row in pairs])

    def to_markdown(self) -> str:
        """Return the table in Markdown, footnotes below it."""
        head, *rows = _table(self)
        lines = [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]
        notes = [f"- {_escaped(note)}" for note in _notes(self)]
        return "\n".join([*lines, "", *notes]) + "\n"

    def __len__(self) -> int:
        """Return the number of outcomes."""
        return len(self.rows)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid("Summary of findings", _table(self), _notes(self), words=len(HEAD))


def summary_of_findings(
    outcomes: Mapping[str, Certainty], *, units: Mapping[str, str] | None = None
) -> Findings:
    """Return the summary of findings of several outcomes.

    Parameters
    ----------
    outcomes : mapping of str to Certainty
        Name of each outcome to what ``certainty`` gave, in the order in which they matter.
    units : mapping of str to str, optional
        Unit of outcomes that are differences ("mm on a VAS of 100").

    Returns
    -------
    Findings
        ``.to_frame()`` for the numbers, ``.to_markdown()`` for a document.

    Raises
    ------
    InputError
        If there is no outcome, a value is no Certainty, or a unit is for no outcome.

    Notes
    -----
    Columns as in GRADE's tables: participants and studies, relative effect, absolute effects in
    1000 people at the assumed risk (its limits come from the relative effect alone; the assumed
    risk is taken as known), certainty. Letters lead to the reasons.

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.certainty.grading import certainty
    >>> from metaan.diagnostics.certainty.findings import summary_of_findings
    >>> tables = {"study": ["A", "B"], "events1": [10, 22], "n1": [100, 150],
    ...           "events2": [22, 38], "n2": [100, 150]}
    >>> fit = ma.pool(ma.effect_sizes(tables, "RR"), model="common")
    >>> found = summary_of_findings({"Relapse": certainty(fit)})
    >>> found.rows[0].symbols, [round(x) for x in found.rows[0].absolute.per_thousand]
    ('◯◯◯◯', [-111, -153, -50])
    """
    if not isinstance(outcomes, Mapping) or not outcomes:
        raise InputError("outcomes must be a mapping of at least one name to what certainty gave")
    wrong = [f"{name}: {type(each).__name__}" for name, each in outcomes.items()
             if not isinstance(each, Certainty)]  # fmt: skip
    if wrong:
        raise InputError(f"each outcome must be what certainty(fit) gives; got {'; '.join(wrong)}")
    strange = [name for name in units or {} if name not in outcomes]
    if strange:
        raise InputError(f"units for no such outcome: {', '.join(strange)}")
    return Findings(
        outcomes=tuple(map(one_line, outcomes)),
        rows=tuple(outcomes.values()),
        units={one_line(name): one_line(unit) for name, unit in (units or {}).items()},
    )


def _letters(found: Findings) -> dict[str, str]:
    """Return the reasons with their letters."""
    reasons = [reason for row in found.rows for reason in _reasons(row)]
    return {reason: _letter(i) for i, reason in enumerate(dict.fromkeys(reasons))}


def _letter(i: int) -> str:
    return LETTERS[i] if i < len(LETTERS) else LETTERS[i // 26 - 1] + LETTERS[i % 26]


def _reasons(row: Certainty) -> list[str]:
    """Return why a row is rated as it is; what only people judge is asked for once."""
    people = [each.name for each in row.domains if each.by_people_alone]
    asked = [f"{listed(people)}: {NOT_JUDGED}, a person must"] if people else []
    return asked + [
        f"{each.name}: {each.text}"
        for each in row.domains
        if each.levels != 0 and not each.by_people_alone
    ]


def _marks(row: Certainty, letters: Mapping[str, str]) -> str:
    """Return the letters of a row, in order."""
    own = set(_reasons(row))
    return ",".join(letter for reason, letter in letters.items() if reason in own)


def _table(found: Findings) -> list[list[str]]:
    letters = _letters(found)
    rows = []
    for name, row in zip(found.outcomes, found.rows, strict=True):
        marks = _marks(row, letters)
        at_most = "" if row.rated else f" (at most {row.at_most})"
        graded = f"{row.symbols} {row.name}{at_most}" + (f" [{marks}]" if marks else "")
        rows.append([name, _people(row), *_effects(row, found.units.get(name, "")), graded])
    table = [list(HEAD), *rows]
    risky = any(row.absolute is not None for row in found.rows)
    return table if risky else [[*line[:3], line[-1]] for line in table]


def _notes(found: Findings) -> list[str]:
    told = [f"{letter}: {reason}" for reason, letter in _letters(found).items()]
    sources = [row.absolute.source for row in found.rows if row.absolute is not None]
    if sources:
        source = " or ".join(dict.fromkeys(sources))
        told.append(f"without, with: events per {PER} people; assumed risk: {source}")
        told += _without_risks(found)
    return [*told, *(f"note: {each}" for each in found.remarks)]


def _without_risks(found: Findings) -> list[str]:
    """Return why some rows have no absolute effects."""
    why: dict[str, list[str]] = {}
    for name, row in zip(found.outcomes, found.rows, strict=True):
        if row.absolute is None:
            none = absolute_of(row.label) is None
            reason = "no effect on a risk" if none else "the assumed risk is unknown (risk=)"
            why.setdefault(reason, []).append(name)
    return [f"{NOTHING} {reason}: {'; '.join(names)}" for reason, names in why.items()]


def _people(row: Certainty) -> str:
    k = row.fit.k
    return f"{row.participants:,.0f} ({k})" if row.participants > 0 else counted_studies(k)


def _effects(row: Certainty, unit: str) -> list[str]:
    found = row.absolute
    if found is None:
        return [_effect(row, unit), *[NOTHING] * 3]
    without, risk, low, high = (
        f"{PER * x:,.0f}" for x in (found.assumed, found.risk, found.low, found.high)
    )
    change = found.per_thousand
    difference = f"{_more(change[0])} ({_more(change[1])} to {_more(change[2])})"
    return [_effect(row, unit), without, f"{risk} ({low} to {high})", difference]


def _effect(row: Certainty, unit: str) -> str:
    read = row.fit.estimate.read()
    log, null = row.fit.estimate.scale.is_log, row.fit.estimate.scale.reading_null
    value, low, high = printed(read.value, read.low, read.high, ratio=log, null=null)
    behind = f" {unit}" if unit else ""
    return f"{row.label} {value}{behind} ({percent(read.level)} CI {low} to {high})"


def _more(change: float) -> str:
    return f"{fixed(abs(change), 0)} {'more' if change > 0 else 'fewer'}"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(map(_escaped, cells)) + " |"


def _escaped(text: str) -> str:
    """Return a text in which Markdown sees no marks of its own."""
    return "".join(f"\\{letter}" if letter in MARKDOWN else letter for letter in text)


def _record(name: str, row: Certainty, letters: Mapping[str, str]) -> dict[str, Any]:
    read, found = row.fit.estimate.read(), row.absolute
    nothing = (np.nan,) * 3
    change = nothing if found is None else found.per_thousand
    return {
        "outcome": name,
        "participants": row.participants,
        "studies": row.fit.k,
        "measure": row.label,
        "estimate": read.value,
        "low": read.low,
        "high": read.high,
        "assumed_risk": np.nan if found is None else found.assumed,
        "risk": np.nan if found is None else found.risk,
        "difference": change[0],
        "difference_low": change[1],
        "difference_high": change[2],
        "certainty": row.name,
        "level": row.level,
        "complete": row.complete,
        "footnotes": _marks(row, letters),
    }
