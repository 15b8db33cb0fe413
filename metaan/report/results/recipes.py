"""From a declared figure to its result: effects, fit, published pools, title and notes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from metaan.core.effects import Effects, LeftOut
from metaan.core.errors import InputError
from metaan.core.published import PublishedPool
from metaan.core.regression_fit import RegressionFit
from metaan.report.declaring.declared import NETWORK, UMBRELLA, Analysis, FigureSpec
from metaan.report.results.evidence import Evidence
from metaan.report.results.fitting import (
    FEWEST_TO_POOL,
    Compared,
    Fit,
    compare,
    fit_of,
    regression_of,
)
from metaan.report.results.membership import (
    declared_k,
    inferred_notes,
    members_of,
    missing_members,
    published_beside,
    selected,
    selection_words,
    shared_words,
    title_of,
)
from metaan.report.results.network_recipes import NetworkResult, make_network_result
from metaan.report.results.notes import figure_notes, umbrella_notes

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
    fit : PooledFit, SubgroupFit, CountsFit or None
        None with fewer than two usable trials: then nothing is pooled.
    regression : RegressionFit or None
        The declared meta-regression.
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
    shared : str
        What is known of trials that published results beside it have too.
    """

    analysis: Analysis
    spec: FigureSpec
    title: str
    subtitle: str
    effects: Effects | None
    fit: Fit | None
    published: tuple[PublishedPool, ...]
    panels: Mapping[str, Groups]
    k: int
    of: int
    left_out: tuple[LeftOut, ...]
    missing: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    regression: RegressionFit | None = None
    shared: str = ""

    @property
    def pools(self) -> tuple[PublishedPool, ...]:
        """Every published pool of the figure, beside the trials or in an umbrella."""
        grouped = (pools for groups in self.panels.values() for pools in groups.values())
        return (*self.published, *(one for pools in grouped for one in pools))


AnyResult = Result | NetworkResult


def make_result(evidence: Evidence, analysis: Analysis, spec: FigureSpec) -> AnyResult:
    """Return the content of a declared figure."""
    if spec.kind == UMBRELLA:
        return _umbrella(evidence, analysis, spec)
    if spec.kind == NETWORK:
        try:
            return make_network_result(evidence, analysis, spec)
        except InputError as error:
            raise type(error)(_of_figure(analysis, spec, error)) from error
    return _forest(evidence, analysis, spec)


def _forest(evidence: Evidence, analysis: Analysis, spec: FigureSpec) -> Result:
    found, fit, regression, told = _pooled(evidence, analysis, spec)
    effects, left_out = found.effects, found.left_out
    labels, ids = _entered(effects)
    k = len(labels)
    of = declared_k(evidence, analysis, spec, labels, left_out)
    known = len({*ids} & {*members_of(evidence, analysis, spec)})
    notes = (*figure_notes(spec, effects, fit), *told)
    if effects is not None:
        together = list(zip(labels, ids, strict=True))
        notes = (*notes, *inferred_notes(evidence, analysis, spec, together))
    return Result(
        analysis=analysis,
        spec=spec,
        title=title_of(spec.heading, analysis, k, of, known),
        subtitle=_subtitle(spec, effects),
        effects=effects,
        fit=fit,
        regression=regression,
        published=published_beside(evidence, spec),
        panels={},
        k=k,
        of=of,
        left_out=left_out,
        missing=missing_members(evidence, analysis, spec, ids, left_out),
        notes=notes,
        shared=shared_words(evidence, spec, ids),
    )


def _pooled(
    evidence: Evidence, analysis: Analysis, spec: FigureSpec
) -> tuple[Compared, Fit | None, RegressionFit | None, tuple[str, ...]]:
    """Return effects, pool, meta-regression and what is to be told of it; errors name the figure.

    Raises
    ------
    InputError
        If the selected figures cannot share the measure, say; the text names analysis and figure.
    """
    try:
        found = compare(selected(evidence.trials, analysis, spec), spec)
        fit = fit_of(found, spec)
        regression, lacking = regression_of(found, spec)
    except InputError as error:
        raise InputError(_of_figure(analysis, spec, error)) from error
    return found, fit, regression, (f"{lacking}.",) if lacking else ()


def _of_figure(analysis: Analysis, spec: FigureSpec, error: InputError) -> str:
    return f"figure {spec.name} of analysis {analysis.name}: {error}"


def _entered(effects: Effects | None) -> tuple[list[str], list[str]]:
    """Return labels and ids of the studies that entered."""
    if effects is None:
        return [], []
    return list(effects.study), [str(name) for name in effects.columns["study_id"]]


def _subtitle(spec: FigureSpec, effects: Effects | None) -> str:
    parts = selection_words(spec)
    if effects is not None and effects.k < FEWEST_TO_POOL:
        parts.append("one usable trial: nothing is pooled")
    if effects is None:
        parts.append("no usable trial on file: published result only")
    return "; ".join(parts)


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
