"""PET, PEESE and the choice between them, many analyses at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.diagnostics.asymmetry.line_kernel import Lines, mixed_lines, weighted_lines
from metaan.numerics.tails import log_two_sided, statistic_of
from metaan.univariate.kernel import Plan

HALF = float(np.log(0.5))


class PetPeeseArrays(NamedTuple):
    """Estimates of n analyses, extrapolated to studies without error; arrays of shape (n,).

    Attributes
    ----------
    pet, peese : Lines
        Effects on standard errors, and on variances; NaN where there is no line.
    sign : ndarray
        1 where the alternative of the precision-effect test lies above no effect, -1 below.
    log_p_value : ndarray
        Natural logarithm of its one-sided p-value.
    chosen : ndarray of bool
        Whether PEESE is chosen; False where there is no line.
    value, se, low, high : ndarray
        Of the one that is chosen.
    """

    pet: Lines
    peese: Lines
    sign: Floats
    log_p_value: Floats
    chosen: Booleans
    value: Floats
    se: Floats
    low: Floats
    high: Floats


def pet_peese_arrays(
    y: Floats,
    v: Floats,
    *,
    present: Floats | None = None,
    plan: Plan | None = None,
    threshold: float,
    null: float,
    sign: int,
    level: float,
) -> PetPeeseArrays:
    """Return PET, PEESE and the conditional estimate.

    Parameters
    ----------
    y, v : ndarray, shape (n, k)
        Effects and sampling variances.
    present : ndarray, shape (n, k), optional
        Mask of ones and zeros; all present by default.
    plan : Plan, optional
        Of meta-regressions with a between-study variance; by default lines are weighted by 1 / v
        and their spread is estimated.
    threshold : float
        One-sided p-value of the precision-effect test below which PEESE is chosen.
    null : float
        Value of no effect.
    sign : int
        Side of the alternative: 1 above, -1 below, 0 that of the common-effect mean.
    level : float
        Coverage of the limits, if there is no plan.
    """
    se = np.sqrt(v)
    if plan is None:
        pet = weighted_lines(y, se, 1 / v, present, level=level)
        peese = weighted_lines(y, v, 1 / v, present, level=level)
    else:
        pet = mixed_lines(y, se, v, present, plan=plan)
        peese = mixed_lines(y, v, v, present, plan=plan)
    side = np.full(len(y), float(sign))
    if sign == 0:
        w = 1 / v if present is None else present / v
        side = np.where(np.vecdot(w, y - null) < 0, -1.0, 1.0)
    with np.errstate(invalid="ignore"):
        statistic = statistic_of(pet.value[:, 0] - null, pet.se[:, 0])
        statistic = np.where(np.isnan(pet.se[:, 0]), np.nan, statistic)
        log_p = one_sided(side * statistic, pet.df[:, 0])
        chosen = log_p < np.log(threshold)
    found = [
        np.where(chosen, getattr(peese, name)[:, 0], getattr(pet, name)[:, 0])
        for name in ("value", "se", "low", "high")
    ]
    return PetPeeseArrays(pet, peese, side, log_p, chosen, *found)


def one_sided(statistic: Floats, df: Floats) -> Floats:
    """Return log P(T > statistic), the tail above kept in its logarithm.

    Examples
    --------
    >>> import numpy as np
    >>> np.exp(one_sided(np.array([1.645, -1.645]), np.full(2, np.inf))).round(2)
    array([0.05, 0.95])
    """
    log_tail = log_two_sided(statistic, df) + HALF
    return np.where(statistic >= 0, log_tail, np.log1p(-np.exp(np.minimum(log_tail, HALF))))
