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
SPELLED, LETTER = "tau²", "τ²"
NAMED = 5  # studies left out that a footnote names one by one


def footnotes(remarks: Iterable[str]) -> tuple[str, ...]:
    """Return remarks as footnotes, each once, with the letters of the figure.

    What a program's pages do not say is for who made the fit, not for readers of its figure.
    """
    return tuple(
        f"{_sentence(_readable(remark))}.".replace(SPELLED, LETTER)
        for remark in dict.fromkeys(remarks)
        if not NOT_FOR_READERS.search(remark)
    )


def _readable(remark: str) -> str:
    """Return the remark with instruments by their names: ``VAS 0–100`` for ``VAS_0_100``."""
    return UNCHANGED.sub("", INSTRUMENT.sub(_instrument, remark))


def _instrument(found: re.Match[str]) -> str:
    name, low, high = found.groups()
    words = name.replace("_", " ")
    return f"{words if len(words) <= ABBREVIATED else words.lower()} {low}–{high}"


def _sentence(remark: str) -> str:
    """Return the remark with a capital, unless it begins with the names of inputs (sd1, sd2:)."""
    return remark if INPUTS.match(remark) else f"{remark[:1].upper()}{remark[1:]}"


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
    told = "; ".join(f"{item.study}: {item.reason}" for item in lost[:NAMED])
    more = f"; and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    return (f"{len(lost)} of {k + len(lost)} studies left out ({told}{more})",)
