"""How the lines of a drapery plot are told apart: by color and by dashes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from metaan.plots.pages.legend import DASHES
from metaan.plots.pages.theme import THEMES

COLORS = min(len(each.series) for each in THEMES.values())
FIRST_SERIES = 1  # the color before it is too like that of the pool
BROKEN = DASHES[1:]  # lines without gaps are studies and the pool
ROUND = math.lcm(COLORS - FIRST_SERIES, len(BROKEN))  # curves after which the same pairs come
MOST_CURVES = 2 * ROUND  # with the other pairs of color and dashes


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLook:
    """How a curve looks: name of its color, and its dashes, by which print without color goes."""

    color: str
    dashes: tuple[float, ...]


def part_look(i: int) -> LineLook:
    """Return the look of the i-th subgroup, up to ``MOST_CURVES``."""
    color = f"series {FIRST_SERIES + i % (COLORS - FIRST_SERIES)}"
    return LineLook(color=color, dashes=BROKEN[(i + i // ROUND) % len(BROKEN)])


def named_look(i: int, pools: int) -> LineLook:
    """Return the look of the i-th named study, after those of the subgroups among the pools."""
    return part_look(i + max(pools - 1, 0))
