"""Printed effects of two arms: which can be used, on which scale, how they are turned round."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.numbers import listed
from metaan.core.scale import LOG
from metaan.measures.table import MEASURES
from metaan.numerics.tails import normal_quantile
from metaan.recovery.digits import half_unit
from metaan.trials.reading import Row

PRINTED_KIND = "printed"
HAZARD_RATIO = "HR"  # papers print it, no numbers of arms give it
RATIO = "RATIO"  # of which is known that it is one, and no more
GIVEN_RATIOS: Mapping[str, str] = MappingProxyType({HAZARD_RATIO: "Hazard ratio", RATIO: "Ratio"})
RATIOS = (*(key for key, row in MEASURES.items() if row.scale is LOG), *GIVEN_RATIOS)
ASYMMETRY = 0.1  # of half the width; rounding of printed limits stays well below
HAIR = 1e-9  # binary fractions of a tie
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
    estimate, by more than a tenth of its half and than rounding explains: then it is not what it
    seems, and no error is made of it.
    """
    ratio = row["measure"] in RATIOS
    if not ratio and not math.isnan(row["se"]):
        return float(row["se"]), ""
    limits = _limits(row)
    if np.isnan(limits).any():
        return math.nan, "no interval printed"
    if ratio:
        if (limits <= 0).any():
            return math.nan, "a ratio or its limit is not positive"
        limits = np.log(limits)
    half = (limits[2] - limits[0]) / 2
    if off_center(row, ratio=ratio) > ASYMMETRY * half and not is_centered(row, ratio=ratio):
        told = "printed interval is not centered on the estimate"
        if is_centered(row, ratio=not ratio):
            here, there = ("raw", "difference") if ratio else ("log", "ratio")
            told += f", but on the {here} scale it is: is this a {there}?"
        return math.nan, told
    return float(half / normal_quantile(LEVEL)), ""


def off_center(row: Row, *, ratio: bool) -> float:
    """Return how far an estimate lies from the middle of its limits, on the scale of a ratio."""
    low, value, high = _placed(row, ratio=ratio)
    return float(abs(value - (low + high) / 2))


def is_centered(row: Row, *, ratio: bool) -> bool:
    """Whether an estimate is the middle of its limits but for the rounding of what is printed."""
    limits = _limits(row)
    if np.isnan(limits).any() or (ratio and (limits <= 0).any()):
        return False
    unit = float(half_unit(None, *limits))
    parts = unit / limits if ratio else np.full(3, unit)
    slack = float(parts[1] + (parts[0] + parts[2]) / 2) * (1 + HAIR)
    return off_center(row, ratio=ratio) <= slack


def recomputed(pairs: Sequence[Row]) -> tuple[str, ...]:
    """Return a remark on the studies whose limits, as drawn, differ from the printed ones."""
    names = []
    for pair in pairs:
        error, problem = standard_error(pair)
        limits = _limits(pair)
        if pair["kind"] != PRINTED_KIND or problem or np.isnan(limits).any():
            continue
        ratio = pair["measure"] in RATIOS
        if not ratio and not math.isnan(pair["se"]):
            continue  # the limits may be those of t
        value = _placed(pair, ratio=ratio)[1]
        half = float(normal_quantile(LEVEL)) * error
        made = np.array([value - half, value + half])
        shown = np.exp(made) if ratio else made
        unit = float(half_unit(None, *limits))
        if np.any(np.abs(shown - limits[[0, 2]]) > unit + HAIR * np.abs(shown)):
            names.append(str(pair["study"]))
    if not names:
        return ()
    return (f"limits recomputed from the standard error, not as printed: {listed(names)}",)


def _limits(row: Row) -> Floats:
    return np.array([row["ci_low"], row["estimate"], row["ci_high"]], dtype=np.float64)


def _placed(row: Row, *, ratio: bool) -> Floats:
    limits = _limits(row)
    return np.log(limits) if ratio else limits
