"""Direct evidence of each comparison, and the indirect evidence that the network adds to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.pairs import pairs_of, summed

# A share of the network's precision that is all of it up to the rounding of an inverse: no
# indirect evidence. The indirect estimate of a share this small would be all rounding error.
NOTHING = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DirectEvidence:
    """What the studies of each comparison say by themselves, at the tau² of a network.

    Attributes
    ----------
    values : ndarray, shape (n, n)
        Mean of the contrasts of the row's against the column's treatment, by their inverse
        variances; NaN where no study compares the two. Antisymmetric.
    variances : ndarray, shape (n, n)
        Their variances if v and tau² are right; NaN where no study compares the two.
    studies : ndarray of int, shape (n, n)
        Studies that compare the two.
    """

    values: Floats
    variances: Floats
    studies: Integers

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "values", frozen(self.values))
        object.__setattr__(self, "variances", frozen(self.variances))
        self.studies.flags.writeable = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndirectEvidence:
    """What the rest of the network says of each comparison.

    Attributes
    ----------
    values, variances : ndarray, shape (n, n)
        Of the row's against the column's treatment; the network's own where no study compares
        the two, NaN where the evidence is all direct. Model-based.
    proportion : ndarray, shape (n, n)
        Direct evidence as a share of the precision of the network's estimate: 0 where no study
        compares the two, 1 where the evidence is all direct; NaN on the diagonal.
    """

    values: Floats
    variances: Floats
    proportion: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("values", "variances", "proportion"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def direct_effects(combined: Combined) -> DirectEvidence:
    """Return the direct evidence of each comparison, at the network's tau².

    Parameters
    ----------
    combined : Combined
        A network at one tau².

    Returns
    -------
    DirectEvidence
        Effects, variances and numbers of studies, shape (n, n).

    Notes
    -----
    The contrasts of a comparison come from different studies and are independent: they are
    weighted by ``1 / (v + tau²)`` with their own variances, those of studies with many arms too.
    The adjusted weights of `pairs_of` are for contrasts that are used together.
    """
    n = combined.evidence.n
    pairs = pairs_of(combined.evidence, combined.tau2)
    precision = summed(pairs.first, pairs.second, 1 / pairs.v, n)
    total = np.bincount(pairs.first * n + pairs.second, pairs.y / pairs.v, n * n).reshape(n, n)
    studies = summed(pairs.first, pairs.second, np.ones(len(pairs.y)), n)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (total - total.T) / precision
        variances = np.where(studies > 0, 1 / precision, np.nan)
    return DirectEvidence(values=values, variances=variances, studies=studies.astype(np.int64))


def indirect_effects(combined: Combined, direct: DirectEvidence) -> IndirectEvidence:
    """Return what is left of the network's estimates when direct evidence is taken out.

    Notes
    -----
    Back-calculation: the network's estimate is the mean of direct and indirect evidence by their
    precisions, so that ``1 / v_indirect = 1 / v_network - 1 / v_direct`` and the effect follows
    [1]_; the share of direct evidence is ``v_network / v_direct``.

    References
    ----------
    .. [1] König J, Krahn U, Binder H (2013). Visualizing the flow of evidence in network
       meta-analysis and characterizing mixed treatment comparisons. Stat Med 32:5414.
       doi:10.1002/sim.6001
    """
    known = direct.studies > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(known, combined.variances / direct.variances, 0.0)
        share = np.where(share > 1 - NOTHING, 1.0, share)
        values = (combined.differences - share * np.where(known, direct.values, 0)) / (1 - share)
        variances = combined.variances / (1 - share)
    alone = share == 1
    np.fill_diagonal(alone, True)
    np.fill_diagonal(share, np.nan)
    return IndirectEvidence(
        values=np.where(alone, np.nan, values),
        variances=np.where(alone, np.nan, variances),
        proportion=share,
    )
