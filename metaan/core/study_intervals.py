"""STUDY_INTERVALS: how the limits of a single study are drawn, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import ndtri

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.scale import Scale

Limits = tuple[Floats, Floats]


def _normal(
    y: Floats, se: Floats, scale: Scale, columns: Mapping[str, Any], level: float
) -> Limits:
    """Return y plus and minus z standard errors, read."""
    del columns
    half = -ndtri((1 - level) / 2) * se
    return scale.inverse(y - half), scale.inverse(y + half)


def _of_counts(
    y: Floats,
    se: Floats,
    scale: Scale,
    columns: Mapping[str, Any],
    level: float,
    *,
    method: str,
) -> Limits:
    """Return the limits of a proportion from its events and n (statsmodels does the sum)."""
    del y, se, scale
    if not {"events", "n"} <= set(columns):
        raise InputError(
            "this interval is for the proportion of one group and needs its columns events and "
            'n; choose interval="NORMAL" for other effects'
        )
    from statsmodels.stats.proportion import proportion_confint

    events, n = (np.asarray(columns[name], dtype=np.float64) for name in ("events", "n"))
    low, high = proportion_confint(events, n, alpha=1 - level, method=method)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


STUDY_INTERVALS: Mapping[str, Callable[..., Limits]] = MappingProxyType(
    {
        "NORMAL": _normal,
        "WILSON": partial(_of_counts, method="wilson"),  # doi:10.1080/01621459.1927.10502953
        "CLOPPER_PEARSON": partial(_of_counts, method="beta"),  # doi:10.1093/biomet/26.4.404
    }
)
DEFAULT_INTERVAL = next(iter(STUDY_INTERVALS))
