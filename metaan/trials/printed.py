"""Printed differences between two arms: which can be used, and how they are turned round."""

from __future__ import annotations

import math

import numpy as np

from metaan.core.scale import LOG
from metaan.measures.table import MEASURES
from metaan.numerics.tails import normal_quantile
from metaan.trials.reading import Row

PRINTED_KIND = "printed"
RATIOS = tuple(key for key, row in MEASURES.items() if row.scale is LOG)
ASYMMETRY = 0.1  # of half the width; rounding of printed limits stays well below
LEVEL = 0.95  # of every interval in contrasts.csv


def flipped(row: Row) -> Row:
    """Return the figure with its two sides exchanged."""
    other = dict(row)
    for name in ("arm", "treat", "n"):
        other[f"{name}1"], other[f"{name}2"] = row[f"{name}2"], row[f"{name}1"]
    ratio = row["measure"] in RATIOS
    for name, source in (("estimate", "estimate"), ("ci_low", "ci_high"), ("ci_high", "ci_low")):
        other[name] = 1 / row[source] if ratio else -row[source]
    return other


def usable_printed(row: Row) -> str:
    """Return why a printed figure has no usable standard error; empty if it has one."""
    if math.isnan(row["estimate"]):
        return "no estimate printed"
    error, problem = standard_error(row)
    return problem if math.isnan(error) else ""


def standard_error(row: Row) -> tuple[float, str]:
    """Return the standard error on the analysis scale, or NaN and the reason.

    A printed or derived ``se`` is used for differences; for ratios, and where there is none, half
    the 95% interval on the analysis scale over 1.96, unless the interval is not centered on the
    estimate: then it is not what it seems, and no error is made of it.
    """
    ratio = row["measure"] in RATIOS
    if not ratio and not math.isnan(row["se"]):
        return float(row["se"]), ""
    limits = np.array([row["ci_low"], row["estimate"], row["ci_high"]], dtype=np.float64)
    if np.isnan(limits).any():
        return math.nan, "no interval printed"
    if ratio:
        if (limits <= 0).any():
            return math.nan, "a ratio or its limit is not positive"
        limits = np.log(limits)
    half = (limits[2] - limits[0]) / 2
    if abs(limits[1] - (limits[0] + limits[2]) / 2) > ASYMMETRY * half:
        return math.nan, "printed interval is not centered on the estimate"
    return float(half / normal_quantile(LEVEL)), ""
