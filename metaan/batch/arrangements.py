"""Arrangements of one set of studies: signs of the effects, and rows of the design shuffled.

Each has a number from 0 to ``count - 1``, and any range of numbers is made at once; or as many as
are asked for are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial, prod

import numpy as np

from metaan.core.arrays import Floats, Integers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signs:
    """Every choice of signs for k effects.

    Attributes
    ----------
    k : int
        Number of effects.
    whole : bool
        Whether all are made; otherwise one of each pair of mirror images, in which the first
        effect keeps its sign: enough for a statistic that the mirror image of an arrangement
        leaves as it is, or turns into its negative.
    """

    k: int
    whole: bool = False

    @property
    def count(self) -> int:
        """Number of arrangements to be made."""
        return int(2**self.k) if self.whole else int(2 ** (self.k - 1))

    @property
    def stands_for(self) -> int:
        """Arrangements that one of them stands for."""
        return 1 if self.whole else 2

    def numbered(self, start: int, stop: int) -> Floats:
        """Return signs of 1 and -1, shape (stop - start, k)."""
        number = np.arange(start, stop)[:, None]
        free = self.k if self.whole else self.k - 1
        signs = np.ones((len(number), self.k))
        signs[:, self.k - free :] -= 2.0 * ((number >> np.arange(free)) & 1)
        return signs

    def drawn(self, n: int, rng: np.random.Generator) -> Floats:
        """Return n arrangements at random, shape (n, k)."""
        return np.asarray(1.0 - 2.0 * rng.integers(0, 2, (n, self.k)), dtype=float)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shuffles:
    """Every different way to hand the rows of a design to k studies.

    Attributes
    ----------
    rows : ndarray, shape (g, p)
        The different rows.
    kind : ndarray of int, shape (k,)
        Which of them each study has.
    """

    rows: Floats
    kind: Integers

    @classmethod
    def of(cls, x: Floats) -> Shuffles:
        """Return the shuffles of a design, shape (k, p); rows that are equal change nothing."""
        rows, kind = np.unique(x, axis=0, return_inverse=True)
        return cls(rows=rows, kind=kind.reshape(-1))

    @property
    def count(self) -> int:
        """Number of arrangements to be made: ``k! / prod(g_i!)`` for g_i equal rows."""
        return factorial(len(self.kind)) // prod(map(factorial, self._sizes().tolist()))

    @property
    def stands_for(self) -> int:
        """Arrangements that one of them stands for."""
        return 1

    def _sizes(self) -> Integers:
        return np.bincount(self.kind)

    def numbered(self, start: int, stop: int) -> Floats:
        """Return designs, shape (stop - start, k, p), in the order of their kinds of rows.

        Place by place: of the arrangements that are left, those that begin with kind c are the
        share of c among the rows that are left.
        """
        n, k = stop - start, len(self.kind)
        rank, left = np.arange(start, stop), np.full(n, self.count)
        sizes = np.tile(self._sizes(), (n, 1))
        chosen = np.empty((n, k), dtype=np.int64)
        every = np.arange(n)
        for place in range(k):
            begins = left[:, None] * sizes // (k - place)
            ends = np.cumsum(begins, axis=1)
            kind = np.sum(rank[:, None] >= ends, axis=1)
            chosen[:, place] = kind
            left = begins[every, kind]
            rank = rank - (ends[every, kind] - left)
            sizes[every, kind] -= 1
        return np.asarray(self.rows[chosen])

    def drawn(self, n: int, rng: np.random.Generator) -> Floats:
        """Return n designs at random, shape (n, k, p)."""
        return np.asarray(self.rows[rng.permuted(np.tile(self.kind, (n, 1)), axis=1)])
