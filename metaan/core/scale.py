"""The scale travels with the number: transform, inverse, derivative, null value, in one object.

Everything is computed on the *analysis* scale (log for ratios); a table or a plot that shows a
number to a reader asks the scale for its value on the *reading* scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

Curve = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How analysis-scale numbers are read.

    Attributes
    ----------
    key : str
        Row of ``SCALES``.
    transform : callable
        Reading scale to analysis scale.
    inverse : callable
        Analysis scale to reading scale.
    derivative : callable
        Derivative of ``inverse`` at an analysis-scale value (for the delta method).
    null : float
        Value of "no effect" on the analysis scale.
    """

    key: str
    transform: Curve
    inverse: Curve
    derivative: Curve
    null: float = 0.0

    @property
    def reading_null(self) -> float:
        """Value of "no effect" on the reading scale: 0 for a difference, 1 for a ratio."""
        return float(self.inverse(self.null))


def _same(values: Any) -> Any:
    return values


def _one(values: Any) -> Any:
    return np.ones_like(np.asarray(values, dtype=np.float64))


IDENTITY = Scale(key="identity", transform=_same, inverse=_same, derivative=_one)
LOG = Scale(key="log", transform=np.log, inverse=np.exp, derivative=np.exp)

SCALES: Mapping[str, Scale] = MappingProxyType({row.key: row for row in (IDENTITY, LOG)})
