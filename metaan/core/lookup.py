"""Name → row of a literal table, or an error that lists the rows and the nearest one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from metaan.core.arrays import FrozenDict
from metaan.core.errors import ChoiceError

Row = TypeVar("Row")

SHORTEST, LIKE = 3, 0.55  # letters of a word that is compared; likeness that is offered


def nearest(value: object, keys: Iterable[str]) -> str | None:
    """Return the key that looks most like ``value`` (case ignored), or None."""
    by_case = {key.casefold(): key for key in keys}
    word = str(value).casefold()
    if word in by_case:
        return by_case[word]
    if len(word) < SHORTEST:  # "r" is like every word that holds an r
        return None
    found = get_close_matches(word, by_case, n=1, cutoff=LIKE)
    return by_case[found[0]] if found else None


def hint(value: object, keys: Iterable[str]) -> str:
    """Return `` Did you mean "X"?`` or an empty string."""
    near = nearest(value, keys)
    return f' Did you mean "{near}"?' if near else ""


def look_up(table: Mapping[str, Row], key: object, *, argument: str, what: str) -> Row:
    """Return ``table[key]``.

    Parameters
    ----------
    table : mapping of str to row
        The table that decides.
    key : object
        What the caller gave.
    argument : str
        Name of the caller's argument, for the message.
    what : str
        What a row is ("an estimator"), for the message.

    Returns
    -------
    row
        The row of that key.

    Raises
    ------
    ChoiceError
        If there is no such key; the text lists the keys and the nearest.
    """
    if isinstance(key, str) and key in table:
        return table[key]
    choices = ", ".join(table)
    raise ChoiceError(
        f"{argument}={key!r} is not {what}; choose one of {choices}.{hint(key, table)}"
    )


class Named(FrozenDict):
    """A dictionary that cannot be changed, and names its keys when it is asked for another.

    Parameters
    ----------
    what : str
        What a value is ("a test of these counts"), for the message.
    values : mapping of str to value
        The values.
    """

    def __init__(self, what: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._what = what

    def __missing__(self, key: object) -> Any:
        """Raise ``ChoiceError``."""
        return look_up(self, key, argument="key", what=self._what)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how a copy is made."""
        return Named, (self._what, dict(self))
