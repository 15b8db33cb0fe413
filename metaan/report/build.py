"""build_report: everything is made in a folder aside, and moved into place only when complete."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from metaan.core.errors import InputError
from metaan.report.drawing.drawing import nothing_to_draw, records, write_figures
from metaan.report.pages.diagnosing_page import diagnostics_page, page_name
from metaan.report.pages.page import Section, page
from metaan.report.proof.manifest import MADE_BY, manifest
from metaan.report.results.coverage import coverage_table
from metaan.report.results.diagnosing import (
    DIAGNOSTICS,
    SPECIFICATIONS_HEADING,
    Diagnosed,
    can_be_diagnosed,
    diagnosed,
    drawings_beside,
)
from metaan.report.results.evidence import Evidence
from metaan.report.results.recipes import AnyResult, Result, make_result
from metaan.report.results.sentences import paragraph
from metaan.report.results.tables import figure_table, missing_table, more_tables

INDEX, MANIFEST = "index.html", "manifest.json"


def build_report(evidence: Evidence, out: Path, *, workers: int = 1) -> Path:
    """Write the report and return the path of its page.

    Parameters
    ----------
    evidence : Evidence
        What it is made from.
    out : Path
        Folder; an earlier report there is replaced as a whole, any other folder that is not
        empty is refused, and so is a report among which other files lie.
    workers : int
        Processes that draw; more than one only where the caller's main module can be imported
        again, as a command's can.

    Raises
    ------
    InputError
        If ``out`` holds something that is not a report, or cannot be written.
    """
    out = out.resolve()
    if out.exists() and not _replaceable(out):
        raise InputError(
            f"{out} is not empty and holds no report, or files that are not the report's; choose "
            "another folder with --out"
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as place:
            root = Path(place) / "report"
            _write(evidence, root, workers)
            if out.exists():
                out.replace(Path(place) / "earlier")  # goes with the temporary folder
            root.replace(out)
    except OSError as error:
        raise InputError(f"the report cannot be written to {out}: {error.strerror}") from error
    return out / INDEX


def all_results(evidence: Evidence) -> list[AnyResult]:
    """Return the results of every declared figure, in the order of the declarations."""
    return [
        make_result(evidence, part, spec) for part in evidence.analyses for spec in part.figure
    ]


def _replaceable(out: Path) -> bool:
    """Return whether a folder is empty, or a report with nothing else in it."""
    if not out.is_dir():
        return False
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}
    if not there:
        return True
    try:
        made = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        ours = {*made["files"], MANIFEST} if made["made_by"] == MADE_BY else set()
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return there <= ours


def _write(evidence: Evidence, root: Path, workers: int) -> None:
    figures, tables = root / "figures", root / "tables"
    for folder in (figures, tables):
        folder.mkdir(parents=True)
    results = all_results(evidence)
    drawn = {
        result.spec.name: records(result) for result in results if not nothing_to_draw(result)
    }
    trusted = {
        result.spec.name: diagnosed(evidence, result)
        for result in results
        if isinstance(result, Result) and can_be_diagnosed(result)
    }
    for each in trusted.values():
        drawn |= {each.name_of(key): (record,) for key, record in each.drawings.items()}
    images = write_figures(drawn, figures, workers=workers)
    sections = [
        _section(
            result,
            tables,
            images=images.get(result.spec.name, {}),
            alt=" ".join(rows.alt for rows in drawn.get(result.spec.name, ())),
            trusted=trusted.get(result.spec.name),
        )
        for result in results
    ]
    for name in dict.fromkeys(result.analysis.name for result in results):
        mine = [result for result in results if result.analysis.name == name]
        text = diagnostics_page(mine, trusted, images, root, title=evidence.title)
        (root / page_name(name)).write_text(text, encoding="utf-8")
    coverage = coverage_table(evidence)
    _csv(coverage, tables / "coverage.csv")
    (root / INDEX).write_text(
        page(sections, coverage, root, title=evidence.title), encoding="utf-8"
    )
    written = {
        path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()
    }
    document = manifest(evidence, results, written, diagnosed=trusted)
    (root / MANIFEST).write_text(document, encoding="utf-8")


def _section(
    result: AnyResult,
    tables: Path,
    *,
    images: Mapping[str, Path],
    alt: str,
    trusted: Diagnosed | None,
) -> Section:
    table, missing = figure_table(result), missing_table(result)
    paths = {
        "numbers": _csv(table, tables / f"{result.spec.name}.csv"),
        "missing": _csv(missing, tables / f"{result.spec.name}_missing.csv"),
    }
    for name, more in more_tables(result).items():
        paths[name] = _csv(more, tables / f"{result.spec.name}_{name}.csv")
    for name, more in trusted.tables.items() if trusted else ():
        paths[name] = _csv(more, tables / f"{result.spec.name}_{name}.csv")
    return Section(
        result=result,
        text=paragraph(result),
        alt=alt,
        nothing=nothing_to_draw(result),
        images=images,
        table=table,
        missing=missing,
        tables=paths,
        trust=trusted.diagnosis.sentence() if trusted else "",
    )


def _csv(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False, lineterminator="\n")
    return path


def figure_list(evidence: Evidence) -> Sequence[tuple[str, str]]:
    """Return name and title of every figure; those of trust stand under their pool."""
    listed = []
    for result in all_results(evidence):
        listed.append((result.spec.name, result.title))
        for key in drawings_beside(result):
            words = DIAGNOSTICS[key].heading if key in DIAGNOSTICS else SPECIFICATIONS_HEADING
            listed.append((f"{result.spec.name}_{key}", words[:1].upper() + words[1:]))
    return listed
