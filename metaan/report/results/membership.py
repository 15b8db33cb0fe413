"""Of how many: members of a review, what entered of them, and why the others did not."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from metaan.core.effects import LeftOut
from metaan.core.lookup import look_up
from metaan.core.numbers import counted
from metaan.core.published import PublishedPool
from metaan.report.declaring.declared import ALL, Analysis, FigureSpec
from metaan.report.results.evidence import Evidence
from metaan.report.results.notes import why_missing
from metaan.trials.schema import KNOWN
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
    chosen = trials.select(
        outcome=spec.outcome or None,
        term=list(spec.term) or None,
        instrument=list(spec.instrument) or None,
        study=list(spec.study) or None,
        where={} if everyone else {column: KNOWN},
        without_flags=spec.without_flags,
    )
    return chosen.rescale(spec.rescale) if spec.rescale else chosen


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
    others = counted(k - known, "trial")
    return f"{heading}: {known} of {of} studies on file ({others} not known as members)"


def selection_words(spec: FigureSpec) -> list[str]:
    """Return what was selected, for a subtitle."""
    when = " or ".join(spec.term)
    parts = [f"Outcome {spec.outcome.replace('_', ' ')}", f"{when} term" if when else ""]
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
