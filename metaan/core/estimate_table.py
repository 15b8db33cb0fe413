"""Tables of estimates: records for frames, lines for terminals, cells for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from metaan.core.estimate import Estimate, Interval
from metaan.core.numbers import compact, fixed, p_text
from metaan.core.text_table import aligned, at_the_point
from metaan.core.wording import percent

MOST_DECIMALS, LARGEST = 7, 1e6
RATIO_DECIMALS, MOST_OF_RATIOS = 3, 6
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
    return _rows(what, names, estimates, [_digits(each.se) for each in estimates])


def read_rows(what: str, names: Sequence[str], estimates: Sequence[Estimate]) -> list[list[str]]:
    """Return a head and one row per estimate as it is read, all with the same decimals.

    Logarithms are shown as ratios, without a standard error, which belongs to the logarithm;
    the statistic, its degrees of freedom and the p-value are those of the test on the analysis
    scale. Anything else is shown as by `estimate_rows`.
    """
    digits = shared_decimals(estimates)
    if not _ratios(estimates):
        own = [_digits(each.se) for each in estimates]
        return _rows(what, names, estimates, [None if d is None else digits for d in own])
    level = percent(estimates[0].level)
    normal = all(np.isinf(each.df) for each in estimates)
    head = [what, "ratio", f"{level} CI", "z" if normal else "t", "df", "p"]
    rows = []
    for name, each in zip(names, estimates, strict=True):
        read = each.read()
        limits = f"({ratio_figure(read.low, digits)}, {ratio_figure(read.high, digits)})"
        tested = [fixed(each.statistic), _df(each.df), _p(each)]
        rows.append([name, ratio_figure(read.value, digits), limits, *tested])
    return [[cell for i, cell in enumerate(row) if not (normal and i == DF - 1)]
            for row in (head, *rows)]  # fmt: skip


def read_interval(limits: Interval, digits: int | None) -> str:
    """Return ``(low, high)`` on the reading scale, with decimals of `shared_decimals`."""
    own, shown = limits.read(), ratio_figure if limits.scale.is_log else figure
    return f"({shown(own.low, digits)}, {shown(own.high, digits)})"


def shared_decimals(estimates: Sequence[Estimate]) -> int | None:
    """Return how many decimals all estimates of a table are read with; None for too many.

    The narrowest interval of a ratio is shown with two figures, the smallest standard error of
    anything else with three.
    """
    if not _ratios(estimates):
        known = [d for d in (_digits(each.se) for each in estimates if each.se == each.se)
                 if d is not None]  # fmt: skip
        return max(known, default=None)
    reads = [each.read() for each in estimates]
    return ratio_decimals([read.high - read.low for read in reads])


def ratio_decimals(widths: Sequence[float]) -> int:
    """Return decimals that show the narrowest of these widths with two figures, 3 to 6.

    Examples
    --------
    >>> ratio_decimals([1.2, 0.4]), ratio_decimals([0.004])
    (3, 4)
    """
    known = [width for width in widths if 0 < width < LARGEST]
    least = min(known, default=1.0)
    return min(max(RATIO_DECIMALS, 1 - int(np.floor(np.log10(least)))), MOST_OF_RATIOS)


def _ratios(estimates: Sequence[Estimate]) -> bool:
    return bool(estimates) and all(each.scale.is_log for each in estimates)


def _rows(
    what: str, names: Sequence[str], estimates: Sequence[Estimate], digits: Sequence[int | None]
) -> list[list[str]]:
    """Return the rows of estimates, each with its decimals."""
    level = percent(estimates[0].level) if estimates else ""
    normal = all(np.isinf(each.df) for each in estimates)
    values = [figure(each.value, d) for each, d in zip(estimates, digits, strict=True)]
    errors = [figure(each.se, d) for each, d in zip(estimates, digits, strict=True)]
    points = zip(at_the_point(values), at_the_point(errors), strict=True)
    rows = [[what, "estimate", "se", f"{level} CI", "z" if normal else "t", "df", "p"]]
    for name, each, d, (value, error) in zip(names, estimates, digits, points, strict=True):
        limits = f"({figure(each.low, d)}, {figure(each.high, d)})"
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


def ratio_figure(value: float, digits: int | None) -> str:
    """Return a ratio with fixed decimals; with three figures where it would read as 0."""
    if digits is not None and 0 < value < 0.5 * 10.0**-digits:
        return compact(value)
    return figure(value, digits)


def figure(value: float, digits: int | None) -> str:
    """Return a number with fixed decimals; with three figures where these are too many."""
    if digits is None or abs(value) >= LARGEST:
        return compact(value)
    return fixed(value, digits)
