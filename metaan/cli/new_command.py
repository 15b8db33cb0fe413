"""metaan new: a folder in which a review of one's own builds at once."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from metaan.cli.answers import answer
from metaan.cli.evidence import json_option

EPILOG = """\b
DIR gets a table of real trial arms with their sources (an example to
replace), the analyses declared of it, a notebook and a README. A folder that
holds anything is refused.
"""


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
def new(folder: Path, as_json: bool) -> None:
    """Start a review of your own in a new folder."""
    from metaan.report.starting.new import new_review

    written = new_review(folder)
    place = shlex.quote(str(folder))
    following = f"cd {place} && metaan report"
    lines = [f"Review started in {folder}:", *(f"  {path.name}" for path in written)]
    lines.append(f"Next: {following}; then put your own trials into trials.csv.")
    answer(
        {"folder": folder.resolve(), "files": [path.name for path in written], "next": following},
        "\n".join(lines),
        as_json=as_json,
    )
