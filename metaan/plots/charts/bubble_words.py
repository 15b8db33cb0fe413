"""Footnotes that charts share: what a record itself says a reader should know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.plots.forests.wording import clean


def remark_notes(*remarks: Iterable[str]) -> tuple[str, ...]:
    """Return remarks as footnotes: each once, with a capital and a full stop."""
    told = dict.fromkeys(clean(each).rstrip(".") for group in remarks for each in group)
    return tuple(f"{each[:1].upper()}{each[1:]}." for each in told if each)


def checked_notes(notes: Sequence[str]) -> tuple[str, ...]:
    """Return a caller's footnotes, cleaned; a lone string is an error."""
    if isinstance(notes, str):
        raise InputError(f"notes must be a sequence of texts; got {notes!r}; write ({notes!r},)")
    return tuple(clean(note) for note in notes)


def drawn_effects(effects: Effects) -> Floats:
    """Return the studies' effects where the scale of their axis reads the same, shape (k,)."""
    return effects.study_scale.carried(effects.y, effects.scale)  # type: ignore[no-any-return]
