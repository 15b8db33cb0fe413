"""Arguments of a network as they come in arrays: names that are there, sizes, signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.cells import is_missing
from metaan.core.errors import InputError
from metaan.core.lookup import hint

SHOWN = 8


def labels_of_rows(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """Return names as texts; whole numbers without a decimal point.

    Parameters
    ----------
    columns : mapping of str to sequence
        Names of studies and treatments by the argument they came in.

    Raises
    ------
    InputError
        If names are missing: every argument with its rows, counted from 0.
    """
    listed = {argument: list(values) for argument, values in columns.items()}
    faults = []
    for argument, values in listed.items():
        rows = [str(i) for i, value in enumerate(values) if is_missing(value)]
        if rows:
            more = f" and {len(rows) - SHOWN} more" * (len(rows) > SHOWN)
            faults.append(f"{argument} is missing in rows {', '.join(rows[:SHOWN])}{more}")
    if faults:
        raise InputError(
            f"{'; '.join(faults)} (the first row is 0). A contrast or an arm without a name would "
            "connect studies that share none: name it, or leave it out"
        )
    return {argument: [text_of(value) for value in values] for argument, values in listed.items()}


def check_sizes(arrays: Mapping[str, Floats], lists: Mapping[str, list[Any]]) -> None:
    """Raise ``InputError`` unless everything has one value per contrast."""
    m = len(lists["study"])
    wrong = [f"{name} has shape {x.shape}" for name, x in arrays.items() if x.shape != (m,)]
    wrong += [f"{name} has {len(x)}" for name, x in lists.items() if len(x) != m]
    if wrong:
        raise InputError(
            f"y, its errors and every column need one value per contrast, {m} as study has; "
            f"{', '.join(wrong)}"
        )


def check_signs(se: Floats, text: Mapping[str, list[str]]) -> None:
    """Raise ``InputError`` for negative standard errors, which squares would hide."""
    bad = [
        f"{text['study'][i]} ({text['treat1'][i]} against {text['treat2'][i]})"
        for i in np.flatnonzero(se < 0).tolist()
    ]
    if bad:
        raise InputError(f"se must be positive; negative for {', '.join(bad)}")


def gaps(text: Mapping[str, Sequence[str]], numbers: Mapping[str, Floats]) -> dict[str, str]:
    """Return the studies that lack a number, and which contrast lacks which.

    Parameters
    ----------
    text : mapping of str to sequence of str, length m
        study, treat1 and treat2 of each contrast.
    numbers : mapping of str to ndarray, shape (m,)
        Numbers by what they are called; NaN where one is missing.
    """
    missing = {name: np.isnan(values) for name, values in numbers.items()}
    found: dict[str, list[str]] = {}
    for i in np.flatnonzero(np.any(list(missing.values()), axis=0)).tolist():
        what = " and ".join(name for name, where in missing.items() if where[i])
        pair = f"{text['treat1'][i]} against {text['treat2'][i]}"
        found.setdefault(text["study"][i], []).append(f"{pair}: {what} missing")
    return {study: ", ".join(lines) for study, lines in found.items()}


def names_of_studies(asked: object, studies: Sequence[str]) -> set[str]:
    """Return the studies that are asked for, one or several; or raise if one is unknown.

    Raises
    ------
    InputError
        If a study is unknown; the nearest name is offered.
    """
    several = (
        list(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else [asked]
    )
    wanted = [text_of(name) for name in several]
    for name in wanted:
        if name not in studies:
            raise InputError(f"study {name!r} is not in the network.{hint(name, studies)}")
    return set(wanted)


def text_of(value: object) -> str:
    """Return a label as text; a whole number without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
