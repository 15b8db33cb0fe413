"""How much of the variance between specifications each choice explains; exact, no sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.diagnostics.specifications.shares import share

MOST_CHOICES = 16
MOST_CELLS = 20_000_000  # of the grid of all options, and of all its margins together
NOTHING = 1e-12  # a share that is rounding alone
NO_VARIANCE = 1e-20  # of the squared size of the estimates: rounding, no variance


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Explained:
    """What one choice explains of the variance of the estimates, as shares of it.

    Attributes
    ----------
    choice : str
        Name.
    options : int
        Options among these specifications.
    first : float
        Variance of the means of the options: what knowing this choice alone explains (eta²).
    shapley : float
        Its part in the whole: averaged over the orders in which choices become known. The parts
        of all choices have the sum 1.
    total : float
        Mean variance between specifications that differ in this choice alone.
    """

    choice: str
    options: int
    first: float
    shapley: float
    total: float

    def __repr__(self) -> str:
        """Return one line: the choice and its shares."""
        return (
            f"<Explained {self.choice}, {self.options} options: {share(self.shapley)}, alone "
            f"{share(self.first)}, with interactions {share(self.total)}>"
        )


def explained(
    value: Floats, codes: Integers, names: Sequence[str]
) -> tuple[tuple[Explained, ...], str]:
    """Return the shares of each choice that has several options, and why there are none.

    Parameters
    ----------
    value : ndarray, shape (n,)
        Estimates.
    codes : ndarray of int, shape (n, c)
        Options of each specification; any whole numbers.
    names : sequence of str, length c
        Names of the choices.

    Returns
    -------
    tuple of Explained, str
        Without shares where the estimates do not vary or the grid is too large.

    Notes
    -----
    V(u) is the variance of the means of all cells that the choices u make, each weighted by its
    specifications. A balanced factorial gives the sums of squares of its analysis of variance:
    V({i}) is the first-order index, 1 - V(all but i) the total one, and Shapley's value of V
    lies between them [1]_. Where combinations are missing the choices are no longer independent:
    first-order shares can then overlap, the total of a choice that the others determine is 0,
    and Shapley's parts still have the sum 1.

    References
    ----------
    .. [1] Owen AB (2014). SIAM/ASA J Uncertain Quantif 2:245. doi:10.1137/130936233
    """
    compact = [np.unique(column, return_inverse=True) for column in codes.T]
    where = [i for i, (options, _) in enumerate(compact) if len(options) > 1]
    sizes = tuple(len(compact[i][0]) for i in where)
    centered = value - value.mean()
    variance = float(np.mean(centered * centered))
    largest = float(np.max(np.abs(value), initial=0.0))
    if not where or not variance > NO_VARIANCE * largest * largest:
        return (), "the estimates do not differ"
    margins = float(np.prod([size + 1.0 for size in sizes]))
    if len(where) > MOST_CHOICES or margins > MOST_CELLS:
        return (), f"the grid of {len(where)} choices is too large to take apart"
    cell = np.zeros(len(value), dtype=np.int64)
    for i, size in zip(where, sizes, strict=True):
        cell = cell * size + compact[i][1].reshape(-1)
    cells = int(np.prod(sizes))
    total = np.bincount(cell, weights=centered, minlength=cells).astype(float).reshape(sizes)
    count = np.bincount(cell, minlength=cells).reshape(sizes).astype(float)
    part = _parts(total, count) / (len(value) * variance)
    return tuple(
        Explained(
            choice=names[i],
            options=size,
            first=_rounded(float(part[1 << bit])),
            shapley=_rounded(_shapley(part, bit)),
            total=_rounded(float(part[-1] - part[(len(part) - 1) ^ (1 << bit)])),
        )
        for bit, (i, size) in enumerate(zip(where, sizes, strict=True))
    ), ""


def _rounded(part: float) -> float:
    """Return a share; nothing and all of it without rounding noise."""
    if part <= NOTHING:
        return 0.0
    return 1.0 if abs(1.0 - part) <= NOTHING else part


def _parts(total: Floats, count: Floats) -> Floats:
    """Return n V(u) of every set u of axes, by the bits of the set, shape (2^d,)."""
    d = total.ndim
    found = np.zeros(1 << d)
    open_sets = [(0, (1 << d) - 1, total, count)]
    while open_sets:
        axis, kept, sums, counts = open_sets.pop()
        if axis == d:
            there = counts > 0
            found[kept] = np.sum(sums[there] ** 2 / counts[there])
            continue
        open_sets.append((axis + 1, kept, sums, counts))
        without = (sums.sum(axis=axis, keepdims=True), counts.sum(axis=axis, keepdims=True))
        open_sets.append((axis + 1, kept & ~(1 << axis), *without))
    found[0] = 0.0  # the mean itself, which was taken off
    return found


def _shapley(part: Floats, bit: int) -> float:
    """Return Shapley's value of one axis."""
    d = len(part).bit_length() - 1
    sets = np.arange(len(part))
    without = sets[(sets >> bit) & 1 == 0]
    size = np.zeros(len(without), dtype=np.int64)
    for i in range(d):
        size += (without >> i) & 1
    weight = np.array([1.0 / (d * comb(d - 1, s)) for s in range(d)])
    return float(np.sum(weight[size] * (part[without | (1 << bit)] - part[without])))
