"""The record of a network graph: every circle, line, area and name with its place and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from metaan.plots.networks.graph_names import PlacedName
from metaan.plots.networks.graph_tallies import Tally
from metaan.plots.pages import theme
from metaan.plots.pages.legend import LegendEntry
from metaan.plots.pages.marks import Point

if TYPE_CHECKING:
    import pandas as pd

EDGE_COLOR, NODE_FILL, NODE_EDGE = theme.RULE, theme.STUDY, theme.OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """A treatment.

    Attributes
    ----------
    treatment : str
        Its name.
    x, y, radius : float
        Center and radius, points from the upper left corner of the graph.
    studies : int
        Studies with it.
    participants : float
        Participants who got it; NaN where not known.
    group : str
        Its class, which gives its color; empty without classes.
    fill, marker : str
        Name of a color of the theme; key of ``marks.POLYGONS``.
    name : PlacedName
        Its name as it stands.
    """

    treatment: str
    x: float
    y: float
    radius: float
    studies: int
    participants: float
    group: str
    fill: str
    marker: str
    name: PlacedName


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    """A direct comparison.

    Attributes
    ----------
    treat1, treat2 : str
        The two treatments, in alphabetic order.
    start, end : tuple of float
        Their centers, points.
    width : float
        Points.
    studies : int
        Studies that compare them.
    precision : float
        Summed precision of the studies' effects, ``sum 1 / (v + tau²)``, analysis scale; NaN for
        counts without a fit.
    tally : Tally or None
        The number of studies as it stands on the line; None where it is not shown.
    """

    treat1: str
    treat2: str
    start: Point
    end: Point
    width: float
    studies: int
    precision: float
    tally: Tally | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphArea:
    """Three or more treatments that studies compare with each other.

    Attributes
    ----------
    treatments : tuple of str
        Their names.
    studies : tuple of str
        Labels of the studies.
    points : tuple of points
        Corners, around their middle.
    fill : str
        Name of a color of the theme.
    """

    treatments: tuple[str, ...]
    studies: tuple[str, ...]
    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphScale:
    """What sizes of circles or widths of lines stand for.

    Attributes
    ----------
    kind : str
        "circle" or "line".
    head : str
        What they show.
    marks : tuple of (str, float)
        A number, and the radius or the width that it has, points.
    """

    kind: Literal["circle", "line"]
    head: str
    marks: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkDiagram:
    """What a network graph shows.

    Attributes
    ----------
    nodes : tuple of GraphNode
        Treatments.
    edges : tuple of GraphEdge
        Direct comparisons.
    areas : tuple of GraphArea
        Studies of three or more arms, by their treatments.
    layout, size, width : str
        Rows of ``GRAPH_LAYOUTS``, ``NODE_SIZES`` and ``EDGE_WIDTHS``.
    scales : tuple of GraphScale
        What sizes and widths stand for.
    legend : tuple of LegendEntry
        What colors stand for.
    wide, high : float
        Of the graph without titles and legend, points.
    title, subtitle : str
        Above the figure; may be empty.
    notes : tuple of str
        Footnotes.
    alt : str
        The figure in words.
    """

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    areas: tuple[GraphArea, ...]
    layout: str
    size: str
    width: str
    scales: tuple[GraphScale, ...]
    legend: tuple[LegendEntry, ...]
    wide: float
    high: float
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row per treatment, per direct comparison and per set of many arms.

        Returns
        -------
        DataFrame
            kind ("treatment", "comparison" or "arms"), treatments (in one string, with " : "
            between), studies (how many), participants (of a treatment), precision (of a
            comparison, analysis scale), group (class of a treatment), labels (of the studies of
            three or more arms), x, y (of a treatment, points from the upper left).
        """
        import pandas as pd

        nodes = [
            {
                "kind": "treatment",
                "treatments": node.treatment,
                "studies": node.studies,
                "participants": node.participants,
                "group": node.group,
                "x": node.x,
                "y": node.y,
            }
            for node in self.nodes
        ]
        edges = [
            {
                "kind": "comparison",
                "treatments": f"{edge.treat1} : {edge.treat2}",
                "studies": edge.studies,
                "precision": edge.precision,
            }
            for edge in self.edges
        ]
        areas = [
            {
                "kind": "arms",
                "treatments": " : ".join(area.treatments),
                "studies": len(area.studies),
                "labels": ", ".join(area.studies),
            }
            for area in self.areas
        ]
        columns = ["kind", "treatments", "studies", "participants", "precision", "group"]
        return pd.DataFrame([*nodes, *edges, *areas], columns=[*columns, "labels", "x", "y"])
