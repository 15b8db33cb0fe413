"""ROBUST_KINDS: the cluster-robust covariances the library knows, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaan.core.arrays import Floats, FrozenDict
from metaan.core.robust_fit import JOINT, ROBUST
from metaan.core.wording import Method
from metaan.dependent.sandwich import Working, bias_reduced, unadjusted


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustKind:
    """A row of ``ROBUST_KINDS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    influence : callable
        ``influence(working) -> u``, see ``metaan.dependent.sandwich``.
    adjusted : bool
        Whether the covariance is multiplied by m / (m - p), m clusters and p coefficients.
    satterthwaite : bool
        Whether degrees of freedom are estimated; m - p otherwise.
    doi : str
        Where it was published.
    """

    key: str
    name: str
    influence: Callable[[Working], Floats]
    adjusted: bool
    satterthwaite: bool
    doi: str


_ROWS = (
    RobustKind(
        key="CR2",
        name="bias-reduced, Satterthwaite degrees of freedom",
        influence=bias_reduced,
        adjusted=False,
        satterthwaite=True,
        doi="10.1080/07350015.2016.1247004",
    ),
    RobustKind(
        key="CR1",
        name="times m / (m - p), t(m - p)",
        influence=unadjusted,
        adjusted=True,
        satterthwaite=False,
        doi="10.1002/jrsm.5",
    ),
    RobustKind(
        key="CR0",
        name="unadjusted, t(m - p)",
        influence=unadjusted,
        adjusted=False,
        satterthwaite=False,
        doi="10.1002/jrsm.5",
    ),
)
ROBUST_KINDS: Mapping[str, RobustKind] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_KIND = _ROWS[0].key
HOTELLING = Method(name="the approximate Hotelling T² test", doi="10.3102/1076998615606099")


def methods_of(row: RobustKind) -> Mapping[str, Method]:
    """Return the names and DOIs of what a row uses: its covariance and its joint test."""
    found = {ROBUST: Method(name=row.name, doi=row.doi)}
    return FrozenDict({**found, JOINT: HOTELLING} if row.satterthwaite else found)
