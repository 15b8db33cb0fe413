"""subgroups: a pool in each subgroup, all together, and the test between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.cells import is_missing
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import hint
from metaan.core.subgroup_fit import SubgroupFit
from metaan.numerics.linalg import residual_sum, weighted_mean
from metaan.numerics.tails import log_chi2_tail
from metaan.univariate.fitting import make_fit
from metaan.univariate.inference import INFERENCES, WALD
from metaan.univariate.kernel import Plan, pool_arrays
from metaan.univariate.planning import (
    DEFAULT_LEVEL,
    DEFAULT_MODEL,
    check_effects,
    check_plan,
)
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.presets import plan_under
from metaan.univariate.sharing import Shared, pool_sharing_tau2


def subgroups(
    effects: Effects,
    by: str,
    *,
    model: str = DEFAULT_MODEL,
    tau2: str | float | None = None,
    inference: str | None = None,
    prediction: str | None = None,
    level: float = DEFAULT_LEVEL,
    shared_tau2: bool = False,
    conventions: str | None = None,
) -> SubgroupFit:
    """Return a pool for each value of a column, the overall pool, and the test between them.

    Parameters
    ----------
    effects : Effects
        Effects of k >= 1 studies.
    by : str
        Name of a column of ``effects.columns``; no value may be missing.
    model, tau2, inference, prediction, level, conventions : str or float
        As in ``metaan.pool``.
    shared_tau2 : bool
        Whether one tau² is estimated for all subgroups, from a model with a mean for each, as a
        regression on the column would; otherwise each subgroup has its own. The overall pool
        keeps its own tau² either way.

    Returns
    -------
    SubgroupFit
        Levels in the order of their first study; each with its prediction interval.

    Raises
    ------
    InputError
        If the column does not exist or has missing values, shared_tau2 is neither True nor False,
        or as ``metaan.pool`` raises.

    Notes
    -----
    The test is ``Q_b = sum w_g (mu_g - mu)²`` with ``w_g = 1 / se_g²``, chi-square with one degree
    of freedom less than there are subgroups [1]_; se_g is the Wald standard error whatever the
    inference, because a Hartung-Knapp standard error can be near 0 by chance in a small subgroup.
    Where a subgroup is one study its own tau² is taken as 0, which makes the test too ready to
    find a difference; ``remarks`` says so.

    With a shared tau² the p means are the coefficients of one model of k studies: intervals that
    use a t distribution or the residual spread take them from that model (k - p degrees of
    freedom, as in a regression; the package meta takes each subgroup's own), and prediction
    intervals count k - p + 1 studies, so that t(k - 1) becomes t(k - p). The limits of tau² are
    those of that model; Q and its degrees of freedom are each subgroup's own.

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
    plan = plan_under(
        conventions,
        model=model,
        tau2=tau2,
        inference=inference,
        prediction=prediction,
        level=level,
    )
    check_effects(
        effects, network="Compare networks of several groups: network_subgroups(effects, by)"
    )
    if plan.row is not None and plan.row.weighted:
        raise InputError(
            f'tau2="{plan.row.key}" asks for weights, which subgroups does not take; choose '
            "another, or pool each subgroup: pool(effects.take(...), weights=...)"
        )
    check_plan(plan, None)
    levels, group = _grouping(effects, by)
    sharing = _flag(shared_tau2) and plan.varying
    shared = None
    if sharing:
        shared = pool_sharing_tau2(effects.y, effects.v, group, len(levels), plan)
    each = replace(plan, remarks=())  # what is to be said is said once, of all
    found: dict[int, PooledFit] = {}
    value, wald_se = np.empty(len(levels)), np.empty(len(levels))
    for g, rows, arrays, i in _pools(effects, group, len(levels), each, shared):
        value[g], wald_se[g] = arrays.value[i], arrays.wald_se[i]
        fit = make_fit(effects.take(rows), arrays, i, each)
        # What is remarked on one or two studies is not true of a model of all.
        found[g] = replace(fit, inference=shared.inference, remarks=()) if shared else fit
    parts = tuple(found[g] for g in range(len(levels)))
    whole = pool_arrays(effects.y[None], effects.v[None], np.ones((1, effects.k)), plan)
    q, df, log_p = _between(value, wald_se)
    return SubgroupFit(
        by=by,
        levels=levels,
        fits=parts,
        overall=make_fit(effects, whole, 0, plan),
        q_between=q,
        df_between=df,
        p_between=float(np.exp(log_p)),
        log_p_between=log_p,
        shared_tau2=sharing,
        remarks=shared.remarks if shared else _remarks(levels, parts),
    )


def _pools(
    effects: Effects, group: Integers, n: int, plan: Plan, shared: Shared | None
) -> Iterator[tuple[int, Integers, PooledArrays, int]]:
    """Yield each subgroup: its number, its rows, the batch that holds its pool, and where."""
    if shared is not None:
        plan = replace(plan, estimator=shared.tau2, inference=INFERENCES[WALD])
    for chosen, rows, present in _batches(group, n):
        y = np.where(present, effects.y[rows], 0.0)
        v = np.where(present, effects.v[rows], 1.0)
        arrays = pool_arrays(y, v, present.astype(float), plan)
        if shared is not None:
            arrays = shared.brought_into(arrays, chosen)
        for i, g in enumerate(chosen.tolist()):
            yield g, rows[i][present[i]], arrays, i


def _batches(group: Integers, n: int) -> Iterator[tuple[Integers, Integers, Booleans]]:
    """Yield subgroups of similar size: which they are, rows of their studies, and the mask.

    Sizes in one batch differ by less than a factor of 2, so that all batches together hold fewer
    than two cells for each study, however many subgroups there are.
    """
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group, minlength=n)
    first = np.cumsum(sizes) - sizes
    magnitude = np.frexp(sizes.astype(float))[1]
    for each in np.unique(magnitude):
        chosen = np.flatnonzero(magnitude == each)
        place = np.arange(int(sizes[chosen].max()))
        present = place < sizes[chosen][:, None]
        yield chosen, order[np.where(present, first[chosen][:, None] + place, 0)], present


def _remarks(levels: tuple[str, ...], parts: tuple[PooledFit, ...]) -> tuple[str, ...]:
    single = sum(part.k == 1 for part in parts)
    if not single or len(levels) < 2:
        return ()
    n = len(levels)
    which = f"{single} of the {n} subgroups are single studies"
    if single == n:
        which = f"{'both' if n == 2 else f'all {n}'} subgroups are single studies"
    elif single == 1:
        which = f"1 of the {n} subgroups is a single study"
    return (
        f"{which}: the test between subgroups cannot tell the subgroup from the study, takes the "
        "tau² of a single study as 0, and finds differences too readily",
    )


def _grouping(effects: Effects, by: str) -> tuple[tuple[str, ...], Integers]:
    if not isinstance(by, str) or by not in effects.columns:
        known = ", ".join(effects.columns) or "none"
        raise InputError(
            f"by={by!r} is not a column of these effects; columns are {known}."
            f"{hint(by, effects.columns)}"
        )
    values = list(effects.columns[by])
    missing = [effects.study[i] for i, value in enumerate(values) if is_missing(value)]
    if missing:
        raise InputError(
            f"by={by!r} is missing for {', '.join(missing)}; fill it in or leave those studies out"
        )
    names = [str(value) for value in values]
    place = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return tuple(place), np.array([place[name] for name in names])


def _flag(shared_tau2: object) -> bool:
    if not isinstance(shared_tau2, bool | np.bool_):
        raise InputError(f"shared_tau2={shared_tau2!r} must be True or False")
    return bool(shared_tau2)


def _between(value: Floats, wald_se: Floats) -> tuple[float, float, float]:
    """Return Q between subgroups, its degrees of freedom and the logarithm of its p-value."""
    w = 1 / wald_se**2
    mean, _ = weighted_mean(value, w)
    q, df = float(residual_sum(value, w, np.asarray(mean))), float(len(value) - 1)
    return q, df, float(log_chi2_tail(q, df)) if df > 0 else float("nan")
