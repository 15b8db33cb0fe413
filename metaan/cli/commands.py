"""The commands: report, list, figure, trace, coverage."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from metaan.core.errors import MetaanError
from metaan.core.version import VERSION
from metaan.report.build import build_report, figure_list
from metaan.report.declaring.declared import find_figure
from metaan.report.drawing.drawing import FORMATS, draw, draw_records
from metaan.report.results.coverage import coverage_table
from metaan.report.results.diagnosing import drawing_beside, parted
from metaan.report.results.evidence import load_evidence
from metaan.report.results.recipes import make_result
from metaan.report.results.trail import trace

BAD_INPUT = 2
Command = Callable[..., Any]


class _Group(click.Group):
    """A group whose commands turn metaan's errors into text and exit code 2, nothing written."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (MetaanError, OSError) as error:
            click.echo(str(error), err=True)
            sys.exit(BAD_INPUT)


def _data(command: Command) -> Command:
    return click.option(
        "--data",
        type=click.Path(path_type=Path),
        default=None,
        help="A trials CSV, or a folder with trials.csv; the shipped evidence if absent.",
    )(command)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="metaan")
def main() -> None:
    """Meta-analysis of the acupuncture-for-back-pain trials, with the trail of every number."""


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("report"))
@_data
def report(out: Path, data: Path | None) -> None:
    """Write every cited analysis: page, figures, tables, manifest."""
    where = build_report(load_evidence(data), out, workers=os.cpu_count() or 1)
    click.echo(f"Report written. Open {where.resolve()}")


@main.command(name="list")
@_data
def list_figures(data: Path | None) -> None:
    """List the figures with their titles."""
    figures = figure_list(load_evidence(data))
    width = max((len(name) for name, _ in figures), default=0)
    for name, title in figures:
        click.echo(f"{name:<{width}}  {title}")


@main.command()
@click.argument("name")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None,
    help=f"File to write ({', '.join(FORMATS)}); NAME.svg if absent.",
)  # fmt: skip
@_data
def figure(name: str, out: Path | None, data: Path | None) -> None:
    """Draw one figure."""
    evidence = load_evidence(data)
    pool, drawing = parted(name)
    result = make_result(evidence, *find_figure(evidence.analyses, pool))
    path = out or Path(f"{name}.{FORMATS[0]}")
    plot = draw_records((drawing_beside(evidence, result, drawing),)) if drawing else draw(result)
    path.parent.mkdir(parents=True, exist_ok=True)
    plot.save(path)
    click.echo(f"{plot.record.title if drawing else result.title}\n{path}")


@main.command(name="trace")
@click.argument("name", metavar="FIGURE")
@click.argument("study")
@_data
def trace_study(name: str, study: str, data: Path | None) -> None:
    """Print the reported numbers behind a study in a figure, their table and DOI."""
    evidence = load_evidence(data)
    result = make_result(evidence, *find_figure(evidence.analyses, parted(name)[0]))
    click.echo(trace(evidence, result, study))


@main.command()
@_data
def coverage(data: Path | None) -> None:
    """Print how far the data reach."""
    table = coverage_table(load_evidence(data))
    heads = {name: name.replace("_", " ") for name in table.columns}
    click.echo(table.rename(columns=heads).to_string(index=False))


if __name__ == "__main__":
    main()
