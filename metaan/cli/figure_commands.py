"""metaan list, figure, trace and coverage: parts of a report without the whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from metaan.cli.answers import answer, fitted, noted, notes
from metaan.cli.completing import figure_names, theme_names
from metaan.cli.evidence import WHICH, data_options, json_option, open_evidence


@click.command(name="list", epilog=WHICH)
@data_options
@json_option
def list_figures(data: Path | None, analyses: Path | None, as_json: bool) -> None:
    """List the figures with their titles."""
    from metaan.report.build import figure_list

    evidence, called = open_evidence(data, analyses)
    figures = figure_list(evidence)
    width = max((len(name) for name, _ in figures), default=0)
    answer(
        {"data": called, "figures": [{"name": name, "title": title} for name, title in figures]},
        "\n".join(f"{name:<{width}}  {title}" for name, title in figures),
        as_json=as_json,
    )


@click.command(epilog=WHICH)
@click.argument("name", shell_complete=figure_names)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="File to write, .svg, .pdf or .png; NAME.svg if absent.",
)  # fmt: skip
@click.option("--theme", shell_complete=theme_names, help="Look: light, dark, gray ...")
@data_options
@json_option
def figure(
    name: str,
    out: Path | None,
    theme: str | None,
    data: Path | None,
    analyses: Path | None,
    as_json: bool,
) -> None:
    """Draw one figure of the report."""
    from metaan.plots.pages.saving import FORMATS
    from metaan.report.drawing.drawing import records
    from metaan.report.drawing.writing import draw_records
    from metaan.report.results.diagnosing import drawing_beside

    evidence, called = open_evidence(data, analyses)
    with noted() as told:
        result, beside = _result(evidence, name)
        drawn = (drawing_beside(evidence, result, beside),) if beside else records(result)
        plot = draw_records(drawn, theme=theme or "")
        path = out or Path(f"{name}.{next(iter(FORMATS))}")
        path.parent.mkdir(parents=True, exist_ok=True)
        plot.save(path)
    if told and not as_json:
        click.echo(notes(told), err=True)
    title = plot.record.title or result.title
    found = {"name": name, "title": title, "file": path.resolve(), "data": called, "notes": told}
    answer(found, f"{title}\n{path}", as_json=as_json)


@click.command(name="trace", epilog=WHICH)
@click.argument("name", metavar="FIGURE", shell_complete=figure_names)
@click.argument("study")
@data_options
@json_option
def trace_study(
    name: str, study: str, data: Path | None, analyses: Path | None, as_json: bool
) -> None:
    """Print the reported numbers behind a study in a figure, their table and DOI."""
    from metaan.report.results.trail import find_trail

    evidence, called = open_evidence(data, analyses)
    result, _ = _result(evidence, name)
    trail = find_trail(evidence, result, study)
    answer(
        {"figure": name, "title": result.title, "data": called, "trail": trail},
        "\n".join([result.title, *trail.lines()]),
        as_json=as_json,
    )


@click.command(epilog=WHICH)
@data_options
@json_option
def coverage(data: Path | None, analyses: Path | None, as_json: bool) -> None:
    """Print how far the data reach."""
    from metaan.report.results.coverage import coverage_table

    evidence, called = open_evidence(data, analyses)
    table = coverage_table(evidence)
    heads = {name: str(name).replace("_", " ") for name in table.columns}
    rows = table.rename(columns=heads).to_dict("records")
    text = fitted("\n".join(line for row in rows for line in _block(row)))
    answer({"data": called, "coverage": table.to_dict("records")}, text, as_json=as_json)


def _block(row: Mapping[Any, Any]) -> tuple[str, str]:
    """Return a row of a table as its first cell, and the others below it by name."""
    first, *others = row.items()
    return str(first[1]), "  " + "; ".join(f"{name} {cell}" for name, cell in others if cell != "")


def _result(evidence: Any, name: str) -> tuple[Any, str]:
    """Return the result of a figure, and which drawing beside it is meant; empty for itself."""
    from metaan.report.declaring.declared import find_figure
    from metaan.report.results.diagnosing import parted
    from metaan.report.results.recipes import make_result

    pool, beside = parted(name)
    return make_result(evidence, *find_figure(evidence.analyses, pool)), beside
