"""Array aliases; the shape conventions of the house are written here once.

Every numerical array is float64. ``(..., k)`` means that the last axis runs over the studies and
that leading axes run over analyses; ``present`` is a mask of the same shape (1.0 present, 0.0
absent) so that analyses of different sizes share one array.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias, overload

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
    __ior__ = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


def frozen(values: ArrayLike) -> Floats:
    """Return a read-only float64 copy, so that a record cannot be changed through its arrays."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


class Column(Sequence[Any]):
    """One value per study, read-only: an array inside, a sequence of plain values outside.

    Compares with tuples and lists by value, turns into an array without a copy, and holds a
    number in eight bytes.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = _one_axis(values)

    def take(self, where: Any) -> Column:
        """Return the values at these positions, or where a mask is true."""
        return Column(self._values[where])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return the array inside; it is read-only."""
        if copy or (dtype is not None and np.dtype(dtype) != self._values.dtype):
            return np.array(self._values, dtype=dtype)
        return self._values

    @overload
    def __getitem__(self, i: int) -> Any: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, i: Any) -> Any:
        """Return a plain value, or a tuple of them."""
        if isinstance(i, slice):
            return tuple(self._values[i].tolist())
        value = self._values[i]
        return value.item() if isinstance(value, np.generic) else value

    def __len__(self) -> int:
        """Return the number of studies."""
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        """Return plain values, one by one."""
        return iter(self._values.tolist())

    def __eq__(self, other: object) -> bool:
        """Return True if the other holds the same values in the same order."""
        if isinstance(other, str) or not isinstance(other, Sequence | np.ndarray):
            return NotImplemented
        return len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """Return the hash of the tuple of values."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Return the values as a tuple prints them."""
        return repr(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how a copy is made."""
        return Column, (self._values,)


class Numbered(Column):
    """Labels "Study 1", "Study 2" ... that are written out only when they are read."""

    __slots__ = ()

    @classmethod
    def first(cls, k: int) -> Numbered:
        """Return the labels of k studies."""
        return cls(np.arange(1, k + 1))

    def take(self, where: Any) -> Numbered:
        """Return the labels at these positions, or where a mask is true; they keep theirs."""
        return Numbered(self._values[where])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return the labels as an array of objects."""
        del copy
        return np.array(tuple(self), dtype=object if dtype is None else dtype)

    @overload
    def __getitem__(self, i: int) -> str: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[str, ...]: ...
    def __getitem__(self, i: Any) -> Any:
        """Return a label, or a tuple of them."""
        if isinstance(i, slice):
            return tuple(f"Study {number}" for number in self._values[i])
        return f"Study {self._values[i]}"

    def __iter__(self) -> Iterator[str]:
        """Return the labels, one by one."""
        return (f"Study {number}" for number in self._values.tolist())

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how a copy is made."""
        return Numbered, (self._values,)

    __eq__ = Column.__eq__
    __hash__ = Column.__hash__


def _one_axis(values: Iterable[Any]) -> npt.NDArray[Any]:
    """Return a read-only array of one axis; numbers stay numbers, all else objects."""
    if isinstance(values, Column):
        return values._values
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        array = values.copy()  # the caller may go on writing into its own
    else:
        listed = list(values)
        array = _plain(listed)
    array.flags.writeable = False
    return array


def _plain(listed: list[Any]) -> npt.NDArray[Any]:
    kinds = {type(value) for value in listed}
    if len(kinds) == 1 and kinds <= {int, float, bool}:
        array = np.array(listed)
        if array.dtype.kind in "bif":
            return array
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array
