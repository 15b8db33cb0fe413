"""Changes of paired means.

Throughout, 1 is the later measurement (or the treatment), 2 the earlier one (or the control); sd1
belongs to mean1, sd2 to mean2, and r is the correlation between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.scale import IDENTITY
from metaan.measures.corrections import (
    CORRECTIONS,
    DEFAULT_CORRECTION,
    exact_correction,
    small_sample_factor,
    unbiased_share,
)
from metaan.measures.correlation import unbiased
from metaan.measures.defined import defined, nan_where_undefined
from metaan.measures.paired_inputs import change_variance, possible
from metaan.measures.row import EARLIER_SD, PAIRED, Measure, Pair, Route, Swap, Unit, at
from metaan.numerics.tails import t_of_signed_p

Paired = tuple[Floats, Floats, Floats, Floats, Floats, Floats]
ChangeVariance = Callable[[Floats, Floats, Floats, Floats, Floats], Floats]


@nan_where_undefined
def mean_change(
    mean1: Floats, sd1: Floats, mean2: Floats, sd2: Floats, r: Floats, n: Floats
) -> Pair:
    """Return ``mean1 - mean2`` and ``(sd1² + sd2² - 2 r sd1 sd2) / n``, any shape.

    Parameters
    ----------
    mean1, sd1, mean2, sd2, r, n : ndarray
        Means and standard deviations of the later and the earlier measurement, their
        correlation, number of participants (or pairs). NaN comes back unless SDs >= 0,
        -1 <= r <= 1 and n >= 2.

    Returns
    -------
    y, v : ndarray
        In the unit and the squared unit; v is 0 where all change alike.

    References
    ----------
    .. [1] Morris SB, DeShon RP (2002). Psychol Methods 7:105. doi:10.1037/1082-989X.7.1.105
    """
    sd1, sd2, r, n = possible(sd1, sd2, r, n)
    return defined(mean1 - mean2, change_variance(sd1, sd2, r) / n)


def large_sample(g: Floats, lead: Floats, unbiased_lead: Floats, n: Floats, j: Floats) -> Floats:
    """Return ``c + g² / (2 n)``, c = 1/n for the SD of changes, 2 (1 - r) / n for the earlier."""
    del unbiased_lead, j
    return lead + g * g / (2 * n)


def large_sample_uncorrected(
    g: Floats, lead: Floats, unbiased_lead: Floats, n: Floats, j: Floats
) -> Floats:
    """Return ``J² (c + d² / (2 n))``, d = g / J: some 2/n too small (LS2)."""
    return j * j * large_sample(g / j, lead, unbiased_lead, n, j)


def unbiased_variance(
    g: Floats, lead: Floats, unbiased_lead: Floats, n: Floats, j: Floats
) -> Floats:
    """Return ``c + (1 - (m - 2) / (m J²)) g²``, m = n - 1, with Olkin and Pratt's r in c (UB).

    Unbiased for normal data; with another correction than the exact J, that times its square's
    ratio, so that it stays unbiased (Morris 2000).
    """
    del lead
    m, exact = n - 1, exact_correction(n - 1)
    corrected = g * exact / j
    return (j / exact) ** 2 * (unbiased_lead + unbiased_share(m) * corrected * corrected)


def without_change(g: Floats, lead: Floats, unbiased_lead: Floats, n: Floats, j: Floats) -> Floats:
    """Return ``J² m / (m - 2) c``, m and c as in UB: unbiased without a change (H0).

    With one it is too small, by about ``g² / (2 n)``.
    """
    del g, lead
    m = n - 1
    return j * j * m / np.where(m > 2, m - 2, np.nan) * unbiased_lead


VARIANCES: Mapping[str, ChangeVariance] = MappingProxyType(
    {
        "LS": large_sample,
        "LS2": large_sample_uncorrected,
        "UB": unbiased_variance,
        "H0": without_change,
    }
)
DEFAULT_VARIANCE = next(iter(VARIANCES))


def _standardized(
    change: Floats, lead: Floats, unbiased_lead: Floats, n: Floats, correction: str | None,
    variance: str,
) -> Pair:  # fmt: skip
    spread = look_up(
        VARIANCES, variance, argument="variance", what="a variance of a standardized change"
    )
    j = small_sample_factor(correction, n - 1)
    return defined(j * change, spread(j * change, lead, unbiased_lead, n, j))


@nan_where_undefined
def change_by_change_sd(
    mean1: Floats,
    sd1: Floats,
    mean2: Floats,
    sd2: Floats,
    r: Floats,
    n: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return the mean change over the SD of the changes, and its variance, any shape.

    Parameters
    ----------
    mean1, sd1, mean2, sd2, r, n : ndarray
        As for ``mean_change``.
    correction : {"exact", "approximate", None}
        Small-sample correction J at n - 1 degrees of freedom. Row of ``CORRECTIONS``.
    variance : {"LS", "LS2", "UB", "H0"}
        Row of ``VARIANCES``, with c = 1/n; the formula stands in each row's function.

    Returns
    -------
    y, v : ndarray
        ``g = J (mean1 - mean2) / s``, ``s² = sd1² + sd2² - 2 r sd1 sd2``; NaN where s is 0.

    References
    ----------
    .. [1] Gibbons RD, Hedeker DR, Davis JM (1993). J Educ Stat 18:271.
       doi:10.3102/10769986018003271
    """
    sd1, sd2, r, n = possible(sd1, sd2, r, n)
    change = (mean1 - mean2) / np.sqrt(change_variance(sd1, sd2, r))
    return _standardized(change, 1 / n, 1 / n, n, correction, variance)


@nan_where_undefined
def change_by_earlier_sd(
    mean1: Floats,
    mean2: Floats,
    sd2: Floats,
    r: Floats,
    n: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
    variance: str = DEFAULT_VARIANCE,
) -> Pair:
    """Return ``J (mean1 - mean2) / sd2`` and its variance, any shape; sd2 is the earlier SD.

    Parameters
    ----------
    mean1, mean2, sd2, r, n : ndarray
        As for ``mean_change``. The later SD is taken to be the same and is not asked for.
    correction : {"exact", "approximate", None}
        Small-sample correction J at n - 1 degrees of freedom. Row of ``CORRECTIONS``.
    variance : {"LS", "LS2", "UB", "H0"}
        Row of ``VARIANCES``, with c = 2 (1 - r) / n; the formula stands in each row's function.

    Returns
    -------
    y, v : ndarray
        NaN where sd2 is 0, and for n < 4 in UB and H0.

    Notes
    -----
    metafor divides by sd1i, although its m1i is the later mean: there one gives the earlier SD as
    sd1i. Here each SD stands beside its own mean. The numbers are the same.

    References
    ----------
    .. [1] Becker BJ (1988). Br J Math Stat Psychol 41:257.
       doi:10.1111/j.2044-8317.1988.tb00901.x
    .. [2] Morris SB (2000). Br J Math Stat Psychol 53:17. doi:10.1348/000711000159150
    """
    _, sd2, r, n = possible(sd2, sd2, r, n)
    lead, unbiased_lead = 2 * (1 - r) / n, 2 * (1 - unbiased(r, n)) / n
    return _standardized((mean1 - mean2) / sd2, lead, unbiased_lead, n, correction, variance)


@nan_where_undefined
def change_by_earlier_sd_of_unequal(
    mean1: Floats,
    sd1: Floats,
    mean2: Floats,
    sd2: Floats,
    r: Floats,
    n: Floats,
    *,
    correction: str | None = DEFAULT_CORRECTION,
) -> Pair:
    """Return ``J (mean1 - mean2) / sd2`` and its variance where the spreads differ, any shape.

    Parameters
    ----------
    mean1, sd1, mean2, sd2, r, n : ndarray
        As for ``mean_change``; sd2 is the SD of the earlier measurement.
    correction : {"exact", "approximate", None}
        Small-sample correction J at n - 1 degrees of freedom. Row of ``CORRECTIONS``.

    Returns
    -------
    y, v : ndarray
        v is ``s² / (sd2² (n - 1)) + g² / (2 (n - 1))``, ``s² = sd1² + sd2² - 2 r sd1 sd2``.

    Notes
    -----
    metafor has the earlier SD in sd1i, see ``change_by_earlier_sd``.

    References
    ----------
    .. [1] Bonett DG (2008). Psychol Methods 13:99. doi:10.1037/1082-989X.13.2.99
    """
    sd1, sd2, r, n = possible(sd1, sd2, r, n)
    g = small_sample_factor(correction, n - 1) * (mean1 - mean2) / sd2
    return defined(g, (change_variance(sd1, sd2, r) / sd2**2 + g * g / 2) / (n - 1))


def _change_of_unit_sd(d: Floats, n: Floats) -> Paired:
    """Return measurements whose changes have an SD of 1: SDs 1 and 0, uncorrelated."""
    d, n = np.broadcast_arrays(d, n)
    one, none = np.ones(d.shape), np.zeros(d.shape)
    return d, one, none, none, none, n


@nan_where_undefined
def _from_t(t: Floats, n: Floats) -> Paired:
    return _change_of_unit_sd(t / np.sqrt(n), n)


def _from_signed_p(p: Floats, n: Floats) -> Paired:
    return _from_t(t_of_signed_p(p, n - 1), n)


# What the changes come down to: their standardized mean is all that this one measure needs.
_ROUTES = (
    Route(
        inputs=("t", "n"),
        convert=_from_t,
        says="from the paired t-test and the number of participants",
    ),
    Route(
        inputs=("d", "n"),
        convert=_change_of_unit_sd,
        says="from the uncorrected standardized mean change (SD of the changes) and the number of "
        "participants",
    ),
    Route(
        inputs=("p", "n"),
        convert=_from_signed_p,
        says="from the two-sided p-value of the paired t-test, with the sign of the change, and "
        "the number of participants",
    ),
)
_POINT = at(PAIRED, 44.0, 18.0, 52.0, 19.0, 0.55, 80.0)
_OPTIONS = {"correction": tuple(CORRECTIONS), "variance": tuple(VARIANCES)}

ROWS = (
    Measure(
        key="MC",
        name="Mean change",
        inputs=PAIRED,
        function=mean_change,
        scale=IDENTITY,
        unit=Unit.SCALES,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        zero_variance=True,
        design_point=_POINT,
        doi="10.1037/1082-989X.7.1.105",
    ),
    Measure(
        key="SMCC",
        name="Standardized mean change (SD of the changes)",
        inputs=PAIRED,
        function=change_by_change_sd,
        options=_OPTIONS,
        scale=IDENTITY,
        swap=Swap.SIGN,
        turn=Swap.SIGN,
        routes=_ROUTES,
        design_point=_POINT,
        doi="10.3102/10769986018003271",
    ),
    Measure(
        key="SMCR",
        name="Standardized mean change (earlier SD)",
        inputs=EARLIER_SD,
        function=change_by_earlier_sd,
        options=_OPTIONS,
        scale=IDENTITY,
        swap=Swap.OTHER,
        turn=Swap.SIGN,
        zero_variance=True,
        design_point=at(EARLIER_SD, *(_POINT[name] for name in EARLIER_SD)),
        doi="10.1111/j.2044-8317.1988.tb00901.x",
    ),
    Measure(
        key="SMCRH",
        name="Standardized mean change (earlier SD, unequal variances)",
        inputs=PAIRED,
        function=change_by_earlier_sd_of_unequal,
        options={"correction": tuple(CORRECTIONS)},
        scale=IDENTITY,
        swap=Swap.OTHER,
        turn=Swap.SIGN,
        zero_variance=True,
        design_point=_POINT,
        doi="10.1037/1082-989X.13.2.99",
    ),
)
