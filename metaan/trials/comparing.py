"""From selected rows to one comparison per study: which arms, clean or not, combined how."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from metaan.core.effects import LeftOut
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.trials.contrasting import Contrasts
from metaan.trials.pairing import COLUMNS, Sides, StudyWork, arm_pair, printed_pair
from metaan.trials.printed import PRINTED_KIND, flipped, usable_printed
from metaan.trials.reading import Row, records
from metaan.trials.schema import EVENTS
from metaan.trials.tables import NOT_PREFERRED, Tables

MODES: Mapping[str, str] = {"group": "group", "node": "treatment"}
ALIKE = ("instrument", "measure_type")


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
    arms = by_study(tables.arms[tables.arms["treatment"].isin(nodes)])
    printed = tables.contrast_rows
    both = printed["treat1"].isin(nodes) & printed["treat2"].isin(nodes)
    figures = by_study(printed[both])
    ruled = by_study(tables.ruled_arms[tables.ruled_arms["treatment"].isin(nodes)])
    rows = tables.ruled_contrasts
    ruled_rows = by_study(rows[rows["treat1"].isin(nodes) & rows["treat2"].isin(nodes)])
    order = dict.fromkeys(study for study, _ in tables.parts)  # as in the whole file
    mine = arms.keys() | figures.keys() | ruled.keys()
    pairs: list[Row] = []
    alternatives: list[Row] = []
    excluded: list[LeftOut] = []
    ambiguous: list[str] = []
    for name in [*(n for n in order if n in mine), *sorted(mine - order.keys())]:
        study = StudyWork(name=name, label=study_label(tables, name), tables=tables, sides=which)
        ambiguous += ambiguity(study, arms.get(name, []), figures.get(name, []))
        found = _candidates(study, arms.get(name, []), figures.get(name, []))
        _list_ruled(study, arms.get(name, []), ruled.get(name, []))
        _list_other_arms(study, found, ruled_rows.get(name, []))
        excluded += study.left_out
        pairs += found[:1]
        alternatives += found[1:]
    if ambiguous:
        raise InputError(
            "several figures for one arm; select(term=[...]) in order of preference, an "
            f"instrument or preferred=True: {'; '.join(ambiguous)}"
        )
    return Contrasts(
        pairs=pd.DataFrame(pairs, columns=list(COLUMNS)),
        alternatives=pd.DataFrame(alternatives, columns=list(COLUMNS)),
        treatment=which.treatment_label,
        control=which.control_label,
        excluded=tuple(excluded),
        instruments=tables.instruments,
        source=tables.source,
    )


def by_study(frame: pd.DataFrame) -> dict[str, list[Row]]:
    """Return the rows of each study."""
    rows: dict[str, list[Row]] = {}
    for row in records(frame):
        rows.setdefault(row["study_id"], []).append(row)
    return rows


def study_label(tables: Tables, name: str) -> str:
    """Return how a study is called, its id where that is not known."""
    return str(tables.studies.at[name, "label"]) if name in tables.studies.index else name


def ambiguity(study: StudyWork, arms: list[Row], figures: list[Row]) -> list[str]:
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


def _candidates(study: StudyWork, arms: list[Row], figures: list[Row]) -> list[Row]:
    """Return what could stand for the study: term by term, arms before printed differences."""
    terms = study.tables.terms or tuple(dict.fromkeys(row["term"] for row in [*arms, *figures]))
    found: list[Row] = []
    for term in terms:
        before = list(study.left_out)
        pair = _from_arms(study, _at(arms, term))
        lost = study.left_out[len(before) :]
        if pair is None:
            study.left_out = list(before)
        printed = _from_printed(study, _at(figures, term))
        if pair is None and not printed:  # what arms lack matters where nothing stands in for them
            study.left_out = [*before, *lost, *study.left_out[len(before) :]]
        if found:  # later terms are alternatives only; what they lack is nobody's loss
            study.left_out = before
        found += [pair, *printed] if pair is not None else printed
    return found


def _at(rows: list[Row], term: str) -> list[Row]:
    return [row for row in rows if row["term"] == term]


def _list_ruled(study: StudyWork, arms: list[Row], ruled: list[Row]) -> None:
    """List the arms that a caution ruled out of a comparison they would have been part of."""
    flagged = [row for row in ruled if row["ruled_by"] != NOT_PREFERRED]
    nodes = {row["treatment"] for row in [*arms, *flagged]}
    if nodes & study.sides.treatment and nodes & study.sides.control:
        for row in flagged:
            study.drop([row], f"{row['arm_label']}: {row['ruled_by']}")


def _list_other_arms(study: StudyWork, found: list[Row], ruled: list[Row]) -> None:
    """List printed differences of other arms than the one that stands for the study."""
    if not found or found[0]["kind"] != PRINTED_KIND:
        return
    chosen = found[0]
    for row in ruled:
        same = all(row[name] == chosen[name] for name in ("outcome", "instrument", "term"))
        other = row["measure"] == chosen["measure"] and not usable_printed(row)
        if same and other and row["arm1"] not in chosen["arms"]:
            study.drop([row], f"another arm against the same control; {row['ruled_by']}")


def _from_arms(study: StudyWork, arms: list[Row]) -> Row | None:
    treated = [row for row in arms if row["treatment"] in study.sides.treatment]
    control = [row for row in arms if row["treatment"] in study.sides.control]
    if not treated or not control:
        return None
    treated, control = complete_arms(study, treated), complete_arms(study, control)
    if not treated or not control:
        return None
    treated, control = _clean(study, treated, control)
    if not treated or not control:
        return None
    both = [*treated, *control]
    weeks = {row["timepoint_weeks"] for row in both if not math.isnan(row["timepoint_weeks"])}
    if len({tuple(row[name] for name in ALIKE) for row in both}) > 1 or len(weeks) > 1:
        study.drop(both, "its arms differ in instrument, time or type of figure")
        return None
    return arm_pair(study, treated, control)


def complete_arms(study: StudyWork, arms: list[Row]) -> list[Row]:
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


def _clean(
    study: StudyWork, treated: list[Row], control: list[Row]
) -> tuple[list[Row], list[Row]]:
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


def _drop_unclean(study: StudyWork, row: Row, parts: set[str]) -> None:
    listed = ", ".join(sorted(parts))
    study.drop(
        [row],
        f"{row['arm_label']}: differs from its comparator by more than the treatment ({listed})",
    )


def _extra(study: StudyWork, arm1: str, arm2: str) -> frozenset[str]:
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


def _from_printed(study: StudyWork, figures: list[Row]) -> list[Row]:
    """Return the pairs that usable printed differences give, in the order of the file."""
    which = study.sides
    pairs = []
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
        else:
            pairs.append(printed_pair(study, figure, turned=not forward))
    return pairs


def _printed_extra(study: StudyWork, row: Row) -> str:
    extra = _extra(study, row["arm1"], row["arm2"]) if row["arm1"] else frozenset()
    if not extra:
        return ""
    return f"its arms differ by more than the treatment ({', '.join(sorted(extra))})"
