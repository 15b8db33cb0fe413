"""Faults of several arguments, raised as one error."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

from metaan.core.errors import ChoiceError, InputError


class Faults(AbstractContextManager[None]):
    """Keeps what each ``with`` block finds wrong, until all of it is raised at once.

    Examples
    --------
    >>> faults = Faults()
    >>> with faults:
    ...     raise InputError("a must be 1")
    >>> with faults:
    ...     raise InputError("b must be 2.")
    >>> faults.raise_all()
    Traceback (most recent call last):
    metaan.core.errors.InputError: a must be 1; b must be 2
    """

    def __init__(self) -> None:
        self._found: list[InputError] = []

    def __enter__(self) -> None:
        """Begin with one argument."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Keep the fault; anything else that goes wrong is raised."""
        if isinstance(error, InputError):
            self._found.append(error)
        return isinstance(error, InputError)

    def raise_all(self) -> None:
        """Raise one error that names them all: ``ChoiceError`` where all of them are."""
        if not self._found:
            return
        kind = ChoiceError if all(isinstance(x, ChoiceError) for x in self._found) else InputError
        raise kind("; ".join(str(each).rstrip(".") for each in self._found))
