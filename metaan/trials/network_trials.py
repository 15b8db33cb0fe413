"""The arms on file → the arms of a network: one outcome, one time, one figure for each arm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.measures.row import Measure, Swap
from metaan.trials.comparing import (
    ALIKE,
    MODES,
    ambiguity,
    by_study,
    complete_arms,
    study_label,
)
from metaan.trials.instruments import CARRIED
from metaan.trials.network_printed import Figure, Printed, agree, as_printed, between_arms
from metaan.trials.orienting import check_sds, problem_of, with_printed
from metaan.trials.pairing import Sides, StudyWork, frame_of, printed_pair
from metaan.trials.printed import usable_printed
from metaan.trials.reading import Row
from metaan.trials.tables import NOT_PREFERRED, Tables

NODE = "node"
# How arms are named: by a column of treatments.csv, or by what each arm received.
NAMINGS: Mapping[str, str] = {**MODES, "components": "components"}
EVERYONE = Sides(
    treatment=frozenset(),
    control=frozenset(),
    treatment_groups=frozenset(),
    control_groups=frozenset(),
    treatment_label="",
    control_label="",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one study gives: its arms, or printed differences.

    Attributes
    ----------
    about : Row
        Study, instrument, term and the like.
    arms : tuple of (str, Row)
        Treatment and row of each arm.
    printed : tuple of Printed
        The contrasts that printed differences give.
    """

    about: Row
    arms: tuple[tuple[str, Row], ...] = ()
    printed: tuple[Printed, ...] = ()


@dataclass(slots=True, kw_only=True)
class Choice:
    """How the figures of studies are chosen, and what is left out (filled as it goes)."""

    tables: Tables
    row: Measure
    by: str
    contrast_sd: Mapping[str, float]
    left_out: list[LeftOut] = field(default_factory=list)

    def treatment(self, row: Row, side: str = "") -> str:
        """Return what an arm is called; ``side`` is the number of an arm of a printed figure."""
        node = str(row["treat" + side] if side else row["treatment"])
        column = NAMINGS[self.by]
        if column in self.tables.treatments:
            return str(self.tables.treatments.at[node, column])
        if column != NAMINGS[NODE]:
            parts = self.tables.parts.get((row["study_id"], row["arm" + side]), frozenset())
            return "+".join(sorted(parts)) or node
        return node


def trial_entries(
    tables: Tables, row: Measure, *, by: str, contrast_sd: Mapping[str, float]
) -> tuple[list[Entry], list[LeftOut]]:
    """Return what each study gives to a network, and what is left out.

    A study enters with the first of its terms at which two arms or more have the numbers, are
    measured alike and have different names; printed differences stand in where there are none.

    Raises
    ------
    InputError
        If the rows hold more than one outcome, or a study several figures for one arm; every
        such study is named.
    ChoiceError
        If ``by`` or an instrument of ``contrast_sd`` is unknown.
    """
    look_up(NAMINGS, by, argument="by", what="a way to name the arms")
    check_sds(contrast_sd, tables.instruments)
    outcomes = list(dict.fromkeys([*tables.arms["outcome"], *tables.contrast_rows["outcome"]]))
    if len(outcomes) > 1:
        raise InputError(
            f"the rows hold {len(outcomes)} outcomes ({', '.join(outcomes)}); "
            "select(outcome=...) one of them"
        )
    arms, figures = by_study(tables.arms), by_study(tables.contrast_rows)
    mine = arms.keys() | figures.keys()
    order = dict.fromkeys(study for study, _ in tables.parts)  # as in the whole file
    choice = Choice(tables=tables, row=row, by=by, contrast_sd=contrast_sd)
    entries: list[Entry] = []
    ambiguous: list[str] = []
    for name in [*(n for n in order if n in mine), *sorted(mine - order.keys())]:
        label = study_label(tables, name)
        work = StudyWork(name=name, label=label, tables=tables, sides=EVERYONE)
        own, printed = arms.get(name, []), figures.get(name, [])
        ambiguous += ambiguity(work, own, printed)
        entry = _entry(choice, work, own, printed)
        entries += [] if entry is None else [entry]
        choice.left_out += [*work.left_out, *_ruled(tables, name, label)]
    if ambiguous:
        raise InputError(
            "several figures for one arm; select(term=[...]) in order of preference, an "
            f"instrument or preferred=True: {'; '.join(ambiguous)}"
        )
    return entries, choice.left_out


def mixed_designs(tables: Tables, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return which add-on designs share a comparison with designs that are none, in words.

    An arm that got what the other got, and more, is compared with it for the addition alone;
    elsewhere one thing stands against another.
    """
    added: dict[tuple[str, ...], dict[str, bool]] = {}
    for entry in entries:
        study = entry.about["study_id"]
        parts = [(name, tables.parts.get((study, row["arm"]))) for name, row in entry.arms]
        for (one, first), (other, second) in combinations(parts, 2):
            if one != other and first and second:
                addition = first < second or second < first
                added.setdefault(tuple(sorted((one, other))), {})[entry.about["study"]] = addition
    return tuple(
        f"{one} and {other}: one arm got what the other got, and more, in "
        f"{', '.join(name for name, addition in studies.items() if addition)}, but not in the "
        'other studies; by="components" tells them apart'
        for (one, other), studies in added.items()
        if len(set(studies.values())) > 1
    )


def _ruled(tables: Tables, name: str, label: str) -> Iterator[LeftOut]:
    """Return the arms of a study that a caution ruled out."""
    rows = tables.ruled_arms
    flagged = rows[(rows["study_id"] == name) & (rows["ruled_by"] != NOT_PREFERRED)]
    for row_id, arm, why in zip(
        flagged["row_id"], flagged["arm_label"], flagged["ruled_by"], strict=True
    ):
        yield LeftOut(study=label, rows=(str(row_id),), reason=f"{arm}: {why}")


def _entry(choice: Choice, study: StudyWork, arms: list[Row], figures: list[Row]) -> Entry | None:
    """Return what the study gives at the first term that gives anything."""
    terms = study.tables.terms or tuple(dict.fromkeys(row["term"] for row in [*arms, *figures]))
    for term in terms:
        before = list(study.left_out)
        own = [row for row in arms if row["term"] == term]
        entry = _from_arms(choice, study, own)
        if entry is None:
            lost = study.left_out[len(before) :]
            study.left_out = list(before)
            entry = _from_printed(choice, study, [r for r in figures if r["term"] == term])
            if entry is None:  # what arms lack matters where nothing stands in for them
                study.left_out = [*before, *lost, *study.left_out[len(before) :]]
        if entry is not None:
            _list_later(study, term, [row for row in arms if row["term"] != term])
            return entry
    return None


def _list_later(study: StudyWork, term: str, others: list[Row]) -> None:
    """List the figures of other terms than the one that is in."""
    listed = {row_id for item in study.left_out for row_id in item.rows}
    for other in dict.fromkeys(row["term"] for row in others):
        rows = [r for r in others if r["term"] == other and r["row_id"] not in listed]
        if rows:
            study.drop(rows, f"already in with its {term} figures (also has {other})")


def _from_arms(choice: Choice, study: StudyWork, arms: list[Row]) -> Entry | None:
    """Return the arms of one term if two or more can be compared."""
    if not arms:
        return None
    fit = []
    for row in complete_arms(study, arms):
        problem = problem_of({"kind": row["measure_type"]}, choice.row, choice.contrast_sd)
        if problem:
            study.drop([row], f"{row['arm_label']}: {problem}")
        else:
            fit.append(row)
    if not fit:
        return None
    weeks = {row["timepoint_weeks"] for row in fit if row["timepoint_weeks"] >= 0}
    if len({tuple(row[name] for name in ALIKE) for row in fit}) > 1 or len(weeks) > 1:
        study.drop(fit, "its arms differ in instrument, time or type of figure")
        return None
    named = tuple((choice.treatment(row), row) for row in fit)
    names = dict.fromkeys(name for name, _ in named)
    if len(names) < 2:
        what = "only one arm has numbers" if len(fit) == 1 else "its arms are one treatment here"
        study.drop(fit, f"{what} ({next(iter(names))}): nothing to compare it with")
        return None
    flags = {flag for row in fit for flag in row["flags"].split("|") if flag}
    about = frame_of(study, fit[0]) | {
        "kind": fit[0]["measure_type"],
        "flags": "|".join(sorted(flags)),
        "note": "",
        CARRIED: "; ".join(dict.fromkeys(r[CARRIED] for r in fit if r.get(CARRIED))),
    }
    return Entry(about=about, arms=named)


def _from_printed(choice: Choice, study: StudyWork, figures: list[Row]) -> Entry | None:
    """Return what the printed differences of one term give."""
    usable: list[Figure] = []
    for row in figures:
        pair = printed_pair(study, row, turned=False)
        one, other = choice.treatment(row, "1"), choice.treatment(row, "2")
        problem = usable_printed(row) or problem_of(pair, choice.row, choice.contrast_sd)
        if problem:
            study.drop([row], problem)
            continue
        empty = np.full(1, np.nan)
        y, v = with_printed([pair], choice.row, (empty, empty), choice.contrast_sd)
        usable.append(Figure(treatments=(one, other), pair=pair, y=float(y[0]), v=float(v[0])))
    return _printed_entry(choice, study, usable)


def _printed_entry(choice: Choice, study: StudyWork, usable: list[Figure]) -> Entry | None:
    """Return all contrasts that printed differences say, else the first of them."""
    other = [each for each in usable if len(set(each.treatments)) > 1]
    if len(other) > 1 or len(usable) > len(other) > 0:
        if len(other) == len(usable) and agree(usable):
            return Entry(about=usable[0].pair, printed=as_printed(usable))
        made = between_arms(usable, combine=choice.row.turn is Swap.SIGN)
        if made:
            note = (
                f"contrasts of all arms from {len(usable)} printed differences, arms taken as "
                "independent"
            )
            return Entry(about={**usable[0].pair, "note": note}, printed=made)
    for each in usable:
        if each not in other:
            reason = f"its arms are one treatment here ({each.treatments[0]})"
            study.left_out.append(
                LeftOut(study=study.label, rows=each.pair["rows"], reason=reason)
            )
    if not other:
        return None
    first = other[0]
    for each in other[1:]:
        reason = (
            f"row {first.pair['rows'][0]} is in; printed differences of several arms enter "
            "together only if they say the contrasts of all arms and agree"
        )
        study.left_out.append(LeftOut(study=study.label, rows=each.pair["rows"], reason=reason))
    return Entry(about=first.pair, printed=as_printed([first]))
