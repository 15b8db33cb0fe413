"""Array aliases; the shape conventions of the house are written here once.

Every numerical array is float64. ``(..., k)`` means that the last axis runs over the studies and
that leading axes run over analyses; ``present`` is a mask of the same shape (1.0 present, 0.0
absent) so that analyses of different sizes share one array.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Booleans: TypeAlias = npt.NDArray[np.bool_]
ArrayLike: TypeAlias = npt.ArrayLike
AnyArray: TypeAlias = npt.NDArray[Any]


def frozen(values: ArrayLike) -> Floats:
    """Return a read-only float64 copy, so that a record cannot be changed through its arrays."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array
