"""PACKAGES of R whose calls are written, and TOLERANCES: how nearly their numbers are ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metaan.core.arrays import FrozenDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A row of ``PACKAGES``.

    Attributes
    ----------
    key : str
        Its name.
    version : str
        With which metaan's numbers were compared.
    executed : bool
        Whether the tests run its calls where it is installed; else they compare with numbers that
        this version gave once.
    later : str
        Version that gave the numbers of calls that the tests cannot run; empty if that is the
        same.
    """

    key: str
    version: str
    executed: bool
    later: str = ""


_ROWS = (
    Package(key="metafor", version="3.8.1", executed=True, later="5.1.0"),
    Package(key="meta", version="8.3.0", executed=False),
    Package(key="netmeta", version="3.4.0", executed=False),
)
PACKAGES: Mapping[str, Package] = FrozenDict({row.key: row for row in _ROWS})
METAFOR, META, NETMETA = _ROWS
BASE = Package(key="R", version="4.2.2", executed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of ``TOLERANCES``.

    Attributes
    ----------
    key : str
        Kind of numbers.
    tolerance : float
        The largest difference, as `RCall` measures it.
    reason : str
        Why that much.
    """

    key: str
    tolerance: float
    reason: str


# Measured over every call that tests/reference/test_r_calls.py makes.
_KINDS = (
    Kind(key="closed", tolerance=1e-10, reason="closed forms on both sides"),
    Kind(key="iterative", tolerance=1e-8, reason="two searches, R's at a lowered threshold"),
    Kind(key="fixed search", tolerance=1e-4, reason="R's search takes no threshold"),
    Kind(key="multivariate", tolerance=1e-6, reason="rma.mv's optimizer, as tight as it ends"),
    Kind(key="likelihood", tolerance=1e-3, reason="R's optimizer, or its approximate integrals"),
    Kind(key="laplace", tolerance=2e-2, reason="R's Laplace approximation of two integrals"),
    Kind(key="flat", tolerance=2e-2, reason="R's optimizer on a likelihood that is nearly flat"),
    Kind(key="breslow", tolerance=2e-2, reason="R maximizes Breslow's approximation"),
    Kind(key="drawn", tolerance=5e-2, reason="random draws on either side"),
)
TOLERANCES: Mapping[str, Kind] = FrozenDict({row.key: row for row in _KINDS})
CLOSED, ITERATIVE, FIXED_SEARCH, MULTIVARIATE, LIKELIHOOD, LAPLACE, FLAT, BRESLOW, DRAWN = _KINDS
