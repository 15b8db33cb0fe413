"""The contrasts or arms of a network as a notebook shows them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from metaan.core.numbers import MINUS

if TYPE_CHECKING:
    import pandas as pd

ROWS = "rows"  # the column of ids, which tables of one's own do not have
MOST = 20  # rows that a notebook shows


def shown(head: str, table: pd.DataFrame, *, digits: int) -> str:
    """Return a line and the first rows of a table as HTML, without ids where there are none.

    Parameters
    ----------
    head : str
        What there is in one line.
    table : DataFrame
        One row per contrast or arm, with a column ``rows``.
    digits : int
        Significant digits of its numbers.
    """
    if not table[ROWS].str.len().any():
        table = table.drop(columns=ROWS)

    def number(value: float) -> str:
        return f"{value:.{digits}g}".replace("-", MINUS)

    body = table.head(MOST).to_html(index=False, na_rep="", float_format=number)
    more = f"<p>… {len(table) - MOST} more</p>" if len(table) > MOST else ""
    return f"<p>{escape(head)}</p>{body}{more}"
