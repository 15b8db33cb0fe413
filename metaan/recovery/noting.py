"""Notes on single rows: made from a mask, and taken along to another shape or to fewer rows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from metaan.core.arrays import Booleans
from metaan.recovery.recovered import Part


def noted(where: Booleans, sentences: list[str]) -> tuple[Part, ...]:
    """Return the sentences, one for each place that is True.

    Parameters
    ----------
    where : ndarray of bool
        Places to be flagged, in the shape of the columns.
    sentences : list of str
        One for each of those places, in their order.

    Returns
    -------
    tuple of Part
        Of one row each.

    Examples
    --------
    >>> import numpy as np
    >>> from metaan.recovery.noting import noted
    >>> noted(np.array([False, True]), ["no whole count gives 33.4%"])
    (Part(text='no whole count gives 33.4%', rows=(1,)),)
    """
    rows = np.flatnonzero(where).tolist()
    return tuple(Part(text=text, rows=(row,)) for row, text in zip(rows, sentences, strict=True))


def shared_note(where: Booleans, sentence: str) -> Part:
    """Return one sentence for all places that are True."""
    return Part(text=sentence, rows=tuple(np.flatnonzero(where).tolist()))


def spread_over(
    parts: Iterable[Part], old: tuple[int, ...], new: tuple[int, ...]
) -> tuple[Part, ...]:
    """Return the notes for columns that were broadcast from one shape to another."""
    if old == new:
        return tuple(parts)
    source = np.broadcast_to(np.arange(np.prod(old, dtype=int)).reshape(old), new)
    return tuple(shared_note(np.isin(source, each.rows), each.text) for each in parts)


def kept(parts: Iterable[Part], where: Booleans) -> tuple[Part, ...]:
    """Return the notes with only the rows that are True; those that lose all are left out."""
    flat = np.ravel(where)
    fewer = (Part(text=each.text, rows=tuple(i for i in each.rows if flat[i])) for each in parts)
    return tuple(each for each in fewer if each.rows)
