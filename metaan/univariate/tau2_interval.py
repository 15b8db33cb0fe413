"""tau2_interval: limits of tau², I² and H² of a fit, in each of the ways of ``INTERVALS``."""

from __future__ import annotations

import warnings
from numbers import Real

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import EmptyIntervalWarning, InputError
from metaan.core.fit import GIVEN, PooledFit
from metaan.core.lookup import look_up
from metaan.core.regression_fit import RegressionFit
from metaan.core.tau2_limits import Bounded, Tau2Limits
from metaan.numerics.linalg import binary_scale
from metaan.tau2.heterogeneity import i_squared, typical_variance
from metaan.tau2.interval import DEFAULT_INTERVAL, INTERVALS, Tau2Interval
from metaan.tau2.studies import Studies, make_studies
from metaan.tau2.table import ESTIMATORS


def tau2_interval(
    fit: PooledFit | RegressionFit, method: str = DEFAULT_INTERVAL, *, level: float | None = None
) -> Tau2Limits:
    """Return confidence limits of tau², I² and H² of a fit.

    Parameters
    ----------
    fit : PooledFit or RegressionFit
        What `pool` or `regress` returned.
    method : str
        Row of ``INTERVALS``: QP (Q-profile), J (Jackson), BJ (Biggerstaff-Jackson), GQ
        (generalized Q with the weights the fit was given) or PL (profile likelihood, for a tau²
        that maximizes a likelihood).
    level : float, optional
        Coverage; the fit's own by default.

    Returns
    -------
    Tau2Limits
        ``.tau2``, ``.tau``, ``.i2`` and ``.h2`` with ``.value``, ``.low`` and ``.high``; NaN
        where no degree of freedom is left.

    Raises
    ------
    InputError
        If there is no such method, it asks for weights or for a likelihood that the fit does not
        have, or the level is not between 0 and 1.

    Warns
    -----
    EmptyIntervalWarning
        If no tau² >= 0 lies in the set; [0, 0] is reported.

    Notes
    -----
    QP holds all tau² at which the generalized Q with weights ``1 / (v + tau²)`` lies between its
    quantiles [1]_. J [2]_, BJ [3]_ and GQ hold those under which a Q with weights that do not
    depend on tau² (``1 / sqrt(v)``, ``1 / v``, given) is in neither tail of its exact
    distribution; J is narrower than BJ where tau² is large, and BJ where it is small. PL holds
    those whose log-likelihood, with the coefficients profiled out, is at most half a chi-square
    quantile below the global maximum [4]_: the only one whose coverage is approximate. Limits
    of I² and H² are those of tau² at the typical sampling variance.

    References
    ----------
    .. [1] Viechtbauer W (2007). Stat Med 26:37. doi:10.1002/sim.2514
    .. [2] Jackson D (2013). Res Synth Methods 4:220. doi:10.1002/jrsm.1081
    .. [3] Biggerstaff BJ, Jackson D (2008). Stat Med 27:6093. doi:10.1002/sim.3428
    .. [4] Hardy RJ, Thompson SG (1996). Stat Med 15:619.
       doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A

    Examples
    --------
    >>> from metaan.core.effects import Effects
    >>> from metaan.univariate.pooling import pool
    >>> effects = Effects.from_arrays([0.10, 0.30, 0.55, 1.21], se=[0.12, 0.20, 0.18, 0.25])
    >>> limits = tau2_interval(pool(effects), "PL")
    >>> round(limits.tau2.low, 4), round(limits.tau2.high, 4)
    (0.0206, 1.9043)
    """
    if not isinstance(fit, PooledFit | RegressionFit):
        raise InputError(
            f"fit must be what pool() or regress() returned; got {type(fit).__name__}"
        )
    row = look_up(INTERVALS, method, argument="method", what="a way to bound tau²")
    wanted = fit.heterogeneity.level if level is None else level
    if isinstance(wanted, bool) or not isinstance(wanted, Real) or not 0 < float(wanted) < 1:
        raise InputError(f"level={wanted!r} must lie between 0 and 1, e.g. 0.95")
    if row.weighted and fit.weighting != GIVEN:
        raise InputError(
            f'method="{row.key}" takes the weights of the fit, and this one has none of its own; '
            'fit it with weights=, or choose "J" or "BJ", which bring theirs'
        )
    return _bounded(fit, row, float(wanted))


def _bounded(fit: PooledFit | RegressionFit, row: Tau2Interval, level: float) -> Tau2Limits:
    studies, unit = _studies(fit)
    estimator = ESTIMATORS.get(fit.tau2_method)
    limits = row.function(studies, level, estimator.restricted if estimator else None)
    low, high = float(limits.low[0]), float(limits.high[0])
    empty, typical = bool(limits.empty[0]), typical_variance(studies)
    if empty:
        warnings.warn(
            f"no tau² >= 0 lies in the {row.key} set: the effects agree better than chance would "
            "have it; [0, 0] is reported",
            EmptyIntervalWarning,
            stacklevel=3,
        )
    ends = np.array([low, high])
    i2_low, i2_high = (float(x) for x in i_squared(ends, typical))
    h2_low, h2_high = (float(x) for x in 1 + ends / typical)
    return Tau2Limits(
        tau2=Bounded(value=fit.tau2, low=low * unit**2, high=high * unit**2),
        i2=Bounded(value=fit.heterogeneity.i2, low=i2_low, high=i2_high),
        h2=Bounded(value=fit.heterogeneity.h2, low=h2_low, high=h2_high),
        method=row.key,
        name=row.name,
        level=level,
        empty=empty,
    )


def _studies(fit: PooledFit | RegressionFit) -> tuple[Studies, float]:
    """Return the studies of a fit in a unit near their standard errors, and the unit."""
    y, v = fit.effects.y[None], fit.effects.v[None]
    unit = float(binary_scale(v, np.ones_like(v))[0, 0])
    weights = fit.weights[None] if fit.weighting == GIVEN else None
    x = _orthonormal(fit.x)[None] if isinstance(fit, RegressionFit) else None
    return make_studies(y / unit, v / unit / unit, x=x, weights=weights), unit


def _orthonormal(x: Floats) -> Floats:
    """Return columns that span the same and lose no digits in sums of squares."""
    unit = x / np.max(np.abs(x), axis=0)
    return np.asarray(np.linalg.qr(unit / np.sqrt(np.sum(unit * unit, axis=0)))[0])
