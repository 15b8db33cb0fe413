"""Figures to files and notebooks: same record, same bytes; alt text inside the file."""

from __future__ import annotations

import warnings
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from io import BytesIO
from numbers import Real
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import matplotlib
from matplotlib.figure import Figure

from metaan.core.errors import InputError
from metaan.core.lookup import hint
from metaan.plots.pages.lean_fonts import font_type, lean_fonts
from metaan.plots.pages.lettering import is_told
from metaan.plots.pages.letters import printable
from metaan.plots.pages.svg import finished_svg
from metaan.plots.pages.theme import STYLE

DPI = 200.0
NOTEBOOK_DPI = 144.0
MOST_DOTS = 65535  # of a side; matplotlib can draw no more
# Level 3 halves the time of level 6 for a few percent of the size.
PNG_OPTIONS = MappingProxyType({"compress_level": 3})

UNTOLD = "Glyph .* missing from font|Matplotlib currently does not support"
# Settings of matplotlib that change what is drawn; others (windows, backends) are not ours.
DRAWING = (
    "agg.", "axes.", "contour.", "figure.", "font.", "grid.", "hatch.", "image.", "lines.",
    "markers.", "mathtext.", "patch.", "path.", "pdf.", "savefig.", "svg.", "text.", "xtick.",
    "ytick.",
)  # fmt: skip

# What IPython asks a figure for: data by kind, and metadata by kind.
MimeBundle: TypeAlias = tuple[dict[str, Any], dict[str, Any]]


@contextmanager
def styled() -> Iterator[None]:
    """Return the context in which our figures are made and saved; nothing of it stays.

    matplotlib's own defaults and our style, whatever the user has set.
    """
    held: Any = {**_defaults(), **STYLE}
    with matplotlib.rc_context(held):
        yield


@cache
def _defaults() -> dict[str, Any]:
    # As of a plain dict: asking matplotlib's own for a setting can start a backend, or warn.
    defaults = dict.items(matplotlib.rcParamsDefault)
    return {key: value for key, value in defaults if key.startswith(DRAWING)}


def _svg(figure: Figure, title: str, alt: str, _: float) -> bytes:
    metadata = {"Date": None, "Title": title or alt, "Description": alt}
    drawn = _drawn(figure, format="svg", metadata=metadata).decode("utf-8")
    return finished_svg(drawn, alt).encode("utf-8")


def _pdf(figure: Figure, title: str, alt: str, _: float) -> bytes:
    metadata = {"CreationDate": None, "Title": title or alt, "Subject": alt}
    with lean_fonts(figure), matplotlib.rc_context({"pdf.fonttype": font_type(figure)}):
        return _drawn(figure, format="pdf", metadata=metadata)


def _png(figure: Figure, title: str, alt: str, dpi: float) -> bytes:
    metadata = {"Title": title or alt, "Description": alt}
    options = dict(PNG_OPTIONS)
    return _drawn(figure, format="png", dpi=dpi, metadata=metadata, pil_kwargs=options)


# Suffix → who writes it; the choices of every message come from here.
FORMATS: MappingProxyType[str, Callable[[Figure, str, str, float], bytes]] = MappingProxyType(
    {"svg": _svg, "pdf": _pdf, "png": _png}
)


def save_figure(
    figure: Figure, path: str | Path, *, title: str, alt: str, dpi: float = DPI
) -> Path:
    """Write a figure in the format of the path's suffix and return the path.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : str or Path
        Ends in .svg, .pdf or .png; the folder exists.
    title, alt : str
        Title and one-sentence description; they go into the file.
    dpi : float
        Dots per inch of a PNG.

    Raises
    ------
    InputError
        If the suffix is none of these, the folder does not exist, the file cannot be written or
        ``dpi`` makes no picture.

    Notes
    -----
    SVG keeps text as text, PDF embeds its fonts (TrueType as such, PostScript fonts as outlines).
    No date is written: the same figure gives the same bytes.
    """
    target = Path(path)
    suffix = target.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise InputError(
            f"{target.name!r} ends in no format we write; choose one of "
            f"{', '.join('.' + key for key in FORMATS)}.{hint(suffix, FORMATS)}"
        )
    known = isinstance(dpi, Real) and not isinstance(dpi, bool)
    if not known or not 1 <= max(figure.get_size_inches()) * dpi <= MOST_DOTS:
        raise InputError(
            f"dpi must give the longer side of the figure 1 to {MOST_DOTS} dots; got {dpi!r}. "
            f"Leave it out for {DPI:g}, or take 300 to 600 for print."
        )
    _check_place(target)
    data = _bytes(figure, suffix, title, alt, dpi)
    try:
        target.write_bytes(data)
    except OSError as fault:
        raise InputError(
            f"{str(target)!r} cannot be written ({fault.strerror or fault}); "
            "choose a place where you may write."
        ) from fault
    return target


def _check_place(target: Path) -> None:
    """Refuse a place where no file can be, before anything is drawn."""
    if target.is_dir():
        raise InputError(f"{str(target)!r} is a folder; add the name of a file.")
    if not target.parent.exists():
        raise InputError(
            f"the folder {str(target.parent)!r} of {target.name!r} does not exist; make it first "
            "(pathlib.Path(...).mkdir(parents=True)), or choose another."
        )
    if not target.parent.is_dir():
        raise InputError(f"{str(target.parent)!r} is no folder but a file; choose another place.")


def notebook_image(figure: Figure, title: str, alt: str) -> MimeBundle:
    """Return the figure as a PNG with its metadata for a notebook, as wide as on paper."""
    data = _bytes(figure, "png", title, alt, NOTEBOOK_DPI)
    text = f"{title}: {alt}" if title else alt
    about = {"width": round(figure.get_figwidth() * 96), "alt": text}
    image = b64encode(data).decode("ascii")
    return {"image/png": image, "text/plain": text}, {"image/png": about}


def _bytes(figure: Figure, suffix: str, title: str, alt: str, dpi: float) -> bytes:
    with ExitStack() as held:
        held.enter_context(styled())
        if is_told(figure):  # once, when it was drawn; matplotlib would tell of every letter
            held.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", message=UNTOLD)
        return FORMATS[suffix](figure, printable(title), printable(alt), dpi)


def _drawn(figure: Figure, **options: Any) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, **options)
    return buffer.getvalue()
