"""SMD and correlation, point-biserial or biserial; variances by the delta method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import special

from metaan.conversion.delta import converted
from metaan.core.arrays import Floats
from metaan.core.lookup import look_up
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, together
from metaan.recovery.recovered import Assumption, Recovered
from metaan.recovery.rules import share_faults, two_group_faults, v_faults

BORENSTEIN = (
    "Borenstein M, Hedges LV, Higgins JPT, Rothstein HR (2009). Introduction to Meta-Analysis, "
    "ch. 7. doi:10.1002/9780470743386.ch7"
)
JACOBS = "Jacobs P, Viechtbauer W (2017). Res Synth Methods 8:161. doi:10.1002/jrsm.1218"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """Which correlation stands for a difference between two groups.

    Attributes
    ----------
    factor : callable
        Share of the participants in group 1 to the ratio of this correlation to the
        point-biserial one.
    says : str
        What is correlated.
    """

    factor: Callable[[Floats], Floats]
    says: str


def _as_it_is(share: Floats) -> Floats:
    return np.ones_like(share)


def biserial_factor(share: Floats) -> Floats:
    """Return ``sqrt(p (1 - p)) / phi(z_p)``, phi the normal density at the p quantile."""
    z = special.ndtri(share)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return np.asarray(np.sqrt(share * (1 - share)) / density)


CORRELATIONS: Mapping[str, Correlation] = MappingProxyType(
    {
        "POINT_BISERIAL": Correlation(factor=_as_it_is, says="group and outcome"),
        "BISERIAL": Correlation(
            factor=biserial_factor, says="outcome and the normal variable behind the two groups"
        ),
    }
)
DEFAULT_CORRELATION = next(iter(CORRELATIONS))


def d_to_r(
    y: Given,
    v: Given,
    *,
    n1: Given | None = None,
    n2: Given | None = None,
    kind: str = DEFAULT_CORRELATION,
) -> Recovered:
    """Return the correlation of a SMD: ``d / sqrt(d² + h)``, h = m / n1 + m / n2, m = N - 2.

    Parameters
    ----------
    y, v : array_like
        SMDs (Cohen's d) and variances.
    n1, n2 : array_like, optional
        Participants; without them the groups are taken to be equal and large, h = 4.
    kind : {"POINT_BISERIAL", "BISERIAL"}
        Row of ``CORRELATIONS``: of group and outcome, or of the outcome and a normal variable
        that was cut in two to make the groups (times ``biserial_factor(n1 / N)``).

    Returns
    -------
    Recovered
        ``y``, ``v``.

    Raises
    ------
    InputError
        If only one group's number is given, together they are fewer than 3, or a variance is
        negative; the text names every fault.

    Notes
    -----
    This h gives the correlation of the raw data exactly, as in metafor's ``transf.dtorpb``;
    Borenstein's ``N² / (n1 n2)`` is N / (N - 2) times as large. The biserial correlation may
    exceed 1, as it may when computed from raw data.

    References
    ----------
    .. [1] Borenstein M, Hedges LV, Higgins JPT, Rothstein HR (2009). Introduction to
       Meta-Analysis, ch. 7. doi:10.1002/9780470743386.ch7
    .. [2] Jacobs P, Viechtbauer W (2017). Res Synth Methods 8:161. doi:10.1002/jrsm.1218

    Examples
    --------
    >>> import metaan as ma
    >>> ma.d_to_r([0.5], [0.09])["y"].round(4)
    array([0.2425])
    >>> ma.d_to_r([0.5], [0.09], n1=20, n2=60)["y"].round(4)
    array([0.2142])
    """
    row = look_up(CORRELATIONS, kind, argument="kind", what="a kind of correlation")
    h, factor, size, found = _allocation(row, n1, n2)
    d, spread, h, factor = together(y=y, v=v, h=h, factor=factor)
    refuse(v_faults(spread), found)
    root = np.sqrt(d * d + h)
    result = converted(
        spread, factor * d / root, factor * h / root**3,
        method=f"correlation of {row.says}, from the SMD",
        source=BORENSTEIN if row.factor is _as_it_is else JACOBS, assumptions=size,
    )  # fmt: skip
    return carrying(result, y, v, n1, n2)


def r_to_d(
    y: Given,
    v: Given,
    *,
    n1: Given | None = None,
    n2: Given | None = None,
    kind: str = DEFAULT_CORRELATION,
) -> Recovered:
    """Return the SMD of a correlation: ``d = r sqrt(h) / sqrt(1 - r²)``, h as in ``d_to_r``.

    Parameters
    ----------
    y, v : array_like
        Correlations and variances.
    n1, n2, kind : array_like, str
        See ``d_to_r``.

    Returns
    -------
    Recovered
        ``y``, ``v``.

    Raises
    ------
    InputError
        If r, or for a biserial one r over the factor, is not between -1 and 1; otherwise
        as of ``d_to_r``.

    References
    ----------
    .. [1] Borenstein M, Hedges LV, Higgins JPT, Rothstein HR (2009). Introduction to
       Meta-Analysis, ch. 7. doi:10.1002/9780470743386.ch7

    Examples
    --------
    >>> import metaan as ma
    >>> ma.r_to_d([0.2425], [0.01])["y"].round(2)
    array([0.5])
    """
    row = look_up(CORRELATIONS, kind, argument="kind", what="a kind of correlation")
    h, factor, size, found = _allocation(row, n1, n2)
    given, spread, h, factor = together(y=y, v=v, h=h, factor=factor)
    r = given / factor
    refuse(
        v_faults(spread),
        found,
        faults(np.abs(r) >= 1, {"r": given}, rule="r must lie between -1 and 1, both excluded",
               remedy="a correlation of 1 has no SMD; is it another kind?")
    )  # fmt: skip
    rest = 1 - r * r
    result = converted(
        spread, r * np.sqrt(h / rest), np.sqrt(h) / rest**1.5 / factor,
        method=f"SMD from the correlation of {row.says}",
        source=BORENSTEIN if row.factor is _as_it_is else JACOBS, assumptions=size,
    )  # fmt: skip
    return carrying(result, y, v, n1, n2)


def point_biserial_to_biserial(y: Given, v: Given, share: Given) -> Recovered:
    """Return the biserial correlation: ``r sqrt(p (1 - p)) / phi(z_p)``.

    Parameters
    ----------
    y, v : array_like
        Point-biserial correlations and variances.
    share : array_like
        Share p of the participants in one of the two groups, assumed known.

    Returns
    -------
    Recovered
        ``y``, ``v``; y may exceed 1.

    Raises
    ------
    InputError
        If a share is not between 0 and 1, or a variance is negative.

    References
    ----------
    .. [1] Jacobs P, Viechtbauer W (2017). Res Synth Methods 8:161. doi:10.1002/jrsm.1218

    Examples
    --------
    >>> import metaan as ma
    >>> ma.point_biserial_to_biserial([0.2], [0.01], 0.4)["y"].round(4)
    array([0.2536])
    """
    r, spread, p = together(y=y, v=v, share=share)
    refuse(v_faults(spread), share_faults("share", p))
    factor = biserial_factor(p)
    result = converted(
        spread, r * factor, factor, method="biserial from the point-biserial correlation",
        source=JACOBS,
    )  # fmt: skip
    return carrying(result, y, v, share)


def biserial_to_point_biserial(y: Given, v: Given, share: Given) -> Recovered:
    """Return the point-biserial correlation: ``r phi(z_p) / sqrt(p (1 - p))``.

    Parameters
    ----------
    y, v, share : array_like
        Biserial correlations (or Pearson's, before one variable is cut in two), variances, and
        the share of the participants in one of the two groups.

    Returns
    -------
    Recovered
        ``y``, ``v``.

    Raises
    ------
    InputError
        If a share is not between 0 and 1, or a variance is negative.

    References
    ----------
    .. [1] Jacobs P, Viechtbauer W (2017). Res Synth Methods 8:161. doi:10.1002/jrsm.1218

    Examples
    --------
    >>> import metaan as ma
    >>> ma.biserial_to_point_biserial([0.2], [0.01], 0.4)["y"].round(4)
    array([0.1577])
    """
    r, spread, p = together(y=y, v=v, share=share)
    refuse(v_faults(spread), share_faults("share", p))
    factor = 1 / biserial_factor(p)
    result = converted(
        spread, r * factor, factor, method="point-biserial from the biserial correlation",
        source=JACOBS,
    )  # fmt: skip
    return carrying(result, y, v, share)


def _allocation(
    row: Correlation, n1: Given | None, n2: Given | None
) -> tuple[Floats, Floats, tuple[Assumption, ...], list[str]]:
    """Return h, the factor of the correlation, what was assumed of the groups, and the faults."""
    if n1 is None and n2 is None:
        equal = Assumption(name="groups", value="equal and large")
        return np.asarray(4.0), row.factor(np.asarray(0.5)), (equal,), []
    one, other = together(n1=np.nan if n1 is None else n1, n2=np.nan if n2 is None else n2)
    found = two_group_faults(one, other)
    if n1 is None or n2 is None:
        found.append("n1 and n2 go together: give both, or none for equal groups")
    m = one + other - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return m / one + m / other, row.factor(one / (one + other)), (), found
