"""What to do with contrasts or counts that nobody has combined yet, for messages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from metaan.core.network_counts import NetworkCounts
from metaan.core.network_effects import NetworkEffects

REMEDIES: Mapping[type, str] = MappingProxyType(
    {
        NetworkEffects: "Fit it first: ma.network(effects)",
        NetworkCounts: "Fit it first: ma.sparse_network(counts)",
    }
)


def got(given: object) -> str:
    """Return what was given, and how a fit is made of it where that is plain.

    Examples
    --------
    >>> got(3)
    'got int'
    """
    told = f"got {type(given).__name__}"
    remedy = REMEDIES.get(type(given))
    return f"{told}. {remedy}" if remedy else told
