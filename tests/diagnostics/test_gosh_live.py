"""Subsets of other data sets against the R that is installed, in the same run."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.core.effects import Effects
from metaan.diagnostics.subsets.gosh import gosh
from tests.diagnostics.comparing import quiet
from tests.reference.pinned import numbers
from tests.reference.rscript import run
from tests.tolerance import Tolerance, close

LIVE = Tolerance(relative=1e-8, absolute=1e-9, reason="scoring at a threshold of 1e-12")

pytestmark = pytest.mark.r


def test_every_subset_of_other_data(tmp_path):
    """Estimate, tau², Q and I² of 31 subsets of three data sets, by three methods.

    H² too, but by DL, where metafor 3.8 has Q / df in subsets whose tau² is 0, and 1 in its fit of
    the same studies.
    """
    out = run("gosh.R", "live", str(tmp_path / "gosh.json"))
    del out["versions"]
    assert len(out) == 9
    for key, theirs in out.items():
        method = key.split()[1]
        options = {"model": "common"} if method == "EE" else {"tau2": method}
        ours = gosh(quiet(Effects.from_arrays(theirs["yi"], theirs["vi"]), **options))
        rows = np.array(theirs["place"], dtype=int) - 1
        several = ours.k[rows] > 1
        for name, column in (("value", "estimate"), ("tau2", "tau2"), ("q", "QE")):
            assert close(getattr(ours, name)[rows], numbers(theirs[column]), LIVE), key
        i2 = Tolerance(relative=1e-8, absolute=1e-6, reason="percent")
        assert close(ours.i2[rows][several], numbers(theirs["I2"])[several], i2), key
        if method != "DL":
            assert close(ours.h2[rows][several], numbers(theirs["H2"])[several], LIVE), key
