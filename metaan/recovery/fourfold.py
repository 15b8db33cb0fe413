"""Statistics of fourfold tables with given margins, and the rules their counts keep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from metaan.core.arrays import Floats
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.recovered import Recovered
from metaan.recovery.rules import count_faults, event_faults

# Events of group 1, participants of both groups and all events, to a statistic.
Statistic = Callable[[Floats, Floats, Floats, Floats], Floats]

YATES = "Yates F (1934). Suppl J R Stat Soc 1:217. doi:10.2307/2983604"


def chi2_test(
    events1: Given, n1: Given, events2: Given, n2: Given, *, yates: bool = True
) -> Recovered:
    """Return the signed chi-square of fourfold tables and its p-value (1 degree of freedom).

    ``N max(|a d - b c| - c, 0)² / (n1 n2 events (N - events))``; c as in ``table_from_chi2``.

    Parameters
    ----------
    events1, n1, events2, n2 : array_like
        Events and participants.
    yates : bool
        Whether to correct for continuity.

    Returns
    -------
    Recovered
        ``chi2``, negative where group 1 has the lower risk, and ``p``; NaN without variation.

    References
    ----------
    .. [1] Yates F (1934). Suppl J R Stat Soc 1:217. doi:10.2307/2983604

    Examples
    --------
    >>> from metaan.recovery.fourfold import chi2_test
    >>> found = chi2_test([34], [60], [21], [60])
    >>> found["chi2"].round(2), found["p"].round(3)
    (array([4.83]), array([0.028]))
    """
    a, n1, c, n2 = together(events1=events1, n1=n1, events2=events2, n2=n2)
    refuse(*margin_faults(n1, n2, a + c), *(
        event_faults(x, n, group=g)
        for g, x, n in (("1", a, n1), ("2", c, n2))
    ))  # fmt: skip
    chi2 = signed_chi2(yates)(a, n1, n2, a + c)
    result = Recovered(
        columns={"chi2": chi2, "p": 2 * special.ndtr(-np.sqrt(np.abs(chi2)))},
        method=f"chi-square test {'with' if yates else 'without'} Yates' correction",
        source=YATES,
    )
    return carrying(result, events1, n1, events2, n2)


def cross_ratio(a: Floats, n1: Floats, n2: Floats, events: Floats) -> Floats:
    """Return the odds ratio ``a d / (b c)`` of a table with these margins."""
    c = events - a
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(a * (n2 - c) / ((n1 - a) * c))


def root_of_margins(n1: Floats, n2: Floats, events: Floats) -> Floats:
    """Return the root of the product of the four margins."""
    return np.asarray(np.sqrt(n1 * n2 * events * (n1 + n2 - events)))


def phi_coefficient(a: Floats, n1: Floats, n2: Floats, events: Floats) -> Floats:
    """Return ``(a N - n1 events) / sqrt(product of the margins)``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((a * (n1 + n2) - n1 * events) / root_of_margins(n1, n2, events))


def signed_chi2(yates: bool) -> Statistic:
    """Return the function that gives chi-square with the sign of ``a d - b c``."""

    def signed(a: Floats, n1: Floats, n2: Floats, events: Floats) -> Floats:
        total = n1 + n2
        cross = a * total - n1 * events
        size = np.maximum(np.abs(cross) - (total / 2 if yates else 0), 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            root = size / root_of_margins(n1, n2, events)
        return np.asarray(np.sign(cross) * total * root * root)

    return signed


def margin_faults(n1: Floats, n2: Floats, events: Floats) -> tuple[list[str], ...]:
    """Return the faults of each margin, and of events beyond the participants."""
    return (
        count_faults("n1", n1, least=1),
        count_faults("n2", n2, least=1),
        count_faults("events", events, least=0),
        faults(events > n1 + n2, {"events": events, "n1": n1, "n2": n2},
               rule="events must not exceed the participants", remedy="look for a misread digit"),
    )  # fmt: skip
