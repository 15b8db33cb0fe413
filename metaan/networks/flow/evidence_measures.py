"""How direct, how long and how parallel the evidence for each comparison is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from metaan.core.arrays import Floats, Integers, frozen
from metaan.networks.combining.combined import Combined
from metaan.networks.combining.direct import direct_effects, indirect_effects
from metaan.networks.combining.pairs import all_comparisons, labels_of
from metaan.networks.flow.aggregate import design_flows, through
from metaan.networks.flow.hat_matrix import COMPARISON

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvidenceMeasures:
    """Measures of the evidence for all N comparisons.

    Attributes
    ----------
    comparisons : tuple of str, length N
        "a:b".
    studies : ndarray of int, shape (N,)
        Studies that compare the two.
    proportion_direct : ndarray, shape (N,)
        Direct evidence as a share of the precision of the estimate.
    mean_path_length : ndarray, shape (N,)
        Mean number of designs that the evidence passes; 1 is all direct.
    minimal_parallelism, minimal_parallelism_studies : ndarray, shape (N,)
        1 divided by the largest share of the evidence that runs through one design, or through
        one study: 1 where all of it does.
    """

    comparisons: tuple[str, ...]
    studies: Integers
    proportion_direct: Floats
    mean_path_length: Floats
    minimal_parallelism: Floats
    minimal_parallelism_studies: Floats

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in MEASURED:
            object.__setattr__(self, name, frozen(getattr(self, name)))
        self.studies.flags.writeable = False

    def to_frame(self) -> pd.DataFrame:
        """Return one row per comparison: label, studies, and the four measures."""
        import pandas as pd

        columns = {name: getattr(self, name) for name in MEASURED}
        return pd.DataFrame({COMPARISON: self.comparisons, "studies": self.studies, **columns})


MEASURED = (
    "proportion_direct",
    "mean_path_length",
    "minimal_parallelism",
    "minimal_parallelism_studies",
)


def evidence_measures(combined: Combined) -> EvidenceMeasures:
    """Return how direct, how long and how parallel the evidence for each comparison is.

    Notes
    -----
    The flow of evidence of a comparison is 1 in all [1]_. A design with many treatments bears
    half the sum of what flows in and out by its arms; the mean path length is the sum of what
    the designs bear, the minimal parallelism 1 divided by the largest of them.

    References
    ----------
    .. [1] König J, Krahn U, Binder H (2013). Visualizing the flow of evidence in network
       meta-analysis and characterizing mixed treatment comparisons. Stat Med 32:5414.
       doi:10.1002/sim.6001
    """
    treatments = combined.evidence.layout.treatments
    direct = direct_effects(combined)
    at = all_comparisons(len(treatments))
    found = design_flows(combined)
    borne = np.stack([through(flow) for flow in found.flows], axis=1)
    return EvidenceMeasures(
        comparisons=labels_of(treatments, *at),
        studies=direct.studies[at],
        proportion_direct=indirect_effects(combined, direct).proportion[at],
        mean_path_length=borne.sum(axis=1),
        minimal_parallelism=1 / borne.max(axis=1),
        minimal_parallelism_studies=1 / found.most,
    )
