"""From a fit to the record of its forest plot; no matplotlib here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from metaan.core.errors import InputError
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.forests.layouts import DEFAULT_LAYOUT, Layout, find_layout
from metaan.plots.forests.options import Options, asked
from metaan.plots.forests.published import Pools
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.sheet import Words
from metaan.plots.forests.subjects import Subject as Subject
from metaan.plots.forests.subjects import drawn, subject_remarks
from metaan.plots.forests.wording import clean


def forest_rows(
    fit: Subject,
    *,
    title: str = "",
    subtitle: str = "",
    published: Pools = (),
    favors: tuple[str, str] | None = None,
    notes: str | Sequence[str] = (),
    layout: str | Path | Layout | Mapping[str, Any] = DEFAULT_LAYOUT,
    **options: Unpack[Options],
) -> ForestRows:
    """Return the record of a forest plot: every number and string that will be drawn.

    Parameters
    ----------
    fit : any fit, Refits, Effects, sequence or mapping of PublishedPool
        What to show: a row of ``SUBJECTS``, or published pools; see `metaan.forest`.
    title, subtitle : str
        Above the figure.
    published : sequence of PublishedPool
        Published results shown under ours; numbers on the reading scale, as printed.
    favors : tuple of str, optional
        Texts for the sides left and right of no effect.
    notes : sequence of str
        Footnotes; a lone text is one.
    layout : str, Path, Layout or mapping
        Row of ``LAYOUTS``, or a layout of one's own.
    **options
        See `Options`.

    Returns
    -------
    ForestRows
        Rows from top to bottom with positions on the analysis scale and texts on the reading
        scale.

    Raises
    ------
    InputError
        If a text is none, there is nothing to draw, ``fit`` is something else, published pools
        of different measures would share one axis, a published ratio is negative, ``order`` does
        not order these studies, or ``models`` are not pools of them.
    """
    words = replace(
        _words(title, subtitle, favors, notes), layout=find_layout(layout), asked=asked(options)
    )
    return drawn(fit, published, words)


def _words(
    title: str, subtitle: str, favors: tuple[str, str] | None, notes: str | Sequence[str]
) -> Words:
    """Return the caller's texts, cleaned; a lone note is a sequence of one."""
    for argument, text in (("title", title), ("subtitle", subtitle)):
        if not isinstance(text, str):
            raise InputError(f"{argument} must be a text; got {text!r}")
    sides = favors or ("", "")
    if len(_texts(sides)) != 2:
        raise InputError(f"favors must be two texts (left, right of no effect); got {favors!r}")
    notes = (notes,) if isinstance(notes, str) else notes
    if notes and not _texts(notes):
        raise InputError(f"notes must be a sequence of texts; got {notes!r}")
    return Words(
        title=clean(title),
        subtitle=clean(subtitle),
        favors=(clean(sides[0]), clean(sides[1])),
        notes=tuple(clean(note) for note in notes),
    )


def _texts(given: object) -> Sequence[str]:
    """Return a sequence of texts; nothing for anything else."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        return ()
    return given if all(isinstance(each, str) for each in given) else ()


def remarks_of(fit: Subject) -> tuple[str, ...]:
    """Return what the records themselves say a reader should know, as footnotes."""
    return footnotes(subject_remarks(fit))
