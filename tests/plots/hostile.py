"""Names that break figures elsewhere, and figures with these names on both kinds of page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import pandas as pd
import pytest

from metaan.plots.forests.forest import forest
from metaan.plots.pages.chart import ChartAxis, ChartFrame, open_chart
from metaan.plots.pages.fonts import missing
from metaan.plots.pages.labels import PointLabel
from metaan.plots.pages.plot import Plot
from metaan.plots.pages.saving import styled
from metaan.plots.pages.swatches import LegendEntry
from metaan.plots.pages.theme import find_theme
from tests.plots import builders as make

# As given, and as they are to be read in the figure.
NAMES = {
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    '"><svg onload=x>': '"><svg onload=x>',
    "$x_{": "$x_{",
    r"$\frac{1}{2}$ \alpha": r"$\frac{1}{2}$ \alpha",
    "100% \\": "100% \\",
    "]]> &amp; <!--": "]]> &amp; <!--",
    "two\nlines\r\n\tand\u2028more": "two lines and more",
    "NUL\x00 bell\x07 C1\x85": "NUL bell C1",
    "half \ud83d letter": "half � letter",
    "none \ufffe\uffff\U0001ffff": "none ���",
    "over\u202eride\u202c": "override",
    "is\u2066ol\u2069ate": "isolate",
    "z\u200be\u200dr\u2060o\ufeff": "zero",
    "soft\u00adhyphen": "softhyphen",
    "smile \U0001f600": "smile \U0001f600",
    "Łódź Ångström É": "Łódź Ångström É",
    "x" * 300: "x" * 300,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The least that a record of a chart has."""

    frame: ChartFrame
    title: str
    alt: str

    def to_frame(self) -> pd.DataFrame:
        """Return the labels."""
        return pd.DataFrame({"label": [label.text for label in self.frame.labels]})


def forest_of(names: Sequence[str], **options: object) -> Plot:
    """Return a forest plot of studies with these names."""
    studies = make.effects([0.1] * len(names), [1.0] * len(names), study=names)
    return forest(studies, **options)  # type: ignore[arg-type]


def chart_of(names: Sequence[str], title: str = "") -> Plot[Frame]:
    """Return a chart page with these names beside points, in its legend, and under its axis.

    Nobody has cleaned them: the page has to stand what a chart forgets.
    """
    count = len(names)
    labels = tuple(
        PointLabel(x=0.02, y=i + 0.5, text=name) for i, name in enumerate(names) if len(name) < 60
    )
    frame = ChartFrame(
        x=ChartAxis(low=0.0, high=1.0, ticks=(0.0, 1.0), tick_labels=("0", "1"), label=names[0]),
        y=ChartAxis(low=0.0, high=float(count)),
        title=title,
        notes=tuple(names),
        legend=tuple(LegendEntry(label=name) for name in names if len(name) < 60),
        labels=labels,
        width=420.0,
        height=20.0 * count,
    )
    record = Frame(frame=frame, title=title, alt=f"A chart with {names[0]}.")
    with styled():
        opened = open_chart(frame, None, find_theme("light"))
    return Plot(figure=opened.figure, axes=opened.panel, record=record)


PAGES = {"forest": forest_of, "chart": chart_of}


def needs_letters(letters: str) -> None:
    """Skip a test for whose letters no font is installed; in CI a skip is a failure."""
    lacking = missing(letters)
    if lacking:
        pytest.skip(
            f"no installed font has {''.join(lacking)}: apt-get install fonts-droid-fallback"
        )


@cache
def matplotlib_shapes() -> bool:
    """Return whether this matplotlib joins letters and turns lines round."""
    import matplotlib

    return matplotlib.__version_info__ >= (3, 11)
