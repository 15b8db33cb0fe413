"""Limits of the between-study variance of a fit, and of what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.numbers import compact, fixed, interval
from metaan.core.text_table import aligned
from metaan.core.wording import grid, percent

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """An estimate between its limits.

    Attributes
    ----------
    value, low, high : float
        NaN where not defined.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tau2Limits:
    """Limits of tau², I² and H².

    Attributes
    ----------
    tau2 : Bounded
        Between-study variance: the fit's estimate and its limits, in squares of the analysis
        scale. The estimate need not lie between them: they do not start from it.
    i2, h2 : Bounded
        I² (percent) and H², their limits those of tau² at the typical sampling variance.
    method, name : str
        Key of the row of ``INTERVALS``, and its full name.
    level : float
        Coverage.
    empty : bool
        Whether no tau² >= 0 is in the set, which is then given as [0, 0].
    """

    tau2: Bounded
    i2: Bounded
    h2: Bounded
    method: str
    name: str
    level: float
    empty: bool

    @property
    def tau(self) -> Bounded:
        """Between-study standard deviation."""
        root = (float(np.sqrt(x)) for x in (self.tau2.value, self.tau2.low, self.tau2.high))
        return Bounded(**dict(zip(("value", "low", "high"), root, strict=True)))

    def summary(self) -> str:
        """Return the limits as text."""
        return "\n".join(_lines(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row each for tau², tau, I² and H²: estimate and limits."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"quantity": label, "estimate": item.value, "low": item.low, "high": item.high}
                for label, item in _items(self)
            ]
        )

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        head = ["", "estimate", f"{percent(self.level)} limits"]
        return grid(_title(self), [head, *_rows(self)], _notes(self))


def _items(limits: Tau2Limits) -> list[tuple[str, Bounded]]:
    return [("tau²", limits.tau2), ("tau", limits.tau), ("I²", limits.i2), ("H²", limits.h2)]


def _title(limits: Tau2Limits) -> str:
    return f"Limits of tau², {percent(limits.level)}, {limits.name} [{limits.method}]"


def _rows(limits: Tau2Limits) -> list[list[str]]:
    rows = []
    for label, item in _items(limits):
        if label == "I²":
            rows.append([label, f"{fixed(item.value, 1)}%", interval(item.low, item.high, 1)])
        else:
            limit = f"({compact(item.low)}, {compact(item.high)})"
            rows.append([label, compact(item.value), limit])
    return rows


def _notes(limits: Tau2Limits) -> list[str]:
    return ["note: no tau² >= 0 is in the set; [0, 0] stands for it"] if limits.empty else []


def _lines(limits: Tau2Limits) -> list[str]:
    told = [*aligned(_rows(limits), words=3), *_notes(limits)]
    return [_title(limits), *(f"  {line}" for line in told)]
