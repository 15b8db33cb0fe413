"""What a network graph shows of the evidence: counts of treatments, comparisons and studies.

n treatments, p pairs of treatments that studies compare directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.core.network_counts import NetworkCounts
from metaan.core.network_effects import NetworkEffects
from metaan.core.network_layout import Arms
from metaan.networks.components.component_fit import ComponentFit
from metaan.networks.fits.network_fit import NetworkFit
from metaan.networks.moderators.network_regression_fit import NetworkRegressionFit
from metaan.networks.sparse.sparse_fit import SparseNetworkFit
from metaan.plots.charts.subjects import numbers_in

Fitted: TypeAlias = NetworkFit | ComponentFit | NetworkRegressionFit
Network: TypeAlias = Fitted | SparseNetworkFit | NetworkEffects | NetworkCounts

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
    source : NetworkEffects or NetworkCounts
        What was counted.
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
        Their summed precision, ``sum 1 / (v + tau²)``; of sparse counts that of their direct odds
        ratio by the method of the fit, 0 where they have none; NaN of counts without a fit.
    designs : tuple of Design
        Who was compared in studies of three or more arms, most studies first.
    """

    source: NetworkEffects | NetworkCounts
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
        return self.source.treatments


def graph_evidence(net: Network) -> GraphEvidence:
    """Return the counts of a fit, or of contrasts or events that need not be connected.

    Raises
    ------
    InputError
        If it is something else, or has no study.
    """
    source, tau2 = _source(net)
    if not source.k:
        raise InputError(
            "there is no study to draw: the network is empty; see .left_out for what was kept out"
        )
    layout, n = source.layout, len(source.treatments)
    if isinstance(source, NetworkCounts):
        keys = _keys(layout)
        people = source.people[source.order]
    else:
        ends = source.layout.arm_treatment[
            np.column_stack([source.layout.arm1, source.layout.arm2])
        ]
        keys = ends.min(axis=1) * n + ends.max(axis=1)
        people = _people(source)
    pairs, place = np.unique(keys, return_inverse=True)
    found = np.column_stack([pairs // n, pairs % n])
    if isinstance(source, NetworkCounts):
        precision = _direct_precision(net, source.treatments, found)
    else:
        precision = np.asarray(np.bincount(place, weights=1 / (source.v + tau2)), dtype=float)
    unknown = int(np.isnan(people).sum())
    total = np.asarray(np.bincount(layout.arm_treatment, weights=people, minlength=n), dtype=float)
    return GraphEvidence(
        source=source,
        studies=np.bincount(layout.arm_treatment, minlength=n),
        participants=np.where(unknown, np.nan, total),
        unknown=unknown,
        pairs=found,
        pair_studies=np.bincount(place),
        pair_precision=precision,
        designs=_designs(layout),
    )


def _source(net: Network) -> tuple[NetworkEffects | NetworkCounts, float]:
    """Return what was counted, and tau² of the fit; of sparse counts the studies that entered."""
    if isinstance(net, SparseNetworkFit):
        entered = net.counts.take(net.studies)
        entered = replace(entered, left_out=net.left_out, remarks=net.counts.remarks)
        return entered, 0.0
    source, tau2 = (net.effects, net.tau2) if isinstance(net, Fitted) else (net, 0.0)
    if isinstance(source, NetworkEffects | NetworkCounts):
        return source, tau2
    raise InputError(
        "network_graph draws a NetworkFit, ComponentFit, NetworkRegressionFit, SparseNetworkFit, "
        f"NetworkEffects or NetworkCounts; got {type(net).__name__}. Make contrasts with "
        "network_effects(table, measure), and a fit with network(effects); of a fit by subgroups "
        'draw fit.overall or one level, fit["level"]'
    )


def _keys(layout: Arms) -> Integers:
    """Return every pair of arms of every study as ``lower treatment * n + higher``."""
    n = len(layout.treatments)
    found = []
    for size in np.unique(layout.arms).tolist():
        start = layout.start[:-1][layout.arms == size]
        arms = layout.arm_treatment[start[:, None] + np.arange(size)]
        i, j = np.triu_indices(size, k=1)  # arms of a study stand in the order of treatments
        found.append((arms[:, i] * n + arms[:, j]).ravel())
    return np.concatenate(found)


def _direct_precision(net: Network, treatments: tuple[str, ...], pairs: Integers) -> Floats:
    """Return the precision of the direct odds ratios of a fit of counts, shape (p,)."""
    if not isinstance(net, SparseNetworkFit):
        return np.full(len(pairs), np.nan)
    at = {name: i for i, name in enumerate(net.treatments)}
    known = np.array([at.get(name, -1) for name in treatments])[pairs]
    variances = net.direct.variances[known[:, 0], known[:, 1]]
    told = (known >= 0).all(axis=1) & np.isfinite(variances)
    return np.asarray(1 / np.where(told, variances, np.inf))


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


def _designs(layout: Arms) -> tuple[Design, ...]:
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
