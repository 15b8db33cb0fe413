"""What the answers of a network's fits read of the fit they belong to."""

from __future__ import annotations

from metaan.core.network_effects import NetworkEffects
from metaan.networks.combined import Combined
from metaan.networks.relative import RelativeEffects
from metaan.univariate.kernel import Plan


class AskedForEffects:
    """A fit that has effects of treatments relative to each other."""

    __slots__ = ()

    relative: RelativeEffects
    reference: str


class AskedForNetwork(AskedForEffects):
    """A fit by generalized least squares of the contrasts of a network."""

    __slots__ = ()

    effects: NetworkEffects
    combined: Combined
    plan: Plan
    tau2: float
