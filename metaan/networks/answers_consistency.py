"""How the answers about consistency are asked for: node splits, designs, loops, net heat."""

from __future__ import annotations

from metaan.networks.asked import AskedForNetwork


class ConsistencyAnswers(AskedForNetwork):
    """Answers of a fit."""

    __slots__ = ()
