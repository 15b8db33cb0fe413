"""Tables as lines of text, columns aligned."""

from __future__ import annotations

from collections.abc import Sequence

GAP = "  "


def aligned(rows: Sequence[Sequence[str]], *, words: int = 1) -> list[str]:
    """Return rows as lines: the first ``words`` columns flush left, the others flush right.

    Examples
    --------
    >>> aligned([["term", "value"], ["dose", "-1.5"]])
    ['term  value', 'dose   -1.5']
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        GAP.join(
            cell.ljust(width) if i < words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def at_the_point(cells: Sequence[str]) -> list[str]:
    """Return numbers with spaces behind: flush right, their decimal points lie in one column.

    What is no plain number stays as it is and counts for nothing.

    Examples
    --------
    >>> at_the_point(["0.25", "12", "1.125"])
    ['0.25 ', '12    ', '1.125']
    """
    behind = [_behind(cell) for cell in cells]
    most = max(behind, default=0)
    return [
        cell + " " * (most - own) if own >= 0 else cell
        for cell, own in zip(cells, behind, strict=True)
    ]


def _behind(cell: str) -> int:
    """Return how many characters lie behind the units, point included; -1 for no plain number."""
    whole, _, fraction = cell.partition(".")
    if not (whole.strip("−-").isdigit() and (fraction.isdigit() or not fraction)):
        return -1
    return len(cell) - len(whole)
