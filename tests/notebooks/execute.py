"""Execute every notebook again, in place: ``make notebooks``.

What would differ between two machines or two runs is left out: timings and the version of Python.
Figures are kept with a palette of few colors, which makes a notebook a third as large.
"""

from __future__ import annotations

import sys
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbclient
import nbformat
from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
COLORS = 64
PNG = "image/png"


def execute(notebook: Any, folder: Path) -> Any:
    """Return the notebook with the outputs of one clean run in a folder of its own."""
    nbclient.NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors alone: its port is on this host
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if PNG in data:
                data[PNG] = with_palette(data[PNG])
    notebook.metadata["language_info"] = {"name": "python", "version": "3"}
    return notebook


def with_palette(png: str) -> str:
    """Return a picture, base64 as given, in few colors."""
    image = Image.open(BytesIO(b64decode(png))).convert("RGB")
    buffer = BytesIO()
    image.quantize(COLORS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return b64encode(buffer.getvalue()).decode("ascii")


def main() -> None:
    """Execute all, or those whose names begin with a word given, and write each when done."""
    wanted = tuple(sys.argv[1:]) or ("",)
    for path in sorted(FOLDER.glob("*.ipynb")):
        if not path.name.startswith(wanted):
            continue
        with TemporaryDirectory() as folder:
            done = execute(nbformat.read(path, as_version=4), Path(folder))
        nbformat.write(done, path)
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
