"""Networks to draw: pinned ones, made-up ones of every shape, and where lines meet texts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from metaan.core.network_effects import NetworkEffects
from metaan.plots.networks.graph_record import NetworkDiagram
from metaan.plots.pages.plot import Plot
from tests.networks.pinned import effects, linde2016
from tests.plots.looking import TOUCH, texts

LONG = "Individual cognitive behavioral therapy + antidepressant/placebo"
POINTS = 400  # on a line that is looked at


def of_studies(*studies: Sequence[str], people: dict[str, float] | None = None) -> NetworkEffects:
    """Return a network of studies, each a sequence of treatments, all effects 0.

    ``people`` are the participants of every arm, by treatment.
    """
    rows = [
        (f"Study {i + 1}", a, b)
        for i, arms in enumerate(studies)
        for a, b in itertools.combinations(arms, 2)
    ]
    study, treat1, treat2 = zip(*rows, strict=True)
    columns = {}
    if people is not None:
        columns = {
            "n1": [people[name] for name in treat1],
            "n2": [people[name] for name in treat2],
        }
    return NetworkEffects.from_arrays(
        np.zeros(len(rows)),
        se=np.full(len(rows), 0.5),
        study=study,
        treat1=treat1,
        treat2=treat2,
        columns=columns,
    )


def star(n: int) -> NetworkEffects:
    """Return a network of n treatments that were compared with usual care alone."""
    return of_studies(*(("usual care", f"treatment {i}") for i in range(n - 1)))


def complete(n: int) -> NetworkEffects:
    """Return a network in which everything was compared with everything."""
    names = [f"treatment {i}" for i in range(n)]
    return of_studies(*itertools.combinations(names, 2))


def scattered(seed: int, n: int, more: int) -> NetworkEffects:
    """Return a connected network with long and short names and some multi-arm studies."""
    rng = np.random.default_rng(seed)
    names = [f"{LONG[: int(rng.integers(3, 60))].strip()} {i}" for i in range(n)]
    tree = [(names[i], names[int(rng.integers(i))]) for i in range(1, n)]
    extra = [
        tuple(names[j] for j in rng.choice(n, int(rng.integers(2, min(n, 4) + 1)), replace=False))
        for _ in range(more)
    ]
    return of_studies(*tree, *extra)


def parts() -> NetworkEffects:
    """Return a network in three parts that no study connects."""
    triangle = [("a", "b"), ("b", "c"), ("a", "c")]
    square = [("f", "g"), ("g", "h"), ("h", "i"), ("f", "i"), ("f", "h")]
    return of_studies(*triangle, ("d with a long name, longer than others", "e"), *square)


NETWORKS = {
    "senn2013": lambda: effects("senn2013"),
    "woods2010": lambda: effects("woods2010"),
    "franchini2012": lambda: effects("franchini2012"),
    "linde2016": linde2016,
    "two": lambda: of_studies(("true acupuncture", "sham acupuncture")),
    "one study of four arms": lambda: of_studies(("a", "b", "c", "d")),
    "star": lambda: star(9),
    "path": lambda: of_studies(("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")),
    "parts": parts,
    "complete": lambda: complete(7),
    "long names": lambda: scattered(4, 9, 5),
}


def lines_on_page(plot: Plot[NetworkDiagram]) -> np.ndarray:
    """Return points along every line, shape (p, POINTS, 2), points from the lower left corner."""
    ends = np.array([(edge.start, edge.end) for edge in plot.record.edges])
    share = np.linspace(0.0, 1.0, POINTS)[None, :, None]
    along = ends[:, None, 0] * (1 - share) + ends[:, None, 1] * share
    seen = plot.axes.transData.transform(along.reshape(-1, 2))
    return seen.reshape(along.shape) * 72 / plot.figure.dpi


def struck(
    plot: Plot[NetworkDiagram], boxes: Sequence[tuple[str, np.ndarray]]
) -> list[tuple[str, int]]:
    """Return every text that lines run through, with the number of these lines."""
    lines = lines_on_page(plot)
    found = []
    for text, (x0, y0, x1, y1) in boxes:
        within = (lines > (x0, y0)).all(axis=-1) & (lines < (x1, y1)).all(axis=-1)
        if within.any():
            found.append((text, int(within.any(axis=1).sum())))
    return found


def covered(
    plot: Plot[NetworkDiagram], boxes: Sequence[tuple[str, np.ndarray]]
) -> list[tuple[str, str]]:
    """Return every text that a circle covers a part of, with its treatment."""
    nodes: list[Any] = list(plot.record.nodes)
    points = 72 / plot.figure.dpi
    centers = plot.axes.transData.transform([(node.x, node.y) for node in nodes]) * points
    scale = plot.axes.get_window_extent().width * points / plot.record.wide
    return [
        (text, node.treatment)
        for text, (x0, y0, x1, y1) in boxes
        for node, (x, y) in zip(nodes, centers, strict=True)
        if np.hypot(x - np.clip(x, x0, x1), y - np.clip(y, y0, y1)) < node.radius * scale
    ]


def faults(plot: Plot[NetworkDiagram], *, tallies: bool = False) -> list[str]:
    """Return what is wrong with the texts of a graph, all of it measured once.

    On a line or a circle, on each other, or beyond the page. With ``tallies`` texts may stand on
    lines.
    """
    boxes = texts(plot)
    told = [] if tallies else [f"{text!r} is struck out" for text, _ in struck(plot, boxes)]
    told += [f"{text!r} lies on {name!r}" for text, name in covered(plot, boxes)]
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        if (np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]) > TOUCH).all():
            told.append(f"{one!r} overlaps {other!r}")
    wide, high = plot.figure.get_size_inches() * 72
    told += [
        f"{text!r} leaves the page"
        for text, (x0, y0, x1, y1) in boxes
        if min(x0, y0) < 0 or x1 > wide or y1 > high
    ]
    return told
