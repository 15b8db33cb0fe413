"""given_effects: effects that a table gives with their errors → effects, on their scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from metaan.core.effects import GENERIC, Effects, LeftOut
from metaan.core.scale import LOG
from metaan.measures.row import Measure
from metaan.measures.table import MEASURES
from metaan.trials.contrasting import Contrasts
from metaan.trials.naming import find_measure
from metaan.trials.orienting import KEPT
from metaan.trials.printed import (
    GIVEN_RATIOS,
    HAZARD_RATIO,
    PRINTED_KIND,
    recomputed,
    standard_error,
)
from metaan.trials.reading import records

# Measures that no numbers of arms give.
GIVEN_ROWS: Mapping[str, Measure] = MappingProxyType(
    {
        GENERIC: MEASURES[GENERIC],
        **{
            key: replace(MEASURES[GENERIC], key=key, name=name, scale=LOG)
            for key, name in GIVEN_RATIOS.items()
        },
    }
)
AS_DIFFERENCES = "nothing names the effect: taken as a difference, with no effect at 0"


def measure_row(measure: str) -> Measure:
    """Return the row of a measure, also of one that no numbers of arms give.

    Raises
    ------
    ChoiceError
        If there is no such measure.

    Examples
    --------
    >>> measure_row("HR").name
    'Hazard ratio'
    """
    return GIVEN_ROWS.get(measure) or find_measure(measure)


def given_effects(contrasts: Contrasts, measure: str = GENERIC) -> Effects:
    """Return the effects that contrasts hold as given, with their variances.

    Parameters
    ----------
    contrasts : Contrasts
        Of a table with one row per study; figures of another measure are left out and listed.
    measure : str
        Row of ``GIVEN_ROWS``.
    """
    row = GIVEN_ROWS[measure]
    kept, lost = [], []
    for pair in records(contrasts.pairs):
        if pair["kind"] == PRINTED_KIND and pair["measure"] == measure:
            kept.append(pair)
        else:
            what = pair["measure"] or "arms, which a measure must compare"
            wanted = "an effect as given" if measure == GENERIC else f"a {row.name.lower()}"
            reason = f"not {wanted}: {what}"
            lost.append(LeftOut(study=pair["study"], rows=tuple(pair["rows"]), reason=reason))
    errors = np.array([standard_error(pair)[0] for pair in kept], dtype=np.float64)
    y = np.array([pair["estimate"] for pair in kept], dtype=np.float64)
    told = (AS_DIFFERENCES,) if measure == GENERIC and kept else ()
    return Effects(
        y=np.log(y) if row.scale.is_log else y,
        v=errors**2,
        study=tuple(pair["study"] for pair in kept),
        measure=row.key if row.key == HAZARD_RATIO else GENERIC,
        label=row.name,
        scale=row.scale,
        treatment=contrasts.treatment,
        control=contrasts.control,
        rows=tuple(tuple(pair["rows"]) for pair in kept),
        columns={name: tuple(pair[name] for pair in kept) for name in KEPT},
        left_out=(*contrasts.left_out, *lost),
        remarks=(*told, *recomputed(kept)),
    )
