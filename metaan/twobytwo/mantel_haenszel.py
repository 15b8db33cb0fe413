"""mantel_haenszel: one pooled effect from the counts themselves."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats, FrozenDict
from metaan.core.counts import TIME, Counts
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit_words import TAU2
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.core.scale import Scale
from metaan.core.study_intervals import checked_level
from metaan.core.wording import Method
from metaan.numerics.tails import log_two_sided, normal_quantile
from metaan.tau2.moments import dersimonian_laird
from metaan.tau2.table import ESTIMATORS
from metaan.twobytwo.estimators import DEFAULT_MEASURE, MH_MEASURES, MHMeasure
from metaan.twobytwo.groups import Groups, groups_of
from metaan.twobytwo.heterogeneity import heterogeneity_of, q_about
from metaan.twobytwo.homogeneity import COUNT_TESTS, run_tests
from metaan.twobytwo.methods import COUNT_METHODS, MANTEL_HAENSZEL, methods_of
from metaan.twobytwo.wording import labels_where, zero_remarks
from metaan.univariate.planning import COMMON, DEFAULT_LEVEL, MODELS, RANDOM

PAIR = (
    "two studies say next to nothing about tau²: Wald's interval takes it as known and is likely "
    "too short"
)
ABOUT = "inverse-variance weights, about the Mantel-Haenszel estimate"


class MHArrays(NamedTuple):
    """Estimates and standard errors, shape (n,), analysis scale, and weights (n, k), percent.

    An estimate is infinite or NaN where the counts leave it undefined; so is its error.
    """

    value: Floats
    se: Floats
    weights: Floats


def mantel_haenszel_arrays(
    groups: Groups, row: MHMeasure, variance: str | None = None, correction: float = 0.0
) -> MHArrays:
    """Return the Mantel-Haenszel estimates of a batch of analyses.

    Parameters
    ----------
    groups : Groups
        Tables (n, k).
    row : MHMeasure
        What is pooled.
    variance : str, optional
        Key of ``row.variances``; the first by default.
    correction : float
        Added to each cell of the studies with a zero cell (see `mantel_haenszel`).
    """
    if correction:
        groups = groups.corrected(correction, to_correct(groups, row))
    parts = row.function(groups)
    error = row.variances[variance or next(iter(row.variances))]
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = 100 * parts.below / np.add.reduce(parts.below, axis=-1)[..., None]
        value, se = row.value(parts), error(groups, parts)
    return MHArrays(value, np.where(np.isfinite(value), se, np.nan), weights)


def to_correct(groups: Groups, row: MHMeasure) -> Floats:
    """Return the studies whose cells are corrected, shape (n, k): with a zero, but worth it.

    A ratio is not asked of studies without events, nor an odds ratio of those with nothing else.
    """
    where = groups.zero_cell
    if row.is_ratio:
        where = where & ~groups.no_events & ~groups.all_events
    return where.astype(np.float64)


def mantel_haenszel(
    counts: Counts,
    measure: str = DEFAULT_MEASURE,
    *,
    model: str = COMMON,
    correction: float = 0.0,
    variance: str | None = None,
    level: float = DEFAULT_LEVEL,
) -> CountsFit:
    """Return the Mantel-Haenszel estimate of a common effect, with tests of the counts.

    Parameters
    ----------
    counts : Counts
        Counts of k >= 1 studies in two groups.
    measure : {"OR", "RR", "RD", "IRR", "IRD"}
        Row of ``MH_MEASURES``; the first three of people, the last two over person-time.
    model : {"common", "random"}
        "random" is what RevMan 5 calls Mantel-Haenszel, random effects: tau² by DerSimonian and
        Laird's formula from Q about the Mantel-Haenszel estimate, then an inverse-variance mean
        of the studies' own effects with Wald's interval.
    correction : float
        Added to each cell (to the events, over person-time) of the studies with a zero cell. The
        method needs none, and is biased by it; ratios leave alone studies in which both groups
        have no events, or nothing but events.
    variance : str, optional
        For "RD" also "SATO" beside "GREENLAND_ROBINS", the default.
    level : float
        Coverage of the interval.

    Returns
    -------
    CountsFit
        On the analysis scale; ``fit.estimate.read()`` for the reading scale. ``fit.tests`` holds
        the Cochran-Mantel-Haenszel test and, for odds ratios, the Breslow-Day test with and
        without Tarone's correction.

    Raises
    ------
    InputError
        If there is no study, a name is unknown or not for these counts, or the estimate is not
        defined: no events in one group of all studies, say. The text offers what is.

    Notes
    -----
    The estimate is ``sum R / sum S`` [1]_: over the studies of N = n1 + n2 people, a and c of
    them with the event and b and d without, ``R = a d / N`` and ``S = b c / N`` for the odds
    ratio with the variance of Robins, Breslow and Greenland [2]_; ``a n2 / N`` and ``c n1 / N``
    for the risk ratio; ``(a d - b c) / N`` and ``n1 n2 / N`` for the difference, with those of
    Greenland and Robins [3]_ (or Sato [4]_); over person-time likewise. S are the weights.

    Studies without events in both groups have no part in a ratio (nor those with nothing but
    events in an odds ratio), and enter a difference as no difference, with their weight.

    Q is that of the studies' own effects (``counts.effects``) with inverse-variance weights about
    the Mantel-Haenszel estimate, as metafor has it; the package meta's is about the
    inverse-variance mean and therefore smaller: that is in ``pool(counts.effects[measure])``.

    References
    ----------
    .. [1] Mantel N, Haenszel W (1959). J Natl Cancer Inst 22:719. doi:10.1093/jnci/22.4.719
    .. [2] Robins J, Breslow N, Greenland S (1986). Biometrics 42:311. doi:10.2307/2531052
    .. [3] Greenland S, Robins JM (1985). Biometrics 41:55. doi:10.2307/2530643
    .. [4] Sato T (1989). Biometrics 45:1323.

    Examples
    --------
    >>> import metaan as ma
    >>> table = {"events1": [4, 6], "n1": [123, 306], "events2": [11, 29], "n2": [139, 303]}
    >>> fit = ma.mantel_haenszel(ma.counts(table), "RR")
    >>> round(fit.estimate.value, 4), round(fit.estimate.se, 4)
    (-1.3517, 0.3455)
    """
    groups = groups_of(counts)
    row = _row(counts, measure)
    look_up(MODELS, model, argument="model", what="a model")
    if variance is not None:
        look_up(row.variances, variance, argument="variance", what=f"a variance of {row.key}")
    _check_correction(correction)
    found = mantel_haenszel_arrays(groups, row, variance, correction)
    value, se, weights = float(found.value[0]), float(found.se[0]), found.weights[0]
    _check_defined(groups, row, value, se)
    effects = counts.effects.get(row.key)
    het = heterogeneity_of(effects, value, ABOUT)
    remarks = [*zero_remarks(counts, groups, row), *_told(counts, groups, row, correction)]
    tau2 = 0.0
    if model == RANDOM:
        value, se, weights, tau2 = _random(counts, row, effects, value)
        remarks.append("tau² by DerSimonian-Laird from this Q, as in RevMan 5")
        if het.df == 1:
            remarks.append(PAIR)
    tests = [
        test
        for test in COUNT_TESTS.values()
        if row.kind in test.kinds and (row.key == DEFAULT_MEASURE or not test.homogeneity)
    ]
    return CountsFit(
        counts=counts,
        measure=row.key,
        label=row.label,
        method=COUNT_METHODS[MANTEL_HAENSZEL].name,
        model=model,
        estimate=wald_estimate(value, se, level, row.scale),
        heterogeneity=het,
        weights=weights,
        effects=effects if effects is not None else _none(row),
        tau2=tau2,
        tests=run_tests(groups, tests),
        correction=float(correction),
        methods=_methods(row, variance, model),
        remarks=(*remarks, *_about_q(counts, effects, found.weights[0])),
    )


def _methods(row: MHMeasure, variance: str | None, model: str) -> Mapping[str, Method]:
    """Return what was used, by role; only the first variance of a measure is its row's paper."""
    own = next(iter(row.variances))
    key = variance or own
    error = Method(name=key.title().replace("_", "-"), doi=row.doi if key == own else "")
    if model != RANDOM:
        return methods_of(COUNT_METHODS[MANTEL_HAENSZEL], error)
    tau2 = next(each for each in ESTIMATORS.values() if each.function is dersimonian_laird)
    found = methods_of(COUNT_METHODS[MANTEL_HAENSZEL])
    return FrozenDict({**found, TAU2: Method(name=tau2.name, doi=tau2.doi)})


def wald_estimate(value: float, se: float, level: float, scale: Scale) -> Estimate:
    """Return an estimate with its normal interval and test."""
    half = normal_quantile(checked_level(level)) * se
    statistic = value / se
    log_p = float(log_two_sided(statistic, np.inf))
    return Estimate(
        value=value,
        se=se,
        low=value - half,
        high=value + half,
        statistic=statistic,
        df=float("inf"),
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        level=level,
        scale=scale,
    )


def _row(counts: Counts, measure: str) -> MHMeasure:
    row = look_up(MH_MEASURES, measure, argument="measure", what="a Mantel-Haenszel measure")
    if row.kind != counts.kind:
        able = ", ".join(key for key, each in MH_MEASURES.items() if each.kind == counts.kind)
        raise InputError(
            f"{row.key} is of events over {row.kind}, these counts are over {counts.kind}: "
            f"choose one of {able}"
        )
    return row


def _check_correction(correction: float) -> None:
    good = isinstance(correction, Real) and not isinstance(correction, bool)
    if not good or not 0 <= correction < np.inf:
        raise InputError(f"correction={correction!r} must be a number of at least 0, e.g. 0.5")


def _check_defined(groups: Groups, row: MHMeasure, value: float, se: float) -> None:
    if np.isfinite(value) and se > 0:
        return
    name = row.label.lower()
    if np.isfinite(value):
        what = f"the {name} has no standard error: nobody in a group differs from the others"
    elif np.isnan(value):
        what = f"no study carries information about the {name}"
    else:
        side = "0" if value < 0 else "infinite"
        what = f"the {name} would be {side}: no study has an event that speaks against it"
    other = "correction=0.5 adds to the cells of the studies with a zero"
    if row.key == DEFAULT_MEASURE:
        other += ", and peto(counts) needs nothing added"
    if not to_correct(groups, row).any():
        other = "no method can tell from these counts alone"
    raise InputError(f"the Mantel-Haenszel estimate is not defined: {what}; {other}")


def _told(counts: Counts, groups: Groups, row: MHMeasure, correction: float) -> list[str]:
    where = to_correct(groups, row)[0] > 0
    if not correction or not where.any():
        return []
    what = "the events" if row.kind == TIME else "each cell"
    return [
        f"{compact(correction)} added to {what} of {labels_where(counts, where)} for the estimate"
    ]


def _random(
    counts: Counts, row: MHMeasure, effects: Effects | None, mean: float
) -> tuple[float, float, Floats, float]:
    """Return the inverse-variance mean at tau² from Q about the mean: value, se, weights, tau²."""
    if effects is None or effects.k == 0:
        raise InputError(f"a random effect needs the studies' own effects: counts.effects has no "
                         f"{row.key}. Make the counts with counts(table)")  # fmt: skip
    ones = np.ones((1, effects.k))
    tau2 = float(q_about(effects.y[None], effects.v[None], ones, np.array([mean])).tau2[0])
    w = 1 / (effects.v + tau2)
    place = {label: i for i, label in enumerate(counts.study)}
    weights = np.zeros(counts.k)
    weights[[place[label] for label in effects.study]] = 100 * w / w.sum()
    return float(w @ effects.y / w.sum()), float(w.sum() ** -0.5), weights, tau2


def _about_q(counts: Counts, effects: Effects | None, weights: Floats) -> list[str]:
    """Return what was done to the studies' own effects, which Q and the random effect are of."""
    if effects is None:
        return ["the counts came without effects of the studies: no Q"]
    told = [f"in the studies' own effects: {remark}" for remark in effects.remarks]
    own = set(effects.study)
    lost = (weights > 0) & np.array([label not in own for label in counts.study])
    if lost.any():
        told.append(f"not in Q, without an effect of their own: {labels_where(counts, lost)}")
    return told


def _none(row: MHMeasure) -> Effects:
    empty = np.empty(0)
    return Effects(y=empty, v=empty, study=(), measure=row.key, label=row.label, scale=row.scale)
