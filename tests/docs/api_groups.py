"""GROUPS: the chapters of the API pages, and which names of the face stand in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import metaan


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A chapter of the API.

    Attributes
    ----------
    key, title, about : str
        Name of its page, its heading, and what it is for.
    rooms : tuple of str
        Modules and rooms, without "metaan.", whose public names belong here; the longest that
        a name's module begins with decides.
    names : tuple of str
        Names that belong here whatever their module.
    """

    key: str
    title: str
    about: str
    rooms: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


GROUPS = (
    Group(
        key="data",
        title="Data",
        about="The shipped trials, RevMan's files, your own tables; risk of bias.",
        rooms=("trials", "core.bias", "core.published"),
    ),
    Group(
        key="effect_sizes",
        title="Effect sizes",
        about="Arm numbers to an effect and its variance: 82 measures.",
        rooms=(
            "measures", "trials.effects", "trials.counting", "core.effects", "core.joining",
            "core.scale", "core.study_intervals", "core.counts",
        ),
    ),
    Group(
        key="recovery",
        title="What papers print",
        about="Standard errors, intervals, p-values, quartiles, percentages: the numbers that a "
        "measure needs, with what was assumed on the way.",
        rooms=("recovery",),
    ),
    Group(
        key="conversion",
        title="Conversion",
        about="An effect of one metric in another, with its variance.",
        rooms=("conversion",),
    ),
    Group(
        key="pooling",
        title="Pooling",
        about="One effect from many studies, its interval, its heterogeneity, and what a new "
        "study may find.",
        rooms=(
            "univariate", "tau2", "core.fit", "core.estimate", "core.heterogeneity",
            "core.convergence", "core.conventions", "core.citations", "core.tau2_limits",
        ),
    ),
    Group(
        key="regression",
        title="Meta-regression and subgroups",
        about="Moderators by formula, groups, dependent effects, permutations.",
        rooms=(
            "univariate.regression", "univariate.comparing", "univariate.formula_rules",
            "univariate.residuals", "univariate.collinearity", "univariate.subgrouping",
            "core.regression_fit", "core.regression_answers", "core.residuals",
            "core.collinearity", "core.subgroup_fit", "core.permutation_record",
            "core.robust_fit", "dependent", "batch",
        ),
    ),
    Group(
        key="counts",
        title="Counts",
        about="Events pooled as events: Mantel-Haenszel, Peto, mixed models.",
        rooms=("twobytwo", "core.counts_fit", "core.glmm_fit"),
    ),
    Group(
        key="networks",
        title="Networks",
        about="Many treatments at once, by direct and indirect evidence.",
        rooms=(
            "networks", "trials.network_making", "trials.network_counting",
            "core.network_effects", "core.network_counts",
        ),
    ),
    Group(
        key="influence",
        title="Influence and refits",
        about="Which study moves the result: leave-one-out, Cook's distance, GOSH, bootstrap.",
        rooms=("diagnostics", "core.refits"),
    ),
    Group(
        key="small_studies",
        title="Small studies and selection",
        about="Funnel asymmetry, trim and fill, selection models, p-curve.",
        rooms=("diagnostics.asymmetry", "diagnostics.selection"),
    ),
    Group(
        key="trust",
        title="How far it can be trusted",
        about="What would change the conclusion: multiverse, fragility, certainty (GRADE).",
        rooms=(
            "diagnostics.conclusion", "diagnostics.certainty", "diagnostics.fragility",
            "diagnostics.specifications", "trials.specifying",
        ),
    ),
    Group(
        key="figures",
        title="Figures",
        about="Forest, funnel, bubble and the others; each returns a plot that a notebook shows "
        "and `.save` writes.",
        rooms=("plots",),
    ),
    Group(
        key="figures_trust",
        title="Figures of trust",
        about="Influence, subsets, selection, specifications.",
        rooms=("plots.diagnostics",),
    ),
    Group(
        key="figures_networks",
        title="Figures of networks",
        about="Graph, league table, ranks, contributions, consistency.",
        rooms=("plots.networks",),
    ),
    Group(
        key="report",
        title="The report",
        about="What the command line is made of, and the R call beside a result.",
        rooms=("report", "cli"),
    ),
    Group(
        key="errors",
        title="Errors and warnings",
        about="One parent each; every message says name, rule, value and remedy.",
        rooms=("core.errors",),
    ),
)  # fmt: skip


def group_of(name: str, face: Mapping[str, str] = metaan.FACE) -> str:
    """Return the key of a public name's group, or an empty string if it has none."""
    for group in GROUPS:
        if name in group.names:
            return group.key
    module = face[name].removeprefix("metaan.") + "."
    found = [
        (len(room), group.key)
        for group in GROUPS
        for room in group.rooms
        if module.startswith(f"{room}.")
    ]
    return max(found, default=(0, ""))[1]


def grouped(face: Mapping[str, str] = metaan.FACE) -> dict[str, list[str]]:
    """Return the public names of every group that has some, in the order of the groups."""
    found = {group.key: [n for n in face if group_of(n, face) == group.key] for group in GROUPS}
    return {key: sorted(names, key=str.lower) for key, names in found.items() if names}
