"""The chapters of report.docx, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from metaan.core.numbers import counted
from metaan.report.document.content import Chapter, Document, Section, Table, Trust
from metaan.report.files.pictures import pngs
from metaan.report.files.word_body import Body
from metaan.report.files.word_looks import ASIDE, CALLOUT, QUESTION, SUBTITLE, TITLE
from metaan.report.files.word_pages import A4, empty_document, saved

KEY = "key"  # of a check; names a row for programs
CHANGED, INTERVAL, MEASURE = "changed", "interval", "measure"  # of a sensitivity analysis
CONCLUSION, REMARK = "conclusion", "remark"
INTRODUCTION = (
    "Every figure is made from published numbers on file, each traceable to its source. Coverage "
    "is partial: each title says how many studies of how many are on file, and a pool of the "
    "trials on file is not a recalculation of a published one."
)
USABLE = (
    "Usable: two preferred arms with n, mean and SD (or events), or a preferred printed "
    "difference with an interval."
)
MISSING = "Studies that are missing or left out"
R_CALLS = (
    "Each block stands on its own, with its data in it, and prints the numbers of the figures "
    "named over it."
)


def written(document: Document) -> bytes:
    """Return what `report_docx` returns."""
    word = empty_document(title=document.title, subject="Meta-analysis")
    body = Body(
        document=word,
        paper=A4,
        images=pngs(_paths(document)),
        references=len(document.references),
    )
    body.text(document.title, TITLE)
    body.text(f"A report made by metaan {document.version}", SUBTITLE)
    body.text(INTRODUCTION)
    body.heading(document.coverage.heading, 1)
    body.text(USABLE)
    body.table(document.coverage)
    after_contents = word.add_paragraph()
    shown: dict[str, str] = {}
    for chapter in document.chapters:
        _chapter(body, chapter, shown)
    body.heading("Methods", 1, new_page=True)
    for text in document.conventions:
        body.text(text)
    _missing(body, document, shown)
    if document.references:
        body.heading("References", 1)
    for number, text in enumerate(document.references, start=1):
        body.reference(number, text)
    _calls(body, document, shown)
    body.heading("Versions", 1)
    body.text(
        f"Made by metaan {document.version}. Versions of all programs and the checksums of the "
        "data and of every file stand in manifest.json beside this document."
    )
    body.contents(after_contents)
    return saved(word)


def _paths(document: Document) -> list[Path]:
    """Return the PNG of every figure, those of trust too."""
    pictures = [section.picture for section in document.sections]
    for section in document.sections:
        pictures += section.trust.pictures if section.trust else ()
    return [picture.files["png"] for picture in pictures if picture is not None]


def _chapter(body: Body, chapter: Chapter, shown: dict[str, str]) -> None:
    """Add a chapter, and keep which sections have a figure of which number."""
    body.heading(chapter.title, 1, new_page=True)
    body.text(chapter.question, QUESTION)
    body.text(chapter.about)
    body.text(chapter.unknown, lead="Not known.")
    body.text(chapter.nothing_to_trust, ASIDE)
    for section in chapter.sections:
        shown[section.name] = _section(body, section)


def _section(body: Body, section: Section) -> str:
    """Add a section and return the number of its figure, or its name if there is none."""
    head, _, tail = section.title.rpartition(": ")
    body.heading(head or tail, 2)
    shown = section.name
    if section.picture is not None:
        shown = str(body.picture(section.picture, section.title))
    else:
        body.text(f"{section.title}. {section.nothing}.", lead="Nothing is drawn.")
    body.text(section.results, lead="Results.")
    if section.trust is not None:
        body.text(section.trust.sentence, CALLOUT, lead="What would change the conclusion.")
        body.text(_importance(section.trust))
    body.text(section.methods, lead="Methods.")
    absent = len(section.missing.frame)
    if absent:
        entries = counted(absent, "entry", "entries")
        body.text(f"{entries} in the chapter “{MISSING}”.", ASIDE, lead="Missing or left out.")
    if section.sensitivity is not None:
        body.heading(section.sensitivity.heading, 3)
        body.table(replace(section.sensitivity, frame=compared(section.sensitivity.frame)))
    if section.trust is not None:
        _trust(body, section.trust)
    return shown


def compared(frame: pd.DataFrame) -> pd.DataFrame:
    """Return sensitivity analyses as narrow as a page; their own files have all columns.

    The label of a row says what was changed, the limits on which side of no effect they lie, the
    figure which measure it is if that is the same in all rows. A remark stands behind the
    conclusion that it explains.
    """
    told = frame.reset_index(drop=True)
    told[CONCLUSION] = [
        "; ".join(part for part in pair if part)
        for pair in zip(told[CONCLUSION], told[REMARK], strict=True)
    ]
    same = [MEASURE] if len({*told[MEASURE]} - {""}) < 2 else []
    return told.drop(columns=[CHANGED, INTERVAL, REMARK, *same])


def _importance(trust: Trust) -> str:
    source = f" (Minimal important difference: {trust.source}.)" if trust.source else ""
    return trust.importance + source


def _trust(body: Body, trust: Trust) -> None:
    body.heading("How far can this result be trusted?", 3)
    body.table(trust.checks, without=[KEY])
    for text in trust.findings:
        body.text(text)
    for picture in trust.pictures:
        body.picture(picture, picture.title)
    body.text(trust.not_drawn, ASIDE)


def _missing(body: Body, document: Document, shown: Mapping[str, str]) -> None:
    """Add, per chapter, which studies are missing for which reason and in which figures."""
    found = {chapter.title: _reasons(chapter, shown) for chapter in document.chapters}
    if not any(found.values()):
        return
    body.heading(MISSING, 1)
    for title, reasons in found.items():
        if reasons:
            rows = [
                {"study": study, "reason": reason, "figures": ranged(figures)}
                for (study, reason), figures in sorted(reasons.items())
            ]
            body.heading(title, 2)
            frame = pd.DataFrame(rows, dtype=object)
            told = f"{MISSING}: {title}"
            body.table(Table(name="", heading=MISSING, caption=told, frame=frame))


def _reasons(chapter: Chapter, shown: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    """Return in which figures of a chapter which study is missing for which reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for section in chapter.sections:
        for study, _, reason in section.missing.frame.itertuples(index=False):
            found.setdefault((str(study), str(reason)), []).append(shown[section.name])
    return found


def _calls(body: Body, document: Document, shown: Mapping[str, str]) -> None:
    """Add what returns the same numbers in R, each call once with its figures."""
    figures: dict[str, list[str]] = {}
    for section in document.sections:
        for call in section.calls:
            figures.setdefault(str(call), []).append(shown[section.name])
    if not figures:
        return
    body.heading("The same numbers in R", 1, new_page=True)
    body.text(R_CALLS)
    for code, where in figures.items():
        body.heading(f"{'Figure' if len(where) == 1 else 'Figures'} {ranged(where)}", 3)
        body.code(code)


def ranged(figures: list[str]) -> str:
    """Return numbers as ranges, then names.

    Examples
    --------
    >>> ranged(["1", "2", "3", "7", "forest_a"])
    '1–3, 7, forest_a'
    """
    numbers = sorted({int(each) for each in figures if each.isdecimal()})
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    written = [str(low) if low == high else f"{low}–{high}" for low, high in spans]
    return ", ".join([*written, *(each for each in figures if not each.isdecimal())])
