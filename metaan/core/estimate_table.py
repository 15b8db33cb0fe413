"""Tables of estimates: records for frames, lines for terminals, cells for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from metaan.core.estimate import Estimate
from metaan.core.numbers import compact, fixed, p_text
from metaan.core.text_table import aligned, at_the_point
from metaan.core.wording import percent

MOST_DECIMALS, LARGEST = 7, 1e6
DF = 5  # position of the column of degrees of freedom
LOGARITHMS = "logarithms: exp() of {what} is a ratio"


def estimate_records(
    what: str, names: Sequence[str], estimates: Sequence[Estimate]
) -> list[dict[str, Any]]:
    """Return one record per estimate, analysis scale; ``what`` heads the column of names."""
    fields = ("se", "low", "high", "statistic", "df", "p_value")
    return [
        {what: name, "estimate": each.value, **{field: getattr(each, field) for field in fields}}
        for name, each in zip(names, estimates, strict=True)
    ]


def estimate_rows(
    what: str, names: Sequence[str], estimates: Sequence[Estimate]
) -> list[list[str]]:
    """Return a head and one row per estimate: value, se, limits, statistic, df, p-value.

    Values and standard errors are filled up with spaces behind, so that their decimal points lie
    below each other where they are set flush right. Degrees of freedom that are infinite in every
    row are left out.
    """
    level = percent(estimates[0].level) if estimates else ""
    normal = all(np.isinf(each.df) for each in estimates)
    digits = [_digits(each.se) for each in estimates]
    values = [_number(each.value, d) for each, d in zip(estimates, digits, strict=True)]
    errors = [_number(each.se, d) for each, d in zip(estimates, digits, strict=True)]
    points = zip(at_the_point(values), at_the_point(errors), strict=True)
    rows = [[what, "estimate", "se", f"{level} CI", "z" if normal else "t", "df", "p"]]
    for name, each, d, (value, error) in zip(names, estimates, digits, points, strict=True):
        limits = f"({_number(each.low, d)}, {_number(each.high, d)})"
        rows.append([name, value, error, limits, fixed(each.statistic), _df(each.df), _p(each)])
    dfs = at_the_point([row[DF] for row in rows[1:]])
    for row, df in zip(rows[1:], dfs, strict=True):
        row[DF] = df
    return [[*row[:DF], *row[DF + normal :]] for row in rows]


def estimate_lines(what: str, names: Sequence[str], estimates: Sequence[Estimate]) -> list[str]:
    """Return `estimate_rows` as lines."""
    return aligned(estimate_rows(what, names, estimates))


def _df(df: float) -> str:
    return fixed(df, 0 if float(df).is_integer() or df >= 1000 else 2)


def _p(estimate: Estimate) -> str:
    text = p_text(estimate.p_value, estimate.log_p_value)
    return text.removeprefix("p ").removeprefix("= ")


def _digits(se: float) -> int | None:
    """Return how many decimals show three digits of a standard error; None for too many."""
    if not 0 < se < LARGEST:
        return 3 if se == 0 else None
    digits = max(2, 2 - int(np.floor(np.log10(se))))
    return digits if digits <= MOST_DECIMALS else None


def _number(value: float, digits: int | None) -> str:
    if digits is None or abs(value) >= LARGEST:
        return compact(value)
    return fixed(value, digits)
