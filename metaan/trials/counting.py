"""counts: from contrasts or from anyone's table to events with their denominators."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Booleans, Column, Floats, FrozenDict, Numbered
from metaan.core.counts import KINDS, PEOPLE, TIME, Counts, EffectsOnDemand
from metaan.core.effects import Effects, chosen_labels
from metaan.core.errors import ChoiceError, InputError, MetaanWarning
from metaan.core.lookup import hint, look_up
from metaan.measures.binary import peto_odds_ratio
from metaan.measures.row import EVENTS, ONE_EVENTS, ONE_RATE, RATES, Measure
from metaan.measures.table import MEASURES
from metaan.trials.contrasting import Contrasts
from metaan.trials.effects import effect_sizes
from metaan.trials.foreign import as_table
from metaan.trials.table_columns import Given, study_labels
from metaan.trials.table_effects import (
    axis_word,
    check_table,
    kept_columns,
    missing_studies,
    table_effects,
    warn_left_out,
)
from metaan.trials.table_routes import gather, names_of
from metaan.trials.table_rules import some
from metaan.trials.zero_cells import ADD, DROP

SIDES = ("treatment", "control")
INPUTS: Mapping[tuple[str, int], tuple[str, ...]] = {
    (PEOPLE, 2): EVENTS,
    (TIME, 2): RATES,
    (PEOPLE, 1): ONE_EVENTS,
    (TIME, 1): ONE_RATE,
}
ALWAYS_DEFINED = "AS"  # whatever the events, and nothing is added


def counts(data: Any, *, kind: str | None = None, **columns: Any) -> Counts:
    """Return events and their denominators, in one or two groups.

    Parameters
    ----------
    data : Contrasts; pandas, polars or pyarrow table; mapping of arrays
        Comparisons made by ``Trials.contrasts``, or a table with one row per study (from one
        with a row per arm: ``to_wide``).
    kind : {"people", "time"}, optional
        What the events are counted over; needed only where a table has columns for both.
    **columns
        For a table: ``study``; ``events1``, ``n1``, ``events2``, ``n2`` (or ``nonevents1``,
        ``nonevents2``), ``events1``, ``time1``, ``events2``, ``time2``; for one group ``events``
        and ``n`` or ``time``; and for each the table's own name for the column, an array, or one
        number for all studies. A column already so named needs no mention. Also the texts
        ``treatment`` and ``control``.

    Returns
    -------
    Counts
        With the further columns of the table, what was left out, and in ``effects`` the studies'
        own effects for every measure of these counts.

    Raises
    ------
    DataError
        If cells break rules (more events than people, negative or no numbers), columns are
        missing or mapped twice, or labels stand twice; every fault is named.
    InputError
        If a table has people and time and ``kind`` does not tell, or contrasts hold no events.
    ChoiceError
        If a name is unknown.

    Warns
    -----
    LeftOutWarning
        If rows of a table lack numbers; they are left out and named.

    Notes
    -----
    Nothing is added to any count. Only the studies' own effects need that: they have 1/2 added in
    the studies with a zero cell, but for Peto's odds ratio, to which nothing is added; ratios do
    without the studies in which both groups have no events, or nothing but events. The
    inverse-variance method is ``pool(counts.effects["OR"])``. Events that are no whole numbers
    (effective sample sizes of clusters) are taken and remarked on.

    Examples
    --------
    >>> import metaan as ma
    >>> table = {"events1": [4, 6], "n1": [123, 306], "events2": [11, 29], "n2": [139, 303]}
    >>> tables = ma.counts(table)
    >>> tables.k, tables.groups, tables.kind
    (2, 2, 'people')
    >>> tables.effects["RR"].y.round(4)
    array([-0.8893, -1.5854])
    """
    if isinstance(data, Contrasts):
        return _of_contrasts(data, kind, columns)
    frame = as_table(data)
    kind, groups = _design(set(columns), set(frame), kind)
    row = next(row for row in MEASURES.values() if row.inputs == INPUTS[kind, groups])
    _check_names(columns, row)
    labels = study_labels(frame, columns)
    study = Numbered.first(len(frame)) if labels is None else labels
    words = {name: axis_word(name, columns.get(name, "")) for name in SIDES}
    named = {name: value for name, value in columns.items() if name not in words}
    given = Given(frame=frame, named=named, study=study)
    inputs = gather(given, row)
    check_table(given, inputs, row.scale, row)
    chosen = np.flatnonzero(inputs.complete)
    lost = missing_studies(given, inputs)
    warn_left_out(lost, len(frame))
    numbers = np.stack([inputs.arrays[name][chosen] for name in row.inputs], axis=1)
    spare = {
        name: values
        for name, values in kept_columns(given, inputs, chosen).items()
        if name not in inputs.read
    }
    found = Counts(
        events=numbers[:, ::2],
        denominators=numbers[:, 1::2],
        kind=kind,
        study=chosen_labels(study, chosen),
        columns=spare,
        left_out=tuple(lost),
        remarks=(*given.remarks, *inputs.remarks),
        treatment=words["treatment"],
        control=words["control"],
    )
    return _with_effects(replace(found, remarks=(*found.remarks, *_fractions(found))))


def _design(named: set[str], there: set[Any], kind: str | None) -> tuple[str, int]:
    """Return the kind and the number of groups that the names ask for, or the table offers."""
    if kind is not None:
        look_up(KINDS, kind, argument="kind", what="a kind of denominator")
    offered = [design for design in INPUTS if kind in (None, design[0])]
    for names in (named, named | there):
        found = [design for design in offered if _told(names, *design)]
        if len({design[0] for design in found}) > 1:
            raise InputError(
                "the table holds people and person-time: say which the events are counted over, "
                f'kind="{PEOPLE}" or kind="{TIME}"'
            )
        if found:
            return found[0]
    return offered[0]


def _told(names: set[str], kind: str, groups: int) -> bool:
    """Return True if a denominator (or the non-events) of such counts is among the names."""
    number = "1" if groups == 2 else ""
    wanted = {f"{KINDS[kind]}{number}", *({f"nonevents{number}"} if kind == PEOPLE else ())}
    return bool(wanted & names)


def _check_names(columns: Mapping[str, Any], row: Measure) -> None:
    known = (*names_of(row), "study", *SIDES)
    strange = [name for name in columns if name not in known]
    if strange:
        said = "; ".join(f"{name!r}{hint(name, known)}" for name in strange)
        more = " Counts are taken as they are: a method chooses what it adds." * bool(
            set(strange) & set(row.options)
        )
        raise ChoiceError(f"counts does not take {said}; it takes {', '.join(known)}, kind.{more}")


def _of_contrasts(data: Contrasts, kind: str | None, columns: Mapping[str, Any]) -> Counts:
    """Return the counts of comparisons whose figures are events."""
    if columns or kind not in (None, PEOPLE):
        raise InputError("contrasts know their columns, and count people: give them alone")
    source = effect_sizes(data, ALWAYS_DEFINED)
    if not source.k:
        raise InputError(
            "no comparison has events in both arms; select an outcome that is counted"
        )
    numbers = np.stack([np.asarray(source.columns[n], dtype=np.float64) for n in EVENTS], axis=1)
    found = Counts(
        events=numbers[:, ::2],
        denominators=numbers[:, 1::2],
        kind=PEOPLE,
        study=source.study,
        treatment=source.treatment,
        control=source.control,
        rows=source.rows,
        columns={name: v for name, v in source.columns.items() if name not in EVENTS},
        left_out=source.left_out,
        remarks=source.remarks,
    )
    return _with_effects(replace(found, remarks=(*found.remarks, *_fractions(found))))


def _fractions(found: Counts) -> list[str]:
    broken: Booleans = (found.events != np.floor(found.events)).any(axis=1)
    if not broken.any():
        return []
    return [
        f"events that are no whole numbers in {some(found.study, broken)}: exact models need "
        "whole numbers"
    ]


def _with_effects(found: Counts) -> Counts:
    """Return the counts with the effects of every measure of theirs, made on demand."""
    inputs = INPUTS[found.kind, found.groups]
    measures = [row.key for row in MEASURES.values() if row.inputs == inputs]
    source = _Source(
        study=tuple(found.study),
        rows=found.rows,
        numbers=FrozenDict(_by_input(inputs, found.events, found.denominators)),
        columns=found.columns,
        words=FrozenDict(treatment=found.treatment, control=found.control),
    )
    return replace(found, effects=EffectsOnDemand(partial(_effects_of, source), measures))


def _by_input(inputs: Iterable[str], events: Floats, whole: Floats) -> dict[str, Floats]:
    columns = [part for pair in zip(events.T, whole.T, strict=True) for part in pair]
    return dict(zip(inputs, columns, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What effects of counts are made from."""

    study: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: Mapping[str, Floats]
    columns: Mapping[str, Any]
    words: Mapping[str, str]


def _effects_of(source: _Source, measure: str) -> Effects:
    """Return the studies' own effects; what has none is listed, not warned about."""
    row = MEASURES[measure]
    options: dict[str, Any] = {}
    if DROP in row.options and row.scale.is_log:
        options[DROP] = True
    if row.function is peto_odds_ratio:
        options[ADD] = 0.0
    frame = pd.DataFrame({"study": source.study, **source.numbers}, copy=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetaanWarning)
        made = table_effects(frame, row, options, source.words, better=None, scale=None)
    place = {label: i for i, label in enumerate(source.study)}
    where = [place[label] for label in made.study]
    more = {name: Column(values).take(where) for name, values in source.columns.items()}
    return replace(
        made,
        rows=tuple(source.rows[i] for i in where),
        columns={**more, **made.columns},
    )
