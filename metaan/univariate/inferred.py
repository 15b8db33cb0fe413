"""What an inference answers: coefficients with their uncertainty."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.univariate.weighing import Weighted


class Inferred(NamedTuple):
    """Coefficients with their uncertainty.

    Attributes
    ----------
    beta : ndarray, shape (n, p)
        Coefficients; those of `Weighted` but for a method with weights of its own.
    covariance : ndarray, shape (n, p, p)
        Of the coefficients.
    df : ndarray, shape (n, p)
        Degrees of freedom of each coefficient's test; ``inf`` is the normal distribution, NaN one
        that is neither normal nor t.
    half : ndarray, shape (n, p)
        Half the width of each confidence interval.
    share : ndarray, shape (n, k), or None
        Weights of a method with weights of its own, with a sum of 1.
    log_p : callable or None
        ``log_p(statistic) -> ndarray``, both (n,): the logarithm of the two-sided p-value where
        the distribution is neither normal nor t.
    """

    beta: Floats
    covariance: Floats
    df: Floats
    half: Floats
    share: Floats | None = None
    log_p: Callable[[Floats], Floats] | None = None

    @property
    def se(self) -> Floats:
        """Standard errors, shape (n, p)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=-2, axis2=-1))


Uncertainty = Callable[[Weighted, float], Inferred]
