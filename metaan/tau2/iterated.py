"""The median-unbiased relative of Paule and Mandel's estimate."""

from __future__ import annotations

import numpy as np

from metaan.numerics.tails import chi2_quantile
from metaan.tau2.found import Found
from metaan.tau2.generalized import at_q
from metaan.tau2.studies import Studies


def median_unbiased(studies: Studies) -> Found:
    """Return the tau² at which the generalized Q equals the median of its chi-square.

    Notes
    -----
    Where the true tau² is above 0 the estimate lies below it with probability one half: it is the
    Q-profile interval [1]_ of coverage 0.

    References
    ----------
    .. [1] Viechtbauer W (2007). Stat Med 26:37. doi:10.1002/sim.2514
    """
    return at_q(studies, np.asarray(chi2_quantile(0.5, studies.freedom)))
