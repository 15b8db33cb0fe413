"""What a caller asks of a selection model, checked: steps, fixed weights, precision, cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from numbers import Real
from typing import Any, TypeVar

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.diagnostics.selection.selections import CUT, SMOOTH, STEPPED, Selection
from metaan.diagnostics.selection.setting import Setting
from metaan.diagnostics.selection.tables import (
    PRECISIONS,
    VEVEA_WOODS,
    Precision,
    WeightTable,
    imprecision,
)

NAME = "selection_model"
TWO = 2  # sides of p-values
DEFAULT_STEPS = (0.025,)
Numbers = Sequence[float | None] | Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A selection model as it is to be fitted.

    Attributes
    ----------
    row : Selection
        Row of ``SELECTIONS``.
    steps : tuple of float
        Ends of intervals of p-values without 1; of a smooth function the p-value up to which all
        are published alike, or none; of a known cut, the cut on the analysis scale.
    place : ndarray, shape (k,)
        Interval of each study, from 0; of a step function.
    delta : ndarray, shape (q,)
        Fixed values of the parameters; NaN for those to estimate.
    empty : tuple of int
        Parameters (from 0) of intervals without a study, whose estimate is 0.
    factor : ndarray, shape (k,), or None
        Imprecision of the studies as shares of the largest.
    precision : str
        Row of ``PRECISIONS``, or nothing.
    table : str
        Row of ``VEVEA_WOODS``, or nothing.
    remarks : tuple of str
        What was changed.
    """

    row: Selection
    steps: tuple[float, ...]
    place: Integers
    delta: Floats
    empty: tuple[int, ...] = ()
    factor: Floats | None = None
    precision: str = ""
    table: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def q(self) -> int:
        """Number of parameters."""
        return len(self.delta)

    def spread(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return values of a row for each parameter."""
        return values * self.q if self.row.kind == STEPPED else values


Found = TypeVar("Found")


def tried(faults: list[InputError], made: Callable[[], Found]) -> Found | None:
    """Return what a function makes, or nothing and its error among the faults."""
    try:
        return made()
    except InputError as fault:
        faults.append(fault)
        return None


def raise_all(faults: Sequence[InputError]) -> None:
    """Raise the only fault as it is, several ones as one."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        told = [str(each).removeprefix(f"{NAME}: ").removesuffix(".") for each in faults]
        raise InputError(f"{NAME}: {'; '.join(told)}")


def asked(
    setting: Setting,
    row: Selection,
    *,
    steps: Sequence[float] | float | None,
    delta: Numbers | str | None,
    precision: str | None,
    merge_empty: bool,
    faults: Sequence[InputError] = (),
) -> Asked:
    """Return what is to be fitted; InputError, naming every fault and those known, otherwise."""
    known, told, sides = list(faults), [], setting.alternative.sides
    found: tuple[float, ...] = ()
    table = how = None
    if isinstance(delta, str):
        table = tried(known, partial(_table, delta))
        told += _told_of_table(row, steps, delta, sides)
    else:
        found = _checked_steps(row, steps, told)
        if row.kind == CUT and sides == TWO:
            told.append(
                f'"{row.key}" truncates at one effect: choose alternative "greater" or "less"'
            )
    if precision is not None and not row.precise:
        told.append(f'precision= has no part in "{row.key}": leave it out')
    elif precision is not None:
        how = tried(known, partial(_measure, precision))
    fixed = factor = None
    if not isinstance(delta, str) and (found or row.kind != STEPPED):
        fixed = tried(known, partial(_checked_delta, row, found, delta))
    if how is not None:
        factor = tried(known, partial(imprecision, setting.effects, how))
    raise_all([*known, *(InputError(f"{NAME}: {each}") for each in told)])
    if table is not None:
        return _tabled(setting, row, table)
    assert fixed is not None
    place = np.searchsorted(found, setting.p_value) if row.kind == STEPPED else np.zeros(0, int)
    plan = Asked(
        row=row,
        steps=found,
        place=place,
        delta=fixed,
        factor=factor,
        precision=precision or "",
    )
    if row.kind == STEPPED:
        return _without_empty(plan, merge=merge_empty and delta is None)
    if row.kind == SMOOTH and found:
        _check_sides(setting, found[0])
    return plan


def _measure(key: str) -> Precision:
    return look_up(PRECISIONS, key, argument="precision", what="a measure of precision")


def _table(key: str) -> WeightTable:
    return look_up(VEVEA_WOODS, key, argument="delta", what="a table of weights")


def _told_of_table(row: Selection, steps: object, key: str, sides: int) -> list[str]:
    """Return what does not go together with the weights of a published table."""
    faults = []
    if row.kind != STEPPED:
        faults.append(f'delta="{key}" holds weights of intervals, not parameters of "{row.key}"')
    if steps is not None:
        faults.append(f'delta="{key}" has steps of its own: leave steps= out')
    if sides == TWO:
        faults.append(f'delta="{key}" weighs one-sided p-values: choose "greater" or "less"')
    return faults


def _tabled(setting: Setting, row: Selection, table: WeightTable) -> Asked:
    """Return a model with the weights of a published table."""
    return Asked(
        row=row,
        steps=table.steps,
        place=np.searchsorted(table.steps, setting.p_value),
        delta=np.array(table.delta[1:]) / table.delta[0],
        table=table.key,
    )


def _checked_steps(row: Selection, steps: Any, faults: list[str]) -> tuple[float, ...]:
    if steps is None:
        return {STEPPED: DEFAULT_STEPS, SMOOTH: (), CUT: (np.nan,)}[row.kind]
    several = steps if isinstance(steps, Sequence | np.ndarray) else (steps,)
    if isinstance(steps, str) or not all(_is_number(each) for each in several):
        faults.append(f"steps={steps!r} must be numbers")
        return ()
    values = tuple(float(each) for each in several)
    if row.kind == CUT:
        if row.estimated_cut or len(values) != 1 or not np.isfinite(values[0]):
            what = "no steps: the cut is estimated" if row.estimated_cut else "one cut, an effect"
            faults.append(f'"{row.key}" takes {what}; got steps={steps!r}')
        return values
    if values and values[-1] == 1:
        values = values[:-1]
    if not all(0 < value < 1 for value in values) or any(a >= b for a, b in pairwise(values)):
        faults.append(f"steps={steps!r} must be p-values between 0 and 1 in increasing order")
    if row.kind == STEPPED and not values:
        faults.append("a step function needs a step, e.g. steps=0.025")
    if row.kind == SMOOTH and (len(values) > 1 or (values and not row.precise)):
        most = "one step at most" if row.precise else "no steps"
        faults.append(f'"{row.key}" takes {most}; got steps={steps!r}')
    return values


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _checked_delta(row: Selection, steps: tuple[float, ...], delta: Any) -> Floats:
    """Return fixed parameters, NaN where they are free; relative to the first interval."""
    q = len(steps) if row.kind == STEPPED else len(row.null)
    if delta is None:
        return np.full(q, np.nan)
    count = q + 1 if row.kind == STEPPED else q
    values = list(delta) if isinstance(delta, Sequence | np.ndarray) else [delta]
    fine = all(each is None or _is_number(each) for each in values)
    if not fine or len(values) != count:
        what = "one weight for each interval" if row.kind == STEPPED else "one for each parameter"
        raise InputError(
            f'delta={delta!r} must be {count} numbers for "{row.key}", {what}; None for one that '
            "is to be estimated"
        )
    array = np.array([np.nan if each is None else float(each) for each in values])
    if row.kind == STEPPED:
        if not array[0] > 0:
            raise InputError(
                f"delta={delta!r} must begin with the weight of the smallest p-values, a number > "
                "0 to which the others are relative, e.g. 1"
            )
        array = array[1:] / array[0]
    zero = (array == 0) & np.array(row.logs) if row.kind != STEPPED else np.zeros(q, dtype=bool)
    if (array < 0).any() or np.isinf(array).any() or zero.any():
        raise InputError(f"delta={delta!r} must be finite numbers >= 0, and > 0 where w needs it")
    return array


def _check_sides(setting: Setting, threshold: float) -> None:
    below = int(np.count_nonzero(setting.p_value <= threshold))
    if below in (0, setting.k):
        where = "below" if below else "above"
        raise InputError(
            f"steps={threshold:g}: all {setting.k} studies have p-values {where} it, so that "
            "nothing can be learned about it; choose another"
        )


def _without_empty(plan: Asked, *, merge: bool) -> Asked:
    """Return the plan with intervals without a study merged or named, or an error."""
    counts = np.bincount(plan.place, minlength=len(plan.steps) + 1)
    ends = (0.0, *plan.steps, 1.0)
    empty = np.flatnonzero(counts == 0)
    if np.count_nonzero(counts) == 1:
        told = interval_words(ends, int(np.argmax(counts)))
        raise InputError(
            f"selection_model: all {counts.sum()} studies have {told}, so that nothing can be "
            "learned about other p-values; choose other steps, or fix the weights with delta="
        )
    free = np.isnan(plan.delta)
    zero = [int(i) for i in np.flatnonzero((plan.delta == 0) & (counts[1:] > 0))]
    if zero:
        raise InputError(
            f"delta: a weight of 0 says that nothing with {interval_words(ends, zero[0] + 1)} is "
            f"published, but {counts[zero[0] + 1]} of the studies have such a p-value"
        )
    lost = [int(i) for i in empty if i == 0 or free[i - 1]]
    if not lost or not (free.any()):
        return plan
    if merge:
        return _merged(plan, counts)
    if 0 in lost:
        raise InputError(
            f"selection_model: no study has {interval_words(ends, 0)}, to which weights are "
            "relative; leave merge_empty=True, or choose other steps"
        )
    names = ", ".join(interval_words(ends, i) for i in lost)
    remark = f"no study has {names}: the estimate of such a weight is 0, whatever the truth"
    return replace(plan, empty=tuple(i - 1 for i in lost), remarks=(remark,))


def _merged(plan: Asked, counts: Integers) -> Asked:
    """Return the plan with each empty interval joined to the next one, the last to the last."""
    ends = (0.0, *plan.steps, 1.0)
    last = int(np.flatnonzero(counts)[-1])
    kept = tuple(step for i, step in enumerate(plan.steps) if counts[i] > 0 and i < last)
    names = ", ".join(interval_words(ends, int(i)) for i in np.flatnonzero(counts == 0))
    remark = (
        f"no study has {names}; joined to the neighboring interval, so that the steps are "
        f"{', '.join(compact(step) for step in kept)}"
    )
    place = np.searchsorted(np.flatnonzero(counts), plan.place)
    return replace(
        plan, steps=kept, place=place, delta=np.full(len(kept), np.nan), remarks=(remark,)
    )


def interval_words(ends: Sequence[float], i: int) -> str:
    """Return ``0.025 < p <= 0.5``: the i-th interval, from 0."""
    low, high = ends[i], ends[i + 1]
    if low == 0:
        return f"p ≤ {compact(high)}"
    return f"p > {compact(low)}" if high == 1 else f"{compact(low)} < p ≤ {compact(high)}"
