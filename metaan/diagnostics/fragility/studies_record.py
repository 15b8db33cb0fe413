"""The smallest set of studies whose removal turns a conclusion, printing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.counts_fit import CountsFit
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted, fixed, listed
from metaan.core.text_table import aligned, at_the_point
from metaan.core.wording import grid, percent, text_of
from metaan.diagnostics.fragility.conclusion import Conclusion, Limits

if TYPE_CHECKING:
    import pandas as pd

NAMES_SHOWN = 6
SETS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FewestStudies:
    """The fewest studies without which the conclusion of a pool is another.

    Attributes
    ----------
    fit : PooledFit or CountsFit
        The pool.
    conclusion : Conclusion
        What it concludes.
    number : int or None
        Size of the smallest set that was found; None if none was.
    removed : tuple of tuple of str
        Every set of that size that turns the conclusion, the one that turns it furthest first;
        one set where the search was not exact.
    value, low, high : ndarray, shape (len(removed),)
        The pool without each of them, analysis scale.
    exact : bool
        Whether all smaller sets were tried.
    tried : int
        Sets of up to so many studies were all tried.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit | CountsFit
    conclusion: Conclusion
    number: int | None
    removed: tuple[tuple[str, ...], ...]
    value: Floats
    low: Floats
    high: Floats
    exact: bool
    tried: int
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("value", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def k(self) -> int:
        """Number of studies of the pool."""
        fit = self.fit
        return fit.effects.k if isinstance(fit, PooledFit) else fit.counts.k

    @property
    def quotient(self) -> float:
        """Number as a share of the studies; NaN without one."""
        return float("nan") if self.number is None else self.number / self.k

    def summary(self) -> str:
        """Return the sets and the pool without them as text."""
        lines = [*aligned(_table(self)), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what was found as a paragraph."""
        return text_of([*_found(self), _how(self)])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method: none, removing studies needs no paper."""
        return ()

    def to_frame(self) -> pd.DataFrame:
        """Return one row per set.

        Returns
        -------
        DataFrame
            removed (labels, joined by "; "), number; estimate, low, high (reading scale) of the
            pool without them.
        """
        import pandas as pd

        return pd.DataFrame(_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _table(self), _notes(self))


def _records(found: FewestStudies) -> list[dict[str, Any]]:
    read = found.conclusion.scale.inverse
    with np.errstate(over="ignore"):
        columns = [read(each).tolist() for each in (found.value, found.low, found.high)]
    return [
        {
            "removed": "; ".join(names),
            "number": len(names),
            "estimate": value,
            "low": low,
            "high": high,
        }
        for names, value, low, high in zip(found.removed, *columns, strict=True)
    ]


def _title(found: FewestStudies) -> str:
    if found.number is None:
        return f"No set of studies was found that turns the conclusion ({_words(found)})"
    return (
        f"{counted(found.number, 'study', 'studies')} of {found.k} turn"
        f"{'s' if found.number == 1 else ''} the conclusion ({_words(found)})"
    )


def _words(found: FewestStudies) -> str:
    return found.conclusion.words()


def _table(found: FewestStudies) -> list[list[str]]:
    own, level = found.fit.estimate.read(), percent(found.conclusion.level)
    rows = [["none", fixed(own.value, 3), _limits(own.low, own.high)]]
    rows += [
        [str(each["removed"]), fixed(each["estimate"], 3), _limits(each["low"], each["high"])]
        for each in _records(found)[:SETS_SHOWN]
    ]
    for row, cell in zip(rows, at_the_point([row[1] for row in rows]), strict=True):
        row[1] = cell
    return [["removed", "estimate", f"{level} CI"], *rows]


def _limits(low: float, high: float) -> str:
    return f"({fixed(low, 3)}, {fixed(high, 3)})"


def _notes(found: FewestStudies) -> list[str]:
    hidden = len(found.removed) - SETS_SHOWN
    told = [f"{hidden} more sets are in .to_frame()"] if hidden > 0 else []
    told += [text_of([each]) for each in _found(found)]
    return [*told, *(f"note: {remark}" for remark in found.remarks)]


def _found(found: FewestStudies) -> list[str]:
    own = found.conclusion
    if found.number is None:
        return [f"{own.words()}, and no set of studies was found without which it would not"]
    first = Limits(*(np.array(each[0]) for each in (found.value, found.low, found.high)))
    side = int(own.side_of(first))
    others = len(found.removed) - 1
    more = f" ({counted(others, 'other set')} of that size would do so too)" if others else ""
    return [
        f"{own.words()}; without {_names(found.removed[0])} ({found.number} of {found.k} studies) "
        f"the {own.effect_words(first)}, and {own.words(side, verb='would')}{more}"
    ]


def _how(found: FewestStudies) -> str:
    sizes = (
        f"All sets of up to {found.tried} studies were" if found.tried > 1 else "Each study was"
    )
    if found.exact:
        return f"{sizes} removed in turn, and the others pooled again"
    if found.number is None:
        return f"{sizes} removed in turn, and larger sets one study at a time as far as was quick"
    return (
        f"{sizes} removed in turn; "
        "larger sets were made by removing one study at a time, always the one after which the "
        "pool lay nearest to another conclusion, so that a smaller set is possible"
    )


def _names(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return listed([*names[:NAMES_SHOWN], f"{more} others"] if more > 1 else list(names))
