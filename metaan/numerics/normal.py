"""The standard normal distribution."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats


def normal_density(z: Floats) -> Floats:
    """Return ``exp(-z² / 2) / sqrt(2 pi)``, any shape; 0 at infinity.

    Examples
    --------
    >>> import numpy as np
    >>> normal_density(np.array([0.0, 1.96])).round(4)
    array([0.3989, 0.0584])
    """
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi))
