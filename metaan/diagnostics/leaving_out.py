"""leave_one_out: a pool without each of its studies in turn."""

from __future__ import annotations

import numpy as np

from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.refits import LEAVE_ONE_OUT, Refits
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.grouping import groups_of
from metaan.diagnostics.refitting import (
    leaving_each_out,
    leaving_groups_out,
    refitted,
    whole_pool,
)


def leave_one_out(fit: PooledFit | CountsFit | SubgroupFit, *, by: str | None = None) -> Refits:
    """Return the pool without each of its k studies, everything else as it was.

    Parameters
    ----------
    fit : PooledFit, CountsFit or SubgroupFit
        Pool of k >= 2 studies; of subgroups it is the pool of all. Estimator of tau², inference,
        prediction interval, level and weights are those of the fit; a tau² that was given stays.
    by : str, optional
        Name of a column (or "study", the labels): all studies of one value are left out together.

    Returns
    -------
    Refits
        One row for each study (or cluster, in the order of their first studies);
        ``.sentence()`` says whether the conclusion hangs on one of them, ``.to_frame()`` reads
        the numbers.

    Raises
    ------
    InputError
        If this is no pool, it has one study, it is not the pool of its own studies alone (a
        subgroup with a shared tau²), or the column has one value or misses some (ChoiceError:
        there is no such column).

    Notes
    -----
    Row i is the same fit to all studies but study i [1]_: identical to ``pool`` of these effects.
    All refits go through the kernel of ``pool`` together, in blocks, so that memory does not grow
    with k². Where the remaining studies leave the estimate undefined (events in no group, weights
    of one's own that are all 0) the row is NaN and a remark names the study.

    References
    ----------
    .. [1] Viechtbauer W, Cheung MW-L (2010). Res Synth Methods 1:112. doi:10.1002/jrsm.11

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.leaving_out import leave_one_out
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.55, 0.71], se=[0.12, 0.20, 0.18, 0.25])
    >>> found = leave_one_out(ma.pool(effects, tau2="DL", inference="WALD"))
    >>> found.label[0], found.value.round(3)
    ('Study 1', array([0.499, 0.414, 0.316, 0.292]))
    """
    pooled = whole_pool(fit, "leave_one_out")
    k = len(pooled.effects.study if isinstance(pooled, PooledFit) else pooled.counts.study)
    if k < 2:
        raise InputError(
            "leave_one_out needs two studies or more: without the only one nothing is left to pool"
        )
    if by is None:
        return refitted(pooled, leaving_each_out(k), kind=LEAVE_ONE_OUT, position=np.arange(k))
    groups = groups_of(pooled.effects if isinstance(pooled, PooledFit) else pooled.counts, by)
    return refitted(
        pooled,
        leaving_groups_out(groups.code, groups.m),
        kind=LEAVE_ONE_OUT,
        position=groups.order[groups.start],
        label=tuple(groups.label),
        by=by,
    )
