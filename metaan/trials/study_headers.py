"""Headers as people write them → the columns of a table with one row per study, each told."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from metaan.core.effects import GENERIC
from metaan.core.errors import Fault
from metaan.measures.row import EVENTS as COUNTED
from metaan.measures.row import MEANS
from metaan.numerics.tails import normal_quantile
from metaan.trials.guessing import candidates, labels_of
from metaan.trials.printed import LEVEL, RATIOS
from metaan.trials.printed_columns import ESTIMATE, HIGH, LOW, printed_columns, said
from metaan.trials.reading import parse_number
from metaan.trials.table_files import NOTHING, AnyTable
from metaan.trials.table_rules import header_fault

STUDY, MEASURE = "study", "measure"
CELLS = ("events1", "nonevents1", "events2", "nonevents2")
# Each leads to an effect: means, counts, an effect with its error, a printed effect with limits.
ROUTES: tuple[tuple[str, ...], ...] = (
    MEANS, COUNTED, ("y", "se"), ("y", "v"), (ESTIMATE, LOW, HIGH), (ESTIMATE, "se"),
)  # fmt: skip


def found_in(columns: Iterable[str]) -> dict[str, str]:
    """Return the inputs of the first effect that a header has all columns of, and its columns.

    Empty where it has those of none, or where one may be several.
    """
    names = [str(name) for name in columns]
    if any(set(route) <= set(names) for route in ROUTES):
        return {
            name: name for name in dict.fromkeys(n for r in ROUTES for n in r) if name in names
        }
    found = candidates(names)
    for route in (MEANS, COUNTED, CELLS):
        if all(len(found[name]) == 1 for name in route):
            return {name: found[name][0] for name in route}
    printed = printed_columns(names)
    if printed is not None:
        return printed.columns
    for error in ("se", "v"):
        if len(found["y"]) == len(found[error]) == 1:
            return {"y": found["y"][0], error: found[error][0]}
    return {}


def nearest_route(columns: Iterable[str]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Return the route that a header has most columns of, and what may be each of its inputs."""
    names = [str(name) for name in columns]
    found: dict[str, tuple[str, ...]] = dict(candidates(names))
    for name in (ESTIMATE, LOW, HIGH):
        found[name] = (name,) if name in names else ()
    best = max((*ROUTES[:2], CELLS, *ROUTES[2:]), key=lambda r: sum(bool(found[n]) for n in r))
    return best, {name: found[name] for name in best}


def bare_ratio(names: Sequence[str]) -> list[Fault]:
    """Return a fault where a ratio has a standard error, which would be of its logarithm."""
    ratios = [name for name in names if said(name)[0] in RATIOS and not said(name)[1]]
    if not ratios or not candidates(names)["se"]:
        return []
    rule = "a ratio with a standard error says too little"
    remedy = "Give its logarithm (y, with the se of that), or its confidence interval."
    return [header_fault(ratios[0], rule, remedy)]


def canonical(file: AnyTable, texts: Collection[str]) -> AnyTable:
    """Return a table under the names that `load_study_table` takes; ``remarks`` name each other.

    Parameters
    ----------
    file : AnyTable
        As it was read.
    texts : collection of str
        Names of columns of texts, which capitals do not change.
    """
    names = [str(name) for name in file.frame]
    inputs = found_in(names)
    taken = dict(inputs)
    labels, year = labels_of(names)
    if labels:
        taken[STUDY] = labels
    for name in names:
        plain = name.strip().casefold().replace(" ", "_")
        if plain in texts and plain not in names:
            taken.setdefault(plain, name)
    frame, told = file.frame, []
    for name, column in taken.items():
        if name != column:
            told.append(
                f'{name} ← "{column}"' + (f' and "{year}"' if name == STUDY and year else "")
            )
    if year:
        cells = zip(frame[labels], frame[year], strict=True)
        frame = frame.assign(**{labels: [f"{_text(a)} {_text(b)}".strip() for a, b in cells]})
    frame = frame.rename(columns={column: name for name, column in taken.items()})
    header = _said_by(inputs, names)
    if header and MEASURE not in frame:
        frame = frame.assign(**{MEASURE: header[0]})
        told.append(f"measure {header[0]}, as the header says")
    if "nonevents1" in inputs:
        frame = _totaled(frame)
        told.append("n = events and non-events")
    if header and header[1] and ESTIMATE in inputs:
        frame = _with_errors(frame)
        told.append("y and se from the logarithm and its limits")
    return replace(file, frame=frame, remarks=(*file.remarks, *told))


def _said_by(inputs: Mapping[str, str], names: Sequence[str]) -> tuple[str, bool] | None:
    """Return what the header of an effect says it is."""
    printed = printed_columns(
        names, {k: v for k, v in inputs.items() if k in (ESTIMATE, LOW, HIGH)}
    )
    if ESTIMATE in inputs and printed is not None:
        found = printed.measure, printed.logarithm
    else:
        found = said(inputs.get(ESTIMATE) or inputs.get("y", ""))
    return None if found[0] == GENERIC else found


def _totaled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of the four cells of each study with numbers of participants."""
    made: dict[str, Sequence[str]] = {}
    for side in "12":
        cells = zip(frame[f"events{side}"], frame[f"nonevents{side}"], strict=True)
        made[f"n{side}"] = [_sum(a, b) for a, b in cells]
    return frame.assign(**made)


def _with_errors(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of logarithms and their limits with standard errors of them."""
    half = 2 * float(normal_quantile(LEVEL))
    limits = zip(frame[LOW], frame[HIGH], strict=True)
    widths = [_number(high) - _number(low) for low, high in limits]
    errors = ["" if math.isnan(width) else repr(width / half) for width in widths]
    return frame.rename(columns={ESTIMATE: "y", LOW: "log_low", HIGH: "log_high"}).assign(
        se=errors
    )


def _sum(a: Any, b: Any) -> str:
    total = _number(a) + _number(b)
    return "" if math.isnan(total) else f"{total:g}" if total < 1e5 else repr(total)


def _number(cell: Any) -> float:
    text = str(cell).strip()
    return math.nan if text.casefold() in ("", *NOTHING) else parse_number(text)[0]


def _text(cell: Any) -> str:
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if whole else cell).strip()
