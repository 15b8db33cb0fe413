"""Options for one question to trials that can be defended, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from metaan.core.arrays import Booleans
from metaan.core.bias import JUDGMENTS, RiskOfBias
from metaan.core.effects import Effects
from metaan.core.errors import InputError
from metaan.measures import standardized
from metaan.measures.table import MEASURES
from metaan.trials.schema import CHANGE, ENDPOINT, EVENTS, TERMS
from metaan.trials.tables import Tables

TREATMENT, CONTROL, TERM, INSTRUMENTS = "treatment", "control", "term", "instruments"
CAUTIONS, CHANGES, MEASURE, PRINTED, STUDIES = (
    "cautions", "changes", "measure", "printed", "studies",
)  # fmt: skip
OF_DATA = (TREATMENT, CONTROL, TERM, INSTRUMENTS, CAUTIONS, CHANGES, MEASURE, PRINTED)
AS_PRINTED, LEFT_OUT, OWN_ERROR = "as printed", "left out", "from its own standard error"
STANDARDIZED = tuple(row.key for row in standardized.ROWS)
SD_POOLED, SD_AVERAGE, SD_CONTROL = STANDARDIZED[:3]
OF_EVENTS = ("RR", "OR", "RD")
CORRELATION = 0.7
SMALLEST_GROUP = 25
IMMEDIATE, SHORT = TERMS[1:3]
SECOND_HAND = "second_hand"
HIGH_ROLES = frozenset({"high", "ink"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a choice.

    Attributes
    ----------
    label : str
        Name.
    value : object
        What is handed on.
    reason : str
        Why it can be defended.
    """

    label: str
    value: Any = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrower:
    """A narrower reading of a group of treatments: some of its nodes do not belong to it."""

    group: str
    label: str
    without: frozenset[str]
    reason: str


NARROWER = (
    Narrower(
        group="acupuncture",
        label="without electrical stimulation",
        without=frozenset({"electroacupuncture"}),
        reason="current through the needles may be another treatment than the needles",
    ),
    Narrower(
        group="sham",
        label="sham needling, no devices",
        without=frozenset({"sham_tens"}),
        reason="a switched-off device does not blind patients to needling",
    ),
    Narrower(
        group="sham",
        label="type of sham known",
        without=frozenset({"sham_unspecified"}),
        reason="what is not described cannot be judged to be inert",
    ),
    Narrower(
        group="sham",
        label="needles through the skin",
        without=frozenset({"sham_tens", "sham_unspecified", "sham_nonpenetrating"}),
        reason="tests the points and depth alone, everything else being needling too",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeGroups:
    """Keeps studies with so many participants in both groups."""

    least: int

    def __call__(self, effects: Effects) -> Booleans:
        """Return the mask, shape (k,); a number that is not known is not enough."""
        sizes = [np.asarray(effects.columns[name], dtype=float) for name in ("n1", "n2")]
        return np.asarray(np.minimum(*sizes) >= self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutFlags:
    """Keeps studies whose figures carry none of these cautions."""

    flags: tuple[str, ...]

    def __call__(self, effects: Effects) -> Booleans:
        """Return the mask, shape (k,)."""
        unwanted = set(self.flags)
        told = (set(str(cell).split("|")) for cell in effects.columns["flags"])
        return np.array([not (flags & unwanted) for flags in told], dtype=bool)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedOverall:
    """Keeps studies whose overall risk of bias is one of these; unjudged ones go."""

    bias: RiskOfBias
    kept: frozenset[str]

    def __call__(self, effects: Effects) -> Booleans:
        """Return the mask, shape (k,)."""
        return np.array([self.bias.of(name)[-1] in self.kept for name in effects.study], bool)


def default_options(
    base: Tables, treatment: Sequence[str], control: Sequence[str], bias: RiskOfBias | None
) -> dict[str, tuple[Option, ...]]:
    """Return the options that the rows at hand tell apart, the main analysis first."""
    of_events = set(base.arms["measure_type"]) == {EVENTS}
    found = {
        TREATMENT: _readings(base, treatment),
        CONTROL: _readings(base, control),
        TERM: _terms(base),
        CHANGES: () if of_events else _changes(base),
        MEASURE: _event_measures() if of_events else _mean_measures(),
        PRINTED: () if of_events or base.contrast_rows.empty else _printed(),
        STUDIES: _studies(base, bias),
    }
    return {name: options for name, options in found.items() if options}


def _readings(base: Tables, names: Sequence[str]) -> tuple[Option, ...]:
    """Return a side as it was named, and its narrower readings that leave rows out."""
    whole = Option(label=", ".join(names), value=tuple(names), reason="the group as declared")
    rows = base.treatments
    nodes = [str(node) for node in rows.index[rows["group"].isin(list(names))]]
    printed = base.contrast_rows
    there = {*base.arms["treatment"], *printed["treat1"], *printed["treat2"]} & set(nodes)
    found, seen = [whole], [there]
    for each in NARROWER:
        left = there - each.without
        if each.group not in names or not left or left in seen:
            continue
        seen.append(left)
        value = tuple(node for node in nodes if node not in each.without)
        found.append(Option(label=each.label, value=value, reason=each.reason))
    return tuple(found)


def _terms(base: Tables) -> tuple[Option, ...]:
    there = {*base.arms["term"], *base.contrast_rows["term"]}
    rows = (
        Option(
            label="end of treatment, else up to 3 months",
            value=(IMMEDIATE, SHORT),
            reason="as near to the end of treatment as is known",
        ),
        Option(
            label="up to 3 months, else end of treatment",
            value=(SHORT, IMMEDIATE),
            reason="an effect that does not last some weeks matters less",
        ),
        Option(
            label="end of treatment only",
            value=(IMMEDIATE,),
            reason="one time for all studies",
        ),
    )
    fit = [row for row in rows if set(row.value) <= there]
    if fit:
        return tuple(fit)
    order = tuple(term for term in TERMS[1:] if term in there)
    if not order:
        raise InputError("no row is of a time after the start of treatment")
    return (Option(label=", ".join(order), value=order, reason="the terms on file"),)


def _changes(base: Tables) -> tuple[Option, ...]:
    kinds = set(base.arms["measure_type"])
    if CHANGE not in kinds:
        return ()
    found = (
        Option(
            label="change scores as printed",
            value=AS_PRINTED,
            reason="SDs of changes and of end scores are alike if the two correlate by 0.5",
        ),
        Option(
            label=f"SDs of end scores, r = {CORRELATION:g}",
            value=CORRELATION,
            reason="scores of one person at two times often correlate by more than 0.5, which "
            "makes SDs of changes the smaller ones",
        ),
        Option(
            label="change scores left out",
            value=LEFT_OUT,
            reason="changes and end scores are not to be mixed in a standardized effect",
        ),
    )
    return found if ENDPOINT in kinds else found[:2]


def _mean_measures() -> tuple[Option, ...]:
    return (
        Option(label="pooled SD", value=SD_POOLED, reason="Hedges' g, the common default"),
        Option(
            label="average of the two variances",
            value=SD_AVERAGE,
            reason="does not take the two spreads to be one",
        ),
        Option(
            label="SD of the control group",
            value=SD_CONTROL,
            reason="Glass' delta: the treatment may change the spread",
        ),
    )


def _event_measures() -> tuple[Option, ...]:
    return tuple(
        Option(label=MEASURES[key].name, value=key, reason="a usual measure of two proportions")
        for key in OF_EVENTS
    )


def _printed() -> tuple[Option, ...]:
    return (
        Option(
            label="printed differences left out",
            value=LEFT_OUT,
            reason="no SD was printed, so none is used",
        ),
        Option(
            label="SD " + OWN_ERROR,
            value=OWN_ERROR,
            reason="the standard error of the difference and the groups' sizes imply an SD; one "
            "that an analysis adjusted makes it smaller, and the effect larger",
        ),
    )


def _studies(base: Tables, bias: RiskOfBias | None) -> tuple[Option, ...]:
    """Return the restrictions of studies that leave out rows at hand."""
    found = [Option(label="all studies", value=None, reason="whatever is usable")]
    printed = base.contrast_rows
    flags = {flag for each in (base.arms, printed) for cell in each["flags"]
             for flag in str(cell).split("|")}  # fmt: skip
    if SECOND_HAND in flags:
        found.append(
            Option(
                label="no second-hand figures",
                value=WithoutFlags(flags=(SECOND_HAND,)),
                reason="figures that no report of the trial and no systematic review shows may be "
                "off",
            )
        )
    sizes = np.concatenate([base.arms["n"], printed["n1"], printed["n2"]]).astype(float)
    if not (sizes >= SMALLEST_GROUP).all():
        found.append(
            Option(
                label=f"{SMALLEST_GROUP} or more in each group",
                value=LargeGroups(least=SMALLEST_GROUP),
                reason="small trials show larger effects for reasons other than the treatment",
            )
        )
    if bias is None:
        return tuple(found)
    if not bias.has_overall:
        raise InputError("bias has no overall judgments; a restriction by them needs some")
    judged = {row[-1] for row in bias.judgments} - {""}
    high = {key for key in judged if JUDGMENTS[key].role in HIGH_ROLES}
    low = next(iter(JUDGMENTS))
    return (
        *found,
        Option(
            label="not at high risk of bias",
            value=JudgedOverall(bias=bias, kept=frozenset(judged - high)),
            reason="trials at high risk of bias may mislead",
        ),
        Option(
            label="low risk of bias",
            value=JudgedOverall(bias=bias, kept=frozenset({low})),
            reason="only trials at low risk of bias can be relied on",
        ),
    )


def given_options(name: str, given: Any) -> tuple[Option, ...]:
    """Return options of the caller; their reasons are his."""
    if isinstance(given, Mapping):
        pairs = [(str(label), value) for label, value in given.items()]
    elif isinstance(given, Sequence) and not isinstance(given, str):
        pairs = [(_label(value), value) for value in given]
    else:
        raise InputError(
            f"options of {name} must be a sequence, or a mapping from labels to values; got "
            f"{given!r}"
        )
    if not pairs:
        raise InputError(f"{name} has no options")
    labels = [label for label, _ in pairs]
    twice = list(dict.fromkeys(label for label in labels if labels.count(label) > 1))
    if twice:
        raise InputError(f"options of {name} are called {', '.join(map(repr, twice))} twice")
    return tuple(Option(label=label, value=value, reason="") for label, value in pairs)


def _label(value: Any) -> str:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return "none" if value is None else str(value)
    return ", ".join(map(str, value)) or "none"
