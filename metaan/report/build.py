"""build_report: everything is made in a folder aside, and moved into place only when complete."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from metaan.core.errors import InputError
from metaan.core.numbers import counted
from metaan.report.declaring.declared import chosen
from metaan.report.declaring.figures import FIGURES, SPECIFICATIONS
from metaan.report.document.assembling import Made, assemble
from metaan.report.document.content import Document
from metaan.report.drawing.drawing import nothing_to_draw, records
from metaan.report.drawing.writing import FEWEST_FOR_WORKERS, Drawers, Records
from metaan.report.files.markdown import methods_markdown
from metaan.report.files.tables import write_tables
from metaan.report.files.word import report_docx
from metaan.report.garbage import seldom_searched
from metaan.report.pages.page import page
from metaan.report.proof.earlier import Earlier, earlier_report
from metaan.report.proof.manifest import MADE_BY, Proven, manifest, rows_of
from metaan.report.proof.recorded import MANIFEST
from metaan.report.results.diagnosing import (
    Diagnosed,
    can_be_diagnosed,
    diagnosed,
    drawings_beside,
)
from metaan.report.results.evidence import Evidence
from metaan.report.results.recipes import AnyResult, Result, make_result
from metaan.report.steps import Progress, Steps
from metaan.report.swapping import swapped_in

INDEX, WORD, METHODS = "index.html", "report.docx", "methods.md"
LAST = ("tables", METHODS, INDEX, WORD, MANIFEST)  # what is written besides the figures


def build_report(
    evidence: Evidence,
    out: Path,
    *,
    only: Sequence[str] = (),
    workers: int = 1,
    progress: Progress | None = None,
    fresh: bool = False,
) -> Path:
    """Write the report and return the path of its page.

    Parameters
    ----------
    evidence : Evidence
        What it is made from.
    out : Path
        Folder; an earlier report there is replaced as a whole, any other folder that is not
        empty is refused, and so is a report among which other files lie. A part of a report does
        not replace a whole one.
    only : sequence of str
        Names of analyses and figures; everything if empty. The page and the manifest of a part
        say that it is one.
    workers : int
        Processes that draw; more than one only where the caller's main module can be imported
        again, as a command's can.
    progress : callable, optional
        ``progress(done, total, what)`` is called as work goes on, from the caller's thread; the
        total grows while it turns out what there is to draw.
    fresh : bool
        Draw every figure. Otherwise those are taken over from the report in ``out`` whose numbers,
        texts and fonts are the same and which the same program with the same versions wrote: the
        bytes are the same, and it takes a third of the time.

    Returns
    -------
    Path
        Of ``index.html``.

    Raises
    ------
    InputError
        If ``out`` holds something that is not a report, or a whole one where a part was asked
        for, or cannot be written; if ``only`` names something that is not declared.
    MetaanError
        If a process that draws was ended from outside.

    Notes
    -----
    The same evidence gives the same bytes, whatever ``workers`` is. An error, Ctrl-C or SIGTERM
    leaves the earlier report as it was.
    """
    out = out.resolve()
    asked = part_of(evidence, only)
    _refuse(out, a_part=asked is not None)
    try:
        with swapped_in(out) as root, seldom_searched():
            earlier = None if fresh else earlier_report(out)
            write_report(
                evidence, root, part=asked, workers=workers, progress=progress, earlier=earlier
            )
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"the report cannot be written to {out}: {reason}") from error
    return out / INDEX


def part_of(evidence: Evidence, only: Sequence[str]) -> tuple[str, ...] | None:
    """Return the names of the figures that are asked for; None for all that are declared.

    Raises
    ------
    ChoiceError
        If a name is neither that of an analysis nor of a figure.
    """
    wanted = [spec.name for each in chosen(evidence.analyses, only) for spec in each.figure]
    every = [spec.name for each in evidence.analyses for spec in each.figure]
    return None if wanted == every else tuple(wanted)


def all_results(evidence: Evidence) -> list[AnyResult]:
    """Return the results of every declared figure, in the order of the declarations."""
    return list(_each_result(evidence))


def _each_result(evidence: Evidence) -> Iterator[AnyResult]:
    for analysis in evidence.analyses:
        for spec in analysis.figure:
            yield make_result(evidence, analysis, spec)


def _refuse(out: Path, *, a_part: bool) -> None:
    """Refuse a folder that must not be replaced."""
    if not out.exists():
        return
    there = _report_in(out)
    if there is None:
        raise InputError(
            f"{out} is not empty and holds no report, or files that are not the report's; choose "
            "another folder with --out"
        )
    if a_part and there.get("files") and there.get("part") is None:
        raise InputError(
            f"{out} holds a whole report, which a part of one would replace; choose another "
            f"folder with --out (such as {out.name}_part), or delete that report first"
        )


def _report_in(out: Path) -> dict[str, object] | None:
    """Return the manifest of a report with nothing else beside; None for anything else.

    Of an empty folder that is a manifest without files.
    """
    if not out.is_dir():
        return None
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
    if not there:
        return {}
    try:
        made = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        ours = {*made["files"], MANIFEST} if made["made_by"] == MADE_BY else set()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return made if there <= ours else None


def write_report(
    evidence: Evidence,
    root: Path,
    *,
    part: Sequence[str] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    earlier: Earlier | None = None,
) -> None:
    """Write everything into a new folder.

    Figures are drawn by other processes while the rest is computed; only the page, the Word file
    and the manifest need them.

    Parameters
    ----------
    evidence, workers, progress
        As `build_report` takes them.
    root : Path
        Does not exist yet.
    part : sequence of str, optional
        Names of figures; None for all.
    earlier : Earlier, optional
        A report whose figures are taken over where they would be the same.
    """
    figures, tables = root / "figures", root / "tables"
    for folder in (figures, tables):
        folder.mkdir(parents=True)
    asked = evidence
    if part is not None:
        asked = replace(evidence, analyses=chosen(evidence.analyses, part) if part else ())
    declared = sum(len(each.figure) for each in asked.analyses)
    steps = Steps(progress, total=2 * declared + len(LAST))
    workers = min(workers, declared // FEWEST_FOR_WORKERS)
    taken = None if earlier is None else earlier.taken
    with Drawers(figures, workers=workers, earlier=taken) as drawers:
        made = _make(asked, drawers, steps)
        document = assemble(asked, made)
        if part is not None:
            document = _titled(document, len(part), evidence)
        write_tables(document.tables, tables, earlier=earlier)
        steps.did("tables")
        _text(root / METHODS, methods_markdown(document))
        steps.did(METHODS)
        drawn = drawers.finish(steps.did)
    _text(root / INDEX, page(document, root))
    steps.did(INDEX)
    (root / WORD).write_bytes(report_docx(document))
    steps.did(WORD)
    proven = Proven(
        diagnosed=made.trusted,
        numbers={name: each.numbers for name, each in drawn.items()},
        fonts={name: value for each in drawn.values() for name, value in each.fonts.items()},
        part=part,
    )
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    _text(root / MANIFEST, manifest(evidence, made.results, files, proven))
    steps.did(MANIFEST)


def _make(evidence: Evidence, drawers: Drawers, steps: Steps) -> Made:
    """Return everything that a document is put together from, its figures in the making."""
    results: list[AnyResult] = []
    drawn: dict[str, Records] = {}
    for result in all_results(evidence):
        results.append(result)
        if not nothing_to_draw(result):
            drawn[result.spec.name] = records(result)
            drawers.add(result.spec.name, drawn[result.spec.name], rows_of(result))
        steps.did(result.spec.name)
    pools = [one for one in results if isinstance(one, Result) and can_be_diagnosed(one)]
    steps.total += len(pools) + len(drawn) - len(results)
    trusted: dict[str, Diagnosed] = {}
    # what takes longest to draw is handed in first
    for pool in sorted(pools, key=lambda one: SPECIFICATIONS not in drawings_beside(one)):
        each = trusted[pool.spec.name] = diagnosed(evidence, pool)
        for key, record in each.drawings.items():
            drawn[each.name_of(key)] = (record,)
            drawers.add(each.name_of(key), (record,), rows_of(pool))
        steps.total += len(each.drawings)
        steps.did(pool.spec.name)
    return Made(
        results=results,
        trusted={pool.spec.name: trusted[pool.spec.name] for pool in pools},
        drawn=drawn,
        files=drawers.files,
    )


def _titled(document: Document, figures: int, evidence: Evidence) -> Document:
    """Return the document of a part with a title that says so."""
    of = sum(len(each.figure) for each in evidence.analyses)
    told = f"{document.title} (a part: {figures} of {counted(of, 'figure')})"
    return replace(document, title=told)


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def figure_list(evidence: Evidence) -> Sequence[tuple[str, str]]:
    """Return name and title of every figure; those of trust stand under their pool."""
    listed = []
    for result in all_results(evidence):
        listed.append((result.spec.name, result.title))
        for key in drawings_beside(result):
            words = FIGURES[key].heading
            listed.append((f"{result.spec.name}_{key}", words[:1].upper() + words[1:]))
    return listed
