"""Figures to files and notebooks: same record, same bytes; alt text inside the file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import matplotlib
from matplotlib.figure import Figure

from metaan.core.errors import InputError
from metaan.core.lookup import hint
from metaan.plots.pages.lean_fonts import lean_fonts
from metaan.plots.pages.theme import STYLE

DPI = 200
NOTEBOOK_DPI = 144

# What IPython asks a figure for: data by kind, and metadata by kind.
MimeBundle: TypeAlias = tuple[dict[str, Any], dict[str, Any]]


def styled() -> Any:
    """Return the context in which our figures are made and saved; nothing of it stays."""
    held: Any = dict(STYLE)
    return matplotlib.rc_context(held)


def _svg(title: str, alt: str) -> dict[str, Any]:
    return {"metadata": {"Date": None, "Title": title, "Description": alt}}


def _pdf(title: str, alt: str) -> dict[str, Any]:
    return {"metadata": {"CreationDate": None, "Title": title, "Subject": alt}}


def _png(title: str, alt: str) -> dict[str, Any]:
    # Level 3 halves the time of level 6 for a few percent of the size.
    options = {"compress_level": 3}
    return {"metadata": {"Title": title, "Description": alt}, "pil_kwargs": options}


# Suffix → what savefig is told; the choices of every message come from here.
FORMATS = MappingProxyType({"svg": _svg, "pdf": _pdf, "png": _png})


def save_figure(figure: Figure, path: str | Path, *, title: str, alt: str) -> Path:
    """Write a figure in the format of the path's suffix and return the path.

    Parameters
    ----------
    figure : Figure
        What to write.
    path : str or Path
        Ends in .svg, .pdf or .png; the folder exists.
    title, alt : str
        Title and one-sentence description; they go into the file's metadata.

    Raises
    ------
    InputError
        If the suffix is none of these.

    Notes
    -----
    SVG keeps text as text, PDF embeds its fonts (type 42), PNG has 200 dots per inch. No date is
    written: the same figure gives the same bytes.
    """
    target = Path(path)
    suffix = target.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise InputError(
            f"{target.name!r} ends in no format we write; choose one of "
            f"{', '.join('.' + key for key in FORMATS)}.{hint(suffix, FORMATS)}"
        )
    target.write_bytes(_bytes(figure, suffix, DPI, FORMATS[suffix](title or alt, alt)))
    return target


def notebook_image(figure: Figure, title: str, alt: str) -> MimeBundle:
    """Return the figure as a PNG with its metadata for a notebook, as wide as on paper."""
    data = _bytes(figure, "png", NOTEBOOK_DPI, _png(title or alt, alt))
    text = f"{title}: {alt}" if title else alt
    about = {"width": round(figure.get_figwidth() * 96), "alt": text}
    image = b64encode(data).decode("ascii")
    return {"image/png": image, "text/plain": text}, {"image/png": about}


def _bytes(figure: Figure, suffix: str, dpi: int, options: Mapping[str, Any]) -> bytes:
    buffer = BytesIO()
    fonts = lean_fonts(figure) if suffix == "pdf" else nullcontext()
    with styled(), fonts:
        figure.savefig(buffer, format=suffix, dpi=dpi, **options)
    return buffer.getvalue()
