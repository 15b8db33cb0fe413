"""SPLITS: what the network says of a comparison without the studies that make it.

n treatments; effects and variances of the row's against the column's treatment, shape (n, n).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from metaan.core.arrays import Booleans, Floats, FrozenDict, Integers
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.direct import DirectEvidence, IndirectEvidence
from metaan.networks.combining.evidence import Evidence
from metaan.numerics.linalg import binary_scale
from metaan.tau2.studies import make_studies
from metaan.univariate.kernel import Plan, estimate_tau2
from metaan.univariate.regression_kernel import basis, weigh_terms

EFTHIMIOU = "10.1002/sim.8158"
KOENIG = "10.1002/sim.6001"


class Apart(NamedTuple):
    """Indirect evidence: values and variances (n, n), NaN where there is none."""

    values: Floats
    variances: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitMethod:
    """How indirect evidence is told from direct evidence.

    Attributes
    ----------
    key : str
        Name in the literature.
    words : str
        What it does, for a sentence.
    doi : str
        Where it was published.
    function : callable
        Takes a network, its direct evidence, its indirect evidence by back-calculation, and the
        plan; gives the indirect evidence.
    """

    key: str
    words: str
    doi: str
    function: Callable[[Combined, DirectEvidence, IndirectEvidence, Plan], Apart] = field(
        repr=False
    )


def _calculated_back(
    combined: Combined, direct: DirectEvidence, indirect: IndirectEvidence, plan: Plan
) -> Apart:
    del combined, direct, plan
    return Apart(indirect.values, indirect.variances)


def _without_designs(
    combined: Combined, direct: DirectEvidence, indirect: IndirectEvidence, plan: Plan
) -> Apart:
    """Return the networks without all studies that compare the two, in one batch.

    Each is one analysis with its own tau², by the estimator of the plan.
    """
    values, variances = np.array(indirect.values), np.array(indirect.variances)
    first, second = np.nonzero(np.triu(direct.studies > 0))
    values[first, second] = values[second, first] = np.nan
    variances[first, second] = variances[second, first] = np.nan
    for batch in _batches(combined.evidence, first, second):
        i, j = first[batch.which], second[batch.which]
        effect, variance = _solved(combined.evidence, batch, plan)
        values[i, j], values[j, i] = effect, -effect
        variances[i, j] = variances[j, i] = variance
    return Apart(values, variances)


class Batch(NamedTuple):
    """Reduced networks of one size.

    Attributes
    ----------
    which : ndarray of int, shape (g,)
        Comparisons.
    present : ndarray, shape (g, b)
        1 for the rows that are left and connected with the comparison.
    columns : ndarray of int, shape (g, p)
        Their treatments without the first of the comparison; the second comes first.
    """

    which: Integers
    present: Floats
    columns: Integers


def _batches(evidence: Evidence, first: Integers, second: Integers) -> Iterator[Batch]:
    layout = evidence.layout
    there = np.zeros((evidence.k, evidence.n))
    there[layout.arm_study, layout.arm_treatment] = 1.0
    left = 1.0 - there[:, first] * there[:, second]  # studies by comparisons
    reach = _reached(np.einsum("kc,ki,kj->cij", left, there, there, optimize=True) > 0)
    every = np.arange(len(first))
    members = reach[every, first]
    lead = layout.arm_treatment[layout.start[:-1]]
    present = (left.T * members[:, lead])[:, evidence.study]
    joined = members[every, second]
    sizes = members.sum(axis=1)
    members[every, first] = False
    order = np.argsort(~members, axis=1, kind="stable")
    for size in np.unique(sizes[joined]).tolist():
        which = np.flatnonzero(joined & (sizes == size))
        columns = order[which, : size - 1]
        place = columns == second[which, None]
        columns = np.take_along_axis(columns, np.argsort(~place, axis=1, kind="stable"), axis=1)
        yield Batch(which, present[which], columns)


def _reached(adjacent: Booleans) -> Booleans:
    """Return which treatments a path connects, shape (c, n, n)."""
    n = adjacent.shape[-1]
    reach = adjacent | np.eye(n, dtype=bool)
    for _ in range(max(n - 1, 1).bit_length()):
        steps = reach.astype(np.float64)
        reach = np.matmul(steps, steps) > 0
    return reach


def _solved(evidence: Evidence, batch: Batch, plan: Plan) -> tuple[Floats, Floats]:
    """Return effects of the first against the second treatment, and their variances, (g,)."""
    g = len(batch.which)
    y, v = (np.broadcast_to(each, (g, len(each))) for each in (evidence.y, evidence.v))
    x = evidence.x[:, batch.columns].transpose(1, 0, 2)
    unit = binary_scale(v, batch.present)
    near = make_studies(y / unit, v / unit / unit, batch.present, x=x)
    assert near.x is not None
    based = make_studies(near.y, near.v, near.present, x=basis(near.x, near.v**-0.25)[0])
    found = estimate_tau2(based, plan, unit[:, 0])
    weighted = weigh_terms(near, found.tau2)
    scale = unit[:, 0]
    return -weighted.beta[:, 0] * scale, weighted.covariance[:, 0, 0] * scale * scale


SIDE, SIDDE = "SIDE", "SIDDE"
SPLITS: Mapping[str, SplitMethod] = FrozenDict(
    {
        row.key: row
        for row in (
            SplitMethod(
                key=SIDE,
                words="direct evidence was taken out of the network's estimate of each "
                "comparison (back-calculation)",
                doi=KOENIG,
                function=_calculated_back,
            ),
            SplitMethod(
                key=SIDDE,
                words="the network was combined again without the studies of each comparison",
                doi=EFTHIMIOU,
                function=_without_designs,
            ),
        )
    }
)
