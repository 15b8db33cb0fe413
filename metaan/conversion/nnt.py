"""Numbers needed to treat, with intervals that may pass through infinity."""

from __future__ import annotations

import numpy as np

from metaan.conversion.delta import converted
from metaan.conversion.risk import (
    difference_from_odds,
    or_to_rd,
    rr_to_rd,
)
from metaan.core.arrays import ArrayLike, Floats
from metaan.core.numbers import compact
from metaan.core.study_intervals import DEFAULT_LEVEL
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.levels import level_quantile, levels
from metaan.recovery.noting import noted
from metaan.recovery.recovered import Assumption, Part, Recovered
from metaan.recovery.rules import v_faults

ALTMAN = "Altman DG (1998). BMJ 317:1309. doi:10.1136/bmj.317.7168.1309"


def rd_to_nnt(
    y: Given, v: Given, *, level: ArrayLike = DEFAULT_LEVEL, desired: bool = False
) -> Recovered:
    """Return numbers needed to treat: ``-1 / RD`` (``1 / RD`` if the event is desired).

    Parameters
    ----------
    y, v : array_like
        Risk differences, treatment minus control, and variances.
    level : array_like
        Of the interval.
    desired : bool
        True if the event is what patients hope for (a response), False if it is a harm (a death).

    Returns
    -------
    Recovered
        ``nnt``, ``nnt_low``, ``nnt_high``, and ``y``, ``v`` of the risk difference. A positive
        number is needed to treat for one to benefit (NNTB), a negative one for one to be harmed
        (NNTH); nothing is rounded. ``nnt_low`` comes from the limit with more benefit. Where the
        interval of the difference holds 0, ``nnt_low`` is an NNTB, ``nnt_high`` an NNTH, and the
        interval is not between them: it runs from NNTB to infinity to NNTH. A flag writes it so.

    Raises
    ------
    InputError
        If a difference is beyond -1 or 1, a variance negative, or the level not between 0 and 1.

    References
    ----------
    .. [1] Altman DG (1998). BMJ 317:1309. doi:10.1136/bmj.317.7168.1309

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.rd_to_nnt([-0.10], [(0.15 / 1.959964) ** 2])
    >>> found["nnt"], found["nnt_low"].round(2), found["nnt_high"].round(2)
    (array([10.]), array([4.]), array([-20.]))
    >>> found.flags
    ('row 1: NNTB 10 (NNTH 20 to ∞ to NNTB 4)',)
    """
    rd, spread, z = together(y=y, v=v, level=_quantile(level))
    refuse(
        v_faults(spread),
        faults(np.abs(rd) > 1, {"y": rd}, rule="a risk difference must lie between -1 and 1",
               remedy="give a share, not a percentage"),
    )  # fmt: skip
    effect = converted(spread, rd, np.ones_like(rd), method="", source=ALTMAN)
    half = z * np.sqrt(spread)
    result = _needed(effect, (rd - half, rd + half), desired=desired)
    return carrying(result, y, v)


def or_to_nnt(
    y: Given,
    v: Given,
    baseline_risk: Given,
    *,
    level: ArrayLike = DEFAULT_LEVEL,
    desired: bool = False,
) -> Recovered:
    """Return numbers needed to treat from a log odds ratio, at a baseline risk.

    The limits are those of the odds ratio, each converted at the baseline risk.

    Parameters
    ----------
    y, v : array_like
        Log odds ratios and variances.
    baseline_risk : array_like
        Risk without the treatment, assumed; ``baseline_risk[:, None]`` for a sweep.
    level, desired : float, bool
        See ``rd_to_nnt``.

    Returns
    -------
    Recovered
        As of ``rd_to_nnt``.

    Raises
    ------
    InputError
        If a baseline risk is not between 0 and 1, a variance negative, or the level wrong.

    References
    ----------
    .. [1] Altman DG (1998). BMJ 317:1309. doi:10.1136/bmj.317.7168.1309
    .. [2] Cochrane Handbook for Systematic Reviews of Interventions, 15.4.4.
       doi:10.1002/9781119536604.ch15

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> found = ma.or_to_nnt(np.log([0.73]), [0.01], [0.3])
    >>> found["nnt"].round(1), found["nnt_low"].round(1), found["nnt_high"].round(1)
    (array([16.2]), array([10.5]), array([41.1]))
    """
    effect = or_to_rd(y, v, baseline_risk)
    log_or, spread, p, z = together(y=y, v=v, baseline_risk=baseline_risk, level=_quantile(level))
    half = z * np.sqrt(spread)
    ends = difference_from_odds(log_or - half, p), difference_from_odds(log_or + half, p)
    result = _needed(effect, ends, desired=desired)
    return carrying(result, y, v, baseline_risk)


def rr_to_nnt(
    y: Given,
    v: Given,
    baseline_risk: Given,
    *,
    level: ArrayLike = DEFAULT_LEVEL,
    desired: bool = False,
) -> Recovered:
    """Return numbers needed to treat from a log risk ratio: ``1 / (p (1 - RR))``.

    p is the baseline risk. The limits are those of the risk ratio, each converted at p; a limit
    that takes the risk beyond 1 is cut there.

    Parameters
    ----------
    y, v : array_like
        Log risk ratios and variances.
    baseline_risk, level, desired : array_like, float, bool
        See ``or_to_nnt``.

    Returns
    -------
    Recovered
        As of ``rd_to_nnt``; a flag where a limit was cut.

    Raises
    ------
    InputError
        If p RR exceeds 1; otherwise as of ``or_to_nnt``.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 15.4.4.
       doi:10.1002/9781119536604.ch15

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> ma.rr_to_nnt(np.log([0.92]), [0.0001], [0.3])["nnt"].round(1)
    array([41.7])
    """
    effect = rr_to_rd(y, v, baseline_risk)
    log_rr, spread, p, z = together(y=y, v=v, baseline_risk=baseline_risk, level=_quantile(level))
    half = z * np.sqrt(spread)
    low, high = p * np.expm1(log_rr - half), p * np.expm1(log_rr + half)
    cut = high > 1 - p
    texts = [
        f"the upper limit of the risk ratio takes a baseline risk of {compact(x)} beyond 1: cut"
        for x in p[cut]
    ]
    result = _needed(
        effect, (low, np.minimum(high, 1 - p)), desired=desired, flagged=noted(cut, texts)
    )
    return carrying(result, y, v, baseline_risk)


def nnt_text(nnt: float, low: float, high: float, digits: int = 0) -> str:
    """Return a number needed to treat and its interval as Altman writes them.

    Parameters
    ----------
    nnt, low, high : float
        As in the columns of ``rd_to_nnt``.
    digits : int
        Decimals.

    Returns
    -------
    str
        ``NNTB 10 (NNTH 20 to ∞ to NNTB 4)``, or ``NNTB 10 (4 to 20)`` on one side.

    References
    ----------
    .. [1] Altman DG (1998). BMJ 317:1309. doi:10.1136/bmj.317.7168.1309

    Examples
    --------
    >>> from metaan.conversion.nnt import nnt_text
    >>> nnt_text(10, 4, -20), nnt_text(10, 6.2, 25)
    ('NNTB 10 (NNTH 20 to ∞ to NNTB 4)', 'NNTB 10 (6 to 25)')
    """
    if np.isnan([nnt, low, high]).any():
        return "–"
    if high < 0 < low:
        return f"{_one(nnt, digits)} ({_one(high, digits)} to ∞ to {_one(low, digits)})"
    ends = sorted((abs(low), abs(high)))
    between = " to ".join(_one(each, digits).split()[-1] for each in ends)
    return f"{_one(nnt, digits)} ({between})"


def _one(value: float, digits: int) -> str:
    if np.isinf(value):
        return "∞"
    return f"{'NNTB' if value > 0 else 'NNTH'} {abs(value):.{digits}f}"


def _quantile(level: ArrayLike) -> Floats:
    return level_quantile(levels(level), np.asarray(np.inf))


def _needed(
    effect: Recovered,
    ends: tuple[Floats, Floats],
    *,
    desired: bool,
    flagged: tuple[Part, ...] = (),
) -> Recovered:
    """Return the record with the numbers needed, from the difference and its limits."""
    low, high = ends if desired else (-ends[1], -ends[0])
    rd = effect["y"] if desired else -effect["y"]
    with np.errstate(divide="ignore"):
        nnt, most, least = (1 / np.where(each == 0, 0.0, each) for each in (rd, low, high))
    through = (low < 0) & (high > 0)
    texts = [
        nnt_text(float(a), float(b), float(c))
        for a, b, c in zip(nnt[through], least[through], most[through], strict=True)
    ]
    event = Assumption(name="event", value="desired" if desired else "harmful")
    return Recovered(
        columns={"nnt": nnt, "nnt_low": least, "nnt_high": most, **effect},
        method="numbers needed to treat",
        source=ALTMAN,
        assumptions=(*effect.assumptions, event),
        flagged=flagged + noted(through, texts),
    )
