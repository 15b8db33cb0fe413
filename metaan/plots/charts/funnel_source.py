"""What a funnel or radial plot takes from a fit: effects, standard errors, center; no drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.numbers import counted
from metaan.core.regression_fit import RegressionFit
from metaan.core.robust_fit import RobustFit
from metaan.core.scale import IDENTITY, Scale
from metaan.core.wording import estimate_words, in_sentence
from metaan.diagnostics.asymmetry.trim_and_fill_record import FEW, TrimAndFill
from metaan.plots.charts.subjects import (
    DEFAULT_LEVEL,
    POOLS,
    Pool,
    Studies,
    check_some,
    numbers_in,
    remarks_on,
    studies_of,
)
from metaan.plots.forests.wording import clean
from metaan.univariate.residuals import residuals

Subject: TypeAlias = Pool | RegressionFit | Effects | TrimAndFill

FUNNEL_DRAWS: tuple[type, ...] = (*POOLS, RegressionFit, Effects, TrimAndFill)
ARMS, WHOLE = ("n1", "n2"), "n"
SIZED_NOTE = (
    "Axes read transformed effects at the harmonic mean of the studies' sizes, so that an effect "
    "can be read a little beside what the study itself reports."
)


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
        What the figure has to say: studies that are not shown, robust limits.
    remarks : tuple of str
        What the records say a reader should know.
    filled : Effects or None
        Studies that trim and fill has filled in; ``center`` is then the pool with them.
    as_found : Estimate or None
        The pool of the studies alone, where ``center`` is not.
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
    remarks: tuple[str, ...] = ()
    filled: Effects | None = None
    as_found: Estimate | None = None

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


def source_of(fit: Subject, *, verb: str) -> Source:
    """Return what is drawn of a fit; residuals of a regression.

    Parameters
    ----------
    fit : any pool or regression, Effects or TrimAndFill
        A robust regression is shown as the one it was made from: robust limits move no residual.
    verb : str
        Which chart asks, for messages.
    """
    if isinstance(fit, TrimAndFill):
        return _with_filled(fit)
    own = fit.fit if isinstance(fit, RobustFit) else fit
    if isinstance(own, RegressionFit):
        return replace(_left_over(own), remarks=remarks_on(fit))
    return replace(_pooled(studies_of(fit, verb=verb, able=FUNNEL_DRAWS)), remarks=remarks_on(fit))


def pool_of(fit: Pool | Effects, *, verb: str) -> Source:
    """Return what is drawn of what has one pool, or of effects."""
    return replace(_pooled(studies_of(fit, verb=verb)), remarks=remarks_on(fit))


def _pooled(found: Studies) -> Source:
    """Return effects and the center they were pooled to, if any."""
    effects, mean = found.effects, found.estimate
    label = clean(effects.label)
    scale = effects.scale if mean is None else mean.scale
    told = "" if mean is None else f"Pooled {in_sentence(label)} {estimate_words(mean)}"
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
        level=found.level,
        tau2=found.tau2,
        pooled_text=told,
        by=found.by,
        notes=(*_sized_note(effects, scale), *found.notes),
    )


def _with_filled(found: TrimAndFill) -> Source:
    """Return the studies around their pool with the filled ones, which come beside them."""
    studies = Studies(
        effects=found.fit.effects,
        estimate=found.refit.estimate,
        level=found.fit.estimate.level,
        tau2=found.refit.tau2,
    )
    check_some(studies.effects)
    own = _pooled(studies)
    told = [_sentence(text) for text in found.remarks if text != FEW]  # a funnel says so itself
    remarks = dict.fromkeys((*remarks_on(found.fit), *told))
    if not found.missing:
        none = f"Trim and fill ({found.estimator}) fills in no study on the {found.side}."
        return replace(own, notes=(*own.notes, none), remarks=tuple(remarks))
    return replace(
        own,
        pooled_text=f"Pooled with filled studies {estimate_words(found.refit.estimate)}",
        filled=found.refit.effects.take(slice(found.fit.k, None)),
        as_found=found.fit.estimate,
        notes=(
            *own.notes,
            f"Filled in by trim and fill ({found.estimator}): "
            f"{counted(found.missing, 'study', 'studies')} on the {found.side}, which nobody has "
            "seen.",
        ),
        remarks=tuple(remarks),
    )


def _sentence(text: str) -> str:
    told = clean(text)
    return f"{told[:1].upper()}{told[1:]}."


def _left_over(fit: RegressionFit) -> Source:
    """Return the residuals of a regression with the standard errors they have by its model."""
    check_some(fit.effects)
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


def participants(source: Source) -> Floats:
    """Return numbers of participants, shape (k,); NaN where unknown.

    Raises
    ------
    InputError
        If there are no such columns, or they hold no number at all.
    """
    if all(name in source.columns for name in ARMS):
        found = sum(numbers_in(source.columns, name) for name in ARMS)
    elif WHOLE in source.columns:
        found = numbers_in(source.columns, WHOLE)
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


def _sized_note(effects: Effects, scale: Scale) -> tuple[str, ...]:
    """Return how places are read where each study has a scale of its own size."""
    return (SIZED_NOTE,) if scale.sized_by and effects.study_scale is not scale else ()
