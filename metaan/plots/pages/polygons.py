"""POLYGONS: the markers by name, as corners; no drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

Point = tuple[float, float]


def _around(corners: int, turn: float = 0.0) -> tuple[Point, ...]:
    """Return a regular polygon in the unit circle; ``turn`` moves it by parts of a corner."""
    angles = [2 * math.pi * (i + turn) / corners for i in range(corners)]
    return tuple((math.sin(angle), -math.cos(angle)) for angle in angles)


# Markers by name, about as heavy as each other, in a circle of about one around 0; y downwards.
POLYGONS: Mapping[str, tuple[Point, ...]] = MappingProxyType(
    {
        "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
        "circle": _around(40),
        "diamond": tuple((1.2 * x, 1.2 * y) for x, y in _around(4)),
        "triangle": tuple((1.2 * x, 1.2 * y) for x, y in _around(3)),
        "triangle_down": tuple((1.2 * x, -1.2 * y) for x, y in _around(3)),
        "pentagon": tuple((1.1 * x, 1.1 * y) for x, y in _around(5)),
        "hexagon": _around(6),
    }
)


@cache
def polygon_area(shape: str) -> float:
    """Return the area of a polygon (Gauss's trapezoids)."""
    points = POLYGONS[shape]
    turned = (*points[1:], points[0])
    pairs = zip(points, turned, strict=True)
    return abs(sum(a * d - c * b for (a, b), (c, d) in pairs)) / 2
