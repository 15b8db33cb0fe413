"""The delta method: what a function of an estimate does to its variance."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.errors import InputError
from metaan.recovery.faults import refuse
from metaan.recovery.given import carrying, together
from metaan.recovery.recovered import Assumption, Part, Recovered
from metaan.recovery.rules import v_faults

OEHLERT = "Oehlert GW (1992). Am Stat 46:27. doi:10.1080/00031305.1992.10475842"
FIRST_STEP = 0.01  # of the estimate; then halved
HALVINGS = 5


def converted(
    v: Floats,
    y: Floats,
    slope: Floats,
    *,
    method: str,
    source: str,
    assumptions: tuple[Assumption, ...] = (),
    flagged: tuple[Part, ...] = (),
) -> Recovered:
    """Return the record of a conversion: the new y, and v times the squared slope there."""
    return Recovered(
        columns={"y": y, "v": np.where(np.isnan(y), np.nan, slope * slope * v)},
        method=method,
        source=source,
        assumptions=assumptions,
        flagged=flagged,
    )


def convert_by(
    function: Callable[[Floats], Floats], y: ArrayLike, v: ArrayLike, *, method: str = ""
) -> Recovered:
    """Return ``f(y)`` and ``f'(y)² v``, the slope by numerical differentiation.

    Parameters
    ----------
    function : callable
        Of arrays, element by element, and smooth.
    y, v : array_like
        Effects and variances on the analysis scale.
    method : str
        What is done, ready to print.

    Returns
    -------
    Recovered
        ``y``, ``v``.

    Raises
    ------
    InputError
        If a variance is negative.

    References
    ----------
    .. [1] Oehlert GW (1992). Am Stat 46:27. doi:10.1080/00031305.1992.10475842

    Examples
    --------
    >>> import numpy as np
    >>> from metaan.conversion.delta import convert_by
    >>> convert_by(np.tanh, [0.5493], [0.01])["v"].round(5)
    array([0.00563])
    """
    effect, spread = together(y=y, v=v)
    refuse(v_faults(spread))

    def apart(x: Floats) -> Floats:
        return function(x[..., 0])[..., None]

    slope = _slopes(apart, effect[..., None])[..., 0, 0]
    result = converted(
        spread, np.asarray(function(effect)), slope,
        method=method or "a function of the effect", source=OEHLERT,
    )  # fmt: skip
    return carrying(result, y, v)


def delta_method(
    function: Callable[[Floats], Floats], estimates: ArrayLike, covariance: ArrayLike
) -> tuple[Floats, Floats]:
    """Return functions of several estimates and their covariance: ``f(x)``, ``G V G'``.

    Parameters
    ----------
    function : callable
        Arrays of shape (..., p) to arrays of shape (..., q); smooth.
    estimates : array_like, shape (..., p)
        Estimates x.
    covariance : array_like, shape (..., p, p)
        Their covariance V.

    Returns
    -------
    values : ndarray, shape (..., q)
        The functions at the estimates.
    covariance : ndarray, shape (..., q, q)
        With G the slopes there, by central differences extrapolated to a step of zero.

    Raises
    ------
    InputError
        If the shapes do not fit.

    References
    ----------
    .. [1] Oehlert GW (1992). Am Stat 46:27. doi:10.1080/00031305.1992.10475842

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> values, covariance = ma.delta_method(
    ...     lambda x: np.stack([x[..., 0] * x[..., 1], np.exp(x[..., 1])], axis=-1),
    ...     [2.0, 1.2], [[1.44, -0.04], [-0.04, 0.04]],
    ... )
    >>> values.round(3), covariance.round(3)
    (array([2.4 , 3.32]), array([[2.042, 0.106],
           [0.106, 0.441]]))
    """
    x, spread = (np.asarray(each, dtype=np.float64) for each in (estimates, covariance))
    if x.ndim == 0 or spread.shape[-2:] != (x.shape[-1], x.shape[-1]):
        raise InputError(
            f"estimates of shape {x.shape} do not fit a covariance of shape {spread.shape}; give "
            "(..., p) and (..., p, p)"
        )
    g = _slopes(function, x)
    return np.asarray(function(x)), g @ spread @ np.swapaxes(g, -1, -2)


def _slopes(function: Callable[[Floats], Floats], x: Floats) -> Floats:
    """Return the matrix of slopes, shape (..., q, p), by Richardson's extrapolation."""
    columns = []
    for i in range(x.shape[-1]):
        step = np.zeros_like(x)
        step[..., i] = FIRST_STEP * np.where(x[..., i] == 0, 1.0, np.abs(x[..., i]))
        table = [
            (function(x + step / 2**k) - function(x - step / 2**k))
            / (2 * step[..., i, None] / 2**k)
            for k in range(HALVINGS)
        ]
        for order in range(1, HALVINGS):
            weight = 4.0**order
            table = [(weight * fine - rough) / (weight - 1) for rough, fine in pairwise(table)]
        columns.append(table[0])
    return np.stack(columns, axis=-1)
