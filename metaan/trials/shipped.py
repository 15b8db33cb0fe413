"""Where the shipped data are: one resolver for a wheel, an editable install and a checkout."""

from __future__ import annotations

from pathlib import Path

from metaan.core.errors import MetaanError

TRIALS_FILE = "trials.csv"


def data_folder() -> Path:
    """Return the folder that holds the shipped ``trials.csv``.

    In a wheel the data lie inside the package; in a checkout or an editable install they lie
    beside it, where people read and correct them.

    Raises
    ------
    MetaanError
        If neither place has them (a damaged installation).
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "data", package.parent / "data"):
        if (folder / TRIALS_FILE).is_file():
            return folder
    raise MetaanError(
        f"the shipped data were not found in {package / 'data'} nor in {package.parent / 'data'}; "
        "install metaan again"
    )
