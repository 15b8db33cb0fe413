"""Title, subtitle and footnotes of a chart in one record."""

from __future__ import annotations

from dataclasses import dataclass

from metaan.core.errors import InputError
from metaan.plots.forests.wording import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """What stands above and below a chart: title, subtitle, the caller's own footnotes."""

    title: str = ""
    subtitle: str = ""
    notes: tuple[str, ...] = ()


def titles_of(given: str | Titles) -> Titles:
    """Return titles as lines of printable text; a lone string is the title.

    Raises
    ------
    InputError
        If the footnotes are one string instead of a sequence.
    """
    own = Titles(title=given) if isinstance(given, str) else given
    if isinstance(own.notes, str):
        raise InputError(f"notes must be a sequence of texts; write ({own.notes!r},)")
    return Titles(
        title=clean(own.title),
        subtitle=clean(own.subtitle),
        notes=tuple(clean(note) for note in own.notes),
    )
