"""Odds ratio, risk ratio and risk difference into each other at a baseline risk.

The baseline risk is that of the control group in the population the reader has in mind; it is
taken as known, so that its own error is in no variance.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from metaan.conversion.delta import converted
from metaan.core.arrays import Floats
from metaan.recovery.assumed import assumed
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.recovered import Recovered
from metaan.recovery.rules import share_faults, v_faults

GRANT = "Grant RL (2014). BMJ 348:f7450. doi:10.1136/bmj.f7450"
CHAPTER_15 = "Cochrane Handbook 15.4.4. doi:10.1002/9781119536604.ch15"
BASELINE = "baseline risk"


def or_to_rr(y: Given, v: Given, baseline_risk: Given) -> Recovered:
    """Return the log risk ratio: ``RR = OR / (1 - p + p OR)``, ``v (1 - p1)²``, p1 = p RR.

    Parameters
    ----------
    y, v : array_like
        Log odds ratios and variances.
    baseline_risk : array_like
        p, assumed; ``baseline_risk[:, None]`` for a sweep.

    Returns
    -------
    Recovered
        ``y`` (log risk ratio), ``v``.

    Raises
    ------
    InputError
        If a baseline risk is not between 0 and 1, or a variance negative.

    References
    ----------
    .. [1] Grant RL (2014). BMJ 348:f7450. doi:10.1136/bmj.f7450
    .. [2] Zhang J, Yu KF (1998). JAMA 280:1690. doi:10.1001/jama.280.19.1690

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> np.exp(ma.or_to_rr(np.log([2.0]), [0.04], 0.2)["y"]).round(3)
    array([1.667])
    """
    log_or, spread, p = together(y=y, v=v, baseline_risk=baseline_risk)
    refuse(v_faults(spread), share_faults("baseline_risk", p, what="a baseline risk"))
    result = converted(
        spread, log_or - np.log1p(p * np.expm1(log_or)), 1 - _risk(log_or, p),
        method="log risk ratio from the log odds ratio", source=GRANT,
        assumptions=(assumed(BASELINE, p),),
    )  # fmt: skip
    return carrying(result, y, v, baseline_risk)


def or_to_rd(y: Given, v: Given, baseline_risk: Given) -> Recovered:
    """Return the risk difference ``p1 - p`` of a log odds ratio, ``v (p1 (1 - p1))²``.

    ``logit(p1) = logit(p) + y``.

    Parameters
    ----------
    y, v, baseline_risk : array_like
        Log odds ratios, variances, and p, assumed.

    Returns
    -------
    Recovered
        ``y`` (risk difference), ``v``.

    Raises
    ------
    InputError
        As of ``or_to_rr``.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 15.4.4.
       doi:10.1002/9781119536604.ch15

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> ma.or_to_rd(np.log([2.0]), [0.04], 0.2)["y"].round(3)
    array([0.133])
    """
    log_or, spread, p = together(y=y, v=v, baseline_risk=baseline_risk)
    refuse(v_faults(spread), share_faults("baseline_risk", p, what="a baseline risk"))
    risk = _risk(log_or, p)
    result = converted(
        spread, difference_from_odds(log_or, p), risk * (1 - risk),
        method="risk difference from the log odds ratio", source=CHAPTER_15,
        assumptions=(assumed(BASELINE, p),),
    )  # fmt: skip
    return carrying(result, y, v, baseline_risk)


def rr_to_or(y: Given, v: Given, baseline_risk: Given) -> Recovered:
    """Return the log odds ratio: ``OR = RR (1 - p) / (1 - p RR)``, ``v / (1 - p RR)²``.

    Parameters
    ----------
    y, v, baseline_risk : array_like
        Log risk ratios, variances, and p, assumed.

    Returns
    -------
    Recovered
        ``y`` (log odds ratio), ``v``.

    Raises
    ------
    InputError
        If p RR reaches 1; otherwise as of ``or_to_rr``.

    References
    ----------
    .. [1] Grant RL (2014). BMJ 348:f7450. doi:10.1136/bmj.f7450

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> np.exp(ma.rr_to_or(np.log([5 / 3]), [0.02], 0.2)["y"]).round(3)
    array([2.])
    """
    log_rr, spread, p = together(y=y, v=v, baseline_risk=baseline_risk)
    refuse(
        v_faults(spread),
        share_faults("baseline_risk", p, what="a baseline risk"),
        ratio_faults(log_rr, p, reached=True),
    )
    rest = 1 - p * np.exp(log_rr)
    result = converted(
        spread, log_rr + np.log1p(-p) - np.log(rest), 1 / rest,
        method="log odds ratio from the log risk ratio", source=GRANT,
        assumptions=(assumed(BASELINE, p),),
    )  # fmt: skip
    return carrying(result, y, v, baseline_risk)


def rr_to_rd(y: Given, v: Given, baseline_risk: Given) -> Recovered:
    """Return the risk difference: ``p (RR - 1)``, ``v (p RR)²``.

    Parameters
    ----------
    y, v, baseline_risk : array_like
        Log risk ratios, variances, and p, assumed.

    Returns
    -------
    Recovered
        ``y`` (risk difference), ``v``.

    Raises
    ------
    InputError
        If p RR exceeds 1; otherwise as of ``or_to_rr``.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 15.4.4.
       doi:10.1002/9781119536604.ch15

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> ma.rr_to_rd(np.log([0.75]), [0.02], [0.2])["y"].round(3)
    array([-0.05])
    """
    log_rr, spread, p = together(y=y, v=v, baseline_risk=baseline_risk)
    refuse(
        v_faults(spread),
        share_faults("baseline_risk", p, what="a baseline risk"),
        ratio_faults(log_rr, p),
    )
    result = converted(
        spread, p * np.expm1(log_rr), p * np.exp(log_rr),
        method="risk difference from the log risk ratio", source=CHAPTER_15,
        assumptions=(assumed(BASELINE, p),),
    )  # fmt: skip
    return carrying(result, y, v, baseline_risk)


def rd_to_rr(y: Given, v: Given, baseline_risk: Given) -> Recovered:
    """Return the log risk ratio: ``RR = 1 + RD / p``, ``v / (p + RD)²``.

    Parameters
    ----------
    y, v, baseline_risk : array_like
        Risk differences, variances, and p, assumed.

    Returns
    -------
    Recovered
        ``y`` (log risk ratio), ``v``.

    Raises
    ------
    InputError
        If p + RD is not above 0 and at most 1; otherwise as of ``or_to_rr``.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 15.4.4 (the difference from
       the ratio, solved here for the ratio). doi:10.1002/9781119536604.ch15

    Examples
    --------
    >>> import numpy as np
    >>> import metaan as ma
    >>> np.exp(ma.rd_to_rr([-0.05], [0.001], 0.2)["y"]).round(3)
    array([0.75])
    """
    rd, spread, p = together(y=y, v=v, baseline_risk=baseline_risk)
    risk = p + rd
    refuse(
        v_faults(spread),
        share_faults("baseline_risk", p, what="a baseline risk"),
        faults((risk <= 0) | (risk > 1), {"y": rd, "baseline_risk": p},
               rule="baseline risk plus difference must be above 0 and at most 1",
               remedy="choose a baseline risk that the difference can apply to"),
    )  # fmt: skip
    result = converted(
        spread, np.log1p(rd / p), 1 / risk,
        method="log risk ratio from the risk difference", source=CHAPTER_15,
        assumptions=(assumed(BASELINE, p),),
    )  # fmt: skip
    return carrying(result, y, v, baseline_risk)


def difference_from_odds(log_or: Floats, p: Floats) -> Floats:
    """Return ``p1 - p``, without the cancellation of the two risks."""
    gain = p * np.expm1(log_or)
    return np.asarray((1 - p) * gain / (1 + gain))


def ratio_faults(log_rr: Floats, p: Floats, *, reached: bool = False) -> list[str]:
    """Return a fault for each risk ratio that takes the baseline risk beyond 1 (or to it)."""
    risk = p * np.exp(log_rr)
    return faults(
        risk >= 1 if reached else risk > 1, {"RR": np.exp(log_rr), "baseline_risk": p},
        rule=f"baseline risk times risk ratio must {'be below' if reached else 'not exceed'} 1",
        remedy="the ratio cannot hold at this risk: convert the odds ratio instead",
    )  # fmt: skip


def _risk(log_or: Floats, p: Floats) -> Floats:
    return np.asarray(special.expit(special.logit(p) + log_or))
