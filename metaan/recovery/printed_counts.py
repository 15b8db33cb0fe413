"""Numbers of events from what a paper prints instead."""

from __future__ import annotations

import numpy as np

from metaan.core.arrays import ArrayLike, Floats
from metaan.core.numbers import compact, counted
from metaan.recovery.digits import HAIR, half_unit
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.noting import noted
from metaan.recovery.recovered import Part, Recovered
from metaan.recovery.rules import count_faults

GRIM = (
    "Brown NJL, Heathers JAJ (2017). Soc Psychol Personal Sci 8:363. doi:10.1177/1948550616673876"
)


def events_from_percent(percent: Given, n: Given, *, digits: ArrayLike | None = None) -> Recovered:
    """Return the events whose percentage was printed: the whole number nearest percent n / 100.

    Parameters
    ----------
    percent, n : array_like, broadcastable
        0 to 100, and participants.
    digits : array_like of int, optional
        Decimals of the percentage; None: as many as it needs.

    Returns
    -------
    Recovered
        ``events``, ``n``, ``events_unrounded``, and ``events_low`` to ``events_high``: all whole
        numbers with the printed percentage. A flag names each study in which there is none (then
        events is the nearest, and n or the percentage belongs to something else) or several.

    Raises
    ------
    InputError
        If a percentage is not within 0 to 100, or n is not a whole number above 0.

    References
    ----------
    .. [1] Brown NJL, Heathers JAJ (2017). The GRIM test. Soc Psychol Personal Sci 8:363.
       doi:10.1177/1948550616673876

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.events_from_percent([43.3, 42.8], [120, 35])
    >>> found["events"], found.flags
    (array([52., 15.]), ('row 2: no whole count out of 35 is 42.8%; the nearest is 15 (42.86%)',))
    """
    percent, n = together(percent=percent, n=n)
    refuse(
        faults((percent < 0) | (percent > 100), {"percent": percent},
               rule="a percentage must lie between 0 and 100", remedy="look for a misread digit"),
        count_faults("n", n, least=1),
    )  # fmt: skip
    unit = half_unit(digits, percent)
    exact = percent * n / 100
    low = np.maximum(np.ceil((percent - unit) * n / 100 - HAIR), 0)
    high = np.minimum(np.floor((percent + unit) * n / 100 + HAIR), n)
    none = low > high
    events = np.clip(np.round(exact), np.where(none, 0, low), np.where(none, n, high))
    result = Recovered(
        columns={"events": events, "n": n, "events_unrounded": exact,
                 "events_low": np.where(none, np.nan, low),
                 "events_high": np.where(none, np.nan, high)},
        method="events from the percentage", source=GRIM,
        flagged=_percent_flags(percent, n, events, low, high),
    )  # fmt: skip
    return carrying(result, percent, n)


def _percent_flags(
    percent: Floats, n: Floats, events: Floats, low: Floats, high: Floats
) -> tuple[Part, ...]:
    none, several = low > high, high > low
    missing = [
        f"no whole count out of {a:.0f} is {compact(b)}%; the nearest is {c:.0f} "
        f"({100 * c / a:.2f}%)"
        for a, b, c in zip(n[none], percent[none], events[none], strict=True)
    ]
    open_ = [
        f"{counted(int(c - b + 1), 'count')} out of {a:.0f} give the printed percentage, "
        f"{b:.0f} to {c:.0f}; give digits if more are printed"
        for a, b, c in zip(n[several], low[several], high[several], strict=True)
    ]
    return noted(none, missing) + noted(several, open_)
