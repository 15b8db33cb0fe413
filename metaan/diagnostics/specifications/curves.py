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
from metaan.core.numbers import compact, counted, printed
from metaan.core.scale import Scale
from metaan.diagnostics.specifications.choices import Choice
from metaan.diagnostics.specifications.explaining import Explained, explained
from metaan.diagnostics.specifications.shares import (
    Excluding,
    Shares,
    excluding_by_option,
    share,
    shares_against,
)

Important = float | Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
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
    crossing : float
        Share of specifications whose interval includes no effect; NaN where the scale has none.
    excluding : tuple of Excluding
        Share of those whose interval excludes it, by choice and option; empty where the scale
        has none.
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
    crossing: float
    excluding: tuple[Excluding, ...]
    important: float
    beyond: Shares
    explained: tuple[Explained, ...]
    unexplained: str = ""
    undefined: int = 0

    def __repr__(self) -> str:
        """Return one line: how many there are, median and range, sides of the intervals."""
        read = [float(self.scale.inverse(x)) for x in (self.median, self.lowest, self.highest)]
        value, low, high = printed(*read, ratio=self.scale.is_log)
        told = f"{counted(self.n, 'specification')}, median {value}, range {low} to {high}"
        if self.scale.has_null:
            told += (
                f", intervals below {compact(self.scale.reading_null)} "
                f"{share(self.null.interval_below)}, above {share(self.null.interval_above)}"
            )
        return f"<Curve {self.label}: {told}>"


def make_curve(
    label: str,
    scale: Scale,
    arrays: Mapping[str, Floats],
    codes: tuple[Integers, Sequence[Choice]],
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
        Options of each specification, shape (n, c), and the c choices.
    important : float
        Distance from no effect, analysis scale; NaN for none.
    """
    value, low, high = (arrays[name] for name in ("value", "low", "high"))
    fine = np.isfinite(value) & np.isfinite(low) & np.isfinite(high)
    value, low, high = value[fine], low[fine], high[fine]
    quantiles = np.quantile(value, [0.0, 0.25, 0.5, 0.75, 1.0]) if len(value) else [np.nan] * 5
    lowest, first, median, third, highest = (float(each) for each in quantiles)
    own, choices = codes[0][fine], codes[1]
    names = [choice.name for choice in choices]
    shares, why = explained(value, own, names) if len(value) else ((), "")
    null = scale.null
    excludes = (high < null) | (low > null)
    known = scale.has_null and len(value) > 0
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
        null=shares_against(value, low, high, (null, null)),
        crossing=float(np.mean(~excludes)) if known else float("nan"),
        excluding=excluding_by_option(excludes, own, choices) if known else (),
        important=important,
        beyond=shares_against(value, low, high, (null - important, null + important)),
        explained=shares,
        unexplained=why,
        undefined=int(np.count_nonzero(~fine)),
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
