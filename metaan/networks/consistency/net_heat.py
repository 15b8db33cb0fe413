"""Net heat: where the inconsistency of a network sits, and what moves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Booleans, Floats, Integers, frozen
from metaan.core.numbers import compact, fixed
from metaan.core.text_table import aligned
from metaan.core.wording import grid
from metaan.networks.combining.designs import Designs
from metaan.networks.consistency.design_evidence import DesignEvidence, Detached

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetHeat:
    """The net heat matrix of a network.

    Attributes
    ----------
    designs : Designs
        The d designs, in the order of the arrays.
    tau2 : float
        Between-study variance of the weights.
    q : ndarray, shape (d,)
        What each design has of Q between designs; they add up to it.
    change : ndarray, shape (d, d)
        ``change[i, j]``: what design i has of Q, less what it has after design j is detached.
        Positive (warm) where i agrees better with the rest without j; negative (cool) where j
        supports i. The diagonal is ``q``; column j adds up to the whole gain from detaching j.
    contribution : ndarray, shape (d, d)
        Gray squares: how much of the network's estimates of the comparisons of design i is
        design j, as the size of its coefficients; for two arms the entry of the hat matrix.
    lost : ndarray of int, shape (d,)
        Degrees of freedom that detaching each design takes; a design with 0 cannot disagree.
    """

    designs: Designs
    tau2: float
    q: Floats
    change: Floats
    contribution: Floats
    lost: Integers

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("q", "change", "contribution"):
            object.__setattr__(self, name, frozen(getattr(self, name)))

    @property
    def involved(self) -> Booleans:
        """Which designs can disagree with others, shape (d,)."""
        return np.asarray(self.lost > 0)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pair of designs: design, detached, change, contribution."""
        import pandas as pd

        names, d = self.designs.names, len(self.designs)
        return pd.DataFrame(
            {
                "design": [name for name in names for _ in range(d)],
                "detached": list(names) * d,
                "change": self.change.ravel(),
                "contribution": self.contribution.ravel(),
            }
        )

    def title(self) -> str:
        """Return what the matrix is, in one line."""
        return (
            "Net heat: what a row's design loses of its Q without the column's, "
            f"tau² {compact(self.tau2)}"
        )

    def rows(self) -> list[list[str]]:
        """Return a head of numbers and a row for each design that can disagree."""
        kept = np.flatnonzero(self.involved).tolist()
        rows = [["", *(f"({i})" for i in range(1, len(kept) + 1))]]
        for number, i in enumerate(kept, start=1):
            cells = [fixed(float(self.change[i, j])) for j in kept]
            rows.append([f"({number}) {self.designs.names[i]}", *cells])
        return rows

    def summary(self) -> str:
        """Return the matrix of the designs that can disagree as text."""
        if not self.involved.any():
            return f"{self.title()}\n  no design can disagree with others"
        return "\n".join([self.title(), *(f"  {line}" for line in aligned(self.rows()))])

    def __str__(self) -> str:
        """Return the summary."""
        return self.summary()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return grid(self.title(), self.rows())


def net_heat_of(detached: Detached) -> NetHeat:
    """Return the net heat matrix of a network whose designs were detached.

    Parameters
    ----------
    detached : Detached
        Residuals of the consistent network, and of those with one design detached.

    Returns
    -------
    NetHeat
        Designs by designs.

    Notes
    -----
    ``change_ij = Q_i - Q_i(j)`` with ``Q_i = (b_i - t_i)' V_i^-1 (b_i - t_i)``, the direct
    estimates b of a design, their covariance V and the network's estimates t [1]_; (j) has design
    j detached. A design of many arms is one row and one column here, with all its contrasts: Q_i
    does not depend on which arm is the base. [1]_ draws a row for each contrast with the base.

    The network's estimate of a comparison is a weighted sum of the designs' arms; half the sum of
    the sizes of the weights is the absolute entry of the hat matrix for two arms, and does not
    depend on a base for more. For a row with many arms it is the mean over its comparisons.

    References
    ----------
    .. [1] Krahn U, Binder H, König J (2013). A graphical tool for locating inconsistency in
       network meta-analyses. BMC Med Res Methodol 13:35. doi:10.1186/1471-2288-13-35
    """
    own = detached.evidence
    before = detached.by_design(detached.residual**2)
    left = detached.by_design((detached.residual[:, None] - detached.shift) ** 2)
    change = before[:, None] - left
    np.fill_diagonal(change, np.where(detached.lost > 0, before, 0.0))
    loose = detached.lost == 0
    change[loose] = 0.0
    change[:, loose] = 0.0
    return NetHeat(
        designs=own.designs,
        tau2=own.tau2,
        q=np.where(loose, 0.0, before),
        change=change,
        contribution=contributions(own, detached.hat),
        lost=detached.lost,
    )


def contributions(own: DesignEvidence, hat: Floats) -> Floats:
    """Return how much of each design's comparisons each design is, shape (d, d)."""
    # network's estimates of the designs' effects from their direct estimates
    plain = np.linalg.solve(own.root, hat @ own.root)
    d = len(own.designs)
    found = np.empty((d, d))
    sizes = np.diff(own.start)
    for arms in np.unique(sizes + 1).tolist():
        which = np.flatnonzero(sizes + 1 == arms)
        effects = own.start[which][:, None] + np.arange(arms - 1)
        based = np.zeros((len(which), arms, len(plain)))
        based[:, 1:] = plain[effects]
        i, j = np.triu_indices(arms, k=1)
        weights = based[:, j] - based[:, i]
        first = np.abs(np.add.reduceat(weights, own.start[:-1], axis=-1))
        others = np.add.reduceat(np.abs(weights), own.start[:-1], axis=-1)
        found[which] = ((first + others) / 2).mean(axis=1)
    return found
