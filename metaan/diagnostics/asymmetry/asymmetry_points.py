"""PREDICTORS, and what each test draws its line through or ranks: effects and what is behind them.

a b c d are the events and non-events of treatment and control, n1 n2 their sizes, N both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeVar

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.scale import IDENTITY, Scale
from metaan.diagnostics.asymmetry.asymmetry_evidence import DEFAULT_PREDICTOR, Evidence
from metaan.diagnostics.asymmetry.rank_kernel import standardized
from metaan.twobytwo.estimators import DEFAULT_MEASURE, MH_MEASURES, odds_ratio
from metaan.twobytwo.glmm_kernels import Hypergeometric

Known = TypeVar("Known")
ARCSINE = "arcsine difference"
STANDARD_ERROR = "standard error"


class Points(NamedTuple):
    """What a test compares, arrays of shape (k,).

    Attributes
    ----------
    study : sequence of str
        Labels.
    y : ndarray
        Effects; for a rank test, standardized ones.
    x : ndarray
        What they may depend on.
    spread : ndarray
        Reciprocals of the weights: sampling variances, where these are what weighs.
    predictor : str
        Name of x.
    grows : int
        1 if x is larger for smaller studies, so that x = 0 stands for an endless one; else -1.
    label : str
        Name of the effect.
    scale : Scale
        How the effects are read.
    remarks : tuple of str
        What was done on the way.
    undefined : str
        Why there is nothing to compare; empty if there is.
    """

    study: Sequence[str]
    y: Floats
    x: Floats
    spread: Floats
    predictor: str
    grows: int
    label: str
    scale: Scale
    remarks: tuple[str, ...] = ()
    undefined: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictor:
    """A row of ``PREDICTORS``.

    Attributes
    ----------
    key, name : str
        Key, and name inside a sentence.
    function : callable
        ``function(size) -> x``, of variances or sample sizes, any shape.
    sized : bool
        Whether it is of sample sizes.
    grows : int
        1 if it is larger for smaller studies, -1 if smaller.
    """

    key: str
    name: str
    function: Callable[[Floats], Floats]
    sized: bool
    grows: int


_ROWS = (
    Predictor(
        key=DEFAULT_PREDICTOR,
        name=STANDARD_ERROR,
        function=lambda size: np.sqrt(size),
        sized=False,
        grows=1,
    ),
    Predictor(key="V", name="sampling variance", function=lambda size: size, sized=False, grows=1),
    Predictor(key="N", name="sample size", function=lambda size: size, sized=True, grows=-1),
    Predictor(
        key="1/N", name="inverse sample size", function=lambda size: 1 / size, sized=True, grows=1
    ),
    Predictor(
        key="SQRT_N",
        name="square root of the sample size",
        function=lambda size: np.sqrt(size),
        sized=True,
        grows=-1,
    ),
    Predictor(
        key="1/SQRT_N",
        name="inverse square root of the sample size",
        function=lambda size: 1 / np.sqrt(size),
        sized=True,
        grows=1,
    ),
)
PREDICTORS: Mapping[str, Predictor] = MappingProxyType({row.key: row for row in _ROWS})
V, N, INVERSE_N = tuple(PREDICTORS)[1:4]


def effect_points(evidence: Evidence) -> Points:
    """Return effects with their variances, and a predictor of the caller's choice."""
    row, effects = PREDICTORS[evidence.asked.predictor], evidence.effects
    sizes = _known(evidence.n) if row.sized else effects.v
    return _points(evidence, row.function(sizes), effects.v, row.name, row.grows)


def peters_points(evidence: Evidence) -> Points:
    """Return effects by 1 / N, weighted by ``1 / (1 / (a + c) + 1 / (b + d))``."""
    return _pooled_variance(evidence, INVERSE_N)


def macaskill_points(evidence: Evidence) -> Points:
    """Return effects by N, weighted by precision."""
    groups = _known(evidence.tables)
    return _points(evidence, groups.total[0], evidence.effects.v, PREDICTORS[N].name, -1)


def macaskill_pooled_points(evidence: Evidence) -> Points:
    """Return effects by N, weighted by ``1 / (1 / (a + c) + 1 / (b + d))``."""
    return _pooled_variance(evidence, N)


def _pooled_variance(evidence: Evidence, predictor: str) -> Points:
    groups, row = _known(evidence.tables), PREDICTORS[predictor]
    with np.errstate(divide="ignore"):
        spread = 1 / groups.events + 1 / (groups.spared1 + groups.spared2)
    found = _points(evidence, row.function(groups.total)[0], spread[0], row.name, row.grows)
    return _some(found, np.isfinite(spread[0]))


def deeks_points(evidence: Evidence) -> Points:
    """Return effects by ``1 / sqrt(ESS)``, weighted by ESS, the effective size 4 n1 n2 / N."""
    groups = _known(evidence.tables)
    size = (4 * groups.whole1 * (groups.whole2 / groups.total))[0]
    name = "inverse square root of the effective sample size"
    return _points(evidence, 1 / np.sqrt(size), 1 / size, name, 1)


def pustejovsky_points(evidence: Evidence) -> Points:
    """Return effects by ``sqrt(1 / n1 + 1 / n2)``, weighted by precision."""
    n1, n2 = _known(evidence.sizes)
    name = "standard error without its share of the effect, √(1/n₁ + 1/n₂)"
    return _points(evidence, np.sqrt(1 / n1 + 1 / n2), evidence.effects.v, name, 1)


def harbord_points(evidence: Evidence) -> Points:
    """Return scores Z / V by ``1 / sqrt(V)``, weighted by V, their variance without an effect."""
    groups = _known(evidence.all_tables)
    variance, row = groups.chance_variance[0], MH_MEASURES[DEFAULT_MEASURE]
    told = variance > 0
    spread = 1 / np.where(told, variance, 1.0)
    found = Points(
        study=evidence.all_studies,
        y=groups.excess[0] * spread,
        x=np.sqrt(spread),
        spread=spread,
        predictor="standard error of the score",
        grows=1,
        label=row.label,
        scale=row.scale,
    )
    return _some(found, told)


def arcsine_points(evidence: Evidence) -> Points:
    """Return ``asin sqrt(a / n1) - asin sqrt(c / n2)`` by its standard error."""
    groups = _known(evidence.all_tables)
    one, other = (
        np.arctan2(np.sqrt(events), np.sqrt(spared))
        for events, spared in (
            (groups.events1, groups.spared1),
            (groups.events2, groups.spared2),
        )
    )
    variance = (1 / (4 * groups.whole1) + 1 / (4 * groups.whole2))[0]
    return Points(
        study=evidence.all_studies,
        y=(one - other)[0],
        x=np.sqrt(variance),
        spread=variance,
        predictor=STANDARD_ERROR,
        grows=1,
        label=ARCSINE.capitalize(),
        scale=IDENTITY,
    )


def begg_points(evidence: Evidence) -> Points:
    """Return effects less their mean over the standard error of that, and variances."""
    return ranked(effect_points(evidence))


def arcsine_begg_points(evidence: Evidence) -> Points:
    """Return the same of arcsine differences."""
    return ranked(arcsine_points(evidence))


def ranked(points: Points) -> Points:
    """Return points for a rank test: standardized effects, and variances."""
    y = standardized(points.y[None], points.spread[None])[0]
    return points._replace(y=y, x=points.spread, predictor=PREDICTORS[V].name)


def schwarzer_points(evidence: Evidence) -> Points:
    """Return ``(a - E) / sqrt(V)`` and 1 / V given the margins, at the common odds ratio.

    E and V are of the noncentral hypergeometric distribution at the Mantel-Haenszel odds ratio
    of the tables, with ``evidence.asked.correction`` added to the cells of those with a zero cell.
    """
    groups = _known(evidence.all_tables)
    tables = groups.corrected(
        evidence.asked.correction, groups.zero_cell & ~groups.no_events & ~groups.all_events
    )
    row = MH_MEASURES[DEFAULT_MEASURE]
    eta = float(row.value(odds_ratio(tables))[0])
    told = groups.chance_variance[0] > 0
    events = np.stack([groups.events1[0], groups.events2[0]], axis=-1)[told]
    people = np.stack([groups.whole1[0], groups.whole2[0]], axis=-1)[told]
    off, variance = _cell_moments(events, people, eta)
    with np.errstate(divide="ignore", invalid="ignore"):
        y, precision = off / np.sqrt(variance), 1 / variance
    return Points(
        study=tuple(name for name, kept in zip(evidence.all_studies, told, strict=True) if kept),
        y=y,
        x=precision,
        spread=precision,
        predictor="inverse variance of the cell",
        grows=-1,
        label=row.label,
        scale=row.scale,
        remarks=_silent(int(np.count_nonzero(~told))),
        undefined="" if np.isfinite(eta) else "the common odds ratio is 0 or infinite",
    )


def _cell_moments(events: Floats, people: Floats, eta: float) -> tuple[Floats, Floats]:
    """Return a - E and V of the noncentral hypergeometric distribution; NaN where eta is not."""
    if not np.isfinite(eta):
        return np.full(len(events), np.nan), np.full(len(events), np.nan)
    which = np.arange(len(events))
    slopes = Hypergeometric(events, people).slopes(np.full((len(events), 1, 1), eta), which)
    return slopes.l1[:, 0, 0], -slopes.l2[:, 0, 0]


def _points(evidence: Evidence, x: Floats, spread: Floats, predictor: str, grows: int) -> Points:
    effects = evidence.effects
    return Points(
        study=effects.study,
        y=effects.y,
        x=x,
        spread=spread,
        predictor=predictor,
        grows=grows,
        label=effects.label,
        scale=effects.scale,
    )


def _some(points: Points, told: Booleans) -> Points:
    """Return the points of studies that say something, and how many say nothing."""
    if told.all():
        return points
    study = tuple(name for name, kept in zip(points.study, told, strict=True) if kept)
    arrays = {name: getattr(points, name)[told] for name in ("y", "x", "spread")}
    return points._replace(study=study, remarks=_silent(int(np.count_nonzero(~told))), **arrays)


def _silent(number: int) -> tuple[str, ...]:
    if not number:
        return ()
    who = "1 study" if number == 1 else f"{number} studies"
    return (f"{who} without an event, or with nothing else, said nothing and did not enter",)


def _known(value: Known | None) -> Known:
    """Return what `misfit` has found to be there."""
    if value is None:
        raise AssertionError("a test was run that does not apply")
    return value
