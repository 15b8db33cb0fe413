"""PNG of a third of the size: a palette in place of 16 million colors.

A figure has few colors and their mixtures at edges. The palette is chosen so that no color moves
farther than the eye can tell (a dozen of 255 steps, at edges), and white stays white. Where color
says how large something is, there are many, and the palette has room for them.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from metaan.plots.pages.lettering import is_told
from metaan.plots.pages.letters import printable
from metaan.plots.pages.plot import Plot, Record
from metaan.plots.pages.saving import UNTOLD, styled

FEW, MANY = 64, 256  # colors of a palette
FIGURE_OF_FEW = 1500  # colors, mixtures at edges included
RGB = 0xFFFFFF  # of a dot of four bytes, the last of which tells how opaque it is
COMPRESSION = 6


def save_lean_png(plot: Plot[Record], path: Path, *, dpi: float) -> Path:
    """Write a plot as a PNG with a palette and return the path.

    Parameters
    ----------
    plot : Plot
        What is written, with title and description inside as `Plot.save` has them.
    path : Path
        The file.
    dpi : float
        Dots per inch.
    """
    figure = plot.figure
    buffer = BytesIO()
    with styled(), warnings.catch_warnings():
        if is_told(figure):
            warnings.filterwarnings("ignore", message=UNTOLD)
        figure.savefig(buffer, format="rgba", dpi=dpi)
    wide, high = (int(side) for side in figure.get_size_inches() * dpi)
    lean = _with_palette(np.frombuffer(buffer.getbuffer(), dtype="<u4"), (wide, high))
    title, alt = printable(plot.record.title), printable(plot.record.alt)
    about = PngImagePlugin.PngInfo()
    about.add_itxt("Title", title or alt)
    about.add_itxt("Description", alt)
    about.add_text("Software", f"Matplotlib {matplotlib.__version__}")
    lean.save(path, "PNG", pnginfo=about, dpi=(dpi, dpi), compress_level=COMPRESSION)
    return path


def _with_palette(dots: npt.NDArray[np.uint32], size: tuple[int, int]) -> Image.Image:
    """Return a picture with a palette.

    Colors are gathered and chosen among as numbers: pictures have a million dots, and a thousand
    colors.
    """
    dots = np.bitwise_and(dots, np.uint32(RGB))
    # most dots are as the one before: only where the color changes is one looked at
    changes = np.flatnonzero(dots[1:] != dots[:-1])
    colors = np.unique(dots[np.concatenate([[0], changes + 1])]).astype("<u4")
    every = Image.fromarray(colors.view(np.uint8).reshape(1, -1, 4)[..., :3].copy())
    few = every.quantize(
        FEW if len(colors) <= FIGURE_OF_FEW else MANY,
        method=Image.Quantize.MAXCOVERAGE,
        dither=Image.Dither.NONE,
    )
    places = np.zeros(RGB + 1, dtype=np.uint8)
    places[colors] = np.asarray(few)[0]
    image = Image.frombytes("P", size, places[dots].tobytes())
    image.putpalette(few.getpalette() or [])
    return image
