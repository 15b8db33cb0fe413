"""INFERENCES: how the standard error and the degrees of freedom of the mean are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats

StandardError = Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """A row of ``INFERENCES``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    function : callable
        ``function(total, spread, freedom) -> (se, df)`` with the sum of the weights, the weighted
        residual sum of squares and k - 1, each of shape (...).
    doi : str
        Where it was published; empty for the textbook interval.
    """

    key: str
    name: str
    function: StandardError
    doi: str


def wald(total: Floats, spread: Floats, freedom: Floats) -> tuple[Floats, Floats]:
    """Return ``1 / sqrt(sum w)`` and infinite degrees of freedom."""
    del spread
    return 1 / np.sqrt(total), np.full_like(freedom, np.inf)


def hartung_knapp(total: Floats, spread: Floats, freedom: Floats) -> tuple[Floats, Floats]:
    """Return the Hartung-Knapp-Sidik-Jonkman standard error and k - 1 degrees of freedom.

    ``se² = sum w (y - mu)² / ((k - 1) sum w)``. One study has no spread: its own standard error
    and the normal distribution are used.
    """
    alone = freedom < 1
    factor = spread / np.where(alone, 1.0, freedom)
    se = np.sqrt(np.where(alone, 1.0, factor) / total)
    return se, np.where(alone, np.inf, freedom)


def hartung_knapp_floor(total: Floats, spread: Floats, freedom: Floats) -> tuple[Floats, Floats]:
    """Return the same, its factor never below 1: not narrower than Wald's standard error."""
    return hartung_knapp(total, np.maximum(spread, freedom), freedom)


_ROWS = (
    Inference(key="WALD", name="Wald, normal", function=wald, doi=""),
    Inference(
        key="HKSJ",
        name="Hartung-Knapp-Sidik-Jonkman, t(k - 1)",
        function=hartung_knapp,
        doi="10.1002/sim.791",
    ),
    Inference(
        key="HKSJ_FLOOR",
        name="Hartung-Knapp-Sidik-Jonkman, not narrower than Wald, t(k - 1)",
        function=hartung_knapp_floor,
        doi="10.1186/s12874-015-0091-1",
    ),
)

INFERENCES: Mapping[str, Inference] = MappingProxyType({row.key: row for row in _ROWS})
WALD, HKSJ, FLOOR = (row.key for row in _ROWS)
