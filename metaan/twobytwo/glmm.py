"""glmm: generalized linear mixed models of counts, by exact likelihoods instead of effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.convergence import Convergence
from metaan.core.counts import PEOPLE, Counts
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.glmm_fit import FitStatistics, GlmmFit, Quadrature
from metaan.core.lookup import look_up
from metaan.core.numbers import counted
from metaan.core.scale import Scale
from metaan.core.study_intervals import checked_level
from metaan.numerics.tails import log_two_sided, normal_quantile, t_quantile
from metaan.tau2.heterogeneity import i_squared, typical_variance
from metaan.tau2.studies import make_studies
from metaan.twobytwo.glmm_designs import SLOPE, TAU, Choices, Model, Table
from metaan.twobytwo.glmm_fitting import fit_common, fit_random, variances
from metaan.twobytwo.glmm_heterogeneity import OwnEffects, equality_tests, own_effects
from metaan.twobytwo.glmm_maximum import Maximum
from metaan.twobytwo.glmm_table import (
    CODINGS,
    DEFAULT_CODING,
    GLMM_INFERENCES,
    GLMM_PREDICTIONS,
    LABELS,
    Glmm,
    methods_of,
    row_for,
)
from metaan.twobytwo.wording import labels_where
from metaan.univariate.inference import WALD, T
from metaan.univariate.planning import COMMON, DEFAULT_LEVEL, DEFAULT_MODEL, MODELS, RANDOM
from metaan.univariate.prediction import DEFAULT_PREDICTION, FEWEST_STUDIES, half_width

ADDED = 0.5
DOUBTFUL = 1e-9  # relative error of an integral that is told
PAIR, FEW = 2, 5  # studies that say little about tau²


def glmm(
    counts: Counts,
    likelihood: str | None = None,
    *,
    model: str = DEFAULT_MODEL,
    inference: str = WALD,
    prediction: str = DEFAULT_PREDICTION,
    level: float = DEFAULT_LEVEL,
    coding: str = DEFAULT_CODING,
    correlated: bool = False,
    double_zero: bool = True,
) -> GlmmFit:
    """Return the pooled effect of counts by a generalized linear mixed model.

    Parameters
    ----------
    counts : Counts
        Events of k >= 1 studies, over people or person-time, in two groups or one.
    likelihood : str, optional
        Row of ``GLMMS``. For two groups: "UM.FS" (the default) and "UM.RS", unconditional, with
        fixed and with random levels of the studies; "CM.EL", given each study's events, exact;
        "CM.AL", its approximation for rare events among people. For one group: "BN" for a
        proportion, "PN" for a rate.
    model : {"random", "common"}
        Whether the true effects vary between studies.
    inference : str
        Normal ("WALD") or t with k - 1 degrees of freedom ("T").
    prediction : str
        Row of ``PREDICTIONS``.
    level : float
        Coverage of all intervals, between 0 and 1.
    coding : {"halves", "treatment", "control"}
        Unconditional models: which group the random effects belong to. With "halves" the names of
        the groups can be exchanged.
    correlated : bool
        "UM.RS": whether effects and levels of the studies are correlated.
    double_zero : bool
        "UM.RS": whether studies without events in both groups (or without anything else) stay in.
        In the other models of two groups they say nothing about the effect and have no part.

    Returns
    -------
    GlmmFit
        On the analysis scale (log odds ratio, log rate ratio, logit, log rate);
        ``fit.estimate.read()`` for the reading scale.

    Raises
    ------
    InputError
        If a name is unknown, the likelihood is not for these counts, no study says anything, or
        the likelihood has no maximum (no events in any treatment group, for example).

    Notes
    -----
    Events are binomial or Poisson given the study's level and effect; given all events of a study
    they are noncentral hypergeometric, or binomial for rates [1]_. Effects are normal around the
    pooled one with variance tau². All parameters, tau² among them, are maximum likelihood
    estimates: the global maximum, the integrals to about 12 digits. Standard errors come from the
    observed information. The models of odds ratios and their codings are compared in [2]_; that
    the random levels of "UM.RS" make use of studies without events is discussed in [3]_.

    The likelihood ratio test of "UM.RS" compares the common effect with an effect of its own for
    each study, levels being random in both, with the control's as the levels: unlike the estimate
    it changes when the groups are exchanged, much where studies are few.

    In R, metafor's ``rma.glmm`` and the package meta (``method="GLMM"``, ``model.glmm=``) name
    the models of two groups alike; "BN" is ``measure="PLO"`` or ``metaprop``, "PN"
    ``measure="IRLN"`` or ``metarate``; ``coding=1/2, 1, 0`` is "halves", "treatment", "control";
    ``cor=TRUE`` is ``correlated=True``; and ``drop00=TRUE``, the default there, is
    ``double_zero=False``. Both approximate the integrals (``nAGQ=7``; 1 in "UM.RS").

    References
    ----------
    .. [1] Stijnen T, Hamza TH, Özdemir P (2010). Stat Med 29:3046. doi:10.1002/sim.4040
    .. [2] Jackson D, Law M, Stijnen T, Viechtbauer W, White IR (2018). Stat Med 37:1059.
       doi:10.1002/sim.7588
    .. [3] Kuss O (2015). Stat Med 34:1097. doi:10.1002/sim.6383

    Examples
    --------
    >>> import metaan as ma
    >>> table = {"events1": [4, 6, 3], "n1": [123, 306, 231],
    ...          "events2": [11, 29, 11], "n2": [139, 303, 220]}
    >>> fit = ma.glmm(ma.counts(table), "CM.EL")
    >>> round(fit.estimate.value, 4), round(fit.estimate.se, 4)
    (-1.4164, 0.316)
    """
    row = row_for(counts, likelihood)
    asked = Asked(
        row=row,
        varying=look_up(MODELS, model, argument="model", what="a model").varying,
        inference=_named(GLMM_INFERENCES, inference, "inference", "an inference of this model"),
        prediction=_named(
            GLMM_PREDICTIONS, prediction, "prediction", "a prediction interval here"
        ),
        level=checked_level(level),
    )
    pair = look_up(CODINGS, coding, argument="coding", what="a coding of the groups")
    used = _used(counts, row, double_zero)
    table = Table(counts.events[used], counts.denominators[used], counts.kind)
    built = row.build(table, Choices(pair, correlated))
    own = own_effects(built)
    _check_ends(built, own, row)
    common = fit_common(built)
    found = fit_random(built, common) if asked.varying else common
    if found.rising:
        raise InputError(
            f"the likelihood of {row.key} has no maximum: it still rises where tau is "
            f"{abs(found.spread(TAU)):g}, because every study lies at an end of what can be "
            f'counted; model="{COMMON}" has one'
        )
    return _record(counts, used, asked, Parts(built, own, common, found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the caller asked for, looked up."""

    row: Glmm
    varying: bool
    inference: str
    prediction: str
    level: float


class Parts(NamedTuple):
    """What was computed."""

    model: Model
    own: OwnEffects
    common: Maximum
    found: Maximum


def _named(table: Mapping[str, object], key: str, argument: str, what: str) -> str:
    look_up(table, key, argument=argument, what=what)
    return key


def _used(counts: Counts, row: Glmm, double_zero: bool) -> Booleans:
    """Return the studies that are in the likelihood, or raise if there are none."""
    silent = counts.no_events | counts.all_events
    used = np.ones(counts.k, dtype=bool) if row.levels and double_zero else ~silent
    if row.groups == 1:
        used = np.ones(counts.k, dtype=bool)
    elif not (~silent).any():
        raise InputError(
            "no study says anything about the effect: in each of them nobody had the event, or "
            "everybody had it"
        )
    if not used.any():
        raise InputError("no study is left to pool")
    return used


def _check_ends(model: Model, own: OwnEffects, row: Glmm) -> None:
    """Raise ``InputError`` where the likelihood rises toward an infinite effect."""
    ends = [own.y]
    if row.levels and row.groups > 1:
        eta = model.design.kernel.saturated().eta
        ends = [eta[:, 0], -eta[:, 1]]
    for end in ends:
        side = end[0]
        if np.isinf(side) and np.all(end == side):
            raise InputError(
                f"the likelihood of {row.key} has no maximum: it rises as the effect goes to "
                f"{'minus ' if side < 0 else ''}infinity, because every study (or one group in "
                "every study) lies at an end of what can be counted. Report the counts; a risk "
                "difference or Peto's method can pool two groups of people"
            )


def _record(counts: Counts, used: Booleans, asked: Asked, parts: Parts) -> GlmmFit:
    row, k = asked.row, int(used.sum())
    label, scale = LABELS[counts.groups, counts.kind]
    spread = variances(parts.model, parts.found)
    typical = _typical_variance(counts, used)
    estimate = _estimate(parts, asked, k, scale)
    wald, ratio = equality_tests(parts.model, parts.own, parts.common)
    found, design = parts.found, parts.found.design
    y, v = _whole(parts.own.y, used), _whole(parts.own.v, used)
    with np.errstate(invalid="ignore"):
        half = normal_quantile(asked.level) * np.sqrt(v)
        low, high = (np.where(np.isfinite(half), y + side * half, np.nan) for side in (-1, 1))
    predicted = _prediction(estimate, spread.tau2, asked, k)
    return GlmmFit(
        counts=counts,
        used=used.astype(np.float64),
        label=label,
        likelihood=row.key,
        likelihood_name=row.name,
        model=RANDOM if asked.varying else COMMON,
        inference=asked.inference,
        prediction=asked.prediction if predicted is not None else "",
        estimate=estimate,
        tau2=spread.tau2,
        tau2_se=spread.tau2_se,
        sigma2=spread.sigma2,
        rho=spread.rho,
        i2=float(i_squared(np.asarray([spread.tau2]), typical)[0]),
        h2=float((spread.tau2 + typical[0]) / typical[0]),
        typical_v=float(typical[0]),
        q_wald=wald,
        q_lrt=ratio,
        fit=_statistics(parts, asked, k),
        prediction_interval=predicted,
        convergence=_convergence(parts, asked, spread.tau2),
        quadrature=Quadrature(
            points=found.height.points if design.d else 1, axes=design.d, error=found.height.error
        ),
        y=y,
        v=v,
        low=low,
        high=high,
        methods=methods_of(row, asked.inference, asked.prediction),
        remarks=_remarks(counts, used, asked, parts),
    )


def _estimate(parts: Parts, asked: Asked, k: int, scale: Scale) -> Estimate:
    value = float(parts.found.point.shared[parts.model.effect])
    place = parts.model.effect
    se = float(np.sqrt(parts.found.covariance[place, place]))
    df = k - 1.0 if asked.inference == T and k > 1 else np.inf
    half = float(t_quantile(asked.level, df)) * se
    statistic = value / se
    log_p = float(log_two_sided(statistic, df))
    return Estimate(
        value=value,
        se=se,
        low=value - half,
        high=value + half,
        statistic=statistic,
        df=df,
        p_value=float(np.exp(log_p)),
        log_p_value=log_p,
        level=asked.level,
        scale=scale,
    )


def _prediction(estimate: Estimate, tau2: float, asked: Asked, k: int) -> Interval | None:
    if not asked.varying or k < FEWEST_STUDIES:
        return None
    row, count = GLMM_PREDICTIONS[asked.prediction], np.asarray([k], dtype=np.float64)
    se = np.asarray([estimate.se])
    half = float(half_width(row, np.asarray([tau2]), se, count, asked.level)[0])
    low, high = estimate.value - half, estimate.value + half
    return Interval(low=low, high=high, level=asked.level, scale=estimate.scale)


def _statistics(parts: Parts, asked: Asked, k: int) -> FitStatistics:
    design = parts.model.design if asked.varying else parts.model.design.without(TAU)
    if not asked.varying:
        design = design.without(SLOPE)
    own = 0 if design.own is None else k
    p, n, value = design.p + len(design.spreads) + own, asked.row.terms * k, parts.found.value
    enough = max(n, p + 2)  # AICc's correction has a pole below
    return FitStatistics(
        log_likelihood=value,
        parameters=p,
        observations=n,
        aic=-2 * value + 2 * p,
        bic=-2 * value + p * float(np.log(n)),
        aicc=-2 * value + 2 * p * enough / (enough - p - 1),
    )


def _convergence(parts: Parts, asked: Asked, tau2: float) -> Convergence:
    if not asked.varying:
        return Convergence(how="none")
    how = "search" if tau2 > 0 else "border"
    return Convergence(how=how, steps=parts.found.steps, maxima=parts.found.maxima)


def _typical_variance(counts: Counts, used: Booleans) -> Floats:
    """Return the typical variance (1,) of the studies' own effects, 1/2 added to cells of 0."""
    cells = counts.events[used]
    if counts.kind == PEOPLE:
        cells = np.concatenate([cells, counts.denominators[used] - cells], axis=1)
    cells = cells + ADDED * (cells == 0).any(axis=1, keepdims=True)
    v = (1 / cells).sum(axis=1)[None]
    return typical_variance(make_studies(np.zeros_like(v), v))


def _whole(values: Floats, used: Booleans) -> Floats:
    whole = np.full(len(used), np.nan)
    whole[used] = values
    return whole


def _remarks(counts: Counts, used: Booleans, asked: Asked, parts: Parts) -> tuple[str, ...]:
    remarks = []
    if counts.groups > 1:
        for where, words in (
            (counts.no_events, "no events in either group of"),
            (counts.all_events, "nothing but events in both groups of"),
        ):
            remarks += _double_zero(counts, used, (where, words), asked.row)
    if asked.varying:
        none = parts.found.spread(TAU) == parts.found.spread(SLOPE) == 0
        remarks += _few(int(used.sum()), none, asked.inference)
    ends = int(np.isinf(parts.own.y).sum())
    if ends:
        remarks.append(
            f"{counted(ends, 'study', 'studies')} with an infinite effect of "
            f"{'its' if ends == 1 else 'their'} own: no part in Wald's test of heterogeneity, "
            "full part in all else"
        )
    if parts.found.height.error > DOUBTFUL:
        remarks.append(
            f"the integrals are good to {parts.found.height.error:.0e} only; look at the counts "
            "for studies of very different size"
        )
    return tuple(remarks)


def _few(k: int, none: bool, inference: str) -> list[str]:
    """Return what tau² cannot be known from, if that is so."""
    short = " and is likely too short" if inference == WALD else ""
    if k == 1:
        return ["one study: nothing is pooled, and tau² cannot be estimated"]
    if k == PAIR:
        return [
            "two studies say next to nothing about tau², which maximum likelihood puts too low: "
            f"the interval takes it as known{short}"
        ]
    if k <= FEW and none:
        return [
            f"tau² = 0 by maximum likelihood from {k} studies does not show that their effects "
            f"are equal: the interval is that of a common effect{short}"
        ]
    return []


def _double_zero(
    counts: Counts, used: Booleans, which: tuple[Booleans, str], row: Glmm
) -> list[str]:
    """Return what became of studies without events, or with nothing else."""
    where, words = which
    if not where.any():
        return []
    named = f"{words} {labels_where(counts, where)}"
    if used[where].any():
        return [f"{named}: in, for what they say about the levels of the studies"]
    if row.levels:
        return [f"{named}: left out as asked, though they say something about the studies' levels"]
    return [f"{named}: no information about the effect in this likelihood, no part"]
