"""The page of a network graph: titles over it, legend and footnotes under it; how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metaan.plots.networks.graph_legend import graph_legend, least_room
from metaan.plots.networks.graph_names import STYLE, PlacedName
from metaan.plots.networks.graph_record import (
    EDGE_COLOR,
    NODE_EDGE,
    NODE_FILL,
    GraphEdge,
    GraphNode,
    NetworkDiagram,
)
from metaan.plots.networks.graph_tallies import STYLE as TALLY_STYLE
from metaan.plots.networks.graph_tallies import Tally
from metaan.plots.pages import theme as themes
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.marks import (
    POLYGONS,
    Paint,
    Point,
    add_lines,
    add_polygons,
)
from metaan.plots.pages.page import (
    HALF_CAP,
    Opened,
    Page,
    Rule,
    Word,
    footnotes,
    stack,
    titles,
)
from metaan.plots.pages.polygons import polygon_area
from metaan.plots.pages.theme import Theme

LEAST = 250.0  # width of a page without its margins
SEEN_THROUGH = "38"  # opacity of an area, hexadecimal of 255
EDGE_WEIGHT, AREA_WEIGHT, LEADER_WEIGHT = 0.7, 0.8, 0.5


def reach_of(marker: str) -> float:
    """Return how far a marker reaches, in radii of the circle that has its area."""
    circle = polygon_area("circle") / polygon_area(marker)
    return float(circle**0.5 * max((x * x + y * y) ** 0.5 for x, y in POLYGONS[marker]))


def graph_page(record: NetworkDiagram, colors: Theme, least: float = 0.0) -> Page:
    """Return the page of a graph that is at least ``least`` points wide; the graph is centered."""
    inner = max(record.wide, LEAST, least_room(record.scales))
    page = max(least, inner + 2 * themes.MARGIN)
    room = page - 2 * themes.MARGIN
    words, top = titles(record.title, record.subtitle, room)
    left = (page - record.wide) / 2
    bottom = top + record.high
    fill = themes.PAPER if any(node.group for node in record.nodes) else NODE_FILL
    shown = record.scales or record.legend
    legend = graph_legend(
        record.scales,
        [_as_seen(entry, colors) for entry in record.legend],
        fill=fill,
        room=room,
        top=bottom + (themes.BLOCK_GAP if shown else 0.0),
    )
    notes, end = footnotes(record.notes, room, legend.end)
    names = [word for node in record.nodes for word in _name(node.name, left, top)]
    tallies = [_tally(edge.tally, left, top) for edge in record.edges if edge.tally]
    return Page(
        width=page,
        height=end + themes.MARGIN,
        left=left,
        right=left + record.wide,
        top=top,
        bottom=bottom,
        words=(*words, *names, *tallies, *legend.words, *notes),
        rules=(*_leaders(record, left, top), *legend.rules),
        shapes=legend.shapes,
    )


def _as_seen(entry: LegendEntry, colors: Theme) -> LegendEntry:
    """Return an area of the legend in the color that one area has on the paper."""
    if entry.kind != "area":
        return entry
    color, paper = (colors.color(name) for name in (entry.fill, themes.PAPER))
    share = int(SEEN_THROUGH, 16) / 255
    mixed = [
        round(share * int(color[i : i + 2], 16) + (1 - share) * int(paper[i : i + 2], 16))
        for i in (1, 3, 5)
    ]
    seen = "#" + "".join(f"{part:02x}" for part in mixed)
    return replace(entry, fill=seen, edge=seen)


def _name(name: PlacedName, left: float, top: float) -> list[Word]:
    first, _, last, _ = name.box
    x = {"left": first, "center": (first + last) / 2, "right": last}[name.align]
    return stack(name.lines, STYLE, left + x, top + name.box[1], name.align)


def _tally(tally: Tally, left: float, top: float) -> Word:
    first, above, last, below = tally.box
    return Word(
        x=left + (first + last) / 2,
        y=top + (above + below) / 2 + HALF_CAP * TALLY_STYLE.size,
        text=tally.text,
        style=TALLY_STYLE,
        align="center",
    )


def _leaders(record: NetworkDiagram, left: float, top: float) -> Iterator[Rule]:
    for node in record.nodes:
        if node.name.leader:
            (a, b), (c, d) = node.name.leader
            yield Rule(
                start=(left + a, top + b),
                end=(left + c, top + d),
                color=themes.QUIET,
                weight=LEADER_WEIGHT,
            )


def draw_graph(opened: Opened[Page], record: NetworkDiagram) -> None:
    """Draw areas, lines, numbers' grounds and circles into the panel, in points of the graph."""
    panel, colors = opened.panel, opened.theme.color
    panel.set(xlim=(0.0, record.wide), ylim=(record.high, 0.0))
    scale = opened.scale
    areas = [
        Paint(fill=colors(area.fill) + SEEN_THROUGH, edge="none", weight=0.0)
        for area in record.areas
    ]
    add_polygons(panel, [area.points for area in record.areas], areas)
    edges = sorted(record.edges, key=lambda edge: -edge.width)
    add_lines(
        panel,
        [[edge.start, edge.end] for edge in edges],
        colors(EDGE_COLOR),
        [edge.width * scale for edge in edges],
    )
    ground = opened.paint(Paint(fill=themes.PAPER, edge="none", weight=0.0))
    add_polygons(panel, [_corners(edge) for edge in record.edges if edge.tally], ground)
    nodes = sorted(record.nodes, key=lambda node: -node.radius)
    paints = [
        opened.paint(Paint(fill=node.fill, edge=NODE_EDGE, weight=EDGE_WEIGHT)) for node in nodes
    ]
    add_polygons(panel, [_outline(node) for node in nodes], paints)


def _corners(edge: GraphEdge) -> list[Point]:
    assert edge.tally is not None
    left, top, right, bottom = edge.tally.box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _outline(node: GraphNode) -> list[Point]:
    """Return the marker of a treatment, of the same area whatever its shape."""
    circle = polygon_area("circle") / polygon_area(node.marker)
    reach = node.radius * float(circle**0.5)
    return [(node.x + reach * a, node.y + reach * b) for a, b in POLYGONS[node.marker]]
