"""Risks or rates of two groups, from whatever holds their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.counts import KINDS, PEOPLE, TIME, Counts
from metaan.core.counts_fit import CountsFit
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.core.estimate import Estimate
from metaan.core.fit import PooledFit
from metaan.core.glmm_fit import GlmmFit
from metaan.core.robust_fit import RobustFit
from metaan.core.subgroup_fit import SubgroupFit
from metaan.plots.charts.bubble_marks import PEOPLE as PARTICIPANTS
from metaan.plots.charts.bubble_marks import PERSON_TIME, PRECISION, WEIGHT
from metaan.plots.charts.labbe_curves import MODELED
from metaan.plots.charts.subjects import STUDIES, Pool, not_drawn, numbers_in, robust_note
from metaan.plots.forests.wording import clean

Subject: TypeAlias = Pool | Effects | Counts

GROUPS = (1, 2)  # treatment, control


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoGroups:
    """Counts of two groups and what belongs to them.

    Attributes
    ----------
    study : tuple of str, length k
        Labels.
    events, whole : ndarray, shape (k, 2)
        Events, and people or person-time, of treatment and control.
    kind : str
        "people" or "time".
    treatment, control : str
        Labels of the groups; may be empty.
    sizes : mapping of str to ndarray
        What areas can show, by rows of ``BUBBLE_SIZES``, the usual one first.
    columns : mapping of str to sequence
        Further columns.
    rows : tuple of tuple of str
        Row ids.
    measure : str
        Key of the effect measure; empty for counts.
    label : str
        Name of the effect; empty likewise.
    estimate : Estimate or None
        Pooled effect.
    by : str
        Column that the fit was split by; empty if none.
    notes : tuple of str
        What the figure has to say: studies that are not shown, robust limits.
    """

    study: tuple[str, ...]
    events: Floats
    whole: Floats
    kind: str
    treatment: str
    control: str
    sizes: Mapping[str, Floats]
    columns: Mapping[str, Sequence[Any]]
    rows: tuple[tuple[str, ...], ...]
    measure: str = ""
    label: str = ""
    estimate: Estimate | None = None
    by: str = ""
    notes: tuple[str, ...] = ()


def two_groups(fit: Subject) -> TwoGroups:
    """Return the counts of two groups behind a fit or effects.

    Raises
    ------
    InputError
        If there are none: ``fit`` is something else, has one group, or its effects lack the
        columns.
    """
    if isinstance(fit, Counts):
        return _of_counts(fit, {})
    if isinstance(fit, CountsFit):
        found = _of_counts(fit.counts, {WEIGHT: fit.weights})
        return replace(found, measure=fit.measure, label=fit.label, estimate=fit.estimate)
    if isinstance(fit, GlmmFit):
        measure, found = MODELED[fit.counts.kind], _of_counts(fit.counts, {})
        return replace(found, measure=measure, label=fit.label, estimate=fit.estimate)
    if isinstance(fit, Effects):
        return _of_effects(fit, {PRECISION: 1 / fit.v})
    if isinstance(fit, PooledFit):
        return _of_pool(fit)
    if isinstance(fit, SubgroupFit):
        found = _of_pool(fit.overall)
        return replace(found, by=fit.by if fit.by in found.columns else "")
    if isinstance(fit, RobustFit) and isinstance(fit.fit, PooledFit):
        found = _of_pool(fit.fit)
        return replace(found, estimate=fit.estimate, notes=(*found.notes, robust_note(fit)))
    raise not_drawn(fit, verb="labbe", able=(*STUDIES, Counts))


def _of_pool(fit: PooledFit) -> TwoGroups:
    effects = fit.effects
    found = _of_effects(effects, {WEIGHT: fit.weights, PRECISION: 1 / effects.v})
    return replace(found, estimate=fit.estimate)


def _of_counts(counts: Counts, sizes: Mapping[str, Floats]) -> TwoGroups:
    if counts.groups != len(GROUPS):
        raise InputError("labbe compares two groups; these counts have one")
    return TwoGroups(
        study=tuple(counts.study),
        events=counts.events,
        whole=counts.denominators,
        kind=counts.kind,
        treatment=clean(counts.treatment),
        control=clean(counts.control),
        sizes={**sizes, _size(counts.kind): counts.denominators.sum(axis=1)},
        columns=counts.columns,
        rows=counts.rows,
    )


def _of_effects(effects: Effects, sizes: Mapping[str, Floats]) -> TwoGroups:
    """Return the counts in the columns of effects; studies without them are left out."""
    kind = next((kind for kind in KINDS if set(_names(kind)) <= set(effects.columns)), "")
    if not kind:
        have = ", ".join(effects.columns) or "none"
        people, time = (", ".join(_names(each)) for each in (PEOPLE, TIME))
        raise InputError(
            f"labbe needs the columns {people} (or {time}) among those of the effects; there are: "
            f"{have}. effect_sizes of a table of counts keeps them"
        )
    table = np.column_stack([numbers_in(effects.columns, name) for name in _names(kind)])
    keep = np.isfinite(table).all(axis=1) & (table[:, 1::2] > 0).all(axis=1)
    lost = [clean(effects.study[i]) for i in np.flatnonzero(~keep).tolist()]
    if not keep.any():
        raise InputError(f"no study has numbers in all of {', '.join(_names(kind))}")
    chosen = effects.take(keep)
    _check_possible(chosen.study, kind, table[keep])
    whole = table[keep][:, 1::2]
    told = (f"Without counts, and not shown: {', '.join(lost)}.",) if lost else ()
    return TwoGroups(
        study=tuple(chosen.study),
        events=table[keep][:, ::2],
        whole=whole,
        kind=kind,
        treatment=clean(effects.treatment),
        control=clean(effects.control),
        sizes={
            **{key: values[keep] for key, values in sizes.items()},
            _size(kind): whole.sum(axis=1),
        },
        columns=chosen.columns,
        rows=chosen.rows,
        measure=effects.measure,
        label=effects.label,
        notes=told,
    )


def _names(kind: str) -> tuple[str, ...]:
    """Return ``events1, n1, events2, n2``, or with time1 and time2."""
    return tuple(f"{stem}{group}" for group in GROUPS for stem in ("events", KINDS[kind]))


def _size(kind: str) -> str:
    return PARTICIPANTS if kind == PEOPLE else PERSON_TIME


def _check_possible(study: Sequence[str], kind: str, table: Floats) -> None:
    """Raise an InputError that names the studies whose counts cannot be."""
    events, whole = table[:, ::2], table[:, 1::2]
    wrong = (events < 0) | ((events > whole) if kind == PEOPLE else False)
    told = [
        f"{clean(study[i])}: {events[i, j]:g} events of {whole[i, j]:g} in group {GROUPS[j]}"
        for i, j in np.argwhere(wrong).tolist()
    ]
    if told:
        most = f", and at most as many as there are {KINDS[kind]}" * (kind == PEOPLE)
        raise InputError(f"events must be 0 or more{most}; got {'; '.join(told)}")
