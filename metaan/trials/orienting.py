"""Contrasts → effects: which figures may share a measure, and in which direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from metaan.core.arrays import Floats
from metaan.core.effects import Effects, LeftOut
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.measures.row import GIVEN, MEANS, Measure, Swap
from metaan.measures.table import DIVIDED_BY_SD, MEASURES
from metaan.trials.contrasting import NUMBERS, Contrasts, unused
from metaan.trials.instruments import CARRIED, unit_label
from metaan.trials.printed import PRINTED_KIND, recomputed, standard_error
from metaan.trials.reading import Row, records
from metaan.trials.reversing import DIRECTIONS, turned
from metaan.trials.schema import CHANGE, ENDPOINT
from metaan.trials.zero_cells import zero_cell_remarks

KEPT = ("instrument", "term", "timepoint_weeks", "kind", "treatment_label", "control_label",
        "sham_type", "condition", "year", "flags", "note", "study_id")  # fmt: skip


def contrast_effects(
    contrasts: Contrasts,
    row: Measure,
    options: Mapping[str, Any],
    *,
    better: str | None,
    mix_types: bool,
    contrast_sd: Mapping[str, float],
) -> Effects:
    """Return the effects of contrasts; see ``metaan.effect_sizes``."""
    if better is not None:
        look_up(DIRECTIONS, better, argument="better", what="a direction")
    _check_inputs(row)
    check_sds(contrast_sd, contrasts.instruments)
    usable, lost, remarks = _usable(contrasts, row, contrast_sd)
    check_types(usable, row, mix_types)
    check_instruments(usable, row)
    arrays = _arrays(usable, row)
    y, v = with_printed(usable, row, row.function(**arrays, **options), contrast_sd)
    y, turned_round = oriented(y, usable, contrasts.instruments, row, better)
    added = zero_cell_remarks(arrays, row, options, [pair["study"] for pair in usable])
    good = np.isfinite(y) & np.isfinite(v) & (v > 0)
    for i in np.flatnonzero(~good):
        reason = f"{row.key} is not defined for its numbers"
        lost.append(LeftOut(study=usable[i]["study"], rows=usable[i]["rows"], reason=reason))
    kept = [usable[i] for i in np.flatnonzero(good)]
    return Effects(
        y=y[good],
        v=v[good],
        study=tuple(item["study"] for item in kept),
        measure=row.key,
        label=effect_label(kept, row, contrasts.instruments),
        scale=row.scale,
        treatment=contrasts.treatment,
        control=contrasts.control,
        rows=tuple(tuple(item["rows"]) for item in kept),
        columns={name: tuple(item[name] for item in kept) for name in (*_numbers_of(row), *KEPT)},
        left_out=(*contrasts.excluded, *lost),
        remarks=(
            *carried_remarks(kept),
            *remarks,
            *added,
            *turned_round,
            *recomputed(kept),
        ),
    )


def carried_remarks(kept: list[Row]) -> list[str]:
    """Return what was done to the figures of the studies that are in, one remark each kind."""
    texts = dict.fromkeys(pair[CARRIED] for pair in kept if pair[CARRIED])
    return [
        f"{text}: {', '.join(pair['study'] for pair in kept if pair[CARRIED] == text)}"
        for text in texts
    ]


def _check_inputs(row: Measure) -> None:
    """Raise if the measure needs numbers that no contrast carries."""
    if row.inputs == GIVEN:
        raise InputError(f"{row.key} takes effects as given; choose a measure that computes them")
    lacking = [name for name in row.inputs if name not in NUMBERS]
    if lacking:
        raise InputError(
            f"{row.key} needs {', '.join(row.inputs)}; contrasts hold the means and SDs, or the "
            f"events, of two arms and have no {', '.join(lacking)}: give a table with these "
            "columns, or choose a measure of two means or of events"
        )


def of_means(row: Measure) -> bool:
    """Return True if the measure is made of means or SDs, False if of events."""
    return not set(MEANS[:2]).isdisjoint(row.inputs)


def _numbers_of(row: Measure) -> tuple[str, ...]:
    return tuple(name for name in NUMBERS if name in row.inputs)


def _usable(
    contrasts: Contrasts, row: Measure, contrast_sd: Mapping[str, float]
) -> tuple[list[Row], list[LeftOut], list[str]]:
    """Return each study's first figure that this measure can use, and what is left out."""
    usable: list[Row] = []
    lost: list[LeftOut] = []
    remarks: list[str] = []
    others = records(contrasts.alternatives)
    for first in records(contrasts.pairs):
        mine = [first, *(pair for pair in others if pair["study_id"] == first["study_id"])]
        problems = [problem_of(pair, row, contrast_sd) for pair in mine]
        chosen = problems.index("") if "" in problems else len(mine)
        lost += [
            LeftOut(study=pair["study"], rows=tuple(pair["rows"]), reason=problem)
            for pair, problem in zip(mine[:chosen], problems, strict=False)
        ]
        if chosen < len(mine):
            pair = mine[chosen]
            usable.append(pair)
            lost += unused([pair], mine[chosen + 1 :])
            remarks += divided(pair, row, contrast_sd)
    return usable, lost, remarks


def divided(pair: Row, row: Measure, contrast_sd: Mapping[str, float]) -> list[str]:
    """Return a remark if a printed difference is divided by an SD that the caller named."""
    if pair["kind"] != PRINTED_KIND or pair["measure"] == row.key:
        return []
    name = pair["instrument"]
    by = f"SD {contrast_sd[name]:g} ({name})"
    return [f"{pair['study']}: printed difference divided by {by}, as asked"]


def problem_of(pair: Row, row: Measure, contrast_sd: Mapping[str, float]) -> str:
    """Return why a pair cannot enter this measure; empty if it can."""
    if pair["kind"] != PRINTED_KIND:
        numeric = pair["kind"] in (CHANGE, ENDPOINT)
        if numeric == of_means(row):
            return ""
        return f"its figures are {'means' if numeric else 'counts'}: no {row.key}"
    if pair["measure"] == row.key:
        return ""
    in_units = pair["measure"] in MEASURES and MEASURES[pair["measure"]].in_units
    if row.key in DIVIDED_BY_SD and in_units:
        if pair["instrument"] in contrast_sd:
            return ""
        return (
            f"only a printed {pair['measure']}, no SD: name one with "
            f'contrast_sd={{"{pair["instrument"]}": ...}}'
        )
    return f"only a printed {pair['measure']}: no {row.key}"


def check_sds(contrast_sd: Mapping[str, float], instruments: pd.DataFrame) -> None:
    """Raise unless each SD is one of a known instrument, finite and positive."""
    known = {str(name): str(name) for name in instruments.index}
    for name, sd in contrast_sd.items():
        look_up(known, name, argument="contrast_sd", what="an instrument")
        if not (np.isfinite(sd) and sd > 0):
            raise InputError(f"contrast_sd for {name} must be finite and positive; got {sd!r}")


def _arrays(usable: list[Row], row: Measure) -> dict[str, Floats]:
    return {
        name: np.array([pair[name] for pair in usable], dtype=np.float64) for name in row.inputs
    }


def check_types(usable: list[Row], row: Measure, mix_types: bool) -> None:
    """Raise if changes and endpoints would share a standardized effect unasked."""
    if row.in_units or mix_types or not of_means(row):
        return
    by_kind = {
        kind: [pair["study"] for pair in usable if pair["kind"] == kind]
        for kind in (CHANGE, ENDPOINT)
    }
    if all(by_kind.values()):
        listed = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in by_kind.items())
        raise InputError(
            f"change scores and endpoints have different SDs and do not share a {row.key} "
            f"({listed}); select one with where={{'measure_type': ...}} or ask with mix_types=True"
        )


def check_instruments(usable: list[Row], row: Measure) -> None:
    """Raise if effects in units would come from several instruments."""
    names = dict.fromkeys(pair["instrument"] for pair in usable)
    if row.in_units and len(names) > 1:
        listed = "; ".join(
            f"{name}: {', '.join(p['study'] for p in usable if p['instrument'] == name)}"
            for name in names
        )
        raise InputError(
            f"a {row.key} needs one instrument ({listed}); select(instrument=...), "
            "rescale({...}) to a common one, or choose a standardized measure"
        )


def oriented(
    y: Floats, usable: list[Row], instruments: pd.DataFrame, row: Measure, better: str | None
) -> tuple[Floats, list[str]]:
    """Return effects in one direction; raise if directions differ and none can be chosen."""
    ways = [str(instruments.at[pair["instrument"], "better"]) for pair in usable]
    if row.turn is Swap.NONE:  # a ratio of spreads is the same in either direction
        return y, []
    flip = np.array([better is not None and way != better for way in ways], dtype=bool)
    mixed = better is None and len(set(ways)) > 1
    if not of_means(row) and (mixed or flip.any()):
        raise InputError(
            f"a {row.key} counts events; orient them by counting the opposite event, not by "
            "better="
        )
    if mixed:
        raise InputError(_of_opposite_direction(usable, ways, row))
    if not flip.any():
        return y, []
    oriented = np.where(flip, turned(y, row), y) + 0.0
    names = [usable[i]["study"] for i in np.flatnonzero(flip & np.isfinite(y))]
    done = "sign turned" if row.turn is Swap.SIGN else "turned round"
    return oriented, [f"{done} so that {better} is better: {', '.join(names)}"] if names else []


def _of_opposite_direction(usable: list[Row], ways: list[str], row: Measure) -> str:
    listed = "; ".join(
        f"{way} is better: "
        + ", ".join(dict.fromkeys(p["instrument"] for p, w in zip(usable, ways, strict=True)
                                  if w == way))
        for way in sorted(set(ways))
    )  # fmt: skip
    remedy = (
        f"select those of one direction: a {row.key} cannot be turned round"
        if row.turn is Swap.OTHER
        else f'give better="lower" or better="higher" to orient each {row.key}'
    )
    return f"instruments of opposite direction ({listed}); {remedy}"


def with_printed(
    usable: list[Row],
    row: Measure,
    computed: tuple[Floats, Floats],
    contrast_sd: Mapping[str, float],
) -> tuple[Floats, Floats]:
    """Return the computed effects with the printed ones in their places."""
    y, v = (np.array(values, dtype=np.float64) for values in computed)
    for i, pair in enumerate(usable):
        if pair["kind"] == PRINTED_KIND:
            error, _ = standard_error(pair)
            sd = 1.0 if pair["measure"] == row.key else contrast_sd[pair["instrument"]]
            value = np.log(pair["estimate"]) if row.scale.is_log else pair["estimate"]
            y[i], v[i] = value / sd, (error / sd) ** 2
    return y, v


def effect_label(kept: list[Row], row: Measure, instruments: pd.DataFrame) -> str:
    """Return the name of the effect, with its unit where it has one."""
    names = list(dict.fromkeys(pair["instrument"] for pair in kept))
    if row.in_units and len(names) == 1:
        return f"{row.name} ({unit_label(instruments, names[0])})"
    return row.name
