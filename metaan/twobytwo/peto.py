"""peto: the one-step odds ratio from observed minus expected events."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import PEOPLE, PETO_ODDS_RATIO, Counts
from metaan.core.counts_fit import CountsFit, CountsHeterogeneity
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.scale import LOG
from metaan.numerics.tails import log_chi2_tail
from metaan.tau2.heterogeneity import i_squared_from_q
from metaan.twobytwo.groups import Groups, groups_of
from metaan.twobytwo.homogeneity import COUNT_TESTS, run_tests
from metaan.twobytwo.mantel_haenszel import wald_estimate
from metaan.twobytwo.methods import COUNT_METHODS, PETO, methods_of
from metaan.twobytwo.wording import silent
from metaan.univariate.planning import COMMON, DEFAULT_LEVEL

LABEL, ODDS = "Odds ratio (Peto)", "odds ratio"
ABOUT = "hypergeometric weights, about Peto's estimate"
FAR, UNEQUAL = 2.5, 4.0  # odds ratio, and ratio of the groups' sizes, where it is biased


class PetoArrays(NamedTuple):
    """Peto's estimates, their errors, Q and its degrees of freedom, shape (n,); weights (n, k).

    NaN where no study has events and non-events.
    """

    value: Floats
    se: Floats
    q: Floats
    df: Floats
    weights: Floats


def peto_arrays(groups: Groups) -> PetoArrays:
    """Return Peto's estimates of a batch of analyses of people, weights in percent."""
    excess, variance = groups.excess, groups.chance_variance
    told = variance > 0
    whole = np.add.reduce(variance, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, se = np.add.reduce(excess, axis=-1) / whole, whole**-0.5
        own = excess / np.where(told, variance, 1.0)
        weights = 100 * variance / whole[:, None]
    off = np.where(told, own - value[:, None], 0.0)
    return PetoArrays(
        value=value,
        se=np.where(whole > 0, se, np.nan),
        q=np.add.reduce(variance * off * off, axis=-1),
        df=np.maximum(0.0, np.add.reduce(told, axis=-1) - 1.0),
        weights=weights,
    )


def peto(counts: Counts, *, level: float = DEFAULT_LEVEL) -> CountsFit:
    """Return Peto's odds ratio with its heterogeneity.

    Parameters
    ----------
    counts : Counts
        Counts of k >= 1 studies in two groups of people.
    level : float
        Coverage of the interval.

    Returns
    -------
    CountsFit
        On the analysis scale; ``fit.estimate.read()`` for the odds ratio.

    Raises
    ------
    InputError
        If the counts are not of two groups of people, or no study has both events and
        non-events.

    Notes
    -----
    ``log OR = sum (O - E) / sum V`` with variance ``1 / sum V`` [1]_: O - E are the events of the
    treatment beyond the hypergeometric expectation without an effect, V its variance. Q is
    ``sum V ((O - E) / V - log OR)²``. Zero cells are taken as they are; studies without events in
    both groups, or with nothing else, have V = 0 and no part in anything.

    One step of a search that starts at no effect, it is good for rare events, groups of like size
    and odds ratios near 1; elsewhere it is biased, also where Mantel and Haenszel's is not [2]_.

    References
    ----------
    .. [1] Yusuf S, Peto R, Lewis J, Collins R, Sleight P (1985). Prog Cardiovasc Dis 27:335.
       doi:10.1016/s0033-0620(85)80003-7
    .. [2] Greenland S, Salvan A (1990). Stat Med 9:247.

    Examples
    --------
    >>> import metaan as ma
    >>> table = {"events1": [4, 6], "n1": [123, 306], "events2": [11, 29], "n2": [139, 303]}
    >>> fit = ma.peto(ma.counts(table))
    >>> round(fit.estimate.value, 4), round(fit.estimate.se, 4)
    (-1.2401, 0.2912)
    """
    groups = groups_of(counts)
    if counts.kind != PEOPLE:
        raise InputError("Peto's odds ratio is of people; over person-time pool a rate ratio")
    found = peto_arrays(groups)
    value, se = float(found.value[0]), float(found.se[0])
    if not np.isfinite(value):
        raise InputError(
            "Peto's odds ratio is not defined: no study has both events and non-events"
        )
    tests = [row for row in COUNT_TESTS.values() if not row.homogeneity]
    effects = counts.effects.get(PETO_ODDS_RATIO)
    return CountsFit(
        counts=counts,
        measure=PETO_ODDS_RATIO,
        label=LABEL,
        method=COUNT_METHODS[PETO].name,
        model=COMMON,
        estimate=wald_estimate(value, se, level, LOG),
        heterogeneity=_heterogeneity(found),
        weights=found.weights[0],
        effects=effects if effects is not None else own_effects(counts, groups),
        tests=run_tests(groups, tests),
        methods=methods_of(COUNT_METHODS[PETO]),
        remarks=(
            *silent(counts, groups.no_events[0], "no events in either group of", ODDS),
            *silent(counts, groups.all_events[0], "nothing but events in both groups of", ODDS),
            *_doubts(counts, value),
        ),
    )


def own_effects(counts: Counts, groups: Groups) -> Effects:
    """Return the studies' own estimates, for counts that came without."""
    told = groups.chance_variance[0] > 0
    v = 1 / groups.chance_variance[0][told]
    return Effects(
        y=groups.excess[0][told] * v,
        v=v,
        study=tuple(counts.study[i] for i in np.flatnonzero(told).tolist()),
        measure=PETO_ODDS_RATIO,
        label=LABEL,
        scale=LOG,
        treatment=counts.treatment,
        control=counts.control,
    )


def _heterogeneity(found: PetoArrays) -> CountsHeterogeneity:
    q, df = float(found.q[0]), float(found.df[0])
    log_p = float(log_chi2_tail(q, df))
    return CountsHeterogeneity(
        q=q,
        df=df,
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        i2=float(i_squared_from_q(found.q, found.df)[0]),
        h2=q / df if df > 0 else float("nan"),
        about=ABOUT,
    )


def _doubts(counts: Counts, value: float) -> list[str]:
    """Return why the estimate may be biased here."""
    size1, size2 = counts.denominators.T
    doubts = []
    if abs(value) > np.log(FAR):
        doubts.append("the odds ratio is far from 1")
    if np.any(np.maximum(size1 / size2, size2 / size1) > UNEQUAL):
        doubts.append("groups differ much in size")
    if not doubts:
        return []
    return [f"{' and '.join(doubts)}: Peto's estimate may be biased"]
