"""new_review: a folder in which a review of one's own builds at once."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from importlib.resources import files
from io import StringIO
from pathlib import Path

from metaan.core.errors import InputError
from metaan.trials.load import load_trials
from metaan.trials.schema import CHANGE, ENDPOINT, FILES, MEMBERSHIPS
from metaan.trials.shipped import TRIALS_FILE, data_folder

TEMPLATES = ("analyses.toml", "README.md", "review.ipynb")
# What the example compares; analyses.toml and review.ipynb ask the same.
OUTCOME, TERM, INSTRUMENT = "pain", "immediate", "VAS_0_100"
TREATMENT, CONTROL = "acupuncture", "sham"
MOST = 4  # studies of the example
STUDIES, TREATMENTS, INSTRUMENTS = "studies.csv", "treatments.csv", "instruments.csv"
Rows = list[dict[str, str]]


def new_review(folder: str | Path) -> tuple[Path, ...]:
    """Write a starter review and return its files.

    Parameters
    ----------
    folder : path
        A new or an empty folder.

    Returns
    -------
    tuple of Path
        ``trials.csv`` with a few trials of the shipped evidence as an example, the tables that
        explain its words, ``analyses.toml``, a notebook and a README.

    Raises
    ------
    InputError
        If the folder holds anything, or cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     written = new_review(Path(place) / "demo")
    >>> [path.name for path in written][:2]
    ['trials.csv', 'studies.csv']
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; choose a new folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty; choose a new folder, so that nothing is lost")
    tables = example()
    templates = {name: files(__package__).joinpath(name).read_text("utf-8") for name in TEMPLATES}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in {**tables, **templates}.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from error
    return tuple(folder / name for name in (*tables, *templates))


def example() -> dict[str, str]:
    """Return the tables of the example by file name: rows of the shipped ones, unchanged.

    The first comparisons of means that are complete.
    """
    trials = load_trials().select(outcome=OUTCOME, term=TERM, instrument=INSTRUMENT)
    pairs = trials.contrasts(TREATMENT, CONTROL)
    complete = pairs.pairs[pairs.pairs["kind"].isin((ENDPOINT, CHANGE))]
    chosen = list(complete["rows"])[:MOST]
    arms = _rows(TRIALS_FILE, "row_id", {name for ids in chosen for name in ids})
    studies = _rows(STUDIES, "study_id", {row["study_id"] for row in arms})
    treatments = _rows(TREATMENTS, "treatment", {row["treatment"] for row in arms})
    instruments = _rows(INSTRUMENTS, "instrument", {row["instrument"] for row in arms})
    kept = [column.name for column in FILES["studies"] if column.name not in MEMBERSHIPS]
    return {
        TRIALS_FILE: _text(arms, list(arms[0])),
        STUDIES: _text(studies, kept),
        TREATMENTS: _text(treatments, list(treatments[0])),
        INSTRUMENTS: _text(instruments, list(instruments[0])),
    }


def _rows(file: str, key: str, wanted: Collection[str]) -> Rows:
    """Return the rows of a shipped table as they stand there."""
    text = (data_folder() / file).read_text(encoding="utf-8-sig")
    return [row for row in csv.DictReader(StringIO(text, newline="")) if row[key] in wanted]


def _text(rows: Rows, columns: Sequence[str]) -> str:
    buffer = StringIO()
    writer = csv.DictWriter(buffer, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
