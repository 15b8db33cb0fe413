"""Analyses as they are declared in ``analyses.toml``: what each figure selects and pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from metaan.core.arrays import FrozenDict
from metaan.core.errors import ChoiceError
from metaan.core.lookup import hint
from metaan.report.declaring.figures import DEFAULT_FIGURES
from metaan.twobytwo.methods import INVERSE_VARIANCE
from metaan.univariate.planning import COMMON, DEFAULT_LEVEL, DEFAULT_MODEL

ANALYSES_FILE = "analyses.toml"
FOREST, UMBRELLA, NETWORK = KINDS = ("forest", "umbrella", "network")
# What is drawn of a network, and what the heading then goes on with.
GRAPH, AGAINST, LEAGUE, RANKING, CONSISTENCY = (
    "graph",
    "forest",
    "league",
    "ranking",
    "consistency",
)
DRAWINGS: Mapping[str, str] = {
    GRAPH: "who was compared with whom",
    AGAINST: "effects against {reference}",
    LEAGUE: "league table",
    RANKING: "ranks",
    CONSISTENCY: "direct against indirect evidence",
}
ALL, MEMBERS = SHOWN = ("all", "members")
DEFAULT_TITLE = "Meta-analysis report"
# What goes with a model: who chooses another model chooses these anew.
OF_THE_MODEL = ("tau2", "inference", "prediction")
CHOOSES_THE_MODEL = MODEL, METHOD = ("model", "method")

ONE_POOL: Mapping[str, Any] = FrozenDict(sensitivity=(), subgroups="", moderators="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """A declared sensitivity analysis: the figure's main analysis with something changed.

    Attributes
    ----------
    label : str
        What it is called.
    changes : mapping of str to object
        Fields of `FigureSpec` with what they are here instead.
    """

    label: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSpec:
    """A declared figure; the fields are described at the top of ``analyses.toml``."""

    name: str
    heading: str
    kind: str = FOREST
    outcome: str = ""
    term: Sequence[str] = ()
    instrument: Sequence[str] = ()
    study: Sequence[str] = ()
    without_study: Sequence[str] = ()
    where: Mapping[str, str | Sequence[str]] = field(default_factory=FrozenDict)
    treatment: Sequence[str] = ()
    control: Sequence[str] = ()
    by: str = "group"
    rescale: Mapping[str, str] = field(default_factory=FrozenDict)
    without_flags: Sequence[str] = ()
    measure: str = ""
    better: str = ""
    mix_types: bool = False
    contrast_sd: Mapping[str, float] = field(default_factory=FrozenDict)
    method: str = INVERSE_VARIANCE
    model: str = DEFAULT_MODEL
    tau2: str | float = ""
    inference: str = ""
    prediction: str = ""
    level: float = DEFAULT_LEVEL
    subgroups: str = ""
    moderators: str = ""
    published: Sequence[str] = ()
    favors: Sequence[str] = ()
    caution: str = ""
    members: str | None = None
    panels: Sequence[Mapping[str, Any]] = ()
    reference: str = ""
    draw: Sequence[str] = ()
    important: float = 0.0
    important_source: str = ""
    figures: Sequence[str] = DEFAULT_FIGURES
    sensitivity: tuple[Sensitivity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A declared analysis: a cited review, or a question, with its figures."""

    name: str
    title: str
    about: str = ""
    unknown: str = ""
    question: str = ""
    review: str = ""
    members: str = ""
    show: str = MEMBERS
    figure: tuple[FigureSpec, ...] = ()


def varied(spec: FigureSpec, sensitivity: Sensitivity) -> FigureSpec:
    """Return what a sensitivity analysis is: the figure's declaration with its changes.

    It is one pool, without subgroups and moderators.
    """
    every = {each.name: getattr(spec, each.name) for each in fields(spec)}
    return FigureSpec(**{**merged(every, sensitivity.changes), **ONE_POOL})


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return keys of an outer level with those of an inner one, which win.

    Who names another model or method does not inherit the estimator and the intervals of the
    outer one; who names a method of counts alone has its common effect.
    """
    named = {key for key in CHOOSES_THE_MODEL if key in above and above[key] != below.get(key)}
    stays = {key: value for key, value in below.items() if not (named and key in OF_THE_MODEL)}
    if METHOD in named and MODEL not in above:
        stays[MODEL] = DEFAULT_MODEL if above[METHOD] == INVERSE_VARIANCE else COMMON
    return {**stays, **above}


def drawings_of(spec: FigureSpec) -> tuple[FigureSpec, ...]:
    """Return a figure for each drawing of a network, ``NAME_DRAWING``; others as they are.

    Without a direction there are no ranks.
    Sensitivity analyses go with the effects against the reference.
    """
    if spec.kind != NETWORK:
        return (spec,)
    every = [drawing for drawing in DRAWINGS if drawing != RANKING or spec.better]
    return tuple(
        replace(
            spec,
            name=f"{spec.name}_{drawing}",
            draw=(drawing,),
            sensitivity=spec.sensitivity if drawing == AGAINST else (),
        )
        for drawing in spec.draw or every
    )


def find_figure(analyses: Sequence[Analysis], name: str) -> tuple[Analysis, FigureSpec]:
    """Return a figure by name with its analysis, or an error that lists the names."""
    table = {spec.name: (part, spec) for part in analyses for spec in part.figure}
    if name not in table:
        listed = "\n  ".join(table)
        raise ChoiceError(f"{name!r} is not a figure.{hint(name, table)} Figures:\n  {listed}")
    return table[name]


def chosen(analyses: Sequence[Analysis], only: Sequence[str]) -> tuple[Analysis, ...]:
    """Return the analyses restricted to some of them, or to some of their figures.

    Parameters
    ----------
    analyses : sequence of Analysis
        All that are declared.
    only : sequence of str
        Names of analyses, of figures, of networks (for all their drawings) and of figures that
        stand beside a pool (for the pool with all that stands beside it); everything if empty.

    Returns
    -------
    tuple of Analysis
        In the order of the declarations, each with the figures that were named.

    Raises
    ------
    ChoiceError
        If a name is none of these; every such name is told, with the nearest.
    """
    if not only:
        return tuple(analyses)
    names = _names(analyses)
    unknown = [name for name in only if name not in names]
    if unknown:
        said = " ".join(f"{name!r} is no analysis or figure.{hint(name, names)}"
                        for name in unknown)  # fmt: skip
        listed = ", ".join(part.name for part in analyses)
        raise ChoiceError(f"{said} Analyses: {listed}; `metaan list` names the figures.")
    wanted = {figure for name in only for figure in names[name]}
    parts = [
        replace(part, figure=tuple(spec for spec in part.figure if spec.name in wanted))
        for part in analyses
    ]
    return tuple(part for part in parts if part.figure)


def _names(analyses: Sequence[Analysis]) -> dict[str, set[str]]:
    """Return the figures that each name stands for."""
    found: dict[str, set[str]] = {}
    for part in analyses:
        for spec in part.figure:
            found[spec.name] = {spec.name}
            for key in spec.figures if spec.kind == FOREST else ():
                found[f"{spec.name}_{key}"] = {spec.name}
            if spec.kind == NETWORK:
                stem = spec.name.removesuffix(f"_{spec.draw[0]}")
                found.setdefault(stem, set()).add(spec.name)
    for part in analyses:  # a name of both is that of the analysis
        found[part.name] = {spec.name for spec in part.figure}
    return found
