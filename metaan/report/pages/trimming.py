"""A figure fitted to the page: without the title that stands over it, long ones cut for paper."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from metaan.plots.pages.page import TITLE_GAP
from metaan.plots.pages.theme import TITLE

# Height of a sheet's figure, in widths of it: A4 within the margins of the style sheet.
SHEET = 1.25
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
SIZE = f"font-size: {TITLE.size:g}px"


def without_title(root: ElementTree.Element, title: str) -> float:
    """Take the title out and return how much of the top is left empty, points; 0 if not found.

    Styles and coordinates are still as saved.
    """
    texts = [each for each in root.iter("text") if SIZE in each.get("style", "")]
    texts.sort(key=lambda each: float(each.get("y", "0")))
    wanted, found = _solid(title), ""
    lines: list[ElementTree.Element] = []
    for each in texts:
        if found == wanted:
            break
        found += _solid(each.text or "")
        lines.append(each)
    if not lines or found != wanted:
        return 0.0
    for parent in list(root.iter()):
        for child in [child for child in parent if any(child is line for line in lines)]:
            parent.remove(child)
    return len(lines) * TITLE.leading + TITLE_GAP


def _solid(text: str) -> str:
    return "".join(text.split())


def sheets(areas: list[str], top: float, bottom: float, width: float) -> list[tuple[float, float]]:
    """Return top and height of each part that a long figure is cut into, between its rows.

    Parameters
    ----------
    areas : list of str
        Path data of the rows, points.
    top, bottom, width : float
        Of the figure.

    Examples
    --------
    >>> sheets(["M0 0L9 0L9 70L0 70z", "M0 70L9 70L9 140L0 140z"], 0, 180, 100)
    [(0, 70.0), (70.0, 110.0)]
    >>> sheets([], 0, 100, 100)
    []
    """
    if bottom - top <= SHEET * width:
        return []
    ends = sorted({max(map(float, NUMBER.findall(area)[1::2])) for area in areas})
    cuts = [top]
    while bottom - cuts[-1] > SHEET * width:
        reached = [end for end in ends if cuts[-1] < end <= cuts[-1] + SHEET * width]
        if not reached:
            return []
        cuts.append(reached[-1])
    return [(start, end - start) for start, end in pairwise([*cuts, bottom])]
