"""Van Houwelingen 2002, Stat Med 21:589: log odds ratios of BCG, Table I and the limits of tau2.

As worked through at metafor-project.org/doku.php/analyses:vanhouwelingen2002.
"""

from __future__ import annotations

import pytest

import metaan as ma
from tests.papers.pooled import reads
from tests.papers.tabled import bcg_effects
from tests.tolerance import Tolerance, close

EFFECTS = bcg_effects("OR")
UNIROOT = Tolerance(
    absolute=1.2e-4,
    reason="the page's limits are found to 1.2e-4 (R's uniroot by default): 0.130149 and 1.181186 "
    "with a root to 1e-14 in R, as ours",
)


@pytest.mark.parametrize(
    ("trial", "y", "v"),
    [
        (1, "-0.9387", "0.3571"),
        (2, "-1.6662", "0.2081"),
        (3, "-1.3863", "0.4334"),
        (4, "-1.4564", "0.0203"),
        (5, "-0.2191", "0.0520"),
        (6, "-0.9581", "0.0099"),
        (7, "-1.6338", "0.2270"),
    ],
)
def test_effects(trial, y, v):
    """The page's table: log odds ratios and variances of the first seven trials."""
    assert reads([EFFECTS.y[trial - 1], EFFECTS.v[trial - 1]], y, v)


def test_q_profile():
    """The page: 0.1302 to 1.1812 by the Q-profile method, whatever estimates tau2."""
    for estimator in ("ML", "REML"):
        limits = ma.tau2_interval(ma.pool(EFFECTS, tau2=estimator), "QP").tau2
        assert close([limits.low, limits.high], [0.1302, 1.1812], UNIROOT)
