"""CUTOFFS: beyond which number a measure calls a study influential, and by whose rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.numerics.tails import chi2_quantile

SOURCE = "10.1002/jrsm.11"
HALF = 0.5
MANY = 3.0  # times what is usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """A row of ``CUTOFFS``.

    Attributes
    ----------
    key, name : str
        Attribute of ``Influence`` that is compared, and how it is printed.
    rule : str
        The cut-off in words; p coefficients, k studies or clusters.
    function : callable
        ``function(k, p) -> float``; what lies beyond it, in absolute value, is influential.
    doi : str
        Whose rule.
    """

    key: str
    name: str
    rule: str
    function: Callable[[int, int], float]
    doi: str = SOURCE


def _dffits(k: int, p: int) -> float:
    return MANY * math.sqrt(p / (k - p)) if k > p else math.inf


def _cook(k: int, p: int) -> float:
    del k
    return float(chi2_quantile(HALF, p))


def _hat(k: int, p: int) -> float:
    return MANY * p / k


def _dfbetas(k: int, p: int) -> float:
    del k, p
    return 1.0


_ROWS = (
    Cutoff(key="dffits", name="|DFFITS|", rule="3 √(p / (k − p))", function=_dffits),
    Cutoff(key="cook", name="Cook's distance", rule="median of chi²(p)", function=_cook),
    Cutoff(key="hat", name="hat value", rule="3 p / k", function=_hat),
    Cutoff(key="dfbetas", name="|DFBETAS|", rule="1", function=_dfbetas),
)
CUTOFFS: Mapping[str, Cutoff] = MappingProxyType({row.key: row for row in _ROWS})


def cutoffs_for(k: int, p: int) -> dict[str, float]:
    """Return the cut-offs of k studies (or clusters) and p coefficients, by measure."""
    return {row.key: row.function(k, p) for row in _ROWS}
