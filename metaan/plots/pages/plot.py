"""A drawn plot: its axes and the record of what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metaan.core.errors import InputError
from metaan.plots.pages.lettering import finish_letters
from metaan.plots.pages.saving import DPI, MimeBundle, notebook_image, save_figure

if TYPE_CHECKING:
    import pandas as pd


class Record(Protocol):
    """What every record of a plot answers."""

    @property
    def title(self) -> str:
        """Above the figure; may be empty."""

    @property
    def alt(self) -> str:
        """The figure in one sentence, for readers who cannot see it."""

    def to_frame(self) -> pd.DataFrame:
        """Return what is drawn as a table, reading scale."""


Drawn = TypeVar("Drawn", bound=Record, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plot(Generic[Drawn]):
    """A drawn plot; a notebook shows it once, ``save`` writes it.

    Attributes
    ----------
    figure : matplotlib Figure
        Not registered with pyplot: it goes when nothing refers to it any more.
    axes : matplotlib Axes
        The panel with the data axis; add to it what you like before saving.
    record : frozen record
        Every number and string in the figure; its class is the plot's own.
    """

    figure: Figure
    axes: Axes
    record: Drawn

    def __post_init__(self) -> None:
        """Give every text the fonts that have its letters; one warning names what none has."""
        finish_letters(self.figure, self.axes)

    @property
    def data(self) -> pd.DataFrame:
        """Return what is drawn as a DataFrame, reading scale."""
        return self.record.to_frame()

    def save(self, path: str | Path, *, dpi: float = DPI) -> Path:
        """Write the figure as .svg, .pdf or .png and return the path.

        Same record, same bytes; title and one sentence about the figure are in the file.

        Parameters
        ----------
        path : str or Path
            Its suffix chooses the format; its folder exists.
        dpi : float
            Dots per inch of a PNG. SVG and PDF hold letters and lines, and know no dots.

        Raises
        ------
        InputError
            If the suffix is another, the folder does not exist, the file cannot be written, or
            ``dpi`` makes no picture.
        """
        title, alt = self.record.title, self.record.alt
        return save_figure(self.figure, path, title=title, alt=alt, dpi=dpi)

    def show(self) -> None:
        """Show the figure in a notebook: in a loop, or before the last line of a cell.

        Raises
        ------
        InputError
            If no notebook runs.
        """
        try:
            from IPython import get_ipython
        except ImportError:
            running = None
        else:
            running = get_ipython()
        if running is None:
            raise InputError(
                "there is no notebook to show the figure in; write it instead, e.g. "
                'plot.save("figure.png")'
            )
        running.display_pub.publish(*self._repr_mimebundle_())

    def _repr_mimebundle_(self, **_: object) -> MimeBundle:
        """Return what a notebook shows: the image, once, with its width and alt text.

        Figures that pyplot holds are shown by pyplot when the cell ends: text alone here.
        """
        if getattr(self.figure, "number", None) is not None:
            return {"text/plain": repr(self)}, {}
        return notebook_image(self.figure, self.record.title, self.record.alt)

    def __repr__(self) -> str:
        """Return title and description."""
        title, alt = self.record.title, self.record.alt
        return f"{title}: {alt}" if title else alt
