"""Direct against indirect evidence of a sparse network, by back-calculation."""

from __future__ import annotations

import numpy as np

from metaan.core.lookup import look_up
from metaan.networks.combining.direct import NOTHING, DirectEvidence, IndirectEvidence
from metaan.networks.combining.pairs import all_comparisons
from metaan.networks.combining.relative import RelativeEffects
from metaan.networks.consistency.multiplicity import ADJUSTMENTS, NONE, adjusted
from metaan.networks.consistency.node_split import NodeSplits
from metaan.networks.consistency.split_methods import SIDE, SPLITS
from metaan.numerics.tails import log_two_sided


def remaining_evidence(relative: RelativeEffects, direct: DirectEvidence) -> IndirectEvidence:
    """Return what is left of a network's estimates when direct evidence is taken out.

    Notes
    -----
    ``1 / v_indirect = 1 / v_network - 1 / v_direct``. The estimates of counts are no weighted
    means, so that direct evidence alone can be a hair more precise than all: there, nothing is
    left.
    """
    known = ~np.isnan(direct.variances)
    network = relative.se**2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(known, network / direct.variances, 0.0)
        share = np.where(share > 1 - NOTHING, 1.0, share)
        own = np.where(known, direct.values, 0.0)
        values = (relative.differences - share * own) / (1 - share)
        variances = network / (1 - share)
    alone = share == 1
    np.fill_diagonal(alone, True)
    np.fill_diagonal(share, np.nan)
    return IndirectEvidence(
        values=np.where(alone, np.nan, values),
        variances=np.where(alone, np.nan, variances),
        proportion=share,
    )


def split_sparse(
    relative: RelativeEffects, direct: DirectEvidence, *, adjust: str = NONE
) -> NodeSplits:
    """Return direct against indirect evidence of every comparison of a sparse network.

    Parameters
    ----------
    relative : RelativeEffects
        Its effects.
    direct : DirectEvidence
        Of each comparison by itself, by the same method, in the same order.
    adjust : {"none", "Bonferroni", "Holm"}
        Row of ``ADJUSTMENTS``, over the comparisons with both kinds of evidence.
    """
    adjustment = look_up(ADJUSTMENTS, adjust, argument="adjust", what="an adjustment")
    rest = remaining_evidence(relative, direct)
    i, j = all_comparisons(relative.n)
    difference = direct.values[i, j] - rest.values[i, j]
    both = np.isnan(difference)
    difference_se = np.sqrt(direct.variances[i, j] + rest.variances[i, j])
    log_p = np.where(both, np.nan, log_two_sided(difference / difference_se, relative.df))
    return NodeSplits(
        treatments=relative.treatments,
        treatment=i,
        control=j,
        studies=direct.studies[i, j],
        proportion=rest.proportion[i, j],
        direct=direct.values[i, j],
        direct_se=np.sqrt(direct.variances[i, j]),
        indirect=rest.values[i, j],
        indirect_se=np.sqrt(rest.variances[i, j]),
        network=relative.differences[i, j],
        network_se=relative.se[i, j],
        difference=difference,
        difference_se=difference_se,
        df=relative.df,
        log_p_values=log_p,
        log_p_adjusted=adjusted(log_p, adjustment),
        level=relative.level,
        scale=relative.scale,
        label=relative.label,
        method=SPLITS[SIDE],
        adjustment=adjustment,
    )
