"""Footnotes of a forest plot: what records themselves say a reader should know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from metaan.core.effects import LeftOut

INPUTS = re.compile(r"[a-z]\w*(, [a-z]\w*)*(:| = )")
# An instrument with the range of its scale, and a change of units that changes no number.
INSTRUMENT = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z][A-Z0-9]*)*)_(\d+)_(\d+)\b")
ABBREVIATED = 5  # letters of a name that stays in capitals
UNCHANGED = re.compile(r", factor 1(?![\d.])")
# About how a program would have pooled, and what a row of the figure says: for print(fit).
NOT_FOR_READERS = re.compile(
    r"\bno page about .* was found\b"
    r"|\bpools two-by-two tables by .* unless told otherwise"
    r"|^one study: nothing is pooled"
)
# How an option is called, and what it would do: for who writes the call.
CODE = re.compile(r'; (\w+=)?"\w+" (never is|is never narrower|tells them apart)')
# About the width of intervals: of no use under a figure without any.
ABOUT_INTERVALS = re.compile(r"\bintervals? (is|are) narrower than Wald's")
SPELLED, LETTER = "tau²", "τ²"
NAMED = 5  # studies left out that a footnote names one by one


def footnotes(remarks: Iterable[str], *, intervals: bool = True) -> tuple[str, ...]:
    """Return remarks as footnotes, each once, with the letters of the figure.

    What a program's pages do not say, and how options are called, is for who made the fit, not
    for readers of its figure.

    Parameters
    ----------
    remarks : iterable of str
        What records say.
    intervals : bool
        Whether the figure shows intervals.
    """
    return tuple(
        f"{_sentence(_readable(remark))}.".replace(SPELLED, LETTER)
        for remark in dict.fromkeys(remarks)
        if not NOT_FOR_READERS.search(remark) and (intervals or not ABOUT_INTERVALS.search(remark))
    )


def _readable(remark: str) -> str:
    """Return the remark without code, instruments by name: ``VAS 0–100`` for ``VAS_0_100``."""
    return UNCHANGED.sub("", INSTRUMENT.sub(_instrument, CODE.sub("", remark)))


def _instrument(found: re.Match[str]) -> str:
    name, low, high = found.groups()
    words = name.replace("_", " ")
    return f"{words if len(words) <= ABBREVIATED else words.lower()} {low}–{high}"


def _sentence(remark: str) -> str:
    """Return the remark with a capital, unless it begins with the names of inputs (sd1, sd2:)."""
    return remark if INPUTS.match(remark) else f"{remark[:1].upper()}{remark[1:]}"


def reasons(items: Iterable[LeftOut]) -> str:
    """Return studies with why they were left out, those of one reason together.

    Examples
    --------
    >>> def lost(study: str, reason: str) -> LeftOut:
    ...     return LeftOut(study=study, rows=(), reason=reason)
    >>> reasons([lost("5", "no events"), lost("37", "no variance"), lost("25", "no events")])
    '5, 25: no events; 37: no variance'
    """
    by_reason: dict[str, dict[str, None]] = {}
    for item in items:
        by_reason.setdefault(item.reason, {})[item.study] = None
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())


def left_out(items: Sequence[LeftOut], k: int) -> tuple[str, ...]:
    """Return the rows of a table that did not enter, in a clause; a report lists its own.

    Parameters
    ----------
    items : sequence of LeftOut
        What did not enter.
    k : int
        Studies that did.
    """
    lost = [item for item in items if not item.rows]
    if not lost:
        return ()
    told = reasons(lost[:NAMED])
    more = f"; and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    return (f"{len(lost)} of {k + len(lost)} studies left out ({told}{more})",)
