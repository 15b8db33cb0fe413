"""Effects that a table gives with their errors, as they are: no measure computes them."""

from __future__ import annotations

import numpy as np

from metaan.core.effects import GENERIC, Effects, LeftOut
from metaan.measures.table import MEASURES
from metaan.trials.contrasting import Contrasts
from metaan.trials.orienting import KEPT
from metaan.trials.printed import PRINTED_KIND, standard_error
from metaan.trials.reading import records


def given_effects(contrasts: Contrasts) -> Effects:
    """Return the effects that contrasts hold as given (``GEN``), with their variances.

    Parameters
    ----------
    contrasts : Contrasts
        Of a table with one row per study; figures of another measure are left out and listed.
    """
    kept, lost = [], []
    for pair in records(contrasts.pairs):
        if pair["kind"] == PRINTED_KIND and pair["measure"] == GENERIC:
            kept.append(pair)
        else:
            what = pair["measure"] or "arms, which a measure must compare"
            reason = f"not an effect as given: {what}"
            lost.append(LeftOut(study=pair["study"], rows=tuple(pair["rows"]), reason=reason))
    errors = np.array([standard_error(pair)[0] for pair in kept], dtype=np.float64)
    row = MEASURES[GENERIC]
    return Effects(
        y=np.array([pair["estimate"] for pair in kept], dtype=np.float64),
        v=errors**2,
        study=tuple(pair["study"] for pair in kept),
        measure=row.key,
        label=row.name,
        scale=row.scale,
        treatment=contrasts.treatment,
        control=contrasts.control,
        rows=tuple(tuple(pair["rows"]) for pair in kept),
        columns={name: tuple(pair[name] for pair in kept) for name in KEPT},
        left_out=(*contrasts.left_out, *lost),
    )
