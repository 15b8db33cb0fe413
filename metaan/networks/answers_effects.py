"""How effects are asked for: one effect, all against a reference, league tables."""

from __future__ import annotations

from metaan.core.estimate import Estimate
from metaan.networks.asked import AskedForEffects


class EffectAnswers(AskedForEffects):
    """Answers of a fit about the effects of its treatments."""

    __slots__ = ()

    @property
    def treatments(self) -> tuple[str, ...]:
        """Names of the treatments, in alphabetic order."""
        return self.relative.treatments

    def effect(self, treatment: str, control: str | None = None) -> Estimate:
        """Return the effect of a treatment against another one.

        Parameters
        ----------
        treatment, control : str
            Names; the control is the fit's reference by default.

        Raises
        ------
        ChoiceError
            If a name is unknown; the nearest is offered.
        """
        return self.relative.effect(treatment, self.reference if control is None else control)
