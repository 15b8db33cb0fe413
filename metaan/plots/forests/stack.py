"""Several forest plots on one page, one under the other, each with its own axis.

For what belongs together and shares no axis: an umbrella of standardized and raw differences and
ratios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from metaan.core.errors import InputError
from metaan.plots.forests.forest import INCH, Forest, draw_forest
from metaan.plots.forests.placing import forest_layout
from metaan.plots.forests.record import ForestRows
from metaan.plots.pages.saving import MimeBundle, notebook_image, save_figure, styled

GAP = 14.0  # points between panels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForestStack:
    """Forest plots drawn under each other.

    Attributes
    ----------
    figure : matplotlib Figure
        Not registered with pyplot.
    parts : tuple of Forest
        The panels, from the top.
    """

    figure: Figure
    parts: tuple[Forest, ...]

    @property
    def alt(self) -> str:
        """What a reader who cannot see the figure is told."""
        return " ".join(part.rows.alt for part in self.parts)

    def save(self, path: str | Path) -> Path:
        """Write the figure as .svg, .pdf or .png and return the path; InputError otherwise."""
        title = self.parts[0].rows.title
        return save_figure(self.figure, path, title=title, alt=self.alt)

    def _repr_mimebundle_(self, **_: object) -> MimeBundle:
        """Return what a notebook shows: the image, once, with its width and alt text."""
        return notebook_image(self.figure, self.parts[0].rows.title, self.alt)

    def __repr__(self) -> str:
        """Return title and description."""
        return f"{self.parts[0].rows.title}: {self.alt}"


def draw_stack(records: Sequence[ForestRows]) -> ForestStack:
    """Return the records drawn under each other, as wide as the widest, as high as all.

    Raises
    ------
    InputError
        If there is none.
    """
    if not records:
        raise InputError("there is no forest plot to stack; give at least one record")
    with styled():
        natural = [forest_layout(record) for record in records]
        width = max(layout.width for layout in natural)
        wide = [forest_layout(record, width=width) for record in records]
        heights = [max(a.height, b.height) for a, b in zip(natural, wide, strict=True)]
        total = sum(heights) + GAP * (len(heights) - 1)
        figure = Figure(figsize=(width / INCH, total / INCH), dpi=100)
        FigureCanvasAgg(figure)
        parts, top = [], total
        for record, height in zip(records, heights, strict=True):
            box = (0.0, (top - height) / total, 1.0, height / total)
            parts.append(draw_forest(record, ax=figure.add_axes(box)))
            top -= height + GAP
    return ForestStack(figure=figure, parts=tuple(parts))
