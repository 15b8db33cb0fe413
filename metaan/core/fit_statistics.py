"""A log-likelihood and its criteria."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FitStatistics:
    """A log-likelihood at the reported tau² and coefficients, and its criteria.

    Attributes
    ----------
    log_likelihood : float
        With all its constants; the restricted one with ``½ log det X'X``, so that it does not
        change with the units of the moderators.
    aic, bic, aicc : float
        ``-2 ll + 2 q``, ``-2 ll + q log m`` and ``-2 ll + 2 q m' / (m' - q - 1)``, with m the k
        studies (k - p for the restricted likelihood) and m' the greater of m and q + 2.
    parameters : int
        q: coefficients, and tau² if it was estimated.
    """

    log_likelihood: float
    aic: float
    bic: float
    aicc: float
    parameters: int
