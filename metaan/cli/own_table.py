"""A table of the caller's own: how it is to be read, which column is which, what was taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from metaan.cli.answers import fitted, notes

if TYPE_CHECKING:
    import pandas as pd

    from metaan.core.errors import DataError
    from metaan.trials.guessing import Guess
    from metaan.trials.table_files import AnyTable

Command = Callable[..., Any]
STUDY = "study"
SVG = click.Path(path_type=Path, dir_okay=False)


def table_options(command: Command) -> Command:
    """Give a command its table and the options that say how it is to be read."""
    options = (
        click.argument("file", metavar="FILE", type=click.Path(path_type=Path)),
        click.option("--column", "-c", "columns", multiple=True, metavar="NAME=COLUMN",
                     help="Which column of yours an input is, e.g. mean1=xbar; may be repeated."),
        click.option("--study", metavar="COLUMN", help="The column that names the studies."),
        click.option("--where", multiple=True, metavar="COLUMN=VALUE",
                     help="Rows to take, e.g. outcome=pain; may be repeated."),
        click.option("--delimiter", default="", metavar="CHAR",
                     help="What separates cells: a character, or tab, semicolon ...; found if "
                          "absent."),
        click.option("--decimal", type=click.Choice([".", ","]), default=None,
                     help="What separates decimals; found if absent."),
        click.option("--sheet", default="", help="Sheet of a workbook; the first if absent."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def read_table(
    file: Path, *, delimiter: str, decimal: str | None, sheet: str, where: Sequence[str]
) -> AnyTable:
    """Return the caller's table, with the rows that were asked for."""
    from metaan.trials.table_files import read_any_table

    table = read_any_table(file, delimiter=delimiter, decimal=decimal or "", sheet=sheet)
    for column, value in pairs(where, "--where").items():
        table = table.where(column, value)
    return table


def pairs(given: Iterable[str], option: str) -> dict[str, str]:
    """Return NAME=VALUE options as a mapping, or a usage error that names those that are none."""
    made: dict[str, str] = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not (sign and name.strip() and value.strip()) or name.strip() in made:
            twice = " is given twice" if name.strip() in made else f" must be NAME=VALUE: {each!r}"
            raise click.BadOptionUsage(option, f"{option}{twice}")
        made[name.strip()] = value.strip()
    return made


def named_columns(columns: Iterable[str], study: str | None) -> dict[str, str]:
    """Return canonical name → column, as the caller says it."""
    named = pairs(columns, "--column")
    return {STUDY: study, **named} if study else named


def numbered_cells(
    table: AnyTable, guess: Guess, texts: Sequence[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table with labels joined and what says "not reported" emptied, and remarks."""
    from metaan.trials.table_files import emptied

    listed = [
        column
        for name, columns in guess.columns.items()
        if name not in texts
        for column in ([columns] if isinstance(columns, str) else columns)
    ]
    return emptied(guess.labeled(table.frame), listed)


def placed(table: AnyTable, error: DataError, more: Sequence[Any] = ()) -> DataError:
    """Return the error with its faults, and more, at lines of the caller's file."""
    from metaan.core.errors import DataError

    return table.placed(DataError([*dict.fromkeys([*more, *error.faults])]))


def taken(table: AnyTable, guess: Guess, remarks: Sequence[str]) -> str:
    """Return what was read, ready to print."""
    told = "; ".join((*table.remarks, *remarks))
    rows = len(table.lines)
    head = f"Read {table.name}: {rows} row{'s' if rows != 1 else ''}"
    lines = [head + (f"; {told}" if told else ""), *(f"  {line}" for line in guess.lines())]
    return fitted("\n".join(lines))


def taken_document(table: AnyTable, guess: Guess, remarks: Sequence[str]) -> dict[str, Any]:
    """Return what was read as a document."""
    columns: Mapping[str, Any] = guess.columns
    return {
        "file": table.name, "rows": len(table.lines), "read": [*table.remarks, *remarks],
        "columns": dict(columns), **({"year": guess.year} if guess.year else {}),
    }  # fmt: skip


def save(files: Mapping[str, tuple[Path | None, Callable[[], Any]]]) -> dict[str, Path]:
    """Write the files that were asked for and return where they are."""
    written: dict[str, Path] = {}
    for what, (path, make) in files.items():
        if path is None:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        made = make()
        if hasattr(made, "save"):
            made.save(path)
        else:
            path.write_bytes(made.encode("utf-8"))
        written[what] = path
    return written


def as_csv(frame: pd.DataFrame) -> str:
    """Return a table as CSV that no spreadsheet takes for formulas."""
    from metaan.report.files.columns import columns_of
    from metaan.report.files.delimited import csv_text

    return csv_text(columns_of(frame))


def told_of(fit: Any, told: Sequence[str], written: Mapping[str, Path]) -> list[str]:
    """Return a fit ready to print: summary, what it does not say itself, where files are."""
    summary = fit.summary()
    lost = [f"{each.study}: {each.reason}" for each in _effects_of(fit).left_out]
    named = bool(lost) and all(each in summary for each in lost)
    more = [
        text
        for text in dict.fromkeys([*told, *_effects_of(fit).remarks])
        if text not in summary and not (named and all(each in text for each in lost))
    ]
    files = [f"{what}: {path}" for what, path in written.items()]
    return [fitted(summary), *([notes(more)] if more else []), *files]


def _effects_of(fit: Any) -> Any:
    return fit.overall.effects if hasattr(fit, "overall") else fit.effects
