"""docs/gallery/: a picture of every scene, and the page that shows them with their code.

    python -m tests.gallery.make

writes them anew, the same bytes from the same numbers; test_gallery.py holds the page to the
scenes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import chdir
from html import escape
from io import BytesIO
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from metaan.plots.pages.plot import Plot
from tests.gallery.data import DATA
from tests.gallery.network_data import NETWORK_DATA
from tests.gallery.scene import Scene, source_of
from tests.gallery.scenes import SCENES

REPOSITORY = Path(__file__).resolve().parents[2]
GALLERY = REPOSITORY / "docs" / "gallery"
PAGE = "README.md"
DPI, CSS_DPI = 144, 96
# Figures of lines and letters have few colors: a palette quarters the size and cannot be seen.
COLORS = 256

HEAD = """# Gallery

Every plot of metaan, in every layout and theme, on published numbers; under each figure stands the
code that makes it. In all of it

```python
import pandas as pd

import metaan as ma
```

goes before, `plot.save("figure.svg")` (or `.pdf`, `.png`) after, and where the data come from
stands [at the end](#data). It runs in the folder of the repository; the page is made by
`make gallery`.
"""
DATA_HEAD = """## <a id="data"></a>The data

`ma.load_trials()` and `ma.load_published()` read what metaan ships (`data/README.md` tells where
each number was read). The other tables are published ones that its tests hold.
"""


def draw(scene: Scene) -> Plot[Any]:
    """Return the plot of a scene, drawn in the folder of the repository."""
    with chdir(REPOSITORY):
        return scene.function()


def picture(plot: Plot[Any]) -> bytes:
    """Return a plot as a PNG with a palette; its title and description stay in it."""
    with TemporaryDirectory() as folder:
        image = Image.open(plot.save(Path(folder) / "figure.png", dpi=DPI))
        image.load()
    about = PngInfo()
    for key in ("Title", "Description"):
        about.add_itxt(key, image.info[key])
    found = image.convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    buffer = BytesIO()
    found.save(buffer, "PNG", optimize=True, pnginfo=about)
    return buffer.getvalue()


def pixels(plot: Plot[Any]) -> tuple[int, int]:
    """Return width and height of its picture."""
    width, height = plot.figure.get_size_inches()
    return int(width * DPI), int(height * DPI)


def page(plots: Mapping[str, Plot[Any]]) -> str:
    """Return the page of the gallery.

    Parameters
    ----------
    plots : mapping of str to Plot
        The plot of every scene, by its name.
    """
    sections = [(head, list(group)) for head, group in groupby(SCENES.values(), _section)]
    parts = [HEAD, "## Contents\n", *(_contents(*section) for section in sections)]
    for head, scenes in sections:
        parts.append(f"\n## {head}\n")
        parts += [_shown(scene, plots[scene.name]) for scene in scenes]
    parts += [DATA_HEAD, _code(f"{source_of(each)}\n" for each in (*DATA, *NETWORK_DATA))]
    return "\n".join(parts)


def main() -> None:
    """Write the pictures and the page, and remove pictures of scenes that are gone."""
    GALLERY.mkdir(parents=True, exist_ok=True)
    plots: dict[str, Plot[Any]] = {}
    for name, scene in SCENES.items():
        plots[name] = draw(scene)
        file_of(name).write_bytes(picture(plots[name]))
        sys.stdout.write(f"{name}\n")
    for file in GALLERY.glob("*.png"):
        if file.stem not in SCENES:
            file.unlink()
    (GALLERY / PAGE).write_text(page(plots), encoding="utf-8")


def file_of(name: str) -> Path:
    """Return the file of a scene's picture."""
    return GALLERY / f"{name}.png"


def _section(scene: Scene) -> str:
    return scene.section


def _contents(head: str, scenes: Iterable[Scene]) -> str:
    links = ", ".join(f"[{scene.title}](#{scene.name})" for scene in scenes)
    return f"- **{head}**: {links}"


def _shown(scene: Scene, plot: Plot[Any]) -> str:
    width = round(plot.figure.get_figwidth() * CSS_DPI)
    alt = escape(plot.record.alt, quote=True)
    image = f'<img src="{scene.name}.png" width="{width}" alt="{alt}">'
    head = f'### <a id="{scene.name}"></a>{scene.title}'
    return f"{head}\n\n{scene.about}\n\n{image}\n\n{_code([scene.code])}"


def _code(blocks: Iterable[str]) -> str:
    return "```python\n{}\n```\n".format("\n\n\n".join(_stripped(blocks)))


def _stripped(blocks: Iterable[str]) -> Iterator[str]:
    return (block.strip("\n") for block in blocks)


if __name__ == "__main__":
    main()
