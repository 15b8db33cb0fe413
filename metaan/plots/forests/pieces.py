"""Numbers in pieces that stand under each other: decimals of different length, points aligned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from metaan.plots.pages.theme import TypeStyle
from metaan.plots.pages.typesetting import width

DIGIT = "0"


def decimals_of(piece: str, point: str) -> int:
    """Return how many decimals a piece ends with; 0 for a whole number or anything else.

    Examples
    --------
    >>> from metaan.plots.forests.pieces import decimals_of
    >>> [decimals_of(piece, ".") for piece in ("(0.002,", "−13.8)", "(1e-05,", "∞)")]
    [3, 1, 0, 0]
    """
    found = _ending(point).search(piece)
    return len(found.group(1)) if found else 0


def most_decimals(cells: Sequence[Sequence[str]], point: str, pieces: int) -> tuple[int, ...]:
    """Return the most decimals of each piece of some cells."""
    return tuple(
        max((decimals_of(cell[i], point) for cell in cells), default=0) for i in range(pieces)
    )


def shifts(
    cell: Sequence[str], most: Sequence[int], point: str, style: TypeStyle
) -> tuple[float, ...]:
    """Return how far each piece ends before the right end of its column, points."""
    own = [decimals_of(piece, point) for piece in cell]
    digit = width(DIGIT, style)
    return tuple(
        (top - found) * digit if found else 0.0 for top, found in zip(most, own, strict=True)
    )


@cache
def _ending(point: str) -> re.Pattern[str]:
    return re.compile(rf"\d{re.escape(point)}(\d+)\D*$")
