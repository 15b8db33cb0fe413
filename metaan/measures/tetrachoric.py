"""The tetrachoric correlation of a 2×2 table."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.scale import FISHER, IDENTITY
from metaan.measures.binary import events_row, from_events
from metaan.measures.row import Pair
from metaan.measures.zero_rules import DEFAULT_RULE, UNTOUCHED
from metaan.numerics.bivariate import density, lower_corner
from metaan.numerics.search import bracketed_root


def tetrachoric_correlation(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = UNTOUCHED,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return the tetrachoric correlation rho and its variance, shape (..., k).

    rho is the correlation of two normal variables of which group and event are dichotomies: the
    one whose corner has the probability of the table's cells. The variance is Pearson's, with
    both thresholds estimated, for one sample of participants; for groups of fixed sizes it is an
    approximation.

    Parameters
    ----------
    events1, n1, events2, n2, add, to, drop_double_zero
        See ``metaan.measures.binary.cells``; ``add`` is 0 unless given.

    Returns
    -------
    y, v : ndarray, shape (..., k)
        NaN where a cell is 0.

    Notes
    -----
    With a zero cell the likelihood has no maximum inside (-1, 1): -1 or 1 is its border, not an
    estimate, and has no variance. metafor returns the border with a variance of 1e7 and more,
    which is a weight of nothing; we say NaN. ``add=0.5`` estimates such tables.

    References
    ----------
    .. [1] Pearson K (1900). Phil Trans R Soc A 195:1. doi:10.1098/rsta.1900.0022
    .. [2] Hamdan MA (1970). Biometrika 57:212. doi:10.1093/biomet/57.1.212
    """
    table = (events1, n1, events2, n2)
    return from_events(_tetrachoric, table, add=add, to=to, drop_double_zero=drop_double_zero)


def fisher_tetrachoric(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = UNTOUCHED,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return ``artanh(rho)`` of `tetrachoric_correlation` and ``v / (1 - rho²)²``.

    References
    ----------
    .. [1] Pearson K (1900). Phil Trans R Soc A 195:1. doi:10.1098/rsta.1900.0022
    """
    rho, v = tetrachoric_correlation(
        events1, n1, events2, n2, add=add, to=to, drop_double_zero=drop_double_zero
    )
    return np.arctanh(rho), v / ((1 - rho) * (1 + rho)) ** 2


def _tetrachoric(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    rho, v = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    full = (a > 0) & (b > 0) & (c > 0) & (d > 0)
    if not full.any():
        return rho, v
    a, b, c, d = (cell[full] for cell in (a, b, c, d))
    top, left = a + b <= c + d, a + c <= b + d
    # turned so that both thresholds are at most 0, where a corner is computed best
    a, b, c, d = _exchanged(top, (a, b, c, d), (c, d, a, b))
    a, b, c, d = _exchanged(left, (a, b, c, d), (b, a, d, c))
    n = a + b + c + d
    h, k, corner = ndtri((a + b) / n), ndtri((a + c) / n), a / n

    def excess(guess: Floats, which: Integers) -> Floats:
        return np.asarray(lower_corner(h[which], k[which], guess) - corner[which])

    found = bracketed_root(excess, np.full(n.shape, -1.0), np.ones(n.shape))
    root = np.sqrt((1 - found) * (1 + found))
    # P(Y <= k | X = h) and P(X <= h | Y = k): what the corner gains as a margin grows
    row, column = ndtr((k - found * h) / root), ndtr((h - found * k) / root)
    one, two, three = 1 - row - column, -row, -column  # of the cells a, b, c; d has none
    mean = (a * one + b * two + c * three) / n
    square = (a * one**2 + b * two**2 + c * three**2) / n
    rho[full] = np.where(top == left, found, -found)
    v[full] = (square - mean**2) / (n * density(h, k, found) ** 2)
    return rho, v


def _exchanged(
    keep: Booleans, cells: tuple[Floats, ...], other: tuple[Floats, ...]
) -> list[Floats]:
    return [np.where(keep, cell, turned) for cell, turned in zip(cells, other, strict=True)]


ROWS = (
    events_row(
        "RTET",
        "Tetrachoric correlation",
        tetrachoric_correlation,
        IDENTITY,
        "10.1098/rsta.1900.0022",
    ),
    events_row(
        "ZTET",
        "Tetrachoric correlation (Fisher's z)",
        fisher_tetrachoric,
        FISHER,
        "10.1098/rsta.1900.0022",
    ),
)
