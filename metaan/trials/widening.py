"""to_wide: a table with one row per arm → one row per study, ready for effect_sizes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from metaan.core.errors import ChoiceError, DataError, Fault, InputError, LeftOutWarning
from metaan.core.lookup import hint
from metaan.trials.foreign import as_table
from metaan.trials.table_rules import TABLE, header_fault

PLACE = "_row"
ARM_NUMBERS = (
    "mean", "sd", "se", "median", "low", "q1", "q3", "high", "events", "percent", "n", "time",
)  # fmt: skip


def to_wide(
    data: Any,
    *,
    study: str = "study",
    arm: str = "arm",
    treatment: str,
    control: str,
    **columns: str,
) -> pd.DataFrame:
    """Return a table with one row per study from one with a row per arm.

    Parameters
    ----------
    data : DataFrame, pyarrow.Table or mapping of str to array_like
        One row per arm of a study (a *long* table).
    study, arm : str
        Columns that hold the study's label and the arm's.
    treatment, control : str
        Labels of the arms that become 1 and 2: an effect is treatment minus control.
    **columns : str
        Canonical names of an arm's numbers (``mean``, ``sd``, ``se``, ``median``, ``low``,
        ``q1``, ``q3``, ``high``, ``events``, ``percent``, ``n``, ``time``) and the table's own
        names for them; a column already so named needs no mention. ``low`` and ``high`` are
        limits of an interval or the extremes, as what recovers from them asks for.

    Returns
    -------
    DataFrame
        ``study``, then ``mean1``, ``sd1``, ``n1``, ... for the treatment and ``mean2``, ... for
        the control, then the columns that say the same in both arms of every study.

    Raises
    ------
    DataError
        If a study has an arm twice, a column is missing, or no numbers are named.
    ChoiceError
        If no row has the treatment's or the control's label.

    Warns
    -----
    LeftOutWarning
        If a study has only one of the two arms; it is left out and named. Further arms of a
        study are no fault: call again with their labels.

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
    numbers = _numbers(frame, columns)
    faults = [
        header_fault(name, f"column is missing (needed as {role})", _remedy(role, name, frame))
        for role, name in {"study": study, "arm": arm, **numbers}.items()
        if name not in frame
    ]
    if not numbers:
        faults.append(header_fault("", "no column holds an arm's numbers",
                                   f"Name some: {', '.join(ARM_NUMBERS)}."))  # fmt: skip
    if faults:
        raise DataError(faults)
    labels = frame[arm].astype(str)
    _check_arms(labels, treatment, control)
    chosen = frame.assign(**{PLACE: range(1, len(frame) + 1)})[labels.isin([treatment, control])]
    twice = _repeated(chosen, study, arm)
    if twice:
        raise DataError(twice)
    sides = {
        side: frame[labels == label].set_index(study)
        for side, label in (("1", treatment), ("2", control))
    }
    both = [name for name in dict.fromkeys(chosen[study])
            if all(name in side.index for side in sides.values())]  # fmt: skip
    _warn_about_single_arms(frame, study, both, (treatment, control))
    wide = pd.DataFrame({"study": both})
    for side, rows in sides.items():
        for role, column in numbers.items():
            wide[f"{role}{side}"] = rows.loc[both, column].to_numpy()
    for column in frame.columns.drop([study, arm, *numbers.values()]):
        first, second = (rows.loc[both, column].to_numpy() for rows in sides.values())
        same = (first == second) | (pd.isna(first) & pd.isna(second))
        if bool(pd.Series(same, dtype=object).all()):
            wide[str(column)] = first
    return wide


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


def _remedy(role: str, name: str, frame: pd.DataFrame) -> str:
    near = hint(name, [str(other) for other in frame.columns])
    return f'Add it or name yours: {role}="...".{near}'


def _check_arms(labels: pd.Series[str], treatment: str, control: str) -> None:
    if treatment == control:
        raise InputError(f"treatment and control are both {treatment!r}; name two arms")
    known = [str(label) for label in dict.fromkeys(labels)]
    for role, label in (("treatment", treatment), ("control", control)):
        if label not in known:
            raise ChoiceError(
                f"{role}={label!r} is no arm of the table; arms are {', '.join(known)}."
                f"{hint(label, known)}"
            )


def _repeated(chosen: pd.DataFrame, study: str, arm: str) -> list[Fault]:
    again = chosen[chosen.duplicated([study, arm])]
    return [
        Fault(
            file=TABLE,
            row=f"row {place} ({row[study]})",
            column=arm,
            value=str(row[arm]),
            rule="the study has this arm twice",
            remedy="Combine the two with combine_groups, or select one outcome and time.",
        )
        for (_, row), place in zip(again.iterrows(), again[PLACE], strict=True)
    ]


def _warn_about_single_arms(
    frame: pd.DataFrame,
    study: str,
    both: Sequence[Any],
    arms: tuple[str, str],
) -> None:
    lost = [str(name) for name in dict.fromkeys(frame[study]) if name not in set(both)]
    if lost:
        total = frame[study].nunique()
        warnings.warn(
            f"{len(lost)} of {total} studies left out, without both {arms[0]} and {arms[1]}: "
            f"{', '.join(lost)}",
            LeftOutWarning,
            stacklevel=3,
        )
