"""The head of the page: what it holds and where its numbers come from, said from the data."""

from __future__ import annotations

from dataclasses import dataclass

from metaan.core.numbers import counted
from metaan.report.document.content import Document
from metaan.report.results.evidence import REVIEWS
from metaan.report.results.trail_record import Trail

POINT = "Point at a study, tap it, or reach it with Tab and the arrow keys: "
KNOWN = "what was printed, where, and what became of it is shown."
UNKNOWN = "its numbers and what became of them are shown."
WHERE = (
    "The columns source_citation, source_doi and source_locus take a source: a citation, its DOI, "
    "and the table or page."
)
TITLES = "each title says how many studies of how many are on file"
NO_REPEAT = ", and a pool of the trials on file is not a recalculation of a published one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What stands under the title.

    Attributes
    ----------
    lead : str
        A paragraph.
    counts : tuple of tuple of str and int
        What there is, and how much of it.
    """

    lead: str
    counts: tuple[tuple[str, int], ...]


def opening(document: Document, figures: int) -> Opening:
    """Return the head of a report with so many figures."""
    every = {trail.key: trail for section in document.sections for trail in section.trails}
    published = [trail for trail in every.values() if _is_published(trail)]
    studies = [trail for trail in every.values() if not _is_published(trail)]
    sourced = sum(map(_has_source, studies))
    found = [
        (len(document.chapters), "Analysis", "Analyses"),
        (figures, "Figure", "Figures"),
        (0 if sourced == len(studies) else len(studies), "Study", "Studies"),
        (sourced, "Study with its source", "Studies with their sources"),
        (len(published), "Published result", "Published results"),
        (len(document.references), "Reference", "References"),
    ]
    return Opening(
        lead=f"{_origin(len(studies), sourced)} {_reach(document, bool(published))}",
        counts=tuple((one if n == 1 else more, n) for n, one, more in found if n),
    )


def _is_published(trail: Trail) -> bool:
    """Return whether it is a published result, not a study."""
    return bool(trail.rows) and all(row.file == REVIEWS for row in trail.rows)


def _has_source(trail: Trail) -> bool:
    return any(row.source or row.doi or row.url for row in trail.rows)


def _origin(studies: int, sourced: int) -> str:
    """Return where the numbers come from, and how to see it."""
    if sourced == studies:
        return f"Every figure here is made from published numbers on file. {POINT}{KNOWN}"
    if sourced:
        said = f"a source is on file for {sourced} of {counted(studies, 'study', 'studies')}"
        return f"Every figure here is made from the numbers on file; {said}. {POINT}{KNOWN}"
    none = "Every figure here is made from the numbers on file, which name no source."
    return f"{none} {POINT}{UNKNOWN} {WHERE}"


def _reach(document: Document, published: bool) -> str:
    """Return how far that goes."""
    sections = document.sections
    partial = any(len(each.missing.frame) or each.picture is None for each in sections)
    text = f"Coverage is partial: {TITLES}" if partial else TITLES.capitalize()
    return f"{text}{NO_REPEAT if published else ''}."
