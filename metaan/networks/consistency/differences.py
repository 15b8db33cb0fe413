"""How effects, and differences of two effects of one comparison, are read in tables."""

from __future__ import annotations

import numpy as np

from metaan.core.estimate_table import figure, ratio_figure
from metaan.core.scale import Scale

DECIMALS = 3


def apart_words(scale: Scale) -> str:
    """Return what the difference of two effects is called; of logarithms a ratio of ratios."""
    return "ratio of ratios" if scale.is_log else "difference"


def se_words(scale: Scale) -> str:
    """Return the head of a column of standard errors, which stay on the analysis scale."""
    return "se (log)" if scale.is_log else "se"


def read_text(value: float, scale: Scale) -> str:
    """Return an effect, or a difference of two, as it is read; all with the same decimals."""
    if not scale.is_log:
        return figure(value, DECIMALS)
    with np.errstate(over="ignore"):
        return ratio_figure(float(np.exp(value)), DECIMALS)
