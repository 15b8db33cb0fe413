"""Rows of a RevMan analysis → a table for effect_sizes, and what RevMan did with it in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from metaan.core.numbers import decimals_for, fixed
from metaan.measures.row import EVENTS
from metaan.trials.revman_rows import (
    BESIDE,
    CONTINUOUS,
    DICHOTOMOUS,
    GENERIC_IV,
    NUMBERS,
    O_E,
    PRINTED,
    Row,
    squeezed,
)

# As RevMan 5 and the Cochrane Library spell them, squeezed.
METHODS: Mapping[str, str] = MappingProxyType(
    {
        "mh": "Mantel-Haenszel",
        "mantelhaenszel": "Mantel-Haenszel",
        "iv": "inverse variance",
        "inversevariance": "inverse variance",
        "peto": "Peto's method",
        "expoevar": "exp[(O-E)/V]",
    }
)
# RevMan 5 names no method where it has but one.
ONLY_METHOD: Mapping[str, str] = MappingProxyType({CONTINUOUS: "iv", GENERIC_IV: "iv"})
MODELS: Mapping[str, str] = MappingProxyType({"fixed": "fixed effect", "random": "random effects"})


def pooled_remark(row: Row, measure: str) -> tuple[str, ...]:
    """Return how RevMan pooled an analysis, and what it got; nothing if the file does not say.

    Parameters
    ----------
    row : dict
        A row of ``RevManReview.analyses``.
    measure : str
        The measure chosen; where RevMan used another one, that is named.
    """
    model = str(row["analysis_model"])
    only = ONLY_METHOD.get(row["data_type"], "") if model else ""
    method = str(row["statistical_method"]) or only
    words = (METHODS.get(squeezed(method), method), MODELS.get(model, model))
    how = ", ".join(word for word in words if word)
    if math.isnan(row["printed_effect"]):
        return (f"RevMan was set to {how}, and printed no pooled result",) if how else ()
    other = row["effect_measure"] and measure != row["measure"]
    figures = [row[name] for name in ("printed_effect", "printed_low", "printed_high")]
    digits = max(2, decimals_for(*figures))
    effect, low, high = (fixed(figure, digits) for figure in figures)
    said = f" as {row['effect_measure']}" if other else ""
    by = f" {'by' if method else 'with'} {how}" if how else ""
    return (f"RevMan pooled these{said}{by}: {effect} ({low} to {high})",)


def ready(frame: pd.DataFrame, data_type: str, *, swapped: bool) -> pd.DataFrame:
    """Return the studies of an analysis as ``effect_sizes`` takes them."""
    table = pd.DataFrame({"study": _labels(frame), "study_name": frame["study"]})
    numbers = (*NUMBERS[data_type], *BESIDE[data_type])
    table = table.assign(**{name: frame[name] for name in dict.fromkeys(numbers)})
    if data_type == DICHOTOMOUS and swapped:
        for events, n in (EVENTS[:2], EVENTS[2:]):
            table[events] = table[n] - table[events]
    if data_type == O_E:
        with np.errstate(divide="ignore", invalid="ignore"):
            table = table.assign(
                y=table["o_e"] / table["variance"], se=1 / np.sqrt(table["variance"])
            )
    more = ["year", "subgroup", "subgroup_name", "estimable", "applicability", "footnote"]
    return table.join(frame[[*more, *PRINTED]])


def _labels(frame: pd.DataFrame) -> list[str]:
    """Return labels that differ: a study's repeats have the subgroup, then a count, behind."""
    names = frame["study"].tolist()
    often = Counter(names)
    places = zip(names, frame["analysis"], frame["subgroup"], strict=True)
    keys = [
        f"{name} ({analysis}.{subgroup})" if subgroup and often[name] > 1 else str(name)
        for name, analysis, subgroup in places
    ]
    labels = []
    seen: Counter[str] = Counter()
    for key in keys:
        seen[key] += 1
        labels.append(key if seen[key] == 1 else f"{key} ({seen[key]})")
    return labels
