"""Effects and variances from a printed estimate and its interval, p-value or test statistic."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy import special

from metaan.core.arrays import ArrayLike, Booleans, Floats
from metaan.core.errors import InputError
from metaan.core.lookup import look_up
from metaan.core.numbers import compact
from metaan.core.scale import IDENTITY, LOG, SCALES, Scale
from metaan.core.study_intervals import DEFAULT_LEVEL
from metaan.numerics.tails import t_of_tail
from metaan.recovery.digits import half_unit
from metaan.recovery.faults import faults, refuse
from metaan.recovery.given import Given, carrying, numbers, together
from metaan.recovery.levels import level_quantile
from metaan.recovery.noting import noted
from metaan.recovery.recovered import Assumption, Part, Recovered
from metaan.recovery.rules import df_faults, level_faults, p_faults

# A test has a value of "no effect" to test against; a level (a prevalence) has none.
TESTED: Mapping[str, Scale] = MappingProxyType(
    {key: row for key, row in SCALES.items() if not np.isnan(row.null)}
)
ROUNDING_MATTERS = 0.1  # share of the standard error that rounding may move without a flag
NEARER = 0.5  # another scale fits better if it leaves less than this share of the skew
HANDBOOK = "Cochrane Handbook for Systematic Reviews of Interventions, {}, doi:{}"
CHAPTER_6 = "10.1002/9781119536604.ch6"
ALTMAN_BLAND = "Altman DG, Bland JM (2011). BMJ 343:d2090. doi:10.1136/bmj.d2090"
NORMAL = Assumption(name="quantile", value="normal")


def effect_from_ci(
    estimate: Given,
    low: Given,
    high: Given,
    *,
    scale: str = IDENTITY.key,
    level: ArrayLike = DEFAULT_LEVEL,
    df: ArrayLike | None = None,
    digits: ArrayLike | None = None,
) -> Recovered:
    """Return y, v and se: ``se = (g(high) - g(low)) / (2 q)``, y = g(estimate).

    g is the scale's transform (the logarithm for ratios) and q the normal quantile, or that of t.

    Parameters
    ----------
    estimate, low, high : array_like, broadcastable
        As printed, on the reading scale. NaN gives NaN in its study only.
    scale : str
        Row of ``SCALES``: "identity" for differences, "log" for ratios, "fisher" for r, ...
    level : array_like
        Of the interval.
    df : array_like, optional
        Degrees of freedom where the paper used t; then nothing is assumed.
    digits : array_like of int, optional
        Decimals printed; None: as many as the three numbers of the study need.

    Returns
    -------
    Recovered
        ``y``, ``v``, ``se``. A flag names each study whose estimate is not in the middle of its
        interval, on this scale, by more than rounding explains (and whether it fits the other
        scale better), and each whose standard error rounding may have moved by more than 10%.

    Raises
    ------
    InputError
        If limits are exchanged or equal, the estimate lies outside, a number cannot be on the
        scale, or a level is not between 0 and 1; the text names every fault.

    Notes
    -----
    With ``df=None`` it gives what metafor's ``conv.wald`` gives.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.3.1 and 6.3.2.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> found = ma.effect_from_ci([1.5, 0.7], [1.1, 0.4], [2.05, 1.22], scale="log")
    >>> found["y"].round(4), found["v"].round(4)
    (array([ 0.4055, -0.3567]), array([0.0252, 0.0809]))
    """
    kind = look_up(SCALES, scale, argument="scale", what="a scale")
    x, lo, hi, part, free = together(
        estimate=estimate, low=low, high=high, level=level, df=np.inf if df is None else df
    )
    limits = {"estimate": x, "low": lo, "high": hi}
    if kind.at is not None:
        raise InputError(f"scale={scale!r} has no place for a number without its {kind.sized_by}")
    refuse(
        *(_off_scale(kind, **{name: each}) for name, each in limits.items()),
        level_faults(numbers("level", level)),
        df_faults(free),
        faults(lo >= hi, {"low": lo, "high": hi}, rule="the lower limit must be below the upper",
               remedy="exchange them, or print more digits"),
        faults((lo < hi) & ((x < lo) | (x > hi)), limits,
               rule="the estimate must lie in its interval",
               remedy="look for a misread digit, a lost sign, or a ratio turned round"),
    )  # fmt: skip
    y, bottom, top = (np.asarray(kind.transform(each)) for each in (x, lo, hi))
    se = np.where(np.isnan(y), np.nan, (top - bottom) / (2 * level_quantile(part, free)))
    unit = half_unit(digits, x, lo, hi)
    assumptions = (NORMAL,) if df is None else ()
    result = Recovered(
        columns={"y": y, "v": se * se, "se": se},
        method=f"from the printed interval on the {kind.key} scale",
        source=HANDBOOK.format("6.3.1, 6.3.2", CHAPTER_6),
        assumptions=assumptions,
        flagged=_uncentered(kind, x, lo, hi, unit) + _coarse_interval(kind, lo, hi, unit),
    )
    return carrying(result, estimate, low, high)


def effect_from_p(
    estimate: Given,
    p: Given,
    *,
    scale: str = IDENTITY.key,
    df: ArrayLike | None = None,
    digits: ArrayLike | None = None,
) -> Recovered:
    """Return y, v and se from a two-sided p-value: ``se = |y| / q(p)``, y = g(estimate).

    Parameters
    ----------
    estimate : array_like
        As printed, on the reading scale.
    p : array_like
        Two-sided p-value of the test against no effect, exact, not a bound such as "< 0.001".
    scale : str
        Row of ``TESTED``: "identity", "log", "fisher".
    df : array_like, optional
        Degrees of freedom of a t test; None: normal.
    digits : array_like of int, optional
        Decimals with which p is printed; None: as many as it needs.

    Returns
    -------
    Recovered
        ``y``, ``v``, ``se``; a flag where rounding of p moves the standard error by over 10%.

    Raises
    ------
    InputError
        If p is not between 0 and 1, is 1, or if the estimate is that of no effect, so that
        nothing follows from p; the text names every fault.

    Notes
    -----
    The quantile is exact; Altman and Bland print an approximation for z that is off by 0.2% at
    p = 0.05 and by 8% at p = 0.9.

    References
    ----------
    .. [1] Altman DG, Bland JM (2011). BMJ 343:d2090. doi:10.1136/bmj.d2090

    Examples
    --------
    >>> import metaan as ma
    >>> ma.effect_from_p([0.81, 1.4], [0.034, 0.2], scale="log")["se"].round(3)
    array([0.099, 0.263])
    """
    kind = look_up(TESTED, scale, argument="scale", what="a scale with a value of no effect")
    x, prob, free = together(estimate=estimate, p=p, df=np.inf if df is None else df)
    refuse(
        _off_scale(kind, estimate=x),
        df_faults(free),
        p_faults(prob, one=False,
                 remedy="where only a bound is printed, take the interval; p = 1 has no se"),
        _nothing_to_divide(kind, x),
    )  # fmt: skip
    y = np.asarray(kind.transform(x))
    size = np.abs(y)
    se = size / _upper(prob / 2, free)
    unit = half_unit(digits, prob)
    with np.errstate(divide="ignore", invalid="ignore"):
        least, most = (size / _upper(np.clip(q, 1e-300, 1) / 2, free)
                       for q in (prob - unit, prob + unit))  # fmt: skip
        wide = np.maximum(se - least, most - se) > ROUNDING_MATTERS * se
    texts = [
        f"p {compact(a)} as printed leaves se between {compact(b)} and {compact(c)}; give digits "
        "if more are printed, or take the interval"
        for a, b, c in zip(prob[wide], least[wide], most[wide], strict=True)
    ]
    result = Recovered(
        columns={"y": y, "v": se * se, "se": se},
        method=f"from the estimate and its p-value on the {kind.key} scale",
        source=ALTMAN_BLAND,
        assumptions=(NORMAL,) if df is None else (),
        flagged=noted(wide, texts),
    )
    return carrying(result, estimate, p)


def effect_from_statistic(
    estimate: Given, statistic: Given, *, scale: str = IDENTITY.key
) -> Recovered:
    """Return y, v and se from a Wald z or t: ``se = y / statistic``, y = g(estimate).

    Parameters
    ----------
    estimate, statistic : array_like, broadcastable
        As printed; the estimate on the reading scale, z or t on the analysis scale.
    scale : str
        Row of ``TESTED``: "identity", "log", "fisher".

    Returns
    -------
    Recovered
        ``y``, ``v``, ``se``; a flag where the signs differ. Degrees of freedom play no part: t
        is the estimate over its standard error, whatever they are.

    Raises
    ------
    InputError
        If the statistic is 0 or the estimate that of no effect; the text names every fault.

    References
    ----------
    .. [1] Cochrane Handbook for Systematic Reviews of Interventions, 6.3.1 and 6.3.2.
       doi:10.1002/9781119536604.ch6

    Examples
    --------
    >>> import metaan as ma
    >>> ma.effect_from_statistic([2.2, 1.3], [2.4, 1.1], scale="log")["v"].round(4)
    array([0.1079, 0.0569])
    """
    kind = look_up(TESTED, scale, argument="scale", what="a scale with a value of no effect")
    x, z = together(estimate=estimate, statistic=statistic)
    refuse(
        _off_scale(kind, estimate=x),
        faults((z == 0) | np.isinf(z), {"statistic": z}, rule="the statistic must not be 0",
               remedy="it has lost its digits: take the interval"),
        _nothing_to_divide(kind, x),
    )  # fmt: skip
    y = np.asarray(kind.transform(x))
    se = np.abs(y / z)
    turned = y * z < 0
    texts = [
        f"estimate {compact(a)} and statistic {compact(b)} point in opposite directions"
        for a, b in zip(x[turned], z[turned], strict=True)
    ]
    result = Recovered(
        columns={"y": y, "v": se * se, "se": se},
        method=f"from the estimate and its test statistic on the {kind.key} scale",
        source=HANDBOOK.format("6.3.1, 6.3.2", CHAPTER_6),
        flagged=noted(turned, texts),
    )
    return carrying(result, estimate, statistic)


def _upper(tail: Floats, df: Floats) -> Floats:
    normal = np.isinf(df)
    student = t_of_tail(tail, np.where(normal, 1.0, df))
    return np.abs(np.where(normal, special.ndtri(tail), student))  # at a tail of 1/2, 0 and not -0


def _off_scale(kind: Scale, **given: Floats) -> list[str]:
    ((name, values),) = given.items()
    with np.errstate(divide="ignore", invalid="ignore"):
        bad = ~np.isfinite(kind.transform(values)) & ~np.isnan(values)
    return faults(
        np.asarray(bad), given, rule=f"{name} has no finite value on the {kind.key} scale",
        remedy="choose another scale, or NaN for a limit that was rounded to the scale's end",
    )  # fmt: skip


def _nothing_to_divide(kind: Scale, x: Floats) -> list[str]:
    return faults(
        x == kind.reading_null, {"estimate": x},
        rule="an estimate of exactly no effect gives no standard error",
        remedy="take the interval",
    )  # fmt: skip


def _ends(kind: Scale, x: Floats, unit: Floats) -> tuple[Floats, Floats]:
    """Return g at both ends of what may have been rounded to x; infinite beyond the scale."""
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = (np.asarray(kind.transform(each)) for each in (x - unit, x + unit))
    missing = np.isnan(x)
    return (
        np.where(np.isnan(below) & ~missing, -np.inf, below),
        np.where(np.isnan(above) & ~missing, np.inf, above),
    )


def _centered(kind: Scale, x: Floats, low: Floats, high: Floats, unit: Floats) -> Booleans:
    """Return where rounding can explain that the estimate is not in the middle (NaN: True)."""
    (least, most), (low0, low1), (high0, high1) = (_ends(kind, z, unit) for z in (x, low, high))
    with np.errstate(invalid="ignore"):
        hair = 1e-9 * (high1 - low0)
        apart = (least > (low1 + high1) / 2 + hair) | (most < (low0 + high0) / 2 - hair)
    return ~apart


def _skew(kind: Scale, x: Floats, low: Floats, high: Floats) -> Floats:
    """Return how far from the middle the estimate is, as a share of half the width."""
    with np.errstate(divide="ignore", invalid="ignore"):
        y, bottom, top = (np.asarray(kind.transform(each)) for each in (x, low, high))
        return np.asarray(np.abs(2 * y - bottom - top) / (top - bottom))


def _uncentered(
    kind: Scale, x: Floats, low: Floats, high: Floats, unit: Floats
) -> tuple[Part, ...]:
    other = LOG if kind is IDENTITY else IDENTITY
    bad = ~_centered(kind, x, low, high, unit)
    with np.errstate(invalid="ignore"):
        share, elsewhere = (_skew(each, x, low, high)[bad] for each in (kind, other))
    hints = [
        f"it fits the {other.key} scale better"
        if b < NEARER * a
        else "it may be an exact, profile or bootstrap interval, or a misprint"
        for a, b in zip(share, elsewhere, strict=True)
    ]
    texts = [
        f"{compact(a)} is not in the middle of {compact(b)} to {compact(c)} on the {kind.key} "
        f"scale: off by {100 * s:.0f}% of half its width; {hint}"
        for a, b, c, s, hint in zip(x[bad], low[bad], high[bad], share, hints, strict=True)
    ]
    return noted(bad, texts)


def _coarse_interval(kind: Scale, low: Floats, high: Floats, unit: Floats) -> tuple[Part, ...]:
    (low0, low1), (high0, high1) = _ends(kind, low, unit), _ends(kind, high, unit)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.asarray(kind.transform(high) - kind.transform(low))
        share = np.maximum(high1 - low0 - width, width - (high0 - low1)) / width
        bad = share > ROUNDING_MATTERS
    texts = [
        f"{compact(a)} to {compact(b)} has few digits: rounding may have moved the standard "
        f"error by {100 * s:.0f}%"
        for a, b, s in zip(low[bad], high[bad], share[bad], strict=True)
    ]
    return noted(bad, texts)
