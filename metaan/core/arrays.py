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


class FrozenDict(dict[str, Any]):
    """A dictionary that cannot be changed, but can be copied and pickled."""

    def _refuse(self, *_: object, **__: object) -> None:
        raise TypeError("this mapping is read-only; make a new one")

    __setitem__ = __delitem__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


def frozen(values: ArrayLike) -> Floats:
    """Return a read-only float64 copy, so that a record cannot be changed through its arrays."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array
