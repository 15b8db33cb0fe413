"""The second level of a network: one direct estimate per design, and what consistency makes of it.

k studies of d designs in n treatments have r = sum (arms of a design - 1) design-specific effects.
The direct estimates of the designs are independent of each other, and all of the network's
inconsistency is in how they disagree with one consistent set of n - 1 effects (Krahn 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers
from metaan.networks.combining.designs import Designs
from metaan.networks.combining.evidence import Evidence

# Eigenvalues of a residual projection of unweighted designs are 0, or the share of one loop:
# never near 1e-9 in a network that can be drawn.
ABSENT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignEvidence:
    """Direct estimates of the designs at one tau².

    Attributes
    ----------
    designs : Designs
        The d designs.
    tau2 : float
        Between-study variance of the weights.
    start : ndarray of int, shape (d + 1,)
        Where the effects of each design begin, and the end r.
    effects : ndarray, shape (r,)
        Effects of the second, third ... arm of a design against its first, by its studies alone.
    covariance : ndarray, shape (r, r)
        Their covariance; 0 between designs.
    x : ndarray, shape (r, n)
        What each effect is of the n treatments.
    root : ndarray, shape (r, r)
        ``root' root`` is the inverse of the covariance.
    q : ndarray, shape (d,)
        Heterogeneity of the studies of each design about these effects.
    df : ndarray of int, shape (d,)
        Its degrees of freedom: studies less one, times arms less one.
    """

    designs: Designs
    tau2: float
    start: Integers
    effects: Floats
    covariance: Floats
    x: Floats
    root: Floats
    q: Floats
    df: Integers

    @property
    def of_effect(self) -> Integers:
        """Design of each effect, shape (r,)."""
        return np.repeat(np.arange(len(self.designs)), np.diff(self.start))


def design_starts(designs: Designs) -> Integers:
    """Return where the effects of each design begin, and the end, shape (d + 1,)."""
    return np.concatenate([[0], np.cumsum(designs.arms - 1)]).astype(np.int64)


def design_columns(evidence: Evidence, designs: Designs) -> Floats:
    """Return the design matrix of the design-by-treatment interaction model, shape (b, r).

    Each design has its own effects against its first arm, so that consistency is not asked for.
    """
    start = design_starts(designs)
    columns = np.zeros((len(evidence.y), int(start[-1])))
    for block in evidence.blocks:
        own = start[designs.of_study[block.studies]][:, None] + np.arange(block.arms - 1)
        columns[block.rows[:, :, None], own[:, None, :]] = block.turn
    return columns


def gather_designs(evidence: Evidence, designs: Designs, tau2: float) -> DesignEvidence:
    """Return the direct estimates of the designs at tau².

    Parameters
    ----------
    evidence : Evidence
        The rows of a network.
    designs : Designs
        Its designs.
    tau2 : float
        Between-study variance; 0 for the decomposition of Cochran's Q.
    """
    start = design_starts(designs)
    d, r = len(designs), int(start[-1])
    effects, x = np.empty(r), np.zeros((r, evidence.n))
    covariance, root, q = np.zeros((r, r)), np.zeros((r, r)), np.zeros(d)
    for block in evidence.blocks:
        p = block.arms - 1
        here, place = np.unique(designs.of_study[block.studies], return_inverse=True)
        weighted = block.turn / np.sqrt(evidence.v[block.rows] + tau2)[:, :, None]
        said = np.matmul(weighted, block.y[:, :, None])
        across = np.swapaxes(weighted, -1, -2)
        precision, total = np.zeros((len(here), p, p)), np.zeros((len(here), p, 1))
        np.add.at(precision, place, np.matmul(across, weighted))
        np.add.at(total, place, np.matmul(across, said))
        spread = np.linalg.inv(precision)
        spread = (spread + np.swapaxes(spread, -1, -2)) / 2
        found = np.matmul(spread, total)
        residual = (said - np.matmul(weighted, found[place]))[:, :, 0]
        q[here] = np.bincount(place, weights=np.vecdot(residual, residual))
        own = start[here][:, None] + np.arange(p)
        effects[own] = found[:, :, 0]
        covariance[own[:, :, None], own[:, None, :]] = spread
        root[own[:, :, None], own[:, None, :]] = np.swapaxes(np.linalg.cholesky(precision), -1, -2)
        x[own, np.stack([designs.treatments[i][1:] for i in here.tolist()])] = 1.0
        x[own, np.array([designs.treatments[i][0] for i in here.tolist()])[:, None]] = -1.0
    df = (designs.studies - 1) * (designs.arms - 1)
    return DesignEvidence(
        designs=designs,
        tau2=tau2,
        start=start,
        effects=effects,
        covariance=covariance,
        x=x,
        root=root,
        q=np.where(df > 0, q, 0.0),
        df=df,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detached:
    """A consistent network, and the same with each design detached in turn.

    A design is detached by effects of its own: it stays in the network and no longer has to agree
    with the others. All vectors are whitened by the root of the designs' precision.

    Attributes
    ----------
    evidence : DesignEvidence
        What was combined.
    residual : ndarray, shape (r,)
        Direct estimates less the network's.
    hat : ndarray, shape (r, r)
        Projection on what a consistent network can say.
    shift : ndarray, shape (r, d)
        What detaching each design takes from the residuals.
    lost : ndarray of int, shape (d,)
        Degrees of freedom that detaching each design takes; 0 where no other path leads
        from one of its arms to another, so that it cannot disagree.
    """

    evidence: DesignEvidence
    residual: Floats
    hat: Floats
    shift: Floats
    lost: Integers

    @property
    def q(self) -> float:
        """Q between designs."""
        return float(self.residual @ self.residual) if self.df else 0.0

    @property
    def df(self) -> int:
        """Its degrees of freedom: effects of designs less treatments and one more."""
        r, n = self.evidence.x.shape
        return int(r - n + 1)

    @property
    def q_left(self) -> Floats:
        """Q between designs after detaching each of them, shape (d,)."""
        left = self.residual[:, None] - self.shift
        return np.where(self.df - self.lost > 0, np.add.reduce(left * left, axis=0), 0.0)

    @property
    def df_left(self) -> Integers:
        """Their degrees of freedom, shape (d,)."""
        return np.asarray(self.df - self.lost)

    def by_design(self, values: Floats) -> Floats:
        """Return the sums over the effects of each design, shapes (r, ...) to (d, ...)."""
        return np.asarray(np.add.reduceat(values, self.evidence.start[:-1], axis=0))


def detach_each(evidence: DesignEvidence) -> Detached:
    """Return the consistent network with each design detached in turn, without a refit.

    Notes
    -----
    With whitened direct estimates z, their design M and ``R = I - M M⁺``, detaching the rows c
    leaves ``R z - R_c (R_cc)⁺ (R z)_c``. How many dimensions of ``R_cc`` are not 0 follows from
    the graph alone and is taken from equal weights, where no weight can hide a loop.
    """
    residual, hat = consistent(evidence.root, evidence.x, evidence.effects)
    blocks, there, places = _blocks(evidence, np.eye(len(hat)) - hat)
    lost = ranks_of(evidence)
    values, vectors = np.linalg.eigh(blocks)
    size = blocks.shape[-1]
    used = np.arange(size) >= size - lost[:, None]
    inverse = np.where(used, 1 / np.where(used, values, 1.0), 0.0)
    own = np.where(there, residual[places], 0.0)[:, None, :]
    turned = np.matmul(np.matmul(own, vectors) * inverse[:, None, :], np.swapaxes(vectors, -1, -2))
    pushed = np.zeros((len(residual), len(blocks)))
    design = np.broadcast_to(np.arange(len(blocks))[:, None], places.shape)
    pushed[places[there], design[there]] = turned[:, 0, :][there]
    return Detached(
        evidence=evidence,
        residual=residual,
        hat=hat,
        shift=pushed - hat @ pushed,
        lost=lost,
    )


def consistent(root: Floats, x: Floats, effects: Floats) -> tuple[Floats, Floats]:
    """Return whitened residuals (r,) of a consistent network, and its projection (r, r)."""
    based = np.linalg.qr(root @ x[:, 1:])[0]
    said = root @ effects
    residual = said - based @ (based.T @ said)
    return residual - based @ (based.T @ residual), based @ based.T


def ranks_of(evidence: DesignEvidence) -> Integers:
    """Return in how many ways each design can disagree with the others, shape (d,)."""
    spread = np.where(evidence.of_effect[:, None] == evidence.of_effect[None, :], 0.5, 0.0)
    np.fill_diagonal(spread, 1.0)  # arms of variance 1/2: every contrast has a variance of 1
    root = np.asarray(np.linalg.inv(np.linalg.cholesky(spread)), dtype=np.float64)
    hat = consistent(root, evidence.x, evidence.effects)[1]
    blocks = _blocks(evidence, np.eye(len(hat)) - hat)[0]
    return np.asarray(np.count_nonzero(np.linalg.eigvalsh(blocks) > ABSENT, axis=-1))


def _blocks(evidence: DesignEvidence, matrix: Floats) -> tuple[Floats, Booleans, Integers]:
    """Return the blocks of the designs (d, a, a) filled up with 0, which are there, and where."""
    sizes = np.diff(evidence.start)
    steps = np.arange(int(sizes.max()))
    there = steps < sizes[:, None]
    places = np.where(there, evidence.start[:-1, None] + steps, 0)
    both = there[:, :, None] & there[:, None, :]
    return np.where(both, matrix[places[:, :, None], places[:, None, :]], 0.0), there, places
