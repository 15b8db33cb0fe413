"""gosh: a pool refitted to all subsets of its studies, or to many."""

from __future__ import annotations

import numpy as np

from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.faults import Faults
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.refitting import whole_pool
from metaan.diagnostics.subsets.drawing import every_subset, random_subsets
from metaan.diagnostics.subsets.fitting import fitted_subsets
from metaan.diagnostics.subsets.record import Gosh, check_number
from metaan.numerics.randomness import generator

ALL_UNASKED = 20  # studies up to which all subsets are looked at unless asked otherwise
DEFAULT_SUBSETS = 1_000_000  # random ones, of more studies
MOST = 2**26  # subsets: 60 bytes of each are kept


def gosh(
    fit: PooledFit | CountsFit | SubgroupFit,
    *,
    subsets: int | None = None,
    rng: np.random.Generator | int | None = None,
) -> Gosh:
    """Return the pool of every subset of its k studies, everything else as it was.

    Parameters
    ----------
    fit : PooledFit, CountsFit or SubgroupFit
        Pool of k >= 2 studies; of subgroups it is the pool of all. Model, estimator of tau²,
        inference and weights are those of the fit; a tau² that was given stays.
    subsets : int, optional
        How many subsets, at most 2^26. By default all 2^k - 1 of up to 20 studies, and 1,000,000
        random ones of more; all of them where there are no more than asked for.
    rng : numpy.random.Generator or int, optional
        Source of random subsets, or a seed; needed where not all are looked at.

    Returns
    -------
    Gosh
        Estimate, standard error, tau², I², H² and Q of each subset and which studies it has;
        ``.splits()``: which study moves them; ``.clusters()``: whether they fall apart.

    Raises
    ------
    InputError
        If this is no pool, it has one study, it is not the pool of its own studies alone (a
        subgroup with a shared tau²), too many subsets are asked for, or random ones without
        ``rng``.

    Notes
    -----
    The subset of all studies is the fit, and every row is ``pool`` of that subset, its REML or ML
    estimate the global maximum of the likelihood. Random subsets are different from each other,
    and each non-empty subset is equally likely to be among them, so that most have about half of
    the studies [1]_; metafor's ``gosh`` draws likewise. A subset of one study has an estimate but
    no I² (NaN; metafor writes 0).

    All subsets go through the kernels in blocks; 60 bytes of each are kept.

    References
    ----------
    .. [1] Olkin I, Dahabreh IJ, Trikalinos TA (2012). Res Synth Methods 3:214.
       doi:10.1002/jrsm.1053

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.subsets.gosh import gosh
    >>> effects = ma.Effects.from_arrays([0.10, 0.30, 0.25, 0.91], se=[0.20, 0.20, 0.20, 0.20])
    >>> found = gosh(ma.pool(effects, model="common"))
    >>> len(found), found.splits().study[0]
    (15, 'Study 4')
    >>> found.subset(6), found.value[6].round(3), found.i2[6].round(1)
    (('Study 1', 'Study 2', 'Study 3'), np.float64(0.217), np.float64(0.0))
    """
    faults = Faults()
    with faults:
        pooled = whole_pool(fit, "gosh")
    with faults:
        if subsets is not None:
            check_number(subsets)
    with faults:
        if rng is not None:
            generator(rng)
    faults.refuse()
    k = len(pooled.effects.study if isinstance(pooled, PooledFit) else pooled.counts.study)
    if k < 2:
        raise InputError("gosh needs two studies or more: one study has no other subset")
    number = _number(k, subsets)
    if number == 2**k - 1:
        members, every = every_subset(k), True
    else:
        why = (
            f"{number:,} of the 2^{k} − 1 subsets of {counted(k, 'study', 'studies')} are drawn "
            "at random"
        )
        members, every = random_subsets(k, number, generator(rng, why)), False
    found = fitted_subsets(pooled, members)
    return Gosh(
        fit=pooled,
        every=every,
        members=members,
        k=found.pop("k").astype(np.int32),
        remarks=_remarks(found["value"], found["i2"]),
        **found,
    )


def _number(k: int, subsets: int | None) -> int:
    """Return how many subsets there will be; 2^k - 1 for all."""
    if subsets is None:
        return 2**k - 1 if k <= ALL_UNASKED else DEFAULT_SUBSETS
    number = min(int(subsets), 2**k - 1)
    if number > MOST:
        raise InputError(
            f"subsets={subsets!r} is more than {MOST:,}, whose record takes 4 GB; a million "
            f"random ones show the same: subsets={DEFAULT_SUBSETS:_}, rng=1"
        )
    return int(number)


def _remarks(value: object, i2: object) -> tuple[str, ...]:
    lost = int(np.count_nonzero(~np.isfinite(np.asarray(value, dtype=float))))
    alone = int(np.count_nonzero(np.isnan(np.asarray(i2, dtype=float)))) - lost
    told = []
    if alone > 0:
        told.append(f"{counted(alone, 'subset')} of one study: no I²")
    if lost:
        told.append(f"{counted(lost, 'subset')} without an estimate: its studies leave it open")
    return tuple(told)
