"""Errors and warnings: name, rule, value, remedy; one parent, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class MetaanError(Exception):
    """Parent of every error that metaan raises on purpose."""


class InputError(MetaanError, ValueError):
    """An argument or an array breaks a rule; the text names every fault found."""


class ChoiceError(InputError):
    """A name is not a row of the table that decides; the text lists the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault in a data file: where it is, what it says, which rule it breaks, what to do."""

    file: str
    row: str
    column: str
    value: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        """Return the fault on one line."""
        place = ", ".join(part for part in (self.file, self.row, self.column) if part)
        got = f"; got {self.value!r}" if self.value else ""
        return f"{place}: {self.rule}{got}. {self.remedy}"


class DataError(MetaanError, ValueError):
    """Data files break rules; ``faults`` holds every one of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        number = len(self.faults)
        head = f"{number} fault{'s' if number != 1 else ''} in the data:"
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


class MetaanWarning(UserWarning):
    """Parent of every warning of metaan; the text says what to do."""


class LeftOutWarning(MetaanWarning):
    """Studies with missing numbers were kept out; the text names them."""


class EmptyIntervalWarning(MetaanWarning):
    """The Q-profile set for tau² is empty: the effects agree better than chance would have it."""


class NoInformationWarning(MetaanWarning):
    """Studies say nothing about the effect, but for what was added to their cells."""


class LookAlikeWarning(MetaanWarning):
    """Names differ by case or blanks alone, and may mean one treatment or study."""


class LettersWarning(MetaanWarning):
    """Letters of a figure cannot be drawn as they should be; the text names them."""
