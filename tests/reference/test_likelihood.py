"""Where ours and R's tight fits differ in the last digits, the score says who is nearer."""

from __future__ import annotations

import numpy as np
import pytest

from metaan.tau2.studies import make_studies
from metaan.tau2.table import ESTIMATORS
from tests.reference.pinned import fits
from tests.tolerance import SOLVED

RESTRICTED = {"REML": True, "ML": False}
ROUNDING = 1e-13  # of the trace: what the score of any 17-digit tau² comes to by rounding


def relative_score(y, v, tau2, restricted):
    """Return the score as a share of its trace, in extended precision."""
    w = 1 / (np.array(v, dtype=np.longdouble) + np.longdouble(tau2))
    mean = np.sum(w * y) / np.sum(w)
    trace = np.sum(w) - (np.sum(w**2) / np.sum(w) if restricted else 0)
    return float((np.sum(w**2 * (np.array(y) - mean) ** 2) - trace) / trace)


@pytest.mark.parametrize("dataset", fits())
@pytest.mark.parametrize("key", RESTRICTED)
def test_score_at_our_maximum(dataset, key):
    """The score is zero at ours, and never nearer to zero at R's; at 0 it points outwards."""
    record = fits()[dataset]
    y, v = np.array([record["yi"]]), np.array([record["vi"]])
    ours = float(ESTIMATORS[key].function(make_studies(y, v)).tau2[0])
    theirs = record["rma_tight"][f"{key}:z"]["tau2"]
    score, other = (relative_score(y[0], v[0], x, RESTRICTED[key]) for x in (ours, theirs))
    if ours == 0:
        assert score <= 0
    else:
        assert abs(score) < SOLVED.relative
        assert abs(score) <= abs(other) + ROUNDING
