"""Analyses of somebody's own trials: every comparison that the file allows, declared for it."""

from __future__ import annotations

from itertools import product

from metaan.measures.row import EVENTS, MEANS, Swap
from metaan.measures.table import MEASURES
from metaan.report.declaring.declared import Analysis, FigureSpec
from metaan.trials import schema
from metaan.trials.trials import Trials

OWN = "own"
ABOUT = "Every comparison of a treatment group with another that the file allows, by outcome."
UNKNOWN = (
    "Instruments that measure one outcome are standardized and oriented so that lower is better; "
    "declare your own analyses in an analyses.toml beside the file for anything else."
)
CONTROLS = ("no_treatment", "sham", "sham_laser", "usual_care", "drug", "physical", "other")


def own_analyses(trials: Trials) -> tuple[Analysis, ...]:
    """Return one analysis with a figure for each outcome and pair of groups that meet in a study.

    Of two groups the one that stands earlier in ``CONTROLS`` is the control; groups that are not
    in it come last, by name. Times are taken in the order of the terms.
    """
    arms = trials.arms[(trials.arms["term"] != schema.BASELINE)]
    group = trials.treatments["group"]
    figures: list[FigureSpec] = []
    for outcome in dict.fromkeys(arms["outcome"]):
        mine = arms[arms["outcome"] == outcome]
        meeting = mine.groupby("study_id")["treatment"].agg(lambda nodes: {*group[nodes]})
        for first, second in _pairs(sorted({name for groups in meeting for name in groups})):
            if any({first, second} <= groups for groups in meeting):
                figures.append(_figure(trials, str(outcome), first, second))
    return (
        Analysis(
            name=OWN, title="Your trials", about=ABOUT, unknown=UNKNOWN, figure=tuple(figures)
        ),
    )


def _pairs(groups: list[str]) -> list[tuple[str, str]]:
    rank = {name: i for i, name in enumerate(CONTROLS)}
    place = {name: (rank.get(name, len(CONTROLS)), name) for name in groups}
    return [
        (first, second)
        for first, second in product(groups, groups)
        if place[second] < place[first]
    ]


def _figure(trials: Trials, outcome: str, treatment: str, control: str) -> FigureSpec:
    mine = trials.arms[trials.arms["outcome"] == outcome]
    counts = (mine["measure_type"] == schema.EVENTS).all()
    one_scale = mine["instrument"].nunique() == 1
    words = [name.replace("_", " ") for name in (outcome, treatment, control)]
    standardized = not counts and not one_scale
    return FigureSpec(
        name=f"{OWN}_{outcome}_{treatment}_{control}",
        heading=f"{words[0].capitalize()}, {words[1]} vs {words[2]}",
        outcome=outcome,
        term=[term for term in schema.TERMS if term != schema.BASELINE],
        treatment=[treatment],
        control=[control],
        measure=_measure(EVENTS if counts else MEANS, in_units=not counts and one_scale),
        better="lower" if standardized else "",
        mix_types=standardized,
    )


def _measure(inputs: tuple[str, ...], *, in_units: bool) -> str:
    """Return the first measure of these inputs; of means, the first that can be turned round."""
    return next(
        row.key
        for row in MEASURES.values()
        if row.inputs == inputs
        and row.in_units == in_units
        and (row.turn is Swap.SIGN or inputs == EVENTS)
    )
