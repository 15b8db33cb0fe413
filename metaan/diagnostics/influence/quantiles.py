"""Residuals beside the quantiles of the normal distribution, with a band for chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.regression_fit import RegressionFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.influence.mean_fits import mean_fit
from metaan.numerics.randomness import generator
from metaan.univariate.fitted import Fitted, fitted_arrays
from metaan.univariate.residuals import residuals

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 2000
CELLS = 2_000_000  # random numbers at a time
SMALL = 10  # residuals up to which plotting positions are those of Blom
EXACT, SIMULATED = "order statistics", "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of ``RESIDUALS``: which residuals are compared.

    Attributes
    ----------
    key, name : str
        Attribute of ``Residuals``, and how an axis calls it.
    deleted : bool
        Whether they need the fits without each study.
    """

    key: str
    name: str
    deleted: bool


_ROWS = (
    Kind(key="standardized", name="Standardized residual", deleted=False),
    Kind(key="studentized", name="Studentized deleted residual", deleted=True),
)
RESIDUALS: Mapping[str, Kind] = MappingProxyType({row.key: row for row in _ROWS})
STANDARDIZED = _ROWS[0].key


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quantiles:
    """Sorted residuals beside normal quantiles; arrays (n,), smallest residual first, read-only.

    Attributes
    ----------
    kind : str
        Row of ``RESIDUALS``.
    study : tuple of str
        Whose residual each is.
    position : ndarray of int
        Their places among the studies of the fit.
    theoretical, observed : ndarray
        Normal quantiles and residuals.
    low, high : ndarray
        Pointwise band: where each sorted residual is expected.
    level : float
        Its coverage.
    band : str
        "order statistics" or "simulated".
    left_out : tuple of str
        Studies without a residual.
    """

    kind: str
    study: tuple[str, ...]
    position: Integers
    theoretical: Floats
    observed: Floats
    low: Floats
    high: Floats
    level: float
    band: str
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("theoretical", "observed", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        place = np.array(self.position, dtype=np.int64)
        place.flags.writeable = False
        object.__setattr__(self, "position", place)

    @property
    def outside(self) -> Booleans:
        """Whether each residual lies outside of the band."""
        return np.asarray((self.observed < self.low) | (self.observed > self.high))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per residual: study, theoretical, observed, low, high, outside."""
        import pandas as pd

        names = ("study", "theoretical", "observed", "low", "high", "outside")
        return pd.DataFrame({name: getattr(self, name) for name in names})


def quantiles(
    fit: PooledFit | RegressionFit | SubgroupFit,
    *,
    residual: str = STANDARDIZED,
    level: float | None = None,
    rng: np.random.Generator | int | None = None,
    draws: int = DRAWS,
) -> Quantiles:
    """Return a fit's residuals beside normal quantiles, with a pointwise band.

    Parameters
    ----------
    fit : PooledFit, RegressionFit or SubgroupFit
        What ``pool`` or ``regress`` gave; of subgroups it is the pool of all.
    residual : {"standardized", "studentized"}
        Row of ``RESIDUALS``.
    level : float, optional
        Of the band; that of the fit by default.
    rng : Generator or int, optional
        Source of randomness or a seed for a simulated band; none by default.
    draws : int
        Sets of residuals that are simulated, 100 or more.

    Raises
    ------
    InputError
        If it is no fit, fewer than two studies have a residual, level is no share or there are
        too few draws (ChoiceError: there are no such residuals).

    Notes
    -----
    The i-th smallest of n residuals stands at the normal quantile of ``(i - a) / (n + 1 - 2a)``,
    a = 3/8 for n <= 10 and 1/2 above, as R's ``qqnorm``. Without ``rng`` its band is that of the
    i-th order statistic of n independent normal deviates, whose distribution function at it is
    beta(i, n + 1 - i): exact for independent residuals. With ``rng`` residuals of the model are
    drawn at the estimated tau², with the correlations that fitting gives them, and sorted; the
    band is between their quantiles.
    """
    row = look_up(RESIDUALS, residual, argument="residual", what="a kind of residuals")
    fit = mean_fit(fit, "qq_plot")
    fitted = fitted_arrays(fit, "qq_plot")
    own = fit.estimate.level if isinstance(fit, PooledFit) else fit.level
    level = own if level is None else level
    if isinstance(level, bool) or not 0 < level < 1:
        raise InputError(f"level={level!r} must lie between 0 and 1, e.g. 0.95")
    values = np.asarray(getattr(residuals(fit, deleted=row.deleted), row.key))
    there = np.flatnonzero(np.isfinite(values))
    if len(there) < 2:
        raise InputError(
            f"{len(there)} of {len(values)} studies has a residual; two or more are needed"
        )
    order = there[np.argsort(values[there], kind="stable")]
    n = len(order)
    if rng is None:
        low, high = order_statistics(n, level)
    else:
        low, high = _simulated(fitted, there, level, generator(rng), draws)
    study: Sequence[str] = fit.effects.study
    return Quantiles(
        kind=row.key,
        study=tuple(study[i] for i in order.tolist()),
        position=order,
        theoretical=normal_places(n),
        observed=values[order],
        low=low,
        high=high,
        level=level,
        band=EXACT if rng is None else SIMULATED,
        left_out=tuple(study[i] for i in np.flatnonzero(~np.isfinite(values)).tolist()),
    )


def normal_places(n: int) -> Floats:
    """Return the normal quantiles of n sorted values.

    Examples
    --------
    >>> normal_places(3).round(4)
    array([-0.8694,  0.    ,  0.8694])
    """
    a = 3 / 8 if n <= SMALL else 1 / 2
    return np.asarray(ndtri((np.arange(1, n + 1) - a) / (n + 1 - 2 * a)))


def order_statistics(n: int, level: float) -> tuple[Floats, Floats]:
    """Return the central intervals of n sorted independent normal deviates.

    Examples
    --------
    >>> low, high = order_statistics(3, 0.95)
    >>> low.round(2), high.round(2)
    (array([-2.39, -1.31, -0.55]), array([0.55, 1.31, 2.39]))
    """
    from scipy.special import betaincinv

    i, tail = np.arange(1.0, n + 1), (1 - level) / 2
    low = ndtri(betaincinv(i, n + 1 - i, tail))
    return np.asarray(low), np.asarray(-low[::-1])  # what is symmetric is not computed twice


def _simulated(
    fitted: Fitted, there: Integers, level: float, rng: np.random.Generator, draws: int
) -> tuple[Floats, Floats]:
    """Return quantiles of sorted standardized residuals that are drawn from the model."""
    if isinstance(draws, bool) or draws < 100:
        raise InputError(f"draws={draws!r} must be 100 or more: a band is made of their quantiles")
    k, root = len(fitted.w), np.sqrt(fitted.w)
    basis = np.linalg.qr(fitted.x * root[:, None])[0]
    # (I - H) with H = X (X'WX)^-1 X'W, its rows over the standard errors of the residuals
    keep = np.eye(k) - (basis / root[:, None]) @ (basis * root[:, None]).T
    turn = (keep * np.sqrt(fitted.phi))[there]
    turn = turn / np.sqrt(np.add.reduce(turn * turn, axis=1))[:, None]
    step, parts, left = max(1, CELLS // k), [], int(draws)
    while left > 0:
        some = min(step, left)
        parts.append(np.sort(rng.standard_normal((some, k)) @ turn.T, axis=1))
        left -= some
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(parts), [tail, 1 - tail], axis=0)
    return np.asarray(low), np.asarray(high)
