"""Analyses as they are declared in ``analyses.toml``: what each figure selects and pools."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from metaan.core.errors import ChoiceError, DataError, Fault
from metaan.core.lookup import hint
from metaan.univariate.planning import DEFAULT_MODEL, MODELS

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
ALL = "all"
DEFAULT_TITLE = "Meta-analysis report"
NAME = r"[a-z0-9_]+"
WANTED: Mapping[str, type | tuple[type, ...]] = {
    "str": str, "bool": bool, "float": (int, float), "Sequence": (list, tuple), "Mapping": dict,
    "tuple": tuple,
}  # fmt: skip
WORDS = {"str": "a text", "bool": "true or false", "float": "a number", "Sequence": "a list",
         "Mapping": "a table", "tuple": "a list of tables"}  # fmt: skip
DEFAULT_INFERENCE = MODELS[DEFAULT_MODEL].default_inference


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
    treatment: Sequence[str] = ()
    control: Sequence[str] = ()
    by: str = "group"
    rescale: Mapping[str, str] = field(default_factory=dict)
    without_flags: Sequence[str] = ()
    measure: str = ""
    better: str = ""
    mix_types: bool = False
    subgroups: str = ""
    published: Sequence[str] = ()
    favors: Sequence[str] = ()
    caution: str = ""
    members: str | None = None
    panels: Sequence[Mapping[str, Any]] = ()
    reference: str = ""
    draw: Sequence[str] = ()
    important: float = 0.0
    important_source: str = ""
    multiverse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """A declared analysis: a cited review, or a question, with its figures."""

    name: str
    title: str
    about: str
    unknown: str
    review: str = ""
    members: str = ""
    show: str = "members"
    inference: str = DEFAULT_INFERENCE
    figure: tuple[FigureSpec, ...] = ()


Declared = TypeVar("Declared", Analysis, FigureSpec)


def load_analyses(path: Path) -> tuple[str, tuple[Analysis, ...]]:
    """Return the page title and the declared analyses of a TOML file.

    Raises
    ------
    DataError
        With every unknown, missing or repeated key.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError([_fault(path, "", "", str(error), "is not readable TOML")]) from error
    faults: list[Fault] = []
    analyses = []
    title = str(document.pop("page_title", DEFAULT_TITLE))
    shared = {key: value for key, value in document.items() if key != "analysis"}
    for table in document.get("analysis", []):
        figures = tuple(
            drawing
            for part in table.get("figure", [])
            if (made := _declare(FigureSpec, part, path, faults)) is not None
            for drawing in drawings_of(made)
        )
        made_analysis = _declare(Analysis, {**shared, **table, "figure": figures}, path, faults)
        analyses += [made_analysis] if made_analysis is not None else []
    faults += _repeated(path, [analysis.name for analysis in analyses])
    faults += _repeated(path, [spec.name for analysis in analyses for spec in analysis.figure])
    if faults:
        raise DataError(faults)
    return title, tuple(analyses)


def drawings_of(spec: FigureSpec) -> tuple[FigureSpec, ...]:
    """Return a figure for each drawing of a network, ``NAME_DRAWING``; others as they are."""
    if spec.kind != NETWORK:
        return (spec,)
    return tuple(
        replace(spec, name=f"{spec.name}_{drawing}", draw=(drawing,))
        for drawing in spec.draw or DRAWINGS
    )


def find_figure(analyses: Sequence[Analysis], name: str) -> tuple[Analysis, FigureSpec]:
    """Return a figure by name with its analysis, or an error that lists the names."""
    table = {spec.name: (part, spec) for part in analyses for spec in part.figure}
    if name not in table:
        listed = "\n  ".join(table)
        raise ChoiceError(f"{name!r} is not a figure.{hint(name, table)} Figures:\n  {listed}")
    return table[name]


def _declare(
    kind: type[Declared], table: Mapping[str, Any], path: Path, faults: list[Fault]
) -> Declared | None:
    known = {item.name: item for item in fields(kind)}
    place = str(table.get("name", "an unnamed table"))
    before = len(faults)
    for key in table:
        if key not in known:
            faults.append(_fault(path, place, key, "", f"is not a key.{hint(key, known)}"))
    for name, item in known.items():
        needed = item.default is MISSING and item.default_factory is MISSING
        if needed and name not in table:
            faults.append(_fault(path, place, name, "", "is missing"))
    if len(faults) == before:
        faults += [
            _fault(path, place, name, repr(value), rule)
            for name, value in table.items()
            if (rule := _type_rule(known[name], value))
        ]
    if "important" in table and not table.get("important_source"):
        faults.append(_fault(path, place, "important_source", "", "is missing: say whose it is"))
    return kind(**table) if len(faults) == before else None


def _type_rule(item: Field[Any], value: Any) -> str:
    """Return the rule that a value breaks; empty if it breaks none."""
    if item.name == "name" and not re.fullmatch(NAME, str(value)):
        return "must be lower-case letters, digits and underscores: it names files"
    if item.name == "kind" and value not in KINDS:
        return f"must be one of {', '.join(KINDS)}"
    if item.name == "panels" and not all({"heading", "measures"} <= set(part) for part in value):
        return "must be tables with heading and measures"
    if item.name == "draw" and not set(value) <= set(DRAWINGS):
        return f"must hold some of {', '.join(DRAWINGS)}"
    if item.name == "important" and (isinstance(value, bool) or not 0 < value < float("inf")):
        return "must be a number above 0, on the scale the figure is read on"
    if item.name == "favors" and len(value) not in (0, 2):
        return "must be two texts, left and right of no effect"
    wanted = WANTED.get(str(item.type).partition("[")[0], object)
    return (
        "" if isinstance(value, wanted) else f"must be {WORDS[str(item.type).partition('[')[0]]}"
    )


def _repeated(path: Path, names: Sequence[str]) -> list[Fault]:
    twice = sorted({name for name in names if names.count(name) > 1})
    return [_fault(path, name, "name", name, "stands twice") for name in twice]


def _fault(path: Path, row: str, column: str, value: str, rule: str) -> Fault:
    remedy = f"See the top of {ANALYSES_FILE}."
    return Fault(file=path.name, row=row, column=column, value=value, rule=rule, remedy=remedy)
