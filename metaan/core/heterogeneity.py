"""How much the effects of a fit differ beyond chance."""

from __future__ import annotations

from dataclasses import dataclass


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
    tau2_se : float
        Standard error of tau²; NaN where tau² was not estimated.
    tau2_low, tau2_high : float
        Limits of tau².
    i2_low, i2_high : float
        The same limits turned into I², percent.
    level : float
        Coverage of the limits.
    interval : str
        Key of the row of ``INTERVALS`` they come from.

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
    tau2_se: float
    tau2_low: float
    tau2_high: float
    i2_low: float
    i2_high: float
    level: float
    interval: str
