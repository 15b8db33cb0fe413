"""ORDERS: in which order studies come, by a column, by their numbers or as they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.cells import is_missing
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import ChoiceError, InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import hint

TIES_SHOWN = 6
STANDING = "in the order in which they stand"
GIVEN = "in the order given"


class Ordered(NamedTuple):
    """Studies in an order: their positions, the order in words, and what is to be said of it."""

    position: Integers
    words: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A row of ``ORDERS``: a number of each study, smallest first.

    Attributes
    ----------
    key, words : str
        Key, and the order in words.
    function : callable
        ``function(y, v) -> ndarray``.
    """

    key: str
    words: str
    function: Callable[[Floats, Floats], Floats]


def _variance(y: Floats, v: Floats) -> Floats:
    del y
    return v


def _effect(y: Floats, v: Floats) -> Floats:
    del v
    return y


_ROWS = (
    Order(key="precision", words="from the most to the least precise", function=_variance),
    Order(key="effect", words="from the smallest to the largest effect", function=_effect),
)
ORDERS: Mapping[str, Order] = MappingProxyType({row.key: row for row in _ROWS})


def ordered(fit: PooledFit | CountsFit, order: object) -> Ordered:
    """Return the studies of a fit in an order.

    Parameters
    ----------
    fit : PooledFit or CountsFit
        Whose studies.
    order : str, sequence or None
        As ``metaan.cumulative`` takes it.

    Raises
    ------
    InputError, ChoiceError
        As ``metaan.cumulative`` raises.
    """
    studies = fit.effects if isinstance(fit, PooledFit) else fit.counts
    labels = studies.study
    if order is None:
        return Ordered(np.arange(len(labels)), STANDING)
    if not isinstance(order, str):
        return Ordered(_told(order, labels), GIVEN)
    if order in studies.columns:
        return _by_column(order, studies.columns[order], labels)
    if order not in ORDERS:
        columns = ", ".join(studies.columns) or "none"
        raise ChoiceError(
            f"order={order!r} is neither a column of these studies ({columns}) nor one of "
            f"{', '.join(ORDERS)}.{hint(order, [*studies.columns, *ORDERS])}"
        )
    row = ORDERS[order]
    values = row.function(*_own(fit, order)).tolist()
    return Ordered(_sorted(values), row.words, _ties(order, values, labels))


def _own(fit: PooledFit | CountsFit, order: str) -> tuple[Floats, Floats]:
    """Return effects and variances of all studies, or raise naming those without."""
    effects = fit.effects
    if isinstance(fit, CountsFit):
        known = set(effects.study)
        lacking = [label for label in fit.counts.study if label not in known]
        if lacking:
            raise InputError(
                f"order={order!r} needs an effect of every study, and {', '.join(lacking)} has "
                "none; order them by a column or name them in an order"
            )
    return effects.y, effects.v


def _by_column(name: str, column: Sequence[Any], labels: Sequence[str]) -> Ordered:
    values = list(column)
    missing = [labels[i] for i, value in enumerate(values) if is_missing(value)]
    if missing:
        raise InputError(
            f"order={name!r} is missing for {', '.join(missing)}; fill it in or leave those "
            "studies out"
        )
    values = _comparable(values)
    try:
        position, ties = _sorted(values), _ties(name, values, labels)
    except TypeError:
        kinds = ", ".join(dict.fromkeys(type(value).__name__ for value in values))
        raise InputError(
            f"order={name!r} holds values that cannot be compared ({kinds}); make them numbers"
        ) from None
    return Ordered(position, f"in the order of {name}", ties)


def _comparable(values: list[Any]) -> list[Any]:
    """Return values that compare: numbers, where all can be read as such; text in one case."""
    texts = [value for value in values if isinstance(value, str)]
    if not texts:
        return values
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        return [v.casefold() if isinstance(v, str) else v for v in values]
    if np.isnan(numbers).any():  # the word "nan" is a word
        return [str(value).casefold() for value in values]
    return numbers


def _sorted(values: list[Any]) -> Integers:
    return np.array(sorted(range(len(values)), key=values.__getitem__), dtype=np.int64)


def _ties(name: str, values: list[Any], labels: Sequence[str]) -> tuple[str, ...]:
    """Return a remark that names studies of one value, if there are any."""
    groups: dict[Any, list[str]] = {}
    for value, label in zip(values, labels, strict=True):
        groups.setdefault(value, []).append(label)
    tied = [" and ".join(group) for group in groups.values() if len(group) > 1]
    if not tied:
        return ()
    more = len(tied) - TIES_SHOWN
    shown = "; ".join([*tied[:TIES_SHOWN], *([f"{more} more"] if more > 0 else [])])
    return (f"same {name}, added in the order in which they stand: {shown}",)


def _told(order: object, labels: Sequence[str]) -> Integers:
    """Return the positions of studies told by label or by position, each once."""
    try:
        asked = list(order)  # type: ignore[call-overload]
    except TypeError:
        raise InputError(
            f"order={order!r} must be a column, one of {', '.join(ORDERS)}, or all studies by "
            "label or position"
        ) from None
    place: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        place.setdefault(label, []).append(i)
    position = [_place(each, place, len(labels)) for each in asked]
    faults = [f"{each!r} is no study" for each, i in zip(asked, position, strict=True) if i < 0]
    named = [i for i in position if i >= 0]
    shared = dict.fromkeys(each for each in asked if isinstance(each, str) and each in place)
    faults += [
        f"{each} is the label of {len(place[each])} studies; give positions"
        for each in shared
        if len(place[each]) > 1
    ]
    twice = dict.fromkeys(labels[i] for i in named if named.count(i) > 1)
    faults += [f"{label} comes twice" for label in twice]
    absent = [labels[i] for i in sorted(set(range(len(labels))) - set(named))]
    faults += [f"{label} is not in it" for label in absent]
    if faults:
        raise InputError(
            f"order must hold each of the {len(labels)} studies once, by label or by position "
            f"from 0: {'; '.join(faults)}"
        )
    return np.array(position, dtype=np.int64)


def _place(each: object, place: Mapping[str, list[int]], k: int) -> int:
    if isinstance(each, str):
        return place.get(each, [-1])[0]
    if isinstance(each, Integral) and not isinstance(each, bool):
        return int(each) if 0 <= int(each) < k else -1
    return -1
