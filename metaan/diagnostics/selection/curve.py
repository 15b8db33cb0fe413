"""The estimated selection function with its band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from metaan.core.arrays import ArrayLike, Floats, Integers, frozen
from metaan.core.errors import InputError
from metaan.core.numbers import compact
from metaan.core.text_table import aligned
from metaan.core.wording import grid
from metaan.diagnostics.selection.functions import LogWeight, from_edge, places_of
from metaan.diagnostics.selection.selections import CUT, STEPPED
from metaan.diagnostics.selection.selectors import ends_of
from metaan.diagnostics.selection.solving import Solved
from metaan.numerics.tails import normal_quantile

if TYPE_CHECKING:
    import pandas as pd

MOST_SHOWN = 25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionCurve:
    """A selection function at m places.

    Attributes
    ----------
    at : ndarray, shape (m,)
        p-values; of a truncated distribution effects, analysis scale.
    weight, low, high : ndarray, shape (m,)
        Relative chance of publication, and limits; NaN where they are not known.
    level : float
        Coverage at each place.
    """

    at: Floats
    weight: Floats
    low: Floats
    high: Floats
    level: float

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("at", "weight", "low", "high"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    def to_frame(self) -> pd.DataFrame:
        """Return one row per place."""
        import pandas as pd

        return pd.DataFrame(
            {"at": self.at, "weight": self.weight, "low": self.low, "high": self.high}
        )

    def summary(self) -> str:
        """Return the first places as an aligned table."""
        return "\n".join(aligned(_rows(self)))

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid("Selection function", _rows(self))


def _rows(curve: SelectionCurve) -> list[list[str]]:
    rows = [["at", "weight", "low", "high"]]
    columns = (curve.at, curve.weight, curve.low, curve.high)
    for values in list(zip(*columns, strict=True))[:MOST_SHOWN]:
        rows.append([compact(float(value)) for value in values])
    return rows


def curve_of(
    solved: Solved, at: ArrayLike, *, relative_to: float | None, imprecision: float
) -> SelectionCurve:
    """Return the selection function at some places, relative to one of them if asked."""
    places = np.atleast_1d(np.asarray(at, dtype=np.float64))
    level = solved.setting.level
    both = places if relative_to is None else np.append(places, relative_to)
    _check(solved, both)
    logs = log_weights(solved, both, imprecision)
    value = np.broadcast_to(logs.value, both.shape)
    slopes = np.array([np.broadcast_to(each, both.shape) for each in logs.first])
    if relative_to is not None:
        with np.errstate(invalid="ignore"):
            value = value[:-1] - value[-1]
        slopes = slopes[:, :-1] - slopes[:, -1:]
    block = solved.spread[solved.search.problem.p + 1 :, solved.search.problem.p + 1 :]
    with np.errstate(invalid="ignore"):
        half = normal_quantile(level) * np.sqrt(np.einsum("ic,ij,jc->c", slopes, block, slopes))
    half = np.where(_unknown(solved, slopes), np.nan, half)
    with np.errstate(over="ignore"):
        return SelectionCurve(
            at=places,
            weight=np.exp(value),
            low=np.exp(value - half),
            high=np.exp(value + half),
            level=level,
        )


def _check(solved: Solved, at: Floats) -> None:
    if solved.asked.row.kind == CUT:
        fine, what = np.isfinite(at), "finite effects on the analysis scale"
    else:
        fine, what = (at >= 0) & (at <= 1), "p-values between 0 and 1"
    if not fine.all():
        raise InputError(
            f"weights of this model are those of {what}; got {at[~fine][:3].tolist()}"
        )


def _unknown(solved: Solved, slopes: Floats) -> Floats:
    """Return where the function depends on an estimate at its border, which has no error."""
    edge = solved.found.border[solved.search.problem.p + 1 :].copy()
    edge[list(solved.asked.empty)] = True
    return np.asarray((np.abs(slopes[edge]) > 0).any(axis=0))


def log_weights(solved: Solved, at: Floats, imprecision: float = 1.0) -> LogWeight:
    """Return log w, with its derivatives in the parameters as they are searched, shape (m,).

    Parameters
    ----------
    solved : Solved
        A fitted model.
    at : ndarray, shape (m,)
        p-values, or effects of a truncated distribution.
    imprecision : float
        Share of that of the least precise study.
    """
    asked, eta, setting = solved.asked, solved.eta, solved.setting
    if asked.row.function is None:
        index = _interval(solved, at) - 1
        value = np.append(eta, 0.0)[index]
        first = tuple(np.asarray(index == j, dtype=np.float64) for j in range(len(eta)))
        return LogWeight(value, first, ())
    sides = setting.alternative.sides
    places = places_of(-ndtri(at / sides), sides, ends_of(asked.row, sides))
    factor = np.full(at.shape, 1.0 if asked.factor is None else imprecision)
    found = asked.row.function(places._replace(factor=factor), tuple(np.asarray(eta)))
    if asked.steps:
        least = np.full(1, asked.steps[0])
        edge = places_of(-ndtri(least / sides), sides, ends_of(asked.row, sides))
        start = asked.row.function(edge._replace(factor=factor[:1]), tuple(np.asarray(eta)))
        found = from_edge(found, start, np.asarray(at > least, dtype=np.float64))
    return LogWeight(
        np.asarray(found.value).reshape(at.shape),
        tuple(np.broadcast_to(np.squeeze(each), at.shape) for each in found.first),
        (),
    )


def _interval(solved: Solved, at: Floats) -> Integers:
    """Return the number of the interval of each place; 0 has the weight 1."""
    asked, setting = solved.asked, solved.setting
    if asked.row.kind == STEPPED:
        return np.searchsorted(asked.steps, at)
    assert solved.cut is not None
    turned = setting.alternative.sign * (at - setting.effects.scale.null) / setting.unit
    cut = solved.cut.at[0]
    return np.asarray((turned < cut).astype(np.int64))
