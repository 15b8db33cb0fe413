"""How far each pool of the report can be trusted: its diagnosis, and the figures beside it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from metaan.core.counts_fit import CountsFit
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
from metaan.plots.diagnostics.specification_columns import specification_columns
from metaan.plots.diagnostics.specification_record import SpecificationCurve
from metaan.report.declaring.declared import FOREST
from metaan.report.declaring.figures import (
    FEWEST_LEFT,
    FIGURES,
    SPECIFICATIONS,
)
from metaan.report.declaring.figures import DiagnosticRecord as DiagnosticRecord
from metaan.report.results.evidence import Evidence
from metaan.report.results.fitting import FEWEST_TO_POOL
from metaan.report.results.membership import selected
from metaan.report.results.recipes import AnyResult, Result
from metaan.trials.specifying import specify
from metaan.univariate.planning import FIXED


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnosed:
    """A pool of the report with what is known of its trustworthiness.

    Attributes
    ----------
    result : Result
        The pool.
    diagnosis : Diagnosis
        What would and what would not change its conclusion.
    findings : tuple of (str, tuple of str)
        Further findings, each a sentence or two, with the references their marks point into.
    multiverse : Multiverse or None
        The pool under every defensible choice, where that is declared.
    drawings : mapping of str to record
        By row of ``FIGURES``.
    tables : mapping of str to DataFrame
        By the end of the file's name.
    """

    result: Result
    diagnosis: Diagnosis
    findings: tuple[tuple[str, tuple[str, ...]], ...]
    multiverse: Multiverse | None
    drawings: Mapping[str, DiagnosticRecord]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def name_of(self, drawing: str) -> str:
        """Return the name of a drawing's files."""
        return f"{self.result.spec.name}_{drawing}"


def can_be_diagnosed(result: AnyResult) -> bool:
    """Whether a figure has a pool of the trials' own effects, its tau² not given."""
    if not isinstance(result, Result) or result.spec.kind != FOREST:
        return False
    pooled = isinstance(result.fit, PooledFit | SubgroupFit)
    return pooled and whole_of(result).tau2_method != FIXED


def diagnosed(evidence: Evidence, result: Result) -> Diagnosed:
    """Return the diagnosis of a pool, and the records of the figures beside it.

    Parameters
    ----------
    evidence : Evidence
        What the pool was made from.
    result : Result
        With a fit.
    """
    assert isinstance(result.fit, PooledFit | SubgroupFit)
    fit = whole(result.fit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetaanWarning)  # refits repeat what the figure's notes say
        diagnosis = diagnose(fit, important=result.spec.important or None)
        wanted = [FIGURES[key] for key in drawings_beside(result)]
        drawings = {
            row.key: row.record(fit, heading(result, row.heading))
            for row in wanted
            if row.record is not None
        }
        asked = SPECIFICATIONS in (row.key for row in wanted)
        many = _multiverse(evidence, result) if asked else None
        tables = {"diagnosis": diagnosis.to_frame()}
        findings = []
        if fit.k >= FEWEST_LEFT:
            measured = influence(fit)
            findings.append((measured.sentence(), measured.references))
            tables["influence"] = measured.to_frame()
            tables["left_out"] = leave_one_out(fit).to_frame()
    if many is not None:
        findings.append((many.sentence(), many.references))
        drawings[SPECIFICATIONS] = _specifications(result, many)
    return Diagnosed(
        result=result,
        diagnosis=diagnosis,
        findings=tuple(findings),
        multiverse=many,
        drawings=drawings,
        tables=tables,
    )


def drawings_beside(result: AnyResult) -> tuple[str, ...]:
    """Return which figures of trust stand beside a figure, by key.

    None without a pool, or where its studies are too few for them to say anything.
    """
    fit = result.fit
    if not can_be_diagnosed(result) or not isinstance(fit, PooledFit | SubgroupFit):
        return ()
    k = whole(fit).k
    return tuple(
        row.key for row in FIGURES.values()
        if row.key in result.spec.figures and row.fewest <= k <= row.most
    )  # fmt: skip


def parted(name: str) -> tuple[str, str]:
    """Return the name of a pool and that of the drawing beside it; empty for the pool itself.

    Examples
    --------
    >>> parted("forest_sham_pain_influence"), parted("forest_sham_pain")
    (('forest_sham_pain', 'influence'), ('forest_sham_pain', ''))
    """
    for key in FIGURES:
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


def whole(fit: PooledFit | SubgroupFit) -> PooledFit:
    """Return the pool of all studies."""
    return fit.overall if isinstance(fit, SubgroupFit) else fit


def whole_of(result: Result) -> PooledFit:
    """Return the pool of all studies of a figure that can be diagnosed."""
    assert isinstance(result.fit, PooledFit | SubgroupFit)
    return whole(result.fit)


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
    title = heading(result, FIGURES[SPECIFICATIONS].heading)
    most = int(many.k.max())
    title = title.replace(f": {result.k} of ", f": up to {most} of ", 1)
    kinds = {INFERENCE: whole_of(result).inference}
    known = kinds[INFERENCE] in DEFENSIBLE_MODELS[INFERENCE]
    mark = {"with the interval of the report": kinds} if known else None
    return specification_columns(many, mark=mark, title=title)


def nothing_to_diagnose(results: list[AnyResult]) -> str:
    """Return why an analysis has no pool to diagnose; empty if it has one."""
    if any(can_be_diagnosed(result) for result in results):
        return ""
    if any(isinstance(result.fit, CountsFit) for result in results):
        return (
            "The pools here are of the counts themselves; what would change a conclusion is asked "
            "of pools of the trials' own effects, by inverse variance."
        )
    if any(_given(result) for result in results):
        return (
            "The pools here have a tau² that was given; what would change a conclusion is asked "
            "where it is estimated, as no other model is beside one that was given."
        )
    usable = sum(isinstance(result, Result) and result.effects is not None for result in results)
    return (
        f"No comparison here has {counted(FEWEST_TO_POOL, 'usable trial')} on file "
        f"({counted(usable, 'figure')} with one), so that nothing is pooled and there is no "
        "conclusion of ours that could change."
    )


def _given(result: AnyResult) -> bool:
    pooled = isinstance(result, Result) and isinstance(result.fit, PooledFit | SubgroupFit)
    return pooled and isinstance(result, Result) and whole_of(result).tau2_method == FIXED


def words_not_drawn(each: Diagnosed) -> str:
    """Return which figures of trust are not there, and why; empty if all are."""
    k = each.diagnosis.fit.k
    if k < FEWEST_LEFT:
        return f"No figures: with {k} studies there is nothing to see that the numbers do not say."
    asked = [FIGURES[key] for key in FIGURES if key in each.result.spec.figures]
    absent = [row.heading for row in asked if row.key not in each.drawings]
    return f"Not drawn for {k} studies: {', '.join(absent)}." if absent else ""
