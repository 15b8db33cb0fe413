"""diagnostics_NAME.html: one page for each analysis, on how far its pools can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from metaan.core.version import VERSION
from metaan.report.pages.page import DIAGNOSTICS_PAGE, templates
from metaan.report.pages.page import page_name as page_name
from metaan.report.results.diagnosing import (
    DIAGNOSTICS,
    FEWEST_LEFT,
    Diagnosed,
    nothing_to_diagnose,
)
from metaan.report.results.recipes import AnyResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure on the page: its name, its text for those who cannot see it, its files."""

    name: str
    alt: str
    images: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the page says of one pool."""

    name: str
    title: str
    sentence: str
    importance: str
    source: str
    table: pd.DataFrame
    sentences: Sequence[str]
    figures: Sequence[Shown]
    not_drawn: str


def diagnostics_page(
    results: Sequence[AnyResult],
    trusted: Mapping[str, Diagnosed],
    images: Mapping[str, Mapping[str, Path]],
    root: Path,
    *,
    title: str,
) -> str:
    """Return the page of one analysis as HTML; figures are embedded.

    Parameters
    ----------
    results : sequence of Result or NetworkResult
        Of the analysis.
    trusted : mapping of str to Diagnosed
        By name of the figure.
    images : mapping of str to mapping
        Files of every figure by name and format.
    root : Path
        Folder of the report.
    title : str
        Title of the report.
    """
    mine = [trusted[each.spec.name] for each in results if each.spec.name in trusted]
    references = dict.fromkeys(text for each in mine for text in each.references)
    return (
        templates(root)
        .get_template(DIAGNOSTICS_PAGE)
        .render(
            analysis=results[0].analysis,
            parts=[_part(each, images) for each in mine],
            nothing=nothing_to_diagnose(list(results)),
            references=list(references),
            title=title,
            version=VERSION,
        )
    )


def _part(each: Diagnosed, images: Mapping[str, Mapping[str, Path]]) -> Part:
    spec, diagnosis = each.result.spec, each.diagnosis
    return Part(
        name=spec.name,
        title=each.result.title,
        sentence=diagnosis.change,
        importance=diagnosis.importance,
        source=spec.important_source if diagnosis.importance else "",
        table=diagnosis.to_frame().drop(columns="key"),
        sentences=each.sentences,
        figures=[
            Shown(
                name=each.name_of(key),
                alt=record.alt,
                images=images[each.name_of(key)],
            )
            for key, record in each.drawings.items()
        ],
        not_drawn=_not_drawn(each),
    )


def _not_drawn(each: Diagnosed) -> str:
    k = diagnosis_k(each)
    if k < FEWEST_LEFT:
        return f"No figures: with {k} studies there is nothing to see that the numbers do not say."
    absent = [row.heading for row in DIAGNOSTICS.values() if row.key not in each.drawings]
    return f"Not drawn for {k} studies: {', '.join(absent)}." if absent else ""


def diagnosis_k(each: Diagnosed) -> int:
    """Return how many studies a diagnosed pool has."""
    return each.diagnosis.fit.k
