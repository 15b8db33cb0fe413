"""From results to the document: every text, table, picture and trail in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from metaan.core.citations import cite
from metaan.core.version import VERSION
from metaan.diagnostics.conclusion.diagnosis_record import UNKNOWN, Diagnosis
from metaan.report.document.content import Chapter, Document, Picture, Section, Table, Trust
from metaan.report.document.conventions import conventions
from metaan.report.document.marking import Numbering
from metaan.report.document.marks import study_marks
from metaan.report.drawing.drawing import nothing_to_draw
from metaan.report.drawing.writing import Records
from metaan.report.r_calls.calling import calls_of
from metaan.report.results.coverage import coverage_table
from metaan.report.results.diagnosing import (
    Diagnosed,
    nothing_to_diagnose,
    words_not_drawn,
)
from metaan.report.results.evidence import Evidence
from metaan.report.results.methods import methods_paragraph
from metaan.report.results.network_recipes import NetworkResult
from metaan.report.results.recipes import AnyResult, Result
from metaan.report.results.sensitivity import sensitivity_table
from metaan.report.results.sentences import paragraph
from metaan.report.results.tables import figure_table, missing_table, more_tables
from metaan.report.results.trail import trails
from metaan.report.results.trail_record import Trail

COVERAGE = "How far the data reach"
DIAGNOSIS = "diagnosis"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Made:
    """What was made before the document is put together.

    Attributes
    ----------
    results : sequence of Result or NetworkResult
        In the order of the declarations.
    trusted : mapping of str to Diagnosed
        By the name of the pool's figure.
    drawn : mapping of str to records
        Every figure's records by name, those of trust too.
    files : mapping of str to mapping of str to Path
        The files of every figure by name and ending.
    """

    results: Sequence[AnyResult]
    trusted: Mapping[str, Diagnosed]
    drawn: Mapping[str, Records]
    files: Mapping[str, Mapping[str, Path]]

    def picture(self, name: str, found: Sequence[Trail]) -> Picture | None:
        """Return a drawn figure, its studies tied to their trails; None where nothing was."""
        if name not in self.files:
            return None
        pages = self.drawn[name]
        return Picture(
            name=name,
            title=pages[0].title,
            alt=" ".join(page.alt for page in pages),
            files=self.files[name],
            marks=study_marks(pages, found),
        )


def assemble(evidence: Evidence, made: Made) -> Document:
    """Return the document of a report."""
    numbering = Numbering()
    names = dict.fromkeys(result.analysis.name for result in made.results)
    chapters = [
        _chapter(
            evidence,
            made,
            [result for result in made.results if result.analysis.name == name],
            numbering,
        )
        for name in names
    ]
    return Document(
        title=evidence.title,
        coverage=Table(
            name="coverage",
            heading=COVERAGE,
            caption=COVERAGE,
            frame=coverage_table(evidence),
        ),
        chapters=tuple(chapters),
        conventions=conventions(made.results, [each.diagnosis for each in made.trusted.values()]),
        references=tuple(numbering.references),
        version=VERSION,
    )


def _chapter(
    evidence: Evidence, made: Made, results: Sequence[AnyResult], numbering: Numbering
) -> Chapter:
    analysis = results[0].analysis
    return Chapter(
        name=analysis.name,
        title=analysis.title,
        question=analysis.question,
        about=analysis.about,
        unknown=analysis.unknown,
        nothing_to_trust=nothing_to_diagnose(list(results)),
        sections=tuple(_section(evidence, made, result, numbering) for result in results),
    )


def _section(evidence: Evidence, made: Made, result: AnyResult, numbering: Numbering) -> Section:
    name = result.spec.name
    compared = sensitivity_table(evidence, result)
    methods = methods_paragraph(result, evidence)
    found = trails(evidence, result)
    return Section(
        name=name,
        title=result.title,
        picture=made.picture(name, found),
        nothing=nothing_to_draw(result),
        methods=numbering.marked(*methods),
        results=paragraph(result),
        combined=result.fit is not None or bool(isinstance(result, Result) and result.panels),
        network=isinstance(result, NetworkResult),
        numbers=_table(result, "", "Numbers", figure_table(result)),
        missing=_table(result, "missing", "What is missing or left out", missing_table(result)),
        tables=_tables(result, more_tables(result)),
        sensitivity=None
        if compared is None
        else _table(result, "sensitivity", "Sensitivity analyses", compared),
        trust=_trust(made, made.trusted[name], numbering, found) if name in made.trusted else None,
        trails=found,
        calls=calls_of(result),
    )


def _trust(made: Made, each: Diagnosed, numbering: Numbering, found: Sequence[Trail]) -> Trust:
    spec, diagnosis = each.result.spec, each.diagnosis
    tables = {key: frame for key, frame in each.tables.items() if key != DIAGNOSIS}
    pictures = [made.picture(each.name_of(key), found) for key in each.drawings]
    findings = [numbering.marked(text, references) for text, references in each.findings]
    return Trust(
        sentence=diagnosis.change + numbering.listed(cited(diagnosis)),
        importance=diagnosis.importance,
        source=spec.important_source if diagnosis.importance else "",
        checks=_table(
            each.result, DIAGNOSIS, "What would change the conclusion", diagnosis.to_frame()
        ),
        findings=tuple(findings),
        pictures=tuple(picture for picture in pictures if picture is not None),
        not_drawn=words_not_drawn(each),
        tables=_tables(each.result, tables),
    )


def cited(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the references of the checks that gave an answer."""
    answered = [check.doi for check in diagnosis.checks if check.verdict != UNKNOWN]
    return cite(tuple(dict.fromkeys(doi for doi in answered if doi)))


def _tables(result: AnyResult, frames: Mapping[str, pd.DataFrame]) -> tuple[Table, ...]:
    return tuple(
        _table(result, key, key.replace("_", " ").capitalize(), frame)
        for key, frame in frames.items()
    )


def _table(result: AnyResult, key: str, heading: str, frame: pd.DataFrame) -> Table:
    """Return a table of a figure; its files bear the figure's name and the key."""
    return Table(
        name=f"{result.spec.name}_{key}" if key else result.spec.name,
        heading=heading,
        caption=f"{result.title}. {heading}",
        frame=frame,
    )
