"""Residuals of a fit, one row per study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.numbers import fixed
from metaan.core.text_table import aligned
from metaan.core.wording import grid

if TYPE_CHECKING:
    import pandas as pd

ARRAYS = (
    "fitted",
    "raw",
    "se",
    "pearson",
    "standardized",
    "hat",
    "deleted",
    "deleted_se",
    "studentized",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residuals:
    """Residuals of k studies; arrays of shape (k,), read-only, analysis scale.

    Attributes
    ----------
    study : sequence of str
        Labels.
    fitted : ndarray
        Expected effects.
    raw, se : ndarray
        Effect minus expected effect, and the standard error of that.
    pearson : ndarray
        Raw residuals over ``sqrt(v + tau²)``.
    standardized : ndarray
        Raw residuals over their own standard errors; NaN for a study that alone determines its
        expected effect.
    hat : ndarray
        Leverage: how much the expected effect follows the study's own, from 0 to 1.
    deleted, deleted_se : ndarray
        Effect minus the effect expected from the other studies alone, and its standard error.
        NaN for a study without which the model cannot be fitted, and if not asked for.
    studentized : ndarray
        The one over the other.
    """

    study: Sequence[str]
    fitted: Floats
    raw: Floats
    se: Floats
    pearson: Floats
    standardized: Floats
    hat: Floats
    deleted: Floats
    deleted_se: Floats
    studentized: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ARRAYS:
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study: its label and every kind of residual."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in ARRAYS}
        return pd.DataFrame({"study": tuple(self.study), **columns})

    def summary(self) -> str:
        """Return the residuals as an aligned table."""
        return "\n".join(residual_lines(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid("Residuals", residual_rows(self))


def residual_lines(residuals: Residuals) -> list[str]:
    """Return `residual_rows` as lines."""
    return aligned(residual_rows(residuals))


def residual_rows(residuals: Residuals) -> list[list[str]]:
    """Return a table of residuals; those with the study deleted only if there are any."""
    shown = ["raw", "pearson", "standardized", "studentized", "hat"]
    if np.isnan(residuals.studentized).all():
        shown.remove("studentized")
    rows = [["study", *shown]]
    for i, study in enumerate(residuals.study):
        rows.append([study, *(fixed(getattr(residuals, name)[i], 3) for name in shown)])
    return rows
