"""metaan report: write it, or prove that it can be made again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from metaan.cli.answers import answer, fitted, noted, notes
from metaan.cli.completing import figure_names
from metaan.cli.evidence import SHIPPED, WHICH, data_options, json_option, open_evidence
from metaan.cli.program import DIFFERENT
from metaan.cli.progress import Progress

FOLDER = "report"


@click.command(epilog=WHICH)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path(FOLDER),
    show_default=True, metavar="DIR", help="Folder of the report.",
)  # fmt: skip
@data_options
@click.option(
    "--only", multiple=True, metavar="NAME", shell_complete=figure_names,
    help="An analysis or a figure; may be repeated.",
)  # fmt: skip
@click.option("--check", "checking", is_flag=True,
              help="Derive the report in DIR again and say what differs, figure by figure; "
                   "exit code 1 if anything does.")  # fmt: skip
@click.option("--fresh", is_flag=True,
              help="Draw every figure again; otherwise those that would be the same are taken "
                   "over from the report in DIR.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="No progress bar.")
@json_option
def report(
    out: Path,
    data: Path | None,
    analyses: Path | None,
    only: tuple[str, ...],
    checking: bool,
    fresh: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write every declared analysis: page, figures, tables, Word file, manifest.

    An interrupted run leaves the report that was there as it was.
    """
    if checking:
        _check(out, data, analyses, quiet=quiet, as_json=as_json, only=only)
        return
    from metaan.report.build import build_report

    evidence, called = open_evidence(data, analyses)
    with noted() as told, Progress(quiet=quiet) as progress:
        page = build_report(
            evidence,
            out,
            only=only,
            workers=os.cpu_count() or 1,
            progress=progress,
            fresh=fresh,
        )
    if told:
        click.echo(notes(told), err=True)
    lost, doubts = _left_out(evidence, only) if called != SHIPPED else ([], [])
    found: dict[str, Any] = {
        "page": page.resolve(), "data": called, "only": only, "notes": told,
        "read": evidence.trials.remarks, "left_out": lost, "doubts": doubts,
    }  # fmt: skip
    read = "; ".join([f"Made from {called}", *evidence.trials.remarks])
    lines = [f"{read}.", f"Report written. Open {page.resolve()}", *lost]
    text = fitted("\n".join([*lines, *(f"caution: {each}" for each in doubts)]))
    answer(found, text, as_json=as_json)


def _left_out(evidence: Any, only: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return which studies are left out of the pools of one's own data, and what is odd."""
    from metaan.report.declaring.declared import FOREST, chosen
    from metaan.report.results.cautions import cautions_of, left_out_lines, unpooled
    from metaan.report.results.recipes import make_result

    lost: list[str] = []
    doubts = list(cautions_of(evidence.trials))
    for part in chosen(evidence.analyses, only):
        for spec in part.figure:
            if spec.kind == FOREST:
                result = make_result(evidence, part, spec)
                lost += left_out_lines(result)
                doubts += [told] if (told := unpooled(result)) else []
    return lost, doubts


def _check(
    out: Path,
    data: Path | None,
    analyses: Path | None,
    *,
    quiet: bool,
    as_json: bool,
    only: tuple[str, ...],
) -> None:
    """Compare a report with what its data give now."""
    from metaan.report.proof.checking import check_report

    if only:
        raise click.UsageError("--only is for writing a report; --check looks at all of one")
    evidence, called = open_evidence(data, analyses)
    with noted(), Progress(quiet=quiet) as progress:
        check = check_report(evidence, out, workers=os.cpu_count() or 1, progress=progress)
    answer({"data": called, **check.to_dict()}, check.summary(), as_json=as_json)
    if not check.same:
        click.get_current_context().exit(DIFFERENT)
