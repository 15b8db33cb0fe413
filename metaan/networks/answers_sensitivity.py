"""How the answers about single studies are asked for: one left out, small-study effects."""

from __future__ import annotations

from metaan.networks.asked import AskedForNetwork


class SensitivityAnswers(AskedForNetwork):
    """Answers of a fit."""

    __slots__ = ()
