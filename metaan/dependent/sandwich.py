"""The sandwich: a covariance of weighted least-squares coefficients from clusters of residuals.

With weights W, working covariance Phi (diagonal here: v + tau²), bread ``M = (X'W X)^-1`` and
residuals e, the covariance is ``M (sum_i X_i'W_i A_i e_i e_i'A_i'W_i X_i) M`` over clusters i. The
matrices A_i are the identity (CR0) or make it unbiased when Phi is right (CR2). Everything is kept
per cluster: no matrix is larger than the largest cluster, or than p x p.

Letters: y effects ``(k,)``; x design ``(k, p)``; w weights; phi working variances; m clusters;
z the design made orthonormal in the weights, ``z = x R^-1`` with ``z'W z = I``; u ``(k, p)`` has
``A_i W_i z_i`` in the rows of cluster i; c a contrast of the coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats, Integers

# Cells of the blocks that are decomposed in one go: 32 MB.
BLOCK = 4_000_000
# Share of a residual direction's working variance that the fit leaves over, below which the
# direction is taken as fitted away (an indicator of one cluster); rounding leaves about 1e-15.
FITTED_AWAY = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Working:
    """A weighted fit with its clusters, in units in which w and phi are near 1.

    Attributes
    ----------
    z : ndarray, shape (k, p)
        Design with ``z'W z = I``.
    root : ndarray, shape (p, p)
        Upper triangle R with ``x = z R``.
    w, phi : ndarray, shape (k,)
        Weights (>= 0) and working variances (> 0).
    cluster : ndarray of int, shape (k,)
        Cluster of each study, from 0 to m - 1; none is empty.
    spread : ndarray, shape (p, p)
        ``z'W Phi W z``: the identity for inverse-variance weights.
    """

    z: Floats
    root: Floats
    w: Floats
    phi: Floats
    cluster: Integers
    spread: Floats

    @property
    def m(self) -> int:
        """Number of clusters."""
        return int(self.cluster.max()) + 1

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return int(self.z.shape[1])


def working_model(x: Floats, w: Floats, phi: Floats, cluster: Integers) -> Working:
    """Return the fit's parts, the design made orthonormal; x has independent columns."""
    half = np.sqrt(w)[:, None]
    root = np.asarray(np.linalg.qr(half * x, mode="r"))
    # Twice is enough: the second round takes out what rounding left in the first.
    z = _divide(x, root)
    again = np.asarray(np.linalg.qr(half * z, mode="r"))
    z, root = _divide(z, again), again @ root
    wz = w[:, None] * z
    return Working(
        z=z, root=root, w=w, phi=phi, cluster=cluster, spread=wz.T @ (phi[:, None] * wz)
    )


def _divide(x: Floats, root: Floats) -> Floats:
    return np.asarray(np.linalg.solve(root.T, x.T).T)


def unadjusted(working: Working) -> Floats:
    """Return u with every A_i the identity, shape (k, p)."""
    return working.w[:, None] * working.z


def bias_reduced(working: Working) -> Floats:
    """Return u with the A_i that make the covariance unbiased if phi is right, shape (k, p).

    ``A_i = D_i B_i^(+1/2) D_i`` with ``D_i = Phi_i^(1/2)``, ``B_i = D_i C_i D_i`` and C_i the
    working covariance of the residuals of cluster i.
    """
    u = np.empty_like(working.z)
    for rows in blocks(working.cluster):
        u[rows] = _bias_reduced(working, rows)
    return u


def blocks(cluster: Integers) -> Iterator[Integers]:
    """Yield positions of studies, shape (clusters, size): clusters of one size, in blocks."""
    order = np.argsort(cluster, kind="stable")
    sizes = np.bincount(cluster)
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes).tolist():
        first = starts[sizes == size]
        step = max(1, BLOCK // size**2)
        for i in range(0, len(first), step):
            yield order[first[i : i + step, None] + np.arange(size)]


def _bias_reduced(working: Working, rows: Integers) -> Floats:
    """Return u for clusters of one size, shape (clusters, size, p)."""
    z, w, phi = working.z[rows], working.w[rows], working.phi[rows]
    half = np.sqrt(phi)
    # C = Phi - H Phi - Phi H' + H Phi H', H = z z'W, divided by D on both sides.
    near, far = z / half[..., None], z * (w * half)[..., None]
    cross = near @ np.swapaxes(far, -1, -2)
    left = near @ working.spread @ np.swapaxes(near, -1, -2)
    share = np.eye(rows.shape[1]) - cross - np.swapaxes(cross, -1, -2) + left
    lost = np.sum(np.linalg.eigvalsh(share) < FITTED_AWAY, axis=-1)
    values, vectors = np.linalg.eigh(phi[..., None] * share * phi[..., None, :])
    gone = np.arange(rows.shape[1]) < lost[:, None]  # the smallest come first
    inverse = np.where(gone, 0.0, 1 / np.sqrt(np.where(gone, 1.0, np.maximum(values, 1e-300))))
    turned = np.swapaxes(vectors, -1, -2) @ ((w * half)[..., None] * z)
    return np.asarray(half[..., None] * (vectors @ (inverse[..., None] * turned)))


def sandwich(working: Working, u: Floats, residual: Floats) -> Floats:
    """Return the covariance of the coefficients of x, shape (p, p)."""
    scores = _per_cluster(working, u * residual[:, None])
    inner = _divide(scores, working.root.T)  # the scores times R^-T
    return np.asarray(inner.T @ inner)


def expected_share(working: Working, u: Floats, contrasts: Floats) -> Floats:
    """Return the mean of contrasts' robust variances over their true ones, ``(q, p)`` to (q,).

    Under the working model; 1 is unbiased. Far below 1 where a contrast rests on one cluster,
    whose own residuals then say nothing about it.
    """
    towards = np.linalg.solve(working.root.T, contrasts.T)
    own, low, core = _influences(working, u @ towards)
    trace = np.einsum("mss->s", own) + np.einsum("msa,ab,msb->s", low, core, low, optimize=True)
    true = np.einsum("ps,pq,qs->s", towards, working.spread, towards)
    with np.errstate(divide="ignore", invalid="ignore"):  # a contrast may be 0
        return np.asarray(trace / true)


def freedom(working: Working, u: Floats, contrasts: Floats) -> Floats:
    """Return the Satterthwaite degrees of freedom of contrasts ``(q, p)``, shape (q,).

    Twice the squared mean of the contrast's variance over the variance of that variance, both
    under the working model with normal effects.
    """
    return np.array([hotelling_freedom(working, u, row[None]) for row in contrasts])


def hotelling_freedom(working: Working, u: Floats, contrasts: Floats) -> float:
    """Return eta of the approximate Hotelling T² test that contrasts ``(q, p)`` are all 0.

    ``eta = q (q + 1) / (sum over s, t of Var(D_st))`` where D is the covariance of the contrasts
    divided by its own expectation under the working model.
    """
    q = len(contrasts)
    return q * (q + 1) / _variation(working, u, contrasts)


def _variation(working: Working, u: Floats, contrasts: Floats) -> float:
    """Return the sum of the variances of the entries of the standardized covariance of contrasts.

    A residual-weighting vector of cluster i and contrast s is ``p_is``, and what is needed are the
    sums over i and j of products of ``P_st[i, j] = p_is'Phi p_jt``. Each is a diagonal d of the
    clusters plus a matrix of low rank, ``l_is'core l_jt``: no m x m matrix is made.
    """
    towards = np.linalg.solve(working.root.T, contrasts.T)  # (p, q)
    own, low, core = _influences(working, u @ towards)
    inner = np.einsum("msa,ab,mtb->mst", low, core, low)
    expected = np.add.reduce(own + inner, axis=0)
    turn = np.linalg.inv(np.linalg.cholesky((expected + expected.T) / 2))
    own, inner = turn @ own @ turn.T, turn @ inner @ turn.T
    low = np.einsum("ts,msa->mta", turn, low)
    gram = np.einsum("msa,mtc->stac", low, low)
    trace = np.einsum("mss->ms", own), np.einsum("mss->ms", inner)
    total = np.sum(own * own) + 2 * np.sum(own * inner)
    total += np.einsum("ab,cd,stac,tsbd->", core, core, gram, gram, optimize=True)
    total += np.sum(np.add.reduce(trace[0], axis=1) ** 2)
    total += 2 * np.sum(np.add.reduce(trace[0], axis=1) * np.add.reduce(trace[1], axis=1))
    return float(total + np.einsum("ab,cd,stac,stbd->", core, core, gram, gram, optimize=True))


def _influences(working: Working, u: Floats) -> tuple[Floats, Floats, Floats]:
    """Return d ``(m, q, q)``, l ``(m, q, 2p)`` and the core ``(2p, 2p)``; u is (k, q)."""
    q, p, z = u.shape[1], working.p, working.z
    spent = working.phi[:, None] * u
    own = _per_cluster(working, (u[:, :, None] * spent[:, None, :]).reshape(len(u), -1))
    plain = _per_cluster(working, (u[:, :, None] * z[:, None, :]).reshape(len(u), -1))
    other = (working.w[:, None] * spent)[:, :, None] * z[:, None, :]
    weighted = _per_cluster(working, other.reshape(len(u), -1))
    low = np.concatenate([plain.reshape(-1, q, p), weighted.reshape(-1, q, p)], axis=2)
    one, none = np.eye(p), np.zeros((p, p))
    core = np.block([[working.spread, -one], [-one, none]])
    return own.reshape(-1, q, q), low, core


def _per_cluster(working: Working, values: Floats) -> Floats:
    """Return the sums of rows ``(k, c)`` over each cluster, shape (m, c)."""
    order = np.argsort(working.cluster, kind="stable")
    sizes = np.bincount(working.cluster)
    return np.asarray(np.add.reduceat(values[order], np.cumsum(sizes) - sizes, axis=0))
