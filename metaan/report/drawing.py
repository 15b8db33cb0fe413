"""A result drawn, and written in every format."""

from __future__ import annotations

from pathlib import Path

from metaan.core.errors import InputError
from metaan.plots.forest import Forest, forest
from metaan.report.recipes import Result

FORMATS = ("svg", "pdf", "png")


def drawable(result: Result) -> bool:
    """Return whether there is anything to draw: a trial or a published result."""
    return bool(result.effects is not None or result.published or result.groups)


def draw(result: Result) -> Forest:
    """Return the forest plot of a result.

    Raises
    ------
    InputError
        If there is neither a trial nor a published result; the text says what is missing.
    """
    if not drawable(result):
        reasons = "; ".join(f"{item.study}: {item.reason}" for item in result.missing)
        raise InputError(f"{result.title}: there is nothing to draw. {reasons}")
    favors = (result.spec.favors[0], result.spec.favors[1]) if result.spec.favors else None
    subject = result.fit or result.effects or result.groups or result.published
    own = result.effects is not None
    return forest(
        subject,
        title=result.title,
        subtitle=result.subtitle,
        published=result.published if own else (),
        favors=favors,
        notes=result.notes,
    )


def write_figure(plot: Forest, stem: Path) -> dict[str, Path]:
    """Write the figure in every format beside each other and return the paths by format."""
    return {kind: plot.save(stem.with_suffix(f".{kind}")) for kind in FORMATS}
