"""PREDICTIONS: where the true effect of a new study is expected to lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.numerics.tails import t_quantile

FEWEST_STUDIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """A row of ``PREDICTIONS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    studies_less : float
        Degrees of freedom are k minus this; ``-inf`` stands for the normal distribution.
    with_error : bool
        Whether the uncertainty of the mean is part of the interval.
    doi : str
        Where it was published; empty for a textbook interval.
    """

    key: str
    name: str
    studies_less: float
    with_error: bool
    doi: str


_ROWS = (
    Prediction(key="K1", name="t(k - 1)", studies_less=1, with_error=True, doi="10.1002/sim.7140"),
    Prediction(
        key="HTS",
        name="Higgins-Thompson-Spiegelhalter, t(k - 2)",
        studies_less=2,
        with_error=True,
        doi="10.1111/j.1467-985X.2008.00552.x",
    ),
    Prediction(key="NORMAL", name="normal", studies_less=-np.inf, with_error=True, doi=""),
    Prediction(
        key="TAU_ONLY",
        name="normal, mean taken as known",
        studies_less=-np.inf,
        with_error=False,
        doi="",
    ),
)

PREDICTIONS: Mapping[str, Prediction] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_PREDICTION = _ROWS[0].key


def half_width(row: Prediction, tau2: Floats, se: Floats, count: Floats, level: float) -> Floats:
    """Return half the width of the prediction interval, shape (...); NaN below three studies.

    Notes
    -----
    ``q sqrt(tau² + se²)`` with q the quantile of the row's distribution and se the standard error
    of the mean under the inference that was asked for.
    """
    quantile = t_quantile(level, count - row.studies_less)
    width = quantile * np.sqrt(tau2 + (se * se if row.with_error else 0.0))
    return np.where(count >= FEWEST_STUDIES, width, np.nan)
