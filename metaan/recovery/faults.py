"""Sentences about numbers that break a rule, one for each study, and the error that holds them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from metaan.core.arrays import ArrayLike, Booleans
from metaan.core.errors import InputError
from metaan.core.numbers import compact


def faults(bad: Booleans, given: Mapping[str, ArrayLike], *, rule: str, remedy: str) -> list[str]:
    """Return one sentence for each study that breaks a rule: where, what, the rule, what to do.

    Parameters
    ----------
    bad : ndarray of bool
        True where the rule is broken.
    given : mapping of str to array_like
        The numbers that break it, by name; they broadcast with ``bad``.
    rule, remedy : str
        The rule, and what to do; clauses.

    Returns
    -------
    list of str
        Empty if none is broken.

    Examples
    --------
    >>> import numpy as np
    >>> from metaan.recovery.faults import faults
    >>> faults(np.array([False, True]), {"se": [1.0, -2.0]}, rule="se must not be negative",
    ...        remedy="look for a misread sign")
    ['row 2: se must not be negative; got se −2; look for a misread sign']
    """
    shape = np.shape(bad)
    columns = {name: np.broadcast_to(np.asarray(v, float), shape) for name, v in given.items()}
    return [
        f"{row_name(place)}{rule}; got "
        + ", ".join(f"{name} {compact(float(v[place]), 6)}" for name, v in columns.items())
        + f"; {remedy}"
        for place in (tuple(int(i) for i in each) for each in np.argwhere(bad))
    ]


def row_name(*places: tuple[int, ...]) -> str:
    """Return ``row 4: `` for the fourth study, ``rows 2, 5: `` for two; nothing for one number.

    Examples
    --------
    >>> from metaan.recovery.faults import row_name
    >>> row_name((3,)), row_name((1,), (4,)), row_name((0, 2)), row_name(())
    ('row 4: ', 'rows 2, 5: ', 'row (1, 3): ', '')
    """
    if not any(places):
        return ""
    from_1 = [tuple(i + 1 for i in place) for place in places]
    names = ", ".join(str(each[0] if len(each) == 1 else each) for each in from_1)
    return f"{'row' if len(places) == 1 else 'rows'} {names}: "


def refuse(*found: list[str]) -> None:
    """Raise one InputError with every fault of every list; return if there is none."""
    every = [fault for each in found for fault in each]
    if every:
        raise InputError(" ".join(each if each.endswith("?") else f"{each}." for each in every))
