"""Analyses of somebody's own trials: every comparison that the file allows, declared for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

import pandas as pd

from metaan.core.effects import GENERIC
from metaan.measures.row import EVENTS, MEANS, Swap
from metaan.measures.table import MEASURES
from metaan.report.declaring.declared import Analysis, FigureSpec
from metaan.trials import schema
from metaan.trials.reversing import DIRECTIONS
from metaan.trials.trials import Trials

OWN = "own"
ABOUT = "Every comparison of a treatment group with another that the file allows, by outcome."
UNKNOWN = (
    "Instruments that measure one outcome are standardized and oriented so that lower is better; "
    "declare your own analyses in an analyses.toml beside the file for anything else."
)
NO_DIRECTION = (
    "Nothing says which direction of {} is better, so effects stand as they are in the file."
)
CONTROLS = ("no_treatment", "sham", "sham_laser", "usual_care", "drug", "physical", "other")
LOWER = next(iter(DIRECTIONS))
SIDES = ("treatment_label", "control_label")


def own_analyses(trials: Trials) -> tuple[Analysis, ...]:
    """Return an analysis of each outcome, with a figure for each pair of groups that meet.

    Of two groups the one that stands earlier in ``CONTROLS`` is the control; groups that are not
    in it come last, by name. In a table with one row per study the table says which is which,
    and where its rows name several treatments or controls, they are subgroups of one figure.
    Times are taken in the order of the terms.
    """
    outcomes = dict.fromkeys([*trials.arms["outcome"], *trials.contrast_rows["outcome"]])
    made = [(str(name), _figures(trials, str(name))) for name in outcomes]
    taken: set[str] = set()
    return tuple(
        Analysis(
            name=_free(f"{OWN}_{slug(name)}", taken),
            title=_words(name),
            about=ABOUT,
            unknown=" ".join([UNKNOWN, *_undirected(trials, name)]),
            figure=figures,
        )
        for name, figures in made
        if figures
    )


def slug(text: str) -> str:
    """Return a text as lower-case letters, digits and underscores, to name files.

    Examples
    --------
    >>> slug("Pain (0-10), 6 weeks")
    'pain_0_10_6_weeks'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "unnamed"


def _figures(trials: Trials, outcome: str) -> tuple[FigureSpec, ...]:
    arms = trials.arms[trials.arms["term"] != schema.BASELINE]
    mine = arms[arms["outcome"] == outcome]
    rows = trials.contrast_rows[trials.contrast_rows["outcome"] == outcome]
    told = _told_sides(mine, rows)
    if told is not None:
        pairs = [told]
    else:
        group = trials.treatments["group"]
        meeting = [
            *({*group[nodes]} for _, nodes in mine.groupby("study_id")["treatment"]),
            *({group[a], group[b]} for a, b in zip(rows["treat1"], rows["treat2"], strict=True)),
        ]
        names = sorted({str(name) for groups in meeting for name in groups})
        pairs = [
            ([first], [second])
            for first, second in _pairs(names)
            if any({first, second} <= groups for groups in meeting)
        ]
    taken: set[str] = set()
    return tuple(_figure(trials, outcome, *pair, taken) for pair in pairs)


def _told_sides(arms: pd.DataFrame, rows: pd.DataFrame) -> tuple[list[str], list[str]] | None:
    """Return the treatments and controls that a table with one row per study names.

    None where the file has a row per arm, or where a name stands on both sides.
    """
    lines = arms["row_id"].astype(str).str.extract(r"^line\d+\.([12])$")[0]
    if (len(arms) and lines.isna().any()) or (rows["row_id"].astype(str).str[:4] != "line").any():
        return None
    first = [*arms.loc[lines == "1", "treatment"], *rows["treat1"]]
    second = [*arms.loc[lines == "2", "treatment"], *rows["treat2"]]
    if not first or set(first) & set(second):
        return None
    return list(dict.fromkeys(first)), list(dict.fromkeys(second))


def _pairs(groups: list[str]) -> list[tuple[str, str]]:
    rank = {name: i for i, name in enumerate(CONTROLS)}
    place = {name: (rank.get(name, len(CONTROLS)), name) for name in groups}
    return [
        (first, second)
        for first, second in product(groups, groups)
        if place[second] < place[first]
    ]


def _figure(
    trials: Trials, outcome: str, treatment: list[str], control: list[str], taken: set[str]
) -> FigureSpec:
    arms = trials.arms[trials.arms["outcome"] == outcome]
    rows = trials.contrast_rows[trials.contrast_rows["outcome"] == outcome]
    scales = {*arms["instrument"], *rows["instrument"]}
    counts = bool(len(arms)) and bool((arms["measure_type"] == schema.EVENTS).all())
    standardized = bool(len(arms)) and not counts and len(scales) > 1
    ways = {trials.instruments.at[name, "better"] for name in scales}
    several = [len(names) > 1 for names in (treatment, control)]
    sides = [_listed(names) for names in (treatment, control)]
    return FigureSpec(
        name=_free("_".join([OWN, slug(outcome), *map(slug, (treatment[0], control[0]))]), taken),
        heading=f"{_words(outcome)}, {sides[0]} vs {sides[1]}",
        outcome=outcome,
        term=_terms([*arms["term"], *rows["term"]]),
        treatment=treatment,
        control=control,
        measure=_measure_of(arms, rows, counts=counts, standardized=standardized),
        better=LOWER if standardized and "" not in ways else "",
        mix_types=standardized,
        subgroups=next((SIDES[i] for i in (1, 0) if several[i] and not several[1 - i]), ""),
    )


def _measure_of(
    arms: pd.DataFrame, rows: pd.DataFrame, *, counts: bool, standardized: bool
) -> str:
    """Return the measure of arms, or the one that most printed effects are of."""
    if not len(arms):
        return str(rows["measure"].value_counts().index[0]) if len(rows) else GENERIC
    return _measure(EVENTS if counts else MEANS, in_units=not counts and not standardized)


def _measure(inputs: tuple[str, ...], *, in_units: bool) -> str:
    """Return the first measure of these inputs; of means, the first that can be turned round."""
    return next(
        row.key
        for row in MEASURES.values()
        if row.inputs == inputs
        and row.in_units == in_units
        and (row.turn is Swap.SIGN or inputs == EVENTS)
    )


def _terms(there: Iterable[object]) -> list[str]:
    """Return the times in their order, those of the file's own words last; none if it has none."""
    found = dict.fromkeys(str(term) for term in there if str(term) != schema.BASELINE)
    if set(found) == {""}:
        return []
    known = [term for term in schema.TERMS if term != schema.BASELINE]
    return [*known, *(term for term in found if term not in known)]


def _undirected(trials: Trials, outcome: str) -> list[str]:
    arms = trials.arms[trials.arms["outcome"] == outcome]
    names = [
        str(name)
        for name in dict.fromkeys(arms["instrument"])
        if not trials.instruments.at[name, "better"]
    ]
    return [NO_DIRECTION.format(", ".join(names))] if names else []


def _listed(names: Sequence[str]) -> str:
    return " or ".join(_plain(name) for name in names)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _words(name: str) -> str:
    return f"{name[:1].upper()}{_plain(name[1:])}"


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free
