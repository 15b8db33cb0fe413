"""load_analyses: a TOML file → analyses, or one error that names every fault of it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from metaan.core.errors import DataError, Fault, InputError
from metaan.core.lookup import hint
from metaan.networks.combining.network_plan import network_plan
from metaan.report.declaring.declared import (
    AGAINST,
    ANALYSES_FILE,
    DEFAULT_TITLE,
    FOREST,
    NETWORK,
    OF_THE_MODEL,
    UMBRELLA,
    Analysis,
    FigureSpec,
    Sensitivity,
    drawings_of,
    merged,
    varied,
)
from metaan.report.declaring.figures import FIGURES
from metaan.report.declaring.keys import (
    ANALYSIS,
    FIGURE,
    FILE,
    INHERITED,
    KEYS,
    SENSITIVITY,
    side_problem,
)
from metaan.report.declaring.measuring import count_problems, measure_problems
from metaan.report.declaring.words import Words
from metaan.twobytwo.methods import INVERSE_VARIANCE
from metaan.univariate.planning import DEFAULT_LEVEL, DEFAULT_MODEL, check_plan
from metaan.univariate.presets import plan_under

Table = Mapping[str, Any]
NO_VALUE = "Invalid value"  # so begins what tomllib says of text without quotes
REMEDY = f"The {ANALYSES_FILE} that `metaan new DIR` writes explains the keys."
NEEDED: Mapping[str, tuple[str, ...]] = {
    FOREST: ("outcome", "treatment", "control", "measure"),
    NETWORK: ("outcome", "measure"),
    UMBRELLA: ("panels",),
}
PLAIN: Table = {"model": DEFAULT_MODEL, "level": DEFAULT_LEVEL}
OFFERED = "Did you mean"
SIDES = ("treatment", "control", "reference")


@dataclass(slots=True)
class _Reading:
    """The file that is read, what its data allow, and what is wrong with it so far."""

    path: Path
    words: Words | None
    faults: list[Fault] = field(default_factory=list)

    def fault(self, place: str, key: str, rule: str, value: Any = "") -> None:
        """Keep a fault; what a rule offers instead goes before the remedy."""
        rule, offered, near = rule.partition(OFFERED)
        shown = value if isinstance(value, str) else repr(value)
        self.faults.append(
            Fault(
                file=self.path.name,
                row=place,
                column=key,
                value=shown if rule.startswith("must") or key == "name" else "",
                rule=rule.strip().removesuffix("."),
                remedy=f"{offered}{near} {REMEDY}".strip(),
            )
        )

    def level(self, table: Table, level: str, place: str) -> dict[str, Any]:
        """Return the keys of a level that are known and well formed; keep the others' faults."""
        known = [row.name for row in KEYS.values() if level in row.levels]
        good: dict[str, Any] = {}
        for key, value in table.items():
            if key not in known:
                elsewhere = " here" if key in KEYS else ""
                self.fault(place, key, f"is not a key{elsewhere}.{hint(key, known)}")
            elif problem := KEYS[key].problem(value, self.words):
                self.fault(place, key, problem, value)
            else:
                good[key] = value
        return good


def load_analyses(path: Path, *, words: Words | None = None) -> tuple[str, tuple[Analysis, ...]]:
    """Return the page title and the declared analyses of a TOML file.

    Parameters
    ----------
    path : Path
        The file; the top of the shipped ``analyses.toml`` describes its keys.
    words : Words, optional
        What the data allow; without it names of outcomes, studies, treatments and the like are
        not looked at.

    Raises
    ------
    DataError
        With every unknown, missing or repeated key and every value that cannot be, each with its
        place, the rule and the nearest name.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        rule = f"is not readable TOML ({error})"
        quoted = "Write text in quotes. " if str(error).startswith(NO_VALUE) else ""
        remedy = f"{quoted}{REMEDY}"
        fault = Fault(file=path.name, row="", column="", value="", rule=rule, remedy=remedy)
        raise DataError([fault]) from error
    reading = _Reading(path, words)
    top = reading.level(document, FILE, "")
    shared = {key: value for key, value in top.items() if key in INHERITED}
    varying = _sensitivities(reading, top.get("sensitivity", []), "top of the file")
    analyses = [
        made
        for number, table in enumerate(top.get("analysis", []), start=1)
        if (made := _analysis(reading, table, number, (shared, varying))) is not None
    ]
    if not document.get("analysis"):
        reading.fault("", "analysis", "is missing: an analysis begins with [[analysis]]")
    _repeated(reading, [analysis.name for analysis in analyses])
    _repeated(reading, [spec.name for analysis in analyses for spec in analysis.figure])
    if reading.faults:
        raise DataError(reading.faults)
    return str(top.get("page_title", DEFAULT_TITLE)), tuple(analyses)


Outer = tuple[Table, Sequence[Sensitivity]]  # what holds for everything within a level


def _analysis(reading: _Reading, table: Table, number: int, outer: Outer) -> Analysis | None:
    place = str(table.get("name") or f"analysis {number}")
    before = len(reading.faults)
    good = reading.level(table, ANALYSIS, place)
    _missing(reading, place, table, _needed(Analysis))
    shared = merged(outer[0], {key: value for key, value in good.items() if key in INHERITED})
    varying = _joined(outer[1], _sensitivities(reading, good.get("sensitivity", []), place))
    figures = [
        spec
        for i, part in enumerate(good.get("figure", []), start=1)
        for spec in _figures(reading, part, f"figure {i} of {place}", (shared, varying))
    ]
    if not table.get("figure"):
        reading.fault(place, "figure", "is missing: a figure begins with [[analysis.figure]]")
    own = {item.name for item in fields(Analysis)}
    known = {key: value for key, value in good.items() if key in own and key != "figure"}
    if len(reading.faults) > before and _needed(Analysis) - known.keys():
        return None
    return Analysis(**{**known, "figure": tuple(figures)})


def _figures(reading: _Reading, table: Table, place: str, outer: Outer) -> Sequence[FigureSpec]:
    """Return the figures that a table declares: one, or each drawing of a network."""
    place = str(table.get("name") or place)
    before = len(reading.faults)
    good = reading.level(table, FIGURE, place)
    kind = good.get("kind") or FOREST
    if "kind" in table and "kind" not in good:
        return ()  # what else is wrong depends on it
    for key in good:
        if kind not in KEYS[key].kinds:
            reading.fault(place, key, f"is not a key of a figure with kind = {kind!r}")
    whole = merged(_of_kind(outer[0], kind), _of_kind(good, kind))
    _missing(reading, place, {**outer[0], **table}, _needed(FigureSpec) | {*NEEDED[kind]})
    for problem in _together(whole, kind, reading.words):
        reading.fault(place, *problem)
    own = _sensitivities(reading, good.get("sensitivity", []), place)
    if len(reading.faults) > before:
        return ()
    spec = FigureSpec(**{**whole, "sensitivity": ()})
    wanted = () if kind == UMBRELLA else _joined(_telling(spec, outer[1]), own)
    if own and kind == NETWORK and spec.draw and AGAINST not in spec.draw:
        reading.fault(place, "sensitivity", f"stands beside the drawing {AGAINST!r}: add it")
    for each in wanted:
        _check_varied(reading, spec, each, f"{place}, sensitivity {each.label!r}")
    return drawings_of(FigureSpec(**{**whole, "sensitivity": tuple(wanted)}))


def _of_kind(table: Table, kind: str) -> dict[str, Any]:
    known = {item.name for item in fields(FigureSpec)}
    return {key: v for key, v in table.items() if key in known and kind in KEYS[key].kinds}


def _together(whole: Table, kind: str, words: Words | None) -> list[tuple[str, str, Any]]:
    """Return what is wrong with values beside each other: key, rule, value."""
    found: list[tuple[str, str, Any]] = []
    if whole.get("important") and not whole.get("important_source"):
        found.append(("important_source", "is missing: say whose it is", ""))
    for key in SIDES:
        value = whole.get(key)
        problem = side_problem([value] if isinstance(value, str) else value,
                               whole.get("by", "group"), words) if value else ""  # fmt: skip
        if problem:
            found.append((key, problem, value))
    both = sorted({*whole.get("treatment", ())} & {*whole.get("control", ())})
    if both:
        found.append(("control", f"{both[0]!r} is the treatment too; keep it on one side", ""))
    found += [*measure_problems(whole, kind), *_plan_problems(whole, kind)]
    if words is not None and whole.get("better"):
        lacking = words.without_direction(whole.get("outcome", ""))
        if lacking:
            rule = (
                f"nothing says which direction of {', '.join(lacking)} is better; give it in a "
                "column better of the table (lower or higher), or take the key out"
            )
            found.append(("better", rule, ""))
    return found


def _plan_problems(whole: Table, kind: str) -> list[tuple[str, str, Any]]:
    """Return what is wrong with the model: parts that do not go together."""
    method = whole.get("method") or INVERSE_VARIANCE
    choices: dict[str, Any] = {
        key: None if whole.get(key) == "" else whole.get(key) for key in OF_THE_MODEL
    }
    plain = {
        "model": whole.get("model", DEFAULT_MODEL),
        "level": whole.get("level", DEFAULT_LEVEL),
    }
    if method != INVERSE_VARIANCE:
        chosen = [key for key, value in choices.items() if value is not None]
        return count_problems(whole, method, chosen)
    if kind == NETWORK:
        return _said("model", lambda: network_plan(**plain, **choices))
    return _said("model", lambda: check_plan(plan_under(None, **plain, **choices), None))


def _said(key: str, check: Callable[[], object]) -> list[tuple[str, str, Any]]:
    try:
        check()
    except InputError as error:
        return [(key, str(error), "")]
    return []


def _sensitivities(
    reading: _Reading, tables: Sequence[Table], place: str
) -> tuple[Sensitivity, ...]:
    """Return the sensitivity analyses that stand at a level, those without faults."""
    found = []
    for number, table in enumerate(tables, start=1):
        here = f"{place}, sensitivity {table.get('label') or number!r}"
        before = len(reading.faults)
        good = reading.level(table, SENSITIVITY, here)
        _missing(reading, here, table, {"label"})
        changes = {key: value for key, value in good.items() if key != "label"}
        if not changes and len(reading.faults) == before:
            reading.fault(here, "", "changes nothing: name what is to be otherwise")
        if len(reading.faults) == before:
            found.append(Sensitivity(label=good["label"], changes=changes))
    _repeated(reading, [each.label for each in found], "label")
    return tuple(found)


def _joined(outer: Sequence[Sensitivity], own: Sequence[Sensitivity]) -> tuple[Sensitivity, ...]:
    """Return those of an outer level, then one's own, which replace any of the same label."""
    mine = {each.label for each in own}
    return (*(each for each in outer if each.label not in mine), *own)


def _telling(spec: FigureSpec, outer: Sequence[Sensitivity]) -> list[Sensitivity]:
    """Return those of an outer level that can be asked, and change all they name."""
    found = []
    for each in outer:
        fits = all(spec.kind in KEYS[key].kinds for key in each.changes)
        same = any(_same(getattr(spec, key), value) for key, value in each.changes.items())
        wrong = fits and _plan_problems(_keys(varied(spec, each)), spec.kind)
        if fits and not same and not wrong:
            found.append(each)
    return found


def _check_varied(reading: _Reading, spec: FigureSpec, each: Sensitivity, place: str) -> None:
    """Keep the faults of a sensitivity analysis as the analysis that it is."""
    for key in each.changes:
        if spec.kind not in KEYS[key].kinds:
            reading.fault(place, key, f"is not a key of a figure with kind = {spec.kind!r}")
    if all(_same(getattr(spec, key), value) for key, value in each.changes.items()):
        reading.fault(place, "", "changes nothing: the main analysis has these values")
    for problem in _together(_keys(varied(spec, each)), spec.kind, reading.words):
        reading.fault(place, *problem)


def _same(main: Any, value: Any) -> bool:
    if isinstance(main, Sequence) and not isinstance(main, str):
        return bool(list(main) == value)
    return bool(main == value)


def _keys(spec: FigureSpec) -> Table:
    return {item.name: getattr(spec, item.name) for item in fields(spec)}


def _needed(kind: type[Analysis] | type[FigureSpec]) -> set[str]:
    return {
        item.name
        for item in fields(kind)
        if item.default is MISSING and item.default_factory is MISSING
    }


def _missing(reading: _Reading, place: str, table: Table, needed: set[str]) -> None:
    for name in sorted(needed):
        if name not in table or table[name] in ("", []):
            reading.fault(place, name, "is missing")


def _repeated(reading: _Reading, names: Sequence[str], key: str = "name") -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        reading.fault(name, key, "stands twice", name)
    for name in names if key == "name" else ():
        taken = [figure for figure in FIGURES if name.removesuffix(f"_{figure}") in names]
        if taken and any(name.endswith(f"_{figure}") for figure in taken):
            reading.fault(name, key, "is what a figure beside another is called; rename it")
