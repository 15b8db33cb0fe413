"""Cells that hold several numbers, as papers print them → a column for each number."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from metaan.core.numbers import listed

POINTED, WITH_COMMA = r"[-−+]?\d*\.?\d+", r"[-−+]?\d+(?:,\d+)?"
OPENING, CLOSING = r"\s*[(\[]\s*(?:95\s*%?\s*(?:CI|KI)?\s*[:,=]?\s*)?", r"\s*[)\]]\s*"
BETWEEN = r"\s*(?:to|bis|à|a|;|–|—|\.\.\.?|(?<=\d)-|\s-\s)\s*"
INTERVAL = "estimate", "ci_low", "ci_high"
SPREAD = "mean", "sd"
SHARE = "events", "n"
NOT_READ = ("", "na", "n/a", "nr", "-", "–", "nan")
# Words of a header that say what its numbers are; what is left names the group.
SAID = re.compile(
    r"mean|average|\bsd(?=\d|\b)|std\.?|\bm\b|±|\+/-|events?|\bn(?=\d|\b)|/|[()\[\],;]", re.I
)


def _patterns(number: str, comma: str) -> dict[tuple[str, ...], re.Pattern[str]]:
    """Return what each kind of cell looks like, with numbers written in one way."""
    one = f"({number})"
    between = BETWEEN if comma else BETWEEN.replace("(?:to", "(?:,|to")
    return {
        INTERVAL: re.compile(f"{one}{OPENING}{one}{between}{one}{CLOSING}", re.I),
        SPREAD: re.compile(rf"{one}(?:\s*\(\s*(?:SD\s*)?{one}\s*\)|\s*(?:±|\+/-)\s*{one})", re.I),
        SHARE: re.compile(r"(\d+)\s*(?:/|of)\s*(\d+)(?:\s*\([\d.,]+\s*%?\))?"),
    }


POINTS, COMMAS = _patterns(POINTED, ""), _patterns(WITH_COMMA, ",")


def split_cells(frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table with a column for each number of cells that hold several, and what was done.

    Parameters
    ----------
    frame : DataFrame
        Cells as they stand.

    Returns
    -------
    frame : DataFrame
        With columns added: of "0.80 (0.62-1.00)" ``estimate``, ``ci_low``, ``ci_high``; of
        "12.3 (4.5)" under a header that says SD, and of "12.3 ± 4.5", mean and sd of the group
        that the header names; of "5/123" events and n. The cells stay beside them.
    remarks : tuple of str
        One for each column that was split, or that may have to be.

    Examples
    --------
    >>> import pandas as pd
    >>> frame, told = split_cells(pd.DataFrame({"OR (95% CI)": ["0.80 (0.62-1.00)"]}))
    >>> told
    ('"OR (95% CI)" split into estimate, ci_low and ci_high',)
    """
    remarks: list[str] = []
    for column in list(frame):
        cells = [str(cell).strip() for cell in frame[column]]
        kind, found = _read(cells)
        if not kind:
            continue
        if kind == SPREAD and not _says_spread(str(column), cells):
            remarks.append(
                f'"{column}" holds two numbers in a cell ("{next(filter(None, cells))}"): if they '
                "are mean and SD, say SD in its header; if number and percentage, split it"
            )
            continue
        names = _names(str(column), kind)
        if any(_plain(name) == _plain(str(there)) for name in names for there in frame):
            continue
        frame = frame.assign(**{name: [row[i] for row in found] for i, name in enumerate(names)})
        remarks.append(f'"{column}" split into {listed(names)}')
    return frame, tuple(remarks)


def _read(cells: Sequence[str]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Return what kind of cells these are, all of them, and their numbers; () for none."""
    full = [cell for cell in cells if cell.casefold() not in NOT_READ]
    if not any(any(mark in cell for mark in "([/±+") or " of " in cell for cell in full):
        return (), []
    both = [(kind, each) for way in (POINTS, COMMAS) for kind, each in way.items()]
    for kind, pattern in both:
        if all(pattern.fullmatch(cell) for cell in full):
            rows = [_numbers(pattern, cell, len(kind)) for cell in cells]
            if kind != SHARE or all(int(a or 0) <= int(n or 0) for a, n in rows):
                return kind, rows
    return (), []


def _numbers(pattern: re.Pattern[str], cell: str, size: int) -> list[str]:
    """Return the numbers of a cell with points and plain signs; empty texts where it has none."""
    found = pattern.fullmatch(cell)
    if found is None:
        return [""] * size
    there = [group for group in found.groups() if group is not None]
    return [group.replace(",", ".").replace("−", "-") for group in there]


def _says_spread(column: str, cells: Sequence[str]) -> bool:
    """Whether a header or the cells say that the second number is a standard deviation."""
    said = re.search(r"\bsd(?=\d|\b)|std|standard dev|±", column, re.I)
    return bool(said) or all("±" in cell or "+/-" in cell for cell in cells if cell)


def _names(column: str, kind: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that a split one becomes."""
    if kind == INTERVAL:
        return kind
    group = " ".join(dict.fromkeys(SAID.sub(" ", column).split()))
    joint = "" if group in ("1", "2") else " "
    return tuple(f"{name}{joint}{group}".strip() for name in kind)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
