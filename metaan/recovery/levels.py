"""Levels of printed intervals, one for all studies or one for each, and their quantiles."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.numerics.tails import t_quantile
from metaan.recovery.assumed import listed
from metaan.recovery.faults import refuse
from metaan.recovery.given import numbers
from metaan.recovery.rules import level_faults


def levels(level: ArrayLike) -> Floats:
    """Return levels as an array, not yet broadcast.

    Raises
    ------
    InputError
        If one is not between 0 and 1 (95 is answered with 0.95).

    Examples
    --------
    >>> from metaan.recovery.levels import levels
    >>> levels([0.95, 0.9])
    array([0.95, 0.9 ])
    """
    found = numbers("level", level)
    refuse(level_faults(found))
    return found


def level_quantile(level: Floats, df: Floats) -> Floats:
    """Return the two-sided t quantile of each level; the normal one for df = inf.

    Examples
    --------
    >>> import numpy as np
    >>> from metaan.recovery.levels import level_quantile
    >>> level_quantile(np.array([0.9, 0.95]), np.array(np.inf)).round(3)
    array([1.645, 1.96 ])
    """
    part, free = np.broadcast_arrays(level, df)
    found = np.full(part.shape, np.nan)
    for each in np.unique(part[~np.isnan(part)]):
        at = part == each
        found[at] = t_quantile(float(each), free[at])
    return found


def percent(level: Floats) -> str:
    """Return ``95%``, of several levels ``90%, 95%``."""
    return listed(100 * level, 6).replace(",", "%,").replace(" to ", "% to ") + "%"
