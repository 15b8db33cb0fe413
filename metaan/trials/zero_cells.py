"""What the zero-cell rule did, in words, and which studies carry no information."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metaan.core.arrays import Booleans, Floats
from metaan.core.errors import NoInformationWarning
from metaan.core.lookup import look_up
from metaan.measures.row import EVENTS, MARGINS, MATCHED, ONE_EVENTS, ONE_RATE, RATES, Measure
from metaan.measures.zero_rules import ZERO_RULES
from metaan.trials.table_rules import some

ADD, TO, DROP = "add", "to", "drop_double_zero"
BOTH = "no events in either group"
NEITHER = "nobody without an event in either group"


def zero_cell_remarks(
    arrays: Mapping[str, Floats],
    row: Measure,
    options: Mapping[str, Any],
    study: Sequence[str],
) -> tuple[str, ...]:
    """Return what was added to whose cells; nothing if the measure adds to none.

    Parameters
    ----------
    arrays : mapping of str to ndarray, shape (k,)
        The measure's inputs; NaN where a study has no counts.
    row : Measure
        The measure; its function's defaults hold where an option is not given.
    options : mapping
        Options as given to the formula.
    study : sequence of str
        Labels.

    Warns
    -----
    NoInformationWarning
        If a ratio meets studies without events (or without anyone spared) in both groups: what
        is added decides their effect.
    """
    if not len(study) or ADD not in row.options:
        return ()
    add = options.get(ADD, row.default(ADD))
    to = options.get(TO, row.default(TO))
    rule = look_up(ZERO_RULES, to, argument=TO, what="a zero-cell rule")
    zero, counted = _zeros(arrays, row)
    if options.get(DROP):
        for dropped, _ in _empty(arrays, row):
            zero, counted = zero & ~dropped, counted & ~dropped
    touched = rule(zero) & counted
    if not add or not touched.any():
        return ()
    bare = _bare(arrays, row, study, options)
    what = "the events" if row.inputs in (RATES, ONE_RATE) else "each cell"
    if touched.sum() > zero.sum():
        return (f"{add:g} added to {what} of every study (rule {to})", *bare)
    who = some(study, touched)
    return (f"zero cells in {who}: {add:g} added to {what} (rule {to})", *bare)


def _zeros(arrays: Mapping[str, Floats], row: Measure) -> tuple[Booleans, Booleans]:
    """Return which studies have a zero cell, and which have counts at all."""
    if row.inputs == MATCHED:
        cells = [arrays[name] for name in MATCHED]
    elif row.inputs in (EVENTS, ONE_EVENTS, MARGINS):
        counted_inputs = [name for name in row.inputs if name[:6] == "events" or name[0] == "n"]
        pairs = zip(counted_inputs[::2], counted_inputs[1::2], strict=True)
        cells = [part for e, n in pairs for part in (arrays[e], arrays[n] - arrays[e])]
    elif row.inputs in (RATES, ONE_RATE):
        cells = [arrays[name] for name in row.inputs[::2]]
    else:
        nothing = np.zeros(len(next(iter(arrays.values()))), dtype=bool)
        return nothing, nothing
    zero = cells[0] == 0
    counted = ~np.isnan(cells[0])
    for cell in cells[1:]:
        zero |= cell == 0
        counted &= ~np.isnan(cell)
    return zero & counted, counted


def left_without_information(
    arrays: Mapping[str, Floats], row: Measure, options: Mapping[str, Any]
) -> Mapping[int, str]:
    """Return a reason for each study that ``drop_double_zero`` takes out, by position."""
    found = _Reasons()
    if options.get(DROP):
        for where, words in _empty(arrays, row):
            found.update({int(i): f"{words} ({DROP})" for i in np.flatnonzero(where)})
    return found


class _Reasons(dict[int, str]):
    def __missing__(self, key: int) -> str:
        return ""


def _empty(arrays: Mapping[str, Floats], row: Measure) -> list[tuple[Booleans, str]]:
    """Return the studies in which both groups have no events, or nothing but events."""
    if row.inputs not in (EVENTS, RATES, MARGINS):
        return []
    e1, n1, e2, n2 = (arrays[name] for name in row.inputs[:4])
    none = [((e1 == 0) & (e2 == 0), BOTH)]
    return none if row.inputs == RATES else [*none, ((e1 == n1) & (e2 == n2), NEITHER)]


def _bare(
    arrays: Mapping[str, Floats], row: Measure, study: Sequence[str], options: Mapping[str, Any]
) -> list[str]:
    """Return (and warn about) the studies of a ratio that say nothing about it."""
    if not row.scale.is_log or options.get(DROP):
        return []
    said = [
        f"{words} of {some(study, where)}: next to no information about a ratio"
        for where, words in _empty(arrays, row)
        if where.any()
    ]
    if said:
        warnings.warn(
            f"{'; '.join(said)}. The cells added decide their effect: leave them out with "
            f"{DROP}=True, or choose a measure or a model that takes them as they are",
            NoInformationWarning,
            stacklevel=5,
        )
    return said
