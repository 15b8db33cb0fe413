"""What a SMD says of two normal populations with one SD: superiority, overlap, success rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import special

from metaan.conversion.delta import converted
from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.noting import noted
from metaan.recovery.recovered import Assumption, Recovered
from metaan.recovery.rules import v_faults

MCGRAW = "McGraw KO, Wong SP (1992). Psychol Bull 111:361. doi:10.1037/0033-2909.111.2.361"
COHEN = "Cohen J (1988). Statistical Power Analysis, 2nd ed. doi:10.4324/9780203771587"
NORMAL = Assumption(name="populations", value="normal, one SD")


def _density(z: Floats) -> Floats:
    return np.asarray(np.exp(-z * z / 2) / np.sqrt(2 * np.pi))


def _side(d: Floats) -> Floats:
    """Return the sign; NaN at 0, where what depends on the size of d alone has a corner."""
    return np.where(d == 0, np.nan, np.sign(d))


def _beyond(d: Floats) -> Floats:
    return np.asarray(2 - 1 / special.ndtr(np.abs(d) / 2))


def _beyond_slope(d: Floats) -> Floats:
    return np.asarray(_side(d) * _density(d / 2) / (2 * special.ndtr(np.abs(d) / 2) ** 2))


def _half(d: Floats) -> Floats:
    return np.asarray(special.ndtr(d / 2))


def _half_slope(d: Floats) -> Floats:
    return _density(d / 2) / 2


def _below(d: Floats) -> Floats:
    return np.asarray(special.ndtr(d))


def _shared(d: Floats) -> Floats:
    return np.asarray(2 * special.ndtr(-np.abs(d) / 2))


def _shared_slope(d: Floats) -> Floats:
    return -_side(d) * _density(d / 2)


def _dominance(d: Floats) -> Floats:
    return np.asarray(special.erf(d / 2))


def _dominance_slope(d: Floats) -> Floats:
    return np.asarray(np.exp(-d * d / 4) / np.sqrt(np.pi))


def _success(d: Floats) -> Floats:
    return np.asarray(0.5 + d / (2 * np.sqrt(d * d + 4)))


def _success_slope(d: Floats) -> Floats:
    return np.asarray(2 / (d * d + 4) ** 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A number that a SMD stands for.

    Attributes
    ----------
    value, slope : callable
        SMD to the number, and to its derivative.
    says : str
        What the number is.
    source : str
        Citation.
    """

    value: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    says: str
    source: str = COHEN


READINGS: Mapping[str, Reading] = MappingProxyType(
    {
        "U3": Reading(
            value=_below, slope=_density, says="share of population 2 below the mean of 1 (U3)"
        ),
        "U2": Reading(
            value=_half,
            slope=_half_slope,
            says="share of population 1 above the same share of 2 (U2)",
        ),
        "U1": Reading(
            value=_beyond, slope=_beyond_slope, says="share of both that does not overlap (U1)"
        ),
        "OVERLAP": Reading(
            value=_shared, slope=_shared_slope, says="area that both distributions share"
        ),
        "CLIFF": Reading(
            value=_dominance,
            slope=_dominance_slope,
            says="Cliff's delta, P(1 > 2) - P(1 < 2)",
            source="Cliff N (1993). Psychol Bull 114:494. doi:10.1037/0033-2909.114.3.494",
        ),
        "SUCCESS": Reading(
            value=_success,
            slope=_success_slope,
            says="success rate of group 1 in a binomial effect size display",
            source="Rosenthal R, Rubin DB (1982). J Educ Psychol 74:166. "
            "doi:10.1037/0022-0663.74.2.166",
        ),
    }
)
DEFAULT_READING = next(iter(READINGS))


def d_to_superiority(y: Given, v: Given) -> Recovered:
    """Return P(1 > 2), the common-language effect size of a SMD: ``Phi(d / sqrt(2))``.

    Parameters
    ----------
    y, v : array_like
        SMDs and variances.

    Returns
    -------
    Recovered
        ``y``, ``v``; normal populations with one SD are recorded as an assumption.

    Raises
    ------
    InputError
        If a variance is negative.

    References
    ----------
    .. [1] McGraw KO, Wong SP (1992). Psychol Bull 111:361. doi:10.1037/0033-2909.111.2.361

    Examples
    --------
    >>> import metaan as ma
    >>> ma.d_to_superiority([0.5], [0.09])["y"].round(3)
    array([0.638])
    """
    d, spread = together(y=y, v=v)
    refuse(v_faults(spread))
    z = d / np.sqrt(2)
    result = converted(
        spread, np.asarray(special.ndtr(z)), _density(z) / np.sqrt(2),
        method="probability of superiority from the SMD", source=MCGRAW, assumptions=(NORMAL,),
    )  # fmt: skip
    return carrying(result, y, v)


def superiority_to_d(y: Given, v: Given) -> Recovered:
    """Return the SMD of a probability of superiority: ``sqrt(2) Phi⁻¹(P)``.

    Parameters
    ----------
    y, v : array_like
        Probabilities P(1 > 2), ties counted as one half, and variances.

    Returns
    -------
    Recovered
        ``y``, ``v``; normal populations with one SD are recorded as an assumption.

    Raises
    ------
    InputError
        If a probability is not between 0 and 1, or a variance is negative.

    References
    ----------
    .. [1] McGraw KO, Wong SP (1992). Psychol Bull 111:361. doi:10.1037/0033-2909.111.2.361

    Examples
    --------
    >>> import metaan as ma
    >>> ma.superiority_to_d([0.638], [0.006])["y"].round(2)
    array([0.5])
    """
    p, spread = together(y=y, v=v)
    refuse(
        v_faults(spread),
        faults((p <= 0) | (p >= 1), {"y": p},
               rule="a probability of superiority must lie between 0 and 1, both excluded",
               remedy="a complete separation has no finite SMD")
    )  # fmt: skip
    z = np.asarray(special.ndtri(p))
    result = converted(
        spread, np.sqrt(2) * z, np.sqrt(2) / _density(z),
        method="SMD from the probability of superiority", source=MCGRAW, assumptions=(NORMAL,),
    )  # fmt: skip
    return carrying(result, y, v)


def d_to_overlap(y: Given, v: Given, *, reading: str = DEFAULT_READING) -> Recovered:
    """Return a reading of a SMD: U3 ``Phi(d)``, overlap ``2 Phi(-|d| / 2)``, and others.

    Parameters
    ----------
    y, v : array_like
        SMDs and variances.
    reading : {"U3", "U2", "U1", "OVERLAP", "CLIFF", "SUCCESS"}
        Row of ``READINGS``. U2 is ``Phi(d / 2)``, U1 ``2 - 1 / Phi(|d| / 2)``, Cliff's delta
        ``2 Phi(d / sqrt(2)) - 1``, success ``1/2 + d / (2 sqrt(d² + 4))``.

    Returns
    -------
    Recovered
        ``y``, ``v``. U1 and overlap have a corner at d = 0: v is NaN there, with a flag, and the
        delta method is poor near it.

    Raises
    ------
    InputError
        If a variance is negative.
    ChoiceError
        If the reading is not a row of the table.

    References
    ----------
    .. [1] Cohen J (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd ed.
       doi:10.4324/9780203771587

    Examples
    --------
    >>> import metaan as ma
    >>> ma.d_to_overlap([0.5], [0.09])["y"].round(3)
    array([0.691])
    >>> ma.d_to_overlap([0.5], [0.09], reading="OVERLAP")["y"].round(3)
    array([0.803])
    """
    row = look_up(READINGS, reading, argument="reading", what="a reading of a SMD")
    d, spread = together(y=y, v=v)
    refuse(v_faults(spread))
    slope = row.slope(d)
    corner = np.isnan(slope) & ~np.isnan(d)
    texts = [f"SMD {compact(x)}: no slope there, so no variance" for x in d[corner]]
    result = converted(
        spread, row.value(d), slope, method=f"{row.says}, from the SMD", source=row.source,
        assumptions=(NORMAL,), flagged=noted(corner, texts),
    )  # fmt: skip
    return carrying(result, y, v)
