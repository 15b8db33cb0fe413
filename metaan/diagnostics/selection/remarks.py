"""What a careful reader should know of a selection model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.numbers import compact, listed
from metaan.diagnostics.selection.parts import BOTTOM, IntervalCount, SelectionParameter
from metaan.diagnostics.selection.rivals import remarks_on_maxima
from metaan.diagnostics.selection.selections import CUT, SMOOTH, STEPPED
from metaan.diagnostics.selection.solving import Solved
from metaan.diagnostics.selection.words import few

FEW_STUDIES, FEW_IN_INTERVAL = 10, 4


def remarks_on(
    solved: Solved,
    delta: Sequence[SelectionParameter],
    counts: Sequence[IntervalCount],
    base_se: Floats,
) -> tuple[str, ...]:
    """Return cautions, the most general ones first; ``base_se`` is that without selection."""
    setting, asked = solved.setting, solved.asked
    told = list(asked.remarks)
    if not setting.chosen:
        told.insert(
            0,
            f'selection is taken to favor {setting.alternative.words} (alternative="'
            f'{setting.alternative.key}"), the side of the unadjusted estimate',
        )
    if setting.k < FEW_STUDIES:
        told.append(f"{setting.k} studies say little about selection; read this as what could be")
    sparse = few(counts, FEW_IN_INTERVAL) if asked.row.kind == STEPPED else []
    if sparse and not asked.table:
        told.append(
            f"few studies to learn a weight from: {listed([str(each) for each in sparse])}"
        )
    told += _borders(solved, delta)
    told += _tests(solved)
    if not solved.found.settled:
        told.append(
            "the likelihood rises without end: there is no maximum, the numbers are where the "
            "search stopped, and standard errors are left out"
        )
    elif np.isnan(solved.spread).any():
        told.append(
            "the likelihood is flat at its maximum: data and model do not determine the "
            "parameters, and standard errors are left out"
        )
    return (*told, *remarks_on_maxima(solved, base_se))


def _borders(solved: Solved, delta: Sequence[SelectionParameter]) -> list[str]:
    """Return what is said of estimates at the end of their range."""
    told = []
    p = solved.search.problem.p
    if solved.found.border[p]:
        told.append("tau² is estimated as 0, the end of its range; other errors are given that")
    for each in delta:
        if each.border and each.place not in solved.asked.empty:
            ends = "falls to" if each.border == BOTTOM else "would exceed"
            told.append(
                f"{each.name} is at the end of its range: its estimate {ends} "
                f"{compact(each.value)}; it has no standard error, and others are given that"
            )
    return told


def _tests(solved: Solved) -> list[str]:
    """Return what is to be known of the test of no selection."""
    row = solved.asked.row
    if solved.asked.table or not np.isnan(solved.asked.delta).any():
        return []
    if row.kind == CUT and row.estimated_cut:
        return [
            "the cut lies at a study, where the likelihood jumps: it has no standard error, other "
            "errors are given it, and the p-value of the likelihood ratio test is too small"
        ]
    if row.kind == SMOOTH and row.low == row.null:
        return [
            "delta = 0, no selection, is the end of its range, so that the p-value of the "
            "likelihood ratio test is too large, up to twice"
        ]
    if row.kind == SMOOTH and row.low[0] == row.null[0] and len(row.null) > 1:
        return [
            "without selection only one of the two parameters has a meaning, so that the p-value "
            "of the likelihood ratio test is an approximation"
        ]
    return []
