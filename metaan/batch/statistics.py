"""STATISTICS: the numbers of a fit that permutation tests and bootstraps know by name.

A number of one's own is a function of the arrays of many fits at once: it is given
``PooledArrays`` (of a pool) or ``RegressionArrays``, every field with one row for each analysis,
and returns one number for each analysis, shape (n,). ``lambda fits: fits.tau2**0.5`` is the
standard deviation tau, ``lambda fits: fits.weights[:, 0]`` the weight of the first study.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from metaan.batch.analyses import Arrays
from metaan.core.arrays import ArrayLike, Floats
from metaan.core.errors import InputError
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.permutation_record import GREATER, TWO_SIDED
from metaan.core.regression_fit import RegressionFit
from metaan.univariate.inferred import Inferred
from metaan.univariate.pooled_arrays import PooledArrays
from metaan.univariate.regression_kernel import RegressionArrays

OwnStatistic: TypeAlias = Callable[[Arrays], ArrayLike]

EVEN, ODD, NEITHER = 1, -1, 0
OWN = "own function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """A row of ``STATISTICS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    field : str
        Field of the arrays that holds it.
    mirror : int
        What becomes of it when all effects change their sign: 1 it stays, -1 it changes its own
        sign, 0 neither.
    alternative : str
        What counts as extreme unless asked otherwise: row of ``ALTERNATIVES``.
    null : float
        What a two-sided test measures distances from; NaN where the smaller tail is doubled.
    error : str
        Field of its standard error; empty where there is none.
    read : bool
        Whether it is read on the scale of the effects.
    limits : bool
        Whether it hangs on the limits of tau².
    pools_only : bool
        Whether a regression has none.
    light : callable or None
        ``light(inferred) -> ndarray``, shape (n, p): the same without the rest of a fit.
    """

    key: str
    name: str
    field: str
    mirror: int = EVEN
    alternative: str = GREATER
    null: float = np.nan
    error: str = ""
    read: bool = False
    limits: bool = False
    pools_only: bool = False
    light: Callable[[Inferred], Floats] | None = None


def _studentized(inferred: Inferred) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(inferred.beta / inferred.se, nan=0.0, posinf=np.inf, neginf=-np.inf)


def _plain(inferred: Inferred) -> Floats:
    return inferred.beta


def _coefficient(key: str, name: str, *, pools_only: bool) -> Statistic:
    return Statistic(
        key=key,
        name=name,
        field="value",
        mirror=ODD,
        alternative=TWO_SIDED,
        null=0.0,
        error="se",
        read=True,
        pools_only=pools_only,
        light=_plain,
    )


def _limit(key: str, name: str) -> Statistic:
    return Statistic(
        key=key, name=name, field=key, mirror=NEITHER, alternative=TWO_SIDED, read=True
    )


def _spread_limit(key: str, name: str) -> Statistic:
    return Statistic(key=key, name=name, field=key, limits=True)


_ROWS = (
    Statistic(
        key="t",
        name="coefficient over its standard error",
        field="statistic",
        mirror=ODD,
        alternative=TWO_SIDED,
        null=0.0,
        light=_studentized,
    ),
    _coefficient("coefficient", "coefficient itself", pools_only=False),
    _coefficient("mean", "pooled effect", pools_only=True),
    Statistic(key="se", name="standard error", field="se", alternative=TWO_SIDED),
    _limit("low", "lower confidence limit"),
    _limit("high", "upper confidence limit"),
    _limit("prediction_low", "lower prediction limit"),
    _limit("prediction_high", "upper prediction limit"),
    Statistic(key="tau2", name="tau²", field="tau2", error="tau2_se"),
    Statistic(key="i2", name="I² (from tau²)", field="i2"),
    Statistic(key="i2_q", name="I² (from Q)", field="i2_q"),
    Statistic(key="h2", name="H²", field="h2"),
    Statistic(key="q", name="Cochran's Q", field="q"),
    _spread_limit("tau2_low", "lower limit of tau²"),
    _spread_limit("tau2_high", "upper limit of tau²"),
    _spread_limit("i2_low", "lower limit of I²"),
    _spread_limit("i2_high", "upper limit of I²"),
    Statistic(key="qm", name="test of the moderators", field="qm"),
    Statistic(key="r2", name="R²", field="r2"),
)
STATISTICS: Mapping[str, Statistic] = MappingProxyType({row.key: row for row in _ROWS})
T, COEFFICIENT, MEAN, *_ = STATISTICS
DEFAULT_STATISTIC = T


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """A statistic that was asked for of a fit.

    Attributes
    ----------
    key, name : str
        As it is printed, short and in words.
    names : tuple of str, length m
        Of its numbers; several for what each coefficient of a regression has.
    row : Statistic
        The row of the table, or one that stands for a function of one's own.
    place : int or None
        The coefficient, where it is one of a regression.
    function : callable or None
        The function of one's own.
    """

    key: str
    name: str
    names: tuple[str, ...]
    row: Statistic
    place: int | None = None
    function: OwnStatistic | None = None

    def values(self, arrays: Arrays) -> Floats:
        """Return the statistic of n analyses, shape (n, m)."""
        if self.function is not None:
            return _own_values(self.function, arrays)[:, None]
        return self._column(arrays, self.row.field)

    def errors(self, arrays: Arrays) -> Floats | None:
        """Return its standard errors, shape (n, m), or None if it has none."""
        return self._column(arrays, self.row.error) if self.row.error else None

    def _column(self, arrays: Arrays, field: str) -> Floats:
        found: Floats = getattr(arrays, field)
        if found.ndim == 1:
            return found[:, None]
        return found if self.place is None else found[:, self.place, None]


def ask(fit: PooledFit | RegressionFit, statistic: str | OwnStatistic) -> Asked:
    """Return what a name or a function stands for; ChoiceError for an unknown name.

    Parameters
    ----------
    fit : PooledFit or RegressionFit
        The fit.
    statistic : str or callable
        Row of ``STATISTICS``, name of a coefficient of the regression (a row of the table comes
        first), or a function of the arrays.
    """
    if callable(statistic):
        name = getattr(statistic, "__name__", OWN).replace("<lambda>", OWN)
        row = Statistic(
            key=name, name=name, field="", mirror=NEITHER, alternative=TWO_SIDED, limits=True
        )
        return Asked(key=name, name=name, names=(name,), row=row, function=statistic)
    if isinstance(fit, PooledFit):
        known = {each.name for each in fields(PooledArrays)}
        table = {key: row for key, row in STATISTICS.items() if row.field in known}
        row = look_up(table, statistic, argument="statistic", what="a statistic of a pool")
        names: tuple[str, ...] = (MEAN if row.light else row.key,)
        return Asked(key=row.key, name=row.name, names=names, row=row)
    known = {each.name for each in fields(RegressionArrays)}
    own = dict.fromkeys(fit.names, STATISTICS[COEFFICIENT])
    table = own | {
        key: row for key, row in STATISTICS.items() if row.field in known and not row.pools_only
    }
    row = look_up(table, statistic, argument="statistic", what="a statistic of a regression")
    if statistic in STATISTICS:
        names = fit.names if row.field in COEFFICIENTS else (row.key,)
        return Asked(key=row.key, name=row.name, names=names, row=row)
    return Asked(
        key=statistic,
        name=f"coefficient of {statistic}",
        names=(statistic,),
        row=row,
        place=fit.names.index(statistic),
    )


# Fields that each coefficient of a regression has.
COEFFICIENTS = frozenset({"statistic", "value", "se", "low", "high"})


def _own_values(function: OwnStatistic, arrays: Arrays) -> Floats:
    """Return what a function of one's own says of n analyses, shape (n,), or InputError."""
    n, kind = len(arrays.tau2), type(arrays)
    given = ", ".join(each.name for each in fields(kind))
    try:
        values = np.asarray(function(arrays), dtype=float)
    except AttributeError as error:
        raise InputError(
            f"statistic asks for what is not there: {error}. It is given {kind.__name__} of many "
            f"analyses, with {given}"
        ) from error
    except (TypeError, ValueError) as error:
        raise InputError(
            f"statistic must return numbers, one for each analysis: {error}; it is given "
            f"{kind.__name__} of {n} analyses"
        ) from error
    if values.shape != (n,):
        raise InputError(
            f"statistic must return one number for each analysis, shape ({n},) of {n} here; got "
            f"shape {values.shape}. It is given {kind.__name__} of many analyses: index studies "
            "or coefficients by the last axis, e.g. lambda fits: fits.weights[:, 0]"
        )
    return values
