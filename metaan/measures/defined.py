"""What a formula cannot compute is NaN in y and in v alike, without a warning."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.measures.row import Pair

# A decorator: what a formula cannot compute is NaN in its answer, not a warning.
nan_where_undefined = np.errstate(divide="ignore", invalid="ignore", over="ignore")


def defined(y: Floats, v: Floats) -> Pair:
    """Return y and v, both NaN where either is not finite or v is negative."""
    good = np.isfinite(y) & np.isfinite(v) & (v >= 0)
    return np.where(good, y, np.nan), np.where(good, v, np.nan)
