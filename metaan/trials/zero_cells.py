"""What the zero-cell rule did, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metaan.core.arrays import Booleans
from metaan.core.lookup import look_up
from metaan.measures.binary import DEFAULT_ADD, DEFAULT_RULE, ZERO_RULES


def zero_cell_remarks(
    arrays: Mapping[str, Any], options: Mapping[str, Any], study: Sequence[str]
) -> tuple[str, ...]:
    """Return a remark on the studies whose cells were added to; none if the measure has none.

    Parameters
    ----------
    arrays : mapping of str to ndarray, shape (k,)
        The measure's inputs; NaN where a study has no counts.
    options : mapping
        ``add`` and ``to`` as given to the formula.
    study : sequence of str
        Labels.
    """
    if "events1" not in arrays or not len(study):
        return ()
    add, to = options.get("add", DEFAULT_ADD), options.get("to", DEFAULT_RULE)
    rule = look_up(ZERO_RULES, to, argument="to", what="a zero-cell rule")
    cells = (
        arrays["events1"],
        arrays["n1"] - arrays["events1"],
        arrays["events2"],
        arrays["n2"] - arrays["events2"],
    )
    table = np.stack(cells)
    counted = ~np.isnan(table).any(axis=0)
    zero = (table == 0).any(axis=0) & counted
    touched = rule(zero) & counted
    if not add or not touched.any():
        return ()
    empty = (arrays["events1"] + arrays["events2"] == 0) & counted
    bare = f"no events in either arm of {_names(study, empty)}: next to no information"
    more = (bare,) if empty.any() else ()
    if touched.sum() > zero.sum():
        return (f"{add} added to each cell of every study (rule {to})", *more)
    who = _names(study, touched)
    return (f"zero cells in {who}: {add} added to each cell (rule {to})", *more)


def _names(study: Sequence[str], which: Booleans) -> str:
    return ", ".join(study[int(i)] for i in np.flatnonzero(which))
