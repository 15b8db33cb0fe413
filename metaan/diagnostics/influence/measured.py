"""Measures of influence as numbers; ``record`` adds how they print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Booleans, Floats, FrozenDict, Integers, frozen
from metaan.core.fit import PooledFit
from metaan.core.regression_fit import RegressionFit
from metaan.diagnostics.influence.cutoffs import CUTOFFS
from metaan.numerics.tails import log_chi2_tail

ARRAYS = (
    "studentized", "dffits", "cook", "covariance_ratio", "tau2", "q", "hat", "weight", "dfbetas",
    "q_contribution", "overall", "coefficients", "low", "high",
)  # fmt: skip
OUTLYING = 0.05  # two-sided p-value below which a deleted residual counts as an outlier


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """Measures of influence of m studies, or clusters of studies, each deleted in turn.

    Arrays have the shape (m,) unless it is given, and are read-only; NaN where the other studies
    do not determine the coefficients.

    Attributes
    ----------
    fit : PooledFit or RegressionFit
        The fit of all studies.
    by : str
        Column that names the clusters; empty for single studies.
    label : sequence of str
        Studies, or clusters.
    size : ndarray of int
        Studies in each.
    names : tuple of str, length p
        Coefficients; ("mean",) for a pool.
    studentized : ndarray
        Effect less what the other studies expect, over its standard error. Of a cluster of
        several studies the length of all its deleted residuals in units of their joint covariance
        matrix, >= 0, whose square is chi-square with as many degrees of freedom as studies.
    dffits : ndarray
        What the fitted effect is more than without the study, over its standard error. Of a
        cluster the length of that vector, with the sign of its sum.
    cook : ndarray
        Cook's distance: squared length of the move of all coefficients in units of their
        covariance.
    covariance_ratio : ndarray
        Determinant of the coefficients' covariance without the study, over that of all; below 1
        the estimates are more precise without it.
    tau2, q : ndarray
        Between-study variance and Cochran's Q (of the residuals) without it.
    hat, weight : ndarray
        Leverage and percent of the weights; sums over a cluster.
    dfbetas : ndarray, shape (m, p)
        What each coefficient is more than without the study, over its standard error.
    q_contribution : ndarray
        Squared Pearson residual, summed over a cluster: for a common effect its part of Q.
    overall : ndarray
        Squared difference of the fitted effect with and without the study, over the variance of
        that without (ordinate of Baujat's plot).
    coefficients, low, high : ndarray, shape (m, p)
        Coefficients without the study and their intervals, analysis scale.
    cutoffs : mapping of str to float
        Row of ``CUTOFFS``, and beyond which number it calls a study influential.
    sizes : ndarray or None
        Harmonic mean of the other studies' sizes, where the scale depends on it.
    remarks : tuple of str
        What a careful reader should know.
    """

    fit: PooledFit | RegressionFit
    by: str
    label: Sequence[str]
    size: Integers
    names: tuple[str, ...]
    studentized: Floats
    dffits: Floats
    cook: Floats
    covariance_ratio: Floats
    tau2: Floats
    q: Floats
    hat: Floats
    weight: Floats
    dfbetas: Floats
    q_contribution: Floats
    overall: Floats
    coefficients: Floats
    low: Floats
    high: Floats
    cutoffs: Mapping[str, float]
    sizes: Floats | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ARRAYS:
            object.__setattr__(self, name, frozen(getattr(self, name)))
        if self.sizes is not None:
            object.__setattr__(self, "sizes", frozen(self.sizes))
        size = np.array(self.size, dtype=np.int64)
        size.flags.writeable = False
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "cutoffs", FrozenDict(self.cutoffs))

    @property
    def beyond(self) -> Mapping[str, Booleans]:
        """Which studies each rule calls influential, by row of ``CUTOFFS``."""
        found = {}
        for key in CUTOFFS:
            size = np.abs(getattr(self, key))
            size = size.reshape(len(size), -1)
            found[key] = (size > self.cutoffs[key]).any(axis=-1)  # NaN is beyond nothing
        return FrozenDict(found)

    @property
    def influential(self) -> Booleans:
        """Whether any rule calls the study influential."""
        return np.asarray(np.logical_or.reduce(list(self.beyond.values())))

    @property
    def p_value(self) -> Floats:
        """How probable a deleted residual as large is by chance, two-sided."""
        return np.exp(log_chi2_tail(self.studentized**2, self.size))

    @property
    def outlying(self) -> Booleans:
        """Whether that is below 5%; one study in twenty is outlying by chance."""
        return np.asarray(self.p_value < OUTLYING)

    def __len__(self) -> int:
        """Return the number of studies or clusters."""
        return len(self.label)
