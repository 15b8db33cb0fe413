"""How large circles and how wide lines are, and which of both a legend shows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.numbers import compact
from metaan.plots.networks.graph_evidence import (
    EDGE_WIDTHS,
    EQUAL,
    NODE_SIZES,
    PRECISION,
    GraphEvidence,
)
from metaan.plots.networks.graph_record import GraphScale

LARGEST, LEAST_LARGEST, SMALLEST = 15.0, 7.0, 2.6  # radii
ROOMY = 13  # treatments that share the page with circles of full size
MIDDLING = 0.55  # of the largest, where all are equal
WIDEST, THINNEST, PLAIN_WIDTH = 8.0, 0.7, 1.4
STEPS = (1.0, 2.0, 5.0, 10.0)


def node_radii(evidence: GraphEvidence, size: str) -> Floats:
    """Return the radii of the circles, shape (n,), points: areas are in proportion."""
    values = NODE_SIZES[size].values(evidence)
    largest = max(LARGEST * math.sqrt(min(1.0, ROOMY / len(values))), LEAST_LARGEST)
    if size == EQUAL:
        return np.full(len(values), MIDDLING * largest)
    return np.asarray(np.maximum(largest * np.sqrt(values / values.max()), SMALLEST))


def edge_widths(evidence: GraphEvidence, width: str) -> Floats:
    """Return the widths of the lines, shape (p,), points: in proportion, but never unseen."""
    values = EDGE_WIDTHS[width].values(evidence)
    if width == EQUAL:
        return np.full(len(values), PLAIN_WIDTH)
    # A line for one study of three is no beam: the widest takes what the numbers ask for.
    least = float(values[values > 0].min())
    widest = min(WIDEST, 2.2 * (float(values.max()) / least))
    return np.asarray(np.maximum(max(widest, PLAIN_WIDTH) * values / values.max(), THINNEST))


def graph_scales(
    evidence: GraphEvidence, size: str, width: str, *, radii: Floats, widths: Floats
) -> tuple[GraphScale, ...]:
    """Return what sizes and widths stand for; nothing for what is equal."""
    scales = []
    if size != EQUAL:
        row = NODE_SIZES[size]
        marks = _marks(row.values(evidence), radii, _whole, 0.5)
        scales.append(GraphScale(kind="circle", head=row.name, marks=marks))
    if width != EQUAL:
        line = EDGE_WIDTHS[width]
        told = _two_digits if width == PRECISION else _whole
        marks = _marks(line.values(evidence), widths, told, 1.0)
        scales.append(GraphScale(kind="line", head=line.name, marks=marks))
    return tuple(scales)


def _marks(
    values: Floats, sizes: Floats, told: Callable[[float], str], power: float
) -> tuple[tuple[str, float], ...]:
    """Return the smallest, a middle and the largest number with their sizes; all of up to 3."""
    known = np.unique(values[values > 0])
    if len(known) > 3:
        middle = _round(math.sqrt(float(known[0] * known[-1])))
        inner = [middle] if known[0] < middle < known[-1] else []
        known = np.array([known[0], *inner, known[-1]])
    least, largest, top = float(sizes.min()), float(sizes.max()), float(values.max())
    return tuple(
        (told(value), max(largest * (value / top) ** power, least)) for value in known.tolist()
    )


def _round(value: float) -> float:
    """Return the nearest of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return min((step * power for step in STEPS), key=lambda each: abs(math.log(each / value)))


def _whole(value: float) -> str:
    return f"{value:,.0f}" if value >= 10_000 else f"{value:.0f}"


def _two_digits(value: float) -> str:
    return compact(value, 2)
