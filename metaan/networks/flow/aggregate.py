"""The network as an electrical circuit: one edge per comparison, and what flows through it.

n treatments make N = n (n - 1) / 2 comparisons, d of them with direct evidence. A comparison's
estimate is a flow of evidence 1 from its first to its second treatment: what flows through an
edge is the weight of that edge's direct evidence in the estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats, Integers
from metaan.core.errors import InputError
from metaan.core.numbers import listed
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.designs import Designs, designs_of
from metaan.networks.combining.pairs import Pairs, all_comparisons, labels_of, laplacians, pairs_of

# What flows through an edge, of a flow of 1, that is told from the rounding of an inverse.
FAINT = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edges:
    """The d comparisons with direct evidence, in the order of the upper triangle.

    Attributes
    ----------
    pairs : Pairs
        The contrasts they are made of.
    of_pair : ndarray of int, shape (m,)
        Edge of each contrast.
    first, second : ndarray of int, shape (d,)
        Treatments.
    w : ndarray, shape (d,)
        Sum of the adjusted weights of its contrasts.
    """

    pairs: Pairs
    of_pair: Integers
    first: Integers
    second: Integers
    w: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Streams:
    """The flow of evidence of every comparison; N flows without a cycle.

    Attributes
    ----------
    flow : ndarray, shape (N, n, n)
        ``flow[c, u, v]``: what flows from u to v in the estimate of comparison c; 0 if it flows
        the other way, or is rounding error. What flows into a treatment flows out of it.
    source, sink : ndarray of int, shape (N,)
        First and second treatment of each comparison, where 1 flows in and out.
    order : ndarray of int, shape (n,)
        Treatments as they appear in the list of edges.
    """

    flow: Floats
    source: Integers
    sink: Integers
    order: Integers


def edges_of(combined: Combined) -> Edges:
    """Return the comparisons with direct evidence, with their weights at the network's tau².

    Notes
    -----
    This is the aggregate model [1]_: generalized least squares of the network is the weighted
    regression of one number per edge, the mean of its contrasts by adjusted weights.

    References
    ----------
    .. [1] Davies AL, Papakonstantinou T, Nikolakopoulou A, Rücker G, Galla T (2022). Network
       meta-analysis and random walks. Stat Med 41:2091. doi:10.1002/sim.9346
    """
    n = combined.evidence.n
    pairs = pairs_of(combined.evidence, combined.tau2)
    keys, of_pair = np.unique(pairs.first * n + pairs.second, return_inverse=True)
    return Edges(
        pairs=pairs,
        of_pair=of_pair.astype(np.int64),
        first=keys // n,
        second=keys % n,
        w=np.bincount(of_pair, weights=pairs.w).astype(np.float64),
    )


def potentials(combined: Combined) -> Floats:
    """Return the potentials of all treatments when 1 flows through each comparison, (N, n)."""
    first, second = all_comparisons(combined.evidence.n)
    return np.asarray(combined.inverse[first] - combined.inverse[second])


def streams_of(combined: Combined, edges: Edges) -> Streams:
    """Return what flows through the edges for every comparison.

    Raises
    ------
    InputError
        If the sum of an edge's weights is negative (arms that are not independent): evidence
        would flow in circles, and has no paths.
    """
    _check_weights(combined, edges)
    n = combined.evidence.n
    potential = potentials(combined)
    u, v = edges.first, edges.second
    through = (potential[:, u] - potential[:, v]) * edges.w
    through[np.abs(through) < FAINT] = 0.0
    flow = np.zeros((len(potential), n, n))
    flow[:, u, v], flow[:, v, u] = np.maximum(through, 0), np.maximum(-through, 0)
    source, sink = all_comparisons(n)
    appearing = np.stack([u, v], axis=1).ravel().tolist()
    order = np.array(list(dict.fromkeys(appearing)), dtype=np.int64)
    return Streams(flow=flow, source=source, sink=sink, order=order)


def _check_weights(combined: Combined, edges: Edges) -> None:
    own = np.bincount(edges.of_pair, weights=1 / edges.pairs.v)
    bad = np.flatnonzero(edges.w < -FAINT * own)
    if not len(bad):
        return
    layout = combined.evidence.layout
    names = labels_of(layout.treatments, edges.first[bad], edges.second[bad])
    at = np.flatnonzero(np.isin(edges.of_pair, bad) & (edges.pairs.w < 0))
    studies = [layout.studies[i] for i in dict.fromkeys(edges.pairs.study[at].tolist())]
    raise InputError(
        f"{listed(names)}: the adjusted weights of direct evidence add up to less than 0, so that "
        f"evidence has no paths; the arms of {listed(studies)} cannot be independent. Check the "
        "standard errors of the contrasts, or leave those studies out"
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignFlows:
    """What flows into the network by the arms of each design.

    Attributes
    ----------
    designs : Designs
        D sets of treatments.
    flows : tuple of ndarray, length D, each of shape (N, a)
        Weight of each arm's effect in the estimate of each comparison; adds up to 0.
    most : ndarray, shape (N,)
        The largest part of a flow that runs through one study.
    """

    designs: Designs
    flows: tuple[Floats, ...]
    most: Floats


def design_flows(combined: Combined) -> DesignFlows:
    """Return what the designs and the studies bear of the flow of each comparison.

    Notes
    -----
    A study with the inverse covariance L of its arms weighs their effects by ``L p`` in the
    estimate of a comparison with potentials p; half the sum of its absolute values runs through
    the study. Studies of one design add up.
    """
    designs = designs_of(combined.evidence.layout)
    potential = potentials(combined)
    most = np.zeros(len(potential))
    found: dict[int, Floats] = {}
    for block in combined.evidence.blocks:
        felt = np.swapaxes(potential[:, block.treatments], 0, 1)
        borne = felt @ laplacians(block, combined.tau2)
        most = np.maximum(most, through(borne).max(axis=0))
        for design in np.unique(designs.of_study[block.studies]).tolist():
            found[design] = borne[designs.of_study[block.studies] == design].sum(axis=0)
    return DesignFlows(
        designs=designs, flows=tuple(found[i] for i in range(len(designs))), most=most
    )


def through(flow: Floats) -> Floats:
    """Return what runs through a set of arms with these flows (..., a), shape (...)."""
    return np.asarray(np.abs(flow).sum(axis=-1) / 2)
