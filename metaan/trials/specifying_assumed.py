"""What is assumed of SDs that were not printed: of end scores behind changes, of differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from numbers import Real

import numpy as np

from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.measures.table import MEASURES
from metaan.trials.contrasting import Contrasts
from metaan.trials.printed import PRINTED_KIND
from metaan.trials.schema import CHANGE
from metaan.trials.specifying_options import AS_PRINTED, LEFT_OUT, OWN_ERROR

IN_UNITS = frozenset(key for key, row in MEASURES.items() if row.in_units)


def check_changes(changes: object) -> None:
    """Raise ``InputError`` unless this says what is done with change scores."""
    if isinstance(changes, str) and changes in (AS_PRINTED, LEFT_OUT):
        return
    if isinstance(changes, float | int) and not isinstance(changes, bool) and -1 < changes < 1:
        return
    raise InputError(
        f'changes={changes!r} must be "{AS_PRINTED}", "{LEFT_OUT}" or a correlation between -1 '
        "and 1"
    )


def check_printed(printed: object) -> None:
    """Raise ``InputError`` unless this says what is done with differences without an SD."""
    if isinstance(printed, Mapping):
        wrong = [f"{name}: {sd!r}" for name, sd in printed.items() if not _is_sd(sd)]
        if wrong:
            raise InputError(f"printed: an SD must be a number above 0; got {', '.join(wrong)}")
    elif not (isinstance(printed, str) and printed in (LEFT_OUT, OWN_ERROR)):
        raise InputError(
            f'printed={printed!r} must be "{LEFT_OUT}", "{OWN_ERROR}" or an SD for each instrument'
        )


def _is_sd(sd: object) -> bool:
    return isinstance(sd, Real) and not isinstance(sd, bool) and 0 < float(sd) < np.inf


def with_correlation(effects: Effects, correlation: float) -> Effects:
    """Return effects with those of changes in SDs of end scores.

    Parameters
    ----------
    effects : Effects
        Differences over SDs.
    correlation : float
        Of the scores at the start and the end; 0.5 changes nothing.
    """
    factor = float(np.sqrt(2.0 * (1.0 - correlation)))
    changed = np.array([kind == CHANGE for kind in effects.columns["kind"]], dtype=bool)
    if not changed.any():
        return effects
    names = [name for name, own in zip(effects.study, changed, strict=True) if own]
    told = f"SD of changes made that of end scores by r = {correlation:g}: {', '.join(names)}"
    return replace(
        effects,
        y=np.where(changed, factor * effects.y, effects.y),
        v=np.where(changed, factor * factor * effects.v, effects.v),
        remarks=(*effects.remarks, told),
    )


def printed_sds(pairs: Contrasts, printed: object) -> dict[str, float]:
    """Return the SD of each instrument by which printed differences are divided.

    Parameters
    ----------
    pairs : Contrasts
        Comparisons, some of them known as printed differences alone.
    printed : str or mapping of str to float
        "left out" for none, "from its own standard error", or the SDs themselves.

    Notes
    -----
    ``SE² / (1 / n1 + 1 / n2)`` is the variance within groups that a standard error implies; those
    of one instrument are averaged by their degrees of freedom.
    """
    check_printed(printed)
    if isinstance(printed, Mapping):
        return {str(name): float(sd) for name, sd in printed.items()}
    if printed == LEFT_OUT:
        return {}
    found: dict[str, list[tuple[float, float]]] = {}
    for table in (pairs.pairs, pairs.alternatives):
        columns = (table[name] for name in ("kind", "measure", "instrument", "se", "n1", "n2"))
        for kind, measure, instrument, se, n1, n2 in zip(*columns, strict=True):
            if kind != PRINTED_KIND or measure not in IN_UNITS:
                continue
            freedom, variance = n1 + n2 - 2, se * se / (1 / n1 + 1 / n2)
            if np.isfinite(variance) and freedom > 0:
                found.setdefault(str(instrument), []).append((freedom, variance))
    return {name: _pooled(own) for name, own in found.items()}


def _pooled(own: list[tuple[float, float]]) -> float:
    return float(np.sqrt(np.average([v for _, v in own], weights=[df for df, _ in own])))
