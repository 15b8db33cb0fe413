"""How the between-study variance of a fit was found."""

from __future__ import annotations

from dataclasses import dataclass

from metaan.core.numbers import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """How tau² was found; it always is.

    Attributes
    ----------
    how : str
        "none" (common effect), "fixed" (by the caller), "formula", "search" or "border" (a search
        that ended at tau² = 0).
    steps : int
        Steps of the last search; 0 where there was none.
    maxima : int
        Local maxima of the likelihood that were compared; 1 for other estimators.
    """

    how: str
    steps: int = 0
    maxima: int = 1

    def __str__(self) -> str:
        """Return it in words."""
        words = {
            "none": "no tau² in the model",
            "fixed": "tau² fixed by the caller",
            "formula": "closed form",
            "search": f"solved to machine precision in {counted(self.steps, 'step')}",
            "border": "at the border, tau² = 0",
        }
        rivals = f", the highest of {self.maxima} maxima" if self.maxima > 1 else ""
        return words[self.how] + rivals
