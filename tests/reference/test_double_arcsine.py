"""A pool of double arcsines, read at the harmonic mean of n, against metafor's predict."""

from __future__ import annotations

import numpy as np

import metaan as ma
from metaan.core.scale import DOUBLE_ARCSINE
from metaan.measures.table import MEASURES
from tests.reference.pinned import columns, pins
from tests.tolerance import EXACT, Tolerance, close

STOPPED = Tolerance(
    relative=1e-7,
    reason="R's prediction is of its REML at the default threshold; measured: 3.1e-8",
)


def pritz():
    """Return the double arcsines of Pritz 1997 as effects that carry their n."""
    table = columns("dat.pritz1997")
    y, v = MEASURES["PFT"].function(table["xi"], table["ni"])
    return ma.Effects.from_arrays(y, v, scale=DOUBLE_ARCSINE.key, columns={"n": table["ni"]})


def test_pool_at_the_harmonic_mean():
    """Mean and limits agree with R's prediction as far as its default REML does.

    Without a size the scale would read 0.782 here, not 0.803.
    """
    n = columns("dat.pritz1997")["ni"]
    estimate = ma.pool(pritz(), tau2="REML", inference="WALD").estimate
    read = DOUBLE_ARCSINE.at(len(n) / np.sum(1 / n)).inverse
    ours = read([estimate.value, estimate.low, estimate.high])
    expected = pins("proportions")["predict_PFT_hm"]
    assert close(ours, [expected[name] for name in ("pred", "ci.lb", "ci.ub")], STOPPED)


def test_studies_at_their_own_n():
    """Each study is read as the proportion that it printed."""
    table = columns("dat.pritz1997")
    effects = pritz()
    ours = effects.study_scale.inverse(effects.y)
    assert close(ours, table["xi"] / table["ni"], EXACT)
