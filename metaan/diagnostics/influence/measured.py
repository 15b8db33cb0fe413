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

    What `Influence` says, without the verdicts that follow from it; its attributes are described
    there.
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
