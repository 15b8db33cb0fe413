"""metaan check: every fault of a table in one go, then what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from metaan.cli.answers import answer, faults, fitted, noted, notes
from metaan.cli.completing import measure_names
from metaan.cli.evidence import json_option
from metaan.cli.own_table import named_columns, read_table, table_options
from metaan.cli.program import DIFFERENT
from metaan.cli.progress import Progress

EPILOG = """\b
A folder, a table of trial arms, and a table with analyses (--analyses, or an
analyses.toml beside it) are checked as metaan report reads them; any other
table with one row per study as metaan pool does. Exit code 1 if anything
breaks a rule.
"""


@click.command(epilog=EPILOG)
@table_options
@click.option(
    "--analyses",
    type=click.Path(path_type=Path),
    metavar="TOML",
    help="Check these analyses, too; analyses.toml beside the data if absent.",
)
@click.option(
    "--measure",
    "-m",
    metavar="KEY",
    shell_complete=measure_names,
    help="For a table with one row per study: what is to be computed; all that fits if absent.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
@json_option
def check(
    file: Path,
    columns: tuple[str, ...],
    study: str | None,
    where: tuple[str, ...],
    delimiter: str,
    decimal: str | None,
    sheet: str,
    analyses: Path | None,
    measure: str | None,
    quiet: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Read a table, name every fault, and say what it holds."""
    from metaan.core.errors import DataError
    from metaan.core.numbers import counted
    from metaan.report.results.holdings import as_review, evidence_faults, holdings

    reading = columns or study or where or delimiter or decimal or sheet or measure
    try:
        if not file.exists():
            raise click.BadParameter(f"{file} does not exist", param_hint="FILE")
        if not reading and as_review(file, analyses):
            evidence = evidence_faults(file, analyses)
            with noted() as told, Progress(quiet=quiet) as progress:
                found = holdings(evidence, progress)
            document, lines = found.to_dict(), found.lines()
        else:
            if analyses is not None:
                raise click.UsageError(
                    "--analyses is for data as metaan report reads them; --measure, --column and "
                    "what says how to read a file are for a table as metaan pool reads it"
                )
            table = read_table(
                file, delimiter=delimiter, decimal=decimal, sheet=sheet, where=where
            )
            with noted() as told:
                document, lines = _table(table, named_columns(columns, study), measure)
    except DataError as error:
        if as_json:
            answer({"file": str(file), "fine": False, "faults": faults(error)}, "", as_json=True)
        else:
            click.echo(str(error))
        click.get_current_context().exit(DIFFERENT)
    doubts = document.get("doubts", [])
    end = f"No faults, but {counted(len(doubts), 'caution')}." if doubts else "No faults."
    text = [*lines, *([notes(told)] if told else []), end]
    answer(
        {"file": str(file), "fine": True, "faults": [], **document, "notes": told},
        "\n".join(text),
        as_json=as_json,
    )


def _table(
    table: Any, named: dict[str, str], measure: str | None
) -> tuple[dict[str, Any], list[str]]:
    """Return what a table with one row per study holds, as document and as lines."""
    from metaan.trials.table_checking import check_any_table

    found = check_any_table(table, measure, named)
    document: dict[str, Any] = {
        "rows": len(table.lines),
        "read": list(table.remarks),
        "usable": [
            {
                "inputs": each.inputs,
                "measures": each.measures,
                "columns": dict(each.columns),
                "studies": each.studies,
                "left_out": [{"study": o.study, "reason": o.reason} for o in each.left_out],
            }
            for each in found
        ],
        "doubts": list(dict.fromkeys(doubt for each in found for doubt in each.doubts)),
    }
    rows = len(table.lines)
    lines = [fitted("; ".join([f"Read {table.name}: {rows} rows", *table.remarks]))]
    for each in found:
        keys = ", ".join(each.measures)
        lines.append(notes([f"{each.studies} of {rows} studies usable ({keys})"],
                           " ".join(each.inputs)))  # fmt: skip
        lines += [f"  {line}" for line in each.taken]
        lines += [fitted(f"  left out: {o.study}: {o.reason}") for o in each.left_out]
    doubts: list[str] = document["doubts"]
    return document, [*lines, *(fitted(f"caution: {each}") for each in doubts)]
