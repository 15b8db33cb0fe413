"""Printed analyses with selection models.

Hackshaw's 37 studies of passive smoking and lung cancer (doi:10.1136/bmj.315.7114.980) as R's
metadat 1.2-0 has them, log odds ratios and variances with four digits; the figures are those
that metafor's own tests print (test_misc_selmodel, rdrr.io/cran/metafor/src/tests/testthat), to
the digits there.
"""

from __future__ import annotations

import numpy as np

from metaan.core.effects import Effects
from metaan.diagnostics.selection.model import selection_model
from metaan.univariate.pooling import pool
from tests.papers.tabled import data
from tests.tolerance import Tolerance, close

R_OPTIMUM = Tolerance(relative=2e-5, absolute=2e-5, reason="an optimizer of R's, six digits")
R_LIMITS = Tolerance(relative=1e-3, absolute=2e-5, reason="limits that R searches to about 1e-4")


def test_hackshaw_1998() -> None:
    """Steps at 0.05, 0.10 and 0.50: weights, errors, ratio test and profile limits."""
    table = data("hackshaw1998")
    effects = Effects.from_arrays(np.array(table["yi"], float), np.array(table["vi"], float))
    found = selection_model(pool(effects), steps=(0.05, 0.10, 0.50), alternative="greater")
    assert close([each.value for each in found.delta], [1, 2.422079, 0.977543, 0.396713],
                 R_OPTIMUM)  # fmt: skip
    assert close([each.se for each in found.delta[1:]], [1.66085, 0.820387, 0.469235], R_OPTIMUM)
    assert close([found.lr_test.statistic, found.lr_test.df], [7.066137, 3], R_OPTIMUM)
    assert close(found.tau2, 0.03071325, R_OPTIMUM)
    printed = {
        "tau2": (0.000224, 0.135284),
        "delta2": (0.665133, 9.915798),
        "delta3": (0.209558, 5.386044),
        "delta4": (0.040198, 4.119681),
    }
    for name, expected in printed.items():
        limits = found.interval(name)
        assert close([limits.low, limits.high], expected, R_LIMITS)
