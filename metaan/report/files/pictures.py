"""Figures in a Word document: light enough to be sent, cut where they are longer than a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np

MOST_BYTES = 7_700_000  # of all pictures of a document
COLORS = 256
SAVED = 0.72  # share of its size that a PNG loses with a palette, about
NEARLY_WHITE = 250  # the palette makes paper slightly gray; nobody means such a color
THREADS = 2
USUAL_DPI = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Png:
    """A PNG.

    Attributes
    ----------
    name : str
        Of its file.
    data : bytes
        The file.
    wide, high : int
        Dots.
    dpi : float
        Dots per inch at its natural size.
    """

    name: str
    data: bytes
    wide: int
    high: int
    dpi: float


def pngs(paths: Iterable[Path], *, most: int = MOST_BYTES) -> dict[Path, Png]:
    """Return PNG files, the largest of them with few colors if all would be too large.

    Parameters
    ----------
    paths : iterable of Path
        Their names differ.
    most : int
        Bytes of all together.
    """
    found = {path: path.read_bytes() for path in dict.fromkeys(paths)}
    total, heavy = float(sum(map(len, found.values()))), []
    for path in sorted(found, key=lambda path: (-len(found[path]), path.name)):
        if total <= most:
            break
        heavy.append(path)
        total -= len(found[path]) * SAVED
    with ThreadPoolExecutor(THREADS) as pool:
        lighter = list(pool.map(lambda path: with_few_colors(found[path]), heavy))
    return {
        path: _png(path.name, data)
        for path, data in {**found, **dict(zip(heavy, lighter, strict=True))}.items()
    }


def with_few_colors(data: bytes) -> bytes:
    """Return a PNG with a palette, as sharp as before; the same if that is no smaller."""
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        dpi = image.info.get("dpi", (USUAL_DPI, USUAL_DPI))
        if image.mode == "P":
            return data
        plain = image.convert("RGB")
    few = plain.quantize(COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = np.array(few.getpalette(), dtype=np.uint8).reshape(-1, 3)
    palette[(palette >= NEARLY_WHITE).all(axis=1)] = 255
    few.putpalette(palette.ravel().tolist())
    buffer = BytesIO()
    few.save(buffer, "png", compress_level=6, dpi=dpi)
    return min(buffer.getvalue(), data, key=len)


def cuts(data: bytes, most: int, *, first: int) -> tuple[int, ...]:
    """Return the rows at which a long picture is cut, its first and last one too.

    Parameters
    ----------
    data : bytes
        A PNG.
    most, first : int
        Rows that a page has room for, and the first one. It is cut where least is drawn, in the
        last third of them.
    """
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        ink = (np.asarray(image.convert("L")) < NEARLY_WHITE).sum(axis=1)
    rows, room = [0], first
    while len(ink) - rows[-1] > room:
        start = rows[-1] + room * 2 // 3
        rows.append(_emptiest(ink[start : rows[-1] + room].tolist()) + start)
        room = most
    return (*rows, len(ink))


def _emptiest(ink: Sequence[int]) -> int:
    """Return the middle of the last of the longest stretches with the least ink."""
    least, best, start = min(ink), (0, 0), 0
    for i in range(len(ink) + 1):
        if i < len(ink) and ink[i] == least:
            continue
        best = max(best, (i - start, (start + i) // 2))
        start = i + 1
    return best[1]


def _png(name: str, data: bytes) -> Png:
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        dpi = image.info.get("dpi", (USUAL_DPI, USUAL_DPI))[0]
        return Png(name=name, data=data, wide=image.width, high=image.height, dpi=dpi)
