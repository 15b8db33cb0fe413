"""Effects of matched pairs with a binary outcome.

Of each pair, one gets the treatment and one the control (or one person gets both). ``both`` counts
the pairs with two events, ``only1`` and ``only2`` those with one, under the treatment or under
the control, ``neither`` the rest. "Marginal" effects compare the two risks; "conditional" ones
are those within a pair, for which concordant pairs say nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from metaan.core.arrays import Floats
from metaan.core.scale import IDENTITY, LOG, Scale
from metaan.measures.binary import CellFormula, cells, from_cells
from metaan.measures.row import MARGINS, MATCHED, Measure, Pair, Route, Swap, at
from metaan.measures.zero_rules import DEFAULT_ADD, DEFAULT_RULE, RULE_OPTIONS, ZERO_OPTIONS


def _paired(
    formula: CellFormula, table: tuple[Floats, Floats, Floats, Floats], *, add: float, to: str
) -> Pair:
    both, only1, only2, neither = table
    counted = (both >= 0) & (only1 >= 0) & (only2 >= 0) & (neither >= 0)
    missing = np.asarray(~(counted & (both + only1 + only2 + neither > 0)))
    return from_cells(formula, table, missing, add=add, to=to)


def _marginal_risk_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    del d
    return np.log((a + b) / (a + c)), (b + c) / ((a + b) * (a + c))


def _marginal_risk_difference(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    n = a + b + c + d
    # (b + c) / n - (b - c)² / n², without cancelling
    return (b - c) / n, ((b + c) * (a + d) + 4 * b * c) / n**3


def _marginal_odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    yes1, no1, yes2, no2 = a + b, c + d, a + c, b + d
    phi = (a * d - b * c) / np.sqrt((yes1 * no1) * (yes2 * no2))
    return _from_margins(yes1, no1, yes2, no2, phi)


def _from_margins(a: Floats, b: Floats, c: Floats, d: Floats, correlation: Floats) -> Pair:
    # the SDs of the two log odds; so written, perfect agreement has a variance of exactly 0
    one, two = np.sqrt((a + b) / (a * b)), np.sqrt((c + d) / (c * d))
    v = (one - two) ** 2 + 2 * one * two * (1 - correlation)
    return np.log(a * d / (b * c)), v


def _conditional_odds_ratio(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    del a, d
    return np.log(b / c), 1 / b + 1 / c


def _conditional_peto(a: Floats, b: Floats, c: Floats, d: Floats) -> Pair:
    del a, d
    return 2 * (b - c) / (b + c), 4 / (b + c)


def matched_risk_ratio(
    both: Floats,
    only1: Floats,
    only2: Floats,
    neither: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Pair:
    """Return the log ratio of the two risks, and v, shape (..., k).

    ``y = log((both + only1) / (both + only2))`` and ``v = (only1 + only2) / ((both + only1)
    (both + only2))``.

    Parameters
    ----------
    both, only1, only2, neither : ndarray, shape (..., k)
        Pairs by their events.
    add, to
        As for two groups (``metaan.measures.binary.cells``), of the table of pairs.

    Returns
    -------
    y, v : ndarray, shape (..., k)
        NaN where it is undefined.

    References
    ----------
    .. [1] Zou GY (2007). Clin Trials 4:25. doi:10.1177/1740774506075667
    """
    return _paired(_marginal_risk_ratio, (both, only1, only2, neither), add=add, to=to)


def matched_odds_ratio(
    both: Floats,
    only1: Floats,
    only2: Floats,
    neither: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Pair:
    """Return the log ratio of the odds of the two risks, and v, shape (..., k).

    ``v`` is the sum of the inverse marginal counts less ``2 n (both neither - only1 only2)`` over
    their product: the two risks are correlated. See `matched_risk_ratio` for the parameters.

    References
    ----------
    .. [1] Elbourne DR, Altman DG, Higgins JPT, et al. (2002). Int J Epidemiol 31:140.
       doi:10.1093/ije/31.1.140
    """
    return _paired(_marginal_odds_ratio, (both, only1, only2, neither), add=add, to=to)


def matched_risk_difference(
    both: Floats,
    only1: Floats,
    only2: Floats,
    neither: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Pair:
    """Return ``(only1 - only2) / n`` and v, shape (..., k).

    ``v = ((only1 + only2) / n - y²) / n``. See `matched_risk_ratio` for the parameters.

    References
    ----------
    .. [1] Fagerland MW, Lydersen S, Laake P (2014). Stat Med 33:2850. doi:10.1002/sim.6148
    """
    return _paired(_marginal_risk_difference, (both, only1, only2, neither), add=add, to=to)


def matched_conditional_odds_ratio(
    both: Floats,
    only1: Floats,
    only2: Floats,
    neither: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Pair:
    """Return ``log(only1 / only2)`` and ``1/only1 + 1/only2``, shape (..., k).

    See `matched_risk_ratio` for the parameters. A zero of a concordant cell, too, makes the
    zero-cell rule add to all four, as in metafor, although that cell is not looked at.

    References
    ----------
    .. [1] Curtin F, Elbourne D, Altman DG (2002). Stat Med 21:2145. doi:10.1002/sim.1206
    """
    return _paired(_conditional_odds_ratio, (both, only1, only2, neither), add=add, to=to)


def matched_peto_odds_ratio(
    both: Floats,
    only1: Floats,
    only2: Floats,
    neither: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
) -> Pair:
    """Return Peto's conditional log odds ratio and v, shape (..., k).

    ``y = 2 (only1 - only2) / (only1 + only2)`` and ``v = 4 / (only1 + only2)``, both for an odds
    ratio near 1. See `matched_risk_ratio` for the parameters.

    References
    ----------
    .. [1] Curtin F, Elbourne D, Altman DG (2002). Stat Med 21:2145. doi:10.1002/sim.1206
    """
    return _paired(_conditional_peto, (both, only1, only2, neither), add=add, to=to)


def margins_odds_ratio(
    events1: Floats,
    n1: Floats,
    events2: Floats,
    n2: Floats,
    r: Floats,
    *,
    add: float = DEFAULT_ADD,
    to: str = DEFAULT_RULE,
    drop_double_zero: bool = False,
) -> Pair:
    """Return `matched_odds_ratio` from the margins and the correlation, shape (..., k).

    Parameters
    ----------
    events1, n1, events2, n2 : ndarray, shape (..., k)
        Events and numbers under the treatment and under the control, of the same pairs.
    r : ndarray, shape (..., k)
        Phi coefficient between the two answers of a pair.
    add, to, drop_double_zero
        As for two groups (``metaan.measures.binary.cells``), of the table of margins.

    Returns
    -------
    y, v : ndarray, shape (..., k)
        ``v = 1/a + 1/b + 1/c + 1/d - 2 r n / sqrt(a b c d)``; NaN for a correlation outside
        -1 to 1.

    Notes
    -----
    n1 and n2 should be one number. Where they are not (answers are missing), n is their mean,
    rounded to a whole number of pairs, as in metafor.

    References
    ----------
    .. [1] Elbourne DR, Altman DG, Higgins JPT, et al. (2002). Int J Epidemiol 31:140.
       doi:10.1093/ije/31.1.140
    """
    a, b, c, d = cells(events1, n1, events2, n2, add=add, to=to, drop_double_zero=drop_double_zero)
    size1, size2 = a + b, c + d
    pairs = np.where(n1 == n2, size1, np.rint((size1 + size2) / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        y, v = _from_margins(a, b, c, d, r * (pairs / np.sqrt(size1 * size2)))
    good = np.isfinite(y) & np.isfinite(v) & (v >= 0) & (np.abs(r) <= 1)
    return np.where(good, y, np.nan), np.where(good, v, np.nan)


def from_joint_proportion(
    events1: Floats, n1: Floats, events2: Floats, n2: Floats, p_both: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the inputs of `margins_odds_ratio`, given the proportion of pairs with two events.

    ``r = (p_both - p1 p2) / sqrt(p1 (1 - p1) p2 (1 - p2))``; 0 where a risk is 0 or 1, which
    leaves nothing to covary.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p1, p2 = events1 / n1, events2 / n2
        spread = np.sqrt(p1 * (1 - p1) * p2 * (1 - p2))
        r = np.where(spread == 0, 0.0, (p_both - p1 * p2) / spread)
    return events1, n1, events2, n2, r


def _row(key: str, name: str, function: Callable[..., Pair], scale: Scale, doi: str) -> Measure:
    return Measure(
        key=key,
        name=name,
        inputs=MATCHED,
        function=function,
        options=RULE_OPTIONS,
        scale=scale,
        swap=Swap.SIGN,
        design_point=at(MATCHED, 34.0, 29.0, 17.0, 40.0),
        doi=doi,
    )


_ZOU, _ELBOURNE, _CURTIN = "10.1177/1740774506075667", "10.1093/ije/31.1.140", "10.1002/sim.1206"

# Uncorrected, v of a marginal effect is 0 where all pairs agree.
ROWS = (
    *(
        replace(row, zero_variance=True)
        for row in (
            _row("MPRR", "Risk ratio (matched pairs)", matched_risk_ratio, LOG, _ZOU),
            _row("MPOR", "Odds ratio (matched pairs)", matched_odds_ratio, LOG, _ELBOURNE),
            _row(
                "MPRD",
                "Risk difference (matched pairs)",
                matched_risk_difference,
                IDENTITY,
                "10.1002/sim.6148",
            ),
        )
    ),
    _row("MPORC", "Conditional odds ratio", matched_conditional_odds_ratio, LOG, _CURTIN),
    _row("MPPETO", "Conditional odds ratio (Peto)", matched_peto_odds_ratio, LOG, _CURTIN),
    Measure(
        key="MPORM",
        name="Odds ratio (matched pairs, from margins)",
        inputs=MARGINS,
        function=margins_odds_ratio,
        options=ZERO_OPTIONS,
        scale=LOG,
        swap=Swap.SIGN,
        zero_variance=True,  # where all pairs agree
        routes=(
            Route(
                inputs=("events1", "n1", "events2", "n2", "p_both"),
                convert=from_joint_proportion,
                says="correlation from the proportion of pairs with two events",
            ),
        ),
        design_point=at(MARGINS, 52.0, 100.0, 39.0, 100.0, 0.25),
        doi=_ELBOURNE,
    ),
)
