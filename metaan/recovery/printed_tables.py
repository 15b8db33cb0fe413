"""Fourfold tables from what a paper prints instead of their cells."""

from __future__ import annotations

import numpy as np
from scipy import special

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.numbers import compact
from metaan.recovery.digits import HAIR, half_unit
from metaan.recovery.faults import faults, refuse
from metaan.recovery.fourfold import (
    YATES,
    Statistic,
    cross_ratio,
    margin_faults,
    phi_coefficient,
    root_of_margins,
    signed_chi2,
)
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.noting import noted
from metaan.recovery.recovered import Recovered
from metaan.recovery.rules import p_faults

BONETT = "Bonett DG (2007). Am Psychol 62:254. doi:10.1037/0003-066X.62.3.254"
YULE = "Yule GU (1912). J R Stat Soc 75:579. doi:10.2307/2340126"


def table_from_odds_ratio(
    odds_ratio: Given,
    n1: Given,
    n2: Given,
    events: Given,
    *,
    digits: ArrayLike | None = None,
) -> Recovered:
    """Return the fourfold table with this odds ratio and these margins.

    The events of group 1 solve ``a (n2 - events + a) = OR (n1 - a) (events - a)``.

    Parameters
    ----------
    odds_ratio : array_like
        Of group 1 over group 2; unadjusted.
    n1, n2 : array_like
        Participants.
    events : array_like
        Events of both groups together.
    digits : array_like of int, optional
        Decimals of the odds ratio; None: as many as it needs.

    Returns
    -------
    Recovered
        ``events1``, ``n1``, ``events2``, ``n2``, the first cell rounded to the nearest whole
        number (ties to even) and the others from the margins; ``events1_unrounded``,
        ``events2_unrounded``. A flag names each study whose whole table does not give back the
        printed odds ratio.

    Raises
    ------
    InputError
        If margins are not whole or do not fit, or an odds ratio is negative.

    Notes
    -----
    metafor's ``conv.2x2``: its ni is n1 + n2, its n1i our n1, its n2i our events.

    References
    ----------
    .. [1] Bonett DG (2007). Am Psychol 62:254. doi:10.1037/0003-066X.62.3.254

    Examples
    --------
    >>> import metaan as ma
    >>> table = ma.table_from_odds_ratio([2.5], n1=90, n2=110, events=80)
    >>> table["events1"], table["events2"], table.flags
    (array([47.]), array([33.]), ('row 1: the nearest whole table has 2.55, not 2.5',))
    """
    ratio, n1, n2, events = together(odds_ratio=odds_ratio, n1=n1, n2=n2, events=events)
    refuse(
        *margin_faults(n1, n2, events),
        faults((ratio < 0) | np.isinf(ratio), {"odds_ratio": ratio},
               rule="an odds ratio must be finite and not negative",
               remedy="give the ratio, not its logarithm"),
    )  # fmt: skip
    linear = n2 - events + ratio * (n1 + events)
    root = np.sqrt(np.maximum(linear**2 + 4 * (1 - ratio) * ratio * n1 * events, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        # the quadratic's root twice: each form is free of cancellation on its side
        cell = np.where(
            linear > 0,
            2 * ratio * n1 * events / (linear + root),
            (root - linear) / (2 * (1 - ratio)),
        )
    result = _table(
        cell, (n1, n2, events), ratio, half_unit(digits, ratio),
        statistic=cross_ratio, method="from the odds ratio and the margins", source=BONETT,
    )  # fmt: skip
    return carrying(result, odds_ratio, n1, n2, events)


def table_from_phi(
    phi: Given,
    n1: Given,
    n2: Given,
    events: Given,
    *,
    digits: ArrayLike | None = None,
) -> Recovered:
    """Return the fourfold table with this phi coefficient and these margins.

    ``a = n1 events / N + phi sqrt(n1 n2 events (N - events)) / N``, N = n1 + n2.

    Parameters
    ----------
    phi : array_like
        Correlation of group (1 is the higher) and event.
    n1, n2, events, digits : array_like
        See ``table_from_odds_ratio``.

    Returns
    -------
    Recovered
        As of ``table_from_odds_ratio``.

    Raises
    ------
    InputError
        If margins are not whole or do not fit, or if no table with them has this phi.

    References
    ----------
    .. [1] Yule GU (1912). J R Stat Soc 75:579. doi:10.2307/2340126

    Examples
    --------
    >>> import metaan as ma
    >>> table = ma.table_from_phi([0.2], n1=70, n2=80, events=60)
    >>> table["events1"], table["events1_unrounded"].round(2)
    (array([35.]), array([35.33]))
    """
    phi, n1, n2, events = together(phi=phi, n1=n1, n2=n2, events=events)
    refuse(*margin_faults(n1, n2, events))
    total = n1 + n2
    cell = (n1 * events + phi * root_of_margins(n1, n2, events)) / total
    result = _table(
        cell, (n1, n2, events), phi, half_unit(digits, phi), statistic=phi_coefficient,
        method="from phi and the margins",
        source=YULE,
    )  # fmt: skip
    return carrying(result, phi, n1, n2, events)


def table_from_chi2(
    chi2: Given,
    n1: Given,
    n2: Given,
    events: Given,
    *,
    yates: bool = True,
    digits: ArrayLike | None = None,
) -> Recovered:
    """Return the fourfold table with this signed chi-square (1 df) and these margins.

    ``a = n1 events / N ± (sqrt(|chi2| n1 n2 events (N - events) / N) + c) / N``; c = N / 2 with
    Yates' correction, 0 without.

    Parameters
    ----------
    chi2 : array_like
        With a minus sign where group 1 has the lower risk: the statistic itself has no direction.
    n1, n2, events : array_like
        See ``table_from_odds_ratio``.
    yates : bool
        Whether the paper corrected for continuity.
    digits : array_like of int, optional
        Decimals of chi2; None: as many as it needs.

    Returns
    -------
    Recovered
        As of ``table_from_odds_ratio``.

    Raises
    ------
    InputError
        If margins are not whole or do not fit, or if no table with them has this chi-square.

    Notes
    -----
    A corrected chi-square of 0 stands for every table within half an event of independence; the
    nearest to independence is returned.

    References
    ----------
    .. [1] Yates F (1934). Suppl J R Stat Soc 1:217. doi:10.2307/2983604

    Examples
    --------
    >>> import metaan as ma
    >>> table = ma.table_from_chi2([5.4], n1=60, n2=60, events=55)
    >>> table["events1"], table["events2"]
    (array([34.]), array([21.]))
    """
    chi2, n1, n2, events = together(chi2=chi2, n1=n1, n2=n2, events=events)
    refuse(*margin_faults(n1, n2, events))
    result = _from_chi2(
        chi2, (n1, n2, events), chi2, half_unit(digits, chi2), yates=yates,
        statistic=signed_chi2(yates), name="chi-square",
    )  # fmt: skip
    return carrying(result, chi2, n1, n2, events)


def table_from_p(
    p: Given,
    n1: Given,
    n2: Given,
    events: Given,
    *,
    sign: Given,
    yates: bool = True,
    digits: ArrayLike | None = None,
) -> Recovered:
    """Return the fourfold table whose chi-square test has this p-value, and these margins.

    Parameters
    ----------
    p : array_like
        Of the chi-square test with 1 degree of freedom.
    n1, n2, events : array_like
        See ``table_from_odds_ratio``.
    sign : array_like
        1 where group 1 has the higher risk, -1 where it has the lower.
    yates : bool
        Whether the paper corrected for continuity.
    digits : array_like of int, optional
        Decimals of p; None: as many as it needs.

    Returns
    -------
    Recovered
        As of ``table_from_odds_ratio``.

    Raises
    ------
    InputError
        If p is not above 0 and at most 1, the sign is not 1 or -1, or no table fits.

    References
    ----------
    .. [1] Yates F (1934). Suppl J R Stat Soc 1:217. doi:10.2307/2983604

    Examples
    --------
    >>> import metaan as ma
    >>> table = ma.table_from_p([0.03], n1=60, n2=60, events=55, sign=1)
    >>> table["events1"], table["events2"], table.flags
    (array([34.]), array([21.]), ())
    """
    p, n1, n2, events, side = together(p=p, n1=n1, n2=n2, events=events, sign=sign)
    refuse(
        *margin_faults(n1, n2, events),
        p_faults(p, remedy="a bound such as < 0.001 leads to no table"),
        faults(~np.isnan(side) & (np.abs(side) != 1), {"sign": side},
               rule="sign must be 1 or -1", remedy="1: group 1 has the higher risk"),
    )  # fmt: skip
    signed = signed_chi2(yates)

    def p_value(a: Floats, n1: Floats, n2: Floats, events: Floats) -> Floats:
        return np.asarray(2 * special.ndtr(-np.sqrt(np.abs(signed(a, n1, n2, events)))))

    result = _from_chi2(
        side * special.ndtri(p / 2) ** 2, (n1, n2, events), p, half_unit(digits, p), yates=yates,
        statistic=p_value, name="chi-square test's p-value",
    )  # fmt: skip
    return carrying(result, p, n1, n2, events, sign)


def _from_chi2(
    chi2: Floats,
    margins: tuple[Floats, Floats, Floats],
    printed: Floats,
    unit: Floats,
    *,
    yates: bool,
    statistic: Statistic,
    name: str,
) -> Recovered:
    n1, n2, events = margins
    total = n1 + n2
    cross = np.sqrt(np.abs(chi2) / total) * root_of_margins(n1, n2, events)
    shift = np.sign(chi2) * (cross + (total / 2 if yates else 0))
    how = "with" if yates else "without"
    return _table(
        (n1 * events + shift) / total, margins, printed, unit, statistic=statistic,
        method=f"from the {name} ({how} Yates' correction) and the margins", source=YATES,
    )  # fmt: skip


def _table(
    cell: Floats,
    margins: tuple[Floats, Floats, Floats],
    printed: Floats,
    unit: Floats,
    *,
    statistic: Statistic,
    method: str,
    source: str,
) -> Recovered:
    n1, n2, events = margins
    whole = np.round(cell) + 0.0  # never -0
    refuse(
        faults(
            (whole < np.maximum(events - n2, 0)) | (whole > np.minimum(n1, events)),
            {"printed": printed, "n1": n1, "n2": n2, "events": events},
            rule="no table with these margins has it",
            remedy="look for a misread margin, or another sign or correction",
        )
    )
    with np.errstate(invalid="ignore"):
        again = statistic(whole, n1, n2, events)
        off = ~(np.abs(again - printed) <= unit + HAIR * np.abs(printed))
    off &= ~np.isnan(printed + whole)
    texts = [
        f"the nearest whole table has {compact(a)}, not {compact(b)}"
        for a, b in zip(again[off], printed[off], strict=True)
    ]
    return Recovered(
        columns={"events1": whole, "n1": n1, "events2": events - whole, "n2": n2,
                 "events1_unrounded": cell, "events2_unrounded": events - cell},
        method=method, source=source, flagged=noted(off, texts),
    )  # fmt: skip
