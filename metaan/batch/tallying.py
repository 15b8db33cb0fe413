"""Counting arrangements that are at least as extreme as the data; ALTERNATIVES says how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.batch.statistics import NEITHER
from metaan.core.arrays import Booleans, Floats
from metaan.core.permutation_record import GREATER, LESS, TWO_SIDED

# Two statistics nearer than this, relatively, are a tie: searches for tau² end at about 1e-10.
TIE = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A row of ``ALTERNATIVES``: which arrangements are as extreme as the data.

    Attributes
    ----------
    key, name : str
        Key, and name in words.
    sides : tuple of int
        Sides that are counted: 1 above, -1 below.
    """

    key: str
    name: str
    sides: tuple[int, ...]


_ROWS = (
    Alternative(key=TWO_SIDED, name="two-sided", sides=(1, -1)),
    Alternative(key=GREATER, name="one-sided, greater", sides=(1,)),
    Alternative(key=LESS, name="one-sided, less", sides=(-1,)),
)
ALTERNATIVES: Mapping[str, Alternative] = MappingProxyType({row.key: row for row in _ROWS})


class Tally:
    """How many arrangements are at least as extreme as the data; a tie counts.

    An arrangement whose statistic is not a number counts as extreme, on both sides: the p-value
    errs on the side of the null hypothesis.

    Parameters
    ----------
    observed : ndarray, shape (m,)
        The statistics of the data.
    alternative : Alternative
        Row of ``ALTERNATIVES``.
    null : float
        What distances are measured from where both sides count; NaN where the smaller side is
        doubled.
    mirror : int
        As in ``Statistic``, where an arrangement stands for its mirror image too; 0 otherwise.
    """

    def __init__(
        self, observed: Floats, alternative: Alternative, *, null: float, mirror: int
    ) -> None:
        self.by_size = len(alternative.sides) > 1 and not np.isnan(null)
        self.null = null if self.by_size else 0.0
        self.mirror = mirror
        self.sides = (1,) if self.by_size else alternative.sides
        signed = [side * observed for side in self.sides]
        far = [np.abs(observed - self.null)] if self.by_size else signed
        self.bars = [bar * (1 - TIE * np.sign(bar)) for bar in far]
        self.counts = np.zeros((len(self.sides), len(observed)))
        self.undefined = np.zeros(len(observed))

    def add(self, statistics: Floats) -> None:
        """Count some arrangements, shape (n, m)."""
        lost = np.isnan(statistics)
        self.undefined += np.add.reduce(lost, axis=0) * (1 if self.mirror == NEITHER else 2)
        self._count(statistics, lost)
        if self.mirror != NEITHER:
            self._count(self.mirror * statistics, lost)

    def _count(self, statistics: Floats, lost: Booleans) -> None:
        size = np.abs(statistics - self.null) if self.by_size else statistics
        for i, (side, bar) in enumerate(zip(self.sides, self.bars, strict=True)):
            with np.errstate(invalid="ignore"):
                self.counts[i] += np.add.reduce((side * size >= bar) | lost, axis=0)

    @property
    def doubled(self) -> bool:
        """Whether the p-value is twice the smaller of two."""
        return len(self.sides) > 1

    def p_values(self, every: int, own: int) -> Floats:
        """Return the p-values, shape (m,).

        Parameters
        ----------
        every : int
            Arrangements that were compared.
        own : int
            1 if the data are to be counted beside them, 0 if they are one of them.
        """
        shares = (own + self.counts) / (own + every)
        least = np.asarray(np.minimum.reduce(shares, axis=0))
        return np.minimum(1.0, 2 * least) if self.doubled else least

    def standard_errors(self, p_values: Floats, draws: int) -> Floats:
        """Return the Monte Carlo standard errors of p-values from random arrangements, (m,)."""
        times = 2 if self.doubled else 1
        share = p_values / times
        return np.asarray(times * np.sqrt(share * (1 - share) / draws))
