"""The door out of the model rooms: a pooled fit and its heterogeneity, printing themselves.

The functions below the records turn them into lines and tables; they compute no statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from metaan.core.arrays import Floats, frozen
from metaan.core.effects import Effects
from metaan.core.estimate import Estimate, Interval
from metaan.core.numbers import compact, fixed, interval, p_text

if TYPE_CHECKING:
    import pandas as pd

REMARK_LIMIT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """How much the effects differ beyond chance.

    Attributes
    ----------
    q, df, p_value, log_p_value : float
        Cochran's Q with inverse-variance weights, its degrees of freedom, p-value and the natural
        logarithm of the p-value.
    i2, h2 : float
        I² (percent) and H² from tau² and the typical sampling variance (Higgins and Thompson
        2002, eq. 9): ``100 tau² / (tau² + s²)``. For a common-effect fit, from Q.
    i2_q : float
        I² in percent from Q: ``100 max(0, (Q - df) / Q)``.
    typical_v : float
        Typical sampling variance s².
    tau2_low, tau2_high : float
        Q-profile limits of tau².
    i2_low, i2_high : float
        The same limits turned into I², percent.
    level : float
        Coverage of the limits.

    Notes
    -----
    NaN where k = 1 leaves a quantity undefined.
    """

    q: float
    df: float
    p_value: float
    log_p_value: float
    i2: float
    h2: float
    i2_q: float
    typical_v: float
    tau2_low: float
    tau2_high: float
    i2_low: float
    i2_high: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledFit:
    """A pooled effect.

    Attributes
    ----------
    effects : Effects
        What was pooled.
    model : str
        "common" or "random".
    tau2_method, inference, prediction : str
        Keys of the estimator of tau² (empty for the common effect), of the interval of the mean
        and of the prediction interval.
    estimate : Estimate
        Pooled effect, analysis scale (``.read()`` for the reading scale).
    tau2 : float
        Between-study variance.
    heterogeneity : Heterogeneity
        Q, I², H² and the limits of tau².
    prediction_interval : Interval or None
        Where the true effect of a new study is expected; None for a common effect and for fewer
        than three studies.
    weights : ndarray, shape (k,)
        Percent.
    remarks : tuple of str
        What a careful reader should know about this fit.
    """

    effects: Effects
    model: str
    tau2_method: str
    inference: str
    prediction: str
    estimate: Estimate
    tau2: float
    heterogeneity: Heterogeneity
    prediction_interval: Interval | None
    weights: Floats
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the weights."""
        object.__setattr__(self, "weights", frozen(self.weights))

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    def summary(self) -> str:
        """Return the fit as text, estimate first, conventions named."""
        return "\n".join(pooled_lines(self))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per study and one for the pool: estimate, limits, weight, read scale."""
        import pandas as pd

        return pd.DataFrame(pooled_records(self))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return as_html(pooled_lines(self))


def model_name(fit: PooledFit) -> str:
    """Return the model and its conventions in one phrase."""
    if not fit.tau2_method:
        return f"{fit.model} effect, interval {fit.inference}"
    return f"{fit.model} effects, tau² {fit.tau2_method}, interval {fit.inference}"


def pooled_lines(fit: PooledFit) -> list[str]:
    """Return the lines of a pooled fit."""
    estimate, effects = fit.estimate.read(), fit.effects
    percent = f"{100 * estimate.level:g}%"
    of = f" of {fit.k + effects.k_left_out}" if effects.k_left_out else ""
    noun = "study" if fit.k == 1 and not of else "studies"
    lines = [
        f"{effects.label}, {fit.k}{of} {noun} ({model_name(fit)})",
        f"  estimate {fixed(estimate.value, 3)}, {percent} CI "
        f"{interval(estimate.low, estimate.high, 3)}{_test_text(fit.estimate)}",
    ]
    if fit.prediction_interval is not None:
        limits = fit.prediction_interval.read()
        lines.append(
            f"  {percent} prediction interval {interval(limits.low, limits.high, 3)} "
            f"[{fit.prediction}]"
        )
    if fit.k == 1:
        lines.append("  heterogeneity is not defined for one study")
    else:
        lines += _heterogeneity_lines(fit, percent)
    lines.extend(f"  note: {remark}" for remark in (*fit.remarks, *effects.remarks))
    lines.extend(_left_out_lines(fit))
    return lines


def _heterogeneity_lines(fit: PooledFit, percent: str) -> list[str]:
    het = fit.heterogeneity
    return [
        f"  heterogeneity Q = {fixed(het.q)} (df {het.df:g}, "
        f"{p_text(het.p_value, het.log_p_value)}), tau² = {compact(fit.tau2)} "
        f"{percent} CI ({compact(het.tau2_low)}, {compact(het.tau2_high)}) [Q-profile]",
        f"  {i2_text(fit)}",
    ]


def i2_text(fit: PooledFit) -> str:
    """Return I² with its convention; both conventions where they differ by half a percent."""
    het = fit.heterogeneity
    if np.isnan(het.i2):
        return "I² not defined for one study"
    limits = f"({fixed(het.i2_low, 1)}, {fixed(het.i2_high, 1)})"
    text = f"I² = {fixed(het.i2, 1)}% {limits}, H² = {fixed(het.h2)}"
    if abs(het.i2 - het.i2_q) < 0.5:
        return text
    return f"{text} [from tau²]; I² = {fixed(het.i2_q, 1)}% [from Q]"


def _left_out_lines(fit: PooledFit) -> list[str]:
    lost = list(dict.fromkeys(f"{item.study}: {item.reason}" for item in fit.effects.left_out))
    lines = [f"  left out: {text}" for text in lost[:REMARK_LIMIT]]
    if len(lost) > REMARK_LIMIT:
        lines.append(f"  left out: {len(lost) - REMARK_LIMIT} more in .effects.left_out")
    return lines


def pooled_records(fit: PooledFit) -> list[dict[str, Any]]:
    """Return one record per study and one for the pool, on the reading scale."""
    effects = fit.effects
    low, high = effects.limits(fit.estimate.level)
    read = effects.study_scale.inverse
    points, lows, highs = read(effects.y), read(low), read(high)
    records = [
        {
            "study": effects.study[i],
            "estimate": float(points[i]),
            "low": float(lows[i]),
            "high": float(highs[i]),
            "weight_percent": float(fit.weights[i]),
            "rows": " ".join(effects.rows[i]),
        }
        for i in range(effects.k)
    ]
    total = fit.estimate.read()
    records.append(
        {
            "study": f"Pooled ({model_name(fit)})",
            "estimate": total.value,
            "low": total.low,
            "high": total.high,
            "weight_percent": 100.0,
            "rows": "",
        }
    )
    return records


def as_html(lines: list[str]) -> str:
    """Return lines as a block for a notebook: the first in bold, the rest as they are."""
    head, *rest = (escape(line) for line in lines)
    body = "\n".join(rest)
    return f"<div><b>{head}</b><pre style='margin:0.3em 0'>{body}</pre></div>"


def _test_text(estimate: Estimate) -> str:
    """Return the test of no effect; a level has none to be tested."""
    if not estimate.scale.has_null:
        return ""
    return f", {p_text(estimate.p_value, estimate.log_p_value)}"
