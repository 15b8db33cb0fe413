"""limit_meta_analysis: the effect that a small-study trend leaves to studies without error."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts_fit import CountsFit
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit
from metaan.core.numbers import compact
from metaan.core.scale import IDENTITY, Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.asymmetry.asymmetry_evidence import UNASKED, evidence_of
from metaan.diagnostics.asymmetry.asymmetry_making import SIMILAR, few_remark
from metaan.diagnostics.asymmetry.limit_record import LimitMetaAnalysis
from metaan.diagnostics.asymmetry.line_kernel import LEAST, flat
from metaan.numerics.tails import log_chi2_tail, log_two_sided, normal_quantile

BY_CONSTRUCTION = (
    "the model sees only that effects go with standard errors: heterogeneity, quality or chance "
    "bring that about as well as selective publication"
)


class LimitArrays(NamedTuple):
    """Limit meta-analyses, shapes (n,) and (n, k); NaN where all standard errors are equal."""

    adjusted: Floats
    adjusted_se: Floats
    intercept: Floats
    intercept_se: Floats
    bias: Floats
    bias_se: Floats
    q: Floats
    q_residual: Floats
    g2: Floats
    shrunken: Floats


def limit_meta_analysis(
    fit: PooledFit | SubgroupFit | CountsFit, *, level: float | None = None
) -> LimitMetaAnalysis:
    """Return the effect adjusted for small-study effects by a limit meta-analysis.

    Parameters
    ----------
    fit : PooledFit, SubgroupFit or CountsFit
        Pool of k >= 3 studies; of subgroups it is the pool of all. tau² is that of the fit, 0 for
        a common effect and for counts.
    level : float, optional
        Coverage; that of the fit by default.

    Returns
    -------
    LimitMetaAnalysis
        ``.adjusted`` beside ``.unadjusted``, ``.bias``, ``.shrunken`` and tests. NaN where all
        studies have the same standard error.

    Raises
    ------
    InputError
        If this is no pool, or it has fewer than three studies.

    Notes
    -----
    ``y_i = beta + sqrt(v_i + tau²) (alpha + e_i)`` with standard normal ``e_i`` [1]_: alpha is
    the expected shift of a standardized effect as precision vanishes. The line of the generalized
    radial plot gives alpha and beta; a study of infinite size has the expected effect
    ``beta + tau alpha``, the adjusted estimate. Its standard error takes tau² as known, and the
    variance of ``e`` as 1. Each study shrinks to
    ``beta + tau / sqrt(v_i + tau²) (y_i - beta)``. ``Q`` falls by its part that the line on the
    standard errors takes (tau² = 0), tested by chi²(1); the rest is tested by chi²(k - 2). G² is
    1 less the squared correlation of ``shrunken / se`` with ``1 / se``: the share of variance
    that small-study effects leave (near 1 also wherever the adjusted effect is near 0).

    References
    ----------
    .. [1] Rücker G, Schwarzer G, Carpenter JR, Binder H, Schumacher M (2011). Biostatistics
       12:122. doi:10.1093/biostatistics/kxq046

    Examples
    --------
    >>> import metaan as ma
    >>> from metaan.diagnostics.asymmetry.limit_meta_analysis import limit_meta_analysis
    >>> effects = ma.Effects.from_arrays([0.2, 0.35, 0.3, 0.8], se=[0.05, 0.1, 0.2, 0.3])
    >>> found = limit_meta_analysis(ma.pool(effects, tau2="DL", inference="WALD"))
    >>> round(found.unadjusted.value, 3), round(found.adjusted.value, 3)
    (0.3, 0.192)
    """
    if not isinstance(fit, PooledFit | SubgroupFit | CountsFit):
        raise InputError(
            f"limit_meta_analysis needs a pool, pool(effects), for its tau²; got "
            f"{type(fit).__name__}"
        )
    evidence = evidence_of(fit, "limit_meta_analysis", asked=UNASKED, level=level)
    whole = fit.overall if isinstance(fit, SubgroupFit) else fit
    tau2 = whole.tau2 if isinstance(whole, PooledFit) else 0.0
    effects, level = evidence.effects, evidence.level
    found = limit_arrays(effects.y[None], effects.v[None], np.array([tau2]))
    small = found.q[0] - found.q_residual[0]
    return LimitMetaAnalysis(
        effects=effects,
        tau2=float(tau2),
        unadjusted=whole.estimate,
        adjusted=_estimate(found.adjusted[0], found.adjusted_se[0], level, effects.scale),
        intercept=_estimate(found.intercept[0], found.intercept_se[0], level, effects.scale),
        bias=_estimate(found.bias[0], found.bias_se[0], level, IDENTITY),
        q=float(found.q[0]),
        q_small=float(small),
        q_residual=float(found.q_residual[0]),
        log_p_values=tuple(
            float(log_chi2_tail(np.array([q]), np.array([float(df)]))[0])
            for q, df in (
                (found.q[0], effects.k - 1),
                (small, 1),
                (found.q_residual[0], effects.k - 2),
            )
        ),
        g2=float(found.g2[0]),
        shrunken=found.shrunken[0],
        remarks=(*_remarks(effects.se, float(tau2)), *evidence.remarks),
    )


def limit_arrays(y: Floats, v: Floats, tau2: Floats) -> LimitArrays:
    """Return limit meta-analyses of n sets of k >= 3 studies.

    Parameters
    ----------
    y, v : ndarray, shape (n, k)
        Effects and variances.
    tau2 : ndarray, shape (n,)
        Between-study variances.
    """
    every = np.ones(y.shape, dtype=bool)
    se, tau = np.sqrt(v), np.sqrt(tau2)
    lost = np.asarray(flat(se, every) | (y.shape[1] < LEAST))
    spread = np.sqrt(v + tau2[:, None])
    line = _line(y, spread)
    plain = _line(y, se)
    with np.errstate(divide="ignore"):
        bias_se = 1 / np.sqrt(line.about)
    adjusted, adjusted_se = _at(line, tau)
    intercept, intercept_se = _at(line, np.zeros(len(y)))
    pull = tau[:, None] / spread
    shrunken = intercept[:, None] + pull * (y - intercept[:, None])
    found = LimitArrays(
        adjusted=adjusted,
        adjusted_se=adjusted_se,
        intercept=intercept,
        intercept_se=intercept_se,
        bias=line.slope,
        bias_se=bias_se,
        q=plain.off,
        q_residual=plain.rest,
        g2=_unexplained(shrunken / se, 1 / se),
        shrunken=shrunken,
    )
    kept = found.q
    blank = (np.where(lost.reshape(-1, *(1,) * (x.ndim - 1)), np.nan, x) for x in found)
    return LimitArrays(*blank)._replace(q=kept)


class _Line(NamedTuple):
    """Weighted means, slope, sums of squares about the means and about the line; shape (n,)."""

    x: Floats
    y: Floats
    slope: Floats
    total: Floats
    about: Floats
    off: Floats
    rest: Floats


def _line(y: Floats, x: Floats) -> _Line:
    """Return the line of effects on ``x``, their standard deviations and so their weights."""
    w = 1 / (x * x)
    total = np.add.reduce(w, axis=-1)
    mean_x = np.vecdot(w, x) / total
    first = y[:, :1]
    mean_y = first[:, 0] + np.vecdot(w, y - first) / total
    apart, off = x - mean_x[:, None], y - mean_y[:, None]
    about = np.vecdot(w, apart * apart)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.vecdot(w, apart * off) / about
        rest = off - slope[:, None] * apart
    return _Line(mean_x, mean_y, slope, total, about, np.vecdot(w, off * off),
                 np.vecdot(w, rest * rest))  # fmt: skip


def _at(line: _Line, x: Floats) -> tuple[Floats, Floats]:
    """Return the heights of lines at ``x``, and their standard errors, shape (n,)."""
    far = x - line.x
    with np.errstate(divide="ignore", invalid="ignore"):
        return line.y + line.slope * far, np.sqrt(1 / line.total + far * far / line.about)


def _unexplained(y: Floats, x: Floats) -> Floats:
    """Return 1 less the squared correlation, shape (n,)."""
    x, y = (each - np.mean(each, axis=-1, keepdims=True) for each in (x, y))
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.vecdot(x, y) / np.vecdot(x, x)
        rest = y - slope[:, None] * x
        return np.asarray(np.vecdot(rest, rest) / np.vecdot(y, y))


def _estimate(value: float, se: float, level: float, scale: Scale) -> Estimate:
    value, se = float(value), float(se)
    half = normal_quantile(level) * se
    statistic = (value - scale.null) / se
    log_p = float(log_two_sided(statistic, math.inf))
    return Estimate(
        value=value,
        se=se,
        low=value - half,
        high=value + half,
        statistic=statistic,
        df=math.inf,
        p_value=math.exp(log_p),
        log_p_value=log_p,
        level=level,
        scale=scale,
    )


def _remarks(se: Floats, tau2: float) -> list[str]:
    told = []
    if flat(se[None], np.ones((1, len(se)), dtype=bool))[0]:
        return [
            "all studies have the same standard error: no trend can be seen, none adjusted for"
        ]
    if se.max() < SIMILAR * se.min():
        told.append(
            f"studies are much alike (standard error from {compact(float(se.min()))} to "
            f"{compact(float(se.max()))}): the line is drawn far beyond them"
        )
    if tau2 == 0:
        told.append("tau² is 0: the adjusted estimate is the line's own end at standard error 0")
    told.append("tau² is taken as known: the interval is too narrow for few studies")
    return [*told, *few_remark(len(se)), BY_CONSTRUCTION]
