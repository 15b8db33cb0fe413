"""What an estimator of tau² answers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats, Integers


class Found(NamedTuple):
    """tau² of n analyses and how it was found; arrays of shape (n,).

    Attributes
    ----------
    tau2 : ndarray
        The estimate, 0 or above.
    steps : ndarray of int
        Steps of the search; 0 where a formula or the border gave the answer.
    maxima : ndarray of int
        Local maxima of the likelihood that were compared, the border 0 included; 1 for
        estimators that are no maxima.
    """

    tau2: Floats
    steps: Integers
    maxima: Integers


def by_formula(tau2: Floats) -> Found:
    """Return the answer of a closed form, cut at 0."""
    return Found(
        np.maximum(tau2, 0.0), np.zeros(len(tau2), dtype=int), np.ones(len(tau2), dtype=int)
    )
