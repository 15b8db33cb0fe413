"""Changes of paired means over the root of the mean variance.

1 is the later measurement (or the treatment), 2 the earlier one (or the control); r is the
correlation between the two.
"""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.scale import IDENTITY
from metaan.measures.corrections import CORRECTIONS, DEFAULT_CORRECTION, small_sample_factor
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.paired_inputs import change_variance, possible
from metaan.measures.row import PAIRED, Measure, Pair, Swap, at


@nan_where_undefined
def change_by_average_sd(
    mean1: Floats,
    sd1: Floats,
    mean2: Floats,
    sd2: Floats,
    r: Floats,
    n: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
) -> Pair:
    """Return ``J (mean1 - mean2) / s``, ``s² = (sd1² + sd2²) / 2``, and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, mean2, sd2, r, n : ndarray
        Means and standard deviations of the later and the earlier measurement, their
        correlation, number of participants (or pairs); both SDs are taken to estimate the same
        spread. NaN comes back unless SDs >= 0, -1 <= r <= 1 and n >= 2.
    correction : {"exact", "approximate", None}
        Small-sample correction J at ``2 (n - 1) / (1 + r²)`` degrees of freedom [1]_. Row of
        ``CORRECTIONS``.

    Returns
    -------
    y, v : ndarray
        v is ``2 (1 - r) / n + g² (1 + r²) / (4 n)``.

    References
    ----------
    .. [1] Cousineau D (2020). Quant Methods Psychol 16:418. doi:10.20982/tqmp.16.4.p418
    """
    sd1, sd2, r, n = possible(sd1, sd2, r, n)
    g = _by_average_sd(mean1 - mean2, sd1, sd2, r, n, correction)
    return defined(g, 2 * (1 - r) / n + g * g * (1 + r * r) / (4 * n))


@nan_where_undefined
def change_by_average_sd_of_unequal(
    mean1: Floats,
    sd1: Floats,
    mean2: Floats,
    sd2: Floats,
    r: Floats,
    n: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
) -> Pair:
    """Return the same effect as ``change_by_average_sd``, its variance where spreads differ.

    Parameters
    ----------
    mean1, sd1, mean2, sd2, r, n : ndarray
        As for ``change_by_average_sd``, but the spreads may differ.
    correction : {"exact", "approximate", None}
        As for ``change_by_average_sd``.

    Returns
    -------
    y, v : ndarray
        v is ``((sd1² + sd2² - 2 r sd1 sd2) / s² + g² (sd1⁴ + sd2⁴ + 2 r² sd1² sd2²) / (8 s⁴))``
        over n - 1.

    References
    ----------
    .. [1] Bonett DG (2008). Psychol Methods 13:99. doi:10.1037/1082-989X.13.2.99
    """
    sd1, sd2, r, n = possible(sd1, sd2, r, n)
    g = _by_average_sd(mean1 - mean2, sd1, sd2, r, n, correction)
    var1, var2 = sd1 * sd1, sd2 * sd2
    mean_variance = (var1 + var2) / 2
    of_sd = (var1**2 + var2**2 + 2 * r * r * var1 * var2) / (8 * mean_variance**2)
    return defined(g, (change_variance(sd1, sd2, r) / mean_variance + g * g * of_sd) / (n - 1))


def _by_average_sd(
    change: Floats, sd1: Floats, sd2: Floats, r: Floats, n: Floats, correction: str | None
) -> Floats:
    j = small_sample_factor(correction, 2 * (n - 1) / (1 + r * r))
    return j * change / np.sqrt((sd1 * sd1 + sd2 * sd2) / 2)


_POINT = at(PAIRED, 44.0, 18.0, 52.0, 19.0, 0.55, 80.0)

ROWS = (
    Measure(
        key="SMCRP",
        name="Standardized mean change (average variance)",
        inputs=PAIRED,
        function=change_by_average_sd,
        options={"correction": tuple(CORRECTIONS)},
        scale=IDENTITY,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        zero_variance=True,
        design_point=_POINT,
        doi="10.20982/tqmp.16.4.p418",
    ),
    Measure(
        key="SMCRPH",
        name="Standardized mean change (average variance, unequal variances)",
        inputs=PAIRED,
        function=change_by_average_sd_of_unequal,
        options={"correction": tuple(CORRECTIONS)},
        scale=IDENTITY,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        zero_variance=True,
        design_point=_POINT,
        doi="10.1037/1082-989X.13.2.99",
    ),
)
