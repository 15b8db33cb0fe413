"""Execute every notebook again, in place: ``make notebooks``.

What would differ between two machines or two runs is left out: timings and the version of Python.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbclient
import nbformat

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"


def execute(notebook: Any, folder: Path) -> Any:
    """Return the notebook with the outputs of one clean run in a folder of its own."""
    nbclient.NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata["language_info"] = {"name": "python", "version": "3"}
    return notebook


def main() -> None:
    """Execute all, and write each when it is done."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        with TemporaryDirectory() as folder:
            done = execute(nbformat.read(path, as_version=4), Path(folder))
        nbformat.write(done, path)
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
