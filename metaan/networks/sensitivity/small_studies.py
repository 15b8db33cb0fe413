"""Small-study effects in a network: the comparison-adjusted funnel, and Egger's test of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, frozen
from metaan.core.citations import cite, marks
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.estimate_table import read_rows
from metaan.core.lookup import hint
from metaan.core.numbers import counted, fixed, p_text
from metaan.core.scale import IDENTITY, Scale
from metaan.core.text_table import aligned
from metaan.core.wording import counted_studies, degrees_words, grid, text_of
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.direct import direct_effects
from metaan.networks.combining.pairs import labels_of, pairs_of
from metaan.networks.combining.relative import label_of
from metaan.numerics.tails import log_two_sided, normal_quantile, t_quantile

if TYPE_CHECKING:
    import pandas as pd

CHAIMANI, EGGER = "10.1002/jrsm.57", "10.1136/bmj.315.7109.629"
FEW = 10  # contrasts below which the test says little
LEAST = 3  # points of a line with a residual degree of freedom
# Spread of the standard errors, relative to the largest, below which they are taken as equal.
EQUAL = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmallStudies:
    """The points of a comparison-adjusted funnel and the test that it leans to no side.

    m contrasts of all studies; the effect is that of the later against the earlier treatment in
    the order.

    Attributes
    ----------
    order : tuple of str
        All treatments, from the earliest (oldest, inactive) to the latest.
    study : tuple of str, length m
        Study of each point.
    comparison : tuple of str, length m
        "later:earlier" of each point.
    y : ndarray, shape (m,)
        Effect less the mean of its comparison, analysis scale: what the funnel shows.
    se : ndarray, shape (m,)
        Standard error of the effect within its study.
    effect, center : ndarray, shape (m,)
        The effect, and the mean of its comparison by direct evidence at the network's tau².
    alone : ndarray of bool, shape (m,)
        Whether the study is the only one of the comparison, so that y is 0 by construction.
    slope, intercept : Estimate or None
        Of the line ``y = intercept + slope se``: the slope is Egger's bias, positive where
        smaller studies see larger effects of the later treatment. None where no line is defined.
    level : float
        Coverage.
    scale : Scale
        How effects are read.
    label : str
        Name of the effect.
    remarks : tuple of str
        What a careful reader should know.
    """

    order: tuple[str, ...]
    study: tuple[str, ...]
    comparison: tuple[str, ...]
    y: Floats
    se: Floats
    effect: Floats
    center: Floats
    alone: Booleans
    slope: Estimate | None
    intercept: Estimate | None
    level: float
    scale: Scale
    label: str
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("y", "se", "effect", "center"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        self.alone.flags.writeable = False

    @property
    def comparisons(self) -> tuple[str, ...]:
        """Every comparison once, in the order of its first point."""
        return tuple(dict.fromkeys(self.comparison))

    def pseudo_limits(self, level: float | None = None) -> tuple[Floats, Floats]:
        """Return the funnel's limits at the standard error of each point, shapes (m,).

        Parameters
        ----------
        level : float, optional
            Coverage; that of the fit by default. ``-/+ z se``: where points lie at random if no
            study is biased and their effects do not vary.
        """
        half = normal_quantile(self.level if level is None else level) * self.se
        return -half, half

    def to_frame(self) -> pd.DataFrame:
        """Return one row per point, analysis scale.

        Returns
        -------
        DataFrame
            study, comparison ("later:earlier"), y, se, effect, center, alone.
        """
        import pandas as pd

        names = ("study", "comparison", "y", "se", "effect", "center", "alone")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def summary(self) -> str:
        """Return the test and what there is to know about it."""
        return "\n".join([_title(self), *(f"  {line}" for line in (*_lines(self), *_notes(self)))])

    def sentence(self) -> str:
        """Return the result for a Results section; marks point into `references`."""
        mark = marks([CHAIMANI, EGGER])
        head = (
            "Small-study effects were looked for in the comparison-adjusted funnel"
            f"{mark[CHAIMANI]}, in which effects are those of the later against the earlier of "
            f"{', '.join(self.order)}"
        )
        if self.slope is None:
            return text_of([head, "its asymmetry could not be tested"])
        found = self.slope
        test = p_text(found.p_value, found.log_p_value)
        return text_of(
            [
                head,
                f"Egger's test{mark[EGGER]} of its {counted(len(self.y), 'contrast')} gave "
                f"t = {fixed(found.statistic)} with {degrees_words(found.df)} ({test})",
            ]
        )

    @property
    def references(self) -> tuple[str, ...]:
        """References of the methods, in the order of their marks in `sentence`."""
        return cite([CHAIMANI, EGGER])

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.y)

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(_title(self), _rows(self), _notes(self))


def comparison_adjusted(
    combined: Combined, order: Sequence[str], *, level: float, scale: Scale, label: str
) -> SmallStudies:
    """Return the comparison-adjusted funnel of a network and its test.

    Parameters
    ----------
    combined : Combined
        The network at its tau².
    order : sequence of str
        All treatments, each once, from the earliest to the latest.
    level : float
        Coverage of intervals and pseudo limits.
    scale, label : Scale, str
        Of the effects.

    Raises
    ------
    InputError
        If the order lacks treatments, holds one twice or names unknown ones.
    """
    evidence = combined.evidence
    treatments = evidence.layout.treatments
    ordered = checked_order(order, treatments)
    rank = np.array([ordered.index(name) for name in treatments])
    pairs, direct = pairs_of(evidence), direct_effects(combined)
    turned = rank[pairs.first] < rank[pairs.second]
    later = np.where(turned, pairs.second, pairs.first)
    earlier = np.where(turned, pairs.first, pairs.second)
    alone = direct.studies[later, earlier] == 1
    effect = np.where(turned, -pairs.y, pairs.y)
    center = np.where(alone, effect, direct.values[later, earlier])
    y, se = effect - center, np.sqrt(pairs.v)
    slope, intercept = egger(y, se, level)
    many = [
        name
        for name, a in zip(evidence.layout.studies, evidence.layout.arms, strict=True)
        if a > 2
    ]
    return SmallStudies(
        order=ordered,
        study=tuple(evidence.layout.studies[s] for s in pairs.study.tolist()),
        comparison=labels_of(treatments, later, earlier),
        y=y,
        se=se,
        effect=effect,
        center=center,
        alone=alone,
        slope=slope,
        intercept=intercept,
        level=level,
        scale=scale,
        label=label,
        remarks=_remarks(len(y), int(alone.sum()), len(many), slope is not None),
    )


def egger(y: Floats, se: Floats, level: float) -> tuple[Estimate | None, Estimate | None]:
    """Return slope and intercept of y on its standard errors, shapes (m,); None without a line.

    Notes
    -----
    ``y = a + b se`` with weights 1 / se² and a multiplicative spread, tests by t(m - 2). This is
    Egger's regression of y / se on 1 / se: b is its intercept.
    """
    m = len(y)
    flat = not m or float(np.ptp(se)) <= EQUAL * float(se.max())
    if m < LEAST or flat or not np.abs(y).any():
        return None, None
    w = 1 / (se * se)
    total = w.sum()
    mean_se, mean_y = float(w @ se / total), float(w @ y / total)
    apart = se - mean_se
    about = float(w @ (apart * apart))
    b = float(w @ (apart * (y - mean_y))) / about
    rest = y - mean_y - b * apart
    spread = float(w @ (rest * rest)) / (m - 2)
    a = mean_y - b * mean_se
    slope_se = math.sqrt(spread / about)
    intercept_se = math.sqrt(spread * (1 / float(total) + mean_se * mean_se / about))
    return _estimate(b, slope_se, m - 2, level), _estimate(a, intercept_se, m - 2, level)


def _estimate(value: float, se: float, df: int, level: float) -> Estimate:
    half = float(t_quantile(level, df)) * se
    log_p = float(log_two_sided(value / se, df))
    return Estimate(
        value=value,
        se=se,
        low=value - half,
        high=value + half,
        statistic=value / se,
        df=float(df),
        p_value=math.exp(log_p),
        log_p_value=log_p,
        level=level,
        scale=IDENTITY,
    )


def checked_order(order: Sequence[str], treatments: Sequence[str]) -> tuple[str, ...]:
    """Return the order; InputError with everything that is wrong with it."""
    if isinstance(order, str) or not isinstance(order, Sequence | np.ndarray):
        raise InputError(
            "order must list all treatments from the earliest (oldest, inactive) to the latest, "
            f"which are {', '.join(treatments)}; got {order!r}"
        )
    ordered = tuple(str(label_of(name)) for name in order)
    faults = [
        f"{name!r} is not a treatment of this network.{hint(name, treatments)}"
        for name in dict.fromkeys(ordered)
        if name not in treatments
    ]
    twice = [name for name in dict.fromkeys(ordered) if ordered.count(name) > 1]
    faults += [f"{name!r} stands more than once." for name in twice]
    lacking = [name for name in treatments if name not in ordered]
    if lacking:
        faults.append(f"order lacks {', '.join(lacking)}.")
    if faults:
        raise InputError(
            f"{' '.join(faults)} Name every treatment once, from the earliest (oldest, inactive) "
            "to the latest"
        )
    return ordered


def _remarks(m: int, alone: int, many: int, tested: bool) -> tuple[str, ...]:
    told = []
    if not tested:
        told.append(
            "no test: a line needs three contrasts with different standard errors, and a "
            "comparison with more than one study"
        )
    elif m < FEW:
        told.append(f"{counted(m, 'contrast')}: with fewer than {FEW} the test finds little")
    if alone == 1:
        told.append(
            f"1 of {counted(m, 'contrast')} is the only one of its comparison and lies on the "
            "center by construction: it says nothing and counts all the same"
        )
    elif alone:
        told.append(
            f"{alone} of {counted(m, 'contrast')} are the only one of their comparison and lie on "
            "the center by construction: they say nothing and count all the same"
        )
    if many:
        told.append(
            f"{counted_studies(many)} with more than two arms: the test takes "
            f"{'its' if many == 1 else 'their'} contrasts as independent, which they are not"
        )
    return tuple(told)


def _title(found: SmallStudies) -> str:
    return (
        f"{found.label}, comparison-adjusted funnel of {counted(len(found.y), 'contrast')} in "
        f"{counted(len(found.comparisons), 'comparison')} "
        f"(later against earlier of {', '.join(found.order)})"
    )


def _rows(found: SmallStudies) -> list[list[str]]:
    if found.slope is None or found.intercept is None:
        return [["no test"]]
    log = " of log effects" if found.scale.is_log else ""
    names = (f"bias (slope{log} on se)", f"intercept{log}")
    return read_rows("Egger's test", names, (found.slope, found.intercept))


def _lines(found: SmallStudies) -> list[str]:
    return aligned(_rows(found))


def _notes(found: SmallStudies) -> list[str]:
    return [f"note: {remark}" for remark in found.remarks]
