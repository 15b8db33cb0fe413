"""INTERVALS: confidence limits of tau², one row for each way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from metaan.numerics.tails import chi2_quantile
from metaan.tau2.curves import at_zero
from metaan.tau2.generalized import solve_q
from metaan.tau2.given_weights import given, limits_with
from metaan.tau2.limits import Limits
from metaan.tau2.profile import profile_likelihood
from metaan.tau2.studies import Studies

LimitsOfTau2 = Callable[[Studies, float, bool | None], Limits]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tau2Interval:
    """A row of ``INTERVALS``.

    Attributes
    ----------
    key, name : str
        Key and full name.
    function : callable
        ``function(studies, level, restricted) -> Limits``; ``restricted`` says which likelihood
        tau² maximizes, None if it is no maximum.
    doi : str
        Where it was published.
    weighted : bool
        Whether it needs the user's weights.
    of_likelihood : bool
        Whether it is for a tau² that maximizes a likelihood only.

    Without what it needs, the function raises ``InputError``.
    """

    key: str
    name: str
    function: LimitsOfTau2
    doi: str
    weighted: bool = False
    of_likelihood: bool = False


def q_profile(studies: Studies, level: float, restricted: bool | None = None) -> Limits:
    """Return the Q-profile limits of tau² and where the set they bound is empty.

    Parameters
    ----------
    studies : Studies
        n analyses.
    level : float
        Coverage.

    Returns
    -------
    low, high : ndarray, shape (n,)
        All tau² at which the generalized Q lies between the two chi-square quantiles with the
        residual degrees of freedom, cut at 0; NaN where none is left.
    empty : ndarray of bool, shape (n,)
        True where Q(0) lies below the lower quantile: no tau² >= 0 fits, and [0, 0] is reported.

    References
    ----------
    .. [1] Viechtbauer W (2007). Stat Med 26:37. doi:10.1002/sim.2514
    """
    del restricted
    freedom, tail = studies.freedom, (1 - level) / 2
    upper, lower = chi2_quantile(tail, freedom), chi2_quantile(1 - tail, freedom)
    low, high = solve_q(studies, np.array([upper, lower]))[0]
    return Limits(low, high, np.asarray(at_zero(studies)[0] < lower))


def jackson(studies: Studies, level: float, restricted: bool | None = None) -> Limits:
    """Return the limits of tau² from the generalized Q with weights 1 / sqrt(v).

    References
    ----------
    .. [1] Jackson D (2013). Res Synth Methods 4:220. doi:10.1002/jrsm.1081
    """
    del restricted
    return limits_with(studies, studies.present / np.sqrt(studies.v), level)


def biggerstaff_jackson(studies: Studies, level: float, restricted: bool | None = None) -> Limits:
    """Return the limits of tau² from the exact distribution of Cochran's Q, weights 1 / v.

    References
    ----------
    .. [1] Biggerstaff BJ, Jackson D (2008). Stat Med 27:6093. doi:10.1002/sim.3428
    """
    del restricted
    return limits_with(studies, studies.present / studies.v, level)


def generalized_q(studies: Studies, level: float, restricted: bool | None = None) -> Limits:
    """Return the limits of tau² from the generalized Q with the user's weights.

    References
    ----------
    .. [1] Jackson D (2013). Res Synth Methods 4:220. doi:10.1002/jrsm.1081
    """
    del restricted
    return limits_with(studies, given(studies), level)


_ROWS = (
    Tau2Interval(key="QP", name="Q-profile", function=q_profile, doi="10.1002/sim.2514"),
    Tau2Interval(
        key="J",
        name="generalized Q, weights 1 / sqrt(v) (Jackson)",
        function=jackson,
        doi="10.1002/jrsm.1081",
    ),
    Tau2Interval(
        key="BJ",
        name="generalized Q, weights 1 / v (Biggerstaff-Jackson)",
        function=biggerstaff_jackson,
        doi="10.1002/sim.3428",
    ),
    Tau2Interval(
        key="GQ",
        name="generalized Q, weights given",
        function=generalized_q,
        doi="10.1002/jrsm.1081",
        weighted=True,
    ),
    Tau2Interval(
        key="PL",
        name="profile likelihood",
        function=profile_likelihood,
        doi="10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A",
        of_likelihood=True,
    ),
)

INTERVALS: Mapping[str, Tau2Interval] = MappingProxyType({row.key: row for row in _ROWS})
DEFAULT_INTERVAL = _ROWS[0].key


def _no_limits(studies: Studies, level: float, restricted: bool | None = None) -> Limits:
    del level, restricted
    nothing = np.full(studies.n, np.nan)
    return Limits(nothing, nothing, np.zeros(studies.n, dtype=bool))


# No row of the table: limits of tau² of thousands of refits cost as much as all else, and are not
# asked for.
NO_LIMITS = Tau2Interval(key="", name="none", function=_no_limits, doi="")
