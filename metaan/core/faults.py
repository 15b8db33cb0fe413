"""Faults: all that is wrong with the options of a call, told in one error."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from metaan.core.errors import ChoiceError, InputError

ENDS = (".", "?")
Checked = TypeVar("Checked")


class Faults:
    """Every fault of a call; `refuse` tells them together.

    Examples
    --------
    >>> faults = Faults()
    >>> with faults:
    ...     raise InputError("draws=-1 must be a whole number")
    >>> faults.add("exact='no' must be a bool")
    >>> faults.refuse()
    Traceback (most recent call last):
    metaan.core.errors.InputError: draws=-1 must be a whole number. exact='no' must be a bool.
    """

    def __init__(self) -> None:
        self._found: list[InputError] = []

    def __enter__(self) -> Faults:
        """Keep an ``InputError`` of the block for `refuse`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Keep the error; every other one goes its way."""
        del kind, trace
        if not isinstance(error, InputError):
            return False
        if str(error) not in map(str, self._found):
            self._found.append(error)
        return True

    def add(self, text: str) -> None:
        """Keep a fault."""
        self._found.append(InputError(text))

    def tried(self, check: Callable[..., Checked], *given: Any) -> Checked | None:
        """Return what ``check`` gives; None, its ``InputError`` kept, where it refuses."""
        with self:
            return check(*given)
        return None

    def refuse(self) -> None:
        """Raise what was found: a single error as it was, several as one with every text.

        Raises
        ------
        InputError
            If there was a fault; ChoiceError if all are unknown names.
        """
        if len(self._found) < 2:
            for error in self._found:
                raise error
            return
        texts = (str(error) for error in self._found)
        kind = ChoiceError if all(isinstance(e, ChoiceError) for e in self._found) else InputError
        raise kind(" ".join(text if text.endswith(ENDS) else f"{text}." for text in texts))
