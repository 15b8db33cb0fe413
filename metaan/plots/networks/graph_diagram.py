"""From a network to the record of its graph; no matplotlib here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Unpack

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.network_counts import NetworkCounts
from metaan.core.numbers import counted, listed
from metaan.core.wording import counted_studies
from metaan.plots.charts.bubble_colors import Look, look_of
from metaan.plots.forests.footnotes import footnotes, left_out
from metaan.plots.forests.network_rows import lost_studies
from metaan.plots.networks.graph_evidence import (
    EDGE_WIDTHS,
    MANY_ARMS,
    NODE_SIZES,
    PARTICIPANTS,
    PRECISION,
    STUDIES,
    GraphEvidence,
    Network,
    graph_evidence,
)
from metaan.plots.networks.graph_names import Spread
from metaan.plots.networks.graph_options import GraphAsked, GraphOptions, graph_asked
from metaan.plots.networks.graph_page import reach_of
from metaan.plots.networks.graph_places import (
    DEFAULT_GRAPH_LAYOUT,
    GRAPH_LAYOUTS,
    GraphLayout,
    PlacedPart,
    beside,
    ordered,
    settle,
)
from metaan.plots.networks.graph_record import (
    NODE_FILL,
    GraphArea,
    GraphEdge,
    GraphNode,
    NetworkDiagram,
)
from metaan.plots.networks.graph_scales import edge_widths, graph_scales, node_radii
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.letters import printable

RIM = 1.5  # around the graph, for the edges of circles
AREA_FILLS = 4  # sets of many arms that have colors of their own
ONE_FILL = theme.STUDY
CROWDED = (
    "Too many lines for names between them: treatments stand on a circle, whatever the layout."
)


def network_diagram(
    net: Network,
    *,
    layout: str = DEFAULT_GRAPH_LAYOUT,
    size: str = PARTICIPANTS,
    width: str = STUDIES,
    **options: Unpack[GraphOptions],
) -> NetworkDiagram:
    """Return what a network graph shows; see `network_graph`."""
    evidence = graph_evidence(net)
    asked = graph_asked(options, evidence.treatments)
    way = look_up(GRAPH_LAYOUTS, layout, argument="layout", what="a layout of a network")
    shown = look_up(NODE_SIZES, size, argument="size", what="a size of circles").key
    wide_by = look_up(EDGE_WIDTHS, width, argument="width", what="a width of lines").key
    if shown == PARTICIPANTS and evidence.unknown:
        shown = STUDIES
    if wide_by == PRECISION and np.isnan(evidence.pair_precision).any():
        raise InputError(
            f'width="{PRECISION}" needs variances, which counts do not have; combine them with '
            'sparse_network(counts), or make contrasts with network_effects(table, "OR")'
        )
    radii, widths = node_radii(evidence, shown), edge_widths(evidence, wide_by)
    looks = _looks(evidence, asked)
    reaches = radii * np.array([reach_of(look.marker) for look in looks])
    parts, crowded = _parts(evidence, asked, way, reaches=reaches, widths=widths)
    placed, wide, high = beside(parts)
    placed = [part.moved(RIM, RIM) for part in placed]
    nodes = _nodes(evidence, placed, radii, looks, asked)
    notes = _notes(evidence, placed, asked, fell_back=shown != size)
    areas = tuple(_areas(evidence, nodes)) if asked.polygons else ()
    source = evidence.source
    coverage = counted_studies(source.k, source.k_left_out)
    default = f"Network of {counted(len(nodes), 'treatment')} in {coverage}"
    return NetworkDiagram(
        nodes=nodes,
        edges=tuple(_edges(evidence, placed, nodes, widths)),
        areas=areas,
        layout=way.key,
        size=shown,
        width=wide_by,
        scales=graph_scales(evidence, shown, wide_by, radii=radii, widths=widths),
        legend=(*_classes_legend(asked), *_areas_legend(areas)),
        wide=wide + 2 * RIM,
        high=high + 2 * RIM,
        title=asked.texts.title if asked.titled else default,
        subtitle=asked.texts.subtitle,
        notes=(*((CROWDED,) if crowded else ()), *notes),
        alt=_alt(evidence, parts),
    )


def _parts(
    evidence: GraphEvidence,
    asked: GraphAsked,
    way: GraphLayout,
    *,
    reaches: Floats,
    widths: Floats,
) -> tuple[list[PlacedPart], bool]:
    """Return the connected parts, and whether one had to stand on a circle."""
    found, crowded = [], False
    ring = GRAPH_LAYOUTS[DEFAULT_GRAPH_LAYOUT]
    for treatments in evidence.source.layout.parts():
        place = {int(t): i for i, t in enumerate(treatments)}
        lines = np.flatnonzero(np.isin(evidence.pairs[:, 0], treatments))
        pairs = np.array([[place[i], place[j]] for i, j in evidence.pairs[lines].tolist()])
        told = [place[i] for i in asked.order if i in place]
        order = ordered(len(treatments), pairs, told)
        names = [evidence.treatments[i] for i in treatments.tolist()]
        counts = evidence.pair_studies[lines] if asked.counts else None
        for each in (way, ring):
            centers, outward = each.places(len(treatments), pairs, order, asked.rng)
            spread = Spread(
                centers=centers,
                radii=reaches[treatments],
                pairs=pairs,
                half=widths[lines] / 2,
                outward=outward,
            )
            settled = settle(spread, names, counts)
            if settled is not None:
                break
            crowded = True
        assert settled is not None  # on a ring there is room for every name
        found.append(
            PlacedPart(
                treatments=treatments,
                lines=lines,
                spread=settled[0],
                names=tuple(settled[1]),
                tallies=tuple(settled[2]),
            )
        )
    return found, crowded


def _looks(evidence: GraphEvidence, asked: GraphAsked) -> list[Look]:
    classes = list(dict.fromkeys(asked.color.values()))
    if not classes:
        return [Look(fill=NODE_FILL)] * len(evidence.treatments)
    return [look_of(classes.index(asked.color[name])) for name in evidence.treatments]


def _nodes(
    evidence: GraphEvidence,
    parts: Sequence[PlacedPart],
    radii: Floats,
    looks: Sequence[Look],
    asked: GraphAsked,
) -> tuple[GraphNode, ...]:
    """Return the circles in the order of the treatments."""
    found: dict[int, GraphNode] = {}
    for part in parts:
        for at, i in enumerate(part.treatments.tolist()):
            x, y = part.spread.centers[at].tolist()
            treatment = evidence.treatments[i]
            found[i] = GraphNode(
                treatment=treatment,
                x=x,
                y=y,
                radius=float(radii[i]),
                studies=int(evidence.studies[i]),
                participants=float(evidence.participants[i]),
                group=asked.color.get(treatment, ""),
                fill=looks[i].fill,
                marker=looks[i].marker,
                name=part.names[at],
            )
    return tuple(found[i] for i in range(len(found)))


def _edges(
    evidence: GraphEvidence,
    parts: Sequence[PlacedPart],
    nodes: Sequence[GraphNode],
    widths: Floats,
) -> Iterator[GraphEdge]:
    tallies = {
        int(line): tally
        for part in parts
        for line, tally in zip(part.lines, part.tallies, strict=True)
    }
    for i, (one, other) in enumerate(evidence.pairs.tolist()):
        yield GraphEdge(
            treat1=nodes[one].treatment,
            treat2=nodes[other].treatment,
            start=(nodes[one].x, nodes[one].y),
            end=(nodes[other].x, nodes[other].y),
            width=float(widths[i]),
            studies=int(evidence.pair_studies[i]),
            precision=float(evidence.pair_precision[i]),
            tally=tallies[i],
        )


def _areas(evidence: GraphEvidence, nodes: Sequence[GraphNode]) -> Iterator[GraphArea]:
    few = len(evidence.designs) <= AREA_FILLS
    for i, design in enumerate(evidence.designs):
        corners = [nodes[j] for j in design.treatments]
        x = math.fsum(node.x for node in corners) / len(corners)
        y = math.fsum(node.y for node in corners) / len(corners)
        around = sorted(corners, key=lambda node: math.atan2(node.y - y, node.x - x))
        yield GraphArea(
            treatments=tuple(node.treatment for node in corners),
            studies=design.studies,
            points=tuple((node.x, node.y) for node in around),
            fill=f"series {i}" if few else ONE_FILL,
        )


def _classes_legend(asked: GraphAsked) -> Iterator[LegendEntry]:
    for i, name in enumerate(dict.fromkeys(asked.color.values())):
        look = look_of(i)
        yield LegendEntry(label=name, fill=look.fill, edge=theme.OURS, marker=look.marker)


def _areas_legend(areas: Sequence[GraphArea]) -> Iterator[LegendEntry]:
    """Yield what areas stand for: who was compared, where each has a color of its own."""
    if len({area.fill for area in areas}) == len(areas):
        for i, area in enumerate(areas):
            names = ", ".join(printable(name) for name in area.treatments)
            label = f"{names} ({len(area.studies)})"
            head = f"Studies of {MANY_ARMS} or more arms" if i == 0 else ""
            yield LegendEntry(label=label, kind="area", fill=area.fill, head=head)
        return
    k = sum(len(area.studies) for area in areas)
    told = f"Studies of {MANY_ARMS} or more arms ({k})"
    yield LegendEntry(label=told, kind="area", fill=areas[0].fill)


def _notes(
    evidence: GraphEvidence,
    parts: Sequence[PlacedPart],
    asked: GraphAsked,
    *,
    fell_back: bool,
) -> tuple[str, ...]:
    """Return the footnotes: what could not be shown, then remarks of the data."""
    told = []
    source = evidence.source
    if fell_back:
        arms = len(source.layout.arm_study)
        some = "" if evidence.unknown == arms else f" for {evidence.unknown} of {arms} arms"
        told.append(f"Numbers of participants are not known{some}: circles show studies.")
    lost = sum(part.tallies.count(None) for part in parts) if asked.counts else 0
    if lost:
        verb = "has no free place and is" if lost == 1 else "have no free place and are"
        told.append(
            f"{lost} of {counted(len(evidence.pairs), 'number')} of studies {verb} left out."
        )
    if isinstance(source, NetworkCounts):
        without = tuple(lost_studies(source.left_out, source.studies))
    else:
        without = left_out(source.left_out, source.k)
    remarks = footnotes((*without, *source.remarks))
    return asked.texts.footnotes(told, [printable(each) for each in remarks])


def _alt(evidence: GraphEvidence, parts: Sequence[PlacedPart]) -> str:
    source, names = evidence.source, evidence.treatments
    told = (
        f"Network graph of {counted(len(names), 'treatment')} in "
        f"{counted_studies(source.k, source.k_left_out)}"
    )
    if len(parts) > 1:
        told += f", in {len(parts)} parts that no study connects"
    p = len(evidence.pairs)
    told += f"; {counted(p, 'direct comparison')} of {len(names) * (len(names) - 1) // 2}"
    many = sum(len(design.studies) for design in evidence.designs)
    if many:
        told += f"; {counted(many, 'study', 'studies')} of {MANY_ARMS} or more arms"
    most = int(np.argmax(evidence.studies))
    told += f". Most studies: {printable(names[most])} ({evidence.studies[most]})"
    line = int(np.argmax(evidence.pair_studies))
    pair = listed([printable(names[i]) for i in evidence.pairs[line].tolist()])
    told += f"; most often compared: {pair} ({evidence.pair_studies[line]})"
    return f"{told}."
