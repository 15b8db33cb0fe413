"""How the flow of evidence is asked for: direct evidence, hat matrix, contributions."""

from __future__ import annotations

from metaan.networks.asked import AskedForNetwork


class StructureAnswers(AskedForNetwork):
    """Answers of a fit."""

    __slots__ = ()
