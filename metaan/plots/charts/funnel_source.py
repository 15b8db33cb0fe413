"""What a funnel or radial plot takes from a fit: effects, standard errors, center; no drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted, printed
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.core.scale import IDENTITY, Scale
from metaan.core.subgroup_fit import SubgroupFit
from metaan.core.wording import in_sentence
from metaan.plots.forests.wording import clean
from metaan.univariate.residuals import residuals

Subject: TypeAlias = PooledFit | SubgroupFit | CountsFit | RegressionFit | RobustFit | Effects

DEFAULT_LEVEL = 0.95  # of effects that nobody has pooled
ARMS, WHOLE = ("n1", "n2"), "n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Studies and their center.

    Attributes
    ----------
    x, se : ndarray, shape (k,)
        Effect, or residual, and its standard error; analysis scale.
    read : ndarray, shape (k,)
        The effect on the reading scale, each study at its own size.
    study : sequence of str
        Labels.
    rows : tuple of tuple of str
        Row ids behind each study.
    columns : mapping
        Further columns of the effects.
    scale : Scale
        How ``x`` is read.
    label : str
        Name of the effect, reading scale.
    center : Estimate or None
        Pooled effect.
    level : float
        Of the fit.
    tau2 : float
        Between-study variance.
    pooled_text : str
        The center in words; empty without one.
    residual : bool
        Whether ``x`` are residuals, whose center is 0.
    by : str
        Column that the fit was split by; empty if none.
    notes : tuple of str
        What a reader should know.
    """

    x: Floats
    se: Floats
    read: Floats
    study: Sequence[str]
    rows: tuple[tuple[str, ...], ...]
    columns: Mapping[str, Sequence[Any]]
    scale: Scale
    label: str
    center: Estimate | None = None
    level: float = DEFAULT_LEVEL
    tau2: float = 0.0
    pooled_text: str = ""
    residual: bool = False
    by: str = ""
    notes: tuple[str, ...] = ()

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.study)

    @property
    def middle(self) -> float:
        """Center of the limits, analysis scale; NaN without one."""
        if self.residual:
            return 0.0
        return math.nan if self.center is None else self.center.value


def source_of(fit: Subject) -> Source:
    """Return what is drawn of a fit; InputError if it is none of the kinds."""
    if isinstance(fit, RobustFit):
        return source_of(fit.fit)  # a robust variance moves no point and no center
    if isinstance(fit, SubgroupFit):
        by = fit.by if fit.by in fit.overall.effects.columns else ""
        return _pooled(fit.overall.effects, fit.overall.estimate, fit.overall.tau2, by)
    if isinstance(fit, PooledFit | CountsFit):
        return _pooled(fit.effects, fit.estimate, fit.tau2)
    if isinstance(fit, RegressionFit):
        return _left_over(fit)
    if isinstance(fit, Effects):
        return _pooled(fit, None, 0.0)
    raise InputError(
        f"fit must be a pooled fit, a regression, or Effects; got {type(fit).__name__}"
    )


def _pooled(effects: Effects, mean: Estimate | None, tau2: float, by: str = "") -> Source:
    """Return effects and the center they were pooled to, if any."""
    _check_some(effects)
    label = clean(effects.label)
    scale = effects.scale if mean is None else mean.scale
    told = ""
    if mean is not None:
        (number,) = printed(mean.read().value, ratio=scale.is_log)
        told = f"Pooled {in_sentence(label)} {number}"
    with np.errstate(over="ignore"):  # an effect beyond all numbers is read as infinite
        read = np.asarray(effects.study_scale.inverse(effects.y), dtype=np.float64)
    return Source(
        x=effects.y,
        se=effects.se,
        read=read,
        study=effects.study,
        rows=effects.rows,
        columns=effects.columns,
        scale=scale,
        label=label,
        center=mean,
        level=DEFAULT_LEVEL if mean is None else mean.level,
        tau2=tau2,
        pooled_text=told,
        by=by,
    )


def _left_over(fit: RegressionFit) -> Source:
    """Return the residuals of a regression with the standard errors they have by its model."""
    _check_some(fit.effects)
    found = residuals(fit)
    keep = np.isfinite(found.se) & (np.asarray(found.se) > 0)
    if not keep.any():
        raise InputError("every study alone determines its fitted effect: there are no residuals")
    effects = fit.effects.take(keep)
    lost = fit.k - effects.k
    notes = (f"Not shown: {counted(lost, 'study', 'studies')} with no residual of its own.",)
    ratio = effects.scale.is_log
    scale = effects.scale if ratio else IDENTITY
    raw = np.asarray(found.raw)[keep]
    with np.errstate(over="ignore"):
        read = np.asarray(scale.inverse(raw), dtype=np.float64)
    label = clean(effects.label)
    analysis = "" if effects.scale.key in (IDENTITY.key, scale.key) else ", analysis scale"
    return Source(
        x=raw,
        se=np.asarray(found.se)[keep],
        read=read,
        study=effects.study,
        rows=effects.rows,
        columns=effects.columns,
        scale=scale,
        label=f"{label}: observed {'/' if ratio else '−'} fitted{analysis}",
        level=fit.level,
        pooled_text="Fitted effect",
        residual=True,
        notes=notes if lost else (),
    )


def _check_some(effects: Effects) -> None:
    if not effects.k:
        raise InputError("there are no studies to draw")


def participants(source: Source) -> Floats:
    """Return numbers of participants, shape (k,); NaN where unknown.

    Raises
    ------
    InputError
        If there are no such columns, or they hold no number at all.
    """
    if all(name in source.columns for name in ARMS):
        found = sum(_numbers(source.columns[name]) for name in ARMS)
    elif WHOLE in source.columns:
        found = _numbers(source.columns[WHOLE])
    else:
        there = ", ".join(source.columns) or "none"
        raise InputError(
            f"an axis of participants needs columns {ARMS[0]} and {ARMS[1]}, or {WHOLE}; these "
            f"effects have: {there}. Give them in columns=, or take an axis of standard errors."
        )
    sizes = np.where(np.isfinite(found) & (np.asarray(found) > 0), found, np.nan)
    if np.isnan(sizes).all():
        raise InputError("no study has a positive number of participants")
    return np.asarray(sizes)


def _numbers(column: Sequence[Any]) -> Floats:
    return np.array([math.nan if value is None else float(value) for value in column])
