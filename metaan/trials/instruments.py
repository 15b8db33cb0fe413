"""Outcome scales: their range, unit and direction, and moving figures from one to another."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.measures.table import MEASURES
from metaan.trials.schema import CHANGE, EVENTS

IN_UNITS = [key for key, row in MEASURES.items() if row.in_units]
CARRIED = "carried"
LOCATIONS = ("mean", "ci_low", "ci_high")
SPREADS = ("sd", "se")


def line_between(instruments: pd.DataFrame, source: str, target: str) -> tuple[float, float]:
    """Return factor and shift that carry values of one instrument to another.

    The line takes the lowest possible value to the lowest and the highest to the highest.

    Raises
    ------
    InputError
        If a range is not known, or the two differ in outcome or direction.
    """
    rows: Mapping[str, pd.Series] = {str(k): row for k, row in instruments.iterrows()}
    first = look_up(rows, source, argument="instrument", what="an instrument")
    second = look_up(rows, target, argument="instrument", what="an instrument")
    limits = [float(row[name]) for row in (first, second) for name in ("low", "high")]
    if any(math.isnan(value) for value in limits):
        raise InputError(f"{source} cannot be carried to {target}: the range of one is not known")
    if first["outcome"] != second["outcome"] or first["better"] != second["better"]:
        raise InputError(
            f"{source} ({first['outcome']}, better {first['better']}) cannot be carried to "
            f"{target} ({second['outcome']}, better {second['better']}): outcome and direction "
            "must agree"
        )
    factor = (limits[3] - limits[2]) / (limits[1] - limits[0])
    return factor, limits[2] - factor * limits[0]


def rescale_arms(
    arms: pd.DataFrame, source: str, target: str, line: tuple[float, float]
) -> pd.DataFrame:
    """Return the arms with the figures of one instrument carried to another."""
    factor, shift = line
    frame = arms.copy()
    rows = (frame["instrument"] == source) & (frame["measure_type"] != EVENTS)
    moved = pd.Series(np.where(frame["measure_type"] == CHANGE, 0.0, shift), index=frame.index)
    for name in LOCATIONS:
        frame.loc[rows, name] = factor * frame.loc[rows, name] + moved[rows]
    for name in SPREADS:
        frame.loc[rows, name] = abs(factor) * frame.loc[rows, name]
    frame.loc[rows, "instrument"] = target
    return _marked(frame, rows, source, target, factor)


def rescale_contrasts(rows: pd.DataFrame, source: str, target: str, factor: float) -> pd.DataFrame:
    """Return the contrasts with mean differences of one instrument carried to another."""
    frame = rows.copy()
    here = (frame["instrument"] == source) & frame["measure"].isin(IN_UNITS)
    for name in ("estimate", "ci_low", "ci_high", "se"):
        frame.loc[here, name] = factor * frame.loc[here, name]
    frame.loc[here, "instrument"] = target
    return _marked(frame, here, source, target, factor)


def _marked(
    frame: pd.DataFrame, rows: pd.Series, source: str, target: str, factor: float
) -> pd.DataFrame:
    """Return the rows with a word on what was done to them, which travels to the result."""
    if CARRIED not in frame:
        frame[CARRIED] = ""
    before = frame.loc[rows, CARRIED].map(lambda text: f"{text}; " if text else "")
    frame.loc[rows, CARRIED] = before + f"{source} carried to {target}, factor {factor:g}"
    return frame


def unit_label(instruments: pd.DataFrame, instrument: str) -> str:
    """Return how a difference on this instrument is labeled: ``mm, VAS 0–100``."""
    if instrument not in instruments.index:
        return instrument
    row = instruments.loc[instrument]
    low, high = float(str(row["low"])), float(str(row["high"]))
    limits = "" if math.isnan(low) or math.isnan(high) else f" {low:g}–{high:g}"
    if str(row["unit"]) in instrument.lower():  # "tablet" of TABLETS_COUNT says it all
        return str(row["unit"])
    name = instrument.split("_0_")[0].replace("_", " ")
    name = name if name.isupper() and len(name) <= 5 else name.capitalize()
    return f"{row['unit']}, {name}{limits}"
