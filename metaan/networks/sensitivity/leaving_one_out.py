"""A network without each of its studies in turn: by algebra at a known tau², else in one batch.

k studies, n treatments, b rows. Without a study the network may fall apart; effects are then known
between treatments of one part. All arrays whose first axis has length k have a row per study left
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.network_layout import Layout
from metaan.networks.combining.combined import Combined, combine, rows_of, spread_of, weigh_exactly
from metaan.networks.combining.evidence import Evidence
from metaan.networks.combining.pairs import all_comparisons, labels_of
from metaan.tau2.curves import at_zero
from metaan.tau2.studies import make_studies
from metaan.univariate.kernel import Plan, estimate_tau2
from metaan.univariate.regression_kernel import basis
from metaan.univariate.weighing import Weighted

if TYPE_CHECKING:
    import pandas as pd

CELLS = 2_000_000  # numbers of a block of designs, so that memory does not grow with k²
DIGITS = 1e-10  # relative error that the algebra may have
ROUNDING = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Without:
    """The network without each of its k studies.

    Attributes
    ----------
    part : ndarray of int, shape (k, n)
        Part of the network that each treatment is in: the number of its first treatment.
    effects : ndarray, shape (k, n)
        Effects of the treatments up to a constant in each part.
    inverse : ndarray, shape (k, n, n)
        Their model-based covariance up to constants; only entries of one part mean something.
    spread : ndarray, shape (k,)
        ``sum w residual²`` at tau².
    df : ndarray, shape (k,)
        Rows less estimated effects.
    tau2 : ndarray, shape (k,)
        Between-study variance.
    q : ndarray, shape (k,)
        The spread at tau² = 0.
    """

    part: Integers
    effects: Floats
    inverse: Floats
    spread: Floats
    df: Floats
    tau2: Floats
    q: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Downdated:
    """A network at one tau² without each of its studies, by algebra; arrays as in `Without`.

    ``safe``, shape (k,), says where no digits are lost.
    """

    effects: Floats
    inverse: Floats
    spread: Floats
    safe: Booleans


def leave_each_out(combined: Combined, plan: Plan) -> Without:
    """Return the network without each study, under a plan.

    Parameters
    ----------
    combined : Combined
        The network of all studies, at its tau².
    plan : Plan
        What was computed.

    Returns
    -------
    Without
        Equal to combining the other studies anew.
    """
    evidence = combined.evidence
    part = parts_without(evidence.layout)
    if plan.row is not None:
        return _refitted(evidence, part, plan, np.arange(evidence.k))
    found = downdate(combined, part)
    at_none, safe = found, found.safe
    if combined.tau2 > 0:
        at_none = downdate(combine(evidence, 0.0), part)
        safe = safe & at_none.safe
    again = np.flatnonzero(~safe)
    anew = _refitted(evidence, part, plan, again)
    for ours, theirs in (
        (found.effects, anew.effects),
        (found.inverse, anew.inverse),
        (found.spread, anew.spread),
        (at_none.spread, anew.q),
    ):
        ours[again] = theirs[again]
    return Without(
        part=part,
        effects=found.effects,
        inverse=found.inverse,
        spread=found.spread,
        df=_freedom(evidence, part),
        tau2=np.full(evidence.k, combined.tau2),
        q=at_none.spread,
    )


def parts_without(layout: Layout) -> Integers:
    """Return the part of the network that each treatment is in without each study, (k, n).

    A part is called by the number of its first treatment; a treatment that no study has any
    longer is a part of its own.
    """
    n, k = len(layout.treatments), len(layout.studies)
    pairs = np.zeros((n, n))
    own = []
    for low, high in zip(layout.start[:-1].tolist(), layout.start[1:].tolist(), strict=True):
        arms = layout.arm_treatment[low:high]
        own.append(arms)
        pairs[np.ix_(arms, arms)] += 1
    found = np.zeros((k, n), dtype=np.int64)
    # only who compares a pair alone can part the network
    alone = [s for s, arms in enumerate(own) if (pairs[np.ix_(arms, arms)] < 2).any()]
    step = max(1, CELLS // (n * n))
    for block in (alone[i : i + step] for i in range(0, len(alone), step)):
        linked = np.repeat(pairs[None], len(block), axis=0)
        for i, s in enumerate(block):
            linked[i][np.ix_(own[s], own[s])] -= 1
        found[block] = _labels(linked > 0)
    return found


def _labels(linked: Booleans) -> Integers:
    """Return the first treatment that each is connected with, of links (m, n, n)."""
    n = linked.shape[-1]
    reached = (linked | np.eye(n, dtype=bool)).astype(np.float32)
    while True:
        further = (np.matmul(reached, reached) > 0).astype(np.float32)
        if (further == reached).all():
            return np.asarray(np.argmax(reached, axis=-1), dtype=np.int64)
        reached = further


def _freedom(evidence: Evidence, part: Integers) -> Floats:
    rows = np.bincount(evidence.study, minlength=evidence.k)
    own = part == np.arange(evidence.n)
    return np.asarray(len(evidence.y) - rows - evidence.n + own.sum(axis=-1), dtype=np.float64)


def downdate(combined: Combined, part: Integers) -> Downdated:
    """Return a network at its tau² without each study, from that of all studies.

    Parameters
    ----------
    combined : Combined
        The network of all studies.
    part : ndarray of int, shape (k, n)
        As `parts_without` gives it.

    Returns
    -------
    Downdated
        Effects, covariance and spread.

    Notes
    -----
    With ``B = W^1/2 X`` the weighted rows of a study and ``H = B L⁺ B'`` its part of the hat
    matrix, the inverse of ``L - B'B`` is ``L⁺ + L⁺B' (I - H)^-1 B L⁺`` (Woodbury); the effects
    change by ``-L⁺B' (I - H)^-1 W^1/2 r`` and Q by ``-r'W^1/2 (I - H)^-1 W^1/2 r``. Where the
    study holds c parts together, H has c - 1 eigenvalues of exactly 1. Residuals are 0 in these
    directions, which say nothing of differences within a part: they are left out.
    """
    evidence = combined.evidence
    k, n = evidence.k, evidence.n
    effects = np.repeat(combined.effects[None], k, axis=0)
    inverse = np.repeat(combined.inverse[None], k, axis=0)
    spread = np.full(k, combined.q)
    safe, largest = np.ones(k, dtype=bool), float(np.diagonal(combined.inverse).max())
    cuts = (part == np.arange(n)).sum(axis=-1) - 1
    for block in evidence.blocks:
        root = np.sqrt(combined.w[block.rows])
        own = root[..., None] * evidence.x[block.rows]
        reach = own @ combined.inverse
        values, turn = np.linalg.eigh(reach @ np.swapaxes(own, -1, -2))
        p, back = values.shape[-1], np.swapaxes(turn, -1, -2)
        free = np.arange(p) < p - cuts[block.studies][:, None]
        rest = np.where(free, np.maximum(1 - values, ROUNDING), 1.0)
        # rounding of the inverse, by the weight, beside what the other studies leave to be told
        error = ROUNDING * root.max(axis=-1) ** 2 * largest
        safe[block.studies] = error < DIGITS * rest.min(axis=-1)
        gain = np.where(free, 1 / rest, 0.0)
        along = back @ reach
        residual = (back @ (root * combined.residual[block.rows])[..., None])[..., 0]
        scaled = gain[..., None] * along
        inverse[block.studies] += np.swapaxes(along, -1, -2) @ scaled
        effects[block.studies] -= (np.swapaxes(scaled, -1, -2) @ residual[..., None])[..., 0]
        spread[block.studies] -= np.add.reduce(gain * residual * residual, axis=-1)
    return Downdated(effects=effects, inverse=inverse, spread=np.maximum(spread, 0.0), safe=safe)


def _refitted(evidence: Evidence, part: Integers, plan: Plan, chosen: Integers) -> Without:
    """Return the network without some studies, 0 for the others: one batch for each rank."""
    k, n = evidence.k, evidence.n
    found = Without(
        part=part,
        effects=np.zeros((k, n)),
        inverse=np.zeros((k, n, n)),
        spread=np.zeros(k),
        df=_freedom(evidence, part),
        tau2=np.zeros(k),
        q=np.zeros(k),
    )
    unit = rows_of(evidence).unit
    for studies, columns in _batches(evidence, part, chosen):
        weighted, q = _batch(evidence, studies, columns, plan, unit)
        found.effects[studies[:, None], columns] = weighted.beta * unit
        place = (studies[:, None, None], columns[:, :, None], columns[:, None, :])
        found.inverse[place] = weighted.covariance * unit * unit
        found.spread[studies] = weighted.spread
        found.tau2[studies] = weighted.tau2 * unit * unit
        found.q[studies] = q
    return found


def _batches(
    evidence: Evidence, part: Integers, among: Integers
) -> Iterator[tuple[Integers, Integers]]:
    """Yield studies (m,) with the columns (m, p) that are independent without each of them."""
    columns = part != np.arange(evidence.n)
    sizes = columns.sum(axis=-1)
    for size in np.unique(sizes[among]).tolist():
        chosen = among[sizes[among] == size]
        step = max(1, CELLS // (len(evidence.y) * evidence.n))
        for i in range(0, len(chosen), step):
            studies = chosen[i : i + step]
            yield studies, np.nonzero(columns[studies])[1].reshape(len(studies), size)


def _batch(
    evidence: Evidence, studies: Integers, columns: Integers, plan: Plan, unit: float
) -> tuple[Weighted, Floats]:
    """Return the analyses without some studies, in units of ``unit``, and their Q."""
    m = len(studies)
    y, v = (np.repeat(each[None], m, axis=0) for each in (evidence.y, evidence.v))
    x = np.swapaxes(evidence.x.T[columns], -1, -2)
    present = (evidence.study != studies[:, None]).astype(np.float64)
    near = make_studies(y / unit, v / unit / unit, present, x=x)
    turned = basis(near.x, near.v**-0.25)[0] if near.x is not None else None
    based = make_studies(near.y, near.v, present, x=turned)
    tau2 = estimate_tau2(based, plan, np.full(m, unit)).tau2
    return weigh_exactly(near, tau2), at_zero(based)[0]


def inference_factor(plan: Plan, spread: Floats, df: Floats) -> tuple[Floats, Floats]:
    """Return what an inference multiplies a model-based covariance by, and its df, shape (m,).

    Parameters
    ----------
    plan : Plan
        Its inference is one of those that networks have: a factor and a t distribution.
    spread, df : ndarray, shape (m,)
        ``sum w residual²`` and its degrees of freedom.
    """
    # an inference sees a fit of one mean with this spread: it asks for nothing else
    m = len(spread)
    one = make_studies(np.zeros((m, 1)), np.ones((m, 1)))
    weighted = Weighted(
        studies=one,
        tau2=np.zeros(m),
        w=np.ones((m, 1)),
        beta=np.zeros((m, 1)),
        bread=np.ones((m, 1, 1)),
        covariance=np.ones((m, 1, 1)),
        residual=np.zeros((m, 1)),
        spread=spread,
        least_spread=spread,
        freedom=df,
    )
    found = plan.inference.function(weighted, plan.level)
    return np.asarray(found.covariance[:, 0, 0]), np.asarray(found.df[:, 0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Impact:
    """By how much each of k studies makes each of N comparisons more precise.

    Attributes
    ----------
    studies, comparisons : tuple of str, lengths k, N
        Names; comparisons as "a:b".
    values : ndarray, shape (k, N)
        ``1 - var / var_without``, from 0 to 1; 1 where nothing is known without the study.
    """

    studies: tuple[str, ...]
    comparisons: tuple[str, ...]
    values: Floats

    def __post_init__(self) -> None:
        """Freeze the array."""
        object.__setattr__(self, "values", frozen(self.values))

    def to_frame(self) -> pd.DataFrame:
        """Return a row per study and a column per comparison."""
        import pandas as pd

        index = pd.Index(self.studies, name="study")
        return pd.DataFrame(self.values, index=index, columns=list(self.comparisons))


def impact_of(combined: Combined, plan: Plan) -> Impact:
    """Return how much each study matters to each comparison, at the tau² of the network."""
    evidence = combined.evidence
    left = leave_each_out(combined, replace(plan, estimator=combined.tau2))
    part, without = left.part, spread_of(left.inverse)
    without[part[:, :, None] != part[:, None, :]] = np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(without > 0, 1 - combined.variances / without, 0.0)
    first, second = all_comparisons(evidence.n)
    return Impact(
        studies=evidence.layout.studies,
        comparisons=labels_of(evidence.layout.treatments, first, second),
        values=np.maximum(found, 0.0)[:, first, second],
    )
