"""How far each pool of the report can be trusted: its diagnosis, and the figures beside it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pandas as pd

from metaan.core.errors import InputError, MetaanWarning
from metaan.core.fit import PooledFit
from metaan.core.numbers import counted
from metaan.core.subgroup_fit import SubgroupFit
from metaan.diagnostics.conclusion.diagnosis import diagnose
from metaan.diagnostics.conclusion.diagnosis_record import Diagnosis
from metaan.diagnostics.influence.influence import influence
from metaan.diagnostics.leaving_out import leave_one_out
from metaan.diagnostics.specifications.choices import INFERENCE
from metaan.diagnostics.specifications.models import DEFENSIBLE_MODELS
from metaan.diagnostics.specifications.multiverse import multiverse
from metaan.diagnostics.specifications.multiverse_record import Multiverse
from metaan.plots.charts.funnel_points import funnel_points
from metaan.plots.charts.funnel_record import FunnelPoints
from metaan.plots.diagnostics.gosh_points import gosh_points
from metaan.plots.diagnostics.gosh_record import GoshPoints
from metaan.plots.diagnostics.influence_panels import InfluencePanels, influence_panels
from metaan.plots.diagnostics.specification_columns import specification_columns
from metaan.plots.diagnostics.specification_record import SpecificationCurve
from metaan.plots.forests.record import ForestRows
from metaan.plots.forests.rows import forest_rows
from metaan.report.declaring.declared import FOREST
from metaan.report.results.evidence import Evidence
from metaan.report.results.membership import selected
from metaan.report.results.recipes import FEWEST_TO_POOL, AnyResult, Result
from metaan.trials.specifying import specify

DiagnosticRecord = ForestRows | InfluencePanels | FunnelPoints | GoshPoints | SpecificationCurve
CONTOURS = (0.90, 0.95, 0.99)
MARKS = re.compile(r" \[\d+\]")
FEWEST_LEFT, FEWEST_SUBSETS, MOST_SUBSETS = 3, 5, 15  # studies


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnosed:
    """A pool of the report with what is known of its trustworthiness.

    Attributes
    ----------
    result : Result
        The pool.
    diagnosis : Diagnosis
        What would and what would not change its conclusion.
    sentences : tuple of str
        Further findings, each a sentence or two.
    multiverse : Multiverse or None
        The pool under every defensible choice, where that is declared.
    drawings : mapping of str to record
        By row of ``DIAGNOSTICS``.
    tables : mapping of str to DataFrame
        By the end of the file's name.
    references : tuple of str
        Of every method used.
    """

    result: Result
    diagnosis: Diagnosis
    sentences: tuple[str, ...]
    multiverse: Multiverse | None
    drawings: Mapping[str, DiagnosticRecord]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    references: tuple[str, ...] = ()

    def name_of(self, drawing: str) -> str:
        """Return the name of a drawing's files."""
        return f"{self.result.spec.name}_{drawing}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A row of ``DIAGNOSTICS``: a figure beside a pool.

    Attributes
    ----------
    key, heading : str
        End of its name, and what the title goes on with.
    fewest, most : int
        Studies from which on, and up to which, it says something.
    record : callable
        ``record(fit, title) -> record``.
    """

    key: str
    heading: str
    fewest: int
    record: Callable[[PooledFit, str], DiagnosticRecord]
    most: int = 10**9


def _left_out(fit: PooledFit, title: str) -> DiagnosticRecord:
    return forest_rows(leave_one_out(fit), title=title)


def _influence(fit: PooledFit, title: str) -> DiagnosticRecord:
    return influence_panels(fit, title=title)


def _funnel(fit: PooledFit, title: str) -> DiagnosticRecord:
    return funnel_points(fit, contours=CONTOURS, title=title)


def _subsets(fit: PooledFit, title: str) -> DiagnosticRecord:
    return gosh_points(fit, title=title)


_ROWS = (
    Drawing(key="left_out", heading="each study left out", fewest=FEWEST_LEFT, record=_left_out),
    Drawing(
        key="influence", heading="influence of each study", fewest=FEWEST_LEFT, record=_influence
    ),
    Drawing(key="funnel", heading="funnel", fewest=FEWEST_LEFT, record=_funnel),
    Drawing(
        key="subsets",
        heading="every subset of the studies",
        fewest=FEWEST_SUBSETS,
        most=MOST_SUBSETS,
        record=_subsets,
    ),
)
DIAGNOSTICS: Mapping[str, Drawing] = MappingProxyType({row.key: row for row in _ROWS})
SPECIFICATIONS, SPECIFICATIONS_HEADING = "specifications", "every defensible choice"


def can_be_diagnosed(result: AnyResult) -> bool:
    """Whether a figure has a pool of the trials."""
    return isinstance(result, Result) and result.fit is not None and result.spec.kind == FOREST


def diagnosed(evidence: Evidence, result: Result) -> Diagnosed:
    """Return the diagnosis of a pool, and the records of the figures beside it.

    Parameters
    ----------
    evidence : Evidence
        What the pool was made from.
    result : Result
        With a fit.
    """
    assert result.fit is not None
    fit = whole(result.fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetaanWarning)  # refits repeat what the figure's notes say
        diagnosis = diagnose(fit, important=result.spec.important or None)
        drawings = {
            key: DIAGNOSTICS[key].record(fit, heading(result, DIAGNOSTICS[key].heading))
            for key in drawings_beside(result)
            if key in DIAGNOSTICS
        }
        many = _multiverse(evidence, result) if result.spec.multiverse else None
        tables = {"diagnosis": diagnosis.to_frame()}
        sentences, references = [], [*diagnosis.references]
        if fit.k >= FEWEST_LEFT:
            measured = influence(fit)
            sentences.append(unmarked(measured.sentence()))
            references += measured.references
            tables["influence"] = measured.to_frame()
            tables["left_out"] = leave_one_out(fit).to_frame()
    if many is not None:
        sentences.append(unmarked(many.sentence()))
        references += many.references
        drawings[SPECIFICATIONS] = _specifications(result, many)
    return Diagnosed(
        result=result,
        diagnosis=diagnosis,
        sentences=tuple(sentences),
        multiverse=many,
        drawings=drawings,
        tables=tables,
        references=tuple(dict.fromkeys(references)),
    )


def drawings_beside(result: AnyResult) -> tuple[str, ...]:
    """Return which figures of trust stand beside a figure, by key.

    None without a pool, or where its studies are too few for them to say anything.
    """
    if not isinstance(result, Result) or result.fit is None or not can_be_diagnosed(result):
        return ()
    k = whole(result.fit).k
    keys = [row.key for row in DIAGNOSTICS.values() if row.fewest <= k <= row.most]
    return (*keys, *([SPECIFICATIONS] if result.spec.multiverse else []))


def parted(name: str) -> tuple[str, str]:
    """Return the name of a pool and that of the drawing beside it; empty for the pool itself.

    Examples
    --------
    >>> parted("forest_sham_pain_influence"), parted("forest_sham_pain")
    (('forest_sham_pain', 'influence'), ('forest_sham_pain', ''))
    """
    for key in (*DIAGNOSTICS, SPECIFICATIONS):
        if name.endswith(f"_{key}"):
            return name.removesuffix(f"_{key}"), key
    return name, ""


def drawing_beside(evidence: Evidence, result: AnyResult, key: str) -> DiagnosticRecord:
    """Return the record of one figure of trust beside a pool.

    Raises
    ------
    InputError
        If there is none; the text says which there are.
    """
    there = drawings_beside(result)
    if not isinstance(result, Result) or key not in there:
        told = ", ".join(f"{result.spec.name}_{each}" for each in there) or "none"
        raise InputError(
            f"{result.spec.name} has no figure {key!r} beside it: figures of trust stand beside "
            f"pools of enough studies; here there are: {told}"
        )
    return diagnosed(evidence, result).drawings[key]


def unmarked(text: str) -> str:
    """Return a text without the marks of its references, which the page lists together."""
    return MARKS.sub("", text)


def whole(fit: PooledFit | SubgroupFit) -> PooledFit:
    """Return the pool of all studies."""
    return fit.overall if isinstance(fit, SubgroupFit) else fit


def heading(result: Result, words: str) -> str:
    """Return the title of a figure beside a pool; it says how many studies are on file."""
    return result.title.replace(result.spec.heading, f"{result.spec.heading}, {words}", 1)


def _multiverse(evidence: Evidence, result: Result) -> Multiverse:
    """Return the question of a figure, to its members, under every choice that can be defended.

    Terms, instruments and cautions are among the choices, and not taken from the declaration.
    """
    spec = result.spec
    asked = replace(spec, term=(), instrument=(), rescale={}, without_flags=())
    made = specify(
        selected(evidence.trials, result.analysis, asked),
        outcome=spec.outcome,
        treatment=list(spec.treatment),
        control=list(spec.control),
        better=spec.better or None,
    )
    return multiverse(made, important=spec.important or None)


def _specifications(result: Result, many: Multiverse) -> SpecificationCurve:
    """Return the specification curve, the pool of the report marked.

    Its title says how many studies the largest analysis has: some choices let more in.
    """
    title = heading(result, SPECIFICATIONS_HEADING)
    most = int(many.k.max())
    title = title.replace(f": {result.k} of ", f": up to {most} of ", 1)
    kinds = {INFERENCE: result.analysis.inference}
    known = kinds[INFERENCE] in DEFENSIBLE_MODELS[INFERENCE]
    mark = {"with the interval of the report": kinds} if known else None
    return specification_columns(many, mark=mark, title=title)


def nothing_to_diagnose(results: list[AnyResult]) -> str:
    """Return why an analysis has no pool to diagnose; empty if it has one."""
    if any(can_be_diagnosed(result) for result in results):
        return ""
    usable = sum(isinstance(result, Result) and result.effects is not None for result in results)
    return (
        f"No comparison here has {counted(FEWEST_TO_POOL, 'usable trial')} on file "
        f"({counted(usable, 'figure')} with one), so that nothing is pooled and there is no "
        "conclusion of ours that could change."
    )
