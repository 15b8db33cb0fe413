"""How the answers about ranks are asked for: P-scores, probabilities, partial order."""

from __future__ import annotations

from metaan.networks.asked import AskedForEffects


class RankingAnswers(AskedForEffects):
    """Answers of a fit."""

    __slots__ = ()
