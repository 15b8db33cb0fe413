"""What a search for the fewest turned outcomes found, printing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.counts_fit import CountsFit
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact, counted, fixed, listed
from metaan.core.text_table import aligned, at_the_point
from metaan.core.wording import grid, percent, text_of
from metaan.diagnostics.fragility.conclusion import Conclusion, Limits

if TYPE_CHECKING:
    import pandas as pd

ATAL = "10.1016/j.jclinepi.2019.03.012"
NAMES_SHOWN = 6
TOWARD_WORDS = ", each moving the effect of its trial toward another conclusion,"
ROWS_SHOWN = 20
TREATMENT, CONTROL = "treatment", "control"
MOVES: Mapping[str, str] = MappingProxyType(
    {
        "toward": "changes that move the trial's own effect toward the other conclusion",
        "any": "every change, also away from it: less agreement widens the interval too",
    }
)
TOWARD, ANY = MOVES


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedOutcome:
    """One participant whose outcome is turned.

    Attributes
    ----------
    study : str
        Label of the trial.
    group : str
        "treatment" or "control".
    change : int
        1: an event more in that group; -1: one fewer.
    """

    study: str
    group: str
    change: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fragility:
    """How few outcomes turn the conclusion of a pool of 2x2 tables.

    Attributes
    ----------
    fit : PooledFit or CountsFit
        The pool.
    conclusion : Conclusion
        What it concludes.
    index : int or None
        Fewest turned outcomes that were found to turn the conclusion; None if none do.
    changes : tuple of TurnedOutcome, length index
        One set of that size, in the order in which the search took them; the last turns it.
    value, low, high : ndarray, shape (index,)
        The pool after each of them, analysis scale.
    iterative : int or None
        Index by the published iterative search; greater than ``index`` where trying all smaller
        sets found a better one.
    exact : bool
        Whether all smaller sets of the allowed changes were tried.
    moves : str
        Row of ``MOVES``: which changes were allowed.
    participants, events : float
        In all studies of the pool.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit | CountsFit
    conclusion: Conclusion
    index: int | None
    changes: tuple[TurnedOutcome, ...]
    value: Floats
    low: Floats
    high: Floats
    iterative: int | None
    exact: bool
    moves: str
    participants: float
    events: float
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("value", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def quotient(self) -> float:
        """Index as a share of all participants; NaN without an index."""
        return float("nan") if self.index is None else self.index / self.participants

    @property
    def event_quotient(self) -> float:
        """Index as a share of all events; NaN without an index or without events."""
        if self.index is None or not self.events:
            return float("nan")
        return self.index / self.events

    @property
    def by_group(self) -> tuple[tuple[str, str, int], ...]:
        """Study, group and net change in events, the first changed first."""
        total: dict[tuple[str, str], int] = {}
        for each in self.changes:
            place = each.study, each.group
            total[place] = total.get(place, 0) + each.change
        return tuple((*place, change) for place, change in total.items())

    def summary(self) -> str:
        """Return the index, the changes and the pool after them as text."""
        lines = [*aligned(_table(self), words=2), *_notes(self)]
        return "\n".join([_title(self), *(f"  {line}" for line in lines)])

    def sentence(self) -> str:
        """Return what was found as a paragraph; marks point into `references`."""
        return text_of([*_found(self), _how(self)])

    @property
    def references(self) -> tuple[str, ...]:
        """References of the method, in the order of their marks in `sentence`."""
        return cite([ATAL])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per changed outcome, in order.

        Returns
        -------
        DataFrame
            study, group, change (in events); estimate, low, high of the pool with this change
            and those before it (reading scale).
        """
        import pandas as pd

        return pd.DataFrame(_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _table(self), _notes(self), words=2)


def _records(found: Fragility) -> list[dict[str, Any]]:
    read = found.conclusion.scale.inverse
    with np.errstate(over="ignore"):
        columns = [read(each).tolist() for each in (found.value, found.low, found.high)]
    return [
        {
            "study": each.study,
            "group": each.group,
            "change": each.change,
            "estimate": value,
            "low": low,
            "high": high,
        }
        for each, value, low, high in zip(found.changes, *columns, strict=True)
    ]


def _title(found: Fragility) -> str:
    if found.index is None:
        return f"Fragility: no number of turned outcomes was found ({found.conclusion.words()})"
    return f"Fragility index {found.index} ({found.conclusion.words()})"


def _table(found: Fragility) -> list[list[str]]:
    records = _records(found)
    half = ROWS_SHOWN // 2
    shown = records if len(records) <= ROWS_SHOWN else [*records[:half], *records[-half:]]
    own = found.fit.estimate.read()
    level = percent(found.conclusion.level)
    rows = [["as it is", "", "", fixed(own.value, 3), _limits(own.low, own.high)]]
    rows += [
        [
            str(each["study"]),
            str(each["group"]),
            f"{each['change']:+d}".replace("-", "−"),
            fixed(each["estimate"], 3),
            _limits(each["low"], each["high"]),
        ]
        for each in shown
    ]
    for row, cell in zip(rows, at_the_point([row[3] for row in rows]), strict=True):
        row[3] = cell
    return [["turned outcome in", "group", "events", "estimate", f"{level} CI"], *rows]


def _limits(low: float, high: float) -> str:
    return f"({fixed(low, 3)}, {fixed(high, 3)})"


def _notes(found: Fragility) -> list[str]:
    hidden = len(found.changes) - ROWS_SHOWN
    told = [f"{hidden} rows in between are in .to_frame()"] if hidden > 0 else []
    told += [text_of([each]) for each in _found(found)]
    return [*told, *(f"note: {remark}" for remark in found.remarks)]


def _found(found: Fragility) -> list[str]:
    own = found.conclusion
    each = TOWARD_WORDS if found.moves == TOWARD and found.index != 1 else ""
    if found.index is None:
        return [f"No number of turned outcomes{each} was found with which {own.words()} no longer"]
    last = Limits(*(np.array(each[-1]) for each in (found.value, found.low, found.high)))
    side = int(own.side_of(last))
    people = f"{found.index} of {found.participants:,.0f} participants"
    share = f"{compact(100 * found.quotient, 2)}%"
    of_events = f"; {compact(100 * found.event_quotient, 2)}% of all events" * bool(found.events)
    return [
        f"{own.words()}, and the fewest outcomes found to turn that{each} are those of {people} "
        f"({share}{of_events})",
        f"With {_where(found)} the {own.effect_words(last)}, and {own.words(side, verb='would')}",
    ]


def _where(found: Fragility) -> str:
    told = [
        f"{counted(abs(change), 'event')} {'more' if change > 0 else 'fewer'} in the {group} "
        f"group of {study}"
        for study, group, change in found.by_group
        if change
    ]
    more = len(told) - NAMES_SHOWN
    return listed([*told[:NAMES_SHOWN], f"changes in {more} other groups"] if more > 1 else told)


def _how(found: Fragility) -> str:
    mark = marks([ATAL])[ATAL]
    steps = (
        "turned one at a time, always the one after which the pool lay nearest to another "
        f"conclusion{mark}"
    )
    if found.index is None:
        return f"Outcomes were {steps}"
    such = " of outcomes so turned" if found.moves == TOWARD else ""
    if found.iterative is None or found.index < found.iterative:
        alone = "none would be found" if found.iterative is None else f"it takes {found.iterative}"
        return f"All smaller sets{such} were tried, and none turns it; {steps}, {alone}"
    if found.index == 1:
        return f"Outcomes were turned one at a time{mark}; there is no smaller number than 1"
    if found.exact:
        return f"Outcomes were {steps}; all smaller sets{such} were tried, and none turns it"
    return f"Outcomes were {steps}; a smaller set that this search does not find is possible"


def turned(
    study: Sequence[str], moves: Sequence[tuple[int, int, int]]
) -> tuple[TurnedOutcome, ...]:
    """Return moves (study, group, change; counted from 0) by their names."""
    groups = (TREATMENT, CONTROL)
    return tuple(
        TurnedOutcome(study=study[i], group=groups[j], change=change) for i, j, change in moves
    )
