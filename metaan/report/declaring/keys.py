"""KEYS: what each key of a declaration takes, and the rule that a value must obey."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from metaan.core.errors import InputError
from metaan.core.lookup import hint
from metaan.measures.table import MEASURES
from metaan.report.declaring.declared import DRAWINGS, FOREST, KINDS, NETWORK, SHOWN, UMBRELLA
from metaan.report.declaring.figures import FIGURES
from metaan.report.declaring.words import Words
from metaan.tau2.table import ESTIMATORS
from metaan.trials.comparing import MODES
from metaan.trials.instruments import line_between
from metaan.trials.printed import GIVEN_RATIOS
from metaan.trials.reversing import DIRECTIONS
from metaan.trials.schema import MEMBERSHIPS
from metaan.twobytwo.methods import COUNT_METHODS
from metaan.univariate.formula_rules import check_formula
from metaan.univariate.inference import INFERENCES
from metaan.univariate.planning import MODELS
from metaan.univariate.prediction import PREDICTIONS

MOST_LISTED = 16  # choices that a message lists
NAME = r"[a-z0-9_]+"
PANEL_KEYS = ("heading", "measures", "instruments")
TEXT, TEXTS, FLAG, NUMBER, TABLE, TABLES = (
    "a text", "a list of texts", "true or false", "a number", "a table", "a list of tables",
)  # fmt: skip
Choices = Callable[[Words], Collection[str]]
Rule = Callable[[Any, Words | None], str]
ANY_KIND = KINDS
POOLED = (FOREST, NETWORK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A row of ``KEYS``.

    Attributes
    ----------
    name : str
        The key.
    wants : str
        Type of its value, in words.
    kinds : tuple of str
        Kinds of figures that have it.
    levels : str
        Where it may stand: f(ile), a(nalysis), p (a figure), s(ensitivity analysis).
    what : str
        What a choice is, for messages.
    choices : callable or None
        ``choices(words) -> names``; None for any text.
    fixed : collection of str
        Choices that depend on no data.
    rule : callable or None
        ``rule(value, words) -> text``: what is wrong, empty if nothing is.
    """

    name: str
    wants: str = TEXT
    kinds: tuple[str, ...] = ANY_KIND
    levels: str = "p"
    what: str = ""
    choices: Choices | None = None
    fixed: Collection[str] = ()
    rule: Rule | None = None

    def problem(self, value: Any, words: Words | None) -> str:
        """Return the rule that a value breaks, with the nearest choice; empty if none."""
        if not _of_type(value, self.wants):
            return f"must be {self.wants}"
        wrong = self._unknown(value, words)
        return wrong or (self.rule(value, words) if self.rule is not None else "")

    def _unknown(self, value: Any, words: Words | None) -> str:
        choices = self.fixed
        if self.choices is not None:
            if words is None:
                return ""
            choices = self.choices(words)
        elif not choices:
            return ""
        named = [value] if isinstance(value, str) else list(value)
        unknown = [name for name in named if name and name not in choices]
        if not unknown:
            return ""
        return f"{unknown[0]!r} is not {self.what}{_listed(choices)}.{hint(unknown[0], choices)}"


def _listed(choices: Collection[str]) -> str:
    if not choices:
        return "; there are none"
    return f"; choose one of {', '.join(choices)}" if len(choices) <= MOST_LISTED else ""


def _of_type(value: Any, wants: str) -> bool:
    if wants == TEXTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if wants == TABLES:
        return isinstance(value, list) and all(isinstance(each, dict) for each in value)
    if wants == NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {TEXT: str, FLAG: bool, TABLE: dict}.get(wants, object))


def _name(value: Any, _: Words | None) -> str:
    rule = "must be lower-case letters, digits and underscores: it names files"
    return "" if re.fullmatch(NAME, value) else rule


def _filled(value: Any, _: Words | None) -> str:
    return "" if value.strip() else "must not be empty"


def _level(value: Any, _: Words | None) -> str:
    return "" if 0 < value < 1 else "must lie between 0 and 1, e.g. 0.95"


def _important(value: Any, _: Words | None) -> str:
    rule = "must be a number above 0, on the scale the figure is read on"
    return "" if 0 < value < float("inf") else rule


def _favors(value: Any, _: Words | None) -> str:
    return "" if len(value) in (0, 2) else "must be two texts, left and right of no effect"


def _tau2(value: Any, _: Words | None) -> str:
    if isinstance(value, str):
        if not value or value in ESTIMATORS:
            return ""
        return f"{value!r} is not an estimator{_listed(ESTIMATORS)}.{hint(value, ESTIMATORS)}"
    if _of_type(value, NUMBER) and 0 <= value < float("inf"):
        return ""
    return "must be the name of an estimator, or a variance of 0 or more"


def _where(value: Any, words: Words | None) -> str:
    if not all(isinstance(each, str) or _of_type(each, TEXTS) for each in value.values()):
        return "must have a text, or a list of texts, for each column"
    return _refused(lambda: words.trials.select(where=value)) if words is not None else ""


def _rescale(value: Any, words: Words | None) -> str:
    if not all(isinstance(each, str) for each in value.values()):
        return "must name an instrument for each instrument"
    if words is None:
        return ""
    table = words.trials.instruments
    found = [_refused(partial(line_between, table, old, new)) for old, new in value.items()]
    return " ".join(each for each in found if each)


def _contrast_sd(value: Any, words: Words | None) -> str:
    if not all(_of_type(each, NUMBER) and 0 < each < float("inf") for each in value.values()):
        return "must have a number above 0 for each instrument"
    unknown = [name for name in value if words is not None and name not in words.instruments]
    if words is None or not unknown:
        return ""
    return f"{unknown[0]!r} is not an instrument.{hint(unknown[0], words.instruments)}"


def _moderators(value: Any, words: Words | None) -> str:
    if not value or words is None:
        return ""
    return _refused(lambda: check_formula(value, words.columns))


def _panels(value: Any, words: Words | None) -> str:
    for panel in value:
        strange = [key for key in panel if key not in PANEL_KEYS]
        if strange:
            near = hint(strange[0], PANEL_KEYS)
            return f"{strange[0]!r} is no key of a panel; it has {', '.join(PANEL_KEYS)}.{near}"
        if not {"heading", "measures"} <= set(panel):
            return "must be tables with heading and measures"
        wrong = _panel(panel, words)
        if wrong:
            return f"panel {panel['heading']!r}: {wrong}"
    return ""


def _panel(panel: Mapping[str, Any], words: Words | None) -> str:
    heading, measures, instruments = (panel.get(key, []) for key in PANEL_KEYS)
    if not (
        _of_type(heading, TEXT) and _of_type(measures, TEXTS) and _of_type(instruments, TEXTS)
    ):
        return "heading must be a text, measures and instruments lists of texts"
    if words is None:
        return ""
    for names, known, what in (
        (measures, words.measures, "a measure of a published pool"),
        (instruments, words.pooled_on, "an instrument of a published pool"),
    ):
        unknown = [name for name in names if name not in known]
        if unknown:
            return f"{unknown[0]!r} is not {what}.{hint(unknown[0], known)}"
    return ""


def _refused(check: Callable[[], object]) -> str:
    """Return what a check says against a value; empty if nothing."""
    try:
        check()
    except InputError as error:
        return str(error)
    return ""


_EVERYWHERE = "faps"
_ROWS = (
    Key(name="name", levels="ap", rule=_name),
    Key(name="title", levels="a", rule=_filled),
    Key(name="page_title", levels="f", rule=_filled),
    Key(name="label", levels="s", rule=_filled),
    Key(name="heading", rule=_filled),
    Key(name="about", levels="a"),
    Key(name="unknown", levels="a"),
    Key(name="question", levels="a"),
    Key(name="review", levels="a", what="a review_id of reviews.csv", choices=lambda w: w.reviews),
    Key(name="show", levels="a", what="a way to show members", fixed=SHOWN),
    Key(name="members", levels="aps", what="a membership column", fixed=MEMBERSHIPS),
    Key(name="kind", what="a kind of figure", fixed=KINDS),
    Key(name="outcome", kinds=POOLED, levels=_EVERYWHERE, what="an outcome of the data",
        choices=lambda w: w.outcomes),
    Key(name="term", wants=TEXTS, kinds=POOLED, levels=_EVERYWHERE, what="a time of the data",
        choices=lambda w: w.terms),
    Key(name="instrument", wants=TEXTS, kinds=POOLED, levels=_EVERYWHERE, what="an instrument",
        choices=lambda w: w.instruments),
    Key(name="study", wants=TEXTS, kinds=POOLED, levels=_EVERYWHERE, what="a study on file",
        choices=lambda w: w.studies),
    Key(name="without_study", wants=TEXTS, kinds=POOLED, levels=_EVERYWHERE,
        what="a study on file", choices=lambda w: w.studies),
    Key(name="where", wants=TABLE, kinds=POOLED, levels=_EVERYWHERE, rule=_where),
    Key(name="treatment", wants=TEXTS, kinds=(FOREST,), levels=_EVERYWHERE),
    Key(name="control", wants=TEXTS, kinds=(FOREST,), levels=_EVERYWHERE),
    Key(name="by", kinds=POOLED, levels=_EVERYWHERE, what="a way to name treatments", fixed=MODES),
    Key(name="rescale", wants=TABLE, kinds=POOLED, levels=_EVERYWHERE, rule=_rescale),
    Key(name="without_flags", wants=TEXTS, kinds=POOLED, levels=_EVERYWHERE, what="a caution",
        choices=lambda w: w.flags),
    Key(name="measure", kinds=POOLED, levels=_EVERYWHERE,
        fixed=(*MEASURES, *GIVEN_RATIOS),
        what="an effect measure (docs/measures.md lists them)"),
    Key(name="better", kinds=POOLED, levels=_EVERYWHERE, what="a direction", fixed=DIRECTIONS),
    Key(name="mix_types", wants=FLAG, kinds=POOLED, levels=_EVERYWHERE),
    Key(name="contrast_sd", wants=TABLE, kinds=(FOREST,), levels=_EVERYWHERE, rule=_contrast_sd),
    Key(name="method", kinds=(FOREST,), levels=_EVERYWHERE, what="a way to pool",
        fixed=COUNT_METHODS),
    Key(name="model", kinds=POOLED, levels=_EVERYWHERE, what="a model", fixed=MODELS),
    Key(name="tau2", wants="a text or a number", kinds=POOLED, levels=_EVERYWHERE, rule=_tau2),
    Key(name="inference", kinds=POOLED, levels=_EVERYWHERE, what="an inference",
        fixed=INFERENCES),
    Key(name="prediction", kinds=POOLED, levels=_EVERYWHERE, what="a prediction interval",
        fixed=PREDICTIONS),
    Key(name="level", wants=NUMBER, kinds=POOLED, levels=_EVERYWHERE, rule=_level),
    Key(name="subgroups", kinds=(FOREST,), levels="fap", what="a column of the data",
        choices=lambda w: w.columns),
    Key(name="moderators", kinds=(FOREST,), levels="fap", rule=_moderators),
    Key(name="published", wants=TEXTS, kinds=POOLED, what="a pool_id of reviews.csv",
        choices=lambda w: w.pools),
    Key(name="favors", wants=TEXTS, levels="fap", rule=_favors),
    Key(name="caution"),
    Key(name="panels", wants=TABLES, kinds=(UMBRELLA,), rule=_panels),
    Key(name="reference", kinds=(NETWORK,), levels="fap"),
    Key(name="draw", wants=TEXTS, kinds=(NETWORK,), levels="fap", what="a drawing of a network",
        fixed=DRAWINGS),
    Key(name="important", wants=NUMBER, kinds=(FOREST,), levels="fap", rule=_important),
    Key(name="important_source", kinds=(FOREST,), levels="fap"),
    Key(name="figures", wants=TEXTS, kinds=(FOREST,), levels="fap", fixed=FIGURES,
        what="a figure that stands beside a forest plot"),
    Key(name="figure", wants=TABLES, levels="a"),
    Key(name="analysis", wants=TABLES, levels="f"),
    Key(name="sensitivity", wants=TABLES, kinds=POOLED, levels="fap"),
)  # fmt: skip
KEYS: Mapping[str, Key] = MappingProxyType({row.name: row for row in _ROWS})
FILE, ANALYSIS, FIGURE, SENSITIVITY = tuple(_EVERYWHERE)
# Keys that may stand at an outer level, to hold for everything within.
INHERITED = tuple(
    row.name for row in _ROWS if {FILE, FIGURE} <= set(row.levels) and row.name != "sensitivity"
)


def side_problem(names: Any, by: str, words: Words | None) -> str:
    """Return what is wrong with names of treatments, which ``by`` says what they are."""
    if words is None or by not in words.sides:
        return ""
    key = replace(KEYS["treatment"], what=f"a {by} of the treatments",
                  choices=lambda w: w.sides[by])  # fmt: skip
    return key.problem(names, words)
