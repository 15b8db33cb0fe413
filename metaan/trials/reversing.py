"""Turning effects round so that one direction is better in all of them: only when asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import DataError, Fault, InputError
from metaan.core.lookup import look_up
from metaan.measures.row import Measure, Swap
from metaan.trials.table_columns import Given
from metaan.trials.table_rules import header_fault, row_fault

DIRECTION = "direction"
DIRECTIONS = {"lower": "lower", "higher": "higher"}


def reversed_effects(
    y: Floats, v: Floats, row: Measure, given: Given, chosen: Any, better: str | None
) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Return the effects of a table in one direction, and a remark on those turned.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
        Effects of the chosen rows.
    row : Measure
        Says what turning its outcome round does.
    given : Given
        The table; ``direction=``, or with ``better`` its column of that name, says which
        direction of each outcome is better. A moderator of that name is left alone otherwise.
    chosen : slice or ndarray
        Which rows the effects are.
    better : {"lower", "higher"} or None
        The direction asked for.

    Raises
    ------
    InputError
        If directions differ and none was asked for, none is known, or the measure cannot turn.
    DataError
        If a cell of ``direction`` is neither.
    """
    if better is not None:
        look_up(DIRECTIONS, better, argument="better", what="a direction")
    if DIRECTION not in given.named and (better is None or DIRECTION not in given.frame):
        if better is not None:
            raise InputError(
                f'better= needs to know each outcome: name a column with {DIRECTION}="...", '
                'whose cells are "lower" or "higher"'
            )
        return y, v, ()
    ways = _ways(given)[chosen]
    if better is None:
        if len(set(ways)) > 1:
            raise InputError(_mixed(given, chosen, ways))
        return y, v, ()
    flip = ways != better
    if not flip.any():
        return y, v, ()
    names = ", ".join(given.study[int(i)] for i in np.arange(len(given.study))[chosen][flip])
    return np.where(flip, turned(y, row), y) + 0.0, v, (
        f"turned round so that {better} is better: {names}",
    )  # fmt: skip


def turned(y: Floats, row: Measure) -> Floats:
    """Return effects of outcomes turned round.

    Raises
    ------
    InputError
        If the measure has no such effect (a ratio of means, a count).
    """
    if row.turn is Swap.SIGN:
        return -y
    if row.turn is Swap.COMPLEMENT:
        return 1 - y
    if row.turn is Swap.NONE:
        return y
    raise InputError(
        f"{row.key} cannot be turned round afterwards: reverse the outcome before (count the "
        "opposite event, or subtract the scores from their maximum)"
    )


def _ways(given: Given) -> Any:
    column = given.named.get(DIRECTION, DIRECTION)
    if isinstance(column, str) and column not in given.frame:
        rule = f"column is missing (needed as {DIRECTION})"
        raise DataError([header_fault(column, rule, 'Add it: "lower" or "higher" in each row.')])
    if isinstance(column, str):
        cells = given.frame[column].tolist()
    elif isinstance(column, Iterable):
        cells = list(column)
    else:
        raise InputError(f"{DIRECTION}= takes the name of a column, or values; got {column!r}")
    if len(cells) != len(given.frame):
        raise InputError(f"{DIRECTION}= needs {len(given.frame)} values; got {len(cells)}")
    faults: list[Fault] = [
        row_fault(i, given.study, given.label(DIRECTION), cell, "must be lower or higher",
                  "Say which direction of this outcome is better.")
        for i, cell in enumerate(cells)
        if not (isinstance(cell, str) and cell in DIRECTIONS)
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    return np.array(cells, dtype=object)


def _mixed(given: Given, chosen: Any, ways: Any) -> str:
    rows = np.arange(len(given.study))[chosen]
    listed = "; ".join(
        f"{way} is better: "
        + ", ".join(given.study[int(i)] for i, w in zip(rows, ways, strict=True) if w == way)
        for way in sorted(set(ways))
    )
    return (
        f'outcomes of opposite direction ({listed}); give better="lower" or better="higher" to '
        "turn them one way, or leave some out"
    )
