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
from metaan.trials.printed import PRINTED_KIND, flipped, usable_printed
from metaan.trials.reading import Row, records
from metaan.trials.schema import EVENTS
from metaan.trials.tables import Tables

MODES: Mapping[str, str] = {"group": "group", "node": "treatment"}
COLUMNS = (
    "study", "study_id", "outcome", "instrument", "term", "timepoint_weeks", "kind", *NUMBERS,
    *PRINTED, "measure", "treatment_label", "control_label", "sham_type", "condition", "year",
    "rows", "flags", "note",
)  # fmt: skip
SETTING = ["instrument", "measure_type", "timepoint_weeks"]


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

    def drop(self, rows: Sequence[str], reason: str) -> None:
        """List rows that do not enter, with the reason."""
        self.left_out.append(LeftOut(study=self.label, rows=tuple(rows), reason=reason))


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
            str(name).replace("_", " ").capitalize()
            if by == "group"
            else str(treatments.loc[name, "label"])
            for name in names
        )
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
    mine = {*tables.arms["study_id"], *tables.contrast_rows["study_id"]}
    order = dict.fromkeys(study for study, _ in tables.parts)  # as in the whole file
    names = [name for name in [*order, *sorted(mine - order.keys())] if name in mine]
    arms = {str(k): frame for k, frame in tables.arms.groupby("study_id", sort=False)}
    rows = {str(k): frame for k, frame in tables.contrast_rows.groupby("study_id", sort=False)}
    pairs: list[Row] = []
    left_out: list[LeftOut] = []
    ambiguous: list[str] = []
    for name in names:
        study = _Study(name=name, label=_label(tables, name), tables=tables, sides=which)
        own_arms = arms.get(name, tables.arms.iloc[:0])
        own_rows = rows.get(name, tables.contrast_rows.iloc[:0])
        ambiguous += _ambiguity(study, own_arms)
        pair = _first_pair(study, own_arms, own_rows)
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
        remarks=tables.remarks,
    )


def _label(tables: Tables, name: str) -> str:
    return str(tables.studies.at[name, "label"]) if name in tables.studies.index else name


def _ambiguity(study: _Study, arms: pd.DataFrame) -> list[str]:
    """Return what is wrong if an arm has two rows that no order of terms decides between."""
    nodes = study.sides.treatment | study.sides.control
    mine = arms[arms["treatment"].isin(list(nodes))]
    key = ["arm", "term"] if study.tables.terms else ["arm"]
    again = mine[mine.duplicated(subset=key, keep=False)]
    if again.empty:
        return []
    seen = sorted({f"{row['term']} {row['instrument']}" for _, row in again.iterrows()})
    return [f"{study.name} ({', '.join(seen)})"]


def _first_pair(study: _Study, arms: pd.DataFrame, rows: pd.DataFrame) -> Row | None:
    """Return the pair of the first term that gives one: arms before a printed difference."""
    terms = study.tables.terms or tuple(dict.fromkeys([*arms["term"], *rows["term"]]))
    for position, term in enumerate(terms):
        before = len(study.left_out)
        pair = _from_arms(study, arms[arms["term"] == term])
        if pair is None:
            lost, study.left_out = study.left_out[before:], study.left_out[:before]
            pair = _from_printed(study, rows[rows["term"] == term])
            if pair is None:  # what the arms lack matters only where nothing stands in for them
                study.left_out = [*lost, *study.left_out]
        if pair is not None:
            _note_later_terms(study, arms, str(term), terms[position + 1 :])
            return pair
    return None


def _note_later_terms(study: _Study, arms: pd.DataFrame, term: str, later: Sequence[str]) -> None:
    rest = arms[arms["term"].isin(list(later))]
    nodes = set(rest["treatment"])
    if nodes & study.sides.treatment and nodes & study.sides.control:
        others = ", ".join(dict.fromkeys(rest["term"]))
        study.drop(list(rest["row_id"]), f"already in with its {term} figures (also has {others})")


def _from_arms(study: _Study, arms: pd.DataFrame) -> Row | None:
    treated = arms[arms["treatment"].isin(list(study.sides.treatment))]
    control = arms[arms["treatment"].isin(list(study.sides.control))]
    if treated.empty or control.empty:
        return None
    treated, control = _complete(study, treated), _complete(study, control)
    treated, control = _clean(study, treated, control)
    if treated.empty or control.empty:
        return None
    both = pd.concat([treated, control])
    settings = both[SETTING].drop_duplicates()
    if len(settings) > 1:
        study.drop(list(both["row_id"]), "its arms differ in instrument, time or type of figure")
        return None
    return _arm_pair(study, treated, control)


def _complete(study: _Study, arms: pd.DataFrame) -> pd.DataFrame:
    """Return the arms whose numbers suffice; list the others with what they lack."""
    keep = []
    for i, row in zip(arms.index, records(arms), strict=True):
        needed = ("n", "events") if row["measure_type"] == EVENTS else ("n", "mean", "sd")
        lacking = ", ".join(name for name in needed if math.isnan(row[name]))
        if lacking:
            study.drop([row["row_id"]], f"{row['arm_label']}: {lacking} not reported")
        else:
            keep.append(i)
    return arms.loc[keep]


def _clean(
    study: _Study, treated: pd.DataFrame, control: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the arms whose pairs differ by the two sides' components alone."""
    name1 = dict(zip(treated.index, records(treated), strict=True))
    name2 = dict(zip(control.index, records(control), strict=True))
    extra = {(i, j): _extra(study, name1[i]["arm"], name2[j]["arm"]) for i in name1 for j in name2}
    good2 = [j for j in name2 if any(not extra[i, j] for i in name1)]
    good1 = [i for i in name1 if good2 and not any(extra[i, j] for j in good2)]
    for i in (i for i in name1 if i not in good1):
        parts = {part for j in (good2 or name2) for part in extra[i, j]}
        _drop_unclean(study, name1[i], parts)
    for j in (j for j in name2 if good2 and j not in good2):
        _drop_unclean(study, name2[j], {part for i in name1 for part in extra[i, j]})
    return treated.loc[good1], control.loc[good2]


def _drop_unclean(study: _Study, row: Row, parts: set[str]) -> None:
    study.drop(
        [row["row_id"]],
        f"{row['arm_label']}: differs by more than the treatment ({', '.join(sorted(parts))})",
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
    groups = set()
    if part in tables.components.index:
        groups.add(str(tables.components.at[part, "group"]))
    if part in tables.treatments.index:
        groups.add(str(tables.treatments.at[part, "group"]))
    return groups


def _arm_pair(study: _Study, treated: pd.DataFrame, control: pd.DataFrame) -> Row:
    pair = _frame_of(study, treated.iloc[0])
    pair["kind"] = treated["measure_type"].iloc[0]
    notes = []
    for side, arms in (("1", treated), ("2", control)):
        pair.update(_combined(arms, side))
        if len(arms) > 1:
            notes.append(f"{len(arms)} arms combined: {', '.join(arms['arm_label'])}")
    pair["treatment_label"] = _node_labels(study.tables, treated["treatment"])
    pair["control_label"] = _node_labels(study.tables, control["treatment"])
    pair["sham_type"] = _sham_type(study, list(control["arm"]))
    both = pd.concat([treated, control])
    pair["rows"] = tuple(both["row_id"].astype(str))
    pair["flags"] = "|".join(sorted(set(filter(None, "|".join(both["flags"]).split("|")))))
    pair["note"] = "; ".join(notes)
    return pair


def _combined(arms: pd.DataFrame, side: str) -> Row:
    if arms["measure_type"].iloc[0] == EVENTS:
        return {f"n{side}": arms["n"].sum(), f"events{side}": arms["events"].sum()}
    columns = [np.asarray(arms[name], dtype=np.float64) for name in ("n", "mean", "sd")]
    if len(arms) == 1:
        n, mean, sd = (float(column[0]) for column in columns)
    else:
        n, mean, sd = (float(value) for value in combine_groups(*columns))
    return {f"n{side}": n, f"mean{side}": mean, f"sd{side}": sd}


def _frame_of(study: _Study, row: pd.Series) -> Row:
    tables, known = study.tables, study.name in study.tables.studies.index
    about = tables.studies.loc[study.name] if known else pd.Series(dtype=object)
    return {
        "study": study.label,
        "study_id": study.name,
        **{name: row[name] for name in ("outcome", "instrument", "term", "timepoint_weeks")},
        **dict.fromkeys((*NUMBERS, *PRINTED), np.nan),
        "measure": "",
        "condition": about.get("condition", ""),
        "year": about.get("year", ""),
    }


def _node_labels(tables: Tables, nodes: pd.Series) -> str:
    labels = [str(tables.treatments.at[node, "label"]) for node in dict.fromkeys(nodes)]
    return " / ".join(labels)


def _sham_type(study: _Study, arms: Sequence[str]) -> str:
    """Return what kind of sham the control arms got; empty if none of them is a sham."""
    tables = study.tables
    kinds = [
        str(tables.components.at[part, "sham_type"])
        for arm in arms
        for part in sorted(tables.parts.get((study.name, str(arm)), frozenset()))
        if part in tables.components.index
    ]
    return " / ".join(dict.fromkeys(filter(None, kinds)))


def _from_printed(study: _Study, rows: pd.DataFrame) -> Row | None:
    """Return the pair that the first usable printed difference gives; list the others."""
    which = study.sides
    chosen: pd.Series | None = None
    for _, row in rows.iterrows():
        forward = row["treat1"] in which.treatment and row["treat2"] in which.control
        backward = row["treat2"] in which.treatment and row["treat1"] in which.control
        if not forward and not backward:
            continue
        figure = row if forward else flipped(row)
        problem = usable_printed(figure) or _printed_extra(study, figure)
        if problem:
            study.drop([str(row["row_id"])], problem)
        elif chosen is None:
            chosen = figure
        else:
            study.drop(
                [str(row["row_id"])],
                f"shares its comparator with row {chosen['row_id']}, which is in: one study does "
                "not enter twice with one control",
            )
    return None if chosen is None else _printed_pair(study, chosen)


def _printed_extra(study: _Study, row: pd.Series) -> str:
    extra = _extra(study, str(row["arm1"]), str(row["arm2"])) if row["arm1"] else frozenset()
    if not extra:
        return ""
    return f"its arms differ by more than the treatment ({', '.join(sorted(extra))})"


def _printed_pair(study: _Study, row: pd.Series) -> Row:
    pair = _frame_of(study, row)
    labels = study.tables.treatments["label"]
    pair.update({name: row[name] for name in ("n1", "n2", *PRINTED, "measure", "flags")})
    pair.update(
        kind=PRINTED_KIND,
        treatment_label=labels[row["treat1"]],
        control_label=labels[row["treat2"]],
        sham_type=_sham_type(study, [str(row["arm2"])]),
        rows=(str(row["row_id"]),),
        note="as printed: the arms do not give the comparison",
    )
    return pair
