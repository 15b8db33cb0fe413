"""Title, subtitle and footnotes: what every chart takes as words, by the same names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint
from metaan.plots.pages.letters import printable

PLACES = ("ax", "theme")  # which verbs have, and makers of records have not


class Texts(TypedDict, total=False):
    """The words around a chart; every one may be left out.

    Attributes
    ----------
    title, subtitle : str
        Above the figure, flush left; long ones are broken into lines.
    notes : str, sequence of str or None
        Footnotes in place of the remarks of the fit and of its data; what the figure itself has
        to say (what areas show, what is not shown) is always said.
    """

    title: str
    subtitle: str
    notes: str | Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`Texts` as they are set: lines of printable text.

    Attributes
    ----------
    title, subtitle : str
        Above the figure; empty for none.
    notes : tuple of str or None
        Footnotes of the caller; None where there are none of his own.
    """

    title: str = ""
    subtitle: str = ""
    notes: tuple[str, ...] | None = None

    def footnotes(self, own: Iterable[str], remarks: Iterable[str] = ()) -> tuple[str, ...]:
        """Return what the figure says itself, then the caller's notes or else the remarks."""
        return (*own, *(remarks if self.notes is None else self.notes))


def written(texts: Mapping[str, Any], *, verb: str, of: Callable[..., Any]) -> Written:
    r"""Return a caller's texts, cleaned.

    Parameters
    ----------
    texts : mapping of str to object
        What came as ``**texts``.
    verb : str
        Public name of the chart, for messages.
    of : callable
        What took them: its other keywords are offered where a name is unknown.

    Raises
    ------
    ChoiceError
        If there is no such keyword; the text lists them and the nearest.
    InputError
        If a text is none.

    Examples
    --------
    >>> def chart(fit, *, names=None, **texts):
    ...     return written(texts, verb="chart", of=chart)
    >>> chart(3, title="One\nline").title
    'One line'
    """
    for name in texts:
        if name not in Texts.__annotations__:
            raise ChoiceError(_unknown(name, verb, of))
    found: dict[str, Any] = {
        name: printable(checked_text(value, name))
        for name, value in texts.items()
        if name != NOTES
    }
    notes = texts.get(NOTES)
    return Written(**found, notes=None if notes is None else checked_notes(notes))


NOTES = "notes"


def checked_notes(notes: object) -> tuple[str, ...]:
    """Return footnotes, cleaned; a lone text is one, what is no text an InputError."""
    if isinstance(notes, str):
        notes = (notes,)
    if not isinstance(notes, Iterable):
        raise InputError(f"notes must be a sequence of texts; got {notes!r}")
    return tuple(printable(checked_text(note, "each of notes")) for note in notes)


def checked_text(value: object, name: str) -> str:
    """Return a text as it is; InputError for anything else."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be a text; got {value!r}; leave it out for none")
    return value


def _unknown(name: str, verb: str, of: Callable[..., Any]) -> str:
    own = [
        each.name
        for each in inspect.signature(of).parameters.values()
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    known = dict.fromkeys((*own, *PLACES, *Texts.__annotations__))
    return f"{verb} has no argument {name!r}; choose from {', '.join(known)}.{hint(name, known)}"
