"""The last hand on the texts of a figure: printable, in fonts that have their letters, or named.

Every plot ends here, so a name from a table does no harm wherever it is drawn.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from metaan.core.errors import LettersWarning
from metaan.plots.pages.faces import Faces
from metaan.plots.pages.fonts import missing
from metaan.plots.pages.letters import needs_shaping, printable
from metaan.plots.pages.typesetting import properties

MOST_LETTERS = 12
MOST_TEXTS = 4
LONGEST = 60
SHAPING_SINCE = (3, 11)  # the matplotlib that joins letters and turns lines round
STACK_LEVEL = 6  # from here to whoever called the verb that draws


def own_texts(pages: Iterable[Axes]) -> Iterator[tuple[Text, Faces]]:
    """Yield every text that metaan drew on pages, with its fonts; what users added is theirs."""
    left = list(pages)
    while left:
        page = left.pop()
        left += [inner for inner in page.child_axes if isinstance(inner, Axes)]
        for text in page.texts:
            faces = text.get_fontproperties()
            if isinstance(faces, Faces):
                yield text, faces


def page_of(figure: Figure, panel: Axes) -> Sequence[Axes]:
    """Return the page around a panel; other pages of the figure are other plots."""
    return [page for page in figure.axes if _holds(page, panel)] or figure.axes


def _holds(page: Axes, panel: Axes) -> bool:
    inner = [axes for axes in page.child_axes if isinstance(axes, Axes)]
    return page is panel or any(_holds(axes, panel) for axes in inner)


def finish_letters(figure: Figure, panel: Axes) -> None:
    """Make every text printable, give it the fonts it needs, and warn once of what is missing.

    Parameters
    ----------
    figure : Figure
        What is drawn.
    panel : Axes
        The panel of the plot; texts on its page are finished.
    """
    lines: dict[str, bool] = {}
    for text, faces in own_texts(page_of(figure, panel)):
        line = text.get_text()
        if line.isascii() and line.isprintable():
            continue
        line = printable(line)
        lines[line] = faces.bold
        size = text.get_fontsize()
        text.set_text(line)
        text.set_fontproperties(properties(faces.bold, line))
        text.set_fontsize(size)
    told = " ".join([*_lacking(lines), *_unshaped(lines)])
    if told:
        warnings.warn(told, LettersWarning, stacklevel=STACK_LEVEL)


def is_told(figure: Figure) -> bool:
    """Return whether a plot has warned of its letters, so that matplotlib need not."""
    return any(
        missing(text.get_text(), bold=faces.bold) or _not_shaped(text.get_text())
        for text, faces in own_texts(figure.axes)
    )


def _not_shaped(line: str) -> bool:
    return matplotlib.__version_info__ < SHAPING_SINCE and needs_shaping(line)


def _lacking(lines: Mapping[str, bool]) -> Iterator[str]:
    """Yield a sentence on the letters of lines, bold or not, that no font has."""
    lacking = {line: missing(line, bold=bold) for line, bold in lines.items()}
    letters = list(dict.fromkeys(letter for found in lacking.values() for letter in found))
    if letters:
        named = _listed([f"{letter} (U+{ord(letter):04X})" for letter in letters], MOST_LETTERS)
        where = _listed([_quoted(text) for text, found in lacking.items() if found], MOST_TEXTS)
        yield (
            f"No installed font has {named}, in {where}: PNG and PDF show boxes, SVG what the "
            "browser has. Install a font with these letters, for example of the Noto family "
            "(https://fonts.google.com/noto), and draw again in a new process."
        )


def _unshaped(lines: Iterable[str]) -> Iterator[str]:
    """Yield a sentence on the lines that this matplotlib cannot shape."""
    named = [_quoted(line) for line in lines if _not_shaped(line)]
    if named:
        yield (
            f"matplotlib {matplotlib.__version__} neither joins letters nor sets them from right "
            f"to left, so PNG and PDF show {_listed(named, MOST_TEXTS)} wrongly; "
            "SVG is right. Install matplotlib 3.11 or later."
        )


def _quoted(text: str) -> str:
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def _listed(items: Sequence[str], most: int) -> str:
    """Return the first items, and how many more there are."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more} more" if more > 0 else "")
