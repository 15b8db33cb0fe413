"""From selected rows to one comparison per study: which arms, clean or not, combined how."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.measures.continuous import combine_groups
from metaan.trials.contrasting import NUMBERS, PRINTED, Contrasts
from metaan.trials.instruments import CARRIED
from metaan.trials.printed import PRINTED_KIND, flipped, usable_printed
from metaan.trials.reading import Row, records
from metaan.trials.schema import EVENTS
from metaan.trials.tables import Tables

MODES: Mapping[str, str] = {"group": "group", "node": "treatment"}
COLUMNS = (
    "study", "study_id", "outcome", "instrument", "term", "timepoint_weeks", "kind", *NUMBERS,
    *PRINTED, "measure", "treatment_label", "control_label", "sham_type", "condition", "year",
    "rows", "flags", "note", CARRIED,
)  # fmt: skip
NODES = ("treatment", "treat1", "treat2")
SETTING = ("instrument", "measure_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Which nodes, and so which components, make up the two sides of a comparison."""

    treatment: frozenset[str]
    control: frozenset[str]
    treatment_groups: frozenset[str]
    control_groups: frozenset[str]
    treatment_label: str
    control_label: str


@dataclass(slots=True, kw_only=True)
class _Study:
    """Work on one study: its rows, and the list of what is left out (filled as it goes)."""

    name: str
    label: str
    tables: Tables
    sides: Sides
    left_out: list[LeftOut] = field(default_factory=list)

    def drop(self, rows: Sequence[Row], reason: str) -> None:
        """List rows that do not enter, with the reason."""
        ids = tuple(row["row_id"] for row in rows)
        self.left_out.append(LeftOut(study=self.label, rows=ids, reason=reason))


def sides(
    treatments: pd.DataFrame, treatment: Sequence[str], control: Sequence[str], by: str
) -> Sides:
    """Return the nodes of both sides; raise if a name is unknown or stands on both."""
    column = look_up(MODES, by, argument="by", what="a way to name the sides")
    table = treatments.reset_index()
    known = {str(name): str(name) for name in table[column]}
    for argument, names in (("treatment", treatment), ("control", control)):
        if not names:
            raise InputError(f"{argument} is empty; name a {by} such as {next(iter(known))!r}")
        for name in names:
            look_up(known, name, argument=argument, what=f"a {by} of treatments.csv")
    both = sorted(set(treatment) & set(control))
    if both:
        raise InputError(f"{both[0]!r} is named as treatment and as control; keep it on one side")

    def part(names: Sequence[str]) -> tuple[frozenset[str], frozenset[str], str]:
        rows = table[table[column].isin(list(names))]
        label = " or ".join(
            name.replace("_", " ") if by == "group" else str(treatments.loc[name, "label"])
            for name in names
        )
        label = label[:1].upper() + label[1:]
        return frozenset(rows["treatment"]), frozenset(rows["group"]), label

    first, second = part(treatment), part(control)
    return Sides(
        treatment=first[0],
        control=second[0],
        treatment_groups=first[1],
        control_groups=second[1],
        treatment_label=first[2],
        control_label=second[2],
    )


def build_contrasts(tables: Tables, which: Sides) -> Contrasts:
    """Return the comparisons that the selected rows allow; see ``Trials.contrasts``."""
    nodes = [*which.treatment, *which.control]
    arms = _by_study(tables.arms[tables.arms["treatment"].isin(nodes)])
    printed = tables.contrast_rows
    both = printed["treat1"].isin(nodes) & printed["treat2"].isin(nodes)
    figures = _by_study(printed[both])
    order = dict.fromkeys(study for study, _ in tables.parts)  # as in the whole file
    mine = arms.keys() | figures.keys()
    pairs: list[Row] = []
    left_out: list[LeftOut] = []
    ambiguous: list[str] = []
    for name in [*(n for n in order if n in mine), *sorted(mine - order.keys())]:
        study = _Study(name=name, label=_label(tables, name), tables=tables, sides=which)
        ambiguous += _ambiguity(study, arms.get(name, []), figures.get(name, []))
        pair = _first_pair(study, arms.get(name, []), figures.get(name, []))
        left_out += study.left_out
        pairs += [pair] if pair is not None else []
    if ambiguous:
        raise InputError(
            "several figures for one arm; select(term=[...]) in order of preference, an "
            f"instrument or preferred=True: {'; '.join(ambiguous)}"
        )
    return Contrasts(
        pairs=pd.DataFrame(pairs, columns=list(COLUMNS)),
        treatment=which.treatment_label,
        control=which.control_label,
        left_out=tuple(left_out),
        instruments=tables.instruments,
        source=tables.source,
    )


def _by_study(frame: pd.DataFrame) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in records(frame):
        rows.setdefault(row["study_id"], []).append(row)
    return rows


def _label(tables: Tables, name: str) -> str:
    return str(tables.studies.at[name, "label"]) if name in tables.studies.index else name


def _ambiguity(study: _Study, arms: list[Row], figures: list[Row]) -> list[str]:
    """Return what is wrong if no order of terms decides between two figures of one comparison."""
    chosen = bool(study.tables.terms)
    keys = [(row["arm"], row["term"] if chosen else "") for row in arms]
    again = [row for row, key in zip(arms, keys, strict=True) if keys.count(key) > 1]
    if not chosen and len({row["term"] for row in figures}) > 1:
        again += figures
    if not again:
        return []
    seen = sorted({f"{row['term']} {row['instrument']}" for row in again})
    return [f"{study.name} ({', '.join(seen)})"]


def _first_pair(study: _Study, arms: list[Row], figures: list[Row]) -> Row | None:
    """Return the pair of the first term that gives one: arms before a printed difference."""
    terms = study.tables.terms or tuple(dict.fromkeys(row["term"] for row in [*arms, *figures]))
    for position, term in enumerate(terms):
        before = len(study.left_out)
        pair = _from_arms(study, _at(arms, term))
        if pair is None:
            lost, study.left_out = study.left_out[before:], study.left_out[:before]
            pair = _from_printed(study, _at(figures, term))
            if pair is None:  # what the arms lack matters only where nothing stands in for them
                study.left_out = [*lost, *study.left_out]
        if pair is not None:
            _note_later_terms(study, [*arms, *figures], term, terms[position + 1 :])
            return pair
    return None


def _at(rows: list[Row], term: str) -> list[Row]:
    return [row for row in rows if row["term"] == term]


def _note_later_terms(study: _Study, rows: list[Row], term: str, later: Sequence[str]) -> None:
    """List the figures of later terms, if they would have given a comparison as well."""
    rest = [row for row in rows if row["term"] in later]
    nodes = {row[name] for row in rest for name in NODES if name in row}
    if nodes & study.sides.treatment and nodes & study.sides.control:
        others = ", ".join(dict.fromkeys(row["term"] for row in rest))
        study.drop(rest, f"already in with its {term} figures (also has {others})")


def _from_arms(study: _Study, arms: list[Row]) -> Row | None:
    treated = [row for row in arms if row["treatment"] in study.sides.treatment]
    control = [row for row in arms if row["treatment"] in study.sides.control]
    if not treated or not control:
        return None
    treated, control = _complete(study, treated), _complete(study, control)
    if not treated or not control:
        return None
    treated, control = _clean(study, treated, control)
    if not treated or not control:
        return None
    both = [*treated, *control]
    weeks = {row["timepoint_weeks"] for row in both if not math.isnan(row["timepoint_weeks"])}
    if len({tuple(row[name] for name in SETTING) for row in both}) > 1 or len(weeks) > 1:
        study.drop(both, "its arms differ in instrument, time or type of figure")
        return None
    return _arm_pair(study, treated, control)


def _complete(study: _Study, arms: list[Row]) -> list[Row]:
    """Return the arms whose numbers suffice; list the others with what they lack."""
    keep = []
    for row in arms:
        needed = ("n", "events") if row["measure_type"] == EVENTS else ("n", "mean", "sd")
        lacking = ", ".join(name for name in needed if math.isnan(row[name]))
        if lacking:
            study.drop([row], f"{row['arm_label']}: {lacking} not reported")
        else:
            keep.append(row)
    return keep


def _clean(study: _Study, treated: list[Row], control: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return the most arms of which every pair differs by the two sides' components alone."""
    extra = {
        (one["arm"], two["arm"]): _extra(study, one["arm"], two["arm"])
        for one in treated
        for two in control
    }
    best: tuple[list[Row], list[Row]] = ([], [])
    for start in treated:
        right = [two for two in control if not extra[start["arm"], two["arm"]]]
        left = [one for one in treated if not any(extra[one["arm"], r["arm"]] for r in right)]
        if right and _size(left, right) > _size(*best):
            best = left, right
    for one in treated:
        if one not in best[0]:
            parts = {p for two in (best[1] or control) for p in extra[one["arm"], two["arm"]]}
            _drop_unclean(study, one, parts)
    for two in control:
        if best[0] and two not in best[1]:
            parts = {part for one in best[0] for part in extra[one["arm"], two["arm"]]}
            _drop_unclean(study, two, parts)
    return best


def _size(left: list[Row], right: list[Row]) -> tuple[int, float]:
    both = [*left, *right]
    return len(both), float(sum(row["n"] for row in both))


def _drop_unclean(study: _Study, row: Row, parts: set[str]) -> None:
    listed = ", ".join(sorted(parts))
    study.drop(
        [row],
        f"{row['arm_label']}: differs from its comparator by more than the treatment ({listed})",
    )


def _extra(study: _Study, arm1: str, arm2: str) -> frozenset[str]:
    """Return the components by which two arms differ beyond what the comparison is about."""
    tables, which = study.tables, study.sides
    first = tables.parts.get((study.name, arm1), frozenset())
    second = tables.parts.get((study.name, arm2), frozenset())
    beside1 = {p for p in first - second if not _groups(tables, p) & which.treatment_groups}
    beside2 = {p for p in second - first if not _groups(tables, p) & which.control_groups}
    return frozenset(beside1 | beside2)


def _groups(tables: Tables, part: str) -> set[str]:
    return {
        str(table.at[part, "group"])
        for table in (tables.components, tables.treatments)
        if part in table.index
    }


def _arm_pair(study: _Study, treated: list[Row], control: list[Row]) -> Row:
    pair = _frame_of(study, treated[0])
    notes = []
    for side, arms in (("1", treated), ("2", control)):
        pair.update(_combined(arms, side))
        if len(arms) > 1:
            names = ", ".join(row["arm_label"] for row in arms)
            notes.append(f"{len(arms)} arms combined: {names}")
    both = [*treated, *control]
    flags = {flag for row in both for flag in row["flags"].split("|") if flag}
    pair.update(
        kind=treated[0]["measure_type"],
        treatment_label=_node_labels(study.tables, treated),
        control_label=_node_labels(study.tables, control),
        sham_type=_sham_type(study, [row["arm"] for row in control]),
        rows=tuple(row["row_id"] for row in both),
        flags="|".join(sorted(flags)),
        carried="; ".join(dict.fromkeys(r[CARRIED] for r in both if r.get(CARRIED))),
        note="; ".join(notes),
    )
    return pair


def _combined(arms: list[Row], side: str) -> Row:
    if arms[0]["measure_type"] == EVENTS:
        return {f"{name}{side}": sum(row[name] for row in arms) for name in ("n", "events")}
    values = {name: arms[0][name] for name in ("n", "mean", "sd")}
    if len(arms) > 1:
        columns = [np.array([row[name] for row in arms]) for name in values]
        values = dict(zip(values, (float(x) for x in combine_groups(*columns)), strict=True))
    return {f"{name}{side}": value for name, value in values.items()}


def _frame_of(study: _Study, row: Row) -> Row:
    studies = study.tables.studies
    known = study.name in studies.index
    return {
        "study": study.label,
        "study_id": study.name,
        **{name: row[name] for name in ("outcome", "instrument", "term", "timepoint_weeks")},
        **dict.fromkeys((*NUMBERS, *PRINTED), math.nan),
        "measure": "",
        **{name: studies.at[study.name, name] if known else "" for name in ("condition", "year")},
    }


def _node_labels(tables: Tables, arms: list[Row]) -> str:
    nodes = dict.fromkeys(row["treatment"] for row in arms)
    return " / ".join(str(tables.treatments.at[node, "label"]) for node in nodes)


def _sham_type(study: _Study, arms: Sequence[str]) -> str:
    """Return what kind of sham the control arms got; empty if none of them is a sham."""
    tables = study.tables
    kinds = [
        str(tables.components.at[part, "sham_type"])
        for arm in arms
        for part in sorted(tables.parts.get((study.name, arm), frozenset()))
        if part in tables.components.index
    ]
    return " / ".join(dict.fromkeys(filter(None, kinds)))


def _from_printed(study: _Study, figures: list[Row]) -> Row | None:
    """Return the pair that the first usable printed difference gives; list the others."""
    which = study.sides
    chosen: Row | None = None
    for row in figures:
        forward = row["treat1"] in which.treatment and row["treat2"] in which.control
        backward = row["treat2"] in which.treatment and row["treat1"] in which.control
        if not forward and not backward:
            continue
        problem = usable_printed(row)
        figure = row if forward or problem else flipped(row)
        problem = problem or _printed_extra(study, figure)
        if problem:
            study.drop([row], problem)
        elif chosen is None:
            chosen = figure
        else:
            study.drop(
                [row],
                f"shares its comparator with row {chosen['row_id']}, which is in: one study does "
                "not enter twice with one control",
            )
    return None if chosen is None else _printed_pair(study, chosen)


def _printed_extra(study: _Study, row: Row) -> str:
    extra = _extra(study, row["arm1"], row["arm2"]) if row["arm1"] else frozenset()
    if not extra:
        return ""
    return f"its arms differ by more than the treatment ({', '.join(sorted(extra))})"


def _printed_pair(study: _Study, row: Row) -> Row:
    pair = _frame_of(study, row)
    labels = study.tables.treatments["label"]
    pair.update({name: row[name] for name in ("n1", "n2", *PRINTED, "measure", "flags")})
    pair.update(
        kind=PRINTED_KIND,
        treatment_label=str(labels[row["treat1"]]),
        control_label=str(labels[row["treat2"]]),
        sham_type=_sham_type(study, [row["arm2"]]),
        rows=(row["row_id"],),
        carried=row.get(CARRIED, ""),
        note="as printed: the arms do not give the comparison",
    )
    return pair
