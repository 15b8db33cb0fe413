"""SPARSE_METHODS: how odds ratios of a network are found from sparse counts, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from metaan.core.arrays import FrozenDict
from metaan.networks.sparse.firth_network import firth_effects
from metaan.networks.sparse.hypergeometric_network import hypergeometric_effects
from metaan.networks.sparse.mantel_haenszel_network import EFTHIMIOU, mantel_haenszel_effects
from metaan.networks.sparse.sparse_solution import Solution
from metaan.networks.sparse.sparse_tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseMethod:
    """A row of ``SPARSE_METHODS``.

    Attributes
    ----------
    key, name : str
        Key and name.
    doi : str
        Where it was published.
    function : callable
        Takes the arms of a connected network and gives a `Solution`.
    words : str
        What it does, as a clause.
    likelihood : str
        Name of its likelihood; empty without one.
    no_events : str
        What becomes of studies without events.
    no_events_arm : str
        What becomes of a treatment without events.
    """

    key: str
    name: str
    doi: str
    function: Callable[[Tables], Solution] = field(repr=False)
    words: str = field(repr=False)
    likelihood: str = field(repr=False)
    no_events: str = field(repr=False)
    no_events_arm: str = field(repr=False)


_ROWS = (
    SparseMethod(
        key="MH",
        name="Mantel-Haenszel",
        doi=EFTHIMIOU,
        function=mantel_haenszel_effects,
        words="Mantel-Haenszel odds ratios of the studies of each design were combined over "
        "designs by generalized least squares, without a continuity correction",
        likelihood="",
        no_events="no part",
        no_events_arm="left out of the designs in which it has none",
    ),
    SparseMethod(
        key="NCH",
        name="non-central hypergeometric",
        doi="10.1002/sim.4040",
        function=hypergeometric_effects,
        words="odds ratios common to all studies were estimated by maximum likelihood from the "
        "exact non-central hypergeometric distribution of the events of each study's arms",
        likelihood="conditional log-likelihood",
        no_events="no part",
        no_events_arm="left out where it has none in any study",
    ),
    SparseMethod(
        key="LRP",
        name="penalized logistic regression",
        doi="10.1002/sim.9562",
        function=firth_effects,
        words="odds ratios common to all studies were estimated by logistic regression with a "
        "level for each study and Firth's penalty",
        likelihood="penalized log-likelihood",
        no_events="takes part",
        no_events_arm="takes part",
    ),
)

SPARSE_METHODS: Mapping[str, SparseMethod] = FrozenDict({row.key: row for row in _ROWS})
NETWORK_MH, NCH, LRP = SPARSE_METHODS
DEFAULT_SPARSE = NETWORK_MH
