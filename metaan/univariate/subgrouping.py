"""subgroups: a pool in each subgroup, all together, and the test between them."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import hint
from metaan.core.subgroup_fit import SubgroupFit
from metaan.numerics.linalg import residual_sum, weighted_mean
from metaan.numerics.tails import log_chi2_tail
from metaan.tau2.table import DEFAULT_TAU2
from metaan.univariate.kernel import PooledArrays, pool_arrays
from metaan.univariate.pooling import (
    DEFAULT_LEVEL,
    DEFAULT_MODEL,
    check_effects,
    make_fit,
    make_plan,
)
from metaan.univariate.prediction import DEFAULT_PREDICTION


def subgroups(
    effects: Effects,
    *,
    by: str,
    model: str = DEFAULT_MODEL,
    tau2: str = DEFAULT_TAU2,
    inference: str | None = None,
    prediction: str = DEFAULT_PREDICTION,
    level: float = DEFAULT_LEVEL,
) -> SubgroupFit:
    """Return a pool for each value of a column, the overall pool, and the test between them.

    Parameters
    ----------
    effects : Effects
        Effects of k >= 1 studies.
    by : str
        Name of a column of ``effects.columns``; no value may be missing.
    model, tau2, inference, prediction, level
        As in ``metaan.pool``; tau² is estimated in each subgroup.

    Returns
    -------
    SubgroupFit
        Levels in the order of their first study.

    Raises
    ------
    InputError
        If the column does not exist or has missing values, or as ``metaan.pool`` raises.

    Notes
    -----
    The test is ``Q_b = sum w_g (mu_g - mu)²`` with ``w_g = 1 / se_g²``, chi-square with one degree
    of freedom less than there are subgroups [1]_; se_g is the Wald standard error whatever the
    inference, because a Hartung-Knapp standard error can be near 0 by chance in a small subgroup.
    Where a subgroup is one study its tau² is taken as 0, which makes the test too ready to find a
    difference; ``remarks`` says so.

    References
    ----------
    .. [1] Borenstein M, Higgins JPT (2013). Prev Sci 14:134. doi:10.1007/s11121-013-0377-7

    Examples
    --------
    >>> import metaan as ma
    >>> effects = ma.Effects.from_arrays([0.1, 0.3, 0.5, 0.7], v=[0.01, 0.02, 0.02, 0.04],
    ...                                  columns={"dose": ["low", "low", "high", "high"]})
    >>> fit = ma.subgroups(effects, by="dose", tau2="DL", inference="WALD")
    >>> fit.levels, round(fit.q_between, 3)
    (('low', 'high'), 6.755)
    """
    plan = make_plan(
        model=model, tau2=tau2, inference=inference, prediction=prediction, level=level
    )
    check_effects(effects)
    levels, group = _grouping(effects, by)
    arrays = pool_arrays(*_stack(effects, group, len(levels)), plan)
    parts = tuple(
        make_fit(effects.take(np.flatnonzero(group == g)), arrays, g, plan)
        for g in range(len(levels))
    )
    q, df, p = _between(arrays, len(levels))
    return SubgroupFit(
        by=by,
        levels=levels,
        fits=parts,
        overall=make_fit(effects, arrays, len(levels), plan),
        q_between=q,
        df_between=df,
        p_between=p,
        remarks=_remarks(levels, parts),
    )


def _remarks(levels: tuple[str, ...], parts: tuple[PooledFit, ...]) -> tuple[str, ...]:
    single = sum(part.k == 1 for part in parts)
    if not single or len(levels) < 2:
        return ()
    return (
        f"{single} of the {len(levels)} subgroups are single studies: the test between subgroups "
        "cannot tell the subgroup from the study, takes their tau² as 0, and finds differences "
        "too readily",
    )


def _grouping(effects: Effects, by: str) -> tuple[tuple[str, ...], Integers]:
    if not isinstance(by, str) or by not in effects.columns:
        known = ", ".join(effects.columns) or "none"
        raise InputError(
            f"by={by!r} is not a column of these effects; columns are {known}."
            f"{hint(by, effects.columns)}"
        )
    values = effects.columns[by]
    missing = [effects.study[i] for i, value in enumerate(values) if _is_missing(value)]
    if missing:
        raise InputError(
            f"by={by!r} is missing for {', '.join(missing)}; fill it in or leave those studies out"
        )
    levels = tuple(dict.fromkeys(str(value) for value in values))
    return levels, np.array([levels.index(str(value)) for value in values])


def _is_missing(value: object) -> bool:
    """Return whether a cell is None, empty or NaN of any kind (pandas' NA equals nothing)."""
    if value is None or (isinstance(value, str) and not value):
        return True
    same = value == value
    return not same if isinstance(same, bool | np.bool_) else True


def _stack(effects: Effects, group: Integers, n: int) -> tuple[Floats, Floats, Floats]:
    """Return the subgroups and, last, all studies as one ragged batch, (n + 1, k)."""
    y, v = np.zeros((n + 1, effects.k)), np.ones((n + 1, effects.k))
    present = np.zeros((n + 1, effects.k))
    for g in range(n + 1):
        rows = np.flatnonzero(group == g) if g < n else np.arange(effects.k)
        y[g, : len(rows)], v[g, : len(rows)] = effects.y[rows], effects.v[rows]
        present[g, : len(rows)] = 1.0
    return y, v, present


def _between(arrays: PooledArrays, n: int) -> tuple[float, float, float]:
    value, w = arrays.value[:n], 1 / arrays.wald_se[:n] ** 2
    mean, _ = weighted_mean(value, w)
    q, df = float(residual_sum(value, w, np.asarray(mean))), float(n - 1)
    return q, df, float(np.exp(log_chi2_tail(q, df))) if n > 1 else float("nan")
