"""A fail-safe number as a record that prints itself; it computes no statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.citations import cite, marks
from metaan.core.effects import Effects
from metaan.core.numbers import compact, counted, p_text, printed
from metaan.core.wording import in_sentence, panel, text_of
from metaan.diagnostics.asymmetry.fail_safe_methods import FAIL_SAFE_METHODS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FailSafeN:
    """How many studies averaging no effect would overturn a result.

    Attributes
    ----------
    effects : Effects
        The k studies.
    method : str
        Row of ``FAIL_SAFE_METHODS``.
    number : int
        The least number that is enough; 0 where the result is overturned as it stands.
    needed : float
        The same as it comes, neither rounded nor cut off at 0.
    mean : float
        The mean that the method looks at, analysis scale; NaN for Rosenthal's.
    p_value, log_p_value : float
        Of the test that it looks at; NaN for Orwin's.
    target : float
        Where the mean is brought to, analysis scale, on its side of no effect; NaN for tests.
    level : float
        1 less the error of the test.
    remarks : tuple of str
        What a careful reader should know.
    """

    effects: Effects
    method: str
    number: int
    needed: float
    mean: float
    p_value: float
    log_p_value: float
    target: float
    level: float
    remarks: tuple[str, ...] = ()

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def robust(self) -> bool:
        """Whether it exceeds ``5 k + 10``, Rosenthal's rule of thumb for a result that holds."""
        return self.number > 5 * self.k + 10

    def summary(self) -> str:
        """Return the number and what it rests on, as text."""
        told = [f"{name} {value}" for name, value in _rows(self).items()]
        notes = [f"note: {remark}" for remark in self.remarks]
        return "\n".join([_title(self), *(f"  {line}" for line in (*told, *notes))])

    def sentence(self) -> str:
        """Return the number for a paper; marks point into `references`."""
        return text_of(_sentences(self))

    @property
    def references(self) -> tuple[str, ...]:
        """Reference of the method."""
        return cite((FAIL_SAFE_METHODS[self.method].doi,))

    def to_frame(self) -> pd.DataFrame:
        """Return one row: method, k, number, needed, mean, target (reading scale), p, level."""
        import pandas as pd

        row = {
            "method": self.method,
            "k": self.k,
            "number": self.number,
            "needed": self.needed,
            "mean": _reading(self, self.mean),
            "target": _reading(self, self.target),
            "p_value": self.p_value,
            "level": self.level,
        }
        return pd.DataFrame([row])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return panel(_title(self), _rows(self), [f"note: {remark}" for remark in self.remarks])


def _title(found: FailSafeN) -> str:
    name = FAIL_SAFE_METHODS[found.method].name
    return f"Fail-safe N of {counted(found.k, 'study', 'studies')} [{name}]"


def _reading(found: FailSafeN, value: float) -> float:
    with np.errstate(over="ignore"):  # an effect beyond all numbers is read as infinite
        return float(found.effects.scale.inverse(value))


def _read(found: FailSafeN, value: float) -> str:
    return printed(_reading(found, value), ratio=found.effects.scale.is_log)[0]


def _rows(found: FailSafeN) -> dict[str, str]:
    rows = {"N": str(found.number)}
    if not math.isnan(found.mean):
        rows["mean"] = _read(found, found.mean)
    if not math.isnan(found.target):
        rows["target"] = _read(found, found.target)
    if not math.isnan(found.log_p_value):
        rows["test"] = f"{p_text(found.p_value, found.log_p_value)}, to {compact(1 - found.level)}"
    return rows


def _sentences(found: FailSafeN) -> list[str]:
    row = FAIL_SAFE_METHODS[found.method]
    mark = marks((row.doi,))[row.doi]
    label = in_sentence(found.effects.label)
    author = row.name.partition(",")[0]
    method = f"the {author} method" if row.by_fit else f"{author}'s method"
    to = f" {_read(found, found.target)}" if row.by_target else ""
    if not found.number:
        studies = counted(found.k, "study", "studies")
        whole = row.looked_at.format(label=label, studies=studies)
        state = f"lies within {_read(found, found.target)}" if row.by_target else (
            f"is not significant at {compact(1 - found.level)}"
        )  # fmt: skip
        return [f"The fail-safe number by {method}{mark} is 0: the {whole} {state} as it stands"]
    studies = counted(found.number, "study", "studies")
    limits = "" if row.by_fit else ", and takes no notice of heterogeneity"
    return [
        f"By {method}{mark}, {studies} averaging no effect would have to be added to the "
        f"{found.k} to {row.overturned}{to}",
        f"This is no estimate of how many studies are missing{limits}",
    ]
