"""to_wide: a table with one row per arm → one row per study, ready for effect_sizes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.errors import ChoiceError, DataError, Fault, InputError, LeftOutWarning
from metaan.core.lookup import hint
from metaan.recovery.combining import combine_groups
from metaan.trials.foreign import as_table
from metaan.trials.table_columns import Given, read_input
from metaan.trials.table_rules import MANY, TABLE, header_fault, within_faults

PLACE = "_row"
ARM_NUMBERS = (
    "mean", "sd", "se", "median", "low", "q1", "q3", "high", "events", "nonevents", "percent",
    "n", "time",
)  # fmt: skip
ADDED = ("events", "nonevents", "n", "time")  # what several arms of a side simply add up to
SPREAD = ("mean", "sd")  # what they are combined to, with n
Arms = str | int | Sequence[str | int]


def to_wide(
    data: Any,
    *,
    study: str = "study",
    arm: str = "arm",
    treatment: Arms,
    control: Arms,
    **columns: str,
) -> pd.DataFrame:
    """Return a table with one row per study from one with a row per arm.

    Parameters
    ----------
    data : DataFrame, pyarrow.Table or mapping of str to array_like
        One row per arm of a study (a *long* table).
    study, arm : str
        Columns that hold the study's label and the arm's.
    treatment, control : str or sequence of str
        Labels of the arms that become 1 and 2: an effect is treatment minus control. Several
        arms of a study on one side become one, exactly: counts and time are added, mean and SD
        combined as if the participants had been one group.
    **columns : str
        Canonical names of an arm's numbers (``mean``, ``sd``, ``se``, ``median``, ``low``,
        ``q1``, ``q3``, ``high``, ``events``, ``nonevents``, ``percent``, ``n``, ``time``) and the
        table's own names for them; a column already so named needs no mention. ``low`` and
        ``high`` are limits of an interval or the extremes, as what recovers from them asks for.

    Returns
    -------
    DataFrame
        ``study``, then ``mean1``, ``sd1``, ``n1``, ... for the treatment and ``mean2``, ... for
        the control, then the columns that say the same in all these arms of every study.

    Raises
    ------
    DataError
        If a study has an arm twice, a column is missing or has a name that the result needs, no
        numbers are named, or arms cannot be combined (medians, intervals).
    InputError
        If an arm is on both sides, or a column is named twice.
    ChoiceError
        If no row has a label that was named, or an arm has no such number.

    Warns
    -----
    LeftOutWarning
        If a study lacks an arm on one of the sides: it is left out and named. If a study has
        arms on neither side: they are named.

    Examples
    --------
    >>> import metaan as ma
    >>> long = {"study": ["A", "A", "B", "B"], "arm": ["drug", "none", "none", "drug"],
    ...         "events": [3, 7, 9, 4], "n": [30, 31, 40, 42]}
    >>> wide = ma.to_wide(long, treatment="drug", control="none")
    >>> wide.columns.tolist()
    ['study', 'events1', 'n1', 'events2', 'n2']
    >>> wide["events1"].tolist(), wide["events2"].tolist()
    ([3, 4], [7, 9])
    """
    frame = as_table(data)
    sides = _sides(treatment, control)
    numbers = _numbers(frame, columns)
    _check_columns(frame, study, arm, numbers)
    labels = frame[arm].map(_label).astype(object)
    _check_labels(frame, study, arm, labels)
    _check_arms(labels, sides)
    if any(len(side) > 1 for side in sides):
        frame = _checked_numbers(frame, study, numbers)
    chosen = frame.assign(**{PLACE: range(1, len(frame) + 1)})[
        labels.isin(sum(sides, ())).to_numpy()
    ]
    _check_rows(chosen, study, arm, sides, numbers)
    rows = [_one_row_each(chosen[labels[chosen.index].isin(side)], study, numbers)
            for side in sides]  # fmt: skip
    both = [name for name in dict.fromkeys(chosen[study])
            if all(name in side.index for side in rows)]  # fmt: skip
    _warn(frame, labels, study, both, sides)
    wide = pd.DataFrame({"study": both})
    for number, side in enumerate(rows, start=1):
        for role, column in numbers.items():
            wide[f"{role}{number}"] = side.loc[both, column].to_numpy()
    spare = frame.columns.drop([study, arm, *numbers.values()])
    for column in spare:
        found = chosen[chosen[study].isin(both)].groupby(study, sort=False)[column]
        if (found.nunique(dropna=False) <= 1).all():
            wide[str(column)] = found.first().loc[both].to_numpy()
    return wide


def _sides(treatment: Arms, control: Arms) -> tuple[tuple[str, ...], tuple[str, ...]]:
    first, second = (
        tuple(dict.fromkeys(_label(label) for label in side))
        if isinstance(side, Iterable) and not isinstance(side, str)
        else (_label(side),)
        for side in (treatment, control)
    )
    if not first or not second:
        raise InputError("treatment and control each need the label of at least one arm")
    shared = [label for label in first if label in second]
    if shared:
        raise InputError(f"{', '.join(shared)} cannot be treatment and control both")
    return first, second


def _label(value: Any) -> str:
    """Return an arm's label as text; whole numbers without a decimal point, gaps as nothing."""
    if value is None or value is pd.NA or value != value:
        return ""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


def _check_labels(frame: pd.DataFrame, study: str, arm: str, labels: pd.Series[str]) -> None:
    """Raise if a row does not say of which study or arm it is."""
    names = [_label(value) for value in frame[study]]
    faults = [
        Fault(file=TABLE, row=f"row {i + 1}", column=column, value="",
              rule=f"{what} label is missing", remedy="Name it, or drop the row.")
        for what, column, cells in (("study", study, names), ("arm", arm, labels.tolist()))
        for i, cell in enumerate(cells)
        if not cell
    ]  # fmt: skip
    if faults:
        raise DataError(faults)


def _checked_numbers(frame: pd.DataFrame, study: str, numbers: Mapping[str, str]) -> pd.DataFrame:
    """Return the table with its arms' numbers as numbers, before any are combined; or raise."""
    names = [_label(value) for value in frame[study]]
    given = Given(frame=frame, named=numbers, study=names)
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for role in numbers:
        values[role], found = read_input(given, role)
        faults += found
    faults += within_faults(values, numbers, names)
    if faults:
        raise DataError(faults)
    return frame.assign(**{numbers[role]: column for role, column in values.items()})


def _numbers(frame: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, str]:
    for role in columns:
        if role not in ARM_NUMBERS:
            listed = ", ".join(ARM_NUMBERS)
            raise ChoiceError(
                f"{role!r} is not a number of an arm; choose among {listed}."
                f"{hint(role, ARM_NUMBERS)}"
            )
    used = set(columns.values())
    if len(used) < len(columns):
        raise InputError("a column is named twice; name one column for each of an arm's numbers")
    return {
        role: columns.get(role, role)
        for role in ARM_NUMBERS
        if role in columns or (role in frame and role not in used)
    }


def _check_columns(frame: pd.DataFrame, study: str, arm: str, numbers: Mapping[str, str]) -> None:
    names = [str(other) for other in frame.columns]
    faults = [
        header_fault(name, f"column is missing (needed as {role})",
                     f'Add it or name yours: {role}="...".{hint(name, names)}')
        for role, name in {"study": study, "arm": arm, **numbers}.items()
        if name not in frame
    ]  # fmt: skip
    if not numbers:
        listed = ", ".join(ARM_NUMBERS)
        faults.append(
            header_fault("", "no column holds an arm's numbers", f"Name some: {listed}.")
        )
    made = {"study", *(f"{role}{number}" for role in numbers for number in "12")}
    taken = made & (set(names) - {study, arm, *numbers.values()})
    faults += [
        header_fault(name, "the result needs this name for a column of its own",
                     "Rename or drop it.")
        for name in sorted(taken)
    ]  # fmt: skip
    if faults:
        raise DataError(faults)


def _check_arms(labels: pd.Series[str], sides: Sequence[tuple[str, ...]]) -> None:
    known = [str(label) for label in dict.fromkeys(labels)]
    for role, side in zip(("treatment", "control"), sides, strict=True):
        for label in side:
            if label not in known:
                raise ChoiceError(
                    f"{role}={label!r} is no arm of the table; arms are {', '.join(known)}."
                    f"{hint(label, known)}"
                )


def _check_rows(
    chosen: pd.DataFrame,
    study: str,
    arm: str,
    sides: Sequence[tuple[str, ...]],
    numbers: Mapping[str, str],
) -> None:
    """Raise if a study has an arm twice, or several arms whose numbers cannot become one."""
    faults = [
        _row_fault(row, study, arm, "the study has this arm twice",
                   "Combine the two with combine_arms, or select one outcome and time.")
        for _, row in chosen[chosen.duplicated([study, arm])].iterrows()
    ]  # fmt: skip
    whole = {"mean", "sd", "n"} <= set(numbers)
    stuck = [role for role in numbers if role not in ADDED and not (whole and role in SPREAD)]
    for side in sides:
        mine = chosen[chosen[arm].map(_label).isin(side)]
        several = mine[mine.duplicated(study, keep=False)]
        for _, row in several.iterrows():
            filled = [role for role in stuck if not pd.isna(row[numbers[role]])]
            if filled:
                rule = f"{', '.join(filled)} of several arms cannot become one"
                faults.append(_row_fault(row, study, arm, rule, "Name one arm on each side."))
    if faults:
        raise DataError(faults)


def _row_fault(row: Any, study: str, arm: str, rule: str, remedy: str) -> Fault:
    return Fault(file=TABLE, row=f"row {row[PLACE]} ({row[study]})", column=arm,
                 value=str(row[arm]), rule=rule, remedy=remedy)  # fmt: skip


def _one_row_each(rows: pd.DataFrame, study: str, numbers: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per study, its arms combined."""
    if not rows.duplicated(study).any():
        return rows.set_index(study)
    several = rows[rows.duplicated(study, keep=False)]
    combined = {
        name: _combined(group, numbers) for name, group in several.groupby(study, sort=False)
    }
    alone = rows[~rows[study].isin(combined)].set_index(study)
    return pd.concat([alone, pd.DataFrame(combined).T])


def _combined(group: pd.DataFrame, numbers: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(numbers.values(), np.nan)
    for role in ADDED:
        if role in numbers:
            found[numbers[role]] = group[numbers[role]].sum(min_count=len(group))
    if {"mean", "sd", "n"} <= set(numbers):
        n, mean, sd = (
            group[numbers[role]].to_numpy(dtype=np.float64) for role in ("n", "mean", "sd")
        )
        _, center, spread = combine_groups(n, mean, sd)
        found[numbers["mean"]], found[numbers["sd"]] = float(center), float(spread)
    return found


def _warn(
    frame: pd.DataFrame,
    labels: pd.Series[str],
    study: str,
    both: Sequence[Any],
    sides: Sequence[tuple[str, ...]],
) -> None:
    kept = set(both)
    lost = [str(name) for name in dict.fromkeys(frame[study]) if name not in kept]
    texts = []
    if lost:
        arms = " and ".join(" or ".join(side) for side in sides)
        more = f" and {len(lost) - MANY} more" if len(lost) > MANY else ""
        texts.append(
            f"{len(lost)} of {frame[study].nunique()} studies left out, without both {arms}: "
            f"{', '.join(lost[:MANY])}{more}"
        )
    outside = frame[~labels.isin(sum(sides, ())) & frame[study].isin(kept)]
    spare = [f"{name} ({arm})" for name, arm in zip(outside[study], labels[outside.index],
                                                    strict=True)]  # fmt: skip
    if spare:
        more = f" and {len(spare) - MANY} more" if len(spare) > MANY else ""
        texts.append(f"arms on neither side: {', '.join(spare[:MANY])}{more}")
    if texts:
        warnings.warn("; ".join(texts), LeftOutWarning, stacklevel=3)
