"""Every layout at every size: texts apart and on the page, diamonds centered on their rows.

Asked of the renderer. Sizes 63 and 200 are drawn plain with short labels, and in subgroups with
long ones: what lies between them differs in nothing that these two do not show.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.text import Text

from metaan.core.arrays import Floats
from metaan.core.bias import RiskOfBias, find_tool
from metaan.plots.forests.forest import forest
from metaan.plots.forests.layouts import LAYOUTS
from metaan.plots.forests.record import ForestRow, ForestRows
from metaan.plots.pages.page import HALF_CAP
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.theme import THEMES
from tests.plots import builders as make
from tests.plots.looking import misplaced

SMALL, LARGE = (1, 3, 13), (63, 200)
CASES = [
    *((k, split, long) for k in SMALL for split in (False, True) for long in (False, True)),
    *((k, both, both) for k in LARGE for both in (False, True)),
]
DIAMONDS = ("pool", "total", "published")
TITLE = "Acupuncture against sham, and the words that a title takes to say all of it at length"


def drawn(k: int, layout: str, *, split: bool, long: bool, kind: str) -> Plot[ForestRows]:
    """Return a plot with everything in it."""
    fit = make.pooled_or_split(make.many(k, kind, long_labels=long), split=split)
    numbers = (0.68, 0.46, 1.01) if kind == "binary" else (-0.4, -0.9, -0.1)
    citation = make.LONG if long else "Mu 2020"
    return forest(
        fit,
        title=TITLE,
        published=[make.published(*numbers, citation=citation)],
        favors=("Favors acupuncture with electrical stimulation", "Favors sham"),
        layout=layout,
    )


def heights(plot: Plot[ForestRows], y: Floats) -> Floats:
    """Return where heights of the panel lie on the canvas, points from its foot."""
    places = plot.axes.transData.transform(np.column_stack([np.zeros_like(y), y]))
    return np.asarray(places[:, 1] * 72 / plot.figure.dpi)


def diamonds(plot: Plot[ForestRows], row: ForestRow) -> list[float]:
    """Return the heights, on the canvas, of the middles of the diamonds with a row's numbers."""
    found = []
    for artist in plot.axes.collections:
        paths = artist.get_paths() if isinstance(artist, PolyCollection) else []
        for corners in (np.asarray(path.vertices)[:-1] for path in paths):
            ends = (row.low, row.value, row.high, row.value)
            if corners.shape == (4, 2) and np.array_equal(corners[:, 0], ends):
                left, top, right, bottom = heights(plot, corners[:, 1])
                assert left == right == pytest.approx((top + bottom) / 2, abs=1e-9)
                found.append(float(left))
    return found


def label_middles(plot: Plot[ForestRows], row: ForestRow) -> list[float]:
    """Return the heights, on the canvas, of the middle of the first word of a row's label."""
    found = []
    word = row.label.split(" ")[0]
    for text in plot.figure.findobj(Text):
        assert isinstance(text, Text)
        if text.get_text().split(" ")[0] == word:
            y = text.get_transform().transform(text.get_position())[1] * 72 / plot.figure.dpi
            found.append(float(y) + HALF_CAP * float(text.get_fontsize()))
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("k", "split", "long"), CASES)
def test_texts_stay_apart_and_diamonds_on_their_rows(
    layout: str, k: int, split: bool, long: bool
) -> None:
    """No two texts overlap, none leaves the canvas, every diamond is centered on its row."""
    kind = "continuous" if split == long else "binary"
    plot = drawn(k, layout, split=split, long=long, kind=kind)
    assert misplaced(plot) == ([], [])
    for row in plot.record.rows:
        if row.kind in DIAMONDS:
            middles, labels = diamonds(plot, row), label_middles(plot, row)
            assert middles
            if len(row.label) < 20:  # in one line, or its first line is not the middle
                assert min(abs(a - b) for a in middles for b in labels) < 0.1


WORDS = ("short", "some words " * 9, "Aword" * 20, "")
NAMES = ("arms", "effect", "weight", "n", "se", "year", "what_was_given_to_the_patients")


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_asked_for_stays_apart(seed: int) -> None:
    """Columns at either side in any order, lights, colors, markers, axes, words of any length."""
    chance = np.random.default_rng(seed)
    k, kind = int(chance.integers(1, 9)), str(chance.choice(make.COLUMN_KINDS))
    studies = make.many(k, kind, long_labels=bool(chance.integers(2)))
    own = {"year": range(1990, 1990 + k), NAMES[-1]: chance.choice(WORDS, k).tolist()}
    studies = replace(
        studies, columns={**studies.columns, **{n: tuple(c) for n, c in own.items()}}
    )
    domains = find_tool("RoB2").domains
    keys = ("low", "some", "high", "")
    rows = tuple(tuple(str(key) for key in chance.choice(keys, len(domains))) for _ in range(k))
    bias = RiskOfBias(tool="RoB2", study=tuple(studies.study), domains=domains, judgments=rows)
    names = [str(name) for name in chance.permutation(NAMES)]
    cut = int(chance.integers(len(names) + 1))
    plot = forest(
        make.pooled_or_split(studies, split=bool(chance.integers(2))),
        title=TITLE,
        favors=(str(chance.choice(WORDS)), "Favors sham"),
        layout=str(chance.choice(list(LAYOUTS))),
        left=names[:cut],
        right=names[cut:],
        color=NAMES[-1],
        marker=NAMES[-1],
        bias=bias,
        important=(0.8, 1.25),
        theme=str(chance.choice(list(THEMES))),
    )
    with styled():
        assert misplaced(plot) == ([], [])
