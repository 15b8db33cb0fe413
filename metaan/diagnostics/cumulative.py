"""cumulative: a pool of the first study, of the first two, and so on to all."""

from __future__ import annotations

from collections.abc import Sequence

from metaan.core.counts_fit import CountsFit
from metaan.core.fit import PooledFit
from metaan.core.refits import CUMULATIVE, Refits
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.ordering import ordered
from metaan.diagnostics.refitting import adding_each, refitted, whole_pool


def cumulative(
    fit: PooledFit | CountsFit | SubgroupFit,
    order: str | Sequence[str] | Sequence[int] | None = None,
) -> Refits:
    """Return the pool of the first study, of the first two, and so on, everything else as it was.

    Parameters
    ----------
    fit : PooledFit, CountsFit or SubgroupFit
        Pool of k >= 1 studies; of subgroups it is the pool of all.
    order : str or sequence, optional
        As the studies stand by default. The name of a column of the effects ("year"), smallest
        first; or a row of ``ORDERS``, "precision" (most precise first) or "effect" (smallest
        first), where no column has that name; or all studies, by label or by position from 0.
        Ties stay in the order in which the studies stand, and a remark names them.

    Returns
    -------
    Refits
        One row for each study, in the order in which they were added; the last is the fit.

    Raises
    ------
    InputError
        If this is no pool or not the pool of its own studies alone, the column has missing values
        or values that have no order, or a sequence does not hold each study once; every fault is
        named. ChoiceError if there is no such column and no such row.

    Notes
    -----
    Row i is the fit to the first i studies [1]_, identical to ``pool`` of these effects up to
    rounding. The first row is the first study with its own interval. The intervals are those of
    each fit alone: looking again after every study makes one of them exclude no effect by chance
    more often than their level says.

    References
    ----------
    .. [1] Lau J, Antman EM, Jimenez-Silva J, et al. (1992). N Engl J Med 327:248.
       doi:10.1056/NEJM199207233270406

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.cumulative import cumulative
    >>> effects = ma.Effects.from_arrays(
    ...     [0.10, 0.30, 0.55], se=[0.12, 0.20, 0.18], columns={"year": [2009, 2001, 2005]})
    >>> found = cumulative(ma.pool(effects, tau2="DL", inference="WALD"), "year")
    >>> found.label, found.value.round(3)
    (('Study 2', 'Study 3', 'Study 1'), array([0.3  , 0.438, 0.292]))
    """
    pooled = whole_pool(fit, "cumulative")
    found = ordered(pooled, order)
    return refitted(
        pooled,
        adding_each(found.position),
        kind=CUMULATIVE,
        position=found.position,
        order=found.words,
        remarks=found.remarks,
    )
