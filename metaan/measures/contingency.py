"""Associations in a 2×2 table other than ratios of risks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import FISHER, IDENTITY
from metaan.measures.binary import events_row, from_events, odds_ratio
from metaan.measures.cut_outcomes import LOGISTIC_FACTOR, NORMAL_FACTOR
from metaan.measures.row import Pair
from metaan.measures.zero_rules import DEFAULT_ADD, DEFAULT_RULE, UNTOUCHED, ZERO_OPTIONS
from metaan.numerics.normal import normal_density, quantile_of_parts


def cross_sectional(phi: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return Yule's variance of phi for one sample of N that falls into four cells (CS).

    ``(1 - phi² + phi (1 + phi²/2) g h - 3/4 phi² (g² + h²)) / N`` with g = (r1 - r2) /
    sqrt(r1 r2) of the rows' totals and h likewise of the columns'.
    """
    rows, columns = (a + b) * (c + d), (a + c) * (b + d)
    g, h = (a + b - c - d) / np.sqrt(rows), (a + c - b - d) / np.sqrt(columns)
    square = phi * phi
    skewed = phi * (1 + square / 2) * g * h - 0.75 * square * (g * g + h * h)
    return (1 - square + skewed) / (a + b + c + d)


def stratified(phi: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Return the delta-method variance of phi for groups of fixed sizes (ST).

    ``s1² p1 (1 - p1) / n1 + s2² p2 (1 - p2) / n2``, s the slopes of phi in the two risks.
    """
    n1, n2, events, others = a + b, c + d, a + c, b + d
    n = n1 + n2
    # phi = sqrt(n1 n2) (p1 - p2) / sqrt(events others)
    steep = np.sqrt(n1 * n2 / (events * others))
    bend = phi * (others - events) * n / (2 * events * others)
    slope1, slope2 = steep - bend * n1 / n, -steep - bend * n2 / n
    return slope1**2 * a * b / n1**3 + slope2**2 * c * d / n2**3


PhiVariance = Callable[[Floats, Floats, Floats, Floats, Floats], Floats]
PHI_VARIANCES: Mapping[str, PhiVariance] = MappingProxyType(
    {"CS": cross_sectional, "ST": stratified}
)
DEFAULT_VARIANCE = next(iter(PHI_VARIANCES))


def phi_coefficient(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = UNTOUCHED,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return phi, ``(a d - b c) / sqrt(n1 n2 (a + c) (b + d))``, and v, shape (..., k).

    Parameters
    ----------
    events1, n1, events2, n2, add, to, drop_double_zero
        See ``metaan.measures.binary.cells``; ``add`` is 0 unless given.
    variance : {"CS", "ST"}
        For one sample of participants who were classified twice, or for groups of fixed sizes.
        Row of ``PHI_VARIANCES``; the formula stands in each row's function.

    Returns
    -------
    y, v : ndarray, shape (..., k)
        NaN where nobody or everybody had the event; v is 0 at -1 and 1.

    Notes
    -----
    CS is metafor's default and therefore ours; ST is right for trials, which fix the sizes of
    their groups. Both are 1 / N without an association.

    References
    ----------
    .. [1] Yule GU (1912). J R Stat Soc 75:579. doi:10.2307/2340126
    """
    spread = look_up(PHI_VARIANCES, variance, argument="variance", what="a variance of phi")

    def formula(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
        # a product of two equal numbers has an exact root: phi is exactly 1 without b and c
        phi = (a * d - b * c) / np.sqrt(((a + b) * (c + d)) * ((a + c) * (b + d)))
        return phi, np.where(np.abs(phi) < 1, np.maximum(spread(phi, a, b, c, d), 0.0), 0.0)

    table = (events1, n1, events2, n2)
    return from_events(formula, table, add=add, to=to, drop_double_zero=drop_double_zero)


def fisher_phi(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = UNTOUCHED,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return ``artanh(phi)`` of `phi_coefficient` and ``v / (1 - phi²)²``; NaN at -1 and 1.

    References
    ----------
    .. [1] Yule GU (1912). J R Stat Soc 75:579. doi:10.2307/2340126
    """
    phi, v = phi_coefficient(
        events1, n1, events2, n2, add=add, to=to, drop_double_zero=drop_double_zero,
        variance=variance,
    )  # fmt: skip
    inside = np.where(np.abs(phi) < 1, phi, np.nan)
    return np.arctanh(inside), v / ((1 - inside) * (1 + inside)) ** 2


def _yule_q(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    ad, bc = a * d, b * c
    gap = 2 * ad * bc / (ad + bc) ** 2  # (1 - Q²) / 2
    return (ad - bc) / (ad + bc), gap**2 * (1 / a + 1 / b + 1 / c + 1 / d)


def _yule_y(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    ad, bc = np.sqrt(a * d), np.sqrt(b * c)
    gap = ad * bc / (ad + bc) ** 2  # (1 - Y²) / 4
    return (ad - bc) / (ad + bc), gap**2 * (1 / a + 1 / b + 1 / c + 1 / d)


def _probit_difference(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    n1, n2 = a + b, c + d
    z1, z2 = quantile_of_parts(a, b), quantile_of_parts(c, d)
    v1, v2 = a * b / n1**3 / normal_density(z1) ** 2, c * d / n2**3 / normal_density(z2) ** 2
    return z1 - z2, v1 + v2


def yule_q(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return Yule's Q, ``(a d - b c) / (a d + b c)``, and v, shape (..., k).

    ``v = (1 - Q²)² (1/a + 1/b + 1/c + 1/d) / 4``. See ``metaan.measures.binary.cells`` for the
    parameters; NaN where a cell is 0.

    References
    ----------
    .. [1] Yule GU (1912). J R Stat Soc 75:579. doi:10.2307/2340126
    """
    table = (events1, n1, events2, n2)
    return from_events(_yule_q, table, add=add, to=to, drop_double_zero=drop_double_zero)


def yule_y(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return Yule's Y, ``(sqrt(a d) - sqrt(b c)) / (sqrt(a d) + sqrt(b c))``, and v, (..., k).

    ``v = (1 - Y²)² (1/a + 1/b + 1/c + 1/d) / 16``. See ``metaan.measures.binary.cells`` for the
    parameters; NaN where a cell is 0.

    References
    ----------
    .. [1] Yule GU (1912). J R Stat Soc 75:579. doi:10.2307/2340126
    """
    table = (events1, n1, events2, n2)
    return from_events(_yule_y, table, add=add, to=to, drop_double_zero=drop_double_zero)


def probit_difference(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return ``z1 - z2``, the normal quantiles of the two risks, and v, shape (..., k).

    The standardized mean difference of a normal outcome of which the event is the part beyond
    a limit; ``v = 2 pi (p1 (1 - p1) exp(z1²) / n1 + p2 (1 - p2) exp(z2²) / n2)``. See
    ``metaan.measures.binary.cells`` for the parameters; NaN where a risk is 0 or 1.

    References
    ----------
    .. [1] Sánchez-Meca J, Marín-Martínez F, Chacón-Moscoso S (2003). Psychol Methods 8:448.
       doi:10.1037/1082-989X.8.4.448
    """
    table = (events1, n1, events2, n2)
    return from_events(
        _probit_difference, table, add=add, to=to, drop_double_zero=drop_double_zero
    )


def odds_ratio_as_normal_smd(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return the log odds ratio over 1.65 and its v over 1.65², shape (..., k).

    Cox's index of the standardized mean difference of normal outcomes. See
    ``metaan.measures.binary.cells`` for the parameters.

    References
    ----------
    .. [1] Sánchez-Meca J, Marín-Martínez F, Chacón-Moscoso S (2003). Psychol Methods 8:448.
       doi:10.1037/1082-989X.8.4.448
    """
    y, v = odds_ratio(events1, n1, events2, n2, add=add, to=to, drop_double_zero=drop_double_zero)
    return y / NORMAL_FACTOR, v / NORMAL_FACTOR**2


def odds_ratio_as_logistic_smd(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return the log odds ratio times ``sqrt(3) / pi`` and its v times ``3 / pi²``, (..., k).

    The standardized mean difference of logistic outcomes. See ``metaan.measures.binary.cells``
    for the parameters.

    References
    ----------
    .. [1] Hasselblad V, Hedges LV (1995). Psychol Bull 117:167.
       doi:10.1037/0033-2909.117.1.167
    """
    y, v = odds_ratio(events1, n1, events2, n2, add=add, to=to, drop_double_zero=drop_double_zero)
    return y / LOGISTIC_FACTOR, v / LOGISTIC_FACTOR**2


_YULE, _SANCHEZ_MECA = "10.2307/2340126", "10.1037/1082-989X.8.4.448"
_PHI_OPTIONS = {**ZERO_OPTIONS, "variance": tuple(PHI_VARIANCES)}
_PHI = events_row("PHI", "Phi coefficient", phi_coefficient, IDENTITY, _YULE)
_FISHER_PHI = events_row("ZPHI", "Phi coefficient (Fisher's z)", fisher_phi, FISHER, _YULE)

ROWS = (
    replace(_PHI, options=_PHI_OPTIONS, zero_variance=True),  # at -1 and 1
    replace(_FISHER_PHI, options=_PHI_OPTIONS),
    events_row("YUQ", "Yule's Q", yule_q, IDENTITY, _YULE),
    events_row("YUY", "Yule's Y", yule_y, IDENTITY, _YULE),
    events_row(
        "PBIT", "Standardized mean difference (probits)", probit_difference, IDENTITY,
        _SANCHEZ_MECA,
    ),
    events_row(
        "OR2DN", "Standardized mean difference (odds ratio, normal)", odds_ratio_as_normal_smd,
        IDENTITY, _SANCHEZ_MECA,
    ),
    events_row(
        "OR2DL", "Standardized mean difference (odds ratio, logistic)",
        odds_ratio_as_logistic_smd, IDENTITY, "10.1037/0033-2909.117.1.167",
    ),
)  # fmt: skip
