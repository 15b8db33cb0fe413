"""Which subsets of k studies are looked at: all of them, or some at random, packed as bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from metaan.core.arrays import Booleans

Packed: TypeAlias = npt.NDArray[np.uint8]

SHUFFLED = 22  # studies up to which random subsets come from a shuffle of all of them
NUMBERED = 63  # studies up to which a subset is a whole number of 64 bits


def every_subset(k: int) -> Packed:
    """Return all non-empty subsets, shape (2^k - 1, bytes): row i has the bits of i + 1.

    Bit j, from the lowest bit of the first byte on, stands for study j.

    Examples
    --------
    >>> unpacked(every_subset(2), 2).astype(int).tolist()
    [[1, 0], [0, 1], [1, 1]]
    """
    return _packed(np.arange(1, 2**k, dtype=np.uint64), k)


def random_subsets(k: int, number: int, rng: np.random.Generator) -> Packed:
    """Return different non-empty subsets, each equally likely, shape (number, bytes).

    From 64 studies on the same subset could come twice; among a million the chance of that is
    below 1 in 10 million.
    """
    if k <= SHUFFLED:
        drawn = rng.choice(2**k - 1, number, replace=False).astype(np.uint64)
        return _packed(drawn + np.uint64(1), k)
    if k <= NUMBERED:
        return _packed(_different(k, number, rng), k)
    width = -(-k // 8)
    drawn = rng.integers(0, 256, (number, width), dtype=np.uint8)
    drawn[:, -1] &= (1 << (k - 8 * (width - 1))) - 1
    drawn[~drawn.any(axis=1), 0] = 1  # the empty set, of chance 2^-64
    return np.asarray(drawn)


def _different(k: int, number: int, rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    """Return different whole numbers from 1 to 2^k - 1 in the order in which they first came."""
    found = np.empty(0, dtype=np.uint64)
    while len(found) < number:
        more = rng.integers(1, 2**k, number - len(found), dtype=np.uint64)
        found = np.concatenate([found, more])
        first = np.unique(found, return_index=True)[1]
        found = found[np.sort(first)]
    return found


def _packed(numbers: npt.NDArray[np.uint64], k: int) -> Packed:
    whole = numbers.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)
    return np.ascontiguousarray(whole[:, : -(-k // 8)])


def unpacked(members: Packed, k: int) -> Booleans:
    """Return membership as booleans, shape (n, k)."""
    return np.unpackbits(members, axis=1, count=k, bitorder="little").astype(bool)


def has(members: Packed, study: int) -> Booleans:
    """Return which subsets have a study, shape (n,)."""
    return np.asarray((members[:, study // 8] >> (study % 8)) & 1).astype(bool)


def parts(n: int, rows: int) -> Iterator[slice]:
    """Yield n rows in parts of so many."""
    return (slice(i, min(i + rows, n)) for i in range(0, n, rows))
