"""Reliability coefficients, and departures from Hardy-Weinberg proportions."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.scale import CUBE_ROOT_GAP, IDENTITY, LOG, LOG_GAP, NO_NULL
from metaan.measures.defined import defined
from metaan.measures.row import GENOTYPES, RELIABILITY, Measure, Pair, Swap, at


def _possible(
    alpha: Floats, items: Floats, n: Floats, least: float
) -> tuple[Floats, Floats, Floats]:
    """Return the inputs, NaN unless alpha <= 1, there are two items and n is at least this."""
    good = (alpha <= 1) & (items >= 2) & (n >= least)
    alpha, items, n = (np.where(good, values, np.nan) for values in (alpha, items, n))
    return alpha, items, n


def raw_alpha(alpha: Floats, items: Floats, n: Floats) -> Pair:
    """Return Cronbach's alpha and ``2 items (1 - alpha)² / ((items - 1) (n - 2))``, any shape.

    Parameters
    ----------
    alpha, items, n : ndarray
        Alpha (below 0 is possible), number of items, number of participants; NaN comes back
        unless alpha <= 1, items >= 2 and n >= 3.

    Returns
    -------
    y, v : ndarray
        v, for parallel items and normal data, is 0 at alpha = 1.

    References
    ----------
    .. [1] Bonett DG (2010). Psychol Methods 15:368. doi:10.1037/a0020142
    """
    alpha, items, n = _possible(alpha, items, n, 3)
    return defined(alpha, 2 * items * (1 - alpha) ** 2 / ((items - 1) * (n - 2)))


def cube_root_alpha(alpha: Floats, items: Floats, n: Floats) -> Pair:
    """Return ``1 - (1 - alpha)^(1/3)`` and its variance, any shape; n >= 2.

    ``v = 18 items (n - 1) (1 - alpha)^(2/3) / ((items - 1) (9 n - 11)²)``; see ``raw_alpha`` for
    the parameters.

    Notes
    -----
    Hakstian and Whalen's own ``(1 - alpha)^(1/3)`` falls where alpha rises; subtracted from 1,
    as metafor does, it rises with alpha.

    References
    ----------
    .. [1] Hakstian AR, Whalen TE (1976). Psychometrika 41:219. doi:10.1007/BF02291840
    """
    alpha, items, n = _possible(alpha, items, n, 2)
    y = CUBE_ROOT_GAP.transform(alpha)
    v = 18 * items * (n - 1) * (1 - y) ** 2 / ((items - 1) * (9 * n - 11) ** 2)
    return defined(y, v)


def log_alpha(alpha: Floats, items: Floats, n: Floats) -> Pair:
    """Return ``-log(1 - alpha)`` and ``2 items / ((items - 1) (n - 2))``, any shape; alpha < 1.

    Bonett's transformation with the sign that makes it rise with alpha, as metafor has it; see
    ``raw_alpha`` for the parameters.

    References
    ----------
    .. [1] Bonett DG (2002). J Educ Behav Stat 27:335. doi:10.3102/10769986027004335
    """
    alpha, items, n = _possible(alpha, items, n, 3)
    with np.errstate(divide="ignore"):
        return defined(LOG_GAP.transform(alpha), 2 * items / ((items - 1) * (n - 2)))


def excess_heterozygosity(dominant: Floats, heterozygous: Floats, recessive: Floats) -> Pair:
    """Return the log relative excess heterozygosity and its variance, any shape.

    ``y = log(heterozygous / (2 sqrt(dominant recessive)))``, which is 0 in Hardy-Weinberg
    proportions; ``v = 1/heterozygous + (1/dominant + 1/recessive) / 4``.

    Parameters
    ----------
    dominant, heterozygous, recessive : ndarray
        People with two dominant alleles, with one of each, with two recessive ones. NaN comes
        back where one of the three counts is 0: no rule for zeros is published.

    References
    ----------
    .. [1] Ziegler A, Van Steen K, Wellek S (2011). Breast Cancer Res Treat 128:197.
       doi:10.1007/s10549-010-1295-z
    """
    good = (dominant > 0) & (heterozygous > 0) & (recessive > 0)
    a, b, c = (np.where(good, count, np.nan) for count in (dominant, heterozygous, recessive))
    y = np.log(b / 2) - (np.log(a) + np.log(c)) / 2
    return defined(y, 1 / b + (1 / a + 1 / c) / 4)


_POINT = at(RELIABILITY, 0.8, 10.0, 90.0)

ROWS: tuple[Measure, ...] = (
    Measure(
        key="ARAW",
        name="Cronbach's alpha",
        inputs=RELIABILITY,
        function=raw_alpha,
        scale=IDENTITY.with_null(NO_NULL),
        swap=Swap.NONE,
        zero_variance=True,
        design_point=_POINT,
        doi="10.1037/a0020142",
    ),
    Measure(
        key="AHW",
        name="Cronbach's alpha",
        inputs=RELIABILITY,
        function=cube_root_alpha,
        scale=CUBE_ROOT_GAP,
        swap=Swap.NONE,
        zero_variance=True,
        design_point=_POINT,
        doi="10.1007/BF02291840",
    ),
    Measure(
        key="ABT",
        name="Cronbach's alpha",
        inputs=RELIABILITY,
        function=log_alpha,
        scale=LOG_GAP,
        swap=Swap.NONE,
        design_point=_POINT,
        doi="10.3102/10769986027004335",
    ),
    Measure(
        key="REH",
        name="Relative excess heterozygosity",
        inputs=GENOTYPES,
        function=excess_heterozygosity,
        scale=LOG,
        swap=Swap.NONE,
        design_point=at(GENOTYPES, 34.0, 58.0, 28.0),
        doi="10.1007/s10549-010-1295-z",
    ),
)
