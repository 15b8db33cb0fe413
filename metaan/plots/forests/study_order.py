"""ORDERS: in which order the studies of a forest plot stand, from the top."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from numbers import Integral
from types import MappingProxyType
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.cells import is_missing
from metaan.core.effects import Effects
from metaan.core.errors import ChoiceError, InputError
from metaan.core.lookup import hint

TURNED = "-"


def _no_numbers() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyNumbers:
    """Numbers of the k studies by which they may be ordered; of length 0 where there are none.

    Attributes
    ----------
    effect, weight, fitted : ndarray, shape (k,) or (0,)
        Effects as drawn, weights, and what a model expects; NaN for a study without.
    """

    effect: Floats = field(default_factory=_no_numbers)
    weight: Floats = field(default_factory=_no_numbers)
    fitted: Floats = field(default_factory=_no_numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A row of ``ORDERS``: a number of each study, smallest first.

    Attributes
    ----------
    key : str
        Key.
    numbers : callable
        ``numbers(of) -> ndarray``.
    """

    key: str
    numbers: Callable[[StudyNumbers], Floats]


_ROWS = (
    Order(key="effect", numbers=lambda of: of.effect),
    Order(key="weight", numbers=lambda of: of.weight),
    Order(key="fitted", numbers=lambda of: of.fitted),
)
ORDERS: Mapping[str, Order] = MappingProxyType({row.key: row for row in _ROWS})


def is_ordered(order: object) -> bool:
    """Return whether an order was asked for; an empty text or sequence asks for none."""
    return not (isinstance(order, Sized) and len(order) == 0)


def study_order(effects: Effects, of: StudyNumbers, order: str | Sequence[Any]) -> list[int]:
    """Return the places of the studies from the top.

    Parameters
    ----------
    effects : Effects
        The k studies.
    of : StudyNumbers
        Their numbers.
    order : str or sequence
        Column of the effects or row of ``ORDERS``, smallest first, with a leading "-" largest
        first; or every study once, by label or by place from 0. Empty: as they stand. Ties stay
        as they stand, studies without a value go last.

    Raises
    ------
    ChoiceError
        If there is no such column and no such row.
    InputError
        If values cannot be compared, or a sequence does not hold each study once; every fault is
        named.

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> years = {"year": [1999, None, 2004]}
    >>> effects = Effects.from_arrays([0.1, 0.2, 0.3], v=[1, 1, 1], columns=years)
    >>> numbers = StudyNumbers(effect=effects.y)
    >>> study_order(effects, numbers, "-year"), study_order(effects, numbers, "-effect")
    ([2, 0, 1], [2, 1, 0])
    """
    if not is_ordered(order):
        return list(range(effects.k))
    if not isinstance(order, str):
        return _told(effects.study, order)
    own = {key: row.numbers(of) for key, row in ORDERS.items()}
    table: dict[str, Sequence[Any]] = {key: x.tolist() for key, x in own.items() if len(x)}
    table |= effects.columns
    turned = order not in table and order.startswith(TURNED)
    name = order.removeprefix(TURNED) if turned else order
    if name not in table:
        raise ChoiceError(
            f"order={order!r} is neither a column of these studies nor a number of theirs; choose "
            f'from {", ".join(table)}, each with "-" before it for the largest first, or give '
            f"the studies by label or place.{hint(name, table)}"
        )
    return _sorted(name, list(table[name]), turned=turned)


def _sorted(name: str, values: list[Any], *, turned: bool) -> list[int]:
    known = [i for i, value in enumerate(values) if not is_missing(value)]
    keys = dict(zip(known, _comparable([values[i] for i in known]), strict=True))
    try:
        placed = sorted(known, key=keys.__getitem__, reverse=turned)
    except TypeError:
        kinds = ", ".join(dict.fromkeys(type(values[i]).__name__ for i in known))
        raise InputError(
            f"order={name!r} holds values that cannot be compared ({kinds}); make them numbers"
        ) from None
    return [*placed, *(i for i in range(len(values)) if i not in keys)]


def _comparable(values: list[Any]) -> list[Any]:
    """Return numbers where all values can be read as such; else texts in one case."""
    if not any(isinstance(value, str) for value in values):
        return values
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        return [value.casefold() if isinstance(value, str) else value for value in values]


def _told(labels: Sequence[str], order: object) -> list[int]:
    """Return the places of studies told by label or by place, each once."""
    try:
        asked = list(order)  # type: ignore[call-overload]
    except TypeError:
        raise InputError(
            f"order={order!r} must be a column, one of {', '.join(ORDERS)}, or all studies by "
            "label or place"
        ) from None
    by_label: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        by_label.setdefault(label, []).append(i)
    placed = [_place(each, by_label, len(labels)) for each in asked]
    faults = [f"{each!r} is no study" for each, i in zip(asked, placed, strict=True) if i < 0]
    shared = [each for each in dict.fromkeys(asked) if len(by_label.get(str(each), ())) > 1]
    faults += [
        f"{each} is the label of {len(by_label[each])} studies; give places"
        for each in shared
        if isinstance(each, str)
    ]
    twice = dict.fromkeys(i for i in placed if i >= 0 and placed.count(i) > 1)
    faults += [f"{labels[i]} comes twice" for i in twice]
    faults += [f"{labels[i]} is not in it" for i in sorted(set(range(len(labels))) - set(placed))]
    if faults:
        raise InputError(
            f"order must hold each of the {len(labels)} studies once, by label or by place from "
            f"0: {'; '.join(faults)}"
        )
    return placed


def _place(each: object, by_label: Mapping[str, Sequence[int]], k: int) -> int:
    if isinstance(each, str):
        return by_label.get(each, [-1])[0]
    if isinstance(each, Integral) and not isinstance(each, bool):
        return int(each) if 0 <= int(each) < k else -1
    return -1
