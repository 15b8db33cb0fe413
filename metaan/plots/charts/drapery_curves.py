"""p-value functions: for every true effect, the p-value of the test that it is that one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit
from metaan.core.glmm_fit import GlmmFit
from metaan.core.scale import Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import percent
from metaan.numerics.tails import normal_quantile, t_of_tail, t_quantile
from metaan.plots.charts.bubble_axis import drawn_effects
from metaan.plots.charts.subjects import Pool, Studies
from metaan.plots.forests.wording import clean
from metaan.univariate.inference import INFERENCES
from metaan.univariate.prediction import PREDICTIONS

CurveKind: TypeAlias = Literal["study", "subgroup", "pool", "prediction"]

SAME = 1e-6  # share of an interval by which another formula may differ from it
STEPS = 60  # values of p, evenly on the logarithmic and on the plain axis
FAINTEST = 1e-8  # smallest p of a curve: far below every axis


@dataclass(frozen=True, slots=True, kw_only=True)
class PCurve:
    """A p-value function; analysis scale.

    Attributes
    ----------
    name : str
        Study, subgroup or pool.
    kind : str
        "study", "subgroup", "pool" or "prediction".
    value, se, df : float
        Where p is 1, the standard error, and the degrees of freedom (``inf``: normal).
    p : tuple of float
        From 1 down.
    low, high : tuple of float
        The two effects with these p-values: limits of the intervals of level 1 - p.
    """

    name: str
    kind: CurveKind
    value: float
    se: float
    df: float
    p: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


class Curves(NamedTuple):
    """All curves of a figure.

    Attributes
    ----------
    studies : tuple of PCurve
        Thin ones.
    pools : tuple of PCurve
        Subgroups, then the pool of all; empty for effects that nobody pooled.
    prediction : PCurve or None
        Of the true effect of a new study.
    """

    studies: tuple[PCurve, ...]
    pools: tuple[PCurve, ...]
    prediction: PCurve | None


def curves_of(fit: Pool | Effects, found: Studies, ps: Sequence[float]) -> Curves:
    """Return the p-value functions of a fit at these p-values.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit, CountsFit, GlmmFit, RobustFit or Effects
        What is draped.
    found : Studies
        Its studies and their pool.
    ps : sequence of float
        p-values, from 1 down.

    Raises
    ------
    InputError
        If the interval of its pool is not of its standard error and a t or normal distribution,
        so that no curve can be drawn from them.
    """
    p, effects = np.array(ps, dtype=float), found.effects
    studies = _studies(effects, p)
    if found.estimate is None:
        return Curves(studies, (), None)
    if not isinstance(fit, SubgroupFit):
        pool = _carried(_pool(found.estimate, "Pooled", p), found.estimate.scale, effects.scale)
        return Curves(
            studies, (pool,), _prediction(fit, p) if isinstance(fit, PooledFit | GlmmFit) else None
        )
    whole = fit.overall
    named = [
        _carried(
            _pool(part.estimate, clean(level), p, "subgroup"), part.estimate.scale, effects.scale
        )
        for level, part in zip(fit.levels, fit.fits, strict=True)
    ]
    pools = (*named, _pool(whole.estimate, "All studies", p))
    return Curves(studies, pools, _prediction(whole, p))


def p_values(levels: Sequence[float], more: Sequence[float] = ()) -> tuple[float, ...]:
    """Return the p-values of a curve, from 1 down: even and ever smaller steps, 1 - levels, more.

    The latter as they will be read: 0.05, not 0.050000000000000044.
    """
    even = np.linspace(0.0, 1.0, STEPS + 1)[1:]
    small = np.logspace(math.log10(FAINTEST), 0.0, STEPS + 1)
    marked = [p_of(level) for level in levels]
    return tuple(sorted({*even.tolist(), *small.tolist(), *marked, *more, 1.0}, reverse=True))


def p_of(level: float) -> float:
    """Return 1 - level without the dust of the subtraction."""
    return round(1 - level, 12)


def _studies(effects: Effects, p: Floats) -> tuple[PCurve, ...]:
    """Return normal curves of the studies' own effects."""
    quantiles, values = _quantiles(p, math.inf), effects.y
    carry, scale = effects.study_scale.carried, effects.scale
    lows, highs = (
        np.column_stack([carry(values + side * q * effects.se, scale) for q in quantiles])
        for side in (-1.0, 1.0)
    )
    shown = drawn_effects(effects)
    return tuple(
        PCurve(
            name=clean(effects.study[i]),
            kind="study",
            value=float(shown[i]),
            se=float(effects.se[i]),
            df=math.inf,
            p=tuple(p.tolist()),
            low=tuple(lows[i].tolist()),
            high=tuple(highs[i].tolist()),
        )
        for i in range(effects.k)
    )


def _pool(estimate: Estimate, name: str, p: Floats, kind: CurveKind = "pool") -> PCurve:
    """Return the curve of a pool, whose limits at 1 - level are those of the fit."""
    half = float(t_quantile(estimate.level, estimate.df)) * estimate.se
    own = (estimate.high - estimate.low) / 2
    # NaN is not close to anything: an estimate without a standard error has no curve
    if not (math.isfinite(estimate.value) and abs(half - own) <= SAME * own):
        able = ", ".join(key for key, row in INFERENCES.items() if not row.means_only)
        raise InputError(
            f"{name}: the {percent(estimate.level)} interval is not the estimate and its standard "
            f"error times a t or normal quantile, so that it has no curve; choose one of {able} "
            "as inference="
        )
    return _curve(name, kind, (estimate.value, estimate.se, estimate.df), p)


def _prediction(fit: PooledFit | GlmmFit, p: Floats) -> PCurve | None:
    """Return the curve of the prediction interval; None without one whose degrees are known.

    Its limits at 1 - level are those of the fit, which also give the standard error.
    """
    limits, row = fit.prediction_interval, PREDICTIONS.get(fit.prediction)
    if limits is None or row is None:
        return None
    df = fit.k - row.studies_less
    if row.inference and row.inference != fit.inference:
        return None  # its degrees of freedom are another inference's
    if row.inference:
        df = fit.estimate.df + 1 - row.studies_less
    quantile = float(t_quantile(limits.level, df))
    error, middle = (limits.high - limits.low) / 2 / quantile, (limits.low + limits.high) / 2
    if not (math.isfinite(error) and error > 0):
        return None
    return _curve("New study", "prediction", (middle, error, df), p)


def _curve(name: str, kind: CurveKind, what: tuple[float, float, float], p: Floats) -> PCurve:
    value, se, df = what
    half = _quantiles(p, df) * se
    return PCurve(
        name=name,
        kind=kind,
        value=value,
        se=se,
        df=df,
        p=tuple(p.tolist()),
        low=tuple((value - half).tolist()),
        high=tuple((value + half).tolist()),
    )


def _carried(curve: PCurve, own: Scale, other: Scale) -> PCurve:
    """Return the curve where another scale reads the same (double arcsines have sizes)."""
    if own is other:
        return curve
    value, low, high = (
        own.carried(np.array(each), other) for each in (curve.value, curve.low, curve.high)
    )
    return replace(curve, value=float(value), low=tuple(low.tolist()), high=tuple(high.tolist()))


def _quantiles(p: Floats, df: float) -> Floats:
    """Return two-sided quantiles of z (``df = inf``) or t: 1.96 at p = 0.05; shape of p."""
    if math.isinf(df):
        return np.array([normal_quantile(1 - each) for each in p.tolist()])
    return np.asarray(t_of_tail(p / 2, df))
