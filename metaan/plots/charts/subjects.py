"""What charts take from a fit: its studies, their pool and what must be said about both."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.bias import RiskOfBias
from metaan.core.cells import is_missing
from metaan.core.counts import KINDS, Counts
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import GENERIC, Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate, Interval
from metaan.core.fit import PooledFit
from metaan.core.glmm_fit import GlmmFit
from metaan.core.network_counts import NetworkCounts
from metaan.core.network_effects import NetworkEffects
from metaan.core.numbers import counted, listed
from metaan.core.refits import Refits
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import GIVEN_LABELS, RobustFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.networks.fits.asked import AskedForEffects
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.plots.forests.footnotes import footnotes
from metaan.plots.forests.rows import remarks_of
from metaan.plots.forests.wording import clean

Pool: TypeAlias = PooledFit | SubgroupFit | CountsFit | GlmmFit | RobustFit
POOLS: tuple[type, ...] = (PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit)
STUDIES: tuple[type, ...] = (*POOLS, Effects)

DEFAULT_LEVEL = 0.95  # of effects that nobody has pooled
NAMED = 5  # studies that a footnote names one by one
# What remarks tell a programmer, and not the reader of a figure: how an option is called.
CODE = re.compile(r" \(rule \w+\)")
# What to do with what a chart does not draw.
MODERATORS = "Put the moderator into a regression first: regress(effects, formula)"
ADVICE: tuple[tuple[type, str], ...] = (
    (RegressionFit, "A regression has no single effect: draw it with bubble, orchard, funnel or "
                    "forest, or give its studies, fit.effects"),
    (Refits, "Draw refits with forest, or give the fit they are of, refits.fit"),
    (RiskOfBias, "Draw judgments with traffic_light or bias_summary"),
    (Counts, "Pool these counts first: mantel_haenszel(counts), peto(counts) or glmm(counts)"),
    (Effects, "Pool these effects first: pool(effects)"),
    (NetworkRegressionFit, "Draw how each treatment's effect changes with "
                           'forest(fit, show="slopes"), or the effects at a value with '
                           "forest(fit.at(value))"),
    (AskedForEffects, "Draw a network with network_graph, forest, league_heat_map or rankogram"),
    (NetworkEffects, "Combine these contrasts first: network(effects)"),
    (NetworkCounts, "Combine these counts first: sparse_network(counts)"),
)  # fmt: skip
# What a network has in place of a chart of one pool.
FOR_NETWORKS: Mapping[str, str] = MappingProxyType(
    {
        "funnel": "The funnel of a network is network_funnel(fit, order=[...]), around the mean "
                  "of each comparison",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Studies:
    """Studies with an effect of their own, and the pool they belong to.

    Attributes
    ----------
    effects : Effects
        The studies.
    estimate : Estimate or None
        Pooled effect, if there is one and it is defined, with the limits of the fit itself
        (robust ones of a robust fit).
    prediction : Interval or None
        Prediction interval.
    level : float
        Coverage.
    tau2 : float
        Between-study variance.
    by : str
        Column that the fit was split by, if the effects have it; else empty.
    notes : tuple of str
        What the figure has to say: studies that are not shown, robust limits.
    """

    effects: Effects
    estimate: Estimate | None = None
    prediction: Interval | None = None
    level: float = DEFAULT_LEVEL
    tau2: float = 0.0
    by: str = ""
    notes: tuple[str, ...] = ()


def studies_of(fit: object, *, verb: str, able: Sequence[type] = STUDIES) -> Studies:
    """Return studies and pool of anything that has one pool, or of effects.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit of a pool, or Effects
        What is to be drawn.
    verb : str
        Which chart asks, for messages.
    able : sequence of type
        What that chart draws, for messages.

    Raises
    ------
    InputError
        If it is something else, or no study has an effect.
    """
    if not isinstance(fit, tuple(able)):
        raise not_drawn(fit, verb=verb, able=able)
    if isinstance(fit, RobustFit):
        if not isinstance(fit.fit, PooledFit):
            raise not_drawn(fit, verb=verb, able=able)
        found = replace(_of_pool(fit.fit), estimate=fit.estimate, prediction=None,
                        level=fit.level, notes=(robust_note(fit),))  # fmt: skip
    elif isinstance(fit, SubgroupFit):
        by = fit.by if fit.by in fit.overall.effects.columns else ""
        found = replace(_of_pool(fit.overall), by=by)
    elif isinstance(fit, PooledFit):
        found = _of_pool(fit)
    elif isinstance(fit, CountsFit):
        found = _of_counts(fit)
    elif isinstance(fit, GlmmFit):
        found = _of_mixed_model(fit)
    elif isinstance(fit, Effects):
        found = Studies(effects=fit)
    else:
        raise not_drawn(fit, verb=verb, able=able)
    check_some(found.effects)
    if found.estimate is not None and not math.isfinite(found.estimate.value):
        notes = ("The pooled effect is not defined, and not shown.", *found.notes)
        found = replace(found, estimate=None, prediction=None, notes=notes)
    return found


def check_some(effects: Effects) -> None:
    """Raise an InputError if there are no studies."""
    if not effects.k:
        raise InputError(
            "there is no study to draw: none has an effect of its own; see effects.left_out for "
            "what was kept out, or widen the selection"
        )


def not_drawn(fit: object, *, verb: str, able: Sequence[type]) -> InputError:
    """Return the error that says what a chart draws, and what to do instead."""
    own = fit.fit if isinstance(fit, RobustFit) else fit
    of = f" of a {type(own).__name__}" if own is not fit else ""
    told = f"{verb} draws a {drawable(able)}; got {type(fit).__name__}{of}"
    advice = next((text for kind, text in ADVICE if isinstance(own, kind)), "")
    if isinstance(own, NetworkFit):
        advice = FOR_NETWORKS.get(verb, advice)
    if PooledFit not in able and isinstance(own, STUDIES):
        advice = MODERATORS
    return InputError(f"{told}. {advice}" if advice else told)


def drawable(able: Sequence[type]) -> str:
    """Return the names of types in a sentence."""
    return listed([each.__name__ for each in able]).replace(" and ", " or ")


def remarks_on(fit: Any) -> tuple[str, ...]:
    """Return what the records behind a fit say a reader should know, as footnotes."""
    told = footnotes(fit.remarks) if isinstance(fit, Counts) else remarks_of(fit)
    return tuple(clean(CODE.sub("", each)) for each in told)


def given_levels(levels: object, argument: str) -> tuple[float, ...]:
    """Return levels of confidence as numbers; InputError for what is no sequence of them."""
    try:
        if isinstance(levels, str) or not isinstance(levels, Iterable):
            raise TypeError
        return tuple(float(level) for level in levels)
    except (TypeError, ValueError):
        raise InputError(
            f"{argument} must be a sequence of levels such as (0.90, 0.95); got {levels!r}"
        ) from None


def numbers_in(columns: Mapping[str, Sequence[Any]], name: str) -> Floats:
    """Return a column as numbers, shape (k,), NaN where missing; InputError for other words."""
    try:
        return np.array(
            [math.nan if is_missing(value) else float(value) for value in columns[name]],
            dtype=np.float64,
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"column {name} must hold numbers; {error}") from error


def robust_note(fit: RobustFit) -> str:
    """Return what the limits of a robust fit allow for."""
    by = "" if fit.cluster == GIVEN_LABELS else f" ({clean(fit.cluster)})"
    return f"Limits are robust to dependence within {counted(fit.m, 'cluster')}{by}."


def _of_pool(fit: PooledFit) -> Studies:
    return Studies(
        effects=fit.effects,
        estimate=fit.estimate,
        prediction=fit.prediction_interval,
        level=fit.estimate.level,
        tau2=fit.tau2,
    )


def _of_counts(fit: CountsFit) -> Studies:
    there = set(fit.effects.study)
    lost = [name for name in fit.counts.study if name not in there]
    return Studies(
        effects=fit.effects,
        estimate=fit.estimate,
        level=fit.estimate.level,
        tau2=fit.tau2,
        notes=_not_shown(lost),
    )


def _of_mixed_model(fit: GlmmFit) -> Studies:
    """Return the studies of a mixed model whose own effects are finite."""
    with np.errstate(invalid="ignore"):
        usable = np.isfinite(fit.y) & np.isfinite(fit.v) & (fit.v > 0)
    counts = fit.counts
    lost = [counts.study[i] for i in np.flatnonzero(~usable).tolist()]
    return Studies(
        effects=_own_effects(fit, usable),
        estimate=fit.estimate,
        prediction=fit.prediction_interval,
        level=fit.estimate.level,
        tau2=fit.tau2,
        notes=_not_shown(lost),
    )


def _own_effects(fit: GlmmFit, usable: Booleans) -> Effects:
    counts, places = fit.counts, np.flatnonzero(usable).tolist()
    columns: dict[str, Sequence[Any]] = dict(counts.columns)
    for j in range(counts.groups):
        group = str(j + 1) if counts.groups > 1 else ""
        columns[f"events{group}"] = counts.events[:, j].tolist()
        columns[f"{KINDS[counts.kind]}{group}"] = counts.denominators[:, j].tolist()
    return Effects(
        y=fit.y[usable],
        v=fit.v[usable],
        study=tuple(counts.study[i] for i in places),
        measure=GENERIC,
        label=fit.label,
        scale=fit.estimate.scale,
        treatment=counts.treatment,
        control=counts.control,
        rows=tuple(counts.rows[i] for i in places),
        columns={name: tuple(values[i] for i in places) for name, values in columns.items()},
    )


def _not_shown(lost: Sequence[str]) -> tuple[str, ...]:
    """Return the footnote about studies without an effect of their own."""
    if not lost:
        return ()
    named = ", ".join(clean(name) for name in lost[:NAMED])
    more = f", and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
    return (f"Without an effect of their own, and not shown: {named}{more}.",)
