"""All cumulative rank curves in one panel."""

from __future__ import annotations

from matplotlib.axes import Axes

from metaan.core.numbers import fixed
from metaan.core.scale import IDENTITY
from metaan.plots.charts.drapery_looks import part_look
from metaan.plots.networks.rank_curves import RankCurves
from metaan.plots.pages.chart import ChartAxis, ChartFrame, open_chart
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.letters import printable
from metaan.plots.pages.marks import add_lines
from metaan.plots.pages.page import Opened, Page
from metaan.plots.pages.theme import Theme
from metaan.plots.pages.ticks import nice_ticks

LINE_WEIGHT = 1.5
PAD = 0.03
MOST_RANKS = 12  # that all have labels


def together_frame(record: RankCurves) -> ChartFrame:
    """Return axes, legend and notes around the curves of all treatments."""
    n = record.ranks
    room = PAD * max(n - 1, 1)
    ranks = range(1, n + 1) if n <= MOST_RANKS else sorted({1, *range(5, n + 1, 5)})
    ticks, labels = nice_ticks(0.0, 100 * record.top, IDENTITY)
    legend = []
    for i, curve in enumerate(record.curves):
        look, share = part_look(i), fixed(100 * curve.sucra, 0)
        label = f"{printable(curve.treatment)} ({share}%)"
        head = "SUCRA" if i == 0 else ""
        legend.append(
            LegendEntry(label=label, kind="line", edge=look.color, dashes=look.dashes, head=head)
        )
    return ChartFrame(
        x=ChartAxis(
            low=1 - room,
            high=n + room,
            ticks=tuple(float(rank) for rank in ranks),
            tick_labels=tuple(str(rank) for rank in ranks),
            label="Rank",
        ),
        y=ChartAxis(
            low=0.0,
            high=record.top * (1 + PAD),
            ticks=tuple(tick / 100 for tick in ticks),
            tick_labels=tuple(f"{text}%" for text in labels),
            label=record.height_label,
            grid=True,
        ),
        title=record.title,
        subtitle=record.subtitle,
        notes=record.notes,
        legend=tuple(legend),
    )


def draw_together(record: RankCurves, ax: Axes | None, colors: Theme) -> Opened[Page]:
    """Draw all curves into one panel, the best treatment on top."""
    opened = open_chart(together_frame(record), ax, colors)
    for i, curve in reversed(list(enumerate(record.curves))):
        look = part_look(i)
        line = [(float(rank), height) for rank, height in enumerate(curve.heights, start=1)]
        artist = add_lines(
            opened.panel, [line], colors.color(look.color), LINE_WEIGHT * opened.scale
        )
        if artist is not None:
            artist.set_linestyle([(0, look.dashes)])
    return opened
