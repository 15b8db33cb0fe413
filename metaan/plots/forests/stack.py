"""Several forest plots on one page, one under the other, each with its own axis.

For what belongs together and shares no axis: an umbrella of standardized and raw differences and
ratios.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from metaan.core.errors import InputError
from metaan.plots.forests.forest import draw_forest
from metaan.plots.forests.placing import forest_page
from metaan.plots.forests.record import ForestRows
from metaan.plots.pages.page import INCH
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.theme import find_theme

if TYPE_CHECKING:
    import pandas as pd

GAP = 14.0  # points between panels


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestStack:
    """Forest plots under each other.

    Attributes
    ----------
    parts : tuple of ForestRows
        From the top.
    """

    parts: tuple[ForestRows, ...]

    @property
    def title(self) -> str:
        """Title of the first part."""
        return self.parts[0].title

    @property
    def alt(self) -> str:
        """What a reader who cannot see the figure is told."""
        return " ".join(part.alt for part in self.parts)

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of all parts under each other, with the place of their part."""
        import pandas as pd

        frames = [part.to_frame().assign(part=i) for i, part in enumerate(self.parts)]
        return pd.concat(frames, ignore_index=True)


def draw_stack(records: Sequence[ForestRows], *, theme: str = "") -> Plot[ForestStack]:
    """Return the records drawn under each other, as wide as the widest, as high as all.

    ``theme`` is that of the first record's layout by default, for all of them.

    The ``axes`` of the plot are the panel of the first record; ``figure.axes`` has all.

    Raises
    ------
    InputError
        If there is none.
    """
    if not records:
        raise InputError("there is no forest plot to stack; give at least one record")
    theme = theme or records[0].layout.theme
    colors = find_theme(theme)
    with styled():
        natural = [forest_page(record) for record in records]
        width = max(page.width for page in natural)
        wide = [forest_page(record, width=width) for record in records]
        heights = [max(a.height, b.height) for a, b in zip(natural, wide, strict=True)]
        total = sum(heights) + GAP * (len(heights) - 1)
        figure = Figure(figsize=(width / INCH, total / INCH), dpi=100)
        figure.set_facecolor(colors.paper)
        FigureCanvasAgg(figure)
        panels, top = [], total
        for record, height in zip(records, heights, strict=True):
            box = (0.0, (top - height) / total, 1.0, height / total)
            drawn = draw_forest(record, ax=figure.add_axes(box), theme=theme)
            panels.append(drawn.axes)
            top -= height + GAP
    return Plot(figure=figure, axes=panels[0], record=ForestStack(parts=tuple(records)))
