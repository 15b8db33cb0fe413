"""What the specifications of one effect say together: medians, ranges, shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from numbers import Real

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.scale import Scale
from metaan.diagnostics.specifications.explaining import Explained, explained

Important = float | Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Shares of specifications against a threshold below and above no effect.

    Attributes
    ----------
    below, above : float
        Estimate at or beyond the threshold.
    interval_below, interval_above : float
        Whole interval beyond it.
    """

    below: float
    above: float
    interval_below: float
    interval_above: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The specifications of one effect: those that can be compared with each other.

    Attributes
    ----------
    label : str
        Name of the effect, reading scale.
    scale : Scale
        How estimates are read.
    n, analyses : int
        Specifications, and the distinct analyses among them.
    median, lowest, low_quarter, high_quarter, highest : float
        Of the estimates, analysis scale.
    null : Shares
        Against no effect; NaN where the scale has none.
    important : float
        Distance from no effect that matters, analysis scale; NaN if none was given.
    beyond : Shares
        Against that distance; NaN without one.
    explained : tuple of Explained
        Shares of the variance of the estimates, by choice.
    unexplained : str
        Why there are none.
    undefined : int
        Specifications without a finite estimate and interval; not counted in anything above.
    """

    label: str
    scale: Scale
    n: int
    analyses: int
    median: float
    lowest: float
    low_quarter: float
    high_quarter: float
    highest: float
    null: Shares
    important: float
    beyond: Shares
    explained: tuple[Explained, ...]
    unexplained: str = ""
    undefined: int = 0

    @property
    def crossing(self) -> float:
        """Share of specifications whose interval holds no effect."""
        return 1.0 - self.null.interval_below - self.null.interval_above


def make_curve(
    label: str,
    scale: Scale,
    arrays: Mapping[str, Floats],
    codes: tuple[Integers, Sequence[str]],
    important: float,
) -> Curve:
    """Return what n specifications say together.

    Parameters
    ----------
    label, scale
        Of the effect.
    arrays : mapping of str to ndarray, shape (n,)
        "value", "low", "high" (analysis scale) and "analysis".
    codes : tuple
        Options of each specification, shape (n, c), and the names of the c choices.
    important : float
        Distance from no effect, analysis scale; NaN for none.
    """
    value, low, high = (arrays[name] for name in ("value", "low", "high"))
    fine = np.isfinite(value) & np.isfinite(low) & np.isfinite(high)
    value, low, high = value[fine], low[fine], high[fine]
    quantiles = np.quantile(value, [0.0, 0.25, 0.5, 0.75, 1.0]) if len(value) else [np.nan] * 5
    lowest, first, median, third, highest = (float(each) for each in quantiles)
    shares, why = explained(value, codes[0][fine], codes[1]) if len(value) else ((), "")
    null = scale.null
    return Curve(
        label=label,
        scale=scale,
        n=len(fine),
        analyses=len(np.unique(arrays["analysis"])),
        median=median,
        lowest=lowest,
        low_quarter=first,
        high_quarter=third,
        highest=highest,
        null=_shares(value, low, high, (null, null)),
        important=important,
        beyond=_shares(value, low, high, (null - important, null + important)),
        explained=shares,
        unexplained=why,
        undefined=int(np.count_nonzero(~fine)),
    )


def _shares(value: Floats, low: Floats, high: Floats, ends: tuple[float, float]) -> Shares:
    """Return the shares beyond two thresholds; an estimate at no effect itself is on no side."""
    lower, upper = ends
    if not len(value) or lower != lower:
        nan = float("nan")
        return Shares(below=nan, above=nan, interval_below=nan, interval_above=nan)
    strict = lower == upper
    return Shares(
        below=float(np.mean(value < lower if strict else value <= lower)),
        above=float(np.mean(value > upper if strict else value >= upper)),
        interval_below=float(np.mean(high < lower)),
        interval_above=float(np.mean(low > upper)),
    )


def important_of(
    important: Important | None, groups: Sequence[tuple[str, Scale]]
) -> dict[str, float]:
    """Return the distance from no effect that matters for each effect, analysis scale.

    Raises
    ------
    InputError
        If a number is no difference that can be important, one number is given for several
        effects, or an effect has no null value. ChoiceError for an unknown effect.
    """
    scales = dict(groups)
    if important is None:
        return dict.fromkeys(scales, float("nan"))
    if isinstance(important, Mapping):
        given = dict(important)
        for label in given:
            look_up(scales, label, argument="important", what="an effect of this multiverse")
    elif len(scales) > 1:
        raise InputError(
            f"important={important!r} is one number, and there are {len(scales)} effects; give "
            + "{"
            + ", ".join(f'"{label}": ...' for label in scales)
            + "}"
        )
    else:
        given = dict.fromkeys(scales, important)
    return {
        label: _distance(given[label], scale, label) if label in given else float("nan")
        for label, scale in scales.items()
    }


def _distance(important: object, scale: Scale, label: str) -> float:
    if not scale.has_null:
        raise InputError(f"{label} has no null value, so that no distance from it is important")
    usable = isinstance(important, Real) and not isinstance(important, bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        read = float(scale.transform(float(important))) if usable else float("nan")  # type: ignore[arg-type]
    # A difference is a distance; a ratio or another level stands for its distance from no effect.
    distance = abs(read - scale.null)
    if not (isfinite(distance) and distance > 0):
        kind = (
            "a ratio other than 1, e.g. 1.25" if scale.is_log else "a number other than no effect"
        )
        raise InputError(f"important={important!r} must be {kind} ({label})")
    return distance
