"""What a network graph shows of the evidence: counts of treatments, comparisons and studies.

n treatments, p pairs of treatments that studies compare directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.core.network_effects import NetworkEffects
from metaan.core.network_layout import Layout
from metaan.networks.component_fit import ComponentFit
from metaan.networks.network_fit import NetworkFit
from metaan.plots.charts.subjects import numbers_in

Network: TypeAlias = NetworkFit | ComponentFit | NetworkEffects

MANY_ARMS = 3
SIDES = ("n1", "n2")  # columns with the participants of treat1 and treat2


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Studies with the same three or more treatments.

    Attributes
    ----------
    treatments : tuple of int
        Places of the treatments.
    studies : tuple of str
        Labels of the studies.
    """

    treatments: tuple[int, ...]
    studies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GraphEvidence:
    """Counts of a network.

    Attributes
    ----------
    effects : NetworkEffects
        What was counted.
    tau2 : float
        Between-study variance that precisions allow for.
    studies : ndarray of int, shape (n,)
        Studies with each treatment.
    participants : ndarray, shape (n,)
        Participants who got each treatment; all NaN where the number of an arm is not known.
    unknown : int
        Arms whose number of participants is not known.
    pairs : ndarray of int, shape (p, 2)
        Places of the treatments of each pair, the lower first.
    pair_studies : ndarray of int, shape (p,)
        Studies that compare each pair.
    pair_precision : ndarray, shape (p,)
        Their summed precision, ``sum 1 / (v + tau²)``.
    designs : tuple of Design
        Who was compared in studies of three or more arms, most studies first.
    """

    effects: NetworkEffects
    tau2: float
    studies: Integers
    participants: Floats
    unknown: int
    pairs: Integers
    pair_studies: Integers
    pair_precision: Floats
    designs: tuple[Design, ...]

    @property
    def treatments(self) -> tuple[str, ...]:
        """Names, in alphabetic order."""
        return self.effects.treatments


def graph_evidence(net: Network) -> GraphEvidence:
    """Return the counts of a fit, or of contrasts that need not be connected.

    Raises
    ------
    InputError
        If it is something else, or has no study.
    """
    effects, tau2 = net, 0.0
    if isinstance(net, NetworkFit | ComponentFit):
        effects, tau2 = net.effects, net.tau2
    if not isinstance(effects, NetworkEffects):
        raise InputError(
            "network_graph draws a NetworkFit, a ComponentFit or NetworkEffects; got "
            f"{type(net).__name__}. Make contrasts with network_effects(table, measure), and a "
            "fit with network(effects)"
        )
    if not effects.k:
        raise InputError(
            "there is no study to draw: the network is empty; see effects.left_out for what was "
            "kept out"
        )
    layout, n = effects.layout, len(effects.treatments)
    ends = layout.arm_treatment[np.column_stack([layout.arm1, layout.arm2])]
    low, high = ends.min(axis=1), ends.max(axis=1)
    keys, place = np.unique(low * n + high, return_inverse=True)
    people = _people(effects)
    unknown = int(np.isnan(people).sum())
    total = np.asarray(np.bincount(layout.arm_treatment, weights=people, minlength=n), dtype=float)
    return GraphEvidence(
        effects=effects,
        tau2=tau2,
        studies=np.bincount(layout.arm_treatment, minlength=n),
        participants=np.where(unknown, np.nan, total),
        unknown=unknown,
        pairs=np.column_stack([keys // n, keys % n]),
        pair_studies=np.bincount(place),
        pair_precision=np.asarray(np.bincount(place, weights=1 / (effects.v + tau2)), dtype=float),
        designs=_designs(layout),
    )


def _people(effects: NetworkEffects) -> Floats:
    """Return the participants of each arm, shape (a,); NaN where no contrast says them."""
    layout = effects.layout
    people = np.full(len(layout.arm_study), np.nan)
    for name, arms in zip(SIDES, (layout.arm1, layout.arm2), strict=True):
        if name in effects.columns:
            told = numbers_in(effects.columns, name)
            known = np.isfinite(told) & (told > 0)
            people[arms[known]] = told[known]
    return people


def _designs(layout: Layout) -> tuple[Design, ...]:
    found: dict[tuple[int, ...], list[str]] = {}
    for s in np.flatnonzero(layout.arms >= MANY_ARMS).tolist():
        arms = layout.arm_treatment[layout.start[s] : layout.start[s + 1]]
        found.setdefault(tuple(arms.tolist()), []).append(layout.studies[s])
    most = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Design(treatments=arms, studies=tuple(names)) for arms, names in most)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphMeasure:
    """A row of ``NODE_SIZES`` or ``EDGE_WIDTHS``.

    Attributes
    ----------
    key : str
        Key.
    name : str
        What the legend calls it; empty for what has none.
    values : callable
        ``values(evidence)``: one number for each circle or line.
    """

    key: str
    name: str
    values: Callable[[GraphEvidence], Floats]


EQUAL = "equal"
_NODES = (
    GraphMeasure(
        key="participants", name="Participants per treatment", values=lambda of: of.participants
    ),
    GraphMeasure(
        key="studies",
        name="Studies per treatment",
        values=lambda of: of.studies.astype(float),
    ),
    GraphMeasure(key=EQUAL, name="", values=lambda of: np.ones(len(of.studies))),
)
_EDGES = (
    GraphMeasure(
        key="studies",
        name="Studies per comparison",
        values=lambda of: of.pair_studies.astype(float),
    ),
    GraphMeasure(
        key="precision",
        name="Precision of direct evidence",
        values=lambda of: of.pair_precision,
    ),
    GraphMeasure(key=EQUAL, name="", values=lambda of: np.ones(len(of.pairs))),
)
NODE_SIZES: Mapping[str, GraphMeasure] = MappingProxyType({row.key: row for row in _NODES})
EDGE_WIDTHS: Mapping[str, GraphMeasure] = MappingProxyType({row.key: row for row in _EDGES})
PARTICIPANTS, STUDIES = (row.key for row in _NODES[:2])
PRECISION = _EDGES[1].key
