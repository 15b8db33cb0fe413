"""The scale travels with the number: transform, inverse, derivative, null value, in one object.

Everything is computed on the *analysis* scale (log for ratios); a table or a plot that shows a
number to a reader asks the scale for its value on the *reading* scale.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri

Curve = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How analysis-scale numbers are read.

    Attributes
    ----------
    key : str
        Row of ``SCALES``.
    transform : callable
        Reading scale to analysis scale.
    inverse : callable
        Analysis scale to reading scale.
    derivative : callable
        Derivative of ``inverse`` at an analysis-scale value (for the delta method).
    null : float
        Value of "no effect" on the analysis scale; NaN where a level has none (a prevalence).
    sized_by : str
        The input whose values the curves depend on (numbers of participants of a double
        arcsine); empty for all other scales.
    at : callable or None
        For such a scale: sizes to the scale at those sizes (which can be given others in turn).
    ends : bool
        True if nothing can be read beyond some value (a proportion of 1), so that ``inverse``
        stays there.
    """

    key: str
    transform: Curve
    inverse: Curve
    derivative: Curve
    null: float = 0.0
    sized_by: str = ""
    at: Callable[[Any], Scale] | None = None
    ends: bool = False

    @property
    def has_null(self) -> bool:
        """True if some value means "no effect"; a prevalence or a rate has none."""
        return self.null == self.null

    @property
    def reading_null(self) -> float:
        """Value of "no effect" on the reading scale: 0 for a difference, 1 for a ratio."""
        return float(self.inverse(self.null))

    def carried(self, values: Any, other: Scale) -> Any:
        """Return values of this scale where another one reads the same, its ends kept.

        Parameters
        ----------
        values : array_like
            Analysis scale.
        other : Scale
            The same kind at another size, or this scale itself.
        """
        if self is other and not self.ends:
            return values
        moved = other.transform(self.inverse(values))
        return np.where(np.isfinite(moved), moved, values)

    def at_sizes(self, columns: Mapping[str, Any]) -> Scale:
        """Return the scale at the harmonic mean of the studies' sizes, if it has sizes.

        Miller's choice for reading a pool of double arcsines, doi:10.1080/00031305.1978.10479283.
        """
        sizes = np.asarray(columns.get(self.sized_by, ()), dtype=np.float64)
        if self.at is None or not len(sizes):
            return self
        return self.at(1 / np.mean(1 / sizes))

    @property
    def is_log(self) -> bool:
        """True if effects are logarithms, so that they are read as ratios or positive levels."""
        return self.inverse is np.exp

    def with_null(self, null: float) -> Scale:
        """Return the scale with another value of "no effect" (analysis scale; NaN for none)."""
        return replace(self, null=null)


def _same(values: Any) -> Any:
    return values


def _one(values: Any) -> Any:
    return np.ones_like(np.asarray(values, dtype=np.float64))


def _array(values: Any) -> Any:
    return np.asarray(values, dtype=np.float64)


def _logit_slope(y: Any) -> Any:
    return expit(y) * expit(-_array(y))


def _normal_density(y: Any) -> Any:
    return np.exp(-0.5 * _array(y) ** 2) / np.sqrt(2 * np.pi)


def _arcsine(p: Any) -> Any:
    return np.arcsin(np.sqrt(p))


def _sine_squared(y: Any) -> Any:
    return np.sin(np.clip(y, 0.0, np.pi / 2)) ** 2


def _double_angle(y: Any) -> Any:
    return np.sin(2 * np.clip(y, 0.0, np.pi / 2))


def _square(y: Any) -> Any:
    return np.maximum(y, 0.0) ** 2


def _twice(y: Any) -> Any:
    return 2 * np.maximum(y, 0.0)


def _sech_squared(y: Any) -> Any:
    return 1 / np.cosh(y) ** 2


def _atanh_root(r2: Any) -> Any:
    return np.arctanh(np.sqrt(r2))


def _tanh_squared(y: Any) -> Any:
    return np.tanh(np.maximum(y, 0.0)) ** 2


def _tanh_squared_slope(y: Any) -> Any:
    root = np.maximum(y, 0.0)
    return 2 * np.tanh(root) / np.cosh(root) ** 2


def _cube_root_gap(alpha: Any) -> Any:
    return 1 - np.cbrt(1 - _array(alpha))


def _cube_gap(y: Any) -> Any:
    return 1 - np.maximum(1 - _array(y), 0.0) ** 3


def _cube_gap_slope(y: Any) -> Any:
    return 3 * np.maximum(1 - _array(y), 0.0) ** 2


def _log_gap(alpha: Any) -> Any:
    return -np.log1p(-_array(alpha))


def _exp_gap(y: Any) -> Any:
    return -np.expm1(-_array(y))


def _exp_gap_slope(y: Any) -> Any:
    return np.exp(-_array(y))


def _counts(p: Any, n: Any) -> tuple[Any, Any, Any]:
    """Return events, non-events and participants; NaN unless 0 <= p <= 1 and n > 0."""
    p, n = _array(p), _positive(n)
    p = np.where((p >= 0) & (p <= 1), p, np.nan)
    return n * p, n * (1 - p), n


def _positive(sizes: Any) -> Any:
    sizes = _array(sizes)
    return np.where(sizes > 0, sizes, np.nan)


def _double_arcsine(p: Any, *, n: Any) -> Any:
    # By arctangents: an arcsine loses half its digits near 1.
    events, others, _ = _counts(p, n)
    low = np.arctan2(np.sqrt(events), np.sqrt(others + 1))
    high = np.arctan2(np.sqrt(events + 1), np.sqrt(others))
    return (low + high) / 2


def _doubled(y: Any, n: Any) -> tuple[Any, Any, Any, Any]:
    """Return the sine of the recovered angle, cosine and sine of 2 y, and Miller's root."""
    nothing = _double_arcsine(0.0, n=n)
    angle = 2 * np.clip(_array(y), nothing, np.pi / 2 - nothing)
    cosine, sine = np.cos(angle), np.sin(angle)
    root = np.sqrt(1 + 2 / n - (cosine / sine / n) ** 2)
    return sine - cosine * cosine / (sine * n), cosine, sine, root


def _double_arcsine_inverse(y: Any, *, n: Any) -> Any:
    y, n = _array(y), _positive(n)
    recovered, cosine, _, root = _doubled(y, n)
    # Half of 1 minus a cosine, without the cancellation: sin² / (2 (1 + |cos|)).
    smaller = recovered**2 / (2 * (1 + np.abs(cosine) * root))
    p = np.where(cosine >= 0, smaller, 1 - smaller)
    nothing = _double_arcsine(0.0, n=n)
    return np.where(y <= nothing, 0.0, np.where(y >= np.pi / 2 - nothing, 1.0, p))


def _double_arcsine_slope(y: Any, *, n: Any) -> Any:
    n = _positive(n)
    recovered, _, sine, root = _doubled(y, n)
    return recovered * (1 + (1 + 1 / sine**2) / n) / root


def _double_root(rate: Any, *, time: Any) -> Any:
    rate, time = _array(rate), _positive(time)
    rate = np.where(rate >= 0, rate, np.nan)
    return (np.sqrt(rate) + np.sqrt(rate + 1 / time)) / 2


def _lower_root(y: Any, time: Any) -> tuple[Any, Any]:
    """Return y where some rate has it, and the root of that rate."""
    y = np.maximum(_array(y), np.sqrt(1 / time) / 2)
    return y, np.maximum(y - 1 / (4 * y * time), 0.0)


def _double_root_inverse(y: Any, *, time: Any) -> Any:
    _, root = _lower_root(y, _positive(time))
    return root**2


def _double_root_slope(y: Any, *, time: Any) -> Any:
    time = _positive(time)
    y, root = _lower_root(y, time)
    return 2 * root * (1 + 1 / (4 * y * y * time))


def double_arcsine_at(n: Any) -> Scale:
    """Return the double arcsine scale of studies (or of a pool) with n participants.

    Miller's inverse [1]_ holds between the values that 0 and n events give; below it reads 0,
    above 1, and there its derivative is 0.

    References
    ----------
    .. [1] Miller JJ (1978). Am Stat 32:138. doi:10.1080/00031305.1978.10479283
    """
    return replace(
        DOUBLE_ARCSINE,  # with its ``at``: the studies of a pool are read at their own sizes
        transform=partial(_double_arcsine, n=n),
        inverse=partial(_double_arcsine_inverse, n=n),
        derivative=partial(_double_arcsine_slope, n=n),
    )


def double_root_at(time: Any) -> Scale:
    """Return the Freeman-Tukey scale of rates over this person-time; what 0 events give is 0."""
    return replace(
        DOUBLE_ROOT,
        transform=partial(_double_root, time=time),
        inverse=partial(_double_root_inverse, time=time),
        derivative=partial(_double_root_slope, time=time),
    )


NO_NULL = float("nan")  # a level (a prevalence, a rate) has no value of "no effect"

IDENTITY = Scale(key="identity", transform=_same, inverse=_same, derivative=_one)
LOG = Scale(key="log", transform=np.log, inverse=np.exp, derivative=np.exp)
LOGIT = Scale(key="logit", transform=logit, inverse=expit, derivative=_logit_slope, null=NO_NULL)
PROBIT = Scale(
    key="probit", transform=ndtri, inverse=ndtr, derivative=_normal_density, null=NO_NULL
)
ARCSINE = Scale(
    key="arcsine", transform=_arcsine, inverse=_sine_squared, derivative=_double_angle,
    ends=True, null=NO_NULL,
)  # fmt: skip
ROOT = Scale(
    key="root", transform=np.sqrt, inverse=_square, derivative=_twice, ends=True, null=NO_NULL
)
FISHER = Scale(key="fisher", transform=np.arctanh, inverse=np.tanh, derivative=_sech_squared)
FISHER_ROOT = Scale(  # of a share of variance: the root of R² is a correlation
    key="fisher of the root", transform=_atanh_root, inverse=_tanh_squared,
    derivative=_tanh_squared_slope, ends=True, null=NO_NULL,
)  # fmt: skip
CUBE_ROOT_GAP = Scale(  # Hakstian and Whalen's 1 - (1 - alpha)^(1/3)
    key="cube root", transform=_cube_root_gap, inverse=_cube_gap, derivative=_cube_gap_slope,
    ends=True, null=NO_NULL,
)  # fmt: skip
LOG_GAP = Scale(  # Bonett's -log(1 - alpha)
    key="log of the gap", transform=_log_gap, inverse=_exp_gap, derivative=_exp_gap_slope,
    null=NO_NULL,
)  # fmt: skip
# Freeman and Tukey's scales are exact only at a size; until it is given (``at``), they are what
# they become in large studies: the arcsine of the root, and the root.
DOUBLE_ARCSINE = Scale(
    key="double arcsine", transform=_arcsine, inverse=_sine_squared, derivative=_double_angle,
    ends=True, null=NO_NULL, sized_by="n", at=double_arcsine_at,
)  # fmt: skip
DOUBLE_ROOT = Scale(
    key="double root", transform=np.sqrt, inverse=_square, derivative=_twice,
    ends=True, null=NO_NULL, sized_by="time", at=double_root_at,
)  # fmt: skip

SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        row.key: row
        for row in (
            IDENTITY, LOG, LOGIT, PROBIT, ARCSINE, ROOT, FISHER, FISHER_ROOT, CUBE_ROOT_GAP,
            LOG_GAP, DOUBLE_ARCSINE, DOUBLE_ROOT,
        )
    }
)  # fmt: skip
