"""Of how many: members of a review, what entered of them, and why the others did not."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from metaan.core.effects import LeftOut
from metaan.core.lookup import look_up
from metaan.core.numbers import counted, listed
from metaan.core.published import PublishedPool
from metaan.report.declaring.declared import ALL, Analysis, FigureSpec
from metaan.report.results.evidence import Evidence
from metaan.report.results.notes import why_missing
from metaan.report.results.readable import labels_of, outcome_words
from metaan.trials.schema import KNOWN
from metaan.trials.study_rows import OUTCOME
from metaan.trials.trials import Trials


def members_of(evidence: Evidence, analysis: Analysis, spec: FigureSpec) -> tuple[str, ...]:
    """Return the ids of the studies that are known as members."""
    column = members_column(analysis, spec)
    return evidence.trials.members(column) if column else ()


def members_column(analysis: Analysis, spec: FigureSpec) -> str:
    """Return the column of studies.csv that says who is a member; empty for all on file."""
    return analysis.members if spec.members is None else spec.members


def selected(trials: Trials, analysis: Analysis, spec: FigureSpec) -> Trials:
    """Return the trials that a figure is declared of."""
    column = members_column(analysis, spec)
    everyone = not column or analysis.show == ALL
    where = {**({} if everyone else {column: KNOWN}), **spec.where}
    return _selected(
        trials,
        (spec.outcome, *(tuple(names) for names in (spec.term, spec.instrument))),
        _studies(trials, spec),
        tuple((key, value if isinstance(value, str) else tuple(value))
              for key, value in where.items()),
        tuple(spec.without_flags),
        tuple(spec.rescale.items()),
    )  # fmt: skip


Names = tuple[str, ...]


@lru_cache(maxsize=64)  # figures of one outcome, and their sensitivity analyses, select the same
def _selected(
    trials: Trials,
    what: tuple[str, Names, Names],
    study: Names | None,
    where: tuple[tuple[str, str | Names], ...],
    without_flags: Names,
    rescale: tuple[tuple[str, str], ...],
) -> Trials:
    outcome, term, instrument = what
    chosen = trials.select(
        outcome=outcome or None,
        term=term or None,
        instrument=instrument or None,
        study=study,
        where=dict(where),
        without_flags=without_flags,
    )
    return chosen.rescale(dict(rescale)) if rescale else chosen


def _studies(trials: Trials, spec: FigureSpec) -> Names | None:
    """Return the studies that are asked for; None for all."""
    if not spec.without_study:
        return tuple(spec.study) or None
    on_file = dict.fromkeys([*trials.arms["study_id"], *trials.contrast_rows["study_id"]])
    return tuple(str(name) for name in spec.study or on_file if name not in spec.without_study)


def published_beside(evidence: Evidence, spec: FigureSpec) -> tuple[PublishedPool, ...]:
    """Return the published results that stand beside a figure."""
    return tuple(
        look_up(evidence.pools, name, argument="published", what="a pool_id of reviews.csv")
        for name in spec.published
    )


def declared_k(
    evidence: Evidence,
    analysis: Analysis,
    spec: FigureSpec,
    entered: Collection[str],
    left_out: Sequence[LeftOut],
) -> int:
    """Return of how many studies: the review's size, its known members, or all that compare.

    ``entered`` are labels of studies.
    """
    if analysis.review:
        declared, _ = evidence.declared_size(analysis.review)
        if not math.isnan(declared):
            return int(declared)
    members = members_of(evidence, analysis, spec)
    return len(members) if members else len({*entered, *(item.study for item in left_out)})


def title_of(heading: str, analysis: Analysis, k: int, of: int, known: int) -> str:
    """Return a title that says how many of how many; ``known`` of the k are members."""
    if analysis.show != ALL:
        return f"{heading}: {k} of {of} studies on file"
    others = f" ({counted(k - known, 'trial')} not known as members)" if k > known else ""
    return f"{heading}: {known} of {of} studies on file{others}"


def shared_words(evidence: Evidence, spec: FigureSpec, entered: Collection[str]) -> str:
    """Return which trials of the published results are in a pool, and how far that is known.

    ``entered`` are ids of studies. A published result names its trials in its notes, or not.
    """
    told = []
    for one in published_beside(evidence, spec):
        named = [name for name in re.split(r",\s*|\s+and\s+|\s+", one.notes) if name]
        known = bool(named) and all(name in evidence.trials.studies.index for name in named)
        if not known or (one.k == one.k and len(named) != one.k):
            continue
        ours = [name for name in named if name in entered]
        labels = listed(labels_of(ours, evidence.trials.studies["label"]))
        which = "all" if len(ours) == len(named) else str(len(ours))
        listed_here = f" ({labels})" if ours else ""
        told.append(
            f"{which} of the {counted(len(named), 'trial')} of {one.citation} are in ours"
            f"{listed_here}"
        )
    left = "" if len(told) == len(spec.published) else "trials may be in both"
    left = f"of the other result, {left}" if told and left else left
    return "; ".join(each for each in (*told, left) if each)


def selection_words(spec: FigureSpec) -> list[str]:
    """Return what was selected, for a subtitle."""
    when = " or ".join(spec.term)
    named = spec.outcome != OUTCOME  # a table with one row per study may not name it
    parts = [
        f"Outcome {outcome_words(spec.outcome)}" if named else "",
        f"{when} term" if when else "",
    ]
    return [part for part in parts if part]


def missing_members(
    evidence: Evidence,
    analysis: Analysis,
    spec: FigureSpec,
    entered: Collection[str],
    left_out: Sequence[LeftOut],
) -> tuple[LeftOut, ...]:
    """Return every known member that did not enter, with the reason, and how many are unknown.

    ``entered`` are ids of studies.
    """
    reasons: dict[str, list[str]] = {}
    rows: dict[str, tuple[str, ...]] = {}
    for item in left_out:
        reasons.setdefault(item.study, []).append(item.reason)
        rows[item.study] = (*rows.get(item.study, ()), *item.rows)
    members = members_of(evidence, analysis, spec)
    labels = evidence.trials.studies["label"]
    missing = [
        LeftOut(
            study=str(labels[name]),
            rows=rows.get(str(labels[name]), ()),
            reason=_why(evidence, spec, name, reasons.get(str(labels[name]), [])),
        )
        for name in members
        if name not in entered
    ]
    declared, _ = evidence.declared_size(analysis.review)
    if not math.isnan(declared) and len(members) < declared:
        unknown = int(declared) - len(members)
        missing.append(
            LeftOut(
                study=f"{counted(unknown, 'further member')} of {int(declared)}",
                rows=(),
                reason="not identified: the review's list of trials was not readable",
            )
        )
    return tuple(missing)


def inferred_notes(
    evidence: Evidence, analysis: Analysis, spec: FigureSpec, entered: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """Return the footnote that names inferred members; ``entered`` are labels with ids."""
    column = members_column(analysis, spec)
    if not column:
        return ()
    sure = set(evidence.trials.members(column, known=KNOWN[0]))
    known = set(evidence.trials.members(column))
    inferred = dict.fromkeys(label for label, name in entered if name in known - sure)
    return (f"Membership inferred, not confirmed: {', '.join(inferred)}.",) if inferred else ()


def _why(evidence: Evidence, spec: FigureSpec, study: str, reasons: Sequence[str]) -> str:
    """Return why a member is not in, and what the table of studies says of it."""
    text = "; ".join(reasons) or why_missing(evidence.trials, spec, study)
    notes = str(evidence.trials.studies.at[study, "notes"])
    return f"{text} [{notes}]" if notes else text
