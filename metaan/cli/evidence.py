"""Which data a command about a report reads: the caller's, this folder's, or the shipped ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from metaan.report.results.evidence import Evidence

Command = Callable[..., Any]
SHIPPED = "the shipped evidence"
WHICH = """\b
Data: --data and --analyses; without them the review in the current folder
(its trials.csv, its analyses.toml, or both); else the shipped evidence.
"""


def data_options(command: Command) -> Command:
    """Give a command the options --data and --analyses."""
    data = click.option(
        "--data",
        type=click.Path(path_type=Path),
        metavar="CSV",
        help="Your table, or a folder with trials.csv.",
    )
    analyses = click.option(
        "--analyses",
        type=click.Path(path_type=Path),
        metavar="TOML",
        help="What to make of it; analyses.toml beside the data if absent.",
    )
    return data(analyses(command))


def json_option(command: Command) -> Command:
    """Give a command the option --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(
        command
    )


def find_data(data: Path | None, analyses: Path | None) -> tuple[Path | None, Path | None, str]:
    """Return table, declarations and what they are called, as ``WHICH`` says."""
    from metaan.report.declaring.declared import ANALYSES_FILE
    from metaan.trials.shipped import TRIALS_FILE

    if data is None and analyses is None:
        here = Path.cwd()
        data = here / TRIALS_FILE if (here / TRIALS_FILE).is_file() else None
        analyses = here / ANALYSES_FILE if (here / ANALYSES_FILE).is_file() else None
        own = [path.name for path in (data, analyses) if path is not None]
        if own:
            return data, analyses, f"{' and '.join(own)} of this folder"
    if data is None and analyses is None:
        return None, None, SHIPPED
    named = [str(path) if path is not None else word
             for path, word in ((data, SHIPPED), (analyses, ""))]  # fmt: skip
    return data, analyses, ", ".join(word for word in named if word)


def open_evidence(data: Path | None, analyses: Path | None) -> tuple[Evidence, str]:
    """Return the evidence that a command is about, and what it is called.

    Raises
    ------
    DataError
        With every fault of the data.
    """
    from metaan.report.results.evidence import load_evidence

    data, analyses, called = find_data(data, analyses)
    return load_evidence(data, analyses), called
