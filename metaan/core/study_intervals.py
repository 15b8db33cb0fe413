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

DEFAULT_LEVEL = 0.95  # coverage of every interval unless the caller says otherwise

Limits = tuple[Floats, Floats, Floats]  # point, low, high; reading scale


def _normal(
    y: Floats, se: Floats, scale: Scale, columns: Mapping[str, Any], level: float
) -> Limits:
    """Return y, and y minus and plus z standard errors, read."""
    del columns
    half = -ndtri((1 - level) / 2) * se
    return scale.inverse(y), scale.inverse(y - half), scale.inverse(y + half)


def _of_counts(
    y: Floats,
    se: Floats,
    scale: Scale,
    columns: Mapping[str, Any],
    level: float,
    *,
    method: str,
) -> Limits:
    """Return events over n and its limits (statsmodels does the sum)."""
    del y, se, scale
    if not {"events", "n"} <= set(columns):
        raise InputError(
            "this interval is for the proportion of one group and needs its columns events and "
            'n; choose interval="NORMAL" for other effects'
        )
    from statsmodels.stats.proportion import proportion_confint

    events, n = (np.asarray(columns[name], dtype=np.float64) for name in ("events", "n"))
    low, high = proportion_confint(events, n, alpha=1 - level, method=method)
    return events / n, np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def checked_level(level: float) -> float:
    """Return the coverage of an interval, or raise if it is none."""
    if not 0 < level < 1:
        hint = f"; did you mean {level / 100:g}?" if 1 < level < 100 else ""
        raise InputError(f"level must lie between 0 and 1; got {level!r}{hint}")
    return level


STUDY_INTERVALS: Mapping[str, Callable[..., Limits]] = MappingProxyType(
    {
        "NORMAL": _normal,
        "WILSON": partial(_of_counts, method="wilson"),  # doi:10.1080/01621459.1927.10502953
        "CLOPPER_PEARSON": partial(_of_counts, method="beta"),  # doi:10.1093/biomet/26.4.404
    }
)
DEFAULT_INTERVAL = next(iter(STUDY_INTERVALS))
