"""What pool_many returns: every pooled quantity as an array."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledArrays:
    """Every pooled quantity of many analyses: what ``pool_many`` returns, analysis scale.

    Arrays of the leading shape (...) that was given.

    Attributes
    ----------
    value, se, low, high, statistic, df, log_p_value : ndarray
        The mean with its standard error, limits and test against 0, as in `Estimate`;
        ``p_value`` is computed from its logarithm.
    wald_se : ndarray
        Standard error by the model alone, whatever the inference.
    tau2, tau2_se, tau2_low, tau2_high : ndarray
        Between-study variance, its standard error and limits; ``empty`` is true where no tau²
        lies in the set that the limits bound.
    steps, maxima : ndarray of int
        Steps of the search for tau² and local maxima of the likelihood compared.
    q, q_df, q_log_p_value, typical_v, i2, i2_low, i2_high, i2_q, h2 : ndarray
        As in `Heterogeneity`; ``q_p_value`` is computed from its logarithm.
    prediction_low, prediction_high : ndarray
        Prediction interval; NaN where there is none.
    weights : ndarray, shape (..., k)
        Percent; 0 where there is no study.
    """

    value: Floats
    se: Floats
    wald_se: Floats
    low: Floats
    high: Floats
    statistic: Floats
    df: Floats
    log_p_value: Floats
    tau2: Floats
    tau2_se: Floats
    steps: Integers
    maxima: Integers
    tau2_low: Floats
    tau2_high: Floats
    empty: Booleans
    q: Floats
    q_df: Floats
    q_log_p_value: Floats
    typical_v: Floats
    i2: Floats
    i2_low: Floats
    i2_high: Floats
    i2_q: Floats
    h2: Floats
    prediction_low: Floats
    prediction_high: Floats
    weights: Floats

    @property
    def p_value(self) -> Floats:
        """Two-sided p-value of the test of no effect, shape (...)."""
        return np.exp(self.log_p_value)

    @property
    def q_p_value(self) -> Floats:
        """p-value of Cochran's Q, shape (...)."""
        return np.exp(self.q_log_p_value)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per analysis, in the order of its leading axes, without the weights."""
        import pandas as pd

        names = [each.name for each in fields(self) if each.name != "weights"]
        columns = {name: np.ravel(getattr(self, name)) for name in names}
        columns["p_value"], columns["q_p_value"] = np.ravel(self.p_value), np.ravel(self.q_p_value)
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        """Return what it holds, in a line."""
        shape = self.value.shape
        what = "one analysis" if not shape else f"analyses of shape {shape}"
        return (
            f"PooledArrays: {what}, up to {self.weights.shape[-1]} studies; .value .se .low .high "
            ".tau2 .q .i2 ..., .to_frame()"
        )
