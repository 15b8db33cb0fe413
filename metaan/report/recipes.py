"""From a declared figure to its result: effects, fit, published pools, title and notes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaan.core.effects import Effects, LeftOut
from metaan.core.errors import EmptyIntervalWarning
from metaan.core.fit import PooledFit
from metaan.core.lookup import look_up
from metaan.core.numbers import counted
from metaan.core.published import PublishedPool
from metaan.core.subgroup_fit import SubgroupFit
from metaan.report.declared import ALL, UMBRELLA, Analysis, FigureSpec
from metaan.report.evidence import Evidence
from metaan.report.notes import figure_notes, umbrella_notes, why_missing
from metaan.trials.effects import effect_sizes
from metaan.trials.schema import KNOWN
from metaan.trials.trials import Trials
from metaan.univariate.pooling import pool
from metaan.univariate.subgrouping import subgroups

FEWEST_TO_POOL = 2
NO_PANEL = "measure or unit has no panel in analyses.toml"
NOT_INDEPENDENT = "not an independent result"
Groups = Mapping[str, tuple[PublishedPool, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """A figure's content before it is drawn.

    Attributes
    ----------
    analysis, spec
        What was declared.
    title, subtitle : str
        The title says how many of how many studies are on file.
    effects : Effects or None
        Of the trials; None where none is usable and for an umbrella.
    fit : PooledFit, SubgroupFit or None
        None with fewer than two usable trials: then nothing is pooled.
    published : tuple of PublishedPool
        Set beside it.
    panels : mapping of str to groups
        An umbrella's pools by panel and header; empty otherwise.
    k, of : int
        Studies (or pools) that entered, and of how many.
    left_out : tuple of LeftOut
        What did not enter, and why.
    missing : tuple of LeftOut
        Members of the review without usable figures here.
    notes : tuple of str
        Footnotes.
    """

    analysis: Analysis
    spec: FigureSpec
    title: str
    subtitle: str
    effects: Effects | None
    fit: PooledFit | SubgroupFit | None
    published: tuple[PublishedPool, ...]
    panels: Mapping[str, Groups]
    k: int
    of: int
    left_out: tuple[LeftOut, ...]
    missing: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    @property
    def pools(self) -> tuple[PublishedPool, ...]:
        """Every published pool of the figure, beside the trials or in an umbrella."""
        grouped = (pools for groups in self.panels.values() for pools in groups.values())
        return (*self.published, *(one for pools in grouped for one in pools))


def make_result(evidence: Evidence, analysis: Analysis, spec: FigureSpec) -> Result:
    """Return the content of a declared figure."""
    if spec.kind == UMBRELLA:
        return _umbrella(evidence, analysis, spec)
    trials = _selected(evidence.trials, analysis, spec)
    effects, left_out = _effects(trials, spec)
    k = effects.k if effects is not None else 0
    missing = _missing(evidence, analysis, spec, effects, left_out)
    of = _declared_k(evidence, analysis, spec, effects, left_out)
    fit = _fit(effects, analysis, spec)
    return Result(
        analysis=analysis,
        spec=spec,
        title=_title(spec, k, of, _members(evidence, analysis, spec), effects, analysis),
        subtitle=_subtitle(spec, effects),
        effects=effects,
        fit=fit,
        published=tuple(_published(evidence, name) for name in spec.published),
        panels={},
        k=k,
        of=of,
        left_out=left_out,
        missing=missing,
        notes=_all_notes(evidence, analysis, spec, effects, fit),
    )


def _members(evidence: Evidence, analysis: Analysis, spec: FigureSpec) -> tuple[str, ...]:
    column = analysis.members if spec.members is None else spec.members
    return evidence.trials.members(column) if column else ()


def _selected(trials: Trials, analysis: Analysis, spec: FigureSpec) -> Trials:
    column = analysis.members if spec.members is None else spec.members
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


def _effects(trials: Trials, spec: FigureSpec) -> tuple[Effects | None, tuple[LeftOut, ...]]:
    contrasts = trials.contrasts(list(spec.treatment), list(spec.control), by=spec.by)
    if contrasts.k == 0:
        return None, contrasts.left_out
    effects = effect_sizes(
        contrasts, spec.measure, better=spec.better or None, mix_types=spec.mix_types
    )
    return (effects if effects.k else None), effects.left_out


def _fit(
    effects: Effects | None, analysis: Analysis, spec: FigureSpec
) -> PooledFit | SubgroupFit | None:
    if effects is None or effects.k < FEWEST_TO_POOL:
        return None
    with warnings.catch_warnings():
        # the figure's notes say it: agreement beyond chance is not an error of the report
        warnings.simplefilter("ignore", EmptyIntervalWarning)
        values = effects.columns.get(spec.subgroups)  # an unknown column is subgroups' to refuse
        if spec.subgroups and (values is None or len(set(values)) > 1):
            return subgroups(effects, by=spec.subgroups, inference=analysis.inference)
        return pool(effects, inference=analysis.inference)


def _published(evidence: Evidence, name: str) -> PublishedPool:
    return look_up(evidence.pools, name, argument="published", what="a pool_id of reviews.csv")


def _declared_k(
    evidence: Evidence,
    analysis: Analysis,
    spec: FigureSpec,
    effects: Effects | None,
    left_out: Sequence[LeftOut],
) -> int:
    """Return of how many studies: the review's size, its known members, or all that compare."""
    if analysis.review:
        declared, _ = evidence.declared_size(analysis.review)
        if not math.isnan(declared):
            return int(declared)
    members = _members(evidence, analysis, spec)
    entered = set(effects.study) if effects is not None else set()
    return len(members) if members else len(entered | {item.study for item in left_out})


def _title(
    spec: FigureSpec,
    k: int,
    of: int,
    members: Sequence[str],
    effects: Effects | None,
    analysis: Analysis,
) -> str:
    if analysis.show != ALL:
        return f"{spec.heading}: {k} of {of} studies on file"
    shown = set(effects.columns["study_id"]) if effects is not None else set()
    inside = len(shown & set(members))
    others = counted(k - inside, "trial")
    return f"{spec.heading}: {inside} of {of} studies on file ({others} not known as members)"


def _subtitle(spec: FigureSpec, effects: Effects | None) -> str:
    when = " or ".join(spec.term)
    parts = [f"Outcome {spec.outcome.replace('_', ' ')}", f"{when} term" if when else ""]
    if effects is not None and effects.k < FEWEST_TO_POOL:
        parts.append("one usable trial: nothing is pooled")
    if effects is None:
        parts.append("no usable trial on file: published result only")
    return "; ".join(part for part in parts if part)


def _missing(
    evidence: Evidence,
    analysis: Analysis,
    spec: FigureSpec,
    effects: Effects | None,
    left_out: Sequence[LeftOut],
) -> tuple[LeftOut, ...]:
    """Return every known member that did not enter, with the reason, and how many are unknown."""
    entered = set(effects.columns["study_id"]) if effects is not None else set()
    reasons: dict[str, list[str]] = {}
    rows: dict[str, tuple[str, ...]] = {}
    for item in left_out:
        reasons.setdefault(item.study, []).append(item.reason)
        rows[item.study] = (*rows.get(item.study, ()), *item.rows)
    members = _members(evidence, analysis, spec)
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


def _why(evidence: Evidence, spec: FigureSpec, study: str, reasons: Sequence[str]) -> str:
    """Return why a member is not in, and what the table of studies says of it."""
    text = "; ".join(reasons) or why_missing(evidence.trials, spec, study)
    notes = str(evidence.trials.studies.at[study, "notes"])
    return f"{text} [{notes}]" if notes else text


def _umbrella(evidence: Evidence, analysis: Analysis, spec: FigureSpec) -> Result:
    labels = {str(k): str(v) for k, v in evidence.trials.treatments["label"].items()}
    panels: dict[str, Groups] = {}
    for panel in spec.panels:
        groups: dict[str, tuple[PublishedPool, ...]] = {}
        for one in _of_panel(evidence, panel):
            header = _umbrella_header(one, labels)
            groups[header] = (*groups.get(header, ()), one)
        panels[panel["heading"]] = dict(sorted(groups.items()))
    shown = [one for groups in panels.values() for group in groups.values() for one in group]
    names = {one.pool_id for one in shown}
    lost = tuple(
        LeftOut(study=one.citation, rows=(one.pool_id,), reason=_why_not(one) or NO_PANEL)
        for one in evidence.pools.values()
        if one.pool_id not in names
    )
    of = len(evidence.pools)
    return Result(
        analysis=analysis,
        spec=spec,
        title=f"{spec.heading}: {len(shown)} of {of} published results on file",
        subtitle="As printed by the reviews; overlapping trials; nothing is pooled",
        effects=None,
        fit=None,
        published=(),
        panels=panels,
        k=len(shown),
        of=of,
        left_out=lost,
        missing=lost,
        notes=umbrella_notes(shown),
    )


def _of_panel(evidence: Evidence, panel: Mapping[str, Any]) -> list[PublishedPool]:
    instruments = panel.get("instruments", ())
    return [
        one
        for one in evidence.pools.values()
        if one.measure in panel["measures"]
        and (not instruments or one.instrument in instruments)
        and not _why_not(one)
    ]


def _all_notes(
    evidence: Evidence,
    analysis: Analysis,
    spec: FigureSpec,
    effects: Effects | None,
    fit: PooledFit | SubgroupFit | None,
) -> tuple[str, ...]:
    column = analysis.members if spec.members is None else spec.members
    notes = figure_notes(spec, effects, fit)
    if effects is None or not column:
        return notes
    sure = set(evidence.trials.members(column, known=KNOWN[0]))
    known = set(evidence.trials.members(column))
    names = zip(effects.study, effects.columns["study_id"], strict=True)
    inferred = [study for study, name in names if name in known - sure]
    if not inferred:
        return notes
    return (*notes, f"Membership inferred, not confirmed: {', '.join(inferred)}.")


def _umbrella_header(one: PublishedPool, labels: Mapping[str, str]) -> str:
    control = labels.get(one.treat2, one.treat2) if one.treat2 else "other or mixed controls"
    outcome = (one.outcome or "outcome not named").replace("_", " ").capitalize()
    return f"{outcome}: {labels.get(one.treat1, one.treat1)} vs {control}"


def _why_not(one: PublishedPool) -> str:
    """Return why a published result is not shown in an umbrella; empty if it is."""
    if NOT_INDEPENDENT in one.notes:
        return "re-expression of another pool of the same review"
    if one.measure.endswith("_difference"):
        return "difference between two pools"
    if not one.treat1:
        return "no comparison with a control named"
    if math.isnan(one.value) and (math.isnan(one.low) or math.isnan(one.high)):
        return "no estimate and no interval printed"
    return ""
