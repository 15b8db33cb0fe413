"""What the answers of a network's fits read of the fit they belong to."""

from __future__ import annotations

from metaan.core.arrays import Floats
from metaan.core.network_effects import NetworkEffects
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.ranks.league import EffectMatrix, direct_matrix
from metaan.univariate.kernel import Plan


class AskedForEffects:
    """A fit that has effects of treatments relative to each other."""

    __slots__ = ()

    relative: RelativeEffects
    reference: str

    def _prediction_half(self) -> Floats | None:
        """Return half the widths of the prediction intervals, if the fit has them, (n, n)."""
        return None

    def direct_matrix(self) -> EffectMatrix | None:
        """Return the direct evidence of each comparison, if the fit knows its contrasts."""
        return None


class AskedForNetwork(AskedForEffects):
    """A fit by generalized least squares of the contrasts of a network."""

    __slots__ = ()

    effects: NetworkEffects
    combined: Combined
    plan: Plan
    tau2: float
    prediction_half: Floats

    def _prediction_half(self) -> Floats:
        return self.prediction_half

    def direct_matrix(self) -> EffectMatrix:
        """Return the direct evidence of each comparison; NaN where no study compares the two."""
        return direct_matrix(self.relative, self.combined)
