"""The standard normal distribution."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

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


def quantile_of_parts(below: Floats, above: Floats) -> Floats:
    """Return the z with ``below / (below + above)`` of a standard normal below it, any shape.

    From the smaller part: a proportion next to 1 has lost the digits that decide.

    Examples
    --------
    >>> import numpy as np
    >>> quantile_of_parts(np.array([1.0, 3.0]), np.array([1.0, 1.0])).round(4)
    array([0.    , 0.6745])
    """
    z = ndtri(np.minimum(below, above) / (below + above))
    return np.asarray(np.where(below < above, z, np.abs(z)))
