"""Refits of Mantel-Haenszel's and Peto's estimates to many subsets of the studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.core.counts import PETO_ODDS_RATIO
from metaan.core.counts_fit import RANDOM, CountsFit
from metaan.core.errors import InputError
from metaan.core.fit_words import VARIANCE
from metaan.numerics.tails import log_chi2_tail, log_two_sided, normal_quantile
from metaan.tau2.heterogeneity import i_squared_from_q
from metaan.twobytwo.estimators import MH_MEASURES, MHMeasure
from metaan.twobytwo.groups import Groups, make_groups
from metaan.twobytwo.heterogeneity import q_about
from metaan.twobytwo.mantel_haenszel import mantel_haenszel_arrays
from metaan.twobytwo.peto import peto_arrays


class Found(NamedTuple):
    """Estimates, errors, Q, its degrees of freedom and tau² of some subsets, shape (n,)."""

    value: Floats
    se: Floats
    q: Floats
    df: Floats
    tau2: Floats


class Own(NamedTuple):
    """The studies' own effects, shape (k,), and whether a study has one."""

    y: Floats
    v: Floats
    there: Booleans


Method = Callable[[Groups, Integers, Booleans], Found]


def counts_refitter(
    fit: CountsFit,
) -> Callable[[Integers, Booleans], Mapping[str, Floats]]:
    """Return what refits a fit of counts to subsets: ``refit(index, present)``, by statistic."""
    counts, level = fit.counts, fit.estimate.level
    method = _method(fit)
    silent = np.asarray((counts.no_events | counts.all_events) & (fit.weights == 0))

    def refit(index: Integers, present: Booleans) -> Mapping[str, Floats]:
        events, whole = counts.events[index], counts.denominators[index]
        groups = make_groups(events, whole, counts.kind, present.astype(float))
        found = method(groups, index, present)
        defined = np.isfinite(found.value) & (found.se > 0)
        value, se = (np.where(defined, part, np.nan) for part in (found.value, found.se))
        half, statistic = normal_quantile(level) * se, value / se
        df, q = found.df, np.where(defined, found.q, np.nan)
        nothing = np.full_like(value, np.nan)
        i2 = np.where(defined, i_squared_from_q(found.q, df), np.nan)
        return {
            "value": value,
            "se": se,
            "low": value - half,
            "high": value + half,
            "statistic": statistic,
            "df": np.full_like(value, np.inf),
            "log_p_value": log_two_sided(statistic, np.full_like(value, np.inf)),
            "tau2": np.where(defined, found.tau2, np.nan),
            "i2": i2,
            "i2_q": i2,
            "h2": np.where(df > 0, q / np.where(df > 0, df, 1.0), np.nan),
            "q": q,
            "q_df": df,
            "q_log_p_value": log_chi2_tail(q, df),
            "prediction_low": nothing,
            "prediction_high": nothing,
            "k": np.add.reduce(present & ~silent[index], axis=-1),
        }

    return refit


def _method(fit: CountsFit) -> Method:
    if fit.measure == PETO_ODDS_RATIO:
        return _peto
    if fit.measure not in MH_MEASURES:
        raise InputError(f"{fit.method} of {fit.label} cannot be refitted to fewer studies")
    row, own = MH_MEASURES[fit.measure], _own(fit)
    variance = _variance(fit, row)

    def mantel_haenszel(groups: Groups, index: Integers, present: Booleans) -> Found:
        found = mantel_haenszel_arrays(groups, row, variance, fit.correction)
        there = present & own.there[index]
        some: Booleans = np.asarray(there.any(axis=-1))
        # A subset without any effect of its own takes the place of one study, and has no Q.
        y, v = own.y[index], own.v[index]
        about = q_about(y, v, np.where(some[:, None], there, True).astype(float), found.value)
        q, df = np.where(some, about.q, np.nan), np.where(some, about.df, 0.0)
        if fit.model != RANDOM:
            return Found(found.value, found.se, q, df, np.zeros_like(df))
        w = np.where(there, 1 / (v + about.tau2[:, None]), 0.0)
        total = np.where(some, np.add.reduce(w, axis=-1), np.nan)
        defined = np.isfinite(found.value) & (found.se > 0)
        mean = np.where(defined, np.add.reduce(w * y, axis=-1) / total, np.nan)
        return Found(mean, total**-0.5, q, df, about.tau2)

    return mantel_haenszel


def _peto(groups: Groups, index: Integers, present: Booleans) -> Found:
    del index, present
    found = peto_arrays(groups)
    return Found(found.value, found.se, found.q, found.df, np.zeros_like(found.df))


def _own(fit: CountsFit) -> Own:
    """Return the studies' own effects in the places of their counts."""
    place = {label: i for i, label in enumerate(fit.counts.study)}
    where = [place[label] for label in fit.effects.study]
    y, v, there = np.zeros(fit.counts.k), np.ones(fit.counts.k), np.zeros(fit.counts.k, dtype=bool)
    y[where], v[where], there[where] = fit.effects.y, fit.effects.v, True
    return Own(y, v, there)


def _variance(fit: CountsFit, row: MHMeasure) -> str | None:
    """Return the key of the variance that a fit names."""
    if VARIANCE not in fit.methods:
        return None
    name = fit.methods[VARIANCE].name
    return next((key for key in row.variances if key.title().replace("_", "-") == name), None)
